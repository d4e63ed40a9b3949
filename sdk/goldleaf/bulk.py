"""Labels of whole tasks: read line by line, batch by batch, in the memory of a few batches.

The file is JSON Lines as `LabelSet.from_json_lines` reads it, with the items in rising order.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from itertools import islice
from multiprocessing import get_context

from . import readers
from .errors import ArgumentError, LabelError
from .labels import MAX_LABELS, LabelSet
from .readers import Fields, Source


def batches(
    source: Source, batch_size: int = MAX_LABELS, *, item: str = "item", label: Fields = "label"
) -> Iterator[LabelSet]:
    """The label set of each batch of a task: items from 0 on, `batch_size` at a time, the last batch what is left.

    `source`, `item` and `label` are as in `LabelSet.from_json_lines`. Raises `LabelError` naming the line that is
    wrong, or whose item is not the next one; the batches before it have been yielded by then.
    """
    _check_batch_size(batch_size)
    lines = readers.numbered_lines(source)
    for first, chunk in _chunks(lines, batch_size):
        yield _label_set(first, chunk, item, label)


def roots(
    source: Source,
    batch_size: int = MAX_LABELS,
    *,
    item: str = "item",
    label: Fields = "label",
    workers: int = 1,
) -> list[bytes]:
    """The Merkle root of each batch of a task, as `batches` has them.

    With more than one of `workers`, as many processes share the work; a script that asks for them has to guard its own
    code by `if __name__ == "__main__":`, for Python starts them by importing it. Raises what `batches` does.
    """
    _check_batch_size(batch_size)
    chunks = _chunks(readers.numbered_lines(source), batch_size)
    if workers <= 1:
        return [_root(first, chunk, item, label) for first, chunk in chunks]
    found: list[bytes] = []
    # Fresh processes, as copies of this one would inherit locks that its threads hold.
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        waiting: deque[Future[bytes]] = deque()
        for first, chunk in chunks:
            waiting.append(pool.submit(_root, first, chunk, item, label))
            # So that the file is not read faster than it is worked on.
            if len(waiting) > 2 * workers:
                found.append(waiting.popleft().result())
        found += [future.result() for future in waiting]
    return found


def _check_batch_size(batch_size: int) -> None:
    if not 1 <= batch_size <= MAX_LABELS:
        raise ArgumentError("batch size", value=batch_size, bound=f"1 to {MAX_LABELS}")


def _chunks(lines: Iterator[tuple[int, bytes]], batch_size: int) -> Iterator[tuple[int, Sequence[tuple[int, bytes]]]]:
    """The first item and the lines of each batch."""
    first = 0
    while chunk := list(islice(lines, batch_size)):
        yield first, chunk
        first += len(chunk)
    if first == 0:
        raise LabelError("the file is empty")


def _root(first: int, lines: Iterable[tuple[int, bytes]], item: str, label: Fields) -> bytes:
    return _label_set(first, lines, item, label).root


def _label_set(first: int, lines: Iterable[tuple[int, bytes]], item: str, label: Fields) -> LabelSet:
    labels: dict[int, bytes] = {}
    for expected, entry in enumerate(readers.json_lines(lines, item, label), first):
        if entry.item != expected:
            raise LabelError(f"{entry.place}: expected item {expected}, found item {entry.item}")
        readers.warn_if_personal(*entry)
        labels[entry.item] = entry.label
    return LabelSet._from_encoded(labels, range(first, first + len(labels)))
