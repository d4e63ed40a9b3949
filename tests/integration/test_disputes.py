"""Disputes on a node: listed, explained, tried again, and judged by evidence that a juror checks on their own.

One submission of a devnet's first task is fought over in every way but the withholding of labels; of another the labels
are withheld. The stories are told by the command line and by the ape script, from the node alone.
"""

import json
import os
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from goldleaf import (
    Goldleaf,
    GoldleafWarning,
    LabelSet,
    Outcome,
    Phase,
    challenge_id,
    commitments,
    submission_id,
)
from goldleaf.events import Challenged, Drawn
from goldleaf.stores import Reader, Store
from goldleaf_devnet import Devnet
from goldleaf_tools import (
    disputes,
    evidence,
    verify,
)
from goldleaf_tools.cli.app import cli
from goldleaf_tools.errors import EvidenceError

ROOT = Path(__file__).parents[2]
ANVIL = str(ROOT / "node_modules" / ".bin" / "anvil")
TOKEN = 10**6
DAY = 86_400
W, N = 1, 2

pytestmark = [pytest.mark.anvil, pytest.mark.filterwarnings("ignore::goldleaf.GoldleafWarning")]

# Of the headlines of the devnet; the first two labels are wrong.
ANSWERS = ["negative", "positive", "neutral", "positive"]


