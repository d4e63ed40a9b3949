"""The audit of a task whose sealed labels were tested: what it takes from the test, and what it leaves alone."""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from goldleaf import GoldleafWarning, errors
from goldleaf.canonical import to_canonical
from goldleaf.stores import Reader, Store
from goldleaf.types import TestPhase as Phase
from goldleaf_tools import verify
from goldleaf_tools.audit.bench import NO_GOLD, TESTED, AuditOptions, audit
from goldleaf_tools.audit.report import render
from goldleaf_tools.audit.result import Grade, TaskAudit
from goldleaf_tools.index import Index
from tests.deployed import UNIT, Chain
from tests.graded import GradedTask, other
from tests.life import Life, living

pytestmark = [pytest.mark.anvil, pytest.mark.filterwarnings("ignore::goldleaf.GoldleafWarning")]

# By sibling: who is careless, within the test and beyond it, who fails it, who is right.
CARELESS, FAILED, RIGHT = range(3)


@dataclass
class Bench:
    """A batch of three, of which two have passed the test, and one was forfeited; and a task whose test is open."""

    chain: Chain
    auditor: Any
    task: GradedTask
    pending: GradedTask
    index: Index
    reader: Reader
    submissions: list[int]

    @property
    def elsewhere(self) -> list[int]:
        """Items of the batch that it is not tested on."""
        first = self.task.graded * 20
        return [item for item in range(first, first + 20) if item not in self.task.gold]

    def audit(self, task: int | None = None, **options: Any) -> TaskAudit:
        given = AuditOptions(auditor=self.auditor.account, **options)
        [found] = audit(self.auditor, self.index, self.reader, [task or self.task.task], given)
        return found


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with living("blocking") as chain, warnings.catch_warnings():
        warnings.simplefilter("ignore", GoldleafWarning)
        yield play(chain, tmp_path_factory.mktemp("bench"))


def play(chain: Chain, folder: Path) -> Bench:
    life = Life(chain)
    people = [life.alice, life.bob, life.auditor]
    store = Store(folder / "store")
    for client in (life.requester, *people):
        client.ledger.deposit(400 * UNIT)
        client.tests.ledger.deposit(50 * UNIT)
    changes = {"reward": UNIT, "stake": UNIT}
    task = GradedTask(life.requester, people, chain.deployment, changes=changes, store=store)
    first = task.graded * 20
    elsewhere = [item for item in range(first, first + 20) if item not in task.gold]
    labels = [
        task.labels(task.graded, wrong=[*sorted(task.gold)[:2], *elsewhere[:6]]),
        task.labels(task.graded, constant="benign"),
        task.labels(task.graded),
    ]
    submissions = task.seal(task.graded, *labels)
    task.open_gold()
    chain.travel_to(task.end_of_disputes())
    chain.mine()
    until = max(life.alice.tests.publish_until(submissions[0]), life.alice.tasks.get(task.task).parameters.publish_end)
    chain.travel_to(until - 3600)
    chain.mine()
    for sibling in (CARELESS, RIGHT):
        task.publish(sibling, submissions[sibling], labels[sibling])
    with pytest.raises(errors.TooManyErrors):
        task.publish(FAILED, submissions[FAILED], labels[FAILED])
    chain.travel_to(until)
    chain.mine()
    life.requester.submissions.expire(submissions[FAILED])
    pending = GradedTask(life.requester, people, chain.deployment, changes=changes, store=store)
    pending.seal(pending.graded)
    pending.open_gold()
    auditor = chain.client("who audits")
    index = Index(f"sqlite:///{folder / 'index.db'}", chain.deployment)
    index.catch_up(auditor)
    return Bench(chain, auditor, task, pending, index, Reader(store), submissions)


def test_audit__items_that_labels_were_tested_on__are_known_and_not_challenged(bench: Bench) -> None:
    found = bench.audit()
    tested = set(bench.task.gold)
    for row in found.labels.rows():
        if row.item in tested:
            assert row.gold == to_canonical(bench.task.gold[row.item])
            assert row.p_wrong == (row.label != row.gold)
    wrong = {row.item for row in found.labels.rows() if row.item in tested and row.p_wrong == 1}
    assert wrong == set(sorted(tested)[:2])
    # Nobody knows of the others, so that two stand against each other.
    assert not found.proposals
    assert NO_GOLD not in found.notes and TESTED in found.notes
    # With the auditor's own knowledge of them they are proposed, the tested ones never: the escrow would refuse.
    known = {(bench.task.task, item): to_canonical(bench.task.truth[item]) for item in bench.elsewhere}
    found = bench.audit(gold=known)
    proposed = {item for one in found.proposals for item in one.items}
    assert proposed and proposed <= set(bench.elsewhere[:6])


def test_audit__what_the_auditor_knows__counts_more_than_what_was_opened(bench: Bench) -> None:
    item = min(bench.task.gold)
    mine = to_canonical(other(bench.task.gold[item]))
    found = bench.audit(gold={(bench.task.task, item): mine})
    assert {row.gold for row in found.labels.rows() if row.item == item} == {mine}


def test_audit__while_the_outcome_is_open__takes_nothing_for_known(bench: Bench) -> None:
    found = bench.audit(bench.pending.task)
    assert found.tests[bench.pending.graded].phase == Phase.OPENED
    assert NO_GOLD in found.notes
    assert {one.grade for one in found.sets} == {Grade.PENDING}


def test_report__of_a_graded_task__says_who_was_tested_and_what_came_of_it(bench: Bench) -> None:
    found = bench.audit()
    sets = {one.submission: one.grade for one in found.sets}
    assert [sets[one] for one in bench.submissions] == [Grade.PASSED, Grade.NEVER_PUBLISHED, Grade.PASSED]
    held, spared = found.tests[bench.task.graded], found.tests[bench.task.spared]
    assert (held.phase, held.items, held.allowed) == (Phase.GRADED, tuple(sorted(bench.task.gold)), 4)
    assert (spared.phase, spared.items) == (Phase.UNGRADED, ())
    page = render(found)
    assert "1 batch of 2 was tested: 2 sets passed, 1 set failed or was never published." in page
    assert "Sets never published" in page
    assert TaskAudit.from_json(found.to_json()) == found


def test_batch_of_chain__with_a_reader__recomputes_what_was_published_from_the_labels(bench: Bench) -> None:
    task, batch = bench.task.task, bench.task.graded
    found = verify.batch_of_chain(bench.auditor, task, batch, bench.reader)
    assert found.holds, found.broken
    checked = [each.verdict for each in found.checks if each.name.endswith("errors on known items")]
    assert checked == [verify.Verdict.OK] * 2
    blind = verify.batch_of_chain(bench.auditor, task, batch)
    untold = [each.verdict for each in blind.checks if each.name.endswith("errors on known items")]
    assert untold == [verify.Verdict.UNTOLD] * 2


def test_index__of_a_graded_task__is_what_a_node_says(bench: Bench) -> None:
    for task in (bench.task, bench.pending):
        for batch in (0, 1):
            stands = bench.auditor.tests.batch(task.task, batch)
            assert bench.index.batch_test(task.task, batch, bench.auditor.chain.time()) == stands
        assert bench.index.gold(task.task, task.graded) == bench.auditor.tests.opened(task.task, task.graded)
        assert bench.index.test(task.task) == bench.auditor.tests.get(task.task)
    passed = [bench.index.has_passed(submission) for submission in bench.submissions]
    assert passed == [True, None, True]
    for submission in bench.submissions:
        assert bench.index.tested_items(submission) == bench.auditor.tests.tested(submission)
