"""A requester's tasks: followed, tested, accepted, closed, downloaded."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, HTTPException, Query, Request, Response
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse
from starlette.background import BackgroundTask

from goldleaf import AsyncGoldleaf, GoldTerms, Manifest, Unsigned, submission_id, testing
from goldleaf.errors import ManifestError, NoSuchTask, NoSuchTest, StoreError
from goldleaf.testing import Plan
from goldleaf.types import SubmissionState, TaskTest
from goldleaf_tools.audit import facts as audit_facts
from goldleaf_tools.audit.facts import TaskFacts
from goldleaf_tools.export import Method

from .. import queries
from ..offers import offer
from ..requesting import progress, results
from ..requesting.drafts import Drafts
from ..services import Services
from ..web import account_of, page, percent, private_account, services

router = APIRouter()
# Downloads that are made at the same time: each reads every label set of a task.
_downloads = asyncio.Semaphore(2)
# Submissions that are paid by one transaction.
MOST_PAID = 50
Build = Callable[[AsyncGoldleaf], Awaitable[Unsigned[Any]]]


@router.get("/requests")
async def requests(request: Request, number: Annotated[int, Query(ge=0, le=10**6)] = 0) -> HTMLResponse:
    """The tasks that an account has opened."""
    here, account = services(request), account_of(request)
    found = await here.query(queries.tasks_of, here.index.engine, account, number) if account else []
    own = private_account(request)
    draft = await here.query(Drafts(here.database, own).load) if own else None
    open_ones = [listed.id for listed in found[: queries.PAGE] if not listed.task.closed]
    return await page(
        request,
        "requests/list.html",
        tasks=found[: queries.PAGE],
        has_more=len(found) > queries.PAGE,
        titles=await here.query(here.database.titles, [listed.id for listed in found]),
        tokens={listed.task.token: await here.tokens.get(listed.task.token) for listed in found},
        number=number,
        due=await here.query(_due, here, open_ones, await here.now()),
        draft=draft if draft is not None and draft.items else None,
    )


@router.get("/requests/{task:int}")
async def request_page(request: Request, task: int) -> HTMLResponse:
    """How far a task has come, and what its requester may do."""
    here, now = services(request), await services(request).now()
    facts = await _facts(here, task)
    own = private_account(request) if private_account(request) == facts.task.requester else None
    plan: Plan | None = None
    if own is not None:
        await here.query(_end_draft, here, own, facts.task.parameters.terms)
        plan = await here.query(Drafts(here.database, own).plan, facts.task.parameters.terms)
    manifest, unreadable = await _manifest(here, task)
    test = await here.query(_test, here, task)
    work = progress.work(facts, test, now)
    p = facts.task.parameters
    has_terms = manifest is not None and manifest.test is not None
    return await page(
        request,
        "requests/task.html",
        id=task,
        task=facts.task,
        title=(await here.query(here.database.titles, [task])).get(task) or f"Task {task}",
        manifest=manifest,
        unreadable=unreadable,
        is_requester=account_of(request) == facts.task.requester,
        is_own=own is not None,
        slots=progress.slots(facts),
        work=work,
        payable=progress.payable(work)[:MOST_PAID],
        test=test,
        needs_test=p.is_graded and test is None and has_terms,
        due=progress.due(facts, test, plan, now, has_terms=has_terms),
        batches=progress.batches(facts, test, plan, now) if test is not None else (),
        plan=plan,
        can_close=progress.can_close(facts, now),
        can_cancel=now < p.deadline and not facts.task.cancelled,
        pay_token=await here.tokens.get(facts.task.token),
        published=sum(one.uri is not None for one in facts.deliveries),
    )


@router.get("/requests/{task:int}/results")
async def show_results(request: Request, task: int, number: Annotated[int, Query(ge=0, le=10**5)] = 0) -> HTMLResponse:
    """Labels item by item, as far as they are published: a part of the page."""
    here = services(request)
    facts = await _facts(here, task)
    manifest, unreadable = await _manifest(here, task)
    if manifest is None:
        return await page(request, "requests/unreadable.html", why=unreadable)
    found = await here.query(results.page, facts, manifest, here.files.library, await here.now(), number)
    names: list[str] = []
    if (own := private_account(request)) == facts.task.requester and own is not None:
        names = await here.query(Drafts(here.database, own).names, facts.task.parameters.terms)
    return await page(
        request,
        "requests/results.html",
        id=task,
        results=found,
        agreement=results.agreement(found.rows),
        names=names,
        number=number,
    )


@router.get("/requests/{task:int}/download/{what}.{format}")
async def download(
    request: Request,
    task: int,
    what: Literal["labels", "consensus"],
    format: Literal["csv", "jsonl", "parquet"],
    by: Literal["majority", "dawid-skene"] = "majority",
) -> Response:
    """All published labels in a file, or what they come to by item."""
    here = services(request)
    facts = await _facts(here, task)
    manifest = await here.query(here.files.manifest, task)
    async with _downloads:
        path: Path = await here.query(
            results.write,
            facts,
            manifest,
            here.files.library,
            await here.now(),
            here.settings.folder / "downloads",
            what=what,
            format=format,
            method=Method(by),
        )
    return FileResponse(
        path,
        media_type=results.FORMATS[format],
        filename=f"task-{task}-{what}.{format}",
        background=BackgroundTask(path.unlink, missing_ok=True),
    )


@router.get("/requests/{task:int}/plan.json")
async def download_plan(request: Request, task: int) -> Response:
    """A copy of the plan of the test, for whoever keeps it here."""
    here, own = services(request), private_account(request)
    if own is None:
        raise HTTPException(403, "Sign in first: the plan of a test is its requester's alone.")
    found = await here.query(here.index.task, task)
    plan = await here.query(Drafts(here.database, own).plan, found.parameters.terms)
    if plan is None:
        raise HTTPException(404, "You keep no plan of this task here.")
    headers = {"Content-Disposition": f'attachment; filename="task-{task}-plan.json"', "Cache-Control": "no-store"}
    return Response(plan.to_bytes(), media_type="application/json", headers=headers)


# ---------------------------------------------------------------- the task


@router.post("/act/requests/{task:int}/set-up-test")
async def set_up(request: Request, task: int) -> JSONResponse:
    """Sets the test up, as the manifest shows it."""
    here = services(request)
    manifest: Manifest = await here.query(here.files.manifest, task)
    if manifest.test is None:
        raise ManifestError(f"the manifest of task {task} shows no test")
    terms: GoldTerms = manifest.test

    async def by(client: AsyncGoldleaf) -> Unsigned[Any]:
        return await client.tests.set_up.transaction(task, terms)

    chances = [
        (f"Right on {percent(float(share))}", f"fails {percent(float(chance))} of tests")
        for share in testing.SHOWN
        for chance in [testing.chance_to_fail(terms.size, terms.allowed, share)]
    ]
    facts = [("Known items in a tested batch", str(terms.size)), ("Errors that pass", str(terms.allowed)), *chances]
    return await offer(request, await request.form(), "Set up the test", by, facts=facts)


@router.post("/act/requests/{task:int}/cancel")
async def cancel(request: Request, task: int) -> JSONResponse:
    """Lets nobody take from the task any more."""
    facts = [("From now on", "nobody takes a batch"), ("What was taken", "goes on, and is paid as agreed")]
    return await _offered(request, task, "Cancel the task", lambda client: client.tasks.cancel.transaction(task), facts)


@router.post("/act/requests/{task:int}/close")
async def close(request: Request, task: int) -> JSONResponse:
    """Returns what is left of the pot."""
    here = services(request)
    found = await here.query(here.index.task, task)
    p = found.parameters
    token = await here.tokens.get(found.token)
    left = p.reward * (p.items * p.redundancy - found.delivered)
    facts = [("Back to the requester", token.show(left)), ("Labels accepted", f"{found.accepted:,}, for good")]
    return await _offered(request, task, "Close the task", lambda client: client.tasks.close.transaction(task), facts)


@router.post("/act/requests/{task:int}/pay")
async def pay(request: Request, task: int) -> JSONResponse:
    """Pays the submissions whose windows are over."""
    here = services(request)
    facts = await _facts(here, task)
    due = progress.payable(progress.work(facts, None, await here.now()))[:MOST_PAID]
    told = [("Submissions", str(len(due)))]
    return await _offered(
        request, task, "Pay what is due", lambda client: client.submissions.claim_many.transaction(due), told
    )


@router.post("/act/requests/{task:int}/accept/{slot:int}")
async def accept(request: Request, task: int, slot: int) -> JSONResponse:
    """Waives what is left of the time to challenge a submission."""
    facts = [("New challenges", "none, by nobody"), ("Challenges that stand", "go on"), ("Pay", "is due then")]
    return await _offered(
        request,
        task,
        "Accept the submission",
        lambda client: client.submissions.accept.transaction(submission_id(task, slot)),
        facts,
    )


@router.post("/act/requests/{task:int}/expire/{slot:int}")
async def expire(request: Request, task: int, slot: int) -> JSONResponse:
    """Ends a submission whose time is over."""
    here = services(request)
    found = await here.query(here.index.submission, submission_id(task, slot))
    is_sealed = found.state == SubmissionState.COMMITTED
    facts = [("Its stake", "is lost" if is_sealed else "is lost by a quarter"), ("To you", "nothing of the stake")]
    facts.append(
        ("The slot", "stays empty: its pay comes back when the task is closed" if is_sealed else "is open again")
    )
    return await _offered(
        request,
        task,
        "End what is late",
        lambda client: client.submissions.expire.transaction(submission_id(task, slot)),
        facts,
    )


# ---------------------------------------------------------------- its test


@router.post("/act/requests/{task:int}/open-gold/{batch:int}")
async def open_gold(request: Request, task: int, batch: int) -> JSONResponse:
    """Shows on what a sealed batch is tested, out of the plan."""
    here, own = services(request), private_account(request)
    if own is None:
        raise HTTPException(403, "Sign in first: the known answers are kept for your account alone.")
    found = await here.query(here.index.task, task)
    plan = await here.query(Drafts(here.database, own).plan, found.parameters.terms)
    if plan is None:
        raise HTTPException(404, "You keep no plan of this task here.")
    gold = plan.gold(batch)
    token = await here.tokens.get(found.token)
    # What is agreed to is what may be set aside, also if the arbitrator asks for more by then.
    cost = await here.client.arbitrators.arbitration_cost(found.parameters.arbitrator)
    deposit = await here.client.tests.deposit(task)

    async def by(client: AsyncGoldleaf) -> Unsigned[Any]:
        return await client.tests.open_gold.transaction(task, batch, gold, max_cost=cost)

    facts = [
        ("Public from then on", f"{len(gold)} items of batch {batch}, and their answers"),
        ("Set aside", token.show(deposit)),
        ("Lost of it", "what annotators win who prove an answer wrong; the rest comes back"),
    ]
    return await offer(
        request, await request.form(), "Open the known answers", by, facts=facts, then=f"/requests/{task}"
    )


@router.post("/act/requests/{task:int}/waive/{batch:int}")
async def waive(request: Request, task: int, batch: int) -> JSONResponse:
    """Leaves a sealed batch untested."""
    facts = [("Batch", str(batch)), ("All that is sealed in it", "is published, and paid, untested")]
    return await _offered(
        request, task, "Leave the batch untested", lambda client: client.tests.waive.transaction(task, batch), facts
    )


@router.post("/act/requests/{task:int}/release/{batch:int}")
async def release(request: Request, task: int, batch: int) -> JSONResponse:
    """Pays out what is left of the deposit of a batch."""
    return await _offered(
        request,
        task,
        "Take the deposit back",
        lambda client: client.tests.release_deposit.transaction(task, batch),
        [("Batch", str(batch)), ("To you", "what nobody has won of it, into your free balance for tests")],
    )


# ---------------------------------------------------------------- shared


async def _offered(request: Request, task: int, title: str, build: Build, facts: list[tuple[str, str]]) -> JSONResponse:
    """An action on a task, after which its page is shown."""
    return await offer(request, await request.form(), title, build, facts=facts, then=f"/requests/{task}")


async def _facts(here: Services, task: int) -> TaskFacts:
    """What the index knows of a task. Raises `NoSuchTask`."""
    court = here.deployment.contracts.get("Court")
    found = await here.query(audit_facts.read, here.index, [task], court)
    if not found:
        raise NoSuchTask(f"task {task}")
    return found[0]


async def _manifest(here: Services, task: int) -> tuple[Manifest | None, str]:
    """The manifest; or why it cannot be read."""
    try:
        return await here.query(here.files.manifest, task), ""
    except (StoreError, ManifestError) as error:
        return None, error.sentence()


def _test(here: Services, task: int) -> TaskTest | None:
    try:
        return here.index.test(task)
    except NoSuchTest:
        return None


def _due(here: Services, tasks: list[int], now: int) -> dict[int, list[progress.Due]]:
    """What there is to do about tasks, by what everybody knows."""
    grader = here.deployment.contracts.get("GoldTest")
    return {
        found.id: progress.due(
            found, _test(here, found.id), None, now, has_terms=found.task.parameters.grader == grader
        )
        for found in audit_facts.read(here.index, tasks, here.deployment.contracts.get("Court"))
    }


def _end_draft(here: Services, account: str, terms: bytes) -> None:
    """Throws a draft away whose task is open."""
    drafts = Drafts(here.database, account)
    if drafts.load().terms == terms.hex():
        drafts.forget()
