"""Plays the auditor's bench on real answers through the deployed protocol: `make audit-demo`.

Each data set has a node of its own. The auditor is shown a part of the truth; how far the probabilities can be trusted
is measured on the rest.
"""

import json
import time
import warnings
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import click
import numpy as np

from goldleaf import ChallengeKind, GoldleafWarning
from goldleaf.stores import Reader
from goldleaf_tools.audit import arguing, report
from goldleaf_tools.audit.answers import Gold
from goldleaf_tools.audit.bench import AuditOptions, audit
from goldleaf_tools.audit.calibration import measure
from goldleaf_tools.audit.filing import Filing, Limits, choose
from goldleaf_tools.audit.result import ChallengeReport, TaskAudit
from goldleaf_tools.autopilot import Policy
from goldleaf_tools.cli.streams import guarded
from goldleaf_tools.index import Index
from goldleaf_tools.keys import Keyring
from goldleaf_tools.memory import Memory
from scripts import _audit_sets
from scripts._audit_challenges import Challenges, Court
from scripts._audit_stage import UNIT, Stage
from scripts._audit_work import Work
from scripts._data import Block, load
from scripts._offers import OFFERS

JURORS = 18
# Of `adult`, whole tokens.
JUROR_FEE = UNIT // 10
SETS = ("mammo", "weather", "adult")


@dataclass(frozen=True)
class Played:
    """What came of one data set."""

    audits: list[TaskAudit]
    lines: list[str]
    # Seconds: the work on the chain, the events into the index, the audit.
    published: float
    indexed: float
    audited: float
    # Of labels on items whose truth was not shown: expected calibration error.
    ece: float
    # Of the auditor: challenges that are settled; those that proved labels wrong; those of labels that are all wrong,
    # proven or void; base units won.
    filed: int
    won: int
    right: int
    profit: int


def play(
    name: str,
    *,
    seed: int = 1,
    shown: float = 0.3,
    error: float = 0.2,
    budget: int = 500 * UNIT,
    items: int | None = None,
    tasks: int | None = None,
    folder: Path,
) -> Played:
    """Plays a set: published, audited, and, unless it is `adult`, challenged to the end.

    `items` cuts a block, `tasks` cuts `adult`.
    """
    block: Block | None = None
    if name == "adult":
        assignment, fee = _audit_sets.adult(tasks), JUROR_FEE
    else:
        block = load(name, seed, items=items)
        assignment, fee = _audit_sets.block(block), int(OFFERS[name].juror_fee * UNIT)
    with Stage(folder, seed=seed, juror_fee=fee, seats=JURORS) as stage:
        # Seats have to wait longer than windows stay open.
        court = Court(stage, JURORS, error)
        started = time.monotonic()
        work = Work(stage, assignment)
        work.publish()
        published = time.monotonic() - started
        started = time.monotonic()
        index = Index(f"sqlite:///{folder / 'index.db'}", stage.deployment)
        index.catch_up(stage.client)
        indexed = time.monotonic() - started
        started = time.monotonic()
        key = stage.account("auditor")
        gold = work.shown(shown)
        reader = Reader(stage.store)
        options = AuditOptions(auditor=key.address, gold=gold, seed=seed)
        audits = audit(stage.client, index, reader, work.tasks, options)
        audited = time.monotonic() - started
        filed = won = right = profit = 0
        if block is not None:
            stage.fund([key.address], 10**6 * UNIT)
            client = stage.client.with_account(key)
            challenges = Challenges(stage, {name: (work, block)}, court, client)
            memory, keyring = Memory(folder / "memory"), Keyring(stage.deployment, key)
            filing = Filing(
                client, keyring, memory, stage.store, policy=Policy(appeal_up_to=budget, appeals_up_to=budget)
            )
            client.ledger.deposit(budget)
            client.court.ledger.deposit(budget)
            before = client.ledger.free() + client.court.ledger.free()
            order = choose(
                audits, Limits(budget, chance=0.85), token=stage.deployment.address("Token"), locked=filing.locked()
            )
            of = {proposal: one for one in audits for proposal in one.proposals}
            filing.begin(order, lambda proposal: arguing.bundle(client, reader, of[proposal], proposal))
            challenges.file(filing)
            challenges.follow(filing.pilot)
            index.catch_up(stage.client)
            ended = audit(stage.client, index, reader, work.tasks, options)
            own = [f for one in ended for f in one.challenges if f.own and f.kind == ChallengeKind.CORRECTNESS]
            filed, won = len(own), sum(bool(f.proven) for f in own)
            right = _right(ended, own, work.truth())
            profit = client.ledger.free() + client.court.ledger.free() - before
            audits = ended
        measured = _unshown(audits, work, set(gold))
    lines = [assignment.note, *({one.choice.why for one in audits if one.choice is not None})]
    return Played(audits, lines, published, indexed, audited, measured, filed, won, right, profit)


