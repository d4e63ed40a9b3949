"""The standard streams: one that cannot show every character, that nobody reads any more, that is closed or full."""

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import click

NAMES = {"stdout": "standard output", "stderr": "standard error"}


class Unwritable(click.ClickException):
    """What there is to tell cannot be written: the disk is full, or a device fails."""


class Guarded:
    """A stream to which text can always be written.

    Characters that its encoding lacks are written as escapes. Once nobody reads it any more, nothing is written:
    whoever pipes into `head` has seen enough, and what is being sent is sent all the same.

    It has no `buffer`, so that everybody writes text, and by this way.
    """

    def __init__(self, stream: Any, name: str) -> None:
        self._stream = stream
        self._name = name

    def write(self, text: str) -> int:
        """Writes a text. Raises `Unwritable`."""
        encoding = self._stream.encoding or "utf-8"
        shown = text.encode(encoding, "backslashreplace").decode(encoding)
        if shown:  # click tries an empty one, and would pass over that it fails
            with self._ending():
                self._stream.write(shown)
        return len(text)

    def flush(self) -> None:
        """Has everything written go out. Raises `Unwritable`."""
        with self._ending():
            self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        if name == "buffer":
            raise AttributeError(name)
        return getattr(self._stream, name)

    @contextmanager
    def _ending(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            # What is still to be flushed, at the latest when the program ends, goes nowhere.
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._stream.fileno())
            os.close(nowhere)
            if error.errno != errno.EPIPE:
                raise Unwritable(f"{self._name} could not be written: {error.strerror}") from error


@contextmanager
def guarded() -> Iterator[list[str]]:
    """Guards the streams that are written to; gives those that are closed, in whose place nothing is written."""
    before = {name: getattr(sys, name) for name in NAMES}
    with ExitStack() as opened:
        for name, stream in before.items():
            # Such as /dev/null also keeps the stream's number from the next file that is opened.
            stream = opened.enter_context(open(os.devnull, "w", encoding="utf-8")) if stream is None else stream
            setattr(sys, name, Guarded(stream, NAMES[name]))
        try:
            yield [name for name, stream in before.items() if stream is None]
        finally:
            for name, stream in before.items():
                setattr(sys, name, stream)


def is_terminal(stream: Any) -> bool:
    """Whether somebody sits at a standard stream, which is None where it is closed."""
    return stream is not None and bool(stream.isatty())
