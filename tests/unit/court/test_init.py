"""What a court may be deployed with."""

from dataclasses import astuple, replace
from typing import Any

import pytest

from tests.protocol import DAY, Jury, reverts
from tests.unit.court.helpers import ARBITRABLE

MAX_DURATION = 182 * DAY


def deploy(jury: Jury, **changed: Any) -> Any:
    return jury.chain.deploy("Court", ARBITRABLE, astuple(replace(jury.parameters, **changed)))


def test_init__usual_parameters__are_what_the_views_say(jury):
    court = deploy(jury)
    assert astuple(jury.parameters) == tuple(court.parameters())
    assert court.relay().lower() == ARBITRABLE
    assert court.token() == jury.token.address
    assert court.arbitration_cost() == 3 * jury.parameters.juror_fee
    assert court.seat_penalty() == 4 * jury.parameters.juror_fee
    assert court.seat_price() == jury.parameters.load * 4 * jury.parameters.juror_fee
    # Two days to draw, one each to commit, to reveal, and to appeal.
    assert court.max_duration() == 3 * (2 + 1 + 1) * DAY + 2 * DAY


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"token": ARBITRABLE}, "court: token has no code"),
        ({"gate": ARBITRABLE}, "court: gate has no code"),
        ({"randomness": ARBITRABLE}, "court: randomness has no code"),
        ({"juror_fee": 0}, "court: bad juror fee"),
        ({"juror_fee": 2**128}, "court: bad juror fee"),
        ({"load": 7}, "court: bad load"),
        ({"load": 65}, "court: bad load"),
        ({"max_seats": 14}, "court: bad max seats"),
        ({"max_seats": 2**16}, "court: bad max seats"),
        ({"max_seats_per_holder": 0}, "court: bad seats per holder"),
        ({"max_seats_per_holder": 41}, "court: bad seats per holder"),
        *(
            ({f"{name}": seconds}, "court: bad period")
            for name in ("join_delay", "draw_timeout", "commit_period", "reveal_period", "appeal_period")
            for seconds in (0, MAX_DURATION + 1, 2**256 - 1)
        ),
        ({"draw_timeout": MAX_DURATION // 3}, "court: cases could take too long"),
    ],
)
def test_init__out_of_bounds__is_refused(jury, changed, reason):
    with reverts(reason):
        deploy(jury, **changed)


@pytest.mark.parametrize(
    "changed",
    [
        {"juror_fee": 1},
        {"juror_fee": 2**128 - 1},
        {"load": 64},
        {"max_seats": 2**16 - 1},
        {"max_seats": 15, "max_seats_per_holder": 15},
        {"max_seats_per_holder": 1},
        {"join_delay": MAX_DURATION},
        {"draw_timeout": 1, "commit_period": 1, "reveal_period": 1, "appeal_period": 1},
        # Together with the other periods exactly the bound.
        {"draw_timeout": (MAX_DURATION - 8 * DAY) // 3},
    ],
)
def test_init__at_a_bound__is_accepted(jury, changed):
    assert deploy(jury, **changed).max_duration() <= MAX_DURATION
