"""Files that nobody else may read, written so that a crash leaves the old file or the new one, never half of one."""

import os
import secrets
import shlex
import stat
from pathlib import Path

from .errors import KeyfileError, LoosePermissions

FILE_MODE = 0o600
FOLDER_MODE = 0o700


def read_private(path: str | Path) -> bytes:
    """The bytes of a file, or a pipe, that only its owner may read.

    Raises `LoosePermissions` if others may read or write it, `KeyfileError` if it is a folder or cannot be read, and
    `FileNotFoundError`.
    """
    path = Path(path).expanduser()
    try:
        with path.open("rb") as file:
            # Of the open file, not of the path, which might be another file by now.
            _check_mode(path, os.fstat(file.fileno()).st_mode, FILE_MODE)
            return file.read()
    except (IsADirectoryError, PermissionError) as error:
        raise KeyfileError(f"{path}: {error.strerror}") from None


def write_private(path: str | Path, data: bytes, *, replace: bool = True) -> None:
    """Writes a file that only its owner may read, whole or not at all, and returns when it is on the disk.

    Without `replace` raises `FileExistsError` if there is one.
    """
    path = Path(path).expanduser()
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if replace:
            draft.replace(path)
        else:
            path.hardlink_to(draft)
    finally:
        draft.unlink(missing_ok=True)
    _sync_folder(path.parent)


def private_folder(path: str | Path) -> Path:
    """A folder that only its owner may enter, made if there is none. Raises `LoosePermissions`, `KeyfileError`."""
    path = Path(path).expanduser()
    path.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    _check_mode(path, path.stat().st_mode, FOLDER_MODE)
    return path


def _check_mode(path: Path, mode: int, allowed: int) -> None:
    if os.name != "posix":  # elsewhere the bits say nothing
        return
    loose = stat.S_IMODE(mode) & 0o077
    if loose:
        raise LoosePermissions(
            f"{path} has mode {stat.S_IMODE(mode):03o}, must have {allowed:03o}: run `chmod {allowed:03o} "
            f"{shlex.quote(str(path))}`"
        )


def _sync_folder(folder: Path) -> None:
    """Makes the names in a folder as lasting as the files."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
