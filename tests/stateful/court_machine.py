"""
Random histories of Court against the reference model, with honest, lying, copying and sleeping jurors.

A step is one attempted call of the court, or a run of a few. After each the court's state is held against the model's,
as are the events of each call, and the protocol's invariants are checked; at the end all clocks are pushed, everything
settles and everybody withdraws.
"""

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from functools import cache
from typing import Any, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from goldleaf.types import Phase
from goldleaf_tools.rules.court import Court, Dispute, Parameters, Vote
from goldleaf_tools.rules.jury import PANELS, standing
from tests.stateful.court_world import (
    ACTORS,
    ARBITRABLES,
    BEACON_MARGIN,
    BEACON_PERIOD,
    CourtPair,
    CourtWorld,
    appeals,
)

T = TypeVar("T")

SEATS_AT_START = 18

Actor = st.sampled_from(ACTORS)
Number = st.integers(0, 2**16)
Choice = st.integers(0, 3)
Password = st.sampled_from([b"", b"sesame", b"simsim"])
Ballots = st.just([None]) | st.lists(st.sampled_from([None, 0, 1, 1, 1, 2, 2, 3]), min_size=1, max_size=7)


@cache
def world(beacons: bool) -> CourtWorld:
    return CourtWorld(beacons=beacons)


def one_of(choices: Sequence[T], number: int) -> T:
    return choices[number % len(choices)]


