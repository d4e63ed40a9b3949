"""Files of evidence, read field by field: what is not as it has to be is named."""

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any, TypeVar

from goldleaf.canonical import Json, from_canonical
from goldleaf.encoding import checksum_address
from goldleaf.errors import LabelTooLarge, NotCanonical
from goldleaf.labels import encode_label

from ..errors import EvidenceError

T = TypeVar("T")

# One block of IPFS, so that every kind of store can keep a bundle and verify it.
MAX_BYTES = 2**20
MAX_CLAIM = 4000  # characters
MAX_URI = 2048  # characters
MAX_ITEM = 2**32 - 1


def read_file(data: bytes, format: str) -> dict[str, Json]:
    """The object that a file of this format holds. Raises `EvidenceError`."""
    if len(data) > MAX_BYTES:
        raise EvidenceError("bundle", value=f"{len(data)} bytes", bound=f"at most {MAX_BYTES} bytes")
    try:
        content = from_canonical(data)
    except (NotCanonical, RecursionError) as error:
        raise EvidenceError(f"no canonical JSON: {getattr(error, 'detail', error)}") from error
    if not isinstance(content, dict) or content.get("format") != format:
        raise EvidenceError(f"the file is no bundle of evidence: its format is not {format!r}")
    return content


class Fields:
    """An object of the file, read field by field."""

    def __init__(self, content: Any, name: str) -> None:
        if not isinstance(content, dict):
            raise EvidenceError(f"{name}: expected an object")
        self._content: Mapping[str, Json] = content
        self._name = name

    def value(self, key: str) -> Json:
        if key not in self._content:
            raise EvidenceError(f"{self._name} has no {key!r}")
        return self._content[key]

    def fields(self, key: str) -> "Fields":
        return Fields(self.value(key), f"{self._name}: {key}")

    def number(self, key: str, most: int, least: int = 0) -> int:
        value = self.value(key)
        # bool is an int in Python.
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise EvidenceError(f"{self._name}: {key} is no whole number from {least} to {most}")
        return value

    def text(self, key: str, longest: int) -> str:
        value = self.value(key)
        if not isinstance(value, str) or len(value) > longest:
            raise EvidenceError(f"{self._name}: {key} is no text of at most {longest} characters")
        return value

    def address(self, key: str) -> str:
        value = self.value(key)
        try:
            if not isinstance(value, str) or checksum_address(value) != value:
                raise ValueError
        except ValueError:
            raise EvidenceError(f"{self._name}: {key} is no address with its checksum") from None
        return value

    def hash(self, key: str) -> bytes:
        return read_hash(self.value(key), f"{self._name}: {key}")

    def proof(self, key: str, longest: int) -> tuple[bytes, ...]:
        return self.many(key, longest, read_hash)

    def label(self, key: str) -> Json:
        value = self.value(key)
        try:
            encode_label(value)
        except (LabelTooLarge, NotCanonical) as error:
            raise EvidenceError(f"{self._name}: {key}: {error.detail}") from error
        return value

    def many(self, key: str, most: int, read: Callable[[Json, str], T]) -> tuple[T, ...]:
        value = self.value(key)
        if not isinstance(value, list) or len(value) > most:
            raise EvidenceError(f"{self._name}: {key} is no list of at most {most}")
        return tuple(read(each, f"{self._name}: {key} {number}") for number, each in enumerate(value))


def check_rising(name: str, numbers: Sequence[int]) -> None:
    for low, high in pairwise(numbers):
        if low >= high:
            raise EvidenceError(f"{name}: {high} comes after {low}; each comes once, in rising order")


def read_hash(value: Json, name: str) -> bytes:
    if isinstance(value, str) and len(value) == 66 and value.startswith("0x"):
        try:
            return bytes.fromhex(value[2:])
        except ValueError:
            pass
    raise EvidenceError(f"{name} is no hash: 0x and 64 hex digits")


def to_hex(value: bytes) -> str:
    return "0x" + value.hex()
