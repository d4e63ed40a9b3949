"""The plan of a test, on a disk: encrypted, for it holds the answers that labels are tested on.

The key is derived from a signature of the requester's account, as salts are, so that the password of the keystore opens
the plan and there is no second one to lose. The file is JSON: in plain the account, the chain and the contract, the
keccak-256 of the task's manifest and the batch size, all of which is public once the task is open; the plan itself by
AES-256-GCM, which holds all of the file together.
"""

import secrets
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from goldleaf import errors
from goldleaf.canonical import from_canonical, to_canonical
from goldleaf.testing import Plan

from ..errors import ForeignPlan, NoSuchPlan, PlanDamaged
from ..private_files import read_private, write_private
from .salts import Keyring

FORMAT = "goldleaf-plan-1"
_NONCE, _TAG = 32, 16  # bytes
# Each file has a key of its own, so this may be the same in all.
_COUNTER = bytes(12)


@dataclass(frozen=True)
class PlanFile:
    """A file with an encrypted plan, as far as it can be read without the key."""

    path: Path
    account: str  # who has encrypted it
    chain_id: int
    contract: str  # the deployment's GoldTest
    manifest: bytes  # keccak-256 of the task's manifest, which is the task's `terms`
    batch_size: int
    nonce: bytes
    sealed: bytes

    @classmethod
    def read(cls, path: str | Path) -> "PlanFile":
        """Raises `NoSuchPlan`, `PlanDamaged`, `LoosePermissions` if others may read it, `KeyfileError`."""
        path = Path(path).expanduser()
        try:
            content: Any = from_canonical(read_private(path))
            found = cls(
                path=path,
                account=str(content["account"]),
                chain_id=int(content["chain_id"]),
                contract=str(content["contract"]),
                manifest=_bytes(content["manifest"]),
                batch_size=int(content["batch_size"]),
                nonce=_bytes(content["nonce"]),
                sealed=_bytes(content["sealed"]),
            )
        except FileNotFoundError:
            raise NoSuchPlan(str(path)) from None
        except (errors.NotCanonical, ValueError, TypeError, KeyError, AttributeError):
            raise PlanDamaged(f"{path} is no encrypted plan") from None
        if content != found._content() or len(found.nonce) != _NONCE:
            raise PlanDamaged(f"{path} is no encrypted plan of this version")
        return found

    def check(self, account: str, terms: bytes) -> None:
        """Refuses the plan of another task, or of another account. Raises `ForeignPlan`."""
        if self.manifest != terms:
            raise ForeignPlan(f"{self.path} is for the manifest 0x{self.manifest.hex()}, the task's is 0x{terms.hex()}")
        if self.account != account:
            raise ForeignPlan(f"{self.path} was encrypted by {self.account}, and this is {account}")

    def open(self, keyring: Keyring, terms: bytes) -> Plan:
        """The plan, of the task with these `terms`.

        Raises `ForeignPlan`, `PlanDamaged`, `NotDeterministic`, `ForeignSignature`.
        """
        self.check(keyring.account, terms)
        deployment = keyring.deployment
        if (self.chain_id, self.contract) != (deployment.chain_id, deployment.address("GoldTest")):
            raise ForeignPlan(f"{self.path} is for {self.contract} on chain {self.chain_id}")
        cipher = self._cipher(keyring)
        try:
            return Plan.from_bytes(cipher.decrypt_and_verify(self.sealed[:-_TAG], self.sealed[-_TAG:]))
        except (ValueError, errors.PlanError):
            raise PlanDamaged(f"{self.path} does not hold what was encrypted") from None

    def to_bytes(self) -> bytes:
        """The file."""
        return to_canonical(self._content())

    def _cipher(self, keyring: Keyring) -> Any:
        """What encrypts or decrypts it once, and holds it against what stands in plain."""
        from Crypto.Cipher import AES

        cipher = AES.new(bytes(keyring.plan_key(self.nonce)), AES.MODE_GCM, nonce=_COUNTER)
        cipher.update(to_canonical(self._header()))
        return cipher

    def _header(self) -> dict[str, Any]:
        return {
            "account": self.account,
            "batch_size": self.batch_size,
            "chain_id": self.chain_id,
            "contract": self.contract,
            "format": FORMAT,
            "manifest": "0x" + self.manifest.hex(),
            "nonce": "0x" + self.nonce.hex(),
        }

    def _content(self) -> dict[str, Any]:
        return {**self._header(), "sealed": "0x" + self.sealed.hex()}


def write_plan(path: str | Path, plan: Plan, terms: bytes, keyring: Keyring) -> None:
    """Writes a plan that only its account can read, into a file that is whole or not there (mode 0600).

    `terms` are those of the manifest that `plan.manifest` has made. Keep a copy of the file: without it nothing can be
    tested. Raises `NotDeterministic`, `ForeignSignature`.
    """
    file = PlanFile(
        path=Path(path),
        account=keyring.account,
        chain_id=keyring.deployment.chain_id,
        contract=keyring.deployment.address("GoldTest"),
        manifest=terms,
        batch_size=plan.batch_size,
        nonce=secrets.token_bytes(_NONCE),
        sealed=b"",
    )
    sealed, tag = file._cipher(keyring).encrypt_and_digest(plan.to_bytes())
    write_private(path, replace(file, sealed=sealed + tag).to_bytes())


def read_plan(path: str | Path, terms: bytes, keyring: Keyring) -> Plan:
    """The plan that `write_plan` has written, for the task with these `terms`.

    Raises `NoSuchPlan`, `PlanDamaged`, `ForeignPlan`, `LoosePermissions`, `KeyfileError`, `NotDeterministic`,
    `ForeignSignature`.
    """
    return PlanFile.read(path).open(keyring, terms)


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))
