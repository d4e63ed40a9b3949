"""The labelling workspace: a batch's items beside a form made of the label schema; then commit and publish."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse

from goldleaf import LabelSet, Manifest
from goldleaf.errors import GoldleafError, LabelError
from goldleaf.types import SubmissionState

from .. import label_files, label_forms, progress
from ..drafts import Draft
from ..label_forms import Field, Given
from ..refusals import Refused
from ..uploads import capitalized, typed, uploaded
from ..web import page
from ..works import ItemNumber, SlotNumber, TaskNumber, Work, find_work, own_work
from . import deliver
from . import items as items_routes

router = APIRouter()
router.include_router(items_routes.router)
router.include_router(deliver.router)

# Items of one page of the overview, and of a table of labels.
STRIP = 100
ROWS = 20
HERE = "/work/{task:int}/{slot:int}"


# ---------------------------------------------------------------- the page


@router.get(HERE)
async def workspace(
    request: Request,
    task: TaskNumber,
    slot: SlotNumber,
    item: Annotated[int | None, Query(ge=0, lt=2**32)] = None,
    after: Annotated[int | None, Query(ge=0, lt=2**32)] = None,
    number: Annotated[int, Query(ge=0, lt=2**32)] = 0,
    read: Annotated[int, Query(ge=0, lt=2**32)] = 0,
) -> HTMLResponse:
    """One submission: labelling while it is taken, publishing while it is committed, and all that comes after.

    The item shown is `item`, or else the next without a label behind `after`.
    """
    work = await find_work(request, task, slot)
    here = work.here
    manifest, unreadable = None, ""
    try:
        manifest = await here.query(here.files.manifest, task)
    except GoldleafError as error:
        unreadable = error.sentence(here.tokens.amount)
    context: dict[str, Any] = {
        "work": work,
        "task": task,
        "slot": slot,
        "of": work.of,
        "found": work.found,
        "submission": work.submission,
        "items": work.items,
        "title": (await here.query(here.database.titles, [task])).get(task) or f"Task {task}",
        "manifest": manifest,
        "unreadable": unreadable,
        "state": work.found.state.name,
        "pay_token": await here.tokens.get(work.of.token),
        "read": read,
        "release_cost": deliver.release_cost(work.found.stake),
        "expiry_cost": deliver.expiry_cost(work.found.stake),
        "bench": None,
        "delivery": None,
        "table": None,
    }
    if work.found.state == SubmissionState.TAKEN and work.is_mine:
        drafts = await here.query(work.drafts.all) if work.is_private else {}
        context["bench"] = _bench(work, manifest, drafts, item, after)
        context["delivery"] = await progress.of_taken(work, drafts, await here.now())
    elif work.found.state == SubmissionState.COMMITTED:
        context["delivery"] = shown = await progress.of_committed(work, await here.now())
        if shown.sealed is not None:
            context["table"] = _table(work, shown.sealed.labels, number, ())
    elif work.found.state not in (SubmissionState.OPEN, SubmissionState.TAKEN):
        context |= await _published(work, number)
    response = await page(request, "workspace/submission.html", **context)
    if work.is_private:
        # Drafts are for nobody who comes to this browser later.
        response.headers["Cache-Control"] = "no-store"
    return response


@dataclass(frozen=True, slots=True)
class Bench:
    """One item, and the form for its label."""

    item: int
    form: Field | None  # None: the schema cannot be read
    given: Given
    wrong: dict[str, str]
    # Those shown in the overview, and whether each is "labelled", "begun" or "empty".
    strip: dict[int, str]
    done: int
    count: int
    before: int | None
    after: int | None
    earlier: int | None  # an item of the page of the overview before, and after
    later: int | None

    @property
    def fields(self) -> list[Field]:
        return [] if self.form is None else [*self.form.all()]


def _bench(
    work: Work, manifest: Manifest | None, drafts: dict[int, Draft], item: int | None, after: int | None
) -> Bench:
    items = work.items
    if item is None or item not in items:
        found = _next_open(items, drafts, items.start if after is None else after + 1)
        item = items.start if found is None else found
    form, given, wrong = _filled(manifest, drafts.get(item))
    place = items.index(item)
    first = place // STRIP * STRIP
    strip = items[first : first + STRIP]
    return Bench(
        item,
        form,
        given,
        wrong,
        {each: _state(drafts.get(each)) for each in strip},
        _done(items, drafts),
        len(items),
        items[place - 1] if place else None,
        items[place + 1] if place + 1 < len(items) else None,
        items[first - 1] if first else None,
        items[first + STRIP] if first + STRIP < len(items) else None,
    )


def _filled(manifest: Manifest | None, draft: Draft | None) -> tuple[Field | None, Given, dict[str, str]]:
    """The form for an item, with its draft in it, and what is wrong with that."""
    if manifest is None:
        return None, {}, {}
    form = label_forms.form_of(manifest.label_schema)
    if draft is None:
        return form, {}, {}
    if draft.is_label:
        return (*label_forms.fill(form, draft.label, manifest.schema), {})
    if "as" in draft.values:
        form = label_forms.as_json(form)
    return form, draft.values, label_forms.read(form, draft.values, manifest.schema).wrong


def _state(draft: Draft | None) -> str:
    return "empty" if draft is None else "labelled" if draft.is_label else "begun"


def _done(items: range, drafts: dict[int, Draft]) -> int:
    return sum(draft.is_label for item, draft in drafts.items() if item in items)


def _next_open(items: range, drafts: dict[int, Draft], start: int) -> int | None:
    """The next item without a label, from `start` on and then from the beginning."""
    ordered = [*range(max(start, items.start), items.stop), *range(items.start, min(start, items.stop))]
    return next((item for item in ordered if _state(drafts.get(item)) != "labelled"), None)


# ---------------------------------------------------------------- drafts


@router.post(HERE + "/items/{item:int}")
async def save(request: Request, task: TaskNumber, slot: SlotNumber, item: ItemNumber) -> JSONResponse:
    """Keeps what is in the form of an item, a label or not yet; tells what is wrong with it."""
    work = await own_work(request, task, slot, SubmissionState.TAKEN)
    if item not in work.items:
        raise HTTPException(404, f"Item {item} is not in this batch.")
    here = work.here
    manifest = await here.query(here.files.manifest, task)
    sent = await request.form()
    values = {name: [text for text in sent.getlist(name) if isinstance(text, str)] for name in sent}
    if sum(len(text) for texts in values.values() for text in [*texts, *values]) > label_forms.MOST_CHARACTERS:
        raise Refused(label="This is too long: a label takes 2,048 bytes at most. It is not saved.")
    form = label_forms.form_of(manifest.label_schema)
    if "as" in values:
        form = label_forms.as_json(form)
    answer = await here.query(label_forms.read, form, values, manifest.schema)
    is_empty = not any(text.strip() for name, texts in values.items() if name != "as" for text in texts)
    if answer.is_label:
        await here.query(work.drafts.keep_label, item, answer.label)
    elif is_empty:
        await here.query(work.drafts.forget, item)
    else:
        await here.query(work.drafts.keep_values, item, values)
    drafts = await here.query(work.drafts.all)
    return JSONResponse(
        {
            "state": _state(drafts.get(item)),
            "fields": answer.wrong,
            "missing": answer.missing,
            "done": _done(work.items, drafts),
            "count": len(work.items),
            "next": _next_open(work.items, drafts, item + 1),
        }
    )


@router.post(HERE + "/labels")
async def upload(request: Request, task: TaskNumber, slot: SlotNumber) -> JSONResponse:
    """Takes labels out of a file: those that it has take the place of drafts."""
    work = await own_work(request, task, slot, SubmissionState.TAKEN)
    here = work.here
    manifest = await here.query(here.files.manifest, task)
    form = await request.form()
    name, data = await uploaded(form, "file", label_files.MOST_BYTES)
    how = label_files.Choosing(
        item="" if form.get("by_order") else typed(form, "item") or "item",
        label=[part.strip() for part in (typed(form, "fields") or "label").split(",") if part.strip()],
        annotator=typed(form, "annotator"),
    )
    try:
        labels, notes = await here.query(label_files.read_labels, data, name, how, work.items, manifest.schema)
    except LabelError as error:
        raise Refused(file=capitalized(error)) from error
    if notes and not form.get("agreed"):
        raise Refused(
            "; ".join(notes) + ". Check \N{LEFT DOUBLE QUOTATION MARK}Read it all the same"
            "\N{RIGHT DOUBLE QUOTATION MARK} if that is right."
        )
    await here.query(work.drafts.keep_labels, labels)
    return JSONResponse({"then": f"{work.url}?read={len(labels)}"})


# ---------------------------------------------------------------- what is published


@dataclass(frozen=True, slots=True)
class Row:
    """An item with its label, and what became of it."""

    item: int
    label: Sequence[tuple[str, str]]  # key and value of each part of it
    mark: str


@dataclass(frozen=True, slots=True)
class Table:
    """A page of labels."""

    rows: Sequence[Row]
    number: int
    has_more: bool


def _table(work: Work, labels: LabelSet, number: int, wrong: Sequence[int]) -> Table:
    items = work.items[number * ROWS : (number + 1) * ROWS]
    rows = [Row(item, label_forms.lines(labels.value(item)), "proven wrong" if item in wrong else "") for item in items]
    return Table(rows, number, (number + 1) * ROWS < len(work.items))


async def _published(work: Work, number: int) -> dict[str, Any]:
    """The labels that are public, as a part of the page."""
    here = work.here
    try:
        labels = await here.query(here.files.labels, work.submission)
    except GoldleafError as error:
        return {"unreadable_labels": error.sentence(here.tokens.amount)}
    if labels is None:
        return {}
    wrong = await here.query(here.index.wrong_items, work.submission)
    return {"table": _table(work, labels, number, wrong)}
