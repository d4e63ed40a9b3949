# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Submissions: a stake, a batch of labels, and what becomes of both
@license AGPL-3.0-only
@dev COMMITTED is not stored: it is TAKEN with a commitment. That keeps commit at one written word, and
     lets siblings be checked by that word alone.
"""

from ...interfaces import IGate
from ...interfaces import ITaskEscrow
from .. import actor
from .. import ledger
from .. import reasons
from .. import require
from .. import losses
from . import tasks
from . import words

uses: actor
uses: ledger
uses: losses
uses: tasks

# The words of a submission, by submission id; their pictures are in `words`.
holder_word: HashMap[uint256, uint256]
fights_word: HashMap[uint256, uint256]
# submission id -> commitment, then Merkle root
root: HashMap[uint256, bytes32]


@external
def take(task: uint256, slot: uint256, gate_data: Bytes[1024]) -> uint256:
    """
    @notice Takes an open slot and locks the stake for its labels out of the caller's free balance.
    @param slot Chosen by the caller; nobody holds two slots of one batch.
    @param gate_data What the task's gate wants to see; empty without a gate.
    @return The submission's id.
    """
    return self._take(actor._actor(), task, slot, gate_data)


@external
def take_many(task: uint256, slots: DynArray[uint256, 32], gate_data: Bytes[1024]) -> uint256:
    """
    @notice `take` for several slots of one task. Passes over those that are taken, so that nobody spoils the call by
            taking one of them first.
    @return How many slots were taken by this call.
    """
    account: address = actor._actor()
    taken: uint256 = 0
    for slot: uint256 in slots:
        if self.holder_word[words._join(task, slot)] == 0:
            self._take(account, task, slot, gate_data)
            taken += 1
    return taken


@external
def release(submission: uint256):
    """
    @notice Gives an uncommitted slot back before it is due, for a sixteenth of the stake.
    """
    account: address = actor._actor()
    holder: words.Holder = self._taken(submission)
    self._check_worker(account, holder)
    self._check_uncommitted(submission)
    to_sink: uint256 = self._reopen(submission, holder, 16)
    log ITaskEscrow.Released(submission=submission, annotator=holder.annotator, to_sink=to_sink)


@external
def commit(submission: uint256, commitment: bytes32):
    """
    @notice Seals the labels of a task with siblings, before the work is due.
    @param commitment keccak256(abi_encode(chain id, this contract, submission, annotator, root, keccak256(uri), salt)).
    """
    account: address = actor._actor()
    holder: words.Holder = self._taken(submission)
    self._check_worker(account, holder)
    require.that(not holder.alone, reasons.SUBMISSIONS_PUBLISH_DIRECTLY)
    require.that(commitment != empty(bytes32), reasons.SUBMISSIONS_EMPTY_COMMITMENT)
    self._check_uncommitted(submission)
    self.root[submission] = commitment
    log ITaskEscrow.Committed(submission=submission, annotator=account, commitment=commitment)


@external
def publish(submission: uint256, root: bytes32, salt: bytes32, uri: String[256]):
    """
    @notice Opens a commitment, by anyone who knows it, once all siblings are committed or from the deadline on;
            with redundancy 1, delivers the labels directly, by the annotator alone and before the work is due.
    @param root Root of the batch's positional Merkle tree of item numbers and digests of labels; see `label_tree`.
    @param salt As committed; ignored with redundancy 1.
    @param uri Where the label set lies.
    """
    account: address = actor._actor()
    holder: words.Holder = self._taken(submission)
    require.that(root != empty(bytes32), reasons.SUBMISSIONS_EMPTY_ROOT)
    task: uint256 = submission >> words.NUMBER_BITS
    terms: words.Terms = tasks._terms(task)
    if holder.alone:
        self._check_worker(account, holder)
    else:
        commitment: bytes32 = self.root[submission]
        require.that(commitment != empty(bytes32), reasons.SUBMISSIONS_NOT_COMMITTED)
        require.that(
            commitment
            == keccak256(abi_encode(chain.id, self, submission, holder.annotator, root, keccak256(uri), salt)),
            reasons.SUBMISSIONS_WRONG_OPENING,
        )
        if block.timestamp < terms.deadline:
            require.that(
                self._siblings_committed(submission, terms) or block.timestamp >= tasks._publish_from(task, terms),
                reasons.SUBMISSIONS_SIBLINGS_NOT_READY,
            )
        else:
            require.that(
                block.timestamp < terms.deadline + tasks._pay(task).publish_period,
                reasons.SUBMISSIONS_TOO_LATE_TO_PUBLISH,
            )
    window_end: uint256 = unsafe_add(block.timestamp, terms.challenge_period)  # a stored period is below 2^32
    holder.state = ITaskEscrow.SubmissionState.PUBLISHED
    holder.clock = window_end
    self._set_holder(submission, holder)
    self.root[submission] = root
    log ITaskEscrow.Published(
        submission=submission, annotator=holder.annotator, root=root, uri=uri, window_end=window_end
    )


@external
def expire(submission: uint256):
    """
    @notice Ends, by anyone, a submission that was not delivered by its due time (a quarter of the stake; the slot
            opens again) or was committed and not published in time (all of the stake).
    """
    holder: words.Holder = self._taken(submission)
    if self.root[submission] == empty(bytes32):
        require.that(block.timestamp >= holder.clock, reasons.SUBMISSIONS_NOT_DUE_YET)
        to_sink: uint256 = self._reopen(submission, holder, 4)
        log ITaskEscrow.Expired(submission=submission, annotator=holder.annotator, to_sink=to_sink)
    else:
        task: uint256 = submission >> words.NUMBER_BITS
        require.that(
            block.timestamp >= tasks._terms(task).deadline + tasks._pay(task).publish_period,
            reasons.SUBMISSIONS_MAY_BE_PUBLISHED,
        )
        stake: uint256 = tasks._batch_of(submission).stake
        holder.state = ITaskEscrow.SubmissionState.FORFEITED
        self._set_holder(submission, holder)
        # Nobody can read these labels: the pot keeps their pay.
        losses._sink(tasks._leave(task, 0, 0), stake)
        log ITaskEscrow.Forfeited(submission=submission, annotator=holder.annotator, to_sink=stake)


@external
def accept(submission: uint256):
    """
    @notice Waives what is left of the challenge window, for challenges and demands that are not filed yet.
    """
    account: address = actor._actor()
    holder: words.Holder = self._published(submission)
    require.that(account == tasks._requester(submission >> words.NUMBER_BITS), reasons.SUBMISSIONS_NOT_THE_REQUESTER)
    require.that(block.timestamp < holder.clock, reasons.SUBMISSIONS_WINDOW_HAS_ENDED)
    # The window ends now; what was filed goes on by its own clock.
    holder.clock = block.timestamp
    self._set_holder(submission, holder)
    log ITaskEscrow.Accepted(submission=submission)


@external
def claim(submission: uint256):
    """
    @notice Pays a published submission whose window has ended and that has no pending fight: reward for each label
            not proven wrong and the whole stake, to the annotator's free balance. Anyone may call.
    """
    refusal: bytes32 = self._claim(submission)
    require.that(refusal == empty(bytes32), refusal)


@external
def claim_many(submissions: DynArray[uint256, 32]) -> uint256:
    """
    @notice `claim` for several submissions. Passes over those that cannot be paid now, or were.
    @return How many submissions were paid by this call.
    """
    claimed: uint256 = 0
    for submission: uint256 in submissions:
        if self._holder(submission).state == ITaskEscrow.SubmissionState.PUBLISHED:
            if self._claim(submission) == empty(bytes32):
                claimed += 1
    return claimed


@internal
def _take(account: address, task: uint256, slot: uint256, gate_data: Bytes[1024]) -> uint256:
    terms: words.Terms = tasks._terms(task)
    progress: words.Progress = tasks._progress(task)
    require.that(not progress.cancelled, reasons.SUBMISSIONS_TASK_IS_CANCELLED)
    due: uint256 = unsafe_add(block.timestamp, terms.work_period)  # a stored period is below 2^32
    require.that(due < terms.deadline, reasons.SUBMISSIONS_TOO_LATE_TO_TAKE)
    batches: uint256 = tasks._batches(terms)
    require.that(slot < batches * terms.redundancy, reasons.SUBMISSIONS_NO_SUCH_SLOT)
    submission: uint256 = words._join(task, slot)
    require.that(self.holder_word[submission] == 0, reasons.SUBMISSIONS_SLOT_IS_TAKEN)
    sibling: uint256 = words._join(task, slot % batches)
    for _: uint256 in range(terms.redundancy, bound=15):
        require.that(words._low_address(self.holder_word[sibling]) != account, reasons.SUBMISSIONS_HAS_A_SIBLING)
        sibling = unsafe_add(sibling, batches)  # a slot number stays below 2^32
    if terms.gated:
        require.that(
            staticcall IGate(tasks._gate(task)).is_allowed(account, task, gate_data), reasons.SUBMISSIONS_NOT_ADMITTED
        )

    ledger._debit(progress.token, account, tasks._batch(terms, slot).stake)
    tasks._enter(task)
    self._set_holder(
        submission,
        words.Holder(
            annotator=account,
            state=ITaskEscrow.SubmissionState.TAKEN,
            clock=due,
            errors=0,
            alone=terms.redundancy == 1,
            fought=False,
        ),
    )
    log ITaskEscrow.Taken(submission=submission, annotator=account, due=due)
    return submission


@internal
def _claim(submission: uint256) -> bytes32:
    """
    @return Why the published submission cannot be paid now; empty if it is paid by this.
    """
    holder: words.Holder = self._published(submission)
    if block.timestamp < holder.clock:
        return reasons.SUBMISSIONS_WINDOW_IS_OPEN
    if holder.fought:
        filed: uint256 = 0
        settled: uint256 = 0
        filed, settled = words._unpack_fights(self.fights_word[submission])
        if filed != settled:
            return reasons.SUBMISSIONS_FIGHTS_ARE_PENDING
    task: uint256 = submission >> words.NUMBER_BITS
    batch: tasks.Batch = tasks._batch_of(submission)
    accepted: uint256 = batch.labels - holder.errors
    reward: uint256 = tasks._pay(task).reward
    pay: uint256 = reward * accepted

    holder.state = ITaskEscrow.SubmissionState.PAID
    self._set_holder(submission, holder)
    token: address = tasks._leave(task, accepted, batch.labels)
    ledger._credit(token, holder.annotator, pay + batch.stake)
    # The pay of labels proven wrong gives the stake back the prizes that it advanced; the rest is the requester's again.
    to_requester: uint256 = holder.errors * (reward - reward // tasks.PRIZE_DIVISOR)
    if to_requester != 0:
        ledger._credit(token, tasks._requester(task), to_requester)
    log ITaskEscrow.Claimed(
        submission=submission,
        annotator=holder.annotator,
        labels=accepted,
        pay=pay,
        stake=batch.stake,
        to_requester=to_requester,
    )
    return empty(bytes32)


@internal
def _reject(submission: uint256, holder: words.Holder, batch: tasks.Batch, bonus: uint256):
    """
    @dev Final: the slot does not open again, for its labels can be read. So the pot gives their pay too: the requester gets
         back that of what was proven wrong, and of the rest only what is more than half of the stake.
    @param holder The submission's holder, with all errors counted.
    @param bonus What whoever brought the rejection about gets of the stake besides prizes, base units.
    """
    rejected: words.Holder = holder
    rejected.state = ITaskEscrow.SubmissionState.REJECTED
    self._set_holder(submission, rejected)
    task: uint256 = submission >> words.NUMBER_BITS
    reward: uint256 = tasks._pay(task).reward
    lost: uint256 = min(reward * (batch.labels - holder.errors), batch.stake // 2)
    to_requester: uint256 = reward * batch.labels - lost
    to_sink: uint256 = batch.stake - holder.errors * (reward // tasks.PRIZE_DIVISOR) - bonus + lost
    token: address = tasks._leave(task, 0, batch.labels)
    losses._sink(token, to_sink)
    ledger._credit(token, tasks._requester(task), to_requester)
    log ITaskEscrow.Rejected(
        submission=submission, annotator=holder.annotator, to_sink=to_sink, to_requester=to_requester
    )


@internal
def _reopen(submission: uint256, holder: words.Holder, divisor: uint256) -> uint256:
    """
    @dev Opens the slot again: a part of the stake to the sink, the rest back to the annotator.
    @return The sink's part, base units.
    """
    stake: uint256 = tasks._batch_of(submission).stake
    # What the division leaves over is the sink's.
    to_sink: uint256 = (stake + divisor - 1) // divisor
    self.holder_word[submission] = 0
    token: address = tasks._leave(submission >> words.NUMBER_BITS, 0, 0)
    ledger._credit(token, holder.annotator, stake - to_sink)
    losses._sink(token, to_sink)
    return to_sink


@internal
@view
def _siblings_committed(submission: uint256, terms: words.Terms) -> bool:
    batches: uint256 = tasks._batches(terms)
    sibling: uint256 = words._join(submission >> words.NUMBER_BITS, words._number(submission) % batches)
    for _: uint256 in range(terms.redundancy, bound=15):
        if self.root[sibling] == empty(bytes32):
            return False
        sibling = unsafe_add(sibling, batches)
    return True


@internal
@view
def _holder(submission: uint256) -> words.Holder:
    return words._unpack_holder(self.holder_word[submission])


@internal
def _set_holder(submission: uint256, holder: words.Holder):
    self.holder_word[submission] = words._pack_holder(holder)


@internal
@view
def _taken(submission: uint256) -> words.Holder:
    holder: words.Holder = self._holder(submission)
    require.that(holder.state == ITaskEscrow.SubmissionState.TAKEN, reasons.SUBMISSIONS_NOT_TAKEN)
    return holder


@internal
@view
def _published(submission: uint256) -> words.Holder:
    holder: words.Holder = self._holder(submission)
    require.that(holder.state == ITaskEscrow.SubmissionState.PUBLISHED, reasons.SUBMISSIONS_NOT_PUBLISHED)
    return holder


@internal
@view
def _check_worker(account: address, holder: words.Holder):
    require.that(account == holder.annotator, reasons.SUBMISSIONS_NOT_THE_ANNOTATOR)
    require.that(block.timestamp < holder.clock, reasons.SUBMISSIONS_PAST_DUE)


@internal
@view
def _check_uncommitted(submission: uint256):
    require.that(self.root[submission] == empty(bytes32), reasons.SUBMISSIONS_ALREADY_COMMITTED)
