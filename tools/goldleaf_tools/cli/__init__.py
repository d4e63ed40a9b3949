"""The command `goldleaf`: everything that the protocol offers, for people at a terminal and for scripts."""


def main() -> None:
    """What the console script runs."""
    from .app import cli

    cli(prog_name="goldleaf")
