"""Data sets and licences: offers, purchases, royalties to collect."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response

from goldleaf import AsyncGoldleaf, Unsigned, errors
from goldleaf.encoding import keccak256
from goldleaf.ids import name_submission, submission_id
from goldleaf.types import DataSet

from .. import contents, form_fields, licence_terms, queries
from ..money import Token
from ..offers import acting_account, offer, together
from ..refusals import Refused
from ..services import Services
from ..web import account_of, page, percent, private_account, services

router = APIRouter()
ACT = "/act/data-sets/{task}"
# Tasks or submissions that one transaction collects from, or enrolls.
MOST = 32


@router.get("/data-sets")
async def data_sets(
    request: Request,
    order: Annotated[str, Query(pattern="^(newest|earned|cheapest)$")] = "newest",
    sale: bool = False,
    number: Annotated[int, Query(ge=0, le=10**6)] = 0,
    words: Annotated[str, Query(max_length=100)] = "",
) -> HTMLResponse:
    """Finished data sets: what they hold, cost, and have earned."""
    here = services(request)
    among = await here.query(here.database.find_titles, words) if words.strip() else None
    # Only what is for sale has a price to order by.
    for_sale = sale or order == "cheapest"
    found = await here.query(
        queries.data_sets, here.index.engine, order=order, number=number, for_sale=for_sale, among=among
    )
    return await page(
        request,
        "data_sets/list.html",
        data_sets=found[: queries.PAGE],
        has_more=len(found) > queries.PAGE,
        titles=await here.query(here.database.titles, [listed.id for listed in found]),
        tokens={listed.task.token: await here.tokens.get(listed.task.token) for listed in found},
        order=order,
        sale=sale,
        number=number,
        words=words,
    )


@router.get("/data-sets/royalties")
async def royalties(request: Request) -> HTMLResponse:
    """What an account can collect, over all data sets."""
    here, account = services(request), account_of(request)
    holdings: list[queries.Holding] = []
    dues: list[queries.Holding] = []
    waiting: list[int] = []
    if account is not None:
        holdings = await here.query(queries.holdings, here.index.engine, account)
        dues = await here.query(queries.requester_dues, here.index.engine, account)
        waiting = await here.query(queries.unenrolled, here.index.engine, account)
    tokens = {one.token: await here.tokens.get(one.token) for one in (*holdings, *dues)}
    totals: dict[str, int] = {}
    for one in (*holdings, *dues):
        totals[one.token] = totals.get(one.token, 0) + one.due
    return await page(
        request,
        "data_sets/royalties.html",
        holdings=holdings,
        dues=dues,
        waiting=waiting,
        titles=await here.query(here.database.titles, [one.task for one in (*holdings, *dues)]),
        tokens=tokens,
        totals=[tokens[token].show(units) for token, units in totals.items() if units],
    )


@router.get("/data-sets/{task}")
async def data_set(request: Request, task: int) -> HTMLResponse:
    """One data set: what it holds, its licence, its contributors."""
    here, account = services(request), account_of(request)
    found = await here.query(here.index.data_set, task)
    manifest, unreadable = None, ""
    try:
        manifest = await here.query(here.files.manifest, task)
    except errors.GoldleafError as error:
        unreadable = error.sentence(here.tokens.amount)
    on_sale = await here.query(here.index.offer, task)
    sold, own = await here.query(queries.licenses, here.index.engine, task, account)
    holders, largest = await here.query(queries.shareholders, here.index.engine, task)
    shares, due, waiting = 0, 0, list[int]()
    if account is not None:
        shares = await here.query(queries.shares_of, here.index.engine, task, account)
        due = await here.query(here.index.collectable, task, account)
        waiting = await here.query(queries.unenrolled, here.index.engine, account, task)
    return await page(
        request,
        "data_sets/data_set.html",
        id=task,
        terms_of=(await here.query(here.index.task, task)).parameters,
        data_set=found,
        title=(await here.query(here.database.titles, [task])).get(task) or f"Data set {task}",
        manifest=manifest,
        unreadable=unreadable,
        offer=on_sale,
        text=await here.query(licence_terms.find, here.database, on_sale.terms),
        most_kib=licence_terms.MOST_BYTES // 1024,
        sold=sold,
        own=own,
        holders=holders,
        largest=largest,
        shares=shares,
        due=due,
        waiting=waiting,
        is_requester=account == found.requester,
        may_write=private_account(request) == found.requester,
        money=await here.tokens.get(found.token),
    )


@router.get("/data-sets/{task}/contents")
async def holds(request: Request, task: int) -> HTMLResponse:
    """A part of a page: which labels a data set holds, and how far they agree."""
    here = services(request)
    await here.query(here.index.data_set, task)
    found = await here.query(contents.contents, here.files, here.index, task, await here.now())
    return await page(request, "data_sets/contents.html", contents=found)


@router.get("/data-sets/{task}/terms.txt")
async def text(request: Request, task: int, digest: str) -> Response:
    """The text of a licence, to keep; `digest` is its keccak-256."""
    here = services(request)
    try:
        wanted = bytes.fromhex(digest.removeprefix("0x"))
    except ValueError as error:
        raise HTTPException(404, "There is no such text here.") from error
    # Copies are kept of other files too: only what was on offer or sold is given out as terms.
    is_known = len(wanted) == 32 and await here.query(queries.has_terms, here.index.engine, task, wanted)
    found = await here.query(licence_terms.find, here.database, wanted) if is_known else None
    if found is None:
        raise HTTPException(404, "There is no such text here.")
    return Response(
        found.encode(),
        media_type="text/plain; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="licence-of-data-set-{task}.txt"'},
    )


@router.post("/data-sets/{task}/terms")
async def bring_terms(request: Request, task: int) -> JSONResponse:
    """Takes the text of a licence that is on offer, from whoever has it: its hash tells whether it is the one."""
    here, form = services(request), await request.form()
    on_sale = await here.query(here.index.offer, task)
    brought = await form_fields.upload(form, "brought", licence_terms.MOST_BYTES)
    if brought is None:
        raise Refused(brought="Choose the file with the text.")
    if keccak256(brought[1]) != on_sale.terms:
        raise Refused(
            brought="This is another text: its hash is not the one on chain. It must be the same byte by byte."
        )
    if not licence_terms.is_text(brought[1]):
        raise Refused(brought="It is the right file, but no text that could be shown here.")
    await here.query(licence_terms.keep, here.files, brought[1])
    return JSONResponse({"then": f"/data-sets/{task}"})


@router.get("/data-sets/{task}/licences/{number}")
async def licence(request: Request, task: int, number: int) -> HTMLResponse:
    """The receipt of a licence that was sold."""
    here = services(request)
    found = await here.query(queries.license, here.index.engine, task, number)
    if found is None:
        raise HTTPException(404, f"Data set {task} has no licence {number}.")
    data = await here.query(here.index.data_set, task)
    return await page(
        request,
        "data_sets/licence.html",
        id=task,
        number=number,
        chain_number=submission_id(task, number),
        licence=found,
        requester=data.requester,
        title=(await here.query(here.database.titles, [task])).get(task) or f"Data set {task}",
        text=await here.query(licence_terms.find, here.database, found.terms),
        money=await here.tokens.get(data.token),
        pool=here.deployment.address("RoyaltyPool"),
    )


# ---------------------------------------------------------------- licensees


@router.post(ACT + "/buy")
async def buy(request: Request, task: int) -> JSONResponse:
    """Buys a licence on the terms and at the price that the page has shown."""
    here, form = services(request), await request.form()
    found, money = await _of(here, task)
    buyer = acting_account(request)
    licensee = form_fields.account(form, "licensee") if str(form.get("licensee", "")).strip() else buyer
    terms, price = str(form.get("terms", "")), str(form.get("price", ""))
    try:
        shown = bytes.fromhex(terms.removeprefix("0x"))
        most = int(price)
    except ValueError as error:
        raise Refused("The page is incomplete: load it again.") from error
    facts = [
        ("Price", money.show(most)),
        ("Licence for", licensee),
        ("Terms", f"keccak-256 0x{shown.hex()}"),
        ("Of the price, to the contributors", percent(found.royalty_bps / 10_000)),
    ]

    async def by(client: AsyncGoldleaf) -> Unsigned[Any]:
        return await client.royalties.buy_license.transaction(task, licensee=licensee, terms=shown, max_price=most)

    return await offer(request, form, "Buy a licence", by, facts=facts)


@router.post(ACT + "/pay")
async def pay(request: Request, task: int) -> JSONResponse:
    """Pays for the use of a data set, of one's own accord."""
    here, form = services(request), await request.form()
    found, money = await _of(here, task)
    amount, memo = form_fields.amount(form, "paid"), str(form.get("memo", "")).strip()
    facts = [
        ("Paid", f"{amount} {money.symbol}"),
        ("Of it, to the contributors", percent(found.royalty_bps / 10_000)),
        ("Told to everybody", memo or "nothing"),
    ]

    async def by(client: AsyncGoldleaf) -> Unsigned[Any]:
        with form_fields.beside("paid", here.tokens, errors.ZeroAmount):
            return await client.royalties.pay.transaction(task, amount, memo=memo)

    if len(memo.encode()) > 256:
        raise Refused(memo="It is longer than 256 bytes.")
    return await offer(request, form, "Pay royalties", by, facts=facts)


