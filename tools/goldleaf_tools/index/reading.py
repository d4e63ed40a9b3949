"""Rows as the dataclasses of the SDK: what the contracts' views would answer."""

from collections.abc import Sequence
from dataclasses import dataclass

from goldleaf.encoding import abi_encode, keccak256
from goldleaf.events import AvailabilityChallenged, Challenged, GoldDisputed
from goldleaf.ids import challenge_id, gold_dispute_id, submission_id
from goldleaf.signing.commitments import hash_indices
from goldleaf.types import (
    NOT_HEARD,
    NOT_REVEALED,
    ZERO_ADDRESS,
    BatchTest,
    Challenge,
    CourtParameters,
    DataSet,
    Dispute,
    Gold,
    GoldDispute,
    Phase,
    Round,
    Seat,
    Submission,
    Task,
    TaskParameters,
    TaskTest,
    TestPhase,
)

from .replay.court import PANELS
from .replay.escrow import terms
from .replay.royalties import BPS, per_share
from .schema import (
    BatchRow,
    ChallengeRow,
    DataSetRow,
    DisputeRow,
    GoldDisputeRow,
    GoldItemRow,
    RoundRow,
    SeatRow,
    Stage,
    SubmissionRow,
    TaskRow,
    TaskTestRow,
    VoteRow,
)

LAST_ROUND = len(PANELS) - 1


@dataclass(frozen=True, slots=True)
class Publication:
    """How a submission was published."""

    root: bytes
    uri: str  # of the label set
    window_end: int  # time; a requester's waiver later is in `Submission.window_end`
    time: int
    block: int
    transaction: str


@dataclass(frozen=True, slots=True)
class Opening:
    """How a task was opened."""

    uri: str  # of the manifest
    terms: bytes  # keccak-256 of the manifest
    time: int
    block: int
    transaction: str


def task(row: TaskRow) -> Task:
    return Task(
        parameters=terms(row),
        requester=row.requester,
        token=row.token,
        live=row.live,
        accepted=row.accepted,
        delivered=row.delivered,
        publish_from=row.publish_from,
        cancelled=row.cancelled,
        closed=row.closed,
    )


def opening(row: TaskRow) -> Opening:
    return Opening(row.uri, row.terms, row.opened, row.opened_block, row.opened_by)


def submission(row: SubmissionRow, parameters: TaskParameters) -> Submission:
    return Submission(
        annotator=row.annotator,
        state=row.state,
        due_at=row.due_at,
        window_end=row.window_end,
        errors=row.errors,
        commitment=row.commitment,
        root=row.root,
        labels=len(parameters.items_of(row.slot)),
        stake=parameters.stake_of(row.slot),
        filed=row.filed,
        settled=row.settled,
    )


def publication(row: SubmissionRow) -> Publication | None:
    if (
        row.uri is None
        or row.published_window_end is None
        or row.published is None
        or row.published_block is None
        or row.published_by is None
    ):
        return None
    return Publication(
        row.root, row.uri, row.published_window_end, row.published, row.published_block, row.published_by
    )


def challenge(row: ChallengeRow) -> Challenge:
    return Challenge(
        challenger=row.challenger,
        kind=row.kind,
        state=row.state,
        filed_at=row.filed_at,
        defended_at=row.defended_at,
        labels=len(row.items),
        ruling=row.ruling,
        bond=row.bond,
        indices_hash=hash_indices(row.items),
        defender=row.defender,
        fee=row.fee,
    )


def filing(row: ChallengeRow) -> Challenged | AvailabilityChallenged:
    id = challenge_id(submission_id(row.task, row.slot), row.number)
    if row.evidence is None or row.uri is None:
        return AvailabilityChallenged(id, row.challenger, row.items, row.bond)
    return Challenged(id, row.challenger, row.items, row.bond, row.evidence, row.uri)


# ---------------------------------------------------------------- tests on known items


def task_test(row: TaskTestRow) -> TaskTest:
    return TaskTest(
        counts=row.counts,
        classes_hash=keccak256(abi_encode(["bytes32[]"], [list(row.classes)])),
        allowed=row.allowed,
        opening_period=row.opening_period,
        dispute_period=row.dispute_period,
    )


def batch_test(
    row: BatchRow, test: TaskTestRow, publish_from: int, gold: Sequence[GoldItemRow], is_committed: bool, time: int
) -> BatchTest:
    """The test of a batch as it stands at a time.

    `publish_from` is the task's; `gold` what was opened of the batch; `is_committed`: all of its submissions are.
    """
    fixed_at = _fixed_at(row, test, publish_from)
    is_fixed = fixed_at is not None and time >= fixed_at
    if is_fixed:
        phase = TestPhase.GRADED if row.opened_at and not row.voided_at else TestPhase.UNGRADED
    elif row.opened_at:
        phase = TestPhase.OPENED
    elif row.sealed_at or time >= publish_from or is_committed:
        phase = TestPhase.SEALED
    else:
        phase = TestPhase.UNSEALED
    return BatchTest(
        phase=phase,
        sealed_at=row.sealed_at,
        opened_at=row.opened_at,
        fixed_at=fixed_at if is_fixed and fixed_at is not None else 0,
        gold_hash=row.gold_hash,
        dropped=sum(1 << item.number for item in gold if item.dropped),
        filed=row.filed,
        settled=row.settled,
        cost=row.cost,
        deposit=row.deposit,
    )


