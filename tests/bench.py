"""A history for the auditor's bench, on a node: a task of which each label set is wrong in a way of its own.

Everybody but the auditor is an address for which the node signs.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner
from eth_account import Account
from eth_utils import keccak

from goldleaf import Deployment, Goldleaf, Item, LabelSet, Manifest, to_canonical
from goldleaf.stores import Reader, Store
from goldleaf_tools.audit.answers import Gold
from goldleaf_tools.audit.bench import AuditOptions, audit
from goldleaf_tools.audit.collect import Library
from goldleaf_tools.audit.filing import Filing
from goldleaf_tools.audit.result import TaskAudit
from goldleaf_tools.cli.app import cli
from goldleaf_tools.index import Index
from goldleaf_tools.keys import Keyring, Keystore
from goldleaf_tools.memory import Memory
from tests.chains import AnvilChain
from tests.protocol import DAY, Protocol

ITEMS = 8
UNIT = 10**6
TRUTH = ["yes", "no"] * 4
HOSTILE = "\x1b]0;owned\x07<script>alert(1)</script>\u202e"
# Items that the careless one and the auditor's own submission are wrong about.
CARELESS = (1, 4, 6)
# The submissions of the task, in the order of their slots.
NAMES = ("right", "also right", "careless", "missing", "mismatch", "malformed", "off schema", "own", "late")


def labels(wrong: tuple[int, ...] = ()) -> list[str]:
    """The truth, but for some items."""
    return [TRUTH[item + 1 if item % 2 == 0 else item - 1] if item in wrong else TRUTH[item] for item in range(ITEMS)]


@dataclass
class Auditor:
    """Who audits: a key, a disk, and a client of their own each time that they start anew."""

    world: "World"
    folder: Path

    def __post_init__(self) -> None:
        self.key = Account.from_key(keccak(text="auditor"))
        self.index = Index(f"sqlite:///{self.folder / 'index.db'}", self.world.deployment)
        self.memory = Memory(self.folder / "memory")
        self.client = Goldleaf(self.world.url, self.world.deployment, self.key)
        self.keyring = Keyring(self.world.deployment, self.key)

    def filing(self, **terms: Any) -> Filing:
        """As a program that was started a moment ago."""
        return Filing(self.client, self.keyring, self.memory, self.world.store, **terms)

    def audit(
        self, *, deployment: Deployment | None = None, library: Library | None = None, **options: Any
    ) -> TaskAudit:
        """With another deployment, as somebody finds it who names other contracts; by another library."""
        world, index, client = self.world, self.index, self.client
        if deployment is not None:
            index = Index(f"sqlite:///{self.folder / 'other.db'}", deployment)
            client = Goldleaf(world.url, deployment, self.key)
        index.catch_up(client)
        terms = {"auditor": self.key.address, "gold": world.gold, **options}
        [found] = audit(client, index, library or Reader(world.store), [world.task], AuditOptions(**terms))
        return found

    @property
    def sent(self) -> int:
        return self.world.chain.web3.eth.get_transaction_count(self.key.address)


class World:
    """The protocol, and the task in its challenge window."""

    def __init__(self, chain: AnvilChain, folder: Path, store: Store | None = None) -> None:
        self.chain = chain
        self.url = str(chain.web3.provider.endpoint_uri)  # type: ignore[attr-defined]
        self.protocol = Protocol(arbitrator="Court", chain=chain)
        self.deployment = Deployment(
            chain.id,
            0,
            {
                "TaskTerms": self.protocol.terms.address,
                "TaskEscrow": self.protocol.escrow.address,
                "Lens": self.protocol.lens.address,
                "Court": self.protocol.arbitrator.address,
                "Token": self.protocol.token.address,
            },
        )
        self.store_folder = folder / "store"
        self.store = store or Store(self.store_folder)
        self.auditor = Account.from_key(keccak(text="auditor")).address
        chain._request("anvil_setBalance", self.auditor, hex(10**18))
        self.protocol.fund(self.auditor, 200 * UNIT)
        self.people = {name: self.auditor if name == "own" else self._person() for name in NAMES}
        self.requester = self._person()
        self.task = self._open()
        self.submissions = self._deliver()
        self.gold: Gold = {(self.task, item): to_canonical(TRUTH[item]) for item in range(ITEMS)}

    def act(self, person: str) -> Goldleaf:
        return Goldleaf(self.url, self.deployment, person)

    def travel(self, seconds: int) -> None:
        self.chain.travel(seconds)

    def window_end(self, name: str = "right") -> int:
        return int(self.protocol.lens.submission(self.submissions[name]).window_end)

    def set_of(self, name: str) -> LabelSet:
        match name:
            case "careless" | "own":
                return LabelSet(labels(CARELESS))
            case "off schema":
                return LabelSet(["maybe", HOSTILE, *labels()[2:]])
            case _:
                return LabelSet(labels())

    def _person(self) -> str:
        account = self.chain.account()
        self.chain._request("anvil_setBalance", account, hex(10**18))
        self.protocol.fund(account, 1000 * UNIT)
        return account

    def _open(self) -> int:
        manifest = Manifest(
            guidelines="Is it so?",
            label_schema={"enum": ["yes", "no"]},
            items=[Item.of(self.store.put(text), text) for text in (b"case %d" % number for number in range(ITEMS))],
            licence="CC0-1.0",
        )
        opened = self.act(self.requester).tasks.open(
            terms=manifest,
            uri=self.store.put(manifest.to_bytes()),
            reward=UNIT,
            stake=10 * UNIT,
            batch_size=ITEMS,
            redundancy=len(NAMES),
            tolerance_bps=2500,
            deadline=self.chain.now + 3 * DAY,
            work_period=2 * DAY,
            publish_period=2 * DAY,
            challenge_period=4 * DAY,
            response_period=2 * DAY,
            arbitration_timeout=60 * DAY,
            availability_bond=UNIT,
            accept_small_court=True,
        )
        return opened.result.task

    def _deliver(self) -> dict[str, int]:
        salt = keccak(b"salt")
        clients = {name: self.act(person) for name, person in self.people.items() if name != "own"}
        clients["own"] = Goldleaf(self.url, self.deployment, Account.from_key(keccak(text="auditor")))
        found = {
            name: clients[name].submissions.take(self.task, slot).result.submission for slot, name in enumerate(NAMES)
        }
        published = [name for name in NAMES if name != "late"]
        uris = {name: self._put(name) for name in published}
        for name in published:
            clients[name].submissions.commit(found[name], self.set_of(name), uri=uris[name], salt=salt)
        # One of them has not committed: the others may publish from the deadline on.
        self.protocol.travel_to(self.protocol.lens.task(self.task).publish_from or self._deadline())
        for name in published:
            clients[name].submissions.publish(found[name], self.set_of(name), uri=uris[name], salt=salt)
        return found

    def _deadline(self) -> int:
        return self.protocol.parameters_of(self.task).deadline

    def _put(self, name: str) -> str:
        match name:
            case "missing":
                return self.store.uri(b"nobody has put it there")
            case "mismatch":
                return self.store.put(LabelSet(labels((0,))).to_bytes())
            case "malformed":
                return self.store.put(b"<html>\x1b[2J")
            case _:
                return self.store.put(self.set_of(name).to_bytes())


class Shell:
    """`goldleaf` with the auditor's key."""

    def __init__(self, world: World, folder: Path) -> None:
        Keystore(folder / "home" / "keys", work_factor=2).add("auditor", keccak(text="auditor"), "correct horse")
        world.deployment.dump(folder / "deployment.json")
        gold = [{"task": task, "item": item, "label": json.loads(label)} for (task, item), label in world.gold.items()]
        self.gold = folder / "gold.jsonl"
        self.gold.write_text("\n".join(map(json.dumps, gold)))
        self.environment = {
            "GOLDLEAF_RPC": world.url,
            "GOLDLEAF_DEPLOYMENT": str(folder / "deployment.json"),
            "GOLDLEAF_HOME": str(folder / "home"),
            "GOLDLEAF_STORE": str(world.store_folder),
            "GOLDLEAF_ACCOUNT": "auditor",
            "GOLDLEAF_PASSWORD": "correct horse",
        }

    def run(self, *arguments: object, gold: bool = True, code: int = 0) -> str:
        given = ["audit", *map(str, arguments), *(("--gold", str(self.gold)) if gold else ())]
        result = CliRunner(mix_stderr=False).invoke(cli, given, env=self.environment)
        assert result.exit_code == code, result.output + result.stderr
        return result.stdout + result.stderr
