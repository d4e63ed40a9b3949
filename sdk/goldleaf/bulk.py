"""Labels of whole tasks: read line by line, batch by batch, in the memory of a few batches.

The file is JSON Lines as `LabelSet.from_json_lines` reads it, with the items in rising order.
"""

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context
from typing import NamedTuple

from . import readers
from ._label import MAX_LABEL_BYTES
from .canonical import plain_labels
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
    for chunk in _chunks(source, batch_size):
        yield _label_set(chunk, item, label)


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
    chunks = _chunks(source, batch_size)
    if workers <= 1:
        return [_root(chunk, item, label) for chunk in chunks]
    found: list[bytes] = []
    # Fresh processes, as copies of this one would inherit locks that its threads hold.
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        waiting: deque[Future[bytes]] = deque()
        for chunk in chunks:
            waiting.append(pool.submit(_root, chunk, item, label))
            # So that the file is not read faster than it is worked on.
            if len(waiting) > 2 * workers:
                found.append(waiting.popleft().result())
        found += [future.result() for future in waiting]
    return found


def _check_batch_size(batch_size: int) -> None:
    if not 1 <= batch_size <= MAX_LABELS:
        raise ArgumentError("batch size", value=batch_size, bound=f"1 to {MAX_LABELS}")


class _Chunk(NamedTuple):
    """The lines of a batch, as they are in the file."""

    first_item: int
    first_line: int
    lines: bytes


def _chunks(source: Source, batch_size: int) -> Iterator[_Chunk]:
    """The batches of a file, not parsed yet, so that little goes from process to process."""
    first_item, first_line, held, labels = 0, 1, [], 0
    for number, line in readers.File(source).lines():
        held.append(line)
        labels += not line.isspace()
        if labels == batch_size:
            yield _Chunk(first_item, first_line, b"".join(held))
            first_item, first_line, held, labels = first_item + labels, number + 1, [], 0
    if labels:
        yield _Chunk(first_item, first_line, b"".join(held))
    elif first_item == 0:
        raise LabelError("the file is empty")


def _root(chunk: _Chunk, item: str, label: Fields) -> bytes:
    return _label_set(chunk, item, label).root


def _label_set(chunk: _Chunk, item: str, label: Fields) -> LabelSet:
    return LabelSet._of(chunk.first_item, _at_once(chunk, item, label) or _line_by_line(chunk, item, label))


def _at_once(chunk: _Chunk, item: str, label: Fields) -> list[bytes] | None:
    """The labels of a batch that nothing has to be said about."""
    if (item, label) != ("item", "label"):
        return None
    labels = plain_labels(chunk.lines, chunk.first_item)
    if labels is None or b"@" in chunk.lines or max(map(len, labels)) > MAX_LABEL_BYTES:
        return None
    return labels


def _line_by_line(chunk: _Chunk, item: str, label: Fields) -> list[bytes]:
    labels: list[bytes] = []
    file = readers.File(chunk.lines)
    rows = readers.json_lines(file, file.numbered_lines(chunk.first_line), item, label)
    for expected, entry in enumerate((row.entry() for row in rows), chunk.first_item):
        if entry.item != expected:
            raise LabelError(f"{entry.place}: expected item {expected}, found item {entry.item}")
        readers.warn_if_personal(*entry)
        labels.append(entry.label)
    return labels
