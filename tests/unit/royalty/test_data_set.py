"""data_set(task): all that is known of a data set."""

import pytest

from tests.protocol import reverts
from tests.royalty import Royalties
from tests.unit.escrow.helpers import UNKNOWN_TASKS
from tests.unit.royalty.conftest import Closed
from tests.unit.royalty.helpers import ACCEPTED, FULL, PARTS, ROYALTY_BPS


def test_data_set__nobody_has_enrolled__is_what_the_escrow_says(royalties: Royalties, closed: Closed) -> None:
    token = royalties.token.address
    untouched = (royalties.requester, token, PARTS, ACCEPTED, 0, ROYALTY_BPS, 0, 0, 0, 0, 0)
    assert royalties.pool.data_set(closed.task) == untouched
    assert royalties.pool.totalSupply(closed.task) == 0


def test_data_set__enrolled_and_paid__counts_it(royalties: Royalties, closed: Closed) -> None:
    royalties.pool.enroll([closed.full.submission])
    royalties.pay(closed.task, 10**5 + 1)
    royalties.pool.collect_requester_share(closed.task)
    royalties.pay(closed.task, 10**5 + 1)
    royalty = 200_002 * ROYALTY_BPS // 10_000
    each, dust = divmod(royalty, PARTS)
    rest = 200_002 - royalty + (PARTS - ACCEPTED) * each
    first = 100_001 - 15_000 + (PARTS - ACCEPTED) * (15_000 // PARTS)
    expected = (royalties.requester, royalties.token.address, PARTS, ACCEPTED, FULL, ROYALTY_BPS)
    assert royalties.pool.data_set(closed.task) == (*expected, 200_002, each, rest, first, dust)


def test_data_set__task_is_not_closed__is_refused(royalties: Royalties) -> None:
    with reverts("royalty: task is not closed"):
        royalties.pool.data_set(royalties.open())


@pytest.mark.parametrize("task", UNKNOWN_TASKS)
def test_data_set__unknown_task__is_refused(royalties: Royalties, task: int) -> None:
    with reverts("royalty: task is not closed"):
        royalties.pool.data_set(task)
