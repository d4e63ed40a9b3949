"""One devnet, one server and one browser for the tests of a file."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from goldleaf_devnet import Devnet
from tests.app.serving import ANVIL, serving
from tests.browser import chromium


@pytest.fixture(scope="module")
def net() -> Iterator[Devnet]:
    with Devnet(anvil=ANVIL, fast=True) as net:
        yield net


@pytest.fixture(scope="module")
def url(net: Devnet, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("app")
    with serving(net, folder) as url:
        yield url


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser
