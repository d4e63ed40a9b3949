"""`goldleaf take`, `label`, `commit`, `publish`, `claim`, ...: an annotator's work."""

from typing import Any

import click

from goldleaf import errors
from goldleaf.events import Taken
from goldleaf.labels import LabelSet, Manifest
from goldleaf.types import TakePreview, Task

from ..errors import LabelsForgotten
from ..memory import Labels
from ..times import show_time
from . import show
from .acting import Facts, act
from .commands import Action, Command
from .gold import passed
from .inputs import ADDRESS, GATE_DATA, SUBMISSION, TASK
from .interactive import label_by_hand
from .labelling import OwnLabels, Reading, committed_labels, label_set, reading_options
from .session import Session, Token
from .tasks import fetch_manifest

submission_argument = click.argument("submission", type=SUBMISSION, metavar="TASK/SLOT")


@click.command(cls=Action, deposits=True)
@click.argument("task", type=TASK)
@click.option("--slot", type=click.IntRange(0), help="This slot; one picked at random unless given.")
@click.option("--gate-data", type=GATE_DATA, default="", help="For the task's gate: a credential's file, or hex.")
@click.option("--accept-arbitrator", type=ADDRESS, help="Accept an arbitrator that the deployment does not list.")
@click.option("--accept-grader", type=ADDRESS, help="Accept a grader that the deployment does not list.")
@click.pass_obj
def take(session: Session, /, task: int, slot: int | None, **options: Any) -> None:
    """Take a batch of TASK and lock its stake. Says before what can be lost, and until when it is locked."""
    gl = session.reader
    session.account  # noqa: B018 - says so if there is none
    manifest = _manifest(session, task)
    if slot is None:
        [slot] = gl.submissions.pick_slots(task, 1)
    preview = gl.submissions.preview(task, slot, manifest=manifest)
    token = session.token(preview.token)
    for note in preview.notes:
        session.output.note(note)
    act(
        session,
        lambda gl: gl.submissions.take,
        task,
        slot,
        **options,
        manifest=manifest,
        what=f"Take slot {slot} of task {task}",
        facts=_stakes(preview, token),
        done=_taken,
    )


