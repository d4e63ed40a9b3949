"""Computes what it costs to bend a verdict, to farm jurors and to fill a court, for docs/spec: `make court-costs`.

Amounts are in juror fees, and every number is exact until it is printed. What a seat is paid or fined is what
`goldleaf_tools.rules` settles.
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import cache
from math import ceil, comb
from pathlib import Path
from typing import NamedTuple

from goldleaf_tools.rules.jury import PANELS, PENALTY, settlement, standing

TARGET = Path(__file__).parent.parent / "docs" / "spec" / "court.md"

LOAD = 16
# Somebody's seats, and all that are listed.
BENDING = [(5, 100), (12, 100), (25, 100), (33, 100), (40, 100), (50, 100), (60, 100)]
FARMING = [(3, 12), (6, 12), (12, 100), (25, 100), (33, 100), (40, 100), (50, 100), (60, 100)]
# Days to draw and of the three other periods together, seats of a court.
FILLING = [(3, 3, 100), (9, 3, 100), (3, 3, 1000), (9, 3, 1000)]
BLOCK_TIME, MARGIN, DAY = 12, 120, 86_400  # seconds

NEVER = "never"

# What a juror votes: the honest ones all see the same.
TRUTH, LIE = 1, 2


class Round(NamedTuple):
    """What one holder has in a round, and how they vote: all their seats alike."""

    seats: int
    lies: bool
    appealed_by_holder: bool = False  # whether they paid for this round

    def votes(self, size: int) -> list[int]:
        return [LIE if self.lies else TRUTH] * self.seats + [TRUTH] * (size - self.seats)


def chance(own: int, listed: int, size: int, seats: int) -> Fraction:
    """That a panel of this size has exactly so many of the seats that somebody owns."""
    return Fraction(comb(own, seats) * comb(listed - own, size - seats), comb(listed, size))


def majority(own: int, listed: int, size: int) -> Fraction:
    """The chance that somebody's seats are most of a panel."""
    return sum((chance(own, listed, size, seats) for seats in range(size // 2 + 1, size + 1)), Fraction(0))


@cache
def gain(rounds: tuple[Round, ...]) -> Fraction:
    """What a dispute that was voted so leaves whoever brought it, fee and fines taken off."""
    total = Fraction(-PANELS[0] - sum(PANELS[n] for n, held in enumerate(rounds) if held.appealed_by_holder))
    votes = [held.votes(PANELS[number]) for number, held in enumerate(rounds)]
    for outcome in settlement(votes):
        own = range(rounds[outcome.round].seats)
        if outcome.paid:
            total += Fraction(outcome.pot * sum(place in own for place in outcome.paid), len(outcome.paid))
        total -= PENALTY * sum(place in own for place in outcome.fined)
        if outcome.refund and rounds[outcome.refunded_round].appealed_by_holder:
            total += outcome.refund
    return total


def farmed(own: int, listed: int, appeals: bool, rounds: tuple[Round, ...] = (), paid: bool = False) -> Fraction:
    """What a dispute of one's own earns on average, the best being done at every step.

    Whoever brings it knows the truth and their seats on a panel before they vote. With appeals, somebody honest appeals
    whenever a ruling is false, and the holder whenever that is worth it for them. An appeal that there are too few
    seats for is dropped, and paid back.
    """
    size = PANELS[len(rounds)]
    expected = Fraction(0)
    for seats in range(size + 1):
        likely = chance(own, listed, size, seats)
        if likely:
            votings = [(*rounds, Round(seats, lies, paid)) for lies in ((False, True) if seats else (False,))]
            expected += likely * max(_after(own, listed, appeals, voting) for voting in votings)
    return expected


def _after(own: int, listed: int, appeals: bool, rounds: tuple[Round, ...]) -> Fraction:
    final = gain(rounds)
    if not appeals or len(rounds) == len(PANELS) or PANELS[len(rounds)] > listed:
        return final
    votes = [held.votes(PANELS[number]) for number, held in enumerate(rounds)]
    if standing(votes).ruling == LIE:
        return farmed(own, listed, appeals, rounds)
    return max(final, farmed(own, listed, appeals, rounds, paid=True))


def chosen() -> Fraction:
    """What a dispute of one's own earns at most, if nobody appeals and the panel can be chosen."""
    panels = [Round(seats, lies) for seats in range(PANELS[0] + 1) for lies in (False, True)]
    return max(gain((panel,)) for panel in panels)


def bending() -> Iterator[list[str]]:
    for own, listed in BENDING:
        first, second, last = panels = [majority(own, listed, size) for size in PANELS]
        yield [
            f"{own} of {listed}",
            number(own * LOAD * PENALTY),
            about(1 / first),
            about(sum(1 / each for each in panels)) if last else NEVER,
            about(1 / (first * second * last)) if last else NEVER,
            about(1 / last) if last else NEVER,
        ]


def farming() -> Iterator[list[str]]:
    for own, listed in FARMING:
        amounts = [signed(farmed(own, listed, appeals)) for appeals in (False, True)]
        yield [f"{own} of {listed}", *amounts, signed(chosen())]


def filling() -> Iterator[list[str]]:
    for draw, others, seats in FILLING:
        once = seats * LOAD
        queue = [PANELS[0] * (draw * DAY // each) for each in (2 * BLOCK_TIME, MARGIN)]
        aside = Fraction(once * PANELS[1], PANELS[0])
        cells = [seats, draw, others, once * ceil(Fraction(draw, others)), once, ceil(aside), *queue]
        yield [number(cell) for cell in cells]


def tables() -> dict[str, str]:
    """By the names that the page gives them."""
    return {
        "bending": table(
            [
                "seats",
                "their price",
                "no appeals",
                "appeals, hashes",
                "appeals, beacons",
                "the owner appeals as well, beacons",
            ],
            bending(),
        ),
        "farming": table(["seats", "no appeals", "appeals", "no appeals, hashes are tried"], farming()),
        "saturating": table(
            [
                "seats",
                "`draw_timeout`, days",
                "other periods, days",
                "seats, no appeals",
                "seats, appeals",
                "lent to appeals",
                "queue, hashes",
                "queue, beacons",
            ],
            filling(),
        ),
    }


def table(head: Sequence[str], rows: Iterator[list[str]]) -> str:
    lines = [list(head), ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def number(value: int) -> str:
    return f"{value:,}"


def about(tries: Fraction | int) -> str:
    """Three digits, rounded half up."""
    scale = 0
    while tries * 10**scale < 100:
        scale += 1
    while tries * Fraction(10) ** scale >= 1000:
        scale -= 1
    digits = int(tries * Fraction(10) ** scale + Fraction(1, 2))
    if scale <= 0:
        return number(digits * 10**-scale)
    whole, rest = divmod(digits, 10**scale)
    return f"{whole}.{rest:0{scale}}"


def signed(amount: Fraction) -> str:
    """With two decimals, rounded half away from zero."""
    hundredths = int(abs(amount) * 100 + Fraction(1, 2))
    return f"{'-' if amount < 0 and hundredths else '+'}{hundredths // 100}.{hundredths % 100:02}"


def put_in(page: str) -> str:
    """The page with its tables as they are computed."""
    for name, text in tables().items():
        mark = f"<!-- table: {name} -->\n"
        before, rest = page.split(mark)
        page = before + mark + text + "\n\n" + rest.split("\n\n", 1)[1]
    return page


if __name__ == "__main__":
    TARGET.write_text(put_in(TARGET.read_text(encoding="utf-8")), encoding="utf-8")
