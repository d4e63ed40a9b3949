# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Challenges: "each of these labels is wrong"
@license AGPL-3.0-only
@dev Sealed before they are filed, so that nobody copies one; answered by the annotator or by a defender who
     brings them before the task's arbitrator; settled by anyone.
"""

from ethereum.ercs import IERC20
from ...interfaces import IArbitrator
from ...interfaces import ITaskEscrow
from .. import actor
from .. import ledger
from .. import reasons
from .. import require
from . import fights
from . import submissions
from . import tasks
from . import words

uses: actor
uses: fights
uses: ledger
uses: submissions
uses: tasks

SEAL_MIN_AGE: constant(uint256) = 60  # seconds
SEAL_MAX_AGE: constant(uint256) = 86_400  # seconds
CHOICES: constant(uint256) = 2  # 1: each label is wrong, 2: not each of them is
NOT_HEARD: constant(uint256) = 3  # how the case word stores max_value(uint256)
# Costs above this would not fit the word that holds a fee; three of them make a bond.
MAX_COST: constant(uint256) = 2**94

# seal -> time of sealing; 0: none, or used
sealed_at: public(HashMap[bytes32, uint256])
# challenge id -> bond, base units
bond: HashMap[uint256, uint256]
# challenge id -> keccak256(abi_encode(item numbers))
indices_hash: HashMap[uint256, bytes32]
# challenge id -> defence word; its picture is in `words`
defence_word: HashMap[uint256, uint256]
# arbitrator -> dispute id -> challenge id
challenge_of: public(HashMap[address, HashMap[uint256, uint256]])
# submission id -> position in the batch // 256 -> bit (position % 256) is set for a label proven wrong
wrong: public(HashMap[uint256, HashMap[uint256, uint256]])


@external
def seal(seal: bytes32):
    """
    @notice Notes the time of a sealed challenge; shows nothing of it.
    @param seal keccak256(abi_encode(chain id, this contract, submission, challenger,
           keccak256(abi_encode(indices)), salt)).
    """
    sealed: uint256 = self.sealed_at[seal]
    # Who repeats somebody's seal must not be able to push its clock.
    require.that(sealed == 0 or block.timestamp >= sealed + SEAL_MAX_AGE, reasons.CHALLENGES_ALREADY_SEALED)
    self.sealed_at[seal] = block.timestamp
    log ITaskEscrow.Sealed(seal=seal)


@external
def challenge(
    submission: uint256,
    indices: DynArray[uint256, 32],
    bond: uint256,
    evidence: bytes32,
    uri: String[256],
    salt: bytes32,
) -> uint256:
    """
    @notice Says that each of these labels is wrong, with a bond from the caller's free balance. Needs the caller's
            seal, at least a minute and less than a day old.
    @param indices Item numbers of the submission's batch, strictly rising.
    @param bond At least max(labels * reward // 2, 3 * arbitration cost), base units. Who brings a rejection about gets
           twice of it, up to a quarter of the stake.
    @param evidence Hash of the evidence, and `uri` where it lies, for jurors.
    @return The challenge's fight id.
    """
    account: address = actor._actor()
    holder: words.Holder = submissions._published(submission)
    require.that(block.timestamp < holder.clock, reasons.CHALLENGES_WINDOW_HAS_ENDED)
    batch: tasks.Batch = tasks._batch_of(submission)
    count: uint256 = len(indices)
    require.that(count != 0, reasons.CHALLENGES_NO_LABELS)
    for i: uint256 in range(1, count, bound=31):
        require.that(indices[i - 1] < indices[i], reasons.CHALLENGES_ITEMS_NOT_RISING)
    fights._check_items(batch, indices[0], indices[count - 1])

    indices_hash: bytes32 = self._hash(indices)
    seal: bytes32 = keccak256(abi_encode(chain.id, self, submission, account, indices_hash, salt))
    sealed: uint256 = self.sealed_at[seal]
    require.that(sealed != 0, reasons.CHALLENGES_NO_SUCH_SEAL)
    require.that(block.timestamp >= sealed + SEAL_MIN_AGE, reasons.CHALLENGES_SEAL_IS_TOO_YOUNG)
    require.that(block.timestamp < sealed + SEAL_MAX_AGE, reasons.CHALLENGES_SEAL_IS_TOO_OLD)
    self.sealed_at[seal] = 0

    task: uint256 = submission >> words.NUMBER_BITS
    cost: uint256 = self._cost(tasks._arbitrator(task))
    require.that(bond >= max(count * tasks._pay(task).reward // 2, 3 * cost), reasons.CHALLENGES_BOND_TOO_LOW)
    ledger._debit(tasks._token(task), account, bond)

    challenge: uint256 = fights._file(submission, account, count, 0)
    self.bond[challenge] = bond
    self.indices_hash[challenge] = indices_hash
    log ITaskEscrow.Challenged(
        fight=challenge, challenger=account, indices=indices, bond=bond, evidence=evidence, uri=uri
    )
    return challenge


@external
def concede(challenge: uint256):
    """
    @notice The annotator agrees, and pays no fee. Within the response period, while undefended.
    """
    account: address = actor._actor()
    case: words.Case = self._open_challenge(challenge)
    require.that(account == self._annotator(challenge), reasons.CHALLENGES_NOT_THE_ANNOTATOR)
    case.state = ITaskEscrow.FightState.CONCEDED
    fights._set_case(challenge, case)
    log ITaskEscrow.Conceded(fight=challenge)


@external
def defend(challenge: uint256, max_cost: uint256):
    """
    @notice Brings a challenge before the task's arbitrator and pays it from the caller's free balance. The annotator
            alone in the first half of the response period, anyone in the second.
    @param max_cost Refuse if the arbitrator has become dearer than this.
    """
    account: address = actor._actor()
    case: words.Case = self._open_challenge(challenge)
    task: uint256 = self._task(challenge)
    require.that(
        account == self._annotator(challenge) or block.timestamp >= case.clock + tasks._pay(task).response_period // 2,
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
    dispute: uint256 = extcall arbitrator.create_dispute(CHOICES, convert(challenge, bytes32), account)
    # Some tokens refuse to approve nothing, so they are asked to only if the arbitrator has left something.
    if staticcall IERC20(token).allowance(self, arbitrator.address) != 0:
        self._approve(token, arbitrator.address, 0)
    after: uint256 = ledger._held(token)
    require.that(after + cost >= before, reasons.CHALLENGES_MORE_THAN_COST_TAKEN)
    fee: uint256 = before - min(after, before)
    ledger._credit(token, account, cost - fee)
    require.that(self.challenge_of[arbitrator.address][dispute] == 0, reasons.CHALLENGES_DISPUTE_ID_REUSED)

    self.challenge_of[arbitrator.address][dispute] = challenge
    self.defence_word[challenge] = words._pack_address(account, fee)
    case.state = ITaskEscrow.FightState.DEFENDED
    case.clock = block.timestamp
    fights._set_case(challenge, case)
    log ITaskEscrow.Defended(fight=challenge, defender=account, arbitrator=arbitrator.address, dispute=dispute, fee=fee)


# Called from inside other contracts' functions, perhaps while this contract calls them. It moves no money and only
# records, once, for a dispute that `defend` has already stored.
@external
@reentrant
def rule(dispute: uint256, ruling: uint256):
    """
    @notice Records a ruling of the arbitrator that the dispute was brought before; `settle` pays.
    """
    account: address = actor._actor()
    challenge: uint256 = self.challenge_of[account][dispute]
    require.that(challenge != 0, reasons.CHALLENGES_UNKNOWN_DISPUTE)
    require.that(ruling <= CHOICES or ruling == max_value(uint256), reasons.CHALLENGES_NO_SUCH_RULING)
    case: words.Case = fights._case(challenge)
    require.that(case.state == ITaskEscrow.FightState.DEFENDED, reasons.CHALLENGES_ALREADY_RULED)
    case.state = ITaskEscrow.FightState.RULED
    case.ruling = min(ruling, NOT_HEARD)
    fights._set_case(challenge, case)
    log ITaskEscrow.Ruled(fight=challenge, ruling=ruling)


@external
def settle(challenge: uint256, indices: DynArray[uint256, 32]):
    """
    @notice Pays a challenge in its turn, once it is conceded, ruled, unanswered in time, or outlived by its arbitrator.
            Anyone may call.
    @param indices The item numbers that were challenged.
    """
    refusal: bytes32 = self._settle(challenge, indices)
    require.that(refusal == empty(bytes32), refusal)


@internal
def _settle(challenge: uint256, indices: DynArray[uint256, 32]) -> bytes32:
    """
    @return Why the challenge cannot be settled now, or was already; empty if it is settled by this.
    """
    case: words.Case = fights._case(challenge)
    require.that(case.labels != 0, reasons.CHALLENGES_NOT_A_CHALLENGE)
    require.that(self._hash(indices) == self.indices_hash[challenge], reasons.CHALLENGES_OTHER_ITEMS)
    refusal: bytes32 = fights._refusal(challenge)
    if refusal != empty(bytes32):
        return refusal
    submission: uint256 = challenge >> words.NUMBER_BITS
    task: uint256 = self._task(challenge)
    holder: words.Holder = submissions._holder(submission)
    rejected: bool = holder.state == ITaskEscrow.SubmissionState.REJECTED
    outcome: ITaskEscrow.Outcome = self._outcome(task, case, rejected)
    if outcome == empty(ITaskEscrow.Outcome):
        if case.state == ITaskEscrow.FightState.DEFENDED:
            return reasons.CHALLENGES_AWAITING_A_RULING
        return reasons.CHALLENGES_RESPONSE_IS_OPEN
    bond: uint256 = self.bond[challenge]
    # Without fault of anybody's, the bond goes back.
    split: fights.Split = fights.Split(to_party=bond, to_annotator=0, to_defender=0, to_sink=0)
    defender: address = empty(address)
    fee: uint256 = 0
    defender, fee = words._unpack_address(self.defence_word[challenge])
    if outcome == ITaskEscrow.Outcome.NOT_WRONG:
        refund: uint256 = min(fee, bond)  # the fee may have risen above the bond since the challenge was filed
        lost: uint256 = bond - refund
        split.to_party = 0
        split.to_annotator = lost // 2
        split.to_defender = refund + lost // 2
        split.to_sink = lost % 2
    elif outcome == ITaskEscrow.Outcome.UNDECIDED:
        split.to_defender = min(fee // 2, bond)
        split.to_party = bond - split.to_defender

    proven: uint256 = 0  # labels that were not proven wrong before; the stake advances a prize for each
    if not rejected and outcome in (
        ITaskEscrow.Outcome.CONCEDED | ITaskEscrow.Outcome.UNANSWERED | ITaskEscrow.Outcome.WRONG
    ):
        batch: tasks.Batch = tasks._batch_of(submission)
        proven = self._prove(submission, batch.first, indices, batch.tolerated + 1 - holder.errors)
        split.to_party += proven * (tasks._pay(task).reward // tasks.PRIZE_DIVISOR)
        holder.errors += proven
        if holder.errors > batch.tolerated:
            # By what they risked, so that nobody farms the noise of juries with small bonds.
            bonus: uint256 = min(batch.stake // 4, 2 * min(bond, batch.stake))
            split.to_party += bonus
            submissions._reject(submission, holder, batch, bonus)
        else:
            submissions._set_holder(submission, holder)
    fights._end(challenge, case, outcome, proven, split, holder.annotator, defender)
    return empty(bytes32)


@internal
@view
def _outcome(task: uint256, case: words.Case, rejected: bool) -> ITaskEscrow.Outcome:
    """
    @dev How the case ends if it is settled now; empty while that is open.
    """
    if case.state == ITaskEscrow.FightState.RULED:
        if case.ruling == 1:
            return ITaskEscrow.Outcome.WRONG
        if case.ruling == 2:
            return ITaskEscrow.Outcome.NOT_WRONG
        if case.ruling == NOT_HEARD:
            return ITaskEscrow.Outcome.NOT_HEARD
        return ITaskEscrow.Outcome.UNDECIDED
    if case.state == ITaskEscrow.FightState.DEFENDED:
        if block.timestamp < case.clock + tasks._arbitration_timeout(task):
            return empty(ITaskEscrow.Outcome)
        return ITaskEscrow.Outcome.UNDECIDED
    # A rejection ends what nobody has defended.
    if rejected:
        return ITaskEscrow.Outcome.VOID
    if case.state == ITaskEscrow.FightState.CONCEDED:
        return ITaskEscrow.Outcome.CONCEDED
    if block.timestamp < case.clock + tasks._pay(task).response_period:
        return empty(ITaskEscrow.Outcome)
    return ITaskEscrow.Outcome.UNANSWERED


@internal
@pure
def _ruling(case: words.Case) -> uint256:
    return max_value(uint256) if case.ruling == NOT_HEARD else case.ruling


@internal
def _prove(submission: uint256, first: uint256, indices: DynArray[uint256, 32], most: uint256) -> uint256:
    """
    @dev Marks labels as proven wrong, at most so many, and each only once.
    @return How many were not marked before.
    """
    proven: uint256 = 0
    for item: uint256 in indices:
        if proven == most:
            break
        word: uint256 = 0
        bit: uint256 = 0
        word, bit = words._bit(item - first)
        marks: uint256 = self.wrong[submission][word]
        if marks & bit == 0:
            self.wrong[submission][word] = marks | bit
            proven += 1
    return proven


@internal
def _approve(token: address, spender: address, amount: uint256):
    require.that(
        extcall IERC20(token).approve(spender, amount, default_return_value=True), reasons.CHALLENGES_APPROVE_REFUSED
    )


@internal
@view
def _open_challenge(challenge: uint256) -> words.Case:
    """
    @dev An undefended challenge whose response window is open.
    """
    case: words.Case = fights._open_case(challenge)
    require.that(case.labels != 0, reasons.CHALLENGES_IS_A_DEMAND)
    require.that(
        block.timestamp < case.clock + tasks._pay(self._task(challenge)).response_period,
        reasons.CHALLENGES_RESPONSE_HAS_ENDED,
    )
    return case


@internal
@view
def _annotator(challenge: uint256) -> address:
    return submissions._holder(challenge >> words.NUMBER_BITS).annotator


@internal
@pure
def _task(challenge: uint256) -> uint256:
    return challenge >> 2 * words.NUMBER_BITS


@internal
@view
def _cost(arbitrator: IArbitrator) -> uint256:
    cost: uint256 = staticcall arbitrator.arbitration_cost()
    require.that(cost <= MAX_COST, reasons.CHALLENGES_COST_OUT_OF_BOUNDS)
    return cost


@internal
@pure
def _hash(indices: DynArray[uint256, 32]) -> bytes32:
    return keccak256(abi_encode(indices))