# ---------------------------------------------------------------- contributors


@router.post("/act/data-sets/enroll")
async def enroll(request: Request) -> JSONResponse:
    """Gets the shares of an account's paid submissions, of all closed tasks or of one."""
    here, form = services(request), await request.form()
    task = form_fields.whole(form, "task") if form.get("task") else None
    waiting = await here.query(queries.unenrolled, here.index.engine, acting_account(request), task)
    if not waiting:
        raise Refused("All your paid submissions are enrolled.")

    async def by(client: AsyncGoldleaf) -> Unsigned[Any]:
        return together([await client.royalties.enroll.transaction(some) for some in _parts(waiting)])

    facts = [("Submissions", ", ".join(map(name_submission, waiting[:MOST])) + (" and more" if waiting[MOST:] else ""))]
    then = "/data-sets/royalties" if task is None else f"/data-sets/{task}"
    return await offer(request, form, "Get your shares", by, facts=facts, then=then)


@router.post(ACT + "/collect")
async def collect(request: Request, task: int) -> JSONResponse:
    """Credits what the account's shares of a data set have earned."""
    here, form = services(request), await request.form()
    _, money = await _of(here, task)
    due = await here.query(here.index.collectable, task, acting_account(request))

    async def by(client: AsyncGoldleaf) -> Unsigned[Any]:
        return await client.royalties.collect.transaction(task)

    facts = [("Credited to you", money.show(due)), ("From there", "withdraw it on the page of your wallet")]
    return await offer(request, form, "Collect royalties", by, facts=facts)


