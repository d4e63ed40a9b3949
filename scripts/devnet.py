"""Writes the compiled contracts that `goldleaf-devnet` packages: `make devnet`."""

import json
from pathlib import Path
from typing import Any

from vyper.cli.vyper_compile import get_search_paths
from vyper.compiler import compile_from_file_input
from vyper.compiler.input_bundle import FilesystemInputBundle
from vyper.compiler.settings import Settings

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "devnet" / "goldleaf_devnet" / "contracts"
# Name -> source, of what a devnet deploys.
SOURCES = {
    "TokenMock": "mocks/TokenMock.vy",
    "BlockhashRandomness": "randomness/BlockhashRandomness.vy",
    "Relay": "Relay.vy",
    "Court": "Court.vy",
    "TaskTerms": "TaskTerms.vy",
    "TaskEscrow": "TaskEscrow.vy",
    "Lens": "Lens.vy",
    "GoldTest": "GoldTest.vy",
    "RoyaltyPool": "RoyaltyPool.vy",
    "CredentialGate": "gates/CredentialGate.vy",
    "WrappedEther": "mocks/WrappedEther.vy",
    "Erc792ArbitratorMock": "mocks/Erc792ArbitratorMock.vy",
    "Erc792Adapter": "adapters/Erc792Adapter.vy",
}
# The oldest fork that the contracts are for.
EVM_VERSION = "cancun"


def compile_contract(name: str) -> dict[str, Any]:
    """ABI and creation bytecode of one of `SOURCES`, by the compiler."""
    bundle = FilesystemInputBundle(get_search_paths())
    source = bundle.load_file(ROOT / "contracts" / SOURCES[name])
    return dict(
        compile_from_file_input(
            source,
            input_bundle=bundle,
            settings=Settings(evm_version=EVM_VERSION),
            output_formats=["abi", "bytecode"],
        )
    )


def render(name: str, abi: list[dict[str, Any]], bytecode: str) -> str:
    """The file of one contract."""
    ordered = sorted(abi, key=lambda entry: (entry["type"], entry.get("name", "")))
    entries = ",\n    ".join(json.dumps(entry) for entry in ordered)
    return (
        "{\n"
        f'  "source": "contracts/{SOURCES[name]}",\n'
        '  "license": "AGPL-3.0-only",\n'
        f'  "abi": [\n    {entries}\n  ],\n'
        f'  "bytecode": "{bytecode}"\n'
        "}\n"
    )


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in SOURCES:
        (FOLDER / f"{name}.json").write_text(render(name, **compile_contract(name)), encoding="utf-8")


if __name__ == "__main__":
    main()
