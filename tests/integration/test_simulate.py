"""The simulation's episodes on the contracts, and its command."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from goldleaf.types import Outcome
from scripts._simulation.experiments import samples
from scripts._simulation.sweep import Cell, episode
from scripts._simulation.terms import Crowd, Terms
from tests.replayed import differences

ROOT = Path(__file__).parents[2]
# `make simulate` asks for more.
SAMPLES = int(os.environ.get("GOLDLEAF_SAMPLES", "3"))
SMALL = Cell("mammo", "mixed", Terms(1.5, 2000, 10, 0.75), Crowd(greedy=True, asleep=0.4), seed=5, part=(6, 20))


def test_episode__on_the_contracts__has_every_balance_to_the_unit() -> None:
    _, played = episode(SMALL, 0)
    # The sample is of use only if it has met all that moves money.
    told = {Outcome.WRONG, Outcome.NOT_WRONG, Outcome.CONCEDED, Outcome.UNANSWERED, Outcome.VOID}
    assert {case.outcome for case in played.cases} == told
    assert any(case.hearing and case.hearing.appellants for case in played.cases)
    assert {work.rejected for work in played.works} == {True, False}
    assert differences(played, SMALL.terms) == []


@pytest.mark.parametrize("number", range(SAMPLES))
def test_episode__drawn_samples__agree_with_the_contracts(number: int) -> None:
    cell = list(samples(("mammo", "bluebirds", "fin_crowd"), 7, (6, 20), SAMPLES))[number]
    _, played = episode(cell, number)
    assert differences(played, cell.terms) == []


def test_differences__a_unit_too_much__is_found() -> None:
    cell = replace(SMALL, scenario="honest", part=(2, 10), crowd=Crowd())
    population, played = episode(cell, 0)
    name = population.real.annotators[0]
    gained = played.gains[name]
    played.gains[name] += 1
    assert differences(played, cell.terms) == [f"{name} gained {gained}, not {gained + 1}"]


def test_simulate__from_the_command_line__shows_and_writes(tmp_path: Path) -> None:
    output = tmp_path / "simulation.json"
    command = [sys.executable, "-m", "scripts.simulate", "--quick", "--data", "mammo"]
    done = subprocess.run([*command, "--output", output], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    document = json.loads(output.read_text())
    assert document["seed"] == 1 and document["quick"]
    assert {cell["data"] for cell in document["scenarios"]} == {"mammo"}


def test_simulate__unknown_set__is_refused() -> None:
    command = [sys.executable, "-m", "scripts.simulate", "--data", "nothing"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "no such set: nothing" in done.stderr


def test_simulate__one_set_of_a_kind_of_two__twice_the_same(tmp_path: Path) -> None:
    outputs = [tmp_path / f"{number}.json" for number in range(2)]
    for output in outputs:
        command = [sys.executable, "-m", "scripts.simulate", "--quick", "--data", "weather", "--output", output]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    first, second = (output.read_bytes() for output in outputs)
    assert first == second
