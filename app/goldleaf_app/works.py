"""Submissions that requests are about, and who may do what with them."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import HTTPException, Path, Request

from goldleaf import submission_id
from goldleaf.types import Submission, SubmissionState, Task

from .drafts import Drafts
from .sealing import Seals
from .services import Services
from .web import account_of, private_account, services

TaskNumber = Annotated[int, Path(ge=0, lt=2**63)]
SlotNumber = Annotated[int, Path(ge=0, lt=2**32)]
ItemNumber = Annotated[int, Path(ge=0, lt=2**32)]


@dataclass(frozen=True, slots=True)
class Work:
    """A submission, its task, and who looks at it."""

    here: Services
    task: int
    slot: int
    of: Task
    submission: int
    found: Submission
    # The account whose pages these are; and whether its private things may be shown.
    is_mine: bool
    is_private: bool

    @property
    def items(self) -> range:
        return self.of.parameters.items_of(self.slot)

    @property
    def url(self) -> str:
        return f"/work/{self.task}/{self.slot}"

    @property
    def drafts(self) -> Drafts:
        return Drafts(self.here.database, self.found.annotator, self.submission)

    @property
    def seals(self) -> Seals:
        return Seals(self.here.database, self.found.annotator, self.submission)


async def find_work(request: Request, task: int, slot: int) -> Work:
    """Raises `NoSuchTask`, `HTTPException` if there is no such slot."""
    here = services(request)
    of = await here.query(here.index.task, task)
    if slot >= of.parameters.slots:
        raise HTTPException(404, f"Task {task} has no slot {slot}.")
    submission = submission_id(task, slot)
    found = await here.query(here.index.submission, submission)
    is_mine = found.annotator == account_of(request)
    is_private = is_mine and private_account(request) == found.annotator
    return Work(here, task, slot, of, submission, found, is_mine, is_private)


async def own_work(request: Request, task: int, slot: int, *states: SubmissionState) -> Work:
    """A submission of whoever is signed in. Raises `HTTPException` if it is somebody else's, or in another state."""
    work = await find_work(request, task, slot)
    if not work.is_private:
        raise HTTPException(403, "Only the annotator of this batch may do that, signed in.")
    if work.found.state not in states:
        raise HTTPException(409, f"The batch is {work.found.state.name.lower()} by now: load the page again.")
    return work
