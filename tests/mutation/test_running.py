"""A mutant that a test finds is killed, and nothing else is."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from tests.chains import CONTRACTS, ROOT
from tests.mutation.areas import area
from tests.mutation.mutants import Edit, Mutant, mutants_of
from tests.mutation.running import Runner

FILE = "modules/royalty/packing.vy"
ORIGINAL = "return task << 64 | number"
OUTCOMES = {
    "return task << 64 | number + 1": "killed",
    "return number | task << 64": "survived",
    "return (task << 64) | number": "equal",
    "return task << 64 | nobody": "invalid",
}


def play(record: Path) -> None:
    """In a process of its own, as it forks, and pytest is run inside."""
    start = (CONTRACTS / FILE).read_text().index(ORIGINAL)
    mutants = [
        Mutant(FILE, "_join", "test", ORIGINAL, now, 0, 0, Edit("test", start, start + len(ORIGINAL), now))
        for now in OUTCOMES
    ]
    packing = area("packing", ["mocks/RoyaltyPackingHarness"], "property/test_royalty_packing.py")
    runner = Runner(record, [packing])
    results = {mutant.now: result.outcome for mutant, result in runner.run(mutants, jobs=2)}
    tests = [result.test for result in runner.results if result.test]
    print(json.dumps({"outcomes": results, "tests": tests, "failing": runner.control(tests)}))


def test_run__of_each_kind_of_fault__tells_them_apart(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", f"from {__name__} import play, Path; play(Path({str(tmp_path / 'record')!r}))"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "GOLDLEAF_PROFILE": "mutants"},
        capture_output=True,
        text=True,
        check=True,
    )
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["outcomes"] == OUTCOMES
    assert told["tests"] == ["tests/property/test_royalty_packing.py::test_id__joined__comes_apart_again"]
    assert told["failing"] == []
    recorded = [json.loads(line)["outcome"] for line in (tmp_path / "record").read_text().splitlines()]
    assert sorted(recorded) == sorted(OUTCOMES.values())


def test_first__after_others_were_killed__are_the_tests_that_did_it(tmp_path: Path) -> None:
    mutant = next(mutant for mutant in mutants_of(FILE) if mutant.function == "_join")
    packing = area("packing", ["mocks/RoyaltyPackingHarness"], "property/test_royalty_packing.py")
    lines = [
        {"id": "1", "file": FILE, "function": function, "outcome": "killed", "test": test}
        for function, test in [("_join", "a"), ("_task", "b"), ("_join", "c"), ("_join", "a"), ("_task", "gone")]
    ]
    (tmp_path / "record").write_text("".join(json.dumps(line) + "\n" for line in lines))
    runner = Runner(tmp_path / "record", [packing])
    runner.tests[packing] = ["a", "b", "c", "d"]
    assert runner.first(mutant, packing) == ["a", "c", "b"]
    assert runner.first(replace(mutant, file="Court.vy"), packing) == []
