"""Challenges are counted by where they stand: none is settled twice or passed over, and each pays whoever it owes."""

import re
from random import Random

import pytest

from goldleaf.ids import challenge_id
from goldleaf.types import NOT_HEARD, ZERO_ADDRESS, SubmissionState
from tests.chains import CONTRACTS
from tests.protocol import DAY, MAX_DEPOSIT, Protocol, reverts

RULINGS = [0, 1, 2, NOT_HEARD]


@pytest.fixture(scope="module")
def protocol() -> Protocol:
    return Protocol()


def mixed(protocol: Protocol, **overrides: int) -> tuple[int, list[int]]:
    """A submission with five challenges that can be settled: conceded, answered, ruled against, answered, open."""
    work = protocol.delivered(redundancy=1, **overrides)
    challenges = [
        protocol.challenge(work, [0]),
        protocol.challenge_availability(work, [1]),
        protocol.challenge(work, [2]),
        protocol.challenge_availability(work, [3]),
        protocol.challenge(work, [4]),
    ]
    protocol.escrow.concede(challenges[0], sender=work.annotator)
    protocol.answer(work, challenges[1], 1)
    protocol.defend(challenges[2])
    protocol.rule(challenges[2], 2)
    protocol.answer(work, challenges[3], 3)
    protocol.pass_window(work)
    return work.submission, challenges


def test_settling_out_of_turn_or_twice__of_both_kinds__pays_nothing(protocol):
    """Until the last of them is settled nothing is claimed, and at every step they are counted right."""
    submission, challenges = mixed(protocol, tolerance_bps=8000)
    everyone = [*protocol.accounts]
    for turn, challenge in enumerate(challenges):
        assert protocol.lens.submission(submission).settled == turn
        with protocol.gains(*everyone) as gained:
            for other in challenges:
                if other != challenge:
                    with reverts("challenges: not its turn"):
                        protocol.settle(other)
            others = [other for other in reversed(challenges) if other != challenge]
            assert protocol.escrow.settle_many(others, [protocol.indices[other] for other in others]) == 0
            with reverts("submissions: challenges pending"):
                protocol.escrow.claim(submission)
            assert protocol.escrow.claim_many([submission]) == 0
        assert not any(gained)
        protocol.settle(challenge)
        protocol.assert_conserved()
    state = protocol.lens.submission(submission)
    assert (state.filed, state.settled, state.errors) == (5, 5, 2)
    with reverts("challenges: not its turn"):
        protocol.settle(challenges[-1])
    assert protocol.escrow.claim_many([submission, submission]) == 1
    assert (protocol.lens.submission(submission).filed, protocol.lens.submission(submission).settled) == (5, 5)
    protocol.assert_conserved()


def test_settling_out_of_turn_or_twice__after_a_rejection__pays_nothing(protocol):
    """The first of them rejects: the others still wait for each other, and none is claimed."""
    submission, challenges = mixed(protocol, tolerance_bps=0)
    for turn, challenge in enumerate(challenges):
        with reverts("challenges: not its turn"):
            protocol.settle(challenges[turn - 1])
        protocol.settle(challenge)
        state = protocol.lens.submission(submission)
        assert (state.state, state.filed, state.settled) == (SubmissionState.REJECTED, 5, turn + 1)
        with reverts("submissions: not published"):
            protocol.escrow.claim(submission)
        protocol.assert_conserved()


