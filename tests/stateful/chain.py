"""
A chain in process for very many calls: revm, with the contracts that `tests.chains` compiles.

It is about a hundred times faster than titanoboa, so a state machine can read the whole state after every step. It
keeps no gas account: all calls count as one transaction.
"""

from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Any

from eth_abi.registry import registry
from eth_utils import keccak
from pyrevm import EVM, BlockEnv, CfgEnv, Env
from vyper.compiler.output import build_abi_output

from tests.chains import deployer

CHAIN_ID = 1
ERROR_STRING = keccak(text="Error(string)")[:4].hex()
GENESIS = 1_700_000_000


class RevertedError(Exception):
    """The call was reverted; `reason` is empty if it gave none."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@cache
def tuple_encoder(types: str) -> Any:
    """Encodes a tuple of these types, e.g. `(uint256,bytes)`."""
    return registry.get_encoder(types)


@lru_cache(maxsize=2**16)
def word(value: Any) -> bytes:
    """A value as one word of the ABI: a number, an address, 32 bytes, or None for nothing."""
    if value is None:
        return bytes(32)
    if isinstance(value, bytes):
        return value
    return (int(value, 16) if isinstance(value, str) else int(value)).to_bytes(32)


def encode(types: str, values: Sequence[Any]) -> bytes:
    return bytes(tuple_encoder(types)(values)) if values else b""


class Contract:
    """A deployed contract: its address and what its ABI says."""

    def __init__(self, address: str, abi: list[dict[str, Any]]) -> None:
        self.address = address
        self.functions = {}
        self.events = {}
        for entry in abi:
            types = f"({','.join(canonical(i) for i in entry.get('inputs', []))})"
            if entry["type"] == "function":
                self.functions[entry["name"]] = (keccak(text=entry["name"] + types)[:4], types)
            elif entry["type"] == "event":
                self.events[entry["name"]] = (keccak(text=entry["name"] + types), entry["inputs"])

    def calldata(self, function: str, arguments: Sequence[Any]) -> bytes:
        selector, types = self.functions[function]
        return selector + encode(types, arguments)

    def log(self, event: str, fields: dict[str, Any]) -> tuple[tuple[bytes, ...], bytes]:
        """Topics and data of an event with these fields."""
        topic, inputs = self.events[event]
        indexed = [i for i in inputs if i["indexed"]]
        rest = [i for i in inputs if not i["indexed"]]
        topics = (topic, *(encode(f"({canonical(i)})", [fields[i["name"]]]) for i in indexed))
        types = f"({','.join(canonical(i) for i in rest)})"
        return topics, encode(types, [fields[i["name"]] for i in rest])


def canonical(argument: dict[str, Any]) -> str:
    """The type as a signature has it: tuples written out."""
    kind: str = argument["type"]
    if not kind.startswith("tuple"):
        return kind
    return f"({','.join(canonical(c) for c in argument['components'])}){kind.removeprefix('tuple')}"


class Chain:
    """One chain; time stands still until it is set."""

    def __init__(self) -> None:
        self.evm = EVM(
            env=Env(cfg=CfgEnv(chain_id=CHAIN_ID, limit_contract_code_size=2**20)), gas_limit=2**40, spec_id="CANCUN"
        )
        self.go_to(GENESIS, 0)

    @property
    def now(self) -> int:
        """Time of the next call."""
        return self._now

    @now.setter
    def now(self, time: int) -> None:
        self.go_to(time, self.block)

    def go_to(self, now: int, block: int) -> None:
        """Sets the time of the next call, and the number of its block."""
        self._now, self.block = now, block
        self.evm.set_block_env(BlockEnv(number=block, timestamp=now))

    def deploy(self, path: str, *arguments: Any) -> Contract:
        compiled = deployer(path).compiler_data
        abi = build_abi_output(compiled)
        inputs: list[Any] = next((e["inputs"] for e in abi if e["type"] == "constructor"), [])
        types = f"({','.join(canonical(i) for i in inputs)})"
        code = compiled.bytecode + encode(types, arguments)
        return Contract(self.evm.deploy(account(0), code).lower(), abi)

    def call(self, contract: Contract, function: str, arguments: Sequence[Any], sender: str) -> bytes:
        """Sends a transaction; `logs` has its events."""
        return self.send(contract.address, contract.calldata(function, arguments), sender)

    def send(self, to: str, data: bytes, sender: str) -> bytes:
        try:
            return bytes(self.evm.message_call(sender, to, calldata=data))
        except RuntimeError as error:
            raise RevertedError(revert_reason(str(error))) from None

    def view(self, to: str, data: bytes) -> bytes:
        try:
            return bytes(self.evm.message_call(account(0), to, calldata=data, is_static=True))
        except RuntimeError as error:
            raise RevertedError(revert_reason(str(error))) from None

    def ask(self, contract: Contract, view: str, arguments: Sequence[Any]) -> bytes:
        """What a view says whose arguments are one word each."""
        return self.view(contract.address, contract.functions[view][0] + b"".join(map(word, arguments)))

    def logs(self, contract: Contract) -> list[tuple[tuple[bytes, ...], bytes]]:
        """Topics and data of what the contract told in the last call."""
        result = self.evm.result
        return [
            (tuple(bytes(topic) for topic in log.data[0]), bytes(log.data[1]))
            for log in (result.logs if result is not None else ())
            if log.address.lower() == contract.address
        ]


# After so many steps a machine looks at what should not have changed, too. `fuzz` makes it more, for more steps.
EVERY = 1


class Watch:
    """Views, each asked again when another answer is expected than the last time, and all of them every so often."""

    def __init__(self, chain: Chain) -> None:
        self.chain = chain
        self.rounds = 0
        self.all = True
        self.answers: dict[tuple[Any, ...], bytes] = {}  # contract, view and arguments -> what it said last

    def begin(self, *, everything: bool) -> None:
        """A round of questions; of all if `everything` is to be asked, or if it is time."""
        self.all = everything or self.rounds % EVERY == 0
        self.rounds += 1

    def expect(self, contract: Contract, view: str, arguments: Sequence[Any], expected: bytes) -> None:
        key = contract.address, view, *arguments
        if not self.all and self.answers.get(key) == expected:
            return
        found = self.chain.ask(contract, view, arguments)
        if found != expected:
            differences = [
                (index // 32, int.from_bytes(found[index : index + 32]), int.from_bytes(expected[index : index + 32]))
                for index in range(0, max(len(found), len(expected)), 32)
                if found[index : index + 32] != expected[index : index + 32]
            ]
            raise AssertionError(f"{view}{tuple(arguments)}: (word, contract, model) = {differences}")
        self.answers[key] = expected


@cache
def account(number: int) -> str:
    """An address that nobody else has."""
    return "0x" + f"{number + 1:x}".rjust(2, "0") * 20


def revert_reason(message: str) -> str:
    """The reason inside revm's report of a failed call."""
    if not message.startswith("Revert"):
        raise RuntimeError(message)
    output = message.partition("output: 0x")[2].rstrip(" }")
    if not output.startswith(ERROR_STRING):
        return ""
    data = bytes.fromhex(output[8:])
    length = int.from_bytes(data[32:64])
    return data[64 : 64 + length].decode()
