"""Files in folders, buckets, and whatever else fsspec opens."""

import os
import re
import secrets
import stat
from pathlib import Path
from typing import Any

from .._encoding.keccak import keccak256
from ..errors import ArgumentError, ContentMissing, MissingExtra, OutsideStore, StoreUnreachable
from ._place import base_of

_HASH = re.compile(r"[0-9a-f]{64}")


class Files:
    """Files by fsspec, named after their keccak-256."""

    enough = 1

    def __init__(self, url: str | Path, options: dict[str, Any]) -> None:
        try:
            from fsspec.core import url_to_fs
            from fsspec.implementations.local import LocalFileSystem
        except ImportError as error:
            raise MissingExtra("stores") from error

        try:
            self._fs, root = url_to_fs(str(url), **options)
        except ImportError as error:
            raise MissingExtra("stores") from error
        except (ValueError, TypeError) as error:
            raise ArgumentError(f"no store can be opened at {url}: {error}") from error
        self._is_local = isinstance(self._fs, LocalFileSystem)
        self._root = os.path.realpath(root) if self._is_local else root.rstrip("/")
        self.base = base_of(Path(self._root).as_uri() if self._is_local else str(url))

    def proves_itself(self) -> bool:
        return False

    def __str__(self) -> str:
        return self.base

    def name(self, data: bytes) -> str:
        return keccak256(data).hex()

    def binds(self, name: str) -> bool:
        return _HASH.fullmatch(name.rpartition("/")[2]) is not None

    def matches(self, name: str, data: bytes) -> bool:
        return name.rpartition("/")[2] == keccak256(data).hex()

    def read(self, name: str, limit: int) -> bytes:
        path = self._path(name)
        if self._is_local:
            self._check_file(name)
        try:
            return self._read(path, limit + 1)
        except FileNotFoundError as error:
            raise ContentMissing(f"{self.base}{name}") from error
        except Exception as error:  # each file system has exceptions of its own
            raise StoreUnreachable(f"{self.base}{name}: {type(error).__name__}: {error}") from error

    def _read(self, path: str, size: int) -> bytes:
        """Never takes more than `size` into memory, whatever the store sends."""
        from fsspec.asyn import sync

        if self._is_local:
            with open(path, "rb") as file:
                return file.read(size)
        if self._fs.async_impl:
            try:
                return bytes(sync(self._fs.loop, _stream, self._fs, path, size))
            except NotImplementedError:
                pass
        with self._fs.open(path, "rb") as file:
            return bytes(file.read(size))

    def write(self, name: str, data: bytes) -> None:
        path = self._path(name)
        try:
            if self._is_local:
                _write_file(path, data)
            else:
                self._fs.pipe_file(path, data)
        except Exception as error:  # as above
            raise StoreUnreachable(f"{self.base}{name}: {type(error).__name__}: {error}") from error

    def _path(self, name: str) -> str:
        return f"{self._root}/{name}"

    def _check_file(self, name: str) -> None:
        # The store's own folder was resolved when it was opened.
        place, mode = self._root, 0
        for part in name.split("/"):
            if part in ("", ".", ".."):
                raise OutsideStore(f"{self.base}{name}")
            place = f"{place}/{part}"
            try:
                mode = os.lstat(place).st_mode
            except OSError:
                return  # reading it tells why
            if stat.S_ISLNK(mode):
                raise OutsideStore(f"{self.base}{name} is a link, or in a folder that is one")
        # Opening a pipe would wait for somebody to write into it.
        if not stat.S_ISREG(mode):
            raise ContentMissing(f"{self.base}{name} is no file")


async def _stream(fs: Any, path: str, size: int) -> bytes:
    file = await fs.open_async(path, "rb")
    try:
        data = bytearray()
        while len(data) < size:
            chunk = await file.read(size - len(data))
            if not chunk:
                break
            data += chunk
        return bytes(data)
    finally:
        await file.close()


def _write_file(path: str, data: bytes) -> None:
    """Writes a file that is there either wholly or not at all, also after a loss of power."""
    folder = os.path.dirname(path)
    os.makedirs(folder, exist_ok=True)
    draft = f"{path}.{secrets.token_hex(8)}"
    try:
        with open(draft, "xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
    except BaseException:
        if os.path.exists(draft):
            os.remove(draft)
        raise
