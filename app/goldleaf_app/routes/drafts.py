"""A task is put together, step by step, and opened."""

import csv
import io
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse
from starlette.datastructures import FormData

from goldleaf import AsyncGoldleaf, Manifest, Unsigned, errors, presets, testing
from goldleaf.encoding import keccak256
from goldleaf.types import TaskParameters
from goldleaf_tools.manifests import extension_of

from ..money import Token, parse_amount
from ..offers import acting_account, offer
from ..refusals import Refused
from ..requesting import designs, known, opening, schemas, terms, uploads
from ..requesting.drafts import LONGEST, STEPS, Draft, DraftItem, Drafts
from ..services import Services
from ..shown import MEDIA_TYPES
from ..web import page, private_account, services

router = APIRouter(prefix="/requests/new")
acts = APIRouter()
# Items of which a page shows something.
SHOWN = 6
# Fields of a form, besides files.
MOST_FIELDS = 60
# Of guidelines, in characters; what is too long for a manifest is told when it is read.
LONGEST_GUIDELINES = 2**20
_PLACEHOLDER = keccak256(b"")


@router.get("")
async def start(request: Request) -> Response:
    """The step that is next."""
    drafts = _drafts(request)
    if drafts is None:
        return await page(request, "requests/sign_in.html", 403)
    draft = await services(request).query(drafts.load)
    return RedirectResponse(f"/requests/new/{draft.next_step}", 303)


@router.post("/forget")
async def forget(request: Request) -> JSONResponse:
    """Throws the draft away."""
    await services(request).query(_own(request).forget)
    return JSONResponse({"then": "/requests/new"})


