"""Mutation testing of the contracts: `make mutants`.

Each mutant has one small fault. If all tests of what a contract does pass with it, either the fault changes nothing
that anybody could notice, or a test is missing.
"""

import os

# Before any test is loaded.
os.environ["GOLDLEAF_PROFILE"] = "mutants"

import argparse
import random
import re
import sys
from collections import Counter
from pathlib import Path

from tests.chains import ROOT
from tests.mutation.mutants import Mutant, all_mutants
from tests.mutation.running import Result, Runner
from tests.mutation.survivors import entries, entry

RECORD = ROOT / ".cache" / "mutants.jsonl"
FLOOR = 0.97


def chosen(arguments: argparse.Namespace) -> list[Mutant]:
    """The same for the same seed: a part of the sample of all that fit the name."""
    mutants = [mutant for mutant in all_mutants() if re.search(arguments.only, name(mutant))]
    random.Random(arguments.seed).shuffle(mutants)
    part, parts = map(int, arguments.part.split("/"))
    return mutants[: arguments.sample or None][part - 1 :: parts]


def name(mutant: Mutant) -> str:
    return f"{mutant.file}:{mutant.function} [{mutant.operator}]"


def report(runner: Runner, results: list[tuple[Mutant, Result]], skipped: int) -> bool:
    """Whether enough were killed, by tests that pass without them."""
    counts = Counter(result.outcome for _, result in results)
    wrong = set(runner.control(sorted({result.test for _, result in results if result.outcome == "killed"})))
    for mutant, result in results:
        if result.outcome in ("survived", "failed"):
            print(f"\n# {result.outcome}: line {mutant.line}. {result.test}\n{entry(mutant)}")
        if result.test in wrong and result.outcome == "killed":
            print(f"\nThis test fails without any fault, too: {result.test}\n{mutant}")
    killed, lived = counts["killed"], counts["survived"]
    rate = killed / (killed + lived) if killed + lived else 1.0
    seconds = sum(result.seconds for _, result in results) / max(1, len(results))
    print(
        f"\n{len(results)} mutants run, {skipped} explained ones not; {seconds:.1f} processor seconds each.\n"
        f"{counts['invalid']} do not compile, {counts['equal']} compile to the same code, "
        f"{counts['failed']} failed to run.\n"
        f"{killed} killed, {lived} survived: {rate:.1%}."
    )
    return rate >= FLOOR and not wrong and not counts["failed"]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("--sample", type=int, default=0, help="how many, drawn by lot; 0 for all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--part", default="1/1", metavar="K/N", help="the K-th of N equal parts")
    parser.add_argument("--only", default="", metavar="PATTERN", help="those whose `file:function [operator]` fits")
    parser.add_argument("--jobs", type=int, default=1, help="how many at once")
    parser.add_argument("--again", action="store_true", help="those that are explained as well")
    parser.add_argument("--record", type=Path, default=RECORD, help="where what came of each is kept")
    parser.add_argument("--list", action="store_true", help="only show them")
    arguments = parser.parse_args()

    mutants = chosen(arguments)
    known = set() if arguments.again else {known["id"] for known in entries()}
    todo = [mutant for mutant in mutants if mutant.id not in known]
    if arguments.list:
        print(*todo, sep="\n")
        return
    runner, results = Runner(arguments.record), []
    for mutant, result in runner.run(todo, arguments.jobs):
        results.append((mutant, result))
        print(f"{len(results)}/{len(todo)} {result.outcome} {result.seconds}s {mutant} {result.test}", flush=True)
    sys.exit(not report(runner, results, len(mutants) - len(todo)))


if __name__ == "__main__":
    main()
