"""A court on a node whose draws wait for real beacons of quicknet, and a dispute before it."""

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner
from eth_account import Account
from eth_utils import keccak

from goldleaf import Deployment, Goldleaf, LabelSet, Phase
from goldleaf.stores import Reader, Store
from goldleaf_tools.autopilot import Autopilot, Memory
from goldleaf_tools.beacons import Relays
from goldleaf_tools.cli.app import cli
from goldleaf_tools.keys import Keyring, Keystore
from tests.beacons import BEACONS, QUICKNET
from tests.chains import AnvilChain
from tests.protocol import DAY, Protocol, Work

REAL, OTHER = BEACONS
DUE = QUICKNET.due(REAL.round)
MARGIN = 60
PASSWORD = "correct horse"


class Scene:
    """A dispute that waits for the beacon of the round `REAL`, and the annotator whose label it is about."""

    def __init__(self, url: str, folder: Path) -> None:
        self.chain, self.folder = AnvilChain(url), folder
        randomness = self.chain.deploy("randomness/DrandRandomness", *QUICKNET.arguments(MARGIN))
        self.protocol = Protocol(arbitrator="Court", chain=self.chain, randomness=randomness.address)
        self.jury = self.protocol.jury
        contracts = {
            "TaskTerms": self.protocol.terms.address,
            "TaskEscrow": self.protocol.escrow.address,
            "Lens": self.protocol.lens.address,
            "Court": self.jury.court.address,
            "Token": self.protocol.token.address,
            "DrandRandomness": randomness.address,
        }
        self.deployment = Deployment(self.chain.id, 0, contracts)
        self.deployment.dump(folder / "deployment.json")
        key = keccak(text="annotator")
        self.account = Account.from_key(key)
        self.address = Keystore(folder / "home" / "keys", work_factor=2).add("ann", key, PASSWORD).address
        self.client = Goldleaf(url, self.deployment, self.account)
        self.store, self.memory = Store(folder / "store"), Memory(folder / "memory")
        self.chain._request("anvil_setBalance", self.address, hex(10**18))
        self.protocol.fund(self.address, 100 * self.protocol.unit)
        self.jury.seat(3)
        self.travel_to(DUE - DAY)
        self.challenge = self._challenge()
        # The block in which the draw is armed: the margin before the beacon is due.
        self.chain._request("evm_setNextBlockTimestamp", DUE - MARGIN)
        self.dispute = self.client.challenges.defend(self.challenge).result.dispute
        self._before = self.sent

    def _challenge(self) -> int:
        task = self.protocol.open(items=3, batch_size=3, stake=10 * self.protocol.unit, redundancy=1)
        submission = self.client.submissions.take(task, 0).result.submission
        labels = LabelSet(["a", "b", "c"])
        uri = self.store.put(labels.to_bytes())
        self.client.submissions.publish(submission, labels, uri=uri)
        return self.protocol.challenge(Work(submission, self.address, labels), [0])

    @property
    def sent(self) -> int:
        return self.chain.web3.eth.get_transaction_count(self.address)

    @property
    def phase(self) -> Phase:
        return self.client.court.dispute(self.dispute).phase

    def travel_to(self, moment: int) -> None:
        self.chain.travel(moment - self.chain.now)

    def autopilot(self, *relays: str) -> Autopilot:
        keyring = Keyring(self.deployment, self.account)
        found = Relays(relays, timeout=1) if relays else None
        return Autopilot(self.client, keyring, self.memory, reader=Reader(self.store), relays=found)

    def run(self, *arguments: object, code: int = 0, **environment: str) -> Any:
        """The document that a command prints."""
        given = {
            "GOLDLEAF_RPC": self.chain.web3.provider.endpoint_uri,  # type: ignore[attr-defined]
            "GOLDLEAF_DEPLOYMENT": str(self.folder / "deployment.json"),
            "GOLDLEAF_HOME": str(self.folder / "home"),
            "GOLDLEAF_STORE": str(self.folder / "store"),
            "GOLDLEAF_ACCOUNT": "ann",
            "GOLDLEAF_PASSWORD": PASSWORD,
            **environment,
        }
        result = CliRunner(mix_stderr=False).invoke(cli, [*map(str, arguments), "--json"], env=given)
        assert result.exit_code == code, (arguments, result.output, result.stderr)
        return json.loads(result.stdout)

    def read(self, *arguments: object) -> str:
        """What a command prints for people, on one line."""
        given = {
            "GOLDLEAF_RPC": self.chain.web3.provider.endpoint_uri,  # type: ignore[attr-defined]
            "GOLDLEAF_DEPLOYMENT": str(self.folder / "deployment.json"),
            "GOLDLEAF_HOME": str(self.folder / "home"),
            "GOLDLEAF_ACCOUNT": "ann",
            "COLUMNS": "300",
        }
        result = CliRunner(mix_stderr=False).invoke(cli, [*map(str, arguments)], env=given)
        assert result.exit_code == 0, (arguments, result.stderr)
        return " ".join((result.stdout + result.stderr).split())
