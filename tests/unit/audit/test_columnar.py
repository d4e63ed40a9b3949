"""Answers by columns in files."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from goldleaf.errors import AnswersError
from goldleaf_tools.audit.columnar import judge, open_columns, synthesize

# Peak memory of a million answers, in a process of its own; libraries alone take about 250 MB of it.
MEASURE = """
import sys
from pathlib import Path
from goldleaf_tools.audit.columnar import judge, synthesize
truth = synthesize(Path(sys.argv[1]), answers=1_000_000)
judge(Path(sys.argv[1]), annotators=2000, items=len(truth), classes=4, sample=100_000)
# Not of getrusage, which takes the peak over from the process that started this one.
print(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0])
"""


def test_judge__chunks_of_any_size__gives_the_same(tmp_path: Path) -> None:
    truth = synthesize(tmp_path, answers=20_000, annotators=50)
    sizes = {"annotators": 50, "items": len(truth), "classes": 4}
    whole = judge(tmp_path, **sizes)
    at_once = np.array(np.load(tmp_path / "p_wrong.npy"))
    judge(tmp_path, **sizes, chunk=777)
    np.testing.assert_array_equal(np.load(tmp_path / "p_wrong.npy"), at_once)
    columns = open_columns(tmp_path)
    wrong = columns["label"] != truth[columns["item"]]
    assert np.mean(whole.posterior.argmax(axis=1) == truth) > 0.92
    assert at_once[wrong].mean() > 2 * at_once[~wrong].mean()


def test_judge__million_answers__stays_in_bounded_memory(tmp_path: Path) -> None:
    run = subprocess.run([sys.executable, "-c", MEASURE, str(tmp_path)], capture_output=True, text=True, check=True)
    assert int(run.stdout) < 600 * 1024


def test_judge__code_beyond_the_names__is_refused(tmp_path: Path) -> None:
    truth = synthesize(tmp_path, answers=1000, annotators=50)
    with pytest.raises(AnswersError, match="column annotator holds codes beyond 49"):
        judge(tmp_path, annotators=49, items=len(truth), classes=4)


def test_open_columns__no_columns__is_refused(tmp_path: Path) -> None:
    with pytest.raises(AnswersError, match="holds no columns"):
        open_columns(tmp_path)


def test_synthesize__not_a_multiple__is_refused(tmp_path: Path) -> None:
    with pytest.raises(AnswersError, match="cannot be 5 for each item"):
        synthesize(tmp_path, answers=1001)
