"""A court, replayed from its events, and what its rules say of one dispute.

The whole court is replayed, from its first event on: a draw depends on the list of seats, and what a round pays on what
earlier disputes have left.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from goldleaf import events
from goldleaf.events import Event
from goldleaf.feed import Logged
from goldleaf.types import NOT_HEARD, CourtParameters

from ..rules import jury
from .findings import Check, Finding, Payment
from .seeds import Seeds
from .steps import Clock, within

KINDS: tuple[type[Event], ...] = (
    events.Joined,
    events.Listed,
    events.Unlisted,
    events.DisputeCreated,
    events.Appealed,
    events.Armed,
    events.Drawn,
    events.NotHeard,
    events.AppealDropped,
    events.VoteCommitted,
    events.VoteRevealed,
    events.RoundSettled,
    events.RulingExecuted,
)
PANEL = "the panel is drawn by a partial shuffle of the seats that were listed when the draw was armed"
STEPS = "a round is drawn once, at most three rounds are; only its jurors vote, once, and open what they have sealed"
APPEAL = "an appeal pays the fees of the next round: 7, then 15 juror fees"
SHARES = (
    "seats that voted as the final ruling (after a tie: that revealed) get the fee and an equal part of the surplus"
)
FIRST = "; what cannot be divided goes to the first of them"
FINES = "each other seat of the round loses four juror fees"
NOBODY = "nobody in the dispute revealed: the fee of each round goes back to who paid it"
RIGHT = "an appeal was right if the ruling that it attacked is not the final one: it is refunded in full"
DROPPED = "a round that finds no jurors in time leaves the queue: its fee goes back"
RULING = (
    "the ruling is the choice with most votes in the last round in which anybody revealed; a tie is 0; if nobody did "
    "in any round, the dispute is not heard"
)
TURN = "rounds are settled from the first on, the one that made the final ruling last"


@dataclass(slots=True)
class Round:
    """One panel, as far as it has come."""

    number: int
    payer: str
    entered: Logged
    # The list of seats when the draw was armed last, and when that was.
    candidates: tuple[int, ...] = ()
    armed: Logged | None = None
    drawn: Logged | None = None
    sealed: dict[str, Logged] = field(default_factory=dict)
    opened: dict[str, Logged] = field(default_factory=dict)
    # Steps of people who were not to take them.
    strays: list[tuple[Logged, str]] = field(default_factory=list)
    dropped: Logged | None = None
    settled: Logged | None = None
    # What settling it should have paid the paid seats together, base units, and which rounds had been settled.
    amount: int = 0
    in_turn: bool = True

    @property
    def seats(self) -> tuple[int, ...]:
        return self.drawn.event.seats if self.drawn and isinstance(self.drawn.event, events.Drawn) else ()

    @property
    def choices(self) -> dict[str, int]:
        """Holder -> what they have voted."""
        return {h: o.event.choice for h, o in self.opened.items() if isinstance(o.event, events.VoteRevealed)}


@dataclass(slots=True)
class Case:
    """A dispute, as far as it has come."""

    created: Logged
    rounds: list[Round]
    not_heard: Logged | None = None
    executed: Logged | None = None

    @property
    def tried(self) -> list[Round]:
        """The rounds that found jurors."""
        return [round for round in self.rounds if round.drawn is not None]


class Court:
    """What became of a court's disputes, by its events alone."""

    def __init__(self, address: str, parameters: CourtParameters, logged: Iterable[Logged]) -> None:
        """Takes all events of the court, in order, and others, which are passed over."""
        self.address = address
        self.parameters = parameters
        self.cases: dict[int, Case] = {}
        self.holders: dict[int, str] = {}
        self._listed: list[int] = []
        # Penalties of disputes in which nobody revealed, base units.
        self._carried = 0
        for each in logged:
            if each.contract == "Court" and not each.removed:
                self._apply(each)

    def votes(self, case: Case) -> list[list[int | None]]:
        """By round, then by position."""
        return [[round.choices.get(self.holders.get(seat, "")) for seat in round.seats] for round in case.tried]

    def ruling(self, case: Case) -> int:
        """The ruling of what has happened so far; a dispute in which nobody has revealed is not heard."""
        standing = jury.standing(self.votes(case))
        return NOT_HEARD if case.not_heard or standing.deciding_round is None else standing.ruling

    def _apply(self, logged: Logged) -> None:
        event = logged.event
        match event:
            case events.Joined():
                self.holders |= dict.fromkeys(range(event.first_seat, event.first_seat + event.seats), event.holder)
            case events.Listed():
                self._listed.append(event.seat)
            case events.Unlisted():
                # The last of the list takes the place.
                if event.seat in self._listed:
                    self._listed[self._listed.index(event.seat)] = self._listed[-1]
                    self._listed.pop()
            case events.DisputeCreated():
                self.cases[event.dispute] = Case(logged, [Round(0, event.refund_to, logged)])
            case _:
                found = self.cases.get(getattr(event, "dispute", 0))
                if found is not None:
                    self._advance(found, logged)

    def _advance(self, case: Case, logged: Logged) -> None:
        latest = case.rounds[-1]
        event = logged.event
        match event:
            case events.Appealed() if len(case.rounds) == len(jury.PANELS):
                latest.strays.append((logged, "an appeal against the last round"))
            case events.Appealed():
                case.rounds.append(Round(len(case.rounds), event.payer, logged))
            case events.Armed():
                latest.armed = logged
                latest.candidates = tuple(self._listed[: event.candidates])
            case events.Drawn() if latest.drawn is not None or event.round != latest.number:
                latest.strays.append((logged, f"round {event.round} was drawn in place of round {latest.number}"))
            case events.Drawn():
                latest.drawn = logged
            case events.NotHeard():
                case.not_heard = logged
            case events.AppealDropped():
                latest.dropped = logged
            case events.VoteCommitted():
                if event.holder not in {self.holders.get(seat) for seat in latest.seats}:
                    latest.strays.append((logged, f"{event.holder} sealed a vote and sits on none of its seats"))
                elif event.holder in latest.sealed:
                    latest.strays.append((logged, f"{event.holder} sealed a second vote"))
                latest.sealed[event.holder] = logged
            case events.VoteRevealed():
                created = case.created.event
                if event.holder not in latest.sealed or event.holder in latest.opened:
                    latest.strays.append((logged, f"{event.holder} opened a vote that is not sealed"))
                elif isinstance(created, events.DisputeCreated) and event.choice > created.choices:
                    latest.strays.append((logged, f"{event.holder} voted {event.choice}, which is no choice"))
                latest.opened[event.holder] = logged
            case events.RoundSettled():
                self._settle(case, event.round, logged)
            case events.RulingExecuted():
                case.executed = logged

    def _settle(self, case: Case, number: int, logged: Logged) -> None:
        """Reckons what the round had to pay, and what it leaves for others."""
        votes = self.votes(case)
        done = sum(round.settled is not None for round in case.tried)
        turn = [one.round for one in jury.settlement(votes)]
        if number >= len(votes):
            case.rounds[-1].strays.append((logged, f"round {number} was settled, and had no jurors"))
            return
        round = case.tried[number]
        round.in_turn = done < len(turn) and turn[done] == number and round.settled is None
        round.settled = logged
        due = _of_round(jury.settlement(votes), number)
        fee = self.parameters.juror_fee
        if due.paid:
            round.amount = due.pot * fee + self._carried
            self._carried = 0
        self._carried += due.carried * fee


