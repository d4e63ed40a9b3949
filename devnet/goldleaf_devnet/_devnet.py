"""The devnet: a chain, the contracts, people and open tasks."""

import fcntl
import json
import shutil
import tempfile
import time
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from eth_account import Account
from eth_account.hdaccount import key_from_seed, seed_from_mnemonic
from eth_account.signers.local import LocalAccount
from web3 import HTTPProvider, Web3

from goldleaf import Goldleaf, GoldleafWarning, Item, Manifest
from goldleaf.stores import Store
from goldleaf_tools.errors import KeyExists, KeyfileError
from goldleaf_tools.keys import Keystore

from . import _contracts
from ._anvil import MNEMONIC, Anvil, Clock, DevnetError
from ._judge import Judge
from ._periods import FAST, MINUTE, USUAL, Periods

JURORS = 7
# Of each juror: together more than the 15 of the largest jury.
SEATS = 3
# Role -> number of its test account.
ROLES = {
    name: number
    for number, name in enumerate(
        [
            "deployer",
            "requester",
            *(f"annotator{number}" for number in range(1, 4)),
            "challenger",
            "licensee",
            *(f"juror{number}" for number in range(1, JURORS + 1)),
            "board",
        ]
    )
}
# Test tokens in each wallet.
PURSE = 1_000_000
# Of the keystore, whose keys everybody knows anyway; so it need not be slow to open either.
PASSWORD = "devnet"
WORK_FACTOR = 2

GUIDELINES = "Is the tone of the headline positive, negative or neutral for the company that it is about?"
TONES = ("positive", "negative", "neutral")
HEADLINES = (
    "Harbour operator doubles its profit",
    "Mill closes after a century",
    "Airline names the date of its annual meeting",
    "Chip maker raises its forecast for the third time",
    "Grocer warns of a weak second half",
    "Bank moves its head office across the street",
    "Shipyard wins its largest order in ten years",
    "Recall costs brewer a fifth of its sales",
    "Publisher prints its report on recycled paper",
    "Railway carries more freight than ever",
    "Insurer cuts its dividend",
    "Software house changes its logo",
)
LICENCE = "CC0-1.0"
# What jurors of an ERC-792 arbitrator see of a dispute (ERC-1497).
META_EVIDENCE = {
    "category": "Data labels",
    "title": "Is each of the challenged labels wrong?",
    "description": "Somebody says that labels of a data set are wrong: the escrow's event `Challenged` names them.",
    "question": "By the task's guidelines, is each of the challenged labels wrong?",
    "rulingOptions": {"type": "single-select", "titles": ["Each is wrong", "Not each is wrong"]},
}


@dataclass(frozen=True)
class OpenTask:
    """A task that is open for annotators."""

    id: int
    manifest: Manifest
    # Where the manifest lies in the store.
    uri: str


