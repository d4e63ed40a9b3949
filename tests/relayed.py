"""A relay and accounts that sign: what the tests of gasless use and of credentials build on."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from itertools import count
from typing import Any, NamedTuple

import boa
from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_utils import keccak

from goldleaf._encoding.codec import contract
from goldleaf.signing.relaying import Request, SignedRequest
from goldleaf.signing.typed_data import sign
from tests.chains import Address, Chain, InProcessChain, abi_of
from tests.protocol import DAY, Protocol

# Stands for a relay that names whom it likes.
RELAY = "0x000000000000000000000000000000000000bEEF"
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


@cache
def signer(name: str) -> LocalAccount:
    """An account with a key, which never holds ether."""
    account: LocalAccount = Account.from_key(keccak(text=name))
    return account


def call(abi: str, function: str, *arguments: Any) -> bytes:
    """The calldata of a call, by the SDK's ABI of that name."""
    return contract(abi).functions[function].encode(*arguments)


def call_as(contract: Any, account: str, function: str, *arguments: Any, sender: str = RELAY) -> bytes:
    """As an ERC-2771 forwarder calls: the account's 20 bytes follow the calldata. Returns what the function gave.

    `contract` is one of an `InProcessChain`.
    """
    data = getattr(contract, function).prepare_calldata(*arguments) + bytes.fromhex(account[2:])
    computation = contract.env.execute_code(to_address=contract.address, sender=sender, data=data, contract=contract)
    contract._computation = computation
    if computation.is_error:
        contract.handle_error(computation)
    return bytes(computation.output)


class Outcome(NamedTuple):
    """All that a call has done."""

    succeeded: bool
    output: bytes
    events: tuple[Any, ...]  # of all contracts, in order
    stored: dict[tuple[Address, int], int]  # what is in each word of any contract that it wrote


class Acts:
    """Acts at a contract, by accounts that never send a transaction themselves: its relay names them.

    Each is tried twice before. What the account's own call does must be what the relayed one does then: return, events
    and every stored word, credits and debits among them. And what a stranger's does tells whether it matters who acts.
    """

    def __init__(self, contract: Any, path: str, relay: Address = RELAY) -> None:
        self.contract, self.path, self.relay = contract, path, relay
        self.asking: set[str] = set()  # functions whose effect depends on who acts
        self.called: set[str] = set()

    def __call__(self, account: Address, function: str, *arguments: Any) -> bytes:
        data = getattr(self.contract, function).prepare_calldata(*arguments)
        own = self._try(account, data)
        assert own.succeeded, function
        stranger = str(boa.env.generate_address())
        relayed = [self._try(self.relay, data + bytes.fromhex(actor[2:])) for actor in (account, stranger)]
        assert relayed[0] == own, f"{function} does something else for who is relayed than for a caller"
        self.called.add(function)
        if relayed[1] != own:
            self.asking.add(function)
        return call_as(self.contract, account, function, *arguments, sender=self.relay)

    def assert_complete(self, for_anyone: Iterable[str]) -> None:
        """Every function that changes anything has been called, and it matters who acts in all but these."""
        writing = {
            entry["name"]
            for entry in abi_of(self.path)
            if entry["type"] == "function" and entry["stateMutability"] not in ("view", "pure")
        }
        assert self.called == writing
        assert self.called - self.asking == set(for_anyone)

    def _try(self, sender: Address, data: bytes) -> Outcome:
        with boa.env.anchor():
            boa.env.sstore_trace.clear()
            result = boa.env.execute_code(to_address=self.contract.address, sender=sender, data=data)
            written = [(account, slot) for account, slots in boa.env.sstore_trace.items() for slot in slots]
            stored = {(str(account), slot): boa.env.get_storage(account, slot) for account, slot in written}
            return Outcome(not result.is_error, result.output, tuple(result.get_raw_log_entries()), stored)


def flipped(signature: bytes) -> bytes:
    """The other signature that the same key would accept: the upper half of `s`, the other `v`."""
    s = ORDER - int.from_bytes(signature[32:64])
    return signature[:32] + s.to_bytes(32) + bytes([55 - signature[64]])


def permit(
    token: Any, owner: LocalAccount, spender: str, amount: int, deadline: int, chain_id: int
) -> tuple[int, bytes, bytes]:
    """An ERC-2612 allowance of a TokenMock: `v`, `r`, `s`."""
    fields = {"owner": "address", "spender": "address", "value": "uint256", "nonce": "uint256", "deadline": "uint256"}
    values = (owner.address, spender, amount, token.nonces(owner.address), deadline)
    domain = {"name": "Test Dollar", "version": "1", "chainId": chain_id, "verifyingContract": token.address}
    types = {"Permit": [{"name": name, "type": type_} for name, type_ in fields.items()]}
    signed = owner.sign_typed_data(domain, types, dict(zip(fields, values, strict=True)))
    return signed.v, signed.r.to_bytes(32), signed.s.to_bytes(32)


@contextmanager
def gains(protocol: Protocol, *accounts: str) -> Iterator[list[int]]:
    """What each account's free balance and wallet grow by inside the block: a list that is filled at its end."""
    before = [owned(protocol, account) for account in accounts]
    gained: list[int] = []
    yield gained
    gained += [owned(protocol, account) - had for account, had in zip(accounts, before, strict=True)]


def owned(protocol: Protocol, account: str) -> int:
    """Free balance in the escrow, and wallet, base units."""
    return protocol.free(account) + int(protocol.token.balanceOf(account))


class Gasless:
    """A relay of its own, and requests to it."""

    def __init__(self, chain: Chain | None = None) -> None:
        self.chain = chain or InProcessChain()
        self.relay = self.chain.deploy("Relay")
        self._nonces = count()

    def request(self, account: str | LocalAccount, to: Any, data: bytes, **overrides: Any) -> Request:
        """A request without a fee, for a day, with a nonce of its own. Contracts stand for their addresses."""
        if isinstance(account, LocalAccount):
            account = account.address
        overrides = {name: getattr(value, "address", value) for name, value in overrides.items()}
        return replace(
            Request(
                chain_id=self.chain.id,
                relay=self.relay.address,
                account=account,
                to=getattr(to, "address", to),
                data=data,
                nonce=next(self._nonces),
                deadline=self.chain.now + DAY,
            ),
            **overrides,
        )

    def signed(self, account: LocalAccount, to: Any, data: bytes, **overrides: Any) -> SignedRequest:
        return self.request(account, to, data, **overrides).sign(account)

    def signed_by_owner(self, owner: LocalAccount, request: Request) -> SignedRequest:
        """The request of a wallet, signed by who owns it."""
        return SignedRequest(request, sign(request.typed_data(), owner))

    def execute(self, signed: SignedRequest, sender: str | None = None) -> bytes:
        """Has a relayer send it; returns what the call returned."""
        relayer = sender or self.chain.account()
        return bytes(self.relay.execute(signed.request.struct(), signed.signature, sender=relayer))

    def act(self, account: LocalAccount, to: Any, data: bytes, **overrides: Any) -> bytes:
        """Signs and sends."""
        return self.execute(self.signed(account, to, data, **overrides))
