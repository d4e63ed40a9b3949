"""What the compiler tells of a contract besides its code, each compiled once in a process."""

from functools import cache
from pathlib import Path
from typing import Any

from vyper.cli.vyper_compile import get_search_paths
from vyper.compiler import compile_from_file_input
from vyper.compiler.input_bundle import FilesystemInputBundle

CONTRACTS = Path(__file__).parent.parent / "contracts"


@cache
def describe(source: str) -> dict[str, Any]:
    """`abi`, and of a contract `userdoc` and `devdoc` too; by the path of its source below `contracts/`."""
    bundle = FilesystemInputBundle(get_search_paths())
    file = bundle.load_file(CONTRACTS / source)
    formats = ["abi"] if source.endswith(".vyi") else ["abi", "userdoc", "devdoc"]
    outputs: dict[str, Any] = compile_from_file_input(file, input_bundle=bundle, output_formats=formats)
    return outputs
