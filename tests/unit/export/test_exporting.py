"""What of a task's labels is exported: with hand-made facts, and label sets in a store."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from goldleaf import (
    ChallengeKind,
    ChallengeState,
    Gold,
    Item,
    LabelSet,
    Manifest,
    Outcome,
    SubmissionState,
    TaskParameters,
    submission_id,
)
from goldleaf.labels import digest
from goldleaf.stores import Reader, Store
from goldleaf.types import BatchTest
from goldleaf.types import TestPhase as Phase
from goldleaf_tools.audit.facts import Delivery, Dispute, TaskFacts
from goldleaf_tools.audit.facts import Test as BatchFacts
from goldleaf_tools.errors import ExportError, LabelsIncomplete
from goldleaf_tools.export import CONSENSUS, LABELS, Method, Summary, Table, export
from tests.unit.audit.proposals import ALICE, BOB, CAROL, PARAMETERS, SUBMISSION, TASK, dispute

TIME = 4000  # before the end of the window, 5000
CLASSES = ["no", "yes"]
WHO = (ALICE, BOB, CAROL)


class Bought:
    """A task of three siblings for each batch of three items, and what is exported of it."""

    def __init__(self, folder: Path, *answers: list[Any], schema: Any = None, items: int = 3) -> None:
        self.folder = folder
        self.store = Store(folder / "store")
        listed = [Item(f"ipfs://{n}", b"\x01" * 32) for n in range(items)]
        self.manifest = Manifest("Yes or no?", schema or {"enum": CLASSES}, listed, "CC0-1.0")
        self.parameters: TaskParameters = replace(PARAMETERS, items=items, batch_size=3, redundancy=3)
        batches = self.parameters.batches
        self.deliveries = [
            self.delivery(batch + batches * place, answers[place][3 * batch : 3 * batch + 3], WHO[place])
            for place in range(len(answers))
            for batch in range(batches)
        ]
        self.challenges: list[Dispute] = []
        self.tests: tuple[BatchFacts, ...] = ()

    def delivery(self, slot: int, labels: list[Any], annotator: str) -> Delivery:
        items = self.parameters.items_of(slot)
        made = LabelSet(labels, items.start)
        uri = self.store.put(made.to_bytes())
        found = replace(SUBMISSION, annotator=annotator, root=made.root, labels=len(labels))
        return Delivery(submission_id(1, slot), slot, found, items, uri, 3000, ())

    def change(self, place: int, *, wrong: tuple[int, ...] = (), uri: str | None = "", **changes: Any) -> None:
        before = self.deliveries[place]
        self.deliveries[place] = replace(
            before,
            submission=replace(before.submission, **changes),
            wrong_items=wrong,
            uri=before.uri if uri == "" else uri,
        )

    def challenge(self, place: int, items: tuple[int, ...], outcome: Outcome | None, **changes: Any) -> None:
        state = ChallengeState.FILED if outcome is None else ChallengeState.SETTLED
        id = self.deliveries[place].id
        self.challenges.append(dispute(items, submission=id, outcome=outcome, **{"state": state, **changes}))

    def export(self, time: int = TIME, **options: Any) -> Summary:
        task = replace(TASK, parameters=self.parameters)
        facts = TaskFacts(1, task, "m", tuple(self.deliveries), tuple(self.challenges), (), self.tests)
        labels, consensus = self.folder / "labels.jsonl", self.folder / "consensus.jsonl"
        with Table(labels, LABELS) as table, Table(consensus, CONSENSUS) as by_item:
            return export(facts, self.manifest, Reader(self.store), time, labels=table, consensus=by_item, **options)

    def rows(self, name: str = "labels") -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.folder / f"{name}.jsonl").read_text().splitlines()]

    def told(self, *keys: str, name: str = "labels") -> list[tuple[Any, ...]]:
        return [tuple(row.get(key) for key in keys) for row in self.rows(name)]

    def consensus(self) -> list[tuple[Any, ...]]:
        return self.told("label", "certainty", "basis", "counted", "agreeing", name="consensus")


@pytest.fixture
def bought(tmp_path: Path) -> Bought:
    return Bought(tmp_path, ["yes", "no", "yes"], ["yes", "no", "no"], ["no", "no", "yes"])


def test_export__labels_of_three__each_with_its_annotator_and_the_majority(bought: Bought) -> None:
    done = bought.export()
    assert bought.rows()[0] == {
        "item": 0,
        "uri": "ipfs://0",
        "submission": "1/0",
        "annotator": ALICE,
        "label": "yes",
        "state": "published",
        "finding": None,
        "counts": True,
    }
    assert bought.told("item", "label") == [
        (i, s) for i, said in enumerate(["yyn", "nnn", "yny"]) for s in map({"y": "yes", "n": "no"}.get, said)
    ]
    thirds = 0.666667
    assert bought.consensus() == [
        ("yes", thirds, "majority", 3, 2),
        ("no", 1.0, "majority", 3, 3),
        ("yes", thirds, "majority", 3, 2),
    ]
    assert (done.items, done.labels, done.counted, done.labelled) == (3, 9, 9, 3)
    assert done.states == {"published": 9} and done.findings == {} and done.unread == ()


def test_export__several_batches__rise_by_item(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("goldleaf_tools.export.exporting.TOGETHER", 7)
    bought = Bought(tmp_path, ["yes"] * 8, ["no"] * 8, items=8)
    done: list[tuple[int, int]] = []
    bought.export(progress=lambda *read: done.append(read))
    assert bought.told("item") == [(item,) for item in range(8) for _ in range(2)]
    # Of a tie nobody knows.
    assert bought.consensus() == [(None, 0.5, "majority", 2, 0)] * 8
    assert done == [(2, 6), (4, 6), (6, 6)]


def test_export__what_became_of_each__is_told(bought: Bought) -> None:
    bought.change(0, state=SubmissionState.PAID)
    bought.change(1, window_end=TIME)
    bought.change(2, state=SubmissionState.REJECTED)
    done = bought.export()
    assert bought.told("state", "counts")[:3] == [("paid", True), ("accepted", True), ("rejected", False)]
    # Rejected labels do not count.
    assert bought.consensus()[0] == ("yes", 1.0, "majority", 2, 2)
    assert done.states == {"paid": 3, "accepted": 3, "rejected": 3} and done.counted == 6


def test_export__challenge_that_is_not_settled__its_labels_are_challenged_and_nothing_is_accepted(
    bought: Bought,
) -> None:
    bought.challenge(0, (1,), None)
    bought.challenge(1, (2,), None, kind=ChallengeKind.AVAILABILITY)
    bought.export(time=5000)
    assert bought.told("item", "submission", "state") == [
        (0, "1/0", "published"), (0, "1/1", "published"), (0, "1/2", "accepted"),
        (1, "1/0", "challenged"), (1, "1/1", "published"), (1, "1/2", "accepted"),
        (2, "1/0", "published"), (2, "1/1", "challenged"), (2, "1/2", "accepted"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("outcome", "finding", "consensus"),
    [
        (Outcome.WRONG, "ruled wrong", ("no", 1.0, "majority", 1, 1)),
        # Nobody has ruled: the same label by somebody else counts.
        (Outcome.CONCEDED, "conceded", (None, 0.5, "majority", 2, 0)),
        (Outcome.UNANSWERED, "unanswered", (None, 0.5, "majority", 2, 0)),
        (Outcome.NOT_WRONG, "ruled right", ("yes", 1.0, "ruling", 3, 2)),
        (Outcome.UNDECIDED, None, ("yes", 0.666667, "majority", 3, 2)),
        (Outcome.NOT_HEARD, None, ("yes", 0.666667, "majority", 3, 2)),
    ],
)
def test_export__how_a_challenge_ended__is_applied(
    bought: Bought, outcome: Outcome, finding: str | None, consensus: tuple[Any, ...]
) -> None:
    proven = outcome in (Outcome.WRONG, Outcome.CONCEDED, Outcome.UNANSWERED)
    bought.change(0, wrong=(0,) if proven else (), errors=int(proven))
    bought.challenge(0, (0,), outcome)
    bought.export()
    assert bought.told("finding", "counts")[:3] == [(finding, not proven), (None, True), (None, True)]
    assert bought.consensus()[0] == consensus
    assert bought.consensus()[1:] == [("no", 1.0, "majority", 3, 3), ("yes", 0.666667, "majority", 3, 2)]


def test_export__conceded_and_ruled_wrong_too__the_ruling_is_told(bought: Bought) -> None:
    bought.change(0, wrong=(0,), errors=1)
    for outcome in (Outcome.WRONG, Outcome.CONCEDED):
        bought.challenge(0, (0,), outcome)
    bought.export()
    assert bought.told("finding")[0] == ("ruled wrong",)


def test_export__conceded_and_not_settled_yet__does_not_count_any_more(bought: Bought) -> None:
    bought.challenge(0, (0,), None, state=ChallengeState.CONCEDED)
    bought.export()
    assert bought.told("state", "finding", "counts")[0] == ("challenged", "conceded", False)


def test_export__answers_that_the_requester_has_shown__are_the_labels_of_their_items(bought: Bought) -> None:
    stands = BatchTest(Phase.GRADED, 1, 2, 3, bytes(32), 0b10, 1, 1, 0, 0)
    gold = Gold((0, 1), (digest(b'"no"'), digest(b'"yes"')), dropped=(1,))
    bought.tests = (BatchFacts(0, 2, 1, stands, gold),)
    bought.export()
    assert bought.consensus()[:2] == [("no", 1.0, "known answer", 3, 1), ("no", 1.0, "majority", 3, 3)]
    # While annotators can still dispute them, they are none.
    bought.tests = (BatchFacts(0, 2, 1, replace(stands, phase=Phase.OPENED), gold),)
    bought.export()
    assert bought.consensus()[0] == ("yes", 0.666667, "majority", 3, 2)


def test_export__availability_not_answered__no_label_is_called_wrong(bought: Bought) -> None:
    bought.change(0, state=SubmissionState.REJECTED)
    bought.challenge(0, (0, 1), Outcome.UNANSWERED, kind=ChallengeKind.AVAILABILITY)
    bought.export()
    assert {found for (found,) in bought.told("finding")} == {None}


def test_export__off_schema__is_told_and_does_not_count(tmp_path: Path) -> None:
    bought = Bought(tmp_path, ["perhaps", "no", {"a": 1}], ["yes", "no", "no"])
    done = bought.export()
    assert bought.told("finding", "counts")[0] == ("off schema", False)
    assert bought.rows()[4]["label"] == {"a": 1} and done.findings == {"off schema": 2}
    assert bought.consensus()[0] == ("yes", 1.0, "majority", 1, 1)


def test_export__nothing_published__each_item_is_there_without_a_label(bought: Bought) -> None:
    states = (SubmissionState.FORFEITED, SubmissionState.COMMITTED, SubmissionState.TAKEN)
    for place, state in enumerate(states):
        bought.change(place, state=state, uri=None)
    done = bought.export()
    assert bought.rows() == [] and bought.consensus() == [(None, None, "nothing", 0, 0)] * 3
    assert done.unpublished == {"failed, or never published": 1, "sealed": 1, "at work": 1}


def test_export__label_set_that_cannot_be_read__is_refused_unless_asked_for(bought: Bought) -> None:
    path = Path(str(bought.deliveries[1].uri).removeprefix("file://"))
    before = path.read_bytes()
    path.write_bytes(before.replace(b"yes", b"yez"))
    (bought.folder / "labels.jsonl").write_text("before")
    with pytest.raises(LabelsIncomplete, match="label sets could not be read: 1/1 is "):
        bought.export()
    assert (bought.folder / "labels.jsonl").read_text() == "before"
    done = bought.export(incomplete=True)
    assert [(one.submission, one.annotator, one.rejected) for one in done.unread] == [(submission_id(1, 1), BOB, False)]
    assert done.labels == 6
    # What is rejected would not count.
    bought.change(1, state=SubmissionState.REJECTED)
    [unread] = bought.export().unread
    assert unread.rejected


def test_export__label_set_of_another_root__is_refused(bought: Bought) -> None:
    bought.change(0, uri=bought.store.put(LabelSet(["no", "no", "no"]).to_bytes()))
    with pytest.raises(LabelsIncomplete, match="1/0 is mismatch"):
        bought.export()


def test_export__dawid_skene__weighs_annotators(tmp_path: Path) -> None:
    pytest.importorskip("crowdkit")
    truth = ["yes" if n % 3 else "no" for n in range(60)]
    turned = {"yes": "no", "no": "yes"}
    # Two who know, and one who mostly says the opposite.
    good = [turned[each] if n % 20 == 7 else each for n, each in enumerate(truth)]
    bad = [turned[each] if n % 4 else each for n, each in enumerate(truth)]
    bought = Bought(tmp_path, good, truth, bad, items=60)
    bought.change(0, wrong=(0,), errors=1)
    bought.challenge(0, (0,), Outcome.WRONG)
    bought.export(method=Method.DAWID_SKENE)
    found = bought.consensus()
    assert [label for label, *_ in found[1:]] == truth[1:]
    assert {basis for _, _, basis, *_ in found} == {"Dawid-Skene"}
    assert all(0.5 < certainty <= 1 for _, certainty, *_ in found)
    # The ruling, against all who have said the same.
    assert truth[0] == "no" and found[0][0] == "yes"
    bought.challenges[:] = []
    bought.challenge(40, (0,), Outcome.NOT_WRONG)
    bought.export(method=Method.DAWID_SKENE)
    assert bought.consensus()[0] == ("no", 1.0, "ruling", 3, 3)


def test_export__dawid_skene_of_what_has_no_classes__is_refused(tmp_path: Path) -> None:
    pytest.importorskip("crowdkit")
    bought = Bought(tmp_path, [f"text {n}" for n in range(60)], schema={"type": "string"}, items=60)
    with pytest.raises(ExportError, match="60 different labels, and Dawid-Skene takes 2 to 32"):
        bought.export(method=Method.DAWID_SKENE)
    for place in range(len(bought.deliveries)):
        bought.change(place, state=SubmissionState.REJECTED)
    with pytest.raises(ExportError, match="no label counts"):
        bought.export(method=Method.DAWID_SKENE)
