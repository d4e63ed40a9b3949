"""Challenges, and tests on known items, held against the rules, from their events."""

from collections.abc import Iterable
from dataclasses import dataclass

from goldleaf import errors, events
from goldleaf.deployment import Deployment
from goldleaf.feed import Logged
from goldleaf.ids import gold_dispute_id, name_challenge, split_challenge, split_submission

from .court import Court, Trial
from .escrow import Escrow
from .findings import BatchVerification, Check, Finding, Verification
from .gold import Labels, Test
from .seeds import Seeds
from .steps import Clock

NO_CLOCK = "the times of blocks were not given: whether steps were taken in time was not looked at"
NO_SEEDS = (
    "the deployment names no hashes of blocks and no beacons of a drand chain as what the court draws by: whether its "
    "seeds are right was not looked at"
)


def of_events(
    challenge: int,
    logged: Iterable[Logged],
    *,
    deployment: Deployment,
    court: Court | None = None,
    clock: Clock | None = None,
    seeds: Seeds | None = None,
) -> Verification:
    """A challenge of either kind, verified from events.

    `logged` are all events of the escrow that have to do with its submission, in order; others among them do no harm.
    `court` is the court, replayed from all of its own events; without it the arbitrator is taken at its word. `clock`
    gives the time of a block, for the rules on time; `seeds` tells where those of the court's draws come from.

    Raises `NoSuchChallenge` if the events have no such challenge.
    """
    submission, _ = split_challenge(challenge)
    found = of_submission(submission, logged, deployment=deployment, court=court, clock=clock, seeds=seeds)
    if challenge not in found:
        raise errors.NoSuchChallenge(f"challenge {name_challenge(challenge)}")
    return found[challenge]


def of_submission(
    submission: int,
    logged: Iterable[Logged],
    *,
    deployment: Deployment,
    court: Court | None = None,
    clock: Clock | None = None,
    seeds: Seeds | None = None,
) -> dict[int, Verification]:
    """All challenges of a submission, by their ids, verified as `of_events` does."""
    task, _ = split_submission(submission)
    opened: events.Opened | None = None
    escrow: Escrow | None = None
    for each in logged:
        event = each.event
        if each.removed or each.contract != "TaskEscrow":
            continue
        if isinstance(event, events.Opened) and event.task == task:
            opened = event
        elif isinstance(event, events.Published) and event.submission == submission and opened is not None:
            escrow = Escrow(opened, each, lambda arbitrator: _cost(arbitrator, court), clock)
        elif escrow is not None:
            escrow.apply(each)
    if opened is None or escrow is None:
        return {}
    escrow.close()
    found: dict[int, Verification] = {}
    wrong_before: list[int] = []
    for number, challenge in sorted(escrow.challenges.items()):
        id = submission << 64 | number
        findings = [*_before(wrong_before), *challenge.findings]
        notes = [] if clock is not None else [NO_CLOCK]
        if challenge.defended is not None and isinstance(challenge.defended.event, events.Defended):
            defence = challenge.defended.event
            case = _Case(
                "TaskEscrow",
                id,
                defence.arbitrator,
                defence.dispute,
                defence.defender,
                challenge.defended,
                challenge.ruled,
            )
            more, noted = _dispute(case, deployment, court, clock, seeds)
            findings += more
            notes += noted
        if challenge.settled is None:
            notes.append("it is not settled yet: only what has happened so far was looked at")
        findings += escrow.findings
        found[id] = Verification(id, opened.token, challenge.outcome, tuple(findings), tuple(notes))
        if not found[id].holds:
            wrong_before.append(number)
    return found


def _cost(arbitrator: str, court: Court | None) -> int | None:
    """What a dispute costs at an arbitrator, if that never changes."""
    return 3 * court.parameters.juror_fee if court is not None and court.address == arbitrator else None


def _before(broken: list[int]) -> list[Finding]:
    if not broken:
        return []
    rule = "what a challenge pays depends on those before it: which labels they have proven wrong, and a rejection"
    told = ", ".join(f"number {number}" for number in broken)
    return [Check.of("challenges before it", rule, "by the rules", f"broken: {told}", None)]


