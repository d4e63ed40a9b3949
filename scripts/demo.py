"""Plays the whole protocol on real answers: `make demo`, `make demo DATA=weather`."""

import time
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import click
from ape.cli import ConnectedProviderCommand
from ape.logging import LogLevel, logger

from goldleaf_tools.cli.streams import guarded
from scripts._data import MOST_ANNOTATORS, NAMES, load
from scripts._offers import OFFERS

if TYPE_CHECKING:
    from ape.api import ProviderAPI


# Columns that the tables need.
WIDTH = 100


@click.command(cls=ConnectedProviderCommand, context_settings={"show_default": True})
@click.option("--data", type=click.Choice(NAMES), default="mammo", help="The data set.")
@click.option("--seed", default=1, help="Of every choice by chance.")
@click.option("--error", type=click.FloatRange(0, 1), default=0.2, help="Chance that a juror's vote is wrong.")
@click.option("--jurors", type=click.IntRange(15, 100), default=18, help="Jurors with one seat each.")
@click.option("--tolerance", type=click.FloatRange(0, 0.5), help="Share of wrong labels that is tolerated.")
@click.option("--stake", type=Decimal, help="Per label, in whole tokens.")
@click.option(
    "--annotators", type=click.IntRange(2, MOST_ANNOTATORS), help="How many; by default what gives the most answers."
)
@click.option("--items", type=click.IntRange(1), help="How many at most.")
@click.option("--output", type=click.Path(path_type=Path), default=Path("build/demo"), help="Where files are written.")
def cli(
    provider: "ProviderAPI",
    data: str,
    seed: int,
    error: float,
    jurors: int,
    tolerance: float | None,
    stake: Decimal | None,
    annotators: int | None,
    items: int | None,
    output: Path,
) -> None:
    """Play the whole protocol on real answers, on a chain inside this process."""
    click.get_current_context().with_resource(guarded())
    if provider.name != "test":
        raise click.UsageError("the demo plays on ape's in-process chain: --network ethereum:local:test")
    started = time.monotonic()
    # Only now, so that `ape run` lists its scripts at once.
    from rich.console import Console

    from goldleaf.errors import NoTestFits, TooFewKnownItems
    from goldleaf.stores import Store
    from scripts._gold import lay_out
    from scripts._play import Play
    from scripts._report import Report, introduction
    from scripts._stage import Stage, bars

    console = Console()
    if console.width < WIDTH:  # also where the output goes to a file
        console = Console(width=WIDTH)
    folder = output / data
    offer = OFFERS[data].tested.changed(tolerance=tolerance, stake=stake)
    block = load(data, seed, annotators=annotators, items=items)
    size = offer.batch_size(len(block.items))
    # All batches are whole.
    block = load(data, seed, annotators=annotators, items=len(block.items) // size * size)
    plan, untested = None, ""
    try:
        block, plan = lay_out(block, offer, seed)
    except (NoTestFits, TooFewKnownItems) as none:
        untested = str(none)
    logger.set_level(LogLevel.WARNING)
    with bars(console) as progress:
        stage = Stage(provider, seed, offer, progress)
        store = Store(folder / "store", public="keccak256:")
        play = Play(stage, block, offer, plan, store, seed=seed, error=error, jurors=jurors)
        console.print(introduction(play, seed, untested), "")
        play.run()

    report = Report(play)
    console.print("", *report.story(), sep="\n")
    for table in (report.annotators_table(), report.others_table(), report.gas_table()):
        console.print("", table)
    checks = report.checks()
    for check, holds in checks.items():
        console.print("[green]checked[/]" if holds else "[red]BROKEN[/]", check)
    for path in report.write(folder):
        console.print("written to", str(path))
    console.print(f"{time.monotonic() - started:.0f} seconds")
    if not all(checks.values()):
        raise SystemExit(1)
