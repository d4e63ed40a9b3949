"""Pages out of a large index: as fast as its SQL allows, also for many at once."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import requests
from eth_utils import keccak, to_checksum_address
from sqlalchemy import insert

from goldleaf import Cursor, Logged, events
from goldleaf.ids import submission_id
from goldleaf_app import queries
from goldleaf_app.database import Database, Title
from goldleaf_devnet import Devnet
from goldleaf_tools.audit import facts
from goldleaf_tools.index import Index, following
from tests.app.serving import ANVIL, serving

pytestmark = pytest.mark.anvil

TASKS = 10_000
ANNOTATORS = 300_000
REQUESTERS = 100
SLOTS = ANNOTATORS // TASKS
# The most that a page may take, in the time of its SQL and of a page without any.
RATIO = 5
ROUNDS = 15
USERS = 100


def account(number: int) -> str:
    return to_checksum_address(keccak(b"account %d" % number)[12:])


@dataclass
class Load:
    """A server with a large index, and that index."""

    url: str
    index: Index
    now: int


@pytest.fixture(scope="module")
def load(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Load]:
    folder: Path = tmp_path_factory.mktemp("speed")
    (folder / "app").mkdir()
    with Devnet(anvil=ANVIL, fast=True) as net:
        index = Index(f"sqlite:///{folder / 'app' / 'index.db'}", net.deployment)
        index.catch_up(net.client("requester"))
        _fill(index)
        own = Database(f"sqlite:///{folder / 'app' / 'app.db'}")
        with own.engine.begin() as connection:
            titles = [{"task": task, "title": f"Is headline {task} good news?"} for task in range(3, TASKS + 3)]
            connection.execute(insert(Title), titles)
        with serving(net, folder, GOLDLEAF_APP_FOLLOWS="0") as url:
            yield Load(url, index, net.clock.now)


def _fill(index: Index) -> None:
    """Thousands of tasks, each slot of which somebody else has taken, by the index's own writer."""
    parameters, block, log = index.task(1).parameters, index.block or 0, 0
    token, now = index.task(1).token, index.time
    database, waiting = index._database, list[Logged]()

    def add(event: events.Event) -> None:
        nonlocal block, log
        if log == 0:
            block += 1
        waiting.append(Logged(event, block, f"0x{block:064x}", log, f"0x{block:064x}", "TaskEscrow"))
        log = (log + 1) % (SLOTS + 1)
        if log == 0 and len(waiting) >= following.BATCH:
            write()

    def write() -> None:
        database.begin()
        times = {one.block: now for one in waiting}
        database.add(waiting, times, Cursor(block, waiting[-1].block_hash), now, 2**62)
        waiting.clear()

    wide = replace(parameters, items=SLOTS * parameters.batch_size, deadline=now + 10**6)
    for requester in range(REQUESTERS):
        add(events.Deposited(token, account(-1 - requester), account(-1 - requester), 10**18))
    for task in range(3, TASKS + 3):
        add(events.Opened(task, account(-1 - task % REQUESTERS), token, wide, f"https://example.org/{task}"))
        for slot in range(SLOTS):
            taker = account((task - 3) * SLOTS + slot)
            add(events.Deposited(token, taker, taker, wide.stake_of(slot)))
            add(events.Taken(submission_id(task, slot), taker, now + 10**5))
    write()


def seconds(action: Callable[[], object]) -> float:
    """The time of an action at its best: what else the machine does only adds to it."""
    taken = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        action()
        taken.append(time.perf_counter() - started)
    return min(taken)


def work(load: Load) -> None:
    queries.submissions_of(load.index.engine, account(17), ended=False, number=0)
    queries.claimable(load.index.engine, account(17), load.now, 10)


def royalties(load: Load) -> None:
    queries.holdings(load.index.engine, account(17))
    queries.requester_dues(load.index.engine, account(17))
    queries.unenrolled(load.index.engine, account(17))


def asked_for(load: Load) -> None:
    found = queries.tasks_of(load.index.engine, account(-4), 0)
    facts.read(load.index, [listed.id for listed in found[: queries.PAGE]], None)


# Path -> whose wallet is connected, what is asked of the index.
PAGES: dict[str, tuple[str, Callable[[Load], object]]] = {
    "/tasks": (
        account(17),
        lambda load: queries.open_tasks(load.index.engine, load.now, order="newest", number=0),
    ),
    "/tasks?order=pay": (
        account(17),
        lambda load: queries.open_tasks(load.index.engine, load.now, order="pay", number=0),
    ),
    "/tasks?order=ending&number=400": (
        account(17),
        lambda load: queries.open_tasks(load.index.engine, load.now, order="ending", number=400),
    ),
    "/work": (account(17), work),
    "/requests": (account(-4), asked_for),
    "/challenges": (account(17), lambda load: queries.challenges(load.index.engine, 0)),
    "/data-sets/royalties": (account(17), royalties),
}


@pytest.mark.parametrize("path", PAGES)
def test_page__of_a_large_index__takes_little_longer_than_its_sql(load: Load, path: str) -> None:
    visitor, ask = PAGES[path]
    session = requests.Session()
    session.cookies.set("account", visitor)

    def get(path: str) -> None:
        assert session.get(load.url + path).status_code == 200

    get(path)
    sql = seconds(lambda: ask(load))
    empty = seconds(lambda: get("/help"))
    page = seconds(lambda: get(path))
    print(f"{path}: {1000 * page:.0f} ms, its SQL {1000 * sql:.0f} ms, a page without any {1000 * empty:.0f} ms")
    assert page < RATIO * (sql + empty)


def test_users__a_hundred_at_once__are_all_served(load: Load) -> None:
    def visit(user: int) -> list[int]:
        session = requests.Session()
        session.cookies.set("account", account(user))
        return [session.get(load.url + path).status_code for path in PAGES]

    with ThreadPoolExecutor(USERS) as users:
        assert {status for seen in users.map(visit, range(USERS)) for status in seen} == {200}
