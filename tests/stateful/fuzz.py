"""
Very many random histories of TaskEscrow, on both cores: `python -m tests.stateful.fuzz [steps] [--seed SEED]`.

Ends when so many calls of the escrow were attempted, or when contract and model have disagreed; then with the shortest
history found that shows it.
"""

import argparse
import multiprocessing
import random
import sys
import time
import traceback
from collections import Counter
from typing import Any

from tests.model.escrow import Outcome
from tests.stateful.test_escrow_machine import GROUP, EscrowMachine, run
from tests.stateful.world import Statistics

PROCESSES = 2
ACTIONS = 200  # per history
REPORT_EVERY = 60  # seconds


def work(steps: int, seed: int, results: Any) -> None:
    """Reports the counts after each group of histories, and at the end None or what went wrong."""
    done = 0
    try:
        while done < steps:
            EscrowMachine.statistics = Statistics()
            run(GROUP, ACTIONS, seed)
            done += EscrowMachine.statistics.steps
            seed += PROCESSES
            results.put(EscrowMachine.statistics)
        results.put(None)
    except BaseException:
        results.put(f"seed {seed}\n{traceback.format_exc()}")


def table(title: str, rows: Counter[str]) -> str:
    return "\n".join(
        [title, *(f"  {count:9,}  {name}" for name, count in sorted(rows.items(), key=lambda row: -row[1]))]
    )


def report(total: Statistics, seconds: float) -> str:
    calls = [
        f"  {total.accepted[name]:9,} {total.refused[name]:9,}  {name}"
        for name in sorted(total.accepted | total.refused)
    ]
    return "\n".join(
        [
            "calls: accepted, refused",
            *calls,
            table("outcomes", Counter({outcome.name or "": total.outcomes[outcome] for outcome in Outcome})),
            table("deep states", total.deep),
            table("reasons to refuse", Counter({reason or "(none)": n for reason, n in total.reasons.items()})),
            f"{total.steps:,} steps in {seconds:,.0f} s: {total.steps / seconds:,.0f} per second",
        ]
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("steps", nargs="?", type=int, default=1_000_000, help="attempted calls (default: a million)")
    parser.add_argument("--seed", type=int, default=random.randrange(10**9), help="of the first group of histories")
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}", flush=True)

    start = reported = time.monotonic()
    results: Any = multiprocessing.Queue()
    share = -(-arguments.steps // PROCESSES)
    workers = [
        multiprocessing.Process(target=work, args=(share, arguments.seed + number, results), daemon=True)
        for number in range(PROCESSES)
    ]
    for worker in workers:
        worker.start()

    total, running = Statistics(), PROCESSES
    while running:
        result = results.get()
        if isinstance(result, str):
            print(result)
            return 1
        if result is None:
            running -= 1
            continue
        total.add(result)
        if time.monotonic() - reported > REPORT_EVERY:
            reported = time.monotonic()
            print(f"{total.steps:,} steps, {total.steps / (reported - start):,.0f} per second", flush=True)
    print(report(total, time.monotonic() - start))
    return 0


if __name__ == "__main__":
    sys.exit(main())
