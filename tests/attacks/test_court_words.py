"""Fields that share a word in the court: a seat's number, a payer, the votes under appeal, the arbitrable."""

from itertools import cycle
from typing import Any

import boa
import pytest
from eth_utils import to_checksum_address

from goldleaf.types import NOT_HEARD, ZERO_ADDRESS, Phase
from tests.chains import Address, InProcessChain, deployer
from tests.protocol import DAY, EVIDENCE, Jury
from tests.unit.court.helpers import ARBITRABLE, REFUND_TO, create_dispute, free, hold_round

MAX_SEAT = 2**28 - 1
NOT_REVEALED = 2**256 - 1


@pytest.fixture(scope="module")
def token() -> Any:
    return InProcessChain().deploy("mocks/TokenMock", 6)


def open_seats_before(jury: Jury, count: int) -> None:
    """As if so many seats had been opened and closed, which takes decades."""
    layout = deployer("Court").compiler_data.storage_layout["storage_layout"]
    boa.env.set_storage(jury.court.address, layout["seats"]["seat_counts"]["slot"], count)


def with_tag(tag: int, count: int, first: int) -> list[Address]:
    """Accounts whose addresses end alike."""
    return [to_checksum_address(f"0x{16 * (first + number) + tag:040x}") for number in range(count)]


def settle_all(jury: Jury, dispute: int) -> None:
    for _ in range(jury.court.dispute(dispute).round + 1):
        jury.court.settle(dispute)


def owed(jury: Jury, accounts: set[Address]) -> int:
    """Free balances, what seats hold, and what waits for the next round."""
    seats = range(MAX_SEAT - 40, MAX_SEAT + 1)
    held = sum(jury.court.seat(seat).reserves for seat in seats) * jury.court.seat_penalty()
    return int(sum(free(jury, account) for account in accounts) + held + jury.court.carried())


@pytest.mark.parametrize("tags", [(0, 0), (15, 0)])
def test_seats_with_the_last_numbers__through_all_rounds__vote_and_are_paid(token: Any, tags: tuple[int, int]) -> None:
    """Numbers that fill their field, of holders whose addresses end alike: each vote counts once."""
    jury = Jury(token, juror_fee=1, max_seats=40, max_seats_per_holder=2)
    open_seats_before(jury, MAX_SEAT - 17)
    held = int(token.balanceOf(jury.court))
    first = 2**20 if tags[0] else 2**21
    holders = with_tag(tags[0], 9, first) + with_tag(tags[1], 8, first + 100)
    for holder in holders:
        jury.join(1, holder)
    with boa.reverts():
        jury.join(1, with_tag(3, 1, first)[0])
    jury.chain.travel(jury.parameters.join_delay)
    for seat in range(MAX_SEAT - 16, MAX_SEAT + 1):
        jury.court.ready(seat)
    assert jury.court.seat(MAX_SEAT).holder == holders[-1]

    dispute = create_dispute(jury)
    payers, panels = [to_checksum_address(REFUND_TO)], []
    for size, choices in ((3, [1, 2, 1]), (7, [2, 2, 1]), (15, [1, 1, 2, 1])):
        if panels:
            payers.append(jury.appeal(dispute))
        votes = [vote for vote, _ in zip(cycle(choices), range(size), strict=False)]
        panels.append((hold_round(jury, dispute, list(votes)), votes))
        for number, (panel, cast) in enumerate(panels):
            found = jury.court.round(dispute, number)
            assert found.payer == payers[number]
            assert [jury.court.seat(seat).holder for seat in found.seats] == panel
            assert list(found.votes) == cast
            assert len(set(panel)) == len(panel)
        assert jury.court.ruling(dispute) == choices[0]
    settle_all(jury, dispute)
    # The first appeal was wrong in the end, the second right.
    assert [free(jury, payer) for payer in payers] == [0, 0, 15]
    everyone = {*holders, *payers, ARBITRABLE, with_tag(3, 1, first)[0]}
    assert token.balanceOf(jury.court) - held == owed(jury, everyone)