def _of_round(settled: Sequence[jury.Settlement], number: int) -> jury.Settlement:
    return next(one for one in settled if one.round == number)


class Trial:
    """What the rules of a court say of one dispute."""

    def __init__(self, court: Court, dispute: int, clock: Clock | None, seeds: Seeds | None) -> None:
        self._court = court
        self._clock = clock
        self._seeds = seeds
        self._dispute = dispute
        self._case = court.cases[dispute]
        self._fee = court.parameters.juror_fee

    def findings(self) -> list[Finding]:
        """Payments and checks, in the order of the rounds."""
        case, votes = self._case, self._court.votes(self._case)
        found: list[Finding] = []
        for round in case.rounds:
            found += self._entry(round)
            if round.drawn is not None:
                found += self._panel(round, round.drawn)
            found += self._dropping(round)
        if case.not_heard is None and case.executed is not None:
            found += self._ruling(votes, case.executed)
        for round in case.tried:
            if round.settled is not None:
                found += self._settlement(round, votes, round.settled)
        return found

    def _entry(self, round: Round) -> list[Finding]:
        event = round.entered.event
        if not isinstance(event, events.Appealed):
            return []
        previous = self._case.rounds[round.number - 1]
        found: list[Finding] = [
            Payment(
                f"{self._name(round)}: fee of the appeal",
                event.payer,
                False,
                APPEAL,
                jury.PANELS[round.number] * self._fee,
                event.fee,
                round.entered.transaction,
            )
        ]
        if self._clock is not None and previous.drawn is not None:
            p = self._court.parameters
            start = self._clock(previous.drawn.block) + p.commit_period + p.reveal_period
            rule = "an appeal is filed in the appeal period, after the votes are open"
            found.append(
                within(
                    f"{self._name(round)}: time of the appeal",
                    rule,
                    round.entered,
                    self._clock,
                    start,
                    start + p.appeal_period,
                )
            )
        return found

    def _panel(self, round: Round, drawn: Logged) -> list[Finding]:
        event = drawn.event
        assert isinstance(event, events.Drawn)
        name = self._name(round)
        panel: object = "too few seats"
        if len(round.candidates) >= jury.PANELS[round.number]:
            own = (self._court.address, self._dispute, round.number, round.candidates)
            panel = tuple(jury.draw_panel(event.seed, *own))
        found: list[Finding] = [Check.of(f"{name}: seats drawn", PANEL, panel, event.seats, drawn.transaction)]
        found.append(
            Check.of(
                f"{name}: steps",
                STEPS,
                "none against the rules",
                "; ".join(text for _, text in round.strays) or "none against the rules",
                round.strays[0][0].transaction if round.strays else drawn.transaction,
            )
        )
        if self._seeds is not None and round.armed is not None:
            found += self._seeds.findings(name, round.armed, drawn, self._clock)
        return found + (self._times(round, drawn) if self._clock is not None else [])

    def _times(self, round: Round, drawn: Logged) -> list[Finding]:
        assert self._clock is not None
        p, name = self._court.parameters, self._name(round)
        entered, start = self._clock(round.entered.block), self._clock(drawn.block)
        reveal_end = start + p.commit_period + p.reveal_period
        found = [
            within(
                f"{name}: time of the draw",
                "a round is drawn before its time in the queue is over",
                drawn,
                self._clock,
                entered,
                entered + p.draw_timeout,
            )
        ]
        for holder, logged in round.sealed.items():
            rule = "votes are sealed in the commit period"
            end = start + p.commit_period
            found.append(within(f"{name}: vote of {holder} sealed", rule, logged, self._clock, start, end))
        all_sealed = all(self._court.holders.get(seat) in round.sealed for seat in round.seats)
        for holder, logged in round.opened.items():
            rule = "votes are opened after the commit period, or once all are sealed, before the reveal period is over"
            first = start if all_sealed else start + p.commit_period
            found.append(within(f"{name}: vote of {holder} opened", rule, logged, self._clock, first, reveal_end))
        return [*found]

    def _dropping(self, round: Round) -> list[Finding]:
        logged = round.dropped if round.number else self._case.not_heard
        if logged is None:
            return []
        event = logged.event
        assert isinstance(event, events.AppealDropped | events.NotHeard)
        name = f"{self._name(round)}: fee back, for want of jurors"
        fee = jury.PANELS[round.number] * self._fee
        account = event.payer if isinstance(event, events.AppealDropped) else event.refund_to
        found: list[Finding] = [Payment(name, round.payer, True, DROPPED, fee, event.fee, logged.transaction)]
        found.append(Check.of(f"{name}: to whom", DROPPED, round.payer, account, logged.transaction))
        if self._clock is not None:
            end = self._clock(round.entered.block) + self._court.parameters.draw_timeout
            found.append(within(f"{self._name(round)}: time of leaving the queue", DROPPED, logged, self._clock, end))
        return found

    def _ruling(self, votes: list[list[int | None]], executed: Logged) -> list[Finding]:
        event = executed.event
        assert isinstance(event, events.RulingExecuted)
        ruling, link = self._court.ruling(self._case), executed.transaction
        found: list[Finding] = [Check.of(f"ruling of dispute {self._dispute}", RULING, ruling, event.ruling, link)]
        latest = self._case.rounds[-1]
        if self._clock is not None and latest.drawn is not None:
            p = self._court.parameters
            start = self._clock(latest.drawn.block) + p.commit_period + p.reveal_period
            if latest.number < len(jury.PANELS) - 1:
                start += p.appeal_period
            rule = "a ruling is told when nobody can appeal against it any more"
            found.append(within(f"time of ruling {self._dispute}", rule, executed, self._clock, start))
        return found

    def _settlement(self, round: Round, votes: list[list[int | None]], settled: Logged) -> list[Finding]:
        event = settled.event
        assert isinstance(event, events.RoundSettled)
        name, link = self._name(round), settled.transaction
        owed = _of_round(jury.settlement(votes), round.number)
        equal, rest = divmod(round.amount, len(owed.paid)) if owed.paid else (0, 0)
        told = [position for position in range(len(round.seats)) if event.paid >> position & 1]
        found: list[Finding] = [
            Check.of(f"{name}: turn", TURN, "in turn", "in turn" if round.in_turn else "out of turn", link)
        ]
        for position, seat in enumerate(round.seats):
            holder = self._court.holders.get(seat, "")
            due = equal + (rest if owed.paid and position == owed.paid[0] else 0) if position in owed.paid else 0
            got = event.share + (event.remainder if position == told[0] else 0) if position in told else 0
            if due or got:
                rule = SHARES + (FIRST if rest and position == owed.paid[0] else "")
                found.append(Payment(f"{name}: pay of seat {seat}", holder, True, rule, due, got, link))
            fine = jury.PENALTY * self._fee
            due = fine if position in owed.fined else 0
            got = fine if event.fined >> position & 1 else 0
            if due or got:
                found.append(Payment(f"{name}: fine of seat {seat}", holder, False, FINES, due, got, link))
        return found + self._refund(round, owed.refund * self._fee, votes, event.refund, link)

    def _refund(self, round: Round, due: int, votes: list[list[int | None]], got: int, link: str) -> list[Finding]:
        if not due and not got:
            return []
        silent = jury.standing(votes).deciding_round is None
        later = self._case.rounds[round.number + 1 : round.number + 2]
        payer = round.payer if silent or not later else later[0].payer
        name = "fee back" if silent else f"refund of the appeal against round {round.number}"
        rule = NOBODY if silent else RIGHT
        return [Payment(f"{self._name(round)}: {name}", payer, True, rule, due, got, link)]

    def _name(self, round: Round) -> str:
        return f"dispute {self._dispute}, round {round.number}"
