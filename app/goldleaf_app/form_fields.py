"""What somebody has typed into the fields of a form: read, or refused beside the field."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from starlette.datastructures import UploadFile

from goldleaf.encoding import checked_address
from goldleaf.errors import ArgumentError, GoldleafError

from .money import Tokens, parse_amount
from .refusals import Refused

# Item numbers that one field may name.
MOST_ITEMS = 1000


def amount(form: Mapping[str, Any], name: str) -> Decimal:
    """An amount of whole tokens."""
    try:
        return parse_amount(form.get(name))
    except ArgumentError as error:
        raise Refused(**{name: error.detail}) from error


def account(form: Mapping[str, Any], name: str) -> str:
    """An account."""
    try:
        return str(checked_address(name, str(form.get(name, "")).strip()))
    except (ArgumentError, ValueError) as error:
        raise Refused(**{name: "Write an account: 0x and 40 digits, as its wallet shows it."}) from error


def whole(form: Mapping[str, Any], name: str) -> int:
    """A whole number, 1 or more."""
    typed = str(form.get(name, "")).strip()
    if not (typed.isascii() and typed.isdecimal() and len(typed) <= 18 and int(typed)):
        raise Refused(**{name: "Write a whole number, 1 or more."})
    return int(typed)


def items(form: Mapping[str, Any], name: str) -> list[int]:
    """Item numbers such as 3, 5-8, in their order, each once; empty: none was named."""
    found: set[int] = set()
    for part in str(form.get(name, "")).replace(";", ",").split(","):
        if not part.strip():
            continue
        first, dash, last = (each.strip() for each in part.partition("-"))
        numbers = [first, last] if dash else [first]
        if not all(each.isascii() and each.isdecimal() and len(each) <= 9 for each in numbers):
            raise Refused(**{name: "Write item numbers such as 3, 5-8."})
        chosen = range(int(first), int(numbers[-1]) + 1)
        if not chosen or len(chosen) > MOST_ITEMS:
            raise Refused(**{name: f"{part.strip()} names no items, or too many at once."})
        found.update(chosen)
        # Of all parts together: a form that names each number there is would fill the memory.
        if len(found) > MOST_ITEMS:
            raise Refused(**{name: f"Name at most {MOST_ITEMS:,} at once."})
    return sorted(found)


def numbers(sent: Iterable[Any]) -> list[int]:
    """The numbers that boxes which are checked stand for, in their order, each once; what is none is left out."""
    texts = (str(each) for each in sent)
    return sorted({int(each) for each in texts if each.isascii() and each.isdecimal() and len(each) <= 9})


async def upload(form: Mapping[str, Any], name: str, most_bytes: int) -> tuple[str, bytes] | None:
    """Name and content of a file; None: none was chosen."""
    file = form.get(name)
    if not isinstance(file, UploadFile) or not file.filename:
        return None
    data = await file.read(most_bytes + 1)
    if len(data) > most_bytes:
        raise Refused(**{name: f"The file is larger than {most_bytes // 1024} KiB."})
    return file.filename, data


@contextmanager
def beside(name: str, tokens: Tokens, *kinds: type[GoldleafError]) -> Iterator[None]:
    """Errors of these kinds inside the block are told beside a field."""
    try:
        yield
    except kinds as error:
        raise Refused(**{name: error.sentence(tokens.amount) or str(error)}) from error
