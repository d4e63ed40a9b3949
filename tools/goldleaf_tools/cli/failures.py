"""How a command ends when it does not succeed: exit codes, and what is told."""

from collections.abc import Callable
from typing import Any

import click

from goldleaf import errors
from goldleaf.amounts import Units, in_base_units

from . import wording

OK = 0
REFUSED = 1
USAGE = 2
NODE = 3
NOT_CONFIRMED = 4
UNKNOWN = 5
INTERRUPTED = 130

EXIT_CODES = """\b
Exit codes:
  0    done
  1    refused: by the protocol, or by a check of files, labels, keys
  2    wrong usage: an option, an argument or a setting
  3    trouble with the node: not reached, wrong chain, no gas
  4    not confirmed: declined, or nobody there to ask
  5    sent, and not known to be mined: see `goldleaf wait`
  130  interrupted"""


class NotConfirmed(click.ClickException):
    """Nobody agreed to what the command would have done."""

    exit_code = NOT_CONFIRMED


def exit_code(error: BaseException) -> int:
    """The exit code that tells of an error."""
    if isinstance(error, errors.TransactionError):
        return UNKNOWN
    if isinstance(error, errors.NodeError):
        return NODE
    if isinstance(error, click.ClickException):
        return error.exit_code
    if isinstance(error, click.Abort | KeyboardInterrupt):
        return INTERRUPTED
    return REFUSED


def describe(error: BaseException, amount: Callable[[Units], str] = in_base_units) -> dict[str, Any]:
    """An error as JSON: its type, what is wrong, what to do, and the value and bound that do not fit together.

    `amount` writes amounts.
    """
    if isinstance(error, errors.GoldleafError):
        return {
            "type": type(error).__name__,
            "message": wording.message(error, amount),
            "advice": wording.advice(error),
            "value": error.value,
            "bound": error.bound,
            **({"transaction": error.transaction} if isinstance(error, errors.TransactionError) else {}),
        }
    if isinstance(error, click.Abort | KeyboardInterrupt):
        kind, message, advice = "Interrupted", "interrupted", ""
    elif isinstance(error, click.UsageError):
        where = error.ctx.command_path if error.ctx is not None else "goldleaf"
        kind, message, advice = "UsageError", _sentence(error.format_message()), f"Try `{where} --help`."
    elif isinstance(error, click.ClickException):
        kind, message, advice = type(error).__name__, _sentence(error.format_message()), ""
    else:
        kind = type(error).__name__
        message = _sentence(f"{kind}: {error}" if str(error) else kind)
        advice = "This is a defect of goldleaf, or of something it stands on: GOLDLEAF_DEBUG=1 shows where."
    return {"type": kind, "message": message, "advice": advice, "value": None, "bound": None}


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?", ":")) else f"{text}."
