"""A pool that is deployed once, and a closed task whose labels have shares in it."""

from copy import copy
from dataclasses import dataclass

import pytest

from tests.protocol import Work
from tests.royalty import Royalties
from tests.unit.escrow.helpers import odd_terms
from tests.unit.royalty.helpers import ROYALTY_BPS


@dataclass(frozen=True)
class Closed:
    """A closed task: 34 labels asked for, 26 accepted."""

    task: int
    full: Work  # paid for 10 labels
    tolerated: Work  # paid for 9 of 10
    last: Work  # paid for 7
    rejected: Work

    @property
    def paid(self) -> list[Work]:
        return [self.full, self.tolerated, self.last]


@pytest.fixture(scope="session")
def deployed(request: pytest.FixtureRequest) -> Royalties:
    return Royalties(**getattr(request, "param", {}))


@pytest.fixture(scope="session")
def finished(deployed: Royalties) -> Closed:
    task = deployed.open(**odd_terms(deployed), royalty_bps=ROYALTY_BPS)
    full, tolerated = deployed.deliver(task, 0)
    last, rejected = deployed.deliver(task, 1)
    deployed.prove_wrong(tolerated, [4])
    deployed.prove_wrong(rejected, [12])
    closed = Closed(task, full, tolerated, last, rejected)
    deployed.finish(task, closed.paid)
    return closed


@pytest.fixture
def royalties(deployed: Royalties) -> Royalties:
    """The deployed protocol, with notes of its own."""
    royalties = copy(deployed)
    royalties.accounts, royalties.indices, royalties.disputes = list(deployed.accounts), {}, {}
    return royalties


@pytest.fixture
def closed(finished: Closed, royalties: Royalties) -> Closed:
    """A closed task; nobody has enrolled."""
    return finished


@pytest.fixture
def enrolled(closed: Closed, royalties: Royalties) -> Closed:
    """A closed task; everybody has enrolled."""
    royalties.pool.enroll([work.submission for work in closed.paid])
    return closed
