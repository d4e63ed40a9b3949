"""The command `goldleaf`: everything that the SDK can do, for people at a terminal and for scripts."""

import sys


def main() -> None:
    """What the console script runs."""
    try:
        from .app import cli
    except ModuleNotFoundError as error:
        if error.name not in ("click", "rich"):
            raise
        from ..errors import MissingExtra

        sys.exit(str(MissingExtra("cli")))
    cli(prog_name="goldleaf")
