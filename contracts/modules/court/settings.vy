# pragma version 0.4.3
"""
@title What a Court is deployed with
@license AGPL-3.0-only
@dev Immutables only, so that every module of the court reads them without a storage access.
"""

from ...interfaces import ICourt
from .. import reasons
from .. import require
from . import packing

# A case may not outlast this, so that arbitrables can bound their own waiting.
MAX_DURATION: constant(uint256) = 182 * 24 * 3600
# Juror fees that one seat loses in one round.
PENALTY_FEES: constant(uint256) = 4

TOKEN: immutable(address)
GATE: immutable(address)
RANDOMNESS: immutable(address)
JUROR_FEE: immutable(uint256)  # base units
LOAD: immutable(uint256)  # reserves in a new seat
MAX_SEATS: immutable(uint256)
MAX_SEATS_PER_HOLDER: immutable(uint256)
JOIN_DELAY: immutable(uint256)  # seconds, as all below
DRAW_TIMEOUT: immutable(uint256)
COMMIT_PERIOD: immutable(uint256)
REVEAL_PERIOD: immutable(uint256)
APPEAL_PERIOD: immutable(uint256)


@deploy
def __init__(parameters: ICourt.CourtParameters):
    require.that(parameters.token.is_contract, reasons.COURT_TOKEN_HAS_NO_CODE)
    require.that(parameters.gate == empty(address) or parameters.gate.is_contract, reasons.COURT_GATE_HAS_NO_CODE)
    require.that(parameters.randomness.is_contract, reasons.COURT_RANDOMNESS_HAS_NO_CODE)
    require.that(0 < parameters.juror_fee and parameters.juror_fee < 2**128, reasons.COURT_BAD_JUROR_FEE)
    require.that(8 <= parameters.load and parameters.load <= 64, reasons.COURT_BAD_LOAD)
    require.that(
        packing.MAX_PANEL <= parameters.max_seats and parameters.max_seats < 2**16, reasons.COURT_BAD_MAX_SEATS
    )
    require.that(
        0 < parameters.max_seats_per_holder and parameters.max_seats_per_holder <= parameters.max_seats,
        reasons.COURT_BAD_SEATS_PER_HOLDER,
    )
    for period: uint256 in [
        parameters.join_delay,
        parameters.draw_timeout,
        parameters.commit_period,
        parameters.reveal_period,
        parameters.appeal_period,
    ]:
        require.that(0 < period and period <= MAX_DURATION, reasons.COURT_BAD_PERIOD)

    TOKEN = parameters.token
    GATE = parameters.gate
    RANDOMNESS = parameters.randomness
    JUROR_FEE = parameters.juror_fee
    LOAD = parameters.load
    MAX_SEATS = parameters.max_seats
    MAX_SEATS_PER_HOLDER = parameters.max_seats_per_holder
    JOIN_DELAY = parameters.join_delay
    DRAW_TIMEOUT = parameters.draw_timeout
    COMMIT_PERIOD = parameters.commit_period
    REVEAL_PERIOD = parameters.reveal_period
    APPEAL_PERIOD = parameters.appeal_period
    require.that(self._max_duration() <= MAX_DURATION, reasons.COURT_CASES_COULD_TAKE_TOO_LONG)


@internal
@view
def _parameters() -> ICourt.CourtParameters:
    return ICourt.CourtParameters(
        token=TOKEN,
        gate=GATE,
        randomness=RANDOMNESS,
        juror_fee=JUROR_FEE,
        load=LOAD,
        max_seats=MAX_SEATS,
        max_seats_per_holder=MAX_SEATS_PER_HOLDER,
        join_delay=JOIN_DELAY,
        draw_timeout=DRAW_TIMEOUT,
        commit_period=COMMIT_PERIOD,
        reveal_period=REVEAL_PERIOD,
        appeal_period=APPEAL_PERIOD,
    )


@internal
@view
def _max_duration() -> uint256:
    """
    @dev Three rounds, each of which waits, commits and reveals, and two appeal periods between them.
    """
    return 3 * (DRAW_TIMEOUT + COMMIT_PERIOD + REVEAL_PERIOD) + 2 * APPEAL_PERIOD


@internal
@view
def _leave_delay() -> uint256:
    """
    @dev How long a seat that leaves can still be drawn: as long as there can be a draw of an appeal, and of one against
         that, in a dispute whose first round was drawn.
    """
    return packing.LAST_ROUND * (COMMIT_PERIOD + REVEAL_PERIOD + APPEAL_PERIOD + DRAW_TIMEOUT)


@internal
@view
def _penalty() -> uint256:
    """
    @dev What a seat loses in one round, so also what one round reserves of it.
    """
    return PENALTY_FEES * JUROR_FEE


@internal
@view
def _round_fee(round: uint256) -> uint256:
    return packing._panel_size(round) * JUROR_FEE
