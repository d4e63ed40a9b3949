"""`goldleaf task`: opening and reading tasks."""

from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from goldleaf import economics, errors
from goldleaf.canonical import parse
from goldleaf.labels import Manifest
from goldleaf.types import ZERO_ADDRESS, Task, TaskParameters

from ..times import show_time
from . import show
from .acting import act
from .commands import Group
from .inputs import ADDRESS, AMOUNT, HASH, MOMENT, NAMED, PERIOD, TASK
from .plans import check_batch_size
from .presets import fill
from .session import Session


@click.group(cls=Group)
def task() -> None:
    """Open a task, look at tasks, end one."""


@task.action("open", deposits=True)
@click.option("--manifest", "file", metavar="FILE", help="The manifest; put into the store unless --uri is given.")
@click.option("--terms", type=HASH, help="Instead of the manifest, its keccak-256; needs --items and --uri.")
@click.option("--items", type=click.IntRange(1), help="Number of items; with a manifest they are counted.")
@click.option("--uri", help="Where the manifest lies.")
@click.option("--reward", type=AMOUNT, required=True, help="Pay per label.")
@click.option("--preset", metavar="NAME", help="Terms for a tested task, see `goldleaf presets`; options override it.")
@click.option(
    "--stake",
    type=AMOUNT,
    help="Per label: twice the reward, 4 times if tested; needed without a preset.",
)
@click.option("--batch-size", type=click.IntRange(1), help="Labels in a submission; needed without a preset.")
@click.option("--redundancy", type=click.IntRange(1), default=1, show_default=True, help="Submissions per batch.")
@click.option("--deadline", type=MOMENT, required=True, help="End of the work, 2026-03-01 or 14d.")
@click.option("--tolerance-bps", type=int, default=500, show_default=True, help="Errors tolerated, in 1/100 percent.")
@click.option("--work-period", type=PERIOD, default="2d", show_default=True, help="From take to delivery.")
@click.option("--publish-period", type=PERIOD, default="2d", show_default=True, help="After the deadline, to publish.")
@click.option("--challenge-period", type=PERIOD, default="4d", show_default=True, help="To challenge what is public.")
@click.option("--response-period", type=PERIOD, default="2d", show_default=True, help="To answer a challenge.")
@click.option("--arbitration-timeout", type=PERIOD, help="When an unruled dispute is dropped.")
@click.option("--availability-bond", type=AMOUNT, help="Bond of an availability challenge; the reward unless given.")
@click.option("--royalty-bps", type=int, default=0, show_default=True, help="Contributors' part of later revenue.")
@click.option("--arbitrator", type=NAMED, help="Who rules: name or address; the deployment's court unless given.")
@click.option("--gate", type=ADDRESS, help="Who may take; anyone unless given.")
@click.option(
    "--grader",
    type=NAMED,
    help="Who tests sealed labels: name or address; the deployment's GoldTest if the manifest shows a test.",
)
@click.option(
    "--accept-small-court", is_flag=True, help="Open it though the court has too few seats for its largest panel."
)
@click.pass_obj
def open_(
    session: Session, /, file: str | None, terms: bytes | None, uri: str | None, preset: str | None, **options: Any
) -> None:
    """Open a task and lock its pay.

    The pay of all labels moves from the free balance into the task's pot: see `goldleaf deposit`.
    """
    given = {name: value for name, value in options.items() if value is not None}
    if (file is None) == (terms is None):
        raise click.UsageError("give either --manifest or --terms")
    if preset is None and not {"stake", "batch_size"} <= set(given):
        raise click.UsageError("give --stake and --batch-size, or --preset")
    manifest: Manifest | bytes
    data: bytes | None = None
    if file is not None:
        manifest = read_manifest(file, as_it_is=uri is not None)
        count = len(manifest.items)
        if manifest.test is not None:
            given.setdefault("grader", "GoldTest")
        if uri is None:
            data = manifest.to_bytes()
            uri = session.store.uri(data)
    else:
        if terms is None or "items" not in given or uri is None:
            raise click.UsageError("--terms needs --items and --uri")
        manifest, count = terms, given["items"]
    if preset is not None:
        source = click.get_current_context().get_parameter_source
        typed = {name: value for name, value in given.items() if source(name) is not ParameterSource.DEFAULT}
        given.update(fill(session, preset, typed, count))
    if isinstance(manifest, Manifest) and manifest.test is not None:
        check_batch_size(session, manifest.terms, given["batch_size"])
    if "grader" in given:
        given["grader"] = _grader(session, given["grader"])
    labels, token = count * given["redundancy"], session.token_of(given.get("arbitrator"))
    act(
        session,
        lambda gl: gl.tasks.open,
        terms=manifest,
        uri=uri,
        **given,
        what="Open a task",
        facts=[
            ("labels", f"{labels:,}: {count:,} items, {given['redundancy']} times"),
            ("locked", f"{token.typed(given['reward'] * labels)}: {token.typed(given['reward'])} a label"),
            ("free again", "what is not earned, when the task is closed after its deadline or cancellation"),
            ("manifest", f"{uri}, public for good"),
        ],
        before=lambda: None if data is None else session.store.put(data),
        done=lambda event: (
            f"Opened task {event.task} with a pot of "
            f"{session.token(event.token).show(event.parameters.pot)}, until {show_time(event.parameters.deadline)}"
            + (
                f". Nobody can take from it before `goldleaf test set-up {event.task}`"
                if event.parameters.is_graded
                else ""
            )
        ),
    )


