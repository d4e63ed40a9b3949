"""Royalties: shares in finished data sets, what they earn, and licences."""

from collections.abc import Sequence
from decimal import Decimal

from .. import errors, events
from .._encoding import codec
from ..amounts import Units, at_most
from ..ids import name_submission, split_submission
from ..types import NO_TERMS, ZERO_ADDRESS, DataSet, License, Offer, SubmissionState, Task
from . import edge, submissions, tasks
from .asks import Flow
from .core import Context, Transaction, events_of, gather, one_event, optional_event, together, transact, view
from .ledger import check_free
from .ledger import free as free_balance
from .logs import read_events
from .tasks import ESCROW

POOL = "RoyaltyPool"

MAX_ENROLLED = 32
MAX_COLLECTED = 32
MAX_MEMO_BYTES = 256
# An allowance of so many shares is never used up.
UNLIMITED = 2**256 - 1


def data_set(context: Context, task: int) -> Flow[DataSet]:
    """What a closed task's data set has earned, and for whom. Raises `NoSuchTask`, `TaskNotClosed`."""
    return view(context, DataSet, POOL, "data_set", task)


def shares(context: Context, task: int, account: str | None = None) -> Flow[int]:
    """How many shares of a task's data set an account holds (default: the client's)."""
    return view(context, int, POOL, "balanceOf", _holder(context, account), task)


def total(context: Context, task: int) -> Flow[int]:
    """How many shares of a task's data set have been enrolled."""
    return view(context, int, POOL, "totalSupply", task)


def collectable(context: Context, task: int, account: str | None = None) -> Flow[int]:
    """What `collect` would credit to an account (default: the client's), in base units. Raises `NobodyEnrolled`."""
    return view(context, int, POOL, "collectable", task, _holder(context, account))


def is_enrolled(context: Context, submission: int) -> Flow[bool]:
    """Whether a submission's shares have been minted."""
    return view(context, bool, POOL, "is_enrolled", submission)


def unenrolled(context: Context, account: str | None = None) -> Flow[list[int]]:
    """The paid submissions of an account (default: the client's) that can be enrolled and are not, oldest first.

    Those of tasks that are closed. Looks through the events since the deployment.
    """
    annotator = _holder(context, account)
    claimed = codec.contract(ESCROW).events["Claimed"].topic
    told = yield from read_events(context, ESCROW, (claimed, None, codec.word(annotator)))
    paid = [event.submission for event in told if isinstance(event, events.Claimed)]
    numbers = list(dict.fromkeys(split_submission(submission)[0] for submission in paid))
    found, done = yield from together(
        gather(tasks.get(context, task) for task in numbers),
        gather(is_enrolled(context, submission) for submission in paid),
    )
    closed = {number for number, task in zip(numbers, found, strict=True) if task.closed}
    return [
        submission
        for submission, enrolled in zip(paid, done, strict=True)
        if not enrolled and split_submission(submission)[0] in closed
    ]


def held(context: Context, account: str | None = None) -> Flow[list[int]]:
    """The tasks of which an account (default: the client's) was ever given shares, in the order of the first ones.

    Also those of which it has given all away since, for they may still hold something to collect. Looks through the
    events since the deployment.
    """
    receiver = _holder(context, account)
    topics = (codec.contract(POOL).events["Transfer"].topic, None, codec.word(receiver))
    told = yield from read_events(context, POOL, topics)
    return list(dict.fromkeys(event.id for event in told if isinstance(event, events.Transfer)))


def offer(context: Context, task: int) -> Flow[Offer]:
    """What a licence of a task's data set costs, and on what terms; a price of 0: not for sale."""
    return view(context, Offer, POOL, "offer", task)


def license(context: Context, license: int) -> Flow[License]:
    """A licence that was sold; its id is `task << 64 | number`. Raises `NoSuchLicense`."""
    found = yield from view(context, License, POOL, "license", license)
    if found.licensee == ZERO_ADDRESS:
        raise errors.NoSuchLicense(f"license {license}")
    return found


