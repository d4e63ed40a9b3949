"""`make app`: a chain and the app on it by one command, and nothing of it left when it is ended."""

import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

from tests.app.serving import ROOT

pytestmark = pytest.mark.anvil


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_app__by_one_command__tells_its_accounts_and_ends_with_its_chain(
    tmp_path: Path, ending: signal.Signals
) -> None:
    port, rpc = free_port(), free_port()
    options = ["--port", str(port), "--rpc-port", str(rpc), "--folder", str(tmp_path)]
    process = subprocess.Popen(
        [sys.executable, "-m", "scripts.app", *options],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                assert requests.get(f"http://127.0.0.1:{port}/health").json()["healthy"] is True
                break
            except requests.ConnectionError:
                time.sleep(0.2)
        process.send_signal(ending)
        told, _ = process.communicate(timeout=30)
    finally:
        process.kill()
    assert f"http://127.0.0.1:{port}" in told and len(re.findall("0x[0-9a-f]{64}", told)) == 8
    assert "Traceback" not in told
    with socket.socket() as node:
        assert node.connect_ex(("127.0.0.1", rpc)) != 0
