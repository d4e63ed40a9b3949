"""What is run, and the document that it comes to."""

import json
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from scripts._simulation.kinds import (
    AUDITS,
    FULL_AUDIT,
    KINDS,
    SPOT_CHECK,
    STAKES,
    TOLERANCES,
    kind_of,
    recommend,
    recommended_terms,
)
from scripts._simulation.people import SCENARIOS
from scripts._simulation.sets import load
from scripts._simulation.sweep import Cell, run_all
from scripts._simulation.terms import Crowd, Terms

# What the sweep keeps of each cell's figures.
SWEPT = (
    "accuracy_all",
    "accuracy_accepted",
    "accepted",
    "majority_difference",
    "cost_per_right",
    "honest_net_median",
    "honest_losing",
    "honest_rejected",
    "honest_rejected_within",
    "good_net",
    "good_losing",
    "good_rejected",
    "net_per_10_points",
    "net_by_behaviour",
    "challengers",
)
GOLD = (0.0, 0.1, 0.3, 0.6, 1.0)
BATCHES = (10, 20, 40, 80)
COSTS = (0.5, 1.5, 5.0, 15.0)
ERRORS = (0.0, 0.1, 0.2, 0.3, 0.4)
# Who challenges, and how many annotators sleep.
CROWDS = (
    Crowd(auditor=False, greedy=True),
    Crowd(auditor=True, greedy=True),
    Crowd(auditor=True, greedy=True, asleep=0.5),
    Crowd(auditor=False, greedy=True, asleep=0.9),
)

Step = Callable[[], None]
Track = Callable[[str, int], Step]


def sweep_cells(names: Sequence[str], seed: int, folder: Path, episodes: int) -> Iterator[Cell]:
    """Stake and tolerance, under a spot check and a full audit, with all kinds of people."""
    for name in names:
        for gold in AUDITS:
            for stake in STAKES:
                for tolerance in TOLERANCES:
                    terms = kind_of(name).terms(stake, tolerance)
                    yield Cell(name, "mixed", terms, Crowd(gold=gold), seed, episodes, folder)


def scenario_cells(base: Mapping[str, Cell]) -> Iterator[Cell]:
    """Each scenario at the recommended terms, under both audits."""
    for cell in base.values():
        for gold in AUDITS:
            for scenario in SCENARIOS:
                yield replace(cell, scenario=scenario, crowd=Crowd(gold=gold))


def variations(base: Mapping[str, Cell]) -> dict[str, list[Cell]]:
    """One thing changed at a time, from the recommended terms."""

    def vary(change: Callable[[Cell, Any], Cell], values: Sequence[Any]) -> list[Cell]:
        return [change(cell, value) for cell in base.values() for value in values]

    return {
        "audit": vary(lambda cell, gold: replace(cell, crowd=Crowd(gold=gold)), GOLD),
        "batch": vary(lambda cell, batch: replace(cell, terms=replace(cell.terms, batch=batch)), BATCHES),
        "cost": vary(lambda cell, cost: replace(cell, terms=replace(cell.terms, cost=cost)), COSTS),
        "jurors": vary(lambda cell, error: replace(cell, crowd=Crowd(gold=FULL_AUDIT, error=error)), ERRORS),
        "challengers": vary(lambda cell, crowd: replace(cell, crowd=crowd), CROWDS),
    }


def base_cells(errors: Mapping[str, float], seed: int, folder: Path, episodes: int) -> dict[str, Cell]:
    """Set -> the cell at the terms that are recommended for its kind."""
    return {
        name: Cell(
            name, "mixed", recommended_terms(kind_of(name), errors), Crowd(gold=SPOT_CHECK), seed, episodes, folder
        )
        for name in errors
    }


def honest_errors(name: str, folder: Path) -> float:
    """The share of wrong labels in a set, as they were really given."""
    real = load(name, folder)
    return round(float((real.label != real.truth).mean()), 4)


def document(names: Sequence[str], seed: int, folder: Path, *, quick: bool, track: Track) -> dict[str, Any]:
    """Runs everything. `track(title, cells)` gives what is called after each cell."""
    few, more = (1, 1) if quick else (5, 8)

    def results(title: str, cells: Sequence[Cell]) -> list[dict[str, Any]]:
        step, found = track(title, len(cells)), []
        for result in run_all(cells):
            found.append(result)
            step()
        return found

    errors = {name: honest_errors(name, folder) for name in names}
    base = base_cells(errors, seed, folder, few)
    longer = {name: replace(cell, episodes=more) for name, cell in base.items()}
    scenarios = results("scenarios", list(scenario_cells(longer)))
    varied = {title: results(title, cells) for title, cells in variations(base).items()}
    sweep = results("stake and tolerance", list(sweep_cells(names, seed, folder, few)))
    return {
        "seed": seed,
        "quick": quick,
        "sets": list(names),
        "errors": errors,
        "recommended": [recommend(kind, errors, scenarios) for kind in KINDS if set(kind.sets) & set(names)],
        "scenarios": scenarios,
        **varied,
        "sweep": [_trimmed(cell) for cell in sweep],
    }


def cell_of(result: Mapping[str, Any], folder: Path) -> Cell:
    """The cell that a result in the document is of, to run it again."""
    terms = Terms(**{name: result[name] for name in ("stake", "tolerance_bps", "batch", "cost")})
    crowd = Crowd(**{name: result[name] for name in ("auditor", "greedy", "gold", "asleep", "error")})
    return Cell(result["data"], result["scenario"], terms, crowd, result["seed"], result["episodes"], folder)


def samples(names: Sequence[str], seed: int, part: tuple[int, int], count: int) -> Iterator[Cell]:
    """Small cells of all kinds of people, challengers and terms, for the contracts.

    Disputes are cheap in them, for some annotators have answered little of a small part.
    """
    chance = random.Random(f"{seed} samples")
    for _ in range(count):
        kind = kind_of(chance.choice(list(names)))
        terms = replace(kind.terms(chance.choice((2.0, 3.0)), chance.choice((1000, 2000, 4000))), batch=20, cost=0.3)
        crowd = Crowd(greedy=chance.random() < 0.5, gold=chance.choice(GOLD), asleep=chance.choice((0.1, 0.5)))
        yield Cell(chance.choice(kind.sets), chance.choice(list(SCENARIOS)), terms, crowd, seed, 1, part=part)


def to_json(document: Mapping[str, Any]) -> str:
    """The document with a cell on each line, so that a change can be read."""
    lines = []
    for name, value in document.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            rows = ",\n".join(json.dumps(each) for each in value)
            lines.append(f"{json.dumps(name)}: [\n{rows}\n]")
        else:
            lines.append(f"{json.dumps(name)}: {json.dumps(value)}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _trimmed(result: Mapping[str, Any]) -> dict[str, Any]:
    if "refused" in result:
        return dict(result)
    return {**result, "figures": {name: result["figures"][name] for name in SWEPT}}
