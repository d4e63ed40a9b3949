"""Histories to try again: challenges that end in each way there is."""

from dataclasses import replace
from functools import cache
from typing import Any

from goldleaf.events import Event
from goldleaf.feed import Logged
from goldleaf.types import NOT_HEARD, SubmissionState
from goldleaf_tools import verify
from goldleaf_tools.verify import Verification
from tests.protocol import HOUR, Protocol, Work
from tests.recorded import Record, recorded

# Seats of the court, by the number of rounds that find jurors.
SEATS = (3, 5, 9, 17)
OUTCOMES = ("conceded", "unanswered", "wrong", "not wrong", "undecided", "timeout", "not heard", "answered", "void")


def challenge(protocol: Protocol, work: Work, ending: str, items: list[int]) -> int:
    """A challenge with a MockArbitrator that is ready to be settled so."""
    response = protocol.parameters_of(work.task).response_period
    if ending in ("answered", "withheld"):
        found = protocol.challenge_availability(work, items)
        for item in items if ending == "answered" else items[1:]:
            protocol.answer(work, found, item)
        return found
    found = protocol.challenge(work, items)
    if ending == "conceded":
        protocol.escrow.concede(found, sender=work.annotator)
    elif ending in ("wrong", "not wrong", "undecided", "timeout", "not heard"):
        if ending == "undecided":  # by a stranger, in the second half
            protocol.travel(response // 2)
            protocol.defend(found, protocol.account())
        else:
            protocol.defend(found)
        rulings = {"wrong": 1, "not wrong": 2, "undecided": 0, "not heard": NOT_HEARD}
        if ending in rulings:
            protocol.rule(found, rulings[ending])
    return found


def wait(protocol: Protocol) -> None:
    """Lets every clock of a challenge run out."""
    protocol.travel(50 * 24 * HOUR)


class History:
    """What was recorded, and how it is tried again."""

    def __init__(self, record: Record) -> None:
        self.record = record

    def of(self, found: int, logged: list[Logged] | None = None) -> Verification:
        """A challenge, by the events that were recorded, or by others."""
        logged = self.record.logged if logged is None else logged
        court = self.record.court(logged)
        return verify.of_events(
            found,
            logged,
            deployment=self.record.deployment,
            court=court,
            clock=self.record.times.__getitem__,
            seeds=verify.BlockHashes(self.record.hash),
        )

    def forged(self, kind: type[Event], number: int = 0, **changes: Any) -> list[Logged]:
        """The events with some fields of the `number`-th event of a kind changed."""
        places = [place for place, logged in enumerate(self.record.logged) if isinstance(logged.event, kind)]
        logged = list(self.record.logged)
        place = places[number]
        logged[place] = replace(logged[place], event=replace(logged[place].event, **changes))  # type: ignore[type-var]
        return logged

    def without(self, kind: type[Event], number: int = 0) -> list[Logged]:
        """The events without the `number`-th of a kind."""
        places = [place for place, logged in enumerate(self.record.logged) if isinstance(logged.event, kind)]
        return [logged for place, logged in enumerate(self.record.logged) if place != places[number]]


@cache
def settled(ending: str) -> tuple[History, int]:
    """A challenge that has ended so, and the claim after it if there is one."""
    protocol = Protocol()
    with recorded(protocol) as record:
        work = protocol.delivered()
        first = None
        if ending == "void":
            first = challenge(protocol, work, "unanswered", [0, 1, 2])
        found = challenge(protocol, work, ending, [3])
        wait(protocol)
        for each in (first, found):
            if each is not None:
                protocol.settle(each)
        if protocol.lens.submission(work.submission).state == SubmissionState.PUBLISHED:
            protocol.escrow.claim(work.submission)
    return History(record), found


@cache
def tried(*votes: tuple[int | None, ...], drop: bool = False) -> tuple[History, int, int]:
    """A challenge that a court has decided: votes by round and position, None for a juror who is silent.

    With `drop`, an appeal follows that finds no jurors. Returns the history, the challenge and its dispute.
    """
    protocol = Protocol(arbitrator="Court", max_seats_per_holder=3)
    with recorded(protocol) as record:
        jury = protocol.jury
        jury.seat(SEATS[len(votes)])
        work = protocol.delivered()
        found = protocol.challenge(work, [0, 1])
        dispute = protocol.defend(found)
        for number, choices in enumerate(votes):
            if number:
                jury.appeal(dispute)
            panel = jury.draw(dispute)
            jury.vote(dispute, {h: choice for h, choice in zip(panel, choices, strict=True) if choice is not None})
        if drop or not votes:
            if votes:
                jury.appeal(dispute)
            protocol.travel(jury.parameters.draw_timeout)
            jury.court.drop(dispute)
        if votes:
            jury.finish(dispute)
        else:
            jury.court.execute(dispute)
        protocol.settle(found)
        protocol.pass_window(work)
        if protocol.lens.submission(work.submission).state == SubmissionState.PUBLISHED:
            protocol.escrow.claim(work.submission)
    return History(record), found, dispute
