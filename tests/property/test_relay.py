"""Requests of random bytes, and nonces against a model."""

from dataclasses import replace

import boa
import pytest
from eth_utils import keccak
from hypothesis import given
from hypothesis import strategies as st

from goldleaf.signing.relaying import SignedRequest, free_nonces
from tests.protocol import reverts
from tests.relayed import Gasless, signer

ALICE = signer("alice at random")
KEY_SIGNATURE = 65  # bytes


@pytest.fixture(scope="module")
def gasless():
    return Gasless()


@pytest.fixture(scope="module")
def target(gasless):
    return gasless.chain.deploy("mocks/RelayTarget", gasless.relay)


@given(data=st.binary(max_size=2000), rest=st.binary(max_size=100))
def test_execute__any_calldata__the_signer_acts_on_all_of_it(gasless, target, data, rest):
    """Whatever follows the arguments, and of any length."""
    with boa.env.anchor():
        gasless.act(ALICE, target, target.act_on.prepare_calldata(data) + rest)
        assert target.last_actor() == ALICE.address
        assert target.last_number() == int.from_bytes(keccak(data))


@given(signature=st.binary(max_size=1024))
def test_execute__any_signature_but_the_right_one__is_refused(gasless, target, signature):
    request = gasless.request(ALICE, target, target.act.prepare_calldata(1))
    with reverts("relay: not signed"):
        gasless.execute(SignedRequest(request, signature))


@given(position=st.integers(0, KEY_SIGNATURE * 8 - 1))
def test_execute__one_bit_of_the_signature_changed__is_refused(gasless, target, position):
    signed = gasless.signed(ALICE, target, target.act.prepare_calldata(1))
    spoilt = (int.from_bytes(signed.signature) ^ 1 << position).to_bytes(KEY_SIGNATURE)
    with reverts("relay: not signed"):
        gasless.execute(replace(signed, signature=spoilt))


@given(
    steps=st.lists(
        st.tuples(st.booleans(), st.sampled_from(["a", "b"]), st.sampled_from([0, 1, 2, 255, 256, 257, 2**256 - 1])),
        max_size=12,
    )
)
def test_nonces__used_and_cancelled_in_any_order__each_once(gasless, target, steps):
    used: set[tuple[str, int]] = set()
    with boa.env.anchor():
        for executes, name, nonce in steps:
            account = signer(f"nonces of {name}")
            signed = gasless.signed(account, target, target.act.prepare_calldata(1), nonce=nonce)
            if (name, nonce) in used:
                with reverts("relay: nonce is used"):
                    if executes:
                        gasless.execute(signed)
                    else:
                        gasless.relay.cancel(nonce, sender=account.address)
            elif executes:
                gasless.execute(signed)
            else:
                gasless.relay.cancel(nonce, sender=account.address)
            used.add((name, nonce))
        for name in "ab":
            account = signer(f"nonces of {name}").address
            for word in (0, 1, 2**248 - 1):
                expected = {nonce for who, nonce in used if who == name and nonce >> 8 == word}
                free = set(free_nonces(word, gasless.relay.used(account, word)))
                assert set(range(word << 8, (word + 1) << 8)) - free == expected
                assert all(gasless.relay.is_used(account, nonce) for nonce in expected)
