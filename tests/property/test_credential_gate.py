"""Gate data of random bytes: never a revert, and never a yes."""

import boa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.chains import InProcessChain
from tests.credentials import Board
from tests.relayed import signer

CREDENTIAL = 64 + 65  # bytes: expiry, nonce, a key's signature


@pytest.fixture(scope="module")
def boards():
    """One board that is a key, and one that is a wallet."""
    return Board(), Board(InProcessChain().deploy("mocks/Wallet", signer("board").address).address)


@given(data=st.binary(max_size=1024))
def test_is_allowed__any_data__is_no_and_never_a_revert(boards, data):
    for board in boards:
        assert not board.allows(boa.env.eoa, data)


@given(head=st.binary(min_size=64, max_size=64), tail=st.binary(max_size=400))
def test_is_allowed__any_numbers_and_signature__is_no_and_never_a_revert(boards, head, tail):
    """With an expiry far away, so that the signature is looked at."""
    for board in boards:
        assert not board.allows(boa.env.eoa, b"\xff" + head[1:] + tail)


@given(position=st.integers(0, CREDENTIAL * 8 - 1))
def test_is_allowed__one_bit_of_a_credential_changed__is_no(boards, position):
    for board in boards:
        data = board.issue(boa.env.eoa).gate_data
        assert board.allows(boa.env.eoa, data)
        spoilt = (int.from_bytes(data) ^ 1 << position).to_bytes(len(data))
        assert not board.allows(boa.env.eoa, spoilt)
