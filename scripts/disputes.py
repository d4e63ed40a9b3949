"""Looks at disputes on the network that ape is connected to.

ape run disputes list --network ethereum:mainnet:node
ape run disputes verify 1/0/0 --network ...
"""

from typing import TYPE_CHECKING, Any

import click
from ape.cli import ConnectedProviderCommand

from goldleaf import Goldleaf
from goldleaf_tools.cli import disputes as commands
from goldleaf_tools.cli.commands import Root
from goldleaf_tools.cli.inputs import ADDRESS, CHALLENGE_OR_DISPUTE
from goldleaf_tools.cli.output import Output
from goldleaf_tools.cli.session import Session
from goldleaf_tools.cli.settings import Settings
from goldleaf_tools.cli.streams import guarded

if TYPE_CHECKING:
    from ape.api import ProviderAPI

challenge_argument = click.argument("challenge", type=CHALLENGE_OR_DISPUTE, metavar="TASK/SLOT/NUMBER|DISPUTE")


def shared(function: Any) -> Any:
    """Options of all commands."""
    function = click.option("--deployment", help="The deployment: where the contracts are.")(function)
    return click.option("--json", "as_json", is_flag=True, help="Print a JSON document and nothing else.")(function)


def connect(provider: "ProviderAPI", deployment: str | None, as_json: bool) -> Session:
    """A run of `goldleaf` over ape's connection."""
    click.get_current_context().with_resource(guarded())
    session = Session(Settings({"deployment": deployment}), Output(as_json=as_json))
    session.reader = Goldleaf(provider.web3, session.deployment)
    return session


@click.group(cls=Root)
def cli(**_: object) -> None:
    """List, explain and verify challenges and the disputes over them."""


@cli.command("list", cls=ConnectedProviderCommand)
@click.option("--open/--closed", "is_open", default=None, help="Only those that are not settled, or that are.")
@click.option("--task", type=click.IntRange(1), help="Only those about this task.")
@click.option("--court", type=ADDRESS, help="Only those before this arbitrator.")
@click.option("--party", type=ADDRESS, help="Only those in which this account is challenger or defender.")
@shared
def list_(
    provider: "ProviderAPI",
    is_open: bool | None,
    task: int | None,
    court: str | None,
    party: str | None,
    deployment: str | None,
    as_json: bool,
) -> None:
    """List challenges, oldest first."""
    commands.list_challenges(connect(provider, deployment, as_json), is_open, task, court, party)


@cli.command(cls=ConnectedProviderCommand)
@challenge_argument
@shared
def show(provider: "ProviderAPI", challenge: int, deployment: str | None, as_json: bool) -> None:
    """Explain one: who claims what, what is at stake, where it stands, what can be done next, how it ended."""
    commands.explain(connect(provider, deployment, as_json), challenge)


@cli.command(cls=ConnectedProviderCommand)
@challenge_argument
@click.option("--all", "whole", is_flag=True, help="Show everything that was looked at, not only payments.")
@shared
def verify(provider: "ProviderAPI", challenge: int, whole: bool, deployment: str | None, as_json: bool) -> None:
    """Verify one from the events of the chain alone: does each payment follow the rules? Ends with 1 if not."""
    if not commands.verify_rules(connect(provider, deployment, as_json), challenge, whole):
        raise SystemExit(1)
