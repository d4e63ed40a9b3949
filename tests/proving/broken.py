"""Contracts with one fault, of which a claim has to fail."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.proving.claim import Refuted
from tests.proving.source import CONTRACTS, Source

# A module, what is right and what is wrong in it, a claim, and what the claim then says.
Fault = tuple[str, str, str, Callable[[Source], None], str]


def refuted(folder: Path, fault: Fault, *deployables: str) -> str:
    """What the claim says of the contracts with the fault: that it does not hold, for the cause that is named."""
    module, right, wrong, claim, words = fault
    shutil.copytree(CONTRACTS, folder / "contracts")
    path = folder / "contracts" / "modules" / f"{module}.vy"
    text = path.read_text()
    assert text.count(right) == 1, f"{right} is not once in {module}"
    path.write_text(text.replace(right, wrong))
    with pytest.raises(Refuted, match="It does not hold that") as found:
        claim(Source(*deployables, contracts=folder / "contracts"))
    assert words in str(found.value)
    return str(found.value)