@click.command(cls=Action)
@submission_argument
@click.pass_obj
def release(session: Session, submission: int) -> None:
    """Give a slot back before it is due, for a sixteenth of the stake. Only what is not committed yet."""
    found = session.reader.submissions.get(submission)
    token = _token(session, submission)
    act(
        session,
        lambda gl: gl.submissions.release,
        submission,
        what=f"Release submission {show.submission(submission)}",
        facts=[("lost", token.show(-(-found.stake // 16)))],
        done=lambda event: f"Released {show.submission(submission)} for {token.show(event.to_sink)}",
    )


@click.command(cls=Action)
@submission_argument
@click.pass_obj
def expire(session: Session, submission: int) -> None:
    """End a submission of anybody's that was not delivered or published in time: its stake is lost."""
    token = _token(session, submission)
    act(
        session,
        lambda gl: gl.submissions.expire,
        submission,
        what=f"Expire submission {show.submission(submission)}",
        done=lambda event: f"Ended {show.submission(submission)}: {token.show(event.to_sink)} of the stake were lost",
    )


@click.command(cls=Command)
@submission_argument
@click.argument("labels", required=False, metavar="[FILE|FOLDER]")
@click.option("--interactive", "-i", is_flag=True, help="Label here, item by item, by the keyboard.")
@reading_options
@click.option("--put", is_flag=True, help="Put it into the store at once, where others may find it.")
@click.pass_obj
def label(session: Session, /, submission: int, labels: str | None, interactive: bool, put: bool, **how: Any) -> None:
    """Make the label set of a submission out of files, or by the keyboard, held against the task's label schema.

    Reads JSON Lines (.jsonl), CSV (.csv, .tsv) and the JSON export of Label Studio (.json), or a folder of such files,
    and says the root and where the set will lie. It is kept on this machine for `commit` and `publish`, and goes into
    the store when it is published, so that nobody copies it before.

    With --interactive it shows the guidelines and one item after another: texts as they are, of others where they lie.
    Each label is saved at once, in the home folder; whoever leaves off goes on by the same command.
    """
    if (labels is None) != interactive:
        raise click.UsageError("give either FILE|FOLDER or --interactive")
    if labels is None:
        made = label_by_hand(session, submission)
        if made is None:
            return
        found = made
    else:
        found = label_set(session, submission, labels, Reading(**how))
    own_labels = OwnLabels(session)
    uri = own_labels.uri(found)
    own_labels.keep(found)
    session.memory.set_draft(Labels(submission, found.root, uri))
    if put:
        session.store.put(found.to_bytes())
    value = {"submission": submission, "items": found.items, "root": found.root, "uri": uri}
    facts = [
        ("labels", f"{len(found):,}, of items {show.items(found.items)}"),
        ("root", "0x" + found.root.hex()),
        ("uri", uri),
        ("next", f"goldleaf commit {show.submission(submission)}"),
    ]
    session.output.result(value, lambda: session.output.facts(facts))


@click.command(cls=Action)
@submission_argument
@click.argument("labels", required=False, metavar="[FILE|FOLDER]")
@reading_options
@click.pass_obj
def commit(session: Session, /, submission: int, labels: str | None, **how: Any) -> None:
    """Deliver labels: seal them, or, where nobody else labels the batch and nothing is tested, publish at once.

    Without a file, those that `goldleaf label` has made. The salt is derived from your key, so only the labels have to
    be kept. What is committed and not published in time costs the whole stake: `goldleaf autopilot` publishes in time.
    """
    task = session.task_of(submission)
    if task.parameters.publishes_directly:
        _publish(session, submission, labels, Reading(**how), committed=False)
        return
    own_labels = OwnLabels(session)
    found, uri = _delivered(session, own_labels, submission, labels, Reading(**how))

    def before() -> None:
        # What opens the commitment is on the disk before the commitment is anywhere.
        own_labels.keep(found)
        commitment = session.keyring.commitment(submission, found.root, uri)
        session.memory.remember(Labels(submission, found.root, uri, commitment))

    act(
        session,
        lambda gl: gl.submissions.commit,
        submission,
        found,
        uri=uri,
        salt=session.keyring.commitment_salt(submission),
        what=f"Commit {len(found):,} labels of submission {show.submission(submission)}",
        facts=[
            ("root", "0x" + found.root.hex()),
            ("will lie at", uri),
            ("worst loss", f"the whole stake, {_forfeit(task)}"),
        ],
        before=before,
        done=lambda _: f"Committed {show.submission(submission)}; `goldleaf autopilot` publishes it in time",
    )


@click.command(cls=Action)
@submission_argument
@click.argument("labels", required=False, metavar="[FILE|FOLDER]")
@reading_options
@click.pass_obj
def publish(session: Session, /, submission: int, labels: str | None, **how: Any) -> None:
    """Publish committed labels, once all submissions of the batch are committed, or from the deadline on.

    Without a file, those that were committed. They go into the store, and are public for good.
    """
    task = session.task_of(submission)
    _publish(session, submission, labels, Reading(**how), committed=not task.parameters.publishes_directly)


@click.command(cls=Action)
@submission_argument
@click.pass_obj
def accept(session: Session, submission: int) -> None:
    """Waive what is left of the challenge window of a submission. The requester's."""
    act(
        session,
        lambda gl: gl.submissions.accept,
        submission,
        what=f"Accept submission {show.submission(submission)}: nothing more can be challenged",
        done=lambda _: f"Accepted {show.submission(submission)}",
    )


@click.command(cls=Action)
@click.argument("submissions", type=SUBMISSION, nargs=-1, required=True, metavar="TASK/SLOT...")
@click.pass_obj
def claim(session: Session, submissions: tuple[int, ...]) -> None:
    """Pay submissions whose challenge window is over, into the free balance. Anyone may."""
    names = ", ".join(show.submission(submission) for submission in submissions)
    for submission in submissions:
        session.task_of(submission)  # says so if there is no such thing

    def done(claimed: Any) -> str:
        if claimed == ():
            return "Nothing was left to claim: somebody else did, or a challenge came before"
        return "; ".join(
            f"Claimed {show.submission(event.submission)}, with {event.labels:,} accepted labels"
            for event in (claimed if isinstance(claimed, tuple) else (claimed,))
        )

    if len(submissions) == 1:
        act(session, lambda gl: gl.submissions.claim, submissions[0], what=f"Claim {names}", done=done)
    else:
        act(session, lambda gl: gl.submissions.claim_many, list(submissions), what=f"Claim {names}", done=done)


def _publish(session: Session, submission: int, path: str | None, how: Reading, *, committed: bool) -> None:
    own_labels = OwnLabels(session)
    options: dict[str, Any] = {}
    if committed:
        found, uri = committed_labels(session, own_labels, submission, path, how)
        options["salt"] = session.keyring.commitment_salt(submission)
    else:
        found, uri = _delivered(session, own_labels, submission, path, how)

    def before() -> None:
        own_labels.keep(found)
        # What nobody can fetch is rejected: it has to lie there before.
        own_labels.put_up(found, uri)

    act(
        session,
        lambda gl: gl.submissions.publish,
        submission,
        found,
        uri=uri,
        **options,
        what=f"Publish {len(found):,} labels of submission {show.submission(submission)}: they are public for good",
        facts=[("root", "0x" + found.root.hex()), ("uri", uri), *passed(session, submission, found)],
        before=before,
        done=lambda event: (
            f"Published {show.submission(submission)}; it may be challenged until "
            f"{show_time(event.window_end)}, and claimed from then on"
        ),
    )


def _delivered(
    session: Session, own_labels: OwnLabels, submission: int, path: str | None, how: Reading
) -> tuple[LabelSet, str]:
    """The labels to deliver, those that `goldleaf label` has made unless others are given, and where they will lie."""
    if path is not None:
        found = label_set(session, submission, path, how)
        return found, own_labels.uri(found)
    draft = session.memory.draft(submission)
    if draft is None:
        raise LabelsForgotten(f"no labels are kept here for submission {show.submission(submission)}")
    return own_labels.recall(draft), draft.uri


def _manifest(session: Session, task: int) -> Manifest | None:
    """The manifest of a task; None if nobody can read it, which is refused of a task whose labels are tested: it has to
    show by what."""
    try:
        return fetch_manifest(session, task)
    except errors.StoreError:
        if session.reader.tasks.get(task).parameters.is_graded:
            raise
        return None


def _forfeit(task: Task) -> str:
    """What forfeits the stake of what is committed."""
    p = task.parameters
    if p.is_graded:
        return "if they fail the test, or are not published in time: see `goldleaf status`"
    return f"unless they are published before {show_time(p.publish_end)}"


def _stakes(preview: TakePreview, token: Token) -> Facts:
    return [
        ("labels", f"{preview.labels:,}, due {show_time(preview.due)}"),
        ("pay", f"{token.show(preview.pay)}, if no label is proven wrong"),
        ("locked", token.show(preview.locked)),
        ("worst loss", f"{token.show(preview.worst_loss)}, if more than {preview.tolerated:,} labels are proven wrong"),
        *_test(preview, token),
        ("each proven error", f"not paid, and no stake lost; whoever proves it gets {token.show(preview.prize)}"),
        ("free again", f"at the latest {show_time(preview.free_by)}"),
    ]


def _test(preview: TakePreview, token: Token) -> Facts:
    """The terms of the test, and how often people fail it."""
    test = preview.test
    if test is None:
        return []
    chances = ", ".join(f"{show.percent(fails)} at {float(share):.0%}" for share, fails in test.chances)
    return [
        ("test", f"{test.size} known answers in a batch that is graded; up to {test.allowed} errors on them pass"),
        ("chance to fail it", f"{chances} right answers: that costs the pay, and {token.show(preview.worst_loss)}"),
        (
            "waits for it",
            f"{show.period(test.opening_period)} to be opened, {show.period(test.dispute_period)} to be disputed",
        ),
    ]


def _taken(event: Taken) -> str:
    name = show.submission(event.submission)
    return f"Took {name}, due {show_time(event.due)}. Deliver with `goldleaf commit {name} FILE`"


def _token(session: Session, submission: int) -> Token:
    return session.token(session.task_of(submission).token)
