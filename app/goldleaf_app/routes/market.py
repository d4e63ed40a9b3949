"""The market: tasks that take work, and what a task asks for and pays."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse

from goldleaf import GoldleafError, TakePreview
from goldleaf.types import SubmissionState

from .. import queries
from ..admission import admission, presented
from ..money import Token
from ..offers import offer
from ..web import account_of, page, percent, plain_moment, services

router = APIRouter()


@router.get("/")
async def home() -> RedirectResponse:
    """The market is where everybody begins."""
    return RedirectResponse("/tasks")


@router.get("/tasks")
async def tasks(
    request: Request,
    order: Annotated[str, Query(pattern="^(newest|ending|pay)$")] = "newest",
    number: Annotated[int, Query(ge=0, le=10**6)] = 0,
    words: Annotated[str, Query(max_length=100)] = "",
) -> HTMLResponse:
    """The tasks that take work."""
    here = services(request)
    among = await here.query(here.database.find_titles, words) if words.strip() else None
    found = await here.query(
        queries.open_tasks, here.index.engine, await here.now(), order=order, number=number, among=among
    )
    titles = await here.query(here.database.titles, [listed.id for listed in found])
    tokens = {listed.task.token: await here.tokens.get(listed.task.token) for listed in found}
    return await page(
        request,
        "tasks.html",
        tasks=found[: queries.PAGE],
        has_more=len(found) > queries.PAGE,
        titles=titles,
        tokens=tokens,
        order=order,
        number=number,
        words=words,
    )


@router.get("/tasks/{task}")
async def task(request: Request, task: int) -> HTMLResponse:
    """One task: what it asks for, what it pays and may cost, and its slots."""
    here = services(request)
    found = await here.query(here.index.task, task)
    manifest, unreadable = None, ""
    try:
        manifest = await here.query(here.files.manifest, task)
    except GoldleafError as error:
        unreadable = error.sentence(here.tokens.amount)
    account = account_of(request)
    preview: TakePreview | None = None
    refusal: GoldleafError | None = None
    try:
        preview = await here.acting(account or found.requester).unfunded.submissions.preview(task)
    except GoldleafError as error:
        refusal = error
    taken = await here.query(here.index.submissions, task)
    mine = [number for number, each in taken.items() if account is not None and each.annotator == account]
    return await page(
        request,
        "task.html",
        id=task,
        task=found,
        manifest=manifest,
        unreadable=unreadable,
        preview=preview,
        refusal=None if refusal is None else refusal.sentence(here.tokens.amount),
        open_slots=found.parameters.slots - sum(each.state != SubmissionState.OPEN for each in taken.values()),
        notes=[] if preview is None else [here.tokens.sentence(note) for note in preview.notes],
        mine=mine,
        admission=await admission(request, found.parameters.gate, task),
        pay_token=await here.tokens.get(found.token),
    )


@router.post("/act/take/{task}")
async def take(request: Request, task: int) -> JSONResponse:
    """Takes a slot of a task, one that is picked at random."""
    here = services(request)
    found = await here.query(here.index.task, task)
    token: Token = await here.tokens.get(found.token)
    preview = await here.acting(account_of(request)).unfunded.submissions.preview(task)
    facts = [
        ("Labels", str(preview.labels)),
        ("Pay", token.show(preview.pay)),
        ("Stake that is locked", token.show(preview.locked)),
        ("Most that you can lose", token.show(preview.worst_loss)),
        ("Deliver before", plain_moment(preview.due)),
        ("Stake is free again by", plain_moment(preview.free_by)),
    ]
    if preview.test is not None:
        facts.append(("Test", f"{preview.test.size} known items, {preview.test.allowed} errors pass"))
        facts += [
            (f"Right on {percent(float(accuracy))}", f"fails {percent(float(chance))} of tests")
            for accuracy, chance in preview.test.chances
        ]
    form = await request.form()
    shown = await presented(request, form)
    return await offer(
        request,
        form,
        "Take a batch",
        lambda client: client.submissions.take.transaction(task, gate_data=shown),
        facts=facts,
    )
