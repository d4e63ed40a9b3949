"""How far a task has come, and what its requester may do about it, out of the facts of the index."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from goldleaf import economics
from goldleaf.testing import Plan
from goldleaf.types import SubmissionState, TaskTest, TestPhase
from goldleaf_tools.audit.facts import Delivery, TaskFacts, Test

# In the order in which they follow each other, with what people call them.
STATES = {
    SubmissionState.OPEN: "open",
    SubmissionState.TAKEN: "taken",
    SubmissionState.COMMITTED: "sealed",
    SubmissionState.PUBLISHED: "published",
    SubmissionState.PAID: "paid",
    SubmissionState.REJECTED: "rejected",
    SubmissionState.FORFEITED: "forfeited",
}


@dataclass(frozen=True, slots=True)
class Batch:
    """The test of a batch."""

    number: int
    sealed: int  # of its submissions
    state: str
    is_graded: bool | None  # by the plan; None: there is none here
    told: str  # what comes next
    until: int  # unix seconds; 0: no end
    loss: str  # what it costs to miss it
    can_open: bool = False
    can_waive: bool = False
    can_release: bool = False
    deposit: int = 0


@dataclass(frozen=True, slots=True)
class Work:
    """A submission, and what may be done about it."""

    id: int
    slot: int
    batch: int
    annotator: str
    state: str
    wrong: int  # labels proven wrong
    pending: int  # challenges that are not settled
    told: str
    until: int = 0
    can_accept: bool = False
    can_expire: bool = False
    can_pay: bool = False


@dataclass(frozen=True, slots=True)
class Due:
    """Something that a task's requester should do."""

    told: str
    until: int = 0  # unix seconds; 0: at any time
    loss: str = ""  # what it costs to miss it


def slots(facts: TaskFacts) -> list[tuple[str, int]]:
    """How many slots stand where."""
    counts = Counter(one.submission.state for one in facts.deliveries)
    counts[SubmissionState.OPEN] = facts.task.parameters.slots - sum(
        count for state, count in counts.items() if state != SubmissionState.OPEN
    )
    return [(name, counts[state]) for state, name in STATES.items()]


def batches(facts: TaskFacts, test: TaskTest, plan: Plan | None, now: int) -> list[Batch]:
    """Where the tests of the batches stand, those first that wait for the requester."""
    sealed: Counter[int] = Counter()
    for one in facts.deliveries:
        if one.submission.state not in (SubmissionState.OPEN, SubmissionState.TAKEN):
            sealed[one.slot % facts.task.parameters.batches] += 1
    found = [_batch(facts, test, one, sealed[one.batch], plan, now) for one in facts.tests]
    return sorted(found, key=lambda one: (not one.can_open, not one.can_waive, not one.can_release, one.number))


def work(facts: TaskFacts, test: TaskTest | None, now: int) -> list[Work]:
    """The submissions that were taken, by slot."""
    return [_work(facts, test, one, now) for one in facts.deliveries if one.submission.state != SubmissionState.OPEN]


def due(facts: TaskFacts, test: TaskTest | None, plan: Plan | None, now: int, *, has_terms: bool) -> list[Due]:
    """What a task's requester should do now; `has_terms`: its manifest shows a test."""
    task, p, found = facts.task, facts.task.parameters, []
    if has_terms and p.is_graded and test is None and not task.cancelled and now < p.deadline:
        found.append(Due("Set up the test: nobody can take a batch before.", p.deadline))
    tests = [] if test is None else batches(facts, test, plan, now)
    ways = (
        (True, "Open the known answers of {}."),
        (None, "Open the known answers of {}, or leave them untested."),
        (False, "Leave {} untested, as your plan has it: annotators wait."),
    )
    for is_graded, told in ways:
        if waiting := [one for one in tests if one.can_waive and one.is_graded is is_graded]:
            until = min(one.until for one in waiting)
            found.append(Due(told.format(_batches(len(waiting))), until, waiting[0].loss))
    delivered = work(facts, test, now)
    if to_read := [one for one in delivered if one.can_accept]:
        told = f"Look at {len(to_read)} published submission{'s' if len(to_read) > 1 else ''}: accept, or challenge."
        found.append(Due(told, min(one.until for one in to_read), "what nobody challenges is paid for"))
    if late := [one for one in delivered if one.can_expire]:
        found.append(Due(f"End {len(late)} that {'are' if len(late) > 1 else 'is'} late: the pot is held up by it."))
    if to_release := [one for one in tests if one.can_release]:
        found.append(Due(f"Take the deposit{'s' if len(to_release) > 1 else ''} of tests back."))
    if can_close(facts, now):
        found.append(Due("Close the task: what nobody has earned comes back to you."))
    return found


