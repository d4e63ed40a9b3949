# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Erc792Adapter: lets an ERC-792 arbitrator rule, such as Kleros
@license AGPL-3.0-only
@notice An `IArbitrator` in front of one ERC-792 arbitrator, with one setting of it. It charges in wrapped ether, which it
        unwraps for the arbitrator's fees. Dispute ids are the arbitrator's own, so that a case is found there. No
        dispute is ever "not heard": ERC-792 knows no such thing.
@dev Holds no money between calls, so nobody's is at risk here. What the arbitrator keeps is the fee; what it sends back
     while it is called goes to who has paid. Going to the caller of `create_dispute`, and not to `refund_to`, it is not
     counted as a fee by a caller that compares balances. Ether that is forced on this contract, and tokens that are
     sent to it, are lost.
@custom:invariant 1. Between calls this contract holds neither ether nor wrapped ether, but what was forced on it or sent by
                  hand.
                  2. Each dispute is ruled at most once, by the arbitrator, with one of its choices or 0; and its
                  arbitrable accepts that ruling at most once.
                  3. A ruling is kept until the arbitrable has accepted it.
"""

from ethereum.ercs import IERC20
from ..interfaces import IArbitrable
from ..interfaces import IArbitrator
from ..interfaces import ICourt
from ..interfaces import IErc1497
from ..interfaces import IErc792Adapter
from ..interfaces import IErc792Arbitrator
from ..interfaces import IWrappedEther
from ..modules import actor
from ..modules import reasons
from ..modules import require

implements: IArbitrator
# ERC-792 arbitrators tell rulings by the same call as this protocol's.
implements: IArbitrable

# The relay that may speak for others.
initializes: actor


# There is one explanation of what is judged, for all disputes.
_META_EVIDENCE: constant(uint256) = 0

# the ERC-792 arbitrator
ARBITRATOR: immutable(address)
# what it is told with every dispute and appeal, e.g. for Kleros the subcourt and the least number of jurors
EXTRA_DATA: immutable(Bytes[256])
# wrapped ether
TOKEN: immutable(address)
# seconds
MAX_DURATION: immutable(uint256)

# the arbitrator's dispute id -> the case
cases: HashMap[uint256, IErc792Adapter.Case]
# whether ether may come in: from the token and the arbitrator, while they are called
expecting: transient (bool)


@deploy
def __init__(
    relay: address,
    arbitrator: address,
    extra_data: Bytes[256],
    token: address,
    max_duration: uint256,
    meta_evidence: String[256],
):
    """
    @param relay The ERC-2771 forwarder to trust; empty for none.
    @param arbitrator The ERC-792 arbitrator.
    @param extra_data What it is told with every dispute.
    @param token Wrapped ether: WETH9, or what behaves like it.
    @param max_duration The longest time in seconds that the arbitrator takes, all appeals included. Nothing
           makes the arbitrator keep to it.
    @param meta_evidence Where the ERC-1497 MetaEvidence lies, for the arbitrator's jurors.
    """
    require.that(arbitrator.is_contract, reasons.ADAPTER_ARBITRATOR_HAS_NO_CODE)
    require.that(token.is_contract, reasons.ADAPTER_TOKEN_HAS_NO_CODE)
    # A task's arbitration timeout is a multiple of it.
    require.that(max_duration != 0, reasons.ADAPTER_ZERO_DURATION)
    actor.__init__(relay)
    ARBITRATOR = arbitrator
    EXTRA_DATA = extra_data
    TOKEN = token
    MAX_DURATION = max_duration
    log IErc1497.MetaEvidence(meta_evidence=_META_EVIDENCE, evidence=meta_evidence)


@view
@external
def relay() -> address:
    """
    @notice The ERC-2771 forwarder that this contract trusts; the empty address means none.
    """
    return actor.RELAY


@view
@external
@reentrant
def arbitrator() -> address:
    """
    @notice The ERC-792 arbitrator that rules.
    """
    return ARBITRATOR


@view
@external
@reentrant
def extra_data() -> Bytes[256]:
    """
    @notice What the arbitrator is told with every dispute and appeal.
    """
    return EXTRA_DATA


@view
@external
@reentrant
def token() -> address:
    """
    @notice Wrapped ether, in which disputes are charged here.
    """
    return TOKEN


@view
@external
@reentrant
def max_duration() -> uint256:
    """
    @notice The longest time that the arbitrator is said to take, appeals included, in seconds.
    """
    return MAX_DURATION


@external
def create_dispute(choices: uint256, evidence: bytes32, refund_to: address) -> uint256:
    """
    @notice Opens a dispute at the arbitrator for the caller, who will be told the ruling. Takes `arbitration_cost()`
            from them by `transferFrom`, and gives back what the arbitrator does not keep.
    @param choices Answers besides 0 ("cannot be decided").
    @param evidence The caller's own name of the case.
    @param refund_to Only logged: nothing is ever refunded later.
    @return The arbitrator's id of the dispute. The first one may be 0.
    """
    account: address = actor._actor()
    # The largest number must not become a ruling: it means "not heard".
    require.that(0 < choices and choices < max_value(uint256), reasons.ADAPTER_BAD_NUMBER_OF_CHOICES)
    cost: uint256 = staticcall IErc792Arbitrator(ARBITRATOR).arbitrationCost(EXTRA_DATA)
    before: uint256 = self._take(account, cost)
    dispute: uint256 = extcall IErc792Arbitrator(ARBITRATOR).createDispute(choices, EXTRA_DATA, value=cost)
    self._give_back(account, before)

    require.that(self.cases[dispute].arbitrable == empty(address), reasons.ADAPTER_DISPUTE_ID_REUSED)
    self.cases[dispute] = IErc792Adapter.Case(
        arbitrable=account, choices=choices, evidence=evidence, ruling=0, state=IErc792Adapter.CaseState.WAITING
    )
    log ICourt.DisputeCreated(
        dispute=dispute, arbitrable=account, evidence=evidence, choices=choices, refund_to=refund_to
    )
    log IErc1497.Dispute(arbitrator=ARBITRATOR, dispute=dispute, meta_evidence=_META_EVIDENCE, evidence_group=dispute)
    return dispute


@external
def submit_evidence(dispute: uint256, uri: String[256]):
    """
    @notice Shows the arbitrator's jurors a piece of evidence. For anyone.
    @param uri Where its ERC-1497 JSON lies.
    """
    self._check_known(self.cases[dispute])
    log IErc1497.Evidence(arbitrator=ARBITRATOR, evidence_group=dispute, party=actor._actor(), evidence=uri)


@external
def appeal(dispute: uint256, max_cost: uint256):
    """
    @notice Appeals against the arbitrator's present ruling, and pays what it asks for that in wrapped ether, by
            `transferFrom`. For anyone; the fee is never refunded.
    @param max_cost Refuse if an appeal has become dearer than this.
    """
    account: address = actor._actor()
    self._check_waiting(self.cases[dispute])
    cost: uint256 = self._appeal_cost(dispute)
    require.that(cost <= max_cost, reasons.ADAPTER_COST_ABOVE_MAXIMUM)
    before: uint256 = self._take(account, cost)
    extcall IErc792Arbitrator(ARBITRATOR).appeal(dispute, EXTRA_DATA, value=cost)
    change: uint256 = self._give_back(account, before)
    log IErc792Adapter.AppealPaid(dispute=dispute, payer=account, fee=cost - min(change, cost))


# Called by the arbitrator, perhaps while this contract calls it about another dispute. It moves no money, and its
# dispute is marked before the arbitrable is called.
@external
@reentrant
def rule(dispute_id: uint256, ruling: uint256):
    """
    @notice Records the arbitrator's ruling and passes it on. If the arbitrable refuses the call, or runs out of gas, the
            arbitrator is not bothered by it: `execute` tries again.
    """
    require.that(actor._actor() == ARBITRATOR, reasons.ADAPTER_NOT_THE_ARBITRATOR)
    case: IErc792Adapter.Case = self.cases[dispute_id]
    self._check_waiting(case)
    require.that(ruling <= case.choices, reasons.ADAPTER_NO_SUCH_RULING)
    self.cases[dispute_id].ruling = ruling
    self.cases[dispute_id].state = IErc792Adapter.CaseState.EXECUTED
    log IErc1497.Ruling(arbitrator=ARBITRATOR, dispute=dispute_id, ruling=ruling)

    if raw_call(case.arbitrable, self._message(dispute_id, ruling), revert_on_failure=False):
        log ICourt.RulingExecuted(dispute=dispute_id, arbitrable=case.arbitrable, ruling=ruling)
    else:
        self.cases[dispute_id].state = IErc792Adapter.CaseState.RULED


# As open as `rule`, so that an arbitrable may do in its answer to either what it may in the other.
@external
@reentrant
def execute(dispute: uint256):
    """
    @notice Passes on a ruling that the arbitrable has not accepted so far. For anyone.
    """
    case: IErc792Adapter.Case = self.cases[dispute]
    require.that(case.state == IErc792Adapter.CaseState.RULED, reasons.ADAPTER_NOTHING_TO_EXECUTE)
    self.cases[dispute].state = IErc792Adapter.CaseState.EXECUTED
    raw_call(case.arbitrable, self._message(dispute, case.ruling))
    log ICourt.RulingExecuted(dispute=dispute, arbitrable=case.arbitrable, ruling=case.ruling)


# Ether comes while this contract is locked. Wrapped ether sends it with 2,300 gas.
@external
@payable
@reentrant
def __default__():
    require.that(
        self.expecting and (msg.sender == TOKEN or msg.sender == ARBITRATOR), reasons.ADAPTER_NO_ETHER_EXPECTED
    )


@view
@external
def arbitration_cost() -> uint256:
    """
    @notice What the next `create_dispute` takes from its caller, wei. The arbitrator may change it at any time.
    """
    return staticcall IErc792Arbitrator(ARBITRATOR).arbitrationCost(EXTRA_DATA)


@view
@external
def appeal_cost(dispute: uint256) -> uint256:
    """
    @notice What `appeal` costs now, wei. Where no appeal is possible, arbitrators name an amount that nobody has, or
            revert.
    """
    return self._appeal_cost(dispute)


@view
@external
def case(dispute: uint256) -> IErc792Adapter.Case:
    """
    @notice A dispute as this contract knows it; empty if it does not.
    """
    return self.cases[dispute]


@internal
def _take(payer: address, cost: uint256) -> uint256:
    """
    @dev Turns so much of the payer's wrapped ether into ether here, and lets ether in until `_give_back`.
    @return The ether here before: what was forced on this contract.
    """
    before: uint256 = self.balance
    self.expecting = True
    require.that(
        extcall IERC20(TOKEN).transferFrom(payer, self, cost, default_return_value=True),
        reasons.ADAPTER_TRANSFERFROM_REFUSED,
    )
    extcall IWrappedEther(TOKEN).withdraw(cost)
    require.that(self.balance == before + cost, reasons.ADAPTER_NOT_WRAPPED_ETHER)
    return before


@internal
def _give_back(payer: address, before: uint256) -> uint256:
    """
    @dev Only `_take`'s ether has left since, so there is never less than before.
    @return What the arbitrator has sent back, wei.
    """
    self.expecting = False
    change: uint256 = self.balance - before
    if change != 0:
        extcall IWrappedEther(TOKEN).deposit(value=change)
        require.that(
            extcall IERC20(TOKEN).transfer(payer, change, default_return_value=True), reasons.ADAPTER_TRANSFER_REFUSED
        )
    return change


@internal
@view
def _appeal_cost(dispute: uint256) -> uint256:
    return staticcall IErc792Arbitrator(ARBITRATOR).appealCost(dispute, EXTRA_DATA)


@internal
@pure
def _check_known(case: IErc792Adapter.Case):
    require.that(case.arbitrable != empty(address), reasons.ADAPTER_UNKNOWN_DISPUTE)


@internal
@view
def _check_waiting(case: IErc792Adapter.Case):
    self._check_known(case)
    require.that(case.state == IErc792Adapter.CaseState.WAITING, reasons.ADAPTER_ALREADY_RULED)


@internal
@pure
def _message(dispute: uint256, ruling: uint256) -> Bytes[68]:
    return abi_encode(dispute, ruling, method_id=method_id("rule(uint256,uint256)"))
