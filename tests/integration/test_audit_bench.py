"""The auditor's bench over a small history on a node: what it finds, what it files, and what becomes of its money."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from distributed import LocalCluster
from eth_utils import keccak

from goldleaf import Deployment, SubmissionState, economics
from goldleaf_tools.audit.result import Action, TaskAudit, Verdict
from tests.bench import CARELESS, HOSTILE, ITEMS, NAMES, UNIT, Auditor, Shell, World
from tests.chains import anvil
from tests.protocol import DAY

pytestmark = [pytest.mark.anvil, pytest.mark.filterwarnings("ignore::goldleaf.GoldleafWarning")]

PRIZE = economics.prize(UNIT)
# Of a submission, the most that its rejection earns, and what labels that are withheld earn by the availability bond.
BONUS, AVAILABILITY_BONUS = 10 * UNIT * ITEMS // 4, 4 * UNIT
ROOM = 3
# By `Behaviour`: six in ten right challenges are not defended, and one jury in ten errs.
ERROR = 0.104
WON, LOST = 0.6 + 0.4 * (1 - ERROR), 0.4 * ERROR


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with anvil() as chain:
        yield World(chain, tmp_path_factory.mktemp("world"))


@pytest.fixture(scope="module")
def found(played: World, tmp_path_factory: pytest.TempPathFactory) -> TaskAudit:
    """The first audit."""
    return Auditor(played, tmp_path_factory.mktemp("first")).audit()


@pytest.fixture
def world(played: World) -> Iterator[World]:
    """As it was at first: what a test does is undone."""
    before = played.chain.web3.provider.make_request("evm_snapshot", [])["result"]
    yield played
    played.chain._request("evm_revert", before)


@pytest.fixture
def auditor(world: World, tmp_path: Path) -> Iterator[Auditor]:
    found = Auditor(world, tmp_path)
    yield found
    found.client.close()


# ------------------------------------------------------------ what is found


def test_audit__each_way_to_be_wrong__flagged(world: World, found: TaskAudit) -> None:
    verdicts = {name: one.verdict for name, one in zip(NAMES, found.sets, strict=True)}
    assert verdicts == {
        "right": Verdict.VERIFIED,
        "also right": Verdict.VERIFIED,
        "careless": Verdict.VERIFIED,
        "missing": Verdict.MISSING,
        "mismatch": Verdict.MISMATCH,
        "malformed": Verdict.MALFORMED,
        "off schema": Verdict.OFF_SCHEMA,
        "own": Verdict.VERIFIED,
        "late": Verdict.NOT_PUBLISHED,
    }
    refused = found.sets[NAMES.index("off schema")].off_schema
    assert [off.item for off in refused] == [0, 1]
    assert len(found.labels) == 5 * ITEMS
    # All that cannot be read, and nothing else, is to be challenged for that, with all of its labels at once.
    assert {one.submission: (one.action, one.prize, one.bond) for one in found.availability} == {
        world.submissions[name]: (Action.FILE, AVAILABILITY_BONUS, UNIT)
        for name in ("missing", "mismatch", "malformed")
    }
    assert {one.items for one in found.availability} == {tuple(range(ITEMS))}


def test_audit__gold__proposes_what_is_wrong_at_what_it_is_worth(world: World, found: TaskAudit) -> None:
    filed = [one for one in found.proposals if one.action == Action.FILE]
    careless = [one for one in filed if one.submission == world.submissions["careless"]]
    assert sorted(item for one in careless for item in one.items) == list(CARELESS)
    for one in careless:
        assert one.expectation.p_all_wrong == pytest.approx(1, abs=1e-6)
        count = len(one.items)
        # All that there is room for, so it rejects: half of the bonus is put down to earn all of it.
        assert (one.prize, one.bonus, one.bond) == (count * PRIZE, BONUS, BONUS // 2)
        assert one.expectation.value == pytest.approx(WON * (one.prize + one.bonus) - LOST * one.bond, abs=2)
    off = [one for one in filed if one.submission == world.submissions["off schema"]]
    assert sorted(item for one in off for item in one.items) == [0, 1]
    assert {one.submission for one in filed} == {world.submissions[name] for name in ("careless", "off schema")}


def test_audit__items_of_findings__are_known_by_their_texts(world: World, found: TaskAudit) -> None:
    suspected = {found.labels.row(place).item for place in found.labels.suspects()}
    assert suspected and suspected <= {one.item for one in found.manifest.glances}
    for one in found.manifest.glances:
        assert one.shows == found.manifest.shows(one.item) != found.manifest.item_uris[one.item]


def test_audit__own_submission__never_challenged(world: World, auditor: Auditor, found: TaskAudit) -> None:
    """By whoever else audits it is."""
    own = world.submissions["own"]
    assert all(one.submission != own for one in found.proposals)
    assert all(one.submission != own for one in auditor.audit(auditor=auditor.key.address.lower()).proposals)
    others = auditor.audit(auditor=world.requester).proposals
    assert [one.action for one in others if one.submission == own]


def test_audit__nothing_known__siblings_outvote_the_careless_one(world: World, auditor: Auditor) -> None:
    found = auditor.audit(gold=None)
    chances = {(row.submission, row.item): row.p_wrong for row in found.labels.rows()}
    # The label set outside the schema says nothing of the first two items, so that on item 1 two stand against two.
    tied, outvoted = CARELESS[0], CARELESS[1:]
    wrong = [chances[world.submissions["careless"], item] for item in outvoted]
    right = [chances[world.submissions["right"], item] for item in outvoted]
    assert max(right) < 0.5 < min(wrong)
    assert {chances[world.submissions[name], tied] for name in ("careless", "own", "right", "also right")} == {0.5}
    doubted = {(found.labels.row(row).submission, found.labels.row(row).item) for row in found.labels.suspects()}
    assert doubted == {
        *((world.submissions[name], item) for name in ("careless", "own") for item in outvoted),
        *((world.submissions["off schema"], item) for item in (0, 1)),
    }
    assert all(tied not in one.items for one in found.proposals if one.submission != world.submissions["off schema"])
    assert "The auditor knows no item's truth" in found.notes[0]


def test_audit__too_late_for_availability__withheld_labels_are_left(world: World, auditor: Auditor) -> None:
    """That a file cannot be fetched is no ground to call its labels wrong."""
    world.travel(2 * DAY)
    found = auditor.audit()
    assert not found.availability
    unread = {world.submissions[name] for name in ("missing", "mismatch", "malformed")}
    assert found.proposals and all(one.submission not in unread for one in found.proposals)


@pytest.mark.parametrize("before_end", [0, 60])
def test_audit__window_is_over_or_too_short__nothing_proposed(world: World, auditor: Auditor, before_end: int) -> None:
    world.protocol.travel_to(world.window_end("own") - before_end)
    found = auditor.audit()
    assert not found.proposals and not found.availability


def test_audit__challenged_by_others__left_to_them(world: World, auditor: Auditor) -> None:
    challenger = world.requester
    _challenge(world, challenger, "careless", (1, 4))
    world.act(challenger).challenges.file_availability(world.submissions["missing"], [0])
    found = auditor.audit()
    careless = [one for one in found.proposals if one.submission == world.submissions["careless"]]
    assert [one.items for one in careless] == [(6,)]
    # One of three places is left, so that one label still earns its prize.
    assert careless[0].action == Action.FILE and careless[0].prize == PRIZE
    assert {one.submission: one.action for one in found.availability}[world.submissions["missing"]] == Action.LEAVE


def test_audit__proven_or_rejected__nothing_more(world: World, auditor: Auditor) -> None:
    challenge = _challenge(world, world.requester, "careless", (1,))
    world.act(world.people["careless"]).challenges.concede(challenge)
    world.act(world.requester).challenges.settle(challenge)
    careless = [one for one in auditor.audit().proposals if one.submission == world.submissions["careless"]]
    assert sorted(item for one in careless for item in one.items) == [4, 6]
    challenge = _challenge(world, world.requester, "careless", (0, 4, 6))
    world.act(world.people["careless"]).challenges.concede(challenge)
    world.act(world.requester).challenges.settle(challenge)
    found = auditor.audit()
    assert found.sets[NAMES.index("careless")].state == SubmissionState.REJECTED
    assert all(one.submission != world.submissions["careless"] for one in found.proposals)


def test_audit__strange_arbitrator__nothing_is_filed_under_it(world: World, auditor: Auditor) -> None:
    """Whoever opens a task could name one that rules for friends."""
    contracts = {name: address for name, address in world.deployment.contracts.items() if name != "Court"}
    found = auditor.audit(deployment=Deployment(world.deployment.chain_id, 0, contracts))
    assert found.proposals and {one.action for one in found.proposals} == {Action.LEAVE}
    assert any("does not trust" in one.why for one in found.proposals)


def test_audit__hostile_labels__survive_as_text(world: World, found: TaskAudit) -> None:
    row = next(row for row in found.labels.rows() if HOSTILE.encode() in row.label or b"script" in row.label)
    assert row.submission == world.submissions["off schema"] and row.p_wrong > 0.99
    assert type(found).from_json(found.to_json()) == found


def _challenge(world: World, challenger: str, name: str, items: tuple[int, ...]) -> int:
    client, submission = world.act(challenger), world.submissions[name]
    client.challenges.commit(submission, items, salt=keccak(repr(items).encode()))
    world.travel(60)
    return client.challenges.file(submission, items, salt=keccak(repr(items).encode())).result.challenge


# ------------------------------------------------------------ the command line


@pytest.fixture
def shell(world: World, tmp_path: Path) -> Shell:
    return Shell(world, tmp_path)


def test_cli__dry_run__sends_nothing_and_shows_strangers_text_harmlessly(
    world: World, auditor: Auditor, shell: Shell, tmp_path: Path
) -> None:
    before = auditor.sent, auditor.client.ledger.free(), auditor.client.ledger.wallet()
    shown = shell.run(world.task, "--report", tmp_path / "reports")
    assert "missing" in shown and "malformed" in shown and f"file: challenge that items 0-{ITEMS - 1} of" in shown
    assert "\x1b" not in shown and "\u202e" not in shown
    assert {path.suffix for path in (tmp_path / "reports").iterdir()} == {".html", ".json"}
    document = json.loads(shell.run("--dry-run", "--json"))
    [read] = [TaskAudit.from_json(one) for one in document["result"]]
    # What nothing is more probable than is not even proposed to be left.
    assert {each.action for each in read.proposals} == {Action.FILE}
    assert all(chance > 0.5 for each in read.proposals for chance in each.p_wrong)
    assert before == (auditor.sent, auditor.client.ledger.free(), auditor.client.ledger.wallet())
    assert not (tmp_path / "home" / "work").exists()


def test_cli__challenge__within_the_budget_in_run_after_run(world: World, auditor: Auditor, shell: Shell) -> None:
    before, budget = auditor.client.ledger.free(), 40
    shell.run(world.task, "--challenge", "--yes", code=2)
    shell.run(world.task, "--follow", "--appeal-up-to", 7, "--yes", code=2)
    assert auditor.client.ledger.free() == before
    for _ in range(3):
        shell.run(world.task, "--challenge", "--budget", budget, "--no-wait", "--yes", "--json")
        world.travel(60)
    filing = auditor.filing()
    assert 0 < filing.locked() == before - auditor.client.ledger.free() <= budget * UNIT
    assert "above the budget" in shell.run(world.task, "--challenge", "--budget", 1, "--yes", code=2)
    found = auditor.audit()
    own = [challenge for challenge in found.challenges if challenge.own]
    assert sum(challenge.bond for challenge in own) == filing.locked()
    assert {challenge.submission for challenge in own} <= set(world.submissions.values()) - {world.submissions["own"]}


def test_cli__scheduler__audits_there(world: World, shell: Shell) -> None:
    with LocalCluster(n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None) as cluster:
        there = json.loads(shell.run(world.task, "--scheduler", cluster.scheduler_address, "--json"))
    here = json.loads(shell.run(world.task, "--json"))
    assert there == here
