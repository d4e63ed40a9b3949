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

from ethereum.ercs import IERC165
from .interfaces import IRoyaltyPool
from .modules import actor
from .modules import ledger
from .modules.royalty import data_sets
from .modules.royalty import licenses
from .modules.royalty import revenue
from .modules.royalty import shares
from .modules.royalty import packing

implements: IERC165

initializes: actor
initializes: ledger
initializes: data_sets
initializes: revenue[data_sets := data_sets, ledger := ledger]
initializes: shares[data_sets := data_sets, ledger := ledger, revenue := revenue]
initializes: licenses[data_sets := data_sets, revenue := revenue]

ERC165_ID: constant(bytes4) = 0x01ffc9a7
ERC6909_ID: constant(bytes4) = 0x0f632fb3


@deploy
def __init__(relay: address, escrow: address):
    """
    @param relay The ERC-2771 forwarder to trust for good; the empty address for none.
    @param escrow The TaskEscrow whose closed tasks are the data sets.
    """
    actor.__init__(relay)
    data_sets.__init__(escrow)


# Free balances: where payments come from and revenue is collected to


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
def withdraw(token: address, amount: uint256, receiver: address):
    """
    @notice Pays `amount` of the caller's free balance out to `receiver`.
    """
    ledger._withdraw(actor._actor(), token, amount, receiver)


@view
@external
def free(token: address, account: address) -> uint256:
    """
    @notice What an account may use or withdraw of a token, base units.
    """
    return ledger.free[token][account]


# Revenue: anyone pays for a data set; the requester gets what the shares do not


@external
def pay(task: uint256, amount: uint256, memo: String[256]):
    """
    @notice Pays for the use of a closed task's data set, from the caller's free balance: of `royalty_bps` of it each
            share earns an equal part, one for each label that the task asked for. All else is the requester's.
    @param memo What it is for; it is only told.
    """
    revenue._pay(actor._actor(), task, amount, memo)


@external
def collect_requester_share(task: uint256) -> uint256:
    """
    @notice Credits what the requester has earned to their free balance. Anyone may call.
    @return The amount, base units; 0 if there is nothing to collect.
    """
    return revenue._collect_requester_share(task)


# Shares: annotators get them, hold and transfer them, and collect what they earn


@external
def enroll(submissions: DynArray[uint256, 32]) -> uint256:
    """
    @notice Mints the shares of paid submissions of closed tasks to their annotators: one for each accepted label, with
            all that it has earned since the task closed. Anyone may call. Passes over submissions that have enrolled,
            were not paid, or are of open or unknown tasks.
    @return How many submissions were enrolled by this call.
    """
    return shares._enroll(actor._actor(), submissions)


@external
def collect(task: uint256, account: address) -> uint256:
    """
    @notice Credits what the account's shares have earned to its free balance. Anyone may call.
    @return The amount, base units; 0 if there is nothing to collect.
    """
    return shares._collect(task, account)


@external
def collect_many(tasks: DynArray[uint256, 32], account: address) -> uint256:
    """
    @notice `collect` for several tasks. Passes over those in which there is nothing to collect.
    @return In how many tasks something was collected by this call.
    """
    return shares._collect_many(tasks, account)


@external
def transfer(receiver: address, id: uint256, amount: uint256) -> bool:
    """
    @notice Transfers the caller's shares; what they have earned so far stays the caller's.
    """
    return shares._transfer(actor._actor(), receiver, id, amount)


@external
def transferFrom(sender: address, receiver: address, id: uint256, amount: uint256) -> bool:
    """
    @notice Transfers the sender's shares, by the sender, an operator of theirs, or within the caller's allowance.
    """
    return shares._transfer_from(actor._actor(), sender, receiver, id, amount)


@external
def approve(spender: address, id: uint256, amount: uint256) -> bool:
    """
    @notice Lets the spender transfer so many of the caller's shares; max_value(uint256) is never used up.
    """
    return shares._approve(actor._actor(), spender, id, amount)


