"""The label table and the annotators of each task, out of an estimate that several tasks share."""

from collections import defaultdict
from collections.abc import Collection, Mapping

import numpy as np
from numpy.typing import NDArray

from .collect import Fetched
from .estimate import Estimate
from .facts import TaskFacts
from .result import AnnotatorEstimate, LabelTable

# How sure the auditor is that jurors find a label wrong that the schema does not allow.
OFF_SCHEMA = 0.995


class Tables:
    """The rows of an estimate, by task. `estimate` None: no label was there to estimate from."""

    def __init__(self, estimate: Estimate | None) -> None:
        self._estimate = estimate
        self._rows: dict[int, NDArray[np.intp]] = {}
        self._annotators: dict[str, AnnotatorEstimate] = {}
        if estimate is not None:
            answers = estimate.answers
            task = np.array([task for task, _ in answers.items], dtype=np.int64)[answers.item]
            order = np.argsort(task, kind="stable")
            for rows in np.split(order, np.flatnonzero(np.diff(task[order])) + 1):
                self._rows[int(task[rows[0]])] = rows
            self._annotators = {one.annotator: one for one in estimate.annotators()}

    def labels(
        self, facts: TaskFacts, fetched: Mapping[int, Fetched], upheld: Mapping[int, Collection[int]]
    ) -> LabelTable:
        """The readable labels of a task. `upheld` are items, by submission, whose labels jurors did not find wrong."""
        columns: dict[str, list[int]] = defaultdict(list)
        consensus: list[int | None] = []
        gold: list[int | None] = []
        p_wrong: list[float] = []
        classes: list[bytes] = []
        readable = [one for one in facts.deliveries if one.id in fetched and fetched[one.id].labels is not None]
        places = {one.id: place for place, one in enumerate(readable)}
        rows = self._rows.get(facts.id)
        if self._estimate is not None:
            classes = list(self._estimate.answers.classes)
        if self._estimate is not None and rows is not None:
            answers = self._estimate.answers
            items = answers.item[rows]
            columns["submission"] = [places[answers.submissions[code]] for code in answers.submission[rows].tolist()]
            columns["item"] = [answers.items[code][1] for code in items.tolist()]
            columns["label"] = answers.label[rows].tolist()
            consensus = [_named(code) for code in self._estimate.believed[rows].tolist()]
            gold = [_named(code) for code in self._estimate.gold[items].tolist()]
            p_wrong = self._estimate.p_wrong[rows].tolist()
        known = {label: code for code, label in enumerate(classes)}
        for one in readable:
            for off in fetched[one.id].off_schema:
                if off.label not in known:
                    known[off.label] = len(classes)
                    classes.append(off.label)
                columns["submission"].append(places[one.id])
                columns["item"].append(off.item)
                columns["label"].append(known[off.label])
                consensus.append(None)
                gold.append(None)
                p_wrong.append(OFF_SCHEMA)
        proven = {one.id: set(one.wrong_items) for one in readable}
        for row, (place, item) in enumerate(zip(columns["submission"], columns["item"], strict=True)):
            submission = readable[place].id
            if item in upheld.get(submission, ()):
                p_wrong[row], consensus[row] = 0.0, columns["label"][row]
            elif item in proven[submission]:
                p_wrong[row] = 1.0
                if consensus[row] == columns["label"][row]:
                    consensus[row] = None
        return LabelTable(
            classes=tuple(classes),
            submissions=tuple(one.id for one in readable),
            annotators=tuple(one.submission.annotator for one in readable),
            submission=tuple(columns["submission"]),
            item=tuple(columns["item"]),
            label=tuple(columns["label"]),
            consensus=tuple(consensus),
            p_wrong=tuple(p_wrong),
            gold=tuple(gold),
        )

    def annotators(self, facts: TaskFacts) -> tuple[AnnotatorEstimate, ...]:
        """Those of the task, by all of their labels in the pool."""
        names = sorted({one.submission.annotator for one in facts.deliveries})
        return tuple(self._annotators[name] for name in names if name in self._annotators)


def _named(code: int) -> int | None:
    return None if code < 0 else code