def license_count(context: Context, task: int) -> Flow[int]:
    """How many licences of a task's data set were sold; their numbers count from 0."""
    return view(context, int, POOL, "license_count", task)


def enroll(
    context: Context, submissions: Sequence[int] | None = None
) -> Flow[Transaction[tuple[events.Enrolled, ...]]]:
    """Mints the shares of 1 to 32 paid submissions of closed tasks to their annotators. Anyone may, once for each.

    One share for each accepted label, with all that it has earned since the task closed: when somebody enrolls makes
    no difference. Passes over submissions that have enrolled, were not paid, or are of open tasks: the result has those
    that are enrolled by this. Without submissions, the first 32 of the client's account that `unenrolled` finds.

    Raises `NoSuchTask`, and `NothingToEnroll` if there is none to enroll.
    """
    if submissions is None:
        submissions = (yield from unenrolled(context))[:MAX_ENROLLED]
        if not submissions:
            raise errors.NothingToEnroll(context.actor)
    edge.between(errors.ArgumentError, "number of submissions", len(submissions), 1, MAX_ENROLLED)
    if context.checks:
        refusals = yield from gather(_enroll_refusal(context, submission) for submission in submissions)
        if all(refusals):
            raise errors.NothingToEnroll("; ".join(map(str, refusals)))
    return transact(context, POOL, "enroll", list(submissions), result=events_of(events.Enrolled))


def pay(context: Context, task: int, amount: edge.Amount, *, memo: str = "") -> Flow[Transaction[events.Paid]]:
    """Pays for the use of a closed task's data set, out of the free balance in the pool's ledger.

    Of `royalty_bps` of it each share earns an equal part, one for each label that the task asked for; all else is the
    requester's. `memo` says what for, to everybody who reads the events. Raises `ZeroAmount`, `NoSuchTask`,
    `TaskNotClosed`, `BalanceTooLow`.
    """
    size = len(memo.encode())
    edge.between(errors.ArgumentError, "bytes of memo", size, 0, MAX_MEMO_BYTES)
    units = yield from _units(context, task, amount)
    if units <= 0:
        raise errors.ZeroAmount("amount", value=units, bound="at least 1")
    if context.checks:
        found = yield from _closed(context, task)
        yield from _check_free(context, found.token, units)
    return transact(context, POOL, "pay", task, units, memo, result=one_event(events.Paid))


def collect(context: Context, task: int, account: str | None = None) -> Flow[Transaction[events.Collected | None]]:
    """Credits what an account's shares (default: the client's) have earned to its free balance in the pool's ledger.

    Anyone may; the result is None if somebody did so just before. Raises `NobodyEnrolled`, `NothingToCollect`.
    """
    holder = _holder(context, account)
    if context.checks and not (yield from collectable(context, task, holder)):
        raise errors.NothingToCollect(f"task {task}, by {holder}")
    return transact(context, POOL, "collect", task, holder, result=optional_event(events.Collected))


def collect_many(
    context: Context, tasks: Sequence[int] | None = None, account: str | None = None
) -> Flow[Transaction[tuple[events.Collected, ...]]]:
    """`collect` for 1 to 32 tasks.

    Passes over those in which there is nothing to collect. Without tasks, the first 32 in which the account has
    something to collect. Raises `NobodyEnrolled`, `NothingToCollect` if there is nothing in any.
    """
    holder = _holder(context, account)
    if tasks is None:
        known = yield from held(context, holder)
        earned = yield from gather(collectable(context, task, holder) for task in known)
        tasks = [task for task, amount in zip(known, earned, strict=True) if amount][:MAX_COLLECTED]
        if not tasks:
            raise errors.NothingToCollect(f"by {holder}, in {len(known)} tasks")
    else:
        edge.at_most("tasks", tasks, MAX_COLLECTED)
        if context.checks and not any((yield from gather(collectable(context, task, holder) for task in tasks))):
            raise errors.NothingToCollect(f"tasks {list(tasks)}, by {holder}")
    return transact(context, POOL, "collect_many", list(tasks), holder, result=events_of(events.Collected))


