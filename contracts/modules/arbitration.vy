# pragma version 0.4.3
"""
@title Cases brought before an arbitrator, and its fees
@license AGPL-3.0-only
@dev What a contract calls a case is its own id for it, never 0. An arbitrator may revert, raise its cost, take less or more
     than it, never rule, rule twice, or use an id again.
"""

from ethereum.ercs import IERC20
from ..interfaces import IArbitrator
from . import ledger
from . import reasons
from . import require

uses: ledger

CHOICES: constant(uint256) = 2  # 1: what the case says is right; 2: it is not
NOT_HEARD: constant(uint256) = 3  # how max_value(uint256), for not heard, is stored
MAX_COST: constant(uint256) = 2**94  # base units, so that a fee fits the words that hold one

# arbitrator -> its dispute id -> case; 0: none
case_of: HashMap[address, HashMap[uint256, uint256]]


@internal
@view
def _cost(arbitrator: address, max_cost: uint256) -> uint256:
    """
    @return What the arbitrator asks for a dispute now, base units.
    """
    cost: uint256 = staticcall IArbitrator(arbitrator).arbitration_cost()
    require.that(cost <= MAX_COST, reasons.ARBITRATION_COST_OUT_OF_BOUNDS)
    require.that(cost <= max_cost, reasons.ARBITRATION_COST_ABOVE_MAXIMUM)
    return cost


@internal
def _bring(arbitrator: address, token: address, case: uint256, account: address, cost: uint256) -> (uint256, uint256):
    """
    @dev Calls the arbitrator: only while the contract is locked.
    @param account Who pays, from their free balance, and is paid back if the case is not heard.
    @param cost As `_cost` has just said.
    @return The arbitrator's id of the dispute; what it really took, base units.
    """
    ledger._debit(token, account, cost)
    before: uint256 = ledger._held(token)
    if cost != 0:
        self._approve(token, arbitrator, cost)
    dispute: uint256 = extcall IArbitrator(arbitrator).create_dispute(CHOICES, convert(case, bytes32), account)
    # Some tokens refuse to approve nothing, so they are asked to only if the arbitrator has left something.
    if staticcall IERC20(token).allowance(self, arbitrator) != 0:
        self._approve(token, arbitrator, 0)
    after: uint256 = ledger._held(token)
    require.that(after + cost >= before, reasons.ARBITRATION_TOOK_ABOVE_COST)
    fee: uint256 = before - min(after, before)
    ledger._credit(token, account, cost - fee)
    require.that(self.case_of[arbitrator][dispute] == 0, reasons.ARBITRATION_DISPUTE_ID_REUSED)
    self.case_of[arbitrator][dispute] = case
    return dispute, fee


@internal
@view
def _ruled_case(arbitrator: address, dispute: uint256, ruling: uint256) -> uint256:
    """
    @return The case that this arbitrator was given as this dispute.
    """
    case: uint256 = self.case_of[arbitrator][dispute]
    require.that(case != 0, reasons.ARBITRATION_UNKNOWN_DISPUTE)
    require.that(ruling <= CHOICES or ruling == max_value(uint256), reasons.ARBITRATION_NO_SUCH_RULING)
    return case


@internal
def _approve(token: address, spender: address, amount: uint256):
    require.that(
        extcall IERC20(token).approve(spender, amount, default_return_value=True), reasons.ARBITRATION_APPROVE_REFUSED
    )
