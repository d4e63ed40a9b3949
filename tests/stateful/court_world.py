"""The court on a chain and its model side by side: every call is made to both, and after each all is compared."""

from collections.abc import Callable, Sequence
from copy import deepcopy
from functools import lru_cache
from itertools import pairwise
from typing import Any

from eth_utils import keccak

from goldleaf.types import NOT_HEARD
from goldleaf_tools.rules.court import BlockHashes, Court, Dispute, Parameters, Randomness, Vote
from goldleaf_tools.rules.jury import Votes, standing
from goldleaf_tools.rules.refusal import RefusedError
from tests.stateful.chain import CHAIN_ID, GENESIS, Chain, Contract, RevertedError, Watch, account, encode, word

WEALTH = 10**30  # what each actor owns of the token
NOBODY = "0x" + "00" * 20

DEPLOYER, KEEPER, RELAY = account(0), account(10), account(11)
ACTORS = [account(number) for number in range(1, 7)]
# Differs from another's address only in bits that the court's panels do not keep.
ACTORS.append("0xff" + ACTORS[-1][4:])
ARBITRABLES = 3
REVERT = 1  # how an ArbitrableMock takes its rulings

# Not round, so that shares leave remainders.
TERMS = {
    "juror_fee": 1_000_003,
    "load": 8,
    "max_seats": 40,
    "max_seats_per_holder": 8,
    "join_delay": 50,
    "draw_timeout": 300,
    "commit_period": 100,
    "reveal_period": 110,
    "appeal_period": 120,
}


# Of beacons: seconds between two, and from arming a draw to the beacon that it waits for, at least.
BEACON_PERIOD, BEACON_MARGIN = 7, 20


def block_hash(number: int) -> bytes:
    """The hash that revm gives a block which it has not seen."""
    return keccak(text=str(number))


