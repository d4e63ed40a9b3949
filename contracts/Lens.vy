# pragma version 0.4.3
"""
@title Lens
@license AGPL-3.0-only
@notice Gives out what a TaskEscrow has stored as structs. Ids, amounts and times are the escrow's.
@dev Holds nothing and is trusted with nothing. It is apart from the escrow because a contract may have 24,576 bytes only.
"""

from .interfaces import ITaskEscrow
from .modules import reasons
from .modules import require
from .modules.escrow import batches
from .modules.escrow import packing

NOT_HEARD: constant(uint256) = 3  # how a challenge word stores max_value(uint256)


interface TaskEscrow:
    def task_words(task: uint256) -> uint256[8]: view
    def submission_words(submission: uint256) -> uint256[2]: view
    def challenge_words(challenge: uint256) -> uint256[4]: view


# What is read.
ESCROW: immutable(TaskEscrow)


@deploy
def __init__(escrow: address):
    """
    @param escrow The TaskEscrow to read.
    """
    require.that(escrow.is_contract, reasons.LENS_ESCROW_HAS_NO_CODE)
    ESCROW = TaskEscrow(escrow)


@view
@external
def escrow() -> address:
    """
    @notice The TaskEscrow that is read here.
    """
    return ESCROW.address


@view
@external
def task(id: uint256) -> ITaskEscrow.Task:
    """
    @notice All that is stored of a task; refuses unknown ids.
    """
    words: uint256[8] = self._task_words(id)
    terms: packing.Terms = packing._known_terms(words[packing.TERMS])
    pay: packing.Pay = packing._unpack_pay(words[packing.PAY])
    progress: packing.Progress = packing._unpack_progress(words[packing.PROGRESS])
    requester: address = empty(address)
    arbitration_timeout: uint256 = 0
    requester, arbitration_timeout = packing._unpack_address(words[packing.REQUESTER])
    arbitrator: address = empty(address)
    availability_bond: uint256 = 0
    arbitrator, availability_bond = packing._unpack_address(words[packing.ARBITRATOR])
    gate: address = empty(address)
    publish_from: uint256 = 0
    gate, publish_from = packing._unpack_address(words[packing.GATE])
    return ITaskEscrow.Task(
        parameters=ITaskEscrow.TaskParameters(
            arbitrator=arbitrator,
            gate=gate,
            grader=packing._low_address(words[packing.GRADER]),
            reward=pay.reward,
            stake=terms.stake,
            items=terms.items,
            batch_size=terms.batch_size,
            redundancy=terms.redundancy,
            tolerance_bps=terms.tolerance_bps,
            deadline=terms.deadline,
            work_period=terms.work_period,
            publish_period=pay.publish_period,
            challenge_period=terms.challenge_period,
            response_period=pay.response_period,
            arbitration_timeout=arbitration_timeout,
            availability_bond=availability_bond,
            royalty_bps=pay.royalty_bps,
            terms=convert(words[packing.MANIFEST], bytes32),
        ),
        requester=requester,
        token=progress.token,
        live=progress.live,
        accepted=progress.accepted,
        delivered=progress.delivered,
        publish_from=publish_from if progress.cancelled else terms.deadline,
        cancelled=progress.cancelled,
        closed=progress.closed,
    )


@view
@external
def accepted_labels(task: uint256) -> uint256:
    """
    @notice Labels of the task that were paid for and not proven wrong; final once the task is closed. Refuses unknown
            tasks.
    """
    words: uint256[8] = self._task_words(task)
    known: packing.Terms = packing._known_terms(words[packing.TERMS])
    return packing._unpack_progress(words[packing.PROGRESS]).accepted


@view
@external
def submission(id: uint256) -> ITaskEscrow.Submission:
    """
    @notice All that is stored of a slot; an open one has the empty annotator. Refuses unknown tasks.
    """
    terms: packing.Terms = packing._known_terms(self._task_words(id >> packing.NUMBER_BITS)[packing.TERMS])
    batch: batches.Batch = batches._of(terms, packing._number(id))
    words: uint256[2] = staticcall ESCROW.submission_words(id)
    root: bytes32 = convert(words[1], bytes32)
    held: packing.Submission = packing._unpack_submission(words[0])
    found: ITaskEscrow.Submission = empty(ITaskEscrow.Submission)
    found.annotator = held.annotator
    found.state = held.state
    found.errors = held.errors
    found.labels = batch.labels
    found.stake = batch.stake
    found.filed = held.filed
    found.settled = self._settled(id, held.filed)
    if held.state == ITaskEscrow.SubmissionState.TAKEN:
        found.due_at = held.until
        if root != empty(bytes32):
            found.state = ITaskEscrow.SubmissionState.COMMITTED
            found.commitment = root
    elif held.state == ITaskEscrow.SubmissionState.FORFEITED:
        found.due_at = held.until
        found.commitment = root
    else:
        found.window_end = held.until
        found.root = root
    return found


@view
@external
def challenge(id: uint256) -> ITaskEscrow.Challenge:
    """
    @notice All that is stored of a challenge; an unknown one has the empty challenger.
    """
    words: uint256[4] = staticcall ESCROW.challenge_words(id)
    known: packing.Challenge = packing._unpack_challenge(words[0])
    bond: uint256 = 0
    fee: uint256 = 0
    bond, fee = packing._unpack_money(words[1])
    if known.kind == ITaskEscrow.ChallengeKind.AVAILABILITY:
        task_words: uint256[8] = self._task_words(id >> 2 * packing.NUMBER_BITS)
        bond = packing._unpack_address(task_words[packing.ARBITRATOR])[1]
    defender: address = packing._low_address(words[3])
    if known.defended_at != 0 and defender == empty(address):
        submission: uint256 = (staticcall ESCROW.submission_words(id >> packing.NUMBER_BITS))[0]
        defender = packing._low_address(submission)
    return ITaskEscrow.Challenge(
        challenger=known.challenger,
        kind=known.kind,
        state=known.state,
        filed_at=known.filed_at,
        defended_at=known.defended_at,
        labels=known.labels,
        ruling=max_value(uint256) if known.ruling == NOT_HEARD else known.ruling,
        bond=bond,
        indices_hash=convert(words[2], bytes32),
        defender=defender,
        fee=fee,
    )


@internal
@view
def _settled(submission: uint256, filed: uint256) -> uint256:
    """
    @return How many of these challenges are settled: they are in their order, so by halving.
    """
    settled: uint256 = 0
    most: uint256 = filed
    for _: uint256 in range(40):
        if settled == most:
            break
        middle: uint256 = (settled + most) // 2
        word: uint256 = (staticcall ESCROW.challenge_words(submission << packing.NUMBER_BITS | middle))[0]
        if packing._unpack_challenge(word).state == ITaskEscrow.ChallengeState.SETTLED:
            settled = middle + 1
        else:
            most = middle
    return settled


@internal
@view
def _task_words(task: uint256) -> uint256[8]:
    return staticcall ESCROW.task_words(task)
