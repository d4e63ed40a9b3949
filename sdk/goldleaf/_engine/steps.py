"""What the engine's generators yield."""

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

T = TypeVar("T")

# Reads and estimates are made in the block that is being built, so that they see its time. On a node that refuses this
# they are made in the latest block.
PENDING, LATEST = "pending", "latest"


@dataclass(frozen=True, slots=True)
class Ask:
    """A JSON-RPC request; answered with its result, or fails with a `GoldleafError`."""

    method: str
    params: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class AskAll:
    """Several requests at once; answered with a list of their results, in which what failed is its error."""

    asks: tuple[Ask, ...]


@dataclass(frozen=True, slots=True)
class Exchange:
    """A message of one request or several, sent once; answered as `AskAll`, or fails as a whole."""

    asks: tuple[Ask, ...]


@dataclass(frozen=True, slots=True)
class Sleep:
    """Some seconds pass; answered with None."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Locked:
    """Steps that no other ones of the same account run beside; answered with what they return."""

    account: str
    steps: "Steps[Any]"


Step: TypeAlias = Ask | AskAll | Exchange | Sleep | Locked
Steps: TypeAlias = Generator[Step, Any, T]
