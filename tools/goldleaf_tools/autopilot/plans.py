"""The plans of a requester's tests: which batches are graded, and on what. Nothing of them is shown before its time."""

import logging
from collections.abc import Callable

from goldleaf import Goldleaf, errors
from goldleaf.testing import Plan
from goldleaf.types import Task

from ..errors import ForeignPlan

LOG = logging.getLogger("goldleaf_tools.autopilot")


class Plans:
    """Asks for the plan of each task, and holds it against what is on chain."""

    def __init__(self, client: Goldleaf, source: Callable[[int], Plan | None]) -> None:
        self._client = client
        self._source = source
        self._found: dict[int, Plan] = {}
        self._told: set[tuple[int, str]] = set()

    def find(self, task_id: int, task: Task) -> Plan | None:
        """The plan of a task whose test is set up; None if there is none, or what there is cannot be used.

        What cannot be used is said, once. Raises `NodeError`.
        """
        if task_id not in self._found:
            try:
                plan = self._source(task_id)
                if plan is None:
                    return None
                self._check(plan, task_id, task)
            except errors.NodeError:
                raise
            except Exception as error:  # whatever a file, or whoever reads it, raises: the rest goes on
                said = str(error) or type(error).__name__
                if (task_id, said) not in self._told:
                    self._told.add((task_id, said))
                    LOG.error("the plan of the test of task %s cannot be used: %s", task_id, error)
                return None
            self._found[task_id] = plan
        return self._found[task_id]

    def _check(self, plan: Plan, task_id: int, task: Task) -> None:
        """Refuses a plan by which the wrong batches would be opened or waived."""
        p, test = task.parameters, self._client.tests.setting_up(task_id)
        same_items = (plan.batch_size, len(plan.order)) == (p.batch_size, p.items)
        same_test = (plan.terms.digests, tuple(plan.terms.counts)) == (test.classes, test.counts)
        if not (same_items and same_test and plan.terms.allowed == test.allowed):
            raise ForeignPlan(f"it is not of the items and the test of task {task_id}")