@router.post("/act/data-sets/collect-all")
async def collect_all(request: Request) -> JSONResponse:
    """Credits all that the account can collect, as a contributor and as a requester."""
    here, form, account = services(request), await request.form(), acting_account(request)
    holdings = [one for one in await here.query(queries.holdings, here.index.engine, account) if one.due]
    dues = await here.query(queries.requester_dues, here.index.engine, account)
    if not holdings and not dues:
        raise Refused("There is nothing to collect.")

    async def by(client: AsyncGoldleaf) -> Unsigned[Any]:
        parts = [
            await client.royalties.collect_many.transaction(some) for some in _parts([one.task for one in holdings])
        ]
        return together(
            [*parts, *[await client.royalties.collect_requester_share.transaction(one.task) for one in dues]]
        )

    facts = []
    for one in (*holdings, *dues):
        part = "your part as its requester" if one in dues else "your shares"
        facts.append((f"Data set {one.task}, {part}", (await here.tokens.get(one.token)).show(one.due)))
    return await offer(request, form, "Collect all", by, facts=facts[:MOST], then="/data-sets/royalties")


@router.post(ACT + "/transfer")
async def transfer(request: Request, task: int) -> JSONResponse:
    """Gives shares of a data set away."""
    here, form = services(request), await request.form()
    count, to = form_fields.whole(form, "count"), form_fields.account(form, "to")
    if form.get("sure") is None:
        raise Refused(sure="Say that you know what you give away.")

    async def by(client: AsyncGoldleaf) -> Unsigned[Any]:
        with (
            form_fields.beside("count", here.tokens, errors.TooFewShares),
            form_fields.beside("to", here.tokens, errors.BadShareReceiver),
        ):
            return await client.royalties.transfer.transaction(task, count, to)

    facts = [
        ("Shares", f"{count:,}"),
        ("To", to),
        ("What they have earned until now", "stays yours"),
        ("What they earn from now on", "is theirs, for good"),
    ]
    return await offer(request, form, "Give shares away", by, facts=facts, then=f"/data-sets/{task}")


