# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title RoyaltyPool: who labelled shares in what the data set earns
@license AGPL-3.0-only
@notice Each accepted label of a closed task is one share of its data set. Whoever uses the data set pays here; of the
        royalty each share earns an equal part, one for each label that the task asked for. All else is the
        requester's. Everybody collects into a free balance and withdraws from it.

        Ids: shares have the task's id, `license = task << 64 | number`. Amounts are base units of the task's token,
        times unix seconds.
@dev No owner, no pause, no upgrade, no fee. Who acts is the caller, or who signed, when the caller is the relay. The
     only contracts called are the escrow, to be read, and tokens, by `deposit` and `withdraw`. The ledger's `transfer`
     is not here, for ERC-6909 has its own; a withdrawal may go to any receiver.
@custom:invariant 1. token.balanceOf(self) >= free balances + revenue that nobody has collected, with equality for an
                     honest token that nobody sent by hand.
                  2. Shares held = shares enrolled <= accepted labels, with equality once all paid submissions have
                     enrolled.
                  3. Collected + collectable + what waits for shares to enroll + the requester's part + dust = paid in,
                     to the unit; dust is less than one base unit per label that the task asked for.
                  4. What an account gets does not depend on when anybody enrols, collects or pays, nor on how a sum
                     is cut into payments.
"""

from .interfaces import IRoyaltyPool
from .interfaces import ITaskEscrow
from .modules import actor
from .modules import ledger
from .modules.royalty import data_sets
from .modules.royalty import licenses
from .modules.royalty import revenue
from .modules.royalty import shares
from .modules.royalty import words

initializes: actor
initializes: ledger[actor := actor]
initializes: data_sets
initializes: revenue[actor := actor, data_sets := data_sets, ledger := ledger]
initializes: shares[actor := actor, data_sets := data_sets, ledger := ledger, revenue := revenue]
initializes: licenses[actor := actor, data_sets := data_sets, revenue := revenue]

# Who may speak for others.
exports: actor.relay
# Everybody's free balance: where payments come from and revenue is collected to.
exports: (ledger.free, ledger.deposit, ledger.deposit_with_permit, ledger.withdraw)
# Whose tasks have shares here.
exports: data_sets.escrow
# Anyone pays for a data set; the requester gets what the shares do not.
exports: (revenue.pay, revenue.collect_rest)
# Annotators get their shares, hold and transfer them, and collect what they earn.
exports: (
    shares.enroll,
    shares.is_enrolled,
    shares.collect,
    shares.collect_many,
    shares.collectable,
    shares.transfer,
    shares.transferFrom,
    shares.approve,
    shares.setOperator,
    shares.balanceOf,
    shares.totalSupply,
    shares.allowance,
    shares.isOperator,
    shares.supportsInterface,
)
# The requester offers licences, anyone buys them.
exports: (licenses.set_price, licenses.buy_license, licenses.offer, licenses.license, licenses.license_count)


@deploy
def __init__(relay: address, escrow: address):
    """
    @param relay The ERC-2771 forwarder to trust for good; the empty address for none.
    @param escrow The TaskEscrow whose closed tasks are the data sets.
    """
    actor.__init__(relay)
    data_sets.__init__(escrow)


@view
@external
def data_set(task: uint256) -> IRoyaltyPool.DataSet:
    """
    @notice A closed task's data set: what it has earned, and for whom. Refuses unknown and open tasks.
    """
    known: ITaskEscrow.Task = data_sets._closed_task(task)
    data_set: words.DataSet = data_sets._data_set(task)
    total: words.Revenue = revenue._revenue(task)
    split: revenue.Split = revenue._split(total.paid, data_set, known.accepted)
    return IRoyaltyPool.DataSet(
        requester=known.requester,
        token=data_set.token,
        parts=data_set.parts,
        accepted=known.accepted,
        enrolled=data_set.enrolled,
        royalty_bps=data_set.royalty_bps,
        paid=total.paid,
        per_share=split.per_share,
        rest=split.rest,
        rest_collected=total.rest_collected,
        dust=split.dust,
    )