@external
def setOperator(spender: address, approved: bool) -> bool:
    """
    @notice Lets the spender transfer any of the caller's shares, or no longer.
    """
    return shares._set_operator(actor._actor(), spender, approved)


# Views answer in the middle of a deposit or withdrawal too, which move no shares: a gate that asks for balances would
# else hear no for every owner, whenever a token calls back.


@view
@external
@reentrant
def balanceOf(owner: address, id: uint256) -> uint256:
    """
    @notice Shares of the task that the owner holds.
    """
    return shares._balance(owner, id)


@view
@external
@reentrant
def totalSupply(id: uint256) -> uint256:
    """
    @notice Shares of the task that have been enrolled.
    """
    return packing._unpack_data_set(data_sets.data_set_word[id]).enrolled


@view
@external
@reentrant
def collectable(task: uint256, account: address) -> uint256:
    """
    @notice What `collect` would credit, base units.
    """
    return shares._collectable(task, account)


@view
@external
@reentrant
def is_enrolled(submission: uint256) -> bool:
    """
    @notice Whether the submission's shares have been minted.
    """
    return shares._is_enrolled(submission)


@view
@external
@reentrant
def supportsInterface(interface_id: bytes4) -> bool:
    """
    @notice ERC-165: this is ERC-6909.
    """
    return interface_id == ERC165_ID or interface_id == ERC6909_ID


@view
@external
def allowance(owner: address, spender: address, id: uint256) -> uint256:
    """
    @notice Shares of the task that the spender may transfer for the owner; max_value(uint256): any number, for good.
    """
    return shares.allowance[owner][spender][id]


@view
@external
def isOperator(owner: address, spender: address) -> bool:
    """
    @notice Whether the spender may transfer all shares of the owner.
    """
    return shares.is_operator[owner][spender]


# Licences: the requester offers them, anyone buys them


@external
def set_price(task: uint256, price: uint256, terms: bytes32):
    """
    @notice Offers licences of a closed task's data set, by its requester. Those already sold stay as they are.
    @param price Base units of the task's token; 0: no longer for sale.
    @param terms keccak-256 of the licence's terms.
    """
    licenses._set_price(actor._actor(), task, price, terms)


@external
def buy_license(task: uint256, licensee: address, terms: bytes32, max_price: uint256) -> uint256:
    """
    @notice Buys a licence on the terms on offer for the licensee, from the caller's free balance. The price is shared
            as by `pay`.
    @param terms Refuse if others are on offer by now.
    @param max_price Refuse if it has become dearer than this.
    @return The licence's id.
    """
    return licenses._buy_license(actor._actor(), task, licensee, terms, max_price)


@view
@external
def offer(task: uint256) -> IRoyaltyPool.Offer:
    """
    @notice What is on sale: price, 0 for nothing, and the terms' keccak-256.
    """
    return licenses.offer[task]


@view
@external
def license_count(task: uint256) -> uint256:
    """
    @notice Licences of the task's data set that were sold.
    """
    return licenses.license_count[task]


@view
@external
def license(id: uint256) -> IRoyaltyPool.License:
    """
    @notice A licence that was sold; an unknown one has the empty licensee.
    """
    return licenses._license(id)


# What is fixed, and what a data set has earned


@view
@external
def escrow() -> address:
    """
    @notice The TaskEscrow whose tasks have shares here.
    """
    return data_sets.ESCROW.address


@view
@external
def relay() -> address:
    """
    @notice The ERC-2771 forwarder that this contract trusts; the empty address means none.
    """
    return actor.RELAY


@view
@external
def data_set(task: uint256) -> IRoyaltyPool.DataSet:
    """
    @notice A closed task's data set: what it has earned, and for whom. Refuses unknown and open tasks.
    """
    known: data_sets.Task = data_sets._closed_task(task)
    data_set: packing.DataSet = data_sets._data_set(task)
    total: packing.Revenue = revenue._revenue(task)
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
        requester_share=split.requester_share,
        requester_collected=total.requester_collected,
        dust=split.dust,
    )
