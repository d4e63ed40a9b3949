"""Reads what was published of a task, batch by batch, and writes what it comes to."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from goldleaf.ids import name_submission
from goldleaf.labels import Manifest
from goldleaf.types import ChallengeState, Outcome, SubmissionState

from ..audit.collect import Fetched, Library, Place, SchemaCheck, checked, fetch_labels, parse_classes
from ..audit.facts import Delivery, TaskFacts
from ..audit.rulings import Rulings, rulings, upheld
from ..audit.shown import shown
from ..errors import ExportError, LabelsIncomplete
from .majority import majority
from .rows import Consensus, Finding, Label, State, consensus_cells, label_cells
from .tables import Table

# Labels that are read together: of 2,048 bytes at most, and mostly of a few.
TOGETHER = 65_536
# What Dawid-Skene has in memory at once.
MOST_ESTIMATED = 1_000_000
# Label sets that a message names.
_NAMED = 3

# Told how many of how many label sets were read.
Progress = Callable[[int, int], object]


class Method(Enum):
    """How the label of an item is told from those of its annotators."""

    MAJORITY = "majority"
    DAWID_SKENE = "dawid-skene"


@dataclass(frozen=True, slots=True)
class Unread:
    """A published label set that could not be read, or is not what was published."""

    submission: int
    annotator: str
    rejected: bool  # its labels would not count
    verdict: str
    detail: str


@dataclass(frozen=True, slots=True)
class Summary:
    """What was exported."""

    items: int  # of the task
    labels: int
    counted: int  # labels that say something of the truth
    labelled: int  # items with at least one of these
    states: Mapping[str, int]  # labels by `State`
    findings: Mapping[str, int]  # labels by `Finding`
    unpublished: Mapping[str, int]  # submissions that nobody reads, by what they are
    unread: tuple[Unread, ...]


def export(
    facts: TaskFacts,
    manifest: Manifest,
    library: Library,
    time: int,
    *,
    labels: Table | None = None,
    consensus: Table | None = None,
    method: Method = Method.MAJORITY,
    incomplete: bool = False,
    progress: Progress | None = None,
) -> Summary:
    """Writes the labels of a task to `labels`, what they come to by item to `consensus`, both by rising items.

    Each label set is verified against its root; `manifest` is the task's. `facts` are as of a time, that of the index.
    Of the majority nothing but a few batches is in memory.

    Raises `LabelsIncomplete` if a label set cannot be read, unless `incomplete`: of rejected submissions, whose labels
    do not count, it is no matter. For Dawid-Skene raises `ExportError` if there are fewer than two classes, more than
    32, or more than a million labels, and `MissingExtra` without the extra `goldleaf-tools[audit]`.
    """
    reading = _Reading(facts, manifest, library, time, progress)
    truths = _Truths(facts, manifest, reading.uris, method)
    labelled = 0
    for items, rows, ruled in reading.batches():
        by_item: dict[int, list[Label]] = defaultdict(list)
        for row in rows:
            by_item[row.item].append(row)
        labelled += sum(any(row.counts for row in found) for found in by_item.values())
        for item in items:
            for row in by_item[item]:
                if labels is not None:
                    labels.write(label_cells(row))
            if consensus is not None:
                found = truths.take(item, by_item[item], ruled)
                if found is not None:
                    consensus.write(consensus_cells(found))
        if reading.missing and not incomplete:
            break
    if reading.missing and not incomplete:
        raise LabelsIncomplete(_tell(reading.missing))
    if consensus is not None:
        for one in truths.rest():
            consensus.write(consensus_cells(one))
    return Summary(
        items=facts.task.parameters.items,
        labels=sum(reading.states.values()),
        counted=reading.counted,
        labelled=labelled,
        states=dict(reading.states),
        findings=dict(reading.findings),
        unpublished=dict(Counter(_unpublished(one) for one in facts.deliveries if one.uri is None)),
        unread=tuple(reading.unread),
    )


class _Reading:
    """The labels of a task, batch by batch, and what there was of them."""

    def __init__(
        self, facts: TaskFacts, manifest: Manifest, library: Library, time: int, progress: Progress | None
    ) -> None:
        self._facts, self._library, self._time = facts, library, time
        # Whoever opens a task says how many items it has, and may name a manifest of fewer.
        missing = facts.task.parameters.items - len(manifest.items)
        self.uris = [*(item.uri for item in manifest.items), *[""] * missing]
        self._progress = progress
        self._check = SchemaCheck(manifest.label_schema)
        self._trusted = {facts.task.parameters.arbitrator}
        self._upheld = upheld(facts, self._trusted)
        self._told, self._pending = _challenges(facts)
        self.states: Counter[str] = Counter()
        self.findings: Counter[str] = Counter()
        self.counted = 0
        self.unread: list[Unread] = []

    @property
    def missing(self) -> list[Unread]:
        """What could not be read, and would count."""
        return [one for one in self.unread if not one.rejected]

    def batches(self) -> Iterator[tuple[range, list[Label], Rulings]]:
        """The items of each batch, in their order, their labels, and what rulings have told of them."""
        parameters = self._facts.task.parameters
        published: dict[int, list[Delivery]] = defaultdict(list)
        for delivery in self._facts.deliveries:
            if delivery.uri is not None:
                published[delivery.slot % parameters.batches].append(delivery)
        done, total = 0, sum(map(len, published.values()))
        for batches in _together(parameters.batches, published):
            wanted = [delivery for batch in batches for delivery in published.get(batch, ())]
            fetched = self._fetch(wanted)
            done += len(wanted)
            if self._progress is not None:
                self._progress(done, total)
            sets = {id: one.labels for id, one in fetched.items() if one.labels is not None}
            ruled = rulings(self._facts, sets, self._trusted)
            for batch in batches:
                rows = [row for one in published.get(batch, ()) for row in self._rows(one, fetched[one.id])]
                yield parameters.items_of(batch), rows, ruled

    def _fetch(self, wanted: Sequence[Delivery]) -> dict[int, Fetched]:
        places = {
            one.id: Place(one.uri, one.submission.root, one.items, one.submission.annotator)
            for one in wanted
            if one.uri is not None
        }
        fetched = {id: checked(one, self._check) for id, one in fetch_labels(self._library, places).items()}
        for delivery in wanted:
            found = fetched[delivery.id]
            if found.labels is None:
                rejected = delivery.submission.state == SubmissionState.REJECTED
                who = delivery.submission.annotator
                self.unread.append(Unread(delivery.id, who, rejected, found.verdict.value, found.detail))
        return fetched

    def _rows(self, delivery: Delivery, fetched: Fetched) -> Iterator[Label]:
        off = {one.item for one in fetched.off_schema}
        for item, label in fetched.labels or ():
            row = Label(
                item=item,
                uri=self.uris[item],
                submission=delivery.id,
                annotator=delivery.submission.annotator,
                label=label,
                state=self._state(delivery, item),
                finding=self._finding(delivery, item, off),
            )
            self.states[row.state.value] += 1
            if row.finding is not Finding.NOTHING:
                self.findings[row.finding.value] += 1
            self.counted += row.counts
            yield row

    def _state(self, delivery: Delivery, item: int) -> State:
        found = delivery.submission
        if found.state == SubmissionState.REJECTED:
            return State.REJECTED
        if found.state == SubmissionState.PAID:
            return State.PAID
        if item in self._pending.get(delivery.id, ()):
            return State.CHALLENGED
        is_over = self._time >= found.window_end and delivery.id not in self._pending
        return State.ACCEPTED if is_over else State.PUBLISHED

    def _finding(self, delivery: Delivery, item: int, off: set[int]) -> Finding:
        told = self._told.get((delivery.id, item))
        if told is not None:
            return told
        if item in self._upheld.get(delivery.id, ()):
            return Finding.RIGHT
        return Finding.OFF_SCHEMA if item in off else Finding.NOTHING


class _Truths:
    """What the labels of each item come to: at once, or when all were seen."""

    def __init__(self, facts: TaskFacts, manifest: Manifest, uris: Sequence[str], method: Method) -> None:
        self._task, self._uris, self._method = facts.id, uris, method
        self._classes = parse_classes(manifest.label_schema)
        self._known = {item: label for (_, item), label in shown(facts, manifest).items()}
        self._seen: list[Label] = []
        self._rulings: dict[int, tuple[bytes | None, frozenset[bytes]]] = {}

    def take(self, item: int, rows: Sequence[Label], ruled: Rulings) -> Consensus | None:
        """What an item's labels come to; None: `rest` tells it."""
        right = ruled.right.get((self._task, item))
        wrong = ruled.wrong.get((self._task, item), frozenset())
        if self._method is Method.MAJORITY:
            return majority(item, self._uris[item], rows, self._known.get(item), right, wrong)
        self._seen += (row for row in rows if row.counts)
        if len(self._seen) > MOST_ESTIMATED:
            raise ExportError(f"Dawid-Skene takes at most {MOST_ESTIMATED:,} labels at once: take the majority")
        if right is not None or wrong:
            self._rulings[item] = right, wrong
        return None

    def rest(self) -> Iterator[Consensus]:
        """What is left to tell, by rising items."""
        if self._method is Method.DAWID_SKENE:
            from .dawid_skene import dawid_skene

            yield from dawid_skene(self._task, self._uris, self._classes, self._seen, self._known, self._rulings)