@router.get("/items.csv")
async def list_items(request: Request) -> Response:
    """Which item of the draft has which number."""
    found = await services(request).query(_own(request).items)
    made = io.StringIO()
    table = csv.writer(made, lineterminator="\r\n")
    table.writerow(["item", "id", "bytes", "uri"])
    table.writerows([number, _guarded(one.name), one.size, one.uri] for number, one in enumerate(found))
    headers = {"Content-Disposition": 'attachment; filename="items.csv"'}
    return Response(made.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/items/{number:int}")
async def show_item(request: Request, number: int) -> Response:
    """A picture or a sound of the draft."""
    here = services(request)
    found = await here.query(_own(request).items)
    if number >= len(found):
        raise HTTPException(404, "There is no such item.")
    data = await here.query(here.files.get, found[number].uri, found[number].item.keccak256)
    media_type = MEDIA_TYPES.get(extension_of(data))
    if media_type is None:
        raise HTTPException(404, "This item is no picture and no sound.")
    return Response(data, media_type=media_type)


@router.get("/{step}")
async def show(request: Request, step: str) -> HTMLResponse:
    """A step, with what was typed in it before."""
    if step not in STEPS:
        raise HTTPException(404, "There is no such step.")
    here, drafts = services(request), _drafts(request)
    if drafts is None:
        return await page(request, "requests/sign_in.html", 403)
    draft = await here.query(drafts.load)
    told = await _PAGES[step](request, drafts, draft)
    return await page(request, f"requests/{step}.html", draft=draft, step=step, steps=STEPS, **told)


# ---------------------------------------------------------------- items


async def _items_page(request: Request, drafts: Drafts, draft: Draft) -> Mapping[str, Any]:
    here = services(request)
    items = await here.query(drafts.items)
    shown = []
    for number, one in enumerate(items[:SHOWN]):
        try:
            data = await here.query(here.files.get, one.uri, one.item.keccak256)
            kind, text = uploads.glance(data)
        except errors.StoreError as error:
            shown.append((number, one, "unreadable", error.sentence()))
        else:
            shown.append((number, one, kind.value, text))
    return {
        "shown": shown,
        "most_files": uploads.MOST_FILES,
        "most_bytes": uploads.MOST_UPLOADED // 2**20,
        "most_fetched": uploads.MOST_FETCHED,
    }


@router.post("/items")
async def upload_items(request: Request) -> JSONResponse:
    """Takes files, a folder or a table, and puts the items into the store."""
    here, drafts = services(request), _own(request)
    uploads.check_size(request.headers.get("content-length"), "files")
    form = await _form(request, "files")
    draft = await here.query(drafts.load)
    given = {name: uploads.given(form.getlist(name)) for name in ("files", "folder", "table")}
    chosen = [name for name, found in given.items() if found]
    drop = bool(form.get("drop"))
    found: list[DraftItem] | None = None
    if len(chosen) > 1:
        raise Refused(**{chosen[1]: "Choose files, a folder or a table: one of them."})
    if not chosen and not draft.items:
        raise Refused(files="Choose files, a folder or a table.")
    if chosen:
        [field] = chosen
        size = int(request.headers["content-length"])
        limits = {"per_user": here.settings.uploads_per_user, "per_day": here.settings.uploads_per_day}
        if not await here.query(here.database.count_upload, drafts.account, size, **limits):
            raise Refused(**{field: "So much may not be uploaded here in one day. Come back tomorrow."})
        if field == "table":
            found = await here.query(uploads.take_table, given[field][0], field, here.files, drop=drop)
        else:
            found = await here.query(uploads.take_files, given[field], field, here.files, drop=drop)
        await here.query(drafts.keep_items, found)

    def change(draft: Draft) -> None:
        if found is not None:
            draft.items, draft.size, draft.known = len(found), sum(one.size for one in found), 0
            draft.change()
            draft.mark("test", done=False)
        draft.type("items", _typed(form, "drop", "shuffle"), done=True)

    await here.query(drafts.edit, change)
    # What was uploaded is looked at before one goes on.
    return JSONResponse({"then": "/requests/new/items" if chosen else "/requests/new/guidelines"})


# ---------------------------------------------------------------- guidelines


async def _guidelines_page(request: Request, drafts: Drafts, draft: Draft) -> Mapping[str, Any]:
    return {"typed": {"guidelines": "", "licence": "", **draft.of("guidelines")}}


@router.post("/guidelines")
async def save_guidelines(request: Request) -> JSONResponse:
    """Takes guidelines and licence."""
    return await _saved(request, "guidelines", ("guidelines", "licence"), opening.read_text)


# ---------------------------------------------------------------- labels

_LABEL_FIELDS = ("kind", "choices", "at_least_one", "lowest", "highest", "whole", "longest", "schema")


async def _labels_page(request: Request, drafts: Drafts, draft: Draft) -> Mapping[str, Any]:
    typed = {**dict.fromkeys(_LABEL_FIELDS, ""), "kind": "one", **draft.of("labels")}
    return {"typed": typed, "kinds": schemas.KINDS, **_preview(typed)}


@router.post("/labels")
async def save_labels(request: Request) -> JSONResponse:
    """Takes what a label is."""
    return await _saved(request, "labels", _LABEL_FIELDS, schemas.build)


@router.post("/labels/draft")
async def preview_labels(request: Request) -> HTMLResponse:
    """Keeps what is typed, and shows what annotators will get."""
    draft = await _noted(request, "labels", _LABEL_FIELDS)
    return await page(request, "requests/labels_preview.html", **_preview(draft.of("labels")))


def _preview(typed: Mapping[str, str]) -> Mapping[str, Any]:
    try:
        schema = schemas.build(typed)
    except Refused:
        return {"controls": None, "label_schema": None}
    return {"controls": schemas.describe(schema), "label_schema": schema}


# ---------------------------------------------------------------- terms

_TERM_FIELDS = (*terms.defaults(), "preset")
_presets = presets.PRESETS.values()


async def _terms_page(request: Request, drafts: Drafts, draft: Draft) -> Mapping[str, Any]:
    typed = {**terms.defaults(), "preset": "", **draft.of("terms")}
    here = services(request)
    gates, arbitrators = here.deployment.gates, here.deployment.arbitrators
    return {
        "typed": typed,
        "token": await _token(here, typed["arbitrator"]),
        "terms": terms.TERMS,
        "kinds": terms.Kind,
        "units": terms.UNITS,
        "presets": presets.PRESETS,
        "presets_named": [("", "none"), *((one.name, f"{one.name}: {one.classes} choices") for one in _presets)],
        "gates_named": [("", "anyone"), *((address, name) for name, address in gates.items())],
        "arbitrators_named": [("", "the court"), *((name, name) for name in arbitrators)],
        **await _summary(request, draft),
    }


@router.post("/terms")
async def save_terms(request: Request) -> JSONResponse:
    """Takes the terms, as far as a contract would take them now."""
    here, drafts = services(request), _own(request)
    draft = await _noted(request, "terms", _TERM_FIELDS)
    await _parameters(request, draft)
    if opening.has_test(draft):
        # The test hangs on them.
        await here.query(drafts.edit, lambda draft: draft.mark("test", done=False))
    await here.query(drafts.finish, draft, "terms")
    return JSONResponse({"then": "/requests/new/test"})


@router.post("/terms/draft")
async def summarize_terms(request: Request) -> HTMLResponse:
    """Keeps what is typed, and tells what it comes to."""
    draft = await _noted(request, "terms", _TERM_FIELDS)
    return await page(request, "requests/terms_summary.html", **await _summary(request, draft))


@router.post("/terms/preset")
async def fill_terms(request: Request) -> JSONResponse:
    """Fills the terms in as a preset has them."""
    here, drafts = services(request), _own(request)
    form = await _form(request)
    draft = await here.query(drafts.load)
    if not draft.items:
        raise Refused(preset="Upload the items first: the size of batches hangs on their number.")
    arbitrator = draft.of("terms").get("arbitrator", "")
    token = await _token(here, arbitrator)
    try:
        reward = await here.client.ledger.base_units(parse_amount(form.get("preset_reward")), token=token.address)
        cost = await _cost(here, arbitrator)
        name = str(form.get("preset", ""))
        filled, notes = terms.fill(name, reward, items=draft.items, cost=cost, token=token)
    except errors.ArgumentError as error:
        raise Refused(preset_reward=error.sentence(here.tokens.amount)) from error

    def change(draft: Draft) -> None:
        draft.type("terms", {**terms.defaults(), **draft.of("terms"), **filled, "preset": name}, done=False)
        draft.notes = notes
        # Its test goes with it.
        draft.typed.pop("test", None)
        draft.mark("test", done=False)

    await here.query(drafts.edit, change)
    return JSONResponse({"then": "/requests/new/terms"})


async def _summary(request: Request, draft: Draft) -> Mapping[str, Any]:
    """What the terms come to, or what is wrong with them, and what to know about them."""
    here = services(request)
    try:
        parameters, warnings = await _parameters(request, draft)
    except Refused as error:
        wrong = [error.message] if error.message else list(error.fields.values())
        return {"money": (), "timeline": (), "warnings": (), "wrong": wrong}
    typed = draft.of("terms")
    told = [here.tokens.sentence(warning) for warning in warnings]
    if typed.get("accept_small_court") and not typed.get("arbitrator"):
        seats = await here.client.court.listed_seats()
        told.append(f"{seats} seats of the court may be drawn: the largest jury has 15, and a smaller court hears less")
    token = await _token(here, typed.get("arbitrator", ""))
    return {
        "money": terms.money(parameters, token),
        "timeline": terms.timeline(parameters, await here.now()),
        "warnings": told,
        "wrong": (),
    }


async def _parameters(request: Request, draft: Draft) -> tuple[TaskParameters, tuple[str, ...]]:
    """The terms that were typed, held against all that the contract asks for. Raises `Refused`, by field."""
    here = services(request)
    given = terms.read({**terms.defaults(), **draft.of("terms")})
    client = here.acting(acting_account(request)).unfunded
    try:
        built = await client.tasks.open.transaction(
            terms=_PLACEHOLDER, items=max(draft.items, 1), uri="ipfs://draft", **given
        )
    except errors.GoldleafError as error:
        sentence = error.sentence(here.tokens.amount)
        sentence = sentence[:1].upper() + sentence[1:]
        if isinstance(error, errors.CourtTooSmall):
            sentence = f"{sentence} Tick this to open the task all the same."
        field = terms.field_of(error)
        raise (Refused(**{field: sentence}) if field else Refused(sentence)) from error
    token = await _token(here, given.get("arbitrator", ""))
    reward = await client.ledger.base_units(given["reward"], token=token.address)
    stake = await client.ledger.base_units(given["stake"], token=token.address)
    told = terms.parameters(given, max(draft.items, 1), reward=reward, stake=stake, now=await here.now())
    return told, built.warnings


# ---------------------------------------------------------------- test

_TEST_FIELDS = (
    *("use", "count", "allowed", "accuracy", "share"),
    *("opening_period", "opening_period_unit", "dispute_period", "dispute_period_unit"),
)


async def _test_page(request: Request, drafts: Drafts, draft: Draft) -> Mapping[str, Any]:
    here = services(request)
    answers = await here.query(drafts.known)
    told: dict[str, Any] = {
        "counted": (),
        "typed": {"use": "yes" if answers else "", **designs.defaults(0, "")},
        "units": terms.UNITS,
        "size": designs.SIZE,
        **await _power(here, draft, answers),
    }
    if answers:
        schema = schemas.build(draft.of("labels"))
        counted = known.counted(answers, schema)
        usual = designs.defaults(len(counted), draft.of("terms").get("preset", ""))
        told |= {"counted": counted, "typed": {"use": "yes", **usual, **draft.of("test")}}
    return told


@router.post("/test")
async def save_test(request: Request) -> JSONResponse:
    """Takes the test, or that there is none."""
    here, drafts = services(request), _own(request)
    draft = await _noted(request, "test", _TEST_FIELDS)
    if opening.has_test(draft):
        answers = await here.query(drafts.known)
        try:
            await here.query(opening.read_test, draft, answers, _schema(draft))
        except errors.LastBatchNotWhole as error:
            raise Refused(
                f"{draft.items:,} items are no whole batches of that size, and a test needs whole ones: change the "
                "size under Pay and terms."
            ) from error
        except errors.GoldleafError as error:
            raise Refused(opening.problem(error)) from error
    await here.query(drafts.finish, draft, "test")
    return JSONResponse({"then": "/requests/new/review"})


@router.post("/test/known")
async def upload_known(request: Request) -> JSONResponse:
    """Takes the answers that are known, for the account alone."""
    here, drafts = services(request), _own(request)
    uploads.check_size(request.headers.get("content-length"), "known")
    form = await _form(request, "known")
    given = uploads.given(form.getlist("known"))
    if len(given) != 1:
        raise Refused(known="Choose a file.")
    draft = await here.query(drafts.load)
    items = await here.query(drafts.items)
    found = await here.query(known.read, given[0], [one.name for one in items], _schema(draft))
    await here.query(drafts.keep_known, found)

    def change(draft: Draft) -> None:
        draft.known = len(found)
        draft.change()
        draft.typed.pop("test", None)
        draft.mark("test", done=False)

    await here.query(drafts.edit, change)
    return JSONResponse({"then": "/requests/new/test"})


@router.post("/test/design")
async def design_test(request: Request) -> JSONResponse:
    """Computes the test for an accuracy."""
    here, drafts = services(request), _own(request)
    draft = await _noted(request, "test", _TEST_FIELDS)
    answers = await here.query(drafts.known)
    parameters, _ = await _parameters(request, draft)
    found = await here.query(
        designs.design,
        draft.of("test"),
        classes=len(known.classes(answers, _schema(draft))),
        stake=parameters.stake,
        reward=parameters.reward,
        batch_size=parameters.batch_size,
    )
    computed = {"count": str(found.counts[0]), "allowed": str(found.allowed)}
    await here.query(drafts.edit, lambda draft: draft.type("test", {**draft.of("test"), **computed}, done=False))
    return JSONResponse({"then": "/requests/new/test"})


@router.post("/test/draft")
async def show_power(request: Request) -> HTMLResponse:
    """Keeps what is typed, and shows whom the test keeps."""
    here, drafts = services(request), _own(request)
    draft = await _noted(request, "test", _TEST_FIELDS)
    told = await _power(here, draft, await here.query(drafts.known))
    return await page(request, "requests/test_summary.html", size=designs.SIZE, **told)


async def _power(here: Services, draft: Draft, answers: Mapping[int, Any]) -> dict[str, Any]:
    """Whom a test keeps, what it takes, or why it is none."""
    nothing = {"curve": (), "facts": (), "wrong": ()}
    if not answers:
        return nothing
    schema = _schema(draft)
    classes = known.classes(answers, schema)
    usual = designs.defaults(len(classes), draft.of("terms").get("preset", ""))
    typed = {**usual, **draft.of("test")}
    try:
        given = terms.read({**terms.defaults(), **draft.of("terms")})
        test = designs.read(typed, classes, given["batch_size"])
    except Refused as error:
        return {**nothing, "wrong": [error.message] if error.message else list(error.fields.values())}
    token = await _token(here, given.get("arbitrator", ""))
    cost = await _cost(here, given.get("arbitrator", ""))
    deposit = designs.deposit(test.terms, cost=cost, redundancy=given["redundancy"])
    curve = await here.query(designs.curve, test.terms.size, test.terms.allowed)
    facts = [
        ("Known items in a tested batch", f"{test.terms.size} of {given['batch_size']}"),
        ("Errors that pass", str(test.terms.allowed)),
        ("Deposit for a batch", f"{token.show(deposit)}, back unless your answers are proven wrong"),
    ]
    if draft.items % given["batch_size"] == 0:
        batches = draft.items // given["batch_size"]
        graded = testing.graded_batches(batches, test.share)
        facts.insert(0, ("Batches that are tested", f"{graded} of {batches}; nobody else knows which"))
        facts.append(("Deposits in all", f"at most {token.show(deposit * graded)}, one after the other"))
    return {"curve": curve, "facts": facts, "wrong": ()}


# ---------------------------------------------------------------- review


async def _review_page(request: Request, drafts: Drafts, draft: Draft) -> Mapping[str, Any]:
    here = services(request)
    told: dict[str, Any] = {"manifest": None, "problem": "", "money": (), "timeline": (), "warnings": (), "wallet": ()}
    left = [name for name in STEPS if name not in draft.done and name != "review"]
    if left:
        return {**told, "problem": f"Still to do: {', '.join(STEPS[name] for name in left)}."}
    try:
        manifest = await here.query(opening.prepare, drafts, draft, here.files)
        parameters, warnings = await _parameters(request, draft)
        # Its test as well is held against what a contract would take.
        client = here.acting(acting_account(request)).unfunded
        await client.tasks.open.transaction(**opening.arguments(draft, manifest, here.deployment))
    except Refused as error:
        return {**told, "problem": error.message or " ".join(error.fields.values())}
    except errors.GoldleafError as error:
        return {**told, "problem": opening.problem(error)}
    token = await _token(here, draft.of("terms").get("arbitrator", ""))
    test = manifest.test
    return {
        "token": token,
        "manifest": manifest,
        "problem": "",
        "money": terms.money(parameters, token),
        "timeline": terms.timeline(
            parameters,
            await here.now(),
            *((test.opening_period, test.dispute_period) if test is not None else ()),
        ),
        "warnings": [here.tokens.sentence(warning) for warning in warnings],
        "wallet": await _wallet(request, parameters.pot, token),
        "controls": schemas.describe(manifest.label_schema),
        "terms": terms.TERMS,
        "typed": draft.of("terms"),
        "kinds": terms.Kind,
    }


@acts.post("/act/open-task")
async def open_task(request: Request) -> JSONResponse:
    """Opens the task that the draft is: its pay is locked."""
    here, drafts = services(request), _own(request)
    form = await request.form()
    draft = await here.query(drafts.load)
    manifest: Manifest = await here.query(opening.prepare, drafts, draft, here.files)
    parameters, _ = await _parameters(request, draft)
    token = await _token(here, draft.of("terms").get("arbitrator", ""))
    held = await _held(request, token)
    if held < parameters.pot:
        raise Refused(
            f"{token.show(parameters.pot)} are locked with it, and you have {token.show(held)} in the wallet and free "
            "in the escrow. Get more, or lower the pay, the number of items or of annotators."
        )
    given = opening.arguments(draft, manifest, here.deployment)

    async def by(client: AsyncGoldleaf) -> Unsigned[Any]:
        return await client.tasks.open.transaction(**given)

    facts = [
        ("Items", f"{draft.items:,}"),
        ("Labels", f"{draft.items * parameters.redundancy:,}"),
        ("Locked", token.show(parameters.pot)),
        ("Free again", "what is not earned, when the task is closed"),
        ("Public for good", "guidelines, items, and their labels"),
    ]
    if manifest.test is not None:
        facts.append(("Then", "set up the test: nobody can take a batch before"))
    return await offer(request, form, "Open the task", by, facts=facts)


async def _wallet(request: Request, pot: int, token: Token) -> list[tuple[str, str]]:
    """What is to be paid, and what the account has for it."""
    held = await _held(request, token)
    told = [("To be locked", token.show(pot)), ("In your wallet, and free", token.show(held))]
    return [*told, ("Missing", token.show(pot - held))] if held < pot else told


async def _held(request: Request, token: Token) -> int:
    client = services(request).acting(acting_account(request))
    wallet, free = await client.read(
        client.ledger.wallet.ask(token=token.address), client.ledger.free.ask(token=token.address)
    )
    return int(wallet + free)


# ---------------------------------------------------------------- shared

_PAGES = {
    "items": _items_page,
    "guidelines": _guidelines_page,
    "labels": _labels_page,
    "terms": _terms_page,
    "test": _test_page,
    "review": _review_page,
}


def _drafts(request: Request) -> Drafts | None:
    """The drafts of whoever has signed in; None: nobody has."""
    account = private_account(request)
    return None if account is None else Drafts(services(request).database, account)


def _own(request: Request) -> Drafts:
    """The same. Raises `HTTPException` if nobody has signed in."""
    drafts = _drafts(request)
    if drafts is None:
        raise HTTPException(403, "Sign in first: what you put together here is kept for your account alone.")
    return drafts


async def _form(request: Request, field: str = "") -> FormData:
    """The form of a request; too many files are told of beside a field."""
    try:
        return await request.form(max_files=uploads.MOST_FILES, max_fields=MOST_FIELDS)
    except HTTPException as error:
        raise Refused(**{field: f"Upload at most {uploads.MOST_FILES:,} files at once."} if field else {}) from error


def _typed(form: FormData, *fields: str) -> dict[str, str]:
    """What was typed into fields of a form; of what is too long to be kept the beginning."""
    found: dict[str, str] = {}
    for name in fields:
        value = form.get(name, "")
        most = LONGEST_GUIDELINES + 1 if name == "guidelines" else LONGEST + 1
        found[name] = value[:most] if isinstance(value, str) else ""
    return found


async def _saved(request: Request, step: str, fields: tuple[str, ...], check: Any) -> JSONResponse:
    """Takes what was typed in a step, and goes on to the next one if it is right."""
    here, drafts = services(request), _own(request)
    draft = await _noted(request, step, fields)
    await here.query(check, draft.of(step))
    if step == "labels" and draft.known:
        await here.query(_hold_known, drafts, draft)
    await here.query(drafts.finish, draft, step)
    steps = list(STEPS)
    return JSONResponse({"then": f"/requests/new/{steps[steps.index(step) + 1]}"})


def _hold_known(drafts: Drafts, draft: Draft) -> None:
    """Holds known answers against new labels: those that are none any more are of no use."""
    schema, answers = _schema(draft), drafts.known()
    are_labels = not any(schemas.refusal(schema, answer) for answer in answers.values())
    if not are_labels:
        drafts.keep_known({})

    def change(draft: Draft) -> None:
        draft.known = len(answers) if are_labels else 0
        draft.mark("test", done=False)

    drafts.edit(change)


async def _noted(request: Request, step: str, fields: tuple[str, ...]) -> Draft:
    """Keeps what is typed in a step, right or wrong."""
    drafts = _own(request)
    typed = _typed(await _form(request), *fields)

    def change(draft: Draft) -> None:
        own = {**draft.of(step), **typed}
        draft.type(step, own, done=step in draft.done and draft.of(step) == own)

    return await services(request).query(drafts.edit, change)


def _schema(draft: Draft) -> Any:
    """The label schema. Raises `Refused` if there is none yet."""
    try:
        return schemas.build(draft.of("labels"))
    except Refused as error:
        raise Refused("Say what a label is first, under Labels.") from error


async def _token(here: Services, arbitrator: str) -> Token:
    """What a task is paid in before an arbitrator; empty: the deployment's court."""
    return await here.tokens.get(await here.client.arbitrators.token(arbitrator) if arbitrator else None)


async def _cost(here: Services, arbitrator: str) -> int:
    client = here.client
    return int(
        await client.arbitrators.arbitration_cost(arbitrator) if arbitrator else await client.court.arbitration_cost()
    )


def _guarded(name: str) -> str:
    """A name of a file that a spreadsheet does not take for a formula."""
    return f"'{name}" if name.startswith(("=", "+", "-", "@", "\t", "\r")) else name
