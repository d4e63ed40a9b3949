"""The simulation's episodes on the contracts, and its command."""

import json
import os
import random
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from goldleaf.types import Outcome
from scripts._simulation import audited, tested
from scripts._simulation.people import Crowd, Kind, gather
from scripts._simulation.sets import load, part
from scripts._simulation.standard import Test as Standard
from scripts._simulation.terms import REWARD, Terms
from tests.replayed import differences, differences_tested

ROOT = Path(__file__).parents[2]
# `make simulate` asks for more.
SAMPLES = int(os.environ.get("GOLDLEAF_SAMPLES", "3"))
# Small tests, that batches stay small: by number of classes.
COUNTS = {"mammo": (5, 5), "fin_crowd": (4, 4, 4), "weather": (2, 2, 2, 2, 2)}
TERMS = Terms(1.5, 2000, 10, 0.75)


def crowd(data: str, annotators: int, items: int, *, others: bool = True) -> Crowd:
    return gather(part(load(data), annotators, items), others, "5")


def setting(data: str, seed: str, wrong: float = 0.0) -> tested.Setting:
    counts = COUNTS[data]
    allowed = sum(counts) - max(counts) - 2
    return tested.Setting(data, Standard(counts, allowed, 4, Fraction(1, 2)), seed, batches=2, wrong=wrong)


def test_audited__on_the_contracts__has_every_balance_to_the_unit() -> None:
    played = audited.play(crowd("mammo", 6, 20), TERMS, "3")
    # The sample is of use only if it has met what moves money.
    assert {case.outcome for case in played.cases} == {Outcome.WRONG, Outcome.NOT_WRONG, Outcome.UNANSWERED}
    assert any(case.hearing and case.hearing.appellants for case in played.cases)
    assert {work.rejected for work in played.works} == {True, False}
    assert differences(played, TERMS) == []


def test_tested__on_the_contracts__has_every_balance_to_the_unit() -> None:
    sample = setting("mammo", "1", wrong=0.1)
    played = tested.play(sample)
    names = [call.name for call in played.calls]
    # Passed and failed, disputes won and lost, a batch without a test.
    assert {work.passed for work in played.works} == {True, False}
    assert {call.arguments[-1] for call in played.calls if call.name == "gold rule"} == {1, 2}
    assert "gold waive" in names and "escrow expire" in names
    assert differences_tested(played, sample) == []


@pytest.mark.parametrize("number", range(SAMPLES))
def test_audited__drawn_samples__agree_with_the_contracts(number: int) -> None:
    chance = random.Random(f"audited {number}")
    data = chance.choice(("mammo", "bluebirds", "fin_crowd"))
    terms = Terms(chance.choice((2.0, 3.0)), chance.choice((1000, 2000, 4000)), 20, 0.3)
    played = audited.play(crowd(data, 6, 20, others=chance.random() < 0.7), terms, str(number), chance.choice((0.5, 1)))
    assert differences(played, terms) == []


@pytest.mark.parametrize("number", range(SAMPLES))
def test_tested__drawn_samples__agree_with_the_contracts(number: int) -> None:
    chance = random.Random(f"tested {number}")
    sample = setting(chance.choice(list(COUNTS)), f"drawn {number}", chance.choice((0.0, 0.03, 0.1, 0.6)))
    assert differences_tested(tested.play(sample), sample) == []


def test_differences__a_unit_too_much__is_found() -> None:
    people = crowd("mammo", 2, 10, others=False)
    played = audited.play(people, TERMS, "0")
    name = audited.name_of(people, 0)
    gained = played.gains[name]
    played.gains[name] += 1
    assert differences(played, TERMS) == [f"{name} gained {gained}, not {gained + 1}"]


def test_differences_tested__a_unit_too_much__is_found() -> None:
    sample = setting("mammo", "7")
    played = tested.play(sample)
    name = tested.name_of(played.kinds, played.works[0].account)
    gained = played.gains[name]
    played.gains[name] += 1
    assert differences_tested(played, sample) == [f"{name} gained {gained}, not {gained + 1}"]


@pytest.mark.parametrize("seed", range(20))
def test_failing__labels_of_an_episode__is_what_the_rules_pay(seed: int) -> None:
    """Whoever fails by the arrays loses the stake of the batch, whoever does not has its pay, by the rules."""
    sample = replace(setting(("mammo", "fin_crowd", "weather")[seed % 3], f"pay {seed}"), quarrels=0.0)
    played = tested.play(sample)
    test = sample.test
    gains = dict.fromkeys(played.gains, 0)
    for work in played.works:
        fails = False
        if work.batch in played.told:
            first = work.batch * test.batch
            told = [place for place, count in enumerate(test.counts) for _ in range(count)]
            labels = played.labels[work.account : work.account + 1, first : first + test.batch]
            fails = bool(tested.failing(labels, told, played.told[work.batch], test.allowed)[0])
        name = tested.name_of(played.kinds, work.account)
        gains[name] += test.batch * REWARD * (-test.stake if fails else 1)
        gains["sink" if fails else "requester"] += test.batch * REWARD * (test.stake if fails else -1)
    assert gains == played.gains


def run(arguments: Sequence[str | Path]) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "scripts.simulate", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def quick(folder: Path) -> dict[str, Any]:
    folder.mkdir()
    output = folder / "simulation.json"
    done = run(["--quick", "--data", "mammo", "--data", "fin_crowd", "--output", output, "--charts", folder])
    assert done.returncode == 0, done.stdout + done.stderr
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_simulate__from_the_command_line__writes_figures_and_charts_twice_the_same(tmp_path: Path) -> None:
    first, second = (quick(tmp_path / str(number)) for number in range(2))
    document = json.loads(first["simulation.json"])
    assert document["seed"] == 1 and document["quick"]
    assert set(document["pay"]) == {"mammo", "fin_crowd"}
    assert len(first) == 4
    assert first == second


def test_simulate__unknown_set__is_refused() -> None:
    done = run(["--data", "nothing"])
    assert done.returncode == 2
    assert "no such set: nothing" in done.stderr


def test_simulate__one_set__is_refused_as_nothing_is_left_to_choose_on() -> None:
    done = run(["--data", "mammo"])
    assert done.returncode == 2
    assert "two sets or more" in done.stderr


def test_kinds__of_the_samples__are_all() -> None:
    assert tested.play(setting("mammo", "7")).kinds == tuple(Kind)


def test_play__another_seed__is_another_episode() -> None:
    sample = setting("mammo", "7")
    assert tested.play(sample).gains != tested.play(replace(sample, seed="8")).gains
