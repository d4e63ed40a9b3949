"""Where the contracts are: what the `deploy` script writes and the client loads."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ._encoding.address import checksum
from .canonical import read_json
from .errors import DeploymentError

# The contracts with ledgers.
LEDGERS = ("TaskEscrow", "Court", "GoldTest", "RoyaltyPool")
# Of an escrow, where nothing else is said: who gets what is lost of stakes, an address that nobody has a key of.
SINK = "0x000000000000000000000000000000000000dEaD"
# The name of wrapped ether among a deployment's contracts.
WRAPPED_ETHER = "WrappedEther"


@dataclass(frozen=True)
class Deployment:
    """The contracts of one deployment on one chain.

    As a file it is JSON of the same shape:

        {"chain_id": 1, "block": 123, "contracts": {"TaskEscrow": "0x...", "Court": "0x...", "Token": "0x..."}}
    """

    chain_id: int
    # Block of the first deployment transaction: there are no earlier events.
    block: int
    # Name -> address. `Token` is what amounts are in when nothing else is said.
    contracts: Mapping[str, str]
    # Name -> address of arbitrators that are trusted besides `Court`.
    arbitrators: Mapping[str, str] = field(default_factory=dict)
    # Name -> address of graders that are trusted besides `GoldTest`.
    graders: Mapping[str, str] = field(default_factory=dict)
    # Name -> address of gates that tasks and courts of this deployment use.
    gates: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "contracts", _checksummed(self.contracts))
        object.__setattr__(self, "arbitrators", _checksummed(self.arbitrators))
        object.__setattr__(self, "graders", _checksummed(self.graders))
        object.__setattr__(self, "gates", _checksummed(self.gates))

    @classmethod
    def load(cls, path: str | Path) -> "Deployment":
        """Reads a deployment file. Raises `DeploymentError` if it is missing or not of this shape."""
        try:
            content: Any = read_json(Path(path).read_bytes())
            return cls(
                chain_id=int(content["chain_id"]),
                block=int(content["block"]),
                contracts=dict(content["contracts"]),
                arbitrators=dict(content.get("arbitrators", {})),
                graders=dict(content.get("graders", {})),
                gates=dict(content.get("gates", {})),
            )
        except OSError as error:
            raise DeploymentError(f"{path}: {error.strerror}") from error
        except KeyError as error:
            raise DeploymentError(f"{path} has no {error.args[0]!r}") from error
        except (ValueError, TypeError, AttributeError) as error:
            raise DeploymentError(f"{path} is not of its shape: {error}") from error

    def dump(self, path: str | Path) -> None:
        """Writes the file that `load` reads."""
        content = {
            "chain_id": self.chain_id,
            "block": self.block,
            "contracts": dict(self.contracts),
            "arbitrators": dict(self.arbitrators),
            "graders": dict(self.graders),
            "gates": dict(self.gates),
        }
        Path(path).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")

    def address(self, name: str) -> str:
        """The address of a contract. Raises `DeploymentError` if there is none of that name."""
        try:
            return self.contracts[name]
        except KeyError:
            raise DeploymentError(f"no {name} among {', '.join(self.contracts) or 'no contracts'}") from None

    def lists(self, arbitrator: str) -> bool:
        """Whether an arbitrator is the deployment's court or one that it names."""
        return arbitrator in self.arbitrators.values() or arbitrator == self.contracts.get("Court")

    def lists_grader(self, grader: str) -> bool:
        """Whether a grader is the deployment's test or one that it names."""
        return grader in self.graders.values() or grader == self.contracts.get("GoldTest")


def _checksummed(addresses: Mapping[str, str]) -> dict[str, str]:
    try:
        return {name: checksum(address) for name, address in addresses.items()}
    except ValueError as error:
        raise DeploymentError(str(error)) from error
