"""What the pool's unit tests share."""

from typing import Any

from tests.royalty import Royalties
from tests.unit.escrow.helpers import FULL, LAST

ROYALTY_BPS = 1500
# Of the task `closed`: labels asked for, and accepted.
PARTS = 2 * (FULL + LAST)
ACCEPTED = FULL + FULL - 1 + LAST
MAX_PAID = 2**128 - 1


def per_share(paid: int) -> int:
    """What each share of `closed` earns of all that was paid."""
    return paid * ROYALTY_BPS // 10_000 // PARTS


def log(royalties: Royalties) -> list[tuple[str, dict[str, Any]]]:
    """All that the pool logged in the last call, in order: names and fields."""
    events = [event for event in royalties.pool.get_logs() if event.address == royalties.pool.address]
    return [
        (type(event).__name__, {key: value for key, value in event._asdict().items() if key != "address"})
        for event in events
    ]