def _right(audits: list[TaskAudit], challenges: list[ChallengeReport], truth: Gold) -> int:
    """Of how many challenges each label is wrong."""
    labels = {(row.submission, row.item): (one.task, row.label) for one in audits for row in one.labels.rows()}
    found = ([(*labels[one.submission, item], item) for item in one.items] for one in challenges)
    return sum(all(truth[task, item] != label for task, label, item in each) for each in found)


def _unshown(audits: list[TaskAudit], work: Work, shown: set[tuple[int, int]]) -> float:
    """The expected calibration error on labels of items whose truth is known and was not shown."""
    truth = work.truth()
    chances, wrong = [], []
    for one in audits:
        for row in one.labels.rows():
            item = (one.task, row.item)
            if item in truth and item not in shown:
                chances.append(row.p_wrong)
                wrong.append(row.label != truth[item])
    return measure(np.array(chances), np.array(wrong)).ece


@click.command(context_settings={"show_default": True})
@click.option("--data", type=click.Choice(SETS), multiple=True, default=SETS, help="Which sets.")
@click.option("--seed", default=1, help="Of every choice by chance.")
@click.option("--shown", type=click.FloatRange(0, 0.9), default=0.3, help="Share of the truth that the auditor knows.")
@click.option("--error", type=click.FloatRange(0, 0.5), default=0.2, help="Chance that a juror's vote is wrong.")
@click.option("--budget", type=click.IntRange(1), default=500, help="Whole tokens for bonds; as many for appeals.")
@click.option(
    "--output", type=click.Path(path_type=Path), default=Path("build/audit"), help="Where results are written."
)
def main(data: tuple[str, ...], seed: int, shown: float, error: float, budget: int, output: Path) -> None:
    """Audit real answers through the deployed protocol, challenge what is worth it, and see what comes of it."""
    click.get_current_context().with_resource(guarded())
    warnings.simplefilter("ignore", GoldleafWarning)
    for name in data:
        results = output / name
        results.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix="run-", dir=output) as folder:
            found = play(name, seed=seed, shown=shown, error=error, budget=budget * UNIT, folder=Path(folder))
        click.echo(f"\n{name}: {found.lines[0]}")
        for line in found.lines[1:]:
            click.echo(f"  {line}")
        labels = sum(len(one.labels) for one in found.audits)
        started = time.monotonic()
        page = _write(found, results)
        written = time.monotonic() - started
        click.echo(f"  published in {found.published:.1f} s (not part of the audit)")
        click.echo(
            f"  audited {labels:,} labels in {found.indexed + found.audited + written:.1f} s: "
            f"{found.indexed:.1f} s events into the index, {found.audited:.1f} s fetching, verifying, estimating, "
            f"{written:.1f} s writing the results"
        )
        click.echo(f"  report in {page}")
        click.echo(f"  calibration on truth that was not shown: off by {found.ece:.1%} on average")
        if found.filed:
            click.echo(
                f"  {found.filed} challenges filed: {found.right} of labels that are wrong, {found.won} proven; "
                f"profit {found.profit / UNIT:,.2f} tokens"
            )


def _write(found: Played, folder: Path) -> Path:
    """The results as JSON, a file for each task; and a page, where it is, of the task in which most is suspect."""
    for one in found.audits:
        (folder / f"task-{one.task}.json").write_text(json.dumps(one.to_json()), encoding="utf-8")
    return report.write(max(found.audits, key=lambda one: len(one.labels.suspects())), folder)


if __name__ == "__main__":
    main()
