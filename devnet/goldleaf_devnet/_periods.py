"""How long things take, in seconds."""

from dataclasses import dataclass

MINUTE = 60
HOUR = 60 * MINUTE
DAY = 24 * HOUR


@dataclass(frozen=True)
class Periods:
    """Periods of the arbitrators and of the open tasks."""

    # The shortest that a task may have.
    floor: int
    # Of the court.
    join_delay: int
    draw_timeout: int
    commit: int
    reveal: int
    appeal: int
    # The longest that the other arbitrator takes.
    arbitration: int
    # Of the tasks; the deadline counts from their opening.
    deadline: int
    work: int
    publish: int
    challenge: int
    response: int


# As where money is at stake. The floor leaves room for quick tests.
USUAL = Periods(
    floor=MINUTE,
    join_delay=7 * DAY,
    draw_timeout=3 * DAY,
    commit=2 * DAY,
    reveal=2 * DAY,
    appeal=3 * DAY,
    arbitration=10 * DAY,
    deadline=30 * DAY,
    work=2 * DAY,
    publish=2 * DAY,
    challenge=4 * DAY,
    response=2 * DAY,
)
# Short enough to be waited for, long enough for somebody who clicks. A commitment to a challenge has to
# be a minute old.
FAST = Periods(
    floor=MINUTE,
    join_delay=MINUTE,
    draw_timeout=5 * MINUTE,
    commit=2 * MINUTE,
    reveal=2 * MINUTE,
    appeal=2 * MINUTE,
    arbitration=20 * MINUTE,
    deadline=DAY,
    work=2 * HOUR,
    publish=10 * MINUTE,
    challenge=10 * MINUTE,
    response=4 * MINUTE,
)
