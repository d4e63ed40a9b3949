# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Relay: calls on behalf of who signed them
@license AGPL-3.0-only
@notice An ERC-2771 forwarder: whoever pays the gas brings an account's signed request, and the account acts. So nobody
        needs ether to work, to vote or to be paid. The fee for that is paid out of the account's free balance in
        a ledger.
@dev No owner, no list of targets, no funds. A request happens whole or not at all: the call, the fee and the use of its
     nonce. Were a failed call paid for, relayers could make calls fail to be paid for nothing; as it is, they simulate
     first.
     The relay is a target of itself, so that a request can be cancelled by a signature as well.
     Never approve a token for the relay, and give it no role anywhere: anyone may have it call what names it.
@custom:invariant 1. Each nonce of an account is used or cancelled at most once.
                  2. The last 20 bytes of each call that changes anything are the account that has signed it.
"""

from snekmate.utils import eip712_domain_separator as eip712
from .interfaces import IRelay
from .modules import actor
from .modules import reasons
from .modules import require
from .modules import signatures

# `relay` is the relay itself.
initializes: actor
initializes: eip712

# What wallets show of the signing domain (ERC-5267).
exports: eip712.eip712Domain

_REQUEST_TYPE: constant(bytes32) = keccak256(
    "Request(address account,address to,bytes data,uint256 nonce,uint256 deadline,address ledger,address token,uint256 fee,address relayer)"
)

# account -> nonce // 256 -> one bit for each of 256 nonces, the lowest first: used or cancelled
nonces: HashMap[address, HashMap[uint256, uint256]]


@deploy
def __init__():
    actor.__init__(self)
    eip712.__init__("Goldleaf Relay", "1")


# The relay asks itself, too, while it executes: `cancel` may be relayed.
@view
@external
@reentrant
def relay() -> address:
    """
    @notice The ERC-2771 forwarder that this contract trusts; the empty address means none.
    """
    return actor.RELAY


@external
def execute(request: IRelay.Request, signature: Bytes[signatures.MAX_SIGNATURE]) -> Bytes[32]:
    """
    @notice Makes the call that `request.account` has signed, then pays the caller the fee. If anything of it fails, all
            fails, with the reason of what failed, and the request can be sent again until its deadline.
    @param signature By the account's key, `r || s || v`; or what its `isValidSignature` wants to see (ERC-1271).
    @return The first 32 bytes of what the call returned.
    """
    require.that(block.timestamp < request.deadline, reasons.RELAY_DEADLINE_PASSED)
    require.that(request.relayer == empty(address) or request.relayer == msg.sender, reasons.RELAY_FOR_ANOTHER_RELAYER)
    # Fewer bytes would have the account's address read as the function.
    require.that(len(request.data) >= 4, reasons.RELAY_NO_FUNCTION)
    require.that(signatures._is_by(request.account, self._digest(request), signature), reasons.RELAY_NOT_SIGNED)
    self._use(request.account, request.nonce)
    log IRelay.Relayed(account=request.account, to=request.to, relayer=msg.sender, nonce=request.nonce)

    suffix: bytes20 = convert(request.account, bytes20)
    self._check_target(request.to)
    result: Bytes[32] = raw_call(request.to, concat(request.data, suffix), max_outsize=32)
    if request.fee != 0:
        self._check_target(request.ledger)
        payment: Bytes[100] = abi_encode(
            request.token, request.fee, msg.sender, method_id=method_id("withdraw(address,uint256,address)")
        )
        raw_call(request.ledger, concat(payment, suffix))
    return result


# Cancelling calls nobody, and is called by `execute` when it is itself relayed.
@external
@reentrant
def cancel(nonce: uint256):
    """
    @notice Uses up a nonce of the caller's, so that a request signed with it can never be executed.
    """
    account: address = actor._actor()
    self._use(account, nonce)
    log IRelay.RequestCancelled(account=account, nonce=nonce)


@view
@external
@reentrant
def is_used(account: address, nonce: uint256) -> bool:
    """
    @notice Whether a request of `account` with this nonce was executed or cancelled.
    """
    return self.nonces[account][nonce >> 8] & self._bit(nonce) != 0


@view
@external
@reentrant
def used(account: address, word: uint256) -> uint256:
    """
    @notice Which of the 256 nonces from `256 * word` on are used or cancelled: one bit each, the lowest first.
    """
    return self.nonces[account][word]


@view
@external
@reentrant
def digest(request: IRelay.Request) -> bytes32:
    """
    @notice What the account signs: the EIP-712 hash of the request, for this chain and this relay.
    """
    return self._digest(request)


@internal
def _use(account: address, nonce: uint256):
    word: uint256 = self.nonces[account][nonce >> 8]
    require.that(word & self._bit(nonce) == 0, reasons.RELAY_NONCE_IS_USED)
    self.nonces[account][nonce >> 8] = word | self._bit(nonce)


@internal
@pure
def _bit(nonce: uint256) -> uint256:
    return 1 << (nonce & 255)


@internal
@view
def _check_target(target: address):
    # To any other contract the relay would be a caller like others, for anyone to use.
    succeeded: bool = False
    answer: Bytes[32] = b""
    succeeded, answer = raw_call(
        target, method_id("relay()"), max_outsize=32, is_static_call=True, revert_on_failure=False
    )
    require.that(
        succeeded and len(answer) == 32 and convert(answer, uint256) == convert(self, uint256),
        reasons.RELAY_NOT_TRUSTED_BY_TARGET,
    )


@internal
@view
def _digest(request: IRelay.Request) -> bytes32:
    return eip712._hash_typed_data_v4(
        keccak256(
            abi_encode(
                _REQUEST_TYPE,
                request.account,
                request.to,
                keccak256(request.data),
                request.nonce,
                request.deadline,
                request.ledger,
                request.token,
                request.fee,
                request.relayer,
            )
        )
    )
