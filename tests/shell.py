"""A home folder with one key in it, and commands that run in it without a node."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from goldleaf import Deployment
from goldleaf_tools.cli.app import cli
from goldleaf_tools.keys import Keystore

PASSWORD = "correct horse"
KEY = bytes(range(1, 33))
# Nothing listens there.
NOWHERE = "http://127.0.0.1:1"
HOSTILE = "\x1b[2J\x1b]0;owned\x07\nok: paid 1,000 [red]bold[/red] \u202e"


class Shell:
    """Runs commands with settings out of the environment."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.keystore = Keystore(self.home / "keys", work_factor=2)
        self.address = self.keystore.add("alice", KEY, PASSWORD).address
        self.password_file = folder / "password"
        self.password_file.touch(0o600)
        self.password_file.write_text(PASSWORD + "\n")
        addresses = {
            name: f"0x{number:040x}" for number, name in enumerate(("TaskEscrow", "Court", "Token", "GoldTest"), 1)
        }
        Deployment(1, 0, addresses).dump(folder / "deployment.json")
        self.environment: dict[str, str | None] = {
            "GOLDLEAF_RPC": NOWHERE,
            "GOLDLEAF_DEPLOYMENT": str(folder / "deployment.json"),
            "GOLDLEAF_HOME": str(self.home),
            "GOLDLEAF_STORE": str(folder / "store"),
            "GOLDLEAF_ACCOUNT": "alice",
            "GOLDLEAF_PASSWORD": PASSWORD,
            "GOLDLEAF_PASSWORD_FILE": None,
            "GOLDLEAF_DEBUG": None,
        }

    def run(self, *arguments: object, **environment: str | None) -> Result:
        """What came of a command; settings are overridden by `environment`, None takes one away."""
        given = {**self.environment, **environment}
        return CliRunner(mix_stderr=False).invoke(cli, [*map(str, arguments)], env=given, prog_name="goldleaf")

    def json(self, *arguments: object, code: int = 0, **environment: str | None) -> Any:
        """The one document that a command prints."""
        result = self.run(*arguments, "--json", **environment)
        assert result.exit_code == code, result.output + result.stderr
        assert result.stdout.count("\n") == 1
        document = json.loads(result.stdout)
        assert document["ok"] is (code == 0)
        return document["result"] if code == 0 else document["error"]


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    return Shell(tmp_path)


class Liar(BaseHTTPRequestHandler):
    """A node that answers everything with a text of its own."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        several = asked if isinstance(asked, list) else [asked]
        answers = [{"jsonrpc": "2.0", "id": a["id"], "error": {"code": -1, "message": HOSTILE}} for a in several]
        body = json.dumps(answers if isinstance(asked, list) else answers[0]).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture(scope="session")
def liar() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Liar)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
