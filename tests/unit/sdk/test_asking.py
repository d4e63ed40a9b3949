"""The loop that runs what a flow asks for."""

from collections.abc import Generator
from typing import Any

import pytest

from goldleaf import errors
from goldleaf._engine.asking import Asking, complete
from goldleaf._engine.pending import PendingTransaction, SentRecord


class Connection:
    """For flows that ask for nothing."""

    takes_batches = True


class Interrupting:
    """Whoever looks at it is interrupted just then: in the loop itself, where no request is under way."""

    @property
    def __class__(self) -> type:
        raise KeyboardInterrupt


def test_run__interrupted_between_two_steps__tells_what_was_sent() -> None:
    def sending() -> Generator[Any, Any, None]:
        record = SentRecord()
        with record.reporting():
            record.transactions.append(PendingTransaction(call=None, hashes=["0x12"]))
            yield Interrupting()

    with pytest.raises(KeyboardInterrupt) as told:
        complete(Asking(Connection()).run(sending()))  # type: ignore[arg-type]
    assert isinstance(told.value, errors.SendInterrupted) and list(told.value.sent) == ["0x12"]


def test_run__interrupted_when_nothing_was_sent__is_interrupted() -> None:
    def reading() -> Generator[Any, Any, None]:
        yield Interrupting()

    with pytest.raises(KeyboardInterrupt) as told:
        complete(Asking(Connection()).run(reading()))  # type: ignore[arg-type]
    assert not isinstance(told.value, errors.SendInterrupted)
