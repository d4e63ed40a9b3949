# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Shares: each accepted label of a closed task is one (ERC-6909, id = task id)
@license AGPL-3.0-only
@dev A share has earned the same since the task closed, whenever its annotator enrols. So enrolling moves no money: it
     only adds shares of which nothing is settled yet.
"""

from ethereum.ercs import IERC165
from ...interfaces import IRoyaltyPool
from ...interfaces import ITaskEscrow
from .. import actor
from .. import ledger
from .. import reasons
from .. import require
from . import data_sets
from . import revenue
from . import words

implements: IERC165

uses: actor
uses: data_sets
uses: ledger
uses: revenue

ERC165_ID: constant(bytes4) = 0x01ffc9a7
ERC6909_ID: constant(bytes4) = 0x0f632fb3

# task id -> account -> holder word, see `words`
holder_word: HashMap[uint256, HashMap[address, uint256]]
# task id -> slot // 256 -> bit (slot % 256) is set for a submission that has enrolled
enrolled_bits: HashMap[uint256, HashMap[uint256, uint256]]
# owner -> spender -> task id -> shares that the spender may transfer; max_value(uint256): any number, for good
allowance: public(HashMap[address, HashMap[address, HashMap[uint256, uint256]]])
# owner -> spender -> whether the spender may transfer all shares of the owner
isOperator: public(HashMap[address, HashMap[address, bool]])


@external
def enroll(submissions: DynArray[uint256, 32]) -> uint256:
    """
    @notice Mints the shares of paid submissions of closed tasks to their annotators: one for each accepted label, with
            all that it has earned since the task closed. Anyone may call. Passes over submissions that have enrolled,
            were not paid, or are of open tasks.
    @return How many submissions were enrolled by this call.
    """
    caller: address = actor._actor()
    enrolled: uint256 = 0
    task: uint256 = max_value(uint256)
    data_set: words.DataSet = empty(words.DataSet)
    annotator: address = empty(address)
    minted: uint256 = 0
    # Submissions of one annotator that follow each other are minted at once.
    for submission: uint256 in submissions:
        if words._task(submission) != task:
            self._mint(caller, annotator, task, data_set, minted)
            minted = 0
            task = words._task(submission)
            data_set = data_sets._data_set_if_closed(task)
        owner: address = empty(address)
        labels: uint256 = 0
        if data_set.parts != 0:
            owner, labels = self._enroll(submission)
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


@external
def collect(task: uint256, account: address) -> uint256:
    """
    @notice Credits what the account's shares have earned to its free balance. Anyone may call.
    @return The amount, base units; 0 if there is nothing to collect.
    """
    return self._collect(task, account)


@external
def collect_many(tasks: DynArray[uint256, 32], account: address) -> uint256:
    """
    @notice `collect` for several tasks. Passes over those in which there is nothing to collect.
    @return In how many tasks something was collected by this call.
    """
    collected: uint256 = 0
    for task: uint256 in tasks:
        if data_sets.data_set_word[task] != 0 and self._collect(task, account) != 0:
            collected += 1
    return collected


@external
def transfer(receiver: address, id: uint256, amount: uint256) -> bool:
    """
    @notice Transfers the caller's shares; what they have earned so far stays the caller's.
    """
    account: address = actor._actor()
    self._transfer(account, account, receiver, id, amount)
    return True


@external
def transferFrom(sender: address, receiver: address, id: uint256, amount: uint256) -> bool:
    """
    @notice Transfers the sender's shares, by the sender, an operator of theirs, or within the caller's allowance.
    """
    account: address = actor._actor()
    if account != sender and not self.isOperator[sender][account]:
        allowed: uint256 = self.allowance[sender][account][id]
        require.that(allowed >= amount, reasons.SHARES_ALLOWANCE_TOO_LOW)
        if allowed != max_value(uint256):
            self.allowance[sender][account][id] = unsafe_sub(allowed, amount)
    self._transfer(account, sender, receiver, id, amount)
    return True


@external
def approve(spender: address, id: uint256, amount: uint256) -> bool:
    """
    @notice Lets the spender transfer so many of the caller's shares; max_value(uint256) is never used up.
    """
    account: address = actor._actor()
    self.allowance[account][spender][id] = amount
    log IRoyaltyPool.Approval(owner=account, spender=spender, id=id, amount=amount)
    return True


@external
def setOperator(spender: address, approved: bool) -> bool:
    """
    @notice Lets the spender transfer any of the caller's shares, or no longer.
    """
    account: address = actor._actor()
    self.isOperator[account][spender] = approved
    log IRoyaltyPool.OperatorSet(owner=account, spender=spender, approved=approved)
    return True


# Views answer in the middle of a deposit or withdrawal too, which move no shares: a gate that asks for balances would
# else hear no for every holder, whenever a token calls back.


@view
@external
@reentrant
def balanceOf(owner: address, id: uint256) -> uint256:
    """
    @notice Shares of the task that the owner holds.
    """
    return words._unpack_holder(self.holder_word[id][owner]).shares


@view
@external
@reentrant
def totalSupply(id: uint256) -> uint256:
    """
    @notice Shares of the task that have been enrolled.
    """
    return words._unpack_data_set(data_sets.data_set_word[id]).enrolled


@view
@external
@reentrant
def collectable(task: uint256, account: address) -> uint256:
    """
    @notice What `collect` would credit, base units.
    """
    return self._due(words._unpack_holder(self.holder_word[task][account]), self._per_share(task))


@view
@external
@reentrant
def is_enrolled(submission: uint256) -> bool:
    """
    @notice Whether the submission's shares have been minted.
    """
    index: uint256 = 0
    bit: uint256 = 0
    index, bit = words._bit(words._number(submission))
    return self.enrolled_bits[words._task(submission)][index] & bit != 0


@view
@external
@reentrant
def supportsInterface(interface_id: bytes4) -> bool:
    """
    @notice ERC-165: this is ERC-6909.
    """
    return interface_id == ERC165_ID or interface_id == ERC6909_ID


@internal
def _enroll(submission: uint256) -> (address, uint256):
    """
    @dev Marks a submission, whose shares are still to be minted.
    @return Its annotator, and its accepted labels: none if it has enrolled or was not paid.
    """
    task: uint256 = words._task(submission)
    index: uint256 = 0
    bit: uint256 = 0
    index, bit = words._bit(words._number(submission))
    bits: uint256 = self.enrolled_bits[task][index]
    if bits & bit != 0:
        return empty(address), 0
    paid: ITaskEscrow.Submission = data_sets._submission(submission)
    if paid.state != ITaskEscrow.SubmissionState.PAID:
        return empty(address), 0
    self.enrolled_bits[task][index] = bits | bit
    log IRoyaltyPool.Enrolled(submission=submission, annotator=paid.annotator)
    return paid.annotator, paid.labels - paid.errors


@internal
def _mint(caller: address, annotator: address, task: uint256, data_set: words.DataSet, minted: uint256):
    """
    @param data_set The task's, with these shares among those enrolled.
    """
    if minted == 0:
        return
    data_sets._set_data_set(task, data_set)
    holder: words.Holder = words._unpack_holder(self.holder_word[task][annotator])
    holder.shares += minted
    self.holder_word[task][annotator] = words._pack_holder(holder)
    log IRoyaltyPool.Transfer(caller=caller, sender=empty(address), receiver=annotator, id=task, amount=minted)


@internal
def _collect(task: uint256, account: address) -> uint256:
    data_set: words.DataSet = data_sets._shared(task)
    holder: words.Holder = words._unpack_holder(self.holder_word[task][account])
    return self._settle(task, account, holder, holder.shares, data_set.token, revenue._per_share(task, data_set))


@internal
def _transfer(caller: address, sender: address, receiver: address, task: uint256, amount: uint256):
    # The pool cannot collect: the shares would be lost.
    require.that(receiver != empty(address) and receiver != self, reasons.SHARES_BAD_RECEIVER)
    data_set: words.DataSet = data_sets._shared(task)
    per_share: uint256 = revenue._per_share(task, data_set)
    holder: words.Holder = words._unpack_holder(self.holder_word[task][sender])
    require.that(holder.shares >= amount, reasons.SHARES_BALANCE_TOO_LOW)
    self._settle(task, sender, holder, holder.shares - amount, data_set.token, per_share)
    # Read after the sender is written, so that a transfer to oneself changes nothing.
    holder = words._unpack_holder(self.holder_word[task][receiver])
    self._settle(task, receiver, holder, holder.shares + amount, data_set.token, per_share)
    log IRoyaltyPool.Transfer(caller=caller, sender=sender, receiver=receiver, id=task, amount=amount)


@internal
def _settle(
    task: uint256, account: address, holder: words.Holder, shares: uint256, token: address, per_share: uint256
) -> uint256:
    """
    @dev Credits what a holder's shares have earned; from then on the holder has so many shares.
    @return The amount credited, base units.
    """
    amount: uint256 = self._due(holder, per_share)
    if amount != 0 or shares != holder.shares:
        self.holder_word[task][account] = words._pack_holder(words.Holder(shares=shares, settled=shares * per_share))
    if amount != 0:
        ledger._credit(token, account, amount)
        log IRoyaltyPool.Collected(task=task, account=account, amount=amount)
    return amount


@internal
@pure
def _due(holder: words.Holder, per_share: uint256) -> uint256:
    return holder.shares * per_share - holder.settled


@internal
@view
def _per_share(task: uint256) -> uint256:
    return revenue._per_share(task, data_sets._shared(task))
