"""`goldleaf evidence`: made by challengers, checked by jurors."""

from pathlib import Path
from typing import Any, TypeAlias

import click

from goldleaf.canonical import from_canonical
from goldleaf.events import Challenged
from goldleaf.ids import split_submission

from .. import evidence as library
from ..errors import EvidenceError
from . import show
from .commands import Group
from .inputs import BATCH, CHALLENGE, HASH, ITEMS, SUBMISSION
from .labelling import Reading, file_options, read_gold
from .session import Session

_Report: TypeAlias = "library.Report[library.Bundle] | library.Report[library.GoldBundle]"

MARKS = {True: "holds", False: "FALSE", None: "not looked at"}


class ItemClaim(click.ParamType):
    """What is said of one item: `3=it shows a cyst`."""

    name = "item=text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not isinstance(value, str):
            return value
        number, separator, text = value.partition("=")
        if not separator or not number.isdecimal() or len(number) > 10:
            self.fail(f"{value!r} names no item: write 3=why its label is wrong", param, ctx)
        return int(number), text


@click.group(cls=Group)
def evidence() -> None:
    """Make and check bundles of evidence: one file with all that a juror needs to verify a challenge."""


@evidence.command("build")
@click.option("--submission", type=SUBMISSION, metavar="TASK/SLOT", help="Whose labels are wrong.")
@click.option(
    "--test", "batch", type=BATCH, metavar="TASK/BATCH", help="Instead: the batch whose known answers are wrong."
)
@click.option("--items", type=ITEMS, required=True, help="The items, such as 3,5-8.")
@click.option("--claim", default="", metavar="TEXT", help="Why the labels are wrong, and what they should be.")
@click.option("--claim-of", "claims", type=ItemClaim(), multiple=True, help="The same for one item; may be repeated.")
@click.option(
    "--gold",
    "known",
    metavar="FILE|FOLDER",
    help="All hidden answers of the task, to prove what is right; read as labels are.",
)
@file_options
@click.option("--output", metavar="FILE", help="Where to write it; without it, evidence-TASK-SLOT.json.")
@click.pass_obj
def build(
    session: Session,
    /,
    submission: int | None,
    batch: int | None,
    items: list[int],
    claim: str,
    claims: tuple[tuple[int, str], ...],
    known: str | None,
    output: str | None,
    **how: Any,
) -> None:
    """Make a bundle out of what the chain and the stores hold, for `goldleaf challenge make --evidence FILE`.

    With --test it is about known answers of a batch that is tested, for `goldleaf test dispute --evidence FILE`.

    Keep it to yourself until then: whoever reads it could file the challenge first.
    """
    if (submission is None) == (batch is None):
        raise click.UsageError("give either --submission or --test")
    bundle: library.Bundle | library.GoldBundle
    if submission is None:
        assert batch is not None
        if known is not None:
            raise click.UsageError("--gold goes with --submission")
        parts = split_submission(batch)
        bundle = library.collect_gold(session.reader, session.library, *parts, items, claim=claim, claims=dict(claims))
        name, siblings = f"evidence-test-{parts[0]}-{parts[1]}.json", 0
    else:
        task = split_submission(submission)[0]
        gold = None
        if known is not None:
            found = read_gold(session, known, [task], Reading(**how))
            gold = {item: from_canonical(label) for (_, item), label in found.items()}
        bundle = library.collect(
            session.reader, session.library, submission, items, claim=claim, claims=dict(claims), gold=gold
        )
        name, siblings = f"evidence-{'-'.join(map(str, split_submission(submission)))}.json", len(bundle.siblings)
    data = bundle.to_bytes()
    where = output or name
    try:
        Path(where).write_bytes(data)
    except OSError as error:
        raise click.UsageError(f"{where}: {error.strerror}") from None
    value = {"evidence": bundle.digest, "at": where, "bytes": len(data), "siblings": siblings}
    facts = [
        ("evidence", f"0x{bundle.digest.hex()}"),
        ("at", where),
        *([("siblings", f"{siblings} whose labels could be read")] if submission is not None else []),
    ]
    session.output.result(value, lambda: session.output.facts(facts))


