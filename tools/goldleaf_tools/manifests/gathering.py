"""Items out of a folder of files, or out of a table. Nothing is written; what cannot be an item is refused by name."""

import os
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from goldleaf.encoding import keccak256
from goldleaf.errors import LabelError, ManifestError, StoreError, Unverifiable
from goldleaf.labels.readers import File, table_lines
from goldleaf.stores import MAX_BYTES

# With URIs of a hundred bytes, what a manifest of 64 MiB holds.
MOST_ITEMS = 250_000
# Texts of a table are in memory.
MOST_TEXT_BYTES = 256 * 2**20
# Files that are text by their names, and have to be UTF-8.
TEXTS = frozenset({".txt", ".md"})
COLUMNS = ("id", "text", "path", "uri", "keccak256")
_NAMED = 3

# Reads what lies at a URI, held against its keccak-256 where that is known.
Fetch = Callable[[str, bytes | None], bytes]


@dataclass(frozen=True, slots=True)
class Found:
    """Something that can be an item."""

    # For messages: "photos/1.png", "items.csv, line 3".
    place: str
    # What its owner calls it. It does not get into the manifest.
    id: str
    keccak256: bytes
    size: int  # bytes
    # Its content; None: it lies at `uri` already.
    read: Callable[[], bytes] | None
    uri: str | None = None


def from_folder(folder: str | Path, *, max_bytes: int = MAX_BYTES) -> list[Found]:
    """The files of a folder and of those in it, in the order of their paths. Hidden ones, `.name`, are left out.

    Raises `ManifestError` naming a link, something that is no file, a file that is empty, longer than `max_bytes` or
    not readable, a text that is not UTF-8; and if there are no files, or more than a manifest holds.
    """
    root = Path(folder)
    if not root.is_dir():
        raise ManifestError(f"there is no folder {root}")
    found: list[Found] = []
    for path in _walk(root):
        if len(found) == MOST_ITEMS:
            raise ManifestError(f"{root} holds more than {MOST_ITEMS:,} files: make several tasks of them")
        found.append(_file(path, path.relative_to(root).as_posix(), max_bytes))
    if not found:
        raise ManifestError(f"{root} holds no files")
    return found


def from_table(path: str | Path, fetch: Fetch, *, delimiter: str = ",", max_bytes: int = MAX_BYTES) -> list[Found]:
    """The items that a table in CSV lists, one a line.

    Its columns are `text`, the item itself; or `path`, a file, from the folder of the table; or `uri`, where it lies,
    with `keccak256`, which may be left out where the URI says what it holds. `id` is what its owner calls it. What a
    URI holds is read by `fetch`.

    Raises `ManifestError` naming the line of what cannot be an item, as `from_folder` does, of what is not UTF-8, and
    of what `fetch` cannot read, a `StoreError`.
    """
    table, folder = File(path), Path(path).parent
    found: list[Found] = []
    header: list[str] | None = None
    texts = 0
    try:
        for place, cells in table_lines(table, delimiter):
            if header is None:
                header = _header(place, cells)
            elif cells:
                if len(found) == MOST_ITEMS:
                    raise ManifestError(f"{place}: more than {MOST_ITEMS:,} items: make several tasks of them")
                if len(cells) != len(header):
                    raise ManifestError(f"{place}: {len(cells)} cells, but {len(header)} columns")
                found.append(_row(place, dict(zip(header, cells, strict=True)), folder, fetch, max_bytes))
                texts += found[-1].size if "text" in header else 0
                if texts > MOST_TEXT_BYTES:
                    raise ManifestError(f"{place}: more than {MOST_TEXT_BYTES} bytes of text: put them into files")
    except LabelError as error:
        raise ManifestError(error.detail) from error
    if not found:
        raise ManifestError(f"{table.name} lists no items")
    return found


def without_repeats(found: Iterable[Found], *, drop: bool = False) -> list[Found]:
    """The same, of which no two have the same content. Raises `ManifestError` naming those that have, unless `drop`."""
    kept: dict[bytes, Found] = {}
    repeats: list[str] = []
    for one in found:
        first = kept.setdefault(one.keccak256, one)
        if first is not one:
            repeats.append(f"{one.place} holds the same as {first.place}")
    if repeats and not drop:
        more = f", and {len(repeats) - _NAMED} more" if len(repeats) > _NAMED else ""
        raise ManifestError("; ".join(repeats[:_NAMED]) + more)
    return list(kept.values())