# ---------------------------------------------------------------- the requester


@router.post(ACT + "/collect-requester-share")
async def collect_requester_share(request: Request, task: int) -> JSONResponse:
    """Credits the requester's part of the revenue."""
    here, form = services(request), await request.form()
    found, money = await _of(here, task)

    async def by(client: AsyncGoldleaf) -> Unsigned[Any]:
        return await client.royalties.collect_requester_share.transaction(task)

    facts = [("Credited to", found.requester), ("Amount", money.show(found.requester_due))]
    return await offer(request, form, "Collect the requester's part", by, facts=facts)


@router.post(ACT + "/price")
async def price(request: Request, task: int) -> JSONResponse:
    """Offers licences of a data set on terms that are kept here for licensees to read."""
    here, form = services(request), await request.form()
    found, money = await _of(here, task)
    if private_account(request) != found.requester:
        # Anybody can say that they are the requester, and this writes into the store.
        raise Refused("Sign in as the requester of this data set first.")
    amount = form_fields.amount(form, "price")
    file = await form_fields.upload(form, "file", licence_terms.MOST_BYTES)
    data = licence_terms.from_typed(str(form.get("text", ""))) if file is None else file[1]
    if not amount:
        raise Refused(price="A price of 0 ends the sale: there is a button for that.")
    if len(data) > licence_terms.MOST_BYTES:
        raise Refused(text=f"The text is longer than {licence_terms.MOST_BYTES // 1024} KiB.")
    if not licence_terms.is_text(data):
        raise Refused(**{"text" if file is None else "file": "Say in a text what a licence allows."})

    async def by(client: AsyncGoldleaf) -> Unsigned[Any]:
        with form_fields.beside("price", here.tokens, errors.ArgumentError):
            unsigned = await client.royalties.set_price.transaction(task, amount, terms=keccak256(data))
        # Before it is on chain: whoever looks at the offer can read what is offered.
        await here.query(licence_terms.keep, here.files, data)
        return unsigned

    facts = [
        ("Price of a licence", f"{amount} {money.symbol}"),
        ("Of it, yours", percent(1 - found.royalty_bps / 10_000)),
        ("Terms", f"{len(data):,} bytes, keccak-256 0x{keccak256(data).hex()}"),
        ("Licences sold before", "keep their terms"),
    ]
    return await offer(request, form, "Offer licences", by, facts=facts, then=f"/data-sets/{task}")


@router.post(ACT + "/end-sale")
async def end_sale(request: Request, task: int) -> JSONResponse:
    """Sells no more licences of a data set."""
    form = await request.form()

    async def by(client: AsyncGoldleaf) -> Unsigned[Any]:
        return await client.royalties.set_price.transaction(task, 0)

    facts = [("Licences sold before", "stay as they are")]
    return await offer(request, form, "End the sale", by, facts=facts, then=f"/data-sets/{task}")


async def _of(here: Services, task: int) -> tuple[DataSet, Token]:
    """A data set, and what its amounts are in. Raises `NoSuchTask`, `TaskNotClosed`."""
    found = await here.query(here.index.data_set, task)
    return found, await here.tokens.get(found.token)


def _parts(numbers: Sequence[int]) -> list[list[int]]:
    """As many as one transaction takes, and again."""
    return [list(numbers[first : first + MOST]) for first in range(0, len(numbers), MOST)]
