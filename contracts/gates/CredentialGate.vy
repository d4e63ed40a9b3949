# pragma version 0.4.3
"""
@title CredentialGate: lets in whom an issuer has signed for
@license AGPL-3.0-only
@notice An issuer, e.g. a hospital or a board, signs credentials off chain: this account may act in this domain until
        then. The holder brings the credential as gate data, to a task or a court. A credential is for a domain, not for
        one task; it binds its holder, so lending it means lending the account.
@dev As EIP-712 has it, the issuer signs `Credential(address holder,string domain,uint256 expires,uint256 nonce)` for
     this chain and this gate. Nonces of a holder rise: revoking one revokes those before it. Who issues is fixed for good; an issuer
     that may change its keys is a contract (ERC-1271), and a key that it drops takes the credentials with it.
@custom:invariant A revoked credential never counts again.
"""

from snekmate.utils import eip712_domain_separator as eip712
from ..interfaces import ICredentialGate
from ..interfaces import IGate
from ..modules import actor
from ..modules import reasons
from ..modules import require
from ..modules import signatures

implements: IGate

# The relay that may speak for the issuer.
initializes: actor
initializes: eip712

# What wallets show of the signing domain (ERC-5267).
exports: eip712.eip712Domain

_CREDENTIAL_TYPE: constant(bytes32) = keccak256(
    "Credential(address holder,string domain,uint256 expires,uint256 nonce)"
)
# Gate data: 32 bytes `expires`, 32 bytes `nonce`, then the signature.
_HEAD: constant(uint256) = 64

# who signs and revokes credentials
ISSUER: immutable(address)
# what its credentials are for, e.g. "oncology"
DOMAIN: immutable(String[64])

# holder -> highest nonce that is revoked; a credential needs a higher one
revoked_nonce: HashMap[address, uint256]


@deploy
def __init__(relay: address, issuer: address, domain: String[64]):
    """
    @param relay The ERC-2771 forwarder to trust for good; the empty address for none.
    @param issuer An account with a key, or a contract that implements ERC-1271.
    @param domain What the credentials are for, as the issuer reads it when signing.
    """
    require.that(issuer != empty(address), reasons.GATES_NO_ISSUER)
    require.that(len(domain) != 0, reasons.GATES_NO_DOMAIN)
    actor.__init__(relay)
    eip712.__init__("Goldleaf CredentialGate", "1")
    ISSUER = issuer
    DOMAIN = domain


@view
@external
def relay() -> address:
    """
    @notice The ERC-2771 forwarder that this contract trusts; the empty address means none.
    """
    return actor.RELAY


@view
@external
def issuer() -> address:
    """
    @notice Who signs and revokes credentials.
    """
    return ISSUER


@view
@external
def revoked(holder: address) -> uint256:
    """
    @notice The highest nonce of the holder's credentials that is revoked: a credential needs a higher one.
    """
    return self.revoked_nonce[holder]


@view
@external
def domain() -> String[64]:
    """
    @notice What the credentials are for, e.g. "oncology".
    """
    return DOMAIN


@external
def revoke(holder: address, nonce: uint256):
    """
    @notice Makes all credentials of `holder` void that have this nonce or a lower one, by the issuer. For good: a
            later credential needs a higher nonce. A court dismisses the holder's seats when anyone asks it to.
    """
    require.that(actor._actor() == ISSUER, reasons.GATES_NOT_THE_ISSUER)
    require.that(nonce > self.revoked_nonce[holder], reasons.GATES_ALREADY_REVOKED)
    self.revoked_nonce[holder] = nonce
    log ICredentialGate.Revoked(holder=holder, nonce=nonce)


@view
@external
def is_allowed(account: address, subject: uint256, data: Bytes[1024]) -> bool:
    """
    @notice Whether `data` is a credential of `account` that has neither expired nor been revoked. Whatever else it
            is, the answer is no.
    @param subject Ignored.
    @param data `expires` and `nonce`, 32 bytes each, then the signature.
    """
    if len(data) < _HEAD:
        return False
    expires: uint256 = extract32(data, 0, output_type=uint256)
    nonce: uint256 = extract32(data, 32, output_type=uint256)
    if block.timestamp >= expires or nonce <= self.revoked_nonce[account]:
        return False
    return signatures._is_by(ISSUER, self._digest(account, expires, nonce), slice(data, _HEAD, len(data) - _HEAD))


@view
@external
def digest(holder: address, expires: uint256, nonce: uint256) -> bytes32:
    """
    @notice What the issuer signs: the EIP-712 hash of the credential, for this chain and this gate.
    """
    return self._digest(holder, expires, nonce)


@internal
@view
def _digest(holder: address, expires: uint256, nonce: uint256) -> bytes32:
    return eip712._hash_typed_data_v4(
        keccak256(abi_encode(_CREDENTIAL_TYPE, holder, keccak256(DOMAIN), expires, nonce))
    )
