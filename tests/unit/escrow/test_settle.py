"""settle(challenge, indices), wrong(submission, word)"""

from dataclasses import replace
from typing import Any

import pytest

from goldleaf.types import NOT_HEARD, ChallengeState, Outcome, SubmissionState
from tests.protocol import DAY, HOUR, SINK, Protocol, Work, reverts
from tests.unit.escrow.helpers import (
    ARBITRATION_TIMEOUT,
    FULL,
    LAST,
    MAX,
    RESPONSE_PERIOD,
    UNKNOWN_CHALLENGES,
    bonus,
    both_decimals,
    challenge,
    deployed_with,
    log,
    odd_terms,
    prize,
    rejection,
    reward,
    submission,
    task,
)


def cost(protocol: Protocol) -> int:
    return 3 * protocol.unit


def bond(protocol: Protocol, challenged: int) -> int:
    return max(challenged * reward(protocol) // 2, 3 * cost(protocol))


class Money:
    """What a settlement pays, beside what a rejection gives to the sink and the requester."""

    def __init__(self, party: int, sink: int = 0, annotator: int = 0, defender: int = 0) -> None:
        self.challenger, self.sink, self.annotator, self.defender = party, sink, annotator, defender


def check_settled(
    protocol: Protocol,
    work: Work,
    filed: int,
    outcome: Outcome,
    money: Money,
    proven: int = 0,
    rejected: tuple[int, int] | None = None,
) -> None:
    """Settles by a stranger, and holds every effect against what is expected; all parties are different accounts.

    `rejected` is what the sink and the requester get by a rejection.
    """
    before, submitted, opened = (
        challenge(protocol, filed),
        submission(protocol, work.submission),
        task(protocol, work.task),
    )
    marked = protocol.escrow.wrong(work.submission, 0)
    defender = before.defender if int(before.defender, 16) else protocol.account()

    with protocol.gains(before.challenger, SINK, protocol.requester, work.annotator, defender) as gained:
        protocol.escrow.settle(filed, protocol.indices[filed], sender=protocol.account())
        events = log(protocol)

    expected: list[tuple[str, dict[str, Any]]] = [
        (
            "Settled",
            {
                "challenge": filed,
                "outcome": outcome,
                "proven": proven,
                "to_challenger": money.challenger,
                "to_annotator": money.annotator,
                "to_defender": money.defender,
                "to_sink": money.sink,
            },
        )
    ]
    state, live, delivered = submitted.state, opened.live, opened.delivered
    lost, returned = rejected or (0, 0)
    if rejected:
        fields = {"submission": work.submission, "annotator": work.annotator, "to_sink": lost, "to_requester": returned}
        expected.insert(0, ("Rejected", fields))
        state, live, delivered = SubmissionState.REJECTED, live - 1, delivered + submitted.labels
    assert events == expected
    assert gained == [money.challenger, money.sink + lost, returned, money.annotator, money.defender]
    assert challenge(protocol, filed) == replace(before, state=ChallengeState.SETTLED)
    assert submission(protocol, work.submission) == replace(
        submitted, state=state, errors=submitted.errors + proven, settled=submitted.settled + 1
    )
    assert task(protocol, work.task) == replace(opened, live=live, delivered=delivered)
    assert protocol.escrow.wrong(work.submission, 0).bit_count() == marked.bit_count() + proven
    protocol.assert_conserved()


def defended(protocol: Protocol, work: Work, indices: list[int]) -> int:
    """A challenge that a stranger has defended."""
    filed = protocol.challenge(work, indices)
    protocol.travel(RESPONSE_PERIOD // 2)
    protocol.defend(filed, protocol.account())
    return filed


def proven(protocol: Protocol, work: Work, indices: list[int], answer: str) -> tuple[int, Outcome]:
    """A challenge that is to be settled as right, by what its annotator did, and how it ends."""
    if answer == "defend":
        filed = defended(protocol, work, indices)
        protocol.rule(filed, 1)
        return filed, Outcome.WRONG
    filed = protocol.challenge(work, indices)
    if answer == "concede":
        protocol.escrow.concede(filed, sender=work.annotator)
        return filed, Outcome.CONCEDED
    protocol.travel(RESPONSE_PERIOD)
    return filed, Outcome.UNANSWERED


# One challenge


@both_decimals
@pytest.mark.parametrize("answer", ["concede", "ignore", "defend"])
def test_settle__proven_within_the_tolerance__advances_a_prize(protocol: Protocol, work: Work, answer: str) -> None:
    """The first error of ten labels is tolerated. Conceding it saves the fee alone."""
    filed, outcome = proven(protocol, work, [4], answer)
    check_settled(protocol, work, filed, outcome, Money(bond(protocol, 1) + prize(protocol)), proven=1)


@both_decimals
@pytest.mark.parametrize("answer", ["concede", "ignore", "defend"])
def test_settle__proven_beyond_the_tolerance__rejects(protocol: Protocol, last: Work, answer: str) -> None:
    """Of seven labels none is tolerated."""
    filed, outcome = proven(protocol, last, [12], answer)
    extra = bonus(protocol, LAST)
    money = Money(bond(protocol, 1) + prize(protocol) + extra)
    split = rejection(protocol, LAST, 1, extra)
    check_settled(protocol, last, filed, outcome, money, proven=1, rejected=split)


def test_settle__rejected__pays_as_the_rules_say_in_figures(protocol: Protocol, last: Work) -> None:
    """A stake of 7.000021, pay of 0.350007: a prize of 0.0125, a quarter of the stake, and six labels' pay is lost."""
    filed = protocol.challenge(last, [12])
    protocol.travel(RESPONSE_PERIOD)
    money = Money(9_000_000 + 12_500 + 1_750_005)
    split = 7_000_021 - 12_500 - 1_750_005 + 300_006, 50_001
    check_settled(protocol, last, filed, Outcome.UNANSWERED, money, proven=1, rejected=split)


@pytest.mark.parametrize(
    ("bond", "extra"),
    [
        (50_000, 100_000),  # twice the bond
        (1_249_999, 2_499_998),
        (1_250_003, 2_500_006),
        (1_250_004, 2_500_007),  # a quarter of the stake, rounded down
        (30_000_000, 2_500_007),
    ],
)
def test_settle__bond_of_the_rejecting_challenge__bounds_the_bonus(protocol: Protocol, bond: int, extra: int) -> None:
    protocol.arbitrator.set_cost(0)
    work = protocol.delivered(**odd_terms(protocol, tolerance_bps=0, availability_bond=reward(protocol)))
    filed = protocol.challenge(work, [4], bond=bond)
    protocol.travel(RESPONSE_PERIOD)
    split = rejection(protocol, FULL, 1, extra)
    money = Money(bond + prize(protocol) + extra)
    check_settled(protocol, work, filed, Outcome.UNANSWERED, money, proven=1, rejected=split)


def test_settle__pay_above_half_of_the_stake__returns_the_rest_of_it_to_the_requester(protocol: Protocol) -> None:
    """The least stake for a reward: one of two rewards each of which half may be lost."""
    terms = {"reward": protocol.unit + 1, "stake": protocol.unit + 1, "tolerance_bps": 4000, "redundancy": 1}
    work = protocol.delivered(**terms, items=10, availability_bond=protocol.unit + 1)
    filed = protocol.challenge(work, range(5))
    protocol.travel(RESPONSE_PERIOD)
    # Five of ten labels are wrong: the pay of the others is just half of the stake.
    money = Money(9 * protocol.unit + 5 * 250_000 + 2_500_002)
    split = 10_000_010 - 5 * 250_000 - 2_500_002 + 5_000_005, 5_000_005
    check_settled(protocol, work, filed, Outcome.UNANSWERED, money, proven=5, rejected=split)


def test_settle__pay_of_the_right_labels_above_half_of_the_stake__loses_that_much(protocol: Protocol) -> None:
    terms = {"reward": protocol.unit + 1, "stake": protocol.unit + 1, "tolerance_bps": 0, "redundancy": 1}
    work = protocol.delivered(**terms, items=10, availability_bond=protocol.unit + 1)
    filed = protocol.challenge(work, [0])
    protocol.travel(RESPONSE_PERIOD)
    # Nine labels' pay, and of that only five stand against half of the stake.
    money = Money(9 * protocol.unit + 250_000 + 2_500_002)
    split = 10_000_010 - 250_000 - 2_500_002 + 5_000_005, 5_000_005
    check_settled(protocol, work, filed, Outcome.UNANSWERED, money, proven=1, rejected=split)


@both_decimals
@pytest.mark.parametrize("challenged", [1, 4])
def test_settle__ruled_not_wrong__splits_the_bond(protocol: Protocol, work: Work, challenged: int) -> None:
    filed = defended(protocol, work, list(range(challenged)))
    protocol.rule(filed, 2)
    half = (bond(protocol, challenged) - cost(protocol)) // 2
    money = Money(0, 0, half, cost(protocol) + half)
    check_settled(protocol, work, filed, Outcome.NOT_WRONG, money)


def test_settle__ruled_not_wrong_and_larger_bond__gives_a_premium_as_large_as_the_fee(
    protocol: Protocol, work: Work
) -> None:
    filed = protocol.challenge(work, [4], bond=30 * protocol.unit + 1)
    protocol.travel(RESPONSE_PERIOD // 2)
    protocol.defend(filed, protocol.account())
    protocol.rule(filed, 2)
    fee = cost(protocol)
    check_settled(protocol, work, filed, Outcome.NOT_WRONG, Money(0, 0, 30 * protocol.unit + 1 - 2 * fee, 2 * fee))


@pytest.mark.parametrize("fee", [8_999_999, 9_000_000, 9_000_001, 40_000_001])
def test_settle__ruled_not_wrong_and_fee_has_risen__pays_at_most_the_bond(
    protocol: Protocol, work: Work, fee: int
) -> None:
    filed = protocol.challenge(work, [4])
    protocol.travel(RESPONSE_PERIOD // 2)
    protocol.arbitrator.set_cost(fee)
    protocol.defend(filed, protocol.account())
    protocol.rule(filed, 2)
    half = (9_000_000 - min(fee, 9_000_000)) // 2
    money = Money(0, 0, 9_000_000 - min(fee, 9_000_000) - half, min(fee, 9_000_000) + half)
    check_settled(protocol, work, filed, Outcome.NOT_WRONG, money)


@both_decimals
def test_settle__ruled_undecided__takes_half_the_fee(protocol: Protocol, work: Work) -> None:
    filed = defended(protocol, work, [4])
    protocol.rule(filed, 0)
    half = cost(protocol) // 2
    check_settled(protocol, work, filed, Outcome.UNDECIDED, Money(bond(protocol, 1) - half, defender=half))


@pytest.mark.parametrize("fee", [3_000_001, 18_000_000, 18_000_002, 40_000_000])
def test_settle__ruled_undecided_and_fee_has_risen__takes_at_most_the_bond(
    protocol: Protocol, work: Work, fee: int
) -> None:
    filed = protocol.challenge(work, [4])
    protocol.travel(RESPONSE_PERIOD // 2)
    protocol.arbitrator.set_cost(fee)
    protocol.defend(filed, protocol.account())
    protocol.rule(filed, 0)
    half = min(fee // 2, 9_000_000)
    check_settled(protocol, work, filed, Outcome.UNDECIDED, Money(9_000_000 - half, defender=half))


def test_settle__never_ruled__is_undecided_after_the_timeout(protocol: Protocol, work: Work) -> None:
    filed = defended(protocol, work, [4])
    protocol.travel(ARBITRATION_TIMEOUT - 1)
    with reverts("challenges: awaiting a ruling"):
        protocol.settle(filed)
    protocol.travel(1)
    half = cost(protocol) // 2
    check_settled(protocol, work, filed, Outcome.UNDECIDED, Money(bond(protocol, 1) - half, defender=half))


def test_settle__not_heard__returns_the_bond(protocol: Protocol, work: Work) -> None:
    """The arbitrator itself gave the fee back to the defender."""
    filed = defended(protocol, work, [4])
    defender = challenge(protocol, filed).defender
    protocol.rule(filed, NOT_HEARD)
    assert protocol.token.balanceOf(defender) == cost(protocol)
    check_settled(protocol, work, filed, Outcome.NOT_HEARD, Money(bond(protocol, 1)))


@deployed_with({"arbitrator": "DishonestArbitrator"})
@pytest.mark.parametrize("taken", [0, 1, 2_999_999])
@pytest.mark.parametrize("ruling", [0, 2])
def test_settle__arbitrator_took_less_than_its_cost__counts_what_it_took(
    protocol: Protocol, work: Work, taken: int, ruling: int
) -> None:
    filed = protocol.challenge(work, [4])
    protocol.travel(RESPONSE_PERIOD // 2)
    protocol.arbitrator.set_costs(3_000_000, taken)
    dispute = protocol.defend(filed, protocol.account())
    protocol.arbitrator.rule(protocol.escrow, dispute, ruling)
    if ruling == 0:
        outcome, money = Outcome.UNDECIDED, Money(9_000_000 - taken // 2, defender=taken // 2)
    else:
        premium = min(max(taken, reward(protocol) // 4), (9_000_000 - taken) // 2)
        outcome = Outcome.NOT_WRONG
        money = Money(0, 0, 9_000_000 - taken - premium, taken + premium)
    check_settled(protocol, work, filed, outcome, money)


@pytest.mark.parametrize("state", ["filed", "conceded"])
def test_settle__response_period__is_waited_for_unless_conceded(protocol: Protocol, work: Work, state: str) -> None:
    filed = protocol.challenge(work, [4])
    if state == "conceded":
        protocol.escrow.concede(filed, sender=work.annotator)
        protocol.settle(filed)
    else:
        protocol.travel(RESPONSE_PERIOD - 1)
        with reverts("challenges: response is open"):
            protocol.settle(filed)
        protocol.travel(1)
        protocol.settle(filed)
    assert challenge(protocol, filed).state == ChallengeState.SETTLED


def test_settle__window_is_over__still_pays(protocol: Protocol, work: Work) -> None:
    filed = protocol.challenge(work, [4])
    protocol.travel(300 * DAY)
    protocol.settle(filed)
    protocol.escrow.claim(work.submission)
    assert task(protocol, work.task).accepted == 9
    protocol.assert_conserved()


# Errors


def test_settle__more_labels_than_can_count__proves_one_more_than_tolerated(protocol: Protocol, work: Work) -> None:
    """Of ten wrong labels two reject the submission, and only these are paid for."""
    filed = protocol.challenge(work, range(10))
    protocol.travel(RESPONSE_PERIOD)
    money = Money(bond(protocol, 10) + 2 * prize(protocol) + bonus(protocol))
    split = rejection(protocol, FULL, 2, bonus(protocol))
    check_settled(protocol, work, filed, Outcome.UNANSWERED, money, proven=2, rejected=split)
    assert protocol.escrow.wrong(work.submission, 0) == 0b11


def test_settle__conceded_up_to_rejection__pays_for_each(protocol: Protocol, work: Work) -> None:
    filed = protocol.challenge(work, [3, 8])
    protocol.escrow.concede(filed, sender=work.annotator)
    money = Money(bond(protocol, 2) + 2 * prize(protocol) + bonus(protocol))
    split = rejection(protocol, FULL, 2, bonus(protocol))
    check_settled(protocol, work, filed, Outcome.CONCEDED, money, proven=2, rejected=split)
    assert protocol.escrow.wrong(work.submission, 0) == 1 << 3 | 1 << 8


def test_settle__label_proven_wrong_before__is_not_counted_again(protocol: Protocol, work: Work) -> None:
    first, second = protocol.challenge(work, [4]), protocol.challenge(work, [4])
    protocol.travel(RESPONSE_PERIOD)
    money = Money(bond(protocol, 1) + prize(protocol))
    check_settled(protocol, work, first, Outcome.UNANSWERED, money, proven=1)
    check_settled(protocol, work, second, Outcome.UNANSWERED, Money(bond(protocol, 1)), proven=0)
    assert submission(protocol, work.submission).errors == 1


def test_settle__some_labels_proven_wrong_before__counts_the_others(protocol: Protocol, work: Work) -> None:
    first, second = protocol.challenge(work, [4]), protocol.challenge(work, [2, 4, 6])
    protocol.travel(RESPONSE_PERIOD)
    protocol.settle(first)
    money = Money(bond(protocol, 3) + prize(protocol) + bonus(protocol))
    split = rejection(protocol, FULL, 2, bonus(protocol))
    check_settled(protocol, work, second, Outcome.UNANSWERED, money, proven=1, rejected=split)
    assert protocol.escrow.wrong(work.submission, 0) == 1 << 2 | 1 << 4


@pytest.mark.parametrize(("tolerance_bps", "tolerated"), [(0, 0), (999, 0), (5000, 5), (8000, 8)])
def test_settle__any_tolerance__rejects_past_it(protocol: Protocol, tolerance_bps: int, tolerated: int) -> None:
    work = protocol.delivered(**odd_terms(protocol, tolerance_bps=tolerance_bps))
    if tolerated:
        within = protocol.challenge(work, range(tolerated))
        protocol.travel(RESPONSE_PERIOD)
        money = Money(9 * protocol.unit + tolerated * prize(protocol))
        check_settled(protocol, work, within, Outcome.UNANSWERED, money, proven=tolerated)
    past = protocol.challenge(work, range(tolerated, 10))
    protocol.travel(RESPONSE_PERIOD)
    money = Money(9 * protocol.unit + prize(protocol) + bonus(protocol))
    split = rejection(protocol, FULL, tolerated + 1, bonus(protocol))
    check_settled(protocol, work, past, Outcome.UNANSWERED, money, proven=1, rejected=split)


def test_settle__labels_of_a_large_batch__are_marked_in_their_words(protocol: Protocol) -> None:
    work = protocol.delivered(items=600, batch_size=300, redundancy=1)
    other = protocol.take(work.task, 1)
    protocol.publish(other)
    filed = protocol.challenge(other, [300, 555, 556, 599])
    protocol.travel(RESPONSE_PERIOD)
    protocol.settle(filed)
    assert protocol.escrow.wrong(other.submission, 0) == 1 << 0 | 1 << 255
    assert protocol.escrow.wrong(other.submission, 1) == 1 << 0 | 1 << 43
    assert protocol.escrow.wrong(work.submission, 0) == 0
    protocol.assert_conserved()


# After a rejection


def reject(protocol: Protocol, work: Work, filed: int) -> None:
    protocol.escrow.concede(filed, sender=work.annotator)
    protocol.settle(filed)


@pytest.mark.parametrize("state", ["filed", "conceded"])
def test_settle__rejected_and_undefended__returns_the_bond_at_once(protocol: Protocol, work: Work, state: str) -> None:
    first, second = protocol.challenge(work, [3, 4]), protocol.challenge(work, [5])
    if state == "conceded":
        protocol.escrow.concede(second, sender=work.annotator)
    reject(protocol, work, first)
    check_settled(protocol, work, second, Outcome.VOID, Money(bond(protocol, 1)))


def rejected_with_a_defended(protocol: Protocol, work: Work) -> int:
    """A defended challenge of a submission that an earlier one rejects."""
    first, second = protocol.challenge(work, [3, 4]), protocol.challenge(work, [5])
    protocol.travel(RESPONSE_PERIOD // 2)
    protocol.defend(second, protocol.account())
    reject(protocol, work, first)
    return second


def test_settle__rejected_and_ruled_wrong__returns_the_bond(protocol: Protocol, work: Work) -> None:
    filed = rejected_with_a_defended(protocol, work)
    with reverts("challenges: awaiting a ruling"):
        protocol.settle(filed)
    protocol.rule(filed, 1)
    check_settled(protocol, work, filed, Outcome.WRONG, Money(bond(protocol, 1)))


def test_settle__rejected_and_ruled_not_wrong__splits_the_bond(protocol: Protocol, work: Work) -> None:
    filed = rejected_with_a_defended(protocol, work)
    protocol.rule(filed, 2)
    half = (bond(protocol, 1) - cost(protocol)) // 2
    check_settled(protocol, work, filed, Outcome.NOT_WRONG, Money(0, 0, half, cost(protocol) + half))


def test_settle__rejected_and_undecided__takes_half_the_fee(protocol: Protocol, work: Work) -> None:
    filed = rejected_with_a_defended(protocol, work)
    protocol.travel(ARBITRATION_TIMEOUT)
    half = cost(protocol) // 2
    check_settled(protocol, work, filed, Outcome.UNDECIDED, Money(bond(protocol, 1) - half, defender=half))


def test_settle__rejected_and_not_heard__returns_the_bond(protocol: Protocol, work: Work) -> None:
    filed = rejected_with_a_defended(protocol, work)
    protocol.rule(filed, NOT_HEARD)
    check_settled(protocol, work, filed, Outcome.NOT_HEARD, Money(bond(protocol, 1)))


# Order and refusals


def test_settle__an_earlier_challenge_is_open__is_refused(protocol: Protocol, work: Work) -> None:
    first, second = protocol.challenge(work, [4]), protocol.challenge(work, [4])
    protocol.escrow.concede(second, sender=work.annotator)
    with reverts("challenges: not its turn"):
        protocol.settle(second)
    protocol.escrow.concede(first, sender=work.annotator)
    protocol.settle(first)
    protocol.settle(second)
    assert challenge(protocol, second).state == ChallengeState.SETTLED


def test_settle__an_earlier_one_of_availability_is_open__is_refused(protocol: Protocol, work: Work) -> None:
    asked, filed = protocol.challenge_availability(work, [4]), protocol.challenge(work, [4])
    protocol.escrow.concede(filed, sender=work.annotator)
    with reverts("challenges: not its turn"):
        protocol.settle(filed)
    protocol.answer(work, asked, 4)
    protocol.settle(asked)
    protocol.settle(filed)
    assert submission(protocol, work.submission).errors == 1


@pytest.mark.parametrize("state", ["conceded", "ruled", "rejecting"])
def test_settle__twice__is_refused(protocol: Protocol, work: Work, state: str) -> None:
    filed = protocol.challenge(work, [1, 2] if state == "rejecting" else [1])
    if state == "ruled":
        protocol.defend(filed)
        protocol.rule(filed, 2)
    else:
        protocol.escrow.concede(filed, sender=work.annotator)
    protocol.settle(filed)
    with reverts("challenges: not its turn"):
        protocol.settle(filed)


@pytest.mark.parametrize("indices", [[], [4], [4, 6], [4, 5, 6], [5, 4], [MAX], list(range(32))], ids=str)
def test_settle__other_labels_than_challenged__are_refused(protocol: Protocol, work: Work, indices: list[int]) -> None:
    filed = protocol.challenge(work, [4, 5])
    protocol.escrow.concede(filed, sender=work.annotator)
    with reverts("challenges: other items"):
        protocol.escrow.settle(filed, indices)


@pytest.mark.parametrize("unknown", UNKNOWN_CHALLENGES)
def test_settle__unknown_challenge__is_refused(protocol: Protocol, unknown: int) -> None:
    with reverts("challenges: no such challenge"):
        protocol.escrow.settle(unknown, [0])


# Who is who


def test_settle__one_account_in_every_role__gets_the_sum(protocol: Protocol, work: Work) -> None:
    filed = protocol.challenge(work, [4], work.annotator)
    protocol.defend(filed, work.annotator)
    protocol.rule(filed, 2)
    with protocol.gains(work.annotator) as gained:
        protocol.settle(filed)
    rest = bond(protocol, 1) - cost(protocol)
    assert gained == [cost(protocol) + 2 * (rest // 2)]
    protocol.assert_conserved()


def test_settle__requester_is_the_challenger__gets_the_prize_alone(protocol: Protocol, work: Work) -> None:
    filed = protocol.challenge(work, [4], protocol.requester)
    protocol.travel(RESPONSE_PERIOD)
    with protocol.gains(protocol.requester) as gained:
        protocol.settle(filed)
    assert gained == [bond(protocol, 1) + prize(protocol)]
    protocol.assert_conserved()


@pytest.mark.parametrize("period", [HOUR, HOUR + 1, 90 * DAY])
def test_settle__shortest_and_longest_response_period__end_exactly(protocol: Protocol, period: int) -> None:
    terms = odd_terms(protocol, response_period=period, challenge_period=max(period, DAY))
    work = protocol.delivered(**terms)
    filed = protocol.challenge(work, [4])
    protocol.travel(period - 1)
    with reverts("challenges: response is open"):
        protocol.settle(filed)
    protocol.travel(1)
    protocol.settle(filed)
    assert challenge(protocol, filed).state == ChallengeState.SETTLED
