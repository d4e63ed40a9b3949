"""Items out of what somebody uploads: files, a folder of files, or a table. All of it is bounded, and checked first."""

import tempfile
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from starlette.datastructures import UploadFile

from goldleaf.errors import ContentTooLarge, LabelError, ManifestError
from goldleaf_tools.manifests import Found, Kind, from_folder, from_table, kind_of, put_items, without_repeats

from ..files import MOST_BYTES, Files
from ..refusals import Refused
from .drafts import DraftItem

# Files of one upload: a form has a part for each.
MOST_FILES = 2_000
# Items of a task that is put together here, and bytes of all of them.
MOST_ITEMS = 20_000
MOST_UPLOADED = 64 * 2**20
# What a table may have the server read at URIs.
MOST_FETCHED = 500
# Of the name of an item, which is kept for its owner.
LONGEST_NAME = 200
_TABLES = {".csv": ",", ".tsv": "\t"}
# Of a text that a preview shows, in characters.
GLANCE = 160


def given(uploads: Sequence[object]) -> list[UploadFile]:
    """The files of a field of a form; an empty field has one without a name."""
    return [one for one in uploads if isinstance(one, UploadFile) and one.filename]


def take_files(uploads: Sequence[UploadFile], field: str, files: Files, *, drop: bool) -> list[DraftItem]:
    """The items that files are, put into the store; of files with the same content the first, if `drop`.

    Raises `Refused` for `field`, naming the file; `StoreError`.
    """
    with tempfile.TemporaryDirectory() as folder:
        _write(uploads, Path(folder), field)
        try:
            found = without_repeats(from_folder(folder, max_bytes=MOST_BYTES), drop=drop)
        except ManifestError as error:
            raise Refused(**{field: _told(error, folder)}) from error
        return _put(found, field, files)


def take_table(upload: UploadFile, field: str, files: Files, *, drop: bool) -> list[DraftItem]:
    """The items that a table lists, put into the store. Raises as `take_files` does, naming the line."""
    name = PurePosixPath(upload.filename or "").name
    delimiter = _TABLES.get(PurePosixPath(name).suffix.lower())
    if delimiter is None:
        raise Refused(**{field: f"{name} is no table: its name has to end in .csv or .tsv."})
    fetch = _Fetching(files)
    with tempfile.TemporaryDirectory() as folder:
        _write([upload], Path(folder), field)
        try:
            table = Path(folder) / name
            found = from_table(table, fetch, delimiter=delimiter, max_bytes=MOST_BYTES)
            return _put(without_repeats(found, drop=drop), field, files)
        except (ManifestError, LabelError) as error:
            raise Refused(**{field: _told(error, folder)}) from error


def glance(data: bytes) -> tuple[Kind, str]:
    """What an item is, and the beginning of a text."""
    kind = kind_of(data)
    if kind is not Kind.TEXT:
        return kind, ""
    words = " ".join(data.decode("utf-8-sig").split())
    return kind, words if len(words) <= GLANCE else words[: GLANCE - 1] + "\N{HORIZONTAL ELLIPSIS}"


def check_size(length: str | None, field: str) -> None:
    """Refuses an upload by the size that its request states, before any of it is read."""
    # Names and borders of many small files take some room as well.
    if length is None or not length.isdigit() or int(length) > MOST_UPLOADED + 2**20:
        raise Refused(**{field: f"Upload at most {MOST_UPLOADED // 2**20} MiB at once."})


class _Fetching:
    """Reads what lies at the URIs of a table, so many of them and so much."""

    def __init__(self, files: Files) -> None:
        self._library = files.library
        self._left, self._bytes_left = MOST_FETCHED, MOST_UPLOADED

    def __call__(self, uri: str, digest: bytes | None) -> bytes:
        self._left -= 1
        if self._left < 0:
            raise ContentTooLarge(f"a table here may name {MOST_FETCHED} URIs at most: upload the files instead")
        data = self._library.get(uri, digest)
        self._bytes_left -= len(data)
        if self._bytes_left < 0 or len(data) > MOST_BYTES:
            raise ContentTooLarge(f"{uri} makes it more than is read at once: upload the files instead")
        return data


def _write(uploads: Sequence[UploadFile], folder: Path, field: str) -> None:
    """Puts uploads into an empty folder, under the names that they come with."""
    if len(uploads) > MOST_FILES:
        raise Refused(**{field: f"Upload at most {MOST_FILES:,} files at once, or a table."})
    left = MOST_UPLOADED
    for upload in uploads:
        path = _path(folder, upload.filename or "", field)
        data = upload.file.read(left + 1)
        left -= len(data)
        if left < 0:
            raise Refused(**{field: f"Upload at most {MOST_UPLOADED // 2**20} MiB at once."})
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("xb") as file:
                file.write(data)
        except FileExistsError as error:
            raise Refused(**{field: f"Two files are called {upload.filename}: upload them as a folder."}) from error
        except OSError as error:
            raise Refused(**{field: f"{upload.filename}: {error.strerror}."}) from error


def _path(folder: Path, name: str, field: str) -> Path:
    """Where a file goes that a browser calls so. The name is a stranger's."""
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or not path.parts or not name.isprintable() or len(path.parts) > 20:
        raise Refused(**{field: f"{name!r} is no name for a file."})
    return folder.joinpath(*path.parts)


def _put(found: Sequence[Found], field: str, files: Files) -> list[DraftItem]:
    if len(found) > MOST_ITEMS:
        raise Refused(**{field: f"There are {len(found):,} items, and at most {MOST_ITEMS:,} make a task here."})
    items = put_items(found, files.store)
    return [
        DraftItem(one.id[-LONGEST_NAME:], item.uri, item.keccak256.hex(), one.size)
        for one, item in zip(found, items, strict=True)
    ]


def _told(error: ManifestError | LabelError, folder: str) -> str:
    """What is wrong, without the folder that the files were in for a moment."""
    return error.sentence().replace(f"{folder}/", "").replace(folder, "The upload")
