from eth_abi.abi import encode
from eth_utils import keccak

from goldleaf import commitments

A, B = "0x" + "aa" * 20, "0x" + "bb" * 20
SALT, ROOT = b"\x01" * 32, b"\x02" * 32


def test_new_salt__each_time__32_other_bytes() -> None:
    salts = {commitments.new_salt() for _ in range(100)}
    assert len(salts) == 100
    assert {len(salt) for salt in salts} == {32}


def test_commitment__any_part_changed__another_commitment() -> None:
    parts = (1, A, 5, B, ROOT, "ipfs://x", SALT)
    changed = [(2, *parts[1:]), (1, B, *parts[2:]), (1, A, 6, *parts[3:]), (*parts[:3], A, *parts[4:])]
    changed += [(*parts[:4], SALT, *parts[5:]), (*parts[:5], "ipfs://y", SALT), (*parts[:6], ROOT)]
    assert len({commitments.commitment(*each) for each in [parts, *changed]}) == 8


def test_challenge_commitment__any_part_changed__another_commitment() -> None:
    parts = (1, A, 5, B, [1, 2], SALT)
    changed = [(2, *parts[1:]), (1, B, *parts[2:]), (1, A, 6, *parts[3:]), (*parts[:3], A, *parts[4:])]
    changed += [(*parts[:4], [1, 3], SALT), (*parts[:4], [1], SALT), (*parts[:5], ROOT)]
    assert len({commitments.challenge_commitment(*each) for each in [parts, *changed]}) == 8


def test_vote__any_part_changed__another_commitment() -> None:
    parts = (1, A, 5, 0, B, 1, SALT)
    changed = [(2, *parts[1:]), (1, B, *parts[2:]), (1, A, 6, *parts[3:]), (*parts[:3], 1, *parts[4:])]
    changed += [(*parts[:4], A, 1, SALT), (*parts[:5], 2, SALT), (*parts[:6], ROOT)]
    assert len({commitments.vote(*each) for each in [parts, *changed]}) == 8


def test_hash_indices__numbers__that_of_their_abi_encoding() -> None:
    assert commitments.hash_indices([3, 5]) == keccak(encode(["uint256[]"], [[3, 5]]))
