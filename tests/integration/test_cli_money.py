"""What commands say that they did with money is what they did, whichever command it is."""

import json
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from goldleaf import Item, Manifest
from goldleaf.deployment import SINK
from goldleaf.events import ChallengeCommitted
from goldleaf.types import NOT_REVEALED, Seat
from goldleaf_devnet import Devnet
from goldleaf_tools.cli import wording
from goldleaf_tools.cli.app import cli
from goldleaf_tools.cli.commands import DEPOSITING, Action
from tests.terminal import PATIENCE

ANVIL = str(Path(__file__).parents[2] / "node_modules" / ".bin" / "anvil")
DAY = 86_400
LEDGERS = ("TaskEscrow", "Court", "GoldTest", "RoyaltyPool")
# Commands that this devnet gives no occasion for. None has events of its own with money in them.
NEVER = {
    ("court", "dismiss"),  # its court has no gate; it does as `leave`
    ("court", "show-beacon"),  # its court draws by block hashes
    ("arbitrator", "execute"),  # what the escrow is told it never refuses
}

pytestmark = [pytest.mark.anvil, pytest.mark.filterwarnings("ignore::goldleaf.GoldleafWarning")]


def actions(group: click.Group = cli, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Action]]:
    """Every command that sends, by its name."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from actions(command, (*path, name))
        elif isinstance(command, Action):
            yield (*path, name), command


ACTIONS = dict(actions())


class Town:
    """Runs commands, and holds what they tell against the books of all ledgers."""

    def __init__(self, net: Devnet, folder: Path) -> None:
        self.net = net
        self.folder = folder
        self.gl = net.client("requester")
        self.token, self.ether = (self.gl.deployment.address(name) for name in ("Token", "WrappedEther"))
        self.run_so_far: set[tuple[str, ...]] = set()
        self.deposited: set[tuple[str, ...]] = set()

    def address(self, name: str) -> str:
        return str(self.net.accounts[name].address)

    def books(self) -> dict[tuple[str, str, str], int]:
        """What everybody has free in every ledger, of wrapped ether in the wallet, and in seats."""
        gl = self.gl
        penalty = gl.court.seat_penalty()
        seats = gl.read(
            *(gl.court.seat.ask(number) for number in range(1, gl.court.seat_count() + 1)), return_errors=True
        )
        sat = Counter({("", "seat", self.token): 0})
        for seat in seats:
            if isinstance(seat, Seat):
                sat[seat.holder, "seat", self.token] += seat.reserves * penalty
        kept = [
            ("TaskEscrow", gl.ledger.free, self.token),
            ("TaskEscrow", gl.ledger.free, self.ether),
            ("Court", gl.court.ledger.free, self.token),
            ("GoldTest", gl.tests.ledger.free, self.token),
            ("RoyaltyPool", gl.royalties.ledger.free, self.token),
            ("wallet", gl.ledger.wallet, self.ether),
        ]
        accounts = [*(account.address for account in self.net.accounts.values()), SINK]
        asked = [(account, ledger, token, ask) for account in accounts for ledger, ask, token in kept]
        found = gl.read(*(ask.ask(token=token, account=account) for account, _, token, ask in asked))
        return {**sat, **{asked_[:3]: units for asked_, units in zip(asked, found, strict=True)}}

    def empty(self, name: str) -> None:
        """Has somebody withdraw all that is free."""
        gl = self.net.client(name)
        for ledger, token in (
            (gl.ledger, self.token),
            (gl.ledger, self.ether),
            (gl.court.ledger, self.token),
            (gl.tests.ledger, self.token),
            (gl.royalties.ledger, self.token),
        ):
            if ledger.free(token=token):
                ledger.withdraw(token=token)

    def invoke(self, name: str, *arguments: object) -> Any:
        line = [*map(str, arguments), "--account", name, "--json"]
        done = CliRunner(mix_stderr=False).invoke(cli, line, env=self.net.environment)
        assert done.exit_code == 0, (arguments, done.output[:3000], done.stderr)
        return json.loads(done.stdout)["result"]

    def do(self, name: str, *arguments: object) -> Any:
        """The result of a command, whose money is what the books say."""
        path = next(path for path in ACTIONS if tuple(map(str, arguments[: len(path)])) == path)
        self.run_so_far.add(path)
        if "--deposit" in arguments:
            self.empty(name)
        before = self.books()
        told = self.invoke(name, *arguments, "--yes")
        after = self.books()
        if "--deposit" in arguments:
            assert told["deposit"]["transaction"], arguments
            self.deposited.add(path)
        changed = {key: after[key] - before.get(key, 0) for key in after if after[key] != before.get(key, 0)}
        said: Counter[Any] = Counter()
        for each in told["money"]:
            assert each["symbol"] == self.gl.ledger.symbol(token=each["token"])
            said[each["account"], each["ledger"], each["token"]] += int(each["amount"])
        # Of wallets and seats it is told what is paid out of them, or into them, and no ledger tells.
        expected: Mapping[Any, int] = {key: units for key, units in changed.items() if key[1] in LEDGERS or key in said}
        if any(ledger is None for _, ledger, _ in said):  # of a call that is relayed, the events do not tell
            said, expected = _without_ledgers(said), _without_ledgers(expected)
        assert {key: units for key, units in said.items() if units} == expected, (arguments, told["money"])
        return told["result"]

    def travel(self, seconds: int) -> None:
        self.net.travel(seconds)

    def labels(self, submission: str, name: str = "publish", who: str = "annotator1") -> None:
        task, slot = map(int, submission.split("/"))
        items = self.gl.tasks.get(task).parameters.items_of(slot)
        file = self.folder / "labels.csv"
        file.write_text("item,label\n" + "".join(f"{item},negative\n" for item in items))
        self.do(who, name, submission, file)

    def challenge(self, submission: str, item: int, *options: object) -> str:
        self.do("challenger", "challenge", "commit", submission, item)
        self.travel(61)
        return self.name(self.do("challenger", "challenge", "file", submission, "--deposit", *options))

    def name(self, event: Any) -> str:
        challenge = int(event["challenge"])
        return f"{challenge >> 128}/{challenge >> 64 & 2**64 - 1}/{challenge & 2**64 - 1}"

    def judge(self, choices: Mapping[int, str]) -> None:
        """Jurors are drawn for each of these disputes, and all vote so."""
        court = self.gl.court
        names = {account.address: name for name, account in self.net.accounts.items()}
        speaking: dict[int, list[str]] = {}
        for dispute, choice in choices.items():
            while not (seats := court.round(dispute, court.dispute(dispute).round).seats):
                self.net.mine(2)
                self.do("challenger", "court", "draw")
            # One stays silent, and is fined.
            *speaking[dispute], _ = sorted({names[holder] for holder in court.holders(seats).values()})
            for juror in speaking[dispute]:
                self.do(juror, "court", "vote", dispute, choice)
        self.travel(2 * DAY)
        for dispute, jurors in speaking.items():
            for juror in jurors:
                self.do(juror, "court", "reveal", dispute)
            assert NOT_REVEALED in court.round(dispute, court.dispute(dispute).round).votes
        self.travel(2 * DAY)


def _without_ledgers(amounts: Mapping[Any, int]) -> Counter[Any]:
    whole: Counter[Any] = Counter()
    for (account, _, token), units in amounts.items():
        whole[account, token] += units
    return whole


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with Devnet(anvil=ANVIL) as net:
        yield Town(net, tmp_path_factory.mktemp("town"))


def test_money__every_command__told_as_the_books_have_it(town: Town) -> None:
    _live(town)
    assert town.run_so_far | NEVER == set(ACTIONS)
    deposits = {path for path, command in ACTIONS.items() if set(DEPOSITING) <= set(command.acting)}
    assert town.deposited == deposits


def _live(town: Town) -> None:
    """Everything that there is a command for."""
    do = town.do
    # Between wallet and ledgers.
    do("annotator1", "deposit", 1)
    do("annotator1", "transfer", 3, town.address("annotator2"), "--deposit")
    do("annotator2", "withdraw", 1)
    do("annotator1", "deposit", 2, "--court")
    do("annotator1", "deposit", 2, "--tests")
    do("annotator1", "withdraw", 1, "--tests")
    do("annotator1", "deposit", 2, "--royalties", "--permit")
    do("annotator1", "withdraw", "--royalties", "--to", town.address("annotator3"))
    do("challenger", "wrap", 1)
    do("challenger", "unwrap", "0.25")

    # Tasks and work.
    manifest = town.folder / "manifest.json"
    town.invoke("requester", "task", "manifest", 1, "--output", manifest)
    terms = ["--manifest", manifest, "--batch-size", 4, "--tolerance-bps", 2500, "--deadline", "60d"]
    do("requester", "task", "open", *terms, "--reward", "0.50", "--stake", 2, "--deposit")
    do("requester", "task", "cancel", 3)
    for slot in range(3):
        do("annotator1", "take", 1, "--slot", slot, "--deposit")
        town.labels(f"1/{slot}")
    do("annotator1", "take", 2, "--slot", 0, "--deposit")
    do("annotator1", "release", "2/0")
    do("annotator1", "take", 2, "--slot", 2, "--deposit")
    do("annotator2", "take", 2, "--slot", 5, "--deposit")
    do("annotator2", "take", 2, "--slot", 0, "--deposit")
    do("annotator3", "take", 2, "--slot", 3, "--deposit")
    for who, submission in (("annotator1", "2/2"), ("annotator2", "2/5"), ("annotator3", "2/3")):
        town.labels(submission, "commit", who)
    do("annotator1", "publish", "2/2")
    do("requester", "accept", "2/2")
    do("annotator3", "claim", "2/2")

    # Challenges that need no court.
    do("challenger", "challenge", "availability", "1/0", 0, "--deposit")
    do("annotator2", "answer", "1/0/0")
    made = _make(town, "1/0", 1)
    do("annotator1", "concede", made)
    do("annotator3", "settle", "1/0/0", made)

    # A dispute that is appealed, and one that nobody hears.
    heard = town.challenge("1/1", 4)
    unheard = town.challenge("1/2", 8)
    first, second = (do("annotator1", "defend", each, "--deposit")["dispute"] for each in (heard, unheard))
    seat = do("challenger", "court", "join", "--deposit")["first_seat"]
    town.judge({first: "wrong"})
    do("annotator1", "court", "appeal", first, "--deposit")
    do("challenger", "court", "drop", second)
    town.judge({first: "not-wrong"})
    town.travel(3 * DAY)
    for dispute in (first, second):
        do("challenger", "court", "execute", dispute)
    for _ in range(2):
        do("annotator3", "court", "settle", first)
    do("annotator3", "settle", heard)
    do("annotator3", "settle", unheard)
    do("challenger", "court", "ready", seat)
    do("challenger", "court", "renew", "--gate-data", "0x00")
    do("challenger", "court", "leave", seat)
    do("annotator2", "expire", "2/0")
    do("annotator1", "claim", "1/0", "1/1", "1/2")

    _judge_elsewhere(town)
    _relay(town)
    _test(town)
    town.travel(31 * DAY)
    do("annotator1", "expire", "2/3")  # committed and never published
    do("requester", "task", "close", 1)
    _share(town)


def _make(town: Town, submission: str, item: int) -> str:
    """A challenge by one command, which waits until its commitment is old enough."""
    commitments = len([*town.gl.events.history(ChallengeCommitted)])
    town.empty("challenger")
    line = ["challenge", "make", submission, str(item), "--yes", "--json", "--account", "challenger"]
    poor = CliRunner(mix_stderr=False).invoke(cli, line, env=town.net.environment)
    told = json.loads(poor.stdout)["error"]
    assert (told["type"], told["advice"]) == ("BalanceTooLow", wording.DEPOSIT)
    assert len([*town.gl.events.history(ChallengeCommitted)]) == commitments, (
        "nothing is committed that cannot be filed"
    )

    def pass_a_minute() -> None:
        end = time.monotonic() + PATIENCE
        while len([*town.gl.events.history(ChallengeCommitted)]) == commitments and time.monotonic() < end:
            time.sleep(0.1)
        town.travel(61)

    clock = threading.Thread(target=pass_a_minute, daemon=True)
    clock.start()
    made = town.do("challenger", "challenge", "make", submission, item, "--deposit", "--bond", "9.50")
    clock.join(PATIENCE)
    assert town.gl.challenges.get(int(made["challenge"])).bond == 9_500_000
    return town.name(made)


def _judge_elsewhere(town: Town) -> None:
    """A task before another arbitrator, in wrapped ether."""
    do, wrapped = town.do, ("--deposit", "--wrap")
    terms = ["--manifest", town.folder / "manifest.json", "--batch-size", 4, "--tolerance-bps", 2500]
    amounts = ["--deadline", "10d", "--reward", "0.05", "--stake", "0.05", "--arbitrator", "central"]
    task = do("requester", "task", "open", *terms, *amounts, *wrapped)["task"]
    mine = f"{task}/0"
    do("annotator1", "take", task, "--slot", 0, *wrapped)
    town.labels(mine)
    challenge = town.challenge(mine, 1, "--wrap")
    do("annotator1", "defend", challenge, *wrapped)
    do("annotator1", "arbitrator", "evidence", "central", 0, "https://example.org/evidence.json")
    do("challenger", "arbitrator", "appeal", "central", 0, "--max-cost", "0.02")
    town.net.rule(0, 1)
    do("challenger", "settle", challenge)


def _relay(town: Town) -> None:
    """A call that somebody else sends for a fee, one that is cancelled, and a credential that is revoked."""
    do, request = town.do, town.folder / "request.json"
    do("annotator2", "deposit", 5)
    step = town.invoke("annotator2", "withdraw", 1, "--unsigned")
    request.write_text(json.dumps(step["transactions"]))
    signed = town.invoke("annotator2", "relay", "sign", request, "--fee", "0.05", "--yes")
    request.write_text(json.dumps(signed["request"]))
    do("annotator3", "relay", "execute", request)
    do("annotator2", "relay", "cancel", 7)
    do("board", "gate", "revoke", town.gl.deployment.gates["headlines"], town.address("annotator2"), 1)


def _test(town: Town) -> None:
    """A task whose labels are tested: a dispute that is won, and one that is lost."""
    do, folder = town.do, town.folder
    items = [Item.of(f"ipfs://letter-{number}", b"letter %d" % number) for number in range(40)]
    draft, known, manifest = (folder / name for name in ("draft.json", "known.csv", "tested.json"))
    draft.write_bytes(Manifest("Sober or shrill?", {"enum": ["sober", "shrill"]}, items, "CC0-1.0").to_bytes())
    known.write_text("item,label\n" + "".join(f"{n},{('sober', 'shrill')[n % 2]}\n" for n in range(10)))
    given = ["--manifest", draft, "--known", known, "--batch-size", 20, "--output", manifest]
    made = town.invoke("requester", "test", "plan", *given, "--count", 5, "--allowed", 4)
    [graded] = made["graded"]
    terms = ["--reward", "0.50", "--stake", 2, "--batch-size", 20, "--redundancy", 2, "--deadline", "14d"]
    task = do("requester", "task", "open", "--manifest", manifest, *terms, "--deposit")["task"]
    do("requester", "test", "set-up", task)
    people = ("annotator1", "annotator2")
    for sibling, who in enumerate(people):
        for batch in range(2):
            slot = batch + 2 * sibling
            do(who, "take", task, "--slot", slot, "--deposit")
            labels = folder / "sober.csv"
            labels.write_text("item,label\n" + "".join(f"{n},sober\n" for n in range(20 * batch, 20 * batch + 20)))
            do(who, "commit", f"{task}/{slot}", labels)
    do("annotator3", "test", "note-sealed", task, graded)
    do("requester", "test", "waive", task, 1 - graded)
    do("requester", "test", "open", task, graded, "--deposit")
    gold = [each["item"] for each in town.invoke("requester", "test", "show", task, graded)["gold"]]
    disputes = [
        do(who, "test", "dispute", f"{task}/{graded + 2 * sibling}", ",".join(map(str, named)), "--deposit")["dispute"]
        for sibling, (who, named) in enumerate(zip(people, (gold[:2], gold[2:3]), strict=True))
    ]
    town.judge(dict(zip(disputes, ("wrong", "not-wrong"), strict=True)))
    town.travel(3 * DAY)
    for number, dispute in enumerate(disputes):
        do("challenger", "court", "execute", dispute)
        do("challenger", "test", "settle", f"{task}/{graded}/{number}")
    # Two of ten items are more than disputes may take out of a test: it is void, and who won shares the deposit.
    assert town.invoke("requester", "test", "show", task, graded)["phase"] == "UNGRADED"
    do("annotator3", "test", "release", task, graded)


def _share(town: Town) -> None:
    """What the data set earns."""
    do, receiver = town.do, town.address("annotator3")
    do("annotator1", "royalty", "enroll")
    do("requester", "royalty", "price", 1, 60, "--terms", "0x" + "11" * 32)
    do("licensee", "royalty", "buy", 1, "--deposit")
    do("licensee", "royalty", "pay", 1, 30, "--memo", "a model", "--deposit")
    do("annotator1", "royalty", "collect")
    do("annotator3", "royalty", "collect-requester-share", 1)
    do("annotator1", "royalty", "approve", 1, 1, receiver)
    do("annotator1", "royalty", "operator", receiver)
    do("annotator1", "royalty", "transfer", 1, 1, receiver)
