"""The contracts on a chain in process, reached as the SDK reaches any node: through web3."""

import warnings
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any, TypeVar, cast

import pytest
from eth_tester import EthereumTester
from vyper.compiler.output import build_abi_output
from web3 import EthereumTesterProvider, Web3

from goldleaf import ZERO_ADDRESS, Deployment, Goldleaf, GoldleafWarning, LabelSet, Sent, commitments
from tests.chains import deploy_escrow, deployer

T = TypeVar("T")

HOUR = 3600
DAY = 24 * HOUR
# What everybody gets, in base units: a million tokens.
WEALTH = 10**12
GAS_LIMIT = 3_000_000
# Changes of a task's terms by which challenges within its tolerance can pay: half of the pay of 32 labels is 16 tokens.
WORTHWHILE = {"reward": 10**6}
TERMS = b"\x01" * 32
URI = "ipfs://labels"


class World:
    """A token, a court and an escrow on a chain whose clock the tests move."""

    def __init__(self) -> None:
        self.tester = EthereumTester()
        # Ahead of the real time, which would else move the clock between two steps of a test.
        self.tester.time_travel(self.tester.get_block_by_number("latest")["timestamp"] + 365 * DAY)
        self.web3 = Web3(EthereumTesterProvider(self.tester))
        self.accounts = list(self.web3.eth.accounts)
        self.token = self.deploy("mocks/TokenMock", 6)
        randomness = self.deploy("randomness/BlockhashRandomness")
        periods = (HOUR, 2 * DAY, DAY, DAY, DAY)
        parameters = (self.token.address, ZERO_ADDRESS, randomness.address, 10**6, 8, 100, 10, *periods)
        self.relay = self.deploy("Relay")
        self.court = self.deploy("Court", self.relay.address, parameters)
        self.arbitrator = self.deploy("mocks/MockArbitrator", self.token.address, 3 * 10**6, 10 * DAY)
        escrow = deploy_escrow(self.deploy, self.relay.address, period_floor=HOUR)
        self.escrow = escrow["TaskEscrow"]
        self.pool = self.deploy("RoyaltyPool", self.relay.address, self.escrow.address)
        contracts = {
            **escrow,
            "Court": self.court,
            "RoyaltyPool": self.pool,
            "Relay": self.relay,
            "Token": self.token,
        }
        self.deployment = Deployment(
            chain_id=self.web3.eth.chain_id,
            block=0,
            contracts={name: contract.address for name, contract in contracts.items()},
            arbitrators={"MockArbitrator": self.arbitrator.address},
        )
        for account in self.accounts:
            self.token.functions.mint(account, WEALTH).transact({"from": self.accounts[0]})
        # Untyped, for tests give them what their types forbid.
        self.clients: dict[int, Any] = {number: self._client(number) for number in range(1, 7)}
        self.fresh = self.web3.eth.block_number
        self._reached: dict[str, tuple[Any, Any]] = {}

    def deploy(self, path: str, *arguments: Any) -> Any:
        compiled = deployer(path).compiler_data
        factory = self.web3.eth.contract(abi=build_abi_output(compiled), bytecode=compiled.bytecode)
        sent = factory.constructor(*arguments).transact({"from": self.accounts[0]})
        return self.web3.eth.contract(self.web3.eth.get_transaction_receipt(sent)["contractAddress"], abi=factory.abi)

    @property
    def now(self) -> int:
        """The time of the next block."""
        return int(self.web3.eth.get_block("pending")["timestamp"])

    def reach(self, name: str, steps: Callable[[], T]) -> T:
        """Brings a fresh chain to a state that many tests start from: by the steps once, then by a snapshot."""
        assert self.web3.eth.block_number == self.fresh, "the chain has moved on"
        if name in self._reached:
            snapshot, result = self._reached[name]
            self.tester.revert_to_snapshot(snapshot)
        else:
            result = steps()
            self._reached[name] = (self.tester.take_snapshot(), result)
        return cast(T, result)

    def travel(self, seconds: int) -> None:
        self.tester.time_travel(self.now + seconds)

    def travel_to(self, time: int) -> None:
        self.tester.time_travel(time)

    def _client(self, number: int) -> Goldleaf:
        client = Goldleaf(self.web3, self.deployment, self.accounts[number], gas_limit=GAS_LIMIT)
        client.ledger.deposit(WEALTH // 4)
        client.court.ledger.deposit(WEALTH // 4)
        return client


class Play:
    """Roles, and the steps that bring a submission or a challenge to where a test starts."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.requester = world.clients[1]
        self.annotator = world.clients[2]
        self.stranger = world.clients[3]

    def open(self, **changes: Any) -> int:
        parameters = {
            "terms": TERMS,
            "uri": "ipfs://manifest",
            "items": 10,
            "batch_size": 4,
            "redundancy": 1,
            "reward": 50_000,
            "stake": 3_000_000,
            "deadline": timedelta(days=10),
            "arbitrator": self.world.arbitrator.address,
            **changes,
        }
        return self.requester.tasks.open(**parameters).result.task

    def take(self, task: int, slot: int = 0) -> int:
        return self.annotator.submissions.take(task, slot).result.submission

    def publish(self, **changes: Any) -> tuple[int, LabelSet]:
        """The first step of a test: a submission in its challenge window."""
        return self.world.reach(f"published {changes}", lambda: self._publish(**changes))

    def _publish(self, **changes: Any) -> tuple[int, LabelSet]:
        submission = self.take(self.open(**changes))
        labels = labels_for(self.annotator, submission)
        self.annotator.submissions.publish(submission, labels, uri=URI)
        return submission, labels

    def challenge(self, submission: int, items: list[int]) -> Sent[Any]:
        salt = commitments.new_salt()
        self.stranger.challenges.commit(submission, items, salt=salt)
        self.world.travel(60)
        return self.stranger.challenges.file(submission, items, salt=salt, uri="ipfs://evidence")


def labels_for(client: Goldleaf, submission: int) -> LabelSet:
    items = client.submissions.items(submission)
    return LabelSet([{"grade": item % 3} for item in items], first=items.start)


@pytest.fixture(scope="session")
def deployed() -> World:
    return World()


@pytest.fixture
def world(deployed: World) -> Iterator[World]:
    """The deployment; what a test does to it is undone."""
    snapshot = deployed.tester.take_snapshot()
    with warnings.catch_warnings():
        # The court of the tests is open to all; the tests of that warning expect it by name.
        warnings.simplefilter("ignore", GoldleafWarning)
        yield deployed
    deployed.tester.revert_to_snapshot(snapshot)


@pytest.fixture
def play(world: World) -> Play:
    return Play(world)