def collect_requester_share(context: Context, task: int) -> Flow[Transaction[events.RequesterShareCollected | None]]:
    """Credits the requester's part of the revenue to their free balance in the pool's ledger.

    Anyone may; the result is None if somebody did so just before. Raises `NoSuchTask`, `TaskNotClosed`,
    `NothingToCollect`.
    """
    if context.checks and not (yield from data_set(context, task)).requester_due:
        raise errors.NothingToCollect(f"the requester of task {task}")
    return transact(
        context, POOL, "collect_requester_share", task, result=optional_event(events.RequesterShareCollected)
    )


def set_price(
    context: Context, task: int, price: edge.Amount, *, terms: bytes = NO_TERMS
) -> Flow[Transaction[events.Priced]]:
    """Offers licences of a closed task's data set at a price; 0 ends the sale. The requester's alone.

    `terms` is the keccak-256 of the licence's terms. Licences already sold stay as they are. Raises `NoLicenseTerms`,
    `NoSuchTask`, `TaskNotClosed`, `NotDataSetRequester`.
    """
    units = yield from _units(context, task, price)
    if units and not any(edge.word("terms", terms)):
        raise errors.NoLicenseTerms("terms", value="empty", bound="a keccak-256")
    if context.checks:
        found = yield from _closed(context, task)
        if context.actor != found.requester:
            raise errors.NotDataSetRequester("account", value=context.actor, bound=found.requester)
    return transact(context, POOL, "set_price", task, units, terms, result=one_event(events.Priced))


def buy_license(
    context: Context,
    task: int,
    *,
    licensee: str | None = None,
    terms: bytes | None = None,
    max_price: edge.Amount | None = None,
) -> Flow[Transaction[events.Licensed]]:
    """Buys a licence for `licensee` (default: the client's account), out of the free balance in the pool's ledger.

    It is refused if other `terms` than these are on offer, or at more than `max_price`; both default to what is on
    offer now, so read `offer` and the terms themselves first. The price is shared as by `pay`.

    Raises `NotForSale`, `OtherLicenseTerms`, `PriceAboveMaximum`, `NoLicensee`, `BalanceTooLow`.
    """
    holder = _holder(context, licensee)
    if holder == ZERO_ADDRESS:
        raise errors.NoLicensee(holder)
    most = None if max_price is None else (yield from _units(context, task, max_price))
    if terms is None or most is None or context.checks:
        on_sale = yield from offer(context, task)
        if not on_sale.price:
            raise errors.NotForSale(f"task {task}")
        terms = on_sale.terms if terms is None else terms
        most = on_sale.price if most is None else most
        if context.checks:
            if edge.word("terms", terms) != on_sale.terms:
                raise errors.OtherLicenseTerms("terms", value=terms.hex(), bound=on_sale.terms.hex())
            found = yield from _closed(context, task)
            if on_sale.price > most:
                raise errors.PriceAboveMaximum(
                    "price", value=Units(on_sale.price, found.token), bound=at_most(most, found.token)
                )
            yield from _check_free(context, found.token, on_sale.price)
    arguments = (task, holder, edge.word("terms", terms), most)
    return transact(context, POOL, "buy_license", *arguments, result=one_event(events.Licensed))


def transfer(context: Context, task: int, amount: int, to: str) -> Flow[Transaction[events.Transfer]]:
    """Gives so many shares of a task's data set to another account; what they have earned so far is collected first.

    Raises `BadShareReceiver`, `NobodyEnrolled`, `TooFewShares`.
    """
    receiver = _share_receiver(context, to)
    if context.checks:
        yield from _check_shares(context, task, amount, context.actor)
    return transact(context, POOL, "transfer", receiver, task, amount, result=one_event(events.Transfer))


