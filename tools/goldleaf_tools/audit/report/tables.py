"""The tables of a report."""

from collections.abc import Sequence
from dataclasses import dataclass

from goldleaf.ids import split_submission
from goldleaf.types import SubmissionState

from ..result import Action, Flow, Grade, SetFinding, TaskAudit, Verdict
from . import money, text, words


@dataclass(frozen=True, slots=True)
class Column:
    """Of a table. `kind` is "text", "number", "code", "foreign" (a stranger's text) or "chance" (0 to 1, a bar)."""

    title: str
    kind: str = "text"


@dataclass(frozen=True, slots=True)
class Table:
    """Cells are text; those of a "chance" are numbers of 0 to 1. `more` says what is left out."""

    columns: tuple[Column, ...]
    rows: list[tuple[str | float, ...]]
    more: str = ""


# ---------------------------------------------------------------- label sets


def sets(audit: TaskAudit, rows: int) -> Table:
    """What was found of each label set."""
    # What is wrong comes first.
    order = (
        *(Verdict.MISMATCH, Verdict.MALFORMED, Verdict.MISSING),
        *(Verdict.UNSURE, Verdict.UNREACHABLE, Verdict.OFF_SCHEMA),
    )
    ranked = sorted(
        audit.sets, key=lambda one: (order.index(one.verdict) if one.verdict in order else len(order), one.slot)
    )
    return Table(
        (
            Column("Set", "number"),
            Column("Annotator", "code"),
            Column("Items", "number"),
            Column("Found"),
            Column("Stands at"),
            Column("Proven wrong", "number"),
            Column("Challengeable until"),
            Column("Where it lies", "foreign"),
            Column("Remark", "foreign"),
        ),
        [
            (
                str(one.slot),
                text.short(one.annotator),
                f"{one.first_item:,}-{one.first_item + one.labels - 1:,}",
                one.verdict.value,
                words.STATES[one.state],
                f"{one.errors:,} of {one.labels:,}",
                _window(audit, one),
                "-" if one.uri is None else text.plain(one.uri, 60),
                text.plain(one.detail, 200),
            )
            for one in ranked[:rows]
        ],
        more(len(ranked), rows, "label sets"),
    )


def tests(audit: TaskAudit, rows: int) -> Table:
    """The batches of a task whose sealed labels are tested: who was, who has passed, who was never read."""
    ranked = sorted(audit.tests, key=lambda one: one.batch)
    batches = audit.parameters.batches

    def sets(batch: int, grade: Grade) -> str:
        found = [str(one.slot) for one in audit.sets if one.slot % batches == batch and one.grade is grade]
        return ", ".join(found) or "-"

    return Table(
        (
            Column("Batch", "number"),
            Column("Stands at"),
            Column("Known items", "number"),
            Column("Errors that pass", "number"),
            Column("Items dropped", "number"),
            Column("Disputes about them", "number"),
            Column("Sets that passed"),
            Column("Sets never published"),
        ),
        [
            (
                str(one.batch),
                words.PHASES[one.phase],
                f"{len(one.items) + one.dropped:,}",
                f"{one.allowed:,}" if one.items else "-",
                f"{one.dropped:,}",
                f"{one.disputes:,}" + (f" ({one.undecided:,} undecided)" if one.undecided else ""),
                sets(one.batch, Grade.PASSED),
                sets(one.batch, Grade.NEVER_PUBLISHED),
            )
            for one in ranked[:rows]
        ],
        more(len(ranked), rows, "batches"),
    )


def _window(audit: TaskAudit, one: SetFinding) -> str:
    if one.window_end is None or one.state is not SubmissionState.PUBLISHED:
        return "-"
    return text.moment(one.window_end) if one.window_end > audit.time else "over"


def off_schema(audit: TaskAudit, rows: int) -> Table:
    """Labels that are wrong at sight."""
    found = [(one, off) for one in audit.sets for off in one.off_schema]
    return Table(
        (
            Column("Set", "number"),
            Column("Item", "number"),
            Column("What it is", "foreign"),
            Column("Label", "foreign"),
            Column("Why", "foreign"),
        ),
        [
            (
                str(one.slot),
                f"{off.item:,}",
                text.plain(audit.manifest.shows(off.item), 60) or "-",
                text.label(off.label),
                text.plain(off.refusal, 200),
            )
            for one, off in found[:rows]
        ],
        more(len(found), rows, "such labels"),
    )


# ---------------------------------------------------------------- labels


def suspects(audit: TaskAudit, rows: int) -> Table:
    """Labels that are probably wrong, the most probable first."""
    probable = audit.labels.suspects()
    cells: list[tuple[str | float, ...]] = []
    for place in probable[:rows]:
        row = audit.labels.row(place)
        cells.append(
            (
                f"{row.item:,}",
                text.plain(audit.manifest.shows(row.item), 60) or "-",
                text.label(row.label, 80),
                text.label(row.consensus, 80),
                text.label(row.gold, 80),
                row.p_wrong,
                str(slot(row.submission)),
                text.short(row.annotator),
            )
        )
    return Table(
        (
            Column("Item", "number"),
            Column("What it is", "foreign"),
            Column("Label given", "foreign"),
            Column("Probably true", "foreign"),
            Column("Known to the auditor", "foreign"),
            Column("Chance that it is wrong", "chance"),
            Column("Set", "number"),
            Column("Annotator", "code"),
        ),
        cells,
        more(len(probable), rows, "labels that are probably wrong"),
    )