def gold(rows: Sequence[GoldItemRow]) -> Gold:
    """What was opened of a batch, by gold number."""
    return Gold(
        items=tuple(row.item for row in rows),
        answers=tuple(row.answer for row in rows),
        dropped=tuple(row.item for row in rows if row.dropped),
    )


def gold_dispute(row: GoldDisputeRow) -> GoldDispute:
    return GoldDispute(
        disputer=row.disputer,
        state=row.state,
        filed_at=row.filed_at,
        ruling=row.ruling,
        numbers=sum(1 << number for number in row.numbers),
        fee=row.fee,
        won=bool(row.dropped),
    )


def gold_filing(row: GoldDisputeRow) -> GoldDisputed:
    return GoldDisputed(
        gold_dispute=gold_dispute_id(row.task, row.batch, row.number),
        disputer=row.disputer,
        submission=submission_id(row.task, row.slot),
        numbers=row.numbers,
        arbitrator=row.arbitrator,
        dispute=row.dispute,
        fee=row.fee,
        evidence=row.evidence,
        uri=row.uri,
    )


def _fixed_at(row: BatchRow, test: TaskTestRow, publish_from: int) -> int | None:
    """The time from which the outcome of a batch's test stands, perhaps a later one; None: that hangs on disputes."""
    if row.waived_at or row.voided_at:
        return row.waived_at or row.voided_at
    if not row.opened_at:
        return (row.sealed_at or publish_from) + test.opening_period
    if row.settled != row.filed:
        return None
    return max(row.opened_at + test.dispute_period, row.settled_at)


# ---------------------------------------------------------------- the court


def seat(row: SeatRow) -> Seat:
    if row.closed:
        return Seat(ZERO_ADDRESS, 0, 0, 0, 0, False)
    ready_from, leaves_at = (row.ready_from, 0) if row.leaves_at is None else (0, row.leaves_at)
    return Seat(row.holder, row.reserves, row.reserved, ready_from, leaves_at, row.listed)


def round(row: RoundRow, votes: Sequence[VoteRow], of: DisputeRow) -> Round:
    """A round; its votes by position."""
    return Round(
        payer=row.payer,
        seats=tuple(vote.seat for vote in votes),
        votes=tuple(NOT_REVEALED if vote.choice is None else vote.choice for vote in votes),
        committed=of.committed if votes and row.round == of.round else 0,
    )


def dispute(row: DisputeRow, votes: Sequence[VoteRow], rules: CourtParameters, time: int) -> Dispute:
    """A dispute as it stands at a time; with the votes of all of its rounds."""
    phase, phase_end = _phase(row, rules, time)
    return Dispute(
        arbitrable=row.arbitrable,
        choices=row.choices,
        phase=phase,
        phase_end=phase_end,
        round=row.round,
        ruling=_ruling(row, phase, votes),
        executed=row.executed,
        settled_count=row.settled_count,
    )


def _phase(row: DisputeRow, rules: CourtParameters, time: int) -> tuple[Phase, int]:
    if row.stage == Stage.WAITING:
        return Phase.WAITING, row.since + rules.draw_timeout
    if row.stage == Stage.NOT_HEARD:
        return Phase.NOT_HEARD, 0
    if row.stage == Stage.VOTING:
        commit_end = row.since + rules.commit_period
        reveal_end = commit_end + rules.reveal_period
        appeal_end = reveal_end + rules.appeal_period
        if time < commit_end and row.committed < PANELS[row.round]:
            return Phase.COMMIT, commit_end
        if time < reveal_end:
            return Phase.REVEAL, reveal_end
        if row.round != LAST_ROUND and time < appeal_end:
            return Phase.APPEAL, appeal_end
    return Phase.FINAL, 0


def _ruling(row: DisputeRow, phase: Phase, votes: Sequence[VoteRow]) -> int:
    """The plurality of the latest round in which anybody has revealed; a tie is 0. If nobody has, it is not heard."""
    for number in range(row.round, -1, -1):
        choices = [vote.choice for vote in votes if vote.round == number and vote.choice is not None]
        if choices:
            counts = {choice: choices.count(choice) for choice in choices}
            best = [choice for choice, count in counts.items() if count == max(counts.values())]
            return best[0] if len(best) == 1 else 0
    return NOT_HEARD if phase in (Phase.FINAL, Phase.NOT_HEARD) else 0


# ---------------------------------------------------------------- the royalty pool


def data_set(row: DataSetRow, of: TaskRow) -> DataSet:
    royalty = row.paid * of.royalty_bps // BPS
    parts = of.items * of.redundancy
    each = per_share(of, row.paid)
    return DataSet(
        requester=of.requester,
        token=of.token,
        parts=parts,
        accepted=of.accepted,
        enrolled=row.enrolled,
        royalty_bps=of.royalty_bps,
        paid=row.paid,
        per_share=each,
        requester_share=row.paid - royalty + each * (parts - of.accepted),
        requester_collected=row.requester_collected,
        dust=royalty % parts,
    )
