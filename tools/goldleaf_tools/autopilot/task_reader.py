"""Reads off the chain the tasks that an account has opened, and what is under way in them."""

from collections.abc import Callable, Iterable

from goldleaf import Goldleaf, events
from goldleaf.ids import split_submission, submission_id
from goldleaf.types import Submission, SubmissionState, Task

from .snapshot import Requested
from .watched import forget

_LIVE = (SubmissionState.TAKEN, SubmissionState.COMMITTED, SubmissionState.PUBLISHED)


class TaskReader:
    """Keeps an eye on the tasks of a requester, until they are closed.

    `tests` tells whether the deployment's GoldTest tests a task's labels.
    """

    def __init__(self, client: Goldleaf, account: str, tests: Callable[[Task], bool]) -> None:
        self._client = client
        self._account = account
        self._tests = tests
        # Tasks of the account, and the block in which they were first seen to be closed.
        self._opened: dict[int, int | None] = {}
        # All of the account's tasks that were ever seen to be closed.
        self.closed: set[int] = set()
        # What was live in each of them, and what was taken since.
        self._live: dict[int, set[int]] = {}

    def take_note(self, event: events.Event) -> None:
        match event:
            case events.Opened(task=task, requester=who) if who == self._account:
                self._opened.setdefault(task, None)
            case events.Taken(submission=submission) if split_submission(submission)[0] in self._live:
                self._live[split_submission(submission)[0]].add(submission)

    def read(self, head: int, time: int) -> list[Requested]:
        """The tasks that are not closed, as they are now. Raises `NodeError`."""
        ids = list(self._opened)
        tasks = dict(zip(ids, self._client.tasks.get.many(ids), strict=True))
        over = [id for id in ids if tasks[id].closed]
        self.closed.update(over)
        forget(self._opened, over, head)
        open_ = [id for id in ids if id not in over]
        found = self._get({submission for id in open_ for submission in self._live.get(id, set())})
        # All slots are looked at when a task is first seen, and when what is known cannot be all, after a
        # reorganization.
        known: dict[int, int] = dict.fromkeys(open_, 0)
        for submission in found:
            known[split_submission(submission)[0]] += 1
        unknown = [id for id in open_ if known[id] != tasks[id].live]
        found |= self._get(
            submission_id(id, slot)
            for id in unknown
            for slot in (range(tasks[id].parameters.slots) if tasks[id].live else ())
        )
        self._live = {id: set() for id in open_}
        for submission in found:
            self._live[split_submission(submission)[0]].add(submission)
        ends = self._publish_ends(found, tasks, time)
        return [
            Requested(
                id,
                tasks[id],
                live={submission: found[submission] for submission in sorted(self._live[id])},
                publish_ends={submission: ends[submission] for submission in self._live[id] if submission in ends},
            )
            for id in open_
        ]

    def _get(self, submissions: Iterable[int]) -> dict[int, Submission]:
        """Those of the submissions that are live."""
        ids = list(submissions)
        found = zip(ids, self._client.submissions.get.many(ids), strict=True)
        return {id: submission for id, submission in found if submission.state in _LIVE}

    def _publish_ends(self, found: dict[int, Submission], tasks: dict[int, Task], time: int) -> dict[int, int]:
        """From when on what was committed can be published no more, where the time to publish is over as it seems."""
        ends: dict[int, int] = {}
        asked: list[int] = []
        for id, submission in found.items():
            task = tasks[split_submission(id)[0]]
            if submission.state != SubmissionState.COMMITTED or time < task.parameters.publish_end:
                continue
            if self._tests(task):
                asked.append(id)
            elif not task.parameters.is_graded:  # nobody knows what others' graders answer
                ends[id] = task.parameters.publish_end
        tested = zip(asked, self._client.tests.publish_until.many(asked), strict=True)
        return ends | {id: max(end, tasks[split_submission(id)[0]].parameters.publish_end) for id, end in tested}
