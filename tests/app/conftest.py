"""One devnet, one server and one browser for the tests of a file."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from goldleaf_devnet import Devnet
from tests.app.serving import ANVIL, serving
from tests.browser import chromium


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    """Keeps the tests of a file on one core: they share chain, server and browser, and some go on with a story."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.xdist_group(item.path.stem))


@pytest.fixture(scope="module")
def net() -> Iterator[Devnet]:
    with Devnet(anvil=ANVIL, fast=True) as net:
        yield net


@pytest.fixture(scope="module")
def server_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the server keeps what is its own: in `app`."""
    return tmp_path_factory.mktemp("app")


@pytest.fixture(scope="module")
def url(net: Devnet, server_folder: Path) -> Iterator[str]:
    with serving(net, server_folder) as url:
        yield url


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser
