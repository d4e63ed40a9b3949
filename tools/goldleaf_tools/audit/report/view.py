"""What the page of an audit shows: sentences, tables and figures, made of a `TaskAudit`."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from goldleaf.types import Outcome

from ..result import Action, ChallengeReport, SetFinding, TaskAudit, Verdict
from . import money, plots, tables, text, words
from .plots import Plot
from .tables import Table

# Classes that the sentence about the label schema names.
_MOST_ALLOWED = 20


@dataclass(frozen=True, slots=True)
class Fact:
    """A number that matters, and what it is."""

    number: str
    what: str


@dataclass(frozen=True, slots=True)
class Story:
    """What became of a challenge of either kind."""

    title: str
    ending: str
    steps: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class View:
    """All that the template writes."""

    title: str
    made: str
    facts: tuple[Fact, ...]
    asked: tuple[str, ...]
    guidelines: str | None
    allowed: str
    sets_words: str
    sets: Table
    tests_words: tuple[str, ...]
    tests: Table
    off_schema: Table
    labels_words: tuple[str, ...]
    suspects: Table
    annotators_words: str
    annotators: Table
    reliability: Plot | None
    confusion: Plot | None
    calibration: Plot | None
    calibration_table: Table  # where there is too little for a figure
    proposals: Table
    availability: Table
    stories_words: str
    stories: tuple[Story, ...]
    stories_more: str
    timeline: Plot | None
    flows_words: str
    flows: Plot | None
    flow_table: Table
    method: tuple[str, ...]
    scores: Table
    glossary: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]


def view(audit: TaskAudit, rows: int) -> View:
    """The view of an audit, with tables of up to `rows` rows."""
    moved = money.all_flows(audit)
    measured = audit.calibration
    stories = sorted(
        audit.challenges, key=lambda challenge: (not challenge.own, challenge.submission, challenge.number)
    )
    return View(
        title=f"Audit of task {audit.task}",
        made=(
            f"Chain {audit.chain}, block {audit.block:,} of {text.moment(audit.time)}. "
            f"Contract {text.plain(audit.escrow)}."
        ),
        facts=tuple(_facts(audit)),
        asked=tuple(words.asked(audit)),
        guidelines=None if audit.manifest.guidelines is None else text.block(audit.manifest.guidelines),
        allowed=_allowed(audit),
        sets_words=_sets_words(audit.sets),
        sets=tables.sets(audit, rows),
        tests_words=tuple(words.tests(audit)),
        tests=tables.tests(audit, rows),
        off_schema=tables.off_schema(audit, rows),
        labels_words=tuple(words.labels(audit)),
        suspects=tables.suspects(audit, rows),
        annotators_words=words.annotators(audit),
        annotators=tables.annotators(audit, rows),
        reliability=plots.reliability(audit.annotators) if audit.annotators else None,
        confusion=plots.confusion(audit.annotators, audit.labels.classes),
        calibration=(
            plots.calibration(measured.calibrated, measured.uncalibrated)
            if measured is not None and measured.calibrated is not None and measured.uncalibrated is not None
            else None
        ),
        calibration_table=tables.calibration(audit),
        proposals=tables.proposals(audit, rows),
        availability=tables.availability(audit, rows),
        stories_words=_stories_words(audit.challenges),
        stories=tuple(_story(audit, challenge) for challenge in stories[:rows]),
        stories_more=tables.more(len(stories), rows, "challenges"),
        timeline=money.timeline(audit.challenges, audit.time),
        flows_words=words.money(audit),
        flows=money.flows(moved, audit.token) if moved else None,
        flow_table=tables.flows(audit, moved),
        method=tuple(words.method(audit)),
        scores=tables.scores(audit),
        glossary=words.GLOSSARY,
        notes=tuple(text.plain(note, 400) for note in audit.notes),
    )


def _facts(audit: TaskAudit) -> Iterable[Fact]:
    readable = sum(one.verdict.readable for one in audit.sets)
    published = sum(one.verdict is not Verdict.NOT_PUBLISHED for one in audit.sets)
    yield Fact(f"{len(audit.labels):,}", "labels read")
    yield Fact(f"{readable:,} of {published:,}", "published label sets can be read and verified")
    yield Fact(f"{len(audit.labels.suspects()):,}", "labels probably wrong")
    yield Fact(f"{sum(one.action is Action.FILE for one in audit.proposals):,}", "challenges worth filing")
    yield Fact(f"{sum(challenge.outcome is None for challenge in audit.challenges):,}", "challenges undecided")
    proven = sum(one.errors for one in audit.sets)
    yield Fact(f"{proven:,}", "label proven wrong so far" if proven == 1 else "labels proven wrong so far")


def _allowed(audit: TaskAudit) -> str:
    schema = audit.manifest.label_schema
    if schema is None:
        return ""
    values = schema.get("enum") if isinstance(schema, dict) else None
    if isinstance(values, list) and values and len(values) <= _MOST_ALLOWED:
        return ", ".join(text.json_value(value, 40) for value in values)
    return text.json_value(schema, 400)


def _sets_words(sets: Sequence[SetFinding]) -> str:
    verdicts = [one.verdict for one in sets]
    said = [
        f"{text.count(verdicts.count(verdict), 'label set')} {words.VERDICTS[verdict]}"
        for verdict in Verdict
        if verdict in verdicts
    ]
    return "; ".join(said).capitalize() + "." if said else "Nobody has taken a part of this task yet."


def _stories_words(challenges: Sequence[ChallengeReport]) -> str:
    if not challenges:
        return "Nobody has challenged a label of this task so far."
    outcomes = [challenge.outcome for challenge in challenges]
    said = [f"{outcomes.count(one):,} {words.OUTCOMES[one]}" for one in Outcome if one in outcomes]
    if None in outcomes:
        said.append(f"{outcomes.count(None):,} not settled yet")
    own = sum(challenge.own for challenge in challenges)
    return f"{text.count(len(challenges), 'challenge')} so far, {own:,} of them by this auditor: {'; '.join(said)}."


def _story(audit: TaskAudit, challenge: ChallengeReport) -> Story:
    token = audit.token
    who = "this auditor" if challenge.own else text.short(challenge.challenger)
    what = f"{words.KINDS[challenge.kind].capitalize()} {challenge.number}"
    title = f"{what} on set {tables.slot(challenge.submission)}, by {who}: "
    if challenge.outcome is None:
        ending = f"Not settled yet. {text.amount(challenge.bond, token)} are at risk."
    else:
        gained = (challenge.to_challenger or 0) - challenge.bond
        ending = f"{words.OUTCOMES[challenge.outcome].capitalize()}. "
        if gained:
            ending += f"Who filed it {'gained' if gained > 0 else 'lost'} {text.amount(abs(gained), token)}."
        else:
            ending += "Who filed it got the bond back and nothing more."
        if challenge.proven:
            ending += f" {text.count(challenge.proven, 'label was', 'labels were')} proven wrong."
    if challenge.fee:
        ending += f" The jury cost {text.amount(challenge.fee, token)}."
    steps = tuple(
        (
            text.moment(event.time),
            text.plain(event.text, 300) + (f" ({text.short(event.account)})" if event.account else ""),
        )
        for event in challenge.events
    )
    return Story(f"{title}{text.count(len(challenge.items), 'item')} ({tables.items(challenge.items)})", ending, steps)
