"""What all commands have in common: shared options, one way to end, one way to fail."""

import os
import signal
import sys
import threading
import traceback
import warnings
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import click

from goldleaf import errors

from . import failures
from .output import Output
from .session import Session
from .settings import PRECEDENCE, Settings
from .streams import NAMES, Unwritable, guarded
from .suggestions import suggest


def _shared() -> list[click.Parameter]:
    return [
        click.Option(["--json", "as_json"], is_flag=True, default=None, help="Print a JSON document and nothing else."),
        click.Option(
            ["--base-units"], is_flag=True, default=None, help="Show amounts in base units, 8000000u, as --json does."
        ),
        click.Option(["--rpc"], metavar="URL", help="The node."),
        click.Option(["--deployment"], metavar="FILE", help="The deployment: where the contracts are."),
        click.Option(["--account"], metavar="NAME|ADDRESS", help="Who acts: a keystore, or an address."),
        click.Option(["--home"], metavar="FOLDER", help="Where settings, keystores and work in progress lie."),
        click.Option(["--store"], metavar="URI", help="Where label sets are written."),
        click.Option(["--password-file"], metavar="FILE", help="Holds the password of the keystore."),
        click.Option(["--timeout"], metavar="SECONDS", help="How long to wait until a transaction is mined."),
    ]


def _acting() -> list[click.Parameter]:
    return [
        click.Option(["--yes", "-y"], is_flag=True, help="Do not ask."),
        click.Option(["--dry-run"], is_flag=True, help="Say what would happen; send nothing."),
        click.Option(["--unsigned"], is_flag=True, help="Print the transactions for a wallet; send nothing."),
    ]


def _depositing() -> list[click.Parameter]:
    return [
        click.Option(["--deposit"], is_flag=True, help="Deposit first what the free balance lacks for it."),
        click.Option(["--wrap"], is_flag=True, help="With --deposit, of wrapped ether: make it of ether."),
    ]


SHARED = tuple(str(parameter.name) for parameter in _shared())
ACTING = tuple(str(parameter.name) for parameter in _acting())
DEPOSITING = tuple(str(parameter.name) for parameter in _depositing())


class Command(click.Command):
    """A command that reads. Its function is given the `Session`."""

    # Options that say how it acts, as far as it has them: they are the session's, and not given to the function.
    acting: tuple[str, ...] = ACTING

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params.extend(_shared())

    def invoke(self, ctx: click.Context) -> Any:
        """Takes the shared options, here or before the command's name, out of the function's way."""
        before = ctx.find_root().params
        given = {name: ctx.params.pop(name) for name in SHARED}
        shared = {name: before.get(name) if value is None else value for name, value in given.items()}
        acting = {name: ctx.params.pop(name) for name in self.acting if name in ctx.params}
        acting["base_units"] = bool(shared["base_units"])
        ctx.obj = Session(Settings(shared), Output(as_json=bool(shared["as_json"])), **acting)
        ctx.call_on_close(ctx.obj.close)
        with warnings.catch_warnings():
            warnings.simplefilter("always", errors.GoldleafWarning)
            shown = warnings.showwarning

            def tell(message: Warning | str, category: type[Warning], *rest: Any, **more: Any) -> None:
                if issubclass(category, errors.GoldleafWarning):
                    ctx.obj.output.note(message.args[0] if isinstance(message, Warning) else message)
                else:
                    shown(message, category, *rest, **more)

            warnings.showwarning = tell
            try:
                return super().invoke(ctx)
            except click.exceptions.Exit:
                raise
            except (Exception, KeyboardInterrupt) as error:
                # Here amounts can be told in whole tokens, for the node can still be asked.
                if isinstance(error, click.UsageError) and error.ctx is None:
                    error.ctx = ctx
                ctx.exit(_fail(ctx.obj.output, failures.after_sending(error, ctx.obj.sent)))

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Lists the command's own options first."""
        own: list[tuple[str, str]] = []
        acting: list[tuple[str, str]] = []
        shared: list[tuple[str, str]] = []
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None:
                group = shared if parameter.name in SHARED else acting if parameter.name in self.acting else own
                group.append(record)
        for title, records in (("Options", own), ("Sending", acting), ("Everywhere", shared)):
            if records:
                with formatter.section(title):
                    formatter.write_dl(records)


class Action(Command):
    """A command that sends transactions."""

    def __init__(self, *args: Any, deposits: bool = False, **kwargs: Any) -> None:
        """`deposits`: what it does is paid out of a free balance, in which may be deposited first."""
        super().__init__(*args, **kwargs)
        self.params.extend(_acting())
        if deposits:
            self.acting = (*ACTING, *DEPOSITING)
            self.params.extend(_depositing())

    def invoke(self, ctx: click.Context) -> Any:
        """Runs it, and lets whoever ends it hear what had been sent by then."""
        if threading.current_thread() is not threading.main_thread():
            return super().invoke(ctx)
        before = signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            return super().invoke(ctx)
        finally:
            signal.signal(signal.SIGTERM, before)


class Group(click.Group):
    """Commands about one thing."""

    command_class = Command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """Finds the command, or says which one may have been meant."""
        name = args[0]
        if self.get_command(ctx, name) is None and not name.startswith("-") and not ctx.resilient_parsing:
            ctx.fail(f"No such command {name!r}.{suggest(ctx, self, name)}")
        return super().resolve_command(ctx, args)

    def action(self, name: str | None = None, *, deposits: bool = False) -> Callable[[Callable[..., Any]], Action]:
        """Declares a command that sends transactions."""

        def declare(function: Callable[..., Any]) -> Action:
            command = click.command(name, cls=Action, deposits=deposits)(function)
            self.add_command(command)
            return command

        return declare


class Root(Group):
    """The program: turns every error into a sentence and an exit code."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params.extend(_shared())

    def main(self, args: Sequence[str] | None = None, *rest: Any, **extra: Any) -> Any:
        """Runs and exits. GOLDLEAF_DEBUG=1 shows tracebacks and the warnings of libraries."""
        given = list(sys.argv[1:] if args is None else args)
        with guarded() as closed:
            if closed:
                left = sys.stderr if "stdout" in closed else sys.stdout
                for name in closed:
                    click.echo(
                        f"Error: {NAMES[name]} is closed: to see nothing of it, send it to /dev/null.", file=left
                    )
                sys.exit(failures.USAGE)
            sys.exit(self._run(given, *rest, **extra))

    def _run(self, given: list[str], *rest: Any, **extra: Any) -> int:
        """The exit code, when all is told."""
        extra["standalone_mode"] = False
        try:
            with warnings.catch_warnings():
                if not _debugs():
                    warnings.simplefilter("ignore")
                result = super().main(given, *rest, **extra)
        except (Exception, KeyboardInterrupt) as error:
            return _fail(Output(as_json="--json" in given), error)
        # Without standalone mode, `ctx.exit` and `--help` come back as a number.
        return result if isinstance(result, int) else failures.OK


def _fail(output: Output, error: BaseException) -> int:
    """Tells what went wrong; the exit code."""
    if _debugs():
        traceback.print_exc()
    with suppress(Unwritable):
        output.failure(error)
    return failures.exit_code(error)


def _debugs() -> bool:
    return bool(os.environ.get("GOLDLEAF_DEBUG"))


HELP_END = f"{PRECEDENCE}\n\n{failures.EXIT_CODES}"
