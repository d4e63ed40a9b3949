"""The auditor's bench behind gateways that fail and lie: that is nothing to bet against annotators on."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from goldleaf import LabelSet
from goldleaf.stores import Reader, Store, _http
from goldleaf_tools.audit import arguing
from goldleaf_tools.audit.filing import Limits, choose
from goldleaf_tools.audit.result import Action, TaskAudit, Verdict
from tests.bench import CARELESS, NAMES, UNIT, Auditor, Shell, World
from tests.chains import anvil
from tests.gateway import PAGE, Gateway, busy_at_first, compressed, serving
from tests.protocol import DAY

pytestmark = [pytest.mark.anvil, pytest.mark.filterwarnings("ignore::goldleaf.GoldleafWarning")]

AT_FAULT = {"missing": Verdict.MISSING, "mismatch": Verdict.MISMATCH, "malformed": Verdict.MALFORMED}
# All but the last are read well by whoever knows gateways.
FAULTS: dict[str, Any] = {
    "a page": PAGE,
    "404": 404,
    "410": 410,
    "504": 504,
    "403": 403,
    "other bytes": LabelSet(["yes", "no"]).to_bytes(),
    "a redirect to itself": "/ipfs/again",
}


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    with serving(tmp_path_factory.mktemp("gateways") / "ipfs") as gateway:
        yield gateway


@pytest.fixture(scope="module")
def played(honest: Gateway, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with anvil() as chain:
        store = Store("ipfs://", gateway=honest.url, api=honest.url)
        yield World(chain, tmp_path_factory.mktemp("world"), store)


@pytest.fixture
def world(played: World) -> Iterator[World]:
    before = played.chain.web3.provider.make_request("evm_snapshot", [])["result"]
    yield played
    played.chain._request("evm_revert", before)


@pytest.fixture
def auditor(world: World, tmp_path: Path) -> Iterator[Auditor]:
    found = Auditor(world, tmp_path)
    yield found
    found.client.close()


@pytest.fixture
def other(honest: Gateway, tmp_path: Path) -> Iterator[Gateway]:
    """A second gateway to the same files."""
    with serving(tmp_path / "ipfs") as gateway:
        gateway.folder = honest.folder
        yield gateway


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_http, "_PAUSES", (0.0, 0.0, 0.0))


def verdicts(found: TaskAudit) -> dict[str, Verdict]:
    return {name: one.verdict for name, one in zip(NAMES, found.sets, strict=True)}


def accused(world: World, found: TaskAudit) -> set[str]:
    """Whose label sets are to be challenged."""
    names = {submission: name for name, submission in world.submissions.items()}
    proposed: tuple[Any, ...] = (*found.availability, *found.proposals)
    return {names[one.submission] for one in proposed if one.action is Action.FILE}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_audit__gateway_fails_or_lies__nobody_is_accused_in_either_half_of_the_window(
    world: World, auditor: Auditor, honest: Gateway, other: Gateway, fault: Any
) -> None:
    other.odd["*"] = fault
    for _ in range(2):
        alone = auditor.audit(library=Reader(gateway=other.url))
        assert set(verdicts(alone).values()) <= {Verdict.UNREACHABLE, Verdict.UNSURE, Verdict.NOT_PUBLISHED}
        assert accused(world, alone) == set()
        assert any("could not be read from here" in note for note in alone.notes)
        # Beside one that answers, what is there is read, and what is not there is no fact.
        for gateways in ([other.url, honest.url], [honest.url, other.url + "/ipfs"]):
            both = auditor.audit(library=Reader(gateway=gateways))
            assert verdicts(both)["right"] is Verdict.VERIFIED and verdicts(both)["off schema"] is Verdict.OFF_SCHEMA
            assert not any(verdict.at_fault for verdict in verdicts(both).values())
            assert accused(world, both) == {"careless", "off schema"}
        world.travel(2 * DAY)


@pytest.mark.parametrize("ending", ["", "/", "/ipfs", "/ipfs/"])
@pytest.mark.parametrize("habit", ["plain", "compressed", "busy"])
def test_audit__gateway_with_its_habits__read_all_the_same(
    world: World, auditor: Auditor, other: Gateway, honest: Gateway, ending: str, habit: str
) -> None:
    if habit != "plain":
        other.odd["*"] = compressed if habit == "compressed" else busy_at_first()
    found = auditor.audit(library=Reader(gateway=[other.url + ending, honest.url]))
    assert {name: verdict for name, verdict in verdicts(found).items() if verdict.at_fault} == AT_FAULT
    assert accused(world, found) == {*AT_FAULT, "careless", "off schema"}
    # One gateway alone is not enough to say that something is nowhere.
    alone = auditor.audit(library=Reader(gateway=other.url + ending))
    assert verdicts(alone)["right"] is Verdict.VERIFIED
    assert accused(world, alone) == {"careless", "off schema"}


def test_audit__two_gateways__nobody_is_accused_of_withholding_when_it_is_too_late(
    world: World, auditor: Auditor, honest: Gateway, other: Gateway
) -> None:
    world.travel(2 * DAY)
    found = auditor.audit(library=Reader(gateway=[honest.url, other.url]))
    assert not found.availability and accused(world, found) == {"careless", "off schema"}


class Recovered(Reader):
    """Finds by now what nobody could read at the audit."""

    def labels(self, uri: str, root: bytes, items: range) -> LabelSet:
        found = World.set_of(self, "missing")
        return found if found.root == root else super().labels(uri, root, items)


def test_confirmed__readable_again_before_money_moves__not_filed(
    world: World, auditor: Auditor, honest: Gateway, other: Gateway
) -> None:
    reader = Reader(gateway=[honest.url, other.url])
    found = auditor.audit(library=reader)
    order = choose([found], Limits(200 * UNIT), token=found.token.address)
    assert len(order.availability) == len(AT_FAULT)
    assert arguing.confirmed(reader, [found], order) == order
    later = arguing.confirmed(Recovered(gateway=[honest.url, other.url]), [found], order)
    assert later.availability == () and later.challenges == order.challenges
    assert later.bonds == sum(each.bond for each in order.challenges)
    assert {why for each, why in later.left_out if each in order.availability} == {"its label set can be read by now"}
    # And a gateway that broke meanwhile accuses nobody.
    other.odd["*"] = 404
    broken = arguing.confirmed(Reader(gateway=[honest.url, other.url]), [found], order)
    assert broken.availability == () and broken.challenges == order.challenges


def test_cli__gateway_404s__cannot_tell_and_nothing_is_filed(
    world: World, auditor: Auditor, honest: Gateway, other: Gateway, tmp_path: Path
) -> None:
    other.odd["*"] = 404
    shell = Shell(world, tmp_path)
    before = auditor.sent, auditor.client.ledger.free()
    shell.environment["GOLDLEAF_IPFS_GATEWAY"] = f"{other.url}/ipfs"
    filing = (world.task, "--challenge", "--budget", 100, "--yes")
    shown = shell.run(*filing, gold=False)
    assert "cannot tell" in shown and "could not be read from here" in shown and "nothing is worth filing" in shown
    # Not even the manifest can be read, by which gold is; what is known is not left out in silence.
    shown = shell.run(*filing, code=1)
    assert "cannot tell" in shown and "could not be read from here" in shown and "another gateway" in shown
    assert before == (auditor.sent, auditor.client.ledger.free())
    shell.environment["GOLDLEAF_IPFS_GATEWAY"] = f"{honest.url}, {other.url}"
    shown = shell.run(world.task)
    assert "cannot tell" in shown and all(f"{item}" in shown for item in CARELESS)
