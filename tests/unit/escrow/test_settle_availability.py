"""settle(challenge, indices), of challenges of availability"""

from dataclasses import replace

import pytest

from goldleaf.types import ChallengeState, Outcome, SubmissionState
from tests.protocol import SINK, Protocol, Work, reverts
from tests.unit.escrow.helpers import (
    CHALLENGE_PERIOD,
    FULL,
    LAST,
    RESPONSE_PERIOD,
    UNKNOWN_CHALLENGES,
    availability_bond,
    availability_bonus,
    both_decimals,
    challenge,
    log,
    odd_terms,
    rejection,
    submission,
    task,
)


def check_settled(
    protocol: Protocol,
    work: Work,
    filed: int,
    outcome: Outcome,
    to_challenger: int,
    to_sink: int = 0,
    rejected: tuple[int, int] | None = None,
) -> None:
    """Settles by a stranger, and holds every effect against what is expected.

    `rejected` is what the sink and the requester get by a rejection.
    """
    before, submitted, opened = (
        challenge(protocol, filed),
        submission(protocol, work.submission),
        task(protocol, work.task),
    )
    with protocol.gains(before.challenger, SINK, protocol.requester, work.annotator) as gained:
        protocol.escrow.settle(filed, protocol.indices[filed], sender=protocol.account())
        events = log(protocol)
    others = dict.fromkeys(["proven", "to_annotator", "to_defender"], 0)
    expected = [
        (
            "Settled",
            {"challenge": filed, "outcome": outcome, "to_challenger": to_challenger, "to_sink": to_sink} | others,
        )
    ]
    state, live, delivered = submitted.state, opened.live, opened.delivered
    lost, returned = rejected or (0, 0)
    if rejected:
        fields = {"submission": work.submission, "annotator": work.annotator, "to_sink": lost, "to_requester": returned}
        expected.insert(0, ("Rejected", fields))
        state, live, delivered = SubmissionState.REJECTED, live - 1, delivered + submitted.labels
    assert events == expected
    assert gained == [to_challenger, to_sink + lost, returned, 0]
    assert challenge(protocol, filed) == replace(before, state=ChallengeState.SETTLED)
    assert submission(protocol, work.submission) == replace(submitted, state=state, settled=submitted.settled + 1)
    assert task(protocol, work.task) == replace(opened, live=live, delivered=delivered)
    protocol.assert_conserved()


@pytest.mark.parametrize("wait", [0, CHALLENGE_PERIOD])
def test_settle_availability__answered__gives_the_bond_to_the_sink(protocol: Protocol, work: Work, wait: int) -> None:
    filed = protocol.challenge_availability(work, [3])
    protocol.answer(work, filed, 3)
    protocol.travel(wait)
    check_settled(protocol, work, filed, Outcome.ANSWERED, 0, availability_bond(protocol))


