# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Revenue: what is paid for the use of a data set, and whose it is
@license AGPL-3.0-only
@dev Only the sum of all payments is stored. What a share and the requester have earned are functions of that sum, none
     of which ever falls when it grows. So the order, the number and the sizes of payments change nothing, and what a
     division leaves over is there again for the next payment.
"""

from ...interfaces import IRoyaltyPool
from ...interfaces import ITaskEscrow
from .. import actor
from .. import ledger
from .. import reasons
from .. import require
from . import data_sets
from . import words

uses: actor
uses: data_sets
uses: ledger

BPS: constant(uint256) = 10_000
MAX_PAID: constant(uint256) = 2**128 - 1  # base units, in all payments for one data set


# What becomes of all that was paid, base units.
struct Split:
    per_share: uint256
    rest: uint256  # the requester's
    dust: uint256  # nobody's yet


# task id -> revenue word, see `words`
revenue_word: HashMap[uint256, uint256]


@external
def pay(task: uint256, amount: uint256, memo: String[256]):
    """
    @notice Pays for the use of a closed task's data set, from the caller's free balance: of `royalty_bps` of it each
            share earns an equal part, one for each label that the task asked for. All else is the requester's.
    @param memo What it is for; it is only told.
    """
    account: address = actor._actor()
    self._receive(task, account, amount)
    log IRoyaltyPool.Paid(task=task, payer=account, amount=amount, memo=memo)


@external
def collect_rest(task: uint256) -> uint256:
    """
    @notice Credits what the requester has earned to their free balance. Anyone may call.
    @return The amount, base units; 0 if there is nothing to collect.
    """
    known: ITaskEscrow.Task = data_sets._closed_task(task)
    revenue: words.Revenue = self._revenue(task)
    rest: uint256 = self._split(revenue.paid, data_sets._derived(known), known.accepted).rest
    amount: uint256 = rest - revenue.rest_collected
    if amount != 0:
        revenue.rest_collected = rest
        self.revenue_word[task] = words._pack_revenue(revenue)
        ledger._credit(known.token, known.requester, amount)
        log IRoyaltyPool.RestCollected(task=task, requester=known.requester, amount=amount)
    return amount


@internal
def _receive(task: uint256, payer: address, amount: uint256):
    """
    @dev Takes a payment out of the payer's free balance.
    """
    data_set: words.DataSet = data_sets._data_set(task)
    ledger._check_amount(amount)
    revenue: words.Revenue = self._revenue(task)
    require.that(amount <= MAX_PAID - revenue.paid, reasons.REVENUE_TOO_MUCH_IN_ALL)
    ledger._debit(data_set.token, payer, amount)
    revenue.paid += amount
    self.revenue_word[task] = words._pack_revenue(revenue)


@internal
@pure
def _split(paid: uint256, data_set: words.DataSet, accepted: uint256) -> Split:
    """
    @param accepted Labels accepted; what falls on the others is the requester's.
    """
    royalty: uint256 = paid * data_set.royalty_bps // BPS
    per_share: uint256 = royalty // data_set.parts
    return Split(
        per_share=per_share,
        rest=paid - royalty + per_share * (data_set.parts - accepted),
        dust=royalty % data_set.parts,
    )


@internal
@view
def _per_share(task: uint256, data_set: words.DataSet) -> uint256:
    """
    @dev What each share has earned since the task closed, base units.
    """
    # Who earns the rest makes no difference to it.
    return self._split(self._revenue(task).paid, data_set, data_set.parts).per_share


@internal
@view
def _revenue(task: uint256) -> words.Revenue:
    return words._unpack_revenue(self.revenue_word[task])
