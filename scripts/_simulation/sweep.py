"""Cells: some episodes of one set under the same terms, on as many cores as there are."""

import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from goldleaf_tools.rules.refusal import RefusedError
from scripts._simulation.beliefs import audit, doubts
from scripts._simulation.episode import Episode, play
from scripts._simulation.measure import figures, tally
from scripts._simulation.people import SCENARIOS, Population, populate
from scripts._simulation.sets import FOLDER, Floats, RealSet, load, part
from scripts._simulation.terms import Crowd, Terms


@dataclass(frozen=True)
class Cell:
    """What is played, and how often."""

    data: str
    scenario: str
    terms: Terms
    crowd: Crowd = field(default_factory=Crowd)
    seed: int = 1
    episodes: int = 5
    folder: Path = FOLDER
    # Only so many annotators and items of the set; None: all.
    part: tuple[int, int] | None = None

    def parameters(self) -> dict[str, Any]:
        """What it takes to run it again, as JSON."""
        return {
            "data": self.data,
            "scenario": self.scenario,
            **asdict(self.terms),
            **asdict(self.crowd),
            "seed": self.seed,
            "episodes": self.episodes,
        }


@lru_cache(maxsize=8)
def real_set(name: str, folder: Path, size: tuple[int, int] | None) -> RealSet:
    """A set, or a part of it, read once."""
    return load(name, folder) if size is None else part(load(name, folder), *size)


@lru_cache(maxsize=64)
def people(
    name: str, folder: Path, size: tuple[int, int] | None, scenario: str, gold: float, seed: str
) -> tuple[Population, Floats, Floats]:
    """A population, what everybody doubts, and what an auditor doubts; none of it depends on the terms."""
    real = real_set(name, folder, size)
    population = populate(real, SCENARIOS[scenario], f"{seed} people")
    known = np.zeros(len(real.items), dtype=bool)
    order = np.random.default_rng(list(f"{seed} gold".encode())).permutation(len(real.items))
    known[order[: round(gold * len(real.items))]] = True
    doubt = doubts(population, known)
    return population, doubt, audit(population, known, doubt)


def episode(cell: Cell, number: int) -> tuple[Population, Episode]:
    """One of a cell's episodes. Raises `RefusedError` if the terms break the stake rule."""
    seed = f"{cell.seed} {number}"
    population, doubt, audited = people(cell.data, cell.folder, cell.part, cell.scenario, cell.crowd.gold, seed)
    return population, play(population, doubt, audited, cell.terms, cell.crowd, f"{seed} play")


def run(cell: Cell) -> dict[str, Any]:
    """A cell's parameters and figures, or why its task is refused."""
    try:
        tallies = [tally(*episode(cell, number)) for number in range(cell.episodes)]
    except RefusedError as error:
        return {**cell.parameters(), "refused": error.reason}
    return {**cell.parameters(), "figures": figures(tallies)}


def run_all(cells: Iterable[Cell], processes: int | None = None) -> Iterator[dict[str, Any]]:
    """Runs cells, in order."""
    with ProcessPoolExecutor(processes or os.cpu_count()) as pool:
        yield from pool.map(run, cells, chunksize=4)
