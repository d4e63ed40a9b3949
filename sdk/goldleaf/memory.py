"""What the chain does not tell and is needed again: where sealed labels lie, and which items were challenged.

No salt is among it: `goldleaf.keys.Keyring` derives them. What was challenged is for nobody else's eyes until it is
filed, so files that others may read are refused. There is one file for each thing, written whole or not at all, so that
programs that run side by side lose nothing of one another.
"""

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import errors
from ._keccak import keccak256
from .keys.files import private_folder, read_private, write_private

VERSION = 1
SUFFIX = ".json"


@dataclass(frozen=True, slots=True)
class Labels:
    """The label set of a submission."""

    submission: int
    root: bytes
    # Where it lies, as it was committed: `publish` puts that on chain.
    uri: str


@dataclass(frozen=True, slots=True)
class Seal:
    """A challenge that was sealed, or is to be: whoever forgets the items cannot open the seal."""

    submission: int
    items: tuple[int, ...]
    # How often a challenge of these items was filed before: each needs a salt of its own.
    attempt: int = 0
    # A hash, and where the evidence lies, for jurors.
    evidence: bytes = bytes(32)
    uri: str = ""
    # The chance that each of the labels is wrong, as believed when it was sealed; None: nobody said.
    chance: float | None = None
    # The most that may be locked as its bond, base units; None: whatever it takes.
    bond: int | None = None


class Memory:
    """What one account has under way in one deployment, in a folder of its own, which only its owner may enter.

    Everything raises `LoosePermissions`, saying what to run, if others may read a file, and `MemoryDamaged` if one
    does not hold what it has to.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder).expanduser()

    def remember(self, thing: Labels | Seal) -> None:
        """Keeps a thing, instead of what was remembered of the same. To be called before it is committed or sealed."""
        private_folder(self.folder)
        write_private(self._path(thing), json.dumps({"version": VERSION, **_content(thing)}, indent=2).encode() + b"\n")

    def labels(self, submission: int) -> Labels | None:
        """The label set of a submission, if it is remembered."""
        path = self.folder / f"labels-{submission}{SUFFIX}"
        try:
            content = _read(path)
            return Labels(int(content["submission"]), _bytes(content["root"]), str(content["uri"]))
        except FileNotFoundError:
            return None
        except (KeyError, TypeError, ValueError) as error:
            raise errors.MemoryDamaged(str(path)) from error

    def seals(self) -> list[Seal]:
        """The challenges that are not yet filed."""
        return list(self._seals("seal"))

    def filed(self) -> list[Seal]:
        """The challenges that were filed."""
        return list(self._seals("filed"))

    def file(self, seal: Seal) -> None:
        """Remembers that a challenge was filed, so that its salt, which is public now, is not used again."""
        path = self._path(seal)
        with suppress(FileNotFoundError):  # another program has seen it before
            path.rename(path.with_name(path.name.replace("seal", "filed", 1)))

    def forget(self, seal: Seal) -> None:
        """Drops a challenge that is not to be filed, or cannot be any more."""
        self._path(seal).unlink(missing_ok=True)

    def __repr__(self) -> str:
        return f"Memory({str(self.folder)!r})"

    def _seals(self, kind: str) -> Iterator[Seal]:
        for path in sorted(self.folder.glob(f"{kind}-*{SUFFIX}")):
            try:
                yield _seal(_read(path))
            except FileNotFoundError:  # another program has filed it a moment ago
                continue
            except (KeyError, TypeError, ValueError) as error:
                raise errors.MemoryDamaged(str(path)) from error

    def _path(self, thing: Labels | Seal) -> Path:
        if isinstance(thing, Labels):
            return self.folder / f"labels-{thing.submission}{SUFFIX}"
        items = keccak256(repr(thing.items).encode()).hex()[:16]
        return self.folder / f"seal-{thing.submission}-{items}-{thing.attempt}{SUFFIX}"


def _content(thing: Labels | Seal) -> dict[str, Any]:
    # Numbers as text: they are larger than what other programs read as a number.
    if isinstance(thing, Labels):
        return {"submission": str(thing.submission), "root": "0x" + thing.root.hex(), "uri": thing.uri}
    return {
        "submission": str(thing.submission),
        "items": list(thing.items),
        "attempt": thing.attempt,
        "evidence": "0x" + thing.evidence.hex(),
        "uri": thing.uri,
        "chance": thing.chance,
        "bond": None if thing.bond is None else str(thing.bond),
    }


def _seal(content: Any) -> Seal:
    return Seal(
        submission=int(content["submission"]),
        items=tuple(int(item) for item in content["items"]),
        attempt=int(content["attempt"]),
        evidence=_bytes(content["evidence"]),
        uri=str(content["uri"]),
        # Files of earlier versions say neither.
        chance=None if content.get("chance") is None else float(content["chance"]),
        bond=None if content.get("bond") is None else int(content["bond"]),
    )


def _bytes(text: str) -> bytes:
    if len(text) != 66:
        raise ValueError("not 32 bytes")
    return bytes.fromhex(text[2:])


def _read(path: Path) -> Any:
    content = json.loads(read_private(path))
    if content["version"] != VERSION:
        raise ValueError(f"version {content['version']}")
    return content