@pytest.mark.parametrize("ruling", RULINGS)
@pytest.mark.parametrize("role", ["annotator", "challenger", "stranger"])
def test_defending__in_any_role__pays_whoever_has_paid_the_fee(protocol, role, ruling):
    """The annotator is not stored as the defender: nobody gets what is owed to another defender, nor the other way."""
    work = protocol.delivered(redundancy=1)
    reward = protocol.parameters_of(work.task).reward
    people = {"annotator": work.annotator, "challenger": protocol.account(), "stranger": protocol.account()}
    for account in people.values():
        protocol.fund(account, 100 * protocol.unit)
    fee = protocol.arbitrator.arbitration_cost()
    bond = protocol.bond(work, 1) + fee
    accounts = list(people.values())
    with protocol.gains(*accounts) as gained:
        challenge = protocol.challenge(work, [0], people["challenger"], bond)
        assert protocol.lens.challenge(challenge).defender == ZERO_ADDRESS
        protocol.travel(DAY)
        protocol.defend(challenge, people[role])
        before = protocol.lens.challenge(challenge)
        protocol.rule(challenge, ruling)
        protocol.settle(challenge)
    expected = dict.fromkeys(people, 0)
    expected["challenger"] -= bond
    expected[role] -= fee
    if ruling == 2:
        rest = bond - fee
        premium = min(rest // 2, max(fee, reward // 4))
        expected[role] += fee + premium
        expected["annotator"] += rest - premium
    elif ruling == 0:
        expected[role] += fee // 2
        expected["challenger"] += bond - fee // 2
    else:
        expected["challenger"] += bond + (reward // 4 if ruling == 1 else 0)
    assert gained == list(expected.values())
    # What was not heard is paid back by the arbitrator, to the same account.
    assert protocol.token.balanceOf(people[role]) == (fee if ruling == NOT_HEARD else 0)
    for state in (before, protocol.lens.challenge(challenge)):
        assert (state.defender, state.bond, state.fee) == (people[role], bond, fee)
    protocol.assert_conserved()


@pytest.mark.parametrize("ruling", RULINGS)
def test_huge_inputs__the_dearest_defence_of_a_huge_bond__spills_into_no_other_field(ruling):
    """A fee of 94 bits beside a bond of 130: both come back to the unit."""
    protocol = Protocol()
    work = protocol.delivered(redundancy=1)
    bond, cost = 4 * MAX_DEPOSIT + 3, 2**94
    challenger = protocol.account()
    challenge = protocol.challenge(work, [0], challenger, bond)
    protocol.arbitrator.set_cost(cost)
    protocol.defend(challenge)
    state = protocol.lens.challenge(challenge)
    assert (state.bond, state.fee, state.defender) == (bond, cost, work.annotator)
    protocol.rule(challenge, ruling)
    with protocol.gains(challenger, work.annotator) as gained:
        protocol.settle(challenge)
    prize = protocol.parameters_of(work.task).reward // 4
    assert (
        gained
        == {
            0: [bond - cost // 2, cost // 2],
            1: [bond + prize, 0],
            2: [0, bond],
            NOT_HEARD: [bond, 0],
        }[ruling]
    )
    protocol.assert_conserved()


def test_marking_one_label_twice__across_words_of_the_bitmap__counts_it_once(protocol):
    """Lists that span words, in part known: each new label is one error, and the last list ends where it rejects."""
    size, random = 1024, Random(7)
    lists = [sorted(random.sample(range(first, first + 512), 32)) for first in (0, 0, 256, 512, 480)]
    lists[1] = sorted({*lists[0][::2], *lists[1][:8], 255, 256, 511})[:32]
    lists[4] = sorted({*lists[3][:20], *range(1012, 1024)})
    distinct = len({item for items in lists for item in items})
    tolerated = distinct - 6
    work = protocol.delivered(
        items=size,
        batch_size=size,
        redundancy=1,
        tolerance_bps=-(-tolerated * 10_000 // size),
        reward=protocol.unit // 100,
    )
    prize = protocol.parameters_of(work.task).reward // 4
    challenger = protocol.account(free=10_000 * protocol.unit)
    known: set[int] = set()
    challenges = [protocol.challenge(work, items, challenger) for items in lists]
    for challenge in challenges:
        protocol.escrow.concede(challenge, sender=work.annotator)
    for challenge, items in zip(challenges, lists, strict=True):
        new = [item for item in items if item not in known]
        counted = new[: tolerated + 1 - len(known)]
        known.update(counted)
        with protocol.gains(challenger) as gained:
            protocol.settle(challenge)
        state = protocol.lens.submission(work.submission)
        assert state.errors == len(known)
        marked = [protocol.escrow.wrong(work.submission, word) for word in range(size // 256)]
        assert marked == [sum(1 << item % 256 for item in known if item // 256 == word) for word in range(size // 256)]
        rejects = len(known) > tolerated
        bond = protocol.bond(work, len(items))
        assert gained == [bond + len(counted) * prize + rejects * min(size * protocol.unit // 4, 2 * bond)]
        assert state.state == (SubmissionState.REJECTED if rejects else SubmissionState.PUBLISHED)
    assert rejects
    protocol.assert_conserved()


@pytest.mark.parametrize("items", [[1, 0], [0, 0], [0, 2, 1], [9, 10], [0, 2**256 - 1], [2**64, 2**64 + 1]])
def test_marking_one_label_twice__by_a_list_out_of_order_or_place__is_not_filed(protocol, items):
    """A word of marks is written when the next begins, so a list that came back to one could lose some."""
    work = protocol.delivered(redundancy=1)
    with reverts("challenges: foreign or unsorted"):
        protocol.challenge(work, items, bond=100 * protocol.unit)
    assert protocol.lens.submission(work.submission).filed == 0


def test_strange_ids__of_challenges_that_nobody_filed__are_empty(protocol):
    """Neither the next number, nor one that shares low bits with a challenge, has anything of it."""
    submission, challenges = mixed(protocol, tolerance_bps=8000)
    last = challenges[-1]
    for strange in (last + 1, last + 2**34, last + 2**64, last | 2**192, last | 2**255, submission, 0):
        found = protocol.lens.challenge(strange)
        assert (found.challenger, found.defender, found.bond, found.fee) == (ZERO_ADDRESS, ZERO_ADDRESS, 0, 0)
        with reverts("challenges: no such challenge"):
            protocol.escrow.settle(strange, protocol.indices[last])
    for strange in (submission | 2**192, submission | 2**255):
        with reverts("tasks: no such task"):
            protocol.lens.submission(strange)
    beside = protocol.lens.submission(submission + 1)
    assert (beside.annotator, beside.filed, beside.settled) == (ZERO_ADDRESS, 0, 0)
    assert challenge_id(submission, 4) == last


def test_filing_until_the_count_is_full__takes_more_than_the_gas_of_any_window():
    """From 0 again, a claim would pass over all that pend. Each challenge stores two new words, for 22,100 gas each."""
    picture = (CONTRACTS / "modules" / "escrow" / "packing.vy").read_text()
    found = re.search(r"\| filed (\d+) \|", picture)
    assert found
    longest_window = 90 * DAY
    fastest_chain = 10**9  # gas a second
    assert 2 ** int(found[1]) * 2 * 22_100 > longest_window * fastest_chain
