"""Addresses, hashes and calldata, for programs that go beyond the client's calls."""

import subprocess
import sys
from collections.abc import Callable

import pytest

from goldleaf import encoding, errors
from goldleaf.encoding import DecodedCall, decode_call, encode_call

ADDRESS = "0x52908400098527886E0F7030069857D2E4169EE7"


def test_keccak256__of_nothing__is_the_known_hash() -> None:
    assert encoding.keccak256(b"").hex() == "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"


def test_checksum_address__of_lower_case__is_eip_55() -> None:
    assert encoding.checksum_address(ADDRESS.lower()) == ADDRESS


@pytest.mark.parametrize("address", [ADDRESS[:-1], ADDRESS[:-1] + "a", ADDRESS.replace("E", "e", 1), 5, None])
def test_checked_address__of_something_else__refused_with_the_arguments_name(address: object) -> None:
    with pytest.raises(errors.ArgumentError, match="auditor"):
        encoding.checked_address("auditor", address)


def test_abi_decode__of_what_was_encoded__gives_the_same() -> None:
    types, values = ["uint256", "bytes32", "string", "uint256[]"], (7, bytes(range(32)), "ä", (1, 2))
    assert encoding.abi_decode(types, encoding.abi_encode(types, values)) == values


@pytest.mark.parametrize(
    ("contract", "function", "arguments"),
    [
        ("TaskEscrow", "challenge", (2**64, (3, 5), 7, b"\x01" * 32, "ipfs://x", b"\x02" * 32)),
        ("ERC20", "approve", (ADDRESS.lower(), 10**18)),
        ("Court", "draw", ()),
    ],
)
def test_decode_call__of_an_encoded_call__gives_function_and_arguments(
    contract: str, function: str, arguments: tuple[object, ...]
) -> None:
    assert decode_call(contract, encode_call(contract, function, *arguments)) == DecodedCall(function, arguments)


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: encode_call("BlockhashRandomness", "draw"), "no ABI named 'BlockhashRandomness'"),
        (lambda: decode_call("WrappedEther", bytes(4)), "no ABI named 'WrappedEther'"),
        (lambda: encode_call("ERC20", "mint", ADDRESS, 1), "ERC20 has no function 'mint'"),
        (lambda: encode_call("ERC20", "approve", ADDRESS, -1), "approve"),
        (lambda: decode_call("ERC20", bytes(36)), "selector 0x00000000"),
        (lambda: decode_call("ERC20", b""), "selector 0x"),
        (lambda: decode_call("ERC20", encode_call("ERC20", "approve", ADDRESS, 1)[:-1]), "ERC20.approve"),
    ],
)
def test_calls__that_are_none_of_the_contract__refused(call: Callable[[], object], told: str) -> None:
    with pytest.raises(errors.ArgumentError, match=told):
        call()


def test_decode_call__another_library_has_changed_how_all_decode__cut_short_is_refused() -> None:
    """As ape does, which registers a decoder that pads numbers."""
    code = """
from eth_abi import decoding, encoding, registry
class Padding(decoding.UnsignedIntegerDecoder):
    def read_data_from_stream(self, stream):
        return stream.read(self.data_byte_size).ljust(self.data_byte_size, bytes(1))
registry.registry.unregister("uint")
registry.registry.register(registry.BaseEquals("uint"), encoding.UnsignedIntegerEncoder, Padding, label="uint")
from goldleaf import errors
from goldleaf.encoding import decode_call, encode_call
try:
    print(decode_call("ERC20", encode_call("ERC20", "approve", "0x" + "11" * 20, 1)[:-1]))
except errors.ArgumentError:
    print("refused")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "refused\n"
