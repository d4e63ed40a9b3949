"""What a relay tells."""

import boa
from eth_abi.abi import encode
from eth_account.messages import encode_typed_data
from eth_utils import keccak
from hypothesis import given
from hypothesis import strategies as st

from goldleaf.types import ZERO_ADDRESS
from tests.relayed import Gasless, signer

addresses = st.binary(min_size=20, max_size=20).map(lambda data: "0x" + data.hex())
numbers = st.integers(0, 2**256 - 1)


def test_relay__asked_for__is_itself(gasless):
    assert gasless.relay.relay() == gasless.relay.address


def test_eip712_domain__is_that_of_the_requests(gasless):
    fields, name, version, chain_id, verifier, salt, extensions = gasless.relay.eip712Domain()
    domain = gasless.request(ZERO_ADDRESS, ZERO_ADDRESS, bytes(4)).typed_data()["domain"]
    assert (fields, salt, extensions) == (b"\x0f", bytes(32), [])
    assert domain == {
        "name": name,
        "version": version,
        "chainId": str(chain_id),
        "verifyingContract": verifier,
    }


@given(
    account=addresses,
    to=addresses,
    data=st.binary(min_size=4, max_size=4096),
    nonce=numbers,
    deadline=numbers,
    ledger=addresses,
    token=addresses,
    fee=numbers,
    relayer=addresses,
)
def test_digest__of_any_request__is_what_wallets_sign(gasless, account, to, data, **fields):
    """The contract, this package and eth-account agree on every byte."""
    request = gasless.request(account, to, data, **fields)
    assert gasless.relay.digest(request.struct()) == request.digest()
    signable = encode_typed_data(full_message=request.typed_data())
    assert signable.version + signable.header == b"\x01" + domain_separator(gasless)


def domain_separator(gasless: Gasless) -> bytes:
    """The domain separator, by the EIP's own formula."""
    kind = keccak(text="EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)")
    types = ["bytes32", "bytes32", "bytes32", "uint256", "address"]
    values = [kind, keccak(text="Goldleaf Relay"), keccak(text="1"), gasless.chain.id, gasless.relay.address]
    return keccak(encode(types, values))


def test_digest__on_another_chain__is_another(gasless, monkeypatch):
    request = gasless.request(signer("alice"), ZERO_ADDRESS, bytes(4))
    here = gasless.relay.digest(request.struct())
    monkeypatch.setattr(boa.env.evm.patch, "chain_id", gasless.chain.id + 1)
    assert gasless.relay.digest(request.struct()) != here