@task.command("show")
@click.argument("id", metavar="TASK", type=TASK)
@click.pass_obj
def show_(session: Session, id: int) -> None:
    """Show the terms of a task and how far it has come."""
    gl = session.reader
    found = gl.tasks.get(id)
    uri = gl.tasks.opening(id).uri
    p, token = found.parameters, session.token(found.token)
    value = {
        "task": id,
        **show.to_json(found),
        "uri": uri,
        "batches": p.batches,
        "slots": p.slots,
        "pot": p.pot,
        "prize": p.prize,
    }
    listed = session.deployment.lists(p.arbitrator)
    facts = [
        ("state", _state(found)),
        ("requester", found.requester),
        ("reward, stake", f"{token.show(p.reward)}, {token.show(p.stake)} a label"),
        ("work", f"{p.items:,} items in {p.batches:,} batches of up to {p.batch_size:,}, {p.redundancy} times"),
        ("tolerated errors", f"{p.tolerated(0)} in a full batch; one that is proven is not paid, and costs no stake"),
        ("prize", f"{token.show(p.prize)} to whoever proves a label wrong"),
        ("worst loss", f"{token.show(economics.worst_loss(stake=p.stake, labels=p.batch_size))} in a full batch"),
        ("deadline", show_time(p.deadline)),
        ("to work, publish", f"{show.period(p.work_period)}, {show.period(p.publish_period)} after the deadline"),
        ("to challenge, respond", f"{show.period(p.challenge_period)}, {show.period(p.response_period)}"),
        ("arbitrator", p.arbitrator if listed else f"{p.arbitrator}, NOT LISTED in the deployment"),
        ("gate", "none: anyone may take" if p.gate == ZERO_ADDRESS else p.gate),
        ("grader", _tester(session, id, p)),
        ("royalty", f"{p.royalty_bps / 100:g} %"),
        ("accepted labels", f"{found.accepted:,} of {p.items * p.redundancy:,}"),
        ("manifest", uri),
        ("terms", "0x" + p.terms.hex()),
    ]
    session.output.result(value, lambda: session.output.facts(facts))


@task.command("manifest")
@click.argument("id", metavar="TASK", type=TASK)
@click.option("--output", "-o", metavar="FILE", help="Write it here as it is.")
@click.pass_obj
def manifest_(session: Session, id: int, output: str | None) -> None:
    """Fetch the manifest of a task, hold it against the task's terms, and show it."""
    manifest = fetch_manifest(session, id)
    if output is not None:
        Path(output).write_bytes(manifest.to_bytes())
    value = {
        "guidelines": manifest.guidelines,
        "label_schema": manifest.label_schema,
        "licence": manifest.licence,
        "items": len(manifest.items),
        "file": output,
    }

    def human() -> None:
        for line in manifest.guidelines.splitlines():
            session.output.line(line)
        session.output.facts([("items", len(manifest.items)), ("licence", manifest.licence)])
        session.output.data(manifest.label_schema)

    session.output.result(value, human)


@task.command("items")
@click.argument("id", metavar="TASK", type=TASK)
@click.option("--slot", type=click.IntRange(0), help="Those of one slot's batch.")
@click.option("--show", "is_shown", is_flag=True, help="Fetch each, and show its text or file name.")
@click.pass_obj
def items_(session: Session, id: int, slot: int | None, is_shown: bool) -> None:
    """List the items of a task: their numbers, where they lie, and their keccak-256."""
    from ..manifests import look_at

    manifest = fetch_manifest(session, id)
    numbers = range(len(manifest.items))
    if slot is not None:
        numbers = session.reader.tasks.get(id).parameters.items_of(slot)
    rows = [(number, manifest.items[number].uri, "0x" + manifest.items[number].keccak256.hex()) for number in numbers]
    value: list[dict[str, object]] = [{"item": number, "uri": uri, "keccak256": digest} for number, uri, digest in rows]
    headers = ["item", "uri", "keccak256"]
    if not is_shown:
        session.output.result(value, lambda: session.output.table(headers, rows, nothing="no items"))
        return
    with session.output.busy(f"Fetching {len(numbers):,} items"):
        shown = [look_at(session.library, manifest.items[number]) for number in numbers]
    told = [dict(one, shows=what) for one, what in zip(value, shown, strict=True)]
    seen = [(number, what, uri) for (number, uri, _), what in zip(rows, shown, strict=True)]
    session.output.result(told, lambda: session.output.table(["item", "shows", "uri"], seen, nothing="no items"))


