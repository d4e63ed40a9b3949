"""How a court draws, counts and shares, in plain integers. Money of a round is reckoned in juror fees."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from goldleaf.encoding import abi_encode, keccak256

# Seats in each round.
PANELS = (3, 7, 15)
LAST_ROUND = len(PANELS) - 1
# Juror fees that a seat loses in a round.
PENALTY = 4

# By position: the choice, or None for a seat that did not reveal.
Votes = Sequence[int | None]


class Standing(NamedTuple):
    """What some rounds have ruled together."""

    ruling: int = 0
    tied: bool = False
    # The round whose votes made the ruling; None: nobody has revealed in any of them.
    deciding_round: int | None = None


class Settlement(NamedTuple):
    """How one round is settled; amounts in juror fees."""

    round: int
    # Positions.
    paid: list[int]
    fined: list[int]
    # For the paid seats together, with what other rounds have left and without the refund.
    pot: int
    # To whoever paid for the next round, if that was right, or for this one, if nobody in the dispute revealed.
    refund: int
    refunded_round: int
    # For whoever the court pays next.
    carried: int


def draw_panel(seed: bytes, court: str, dispute: int, number: int, candidates: Sequence[int]) -> list[int]:
    """The seats of a round: the first steps of a Fisher-Yates shuffle of the list as it was at arming.

    Raises `ValueError` if the list is too short.
    """
    size = PANELS[number]
    if len(candidates) < size:
        raise ValueError(f"{len(candidates)} candidates are too few for {size} seats")
    own = keccak256(abi_encode(["bytes32", "address", "uint256"], [seed, court, dispute * 4 + number]))
    # Places that have changed, and what is on them.
    moved: dict[int, int] = {}
    panel = []
    for step in range(size):
        word = int.from_bytes(keccak256(abi_encode(["bytes32", "uint256"], [own, step])))
        place = step + word % (len(candidates) - step)
        panel.append(candidates[moved.get(place, place)])
        moved[place] = moved.get(step, step)
    return panel


def standing(rounds: Sequence[Votes]) -> Standing:
    """The most votes of the last round in which anybody revealed; a tie is 0."""
    for number in reversed(range(len(rounds))):
        counts = Counter(vote for vote in rounds[number] if vote is not None).most_common(2)
        if counts:
            tied = len(counts) == 2 and counts[0][1] == counts[1][1]
            return Standing(0 if tied else counts[0][0], tied, number)
    return Standing()


def settlement(rounds: Sequence[Votes]) -> list[Settlement]:
    """How the rounds of a final dispute are settled, in that order.

    The round that made the final ruling receives what others leave, so it is the last.
    """
    final = standing(rounds)
    if final.deciding_round is None:
        # Nobody revealed: all are fined, the fee goes back, the fines wait for the next round that pays anybody.
        return [
            Settlement(number, [], list(range(len(votes))), 0, len(votes), number, PENALTY * len(votes))
            for number, votes in enumerate(rounds)
        ]
    settled = []
    left = 0
    for number in [*(number for number in range(len(rounds)) if number != final.deciding_round), final.deciding_round]:
        votes = rounds[number]
        # After a tie nobody who revealed was wrong.
        is_paid = [vote is not None if final.tied else vote == final.ruling for vote in votes]
        paid = [position for position, good in enumerate(is_paid) if good]
        fined = [position for position, good in enumerate(is_paid) if not good]
        was_right = (
            number + 1 < len(rounds) and not final.tied and standing(rounds[: number + 1]).ruling != final.ruling
        )
        refund = len(rounds[number + 1]) if was_right else 0
        pot = len(votes) + PENALTY * len(fined) - refund
        if number == final.deciding_round:
            pot += left
        if not paid:
            left += pot
            pot = 0
        settled.append(Settlement(number, paid, fined, pot, refund, number + 1, 0))
    return settled
