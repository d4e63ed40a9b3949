"""`goldleaf devnet`: a local chain with everything on it, for the developers of front ends."""

import shlex
import signal
import sys
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import click

from goldleaf import errors

from ..times import show_time
from . import inputs
from .commands import Group
from .court import Choice, choice_name
from .output import Output
from .session import Session

if TYPE_CHECKING:
    from goldleaf_devnet import Devnet

PUBLIC_KEYS = "Test accounts. Everybody knows these keys: never send them anything that is worth something."


@click.group(cls=Group, invoke_without_command=True)
@click.option("--port", type=click.IntRange(0, 65535), default=8545, show_default=True, help="0 takes a free one.")
@click.option("--block-time", type=click.IntRange(min=1), metavar="SECONDS", help="Mine a block that often.")
@click.option("--fast", is_flag=True, help="Court and tasks wait for minutes instead of days.")
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    default="goldleaf-devnet",
    show_default=True,
    help="Where deployment file, store and keys are written.",
)
@click.option("--anvil", metavar="PROGRAM", help="The anvil to run, if it is not on the PATH.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else.")
@click.pass_context
def devnet(
    ctx: click.Context,
    port: int,
    block_time: int | None,
    fast: bool,
    folder: Path,
    anvil: str | None,
    as_json: bool,
) -> None:
    """Run a local chain with everything deployed, until Ctrl-C.

    It has funded accounts for each role, jurors with seats that can be drawn, and open tasks. Needs anvil, which is
    part of Foundry.
    """
    if ctx.invoked_subcommand is not None:
        return
    # Whoever ends us ends anvil too.
    for ending in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, lambda *_: sys.exit())
    output = Output(as_json=as_json or bool(ctx.find_root().params.get("as_json")))
    options = {"port": port, "block_time": block_time, "fast": fast, "folder": folder, "anvil": anvil}
    with suppress(KeyboardInterrupt), _package().Devnet(**options) as net:
        output.result(net.describe(), lambda: _show(output, net))
        net.wait()
        raise _package().DevnetError("anvil has ended")


@devnet.command()
@click.argument("period", type=inputs.PERIOD)
@click.pass_obj
def travel(session: Session, period: timedelta) -> None:
    """Let time pass on a running devnet, and mine a block.

    PERIOD is such as 90 (seconds), 15m, 36h, 2d or 1w.
    """
    time = _package().Clock(session.settings["rpc"]).travel(int(period.total_seconds()))
    session.output.result({"time": time}, lambda: session.output.line(f"It is now {show_time(time)}."))


@devnet.command()
@click.argument("blocks", type=click.IntRange(min=1), default=1)
@click.pass_obj
def mine(session: Session, blocks: int) -> None:
    """Let blocks pass on a running devnet, one unless said otherwise.

    A jury is drawn by the hash of a block that was still to come.
    """
    time = _package().Clock(session.settings["rpc"]).mine(blocks)
    session.output.result({"time": time}, lambda: session.output.line(f"It is now {show_time(time)}."))


@devnet.command()
@click.argument("dispute", type=click.IntRange(0))
@click.argument("ruling", type=Choice())
@click.pass_obj
def rule(session: Session, dispute: int, ruling: int) -> None:
    """Have the devnet's ERC-792 arbitrator rule on a dispute: `wrong`, `not-wrong` or `undecided`."""
    _package().Judge(session.settings["rpc"], session.deployment).rule(dispute, ruling)
    value = {"dispute": dispute, "ruling": ruling}
    session.output.result(value, lambda: session.output.line(f"Dispute {dispute} is ruled: {choice_name(ruling)}."))


def _package() -> ModuleType:
    """What holds the contracts. It has a licence of its own, so it is not part of this one."""
    try:
        import goldleaf_devnet
    except ModuleNotFoundError as error:
        if error.name != "goldleaf_devnet":
            raise
        raise errors.MissingExtra("devnet") from error
    return goldleaf_devnet


def _show(output: Output, net: "Devnet") -> None:
    told = net.describe()
    output.line("Goldleaf devnet")
    output.facts([("RPC URL", told["rpc_url"]), ("chain id", told["chain_id"])])
    output.line("Contracts")
    output.facts(list(told["contracts"].items()))
    output.line("Arbitrators besides the court, and gates")
    output.facts([*told["arbitrators"].items(), *told["gates"].items()])
    output.line(PUBLIC_KEYS)
    output.facts(
        [(role, f"{account['address']}  {account['private_key']}") for role, account in told["accounts"].items()]
    )
    output.facts([("mnemonic", told["mnemonic"])])
    output.line("Open tasks")
    output.facts([(f"task {task['id']}", f"manifest {task['manifest']}") for task in told["tasks"]])
    output.line("For the shell")
    for variable, value in told["environment"].items():
        output.line(f"  export {variable}={shlex.quote(value)}")
    output.line("Ctrl-C ends it.")