def _walk(folder: Path) -> Iterator[Path]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        raise ManifestError(f"{folder} cannot be read: {error.strerror}") from error
    for entry in entries:
        if entry.name.startswith("."):
            continue
        if entry.is_symlink():
            raise ManifestError(f"{entry.path} is a link: put what it leads to into the folder, or take it out")
        if entry.is_dir():
            yield from _walk(Path(entry.path))
        else:
            yield Path(entry.path)


def _file(path: Path, id: str, max_bytes: int) -> Found:
    data = _read(path, max_bytes)
    if path.suffix.lower() in TEXTS:
        try:
            File(path).text()
        except LabelError as error:
            raise ManifestError(error.detail) from error
    digest = keccak256(data)

    def read() -> bytes:
        again = _read(path, max_bytes)
        if keccak256(again) != digest:
            raise ManifestError(f"{path} was changed meanwhile")
        return again

    return Found(str(path), id, digest, len(data), read)


def _read(path: Path, max_bytes: int) -> bytes:
    try:
        # Opening a pipe would wait for somebody to write into it; a link may have come since.
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise ManifestError(f"{path} is no file")
            data = file.read(max_bytes + 1)
    except OSError as error:
        raise ManifestError(f"{path} cannot be read: {error.strerror}") from error
    if not data:
        raise ManifestError(f"{path} is empty")
    if len(data) > max_bytes:
        raise ManifestError(f"{path} is longer than {max_bytes} bytes")
    return data


def _header(place: str, names: Sequence[str]) -> list[str]:
    repeated = [name for name in names if names.count(name) > 1]
    if repeated:
        raise ManifestError(f"{place}: column {repeated[0]!r} is repeated")
    given = [name for name in ("text", "path", "uri") if name in names]
    if len(given) != 1:
        raise ManifestError(f"{place}: one column says what an item is, 'text', 'path' or 'uri'; there are {names!r}")
    unknown = [name for name in names if name not in COLUMNS]
    if unknown:
        raise ManifestError(f"{place}: column {unknown[0]!r} is none of {', '.join(COLUMNS)}: take it out")
    return list(names)


def _row(place: str, cells: dict[str, str], folder: Path, fetch: Fetch, max_bytes: int) -> Found:
    id = cells.get("id", "")
    if "text" in cells:
        data = cells["text"].encode()
        if not data.strip():
            raise ManifestError(f"{place}: the text is empty")
        return Found(place, id, keccak256(data), len(data), lambda: data)
    if "path" in cells:
        path = _inside(place, folder, cells["path"])
        found = _file(path, id or cells["path"], max_bytes)
        return Found(f"{place}: {cells['path']}", found.id, found.keccak256, found.size, found.read)
    uri, known = cells["uri"], cells.get("keccak256", "")
    if not uri:
        raise ManifestError(f"{place}: the URI is empty")
    digest = None
    if known:
        try:
            digest = bytes.fromhex(known.removeprefix("0x"))
        except ValueError:
            digest = b""
        if len(digest) != 32:
            raise ManifestError(f"{place}: {known!r} is no keccak-256: 32 bytes in hex")
    try:
        data = fetch(uri, digest)
    except Unverifiable as error:
        raise ManifestError(f"{place}: {uri!r} does not say what it holds: add a column 'keccak256'") from error
    except StoreError as error:
        raise ManifestError(f"{place}: {error.detail}") from error
    if not data:
        raise ManifestError(f"{place}: {uri} is empty")
    return Found(place, id or uri, keccak256(data), len(data), None, uri)


def _inside(place: str, folder: Path, name: str) -> Path:
    path = folder / name
    inside = Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder))
    if not name or os.path.isabs(name) or ".." in Path(name).parts or not inside:
        raise ManifestError(f"{place}: {name!r} does not lie in the folder of the table")
    return path
