"""Reads a guide as people do: from its top to its bottom, in one shell and one Python.

    python tests/reader.py GUIDE LANGUAGE...

Runs the fenced code of these languages, and each indented line that begins with `export`. What a block exports or
defines is there for all that follow.
"""

import os
import re
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

BLOCK = re.compile(r"^```(python|sh|bash)\n(.*?)^```$|^    (export [^\n]*\n)", re.DOTALL | re.MULTILINE)


def blocks(text: str) -> Iterator[tuple[str, str]]:
    """The language and the code of each block, in their order."""
    for language, code, export in BLOCK.findall(text):
        yield (language, code) if language else ("export", export)


def run_shell(code: str) -> None:
    """Runs a block, and keeps what it has set for those that follow."""
    with tempfile.NamedTemporaryFile() as kept:
        script = f"set -euao pipefail\n{code}\nenv -0 > {kept.name}\n"
        subprocess.run(["bash", "-c", script], check=True)
        for setting in kept.read().decode().split("\0"):
            name, separator, value = setting.partition("=")
            if separator:
                os.environ[name] = value


def main(guide: str, *languages: str) -> None:
    """Runs a guide."""
    warnings.simplefilter("ignore")
    known: dict[str, Any] = {"__name__": "__main__"}
    for language, code in blocks(Path(guide).read_text(encoding="utf-8")):
        if language not in (*languages, "export"):
            continue
        if language == "python":
            exec(compile(code, guide, "exec"), known)
        else:
            run_shell(code)
        sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