def transfer_from(context: Context, task: int, amount: int, owner: str, to: str) -> Flow[Transaction[events.Transfer]]:
    """`transfer` of shares of another account, within what it has allowed, or as its operator.

    Raises `BadShareReceiver`, `NobodyEnrolled`, `TooFewShares`, `ShareAllowanceTooLow`.
    """
    receiver, holder = _share_receiver(context, to), edge.address(owner)
    if context.checks:
        allowed, operates = yield from together(
            allowance(context, task, context.actor, holder), is_operator(context, context.actor, holder)
        )
        if not operates and context.actor != holder and allowed < amount:
            raise errors.ShareAllowanceTooLow("allowance", value=allowed, bound=f"at least {amount}")
        yield from _check_shares(context, task, amount, holder)
    return transact(context, POOL, "transferFrom", holder, receiver, task, amount, result=one_event(events.Transfer))


def approve(context: Context, task: int, amount: int, spender: str) -> Flow[Transaction[events.Approval]]:
    """Lets another account transfer so many of one's shares of a task's data set; 0 ends that.

    It takes the place of what was allowed before. `royalties.UNLIMITED` is never used up.
    """
    edge.between(errors.ArgumentError, "amount", amount, 0, UNLIMITED)
    yield from ()  # whatever is allowed may be
    return transact(context, POOL, "approve", edge.address(spender), task, amount, result=one_event(events.Approval))


def set_operator(context: Context, operator: str, approved: bool = True) -> Flow[Transaction[events.OperatorSet]]:
    """Lets another account transfer all of one's shares in every data set, later ones too; or ends that."""
    yield from ()  # whoever is named may be
    return transact(
        context, POOL, "setOperator", edge.address(operator), approved, result=one_event(events.OperatorSet)
    )


def allowance(context: Context, task: int, spender: str, owner: str | None = None) -> Flow[int]:
    """How many shares of an owner (default: the client's account) a spender may transfer, besides as its operator."""
    return view(context, int, POOL, "allowance", _holder(context, owner), edge.address(spender), task)


def is_operator(context: Context, operator: str, owner: str | None = None) -> Flow[bool]:
    """Whether an account may transfer all shares of an owner (default: the client's account)."""
    return view(context, bool, POOL, "isOperator", _holder(context, owner), edge.address(operator))


def _holder(context: Context, account: str | None) -> str:
    return edge.address(account) if account is not None else context.actor


def _share_receiver(context: Context, to: str) -> str:
    receiver = edge.address(to)
    if receiver in (ZERO_ADDRESS, context.deployment.address(POOL)):
        raise errors.BadShareReceiver(receiver)
    return receiver


def _check_shares(context: Context, task: int, amount: int, owner: str) -> Flow[None]:
    # Of a task without shares the balance is 0 too; which it is, this tells.
    owned, _ = yield from together(shares(context, task, owner), collectable(context, task, owner))
    if owned < amount:
        raise errors.TooFewShares("shares", value=owned, bound=f"at least {amount}")


def _units(context: Context, task: int, amount: edge.Amount) -> Flow[int]:
    """An amount of a task's token in base units."""
    token = (yield from tasks.get(context, task)).token if isinstance(amount, Decimal) else ZERO_ADDRESS
    return (yield from edge.base_units(amount, token))


def _closed(context: Context, task: int) -> Flow[Task]:
    found = yield from tasks.get(context, task)
    if not found.closed:
        raise errors.TaskNotClosed(f"task {task}")
    return found


def _check_free(context: Context, token: str, units: int) -> Flow[None]:
    free = yield from free_balance(context, token=token)
    check_free(context, free, units, token, "free balance in the royalty pool")


def _enroll_refusal(context: Context, submission: int) -> Flow[str | None]:
    """Why a submission has no shares to be minted."""
    found, enrolled, task = yield from together(
        submissions.get(context, submission),
        is_enrolled(context, submission),
        tasks.get(context, split_submission(submission)[0]),
    )
    if enrolled:
        return f"submission {name_submission(submission)} has enrolled"
    if found.state != SubmissionState.PAID:
        return f"submission {name_submission(submission)} is {found.state.name.lower()}"
    return None if task.closed else f"the task of submission {name_submission(submission)} is not closed"
