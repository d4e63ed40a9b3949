"""A court that is deployed once, with sixteen jurors who have one seat each. A juror fee is one base unit."""

from typing import Any

import pytest

from tests.chains import InProcessChain
from tests.protocol import Jury

JURORS = 16


@pytest.fixture(scope="session")
def token() -> Any:
    return InProcessChain().deploy("mocks/TokenMock", 6)


@pytest.fixture(scope="session")
def empty_jury(token: Any) -> Jury:
    """A court without seats."""
    return Jury(token, juror_fee=1, max_seats=20, max_seats_per_holder=18)


@pytest.fixture(scope="session")
def jury(token: Any) -> Jury:
    jury = Jury(token, juror_fee=1, max_seats=40, max_seats_per_holder=10)
    jury.seat(JURORS)
    return jury
