"""A file of a stranger, as bytes: its lines, and the places in it that messages name."""

import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from ...errors import LabelError

# A path, or the bytes of a file.
Source = str | os.PathLike[str] | bytes

# Of a file that is read line by line; a label of 2,048 bytes may stand among other things.
_MAX_LINE_BYTES = 2**20
_BOM = b"\xef\xbb\xbf"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


class File:
    """A source that is read."""

    def __init__(self, source: Source, most_bytes: int | None = None, most_lines: int | None = None) -> None:
        """Of a file that has more bytes or lines than these no more is read."""
        self._source = source
        self._most_bytes = most_bytes
        self._most_lines = most_lines

    @property
    def name(self) -> str:
        """The name without its folders; empty where bytes are read."""
        return "" if isinstance(self._source, bytes) else Path(self._source).name

    def place(self, where: str) -> str:
        """A place in the file, for messages: "labels.csv, line 3"."""
        return f"{self.name}, {where}" if self.name else where

    def lines(self) -> Iterator[tuple[int, bytes]]:
        """All lines with their numbers, from 1. Only LF ends a line.

        Raises `LabelError` if one is longer than a MiB, or the file than was said.
        """
        with self._open() as file:
            number, read = 1, 0
            while line := file.readline(_MAX_LINE_BYTES + 1):
                read += len(line)
                if len(line) > _MAX_LINE_BYTES:
                    raise LabelError(f"{self.place(f'line {number}')}: longer than {_MAX_LINE_BYTES} bytes")
                for has, most, what in ((read, self._most_bytes, "bytes"), (number, self._most_lines, "lines")):
                    if most is not None and has > most:
                        raise LabelError(f"{self.place(f'line {number}')}: the file has more than {most} {what}")
                yield number, line.removeprefix(_BOM) if number == 1 else line
                number += 1

    def numbered_lines(self) -> Iterator[tuple[int, bytes]]:
        """The lines that are not blank, without white space around them."""
        for number, line in self.lines():
            text = line.strip(b" \t\r\n")
            if text:
                yield number, text

    def text_lines(self) -> Iterator[str]:
        """All lines as text, with their ends. Raises `LabelError`, saying what to do, if one is not UTF-8."""
        for number, line in self.lines():
            yield self._decode(line, number)

    def text(self) -> str:
        """All of it as text. Raises `LabelError`, saying what to do, if it is not UTF-8."""
        with self._open() as file:
            data = file.read()
        return self._decode(data.removeprefix(_BOM), 1)

    def _decode(self, data: bytes, line: int) -> str:
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError as error:
            line += data.count(b"\n", 0, error.start)
            raise LabelError(f"{self.place(f'line {line}')}: {not_utf_8(data)}") from error

    def _open(self) -> BinaryIO:
        if isinstance(self._source, bytes):
            return io.BytesIO(self._source)
        try:
            return open(self._source, "rb")
        except OSError as error:
            raise LabelError(f"{os.fspath(self._source)} cannot be read: {error.strerror}") from error


def not_utf_8(data: bytes) -> str:
    """What to do about text that is not UTF-8."""
    encoding = "utf-16" if data.startswith(_UTF_16) else "latin1"
    return f"not UTF-8: save it as UTF-8 (`CSV UTF-8` in spreadsheets), or convert it by `iconv -f {encoding} -t utf-8`"
