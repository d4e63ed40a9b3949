# pragma version 0.4.3
"""
@title Challenges of correctness: "each of these labels is wrong"
@license AGPL-3.0-only
@dev Committed to before they are filed, so that nobody copies one; answered by the annotator or by a defender who
     brings them before the task's arbitrator; settled by anyone.
"""

from ethereum.ercs import IERC20
from ...interfaces import IArbitrator
from ...interfaces import IGrader
from ...interfaces import ITaskEscrow
from .. import ledger
from .. import reasons
from .. import require
from . import batches
from . import challenges
from . import packing
from . import submissions
from . import tasks

uses: challenges
uses: ledger
uses: submissions
uses: tasks

COMMITMENT_MIN_AGE: constant(uint256) = 60  # seconds
COMMITMENT_MAX_AGE: constant(uint256) = 86_400  # seconds
CHOICES: constant(uint256) = 2  # 1: each label is wrong, 2: not each of them is
NOT_HEARD: constant(uint256) = 3  # how the challenge word stores max_value(uint256)
# Costs above this would not fit the word that holds a fee; three of them make a bond.
MAX_COST: constant(uint256) = 2**94

# commitment -> time of it; 0: none, or used
committed_at: HashMap[bytes32, uint256]
# challenge id -> money word; its picture is in `packing`
money_word: HashMap[uint256, uint256]
# challenge id -> who has defended it, if it was not the annotator
defender: HashMap[uint256, address]
# arbitrator -> dispute id -> challenge id
challenge_of: HashMap[address, HashMap[uint256, uint256]]
# submission id -> position in the batch // 256 -> bit (position % 256) is set for a label proven wrong
wrong: HashMap[uint256, HashMap[uint256, uint256]]


@internal
def _commit(commitment: bytes32):
    committed: uint256 = self.committed_at[commitment]
    # Whoever repeats somebody's commitment must not be able to push its clock.
    require.that(self._age(committed) >= COMMITMENT_MAX_AGE, reasons.CHALLENGES_ALREADY_COMMITTED)
    self.committed_at[commitment] = block.timestamp
    log ITaskEscrow.ChallengeCommitted(commitment=commitment)


