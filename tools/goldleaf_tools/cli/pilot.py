"""`goldleaf autopilot`: does in time what has a deadline."""

import logging
import signal
from datetime import timedelta
from types import FrameType
from typing import Any

import click

from goldleaf.amounts import write
from goldleaf.errors import GoldleafError

from ..autopilot import CAUTIOUS, Autopilot, Policy, Report
from ..autopilot.snapshot import DEPTH
from ..times import show_time
from . import failures, plans, wording
from .acting import agree
from .clean import clean
from .commands import Command
from .inputs import AMOUNT, PERIOD
from .labelling import OwnLabels, OwnStore
from .session import Session


class _Told(logging.Handler):
    """Shows what the autopilot has to say, on standard error."""

    def __init__(self, session: Session) -> None:
        super().__init__(logging.INFO)
        self._session = session

    def emit(self, record: logging.LogRecord) -> None:
        level = f"{record.levelname}: " if record.levelno >= logging.WARNING else ""
        if isinstance(record.args, tuple):
            record.args = tuple(_worded(self._session, each) for each in record.args)
        click.echo(f"{level}{clean(record.getMessage())}", err=True)


def _worded(session: Session, told: Any) -> Any:
    """What is told, an error in the words of the command line, amounts as people write them."""
    if isinstance(told, str):
        return write(told, session.amount)
    return wording.message(told, session.amount) if isinstance(told, GoldleafError) else told


@click.command(cls=Command)
@click.option("--once", is_flag=True, help="One pass: do what can be done now, and end.")
@click.option("--until-done", is_flag=True, help="End when there is nothing left to do or to wait for.")
@click.option("--poll", type=PERIOD, default="1m", show_default=True, help="Look at least that often what others do.")
@click.option("--defend-up-to", type=AMOUNT, help="Defend what is challenged, for at most so much each.")
@click.option("--appeal-up-to", type=AMOUNT, help="Appeal rulings against your challenges, for at most so much each.")
@click.option("--withdraw-from", type=AMOUNT, help="Withdraw free balances of at least so much.")
@click.option(
    "--confirmations",
    type=click.IntRange(0, DEPTH),
    default=CAUTIOUS.confirmations,
    show_default=True,
    help="Publish and reveal when so many blocks confirm that nobody can commit any more.",
)
@click.option(
    "--note-from",
    type=PERIOD,
    default="1d",
    show_default=True,
    help="Note that a batch of yours is sealed, for its gas, where you may publish at least so much earlier for it.",
)
@click.option(
    "--relay", "relays", multiple=True, metavar="URL", help="Of the court's drand chain; see `court show-beacon`."
)
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@click.pass_context
def autopilot(
    context: click.Context,
    /,
    once: bool,
    until_done: bool,
    poll: timedelta,
    confirmations: int,
    note_from: timedelta,
    relays: tuple[str, ...],
    **amounts: Any,
) -> None:
    """Keep an annotator, challenger, juror or requester safe: do in time whatever has a deadline.

    It publishes what is committed, where labels are tested what has passed, files planned challenges, reveals votes,
    shows labels that were challenged as unavailable, opens and waives known answers by the plans that `goldleaf test
    plan` has kept, shows the beacons by which jurors are drawn, settles and claims. It expires work that was not
    delivered in time, yours and in your tasks, and closes these when nothing is under way any more. What only you can
    decide (to deliver, to vote, to concede, to dispute known answers) it announces. Where your account has code that
    does several calls as one (EIP-7702, ERC-7821), it sends what is due together as one transaction, and says so. It
    may be stopped and started again at any time, and waits for a node that is away. With --json it prints a document on
    a line of its own for each pass that has done something. Ends with another code than 0 if something failed in the
    last pass, or is too late.
    """
    session: Session = context.obj
    limits: dict[str, Any] = {name: units(session, amount) for name, amount in amounts.items()}
    policy = Policy(confirmations=confirmations, note_from=int(note_from.total_seconds()), **limits)
    facts = [("publishes", "labels that are committed: they are public for good")]
    if policy.defend_up_to is not None:
        facts.append(("pays", f"up to {session.token().show(policy.defend_up_to)} for each defence"))
    if policy.appeal_up_to is not None:
        facts.append(("pays", f"up to {session.token().show(policy.appeal_up_to)} for each appeal that is worth it"))
    agree(session, f"Let the autopilot act for {session.account} without asking", facts)
    pilot = Autopilot(
        session.signer,
        session.keyring,
        session.memory,
        reader=OwnLabels(session),
        evidence=OwnStore(session),
        relays=session.relays(relays),
        policy=policy,
        plans=lambda task: plans.of_task(session, task),
    )
    log = logging.getLogger("goldleaf_tools.autopilot")
    told = _Told(session)
    log.addHandler(told)
    level, log.level = log.level, logging.INFO
    try:
        if once:
            last: Report | None = (found := pilot.step())
            session.output.result(_report(session, found), lambda: _print(session, found))
        else:
            last = fly(session, pilot, poll, until_done)
    finally:
        log.removeHandler(told)
        log.setLevel(level)
    if last is not None:
        context.exit(_exit_code(last))


def fly(session: Session, pilot: Autopilot, poll: timedelta, until_done: bool) -> Report | None:
    """Runs until it is done, or stopped by a signal, between two steps; the report of the last pass that ended."""
    stopped: list[int] = []
    last: list[Report] = []

    def stop(number: int, frame: FrameType | None) -> None:
        if stopped:  # whoever insists
            raise KeyboardInterrupt
        stopped.append(number)

    def report(found: Report) -> None:
        last[:] = [found]
        if found.done or found.failed:
            session.output.event(_report(session, found), _summary(found))

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        pilot.run(poll=poll, until_done=until_done, stop=lambda: bool(stopped), report=report)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return last[0] if last else None


def _exit_code(found: Report) -> int:
    """How a pass ends: with what failed, or was too late."""
    codes = {failures.exit_code(failed.error) for failed in found.failed}
    if any(duty.is_missed(found.time) for duty in found.left):
        codes.add(failures.REFUSED)
    # That something may have been sent is what people have to know first.
    return failures.SENT if failures.SENT in codes else min(codes, default=failures.OK)


def _report(session: Session, found: Report) -> dict[str, Any]:
    return {
        "time": found.time,
        "done": [{"step": str(done.duty), "transaction": done.transaction} for done in found.done],
        "failed": [{"step": str(failed.duty), "error": str(_worded(session, failed.error))} for failed in found.failed],
        "left": [{"step": str(duty), "from": duty.start, "before": duty.end} for duty in found.left],
    }


def _print(session: Session, found: Report) -> None:
    session.output.line(_summary(found))
    rows = [(duty, show_time(duty.start), show_time(duty.end) if duty.end is not None else "") for duty in found.left]
    session.output.table(["left", "from", "before"], rows, nothing="nothing is left to do")


def _summary(found: Report) -> str:
    done, sent = len(found.done), len({each.transaction for each in found.done})
    as_one = f" by {sent} transaction{'s' * (sent > 1)}" if sent < done else ""
    return f"{show_time(found.time)}: {done} done{as_one}, {len(found.failed)} failed, {len(found.left)} left"


def units(session: Session, amount: Any) -> int | None:
    return None if amount is None else session.reader.ledger.base_units(amount)
