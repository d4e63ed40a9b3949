"""An anvil node: finding, starting and ending it, and moving its clock."""

import os
import shutil
import signal
import subprocess
import threading
from collections import deque
from contextlib import suppress
from pathlib import Path
from typing import Any

from requests.exceptions import RequestException
from web3 import HTTPProvider, Web3
from web3.types import RPCEndpoint

from goldleaf.errors import NodeError, Unreachable

# Of the accounts that anvil makes by default; known to everybody.
MNEMONIC = "test test test test test test test test test test test junk"
# Printed by anvil before host and port.
LISTENING = "Listening on "
# What of its output is shown when it does not start.
LAST_LINES = 10


class DevnetError(NodeError):
    """The devnet does not start, or the node is none."""


class AnvilMissingError(DevnetError):
    """There is no anvil on this machine, or not where it was said to be."""

    advice = (
        "Install Foundry (https://getfoundry.sh), or run `npm install @foundry-rs/anvil` in this folder, "
        "or name the program with `--anvil`."
    )


class Anvil:
    """A running anvil with `accounts` test accounts.

    `port` 0 takes a free one. `start` is the unix time of its first block. `program` is where anvil is; without one it
    is looked for on the PATH and in `node_modules` of the current folder.

    Raises `AnvilMissingError`, and `DevnetError` with what anvil says when it does not start.
    """

    def __init__(self, *, port: int, accounts: int, start: int, program: str | None = None) -> None:
        self._process = subprocess.Popen(
            [
                *(find(program), "--port", str(port), "--timestamp", str(start)),
                *("--mnemonic", MNEMONIC, "--accounts", str(accounts)),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            # A Ctrl-C is for us, who end it; its own group, because npm puts a launcher in front of it.
            start_new_session=True,
        )
        try:
            self.url = f"http://{self._address(port)}"
        except BaseException:
            self.close()
            raise
        # Else the pipe would fill up, and anvil stop.
        threading.Thread(target=deque, args=(self._process.stdout, 0), daemon=True).start()

    @property
    def is_running(self) -> bool:
        return self._process.poll() is None

    def wait(self) -> None:
        """Returns when it has ended."""
        self._process.wait()

    def close(self) -> None:
        """Ends it."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def _address(self, port: int) -> str:
        """Host and port, once it has said where it listens."""
        assert self._process.stdout is not None
        lines: deque[str] = deque(maxlen=LAST_LINES)
        for line in self._process.stdout:
            lines.append(line)
            if line.startswith(LISTENING):
                return line.removeprefix(LISTENING).strip()
        said = "".join(lines).strip()
        if "in use" in said:
            raise DevnetError(f"port {port} is taken: end what listens there, or give another with `--port`")
        raise DevnetError(f"anvil did not start: {said}")


def find(program: str | None = None) -> str:
    """The path of anvil. Raises `AnvilMissingError`."""
    if program is not None:
        found = shutil.which(program)
    else:
        found = shutil.which("anvil") or shutil.which("anvil", path=str(Path("node_modules", ".bin").absolute()))
    if found is None:
        raise AnvilMissingError(f"{program or 'anvil'} was not found")
    return found


class Clock:
    """Time and blocks of a devnet at a URL. Its methods raise `Unreachable`, and `DevnetError` if it is no devnet."""

    def __init__(self, url: str) -> None:
        self._web3 = Web3(HTTPProvider(url))
        self._url = url

    @property
    def now(self) -> int:
        """Unix time of the latest block."""
        return int(self._call("eth_getBlockByNumber", "latest", False)["timestamp"], 16)

    def travel(self, seconds: int) -> int:
        """Lets time pass and mines a block; returns its unix time."""
        if seconds < 0:
            raise DevnetError(f"{seconds} seconds: time only goes forward")
        self._call("evm_increaseTime", seconds)
        return self.mine()

    def travel_to(self, time: int) -> int:
        """Mines a block of this unix time, or of the next second if that has passed; returns its time."""
        self._call("evm_setNextBlockTimestamp", max(time, self.now + 1))
        return self.mine()

    def mine(self, blocks: int = 1) -> int:
        """Mines blocks; returns the unix time of the last."""
        self._call("anvil_mine", hex(blocks))
        return self.now

    def mine_every(self, seconds: int) -> None:
        """Mines a block at each interval from now on, instead of one per transaction."""
        self._call("evm_setIntervalMining", seconds)

    def _call(self, method: str, *arguments: object) -> Any:
        try:
            answer = self._web3.provider.make_request(RPCEndpoint(method), list(arguments))
        except (RequestException, OSError) as error:
            raise Unreachable(self._url) from error
        if "error" in answer:
            raise DevnetError(f"{self._url} is no devnet, it refuses {method}: {answer['error']['message']}")
        return answer["result"]
