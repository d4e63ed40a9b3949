# pragma version 0.4.3
# pragma nonreentrancy on
# pragma optimize codesize
"""
@title TaskEscrow
@license AGPL-3.0-only
@notice Requesters lock the pay for labels here, annotators lock a stake on each label they deliver, anyone
        challenges wrong labels with a bond, and everybody is paid by rule into a free balance.

        Ids: `submission = task << 64 | slot`, `fight = submission << 64 | number`; a fight is a challenge or a
        demand. Items are numbered from 0 within a task; slot `s` holds batch `s % batches`. Amounts are base
        units of the task's token, times unix seconds, windows half-open: `[start, end)`.
@dev No owner, no pause, no upgrade, no fee. Each module holds one concept with its external functions; what is
     exported below is all that can be called.
@custom:invariant E1. token.balanceOf(self) >= free balances + pots + stakes + bonds, with equality for an honest
                      token that nobody sent by hand.
                  E2. Nobody takes out more than they put in and the rules gave them.
                  E3. Stake locked is the sum of S - errors * prize over TAKEN, COMMITTED and PUBLISHED submissions.
                  E4. A label is counted in `errors` at most once.
                  E5. A PAID submission had no pending fight, and its challenge window had passed or was waived.
                  E6. A pot covers reward * labels of every live submission.
                  E7. As requester, nobody is ever credited a unit of anybody's stake.
                  E8. A rejected annotator loses at least 5/8 of the stake, whatever they file against themselves, and
                      a label that its author challenges earns them at most a quarter of its pay.
                  E9. An annotator whose labels were not rejected, forfeited, released or expired has the whole stake
                      back.
"""

from .interfaces import IArbitrable
from .interfaces import ITaskEscrow
from .modules import actor
from .modules import ledger
from .modules import reasons
from .modules import require
from .modules import losses
from .modules.escrow import challenges
from .modules.escrow import demands
from .modules.escrow import fights
from .modules.escrow import submissions
from .modules.escrow import tasks
from .modules.escrow import words

implements: IArbitrable

initializes: actor
initializes: ledger[actor := actor]
initializes: tasks[actor := actor, ledger := ledger]
initializes: losses[ledger := ledger]
initializes: submissions[actor := actor, ledger := ledger, losses := losses, tasks := tasks]
initializes: fights[ledger := ledger, losses := losses, submissions := submissions, tasks := tasks]
initializes: challenges[actor := actor, fights := fights, ledger := ledger, submissions := submissions, tasks := tasks]
initializes: demands[actor := actor, fights := fights, ledger := ledger, submissions := submissions, tasks := tasks]

# Who may speak for others.
exports: actor.relay
# Everybody's free balance: where each payout goes, and where pots, stakes and bonds come from.
exports: (ledger.free, ledger.deposit, ledger.deposit_with_permit, ledger.transfer, ledger.withdraw)
# Whose free balance takes what is lost.
exports: losses.sink
# The requester puts up a task, and anyone closes it.
exports: (tasks.open, tasks.cancel, tasks.close, tasks.task_count, tasks.period_floor)
# The annotator takes a slot, delivers and is paid; the requester may waive the rest of a window.
exports: (
    submissions.take,
    submissions.take_many,
    submissions.release,
    submissions.commit,
    submissions.publish,
    submissions.expire,
    submissions.accept,
    submissions.claim,
    submissions.claim_many,
)
# Anyone challenges labels; the annotator concedes, or somebody defends before the arbitrator, who calls `rule`.
exports: (
    challenges.seal,
    challenges.challenge,
    challenges.concede,
    challenges.defend,
    challenges.rule,
    challenges.settle,
    challenges.sealed_at,
    challenges.challenge_of,
    challenges.wrong,
)
# Anyone asks for labels that may be withheld.
exports: (demands.demand, demands.answer, demands.settle_demand)


