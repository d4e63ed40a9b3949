# pragma version 0.4.3
"""
@title Submissions: a stake, a batch of labels, and what becomes of both
@license AGPL-3.0-only
@dev COMMITTED is not stored: it is TAKEN with a commitment. That keeps commit at one written word, and
     lets siblings be checked by that word alone.
"""

from ...interfaces import IGate
from ...interfaces import ITaskEscrow
from .. import ledger
from .. import reasons
from .. import require
from .. import losses
from . import tasks
from . import batches
from . import packing

uses: ledger
uses: losses
uses: tasks

# In a graded task, what is still neither published nor forfeited so long after its last moment has waited for a grader
# that does not answer, seconds.
GRADER_TIMEOUT: constant(uint256) = 365 * 86_400

# submission id -> submission word; its picture is in `packing`
submission_word: HashMap[uint256, uint256]
# challenge id -> challenge word; its picture is in `packing`. Here because a claim waits for the last one.
challenge_word: HashMap[uint256, uint256]
# submission id -> commitment, then root of the label tree
root: HashMap[uint256, bytes32]


@internal
def _release(account: address, submission: uint256):
    held: packing.Submission = self._unsealed(account, submission)
    to_sink: uint256 = self._reopen(submission, held, 16)
    log ITaskEscrow.Released(submission=submission, annotator=held.annotator, to_sink=to_sink)


@internal
def _commit(account: address, submission: uint256, commitment: bytes32):
    held: packing.Submission = self._unsealed(account, submission)
    require.that(not held.publishes_directly, reasons.SUBMISSIONS_PUBLISH_DIRECTLY)
    require.that(commitment != empty(bytes32), reasons.SUBMISSIONS_EMPTY_COMMITMENT)
    self.root[submission] = commitment
    log ITaskEscrow.Committed(submission=submission, annotator=account, commitment=commitment)


@internal
def _publish(account: address, submission: uint256, root: bytes32, salt: bytes32, uri: String[256], graded: bool):
    """
    @param graded Whether the caller asks the task's grader.
    """
    held: packing.Submission = self._taken(submission)
    require.that(root != empty(bytes32), reasons.SUBMISSIONS_EMPTY_ROOT)
    task: uint256 = submission >> packing.NUMBER_BITS
    terms: packing.Terms = tasks._terms(task)
    require.that(terms.graded == graded, reasons.SUBMISSIONS_PUBLISH_OTHERWISE)
    if held.publishes_directly:
        self._check_worker(account, held)
    else:
        commitment: bytes32 = self.root[submission]
        require.that(commitment != empty(bytes32), reasons.SUBMISSIONS_NOT_COMMITTED)
        require.that(
            commitment == keccak256(abi_encode(chain.id, self, submission, held.annotator, root, keccak256(uri), salt)),
            reasons.SUBMISSIONS_WRONG_OPENING,
        )
        if block.timestamp < terms.deadline:
            require.that(
                self._siblings_committed(submission, terms)
                or block.timestamp >= tasks._publish_from(task, terms.deadline),
                reasons.SUBMISSIONS_SIBLINGS_NOT_READY,
            )
        else:
            require.that(
                block.timestamp < self._publish_until(submission, terms), reasons.SUBMISSIONS_TOO_LATE_TO_PUBLISH
            )
    window_end: uint256 = unsafe_add(block.timestamp, terms.challenge_period)  # a stored period is below 2^32
    held.state = ITaskEscrow.SubmissionState.PUBLISHED
    held.until = window_end
    self._set_submission(submission, held)
    self.root[submission] = root
    log ITaskEscrow.Published(
        submission=submission, annotator=held.annotator, root=root, uri=uri, window_end=window_end
    )


