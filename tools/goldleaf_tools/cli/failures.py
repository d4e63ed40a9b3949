"""How a command ends when it does not succeed: exit codes, and what is told."""

from collections.abc import Callable, Sequence
from typing import Any

import click

from goldleaf import errors
from goldleaf.amounts import Units, in_base_units

from . import wording
from .streams import Unwritable

OK = 0
REFUSED = 1
USAGE = 2
NODE = 3
NOT_CONFIRMED = 4
SENT = 5
INTERRUPTED = 130

EXIT_CODES = """\b
Exit codes:
  0    done
  1    refused: by the protocol, or by a check of files, labels, keys
  2    wrong usage: an option, an argument or a setting
  3    trouble with the node: not reached, wrong chain, no gas
  4    not confirmed: declined, or nobody there to ask
  5    something was sent, and the command did not end well: the message has the hashes; see `goldleaf wait`
  130  interrupted"""


class NotConfirmed(click.ClickException):
    """Nobody agreed to what the command would have done."""

    exit_code = NOT_CONFIRMED


class Unfinished(click.ClickException):
    """The command ended otherwise than well when it had sent something: `sent` and `mined` are hashes."""

    exit_code = SENT

    def __init__(self, message: str, sent: Sequence[str], mined: Sequence[str]) -> None:
        super().__init__(message)
        self.sent = tuple(sent)
        self.mined = tuple(mined)


class Interrupted(Unfinished):
    """Somebody stopped the command when it had sent something."""


def after_sending(error: BaseException, mined: Sequence[str]) -> BaseException:
    """What to raise for what ended a command, which had these transactions mined before."""
    if isinstance(error, click.Abort | KeyboardInterrupt):
        late = error if isinstance(error, errors.SendInterrupted) else errors.SendInterrupted()
        if late is not error and not mined:
            return error
        told = " ".join(part for part in ("interrupted.", errors.tell_sent(mined, mined), str(late)) if part)
        return Interrupted(told, (*mined, *late.sent), (*mined, *late.mined))
    if not mined or isinstance(error, click.exceptions.Exit | BrokenPipeError) or not isinstance(error, Exception):
        return error
    if isinstance(error, errors.GoldleafError):
        return error.after(mined, mined)
    message = error.format_message() if isinstance(error, click.ClickException) else str(error)
    told = f"{_sentence(message or type(error).__name__)} {errors.tell_sent(mined, mined)}"
    if isinstance(error, Unwritable):  # which has its own way to be told
        error.message, error.exit_code = told, SENT
        return error
    return Unfinished(told, mined, mined)


def exit_code(error: BaseException) -> int:
    """The exit code that tells of an error."""
    if isinstance(error, errors.TransactionError) or _whereabouts(error):
        return SENT
    if isinstance(error, errors.NodeError):
        return NODE
    if isinstance(error, click.ClickException):
        return error.exit_code
    if isinstance(error, click.Abort | KeyboardInterrupt):
        return INTERRUPTED
    return REFUSED


def describe(error: BaseException, amount: Callable[[Units], str] = in_base_units) -> dict[str, Any]:
    """An error as JSON: its type, what is wrong, what to do, the value and bound that do not fit together.

    And what had been sent, if anything: all the hashes, and those of what is mined. `amount` writes amounts.
    """
    if isinstance(error, errors.GoldleafError):
        return {
            "type": type(error).__name__,
            "message": wording.message(error, amount),
            "advice": wording.advice(error, amount),
            "value": error.value,
            "bound": error.bound,
            **({"transaction": error.transaction} if isinstance(error, errors.TransactionError) else {}),
            **_whereabouts(error),
        }
    if isinstance(error, click.Abort | KeyboardInterrupt):
        kind, message, advice = "Interrupted", "interrupted", ""
    elif isinstance(error, click.UsageError):
        where = error.ctx.command_path if error.ctx is not None else "goldleaf"
        kind, message, advice = "UsageError", _sentence(error.format_message()), f"Try `{where} --help`."
    elif isinstance(error, click.ClickException):
        kind, message, advice = type(error).__name__, wording.sent(_sentence(error.format_message())), ""
    else:
        kind = type(error).__name__
        message = _sentence(f"{kind}: {error}" if str(error) else kind)
        advice = "This is a defect of goldleaf, or of something it stands on: GOLDLEAF_DEBUG=1 shows where."
    told = {"type": kind, "message": message, "advice": advice, "value": None, "bound": None}
    return {**told, **_whereabouts(error)}


def _whereabouts(error: BaseException) -> dict[str, Any]:
    """What had been sent, if anything."""
    if not isinstance(error, errors.GoldleafError | Unfinished) or not error.sent:
        return {}
    return {"sent": list(error.sent), "mined": list(error.mined)}


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?", ":")) else f"{text}."
