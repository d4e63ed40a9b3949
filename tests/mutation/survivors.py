"""Mutants that no test finds, each with the reason: `survivors.toml`.

An equivalent one does what the contract does, for whatever input can occur; one that isn't is left alone on purpose.
"""

import json
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from tests.mutation.mutants import Mutant

FILE = Path(__file__).with_name("survivors.toml")


@cache
def entries() -> list[dict[str, Any]]:
    """In the order of the file."""
    found: list[dict[str, Any]] = tomllib.loads(FILE.read_text()).get("mutant", [])
    return found


def entry(mutant: Mutant) -> str:
    """An entry of the file, to be given its reason."""
    names = ("id", "file", "function", "operator", "was", "now")
    told = [f"{name} = {json.dumps(getattr(mutant, name))}" for name in names]
    return "\n".join(["[[mutant]]", *told, "equivalent = true", 'reason = ""'])