class Devnet:
    """A local chain with Goldleaf on it, from its making until it is closed; a context manager.

    `port` 0 takes a free one. `block_time` mines a block every that many seconds; without it, one per transaction.
    `fast` has court and tasks wait for minutes instead of days. `folder` is where the deployment file, the store, a
    home of the command `goldleaf` with the keys of all accounts, and `devnet.json`, which is what `describe` tells, are
    written; without one it is temporary and goes with the devnet. What people have in that home besides, such as keys
    of their own, stays; what was under way on the chain of an earlier devnet goes. `anvil` is the program to run.

    Raises `AnvilMissingError` and `DevnetError`.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        block_time: int | None = None,
        fast: bool = False,
        folder: str | Path | None = None,
        anvil: str | None = None,
    ) -> None:
        self.periods: Periods = FAST if fast else USUAL
        self._temporary = tempfile.TemporaryDirectory(prefix="goldleaf-devnet-") if folder is None else None
        self.folder = Path(self._temporary.name if self._temporary else str(folder))
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DevnetError(f"{self.folder} cannot be written to: {error.strerror}") from error
        self._lock = self._claim_folder()
        # Seats have to wait until they can be drawn. The chain starts so long ago that its clock is right afterwards.
        start = int(time.time()) - self.periods.join_delay - MINUTE
        try:
            self._anvil = Anvil(port=port, accounts=len(ROLES), start=start, program=anvil)
        except BaseException:
            self._lock.close()
            raise
        try:
            self._set_up()
            if block_time is not None:
                self.clock.mine_every(block_time)
        except BaseException:
            self.close()
            raise

    @property
    def url(self) -> str:
        """Of the node, for HTTP and, with `ws:`, for WebSockets."""
        return self._anvil.url

    @property
    def chain_id(self) -> int:
        return self.deployment.chain_id

    @property
    def deployment_file(self) -> Path:
        return self.folder / "deployment.json"

    @property
    def environment(self) -> dict[str, str]:
        """Variables by which the command `goldleaf` finds all that it needs; accounts have the names of their roles."""
        return {
            "GOLDLEAF_RPC": self.url,
            "GOLDLEAF_DEPLOYMENT": str(self.deployment_file.resolve()),
            "GOLDLEAF_STORE": str((self.folder / "store").resolve()),
            "GOLDLEAF_HOME": str((self.folder / "home").resolve()),
            "GOLDLEAF_PASSWORD": PASSWORD,
        }

    def client(self, role: str) -> Goldleaf:
        """A client on behalf of the account of one of `ROLES`."""
        return Goldleaf(self.url, self.deployment, self.accounts[role])

    def travel(self, period: timedelta | int) -> int:
        """Lets time pass, seconds or a timedelta; returns the unix time."""
        return self.clock.travel(int(period.total_seconds()) if isinstance(period, timedelta) else period)

    def mine(self, blocks: int = 1) -> int:
        """Lets blocks pass; returns the unix time."""
        return self.clock.mine(blocks)

    def rule(self, dispute: int, ruling: int) -> None:
        """Has the other arbitrator rule on a dispute before it: 0, or one of the choices."""
        Judge(self.url, self.deployment).rule(dispute, ruling)

    def describe(self) -> dict[str, Any]:
        """What a front end needs to know, as JSON. The private keys are test keys that everybody knows."""
        return {
            "rpc_url": self.url,
            "chain_id": self.chain_id,
            "environment": self.environment,
            "contracts": dict(self.deployment.contracts),
            "arbitrators": dict(self.deployment.arbitrators),
            "gates": dict(self.deployment.gates),
            "mnemonic": MNEMONIC,
            "accounts": {
                role: {"address": account.address, "private_key": "0x" + bytes(account.key).hex()}
                for role, account in self.accounts.items()
            },
            "tasks": [{"id": task.id, "manifest": task.uri} for task in self.tasks],
        }

    def wait(self) -> None:
        """Returns when the node has ended."""
        self._anvil.wait()

    def close(self) -> None:
        """Ends the node and removes what is temporary."""
        self._anvil.close()
        self._lock.close()
        if self._temporary is not None:
            self._temporary.cleanup()

    def __enter__(self) -> "Devnet":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _set_up(self) -> None:
        self.web3 = Web3(HTTPProvider(self.url))
        self.clock = Clock(self.url)
        self.accounts = well_known_accounts()
        deployer = self.accounts["deployer"].address
        self.store = Store(self.folder / "store")
        meta_evidence = self.store.put(json.dumps(META_EVIDENCE).encode())
        ground = _contracts.Ground(self.periods, self.accounts["board"].address, meta_evidence)
        self.deployment = _contracts.deploy(self.web3, deployer, ground)
        holders = [account.address for account in self.accounts.values()]
        _contracts.mint(self.web3, self.deployment.address("Token"), deployer, holders, PURSE * _contracts.TOKEN)
        self._settle_home()
        with warnings.catch_warnings():
            # That windows are short and the court open to anybody is what a devnet is for.
            warnings.simplefilter("ignore", GoldleafWarning)
            self._seat_jurors()
            self.tasks = tuple(self._open(redundancy) for redundancy in (1, 2))
        (self.folder / "devnet.json").write_text(json.dumps(self.describe(), indent=2) + "\n", encoding="utf-8")
        # Last: the other file tells that this one is a devnet's.
        self.deployment.dump(self.deployment_file)

    def _claim_folder(self) -> IO[bytes]:
        """Holds the folder for this devnet alone. Raises `DevnetError` if it is another one's, or nobody's devnet."""
        if (self.folder / "deployment.json").exists() and not (self.folder / "devnet.json").exists():
            raise DevnetError(f"{self.folder} has a deployment.json that is not a devnet's: choose another folder")
        lock = (self.folder / ".lock").open("ab")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            lock.close()
            raise DevnetError(f"another devnet runs in {self.folder}: end it, or choose another folder") from error
        return lock

    def _settle_home(self) -> None:
        """Writes the keys of all accounts, beside whatever else people keep in the home."""
        home = self.folder / "home"
        if (self.folder / "devnet.json").exists():
            # What a devnet before this one had under way is gone, and its chain looked the same.
            name = f"{self.chain_id}-{self.deployment.address('TaskEscrow')}"
            for stale in (*home.glob(f"work/{name}-*"), *home.glob(f"index/{name}.db*")):
                shutil.rmtree(stale) if stale.is_dir() else stale.unlink()
        keystore = Keystore(home / "keys", work_factor=WORK_FACTOR)
        for role, account in self.accounts.items():
            try:
                keystore.add(role, bytes(account.key), PASSWORD)
            except KeyExists:
                if not _opens(keystore, role, account.address):
                    path = keystore.folder / f"{role}.json"
                    raise DevnetError(f"{path} is not the devnet's key of that name: move it elsewhere") from None

    def _seat_jurors(self) -> None:
        clients = [self.client(f"juror{number}") for number in range(1, JURORS + 1)]
        price = clients[0].court.seat_price()
        seats: list[int] = []
        for client in clients:
            client.court.ledger.deposit(SEATS * price)
            first = client.court.join(SEATS).result.first_seat
            seats += range(first, first + SEATS)
        self.clock.travel(self.periods.join_delay)
        for seat in seats:
            clients[0].court.ready(seat)
        self.clock.travel_to(int(time.time()))

    def _open(self, redundancy: int) -> OpenTask:
        """Opens a task over the headlines, three batches of four."""
        manifest = Manifest(
            guidelines=GUIDELINES,
            label_schema={"type": "string", "enum": list(TONES)},
            items=[Item.of(self.store.put(text.encode()), text.encode()) for text in HEADLINES],
            licence=LICENCE,
        )
        uri = self.store.put(manifest.to_bytes())
        requester = self.client("requester")
        reward = Decimal("0.50")
        requester.ledger.deposit(reward * len(manifest.items) * redundancy)
        opened = requester.tasks.open(
            terms=manifest,
            uri=uri,
            reward=reward,
            stake=Decimal(2),
            batch_size=4,
            redundancy=redundancy,
            tolerance_bps=2500,
            deadline=timedelta(seconds=self.periods.deadline),
            work_period=self.periods.work,
            publish_period=self.periods.publish,
            challenge_period=self.periods.challenge,
            response_period=self.periods.response,
            royalty_bps=1000,
        )
        return OpenTask(id=opened.result.task, manifest=manifest, uri=uri)


def _opens(keystore: Keystore, role: str, address: str) -> bool:
    """Whether the key of that name is this account's, with the devnet's password."""
    try:
        return str(keystore.load(role, PASSWORD).address) == address
    except KeyfileError:
        return False


def well_known_accounts() -> Mapping[str, LocalAccount]:
    """Role -> account, of anvil's mnemonic."""
    seed = seed_from_mnemonic(MNEMONIC, "")
    return {role: Account.from_key(key_from_seed(seed, f"m/44'/60'/0'/0/{number}")) for role, number in ROLES.items()}
