"""Which labels are challenged, by what the chain tells of them: with hand-made facts."""

from collections import Counter
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from goldleaf import ChallengeKind, ChallengeState, LabelSet, Outcome, Submission, SubmissionState, types
from goldleaf.events import (
    Claimed,
    DepositReleased,
    Event,
    GoldDisputed,
    GoldDisputeSettled,
    Rejected,
    Ruled,
    Settled,
)
from goldleaf.ids import gold_dispute_id
from goldleaf.stores import Reader, Store
from goldleaf_tools.audit import accounts, proposing, value, withheld
from goldleaf_tools.audit import facts as chain
from goldleaf_tools.audit.collect import Fetched, Place, fetch_labels
from goldleaf_tools.audit.facts import Delivery, Dispute, TaskFacts, Told
from goldleaf_tools.audit.market import Market
from goldleaf_tools.audit.result import Action, AvailabilityProposal, Flow, LabelTable, Proposal, Token, Verdict
from goldleaf_tools.audit.rulings import NOTHING, Rulings
from goldleaf_tools.autopilot import PlannedChallenge
from tests.unit.audit.proposals import ALICE, BOB, COURT, ID, SUBMISSION, TASK, TOKEN, dispute

MARKET = Market(time=4600, costs={COURT: 10}, tokens={TOKEN: Token(TOKEN, "T", 6)}, gas_price=1)
# All of 40 labels are wrong, and that is certain.
LABELS = LabelTable(
    (b"1", b"2"), (ID,), (BOB,), (0,) * 40, tuple(range(40)), (0,) * 40, (1,) * 40, (1.0,) * 40, (None,) * 40
)
ROOM = 11


def propose(
    *challenges: Dispute,
    verdict: Verdict = Verdict.VERIFIED,
    submission: Submission = SUBMISSION,
    wrong: tuple[int, ...] = (),
    market: Market = MARKET,
    labels: LabelTable = LABELS,
    ruled: Rulings = NOTHING,
    tests: tuple[chain.Test, ...] = (),
    **terms: Any,
) -> tuple[Proposal, ...]:
    delivery = Delivery(ID, 0, submission, range(40), "u", 4000, wrong)
    facts = TaskFacts(1, TASK, "m", (delivery,), challenges, (), tests)
    options: dict[str, Any] = {"auditor": ALICE, "ether": Decimal(0), "pending": (), "trusted": {COURT}, **terms}
    return proposing.propose(facts, {ID: Fetched(verdict, "", None)}, labels, ruled, market, **options)


def items(proposals: tuple[Proposal, ...]) -> set[int]:
    return {item for one in proposals if one.action == Action.FILE for item in one.items}


def test_propose__all_wrong__as_many_as_there_is_room_for() -> None:
    assert len(items(propose())) == ROOM
    assert len(items(propose(submission=replace(SUBMISSION, errors=9)))) == ROOM - 9


@pytest.mark.parametrize(
    ("challenge", "excluded"),
    [
        (dispute((3,)), {3}),
        (dispute((3, 4), challenger=ALICE), {3, 4}),
        # One of them may be wrong: who challenges all labels of a friend's at once does not shield each of them.
        (dispute((3, 4)), {3}),
        (dispute((4, 3, 30)), {3}),
        # But the last one that was not proven wrong is right.
        (dispute((4, 20, 30)), {4}),
        (dispute((3,), outcome=Outcome.UNDECIDED), set()),
        (dispute((3,), kind=ChallengeKind.AVAILABILITY), set()),
    ],
)
def test_propose__ruled_before__what_jurors_have_judged_is_left(challenge: Dispute, excluded: set[int]) -> None:
    # There is room for all: only what is excluded is left out.
    wide = replace(SUBMISSION, errors=0)
    left = set(range(40)) - items(propose(challenge, submission=wide, wrong=tuple(range(5, 40))))
    assert left & set(range(5)) == excluded


