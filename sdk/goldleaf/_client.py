"""The synchronous client: runs flows against a node."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, Generic, ParamSpec, TypeVar, Union, overload

from . import errors
from ._flows import challenges, court, ledger, submissions, tasks
from ._flows.core import Context, Flow, Transaction
from ._flows.edge import Period, address
from .deployment import Deployment
from .events import Event

if TYPE_CHECKING:
    from web3 import Web3
    from web3.providers.base import BaseProvider

    from ._node import Signer

P = ParamSpec("P")
T = TypeVar("T")
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)


@dataclass(frozen=True)
class Sent(Generic[R_co]):
    """What came of a transaction that was sent and mined."""

    # The event that says what was done, or several where the method says so.
    result: R_co
    # All events of the deployment's contracts in this transaction, in order.
    events: tuple[Event, ...]
    gas_used: int
    block: int
    # Its hash.
    transaction: str
    # What had to be sent before it, such as an approval.
    first: tuple["Sent[Any]", ...] = ()


class Goldleaf:
    """A client of one deployment, on behalf of one account.

    `web3` is a `Web3`, which stays as it is, or a provider, or the URL of a node. `deployment` is a `Deployment` or the
    path of its file. `account` is a local account of eth-account, which signs here, or the address of an account that
    the node signs for; without one only reading is possible. A transaction is waited for at most `timeout` (seconds or
    a `timedelta`), asking the node again at the latest every `poll`. `gas_limit` is what every transaction is sent with
    instead of the node's estimate; chains in process are much faster with it.

    Raises `DeploymentError`, `WrongChain`, `NoCode`, `Unreachable`. Every method raises a `GoldleafError` of its own
    for each thing that can go wrong, before anything is sent where that can be seen.
    """

    def __init__(
        self,
        web3: Union["Web3", "BaseProvider", str],
        deployment: Deployment | str | Path,
        account: Union["Signer", str, None] = None,
        *,
        timeout: Period = timedelta(minutes=2),
        poll: Period = timedelta(seconds=1),
        gas_limit: int | None = None,
    ) -> None:
        from . import _node  # web3 takes most of a second to import, which those who only hash labels are spared

        self.deployment = deployment if isinstance(deployment, Deployment) else Deployment.load(deployment)
        self._node = _node.Node(
            _node.connect(web3), timeout=_seconds(timeout), poll=_seconds(poll), gas_limit=gas_limit
        )
        self._node.check(self.deployment.chain_id, self.deployment.contracts)
        self._act_as(account)

    def with_account(self, account: Union["Signer", str, None]) -> "Goldleaf":
        """The same client on behalf of another account."""
        other = Goldleaf.__new__(Goldleaf)
        other.deployment = self.deployment
        other._node = self._node
        other._act_as(account)
        return other

    def _act_as(self, account: Union["Signer", str, None]) -> None:
        self._signer = address(account) if isinstance(account, str) else account
        self.account: str | None = account_address(self._signer)
        self.tasks = Tasks(self)
        self.submissions = Submissions(self)
        self.challenges = Challenges(self)
        self.court = Court(self)
        self.ledger = Ledger(self)

    def _context(self, ledger: str) -> Context:
        return Context(self.deployment, self.account, ledger)

    def _run(self, flow: Flow[T]) -> T:
        try:
            request = next(flow)
            while True:
                request = flow.send(self._node.answer(request))
        except StopIteration as end:
            result: T = end.value
            return result

    def _send(self, context: Context, transaction: Transaction[R]) -> Sent[R]:
        from ._node import read_logs

        if self._signer is None:
            raise errors.NoAccount
        first = tuple(self._send(context, earlier) for earlier in transaction.first)
        receipt = self._node.send(self._signer, transaction.to, transaction.data)
        events = context.decode_logs(read_logs(receipt))
        return Sent(
            result=transaction.result(events),
            events=events,
            gas_used=receipt["gasUsed"],
            block=receipt["blockNumber"],
            transaction=receipt["transactionHash"].to_0x_hex(),
            first=first,
        )


class Namespace:
    """Some methods of a client."""

    def __init__(self, client: Goldleaf, ledger: str = "TaskEscrow") -> None:
        self._client = client
        self._context = client._context(ledger)


class BoundQuery(Generic[P, T]):
    """A method of a client that reads."""

    def __init__(self, namespace: Namespace, flow: Callable[Concatenate[Context, P], Flow[T]]) -> None:
        self._namespace = namespace
        self._flow = flow
        self.__doc__ = flow.__doc__

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> T:
        return self._namespace._client._run(self._flow(self._namespace._context, *args, **kwargs))


class BoundAction(Generic[P, R]):
    """A method of a client that sends a transaction and waits until it is mined."""

    def __init__(self, namespace: Namespace, flow: Callable[Concatenate[Context, P], Flow[Transaction[R]]]) -> None:
        self._namespace = namespace
        self._flow = flow
        self.__doc__ = flow.__doc__

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Sent[R]:
        client, context = self._namespace._client, self._namespace._context
        transaction = client._run(self._flow(context, *args, **kwargs))
        for warning in transaction.warnings:
            warnings.warn(warning, errors.GoldleafWarning, stacklevel=2)
        return client._send(context, transaction)


class Query(Generic[P, T]):
    """Makes a flow that returns a value a method of a namespace."""

    def __init__(self, flow: Callable[Concatenate[Context, P], Flow[T]]) -> None:
        self._flow = flow
        self.__doc__ = flow.__doc__

    @overload
    def __get__(self, namespace: None, owner: type) -> "Query[P, T]": ...
    @overload
    def __get__(self, namespace: Namespace, owner: type) -> BoundQuery[P, T]: ...
    def __get__(self, namespace: Namespace | None, owner: type) -> Union["Query[P, T]", BoundQuery[P, T]]:
        return self if namespace is None else BoundQuery(namespace, self._flow)


class Action(Generic[P, R]):
    """Makes a flow that returns a transaction a method of a namespace."""

    def __init__(self, flow: Callable[Concatenate[Context, P], Flow[Transaction[R]]]) -> None:
        self._flow = flow
        self.__doc__ = flow.__doc__

    @overload
    def __get__(self, namespace: None, owner: type) -> "Action[P, R]": ...
    @overload
    def __get__(self, namespace: Namespace, owner: type) -> BoundAction[P, R]: ...
    def __get__(self, namespace: Namespace | None, owner: type) -> Union["Action[P, R]", BoundAction[P, R]]:
        return self if namespace is None else BoundAction(namespace, self._flow)


class Tasks(Namespace):
    """Tasks: opening, cancelling, closing."""

    get = Query(tasks.get)
    count = Query(tasks.count)
    accepted_labels = Query(tasks.accepted_labels)
    opening = Query(tasks.opening)
    open_slots = Query(tasks.open_slots)
    open = Action(tasks.open_task)
    cancel = Action(tasks.cancel)
    close = Action(tasks.close)


class Submissions(Namespace):
    """Submissions: taking, delivering, being paid."""

    get = Query(submissions.get)
    items = Query(submissions.items)
    is_wrong = Query(submissions.is_wrong)
    publication = Query(submissions.publication)
    pick_slots = Query(submissions.pick_slots)
    take = Action(submissions.take)
    take_many = Action(submissions.take_many)
    release = Action(submissions.release)
    expire = Action(submissions.expire)
    commit = Action(submissions.commit)
    publish = Action(submissions.publish)
    accept = Action(submissions.accept)
    claim = Action(submissions.claim)
    claim_many = Action(submissions.claim_many)


class Challenges(Namespace):
    """Challenges and demands: the fights of a submission."""

    get = Query(challenges.get)
    filing = Query(challenges.filing)
    defence = Query(challenges.defence)
    sealed_at = Query(challenges.sealed_at)
    bond = Query(challenges.bond)
    seal = Action(challenges.seal)
    file = Action(challenges.file)
    concede = Action(challenges.concede)
    defend = Action(challenges.defend)
    demand = Action(challenges.demand)
    answer = Action(challenges.answer)
    settle = Action(challenges.settle)
    settle_many = Action(challenges.settle_many)


class Ledger(Namespace):
    """Free balances: where stakes, bonds and fees come from, and every payout goes."""

    free = Query(ledger.free)
    wallet = Query(ledger.wallet)
    deposit = Action(ledger.deposit)
    deposit_with_permit = Action(ledger.deposit_with_permit)
    transfer = Action(ledger.transfer)
    withdraw = Action(ledger.withdraw)


class Court(Namespace):
    """The court: seats, disputes, votes, appeals; with a ledger of its own."""

    def __init__(self, client: Goldleaf) -> None:
        super().__init__(client, ledger="Court")
        self.ledger = Ledger(client, ledger="Court")

    parameters = Query(court.parameters)
    arbitration_cost = Query(court.arbitration_cost)
    max_duration = Query(court.max_duration)
    seat_price = Query(court.seat_price)
    seat_penalty = Query(court.seat_penalty)
    appeal_cost = Query(court.appeal_cost)
    seat = Query(court.get_seat)
    seat_count = Query(court.seat_count)
    open_seats = Query(court.open_seats)
    listed_seats = Query(court.listed_seats)
    seat_at = Query(court.seat_at)
    seats_of = Query(court.seats_of)
    dispute = Query(court.get)
    dispute_count = Query(court.dispute_count)
    round = Query(court.get_round)
    ruling = Query(court.ruling)
    is_final = Query(court.is_final)
    commitment = Query(court.commitment)
    line = Query(court.line)
    carried = Query(court.carried)
    join = Action(court.join)
    ready = Action(court.ready)
    leave = Action(court.leave)
    dismiss = Action(court.dismiss)
    draw = Action(court.draw)
    drop = Action(court.drop)
    commit_vote = Action(court.commit_vote)
    reveal_vote = Action(court.reveal_vote)
    appeal = Action(court.appeal)
    execute = Action(court.execute)
    settle = Action(court.settle)


def account_address(signer: Union["Signer", str, None]) -> str | None:
    """The address that a signer acts as."""
    if signer is None or isinstance(signer, str):
        return signer
    return address(signer.address)


def _seconds(period: Period) -> float:
    return period.total_seconds() if isinstance(period, timedelta) else period