def test_an_appeal_of_an_appeal__dropped_after_the_votes_were_moved__leaves_both_rulings_and_payers(token: Any) -> None:
    """While it waits, and once it is dropped, each round has its own votes: the first appeal is right and paid back."""
    jury = Jury(token, juror_fee=1)
    jury.seat(9)
    dispute = create_dispute(jury)
    first = hold_round(jury, dispute, [1, 2, 1])
    right = jury.appeal(dispute)
    assert (jury.court.ruling(dispute), list(jury.court.round(dispute, 0).votes)) == (1, [1, 2, 1])
    second = hold_round(jury, dispute, [2, 2, None, 1, 2, 2, 0])
    votes = [2, 2, NOT_REVEALED, 1, 2, 2, 0]
    wrong = jury.appeal(dispute)

    def check(phase: Phase) -> None:
        state = jury.court.dispute(dispute)
        assert (state.phase, state.ruling) == (phase, 2)
        assert list(jury.court.round(dispute, 0).votes) == [1, 2, 1]
        assert list(jury.court.round(dispute, 1).votes) == votes
        assert [jury.court.round(dispute, number).payer for number in (0, 1)] == [to_checksum_address(REFUND_TO), right]

    check(Phase.WAITING)
    assert (jury.court.round(dispute, 2).payer, list(jury.court.round(dispute, 2).seats)) == (wrong, [])
    jury.chain.travel(jury.parameters.draw_timeout)
    jury.court.drop(dispute)
    check(Phase.FINAL)
    assert jury.court.round(dispute, 2).payer == ZERO_ADDRESS
    assert (free(jury, right), free(jury, wrong)) == (0, 15)
    settle_all(jury, dispute)
    check(Phase.FINAL)
    assert (free(jury, right), free(jury, wrong), free(jury, REFUND_TO)) == (7, 15, 0)
    everyone = {*first, *second, right, wrong, REFUND_TO}
    seats = sum(jury.court.seat(seat).reserves for seat in range(1, 10)) * 4
    assert token.balanceOf(jury.court) == sum(free(jury, each) for each in everyone) + seats + jury.court.carried()


def test_a_silent_jury__of_the_first_round_alone__pays_back_whoever_was_named(token: Any) -> None:
    """Who is paid back stands beside the panel, and an address of ones beside it spills into no seat."""
    jury = Jury(token, juror_fee=1)
    jury.seat(3)
    last = to_checksum_address("0x" + "ff" * 20)
    token.mint(ARBITRABLE, 3)
    token.approve(jury.court, 3, sender=ARBITRABLE)
    dispute = jury.court.create_dispute(254, EVIDENCE, last, sender=ARBITRABLE)
    assert jury.court.round(dispute, 0).payer == last
    assert list(jury.court.round(dispute, 0).seats) == []
    jury.draw(dispute)
    assert jury.court.round(dispute, 0).payer == last
    assert sorted(jury.court.round(dispute, 0).seats) == [1, 2, 3]
    jury.chain.travel(3 * DAY)
    assert jury.court.ruling(dispute) == NOT_HEARD
    jury.court.settle(dispute)
    assert (free(jury, last), jury.court.carried()) == (3, 12)


@pytest.mark.parametrize("later", [None, [1, 1, 2, 1, None, 2, 1]])
def test_a_silent_jury__then_an_appeal_that_is_heard_or_not__pays_each_payer_back_once(
    token: Any, later: list[int | None] | None
) -> None:
    """No votes beside the appeal's payer are silence, as they were in the first round: no vote of a later one."""
    jury = Jury(token, juror_fee=1)
    jury.seat(7 if later else 6)
    before = free(jury, REFUND_TO)
    dispute = create_dispute(jury)
    hold_round(jury, dispute, [None] * 3)
    payer = jury.appeal(dispute)
    assert (jury.court.ruling(dispute), list(jury.court.round(dispute, 0).votes)) == (0, [NOT_REVEALED] * 3)
    if later:
        hold_round(jury, dispute, later)
        jury.pass_phase(dispute)
    else:
        jury.chain.travel(jury.parameters.draw_timeout)
        jury.court.drop(dispute)
    assert list(jury.court.round(dispute, 0).votes) == [NOT_REVEALED] * 3
    assert jury.court.ruling(dispute) == (1 if later else NOT_HEARD)
    settle_all(jury, dispute)
    # Heard, the appeal was right, and the first round's pot pays for it; not heard, both fees go back.
    assert (free(jury, payer), free(jury, REFUND_TO) - before) == (7, 0 if later else 3)
    assert jury.court.carried() == (0 if later else 12)


def test_many_arbitrables__in_turns__are_each_told_their_own_rulings(token: Any) -> None:
    """They are numbered as they first come, and no number is another's, nor an unknown dispute's."""
    jury = Jury(token, juror_fee=1, draw_timeout=30 * DAY)
    jury.seat(3)
    arbitrables = [jury.chain.deploy("mocks/ArbitrableMock", jury.court) for _ in range(3)]
    disputes = []
    for turn, arbitrable in enumerate([*arbitrables, *arbitrables[::-1]]):
        token.mint(arbitrable, 3)
        dispute = arbitrable.create_dispute(3, EVIDENCE, REFUND_TO)
        disputes.append((dispute or turn + 1, arbitrable))
    for dispute, arbitrable in disputes:
        assert jury.court.dispute(dispute).arbitrable == arbitrable.address
    assert jury.court.dispute(0).arbitrable == jury.court.dispute(len(disputes) + 1).arbitrable == ZERO_ADDRESS
    for dispute, arbitrable in disputes:
        choice = dispute % 4
        hold_round(jury, dispute, [choice] * 3)
        assert jury.court.dispute(dispute).arbitrable == arbitrable.address
        jury.finish(dispute)
        assert (arbitrable.dispute(), arbitrable.ruling()) == (dispute, choice)
    assert [arbitrable.times() for arbitrable in arbitrables] == [2, 2, 2]
