"""A devnet with people who work by the command line."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from click.testing import CliRunner
from eth_utils import keccak

from goldleaf import Item, Manifest
from goldleaf_tools.cli import failures
from goldleaf_tools.cli.app import cli
from goldleaf_tools.keys import Keystore
from tests.chains import AnvilChain
from tests.deployed import DAY, JURORS, PURSE, deploy
from tests.terminal import COMMAND, PATIENCE, Terminal

PASSWORD = "correct horse"
SCHEMA = {"enum": ["benign", "malignant"]}


class Town:
    """A node with the protocol on it, a home folder with everybody's keys, and a store."""

    def __init__(self, chain: AnvilChain, folder: Path) -> None:
        self.chain = chain
        self.token, deployment = deploy(chain.id, chain.deploy)
        self.contracts = deployment.contracts
        deployment.dump(folder / "deployment.json")
        self.folder = folder
        password = folder / "password"
        password.touch(0o600)
        password.write_text(PASSWORD + "\n")
        self.environment = {
            "GOLDLEAF_RPC": chain.web3.provider.endpoint_uri,  # type: ignore[attr-defined]
            "GOLDLEAF_DEPLOYMENT": str(folder / "deployment.json"),
            "GOLDLEAF_HOME": str(folder / "home"),
            "GOLDLEAF_STORE": str(folder / "store"),
            "GOLDLEAF_PASSWORD_FILE": str(password),
        }
        # Weak on purpose: what makes passwords expensive to guess makes tests slow.
        self.keystore = Keystore(folder / "home" / "keys", work_factor=2)
        self.addresses: dict[str, str] = {}

    def settle_in(self, name: str) -> None:
        """A new account with ether and a purse of tokens."""
        account = self.keystore.add(name, keccak(text=name), PASSWORD)
        self.addresses[name] = account.address
        self.chain._request("anvil_setBalance", account.address, hex(10**18))
        self.token.mint(account.address, PURSE)

    def run(self, name: str, *arguments: object, code: int = 0) -> Any:
        """What a command prints as JSON, run by somebody in this process."""
        result = CliRunner(mix_stderr=False).invoke(
            cli, [*map(str, arguments), "--json"], env={**self.environment, "GOLDLEAF_ACCOUNT": name}
        )
        assert result.exit_code == code, (arguments, result.output)
        document = json.loads(result.stdout)
        assert document["ok"] is (code == 0)
        return document["result"] if code == 0 else document["error"]

    def read(self, name: str, *arguments: object) -> str:
        """What a command prints for people, run by somebody in this process; never anything but plain lines."""
        result = CliRunner(mix_stderr=False).invoke(
            cli, [*map(str, arguments)], env={**self.environment, "GOLDLEAF_ACCOUNT": name}
        )
        assert result.exit_code == 0, (arguments, result.stderr)
        lines = (result.stdout + result.stderr).splitlines()
        assert all(line.replace("\t", "").isprintable() for line in lines)
        return str(result.stdout)

    def do(self, name: str, *arguments: object) -> Any:
        """What came of a transaction that a command has sent: its event, or events."""
        return self.run(name, *arguments, "--yes")["result"]

    def spawn(
        self, name: str, *arguments: object, code: int = 0, given: str = "", **environment: str
    ) -> "subprocess.CompletedProcess[str]":
        """A command as a program of its own, without a terminal; `given` comes in through a pipe."""
        result = subprocess.run(
            [*COMMAND, *map(str, arguments)],
            env={**os.environ, **self.environment, "GOLDLEAF_ACCOUNT": name, **environment},
            input=given,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
        assert result.returncode == code, (arguments, result.stdout, result.stderr)
        return result

    def sit(self, name: str, *arguments: object) -> Terminal:
        """A command at a terminal, which asks for the password."""
        environment = {**self.environment, "GOLDLEAF_ACCOUNT": name, "GOLDLEAF_PASSWORD_FILE": None}
        return Terminal([*map(str, arguments)], environment)

    def travel_to(self, time: int) -> None:
        self.chain.travel(time - self.chain.now)

    def travel(self, seconds: int) -> None:
        self.chain.travel(seconds)

    def gain(self, *names: str) -> int:
        return sum(self.token.balanceOf(self.addresses[name]) - PURSE for name in names)

    # ------------------------------------------------------------ steps that take several commands

    def seat_jurors(self) -> None:
        self.seats: dict[int, str] = {}
        for number in range(JURORS):
            juror = f"juror{number}"
            self.settle_in(juror)
            self.do(juror, "deposit", "32", "--court")
            self.seats[self.do(juror, "court", "join")["first_seat"]] = juror
        self.travel(7 * DAY)
        for seat, juror in self.seats.items():
            self.do(juror, "court", "ready", seat)

    def open(self, *options: str, schema: Any = SCHEMA, gold_root: bytes | None = None) -> int:
        items = [Item.of(f"ipfs://{n}", b"%d" % n) for n in range(6)]
        manifest = Manifest("Is it malignant?", schema, items, "CC0-1.0", gold_root)
        file = self.folder / "manifest.json"
        file.write_bytes(manifest.to_bytes())
        self.do("requester", "deposit", "12")
        terms = ["--reward", "1", "--stake", "10", "--batch-size", "3", "--redundancy", "2", "--tolerance-bps", "3400"]
        given = ["--manifest", file, *terms, "--deadline", "14d", "--accept-small-court", *options]
        return int(self.do("requester", "task", "open", *given)["task"])

    def write_labels(self) -> Path:
        """A folder of labels, in two formats."""
        folder = self.folder / "labels"
        folder.mkdir(exist_ok=True)
        (folder / "first.csv").write_text("item,label,who\n0,benign,me@example.org\n1,malignant,\n2,benign,\n")
        lines = [{"item": item, "label": label} for item, label in ((3, "benign"), (4, "malignant"), (5, "benign"))]
        (folder / "second.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
        return folder

    def vote(self, dispute: int, choices: list[str]) -> None:
        """Draws a round; the jurors drawn vote so, in the order of their positions, until its last moment."""
        self.chain.mine(1)
        self.do("auditor", "court", "draw")
        panel = [self.seats[seat] for seat in self.run("auditor", "court", "show", dispute)["rounds"][-1]["seats"]]
        for juror, choice in zip(panel, choices, strict=True):
            self.do(juror, "court", "vote", dispute, choice)
        for juror in panel:
            self.do(juror, "court", "reveal", dispute)
        again = self.run(panel[0], "court", "reveal", dispute, "--yes", code=failures.REFUSED)
        assert again["type"] == "AlreadyRevealed"
        self.pass_phase(dispute)

    def pass_phase(self, dispute: int) -> None:
        self.travel_to(self.run("auditor", "court", "show", dispute)["phase_end"])

    def published(self) -> int:
        """How many label sets lie where others find them."""
        return sum(file.read_bytes().startswith(b'{"item":') for file in (self.folder / "store").iterdir())

    def leave(self) -> None:
        for seat, juror in self.seats.items():
            leaves_at = self.do(juror, "court", "leave", seat)["leaves_at"]
        self.travel_to(leaves_at)
        self.do("auditor", "court", "draw")
        for name in self.addresses:
            held = self.run(name, "balance")
            for ledger, option in (("escrow", []), ("court", ["--court"]), ("tests", ["--tests"])):
                if held[ledger]:
                    self.do(name, "withdraw", *option)
