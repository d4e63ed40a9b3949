"""What it costs to bend, farm or fill a court: the numbers of `scripts/court_costs.py`, played on the contract."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import count
from typing import Any

import boa
import pytest
from eth_utils import keccak

from goldleaf.types import Phase
from goldleaf_tools.rules.jury import PANELS, draw_panel
from scripts.court_costs import LIE, TRUTH, Round, chance, chosen, farmed, gain, majority
from tests.chains import Address, InProcessChain
from tests.protocol import Jury, reverts
from tests.unit.court.helpers import create_dispute, free, fund, go_to

# What a juror fee is in base units: the thirds, fifths and so on of a pot divide it.
FEE = 360_360
LISTED, OWN = 12, 6


@pytest.fixture(scope="module")
def randomness() -> Any:
    return InProcessChain().deploy("mocks/CourtRandomness")


@pytest.fixture(scope="module")
def jury(randomness: Any) -> Jury:
    """Twelve holders with one seat each; the first six are one person."""
    token = InProcessChain().deploy("mocks/TokenMock", 6)
    jury = Jury(token, juror_fee=FEE, randomness=randomness.address)
    jury.seat(LISTED)
    return jury


def owned(jury: Jury, account: Address) -> int:
    """Free balances of the account and of the first six holders, and what their seats are worth."""
    seats = [jury.court.seat(seat) for seat in range(1, OWN + 1)]
    worth = sum(seat.reserves for seat in seats) * jury.court.seat_penalty()
    return int(worth + free(jury, account) + sum(free(jury, seat.holder) for seat in seats))


def tried(jury: Jury, dispute: int, number: int, is_wanted: Callable[[list[int]], bool]) -> tuple[int, bytes]:
    """How many hashes it takes until the panel is as it is wanted, and the last of them."""
    listed = [jury.court.seat_at(place) for place in range(1, jury.court.listed_seats() + 1)]
    for tries in count(1):
        seed = keccak(b"hash %d" % tries)
        if is_wanted(draw_panel(seed, jury.court.address, dispute, number, listed)):
            return tries, seed
    raise AssertionError


def own(seats: Sequence[int]) -> int:
    return sum(seat <= OWN for seat in seats)


def play(jury: Jury, randomness: Any, rounds: Sequence[Round]) -> int:
    """What such a dispute leaves whoever brings it and has the first six seats, base units. Undone afterwards."""
    with boa.env.anchor():
        court, farmer, honest = jury.court, jury.chain.account(), jury.chain.account()
        fund(jury, farmer, sum(PANELS[n] * FEE for n, held in enumerate(rounds) if held.appealed_by_holder))
        before = owned(jury, farmer) + court.arbitration_cost()
        for number, held in enumerate(rounds):
            randomness.set_next_ticket(number + 1)
            if number == 0:
                dispute = create_dispute(jury, arbitrable=farmer)
            else:
                payer = farmer if held.appealed_by_holder else fund(jury, honest, court.appeal_cost(dispute))
                court.appeal(dispute, sender=payer)
            wanted = held.seats
            _, seed = tried(jury, dispute, number, lambda panel, wanted=wanted: own(panel) == wanted)
            randomness.set_seed(number + 1, seed)
            jury.draw(dispute)
            seats = court.round(dispute, number).seats
            choices = {seat: LIE if held.lies and seat <= OWN else TRUTH for seat in seats}
            jury.vote(dispute, {court.seat(seat).holder: choice for seat, choice in choices.items()})
        if not court.is_final(dispute):
            jury.pass_phase(dispute)
        for _ in rounds:
            court.settle(dispute)
        return owned(jury, farmer) - before


def test_farmed__half_of_a_small_court__is_the_mean_of_what_each_panel_leaves(jury: Jury, randomness: Any) -> None:
    """Six seats of twelve: each number of them that a panel can have, with true and false votes."""
    best = {}
    for seats in range(PANELS[0] + 1):
        panels = [Round(seats, lies) for lies in ((False, True) if seats else (False,))]
        left = [play(jury, randomness, [panel]) for panel in panels]
        assert left == [FEE * gain((panel,)) for panel in panels]
        best[seats] = max(left)
    mean = sum(chance(OWN, LISTED, PANELS[0], seats) * left for seats, left in best.items())
    assert mean == FEE * farmed(OWN, LISTED, appeals=False) == FEE * Fraction(6, 11)
    assert FEE * chosen() == max(best.values())


@pytest.mark.parametrize(
    "rounds",
    [
        (Round(2, True), Round(4, True)),
        (Round(2, True), Round(3, True)),
        (Round(3, True), Round(1, False)),
        (Round(1, False), Round(5, True, appealed_by_holder=True)),
        (Round(1, True), Round(3, True, appealed_by_holder=True)),
    ],
    ids=["both lost to lies", "second lie lost", "first lie given up", "truth appealed, won", "truth appealed, lost"],
)
def test_gain__after_an_appeal__is_what_the_contract_leaves(
    jury: Jury, randomness: Any, rounds: tuple[Round, ...]
) -> None:
    assert play(jury, randomness, rounds) == FEE * gain(rounds)


def test_farmed__half_of_a_court_without_end__is_three_eighths_of_a_fee() -> None:
    assert abs(farmed(500_000, 1_000_000, appeals=False) - Fraction(3, 8)) < Fraction(1, 10**5)


@pytest.mark.parametrize(("own", "size"), [(12, 3), (25, 7), (33, 7)])
def test_majority__of_panels_that_are_drawn__comes_as_often(own: int, size: int) -> None:
    """By seeds, as whoever builds a block tries them. The mean of so many is within four deviations."""
    tries, number = 4_000, PANELS.index(size)
    panels = [draw_panel(keccak(b"%d" % seed), "0x" + "c0" * 20, 1, number, range(100)) for seed in range(tries)]
    found = sum(sum(seat < own for seat in panel) > size // 2 for panel in panels)
    expected = majority(own, 100, size)
    assert (found - tries * expected) ** 2 < 16 * tries * expected * (1 - expected)


def test_trying_hashes__for_half_of_a_small_court__chooses_the_panel_that_the_contract_draws(
    jury: Jury, randomness: Any
) -> None:
    """All seven of a panel would be too many for six seats, three of three come once in eleven hashes."""
    with boa.env.anchor():
        randomness.set_next_ticket(1)
        dispute = create_dispute(jury)
        tries, seed = tried(jury, dispute, 0, lambda panel: own(panel) == PANELS[0])
        assert tries < 10 / chance(OWN, LISTED, PANELS[0], PANELS[0]) == 110
        randomness.set_seed(1, seed)
        assert jury.draw(dispute) == [jury.court.seat(seat).holder for seat in jury.court.round(dispute, 0).seats]
        assert own(jury.court.round(dispute, 0).seats) == PANELS[0]


def test_saturating__by_appeals_that_wait__lasts_as_long_as_a_victim_may_wait() -> None:
    """Filled once, the court is full until the victim is dropped, though all was ruled on long before."""
    token = InProcessChain().deploy("mocks/TokenMock", 6)
    jury = Jury(token, juror_fee=1, draw_timeout=30 * 86_400)
    jury.seat(3)
    terms, court, payer = jury.parameters, jury.court, jury.chain.account()
    filled = [create_dispute(jury) for _ in range(terms.load)]
    for dispute in filled:
        jury.draw(dispute)
    assert court.listed_seats() == 0
    assert terms.load * court.arbitration_cost() == 3 * terms.load  # seats times load
    victim = create_dispute(jury)
    entered = jury.chain.now
    for dispute in filled:
        while court.dispute(dispute).phase != Phase.APPEAL:
            jury.pass_phase(dispute)
        fund(jury, payer, court.appeal_cost(dispute))
        court.appeal(dispute, sender=payer)
    go_to(jury, entered + terms.draw_timeout)
    for dispute in filled:
        with reverts("queue: too early to drop"):
            court.drop(dispute)
        with reverts("court: not final"):
            court.settle(dispute)
    court.drop(victim)
    assert court.dispute(victim).phase == Phase.NOT_HEARD
    jury.chain.travel(terms.appeal_period + terms.reveal_period + terms.commit_period)
    for dispute in filled:
        # The queue passes over whatever is overdue behind what is dropped.
        if court.dispute(dispute).phase == Phase.WAITING:
            court.drop(dispute)
    # What was lent to the appeals is back.
    assert free(jury, payer) == 7 * terms.load
