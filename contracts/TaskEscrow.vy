# pragma version 0.4.3
# pragma nonreentrancy on
# pragma optimize codesize
"""
@title TaskEscrow
@license AGPL-3.0-only
@notice Requesters lock the pay for labels here, annotators lock a stake on each label they deliver, anyone
        challenges wrong labels with a bond, and everybody is paid by rule into a free balance.

        Ids: `submission = task << 64 | slot`, `challenge = submission << 64 | number`. Items are numbered from 0 within a task; slot `s` holds batch `s % batches`. Amounts are base
        units of the task's token, times unix seconds, windows half-open: `[start, end)`.
@dev No owner, no pause, no upgrade, no fee. Each module holds one concept; what can be called is all below. What is
     stored is given out as words, which `Lens` makes structs of.
@custom:invariant E1. token.balanceOf(self) >= free balances + pots + stakes + bonds, with equality for an honest
                      token that nobody sent by hand.
                  E2. Nobody takes out more than they put in and the rules gave them.
                  E3. Stake locked is the sum of S - errors * prize over TAKEN, COMMITTED and PUBLISHED submissions.
                  E4. A label is counted in `errors` at most once.
                  E5. A PAID submission had no pending challenge, and its challenge window had passed or was waived.
                  E6. A pot covers reward * labels of every live submission.
                  E7. As requester, nobody is ever credited a unit of anybody's stake.
                  E8. A rejected annotator loses at least 5/8 of the stake, whatever they file against themselves, and
                      a label that its author challenges earns them at most a quarter of its pay.
                  E9. An annotator whose labels were not rejected, forfeited, released or expired has the whole stake
                      back.
"""

from .interfaces import IArbitrable
from .interfaces import IGrader
from .interfaces import ITaskEscrow
from .modules import actor
from .modules import ledger
from .modules import losses
from .modules import reasons
from .modules import require
from .modules.escrow import availability
from .modules.escrow import challenges
from .modules.escrow import correctness
from .modules.escrow import packing
from .modules.escrow import submissions
from .modules.escrow import tasks

implements: IArbitrable

initializes: actor
initializes: ledger
initializes: losses[ledger := ledger]
initializes: tasks[ledger := ledger]
initializes: submissions[ledger := ledger, losses := losses, tasks := tasks]
initializes: challenges[ledger := ledger, losses := losses, submissions := submissions, tasks := tasks]
initializes: correctness[challenges := challenges, ledger := ledger, submissions := submissions, tasks := tasks]
initializes: availability[challenges := challenges, submissions := submissions, tasks := tasks]


@deploy
def __init__(relay: address, terms: address, sink: address):
    """
    @param relay The ERC-2771 forwarder to trust for good; the empty address for none.
    @param terms The TaskTerms that says which terms a task may have.
    @param sink Whose free balance takes what is lost: an address that nobody controls, as 0x…dEaD.
    """
    actor.__init__(relay)
    losses.__init__(sink)
    tasks.__init__(terms)


# Free balances: where each payout goes, and where pots, stakes and bonds come from


@external
def deposit(token: address, amount: uint256, account: address) -> uint256:
    """
    @notice Takes `amount` from the caller by `transferFrom` and credits what arrived to `account`.
    @return What arrived, base units.
    """
    return ledger._deposit(actor._actor(), token, amount, account)


@external
def deposit_with_permit(
    token: address, amount: uint256, account: address, deadline: uint256, v: uint8, r: bytes32, s: bytes32
) -> uint256:
    """
    @notice `deposit` with an allowance signed by the caller (ERC-2612); a permit that was used before is no failure.
    @return What arrived, base units.
    """
    return ledger._deposit_with_permit(actor._actor(), token, amount, account, deadline, v, r, s)


@external
def transfer(token: address, amount: uint256, to: address):
    """
    @notice Moves `amount` of the caller's free balance to `to`, inside the ledger.
    """
    ledger._transfer(actor._actor(), token, amount, to)


@external
def withdraw(token: address, amount: uint256, receiver: address):
    """
    @notice Pays `amount` of the caller's free balance out to `receiver`.
    """
    ledger._withdraw(actor._actor(), token, amount, receiver)


