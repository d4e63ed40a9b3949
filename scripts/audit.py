"""Audits tasks on the connected chain: `ape run audit --network ethereum:mainnet:node --task 1 -- --gold gold.csv`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click
from ape.cli import ConnectedProviderCommand

if TYPE_CHECKING:
    from ape.api import ProviderAPI


@click.command(cls=ConnectedProviderCommand)
@click.option("--task", "tasks", type=click.IntRange(1), multiple=True, help="Which tasks; all unless given.")
@click.option("--deployment", type=click.Path(path_type=Path), help="The addresses file  [deployments/<chain id>.json]")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="[-- OPTIONS]")
def cli(provider: "ProviderAPI", tasks: tuple[int, ...], deployment: Path | None, arguments: tuple[str, ...]) -> None:
    """Find labels that are probably wrong, and what a challenge of them is worth; nothing is sent unless asked for.

    OPTIONS are those of `goldleaf audit`: --gold, --challenge, --budget, --follow, --report, --json, ...
    """
    from goldleaf_tools.cli.app import cli as goldleaf

    uri = provider.http_uri
    if uri is None:
        raise click.UsageError("the network has no node that speaks http")
    path = deployment or Path("deployments") / f"{provider.chain_id}.json"
    goldleaf.main(["audit", *map(str, tasks), "--rpc", uri, "--deployment", str(path), *arguments])