@both_decimals
@pytest.mark.parametrize(("slot", "labels"), [(0, FULL), (1, LAST)])
def test_settle_availability__unanswered__rejects_the_submission(
    protocol: Protocol, work: Work, last: Work, slot: int, labels: int
) -> None:
    work = [work, last][slot]
    filed = protocol.challenge_availability(work, [work.labels.items[3]])
    protocol.travel(CHALLENGE_PERIOD // 4 - 1)
    with reverts("challenges: answer is open"):
        protocol.settle(filed)
    protocol.travel(1)
    extra = availability_bonus(protocol, labels)
    split = rejection(protocol, labels, 0, extra)
    check_settled(protocol, work, filed, Outcome.UNANSWERED, availability_bond(protocol) + extra, rejected=split)


def test_settle_availability__unanswered__pays_four_bonds(protocol: Protocol, work: Work) -> None:
    """In figures: a stake of 10.00003, a bond of 0.100007, and pay of 0.50001, all of which is lost."""
    filed = protocol.challenge_availability(work, [3])
    protocol.travel(CHALLENGE_PERIOD // 4)
    split = 10_000_030 - 400_028 + 500_010, 0
    check_settled(protocol, work, filed, Outcome.UNANSWERED, 100_007 + 400_028, rejected=split)


def test_settle_availability__unanswered_with_a_high_bond__pays_a_sixteenth_of_the_stake(protocol: Protocol) -> None:
    work = protocol.delivered(**odd_terms(protocol, availability_bond=200_000))
    filed = protocol.challenge_availability(work, [3])
    protocol.travel(CHALLENGE_PERIOD // 4)
    split = 10_000_030 - 625_001 + 500_010, 0
    check_settled(protocol, work, filed, Outcome.UNANSWERED, 200_000 + 625_001, rejected=split)


def test_settle_availability__unanswered_after_an_error__takes_what_is_left(protocol: Protocol, work: Work) -> None:
    challenge, asked = protocol.challenge(work, [3]), protocol.challenge_availability(work, [4])
    protocol.travel(RESPONSE_PERIOD)
    protocol.settle(challenge)
    extra = availability_bonus(protocol)
    split = rejection(protocol, FULL, 1, extra)
    check_settled(protocol, work, asked, Outcome.UNANSWERED, availability_bond(protocol) + extra, rejected=split)


def test_settle_availability__rejected_and_unanswered__returns_the_bond_at_once(protocol: Protocol, work: Work) -> None:
    challenge, asked = protocol.challenge(work, [3, 4]), protocol.challenge_availability(work, [4])
    protocol.escrow.concede(challenge, sender=work.annotator)
    protocol.settle(challenge)
    check_settled(protocol, work, asked, Outcome.VOID, availability_bond(protocol))


def test_settle_availability__rejected_by_another__returns_the_bond(protocol: Protocol, work: Work) -> None:
    first, second = protocol.challenge_availability(work, [3]), protocol.challenge_availability(work, [3])
    protocol.travel(CHALLENGE_PERIOD // 4)
    protocol.settle(first)
    check_settled(protocol, work, second, Outcome.VOID, availability_bond(protocol))


def test_settle_availability__rejected_and_answered__returns_the_bond(protocol: Protocol, work: Work) -> None:
    challenge, asked = protocol.challenge(work, [3, 4]), protocol.challenge_availability(work, [4])
    protocol.answer(work, asked, 4)
    protocol.escrow.concede(challenge, sender=work.annotator)
    protocol.settle(challenge)
    check_settled(protocol, work, asked, Outcome.VOID, availability_bond(protocol))


def test_settle_availability__an_earlier_challenge_is_open__is_refused(protocol: Protocol, work: Work) -> None:
    protocol.challenge(work, [3])
    asked = protocol.challenge_availability(work, [4])
    protocol.answer(work, asked, 4)
    with reverts("challenges: not its turn"):
        protocol.settle(asked)


@pytest.mark.parametrize("answered", [False, True])
def test_settle_availability__twice__is_refused(protocol: Protocol, work: Work, answered: bool) -> None:
    filed = protocol.challenge_availability(work, [3])
    if answered:
        protocol.answer(work, filed, 3)
    protocol.travel(CHALLENGE_PERIOD)
    protocol.settle(filed)
    with reverts("challenges: not its turn"):
        protocol.settle(filed)


@pytest.mark.parametrize("items", [[], [3], [3, 5], [4, 3], [3, 4, 5]])
def test_settle_availability__other_items__are_refused(protocol: Protocol, work: Work, items: list[int]) -> None:
    filed = protocol.challenge_availability(work, [3, 4])
    protocol.travel(CHALLENGE_PERIOD)
    with reverts("challenges: other items"):
        protocol.escrow.settle(filed, items)


@pytest.mark.parametrize("answered", [(), (3,), (3, 4), (4, 5)])
def test_settle_availability__not_all_shown__rejects_the_submission(
    protocol: Protocol, work: Work, answered: tuple[int, ...]
) -> None:
    filed = protocol.challenge_availability(work, [3, 4, 5])
    for item in answered:
        protocol.answer(work, filed, item)
    protocol.travel(CHALLENGE_PERIOD // 4 - 1)
    with reverts("challenges: answer is open"):
        protocol.settle(filed)
    protocol.travel(1)
    extra = availability_bonus(protocol)
    split = rejection(protocol, FULL, 0, extra)
    check_settled(protocol, work, filed, Outcome.UNANSWERED, availability_bond(protocol) + extra, rejected=split)


def test_settle_availability__all_shown_in_several_calls__gives_the_bond_to_the_sink(
    protocol: Protocol, work: Work
) -> None:
    filed = protocol.challenge_availability(work, [3, 4, 5])
    for item in (5, 3, 4):
        protocol.answer(work, filed, item)
    check_settled(protocol, work, filed, Outcome.ANSWERED, 0, availability_bond(protocol))


def test_settle_availability__shown_to_another__counts_for_each(protocol: Protocol, work: Work) -> None:
    """Its author need not pay the gas of an answer for everybody who asks."""
    first, second = protocol.challenge_availability(work, [3]), protocol.challenge_availability(work, [3])
    protocol.answer(work, second, 3)
    for filed in (first, second):
        check_settled(protocol, work, filed, Outcome.ANSWERED, 0, availability_bond(protocol))


@pytest.mark.parametrize("unknown", UNKNOWN_CHALLENGES)
def test_settle_availability__unknown_challenge__is_refused(protocol: Protocol, unknown: int) -> None:
    with reverts("challenges: no such challenge"):
        protocol.escrow.settle(unknown, [3])
