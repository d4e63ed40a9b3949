"""Which tests say how a contract behaves, and which contracts a change of a source reaches."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.chains import CONTRACTS, ROOT

TESTS = ROOT / "tests"
# How the sources are written is no behaviour.
NO_BEHAVIOUR = ("test_reasons.py",)
IMPORT = re.compile(r"^from (\.+)([\w.]*) import (\w+)", re.MULTILINE)


@dataclass(frozen=True)
class Area:
    """Contracts, by their paths below contracts/, and what tests them, fastest first, as patterns below tests/."""

    name: str
    contracts: tuple[str, ...]
    patterns: tuple[str, ...]

    def files(self) -> list[str]:
        """The files of tests, in the order of the patterns; of a folder, all of them."""
        found = [path for pattern in self.patterns for path in sorted(TESTS.glob(pattern))]
        return [path.relative_to(ROOT).as_posix() for path in found if path.name not in NO_BEHAVIOUR]


def area(name: str, contracts: Iterable[str], *patterns: str) -> Area:
    return Area(name, tuple(contracts), patterns)


# Those that compile and run fastest come first: most mutants need no other.
AREAS = (
    area("packing of the escrow", ["mocks/EscrowPackingHarness"], "property/test_escrow_packing.py"),
    area("packing of the court", ["mocks/CourtPackingHarness"], "property/test_court_packing.py"),
    area("packing of the pool", ["mocks/RoyaltyPackingHarness"], "property/test_royalty_packing.py"),
    area("actor", ["mocks/ActorHarness"], "attacks/test_relay_calldata.py"),
    area("relay", ["Relay"], "unit/relay/test_*.py", "attacks/test_relay_*.py", "property/test_relay.py"),
    area(
        "gates",
        ["gates/CredentialGate", "gates/TokenGate"],
        *("unit/gates/test_*.py", "attacks/test_gates_*.py", "property/test_credential_gate.py"),
    ),
    area(
        "randomness",
        ["randomness/BlockhashRandomness", "randomness/DrandRandomness"],
        *("unit/court/test_randomness.py", "unit/court/test_drand.py", "attacks/test_court_beacons.py"),
        "attacks/test_court_drawing.py",
    ),
    area(
        "adapter",
        ["adapters/Erc792Adapter"],
        *("unit/adapter/test_*.py", "attacks/test_adapter_*.py", "property/test_adapter_fees.py"),
    ),
    area(
        "pool",
        ["RoyaltyPool"],
        *("unit/royalty/test_*.py", "attacks/test_royalty_*.py", "property/test_royalty_order.py"),
        *("attacks/test_locks.py", "stateful/test_royalty_machine.py", "stateful/test_protocol_machine.py"),
    ),
    area(
        "court",
        ["Court"],
        *("unit/court/test_*.py", "attacks/test_court_*.py", "property/test_court_*.py"),
        *("attacks/test_locks.py", "stateful/test_court_machine.py", "stateful/test_protocol_machine.py"),
    ),
    area(
        "escrow",
        ["TaskTerms", "Lens", "TaskEscrow"],
        *("unit/escrow/test_*.py", "attacks/test_escrow_*.py", "attacks/test_lying_tokens.py"),
        *("property/test_escrow_[cm]*.py", "attacks/test_locks.py", "stateful/test_escrow_machine.py"),
    ),
    area(
        "gold",
        ["GoldTest"],
        *("unit/gold/test_*.py", "attacks/test_gold_*.py", "property/test_gold_*.py"),
        *("attacks/test_lying_tokens.py", "attacks/test_locks.py", "stateful/test_escrow_machine.py"),
    ),
)


@cache
def sources(contract: str) -> frozenset[str]:
    """The sources that a contract is compiled from, interfaces left out, all by their paths below contracts/."""
    found: set[str] = set()
    waiting = [CONTRACTS / f"{contract}.vy"]
    while waiting:
        path = waiting.pop()
        name = path.relative_to(CONTRACTS).as_posix()
        if name not in found:
            found.add(name)
            waiting += [imported for imported in imports(path) if imported.exists()]
    return frozenset(found)


def imports(path: Path) -> list[Path]:
    return [
        path.parents[len(dots) - 1].joinpath(*filter(None, folder.split(".")), f"{name}.vy")
        for dots, folder, name in IMPORT.findall(path.read_text())
    ]


def areas_of(file: str, areas: Iterable[Area] = AREAS) -> list[Area]:
    """The areas that a change of the source reaches."""
    return [area for area in areas if any(file in sources(contract) for contract in area.contracts)]
