"""Draws by beacons of a drand chain: the round, the beacon and its signature are looked at again."""

import builtins
from dataclasses import replace
from typing import Any

import pytest

from goldleaf import events
from goldleaf.encoding import encode_call
from goldleaf.feed import Logged
from goldleaf.types import DrandChain
from goldleaf_tools.rules import drand
from goldleaf_tools.verify import Beacons, Check, Verdict
from goldleaf_tools.verify.seeds import signature_in
from tests.beacons import BEACONS, QUICKNET, Beacon, OwnDrand, compressed, outside_g1

REAL, OTHER = BEACONS
CHAIN = DrandChain(QUICKNET.public_key, QUICKNET.genesis, QUICKNET.period, margin=60)
# Blocks of the scene, and their times.
ARMED, SHOWN, DRAWN = 1, 2, 3
DUE = QUICKNET.due(REAL.round)


class Scene:
    """A draw by a real beacon, as the events tell it."""

    def __init__(self, beacon: Beacon = REAL) -> None:
        self.beacon = beacon
        self.seed = beacon.randomness
        self.ticket = beacon.round
        self.times = {ARMED: DUE - 60, SHOWN: DUE, DRAWN: DUE + 1}
        self.chain = CHAIN
        self.signature: bytes | None = beacon.signature
        self.is_shown = True

    def findings(self, clock: bool = True) -> dict[str, Check]:
        armed = logged(events.Armed(1, self.ticket, 15), ARMED)
        shown = [logged(events.BeaconShown(self.beacon.round, self.beacon.randomness), SHOWN)]
        drawn = logged(events.Drawn(1, 0, self.seed, (1, 2, 3)), DRAWN)
        self.seeds = Beacons(self.chain, shown if self.is_shown else [], lambda _: self.signature)
        found = self.seeds.findings("draw", armed, drawn, self.times.__getitem__ if clock else None)
        assert all(isinstance(one, Check) for one in found)
        return {one.name.removeprefix("draw: "): one for one in found if isinstance(one, Check)}

    def broken(self) -> set[str]:
        return {name for name, one in self.findings().items() if one.verdict == Verdict.BROKEN}


def logged(event: Any, block: int) -> Logged:
    return Logged(event, block, f"0x{block:064x}", 0, f"0x{block:064x}", "Court")


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_findings__draw_by_a_real_beacon__follows_the_rules(scene: Scene) -> None:
    found = scene.findings()
    assert set(found) == {"round of the drand chain", "seed", "time of the beacon", "beacon"}
    assert {one.verdict for one in found.values()} == {Verdict.OK}
    assert QUICKNET.public_key.hex() in found["beacon"].expected
    assert scene.seeds.notes == []
    assert set(scene.findings(clock=False)) == {"seed", "beacon"}


def test_findings__seed_of_another_round__is_broken(scene: Scene) -> None:
    scene.seed = OTHER.randomness
    assert scene.broken() == {"seed"}


def test_findings__beacon_that_nobody_has_shown__is_broken(scene: Scene) -> None:
    scene.is_shown = False
    assert scene.broken() == {"seed"}
    assert "nobody has shown the beacon" in scene.findings()["seed"].expected


@pytest.mark.parametrize("moved", [-3, 3])
def test_findings__round_before_or_after_the_one_that_arming_fixes__is_broken(scene: Scene, moved: int) -> None:
    scene.times[ARMED] += moved
    assert scene.broken() == {"round of the drand chain"}


def test_findings__beacon_shown_before_it_is_due__is_broken(scene: Scene) -> None:
    scene.times[SHOWN] = DUE - 1
    assert scene.broken() == {"time of the beacon"}


def test_findings__beacon_by_another_key__is_broken(scene: Scene) -> None:
    scene.chain = replace(CHAIN, public_key=OwnDrand.start(1).public_key)
    assert scene.broken() == {"beacon"}


def test_findings__signature_of_another_round__is_broken() -> None:
    # With the randomness of that signature: only the pairing tells.
    scene = Scene(Beacon(REAL.round, OTHER.signature))
    assert scene.broken() == {"beacon"}


def test_findings__signature_that_is_not_what_the_event_tells__is_broken(scene: Scene) -> None:
    scene.signature = OTHER.signature
    assert scene.broken() == {"beacon"}


def test_findings__signature_that_cannot_be_found__is_not_told(scene: Scene) -> None:
    scene.signature = None
    assert scene.findings()["beacon"].verdict == Verdict.UNTOLD


def test_findings__without_the_extra__says_what_to_install(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    found = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name.startswith("py_ecc"):
            raise ImportError(name)
        return found(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    assert "beacon" not in scene.findings()
    [note] = scene.seeds.notes
    assert "pip install goldleaf-tools[beacons]" in note and "left to the contract" in note


# ---------------------------------------------------------------- the rules


def test_is_beacon__real_ones_and_what_is_none__told_apart() -> None:
    assert drand.is_beacon(REAL.round, REAL.signature, QUICKNET.public_key)
    for round, signature, key in (
        (REAL.round + 1, REAL.signature, QUICKNET.public_key),
        (REAL.round, compressed(outside_g1()), QUICKNET.public_key),
        (REAL.round, b"\xc0" + bytes(47), QUICKNET.public_key),
        (REAL.round, bytes(48), QUICKNET.public_key),
        (REAL.round, b"", QUICKNET.public_key),
        (REAL.round, REAL.signature, b""),
        (REAL.round, REAL.signature, bytes(96)),
        (REAL.round, b"\xc0" + bytes(47), b"\xc0" + bytes(95)),
    ):
        assert not drand.is_beacon(round, signature, key)


def test_next_round__any_time__is_the_first_that_is_due_after_the_margin() -> None:
    for margin in (1, 2, 3, 60, 61):
        chain = replace(CHAIN, margin=margin)
        for time in range(chain.genesis, chain.genesis + 20):
            round = drand.next_round(time, chain)
            assert drand.due(round, chain) >= time + margin > drand.due(round - 1, chain)


# ---------------------------------------------------------------- what was sent


def test_signature_in__calldata_of_any_depth__is_the_one_that_was_shown() -> None:
    call = encode_call("DrandRandomness", "show", *REAL.arguments)
    assert signature_in(call, REAL.round) == REAL.signature
    assert signature_in(b"\x01" * 99 + call + b"\x02" * 40, REAL.round) == REAL.signature


def test_signature_in__what_shows_none__is_none() -> None:
    call = encode_call("DrandRandomness", "show", *REAL.arguments)
    assert signature_in(call, OTHER.round) is None
    assert signature_in(b"", REAL.round) is None
    for end in range(len(call)):
        assert signature_in(call[:end], REAL.round) in (None, REAL.signature)
    assert signature_in(call[:100], REAL.round) is None
    forged = encode_call("DrandRandomness", "show", REAL.round, b"short", REAL.y)
    assert signature_in(forged, REAL.round) is None