def can_close(facts: TaskFacts, now: int) -> bool:
    """Whether nothing is left but to close a task."""
    task = facts.task
    return (
        now >= (task.publish_from if task.cancelled else task.parameters.deadline) and not task.live and not task.closed
    )


def payable(found: Sequence[Work]) -> list[int]:
    """The submissions that can be paid now."""
    return [one.id for one in found if one.can_pay]


def _batches(count: int) -> str:
    return f"{count} batches" if count > 1 else "a batch"


def _batch(facts: TaskFacts, test: TaskTest, one: Test, sealed: int, plan: Plan | None, now: int) -> Batch:
    stands = one.stands
    is_graded = None if plan is None else one.batch in plan.tested
    state, told, until, loss, can = "not sealed yet", "", 0, "", False
    match stands.phase:
        case TestPhase.UNSEALED:
            told, until = "Waits until all of its labels are sealed.", facts.task.publish_from
        case TestPhase.SEALED:
            state, until = "sealed", (stands.sealed_at or facts.task.publish_from) + test.opening_period
            can = sealed > 0 and now < until
            if not sealed:
                told, until = "Nobody has delivered: there is nothing to test.", 0
            elif is_graded is False:
                told = "Your plan does not test it: leave it untested, so that its annotators need not wait."
                loss = "nothing but their time"
            else:
                told = "Open its known answers." if is_graded else "Open its known answers, or leave it untested."
                loss = "whoever guessed is paid like whoever knew"
        case TestPhase.OPENED:
            state, until = "opened", stands.opened_at + test.dispute_period
            told = "Annotators may dispute your answers."
            if now >= until:
                told, until = "Disputes about your answers wait for their rulings.", 0
        case TestPhase.GRADED:
            state, told = "tested", "Whoever has passed publishes; whoever has failed is neither read nor paid."
        case TestPhase.UNGRADED:
            state, told = "untested", "All that was sealed may be published."
    return Batch(
        number=one.batch,
        sealed=sealed,
        state=state,
        is_graded=is_graded,
        told=told,
        until=until,
        loss=loss,
        can_open=can and is_graded is True,
        can_waive=can,
        can_release=bool(stands.deposit)
        and stands.phase in (TestPhase.GRADED, TestPhase.UNGRADED)
        and stands.settled == stands.filed,
        deposit=stands.deposit,
    )


def _work(facts: TaskFacts, test: TaskTest | None, one: Delivery, now: int) -> Work:
    found, p = one.submission, facts.task.parameters
    told, until = "", 0
    can_accept = can_expire = can_pay = False
    pending = found.filed - found.settled
    match found.state:
        case SubmissionState.TAKEN:
            told, until, can_expire = "Due", found.due_at, now >= found.due_at
        case SubmissionState.COMMITTED:
            until = _publish_end(facts, test, one)
            told, can_expire = "To be published; that ends", 0 < until <= now
            if not until:
                told = "Waits for its test"
        case SubmissionState.PUBLISHED:
            told, until = "Open to challenges; that ends", found.window_end
            can_accept = now < found.window_end
            can_pay = not can_accept and not pending
            if not can_accept:
                told, until = ("Waits for its challenges" if pending else "To be paid"), 0
        case SubmissionState.PAID:
            told = "Done"
        case SubmissionState.REJECTED:
            told = "More wrong than is tolerated, or withheld"
        case SubmissionState.FORFEITED:
            told = "Sealed, and not published in time"
    return Work(
        id=one.id,
        slot=one.slot,
        batch=one.slot % p.batches,
        annotator=found.annotator,
        state=STATES[found.state],
        wrong=found.errors,
        pending=pending,
        told=told,
        until=until,
        can_accept=can_accept,
        can_expire=can_expire,
        can_pay=can_pay,
    )


def _publish_end(facts: TaskFacts, test: TaskTest | None, one: Delivery) -> int:
    """The time from which what is sealed is lost; 0 while that hangs on its test."""
    p = facts.task.parameters
    if test is None:
        return p.publish_end
    stands = next(each.stands for each in facts.tests if each.batch == one.slot % p.batches)
    if not stands.fixed_at:
        return 0
    return economics.graded_publish_end(
        deadline=p.deadline,
        publish_period=p.publish_period,
        opening_period=test.opening_period,
        dispute_period=test.dispute_period,
        fixed_at=stands.fixed_at,
        opened_at=stands.opened_at,
    )
