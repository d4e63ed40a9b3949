"""How much work decoded events are for SQLite."""

from collections.abc import Iterator
from pathlib import Path

from eth_utils import keccak, to_checksum_address
from sqlalchemy import create_engine
from sqlalchemy.event import listen

from goldleaf import Cursor, Deployment, Logged, events
from goldleaf.ids import submission_id
from goldleaf.types import ZERO_ADDRESS, TaskParameters
from goldleaf_tools.index import Index, following

# What makes an index fast. Statements are counted, for seconds differ from machine to machine.
EVENTS_A_STATEMENT = 200
TASKS = 60
SLOTS = 50
BLOCK = 40  # events

CONTRACTS = {"TaskEscrow": "0x" + "11" * 20, "Token": "0x" + "22" * 20}
PARAMETERS = TaskParameters(
    arbitrator="0x" + "33" * 20,
    gate=ZERO_ADDRESS,
    grader=ZERO_ADDRESS,
    reward=50_000,
    stake=10**6,
    items=10 * SLOTS,
    batch_size=10,
    redundancy=1,
    tolerance_bps=1000,
    deadline=1_800_000_000,
    work_period=86_400,
    publish_period=86_400,
    challenge_period=86_400,
    response_period=86_400,
    arbitration_timeout=86_400,
    availability_bond=50_000,
    royalty_bps=0,
    terms=keccak(b"manifest"),
)


def account(number: int) -> str:
    return to_checksum_address(keccak(b"account %d" % number)[12:])


def story() -> Iterator[events.Event]:
    """Tasks whose slots are taken by 500 accounts, who deliver and are paid."""
    token = Deployment(1, 0, CONTRACTS).contracts["Token"]
    accounts = [account(number) for number in range(500)]
    requester = account(-1)
    yield events.Deposited(token, requester, requester, 10**18)
    for one in accounts:
        yield events.Deposited(token, one, one, 10**12)
    for task in range(1, TASKS + 1):
        yield events.Opened(task, requester, token, PARAMETERS, "ipfs://manifest")
        works = [(submission_id(task, slot), accounts[(task * SLOTS + slot) % 500]) for slot in range(SLOTS)]
        for submission, annotator in works:
            yield events.Taken(submission, annotator, 1_700_086_400)
        for submission, annotator in works:
            yield events.Published(submission, annotator, keccak(b"root"), "ipfs://" + "a" * 59, 1_700_172_800)
        for submission, annotator in works:
            yield events.Claimed(submission, annotator, 10, 500_000, 10**7, 0)


def test_add__of_decoded_events__takes_few_statements(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'index.db'}")
    index = Index(engine, Deployment(1, 0, CONTRACTS))
    logged = [
        Logged(
            event, place // BLOCK, "0x" + keccak(place // BLOCK).hex(), place % BLOCK, "0x" + "44" * 32, "TaskEscrow"
        )
        for place, event in enumerate(story())
    ]
    times = {one.block: 1_700_000_000 + one.block for one in logged}
    batch = following.BATCH // BLOCK * BLOCK
    statements: list[str] = []

    index._database.begin()
    listen(engine, "before_cursor_execute", lambda _connection, _cursor, statement, *_: statements.append(statement))
    for first in range(0, len(logged), batch):
        part = logged[first : first + batch]
        last = part[-1]
        index._database.add(part, times, Cursor(last.block, last.block_hash), times[last.block], 2**62)

    assert len(statements) * EVENTS_A_STATEMENT < len(logged)
    assert index.counts()["events"] == len(logged)
    assert all(index.task(task).live == 0 for task in range(1, TASKS + 1))