class Beacons(Randomness):
    """A ticket is a beacon, whose seed is known once it is due and somebody has shown it: late, or never."""

    def __init__(self) -> None:
        self.shown: set[int] = set()

    def next_ticket(self, now: int, block: int) -> int:
        return -(-(now + BEACON_MARGIN - GENESIS) // BEACON_PERIOD) + 1

    def seed(self, ticket: int, block: int) -> bytes | None:
        return block_hash(ticket) if ticket in self.shown else None

    def is_lost(self, ticket: int, block: int) -> bool:
        return False

    @staticmethod
    def due(ticket: int) -> int:
        return GENESIS + (ticket - 1) * BEACON_PERIOD


@lru_cache(maxsize=2**14)
def encode_result(value: Any) -> bytes:
    """What a view returns, by the rules of the ABI: a word, or a struct of words and lists of words."""
    if not isinstance(value, tuple):
        return word(value)
    head, tail = [], b""
    for member in value:
        if isinstance(member, tuple):
            head.append(word(32 * len(value) + len(tail)))
            tail += word(len(member)) + b"".join(map(word, member))
        else:
            head.append(word(member))
    # A struct that holds a list is itself found by its offset.
    return (word(32) if tail else b"") + b"".join(head) + tail


class CourtWorld:
    """Deployed once per process; each run starts from the same state and is then undone.

    With `beacons`, draws wait for beacons and not for block hashes.
    """

    def __init__(self, actors: Sequence[str] = ACTORS, *, beacons: bool = False, **terms: int) -> None:
        self.actors = actors
        self.chain = Chain()
        self.token = self.chain.deploy("mocks/TokenMock", 6)
        self.deploy_court(self.token, beacons=beacons, **TERMS | terms)
        self.arbitrables = [self.chain.deploy("mocks/ArbitrableMock", self.court.address) for _ in range(ARBITRABLES)]
        self.deaf: Contract | None = self.arbitrables[-1]
        self.chain.call(self.deaf, "set_manner", [REVERT], DEPLOYER)
        for arbitrable in self.arbitrables:
            self.chain.call(self.token, "mint", [arbitrable.address, WEALTH], DEPLOYER)
        for actor in self.actors:
            self.chain.call(self.token, "mint", [actor, WEALTH], DEPLOYER)
            self.chain.call(self.token, "approve", [self.court.address, WEALTH], actor)

    def deploy_court(self, token: Contract, *, beacons: bool, **terms: int) -> None:
        """With a gate that opens to whoever knows its password, at first to anybody who shows nothing."""
        self.beacons = self.chain.deploy("mocks/CourtRandomness") if beacons else None
        randomness = self.beacons or self.chain.deploy("randomness/BlockhashRandomness")
        self.gate = self.chain.deploy("mocks/GateMock")
        self.chain.call(self.gate, "set_password", [0, keccak(b"")], DEPLOYER)
        self.parameters = Parameters(token.address, self.gate.address, randomness.address, **terms)
        self.court = self.chain.deploy("Court", RELAY, self.parameters)


class CourtPair:
    """One run: the contract and the model from the same start."""

    def __init__(self, world: CourtWorld, like: "CourtPair | None" = None) -> None:
        """Goes on from where `like` stands, which must not move until this run is undone."""
        self.world = world
        self.chain = world.chain
        self.court = world.court
        self.checkpoint = self.chain.evm.snapshot()
        self.calls = 0
        randomness = Beacons() if world.beacons else BlockHashes(block_hash)
        self.model = Court(world.court.address, world.parameters, randomness)
        self.created: dict[int, int] = {}  # dispute -> time
        self.refunds: dict[tuple[int, int], int] = {}  # dispute, round -> what its payer got back
        self.payments: dict[tuple[int, int], int] = {}  # dispute, round -> what its payer paid
        # dispute -> seats that were listed and did not leave when its first round was drawn
        self.listed: dict[int, set[int]] = {}
        self.paid_out: dict[int, int] = {}  # closed seat -> base units
        self.watch = Watch(self.chain)
        self.ticket = 0  # the one that beacons are waited for next
        if world.deaf:
            self.model.deaf.add(world.deaf.address)
        if like:
            self.model = deepcopy(like.model)
        self.go_to(self.model.now or GENESIS, self.model.block or 1000)

    def undo(self) -> None:
        self.chain.evm.revert(self.checkpoint)

    def go_to(self, now: int, block: int) -> None:
        self.chain.go_to(now, block)
        self.follow_clock()

    def follow_clock(self) -> None:
        """Tells the model, and the source of beacons, what time it is on the chain."""
        self.model.now, self.model.block = self.chain.now, self.chain.block
        if self.world.beacons:
            ticket = self.model.randomness.next_ticket(self.chain.now, self.chain.block)
            if ticket != self.ticket:
                self.ticket = ticket
                self.chain.call(self.world.beacons, "set_next_ticket", [ticket], DEPLOYER)

    def show_beacon(self) -> None:
        """Shows the one that the head of the queue waits for, if it is due; without beacons nobody has to."""
        beacons = self.model.randomness
        if self.world.beacons and isinstance(beacons, Beacons) and self.model.armed:
            ticket, _ = self.model.armed
            if self.model.now >= beacons.due(ticket):
                beacons.shown.add(ticket)
                self.chain.call(self.world.beacons, "set_seed", [ticket, block_hash(ticket)], DEPLOYER)

    def wait_for_seed(self) -> None:
        """Until the seed that the head of the queue waits for is known."""
        beacons = self.model.randomness
        self.travel(2, 2)
        if isinstance(beacons, Beacons) and self.model.armed:
            self.travel(max(0, beacons.due(self.model.armed[0]) - self.model.now), 1)
            self.show_beacon()

    def travel(self, seconds: int = 0, blocks: int = 0) -> None:
        self.go_to(self.model.now + seconds, self.model.block + blocks)

    # Calls: the value is what the function returned, or None if both refused

    def deposit(self, actor: str, amount: int) -> None:
        arguments = [self.world.token.address, amount, actor]
        self.both(lambda: self.model.deposit(actor, amount), "deposit", arguments, actor, compare_events=False)

    def withdraw(self, actor: str, amount: int) -> Any:
        arguments = [self.world.token.address, amount, actor]
        return self.both(lambda: self.model.withdraw(actor, amount), "withdraw", arguments, actor, compare_events=False)

    def set_password(self, password: bytes) -> None:
        self.model.password = password
        self.chain.call(self.world.gate, "set_password", [0, keccak(password)], DEPLOYER)

    def join(self, actor: str, count: int, gate_data: bytes = b"") -> Any:
        return self.both(lambda: self.model.join(actor, count, gate_data), "join", [count, gate_data], actor)

    def renew(self, actor: str, gate_data: bytes) -> Any:
        return self.both(lambda: self.model.renew(actor, gate_data), "renew", [gate_data], actor)

    def ready(self, seat: int) -> Any:
        return self.both(lambda: self.model.ready(seat), "ready", [seat])

    def leave(self, actor: str, seat: int) -> Any:
        return self.both(lambda: self.model.leave(actor, seat), "leave", [seat], actor)

    def dismiss(self, seat: int, gate_data: bytes) -> Any:
        return self.both(lambda: self.model.dismiss(seat, gate_data), "dismiss", [seat, gate_data])

    def create_dispute(self, arbitrable: int, choices: int, refund_to: str) -> Any:
        contract = self.world.arbitrables[arbitrable]
        evidence = bytes([arbitrable]) * 32
        dispute = self.both(
            lambda: self.model.create_dispute(contract.address, choices, evidence, refund_to),
            "create_dispute",
            [choices, evidence, refund_to],
            contract=contract,
        )
        if dispute is not None:
            self.created[dispute] = self.model.now
            self.payments[dispute, 0] = self.world.parameters.round_fee(0)
        return dispute

    def draw(self) -> Any:
        listed = {seat for seat in self.model.listed if self.model.seats[seat].leaves_at is None}
        dispute = self.both(self.model.draw, "draw", [])
        if dispute:
            self.listed.setdefault(dispute, listed)
        return dispute

    def drop(self, dispute: int) -> Any:
        return self.both(lambda: self.model.drop(dispute), "drop", [dispute])

    def commit_vote(self, actor: str, dispute: int, vote: Vote) -> Any:
        arguments = [dispute, self.commitment(vote)]
        return self.both(lambda: self.model.commit_vote(actor, dispute, vote), "commit_vote", arguments, actor)

    def reveal_vote(self, dispute: int, holder: str, choice: int, salt: int) -> Any:
        arguments = [dispute, holder, choice, salt.to_bytes(32)]
        return self.both(lambda: self.model.reveal_vote(dispute, holder, choice, salt), "reveal_vote", arguments)

    def appeal(self, actor: str, dispute: int) -> Any:
        accepted = self.both(lambda: self.model.appeal(actor, dispute), "appeal", [dispute], actor)
        if accepted is not None:
            round = len(self.model.disputes[dispute].rounds) - 1
            self.payments[dispute, round] = self.world.parameters.round_fee(round)
        return accepted

    def settle(self, dispute: int) -> Any:
        return self.both(lambda: self.model.settle(dispute), "settle", [dispute])

    def execute(self, dispute: int) -> Any:
        return self.both(lambda: self.model.execute(dispute), "execute", [dispute], returns=False)

    def commitment(self, vote: Vote) -> bytes:
        values = [CHAIN_ID, self.court.address, *vote[:4], vote.salt.to_bytes(32)]
        return keccak(encode("(uint256,address,uint256,uint256,address,uint256,bytes32)", values))

    def both(
        self,
        model: Callable[[], Any],
        function: str,
        arguments: list[Any],
        sender: str = KEEPER,
        contract: Contract | None = None,
        compare_events: bool = True,
        returns: bool = True,
    ) -> Any:
        """What the model returns, True if that is nothing, or None if the call was refused."""
        self.model.events.clear()
        refused = reverted = expected = returned = None
        try:
            expected = model()
        except RefusedError as error:
            refused = error.reason
        try:
            returned = self._send(contract or self.court, function, arguments, sender)
        except RevertedError as error:
            reverted = error.reason
        assert reverted == refused, (function, arguments)
        if returned is None:
            return None
        if expected is not None and returns:
            assert int.from_bytes(returned) == expected, (function, arguments)
        if compare_events:
            self._compare_events()
        for name, fields in self.model.events:
            self._note(name, fields)
        return True if expected is None else expected

    def _send(self, contract: Contract, function: str, arguments: list[Any], sender: str) -> bytes:
        self.calls += 1
        if contract is self.court and self.calls % 5 == 0:
            # Every fifth call comes through the relay.
            data = contract.calldata(function, arguments) + bytes.fromhex(sender[2:])
            return self.chain.send(contract.address, data, RELAY)
        return self.chain.call(contract, function, arguments, sender)

    def _note(self, name: str, fields: dict[str, Any]) -> None:
        if name == "NotHeard":
            self.refunds[fields["dispute"], 0] = fields["fee"]
        elif name == "SeatClosed":
            self.paid_out[fields["seat"]] = fields["amount"]
        elif name == "AppealDropped":
            self.refunds[fields["dispute"], fields["round"]] = fields["fee"]
        elif name == "RoundSettled" and fields["refund"]:
            heard = standing(self.model.disputes[fields["dispute"]].votes).deciding_round is not None
            self.refunds[fields["dispute"], fields["round"] + heard] = fields["refund"]

    # Comparison

    def _compare_events(self) -> None:
        expected = [
            self.court.log(
                name,
                {key: self.commitment(value) if isinstance(value, Vote) else value for key, value in fields.items()},
            )
            for name, fields in self.model.events
        ]
        assert self.chain.logs(self.court) == expected, self.model.events

    def compare(self, everything: bool = True) -> None:
        """What the court remembers, and that it holds exactly what it owes.

        What should not have changed is looked at now and then, or if `everything` is.
        """
        self.watch.begin(everything=everything)
        model, token = self.model, self.world.token.address
        for owner in [*self.world.actors, *(arbitrable.address for arbitrable in self.world.arbitrables)]:
            self._expect(model.free[owner], "free", token, owner)
        for actor in self.world.actors:
            self._expect(model.seats_of(actor), "seats_of", actor)
        self._expect(model.opened, "seat_count")
        self._expect(len(model.seats), "open_seats")
        self._expect(len(model.listed), "listed_seats")
        self._expect(model.carried, "carried")
        self._expect(len(model.disputes), "dispute_count")
        ticket, candidates = model.armed or (0, 0)
        head, tail = (model.queue[0], model.queue[-1]) if model.queue else (0, 0)
        self._expect((head, tail, bool(model.armed), ticket, candidates), "round_queue")
        for position, seat in enumerate(model.listed, 1):
            self._expect(seat, "seat_at", position)
        for number in range(1, model.opened + 1):
            self._expect(self._seat_tuple(number), "seat", number)
        for number, dispute in model.disputes.items():
            self._expect(self._dispute_tuple(dispute), "dispute", number)
            self._expect(self._round_tuple(dispute), "round", number, len(dispute.rounds) - 1)
        balance = self.chain.ask(self.world.token, "balanceOf", [self.court.address])
        assert int.from_bytes(balance) == model.held()

    def _expect(self, expected: Any, view: str, *arguments: Any) -> None:
        self.watch.expect(self.court, view, arguments, encode_result(expected))

    def _seat_tuple(self, number: int) -> Any:
        seat = self.model.seats.get(number)
        if seat is None:
            return NOBODY, 0, 0, 0, 0, False
        due = (seat.ready_from, 0) if seat.leaves_at is None else (0, seat.leaves_at)
        return seat.holder, seat.reserves, seat.reserved, *due, number in self.model.listed

    def _dispute_tuple(self, dispute: Dispute) -> Any:
        phase, end = self.model.phase(dispute)
        return (
            dispute.arbitrable,
            dispute.choices,
            phase,
            end,
            len(dispute.rounds) - 1,
            self.model.ruling(dispute),
            dispute.executed,
            dispute.settled_count,
        )

    def _round_tuple(self, dispute: Dispute) -> Any:
        round = dispute.rounds[-1]
        votes = tuple(NOT_HEARD if vote is None else vote for vote in round.votes)
        # What had been committed in a round is forgotten when an appeal against it enters the queue.
        return round.payer, tuple(round.seats), votes, 0 if dispute.closed else round.committed


def appeals(rounds: Sequence[Votes]) -> list[tuple[int, int]]:
    """Of each appeal: the ruling that it attacked and what it cost, in juror fees."""
    return [(standing(rounds[: number + 1]).ruling, len(later)) for number, (_, later) in enumerate(pairwise(rounds))]