def test_propose__not_each_was_wrong__the_most_probably_right_one_is_left() -> None:
    doubts = replace(LABELS, p_wrong=(1.0, 1.0, 1.0, 0.97, 0.96, *[1.0] * 35))
    proposed = items(propose(dispute((2, 3, 4)), labels=doubts, wrong=tuple(range(5, 40))))
    assert 4 not in proposed and {2, 3} <= proposed


def test_propose__nothing_is_more_probable__not_challenged_whatever_its_chance() -> None:
    """A tie of many classes: each is probably wrong, and accused is none."""
    tied = replace(LABELS, consensus=(0, 0, None, *LABELS.consensus[3:]))
    assert items(propose(labels=tied, wrong=tuple(range(5, 40)))) == {2, 3, 4}


def test_propose__equal_label_was_ruled_right__not_challenged_though_gold_says_otherwise() -> None:
    ruled = Rulings(right={(1, 0): LABELS.classes[0], (1, 1): LABELS.classes[1], (2, 2): LABELS.classes[0]})
    assert items(propose(ruled=ruled, wrong=tuple(range(5, 40)))) == {1, 2, 3, 4}


def prizes(proposals: tuple[Proposal, ...]) -> float:
    return sum(one.expectation.prize for one in proposals)


def test_propose__about_to_be_challenged__not_twice_and_less_room() -> None:
    """As many as reject even if the others fail, where the bonus is worth it; prizes only as far as there is room."""
    proposals = propose(pending=[PlannedChallenge(ID, (0, 1, 2))])
    assert not items(proposals) & {0, 1, 2} and len(items(proposals)) == ROOM
    won = value.chance([1.0] * 3) / value.ONE
    assert prizes(proposals) == pytest.approx(prizes(propose()) * (ROOM - 3 * won) / ROOM, abs=1)


# Of item 20 it is certain that its label is right.
ONE_IS_RIGHT = replace(LABELS, p_wrong=tuple(0.0 if item == 20 else 1.0 for item in range(40)))
OPEN = {"outcome": None, "state": ChallengeState.FILED}


@pytest.mark.parametrize("state", [ChallengeState.FILED, ChallengeState.DEFENDED])
@pytest.mark.parametrize("wrong", [1, 10, 31])
def test_propose__mixed_challenge_made_for_the_annotator__switches_nothing_off(
    state: ChallengeState, wrong: int
) -> None:
    """It is lost for the one right label in it, and costs only the fee if the annotator's own friend files it."""
    items_of = (*range(wrong), 20) if wrong < 20 else (*range(wrong + 1),)
    mixed = dispute(items_of, outcome=None, state=state)
    proposed = items(propose(mixed, labels=ONE_IS_RIGHT))
    assert len(proposed) == ROOM and 20 not in proposed


def test_propose__several_mixed_challenges__what_is_left_of_the_prize_is_counted() -> None:
    mixed = [dispute((*range(20), 20), number=number, **OPEN) for number in range(3)]
    proposed = propose(*mixed, labels=ONE_IS_RIGHT, wrong=tuple(range(21, 40)))
    assert len(items(proposed)) == ROOM
    alone = propose(labels=ONE_IS_RIGHT, wrong=tuple(range(21, 40)))
    assert 0 < sum(one.expectation.prize for one in proposed) < sum(one.expectation.prize for one in alone)


@pytest.mark.parametrize(
    "right",
    [
        {"ruled": Rulings(right={(1, 0): LABELS.classes[0]})},
        {"labels": replace(LABELS, p_wrong=(0.2, *[1.0] * 39))},
        {"labels": replace(LABELS, consensus=(1, *LABELS.consensus[1:]), p_wrong=(0.2, *[1.0] * 39))},
    ],
)
def test_propose__challenge_of_a_label_that_is_probably_right__counts_by_its_chance(right: dict[str, Any]) -> None:
    assert len(items(propose(dispute((0, 1, 2), **OPEN), **right))) == ROOM


def test_propose__challenge_that_is_probably_won__who_was_first_has_the_prize() -> None:
    proposed = propose(dispute((0, 1, 2), **OPEN))
    assert not items(proposed) & {0, 1, 2}
    won = value.chance([1.0] * 3) / value.ONE
    assert prizes(proposed) == pytest.approx(prizes(propose()) * (ROOM - 3 * won) / ROOM, abs=1)