# Tasks: the requester puts one up, and anyone closes it


@external
def open(parameters: ITaskEscrow.TaskParameters, uri: String[256]) -> uint256:
    """
    @notice Puts up a task and moves `reward * items * redundancy` from the caller's free balance into its pot.
    @param parameters The terms; they never change. The token is the arbitrator's.
    @param uri Where the manifest lies whose keccak-256 is `parameters.terms`.
    @return The task's id.
    """
    return tasks._open(actor._actor(), parameters, uri)


@external
def cancel(task: uint256):
    """
    @notice Lets nobody take a slot any more, for the requester. Work that was taken goes on.
    """
    tasks._cancel(actor._actor(), task)


@external
def close(task: uint256):
    """
    @notice Returns what is left of the pot to the requester, once no submission is live: after the deadline, or in a
            cancelled task from the time that `cancel` fixed. Anyone may call; the accepted labels are fixed from now on.
    """
    tasks._close(task)


# Submissions: the annotator takes a slot, delivers and is paid; the requester may waive the rest of a window


@external
def take(task: uint256, slot: uint256, gate_data: Bytes[1024]) -> uint256:
    """
    @notice Takes an open slot and locks the stake for its labels out of the caller's free balance.
    @param slot Chosen by the caller; nobody holds two slots of one batch.
    @param gate_data What the task's gate wants to see; empty without a gate.
    @return The submission's id.
    """
    submissions._take(actor._actor(), task, [slot], gate_data, False)
    return task << packing.NUMBER_BITS | slot


@external
def take_many(task: uint256, slots: DynArray[uint256, 32], gate_data: Bytes[1024]) -> uint256:
    """
    @notice `take` for several slots of one task. Passes over those that are taken, so that nobody spoils the call by
            taking one of them first.
    @return How many slots were taken by this call.
    """
    return submissions._take(actor._actor(), task, slots, gate_data, True)


@external
def release(submission: uint256):
    """
    @notice Gives an uncommitted slot back before it is due, for a sixteenth of the stake.
    """
    submissions._release(actor._actor(), submission)


@external
def commit(submission: uint256, commitment: bytes32):
    """
    @notice Seals the labels of a task with siblings or a grader, before the work is due.
    @param commitment keccak256(abi_encode(chain id, this contract, submission, annotator, root, keccak256(uri), salt)).
    """
    submissions._commit(actor._actor(), submission, commitment)


@external
def publish(submission: uint256, root: bytes32, salt: bytes32, uri: String[256]):
    """
    @notice Opens a commitment, by anyone who knows it, once all siblings are committed or from the deadline on;
            with redundancy 1, delivers the labels directly, by the annotator alone and before the work is due.
    @param root Root of the batch's positional Merkle tree of item numbers and digests of labels; see `label_tree`.
    @param salt As committed; ignored with redundancy 1.
    @param uri Where the label set lies.
    """
    submissions._publish(actor._actor(), submission, root, salt, uri, False)


@external
def publish_graded(submission: uint256, root: bytes32, salt: bytes32, uri: String[256], answers: Bytes[24576]):
    """
    @notice `publish` in a task with a grader, which refuses while the test is pending or if it is failed. For anyone.
    @param answers What proves the answers to the test against the root, as the grader wants it.
    """
    submissions._publish(actor._actor(), submission, root, salt, uri, True)
    grader: IGrader = tasks._grader(submission >> packing.NUMBER_BITS)
    require.that(staticcall grader.grade(submission, root, answers), reasons.SUBMISSIONS_TEST_IS_NOT_PASSED)


@external
def expire(submission: uint256):
    """
    @notice Ends, by anyone, a submission that was not delivered by its due time (a quarter of the stake; the slot
            opens again) or was committed and not published in time (all of the stake; none of it where a grader has
            not answered for a year).
    """
    submissions._expire(submission)


@external
def accept(submission: uint256):
    """
    @notice Waives what is left of the challenge window, for the requester. Challenges that were filed go on.
    """
    submissions._accept(actor._actor(), submission)