@internal
def _expire(submission: uint256):
    held: packing.Submission = self._taken(submission)
    if self.root[submission] == empty(bytes32):
        require.that(block.timestamp >= held.until, reasons.SUBMISSIONS_NOT_DUE_YET)
        to_sink: uint256 = self._reopen(submission, held, 4)
        log ITaskEscrow.Expired(submission=submission, annotator=held.annotator, to_sink=to_sink)
        return
    task: uint256 = submission >> packing.NUMBER_BITS
    terms: packing.Terms = tasks._terms(task)
    stake: uint256 = tasks._batch_of(submission).stake
    to_sink: uint256 = stake
    if terms.graded and block.timestamp >= unsafe_add(
        unsafe_add(terms.deadline, tasks._pay(task).publish_period), GRADER_TIMEOUT
    ):
        to_sink = 0
    else:
        require.that(block.timestamp >= self._publish_until(submission, terms), reasons.SUBMISSIONS_MAY_BE_PUBLISHED)
    held.state = ITaskEscrow.SubmissionState.FORFEITED
    self._set_submission(submission, held)
    # Nobody can read these labels: the pot keeps their pay.
    self._leave_unpaid(submission, held.annotator, stake, to_sink)
    log ITaskEscrow.Forfeited(submission=submission, annotator=held.annotator, to_sink=to_sink)


@internal
def _accept(account: address, submission: uint256):
    held: packing.Submission = self._published(submission)
    require.that(account == tasks._requester(submission >> packing.NUMBER_BITS), reasons.SUBMISSIONS_NOT_THE_REQUESTER)
    require.that(block.timestamp < held.until, reasons.SUBMISSIONS_WINDOW_HAS_ENDED)
    # The window ends now; what was filed goes on by its own clock.
    held.until = block.timestamp
    self._set_submission(submission, held)
    log ITaskEscrow.Accepted(submission=submission)


@internal
def _take(
    account: address, task: uint256, slots: DynArray[uint256, 32], gate_data: Bytes[1024], passes_over: bool
) -> uint256:
    """
    @param passes_over Whether slots that are taken are passed over; otherwise they are refused.
    @return How many slots were taken by this.
    """
    terms: packing.Terms = tasks._terms(task)
    progress: packing.Progress = tasks._progress(task)
    require.that(not progress.cancelled, reasons.SUBMISSIONS_TASK_IS_CANCELLED)
    due: uint256 = unsafe_add(block.timestamp, terms.work_period)  # a stored period is below 2^32
    require.that(due < terms.deadline, reasons.SUBMISSIONS_TOO_LATE_TO_TAKE)
    if terms.graded:
        require.that(staticcall tasks._grader(task).is_ready(task), reasons.SUBMISSIONS_TEST_IS_NOT_SET_UP)
    if terms.gated:
        require.that(
            staticcall IGate(tasks._gate(task)).is_allowed(account, task, gate_data), reasons.SUBMISSIONS_NOT_ADMITTED
        )

    word: uint256 = packing._pack_submission(
        packing.Submission(
            annotator=account,
            state=ITaskEscrow.SubmissionState.TAKEN,
            until=due,
            errors=0,
            publishes_directly=terms.redundancy == 1 and not terms.graded,
            filed=0,
        )
    )
    count: uint256 = batches._count(terms)
    stake: uint256 = 0
    taken: uint256 = 0
    for slot: uint256 in slots:
        require.that(slot < unsafe_mul(count, terms.redundancy), reasons.SUBMISSIONS_NO_SUCH_SLOT)
        submission: uint256 = task << packing.NUMBER_BITS | slot
        if self.submission_word[submission] != 0:
            require.that(passes_over, reasons.SUBMISSIONS_SLOT_IS_TAKEN)
            continue
        sibling: uint256 = task << packing.NUMBER_BITS | slot % count
        for _: uint256 in range(terms.redundancy, bound=15):
            require.that(
                packing._low_address(self.submission_word[sibling]) != account, reasons.SUBMISSIONS_HAS_A_SIBLING
            )
            sibling = unsafe_add(sibling, count)  # a slot number stays below 2^32
        self.submission_word[submission] = word
        stake = unsafe_add(stake, batches._of(terms, slot).stake)  # of a batch below 2^93
        taken = unsafe_add(taken, 1)
        log ITaskEscrow.Taken(submission=submission, annotator=account, due=due)
    ledger._debit(progress.token, account, stake)
    tasks._enter(task, taken)
    return taken


