# pragma version 0.4.3
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
from . import reasons
from . import require

# A token that lies of its balances must not bring a free balance to where a credit, perhaps in one call with many
# others, overflows.
MAX_DEPOSIT: constant(uint256) = 2**128 - 1  # base units

# token -> account -> base units that the account may use or withdraw
free: HashMap[address, HashMap[address, uint256]]


@internal
def _deposit_with_permit(
    payer: address,
    token: address,
    amount: uint256,
    account: address,
    deadline: uint256,
    v: uint8,
    r: bytes32,
    s: bytes32,
) -> uint256:
    """
    @dev A permit that somebody else has already submitted is no failure: the allowance stands. Only the
         payer's own allowance is ever used, so a token that ignores `permit` harms nobody.
    """
    self._check_token(token)
    permitted: bool = raw_call(
        token,
        abi_encode(
            payer,
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
    return self._deposit(payer, token, amount, account)


@internal
def _transfer(account: address, token: address, amount: uint256, to: address):
    self._check_amount(amount)
    self._check_account(to)
    self._debit(token, account, amount)
    self._credit(token, to, amount)
    log ILedger.Transferred(token=token, account=account, to=to, amount=amount)


@internal
def _withdraw(account: address, token: address, amount: uint256, receiver: address):
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
def _deposit(payer: address, token: address, amount: uint256, account: address) -> uint256:
    """
    @return What arrived, base units.
    """
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

    arrived: uint256 = unsafe_sub(after, before)
    require.that(arrived <= MAX_DEPOSIT, reasons.LEDGER_TOO_MUCH_ARRIVED)
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
