"""What an auditor knows already: the truth of some items, out of files that are read as labels are."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from goldleaf.errors import LabelError
from goldleaf.labels import Manifest
from goldleaf.labels.readers import Entry, Reading, Source, hold, read

if TYPE_CHECKING:  # numpy, which this needs not
    from .answers import Gold, Item


def read_gold(
    sources: Sequence[Source], tasks: Collection[int], manifest: Callable[[int], Manifest], how: Reading | None = None
) -> "Gold":
    """The truth of items of `tasks`, from files of JSON Lines, CSV or Label Studio, held against the tasks' schemas.

    Each entry has the item's number and label, and its task in `task` unless it is of the one task. What is of other
    tasks is left out, and of a CSV line whose label is empty the truth is not known. `manifest` gives the manifest of a
    task; it is asked for those only that the files have gold of. `how` is as for labels.

    Raises `LabelError` naming file and line, also where an item has two truths; `LabelOutsideSchema`; `ArgumentError`
    if `how` cannot be; what `manifest` raises.
    """
    how = replace(how or Reading(), task="task")
    known = cache(manifest)
    only = next(iter(tasks)) if len(tasks) == 1 else None
    counted = range(len(known(only).items)) if how.item is None and only is not None else None
    found: dict[Item, Entry] = {}
    for row in read(sources, how, counted):
        task = only if row.task is None else row.task
        if task is None:
            raise LabelError(f"{row.place}: no 'task', and more than one is audited: say which task the item is of")
        if task not in tasks:
            continue
        assert row.item is not None
        if row.item >= len(known(task).items):
            raise LabelError(f"{row.place}: item {row.item} is none of the {len(known(task).items)} of task {task}")
        entry = row.entry(lambda task=task: known(task).schema)  # type: ignore[misc]
        before = found.setdefault((task, entry.item), entry)
        if before.label != entry.label:
            raise LabelError(f"{entry.place}: item {entry.item} has another label by {before.place}")
    for task in {task for task, _ in found}:
        hold((entry for (of, _), entry in found.items() if of == task), known(task).schema)
    return {item: entry.label for item, entry in found.items()}
