# pragma version 0.4.3
"""
@title Shares: each accepted label of a closed task is one (ERC-6909, id = task id)
@license AGPL-3.0-only
@dev A share has earned the same since the task closed, whenever its annotator enrols. So enrolling moves no money: it
     only adds shares of which nothing is settled yet.
"""

from ...interfaces import IRoyaltyPool
from .. import ledger
from .. import reasons
from .. import require
from ..escrow import packing as escrow_packing
from . import data_sets
from . import revenue
from . import packing

uses: data_sets
uses: ledger
uses: revenue

# task id -> account -> owner word, see `packing`
owner_word: HashMap[uint256, HashMap[address, uint256]]
# task id -> slot // 256 -> bit (slot % 256) is set for a submission that has enrolled
enrolled_bits: HashMap[uint256, HashMap[uint256, uint256]]
# owner -> spender -> task id -> shares that the spender may transfer; max_value(uint256): any number, for good
allowance: HashMap[address, HashMap[address, HashMap[uint256, uint256]]]
# owner -> spender -> whether the spender may transfer all shares of the owner
is_operator: HashMap[address, HashMap[address, bool]]


@internal
def _enroll(caller: address, submissions: DynArray[uint256, 32]) -> uint256:
    enrolled: uint256 = 0
    task: uint256 = max_value(uint256)
    data_set: packing.DataSet = empty(packing.DataSet)
    terms: escrow_packing.Terms = empty(escrow_packing.Terms)
    annotator: address = empty(address)
    minted: uint256 = 0
    # Submissions of one annotator that follow each other are minted at once, and the terms of their task are read once.
    for submission: uint256 in submissions:
        if packing._task(submission) != task:
            self._mint(caller, annotator, task, data_set, minted)
            minted = 0
            task = packing._task(submission)
            data_set = data_sets._data_set_if_closed(task)
            terms = data_sets._terms(task)
        owner: address = empty(address)
        labels: uint256 = 0
        if data_set.parts != 0:
            owner, labels = self._mark(submission, terms)
        if labels == 0:
            continue
        enrolled += 1
        if owner != annotator:
            self._mint(caller, annotator, task, data_set, minted)
            minted = 0
            annotator = owner
        data_set.enrolled += labels
        minted += labels
    self._mint(caller, annotator, task, data_set, minted)
    return enrolled


@internal
def _collect_many(tasks: DynArray[uint256, 32], account: address) -> uint256:
    collected: uint256 = 0
    for task: uint256 in tasks:
        if data_sets.data_set_word[task] != 0 and self._collect(task, account) != 0:
            collected += 1
    return collected


@internal
def _transfer(account: address, receiver: address, id: uint256, amount: uint256) -> bool:
    self._move(account, account, receiver, id, amount)
    return True


@internal
def _transfer_from(account: address, sender: address, receiver: address, id: uint256, amount: uint256) -> bool:
    if account != sender and not self.is_operator[sender][account]:
        allowed: uint256 = self.allowance[sender][account][id]
        require.that(allowed >= amount, reasons.SHARES_ALLOWANCE_TOO_LOW)
        if allowed != max_value(uint256):
            self.allowance[sender][account][id] = unsafe_sub(allowed, amount)
    self._move(account, sender, receiver, id, amount)
    return True


@internal
def _approve(account: address, spender: address, id: uint256, amount: uint256) -> bool:
    self.allowance[account][spender][id] = amount
    log IRoyaltyPool.Approval(owner=account, spender=spender, id=id, amount=amount)
    return True


@internal
def _set_operator(account: address, spender: address, approved: bool) -> bool:
    self.is_operator[account][spender] = approved
    log IRoyaltyPool.OperatorSet(owner=account, spender=spender, approved=approved)
    return True


@internal
@view
def _balance(owner: address, task: uint256) -> uint256:
    return packing._unpack_owner(self.owner_word[task][owner]).shares