def standing(challenged: tuple[int, ...], chance: float, **changes: Any) -> dict[str, Any]:
    """Somebody else's challenge of labels each of which is wrong with a chance; all others are wrong for certain."""
    p_wrong = tuple(chance if item in challenged else 1.0 for item in range(40))
    return {"challenge": dispute(challenged, **{**OPEN, **changes}), "labels": replace(LABELS, p_wrong=p_wrong)}


def test_propose__standing_challenge_may_reject_first__prize_and_bonus_count_by_the_chance_that_it_does_not() -> None:
    """There is room for one label: whoever is behind somebody who wins it has nothing, and risks the bond."""
    last = replace(SUBMISSION, errors=ROOM - 1)
    found = standing((30,), 0.3)
    [behind] = propose(found["challenge"], labels=found["labels"], submission=last)
    [alone] = propose(labels=found["labels"], submission=last)
    won = value.chance([0.3]) / value.ONE
    assert 0.3 < won < 0.5
    assert behind.expectation.prize == pytest.approx(alone.expectation.prize * (1 - won), abs=1)
    assert behind.expectation.bonus == pytest.approx(alone.expectation.bonus * (1 - won))
    assert behind.expectation.p_lost == alone.expectation.p_lost


def test_propose__standing_challenge_surely_rejects_first__nothing_is_filed_behind_it() -> None:
    last = replace(SUBMISSION, errors=ROOM - 2)
    conceded = dispute((30, 31), outcome=None, state=ChallengeState.CONCEDED)
    assert items(propose(conceded, submission=last)) == set()
    assert items(propose(submission=last)) != set()


def test_propose__standing_challenge_brings_the_rejection_near__the_bonus_counts_by_its_chance() -> None:
    """Of two that are missing others prove one, perhaps: then one more rejects."""
    near = replace(SUBMISSION, errors=ROOM - 2)
    found = standing((30,), 0.4)
    one_left = replace(found["labels"], consensus=(1, *[0] * 39))  # only item 0 is doubted
    [behind] = propose(found["challenge"], labels=one_left, submission=near)
    [alone] = propose(labels=one_left, submission=near)
    assert alone.bonus == 0 and behind.bonus > 0
    assert 0 < behind.expectation.bonus < behind.expectation.p_won * behind.bonus / 2


def test_propose__conceded__as_good_as_proven_whatever_is_believed() -> None:
    conceded = dispute((19, 20), outcome=None, state=ChallengeState.CONCEDED)
    proposed = items(propose(conceded, labels=ONE_IS_RIGHT))
    assert not proposed & {19, 20} and len(proposed) == ROOM - 2


@pytest.mark.parametrize(
    ("ruling", "excluded", "room"),
    [(0, set(), ROOM), (1, {19, 20}, ROOM - 2), (2, {19}, ROOM)],
)
def test_propose__ruled_and_not_settled__counts_as_it_was_ruled(ruling: int, excluded: set[int], room: int) -> None:
    told = (Told(Ruled(challenge=1, ruling=ruling), "TaskEscrow", 1, 1, "0x1"),)
    ruled = dispute((19, 20), outcome=None, state=ChallengeState.RULED, told=told)
    assert len(items(propose(ruled))) == room
    wide = replace(SUBMISSION, errors=0)
    left = set(range(18, 21)) - items(propose(ruled, submission=wide, wrong=(*range(18), *range(21, 40))))
    assert left == excluded


