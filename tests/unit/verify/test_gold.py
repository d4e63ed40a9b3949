"""GoldTest's side: each way for a test to end is reckoned, and what is not by rule is found."""

from typing import Any

import pytest

from goldleaf import errors, events
from goldleaf.labels import LabelSet
from goldleaf.types import Outcome
from goldleaf_tools import verify
from goldleaf_tools.verify import Verdict
from tests.unit.verify.gold_plays import ENDINGS, ended

OUTCOMES = {
    "wrong": Outcome.WRONG,
    "not wrong": Outcome.NOT_WRONG,
    "undecided": Outcome.UNDECIDED,
    "timeout": Outcome.UNDECIDED,
    "not heard": Outcome.NOT_HEARD,
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_of_batch__each_way_to_end__follows_the_rules(ending: str) -> None:
    found = ended(ending).verify()
    assert found.holds, found.broken
    untold = [each.name for each in found.findings if each.verdict == Verdict.UNTOLD]
    # A bond is in no event of its own: it is as much as the fee.
    assert all(name.endswith(": bond") for name in untold)
    if ending in OUTCOMES:
        assert found.outcomes == {0: OUTCOMES[ending]}
    published = [each for each in found.checks if each.name.endswith("errors on known items")]
    held = ending not in ("unopened", "waived", "void")
    assert len(published) == (0 if not held else 2 if ending == "failed" else 3)


def test_of_batch__void__pays_winners_out_of_the_deposit_to_the_last_unit() -> None:
    history = ended("void")
    found = history.verify()
    paid = {payment.name: payment.expected for payment in found.payments}
    deposit, cost = paid["deposit"], history.event(events.GoldOpened).cost
    assert deposit == cost * (4 + 2)
    # Bond, fee and prize; to the third, who found it void, bond and fee.
    got = [paid[f"gold dispute {number}: to the disputer"] for number in range(4)]
    assert got == [3 * cost, 3 * cost, 2 * cost, 0]
    assert paid["gold dispute 3: to the sink"] == cost
    parts = [payment.expected for payment in found.payments if payment.name == "part of the deposit"]
    assert parts == [cost // 2] * 2 and "rest of the deposit" not in paid
    assert found.outcomes == {**dict.fromkeys(range(3), Outcome.WRONG), 3: Outcome.NOT_WRONG}
    own = {finding.name for finding in found.of_dispute(1)}
    assert "gold dispute 1: fee" in own and "deposit" in own and "gold dispute 0: fee" not in own


@pytest.mark.parametrize(
    ("ending", "kind", "changes", "name"),
    [
        ("passed", events.GoldOpened, {"deposit": 1}, "deposit"),
        ("passed", events.GoldOpened, {"gold": bytes(20)}, "gold list"),
        ("passed", events.GoldOpened, {"gold": bytes.fromhex("0001" * 11)}, "gold list"),
        ("passed", events.BatchSealed, {"sealed_at": 1}, "start of the opening period"),
        ("passed", events.TestSetUp, {"allowed": 5}, "a constant answer fails"),
        ("passed", events.DepositReleased, {"to_requester": 1}, "deposit returned"),
        ("passed", events.DepositReleased, {"to_sink": 1}, "rest of the deposit"),
        ("passed", events.DepositReleased, {"to_requester": 0}, "deposit returned"),
        ("wrong", events.GoldDisputed, {"disputer": "0x" + "11" * 20}, "gold dispute 0: disputer"),
        ("wrong", events.GoldDisputed, {"numbers": (99,)}, "gold dispute 0: known answers named"),
        ("wrong", events.GoldDisputed, {"numbers": ()}, "gold dispute 0: known answers named"),
        ("wrong", events.GoldDisputed, {"arbitrator": "0x" + "11" * 20}, "gold dispute 0: arbitrator"),
        ("wrong", events.GoldDisputeSettled, {"to_disputer": 1}, "gold dispute 0: to the disputer"),
        ("wrong", events.GoldDisputeSettled, {"dropped": 0}, "gold dispute 0: dropped"),
        ("wrong", events.GoldDisputeSettled, {"outcome": Outcome.NOT_WRONG}, "gold dispute 0: outcome"),
        ("wrong", events.GoldRuled, {"ruling": 2}, "gold dispute 0: to the disputer"),
        ("not wrong", events.GoldDisputeSettled, {"to_sink": 0}, "gold dispute 0: to the sink"),
        ("undecided", events.GoldDisputeSettled, {"to_sink": 5}, "gold dispute 0: to the sink"),
        ("void", events.DepositReleased, {"to_each_winner": 1}, "part of the deposit"),
        ("failed", events.Forfeited, {"to_sink": 0}, "submission in slot 4: stake lost"),
    ],
)
def test_of_batch__something_changed__is_broken(ending: str, kind: Any, changes: dict[str, Any], name: str) -> None:
    history = ended(ending)
    assert name in {finding.name for finding in history.verify(history.forged(kind, **changes)).broken}


@pytest.mark.parametrize(
    ("ending", "kind", "number", "name"),
    [
        ("passed", events.Committed, 0, "sealed before opening"),
        ("waived", events.Committed, 0, "sealed before waiving"),
        ("wrong", events.Committed, 0, "gold dispute 0: disputer"),
        ("timeout", events.GoldDisputeSettled, 0, "disputes pending at the release"),
        ("wrong", events.GoldRuled, 0, "gold dispute 0: time of settling"),
        ("void", events.GoldDisputeSettled, 0, "gold dispute 1: turn"),
        ("waived", events.GoldWaived, 0, "submission in slot 0: outcome when it was published"),
        ("wrong", events.GoldDisputed, 0, "deposit returned"),
    ],
)
def test_of_batch__something_missing__is_broken(ending: str, kind: Any, number: int, name: str) -> None:
    history = ended(ending)
    assert name in {finding.name for finding in history.verify(history.without(kind, number)).broken}


def test_of_batch__a_void_test_that_no_event_tells_of__is_not_told() -> None:
    history = ended("void")
    [check] = [
        each for each in history.verify(history.without(events.TestVoided)).checks if each.name == "the test is void"
    ]
    assert check.verdict == Verdict.UNTOLD


def test_of_batch__published_though_failed__is_broken_by_its_labels() -> None:
    history = ended("passed")
    first = next(iter(history.works))
    constant = LabelSet([history.works[first].labels.value(0)] * 20)

    def labels(submission: int) -> LabelSet | None:
        return constant if submission == first else history.labels(submission)

    name = "submission in slot 0: errors on known items"
    [broken] = history.verify(labels=labels).broken
    assert (broken.name, getattr(broken, "found", "")) == (name, "labels of another root")
    forged = history.forged(events.Published, root=constant.root)
    [broken] = history.verify(forged, labels=labels).broken
    assert broken.name == name and str(getattr(broken, "found", "")).startswith("errors on items [")
    # Without the labels nobody can tell.
    [unknown] = [each for each in history.verify(labels=None).checks if each.name == name]
    assert unknown.verdict == Verdict.UNTOLD


def test_of_batch__of_no_test__raises() -> None:
    history = ended("passed")
    with pytest.raises(errors.NoSuchTest):
        history.verify(history.without(events.TestSetUp))
    with pytest.raises(errors.NoSuchBatch):
        verify.of_batch(history.task, 2, history.record.logged, deployment=history.record.deployment)
