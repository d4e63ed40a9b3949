"""`goldleaf audit`: which labels are probably wrong, what a challenge of them is worth, and what became of it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from goldleaf.encoding import checked_address

from ..autopilot import Policy
from . import show
from .acting import agree
from .commands import Command
from .index import open_index
from .inputs import AMOUNT, TASK
from .labelling import Reading, file_options, read_gold
from .pilot import fly, units
from .session import Session, Token

if TYPE_CHECKING:
    from ..audit.filing import Filing, Order
    from ..audit.result import TaskAudit
    from ..index import Index

# Suspects that are listed; with --json, and in reports, are all.
LISTED = 20
# Seconds that a commitment has to be old, and between two looks.
POLL = timedelta(seconds=15)


@click.command(cls=Command)
@click.argument("tasks", type=TASK, nargs=-1, metavar="[TASK...]")
@click.option(
    "--gold",
    metavar="FILE|FOLDER",
    help="What you know: CSV, JSON Lines or Label Studio, with `item`, `label`, maybe `task`.",
)
@file_options
@click.option("--database", metavar="URL", help="The index; in the home folder unless given.")
@click.option(
    "--ether-price",
    type=click.FloatRange(0, 1e12),
    default=0.0,
    help="What an ether is worth in whole tokens, to count gas.",
)
@click.option("--report", metavar="FOLDER", help="Write a report of each task.")
@click.option("--scheduler", metavar="ADDRESS", help="Audit each task on its own on this Dask cluster.")
@click.option("--challenge/--dry-run", help="File what is worth it; or only say so, which is the default.")
@click.option(
    "--threshold",
    type=click.FloatRange(0, 1),
    default=0.9,
    show_default=True,
    help="File only where each label of a challenge is wrong with this chance at least.",
)
@click.option("--least-value", type=AMOUNT, help="File only what is expected to earn so much.")
@click.option(
    "--budget",
    type=AMOUNT,
    help="The most that may be locked or lost, in bonds and appeals, with those that are not over yet; gas is apart.",
)
@click.option(
    "--trust",
    metavar="ADDRESS",
    multiple=True,
    help="Challenge under this arbitrator too, which is not the deployment's.",
)
@click.option("--deposit", is_flag=True, help="Deposit first what the free balance lacks for the bonds.")
@click.option(
    "--no-wait", is_flag=True, help="Do not wait for the minute that a commitment must be old; --follow files."
)
@click.option(
    "--follow", is_flag=True, help="Follow your challenges to the end: file, draw, settle; may be stopped at will."
)
@click.option(
    "--appeal-up-to",
    type=AMOUNT,
    help="With --follow: appeal what is worth it, for at most so much each, out of the budget.",
)
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@click.pass_obj
def audit(
    session: Session,
    /,
    tasks: tuple[int, ...],
    challenge: bool,
    follow: bool,
    no_wait: bool,
    report: str | None,
    appeal_up_to: Any,
    **options: Any,
) -> None:
    """Audit TASKS, or all: fetch and verify labels, find what is probably wrong, and say what a challenge is worth.

    Nothing is sent unless --challenge is given, with a --budget. What was committed is remembered, so it may be stopped
    at any time: --follow goes on.

    The budget bounds all tokens that can be locked or lost, by this run and by earlier ones that are not over: bonds of
    challenges, and fees of appeals, for which --appeal-up-to keeps so much of it back.
    """
    index = open_index(session, options["database"])
    if (challenge or appeal_up_to is not None) and options["budget"] is None:
        raise click.UsageError("say how much may be locked: --budget AMOUNT")
    if appeal_up_to is not None and not follow:
        raise click.UsageError("--appeal-up-to goes with --follow")
    audits = _audit(session, index, tasks, options)
    if challenge:
        _challenge(session, audits, options, units(session, appeal_up_to) or 0, wait=not no_wait)
    if follow:
        policy = _policy(session, appeal_up_to, options["budget"])
        facts = [("files, settles", "what is due, until your challenges are over")]
        if policy.appeal_up_to is not None and policy.appeals_up_to is not None:
            each, all_ = (session.token().show(most) for most in (policy.appeal_up_to, policy.appeals_up_to))
            facts.append(("pays", f"up to {each} for each appeal, {all_} in all"))
        agree(session, f"Follow the challenges of {session.account}", facts)
        fly(session, _pilot(session, policy), POLL, until_done=True)
    if challenge or follow:
        audits = _audit(session, index, tasks, options)
    if report is not None:
        from ..audit.report import write

        for one in audits:
            session.output.note(f"report of task {one.task}: {write(one, Path(report))}")
    session.output.result([one.to_json() for one in audits], lambda: _print(session, audits))


def _audit(session: Session, index: Index, tasks: tuple[int, ...], options: dict[str, Any]) -> list[TaskAudit]:
    from ..audit.bench import AuditOptions
    from ..audit.bench import audit as run

    with session.output.busy("Reading the chain"):
        index.catch_up(session.reader)
    known = index.tasks()
    for task in tasks:
        if task not in known:
            raise click.UsageError(f"there is no task {task}: there are {len(known)}")
    wanted = list(tasks) or known
    auditor = session.account if session.settings["account"] else None
    how = AuditOptions(
        auditor=auditor,
        gold=read_gold(session, options["gold"], wanted, _reading(options)) if options["gold"] else None,
        ether=Decimal(str(options["ether_price"])),
        pending=session.memory.planned() if auditor else (),
        trusted=[checked_address("--trust", address) for address in options["trust"]],
    )
    if options["scheduler"] is not None:
        return _spread(session, index, wanted, how, options["scheduler"])
    with session.output.busy(f"Auditing {len(wanted)} tasks"):
        return run(session.reader, index, session.library, wanted, how)


def _reading(options: dict[str, Any]) -> Reading:
    return Reading(**{name: options[name] for name in Reading.__dataclass_fields__ if name in options})


def _spread(session: Session, index: Index, tasks: list[int], options: Any, scheduler: str) -> list[TaskAudit]:
    from ..audit.spread import Setting, audit_each

    setting = Setting(
        rpc=session.settings["rpc"],
        deployment=session.deployment,
        database=index.engine.url.render_as_string(hide_password=False),
        store=session.settings["store"] or None,
        gateways=tuple(session.gateways),
        hosts=tuple(host.strip() for host in session.settings["hosts"].split(",") if host.strip()),
        options=options,
    )
    audits = []
    for done in audit_each(setting, tasks, scheduler):
        if done.error is not None:
            session.output.note(f"task {done.unit} could not be audited: {done.error}")
        if done.result is not None:
            audits.append(done.result)
    return audits


# ---------------------------------------------------------------- filing


def _challenge(
    session: Session, audits: list[TaskAudit], options: dict[str, Any], for_appeals: int, *, wait: bool
) -> None:
    from ..audit import arguing
    from ..audit.filing import Limits, choose

    budget = units(session, options["budget"])
    assert budget is not None
    limits = Limits(
        budget - for_appeals, value=units(session, options["least_value"]) or 0, chance=options["threshold"]
    )
    token = session.token()
    filing = _filing(session)
    locked, pending = filing.locked(), filing.pending()
    if locked > budget:
        raise click.UsageError(f"{token.show(locked)} is locked or about to be, which is above the budget")
    order = choose(audits, limits, token=token.address, locked=locked)
    if order.is_empty and not pending:
        session.output.note("nothing is worth filing within these limits")
        return
    agree(session, f"File for {session.account}", _deal(order, len(pending), for_appeals, token))
    # What could not be read is read once more, now that money is to be staked on it.
    before = len(order.left_out)
    order = arguing.confirmed(session.library, audits, order)
    for left_out, why in order.left_out[before:]:
        session.output.note(f"nothing is filed of {show.submission(left_out.submission)}: {why}")
    lacking = filing.lacking(order)
    if lacking and not options["deposit"]:
        raise click.UsageError(f"the free balance lacks {token.show(lacking)}: deposit it, or pass --deposit")
    if lacking:
        session.signer.ledger.deposit(lacking)
    of = {proposal: one for one in audits for proposal in one.proposals}
    for failure in filing.begin(
        order, lambda proposal: arguing.bundle(session.reader, session.library, of[proposal], proposal)
    ):
        session.output.note(failure)
    left = filing.push()
    if left and wait:
        ready = max(duty.start for duty in left)
        session.output.wait(lambda: ready - session.now(), "Commitments have to be a minute old")
        left = filing.push()
    if left:
        session.output.note(f"{len(left)} challenges are not filed yet: `goldleaf audit --follow` goes on")


def _deal(order: Order, pending: int, for_appeals: int, token: Token) -> list[tuple[str, object]]:
    value = sum(proposal.expectation.value for proposal in order.challenges)
    return [
        ("challenges", f"{len(order.challenges)}, of {sum(len(each.items) for each in order.challenges)} labels"),
        ("committed before", f"{pending} challenges, to be filed too"),
        ("of availability", len(order.availability)),
        ("locked", f"{token.show(order.bonds)} in bonds, besides {token.show(order.locked_before)} before"),
        ("worst loss", f"{token.show(order.bonds + order.locked_before)} and what is appealed, and gas"),
        ("kept for appeals", token.show(for_appeals)),
        ("expected gain", token.show(round(value))),
        ("gas besides", f"about {token.show(round(order.gas))}"),
    ]


def _policy(session: Session, appeal_up_to: Any, budget: Any) -> Policy:
    """Appeals may take what the budget leaves."""
    one, all_ = units(session, appeal_up_to), units(session, budget)
    if one is None or all_ is None:
        return Policy()
    return Policy(appeal_up_to=one, appeals_up_to=max(0, all_ - _filing(session).locked()))


def _filing(session: Session) -> Filing:
    from ..audit.filing import Filing

    return Filing(session.signer, session.keyring, session.memory, session.store)


def _pilot(session: Session, policy: Policy) -> Any:
    from ..autopilot import Autopilot
    from .labelling import OwnLabels, OwnStore

    return Autopilot(
        session.signer,
        session.keyring,
        session.memory,
        reader=OwnLabels(session),
        evidence=OwnStore(session),
        policy=policy,
    )


# ---------------------------------------------------------------- showing


def _print(session: Session, audits: list[TaskAudit]) -> None:
    for one in audits:
        _print_task(session, one)
    proposals = [each for one in audits for each in one.proposals if each.action.value == "file"]
    withheld = [each for one in audits for each in one.availability if each.action.value == "file"]
    own = [
        challenge
        for one in audits
        for challenge in one.challenges
        if challenge.own and challenge.state.name != "SETTLED"
    ]
    planned = session.settings["account"] and session.memory.planned()
    session.output.line("Next:")
    if proposals or withheld:
        session.output.line("  goldleaf audit --challenge --budget AMOUNT --deposit    file what is worth it")
    if own or planned:
        session.output.line(
            "  goldleaf audit --follow                                follow your challenges to the end"
        )
    if not (proposals or withheld or own or planned):
        session.output.line("  nothing is worth filing now; look again when something is published")


def _print_task(session: Session, one: TaskAudit) -> None:
    from ..audit.result import Verdict

    output, token = session.output, Token(one.token.address, one.token.symbol, one.token.decimals)
    output.line(f"Task {one.task}: {len(one.sets)} submissions, {len(one.labels)} labels that can be read")
    output.line(one.choice.why if one.choice is not None else "There is no label to judge.")
    if one.calibration is not None and one.calibration.calibrated is not None:
        measured = one.calibration.calibrated
        output.line(
            f"On {one.calibration.held_out_labels} labels of known items that it was not shown, the chance of being "
            f"wrong was off by {measured.ece:.1%} on average (Brier score {measured.brier:.3f})."
        )
    odd = [each for each in one.sets if each.verdict not in (Verdict.VERIFIED, Verdict.NOT_PUBLISHED)]
    if odd:
        verdicts = [(show.submission(each.submission), each.verdict.value, each.detail) for each in odd]
        output.table(["submission", "label set", "why"], verdicts, nothing="")
    suspects = one.labels.suspects()
    output.table(
        ["submission", "item", "what it is", "label", "probably", "wrong with"],
        [
            (
                show.submission(row.submission),
                row.item,
                one.manifest.shows(row.item),
                row.label.decode(),
                "" if row.consensus is None else row.consensus.decode(),
                f"{row.p_wrong:.0%}",
            )
            for row in map(one.labels.row, suspects[:LISTED])
        ],
        nothing="no label is probably wrong",
    )
    if len(suspects) > LISTED:
        output.line(f"and {len(suspects) - LISTED} more: --json and --report have all")
    rows = [
        (
            show.submission(each.submission),
            show.items(each.items),
            f"{each.expectation.p_all_wrong:.0%}",
            token.show(each.bond),
            token.show(each.prize + each.bonus),
            token.show(round(each.expectation.value)),
            each.action.value,
        )
        for each in one.proposals
        if each.action.value == "file"
    ]
    headers = ["submission", "items", "all wrong", "at risk", "pays", "worth", "do"]
    output.table(headers, rows, nothing="no challenge is worth it")
    for each in one.availability:
        what = f"challenge that items {show.items(each.items)} of {show.submission(each.submission)} can be read"
        output.line(f"{each.action.value}: {what}. {each.why}")
    challenges = [
        (show.challenge(each.challenge), "you" if each.own else each.challenger, show.items(each.items), _state(each))
        for each in one.challenges
    ]
    output.table(["challenge", "by", "items", "stands"], challenges, nothing="no challenge was filed")
    for note in one.notes:
        output.note(note)


def _state(challenge: Any) -> str:
    return str((challenge.outcome or challenge.state).name.lower().replace("_", " "))
