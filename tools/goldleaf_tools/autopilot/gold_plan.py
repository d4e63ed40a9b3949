"""What tests on known items ("gold") ask of an account: as annotator, disputer and requester."""

from collections.abc import Iterator

from goldleaf import economics
from goldleaf.ids import gold_dispute_id
from goldleaf.types import GoldDispute, GoldDisputeState, TestPhase

from .duties import Duty, Step
from .snapshot import UNOPENED, Batch, Funds, Snapshot

# What a requester loses who does not open the gold of a batch in time.
UNTESTED = "the test of the batch: whoever guesses is paid as an expert is, unless somebody challenges"


def of_labels(submission: int, batch: Batch, snapshot: Snapshot) -> Iterator[Duty]:
    """What to do with committed labels that wait for their test."""
    result = snapshot.results.get(submission)
    terms = batch.task.parameters
    if batch.state.phase == TestPhase.GRADED and result is not None and not result.is_passed:
        # It would revert, and show the labels to whoever reads what is sent.
        return
    stands = _outcome_from(batch, snapshot.time)
    end = economics.graded_publish_end(
        deadline=terms.deadline,
        publish_period=terms.publish_period,
        opening_period=batch.test.opening_period,
        dispute_period=batch.test.dispute_period,
        fixed_at=stands,
        opened_at=batch.state.opened_at,
    )
    # The blocks that fix the outcome are confirmed as well: a requester who could replace them would open the gold
    # after having read the labels, and choose it by them.
    yield Duty(Step.PUBLISH, submission, snapshot.confirmed_from(stands, end), end, "all of the stake")
    if is_disputable(batch, snapshot) and result is not None and not result.is_passed:
        loss = f"all of the stake: {len(result.wrong)} errors on the gold, of which {result.allowed} pass"
        yield Duty(Step.DISPUTE_GOLD, submission, snapshot.time, batch.dispute_end, loss)


def of_batch(batch: Batch, snapshot: Snapshot, note_from: int | None) -> Iterator[Duty]:
    """What there is to do about the test of a batch."""
    state, time = batch.state, snapshot.time
    is_requester = batch.task.requester == snapshot.account
    if state.phase in UNOPENED:
        if is_requester:
            yield from _of_unopened(batch, snapshot)
        elif note_from is not None and _is_worth_noting(batch, batch.task.publish_from - time, note_from):
            yield Duty(Step.NOTE_SEALED, batch.id, time)
        return
    start = time
    for number, dispute in concerning(batch, snapshot.account):
        start = _settled_from(dispute, batch, start)
        yield Duty(Step.SETTLE_GOLD, gold_dispute_id(batch.task_id, batch.number, number), start)
    if state.deposit and has_share(batch, snapshot.account) and state.settled == state.filed:
        yield Duty(Step.RELEASE_DEPOSIT, batch.id, _outcome_from(batch, time))


def of_funds(funds: Funds, time: int) -> Iterator[Duty]:
    """Whether the free balance covers the next deposits."""
    balance = funds.balance
    if balance.free < funds.needed and time < funds.end:
        lacking = type(balance)(balance.ledger, balance.token, funds.needed - balance.free)
        yield Duty(Step.FUND, funds.task_id, time, funds.end, "the test of what is sealed by then", balance=lacking)


def concerning(batch: Batch, account: str) -> list[tuple[int, GoldDispute]]:
    """The gold disputes to settle, with their numbers, as far as something of the account hangs on them."""
    state = batch.state
    left = list(enumerate(batch.disputes))[state.settled :]
    if not batch.is_void and (batch.own is not None or batch.task.requester == account):
        return left
    if batch.is_void and has_share(batch, account):  # it is paid when all are settled
        return left
    last = max((number for number, dispute in left if dispute.disputer == account), default=-1)
    return [(number, dispute) for number, dispute in left if number <= last]


def needs_money(snapshot: Snapshot) -> bool:
    """Whether the account needs its free balance in GoldTest: gold is to be opened, or may be disputed."""
    return any(
        (batch.graded and batch.state.phase in UNOPENED) or is_disputable(batch, snapshot) for batch in snapshot.batches
    )


def _of_unopened(batch: Batch, snapshot: Snapshot) -> Iterator[Duty]:
    """What its requester does about a batch before its gold is opened."""
    state, end = batch.state, batch.opening_end
    is_over = snapshot.time >= batch.task.publish_from
    if is_over and not batch.awaited:
        # Nobody has committed, and nobody can: there is nobody to test, and nobody who waits.
        return
    # Gold, and that there is none, is shown where no reorganization lets somebody commit who has seen it.
    start = snapshot.time if batch.sealed else snapshot.confirmed_from(state.sealed_at or batch.task.publish_from, end)
    if batch.graded is None:
        if state.phase == TestPhase.SEALED:
            yield Duty(Step.OPEN_OR_WAIVE, batch.id, start, end, UNTESTED)
    elif batch.graded:
        yield Duty(Step.OPEN_GOLD, batch.id, start, end, UNTESTED)
    else:
        yield Duty(Step.WAIVE, batch.id, start, end, "time: its annotators wait for nothing")


def _is_worth_noting(batch: Batch, earlier: int, least: int) -> bool:
    """Whether an annotator notes that a batch is sealed, which lets the opening period end so much earlier, seconds."""
    return batch.own is not None and batch.sealed and not batch.state.sealed_at and earlier >= max(least, 1)


def _outcome_from(batch: Batch, time: int) -> int:
    """When the outcome of a test stands: at the latest, as things are, while it does not."""
    state = batch.state
    if state.fixed_at:
        return state.fixed_at
    if not batch.is_opened:
        return batch.opening_end
    stands = batch.dispute_end
    for dispute in batch.disputes[state.settled :]:
        stands = max(stands, _settled_from(dispute, batch, time))
    return stands


def _settled_from(dispute: GoldDispute, batch: Batch, earliest: int) -> int:
    """When a gold dispute can be settled at the latest, not before `earliest`."""
    if dispute.state == GoldDisputeState.FILED:
        return max(earliest, dispute.filed_at + batch.task.parameters.arbitration_timeout)
    return earliest


def is_disputable(batch: Batch, snapshot: Snapshot) -> bool:
    """Whether the account may still dispute the gold."""
    return (
        batch.own is not None
        and batch.state.phase == TestPhase.OPENED
        and snapshot.time < batch.dispute_end
        and all(dispute.disputer != snapshot.account for dispute in batch.disputes)
    )


def has_share(batch: Batch, account: str) -> bool:
    """Whether something of the deposit is the account's when it is released."""
    if batch.is_void:
        return any(dispute.won and dispute.disputer == account for dispute in batch.disputes)
    return batch.task.requester == account