@deploy
def __init__(relay: address, period_floor: uint256, sink: address):
    """
    @param relay The ERC-2771 forwarder to trust for good; the empty address for none.
    @param period_floor The shortest period a task may set, seconds: one hour outside tests.
    @param sink Whose free balance takes what is lost: an address that nobody controls, as 0x…dEaD.
    """
    actor.__init__(relay)
    losses.__init__(sink)
    tasks.__init__(period_floor)


@external
def settle_many(fight_ids: DynArray[uint256, 16], indices: DynArray[DynArray[uint256, 32], 16]) -> uint256:
    """
    @notice Settles several fights in this order; a demand comes with an empty list of items. Passes over those that
            cannot be settled now, or were.
    @return How many fights were settled by this call.
    """
    require.that(len(fight_ids) == len(indices), reasons.ESCROW_LISTS_DIFFER_IN_LENGTH)
    settled: uint256 = 0
    for i: uint256 in range(len(fight_ids), bound=16):
        refusal: bytes32 = empty(bytes32)
        if len(indices[i]) == 0:
            refusal = demands._settle(fight_ids[i])
        else:
            refusal = challenges._settle(fight_ids[i], indices[i])
        settled += convert(refusal == empty(bytes32), uint256)
    return settled


@view
@external
def task(id: uint256) -> ITaskEscrow.Task:
    """
    @notice All that is stored of a task; refuses unknown ids.
    """
    terms: words.Terms = tasks._terms(id)
    pay: words.Pay = tasks._pay(id)
    progress: words.Progress = tasks._progress(id)
    return ITaskEscrow.Task(
        parameters=ITaskEscrow.TaskParameters(
            arbitrator=tasks._arbitrator(id).address,
            gate=tasks._gate(id),
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
            arbitration_timeout=tasks._arbitration_timeout(id),
            demand_bond=tasks._demand_bond(id),
            royalty_bps=pay.royalty_bps,
            terms=tasks.manifest[id],
        ),
        requester=tasks._requester(id),
        token=progress.token,
        live=progress.live,
        accepted=progress.accepted,
        delivered=progress.delivered,
        publish_from=tasks._publish_from(id, terms),
        cancelled=progress.cancelled,
        closed=progress.closed,
    )


@view
@external
def submission(id: uint256) -> ITaskEscrow.Submission:
    """
    @notice All that is stored of a slot; an open one has the empty annotator. Refuses unknown tasks.
    """
    batch: tasks.Batch = tasks._batch_of(id)
    holder: words.Holder = submissions._holder(id)
    root: bytes32 = submissions.root[id]
    if holder.state == ITaskEscrow.SubmissionState.TAKEN and root != empty(bytes32):
        holder.state = ITaskEscrow.SubmissionState.COMMITTED
    filed: uint256 = 0
    settled: uint256 = 0
    filed, settled = words._unpack_fights(submissions.fights_word[id])
    return ITaskEscrow.Submission(
        annotator=holder.annotator,
        state=holder.state,
        clock=holder.clock,
        errors=holder.errors,
        root=root,
        labels=batch.labels,
        stake=batch.stake,
        filed=filed,
        settled=settled,
    )


@view
@external
def fight(id: uint256) -> ITaskEscrow.Fight:
    """
    @notice All that is stored of a challenge or demand; an unknown one has the empty party.
    """
    case: words.Case = fights._case(id)
    bond: uint256 = challenges.bond[id]
    if case.labels == 0 and case.party != empty(address):
        bond = tasks._demand_bond(challenges._task(id))
    defender: address = empty(address)
    fee: uint256 = 0
    defender, fee = words._unpack_address(challenges.defence_word[id])
    return ITaskEscrow.Fight(
        party=case.party,
        state=case.state,
        clock=case.clock,
        labels=case.labels,
        item=case.item,
        ruling=challenges._ruling(case),
        bond=bond,
        indices_hash=challenges.indices_hash[id],
        defender=defender,
        fee=fee,
    )


@view
@external
def accepted_labels(task: uint256) -> uint256:
    """
    @notice Labels of the task that were paid for and not proven wrong; final once the task is closed. Refuses unknown
            tasks.
    """
    known: words.Terms = tasks._terms(task)
    return tasks._progress(task).accepted
