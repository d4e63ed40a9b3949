# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title GoldTest
@license AGPL-3.0-only
@notice An `IGrader`: the requester knows the answer of some items of a task and shows them only when all labels of a batch
        are sealed. Whoever errs on more of them than the task allows is never read, nor paid. For labels of few classes.

        A gold list names such items by two bytes each, their positions in the batch, grouped by class in the order of
        the classes and strictly rising within each; the i-th item of the list is gold number i. Ids:
        `gold dispute = task << 128 | batch << 64 | number`. Amounts are base units of the task's token, times unix
        seconds, windows half-open: `[start, end)`.
@dev No owner, no pause, no upgrade, no fee. It never holds money of a task, only deposits of requesters and bonds of
     disputers. Who acts is the caller, or who signed, when the caller is the relay.
@custom:invariant G1. Gold is opened only when every label of its batch is sealed.
                  G2. A constant answer never passes.
                  G3. token.balanceOf(self) >= free balances + deposits + bonds, with equality for an honest token that
                      nobody sent by hand; a deposit covers whoever wins against it.
                  G4. A root proves one label per item.
"""

from .interfaces import IArbitrable
from .interfaces import IGoldTest
from .interfaces import IGrader
from .modules import actor
from .modules import arbitration
from .modules import ledger
from .modules import losses
from .modules.gold import disputes
from .modules.gold import gold
from .modules.gold import grading
from .modules.gold import packing
from .modules.gold import tests

implements: IArbitrable
implements: IGrader

initializes: actor
initializes: ledger
initializes: losses[ledger := ledger]
initializes: arbitration[ledger := ledger]
initializes: tests
initializes: gold[ledger := ledger, tests := tests]
initializes: disputes[arbitration := arbitration, gold := gold, ledger := ledger, losses := losses, tests := tests]
initializes: grading[gold := gold, tests := tests]


@deploy
def __init__(relay: address, escrow: address):
    """
    @param relay The ERC-2771 forwarder to trust for good; the empty address for none.
    @param escrow The TaskEscrow whose tasks are tested. Its sink takes what is lost here as well.
    """
    actor.__init__(relay)
    tests.__init__(escrow)
    losses.__init__(staticcall tests.ESCROW.sink())


# Free balances: where deposits, bonds and fees come from, and where each payout goes


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


# Tests: the requester sets one up for a task, and opens the gold of the batches that it is held for


@external
def set_up(
    task: uint256,
    classes: DynArray[bytes32, 16],
    counts: DynArray[uint256, 16],
    allowed: uint256,
    opening_period: uint256,
    dispute_period: uint256,
):
    """
    @notice Fixes the test of a task that names this contract as its grader: once, by its requester. Nobody can take a slot
            before.
    @param classes Digests of the labels that an item may have, at least two, strictly rising.
    @param counts Gold items of each class in a graded batch: at least one of each, 10 to 128 in all, and at most half of
           the batch.
    @param allowed Errors that pass: fewer than whoever gives one class to every item makes.
    @param opening_period Seconds from when a batch is sealed in which its gold may be opened.
    @param dispute_period Seconds from the opening in which it may be disputed. With the opening period and the task's
           arbitration timeout at most 358 days.
    """
    tests._set_up(actor._actor(), task, classes, counts, allowed, opening_period, dispute_period)


@external
def note_sealed(task: uint256, batch: uint256):
    """
    @notice Starts the opening period of a batch all of whose labels are sealed: now, or when the time to commit ended. For
            anyone, once. If nobody calls, it starts when the time to commit ends.
    """
    gold._note_sealed(task, batch)


@external
def open_gold(task: uint256, batch: uint256, gold_list: Bytes[256], max_cost: uint256):
    """
    @notice Shows on what a sealed batch is tested, within its opening period, by the requester, whose free balance gives a
            deposit for those who may be right against it.
    @param gold_list Positions in the batch, two bytes each, as many of each class as the test's counts say.
    @param max_cost Refuse if an arbitration has become dearer than this. The deposit is this cost times
           `redundancy + min(redundancy, items // 10 + 1)`.
    """
    gold._open(actor._actor(), task, batch, gold_list, max_cost)


@external
def waive(task: uint256, batch: uint256):
    """
    @notice Leaves a sealed batch untested, at once: by the requester, within its opening period.
    """
    gold._waive(actor._actor(), task, batch)


# Gold disputes: annotators who have seen the gold say that it is wrong


@external
def dispute_gold(
    submission: uint256,
    numbers: DynArray[uint256, 32],
    max_cost: uint256,
    evidence: bytes32,
    uri: String[256],
) -> uint256:
    """
    @notice Says that each of these gold answers is wrong or cannot be told from the item, and brings it before the task's
            arbitrator. For the annotator of a COMMITTED submission of the batch, once, within the dispute period. Of
            their free balance the arbitrator takes its fee, and as much again is the bond.
    @param numbers Gold numbers, strictly rising.
    @param max_cost Refuse if the arbitrator has become dearer than this.
    @param evidence Hash of the evidence, and `uri` where it lies, for jurors.
    @return The gold dispute's id.
    """
    return disputes._file(actor._actor(), submission, numbers, max_cost, evidence, uri)


# Called from inside other contracts' functions, perhaps while this contract calls them. It moves no money and only
# records, once, for a dispute that `dispute_gold` has already stored.
@external
@reentrant
def rule(dispute: uint256, ruling: uint256):
    """
    @notice Records a ruling of the arbitrator that the dispute was brought before; `settle_gold_dispute` pays.
    """
    disputes._rule(actor._actor(), dispute, ruling)


@external
def settle_gold_dispute(gold_dispute: uint256, gold_list: Bytes[256]):
    """
    @notice Pays a gold dispute in its turn, once it is ruled or the task's arbitration timeout has passed. Anyone may call.
            Ruled right: its items are dropped, the disputer has the fee (at most the cost at the opening) and the bond
            back, and a prize of that cost if it dropped an item that was not dropped before. Ruled wrong: the bond goes
            to the sink. Otherwise the bond goes back. More than a tenth of the items dropped makes the test void.
    @param gold_list As it was opened.
    """
    disputes._settle(gold_dispute, gold_list)


@external
def release_deposit(task: uint256, batch: uint256):
    """
    @notice Returns what is left of a batch's deposit to the requester or, where the test is void, to those who dropped items,
            in equal parts. Anyone may call, once the outcome stands and every dispute is settled.
    """
    disputes._release_deposit(task, batch)


# The grader, as the escrow asks it


@view
@external
def is_ready(task: uint256) -> bool:
    """
    @notice Whether the task may be taken: its test is set up.
    """
    return tests._is_set_up(task)


@view
@external
def grade(submission: uint256, root: bytes32, answers: Bytes[24576]) -> bool:
    """
    @notice Whether the submission has passed its test, or is spared it; reverts, with a reason, while the test is pending or
            if it is failed.
    @param root The root of the label tree that is to be published.
    @param answers abi_encode(gold list, classes, right, proof): `right` has a byte for each gold answer that the annotator got
           right, its gold number, in the order of rising positions; `proof` is one proof of all of them: the nodes that do not follow
           from them, level by level from the leaves up, in each from the left. What is not proven counts as an error. Not looked at if the batch is untested.
    """
    if grading._must_pass(submission):
        grading._check(submission, root, abi_decode(answers, grading.Answers, unwrap_tuple=False))
    return True


@view
@external
def publish_until(submission: uint256) -> uint256:
    """
    @notice The last moment to publish that the test leaves; max_value(uint256) while gold is opened and the outcome open.
    """
    return gold._publish_until(submission)


@view
@external
def is_tested(submission: uint256, item: uint256) -> bool:
    """
    @notice Whether the item is gold that was opened and not dropped: then its label cannot be challenged as wrong.
    """
    return gold._is_tested(submission, item)


# What is stored, and fixed


@view
@external
def test(task: uint256) -> IGoldTest.Test:
    """
    @notice A task's test. Refuses tasks that have none.
    """
    return tests._view(task)


@view
@external
def batch(task: uint256, batch: uint256) -> IGoldTest.Batch:
    """
    @notice Where the test of a batch stands.
    """
    return disputes._batch_view(task, batch)


@view
@external
def gold_dispute(gold_dispute: uint256) -> IGoldTest.GoldDispute:
    """
    @notice A gold dispute; all zero if there is none of this id.
    """
    return disputes._view(gold_dispute)


@view
@external
def gold_dispute_of(arbitrator: address, dispute: uint256) -> uint256:
    """
    @notice The gold dispute that an arbitrator's dispute decides; 0 for none.
    """
    return arbitration.case_of[arbitrator][dispute]


@view
@external
def tested(task: uint256, batch: uint256, word: uint256) -> uint256:
    """
    @notice Gold that was opened and not dropped: bit i of word w is position 256 * w + i of the batch.
    """
    return gold.tested[packing._join(task, batch)][word]


@view
@external
def free(token: address, account: address) -> uint256:
    """
    @notice What an account may use or withdraw of a token, base units.
    """
    return ledger.free[token][account]


@view
@external
def relay() -> address:
    """
    @notice The ERC-2771 forwarder that this contract trusts; the empty address means none.
    """
    return actor.RELAY


@view
@external
def escrow() -> address:
    """
    @notice The TaskEscrow whose tasks are tested.
    """
    return tests.ESCROW.address


@view
@external
def sink() -> address:
    """
    @notice Whose free balance takes what is lost and is nobody's prize: the escrow's.
    """
    return losses.SINK