def of_batch(
    task: int,
    batch: int,
    logged: Iterable[Logged],
    *,
    deployment: Deployment,
    court: Court | None = None,
    clock: Clock | None = None,
    seeds: Seeds | None = None,
    labels: Labels | None = None,
) -> BatchVerification:
    """The test of a batch, verified from events: deposit, disputes, and that only what has passed was published.

    `logged` are all events of the escrow and of GoldTest that have to do with the batch, in order; others among them do
    no harm. `labels` gives the label set of a published submission, or None where it cannot be had: without it nobody
    can tell what its errors are. All else is as in `of_events`.

    Raises `NoSuchTest` if the events set up no test of this task, `NoSuchBatch`.
    """
    opened: events.Opened | None = None
    test: Test | None = None
    for each in logged:
        event = each.event
        if each.removed or each.contract not in ("TaskEscrow", "GoldTest"):
            continue
        if isinstance(event, events.Opened) and event.task == task:
            opened = event
        elif isinstance(event, events.TestSetUp) and event.task == task and opened is not None:
            batches = opened.parameters.batches
            if not 0 <= batch < batches:
                raise errors.NoSuchBatch("batch", value=batch, bound=f"0 to {batches - 1}")
            test = Test(opened, each, batch, _cost(opened.parameters.arbitrator, court), clock, labels)
        elif test is not None:
            test.apply(each)
    if test is None:
        raise errors.NoSuchTest(f"task {task}")
    test.close()
    notes = [] if clock is not None else [NO_CLOCK]
    findings = list(test.findings)
    for number, dispute in sorted(test.disputes.items()):
        findings += dispute.findings
        filing = dispute.filing
        case = _Case(
            "GoldTest",
            gold_dispute_id(task, batch, number),
            filing.arbitrator,
            filing.dispute,
            filing.disputer,
            dispute.filed,
            dispute.ruled,
        )
        more, noted = _dispute(case, deployment, court, clock, seeds)
        findings += more
        notes += [note for note in noted if note not in notes]
        if dispute.settled is None:
            notes.append(f"dispute {number} is not settled yet: only what has happened so far was looked at")
    outcomes = {number: dispute.outcome for number, dispute in sorted(test.disputes.items())}
    return BatchVerification(task, batch, test.token, outcomes, tuple(findings), tuple(notes))


@dataclass(frozen=True, slots=True)
class _Case:
    """What was brought before an arbitrator."""

    arbitrable: str  # the contract's name
    id: int  # there
    arbitrator: str
    dispute: int
    payer: str
    filed: Logged
    ruled: Logged | None


def _dispute(
    brought: _Case,
    deployment: Deployment,
    court: Court | None,
    clock: Clock | None,
    seeds: Seeds | None,
) -> tuple[list[Finding], list[str]]:
    """What the arbitrator's side has to say."""
    if court is None or court.address != brought.arbitrator:
        return [], [
            f"the arbitrator {brought.arbitrator} is not the deployment's court: it is taken at its word, and what it "
            "has paid to whom was not looked at"
        ]
    case = court.cases.get(brought.dispute)
    rule = "a dispute is created by the contract whose case it is, with two choices, and is refunded to who has paid"
    expected = (deployment.address(brought.arbitrable), brought.id, 2, brought.payer)
    told: object = "no such dispute"
    if case is not None and isinstance(case.created.event, events.DisputeCreated):
        created = case.created.event
        told = (created.arbitrable, int.from_bytes(created.evidence), created.choices, created.refund_to)
    link = brought.filed.transaction
    findings: list[Finding] = [Check.of(f"dispute {brought.dispute}", rule, expected, told, link)]
    if case is None:
        return findings, []
    findings += Trial(court, brought.dispute, clock, seeds).findings()
    ruled = brought.ruled
    if ruled is not None and isinstance(ruled.event, events.Ruled | events.GoldRuled):
        rule = "what the court has ruled is recorded"
        ruling = court.ruling(case)
        findings.append(Check.of("ruling recorded", rule, ruling, ruled.event.ruling, ruled.transaction))
    notes = [NO_SEEDS] if seeds is None else list(seeds.notes)
    left = sum(round.settled is None for round in case.tried)
    if left and case.executed is not None:
        notes.append(f"{left} of the dispute's rounds are not settled yet: their jurors are still to be paid")
    return findings, notes
