"""Random histories, in groups with a seed each, and in a process of their own: so that what is played hangs on nothing
but the machine.

Hypothesis also draws the constants of all modules of a project that are loaded. In the process of a whole suite these
are hundreds, and others whenever a test is added: then a seed gives other histories, of which some reach less.
"""

import traceback
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TypeVar

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

T = TypeVar("T")

# Histories in a group: after so many Hypothesis begins to vary what it has, five near copies of each new history. That
# suits small inputs; here it would keep most of the budget from new ones.
GROUP = 11
# How the process begins: as a new one, or by "fork", with all that this one has loaded.
START = "spawn"


class HistoryError(AssertionError):
    """What went wrong in a history, as it was told there."""


def run_group(machine: type[RuleBasedStateMachine], steps: int, first_seed: int) -> None:
    """Random histories, `GROUP` of them, of at most so many actions each."""
    run_state_machine_as_test(
        seed(first_seed)(machine),
        settings=settings(
            max_examples=GROUP,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
            phases=[phase for phase in (Phase.generate, Phase.shrink) if phase in settings.default.phases],
        ),
    )


def play_apart(play: Callable[[], T]) -> T:
    """What `play` returns, a function of a module that can be imported. Raises `HistoryError`."""
    with ProcessPoolExecutor(1, mp_context=get_context(START)) as pool:
        found, told = pool.submit(_told, play).result()
    if found is None:
        raise HistoryError(told)
    return found


def _told(play: Callable[[], T]) -> tuple[T | None, str]:
    # An exception may not come through from another process, and its notes do not.
    try:
        return play(), ""
    except BaseException:
        return None, traceback.format_exc()