class Scene:
    """A devnet on which everything has happened."""

    def __init__(self, net: Devnet, folder: Path) -> None:
        self.net = net
        self.folder = folder
        self.challenger = net.client("challenger")
        self.challenger.ledger.deposit(500 * TOKEN)
        self.annotator = net.client("annotator1")
        self.annotator.ledger.deposit(200 * TOKEN)
        self.first = self._publish(self.annotator, 0, ANSWERS)
        self.bundle = evidence.collect(
            net.client("deployer"), Reader(net.store), self.first, [0], claim="It says that profit has doubled."
        )
        self.told: dict[str, Any] = {}
        self._challenge()

    def run(self, *arguments: object) -> Result:
        environment = {**self.net.environment, "GOLDLEAF_ACCOUNT": "deployer"}
        return CliRunner(mix_stderr=False).invoke(cli, [*map(str, arguments)], env=environment)

    def json(self, *arguments: object) -> Any:
        result = self.run(*arguments, "--json")
        assert result.exit_code == 0, result.stdout + result.stderr
        return json.loads(result.stdout)["result"]

    def tell(self, challenge: str) -> str:
        """What the command line says of a challenge now."""
        result = self.run("disputes", "show", challenge)
        assert result.exit_code == 0, result.stdout + result.stderr
        return result.stdout

    def _publish(self, annotator: Goldleaf, slot: int, answers: list[str]) -> int:
        submission = annotator.submissions.take(1, slot).result.submission
        items = annotator.submissions.items(submission)
        labels = LabelSet(answers, items.start)
        uri = self.net.store.put(labels.to_bytes())
        annotator.submissions.publish(submission, labels, uri=uri)
        return int(submission)

    def challenge(self, items: list[int], **filing: Any) -> int:
        salt = commitments.new_salt()
        self.challenger.challenges.commit(self.first, items, salt=salt)
        self.net.travel(61)
        return int(self.challenger.challenges.file(self.first, items, salt=salt, **filing).result.challenge)

    def _challenge(self) -> None:
        net, gl = self.net, self.annotator.challenges
        other = net.client("annotator2")
        other.ledger.deposit(10 * TOKEN)
        self.second = self._publish(other, 1, ["neutral"] * 4)
        self.withheld = self.challenger.challenges.file_availability(self.second, [4]).result.challenge
        self.shown = self.challenger.challenges.file_availability(self.first, [0, 2]).result.challenge
        for item in (0, 2):
            gl.answer(self.shown, LabelSet(ANSWERS), item)
        uri = net.store.put(self.bundle.to_bytes())
        self.disputed = self.challenge([0], evidence=self.bundle.digest, uri=uri)
        self.lost = self.challenge([2, 3])
        self.ignored = self.challenge([1])
        self.told["filed"] = self.tell("1/0/1")
        self.disputes = [gl.defend(challenge).result.dispute for challenge in (self.disputed, self.lost)]
        self.told["defended"] = self.tell("1/0/1")
        # The ruling of the first is appealed twice.
        first, second = self.disputes
        self.vote({first: [N, N, W], second: [N, N, N]}, then=lambda: self.told.update(voted=self.tell("1/0/1")))
        self.appeal(first)
        self.vote({first: [W] * 5 + [N, None]})
        self.appeal(first)
        self.vote({first: [W] * 9 + [N] * 4 + [None] * 2})
        for dispute in self.disputes:
            self.finish(dispute)
        self.told["ruled"] = self.tell("1/0/1")
        net.travel(30 * DAY)
        everybody = self.challenger.challenges
        everybody.settle_many([self.shown, self.disputed, self.lost, self.ignored])
        everybody.settle(self.withheld)

    def vote(self, wanted: dict[int, list[int | None]], then: Callable[[], object] = lambda: None) -> None:
        """Draws a round of each dispute; jurors vote so by position, a holder of several seats as the first of them."""
        court = self.challenger.court
        waiting = {*wanted}
        while waiting:
            self.net.mine(2)
            waiting -= {event.dispute for event in court.draw().result if isinstance(event, Drawn)}
        votes: dict[tuple[int, str], int] = {}
        for dispute, choices in wanted.items():
            number = court.dispute(dispute).round
            for seat, choice in zip(court.round(dispute, number).seats, choices, strict=True):
                if choice is not None:
                    votes.setdefault((dispute, court.seat(seat).holder), choice)
        salt = commitments.new_salt()
        jurors = {account.address: self.net.client(role) for role, account in self.net.accounts.items()}
        for (dispute, holder), choice in votes.items():
            jurors[holder].court.commit_vote(dispute, choice, salt=salt)
        for dispute in wanted:
            if court.dispute(dispute).phase == Phase.COMMIT:
                self.pass_phase(dispute)
        for (dispute, holder), choice in votes.items():
            jurors[holder].court.reveal_vote(dispute, choice, salt=salt)
        # The last to begin is the last to end: then each is in its appeal period, if it has one.
        self.pass_phase([*wanted][-1])
        then()

    def appeal(self, dispute: int) -> None:
        court = self.challenger.court
        court.ledger.deposit(court.appeal_cost(dispute))
        court.appeal(dispute)

    def pass_phase(self, dispute: int) -> None:
        self.net.clock.travel_to(self.challenger.court.dispute(dispute).phase_end)

    def finish(self, dispute: int) -> None:
        court = self.challenger.court
        while not court.is_final(dispute):
            self.pass_phase(dispute)
        court.execute(dispute)
        for _ in range(court.dispute(dispute).round + 1):
            court.settle(dispute)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with warnings.catch_warnings(), Devnet(anvil=ANVIL) as net:
        warnings.simplefilter("ignore", GoldleafWarning)
        yield Scene(net, tmp_path_factory.mktemp("disputes"))


def test_verify__everything_that_has_happened__follows_the_rules(scene: Scene) -> None:
    client = scene.net.client("deployer")
    outcomes = {
        scene.shown: Outcome.ANSWERED,
        scene.disputed: client.challenges.get(scene.disputed).ruling,
        scene.lost: client.challenges.get(scene.lost).ruling,
        scene.ignored: Outcome.UNANSWERED,
        scene.withheld: Outcome.UNANSWERED,
    }
    rulings = {0: Outcome.UNDECIDED, 1: Outcome.WRONG, 2: Outcome.NOT_WRONG}
    for challenge, expected in outcomes.items():
        result = verify.of_chain(client, challenge)
        assert result.holds, result.broken
        assert not [each for each in result.checks if each.verdict == verify.Verdict.UNTOLD]
        assert result.outcome == (expected if isinstance(expected, Outcome) else rulings[expected])
    # Three rounds, each with the seed of its own block.
    checks = [each.name for each in verify.of_chain(client, scene.disputed).checks]
    assert [name for name in checks if name.endswith("seed")] == [
        f"dispute {scene.disputes[0]}, round {number}: seed" for number in range(3)
    ]


