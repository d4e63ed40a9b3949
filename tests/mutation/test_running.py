"""A mutant that a test finds is killed, and nothing else is."""

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.chains import CONTRACTS, ROOT
from tests.mutation.areas import Area, area
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


PACKING = area("packing", ["mocks/RoyaltyPackingHarness"], "property/test_royalty_packing.py")
HISTORIES = area("histories", ["RoyaltyPool"], "stateful/test_royalty_machine.py")


def run_apart(record: Path, tested: Area, file: str, original: str, faults: Iterable[str]) -> dict[str, Any]:
    """What comes of faults in place of a text: in a process of its own, as it forks, and pytest is run inside."""
    call = f"run({str(record)!r}, {tested!r}, {file!r}, {original!r}, {[*faults]!r})"
    done = subprocess.run(
        [sys.executable, "-c", f"from {__name__} import *; {call}"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "GOLDLEAF_PROFILE": "mutants"},
        capture_output=True,
        text=True,
        check=True,
    )
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def run(record: str, tested: Area, file: str, original: str, faults: Iterable[str]) -> None:
    start = (CONTRACTS / file).read_text().index(original)
    mutants = [
        Mutant(file, "", "test", original, now, 0, 0, Edit("test", start, start + len(original), now)) for now in faults
    ]
    runner = Runner(Path(record), [tested])
    results = {mutant.now: result.outcome for mutant, result in runner.run(mutants, jobs=2)}
    tests = [result.test for result in runner.results if result.test]
    print(json.dumps({"outcomes": results, "tests": tests, "failing": runner.control(tests)}))


def test_run__of_each_kind_of_fault__tells_them_apart(tmp_path: Path) -> None:
    told = run_apart(tmp_path / "record", PACKING, FILE, ORIGINAL, OUTCOMES)
    assert told["outcomes"] == OUTCOMES
    assert told["tests"] == ["tests/property/test_royalty_packing.py::test_id__joined__comes_apart_again"]
    assert told["failing"] == []
    recorded = [json.loads(line)["outcome"] for line in (tmp_path / "record").read_text().splitlines()]
    assert sorted(recorded) == sorted(OUTCOMES.values())


def test_run__of_histories_in_a_process_of_their_own__meets_the_fault(tmp_path: Path) -> None:
    fault = "data_set.enrolled -= labels"
    told = run_apart(tmp_path / "record", HISTORIES, "modules/royalty/shares.vy", fault.replace("-", "+"), [fault])
    assert told["outcomes"] == {fault: "killed"}
    assert told["failing"] == []


def test_control__of_no_tests__runs_none(tmp_path: Path) -> None:
    assert Runner(tmp_path / "record", [PACKING]).control([]) == []


def test_first__after_others_were_killed__are_the_tests_that_did_it(tmp_path: Path) -> None:
    mutant = next(mutant for mutant in mutants_of(FILE) if mutant.function == "_join")
    lines = [
        {"id": "1", "file": FILE, "function": function, "outcome": "killed", "test": test}
        for function, test in [("_join", "a"), ("_task", "b"), ("_join", "c"), ("_join", "a"), ("_task", "gone")]
    ]
    (tmp_path / "record").write_text("".join(json.dumps(line) + "\n" for line in lines))
    runner = Runner(tmp_path / "record", [PACKING])
    runner.tests[PACKING] = ["a", "b", "c", "d"]
    assert runner.first(mutant, PACKING) == ["a", "c", "b"]
    assert runner.first(replace(mutant, file="Court.vy"), PACKING) == []