def test_propose__own_challenge_is_pending__not_twice_whatever_its_chance() -> None:
    mixed = dispute((0, 1, 20), challenger=ALICE, **OPEN)
    proposed = items(propose(mixed, labels=ONE_IS_RIGHT))
    assert not proposed & {0, 1, 20} and len(proposed) == ROOM


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        ({"auditor": BOB}, 0),
        ({"market": replace(MARKET, time=5000)}, 0),
        ({"market": replace(MARKET, time=5000 - proposing.HASTE)}, 0),
        ({"market": replace(MARKET, time=5000 - proposing.HASTE - 1)}, ROOM),
        ({"market": replace(MARKET, costs={})}, 0),
        ({"trusted": {BOB}}, 0),
        ({"submission": replace(SUBMISSION, state=SubmissionState.REJECTED)}, 0),
        ({"submission": replace(SUBMISSION, state=SubmissionState.PAID)}, 0),
        ({"verdict": Verdict.UNREACHABLE}, 0),
        ({"verdict": Verdict.UNREACHABLE, "market": replace(MARKET, time=4500)}, 0),
        ({"verdict": Verdict.UNSURE}, 0),
        ({"verdict": Verdict.UNSURE, "market": replace(MARKET, time=4500)}, 0),
        # That nobody can read a label is no ground to call it wrong, however late it is.
        ({"verdict": Verdict.MISSING, "market": replace(MARKET, time=4499)}, 0),
        ({"verdict": Verdict.MISSING, "market": replace(MARKET, time=4500)}, 0),
    ],
)
def test_propose__who_when_and_where__nothing_where_it_would_be_lost(terms: dict[str, Any], expected: int) -> None:
    assert len(items(propose(**terms))) == expected


DELIVERY = Delivery(ID, 0, SUBMISSION, range(40), "u", 4000, ())


def unread(
    *challenges: Dispute, verdict: Verdict = Verdict.MISSING, delivery: Delivery = DELIVERY, **terms: Any
) -> AvailabilityProposal | None:
    options = {"time": 4001, "challenges": challenges, "auditor": ALICE, "gas": 0, **terms}
    return withheld.propose(delivery, TASK, verdict, **options)


@pytest.mark.parametrize("verdict", Verdict)
def test_availability__how_it_was_read__filed_only_against_whoever_is_at_fault(verdict: Verdict) -> None:
    asked = unread(verdict=verdict)
    filed = asked is not None and asked.action is Action.FILE
    assert filed == (verdict in (Verdict.MISSING, Verdict.MISMATCH, Verdict.MALFORMED))
    if verdict in (Verdict.UNREACHABLE, Verdict.UNSURE):
        assert asked is not None and "from here" in asked.why


@pytest.mark.parametrize(("gas", "told"), [(0, "goldleaf challenge availability 1/0 0,1,2"), (10**9, "try again")])
def test_availability__unreachable_for_good__says_how_to_go_on_and_files_nothing(gas: int, told: str) -> None:
    asked = unread(verdict=Verdict.UNREACHABLE, gas=gas, lasting=True)
    assert asked is not None and asked.action is Action.LEAVE and told in asked.why


@pytest.mark.parametrize("uri", ["nowhere://labels", "file:///etc/passwd", "", "labels"])
def test_availability__uri_that_nobody_reads__is_not_passed_over(uri: str, tmp_path: Path) -> None:
    """Nothing can be read there, today or later: whoever audits is told what to file before it is too late."""
    labels = LabelSet(["yes"] * 40)
    [found] = fetch_labels(Reader(Store(tmp_path)), {ID: Place(uri, labels.root, labels.items)}).values()
    assert (found.verdict, found.lasting) == (Verdict.UNREACHABLE, True)
    asked = unread(verdict=found.verdict, lasting=found.lasting)
    assert asked is not None and "goldleaf challenge availability 1/0 0,1,2" in asked.why
    # Without a gateway of one's own that is no fact about an IPFS URI.
    cid = "ipfs://bafkreifzjut3te7nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e"
    [own] = fetch_labels(Reader(Store(tmp_path)), {ID: Place(cid, labels.root, labels.items)}).values()
    assert (own.verdict, own.lasting) == (Verdict.UNREACHABLE, False)