def _together(count: int, published: Mapping[int, Sequence[Delivery]]) -> Iterator[list[int]]:
    """Batches, in their order, whose label sets are read together."""
    batches: list[int] = []
    labels = 0
    for batch in range(count):
        own = sum(len(delivery.items) for delivery in published.get(batch, ()))
        if batches and labels + own > TOGETHER:
            yield batches
            batches, labels = [], 0
        batches.append(batch)
        labels += own
    if batches:
        yield batches


_PROVEN = {
    Outcome.UNANSWERED: Finding.UNANSWERED,
    Outcome.CONCEDED: Finding.CONCEDED,
    Outcome.WRONG: Finding.WRONG,
}


def _challenges(facts: TaskFacts) -> tuple[dict[tuple[int, int], Finding], dict[int, set[int]]]:
    """What challenges have told of labels, by submission and item, and the items of those that are not settled."""
    told: dict[tuple[int, int], Finding] = {}
    pending: dict[int, set[int]] = defaultdict(set)
    proven = {one.id: set(one.wrong_items) for one in facts.deliveries}
    weights = list(_PROVEN.values())
    for challenge in facts.challenges:
        found = _PROVEN.get(challenge.outcome) if challenge.outcome is not None else None
        if challenge.state != ChallengeState.SETTLED:
            pending[challenge.submission].update(challenge.items)
            # Nobody takes it back, whoever settles it when.
            found = Finding.CONCEDED if challenge.state == ChallengeState.CONCEDED else None
        if found is None:
            continue
        for item in challenge.items:
            # Of labels that could not be read in time nobody has said that they are wrong.
            if found is Finding.UNANSWERED and item not in proven[challenge.submission]:
                continue
            before = told.get((challenge.submission, item), found)
            told[challenge.submission, item] = max(before, found, key=weights.index)
    return told, pending


def _unpublished(delivery: Delivery) -> str:
    match delivery.submission.state:
        case SubmissionState.FORFEITED:
            return "failed, or never published"
        case SubmissionState.COMMITTED:
            return "sealed"
        case SubmissionState.TAKEN:
            return "at work"
        case _:
            return "open again"


def _tell(missing: Sequence[Unread]) -> str:
    named = "; ".join(f"{name_submission(one.submission)} is {one.verdict}: {one.detail}" for one in missing[:_NAMED])
    more = f", and {len(missing) - _NAMED} more" if len(missing) > _NAMED else ""
    return f"label sets could not be read: {named}{more}"