@task.command("list")
@click.option("--mine", is_flag=True, help="Only those that this account has opened.")
@click.option("--open", "only_open", is_flag=True, help="Only those from which may be taken.")
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="Look at so many, latest first.")
@click.pass_obj
def list_(session: Session, mine: bool, only_open: bool, limit: int) -> None:
    """List tasks, the latest first."""
    gl = session.reader
    count = gl.tasks.count()
    numbers = range(count, max(count - limit, 0), -1)
    now = session.now()
    found = [
        (number, each)
        for number, each in zip(numbers, gl.tasks.get.many(list(numbers)), strict=True)
        if (not mine or each.requester == session.account) and (not only_open or _may_take(each, now))
    ]
    value = [{"task": number, **show.to_json(each)} for number, each in found]
    rows = [
        (
            number,
            _state(each),
            session.token(each.token).show(each.parameters.reward),
            session.token(each.token).show(each.parameters.stake),
            each.parameters.items * each.parameters.redundancy,
            each.parameters.batch_size,
            each.accepted,
            show_time(each.parameters.deadline),
            "" if session.deployment.lists(each.parameters.arbitrator) else "arbitrator not listed",
        )
        for number, each in found
    ]
    headers = ["task", "state", "reward", "stake", "labels", "batch", "accepted", "deadline", ""]
    session.output.result(value, lambda: session.output.table(headers, rows, nothing="no tasks"))


@task.action()
@click.argument("id", metavar="TASK", type=TASK)
@click.pass_obj
def cancel(session: Session, id: int) -> None:
    """Let nobody take from a task any more; work that was taken goes on. The requester's."""
    act(
        session,
        lambda gl: gl.tasks.cancel,
        id,
        what=f"Cancel task {id}: nobody takes any more, and what was taken is still paid",
        done=lambda event: (
            f"Cancelled task {event.task}; what is committed may be published from {show_time(event.publish_from)}"
        ),
    )


@task.action()
@click.argument("id", metavar="TASK", type=TASK)
@click.pass_obj
def close(session: Session, id: int) -> None:
    """Return what is left of the pot to the requester, once all is over. Anyone may."""
    act(
        session,
        lambda gl: gl.tasks.close,
        id,
        what=f"Close task {id}: the rest of the pot goes to the requester",
        done=lambda event: (
            f"Closed task {event.task} with {event.accepted:,} accepted labels; "
            f"{session.token(session.reader.tasks.get(id).token).show(event.to_requester)} went to the requester"
        ),
    )


def fetch_manifest(session: Session, id: int) -> Manifest:
    """The manifest of a task, held against the task's terms."""
    opened = session.reader.tasks.opening(id)
    return session.library.manifest(opened.uri, opened.parameters.terms)


def _grader(session: Session, name: str) -> str:
    """The address of a grader that the deployment names, or of another one."""
    if name.startswith("0x"):
        return name
    return session.deployment.graders.get(name) or session.deployment.address(name)


def read_manifest(file: str, *, as_it_is: bool) -> Manifest:
    """A manifest, however its JSON is written; `as_it_is` where the very same file lies somewhere already."""
    try:
        data = Path(file).read_bytes()
        return Manifest.from_bytes(data if as_it_is else parse(data)[1])
    except OSError as error:
        raise errors.ManifestError(f"{file}: {error.strerror}") from error
    except (errors.ManifestError, errors.NotCanonical) as error:
        raise errors.ManifestError(f"{file}: {error.detail}") from error


def _tester(session: Session, id: int, p: TaskParameters) -> str:
    """Who tests the labels of a task, and where to look at it."""
    if not p.is_graded:
        return "none: nothing is tested"
    if p.grader == session.deployment.contracts.get("GoldTest"):
        return f"{p.grader}: see `goldleaf test show {id}`"
    return p.grader if session.deployment.lists_grader(p.grader) else f"{p.grader}, NOT LISTED in the deployment"


def _may_take(task: Task, now: int) -> bool:
    return not task.cancelled and now + task.parameters.work_period < task.parameters.deadline


def _state(task: Task) -> str:
    return "closed" if task.closed else "cancelled" if task.cancelled else "open"
