"""Does it pay? Replays real answers through the protocol's rules: `make simulate`, or `python -m scripts.simulate`."""

import json
import time
from pathlib import Path

import click

from goldleaf_tools.cli.streams import guarded

ROOT = Path(__file__).parent.parent
SHOWN = ("recommended", "accuracy", "earnings", "challengers", "experts")
WIDTH = 160
# Annotators and items of each episode that is made again on the contracts.
SAMPLE = (6, 30)


@click.command(context_settings={"show_default": True})
@click.option("--data", multiple=True, help="A data set; repeat for several. All, unless given.")
@click.option("--seed", default=1, help="Of every choice by chance.")
@click.option("--quick", is_flag=True, help="One episode where there are else several: for a first look.")
@click.option("--check", type=click.IntRange(0), default=0, help="Sampled episodes to make again on the contracts.")
@click.option("--output", type=click.Path(path_type=Path), default=ROOT / "build" / "simulation.json", help="The JSON.")
@click.option("--document", type=click.Path(path_type=Path, exists=True), help="Write the tables anew into this file.")
def cli(data: tuple[str, ...], seed: int, quick: bool, check: int, output: Path, document: Path | None) -> None:
    """Replay real answers through the protocol's rules and say whom they pay."""
    click.get_current_context().with_resource(guarded())
    started = time.monotonic()
    # Only now, so that `ape run` lists its scripts at once.
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
    from rich.table import Table

    from scripts._simulation import experiments, sets, tables

    names = data or sets.NAMES
    if unknown := set(names) - set(sets.NAMES):
        raise click.UsageError(f"no such set: {', '.join(sorted(unknown))}; there are {', '.join(sets.NAMES)}")
    console = Console()
    if console.width < WIDTH:  # also where the output goes to a file
        console = Console(width=WIDTH)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:

        def track(title: str, cells: int) -> "experiments.Step":
            bar = progress.add_task(title, total=cells)
            return lambda: progress.advance(bar)

        found = experiments.document(names, seed, sets.FOLDER, quick=quick, track=track)
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(experiments.to_json(found), encoding="utf-8")
    made = tables.tables(found)
    for name in SHOWN:
        shown = Table(*made[name].heads, title=made[name].title)
        for row in made[name].rows:
            shown.add_row(*row)
        console.print("", shown)
    console.print("all tables and figures are in", str(output))
    if document is not None:
        document.write_text(tables.fill(document.read_text(encoding="utf-8"), made), encoding="utf-8")
        console.print("tables written into", str(document))
    if check and not agree(names, seed, check):
        raise SystemExit(1)
    console.print(f"{time.monotonic() - started:.0f} seconds")


def agree(names: "tuple[str, ...]", seed: int, episodes: int) -> bool:
    """Makes parts of episodes again on the contracts; whether every balance was the same to the unit."""
    from scripts._simulation import experiments, sweep
    from scripts._simulation.contracts import differences

    same = True
    for number, cell in enumerate(experiments.samples(names, seed, SAMPLE, episodes)):
        _, episode = sweep.episode(cell, number)
        found = differences(episode, cell.terms)
        same &= not found
        heard = sum(case.hearing is not None for case in episode.cases)
        click.echo(
            f"on the contracts: {json.dumps(cell.parameters())}: {len(episode.cases)} challenges, {heard} disputes: "
            + ("; ".join(found) or "every balance is the same to the unit")
        )
    return same


if __name__ == "__main__":
    cli()
