"""Audits of many tasks, here or spread over an existing Dask cluster: one task is one unit of work.

A unit that fails is reported, and takes no other with it. A cluster needs the extra `goldleaf-tools[cluster]`; its
workers need this package too.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from goldleaf.errors import MissingExtra

Unit = TypeVar("Unit")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Done(Generic[Unit, Result]):
    """What became of a unit: just one of `result` and `error` is there, unless the result itself is None."""

    unit: Unit
    result: Result | None
    error: Exception | None

    @property
    def failed(self) -> bool:
        return self.error is not None


def run_all(
    work: Callable[[Unit], Result], units: Sequence[Unit], scheduler: str | None = None
) -> list[Done[Unit, Result]]:
    """`work(unit)` for each unit, in the order of the units.

    Without `scheduler`, one after the other in this process; else on the cluster at this address, as in
    "tcp://10.0.0.5:8786". `work` and the units must be picklable, so `work` is a function of a module, or a
    `functools.partial` of one. Raises `MissingExtra`, and `OSError` if there is no scheduler.
    """
    if scheduler is None:
        return [_attempt(work, unit) for unit in units]
    try:
        from distributed import Client
    except ImportError as error:
        raise MissingExtra("cluster", "goldleaf-tools") from error
    with Client(scheduler) as client:
        # Not pure: a unit reads a chain, which has moved on when it is run again.
        futures = [client.submit(_attempt, work, unit, pure=False) for unit in units]
        return [_collect(future, unit) for future, unit in zip(futures, units, strict=True)]


def _attempt(work: Callable[[Unit], Result], unit: Unit) -> Done[Unit, Result]:
    try:
        return Done(unit, work(unit), None)
    except Exception as error:
        return Done(unit, None, error)


def _collect(future: "Any", unit: Unit) -> Done[Unit, Result]:
    try:
        done: Done[Unit, Result] = future.result()
        return done
    # The worker died with it, or its result cannot be sent.
    except Exception as error:
        return Done(unit, None, error)
