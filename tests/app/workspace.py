"""What the tests of the labelling workspace do in it."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, Route, expect

from goldleaf.ids import name_submission
from tests.app.serving import connect, sign_in


def enter(page: Page, url: str, submission: int) -> None:
    """Connects, goes to a batch of the wallet's, once the server has read that it was taken, and signs in."""
    connect(page)
    until = time.monotonic() + 30
    while page.goto(f"{url}/work/{name_submission(submission)}") and not page.locator("[data-sign-in]").count():
        assert time.monotonic() < until
    sign_in(page)


@contextmanager
def held(page: Page, url: str) -> Iterator[Callable[[], None]]:
    """Holds the answer to a request back, until it is released."""
    waiting: list[Route] = []
    page.route(url, lambda route: waiting.append(route))

    def release() -> None:
        until = time.monotonic() + 30
        while not waiting:
            assert time.monotonic() < until
            page.wait_for_timeout(50)
        for route in waiting:
            route.continue_()

    yield release
    page.unroute(url)


def saved(page: Page) -> None:
    expect(page.locator("#saved")).to_have_text("Saved.")


def save_backup(page: Page) -> dict[str, Any]:
    with page.expect_download() as download:
        page.get_by_role("link", name="Save the backup").click()
    expect(page.get_by_role("button", name="Commit", exact=True)).to_be_enabled()
    return json.loads(Path(download.value.path()).read_text())
