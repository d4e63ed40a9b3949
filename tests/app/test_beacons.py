"""The court in a browser where jurors are drawn by real beacons of drand."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from goldleaf import Phase
from tests.app import cases
from tests.app.serving import act, check_looks, connect, serving_at, visiting
from tests.chains import node
from tests.drand_relays import answer, relay
from tests.drand_scene import DUE, OTHER, REAL, Scene
from tests.protocol import DAY
from tests.wallets import Wallet

pytestmark = [pytest.mark.anvil, pytest.mark.filterwarnings("ignore::goldleaf.GoldleafWarning")]


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    start = ["--timestamp", str(DUE - 10 * DAY), "--gas-price", "0", "--base-fee", "0", "--accounts", "1"]
    with node("--hardfork", "prague", "--auto-impersonate", *start) as url:
        found = Scene(url, tmp_path)
        yield found
        found.client.close()


def url_of(scene: Scene) -> str:
    return str(scene.chain.web3.provider.endpoint_uri)  # type: ignore[attr-defined]


def test_draw__by_a_beacon_that_is_due__is_made_by_anybody(browser: Browser, scene: Scene) -> None:
    told = {"GOLDLEAF_RPC": url_of(scene), "GOLDLEAF_STORE": str(scene.folder / "store")}
    told["GOLDLEAF_DEPLOYMENT"] = str(scene.folder / "deployment.json")
    with (
        relay(answer(REAL)) as good,
        relay(answer(OTHER)) as false,
        serving_at(told, scene.folder, GOLDLEAF_DRAND_RELAYS=f"{false.url},{good.url}") as asking,
        serving_at(told, scene.folder, GOLDLEAF_APP_FOLDER=str(scene.folder / "other")) as alone,
        visiting(browser, asking, Wallet(scene.account, url_of(scene))) as page,
        visiting(browser, alone) as other,
    ):
        connect(page)
        page.goto(f"{asking}/jury/court")
        expect(page.locator("main")).to_contain_text(
            f"by the beacon of drand round {REAL.round}, which nobody can choose"
        )
        expect(page.locator("main")).to_contain_text("It is due in")
        expect(page.get_by_role("button", name="Show the beacon")).to_have_count(0)
        scene.travel_to(DUE)
        cases.reload(page, "nobody has shown it to the court yet")
        check_looks(page, "court-beacon")
        # A server without relays asks for the signature, and believes nobody.
        other.goto(f"{alone}/jury/court")
        # Its clock of the chain is a few seconds old at most.
        cases.reload(other, f"Signature of round {REAL.round}")
        expect(other.get_by_label(f"Signature of round {REAL.round}")).to_be_visible()
        act(page, "Show the beacon")
        expect(page.locator("main")).to_contain_text("It was shown: jurors can be drawn.")
        act(page, "Have jurors drawn")
        expect(page.locator("main")).to_contain_text("No dispute waits for jurors.")
    assert scene.phase == Phase.COMMIT and scene.client.court.beacon(REAL.round) == REAL.randomness
