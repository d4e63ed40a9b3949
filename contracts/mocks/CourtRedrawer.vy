# pragma version 0.4.3
"""
@title A drawer who undoes a draw that is not to their liking
@license AGPL-3.0-only
"""

from ..interfaces import ICourt


interface Court:
    def draw() -> uint256: nonpayable
    def round(dispute: uint256, round: uint256) -> ICourt.Round: view


@external
def draw_only(court: address, seat: uint256):
    """
    @notice Draws, and reverts unless `seat` is on the panel.
    """
    dispute: uint256 = extcall Court(court).draw()
    drawn: ICourt.Round = staticcall Court(court).round(dispute, 0)
    assert seat in drawn.seats, "redrawer: not the panel wanted"