def test_verify__by_the_command__names_payments_and_rules(scene: Scene) -> None:
    told = scene.json("disputes", "verify", "1/0/1")
    assert told["holds"] is True and told["notes"] == []
    assert {each["verdict"] for each in told["findings"]} <= {"ok", "not told"}
    by_dispute = scene.json("disputes", "verify", scene.disputes[0])
    assert by_dispute["challenge"] == told["challenge"]
    printed = scene.run("disputes", "verify", "1/0/1", "--all").stdout
    assert "bond\t" in printed and "pays 9 " in printed
    assert "all that is told follows the rules" in printed
    assert "seats drawn" in printed


def test_list__with_filters__names_each_challenge(scene: Scene) -> None:
    found = scene.json("disputes", "list")
    assert len(found) == 5
    assert not scene.json("disputes", "list", "--open")
    assert len(scene.json("disputes", "list", "--closed", "--task", 1)) == 5
    assert scene.json("disputes", "list", "--task", 2) == []
    court = scene.net.deployment.address("Court")
    assert [each["dispute"] for each in scene.json("disputes", "list", "--court", court)] == scene.disputes
    annotator = scene.net.accounts["annotator1"].address
    assert len(scene.json("disputes", "list", "--party", annotator)) == 2
    assert "1/1/0\tavailability\t4\t" in scene.run("disputes", "list").stdout
    words = " ".join(scene.net.store.get(scene.net.tasks[0].manifest.items[4].uri).decode().split())
    assert f"\tavailability\t4: {words[:40]}" in scene.run("disputes", "list", "--show").stdout
    assert all(each["shows"].startswith(f"{each['items'][0]}: ") for each in scene.json("disputes", "list", "--show"))


def test_show__while_it_goes_on__says_what_can_be_done_by_whom_until_when(scene: Scene) -> None:
    annotator = scene.net.accounts["annotator1"].address
    assert (
        f"The annotator, {annotator}, may concede, or defend the labels before the arbitrator, before 20"
        in scene.told["filed"]
    )
    assert "Nobody has answered yet." in scene.told["filed"]
    assert "filed before it and are settled first: 1." in scene.told["filed"]
    assert "Anyone may have jurors drawn, before 20" in scene.told["defended"]
    assert "Round 0 waits for jurors." in scene.told["defended"]
    assert "Anyone may appeal to a larger jury for 7 " in scene.told["voted"]
    assert "Round 0 has 3 seats" in scene.told["voted"]
    assert "The arbitrator has ruled:" in scene.told["ruled"]
    assert "Anyone may settle it, which pays, at any time." in scene.told["ruled"]


def test_show__at_the_end__says_who_got_what_and_why(scene: Scene) -> None:
    told = scene.tell("1/0/1")
    assert "Round 2, after an appeal paid for by" in told
    assert "How it ended" in told and "What can be done next" not in told
    assert "NOT ALL OF THIS" not in told
    assert scene.tell("1/1/0").count(" got ") >= 2
    assert scene.json("disputes", "show", "1/0/1")["state"] == "SETTLED"


