"""What has happened to a submission, in words: from when its annotator took it, oldest first."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from goldleaf import events
from goldleaf.events import Event
from goldleaf.ids import split_challenge
from goldleaf_tools.disputes import RULINGS
from goldleaf_tools.disputes.explaining import ENDS

from .money import Token
from .queries import Happened


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that has happened."""

    time: int
    title: str
    text: str
    # Of an event that is about one: its number.
    challenge: int | None = None


def moments(happened: Iterable[Happened], stake: int, token: Token) -> list[Moment]:
    """The events of a slot, and of the test of its batch, since the slot was taken last.

    `stake` is what taking it locks. What happened to the batch before somebody took the slot is not told.
    """
    found: list[Moment] = []
    for each in happened:
        if isinstance(each.event, events.Taken):
            found = []
        elif not found:
            continue
        challenge = getattr(each.event, "challenge", None)
        number = None if challenge is None else split_challenge(challenge)[1]
        found += [Moment(each.time, title, text, number) for title, text in _told(each.event, stake, token)]
    return found


def _told(event: Event, stake: int, token: Token) -> Iterator[tuple[str, str]]:
    match event:
        case events.Taken():
            yield "Taken", f"{token.show(stake)} are locked as the stake."
        case events.Released():
            yield "Given back", f"{token.show(event.to_sink)} of the stake were lost."
        case events.Expired():
            yield "Not delivered in time", f"{token.show(event.to_sink)} of the stake were lost."
        case events.Forfeited():
            yield "Not published in time", f"{token.show(event.to_sink)} of the stake were lost."
        case events.Committed():
            yield "Labels sealed", "Nobody can read them until they are published."
        case events.Published():
            yield "Labels published", "Anybody can read them now, and challenge them for a while."
        case events.Accepted():
            yield "Accepted by the requester", "No more challenges can be filed."
        case events.Challenged():
            yield (
                f"Challenge {split_challenge(event.challenge)[1]}",
                f"Each of the labels of {items(event.indices)} is said to be wrong, for a bond of "
                f"{token.show(event.bond)}.",
            )
        case events.AvailabilityChallenged():
            yield (
                f"Challenge {split_challenge(event.challenge)[1]}",
                f"The labels of {items(event.indices)} are asked for, for a bond of {token.show(event.bond)}.",
            )
        case events.Conceded():
            yield (
                f"Challenge {split_challenge(event.challenge)[1]} conceded",
                "The annotator agrees that the labels are wrong.",
            )
        case events.Defended():
            yield (
                f"Challenge {split_challenge(event.challenge)[1]} defended",
                f"{token.show(event.fee)} were paid to the arbitrator, who has to decide.",
            )
        case events.Ruled():
            ruling = RULINGS.get(event.ruling, "something else")
            yield f"Ruling on challenge {split_challenge(event.challenge)[1]}", f"The arbitrator says: {ruling}."
        case events.Answered():
            yield f"Label of item {event.item} shown", "It was asked for, and is on chain for good."
        case events.Settled():
            yield f"Challenge {split_challenge(event.challenge)[1]} settled", _settled(event, token)
        case events.Claimed():
            yield (
                "Paid",
                f"{token.show(event.pay)} for {event.labels} labels, and the stake of {token.show(event.stake)}.",
            )
        case events.Rejected():
            yield "Rejected", "None of the labels is paid, and what was left of the stake is lost."
        case events.BatchSealed():
            yield "The whole batch is sealed", "The requester may now show the known answers."
        case events.GoldOpened():
            yield "Known answers shown", "The sealed labels are held against them."
        case events.GoldWaived():
            yield "No test", "The requester does not test this batch."
        case events.TestVoided():
            yield "Test void", "Too many of the known answers were wrong: nobody is tested on them."


def _settled(event: events.Settled, token: Token) -> str:
    parts = (
        ("the challenger", event.to_challenger),
        ("the annotator", event.to_annotator),
        ("the defender", event.to_defender),
    )
    paid = ", ".join(f"{who} got {token.show(units)}" for who, units in parts if units)
    return ENDS[event.outcome] + (f" Of bond, fee and prizes {paid}." if paid else "")


def items(numbers: Iterable[int]) -> str:
    """Item numbers for people."""
    listed = [str(number) for number in numbers]
    return f"item {listed[0]}" if len(listed) == 1 else f"items {', '.join(listed[:-1])} and {listed[-1]}"
