"""Writes the ABIs that the SDK packages: `make abi`."""

import json
from pathlib import Path
from typing import Any

from vyper.cli.vyper_compile import get_search_paths
from vyper.compiler import compile_from_file_input
from vyper.compiler.input_bundle import FilesystemInputBundle

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "sdk" / "goldleaf" / "abi"
SOURCES = {
    "TaskEscrow": "TaskEscrow.vy",
    "Court": "Court.vy",
    "RoyaltyPool": "RoyaltyPool.vy",
    "Relay": "Relay.vy",
    "CredentialGate": "gates/CredentialGate.vy",
    "TokenGate": "gates/TokenGate.vy",
    "Erc792Adapter": "adapters/Erc792Adapter.vy",
    "IArbitrator": "interfaces/IArbitrator.vyi",
    "IGate": "interfaces/IGate.vyi",
    "IWrappedEther": "interfaces/IWrappedEther.vyi",
}


def compile_abi(name: str) -> list[dict[str, Any]]:
    """The ABI of one of `SOURCES`, by the compiler."""
    bundle = FilesystemInputBundle(get_search_paths())
    source = bundle.load_file(ROOT / "contracts" / SOURCES[name])
    abi: list[dict[str, Any]] = compile_from_file_input(source, input_bundle=bundle, output_formats=["abi"])["abi"]
    return sorted(abi, key=lambda entry: (entry["type"], entry.get("name", "")))


def render(abi: list[dict[str, Any]]) -> str:
    return "[\n  " + ",\n  ".join(json.dumps(entry) for entry in abi) + "\n]\n"


def main() -> None:
    for name in SOURCES:
        (FOLDER / f"{name}.json").write_text(render(compile_abi(name)), encoding="utf-8")


if __name__ == "__main__":
    main()
