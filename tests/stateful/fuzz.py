"""
Very many random histories of all contracts that hold money together, or of TaskEscrow with its GoldTest or of
RoyaltyPool alone, on several cores: `python -m tests.stateful.fuzz [steps]`.

Ends when so many calls of the contracts were attempted, or when contract and model have disagreed; then with the
shortest history found that shows it. Seeds count up from the first, so a night can be had in parts: each begins with
the seed at which the one before has ended, which is printed.
"""

import argparse
import multiprocessing
import random
import sys
import time
import traceback
from collections import Counter
from typing import Any

from goldleaf.types import Outcome
from tests.stateful import (
    chain,
    escrow_machine,
    protocol_machine,
    royalty_machine,
    royalty_world,
    world,
)
from tests.stateful.histories import run_group

ACTIONS = 200  # per history
REPORT_EVERY = 60  # seconds
# Whole states are compared at one step of so many: more than twice as many steps are made in a night.
EVERY = 8

Statistics = world.Statistics | royalty_world.Statistics
# Name -> the machine, and what counts its steps.
MACHINES: dict[str, tuple[Any, type[Statistics]]] = {
    "protocol": (protocol_machine.ProtocolMachine, world.Statistics),
    "escrow": (escrow_machine.EscrowMachine, world.Statistics),
    "royalty": (royalty_machine.RoyaltyMachine, royalty_world.Statistics),
}


def work(machine: str, steps: int, seed: int, stride: int, results: Any) -> None:
    """Reports the counts after each group of histories, and at the end None or what went wrong."""
    chain.EVERY = EVERY
    done = 0
    kind, statistics = MACHINES[machine]
    try:
        while done < steps:
            kind.statistics = statistics()
            run_group(kind, ACTIONS, seed)
            done += kind.statistics.steps
            seed += stride
            results.put((seed, kind.statistics))
        results.put(None)
    except BaseException:
        results.put(f"seed {seed}\n{traceback.format_exc()}")


def add(total: Statistics, more: Statistics) -> None:
    """Counts what was counted elsewhere."""
    total.steps += more.steps
    for name, counts in vars(more).items():
        if isinstance(counts, Counter):
            getattr(total, name).update(counts)


def table(title: str, rows: Counter[str]) -> str:
    return "\n".join(
        [title, *(f"  {count:9,}  {name}" for name, count in sorted(rows.items(), key=lambda row: -row[1]))]
    )


def report(total: Statistics, seconds: float) -> str:
    calls = [
        f"  {total.accepted[name]:9,} {total.refused[name]:9,}  {name}"
        for name in sorted(total.accepted | total.refused)
    ]
    outcomes = getattr(total, "outcomes", None)
    named = [] if outcomes is None else [Counter({outcome.name or "": outcomes[outcome] for outcome in Outcome})]
    return "\n".join(
        [
            "calls: accepted, refused",
            *calls,
            *(table("outcomes", counts) for counts in named),
            table("deep states", total.deep),
            table("reasons to refuse", Counter({reason or "(none)": n for reason, n in total.reasons.items()})),
            f"{total.steps:,} steps in {seconds:,.0f} s: {total.steps / seconds:,.0f} per second",
        ]
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("steps", nargs="?", type=int, default=1_000_000, help="attempted calls (default: a million)")
    parser.add_argument("--seed", type=int, default=random.randrange(10**9), help="of the first group of histories")
    parser.add_argument("--machine", choices=MACHINES, default="protocol", help="of what (default: protocol)")
    parser.add_argument("--processes", type=int, default=2, help="how many run side by side (default: 2)")
    arguments = parser.parse_args()
    processes = arguments.processes
    print(f"seed {arguments.seed}", flush=True)

    start = reported = time.monotonic()
    results: Any = multiprocessing.Queue()
    share = -(-arguments.steps // processes)
    workers = [
        multiprocessing.Process(
            target=work, args=(arguments.machine, share, arguments.seed + number, processes, results), daemon=True
        )
        for number in range(processes)
    ]
    for worker in workers:
        worker.start()

    ended = arguments.seed
    total, running = MACHINES[arguments.machine][1](), processes
    while running:
        result = results.get()
        if isinstance(result, str):
            print(result)
            return 1
        if result is None:
            running -= 1
            continue
        seed, statistics = result
        ended = max(ended, seed)
        add(total, statistics)
        if time.monotonic() - reported > REPORT_EVERY:
            reported = time.monotonic()
            print(f"{total.steps:,} steps, {total.steps / (reported - start):,.0f} per second", flush=True)
    print(f"seeds {arguments.seed} to {ended - 1}")
    print(report(total, time.monotonic() - start))
    return 0


if __name__ == "__main__":
    sys.exit(main())