@external
def claim(submission: uint256):
    """
    @notice Pays a published submission whose window has ended and that has no pending challenge: reward for each label
            not proven wrong and the whole stake, to the annotator's free balance. Anyone may call.
    """
    submissions._claim([submission], False)


@external
def claim_many(submission_ids: DynArray[uint256, 32]) -> uint256:
    """
    @notice `claim` for several submissions. Passes over those that cannot be paid now, or were.
    @return How many submissions were paid by this call.
    """
    return submissions._claim(submission_ids, True)


# Challenges: anyone says that labels are wrong, or cannot be read


@external
def commit_challenge(commitment: bytes32):
    """
    @notice Notes the time of a commitment to a challenge of correctness; shows nothing of it.
    @param commitment keccak256(abi_encode(chain id, this contract, submission, challenger,
           keccak256(abi_encode(indices)), salt)).
    """
    correctness._commit(commitment)


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
            commitment, at least a minute and less than a day old.
    @param indices Item numbers of the submission's batch, strictly rising.
    @param bond At least max(labels * reward // 2, 3 * arbitration cost), base units. Who brings a rejection about gets
           twice of it, up to a quarter of the stake.
    @param evidence Hash of the evidence, and `uri` where it lies, for jurors.
    @return The challenge's id.
    """
    return correctness._challenge(actor._actor(), submission, indices, bond, evidence, uri, salt)


@external
def concede(challenge: uint256):
    """
    @notice The annotator agrees that the labels are wrong, and pays no fee. Within the response period, while undefended.
    """
    correctness._concede(actor._actor(), challenge)


@external
def defend(challenge: uint256, max_cost: uint256):
    """
    @notice Brings a challenge before the task's arbitrator and pays it from the caller's free balance. The annotator
            alone in the first half of the response period, anyone in the second.
    @param max_cost Refuse if the arbitrator has become dearer than this.
    """
    correctness._defend(actor._actor(), challenge, max_cost)


# Called from inside other contracts' functions, perhaps while this contract calls them. It moves no money and only
# records, once, for a dispute that `defend` has already stored.
@external
@reentrant
def rule(dispute: uint256, ruling: uint256):
    """
    @notice Records a ruling of the arbitrator that the dispute was brought before; `settle` pays.
    """
    correctness._rule(actor._actor(), dispute, ruling)


@external
def challenge_availability(submission: uint256, indices: DynArray[uint256, 32]) -> uint256:
    """
    @notice Says that not each of these labels can be read, with the task's availability bond from the caller's free
            balance, in the first half of the challenge window.
    @param indices Item numbers of the submission's batch, strictly rising; at least one of a label that was not shown before.
    @return The challenge's id.
    """
    return availability._challenge(actor._actor(), submission, indices)


@external
def answer(challenge: uint256, item: uint256, label: Bytes[2048], proof: DynArray[bytes32, 12]):
    """
    @notice Shows a label, by anyone, within a quarter of the challenge period from a challenge of availability. It counts
            for every such challenge of the submission.
    @param label The label's canonical JSON.
    @param proof Its siblings in the label tree, from the leaf up: exactly as many as the tree is deep.
    """
    availability._answer(challenge, item, keccak256(label), proof)
    log ITaskEscrow.Answered(challenge=challenge, answerer=actor._actor(), item=item, label=label)


@external
def settle(challenge: uint256, indices: DynArray[uint256, 32]):
    """
    @notice Pays a challenge in its turn, once it is conceded, ruled, answered, unanswered in time, or outlived by its
            arbitrator. Anyone may call.
    @param indices The item numbers that were challenged.
    """
    refusal: bytes32 = self._settle(challenge, indices)
    require.that(refusal == empty(bytes32), refusal)


@external
def settle_many(challenge_ids: DynArray[uint256, 16], indices: DynArray[DynArray[uint256, 32], 16]) -> uint256:
    """
    @notice `settle` for several challenges, in this order. Passes over those that cannot be settled now, or were.
    @return How many challenges were settled by this call.
    """
    require.that(len(challenge_ids) == len(indices), reasons.ESCROW_LISTS_DIFFER_IN_LENGTH)
    settled: uint256 = 0
    for i: uint256 in range(len(challenge_ids), bound=16):
        settled = unsafe_add(settled, convert(self._settle(challenge_ids[i], indices[i]) == empty(bytes32), uint256))
    return settled


# What is stored, and fixed


@view
@external
def free(token: address, account: address) -> uint256:
    """
    @notice What an account may use or withdraw of a token, base units.
    """
    return ledger.free[token][account]


@view
@external
@reentrant
def relay() -> address:
    """
    @notice The ERC-2771 forwarder that this contract trusts; the empty address means none.
    """
    return actor.RELAY


@view
@external
@reentrant
def sink() -> address:
    """
    @notice Whose free balance takes what is lost and is nobody's prize: an address that nobody should control.
    """
    return losses.SINK


@view
@external
@reentrant
def terms() -> address:
    """
    @notice The contract that says which terms a task may have.
    """
    return tasks.RULES.address


@view
@external
@reentrant
def task_count() -> uint256:
    """
    @notice How many tasks were opened. They are numbered from 1.
    """
    return tasks.task_count


# A grader reads this while the escrow asks it. No word of a task is ever half written when other contracts are called.
@view
@external
@reentrant
def task_words(task: uint256) -> uint256[8]:
    """
    @notice What is stored of a task, as words: terms, pay, progress, requester, arbitrator, gate, manifest, grader.
    """
    return tasks.words[task]


@view
@external
def submission_words(submission: uint256) -> uint256[2]:
    """
    @notice What is stored of a submission, as words: submission, and root or commitment.
    """
    return [submissions.submission_word[submission], convert(submissions.root[submission], uint256)]


@view
@external
def root(submission: uint256) -> bytes32:
    """
    @notice Root of a submission's label tree once it is published, its commitment before; empty while neither is there.
    """
    return submissions.root[submission]


@view
@external
def challenge_words(challenge: uint256) -> uint256[4]:
    """
    @notice What is stored of a challenge, as words: challenge, bond and fee (of correctness), hash of the indices,
            defender if that is not the annotator.
    """
    return [
        submissions.challenge_word[challenge],
        correctness.money_word[challenge],
        convert(challenges.indices_hash[challenge], uint256),
        convert(correctness.defender[challenge], uint256),
    ]


@view
@external
@reentrant
def committed_at(commitment: bytes32) -> uint256:
    """
    @notice When a challenge was committed to, unix seconds; 0 if it was not, or is filed.
    """
    return correctness.committed_at[commitment]


@view
@external
@reentrant
def challenge_of(arbitrator: address, dispute: uint256) -> uint256:
    """
    @notice The challenge that a dispute decides; 0 for none.
    """
    return correctness.challenge_of[arbitrator][dispute]


@view
@external
@reentrant
def wrong(submission: uint256, word: uint256) -> uint256:
    """
    @notice Labels proven wrong: bit i of word w is the label at place 256 * w + i of the batch.
    """
    return correctness.wrong[submission][word]


@view
@external
@reentrant
def shown(submission: uint256, word: uint256) -> uint256:
    """
    @notice Labels shown in answer to a challenge of availability: bit i of word w is the label at place 256 * w + i.
    """
    return availability.shown[submission][word]


@internal
def _settle(id: uint256, indices: DynArray[uint256, 32]) -> bytes32:
    """
    @return Why the challenge cannot be settled now, or was already; empty if it is settled by this.
    """
    challenge: packing.Challenge = submissions._challenge(id)
    require.that(challenge.challenger != empty(address), reasons.CHALLENGES_NO_SUCH_CHALLENGE)
    require.that(challenges._hash(indices) == challenges.indices_hash[id], reasons.CHALLENGES_OTHER_ITEMS)
    # Each in its turn, and once.
    if submissions._is_settled(id) or (packing._number(id) != 0 and not submissions._is_settled(unsafe_sub(id, 1))):
        return reasons.CHALLENGES_NOT_ITS_TURN
    if challenge.kind == ITaskEscrow.ChallengeKind.AVAILABILITY:
        return availability._settle(id, challenge, availability._count_shown(id >> packing.NUMBER_BITS, indices))
    return correctness._settle(id, challenge, indices)