@internal
def _claim(submissions: DynArray[uint256, 32], passes_over: bool) -> uint256:
    """
    @param passes_over Whether what cannot be paid now is passed over; otherwise it is refused.
    @return How many submissions were paid by this.
    """
    claimed: uint256 = 0
    # Read once for neighbours of one task.
    task: uint256 = 0
    terms: packing.Terms = empty(packing.Terms)
    reward: uint256 = 0
    for submission: uint256 in submissions:
        held: packing.Submission = self._get(submission)
        refusal: bytes32 = empty(bytes32)
        if held.state != ITaskEscrow.SubmissionState.PUBLISHED:
            refusal = reasons.SUBMISSIONS_NOT_PUBLISHED
        elif block.timestamp < held.until:
            refusal = reasons.SUBMISSIONS_WINDOW_IS_OPEN
        # They are settled in their order: all are if the last is.
        elif held.filed != 0 and not self._is_settled(submission << packing.NUMBER_BITS | unsafe_sub(held.filed, 1)):
            refusal = reasons.SUBMISSIONS_CHALLENGES_PENDING
        if refusal != empty(bytes32):
            require.that(passes_over, refusal)
            continue
        if task != submission >> packing.NUMBER_BITS:
            task = submission >> packing.NUMBER_BITS
            terms = tasks._terms(task)
            reward = tasks._pay(task).reward
        batch: batches.Batch = batches._of(terms, packing._number(submission))
        accepted: uint256 = unsafe_sub(batch.labels, held.errors)
        pay: uint256 = unsafe_mul(reward, accepted)

        held.state = ITaskEscrow.SubmissionState.PAID
        self._set_submission(submission, held)
        token: address = tasks._leave(task, accepted, batch.labels)
        ledger._credit(token, held.annotator, unsafe_add(pay, batch.stake))
        # The pay of labels proven wrong gives the stake back what it advanced as prizes; the rest is the requester's.
        to_requester: uint256 = unsafe_mul(held.errors, unsafe_sub(reward, reward // tasks.PRIZE_DIVISOR))
        if to_requester != 0:
            ledger._credit(token, tasks._requester(task), to_requester)
        claimed = unsafe_add(claimed, 1)
        log ITaskEscrow.Claimed(
            submission=submission,
            annotator=held.annotator,
            labels=accepted,
            pay=pay,
            stake=batch.stake,
            to_requester=to_requester,
        )
    return claimed


@internal
def _reject(submission: uint256, held: packing.Submission, batch: batches.Batch, bonus: uint256):
    """
    @dev Final: the slot does not open again, for its labels can be read. So the pot gives their pay too: the requester gets
         back that of what was proven wrong, and of the rest only what is more than half of the stake.
    @param held The submission, with all errors counted.
    @param bonus What whoever brought the rejection about gets of the stake besides prizes, base units.
    """
    rejected: packing.Submission = held
    rejected.state = ITaskEscrow.SubmissionState.REJECTED
    self._set_submission(submission, rejected)
    task: uint256 = submission >> packing.NUMBER_BITS
    reward: uint256 = tasks._pay(task).reward
    lost: uint256 = min(unsafe_mul(reward, unsafe_sub(batch.labels, held.errors)), batch.stake // 2)
    # What is lost of the pay is a part of it, and stake and pay of a batch are below 2^93.
    to_requester: uint256 = unsafe_sub(unsafe_mul(reward, batch.labels), lost)
    to_sink: uint256 = unsafe_add(batch.stake - unsafe_mul(held.errors, reward // tasks.PRIZE_DIVISOR) - bonus, lost)
    token: address = tasks._leave(task, 0, batch.labels)
    losses._sink(token, to_sink)
    ledger._credit(token, tasks._requester(task), to_requester)
    log ITaskEscrow.Rejected(
        submission=submission, annotator=held.annotator, to_sink=to_sink, to_requester=to_requester
    )


@internal
def _reopen(submission: uint256, held: packing.Submission, divisor: uint256) -> uint256:
    """
    @dev Opens the slot again: a part of the stake to the sink, the rest back to the annotator.
    @return The sink's part, base units.
    """
    stake: uint256 = tasks._batch_of(submission).stake
    # What the division leaves over is the sink's.
    to_sink: uint256 = unsafe_div(unsafe_sub(unsafe_add(stake, divisor), 1), divisor)
    self.submission_word[submission] = 0
    self._leave_unpaid(submission, held.annotator, stake, to_sink)
    return to_sink


@internal
def _leave_unpaid(submission: uint256, annotator: address, stake: uint256, to_sink: uint256):
    """
    @dev Nothing was delivered: a part of the stake goes to the sink, the rest back to the annotator.
    """
    token: address = tasks._leave(submission >> packing.NUMBER_BITS, 0, 0)
    losses._sink(token, to_sink)
    ledger._credit(token, annotator, unsafe_sub(stake, to_sink))


@internal
@view
def _siblings_committed(submission: uint256, terms: packing.Terms) -> bool:
    count: uint256 = batches._count(terms)
    task: uint256 = submission >> packing.NUMBER_BITS
    sibling: uint256 = task << packing.NUMBER_BITS | packing._number(submission) % count
    for _: uint256 in range(terms.redundancy, bound=15):
        if self.root[sibling] == empty(bytes32):
            return False
        sibling = unsafe_add(sibling, count)
    return True


@internal
@view
def _publish_until(submission: uint256, terms: packing.Terms) -> uint256:
    """
    @dev The time from which what is committed can be published no more.
    """
    task: uint256 = submission >> packing.NUMBER_BITS
    until: uint256 = unsafe_add(terms.deadline, tasks._pay(task).publish_period)
    if terms.graded:
        until = max(until, staticcall tasks._grader(task).publish_until(submission))
    return until


@internal
@view
def _is_settled(challenge: uint256) -> bool:
    return self._challenge(challenge).state == ITaskEscrow.ChallengeState.SETTLED


@internal
@view
def _challenge(id: uint256) -> packing.Challenge:
    return packing._unpack_challenge(self.challenge_word[id])


@internal
@view
def _get(submission: uint256) -> packing.Submission:
    return packing._unpack_submission(self.submission_word[submission])


@internal
def _set_submission(submission: uint256, held: packing.Submission):
    self.submission_word[submission] = packing._pack_submission(held)


@internal
@view
def _taken(submission: uint256) -> packing.Submission:
    held: packing.Submission = self._get(submission)
    require.that(held.state == ITaskEscrow.SubmissionState.TAKEN, reasons.SUBMISSIONS_NOT_TAKEN)
    return held


@internal
@view
def _published(submission: uint256) -> packing.Submission:
    held: packing.Submission = self._get(submission)
    require.that(held.state == ITaskEscrow.SubmissionState.PUBLISHED, reasons.SUBMISSIONS_NOT_PUBLISHED)
    return held


@internal
@view
def _check_worker(account: address, held: packing.Submission):
    require.that(account == held.annotator, reasons.SUBMISSIONS_NOT_THE_ANNOTATOR)
    require.that(block.timestamp < held.until, reasons.SUBMISSIONS_PAST_DUE)


@internal
@view
def _unsealed(account: address, submission: uint256) -> packing.Submission:
    """
    @dev The annotator's own, before the work is due and before anything is committed.
    """
    held: packing.Submission = self._taken(submission)
    self._check_worker(account, held)
    require.that(self.root[submission] == empty(bytes32), reasons.SUBMISSIONS_ALREADY_COMMITTED)
    return held