@evidence.command("check")
@click.argument("source", metavar="FILE|URI", required=False)
@click.option(
    "--challenge", type=CHALLENGE, metavar="TASK/SLOT/NUMBER", help="The challenge; its own bundle unless given one."
)
@click.option("--hash", "digest", type=HASH, help="The keccak-256 that the bundle must have.")
@click.option("--offline", is_flag=True, help="Ask no node: say what there is to confirm on a chain.")
@click.pass_context
def check(
    context: click.Context, source: str | None, challenge: int | None, digest: bytes | None, offline: bool
) -> None:
    """Verify a bundle: every hash, proof and number in it. Ends with 1 if something is false."""
    session: Session = context.obj
    if offline and challenge is not None:
        raise click.UsageError("--challenge asks the chain: leave --offline out")
    if source is None:
        if challenge is None:
            raise click.UsageError("say which bundle: a file, a URI, or --challenge")
        filing = session.reader.challenges.filing(challenge)
        if not isinstance(filing, Challenged) or not filing.uri:
            raise EvidenceError(f"challenge {show.challenge(challenge)} was filed without evidence")
        source, digest = filing.uri, digest or filing.evidence
    data = _read(session, source, digest)
    reader = None if offline else session.reader
    report: _Report
    about: dict[str, int]
    if challenge is None and library.is_gold_bundle(data):
        report = library.check_gold(data, reader)
        about = {"task": report.bundle.task, "batch": report.bundle.batch}
        title = f"against the known answers of items {{}} of batch {report.bundle.batch} of task {report.bundle.task}"
    else:
        report = library.check(data, reader, challenge=challenge)
        about = {"submission": report.bundle.submission}
        title = f"against the labels of items {{}} of submission {show.submission(report.bundle.submission)}"
    value = {
        "holds": report.holds,
        "evidence": report.digest,
        **about,
        "items": [exhibit.item for exhibit in report.bundle.exhibits],
        **{name: getattr(report, name) for name in ("proofs", "facts", "claims", "to_confirm", "confirmed")},
    }
    session.output.result(value, lambda: _print(session, report, title))
    if not report.holds:
        context.exit(1)


def _print(session: Session, report: _Report, title: str) -> None:
    out, bundle = session.output, report.bundle
    items = show.items([exhibit.item for exhibit in bundle.exhibits])
    out.line(f"Evidence 0x{report.digest.hex()}")
    out.line(title.format(items))
    for title, statements in (("Verified here", report.proofs), ("Asked of the chain", report.confirmed)):
        if statements:
            out.line("")
            out.line(title)
        for each in statements:
            out.line(f"  {MARKS[each.holds]}: {each.text}")
    for title, lines in (("So", report.facts), ("Whoever filed it says (nobody has verified it)", report.claims)):
        if lines:
            out.line("")
            out.line(title)
        for line in lines:
            out.line(f"  {line}")
    if not report.confirmed:
        out.line("")
        out.line("Only a chain can confirm")
        for fact in report.to_confirm:
            out.line(f"  {fact.what}: {fact.expected}")
    out.line("")
    out.line("Nothing is false." if report.holds else "SOMETHING IS FALSE: do not believe this bundle.")


def _read(session: Session, source: str, digest: bytes | None) -> bytes:
    """The file, never more of it than a bundle may have and one byte."""
    if "://" in source:
        data = session.library.get(source, digest)
    else:
        try:
            with open(source, "rb") as file:
                data = file.read(library.MAX_BYTES + 1)
        except OSError as error:
            raise click.UsageError(f"{source}: {error.strerror}") from None
    library.expect(data, digest)
    return data
