"""Draws by real beacons of quicknet, on a node whose clock stands before them: autopilot and command line."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from goldleaf import Phase, errors
from goldleaf.ids import name_challenge
from goldleaf_tools import verify
from goldleaf_tools.autopilot import Duty, Report, Step
from goldleaf_tools.cli import failures
from goldleaf_tools.errors import NoBeacon, NoDrandRelay
from tests.beacons import QUICKNET
from tests.chains import node
from tests.drand_relays import answer, relay
from tests.drand_scene import DUE, MARGIN, OTHER, REAL, Scene
from tests.protocol import DAY

pytestmark = [pytest.mark.anvil, pytest.mark.filterwarnings("ignore::goldleaf.GoldleafWarning")]


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    start = ["--timestamp", str(DUE - 10 * DAY), "--gas-price", "0", "--base-fee", "0", "--accounts", "1"]
    with node("--hardfork", "prague", "--auto-impersonate", *start) as url:
        found = Scene(url, tmp_path)
        yield found
        found.client.close()


def steps(report: Report) -> list[Step]:
    return [done.duty.step for done in report.done]


def beacon_duty(report: Report) -> Duty:
    [found] = [duty for duty in report.left if duty.step == Step.SHOW_BEACON]
    return found


def test_step__beacon_that_is_due__is_shown_and_the_jury_drawn_whatever_other_relays_do(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    armed = scene.client.court.armed_beacon()
    assert armed is not None and (armed.dispute, armed.round, armed.due) == (scene.dispute, REAL.round, DUE)
    assert not armed.is_shown and scene.client.court.beacon(REAL.round) == bytes(32)
    assert scene.client.court.drand().public_key == QUICKNET.public_key
    with relay(answer(OTHER)) as foreign, relay(b"{}", pause=2) as slow, relay(answer(REAL)) as good:
        pilot = scene.autopilot("http://127.0.0.1:1", foreign.url, slow.url, good.url)
        early = pilot.step()
        assert not early.done and not early.failed
        assert (beacon_duty(early).start, beacon_duty(early).number) == (DUE, REAL.round)
        assert early.next_moment == DUE
        assert good.asked == []

        scene.travel_to(DUE)
        before = scene.sent
        with caplog.at_level(logging.WARNING, "goldleaf_tools.autopilot"):
            report = pilot.step()
        assert steps(report) == [Step.SHOW_BEACON, Step.DRAW] and not report.failed
        assert scene.sent == before + 2
        said = [record.getMessage() for record in caplog.records if "gives no beacon" in record.getMessage()]
        assert len(said) == 3
    assert scene.phase == Phase.COMMIT
    assert scene.client.court.armed_beacon() is None
    assert scene.client.court.beacon(REAL.round) == REAL.randomness

    # Whoever looks at it again finds the round, its beacon and the panel.
    found = verify.of_chain(scene.client, scene.challenge)
    assert found.holds, found.broken
    names = {one.name.partition(": ")[2]: one.verdict for one in found.checks if "round 0" in one.name}
    looked_at = ("round of the drand chain", "seed", "time of the beacon", "beacon", "seats drawn")
    assert {name: names[name] for name in looked_at} == dict.fromkeys(looked_at, verify.Verdict.OK)
    assert not [note for note in found.notes if "seeds" in note or "beacons" in note]


def test_step__beacon_shown_by_somebody_else__only_draws(scene: Scene) -> None:
    scene.travel_to(DUE)
    before = scene.sent
    with pytest.raises(errors.WrongBeacon):
        scene.client.court.show_beacon(REAL.round, OTHER.signature)
    assert scene.sent == before
    scene.client.court.show_beacon(REAL.round, REAL.signature)
    report = scene.autopilot().step()
    assert steps(report) == [Step.DRAW] and not report.failed


def test_a_missing_beacon_delays_a_draw_no_longer_than_the_draw_timeout(scene: Scene) -> None:
    """No relay, and none that tells the truth: nothing is sent, and the dispute ends in its time, its fee paid back."""
    scene.travel_to(DUE)
    before = scene.sent
    [failed] = scene.autopilot().step().failed
    assert isinstance(failed.error, NoDrandRelay) and failed.duty.step == Step.SHOW_BEACON
    forged = answer(REAL, signature=OTHER.signature.hex(), randomness=OTHER.randomness.hex())
    with relay(forged) as bad:
        pilot = scene.autopilot(bad.url)
        report = pilot.step()
        [failed] = report.failed
        assert isinstance(failed.error, NoBeacon) and not report.done
        # It is not asked again at once.
        assert not pilot.step().failed and len(bad.asked) == 1
    assert scene.sent == before

    end = scene.client.court.dispute(scene.dispute).phase_end
    armed = DUE - MARGIN
    assert end == armed + scene.jury.parameters.draw_timeout
    # The next block is one second later.
    scene.travel_to(end - 2)
    assert Step.DROP not in steps(pilot.step()) and scene.phase == Phase.WAITING
    free = scene.client.ledger.free()
    scene.travel_to(end)
    assert Step.DROP in steps(pilot.step())
    assert scene.phase == Phase.NOT_HEARD
    fee = scene.client.court.arbitration_cost()
    assert scene.client.court.ledger.free() == fee and scene.client.ledger.free() >= free
    assert not scene.client.court.queue().armed


def test_court_show_beacon__from_the_command_line__says_what_to_do_and_shows(scene: Scene) -> None:
    court = scene.read("court", "show")
    assert f"the beacon of drand round {REAL.round}, due at" in court
    assert QUICKNET.public_key.hex() in court
    told = scene.run("court", "show")["result"]
    assert told["beacon"]["round"] == REAL.round and told["drand"]["period"] == QUICKNET.period
    early = scene.run("court", "show-beacon", "--relay", "http://127.0.0.1:1", code=failures.REFUSED)["error"]
    assert early["type"] == "BeaconNotDue" and "goldleaf court show" in early["advice"]

    scene.travel_to(DUE)
    assert "which is due and was not shown: `goldleaf court show-beacon`" in scene.read("court", "show", scene.dispute)
    status = scene.run("status")
    [step] = [step for step in status["result"]["next"] if step["drand_round"] is not None]
    assert (step["drand_round"], step["due"], step["by_autopilot"]) == (REAL.round, True, False)
    assert status["result"]["beacon"]["dispute"] == scene.dispute
    assert any("`goldleaf court show-beacon`" in note for note in status["notes"])
    named = scene.run("status", GOLDLEAF_DRAND_RELAYS="https://relay.example/chain")["result"]["next"]
    assert [step["by_autopilot"] for step in named if step["drand_round"]] == [True]

    explained = scene.read("disputes", "show", name_challenge(scene.challenge))
    assert f"Anyone may show the court the beacon of drand round {REAL.round}, from" in explained

    before = scene.sent
    nobody = scene.run("court", "show-beacon", code=failures.REFUSED)["error"]
    assert nobody["type"] == "NoDrandRelay" and "--relay URL" in nobody["advice"]
    file = scene.folder / "beacon.json"
    file.write_bytes(answer(OTHER))
    assert scene.run("court", "show-beacon", "--beacon", file, code=failures.REFUSED)["error"]["type"] == "NotABeacon"
    forged = scene.run("court", "show-beacon", "--signature", OTHER.signature.hex(), "--yes", code=failures.REFUSED)[
        "error"
    ]
    assert forged["type"] == "WrongBeacon"
    both = ["--beacon", file, "--signature", REAL.signature.hex()]
    assert scene.run("court", "show-beacon", *both, code=failures.USAGE)["error"]["type"] == "UsageError"
    with relay(answer(OTHER)) as bad:
        failed = scene.run("court", "show-beacon", "--relay", bad.url, code=failures.REFUSED)["error"]
        assert failed["type"] == "NoBeacon"
        # The second one, by the environment.
        with relay(answer(REAL)) as good:
            document = scene.run("court", "show-beacon", "--dry-run", GOLDLEAF_DRAND_RELAYS=f"{bad.url}, {good.url}")
            assert document["result"]["result"]["round"] == REAL.round
            assert any(f"it is of round {OTHER.round}" in note for note in document["notes"])
    assert scene.sent == before

    file.write_bytes(answer(REAL))
    shown = scene.run("court", "show-beacon", "--beacon", file, "--yes")["result"]
    assert shown["result"] == {"round": REAL.round, "randomness": "0x" + REAL.randomness.hex()}
    again = scene.run("court", "show-beacon", "--beacon", file, "--yes", code=failures.REFUSED)["error"]
    assert again["type"] == "NoBeaconAwaited" and "goldleaf court draw" in again["message"]
    twice = scene.run("court", "show-beacon", REAL.round, "--beacon", file, "--yes")["result"]
    assert twice["result"] is None
    assert "`goldleaf court draw`: its beacon was shown" in scene.read("court", "show", scene.dispute)
    scene.run("court", "draw", "--yes")
    assert scene.phase == Phase.COMMIT
    nobody = scene.run("court", "show-beacon", code=failures.REFUSED)["error"]
    assert "no dispute waits" in nobody["message"]
    verified = scene.run("disputes", "verify", name_challenge(scene.challenge))["result"]
    assert verified["holds"]
