"""A court that draws by the beacons of a drand chain: nobody can choose its juries, or withhold them for long."""

from typing import Any

import boa
import pytest

from goldleaf.types import Phase
from goldleaf_tools.rules.jury import draw_panel
from tests.beacons import OwnDrand
from tests.chains import InProcessChain
from tests.protocol import Jury, reverts
from tests.unit.court.helpers import REFUND_TO, create_dispute

MARGIN = 60
PERIOD = 3


@pytest.fixture(scope="module")
def chain() -> InProcessChain:
    return InProcessChain()


@pytest.fixture(scope="module")
def drand(chain: InProcessChain) -> OwnDrand:
    return OwnDrand.start(chain.now - 1000, period=PERIOD)


@pytest.fixture(scope="module")
def randomness(chain: InProcessChain, drand: OwnDrand) -> Any:
    return chain.deploy("randomness/DrandRandomness", *drand.arguments(MARGIN))


@pytest.fixture(scope="module")
def jury(chain: InProcessChain, randomness: Any) -> Jury:
    jury = Jury(chain.deploy("mocks/TokenMock", 6), juror_fee=1, randomness=randomness.address)
    jury.seat(8)
    return jury


def test_drawing__beacon_shown_by_anyone__draws_its_panel(
    jury: Jury, randomness: Any, drand: OwnDrand, chain: InProcessChain
) -> None:
    dispute = create_dispute(jury)
    ticket = jury.court.round_queue().ticket
    assert chain.now + MARGIN <= drand.due(ticket) < chain.now + MARGIN + PERIOD
    beacon = drand.beacon(ticket)
    with reverts("queue: seed not known yet"):
        jury.court.draw()
    chain.travel(drand.due(ticket) - chain.now)
    # The beacon is there, but nobody has shown it.
    with reverts("queue: seed not known yet"):
        jury.court.draw()
    randomness.show(*beacon.arguments, sender=chain.account())
    candidates = [jury.court.seat_at(position) for position in range(1, 9)]
    assert jury.court.draw(sender=chain.account()) == dispute
    assert jury.court.dispute(dispute).phase == Phase.COMMIT
    panel = draw_panel(beacon.randomness, jury.court.address, dispute, 0, candidates)
    assert jury.court.round(dispute, 0).seats == panel


def test_choosing_the_jury_by_block_hashes(jury: Jury, randomness: Any, drand: OwnDrand, chain: InProcessChain) -> None:
    """Whatever blocks are built after arming, and whoever shows and draws when, the panel is the same."""
    dispute = create_dispute(jury)
    ticket = jury.court.round_queue().ticket
    beacon = drand.beacon(ticket)
    chain.travel(drand.due(ticket) - chain.now)
    panels = set()
    for blocks in range(4):
        with boa.env.anchor():
            chain.mine(blocks)
            randomness.show(*beacon.arguments, sender=chain.account())
            chain.mine(blocks)
            jury.court.draw(sender=chain.account())
            panels.add(tuple(jury.court.round(dispute, 0).seats))
    assert len(panels) == 1


def test_showing_another_beacon_for_the_jury(
    jury: Jury, randomness: Any, drand: OwnDrand, chain: InProcessChain
) -> None:
    """The rounds before and after the one that was fixed at arming draw nothing, and stand for no other."""
    create_dispute(jury)
    ticket = jury.court.round_queue().ticket
    chain.travel(drand.due(ticket + 1) - chain.now)
    for round in (ticket - 1, ticket + 1):
        other = drand.beacon(round)
        randomness.show(*other.arguments)
        with reverts("drand: wrong signature"):
            randomness.show(ticket, other.signature, other.y)
        with reverts("queue: seed not known yet"):
            jury.court.draw()


def test_withholding_the_beacon(jury: Jury, randomness: Any, drand: OwnDrand, chain: InProcessChain) -> None:
    """A beacon that never comes delays a dispute by the draw timeout and no longer; a late one changes nothing."""
    dispute = create_dispute(jury)
    ticket = jury.court.round_queue().ticket
    chain.travel(jury.parameters.draw_timeout - 1)
    with reverts("queue: seed not known yet"):
        jury.court.draw()
    with reverts("queue: too early to drop"):
        jury.court.drop(dispute)
    chain.travel(1)
    randomness.show(*drand.beacon(ticket).arguments)
    with boa.env.anchor():
        # `draw`, too, only drops it.
        assert jury.court.draw() == 0
        assert jury.court.dispute(dispute).phase == Phase.NOT_HEARD
    jury.court.drop(dispute)
    assert jury.court.dispute(dispute).phase == Phase.NOT_HEARD
    assert jury.court.free(jury.token, REFUND_TO) == jury.court.arbitration_cost()
    # The queue goes on.
    following = create_dispute(jury)
    ticket = jury.court.round_queue().ticket
    chain.travel(drand.due(ticket) - chain.now)
    randomness.show(*drand.beacon(ticket).arguments)
    assert jury.court.draw() == following
