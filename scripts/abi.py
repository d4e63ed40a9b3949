"""Writes the ABIs that the SDK packages: `make abi`."""

import json
from pathlib import Path
from typing import Any

from scripts._compiling import describe

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "sdk" / "goldleaf" / "abi"
SOURCES = {
    "TaskEscrow": "TaskEscrow.vy",
    "GoldTest": "GoldTest.vy",
    "TaskTerms": "TaskTerms.vy",
    "Lens": "Lens.vy",
    "Court": "Court.vy",
    "RoyaltyPool": "RoyaltyPool.vy",
    "Relay": "Relay.vy",
    "CredentialGate": "gates/CredentialGate.vy",
    "TokenGate": "gates/TokenGate.vy",
    "Erc792Adapter": "adapters/Erc792Adapter.vy",
    "DrandRandomness": "randomness/DrandRandomness.vy",
    "IArbitrator": "interfaces/IArbitrator.vyi",
    "IBatchExecutor": "interfaces/IBatchExecutor.vyi",
    "IGate": "interfaces/IGate.vyi",
    "IGrader": "interfaces/IGrader.vyi",
    "IWrappedEther": "interfaces/IWrappedEther.vyi",
}


def compile_abi(name: str) -> list[dict[str, Any]]:
    """The ABI of one of `SOURCES`, by the compiler."""
    abi: list[dict[str, Any]] = describe(SOURCES[name])["abi"]
    return sorted(abi, key=lambda entry: (entry["type"], entry.get("name", "")))


def render(abi: list[dict[str, Any]]) -> str:
    return "[\n  " + ",\n  ".join(json.dumps(entry) for entry in abi) + "\n]\n"


def main() -> None:
    for name in SOURCES:
        (FOLDER / f"{name}.json").write_text(render(compile_abi(name)), encoding="utf-8")


if __name__ == "__main__":
    main()