def calibration(audit: TaskAudit) -> Table:
    """How often labels were wrong, by how probably they were said to be."""
    measured = None if audit.calibration is None else audit.calibration.calibrated
    bins = () if measured is None else measured.bins
    return Table(
        (Column("Said to be wrong", "number"), Column("Were wrong", "number"), Column("Labels", "number")),
        [(text.share(one.predicted), text.share(one.observed), f"{one.count:,}") for one in bins if one.count],
    )


def annotators(audit: TaskAudit, rows: int) -> Table:
    """How reliable each annotator is."""
    ranked = sorted(audit.annotators, key=lambda one: (one.accuracy, one.annotator))
    return Table(
        (
            Column("Annotator", "code"),
            Column("Labels", "number"),
            Column("Probably right", "number"),
            Column("Between", "number"),
            Column("Agrees with others", "number"),
            Column("Right where the truth is known", "number"),
        ),
        [
            (
                text.short(one.annotator),
                f"{one.labels:,}",
                text.share(one.accuracy),
                f"{text.share(one.low)} and {text.share(one.high)}",
                "-" if one.agreement is None else text.share(one.agreement),
                f"{one.gold_right:,} of {one.gold_labels:,}" if one.gold_labels else "-",
            )
            for one in ranked[:rows]
        ],
        more(len(ranked), rows, "annotators"),
    )


# ---------------------------------------------------------------- proposals


def proposals(audit: TaskAudit, rows: int) -> Table:
    """Challenges that were thought of: what each risks and pays."""
    ranked = sorted(audit.proposals, key=lambda one: (one.action is not Action.FILE, -one.expectation.value))
    token = audit.token
    return Table(
        (
            Column("Worth on average", "number"),
            Column("Advice"),
            Column("Set", "number"),
            Column("Items"),
            Column("All of them wrong", "chance"),
            Column("Chance to win", "chance"),
            Column("Pays if won", "number"),
            Column("At risk (bond)", "number"),
            Column("Jury costs", "number"),
            Column("Why"),
        ),
        [
            (
                text.amount(one.expectation.value, token),
                "file it" if one.action is Action.FILE else "leave it",
                str(slot(one.submission)),
                items(one.items),
                one.expectation.p_all_wrong,
                one.expectation.p_won,
                text.amount(one.prize + one.bonus, token),
                text.amount(one.bond, token),
                text.amount(one.fee, token),
                text.plain(one.why, 300),
            )
            for one in ranked[:rows]
        ],
        more(len(ranked), rows, "challenges that were thought of"),
    )


def availability(audit: TaskAudit, rows: int) -> Table:
    """Label sets to challenge as unavailable."""
    return Table(
        (
            Column("Advice"),
            Column("Set", "number"),
            Column("Items"),
            Column("Pays if one is not shown", "number"),
            Column("Costs if all are", "number"),
            Column("File it before"),
            Column("Why"),
        ),
        [
            (
                "file it" if one.action is Action.FILE else "leave it",
                str(slot(one.submission)),
                items(one.items),
                text.amount(one.prize, audit.token),
                text.amount(one.bond, audit.token),
                text.moment(one.end),
                text.plain(one.why, 300),
            )
            for one in audit.availability[:rows]
        ],
        more(len(audit.availability), rows, "availability challenges that were thought of"),
    )


# ---------------------------------------------------------------- money and method


def flows(audit: TaskAudit, moved: Sequence[Flow]) -> Table:
    """Where money went, the largest amounts first."""
    return Table(
        (
            Column("From"),
            Column("To"),
            Column("What"),
            Column("Amount", "number"),
        ),
        [
            (
                money.role(flow.source),
                money.role(flow.target),
                text.plain(flow.what),
                text.amount(flow.amount, audit.token),
            )
            for flow in sorted(moved, key=lambda flow: -flow.amount)
        ],
    )


def scores(audit: TaskAudit) -> Table:
    """How well each estimator did."""
    scores = () if audit.choice is None else audit.choice.scores
    return Table(
        (
            Column("Estimator"),
            Column("Finds what was held out", "number"),
            Column("Log loss (less is better)", "number"),
            Column("Brier score (less is better)", "number"),
        ),
        [(one.estimator.value, text.share(one.accuracy), f"{one.log_loss:.3f}", f"{one.brier:.3f}") for one in scores],
    )


def items(numbers: Sequence[int], most: int = 12) -> str:
    """Item numbers, the first of them."""
    shown = ", ".join(f"{number:,}" for number in numbers[:most])
    return f"{shown} and {len(numbers) - most} more" if len(numbers) > most else shown


def slot(submission: int) -> int:
    """The slot of a submission: within a task, its name."""
    return split_submission(submission)[1]


def more(total: int, shown: int, what: str) -> str:
    """What is said of rows that are left out."""
    return f"{shown:,} of {total:,} {what} are shown; the JSON beside this page has all." if total > shown else ""
