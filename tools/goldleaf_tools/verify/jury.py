"""How a court draws, counts and shares, in plain integers: the protocol's rules without a chain.

Money of a round is reckoned in juror fees.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from goldleaf._abi import encode
from goldleaf._keccak import keccak256

# Seats in each round.
PANELS = (3, 7, 15)
# Juror fees that a seat loses in a round.
PENALTY = 4

# By position: the choice, or None for a seat that did not reveal.
Votes = Sequence[int | None]


@dataclass(frozen=True, slots=True)
class Standing:
    """What some rounds have ruled together."""

    ruling: int
    tied: bool
    # The round whose votes made the ruling; None: nobody has revealed in any of them.
    maker: int | None


@dataclass(frozen=True, slots=True)
class Share:
    """How one round is settled; amounts in juror fees."""

    # Positions.
    paid: tuple[int, ...]
    fined: tuple[int, ...]
    # To whoever paid for the next round, if that was right, or for this one, if nobody in the dispute revealed.
    refund: int
    # For the paid seats together; if there are none, what the round leaves.
    pot: int


def draw_panel(seed: bytes, court: str, dispute: int, number: int, candidates: Sequence[int]) -> tuple[int, ...] | None:
    """The seats of a round: the first steps of a Fisher-Yates shuffle of the list as it was at arming.

    None if the list is too short.
    """
    size = PANELS[number]
    if len(candidates) < size:
        return None
    own = keccak256(encode(["bytes32", "address", "uint256"], [seed, court, dispute * 4 + number]))
    # Places that have changed, and what is on them.
    moved: dict[int, int] = {}
    panel = []
    for step in range(size):
        word = int.from_bytes(keccak256(encode(["bytes32", "uint256"], [own, step])))
        place = step + word % (len(candidates) - step)
        panel.append(candidates[moved.get(place, place)])
        moved[place] = moved.get(step, step)
    return tuple(panel)


def standing(rounds: Sequence[Votes]) -> Standing:
    """The most votes of the last round in which anybody revealed; a tie is 0."""
    for number in reversed(range(len(rounds))):
        counts = Counter(vote for vote in rounds[number] if vote is not None).most_common(2)
        if counts:
            tied = len(counts) == 2 and counts[0][1] == counts[1][1]
            return Standing(0 if tied else counts[0][0], tied, number)
    return Standing(0, False, None)


def order(rounds: Sequence[Votes]) -> list[int]:
    """The order in which rounds are settled: the one that made the final ruling receives what others leave, so last."""
    maker = standing(rounds).maker
    return [*(number for number in range(len(rounds)) if number != maker), *([] if maker is None else [maker])]


def share(rounds: Sequence[Votes], number: int) -> Share:
    """How round `number` of a final dispute is settled, without what other rounds leave for it."""
    final = standing(rounds)
    votes = rounds[number]
    if final.maker is None:
        # Nobody revealed: all are fined, the fee goes back, the fines wait for the next round that pays anybody.
        return Share((), tuple(range(len(votes))), len(votes), PENALTY * len(votes))
    # After a tie nobody who revealed was wrong.
    is_paid = [vote is not None if final.tied else vote == final.ruling for vote in votes]
    paid = tuple(position for position, good in enumerate(is_paid) if good)
    fined = tuple(position for position, good in enumerate(is_paid) if not good)
    was_right = number + 1 < len(rounds) and not final.tied and standing(rounds[: number + 1]).ruling != final.ruling
    refund = len(rounds[number + 1]) if was_right else 0
    return Share(paid, fined, refund, len(votes) + PENALTY * len(fined) - refund)


def by_position(seats: Sequence[int], holders: Mapping[int, str], votes: Mapping[str, int]) -> list[int | None]:
    """The votes of a panel: a holder's counts for each of their seats."""
    return [votes.get(holders.get(seat, "")) for seat in seats]
