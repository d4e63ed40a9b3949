"""The real sets as work: complete blocks, and `adult` whole, where everybody has answered something else."""

import csv
import lzma
from collections import defaultdict
from decimal import Decimal

from scripts._audit_work import Assignment, Job
from scripts._data import FOLDER, Block
from scripts._offers import OFFERS

# Submissions that a batch can have.
MOST_ANNOTATORS = 15
# Of `adult`: nobody has said what such answers are worth. Amounts are whole tokens for each label.
REWARD = Decimal("0.20")
STAKE = Decimal(4)


def block(found: Block) -> Assignment:
    """A complete block: one task, on the terms of the demo."""
    offer = OFFERS[found.name]
    return Assignment(
        name=found.name,
        jobs=[Job(found.annotators, found.items, found.answers)],
        gold=found.gold,
        classes=found.classes,
        guidelines=offer.guidelines,
        reward=offer.reward,
        stake=offer.stake,
        batch=offer.batch,
        tolerance_bps=offer.tolerance_bps,
        note=found.note,
    )


def adult(most: int | None = None) -> Assignment:
    """All of `adult`, or `most` tasks, those with the most truth to measure by.

    Items that the same people have answered make one task. Of items with more than 15 answers, those beyond are left
    out, for a batch has no more submissions.
    """
    answers: dict[str, dict[str, str]] = defaultdict(dict)
    by_item: dict[str, list[str]] = defaultdict(list)
    with lzma.open(FOLDER / "adult" / "answers.csv.xz", "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            answers[row["annotator"]][row["item"]] = row["label"]
            by_item[row["item"]].append(row["annotator"])
    with (FOLDER / "adult" / "gold.csv").open(encoding="utf-8", newline="") as file:
        gold = {row["item"]: row["label"] for row in csv.DictReader(file)}
    groups: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for item, people in by_item.items():
        groups[tuple(sorted(people)[:MOST_ANNOTATORS])].append(item)
    jobs = [Job(people, items, answers) for people, items in groups.items()]
    if most is not None:
        jobs = sorted(jobs, key=lambda job: -sum(item in gold for item in job.items) / len(job.items))[:most]
    played = sum(len(job.annotators) * len(job.items) for job in jobs)
    whole = sum(len(given) for given in answers.values())
    return Assignment(
        name="adult",
        jobs=jobs,
        gold=gold,
        classes=sorted({label for given in answers.values() for label in given.values()}),
        guidelines="Is this web site for general audiences (G), parental guidance (P), restricted (R), or porn (X)?",
        reward=REWARD,
        stake=STAKE,
        batch=max(len(job.items) for job in jobs),
        tolerance_bps=2500,
        note=f"{played:,} of {whole:,} answers in {len(jobs):,} tasks",
    )
