"""Evidence in disputes about known answers: what is true is found true, what is forged is found out."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from goldleaf.canonical import from_canonical, to_canonical
from goldleaf.stores import Reader, Store
from goldleaf_tools import evidence
from goldleaf_tools.cli.app import cli
from goldleaf_tools.errors import EvidenceError
from goldleaf_tools.evidence import GoldBundle
from tests.graded import GradedTask, other
from tests.in_process import Play


@dataclass
class Case:
    """A batch whose gold is open, with two of its answers exchanged, and evidence against these."""

    play: Play
    task: GradedTask
    submission: int
    pair: list[int]
    bundle: GoldBundle

    def changed(self, number: int = 0, **changes: Any) -> GoldBundle:
        """With something else said of one item."""
        exhibits = list(self.bundle.exhibits)
        exhibits[number] = replace(exhibits[number], **changes)
        return replace(self.bundle, exhibits=tuple(exhibits))


@pytest.fixture
def case(play: Play, tmp_path: Path) -> Case:
    store = Store(tmp_path / "store")
    people = [play.annotator, play.stranger]
    task = GradedTask(play.requester, people, play.world.deployment, play.world.arbitrator.address, store=store)
    for client in (play.requester, *people):
        client.tests.ledger.deposit(50_000_000)
    submission, _ = task.seal(task.graded)
    pair = [task.gold_of("benign")[0], task.gold_of("malignant")[0]]
    task.open_gold(task.swapped(*pair))
    bundle = evidence.collect_gold(
        play.annotator,
        Reader(store),
        task.task,
        task.graded,
        pair,
        claim="both are the other way round",
        claims={pair[0]: "it is benign"},
    )
    return Case(play, task, submission, sorted(pair), bundle)


def test_collect_gold__of_open_gold__holds_and_says_what_is_asked(case: Case) -> None:
    data = case.bundle.to_bytes()
    assert GoldBundle.from_bytes(data) == case.bundle
    report = evidence.check_gold(data)
    assert report.holds and all(each.holds for each in report.proofs) and not report.confirmed
    wrong = case.task.gold_of("benign")[0]
    # The requester has shown the other answer.
    assert f'Item {wrong}: the requester says that the right answer is "malignant".' in report.facts
    assert report.claims == ("both are the other way round", f"Item {wrong}: it is benign")
    assert evidence.is_gold_bundle(data) and not evidence.is_gold_bundle(b"{}") and not evidence.is_gold_bundle(b"x")


def test_check_gold__as_it_was_filed__is_confirmed_by_the_chain(case: Case) -> None:
    data = case.bundle.to_bytes()
    tests = case.play.annotator.tests
    filed = tests.file_dispute(case.submission, case.pair, evidence=case.bundle.digest).result.gold_dispute
    report = evidence.check_gold(data, case.play.stranger, gold_dispute=filed)
    assert report.holds and len(report.confirmed) == 7
    # What was not filed with it, or is about other items, is told.
    single = replace(case.bundle, exhibits=case.bundle.exhibits[:1])
    found = evidence.check_gold(single.to_bytes(), case.play.stranger, gold_dispute=filed)
    assert {each.text for each in found.confirmed if not each.holds} == {
        "The dispute was filed with this very file as evidence.",
        "The dispute is of just these items.",
    }


FORGERIES: dict[str, tuple[Callable[[Case], GoldBundle], str]] = {
    "answer": (lambda case: case.changed(answer=other(str(case.bundle.exhibits[0].answer))), "has shown this answer"),
    "class": (lambda case: case.changed(answer="neither"), "one of the classes"),
    "uri": (lambda case: case.changed(uri="ipfs://other"), "the one of the manifest"),
    "content": (lambda case: case.changed(keccak256=bytes(32)), "the one of the manifest"),
    "item": (lambda case: case.changed(1, item=4000), "the one of the manifest"),
    "terms": (lambda case: replace(case.bundle, terms=bytes(32)), "The manifest is the one"),
    "batch": (lambda case: replace(case.bundle, batch=case.task.spared), "is tested: no"),
    "task": (lambda case: replace(case.bundle, task=99), "is tested: no"),
    "chain": (lambda case: replace(case.bundle, chain_id=5), "The bundle is about chain"),
    "contract": (lambda case: replace(case.bundle, gold_test="0x" + "11" * 20), "The bundle is about chain"),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_check_gold__a_forgery__is_found_out(name: str, case: Case) -> None:
    forge, told = FORGERIES[name]
    report = evidence.check_gold(forge(case).to_bytes(), case.play.stranger)
    false = [each.text for each in (*report.proofs, *report.confirmed) if each.holds is False]
    assert not report.holds and any(told in text for text in false)


def test_collect_gold__items_that_are_not_tested__is_refused(case: Case, tmp_path: Path) -> None:
    first = case.task.graded * 20
    untested = next(item for item in range(first, first + 20) if item not in case.task.gold)
    for items in ([], [untested], [case.pair[0], 4000]):
        with pytest.raises(EvidenceError, match="is tested on"):
            evidence.collect_gold(
                case.play.annotator, Reader(Store(tmp_path / "store")), case.task.task, case.task.graded, items
            )


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"items": []}, "at least one item"),
        ({"batch": -1}, "batch"),
        ({"gold_test": "0x12"}, "gold_test"),
        ({"format": "goldleaf-evidence-1"}, "format"),
        ({"more": 1}, "more than a bundle"),
        ({"claim": "x" * 4001}, "claim"),
    ],
)
def test_from_bytes__what_is_no_bundle__is_refused_with_a_sentence(change: Any, told: str, case: Case) -> None:
    content = from_canonical(case.bundle.to_bytes())
    assert isinstance(content, dict)
    with pytest.raises(EvidenceError, match=told):
        GoldBundle.from_bytes(to_canonical({**content, **change}))


def test_command__evidence_about_known_answers__is_checked_offline(case: Case, tmp_path: Path) -> None:
    file = tmp_path / "bundle.json"
    file.write_bytes(case.bundle.to_bytes())
    told = CliRunner(mix_stderr=False).invoke(cli, ["evidence", "check", str(file), "--offline"])
    assert told.exit_code == 0, told.stderr
    assert f"of batch {case.task.graded} of task {case.task.task}" in told.stdout
    assert "it is benign" in told.stdout and "Nothing is false." in told.stdout
