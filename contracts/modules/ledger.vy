# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Free balances: every payout is a credit that its owner withdraws
@license AGPL-3.0-only
@notice Tokens that take a fee on transfer are credited with what arrived. Tokens that return false or nothing
        are handled. Rebasing tokens are unsupported.
@dev The balances here are a part of what the contract holds; the importing contract keeps the rest and
     moves amounts between the two with `_debit` and `_credit`, which log nothing: its own events tell.
"""

from ethereum.ercs import IERC20
from ..interfaces import ILedger
from . import actor
from . import reasons
from . import require

uses: actor

# token -> account -> base units that the account may use or withdraw
free: public(HashMap[address, HashMap[address, uint256]])


@external
def deposit(token: address, amount: uint256, account: address) -> uint256:
    """
    @notice Takes `amount` from the caller by `transferFrom` and credits what arrived to `account`.
    @return What arrived, base units.
    """
    return self._deposit(token, amount, account)


@external
def deposit_with_permit(
    token: address, amount: uint256, account: address, deadline: uint256, v: uint8, r: bytes32, s: bytes32
) -> uint256:
    """
    @notice `deposit` with an allowance signed by the caller (ERC-2612).
    @dev A permit that somebody else has already submitted is no failure: the allowance stands. Only the
         caller's own allowance is ever used, so a token that ignores `permit` harms nobody.
    """
    self._check_token(token)
    permitted: bool = raw_call(
        token,
        abi_encode(
            actor._actor(),
            self,
            amount,
            deadline,
            v,
            r,
            s,
            method_id=method_id("permit(address,address,uint256,uint256,uint8,bytes32,bytes32)"),
        ),
        revert_on_failure=False,
    )
    return self._deposit(token, amount, account)


@external
def transfer(token: address, amount: uint256, to: address):
    """
    @notice Moves `amount` of the caller's free balance to `to`, inside the ledger.
    """
    account: address = actor._actor()
    self._check_amount(amount)
    self._check_account(to)
    self._debit(token, account, amount)
    self._credit(token, to, amount)
    log ILedger.Transferred(token=token, account=account, to=to, amount=amount)


@external
def withdraw(token: address, amount: uint256, receiver: address):
    """
    @notice Pays `amount` of the caller's free balance out to `receiver`.
    """
    account: address = actor._actor()
    self._check_amount(amount)
    self._check_account(receiver)
    self._debit(token, account, amount)
    log ILedger.Withdrawn(token=token, account=account, receiver=receiver, amount=amount)

    before: uint256 = self._held(token)
    require.that(
        extcall IERC20(token).transfer(receiver, amount, default_return_value=True), reasons.LEDGER_TRANSFER_REFUSED
    )
    # A token that takes more than it was told to would take it from everybody else.
    require.that(self._held(token) + amount >= before, reasons.LEDGER_TOKEN_TOOK_TOO_MUCH)


@internal
def _deposit(token: address, amount: uint256, account: address) -> uint256:
    payer: address = actor._actor()
    self._check_token(token)
    self._check_amount(amount)
    self._check_account(account)

    before: uint256 = self._held(token)
    require.that(
        extcall IERC20(token).transferFrom(payer, self, amount, default_return_value=True),
        reasons.LEDGER_TRANSFERFROM_REFUSED,
    )
    after: uint256 = self._held(token)
    require.that(after > before, reasons.LEDGER_NOTHING_ARRIVED)

    arrived: uint256 = after - before
    self._credit(token, account, arrived)
    log ILedger.Deposited(token=token, account=account, payer=payer, amount=arrived)
    return arrived


@internal
@view
def _held(token: address) -> uint256:
    return staticcall IERC20(token).balanceOf(self)


@internal
@view
def _check_token(token: address):
    require.that(token.is_contract, reasons.LEDGER_TOKEN_HAS_NO_CODE)


@internal
@pure
def _check_amount(amount: uint256):
    require.that(amount != 0, reasons.LEDGER_ZERO_AMOUNT)


@internal
@view
def _check_account(account: address):
    # The contract cannot withdraw: what is credited or paid to it would be lost.
    require.that(account != empty(address) and account != self, reasons.LEDGER_BAD_ACCOUNT)


@internal
def _credit(token: address, account: address, amount: uint256):
    # Many payouts are zero by rule; they should not cost a storage access.
    if amount != 0:
        self.free[token][account] += amount


@internal
def _debit(token: address, account: address, amount: uint256):
    balance: uint256 = self.free[token][account]
    require.that(balance >= amount, reasons.LEDGER_BALANCE_TOO_LOW)
    self.free[token][account] = unsafe_sub(balance, amount)
