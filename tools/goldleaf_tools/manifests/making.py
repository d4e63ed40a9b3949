"""A manifest of items that were found: they are put into the store, whichever do not lie somewhere already."""

from collections.abc import Callable, Sequence
from pathlib import Path

from goldleaf.canonical import Json
from goldleaf.errors import LabelError, ManifestError
from goldleaf.labels import Item, Manifest
from goldleaf.labels.readers import File
from goldleaf.stores import MAX_BYTES, Store

from .gathering import Found

# Of guidelines, which people are to read.
MOST_GUIDELINES = 2**20

# Told how many of how many items are done.
Progress = Callable[[int, int], object]


def make(
    found: Sequence[Found],
    store: Store,
    *,
    guidelines: str,
    label_schema: Json,
    licence: str,
    progress: Progress | None = None,
) -> Manifest:
    """The manifest of these items, in their order. All is checked before anything is put into the store.

    Raises `ManifestError` if it cannot be one, or is longer than what is read of a manifest; `StoreError`.
    """
    if not guidelines.strip():
        raise ManifestError("the guidelines are empty: jurors see nothing else")
    if not licence.strip():
        raise ManifestError("the licence is empty")
    # Where they will lie is known, as far as it takes their hashes alone; a place of the same length else.
    draft = [Item(one.uri or store.uri(b""), one.keccak256) for one in found]
    size = len(Manifest(guidelines, label_schema, draft, licence).to_bytes())
    if size > MAX_BYTES:
        raise ManifestError(f"it takes {size} bytes, and at most {MAX_BYTES} are read: make several tasks")
    return Manifest(guidelines, label_schema, put_items(found, store, progress=progress), licence)


def put_items(found: Sequence[Found], store: Store, *, progress: Progress | None = None) -> list[Item]:
    """The items that were found, in their order: put into the store, but for those that lie somewhere already.

    Raises `StoreError`; `ManifestError` naming a file that was changed meanwhile.
    """
    items: list[Item] = []
    for number, one in enumerate(found, 1):
        items.append(Item(one.uri if one.read is None and one.uri else store.put(_content(one)), one.keccak256))
        if progress is not None:
            progress(number, len(found))
    return items


def guidelines_of(path: str | Path) -> str:
    """Guidelines out of a text file. Raises `ManifestError` naming the line that is not UTF-8."""
    try:
        if Path(path).stat().st_size > MOST_GUIDELINES:
            raise ManifestError(f"{path} is longer than {MOST_GUIDELINES} bytes")
        return File(path).text().strip()
    except OSError as error:
        raise ManifestError(f"{path} cannot be read: {error.strerror}") from error
    except LabelError as error:
        raise ManifestError(error.detail) from error


def _content(found: Found) -> bytes:
    assert found.read is not None
    return found.read()