@internal
@view
def _collectable(task: uint256, account: address) -> uint256:
    shared: packing.DataSet = data_sets._shared(task)
    return self._due(packing._unpack_owner(self.owner_word[task][account]), revenue._per_share(task, shared))


@internal
@view
def _is_enrolled(submission: uint256) -> bool:
    index: uint256 = 0
    bit: uint256 = 0
    index, bit = packing._bit(packing._number(submission))
    return self.enrolled_bits[packing._task(submission)][index] & bit != 0


@internal
def _mark(submission: uint256, terms: escrow_packing.Terms) -> (address, uint256):
    """
    @dev Marks a submission, whose shares are still to be minted.
    @return Its annotator, and its accepted labels: none if it has enrolled or was not paid.
    """
    task: uint256 = packing._task(submission)
    index: uint256 = 0
    bit: uint256 = 0
    index, bit = packing._bit(packing._number(submission))
    bits: uint256 = self.enrolled_bits[task][index]
    if bits & bit != 0:
        return empty(address), 0
    annotator: address = empty(address)
    labels: uint256 = 0
    annotator, labels = data_sets._paid_labels(submission, terms)
    if annotator == empty(address):
        return empty(address), 0
    self.enrolled_bits[task][index] = bits | bit
    log IRoyaltyPool.Enrolled(submission=submission, annotator=annotator)
    return annotator, labels


@internal
def _mint(caller: address, annotator: address, task: uint256, data_set: packing.DataSet, minted: uint256):
    """
    @param data_set The task's, with these shares among those enrolled.
    """
    if minted == 0:
        return
    data_sets._set_data_set(task, data_set)
    owned: packing.Owner = packing._unpack_owner(self.owner_word[task][annotator])
    owned.shares += minted
    self.owner_word[task][annotator] = packing._pack_owner(owned)
    log IRoyaltyPool.Transfer(caller=caller, sender=empty(address), receiver=annotator, id=task, amount=minted)


@internal
def _collect(task: uint256, account: address) -> uint256:
    data_set: packing.DataSet = data_sets._shared(task)
    owned: packing.Owner = packing._unpack_owner(self.owner_word[task][account])
    return self._settle(task, account, owned, owned.shares, data_set.token, revenue._per_share(task, data_set))


@internal
def _move(caller: address, sender: address, receiver: address, task: uint256, amount: uint256):
    # The pool cannot collect: the shares would be lost.
    require.that(receiver != empty(address) and receiver != self, reasons.SHARES_BAD_RECEIVER)
    data_set: packing.DataSet = data_sets._shared(task)
    per_share: uint256 = revenue._per_share(task, data_set)
    owned: packing.Owner = packing._unpack_owner(self.owner_word[task][sender])
    require.that(owned.shares >= amount, reasons.SHARES_BALANCE_TOO_LOW)
    self._settle(task, sender, owned, owned.shares - amount, data_set.token, per_share)
    # Read after the sender is written, so that a transfer to oneself changes nothing.
    owned = packing._unpack_owner(self.owner_word[task][receiver])
    self._settle(task, receiver, owned, owned.shares + amount, data_set.token, per_share)
    log IRoyaltyPool.Transfer(caller=caller, sender=sender, receiver=receiver, id=task, amount=amount)


@internal
def _settle(
    task: uint256, account: address, owned: packing.Owner, shares: uint256, token: address, per_share: uint256
) -> uint256:
    """
    @dev Credits what an owner's shares have earned; from then on the owner has so many shares.
    @return The amount credited, base units.
    """
    amount: uint256 = self._due(owned, per_share)
    if amount != 0 or shares != owned.shares:
        self.owner_word[task][account] = packing._pack_owner(packing.Owner(shares=shares, settled=shares * per_share))
    if amount != 0:
        ledger._credit(token, account, amount)
        log IRoyaltyPool.Collected(task=task, account=account, amount=amount)
    return amount


@internal
@pure
def _due(owned: packing.Owner, per_share: uint256) -> uint256:
    return owned.shares * per_share - owned.settled
