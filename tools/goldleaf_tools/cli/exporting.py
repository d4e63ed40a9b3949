"""`goldleaf task labels`: what a requester has bought, in files."""

from contextlib import ExitStack
from typing import Any

import click

from . import show
from .commands import Command
from .index import database_option, open_index
from .inputs import TASK
from .labelling import as_usage
from .session import Session
from .tasks import fetch_manifest

FORMATS = ("csv", "jsonl", "parquet")
METHODS = ("majority", "dawid-skene")


@click.command(cls=Command)
@click.argument("id", metavar="TASK", type=TASK)
@click.option("--output", "-o", metavar="FILE", help="Write each label here, .csv, .jsonl or .parquet.")
@click.option("--consensus", metavar="FILE", help="Write the label of each item here, with its certainty.")
@click.option("--format", type=click.Choice(FORMATS), help="Told by the names, else.")
@click.option(
    "--by",
    type=click.Choice(METHODS),
    default="majority",
    show_default=True,
    help="How the label of an item is told: by the plain vote, or by how reliable each annotator is.",
)
@click.option("--incomplete", is_flag=True, help="Write what there is even if label sets cannot be read.")
@database_option
@click.pass_obj
def labels(
    session: Session,
    /,
    id: int,
    output: str | None,
    consensus: str | None,
    format: str | None,
    by: str,
    incomplete: bool,
    database: str | None,
) -> None:
    """Write the published labels of a task into files: what you have bought.

    Each label set is held against its root on chain. --output has one row for each label: its submission and annotator,
    how far it has come (published, challenged, accepted, paid, rejected), and what was found of it (ruled right or
    wrong, conceded, unanswered, off schema). What is proven wrong, off schema, or of a rejected submission is there,
    and does not count. --consensus has one row for each item: the label that the others come to, and its certainty.

    In CSV and Parquet a label that is no text is JSON, and the column `type` says so. In CSV a text that a spreadsheet
    would take for a formula has an apostrophe before it.
    """
    from ..audit import facts
    from ..export import CONSENSUS, LABELS, Method, Table, export

    if output is None and consensus is None:
        raise click.UsageError("say where to write: --output FILE, --consensus FILE, or both")
    if output is not None and output == consensus:
        raise click.UsageError("--output and --consensus name the same file")
    index = open_index(session, database)
    with session.output.busy("Reading the chain"):
        index.catch_up(session.reader)
    session.reader.tasks.get(id)
    manifest = fetch_manifest(session, id)
    [found] = facts.read(index, [id], session.deployment.contracts.get("Court"))
    with ExitStack() as stack:
        try:
            with as_usage():
                tables = [
                    None if path is None else stack.enter_context(Table(path, columns, format))
                    for path, columns in ((output, LABELS), (consensus, CONSENSUS))
                ]
            with session.output.busy("Reading label sets"):
                done = export(
                    found,
                    manifest,
                    session.library,
                    index.time,
                    labels=tables[0],
                    consensus=tables[1],
                    method=Method(by),
                    incomplete=incomplete,
                )
        except OSError as error:
            raise click.UsageError(f"{error.filename or output or consensus}: {error.strerror}") from error
    for unread in done.unread:
        session.output.note(f"the labels of {show.submission(unread.submission)} are {unread.verdict}: {unread.detail}")
    value: dict[str, Any] = {"task": id, "output": output, "consensus": consensus, "by": by, **show.to_json(done)}

    def human() -> None:
        states = [(state, f"{count:,} labels") for state, count in done.states.items()]
        findings = [(finding, f"{count:,} labels") for finding, count in done.findings.items()]
        unpublished = [
            (state, f"{count:,} submissions, of which nobody reads a label")
            for state, count in done.unpublished.items()
        ]
        written = [("labels in", output), ("consensus in", consensus)]
        session.output.facts(
            [
                ("labels", f"{done.labels:,}, of which {done.counted:,} count"),
                *states,
                *findings,
                *unpublished,
                ("items", f"{done.labelled:,} of {done.items:,} with a label that counts"),
                *((name, path) for name, path in written if path is not None),
            ]
        )

    session.output.result(value, human)
