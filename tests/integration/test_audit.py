"""The auditor's bench on real answers, through the deployed protocol on a node: `adult` in small parts."""

import re
from pathlib import Path

import pytest

from goldleaf import ChallengeState, Outcome
from goldleaf_tools.audit.result import Verdict
from scripts._audit_stage import UNIT
from scripts.audit_demo import play

pytestmark = [pytest.mark.anvil, pytest.mark.filterwarnings("ignore::goldleaf.GoldleafWarning")]


README = (Path(__file__).parents[2] / "README.md").read_text()


@pytest.mark.parametrize("name", ["mammo", "weather"])
def test_play__a_block__ends_within_the_budget_with_the_figures_of_the_readme(name: str, tmp_path: Path) -> None:
    found = play(name, folder=tmp_path)
    [audit] = found.audits
    [figures] = re.findall(rf"^\| `{name}` \| (.*) \|$", README, flags=re.MULTILINE)
    counted = (f"{len(audit.labels):,}", f"{100 * found.ece:.1f} %", str(found.filed), str(found.right), str(found.won))
    assert figures.split(" | ") == [*counted, f"{found.profit / UNIT:,.2f}"]
    assert all(one.verdict == Verdict.VERIFIED for one in audit.sets)
    own = [challenge for challenge in audit.challenges if challenge.own]
    assert own and all(challenge.state == ChallengeState.SETTLED for challenge in own)
    assert sum(challenge.bond for challenge in own) <= 500 * UNIT
    assert all(challenge.gas > 0 and challenge.events for challenge in own)
    # There are jurors enough for all of them.
    assert all(challenge.outcome != Outcome.NOT_HEARD for challenge in own)
    assert found.won > len(own) / 2
    assert found.ece < 0.2


@pytest.mark.parametrize(("name", "parts"), [("weather", {"items": 60}), ("adult", {"tasks": 20})])
def test_play__twice__is_the_same_to_the_last_hash(name: str, parts: dict[str, int], tmp_path: Path) -> None:
    """On nodes of their own and in folders of their own: the seed alone says who is drawn, and what comes of it."""
    first, second = (play(name, folder=tmp_path / folder, **parts) for folder in ("first", "second"))
    assert [one.to_json() for one in first.audits] == [one.to_json() for one in second.audits]
    assert (first.ece, first.profit) == (second.ece, second.profit)
    assert name == "adult" or any(
        challenge.own and challenge.dispute for one in first.audits for challenge in one.challenges
    )


def test_play__adult__pools_thousands_of_small_tasks(tmp_path: Path) -> None:
    found = play("adult", tasks=60, folder=tmp_path)
    assert len(found.audits) == 60
    assert all(len(one.pooled_tasks) == 60 for one in found.audits)
    assert sum(len(one.labels) for one in found.audits) == sum(
        one.labels for audit in found.audits for one in audit.sets
    )
    assert found.ece < 0.3