def test_show__and_the_court_s_case__have_all_that_a_juror_judges_by(scene: Scene) -> None:
    told = scene.tell("1/0/1")
    dispute = scene.disputes[0]
    case = scene.run("court", "case", dispute).stdout
    manifest = scene.net.tasks[0].manifest
    for shown in (
        f"Guidelines\n  {manifest.guidelines.splitlines()[0]}",
        'Item 0\n    Harbour operator doubles its profit\n  Label: "negative"\n  It is the one that was published',
        "  holds: The challenge was filed with this very file as evidence.",
        "  Whoever filed it says (nobody has verified it):\n    It says that profit has doubled.",
    ):
        assert shown in told and shown in case, shown
    assert "wrong: each of the labels is wrong" in case and f"goldleaf court vote {dispute} CHOICE" in case
    papers = scene.json("court", "case", dispute)["papers"]
    [exhibit] = papers["exhibits"]
    assert (exhibit["item"], exhibit["label"], exhibit["kind"]) == (0, '"negative"', "TEXT")
    assert papers["troubles"] == [] and all(each["holds"] for each in papers["statements"])
    # Filed without evidence.
    assert "Evidence\n  None was given." in scene.tell("1/0/2")


def test_papers_of__label_set_is_gone__the_evidence_proves_the_label(scene: Scene, tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    client = scene.net.client("deployer")

    class Partial(Reader):
        """A line on which label sets cannot be fetched."""

        def labels(self, uri: str, root: bytes, items: range) -> LabelSet:
            return Reader(store).labels(uri, root, items)

    case = disputes.Case(challenge=scene.disputed)
    papers = disputes.papers_of(client, Partial(scene.net.store), case)
    [exhibit] = papers.exhibits
    assert exhibit.label == '"negative"' and "the evidence proves" in exhibit.proof
    assert len(papers.troubles) == 1 and papers.troubles[0].startswith("The label set at file://")
    papers = disputes.papers_of(client, Reader(store), case)
    assert papers.exhibits[0].label is None and len(papers.troubles) == 3


def test_show__unknown__is_refused(scene: Scene) -> None:
    for name in ("1/0/9", "99"):
        result = scene.run("disputes", "show", name)
        assert result.exit_code == 1 and "no such challenge" in result.stderr


def test_evidence__as_it_was_filed__is_verified_and_confirmed(scene: Scene) -> None:
    told = scene.json("evidence", "check", "--challenge", "1/0/1")
    assert told["holds"] is True
    assert len(told["confirmed"]) == 7 and all(each["holds"] for each in told["confirmed"])
    assert told["claims"] == ["It says that profit has doubled."]
    wrong = scene.run("evidence", "check", scene.net.store.uri(scene.bundle.to_bytes()), "--challenge", "1/0/2")
    assert wrong.exit_code == 1
    assert "FALSE: The challenge was filed with this very file as evidence." in wrong.stdout


def test_evidence__built_and_checked_by_commands__needs_no_node(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    file = scene.folder / "bundle.json"
    built = scene.json(
        *("evidence", "build", "--submission", "1/0", "--items", "0,1", "--claim", "both are turned around"),
        *("--claim-of", "1=a mill that closes is bad news", "--output", file),
    )
    assert built["siblings"] == 0
    environment = {**scene.net.environment, "GOLDLEAF_RPC": "http://127.0.0.1:1"}
    checked = CliRunner(mix_stderr=False).invoke(cli, ["evidence", "check", str(file), "--offline"], env=environment)
    assert checked.exit_code == 0, checked.stderr
    assert 'Item 0 was labelled "negative"' in checked.stdout
    assert "Item 1: a mill that closes is bad news" in checked.stdout
    assert f"The root of submission 1/0, chain {scene.net.chain_id}" in checked.stdout
    assert scene.run("evidence", "check", file).exit_code == 0
    monkeypatch.chdir(scene.folder)
    before = {path.name for path in scene.folder.rglob("*")}
    stored = scene.json("evidence", "build", "--submission", "1/0", "--items", "0")
    assert {path.name for path in scene.folder.rglob("*")} - before <= {stored["at"]}
    assert scene.json("evidence", "check", stored["at"])["evidence"] == stored["evidence"]
    assert scene.run("evidence", "build", "--submission", "1/0", "--items", "7").exit_code == 1


def test_evidence__with_siblings_and_gold__proves_both(scene: Scene) -> None:
    gold = {0: "positive", 2: "neutral"}
    known = scene.net.tasks[0].manifest
    manifest = replace(known, gold_root=evidence.gold_tree(gold, len(known.items)).root)
    requester = scene.net.client("requester")
    requester.ledger.deposit(100 * TOKEN)
    opened = requester.tasks.open(
        terms=manifest,
        uri=scene.net.store.put(manifest.to_bytes()),
        reward=TOKEN,
        stake=2 * TOKEN,
        batch_size=4,
        redundancy=3,
        deadline=timedelta(days=30),
    )
    task, submissions = opened.result.task, []
    works = []
    for role, labels in (("annotator1", ANSWERS), ("annotator2", ["positive"] * 4), ("annotator3", ["neutral"] * 4)):
        client = scene.net.client(role)
        client.ledger.deposit(10 * TOKEN)
        slot = 3 * len(submissions)
        submissions.append(client.submissions.take(task, slot).result.submission)
        works.append((client, submissions[-1], LabelSet(labels), commitments.new_salt()))
    uris = [scene.net.store.put(labels.to_bytes()) for _, _, labels, _ in works]
    for (client, submission, labels, salt), uri in zip(works, uris, strict=True):
        client.submissions.commit(submission, labels, uri=uri, salt=salt)
    for (client, submission, labels, salt), uri in zip(works[:2], uris, strict=False):
        client.submissions.publish(submission, labels, uri=uri, salt=salt)

    client, reader = scene.net.client("deployer"), Reader(scene.net.store)
    bundle = evidence.collect(client, reader, submissions[0], [0, 1], gold=gold)
    # The third has not published.
    assert [each.slot for each in bundle.siblings] == [3]
    report = evidence.check(bundle.to_bytes(), client)
    assert report.holds and all(each.holds for each in (*report.proofs, *report.confirmed))
    assert "Item 0: the label differs from the gold answer." in report.facts
    agreement = 'Item 0: of 1 siblings whose labels are proven, 0 agree with "negative" (1 say "positive").'
    assert agreement in report.facts
    forged = replace(bundle, siblings=(replace(bundle.siblings[0], annotator=bundle.annotator),))
    assert not evidence.check(forged.to_bytes(), client).holds
    # As deep a tree of fewer labels: only the chain knows the batch.
    shorter = replace(bundle, batch=range(3)).to_bytes()
    assert evidence.check(shorter).holds and not evidence.check(shorter, client).holds
    third, submission, labels, salt = works[2]
    third.submissions.publish(submission, labels, uri=uris[2], salt=salt)
    left_out = [each for each in evidence.check(bundle.to_bytes(), client).confirmed if each.holds is None]
    assert ["slot 6" in each.text for each in left_out] == [True]
    with pytest.raises(EvidenceError, match="all of them are needed"):
        evidence.collect(client, reader, submissions[0], [0], gold={0: "positive"})
    with pytest.raises(EvidenceError, match="no root of gold"):
        evidence.collect(client, reader, scene.first, [0], gold=gold)


def test_evidence__of_a_committed_challenge__is_filed_with_hash_and_uri(scene: Scene) -> None:
    client = scene.net.client("deployer")
    filing = client.challenges.filing(scene.disputed)
    assert isinstance(filing, Challenged) and filing.evidence == scene.bundle.digest
    assert challenge_id(submission_id(1, 0), 1) == scene.disputed


def test_script__over_ape__tells_the_same(scene: Scene) -> None:
    def run(*arguments: object) -> "subprocess.CompletedProcess[str]":
        command = [Path(sys.executable).parent / "ape", "run", "disputes", *map(str, arguments)]
        options = ("--network", f"ethereum:local:{scene.net.url}", "--deployment", scene.net.deployment_file)
        environment = {**os.environ, **scene.net.environment}
        return subprocess.run(
            [*command, *map(str, options)], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )

    done = run("verify", "1/0/1", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["result"] == scene.json("disputes", "verify", "1/0/1")
    assert "1/1/0\tavailability" in run("list").stdout
    assert "How it ended" in run("show", scene.disputes[0]).stdout
