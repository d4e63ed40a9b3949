"""Does it pay? Real answers under the protocol's rules: `make simulate`, or `python -m scripts.simulate`."""

import time
from pathlib import Path

import click

from goldleaf_tools.cli.streams import guarded

ROOT = Path(__file__).parent.parent
SHOWN = ("held-out", "pay", "cheats", "errors", "presets")
WIDTH = 160


@click.command(context_settings={"show_default": True})
@click.option("--data", multiple=True, help="A data set; repeat for several. All, unless given.")
@click.option("--seed", default=1, help="Of every choice by chance.")
@click.option("--quick", is_flag=True, help="One trial where there are else many: for a first look.")
@click.option("--output", type=click.Path(path_type=Path), default=ROOT / "build" / "simulation.json", help="The JSON.")
@click.option("--document", type=click.Path(path_type=Path, exists=True), help="Write the tables anew into this file.")
@click.option("--charts", type=click.Path(path_type=Path), help="Draw the charts anew into this folder.")
def cli(
    data: tuple[str, ...], seed: int, quick: bool, output: Path, document: Path | None, charts: Path | None
) -> None:
    """Simulate tasks with real people's answers, and say whom the protocol pays."""
    click.get_current_context().with_resource(guarded())
    started = time.monotonic()
    # Only now, so that `ape run` lists its scripts at once.
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
    from rich.table import Table

    from scripts._simulation import charts as drawn
    from scripts._simulation import experiments, sets, tables

    names = data or sets.NAMES
    if unknown := set(names) - set(sets.NAMES):
        raise click.UsageError(f"no such set: {', '.join(sorted(unknown))}; there are {', '.join(sets.NAMES)}")
    if len(names) == 1:
        raise click.UsageError("terms are chosen on other sets than they are judged on: give two sets or more")
    console = Console()
    if console.width < WIDTH:  # also where the output goes to a file
        console = Console(width=WIDTH)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:

        def track(title: str, steps: int) -> "experiments.Step":
            bar = progress.add_task(title, total=steps)
            return lambda: progress.advance(bar)

        found = experiments.document(names, seed, quick=quick, track=track)
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
    if charts is not None:
        drawn.draw(found, charts)
        console.print("charts drawn into", str(charts))
    console.print(f"{time.monotonic() - started:.0f} seconds")


if __name__ == "__main__":
    cli()