class CourtMachine(RuleBasedStateMachine):
    pair: CourtPair
    sound: bool

    @property
    def model(self) -> Court:
        return self.pair.model

    @property
    def terms(self) -> Parameters:
        return self.pair.world.parameters

    @initialize(
        ready=st.sampled_from([0, 2, 3, 6, 7, 14, 15, SEATS_AT_START]),
        disputes=st.integers(1, 3),
        beacons=st.booleans(),
    )
    def open_court(self, ready: int, disputes: int, beacons: bool) -> None:
        """Some of the first seats are ready, some disputes wait."""
        self.play_in(CourtPair(world(beacons)), ready)
        for number in range(disputes):
            self.pair.create_dispute(number, 3, ACTORS[0])

    def play_in(self, pair: CourtPair, ready: int) -> None:
        """Everybody has money and seats, of which some are ready."""
        self.pair = pair
        self.sound = True
        for actor in ACTORS:
            self.pair.deposit(actor, 5 * self.terms.seat_price)
        for number in range(SEATS_AT_START // 2):
            self.pair.join(one_of(ACTORS, number), 2)
        self.pair.travel(self.terms.join_delay, 1)
        for seat in range(1, ready + 1):
            self.pair.ready(seat)

    # Jurors and their seats

    @rule(actor=Actor, count=st.integers(0, 6), data=Password)
    def join(self, actor: str, count: int, data: bytes) -> None:
        self.pair.join(actor, count, data)

    @rule(password=Password, renewing=st.sets(Actor))
    def change_password(self, password: bytes, renewing: set[str]) -> None:
        """Some holders show the new one before somebody can dismiss them."""
        self.pair.set_password(password)
        for actor in sorted(renewing):
            self.pair.renew(actor, password)

    @rule(actor=Actor, data=Password)
    def renew(self, actor: str, data: bytes) -> None:
        self.pair.renew(actor, data)

    @rule(seat=Number, data=Password)
    def dismiss(self, seat: int, data: bytes) -> None:
        self.pair.dismiss(seat % (self.model.opened + 1), data)

    @rule()
    def dismiss_all(self) -> None:
        """Whoever the gate allows no more, by what they have shown last."""
        for number, seat in list(self.model.seats.items()):
            self.pair.dismiss(number, self.model.shown[seat.holder])

    @rule()
    def ready_all(self) -> None:
        for seat in sorted(set(self.model.seats) - set(self.model.listed)):
            self.pair.ready(seat)

    @rule(seat=Number)
    def leave(self, seat: int) -> None:
        number = seat % (self.model.opened + 1)
        self.pair.leave(self.model.seats[number].holder if number in self.model.seats else ACTORS[0], number)

    @rule(actor=Actor, amount=st.integers(1, 10**10))
    def withdraw(self, actor: str, amount: int) -> None:
        self.pair.withdraw(actor, amount)

    # Disputes, by those who mean it

    @rule(arbitrable=st.integers(0, ARBITRABLES - 1), choices=st.integers(0, 3), refund_to=Actor)
    def create_dispute(self, arbitrable: int, choices: int, refund_to: str) -> None:
        self.pair.create_dispute(arbitrable, choices, refund_to)

    @rule(blocks=st.sampled_from([1, 2, 2, 2, 257, 258]))
    def draw(self, blocks: int) -> None:
        self.pair.travel(blocks, blocks)
        self.pair.draw()

    @rule()
    def show_beacon(self) -> None:
        self.pair.show_beacon()

    @precondition(lambda self: self.all_in(Phase.WAITING))
    @rule(dispute=Number, votes=Ballots)
    def hold_round(self, dispute: int, votes: list[int | None]) -> None:
        """A round from the draw to the end of its reveals."""
        self.hear(one_of(self.all_in(Phase.WAITING), dispute), votes)

    @rule(arbitrable=st.integers(0, ARBITRABLES - 1), appellant=Actor, votes=st.lists(Ballots, min_size=1, max_size=3))
    def challenge_it_out(self, arbitrable: int, appellant: str, votes: list[list[int | None]]) -> None:
        """A dispute that goes as far as money and jurors reach."""
        number = self.pair.create_dispute(arbitrable, 3, appellant)
        for round, ballots in enumerate(votes):
            if round and self.pair.appeal(appellant, number) is None:
                break
            self.hear(number, ballots)

    @rule(
        appellant=Actor,
        leaving=st.sets(Number, min_size=1, max_size=6),
        votes=st.lists(Ballots, min_size=2, max_size=3),
    )
    def leave_and_appeal_late(self, appellant: str, leaving: set[int], votes: list[list[int | None]]) -> None:
        """Seats leave once the first panel is known, and each appeal is filed and drawn as late as it can."""
        number = self.pair.create_dispute(0, 3, appellant)
        dispute = self.model.disputes[number]
        for round, ballots in enumerate(votes):
            if round:
                self.to_end_of(number, Phase.APPEAL, early=1)
                if self.pair.appeal(appellant, number) is None:
                    break
                # Four draws may be needed until it is its turn.
                self.to_end_of(number, Phase.WAITING, early=1 + 4 * (2 + BEACON_MARGIN + BEACON_PERIOD))
            self.hear(number, ballots, leaving=() if round else leaving)
            if dispute.waiting:
                break

    def hear(self, number: int, votes: list[int | None], leaving: Collection[int] = ()) -> None:
        for _ in range(4):
            self.pair.wait_for_seed()
            drawn = self.pair.draw()
            self.c3_leaving_blocks_no_appeal()
            if drawn == number:
                break
        for seat in sorted(leaving):
            self.leave(seat)
        self.commit(number, votes)
        self.to_end_of(number, Phase.COMMIT)
        self.reveal(number)
        self.to_end_of(number, Phase.REVEAL)

    @precondition(lambda self: self.all_in(Phase.COMMIT))
    @rule(dispute=Number, votes=Ballots)
    def commit_all(self, dispute: int, votes: list[int | None]) -> None:
        self.commit(one_of(self.all_in(Phase.COMMIT), dispute), votes)

    @precondition(lambda self: self.all_in(Phase.REVEAL))
    @rule(dispute=Number, sleepers=st.sets(Actor, max_size=2))
    def reveal_all(self, dispute: int, sleepers: set[str]) -> None:
        self.reveal(one_of(self.all_in(Phase.REVEAL), dispute), sleepers)

    @precondition(lambda self: self.all_in(Phase.APPEAL))
    @rule(actor=Actor, dispute=Number)
    def appeal(self, actor: str, dispute: int) -> None:
        self.pair.appeal(actor, one_of(self.all_in(Phase.APPEAL), dispute))

    @precondition(lambda self: self.all_in(Phase.FINAL))
    @rule(dispute=Number)
    def settle(self, dispute: int) -> None:
        self.pair.settle(one_of(self.all_in(Phase.FINAL), dispute))

    # Anything at any time

    @rule(kind=st.integers(0, 7), actor=Actor, dispute=Number, choice=Choice, salt=st.integers(1, 2))
    def try_anything(self, kind: int, actor: str, dispute: int, choice: int, salt: int) -> None:
        number = dispute % (len(self.model.disputes) + 2)
        calls: list[Callable[[], Any]] = [
            lambda: self.pair.ready(dispute % (self.model.opened + 2)),
            lambda: self.pair.leave(actor, dispute % (self.model.opened + 2)),
            lambda: self.pair.drop(number),
            lambda: self.pair.commit_vote(actor, number, Vote(number, self.round_of(number), actor, choice, salt)),
            lambda: self.pair.reveal_vote(number, actor, choice, salt),
            lambda: self.pair.appeal(actor, number),
            lambda: self.pair.settle(number),
            lambda: self.pair.execute(number),
        ]
        calls[kind]()

    @precondition(lambda self: self.all_in(Phase.COMMIT))
    @rule(copier=Actor, holder=Actor, dispute=Number, choice=Choice)
    def copy_vote(self, copier: str, holder: str, dispute: int, choice: int) -> None:
        """What one juror has sealed is sealed by another, and perhaps opened later."""
        number = one_of(self.all_in(Phase.COMMIT), dispute)
        vote = self.model.disputes[number].rounds[-1].commitments.get(holder)
        self.pair.commit_vote(copier, number, vote or Vote(number, self.round_of(number), holder, choice, 1))

    # Time

    @rule(seconds=st.integers(0, 80), blocks=st.integers(0, 4))
    def let_pass(self, seconds: int, blocks: int) -> None:
        self.pair.travel(seconds, blocks)

    @rule(dispute=Number, offset=st.integers(-1, 1))
    def to_boundary(self, dispute: int, offset: int) -> None:
        """Just before, at, or just after a phase of some dispute ends."""
        ends = [end for end in (self.model.phase(d)[1] for d in self.model.disputes.values()) if end]
        if ends:
            self.pair.travel(max(0, one_of(ends, dispute) + offset - self.model.now), 1)

    @rule(number=Number, offset=st.integers(-1, 1))
    def to_departure(self, number: int, offset: int) -> None:
        """Just before, at, or just after a seat that leaves is due to be taken out."""
        ends = [seat.leaves_at for seat in self.model.seats.values() if seat.leaves_at is not None]
        if ends:
            self.pair.travel(max(0, one_of(ends, number) + offset - self.model.now), 1)

    # What must always hold

    @invariant()
    def court_and_model_agree(self) -> None:
        self.sound = False
        self.pair.compare(everything=False)
        self.sound = True

    @invariant()
    def reserves_are_the_unsettled_rounds(self) -> None:
        sits: Counter[int] = Counter()
        for dispute in self.model.disputes.values():
            for number, round in enumerate(dispute.rounds):
                if number not in self.settled_rounds(dispute):
                    sits.update(round.seats)
        for number, seat in self.model.seats.items():
            assert seat.reserved == sits[number] <= seat.reserves
        assert set(sits) <= set(self.model.seats)

    @invariant()
    def list_is_of_seats_that_can_be_drawn(self) -> None:
        listed = self.model.listed
        assert len(set(listed)) == len(listed)
        for number in listed:
            seat = self.model.seats[number]
            assert seat.reserved < seat.reserves
            assert (seat.leaves_at is not None) == (number in self.model.departures)

    @invariant()
    def c3_leaving_blocks_no_appeal(self) -> None:
        """C3: a seat that leaves when the first round was drawn can be drawn for every appeal, if it is not full."""
        for number, listed_then in self.pair.listed.items():
            phase, end = self.model.phase(self.model.disputes[number])
            # In the last round, and once the timeout of a draw has passed, no appeal waits for one any more.
            is_last = len(self.model.disputes[number].rounds) == len(PANELS) and phase != Phase.WAITING
            if phase == Phase.FINAL or is_last or (phase == Phase.WAITING and self.model.now >= end):
                continue
            for listed in listed_then:
                seat = self.model.seats.get(listed)
                if seat is None:
                    # Not by leaving: it has lost all its reserves.
                    assert self.pair.paid_out[listed] == 0
                elif seat.reserved < seat.reserves:
                    assert listed in self.model.listed

    @invariant()
    def panels_are_distinct(self) -> None:
        for dispute in self.model.disputes.values():
            for number, round in enumerate(dispute.rounds):
                assert len(set(round.seats)) == len(round.seats)
                assert not round.seats or len(round.seats) == PANELS[number]

    def teardown(self) -> None:
        if not hasattr(self, "pair"):
            return
        try:
            if self.sound:
                self.finish()
        finally:
            self.pair.undo()

    def finish(self) -> None:
        self.pair.compare()
        self.end_all_disputes()
        self.settle_all()
        self.check_appeals()
        self.everybody_leaves()

    def end_all_disputes(self) -> None:
        """C1: a dispute is over within the court's `max_duration` of its creation."""
        for number, dispute in self.model.disputes.items():
            end = self.pair.created[number] + self.terms.max_duration
            self.pair.travel(max(0, end - self.model.now))
            if dispute.waiting:
                assert self.pair.drop(number)
            assert self.model.phase(dispute)[0] in (Phase.FINAL, Phase.NOT_HEARD)

    def settle_all(self) -> None:
        for number, dispute in self.model.disputes.items():
            if not dispute.not_heard:
                while dispute.settled_count < len(dispute.rounds):
                    assert self.pair.settle(number)
            if not dispute.executed:
                told = self.pair.execute(number) is not None
                assert told == (dispute.arbitrable not in self.model.deaf)
        self.pair.compare()

    def check_appeals(self) -> None:
        """C2: a right appeal, a dropped one and one that nobody has heard cost nothing, and no other is paid back."""
        for number, dispute in self.model.disputes.items():
            final = standing(dispute.votes)
            for round, (attacked, _) in enumerate(appeals(dispute.votes), 1):
                was_right = not final.tied and attacked != final.ruling
                is_free = was_right or final.deciding_round is None
                refund = self.pair.payments[number, round] if is_free else 0
                assert self.pair.refunds.get((number, round), 0) == refund
            if dispute.closed:
                dropped = number, len(dispute.rounds)
                assert self.pair.refunds[dropped] == self.pair.payments[dropped]

    def everybody_leaves(self) -> None:
        """Nothing stays behind but penalties that wait for the next round."""
        self.pair.travel(self.terms.join_delay)
        while self.model.queue:
            self.pair.wait_for_seed()
            assert self.pair.draw() is not None
        for number, seat in list(self.model.seats.items()):
            if seat.leaves_at is None:
                assert self.pair.leave(seat.holder, number)
        self.pair.travel(self.terms.leave_delay)
        while self.model.departures:
            assert self.pair.draw() is not None
        assert not self.model.seats
        for account, amount in list(self.model.free.items()):
            if amount:
                assert self.pair.withdraw(account, amount)
        self.pair.compare()
        assert self.model.held() == self.model.carried

    # Helpers

    def all_in(self, phase: Phase) -> list[int]:
        return [number for number, dispute in self.model.disputes.items() if self.model.phase(dispute)[0] == phase]

    def round_of(self, number: int) -> int:
        dispute = self.model.disputes.get(number)
        return len(dispute.rounds) - 1 if dispute else 0

    def commit(self, number: int, votes: list[int | None]) -> None:
        """The jurors of a round vote in turn what is told; None does not."""
        seats = self.model.disputes[number].rounds[-1].seats
        for index, holder in enumerate(sorted({self.model.seats[seat].holder for seat in seats})):
            choice = one_of(votes, index)
            if choice is not None:
                self.pair.commit_vote(holder, number, Vote(number, self.round_of(number), holder, choice, 1))

    def reveal(self, number: int, sleepers: Collection[str] = ()) -> None:
        for holder, vote in list(self.model.disputes[number].rounds[-1].commitments.items()):
            if holder not in sleepers:
                self.pair.reveal_vote(number, holder, vote.choice, vote.salt)

    def to_end_of(self, number: int, phase: Phase, early: int = 0) -> None:
        current, end = self.model.phase(self.model.disputes.get(number))
        if current == phase:
            self.pair.travel(max(0, end - early - self.model.now), 1)

    def settled_rounds(self, dispute: Dispute) -> set[int]:
        """In the order of settlement the round of the final ruling comes last."""
        last = standing(dispute.votes).deciding_round
        order = sorted(range(len(dispute.rounds)), key=lambda number: (number == last, number))
        return set(order[: dispute.settled_count])
