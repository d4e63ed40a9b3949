"""What it saves that an account sends duties as one transaction, by receipts, and that it stays so."""

import json
from pathlib import Path

import pytest

from goldleaf_tools.autopilot.together import MOST_CALLS, MOST_GAS
from tests.chains import ROOT
from tests.gas.snapshots import FOLDER, check_snapshot
from tests.gas.together import measure_together

# Of the gas of one transaction for each, at least so much is saved: of the first by the code of `mocks/BatchAccount`.
LEAST = {"end of a dispute, 3 jurors": 0.2, "8 claims": 0.6}
GUIDE = ROOT / "docs" / "annotator.md"


@pytest.mark.anvil
@pytest.mark.filterwarnings("ignore::goldleaf.GoldleafWarning")
@pytest.mark.xdist_group("gas")
def test_gas__duties_as_one__as_in_the_snapshot_and_well_below_one_at_a_time(tmp_path: Path) -> None:
    measured = measure_together(tmp_path)
    check_snapshot("together.json", measured)
    for scene, least in LEAST.items():
        apart, whole = (measured[f"{scene}, {how}"]["all"] for how in ("one at a time", "as one"))
        assert whole <= apart * (1 - least), scene


@pytest.mark.parametrize("scene", LEAST)
def test_guide__what_is_saved__as_in_the_snapshot(scene: str) -> None:
    costs = json.loads((FOLDER / "together.json").read_text())
    apart, whole = (costs[f"{scene}, {how}"]["all"] for how in ("one at a time", "as one"))
    told = f"{apart:,} gas | {whole:,} gas | {1 - whole / apart:.0%}".replace("%", " % less")
    guide = " ".join(GUIDE.read_text().split())
    assert told in guide
    assert f"At most {MOST_CALLS} calls and {MOST_GAS // 10**6} million gas" in guide
