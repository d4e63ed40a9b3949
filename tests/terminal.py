"""A terminal, and a `goldleaf` command that runs at it as a program of its own."""

import fcntl
import os
import pty
import subprocess
import sys
import termios
import time
from collections.abc import Mapping

PATIENCE = 60  # seconds
COMMAND = [sys.executable, "-m", "goldleaf_tools.cli"]


class Terminal:
    """What somebody at a keyboard sees of a command, and types to it."""

    def __init__(self, arguments: list[str], environment: Mapping[str, str | None]) -> None:
        self._own, other = pty.openpty()
        given = {**os.environ, **environment, "TERM": "xterm"}
        self._process = subprocess.Popen(
            [*COMMAND, *arguments],
            stdin=other,
            stdout=other,
            stderr=other,
            env={name: value for name, value in given.items() if value is not None},
            start_new_session=True,
            # The terminal that passwords are read from.
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(other)
        self.text = ""
        self._seen = 0

    def answer(self, question: str, line: str) -> None:
        """Waits until this is asked, and types a line."""
        deadline = time.monotonic() + PATIENCE
        while question not in self.text[self._seen :]:
            assert time.monotonic() < deadline and self._read(), self.text
        self._seen = len(self.text)
        os.write(self._own, line.encode() + b"\n")

    def end(self) -> int:
        """The exit code, when the program has ended."""
        while self._read():
            pass
        os.close(self._own)
        return self._process.wait(PATIENCE)

    def _read(self) -> bool:
        try:
            data = os.read(self._own, 4096)
        except OSError:  # nobody is at the other side any more
            return False
        self.text += data.decode()
        return bool(data)
