import json
import pickle
import subprocess
import sys
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import pytest

from goldleaf import LabelSet, bulk
from goldleaf.errors import ArgumentError, LabelError

LABELS = 1_000_000
SECONDS = 10
MEGABYTES = 600


def lines(count: int) -> bytes:
    return b"".join(b'{"item": %d, "label": {"tone": "up", "sure": %d}}\n' % (item, item % 7) for item in range(count))


@pytest.mark.parametrize(("count", "sizes"), [(10, [4, 4, 2]), (8, [4, 4]), (1, [1])])
def test_batches__lines__are_the_label_sets_of_the_task(count: int, sizes: list[int]) -> None:
    sets = list(bulk.batches(b"\n\n" + lines(count), 4))
    assert [len(labels) for labels in sets] == sizes
    assert sets == [
        LabelSet([{"tone": "up", "sure": item % 7} for item in labels.items], labels.items.start) for labels in sets
    ]
    assert bulk.roots(lines(count), 4) == [labels.root for labels in sets]


def test_roots__shared_by_processes__are_the_same() -> None:
    data = lines(50)
    assert bulk.roots(data, 4, workers=2) == bulk.roots(data, 4)
    assert len(bulk.roots(data, 4, workers=2)) == 13


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize(
    ("data", "message"),
    [
        (lines(6) + b"{}\n", "^line 7: no item number: there is no 'item'\\.$"),
        (lines(6) + lines(1), "^line 7: expected item 6, found item 0\\.$"),
        (lines(6).replace(b'"item": 3', b'"item": 4'), "^line 4: expected item 3, found item 4\\.$"),
        (b"", "^the file is empty\\.$"),
    ],
)
def test_roots__malformed_file__names_the_line(data: bytes, message: str, workers: int) -> None:
    with pytest.raises(LabelError, match=message):
        bulk.roots(data, 2, workers=workers)


@pytest.mark.parametrize("batch_size", [0, 4097])
def test_roots__impossible_batch_size__refused(batch_size: int) -> None:
    with pytest.raises(ArgumentError, match="1 to 4096"):
        bulk.roots(lines(1), batch_size)


def test_error__out_of_another_process__is_the_same() -> None:
    error = LabelError("labels", value=5, bound="at most 4")
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), str(copy), vars(copy)) == (LabelError, str(error), vars(error))


MEASURED = """
import json, resource, sys, threading, time
from pathlib import Path
from goldleaf import bulk

def resident():
    # Of this process and its children.
    pids = ["self", *Path("/proc/self/task").glob("*/children")]
    total = 0
    for pid in ["self"] + [pid for path in pids[1:] for pid in path.read_text().split()]:
        try:
            status = Path(f"/proc/{pid}/status").read_text()
        except OSError:
            continue
        total += int(status.partition("VmRSS:")[2].split()[0]) if "VmRSS:" in status else 0
    return total // 1024

def watch():
    while not done.wait(0.05):
        peaks.append(resident())

if __name__ == "__main__":
    peaks, done = [resident()], threading.Event()
    watcher = threading.Thread(target=watch)
    watcher.start()
    started = time.monotonic()
    roots = bulk.roots(sys.argv[1], workers=2)
    took = time.monotonic() - started
    done.set()
    watcher.join()
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    print(json.dumps({
        "roots": [root.hex() for root in roots[:2]],
        "count": len(roots),
        "seconds": took,
        "cpu": sum(one.ru_utime + one.ru_stime for one in used),
        "megabytes": max(peaks),
    }))
"""


def repeated(item: int) -> dict[str, object]:
    return {"diagnosis": "malignant" if item % 7 == 0 else "benign", "confidence": item % 101 / 100}


def different(item: int) -> dict[str, object]:
    return {"diagnosis": "malignant" if item % 7 == 0 else "benign", "confidence": item * 0.9999970000090 / LABELS}


@pytest.mark.parametrize("label", [repeated, different])
def test_roots__a_million_labels__in_ten_seconds_and_600_megabytes(
    label: Callable[[int], dict[str, object]], tmp_path: Path
) -> None:
    data = tmp_path / "labels.jsonl"
    with data.open("w") as file:
        for item in range(LABELS):
            file.write(json.dumps({"item": item, "label": label(item)}) + "\n")
    script = tmp_path / "measure.py"
    script.write_text(MEASURED)
    done = subprocess.run([sys.executable, script, data], capture_output=True, text=True, check=True)
    measured = json.loads(done.stdout)
    with data.open("rb") as file:
        first = LabelSet.from_json_lines(b"".join(islice(file, 4096)))
    assert (measured["count"], measured["roots"][0]) == (245, first.root.hex())
    assert measured["megabytes"] < MEGABYTES
    # On two cores that others use too, what was computed counts, not what was waited for.
    assert min(measured["seconds"], measured["cpu"] / 2) < SECONDS