def test_availability__many_labels__as_many_as_one_challenge_holds_that_were_not_shown() -> None:
    asked = unread()
    assert asked is not None and asked.items == tuple(range(32))
    asked = unread(delivery=replace(DELIVERY, shown_items=(0, 2, *range(4, 36))))
    assert asked is not None and asked.items == (1, 3, 36, 37, 38, 39)
    assert unread(delivery=replace(DELIVERY, shown_items=tuple(range(40)))) is None


@pytest.mark.parametrize(("time", "asked"), [(4499, True), (4500, False)])
def test_availability__half_of_the_window_is_over__too_late(time: int, asked: bool) -> None:
    assert (unread(time=time) is not None) is asked
    # A window that the requester has cut short ends it too.
    short = replace(DELIVERY, submission=replace(SUBMISSION, window_end=time))
    assert unread(time=time, delivery=short) is None


@pytest.mark.parametrize(
    ("changes", "action"),
    [
        ({"state": ChallengeState.FILED, "outcome": None}, Action.LEAVE),
        # A friend's challenge that was answered switches nobody else off.
        ({"outcome": Outcome.ANSWERED}, Action.FILE),
        ({"outcome": Outcome.ANSWERED, "challenger": ALICE}, Action.LEAVE),
        ({"outcome": None, "state": ChallengeState.FILED, "kind": ChallengeKind.CORRECTNESS}, Action.FILE),
        ({"outcome": None, "state": ChallengeState.FILED, "submission": ID + 1}, Action.FILE),
    ],
)
def test_availability__challenged_before__left_while_it_stands_or_if_the_auditor_did(
    changes: dict[str, Any], action: Action
) -> None:
    asked = unread(dispute((7,), **{"kind": ChallengeKind.AVAILABILITY, **changes}))
    assert asked is not None and asked.action is action


def test_propose__gas_is_dear__not_worth_it() -> None:
    dear = replace(MARKET, gas_price=10**12)
    assert items(propose(market=dear, ether=Decimal(1000))) == set()
    assert items(propose(market=dear)) != set()


@pytest.mark.parametrize(
    ("outcome", "to", "expected"),
    [
        # Of a bond of 101, a fee of 10: it is the defender's, and as much again.
        (
            Outcome.NOT_WRONG,
            {"to_challenger": 0, "to_defender": 20, "to_annotator": 81, "to_sink": 0},
            {("auditor", "defender", 20), ("auditor", "annotator", 81)},
        ),
        (
            Outcome.UNDECIDED,
            {"to_challenger": 96, "to_defender": 5, "to_annotator": 0, "to_sink": 0},
            {("auditor", "auditor", 96), ("auditor", "defender", 5)},
        ),
        (
            Outcome.CONCEDED,
            {"to_challenger": 601, "to_defender": 0, "to_annotator": 0, "to_sink": 0},
            {("auditor", "auditor", 101), ("stakes", "auditor", 500)},
        ),
    ],
)
def test_flows__settled__each_unit_from_where_it_was(
    outcome: Outcome, to: dict[str, int], expected: set[tuple[str, str, int]]
) -> None:
    event = Settled(challenge=1, outcome=outcome, proven=0, **to)
    facts = TaskFacts(1, TASK, "m", (), (dispute((1,), challenger=ALICE),), (Told(event, "TaskEscrow", 1, 1, "0x1"),))
    found = accounts.flows(facts, ALICE)
    assert {(one.source, one.target, one.amount) for one in found} == expected
    assert all(isinstance(one, Flow) for one in found)
    assert sum(one.amount for one in found if one.source == "auditor") == 101


def test_flows__answered__the_bond_is_nobodys() -> None:
    event = Settled(
        challenge=1, outcome=Outcome.ANSWERED, proven=0, to_challenger=0, to_annotator=0, to_defender=0, to_sink=101
    )
    challenges = (dispute((1,), challenger=ALICE, kind=ChallengeKind.AVAILABILITY),)
    facts = TaskFacts(1, TASK, "m", (), challenges, (Told(event, "TaskEscrow", 1, 1, "0x1"),))
    assert [(one.source, one.target, one.amount) for one in accounts.flows(facts, ALICE)] == [("auditor", "sink", 101)]