@internal
def _challenge(
    account: address,
    submission: uint256,
    indices: DynArray[uint256, 32],
    bond: uint256,
    evidence: bytes32,
    uri: String[256],
    salt: bytes32,
) -> uint256:
    held: packing.Submission = submissions._published(submission)
    require.that(block.timestamp < held.until, reasons.CHALLENGES_WINDOW_HAS_ENDED)
    indices_hash: bytes32 = challenges._hash(indices)
    commitment: bytes32 = keccak256(abi_encode(chain.id, self, submission, account, indices_hash, salt))
    committed: uint256 = self.committed_at[commitment]
    require.that(committed != 0, reasons.CHALLENGES_NO_SUCH_COMMITMENT)
    age: uint256 = self._age(committed)
    require.that(age >= COMMITMENT_MIN_AGE, reasons.CHALLENGES_COMMITMENT_TOO_YOUNG)
    require.that(age < COMMITMENT_MAX_AGE, reasons.CHALLENGES_COMMITMENT_TOO_OLD)
    self.committed_at[commitment] = 0

    task: uint256 = submission >> packing.NUMBER_BITS
    cost: uint256 = self._cost(tasks._arbitrator(task))
    least: uint256 = max(unsafe_mul(len(indices), tasks._pay(task).reward) // 2, unsafe_mul(3, cost))
    require.that(bond >= least, reasons.CHALLENGES_BOND_TOO_LOW)
    id: uint256 = challenges._file(
        submission, held, account, ITaskEscrow.ChallengeKind.CORRECTNESS, indices, indices_hash, bond
    )
    self.money_word[id] = packing._pack_money(bond, 0)
    if packing._is_graded(tasks.words[task][packing.TERMS]):
        # What a test has made public would only be hunted: its errors are allowed for.
        grader: IGrader = tasks._grader(task)
        for item: uint256 in indices:
            require.that(not staticcall grader.is_tested(submission, item), reasons.CHALLENGES_ITEM_WAS_TESTED)
    log ITaskEscrow.Challenged(challenge=id, challenger=account, indices=indices, bond=bond, evidence=evidence, uri=uri)
    return id


@internal
def _concede(account: address, id: uint256):
    challenge: packing.Challenge = self._open_challenge(id)
    require.that(account == self._annotator(id), reasons.CHALLENGES_NOT_THE_ANNOTATOR)
    challenge.state = ITaskEscrow.ChallengeState.CONCEDED
    challenges._set(id, challenge)
    log ITaskEscrow.Conceded(challenge=id)


@internal
def _defend(account: address, id: uint256, max_cost: uint256):
    challenge: packing.Challenge = self._open_challenge(id)
    task: uint256 = challenges._task(id)
    is_annotator: bool = account == self._annotator(id)
    require.that(
        is_annotator or self._age(challenge.filed_at) >= tasks._pay(task).response_period // 2,
        reasons.CHALLENGES_ANNOTATOR_TURN,
    )
    arbitrator: IArbitrator = tasks._arbitrator(task)
    cost: uint256 = self._cost(arbitrator)
    require.that(cost <= max_cost, reasons.CHALLENGES_COST_ABOVE_MAXIMUM)
    token: address = tasks._token(task)
    ledger._debit(token, account, cost)

    before: uint256 = ledger._held(token)
    if cost != 0:
        self._approve(token, arbitrator.address, cost)
    dispute: uint256 = extcall arbitrator.create_dispute(CHOICES, convert(id, bytes32), account)
    # Some tokens refuse to approve nothing, so they are asked to only if the arbitrator has left something.
    if staticcall IERC20(token).allowance(self, arbitrator.address) != 0:
        self._approve(token, arbitrator.address, 0)
    after: uint256 = ledger._held(token)
    require.that(after + cost >= before, reasons.CHALLENGES_MORE_THAN_COST_TAKEN)
    fee: uint256 = unsafe_sub(before, min(after, before))
    ledger._credit(token, account, unsafe_sub(cost, fee))
    require.that(self.challenge_of[arbitrator.address][dispute] == 0, reasons.CHALLENGES_DISPUTE_ID_REUSED)

    self.challenge_of[arbitrator.address][dispute] = id
    self.money_word[id] |= packing._pack_money(0, fee)
    if not is_annotator:
        self.defender[id] = account
    challenge.state = ITaskEscrow.ChallengeState.DEFENDED
    challenge.defended_at = block.timestamp
    challenges._set(id, challenge)
    log ITaskEscrow.Defended(challenge=id, defender=account, arbitrator=arbitrator.address, dispute=dispute, fee=fee)


@internal
def _rule(account: address, dispute: uint256, ruling: uint256):
    """
    @dev Moves no money and only records, once, for a dispute that `_defend` has already stored.
    """
    id: uint256 = self.challenge_of[account][dispute]
    require.that(id != 0, reasons.CHALLENGES_UNKNOWN_DISPUTE)
    require.that(ruling <= CHOICES or ruling == max_value(uint256), reasons.CHALLENGES_NO_SUCH_RULING)
    challenge: packing.Challenge = submissions._challenge(id)
    require.that(challenge.state == ITaskEscrow.ChallengeState.DEFENDED, reasons.CHALLENGES_ALREADY_RULED)
    challenge.state = ITaskEscrow.ChallengeState.RULED
    challenge.ruling = min(ruling, NOT_HEARD)
    challenges._set(id, challenge)
    log ITaskEscrow.Ruled(challenge=id, ruling=ruling)


@internal
def _settle(id: uint256, challenge: packing.Challenge, indices: DynArray[uint256, 32]) -> bytes32:
    """
    @return Why the challenge cannot be settled now; empty if it is settled by this.
    """
    submission: uint256 = id >> packing.NUMBER_BITS
    task: uint256 = submission >> packing.NUMBER_BITS
    held: packing.Submission = submissions._get(submission)
    rejected: bool = held.state == ITaskEscrow.SubmissionState.REJECTED
    outcome: ITaskEscrow.Outcome = self._outcome(task, challenge, rejected)
    if outcome == empty(ITaskEscrow.Outcome):
        if challenge.state == ITaskEscrow.ChallengeState.DEFENDED:
            return reasons.CHALLENGES_AWAITING_A_RULING
        return reasons.CHALLENGES_RESPONSE_IS_OPEN
    reward: uint256 = tasks._pay(task).reward
    bond: uint256 = 0
    fee: uint256 = 0
    bond, fee = packing._unpack_money(self.money_word[id])
    # Without fault of anybody's, the bond goes back.
    split: challenges.Split = challenges.Split(to_challenger=bond, to_annotator=0, to_defender=0, to_sink=0)
    defender: address = self.defender[id]
    if defender == empty(address):
        defender = held.annotator
    if outcome == ITaskEscrow.Outcome.NOT_WRONG:
        # The fee may have risen above the bond since the challenge was filed. A defender has half of the rest, but of no
        # more than the least bond: else who risks a large one to reject could defend it, too, and lose only half.
        split.to_challenger = 0
        split.to_defender = min(fee, bond)
        split.to_annotator = unsafe_sub(bond, split.to_defender)
        premium: uint256 = min(split.to_annotator // 2, max(fee, unsafe_mul(challenge.labels, reward) // 4))
        split.to_defender = unsafe_add(split.to_defender, premium)
        split.to_annotator = unsafe_sub(split.to_annotator, premium)
    elif outcome == ITaskEscrow.Outcome.UNDECIDED:
        split.to_defender = min(fee // 2, bond)
        split.to_challenger = unsafe_sub(bond, split.to_defender)

    proven: uint256 = 0  # labels that were not proven wrong before; the stake advances a prize for each
    if not rejected and outcome in (
        ITaskEscrow.Outcome.CONCEDED | ITaskEscrow.Outcome.UNANSWERED | ITaskEscrow.Outcome.WRONG
    ):
        batch: batches.Batch = tasks._batch_of(submission)
        proven = self._prove(submission, batch.first, indices, unsafe_sub(batch.tolerated + 1, held.errors))
        split.to_challenger = unsafe_add(split.to_challenger, unsafe_mul(proven, reward // tasks.PRIZE_DIVISOR))
        held.errors = unsafe_add(held.errors, proven)
        if held.errors > batch.tolerated:
            # By what they risked, so that nobody farms the noise of juries with small bonds.
            bonus: uint256 = min(batch.stake // 4, unsafe_mul(2, min(bond, batch.stake)))
            split.to_challenger = unsafe_add(split.to_challenger, bonus)
            submissions._reject(submission, held, batch, bonus)
        else:
            submissions._set_submission(submission, held)
    challenges._end(id, challenge, outcome, proven, split, held.annotator, defender)
    return empty(bytes32)


@internal
@view
def _outcome(task: uint256, challenge: packing.Challenge, rejected: bool) -> ITaskEscrow.Outcome:
    """
    @dev How the challenge ends if it is settled now; empty while that is open.
    """
    if challenge.state == ITaskEscrow.ChallengeState.RULED:
        if challenge.ruling == 1:
            return ITaskEscrow.Outcome.WRONG
        if challenge.ruling == 2:
            return ITaskEscrow.Outcome.NOT_WRONG
        if challenge.ruling == NOT_HEARD:
            return ITaskEscrow.Outcome.NOT_HEARD
        return ITaskEscrow.Outcome.UNDECIDED
    if challenge.state == ITaskEscrow.ChallengeState.DEFENDED:
        if self._age(challenge.defended_at) < tasks._arbitration_timeout(task):
            return empty(ITaskEscrow.Outcome)
        return ITaskEscrow.Outcome.UNDECIDED
    # A rejection ends what nobody has defended.
    if rejected:
        return ITaskEscrow.Outcome.VOID
    if challenge.state == ITaskEscrow.ChallengeState.CONCEDED:
        return ITaskEscrow.Outcome.CONCEDED
    if self._age(challenge.filed_at) < tasks._pay(task).response_period:
        return empty(ITaskEscrow.Outcome)
    return ITaskEscrow.Outcome.UNANSWERED


@internal
def _prove(submission: uint256, first: uint256, indices: DynArray[uint256, 32], most: uint256) -> uint256:
    """
    @dev Marks labels as proven wrong, at most so many, and each only once.
    @return How many were not marked before.
    """
    proven: uint256 = 0
    current: uint256 = 0
    marks: uint256 = self.wrong[submission][current]
    for item: uint256 in indices:
        if proven == most:
            break
        word: uint256 = 0
        bit: uint256 = 0
        word, bit = packing._bit(unsafe_sub(item, first))
        # They are sorted: each word is written once.
        if word != current:
            self.wrong[submission][current] = marks
            current = word
            marks = self.wrong[submission][current]
        if marks & bit == 0:
            marks |= bit
            proven = unsafe_add(proven, 1)
    self.wrong[submission][current] = marks
    return proven


@internal
def _approve(token: address, spender: address, amount: uint256):
    require.that(
        extcall IERC20(token).approve(spender, amount, default_return_value=True), reasons.CHALLENGES_APPROVE_REFUSED
    )


@internal
@view
def _open_challenge(id: uint256) -> packing.Challenge:
    """
    @dev An undefended challenge whose response window is open.
    """
    challenge: packing.Challenge = challenges._filed(id)
    require.that(challenge.kind == ITaskEscrow.ChallengeKind.CORRECTNESS, reasons.CHALLENGES_IS_OF_AVAILABILITY)
    require.that(
        self._age(challenge.filed_at) < tasks._pay(challenges._task(id)).response_period,
        reasons.CHALLENGES_RESPONSE_HAS_ENDED,
    )
    return challenge


@internal
@view
def _annotator(id: uint256) -> address:
    return submissions._get(id >> packing.NUMBER_BITS).annotator


@internal
@view
def _cost(arbitrator: IArbitrator) -> uint256:
    cost: uint256 = staticcall arbitrator.arbitration_cost()
    require.that(cost <= MAX_COST, reasons.CHALLENGES_COST_OUT_OF_BOUNDS)
    return cost


@internal
@view
def _age(time: uint256) -> uint256:
    """
    @return Seconds since a time that has been; very many since 0.
    """
    return unsafe_sub(block.timestamp, time)
