"""Sending: gas, fees, and nonces that many senders of one account share."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from .. import errors
from .._results import Call
from . import fees, simulating
from .flight import Flight, Mined, Options, Signer, emit
from .reading import Reading, number, parsed, require_chain
from .steps import Ask, AskAll, Locked, Steps
from .waiting import land

# What is asked for above the node's estimate, as state may change until the transaction is mined; and above the gas
# that a simulation used, as a fifth of what was needed may have been refunded.
ESTIMATE_MARGIN = 1.2
SIMULATION_MARGIN = 1.5
# How often a transaction is sent anew because the node refuses its nonce or its fees.
MAX_TRIES = 5


@dataclass
class Lane:
    """The nonces of one account."""

    # Those of transactions that are sent and not mined yet.
    flying: set[int] = field(default_factory=set)

    def following(self, used: int) -> int:
        """The lowest nonce that is free, where the node knows of so many that are used.

        The node may not count all that are under way: whoever waits for them sends those again that it lost.
        """
        while used in self.flying:
            used += 1
        return used


class Sending:
    """Sends transactions of one chain."""

    def __init__(self, reading: Reading, chain_id: int, options: Options) -> None:
        self._reading = reading
        self._chain_id = chain_id
        self._options = options
        self._lanes: dict[str, Lane] = {}

    def send(self, signer: Signer | str, calls: Sequence[Call]) -> Steps[list[Mined]]:
        """Sends calls of one account in order, and waits until all are mined.

        They are run beforehand, by the gas estimate or a simulation, so what a contract refuses is raised here and
        costs nothing. Where the node can simulate, they are all sent at once; else each waits for the one before it.
        """
        limits = yield from self._limits(calls)
        if limits is not None:
            return (yield from self._send_together(signer, calls, limits))
        mined: list[Mined] = []
        for call in calls:
            limit = yield from self._limit(call)
            mined += yield from self._send_together(signer, [call], [limit])
        return mined

    def _limits(self, calls: Sequence[Call]) -> Steps[list[int] | None]:
        """The gas limits of calls that build on each other; None if the node cannot tell."""
        if len(calls) == 1:
            return [(yield from self._limit(calls[0]))]
        try:
            outcomes = yield from simulating.simulate(self._reading, calls)
        except errors.MethodMissing:
            return None
        return [self._options.gas_limit or int(outcome.gas_used * SIMULATION_MARGIN) for outcome in outcomes]

    def _limit(self, call: Call) -> Steps[int]:
        limit = self._options.gas_limit
        if limit is None:
            return int((yield from simulating.estimate(self._reading, call)) * ESTIMATE_MARGIN)
        yield Ask("eth_call", ({**call.trial(), "gas": hex(limit)}, self._reading.block))
        return limit

    def _send_together(self, signer: Signer | str, calls: Sequence[Call], limits: Sequence[int]) -> Steps[list[Mined]]:
        account = calls[0].sender
        lane = self._lanes.setdefault(account, Lane())
        flights = [Flight(call, signer=signer, gas=gas) for call, gas in zip(calls, limits, strict=True)]
        yield Locked(account, self._launch(lane, account, flights))
        mined: list[Mined] = []
        try:
            for flight in flights:
                mined.append((yield from land(flight, self._options)))
        finally:
            self._forget(lane, flights)
        return mined

    def _launch(self, lane: Lane, account: str, flights: Sequence[Flight]) -> Steps[None]:
        """Sends transactions under the account's next nonces."""
        count = Ask("eth_getTransactionCount", (account, "pending"))
        chain_id, used, *market = yield AskAll((Ask("eth_chainId"), count, *fees.ASKS))
        for answer in (chain_id, used):
            if isinstance(answer, errors.GoldleafError):
                raise answer
        require_chain(chain_id, self._chain_id)
        offered = fees.offer((yield from fees.read_market(market)), self._options.max_fee)
        nonce = lane.following(parsed(number, used))
        launched: list[Flight] = []
        try:
            for flight in flights:
                flight.nonce, flight.offered = nonce, offered
                yield from self._broadcast(lane, flight)
                launched.append(flight)
                lane.flying.add(flight.nonce)
                nonce = lane.following(flight.nonce + 1)
        except BaseException as error:
            self._forget(lane, launched)
            for flight in launched:
                error.add_note(f"{flight.hash} was sent before it.")
            raise

    def _broadcast(self, lane: Lane, flight: Flight) -> Steps[None]:
        """Sends a transaction for the first time, with another nonce or other fees if need be."""
        for _ in range(MAX_TRIES):
            try:
                return (yield from emit(flight))
            except errors.NonceTaken:
                assert flight.call is not None and flight.nonce is not None
                used = yield Ask("eth_getTransactionCount", (flight.call.sender, "pending"))
                # The node's count may lag behind what it has just refused.
                flight.nonce = lane.following(max(parsed(number, used), flight.nonce + 1))
            except errors.Underpriced:
                market = yield from fees.ask_market()
                flight.offered = fees.offer(market, self._options.max_fee, before=flight.offered)
        return (yield from emit(flight))

    @staticmethod
    def _forget(lane: Lane, flights: Sequence[Flight]) -> None:
        for flight in flights:
            assert flight.nonce is not None
            lane.flying.discard(flight.nonce)
