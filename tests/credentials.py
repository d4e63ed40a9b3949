"""A board that issues credentials for its CredentialGate."""

from dataclasses import replace
from itertools import count
from typing import Any

from goldleaf.signing.credentials import Credential, SignedCredential
from goldleaf.signing.typed_data import sign
from goldleaf.types import ZERO_ADDRESS
from tests.chains import Address, Chain, InProcessChain
from tests.protocol import DAY
from tests.relayed import signer

DOMAIN = "oncology"


class Board:
    """An issuer with a key, or, with `issuer`, a contract for which that key signs; and a gate of it."""

    def __init__(
        self,
        issuer: Address | None = None,
        *,
        key: str = "board",
        domain: str = DOMAIN,
        relay: Address = ZERO_ADDRESS,
        chain: Chain | None = None,
    ) -> None:
        self.chain = chain or InProcessChain()
        self.key = signer(key)
        self.issuer = issuer or self.key.address
        self.domain = domain
        self.gate = self.chain.deploy("gates/CredentialGate", relay, self.issuer, domain)
        self._nonces = count(1)

    def credential(self, holder: Address, **overrides: Any) -> Credential:
        """Good for 30 days, with a nonce of its own."""
        return replace(
            Credential(
                chain_id=self.chain.id,
                gate=self.gate.address,
                domain=self.domain,
                holder=holder,
                expires=self.chain.now + 30 * DAY,
                nonce=next(self._nonces),
            ),
            **overrides,
        )

    def issue(self, holder: Address, **overrides: Any) -> SignedCredential:
        credential = self.credential(holder, **overrides)
        return SignedCredential(credential, sign(credential.typed_data(), self.key))

    def revoke(self, signed: SignedCredential) -> None:
        self.gate.revoke(signed.credential.holder, signed.credential.nonce, sender=self.issuer)

    def allows(self, holder: Address, data: bytes, subject: int = 0) -> bool:
        return bool(self.gate.is_allowed(holder, subject, data))
