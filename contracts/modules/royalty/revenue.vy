# pragma version 0.4.3
"""
@title Revenue: what is paid for the use of a data set, and whose it is
@license AGPL-3.0-only
@dev Only the sum of all payments is stored. What a share and the requester have earned are functions of that sum, none
     of which ever falls when it grows. So the order, the number and the sizes of payments change nothing, and what a
     division leaves over is there again for the next payment.
"""

from ...interfaces import IRoyaltyPool
from .. import ledger
from .. import reasons
from .. import require
from . import data_sets
from . import packing

uses: data_sets
uses: ledger

BPS: constant(uint256) = 10_000
MAX_PAID: constant(uint256) = 2**128 - 1  # base units, in all payments for one data set


# What becomes of all that was paid, base units.
struct Split:
    per_share: uint256
    requester_share: uint256
    dust: uint256  # nobody's yet


# task id -> revenue word, see `packing`
revenue_word: HashMap[uint256, uint256]


@internal
def _pay(account: address, task: uint256, amount: uint256, memo: String[256]):
    self._receive(task, account, amount)
    log IRoyaltyPool.Paid(task=task, payer=account, amount=amount, memo=memo)


@internal
def _collect_requester_share(task: uint256) -> uint256:
    known: data_sets.Task = data_sets._closed_task(task)
    revenue: packing.Revenue = self._revenue(task)
    requester_share: uint256 = self._split(revenue.paid, data_sets._derived(known), known.accepted).requester_share
    amount: uint256 = requester_share - revenue.requester_collected
    if amount != 0:
        revenue.requester_collected = requester_share
        self.revenue_word[task] = packing._pack_revenue(revenue)
        ledger._credit(known.token, known.requester, amount)
        log IRoyaltyPool.RequesterShareCollected(task=task, requester=known.requester, amount=amount)
    return amount


@internal
def _receive(task: uint256, payer: address, amount: uint256):
    """
    @dev Takes a payment out of the payer's free balance.
    """
    data_set: packing.DataSet = data_sets._data_set(task)
    ledger._check_amount(amount)
    revenue: packing.Revenue = self._revenue(task)
    require.that(amount <= MAX_PAID - revenue.paid, reasons.REVENUE_TOO_MUCH_IN_ALL)
    ledger._debit(data_set.token, payer, amount)
    revenue.paid += amount
    self.revenue_word[task] = packing._pack_revenue(revenue)


@internal
@pure
def _split(paid: uint256, data_set: packing.DataSet, accepted: uint256) -> Split:
    """
    @param accepted Labels accepted; what falls on the others is the requester's.
    """
    royalty: uint256 = paid * data_set.royalty_bps // BPS
    per_share: uint256 = royalty // data_set.parts
    return Split(
        per_share=per_share,
        requester_share=paid - royalty + per_share * (data_set.parts - accepted),
        dust=royalty % data_set.parts,
    )


@internal
@view
def _per_share(task: uint256, data_set: packing.DataSet) -> uint256:
    """
    @dev What each share has earned since the task closed, base units.
    """
    # Whose the requester share is makes no difference to it.
    return self._split(self._revenue(task).paid, data_set, data_set.parts).per_share


@internal
@view
def _revenue(task: uint256) -> packing.Revenue:
    return packing._unpack_revenue(self.revenue_word[task])