def test_flows__paid_and_rejected__each_unit_from_where_it_was() -> None:
    """40 labels at 400, with a stake of 1,000 each; three proven wrong of one, eleven of the other."""
    claimed = Claimed(ID, BOB, labels=37, pay=37 * 400, stake=40_000, to_requester=3 * 300)
    rejected = Rejected(ID, BOB, to_sink=40_000 - 11 * 100 - 10_000 + 29 * 400, to_requester=11 * 400)
    for event, expected in (
        (
            claimed,
            {
                ("pot", "annotator", 37 * 400 + 3 * 100),
                ("pot", "requester", 3 * 300),
                ("stakes", "annotator", 40_000 - 3 * 100),
            },
        ),
        (
            rejected,
            {
                ("pot", "sink", 29 * 400),
                ("pot", "requester", 11 * 400),
                ("stakes", "sink", 40_000 - 11 * 100 - 10_000),
            },
        ),
    ):
        facts = TaskFacts(1, TASK, "m", (), (), (Told(event, "TaskEscrow", 1, 1, "0x1"),))
        sums: Counter[tuple[str, str]] = Counter()
        for one in accounts.flows(facts, ALICE):
            sums[one.source, one.target] += one.amount
        assert {(*ends, amount) for ends, amount in sums.items()} == expected
        assert sum(amount for (source, _), amount in sums.items() if source == "pot") == 40 * 400


def test_propose__items_that_labels_were_tested_on__never() -> None:
    # All are wrong, for certain. What is dropped from the test can be challenged again.
    gold = types.Gold(items=(3, 4, 5), answers=(b"\x01" * 32,) * 3, dropped=(5,))
    stands = types.BatchTest(types.TestPhase.GRADED, 0, 1, 2, b"\x01" * 32, 4, 1, 1, 10, 0)
    tests = (chain.Test(batch=0, size=3, allowed=1, stands=stands, gold=gold),)
    few = LabelTable((b"1", b"2"), (ID,), (BOB,), (0,) * 3, (3, 4, 5), (0,) * 3, (1,) * 3, (1.0,) * 3, (None,) * 3)
    assert items(propose(labels=few)) == {3, 4, 5}
    assert items(propose(labels=few, tests=tests)) == {5}


def test_flows__of_disputes_about_known_answers__are_bond_fee_and_deposit() -> None:
    first, second = gold_dispute_id(1, 0, 0), gold_dispute_id(1, 0, 1)

    def told(*happened: Event) -> tuple[Told, ...]:
        return tuple(Told(event, "GoldTest", 1, 1, "0x1") for event in happened)

    def disputed(gold_dispute: int) -> GoldDisputed:
        return GoldDisputed(gold_dispute, ALICE, ID, (0,), COURT, 1, 10, bytes(32), "")

    events = (
        disputed(first),
        disputed(second),
        GoldDisputeSettled(first, Outcome.WRONG, dropped=1, to_disputer=30, to_sink=0),
        GoldDisputeSettled(second, Outcome.NOT_WRONG, dropped=0, to_disputer=0, to_sink=10),
    )
    moved = {
        Flow("annotator", "jurors", 20, "fee"),
        Flow("annotator", "sink", 10, "bond lost"),
        Flow("deposits", "annotator", 20, "deposit"),
    }
    held = told(*events, DepositReleased(1, 0, to_requester=7, to_each_winner=0, to_sink=0))
    returned = Flow("deposits", "requester", 7, "deposit returned")
    assert set(accounts.flows(TaskFacts(1, TASK, "m", (), (), held), None)) == {*moved, returned}
    # Of a void test, to whoever dropped items.
    void = told(*events, DepositReleased(1, 0, to_requester=0, to_each_winner=6, to_sink=1))
    assert set(accounts.flows(TaskFacts(1, TASK, "m", (), (), void), None)) == {
        Flow("annotator", "jurors", 20, "fee"),
        Flow("annotator", "sink", 10, "bond lost"),
        Flow("deposits", "annotator", 26, "deposit"),
        Flow("deposits", "sink", 1, "deposit"),
    }
