"""A juror's seats and cases: guidelines, item, label, evidence; votes sealed and revealed. The court, for anybody."""

from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Path, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from starlette.datastructures import FormData, UploadFile

from goldleaf import AsyncGoldleaf, Unsigned
from goldleaf.errors import ArgumentError, GoldleafError
from goldleaf.ids import split_challenge, split_gold_dispute
from goldleaf.types import CourtParameters
from goldleaf_tools.disputes import GOLD_RULINGS, RULINGS, Case

from .. import beacons, court, sealed_votes
from ..admission import admission, presented
from ..offers import acting_account, offer
from ..papers import papers
from ..queries import PAGE
from ..refusals import Refused
from ..sealed_votes import SealedVote
from ..services import Services
from ..web import account_of, page, period, plain_moment, private_account, services

router = APIRouter()
# Seats that one transaction opens.
MOST_SEATS = 16
# A backup of a vote is far smaller.
MOST_BACKUP_BYTES = 10_000

# What a vote says: short, and as the sentence of the ruling that it is for.
ABOUT_LABELS = ((1, "Each is wrong"), (2, "Not each is wrong"), (0, "It cannot be told"))
ABOUT_ANSWERS = ((1, "Each is wrong, or cannot be told from the item"), (2, "Not each is"), (0, "It cannot be decided"))

Number = Annotated[int, Query(ge=0, le=10**6)]
# Of a dispute, or of a seat: what a database can look for.
Id = Annotated[int, Path(ge=1, lt=2**63)]


# ---------------------------------------------------------------- seats and cases of an account


@router.get("/jury")
async def jury(request: Request, number: Number = 0) -> HTMLResponse:
    """The account's seats, what they have earned, and its cases with the next duty."""
    here, account, now = services(request), account_of(request), await services(request).now()
    engine, client = here.index.engine, here.client.court
    rules, price, penalty, taken = await _read(
        here, client.parameters.ask(), client.seat_price.ask(), client.seat_penalty.ask(), client.open_seats.ask()
    )
    seats, seatings, settled, earned, free = {}, [], [], None, 0
    if account is not None:
        seats = await here.query(court.seats_of, engine, account)
        seatings = await here.query(court.open_seatings, engine, rules, now, account)
        settled = await here.query(court.settled_seatings, engine, rules, now, account, number)
        earned = await here.query(court.earnings, engine, account)
        free = await here.query(here.index.balance, account, token=rules.token, contract="Court")
    return await page(
        request,
        "jury/jury.html",
        rules=rules,
        price=price,
        penalty=penalty,
        delay=_leaving(rules),
        seats=seats,
        states={each: court.seat_state(seat, now) for each, seat in seats.items()},
        duties=[one for one in seatings if one.step in court.DUTIES],
        waiting=[one for one in seatings if one.step not in court.DUTIES],
        settled=settled[:PAGE],
        has_more=len(settled) > PAGE,
        number=number,
        earned=earned,
        free=free,
        most=min(MOST_SEATS, rules.max_seats_per_holder - len(seats), rules.max_seats - taken),
        admission=await admission(request, rules.gate),
        court_token=await here.tokens.get(rules.token),
        titles=await _titles(here, [one.listed for one in [*seatings, *settled]]),
        choice_words=choice_words,
    )


@router.get("/jury/total")
async def total(request: Request, seats: Annotated[str, Query(max_length=10)] = "") -> HTMLResponse:
    """What so many seats cost, for the form."""
    here = services(request)
    if not seats.isdecimal() or not 1 <= int(seats) <= MOST_SEATS:
        return HTMLResponse(f"Write a number from 1 to {MOST_SEATS}.")
    rules, price = await here.client.read(here.client.court.parameters.ask(), here.client.court.seat_price.ask())
    token = await here.tokens.get(rules.token)
    return await page(request, "jury/total.html", total=token.show(int(seats) * price))


@router.post("/act/jury/join")
async def join(request: Request) -> JSONResponse:
    """Opens seats."""
    form, here = await request.form(), services(request)
    seats = _whole(form, "seats", MOST_SEATS)
    client = here.client.court
    rules, price, penalty = await here.client.read(
        client.parameters.ask(), client.seat_price.ask(), client.seat_penalty.ask()
    )
    token, shown = await here.tokens.get(rules.token), await presented(request, form)
    facts = [
        ("Locked", token.show(seats * price)),
        ("Lost in each round with another vote than the final ruling, or none", f"{token.show(penalty)} a seat"),
        ("Can be drawn", f"after {period(rules.join_delay)}, once made ready"),
        ("Free again", f"{period(_leaving(rules))} after you leave, and once its cases are settled"),
    ]
    return await offer(
        request,
        form,
        "Open a seat" if seats == 1 else f"Open {seats} seats",
        lambda client: client.court.join.transaction(seats, gate_data=shown),
        facts=facts,
        then="/jury",
    )


@router.post("/act/jury/renew")
async def renew(request: Request) -> JSONResponse:
    """Shows the court's gate another credential, for all seats of the account."""
    form = await request.form()
    shown = await presented(request, form)
    return await offer(
        request, form, "Renew your credential", lambda c: c.court.renew.transaction(gate_data=shown), then="/jury"
    )


@router.post("/act/jury/ready/{seat}")
async def ready(request: Request, seat: Id) -> JSONResponse:
    """Lists a seat, so that it can be drawn."""
    form, title = await request.form(), f"Make seat {seat} ready"
    return await offer(request, form, title, lambda client: client.court.ready.transaction(seat), then="/jury")


@router.post("/act/jury/leave/{seat}")
async def leave(request: Request, seat: Id) -> JSONResponse:
    """Has a seat leave."""
    here = services(request)
    rules = await here.client.court.parameters()
    facts = [
        ("Can still be drawn", f"for {period(_leaving(rules))}: vote then, or lose the penalty"),
        ("Paid out", "with the next draw after that, once its cases are settled"),
    ]
    return await offer(
        request,
        await request.form(),
        f"Leave seat {seat}",
        lambda client: client.court.leave.transaction(seat),
        facts=facts,
        then="/jury",
    )


# ---------------------------------------------------------------- the court, for anybody


@router.get("/jury/court")
async def whole_court(
    request: Request,
    show: Annotated[str, Query(pattern="^(running|waiting|ended|all)$")] = "running",
    number: Number = 0,
) -> HTMLResponse:
    """What the court charges, which draw is next, and its disputes."""
    here, now = services(request), await services(request).now()
    client = here.client.court
    rules, price, cost, taken, ready, queue, beacon = await _read(
        here,
        client.parameters.ask(),
        client.seat_price.ask(),
        client.arbitration_cost.ask(),
        client.open_seats.ask(),
        client.listed_seats.ask(),
        client.queue.ask(),
        client.armed_beacon.ask(),
    )
    found = await here.query(court.disputes, here.index.engine, rules, now, show=show, number=number)
    by_beacons = rules.randomness == here.deployment.contracts.get("DrandRandomness")
    return await page(
        request,
        "jury/court.html",
        rules=rules,
        price=price,
        cost=cost,
        open_seats=taken,
        listed_seats=ready,
        queue=queue,
        beacon=beacon,
        by_beacons=by_beacons,
        drand=await client.drand() if by_beacons else None,
        has_relays=bool(here.settings.drand_relays),
        waiting=await here.query(court.waiting_count, here.index.engine),
        disputes=found[:PAGE],
        has_more=len(found) > PAGE,
        show=show,
        number=number,
        court_token=await here.tokens.get(rules.token),
        titles=await _titles(here, found),
        choice_words=choice_words,
    )


@router.post("/act/jury/draw")
async def draw(request: Request) -> JSONResponse:
    """Pushes the queue."""
    form = await request.form()
    return await offer(request, form, "Have jurors drawn", lambda c: c.court.draw.transaction(), then="/jury/court")


@router.post("/act/jury/beacon")
async def beacon(request: Request) -> JSONResponse:
    """Shows the beacon that the next draw waits for."""
    form, here = await request.form(), services(request)
    armed = await here.client.court.armed_beacon()
    if armed is None:
        raise Refused("No draw waits for a beacon. Load the page again.")
    relays = here.settings.drand_relays
    if relays:
        account = acting_account(request)
        signature = await here.query(beacons.find, here.settings.rpc, here.deployment, relays, armed.round, account)
    else:
        try:
            signature = bytes.fromhex(str(form.get("signature_of_beacon", "")).strip().removeprefix("0x"))
        except ValueError:
            raise Refused(signature_of_beacon="Write 96 digits and letters from a to f.") from None
    title = f"Show the beacon of round {armed.round}"
    number = armed.round
    return await offer(
        request, form, title, lambda c: c.court.show_beacon.transaction(number, signature), then="/jury/court"
    )


@router.post("/act/jury/drop/{dispute}")
async def drop(request: Request, dispute: Id) -> JSONResponse:
    """Takes a round out of the queue that was not drawn in time."""
    form, title = await request.form(), f"End the waiting of dispute {dispute}"
    return await offer(request, form, title, lambda client: client.court.drop.transaction(dispute), then=_case(dispute))


@router.post("/act/jury/execute/{dispute}")
async def execute(request: Request, dispute: Id) -> JSONResponse:
    """Tells whoever has brought a dispute its ruling."""
    form, title = await request.form(), f"Tell the ruling of dispute {dispute}"
    return await offer(request, form, title, lambda c: c.court.execute.transaction(dispute), then=_case(dispute))


@router.post("/act/jury/settle/{dispute}")
async def settle(request: Request, dispute: Id) -> JSONResponse:
    """Settles a round of a dispute: pays and fines its jurors."""
    form, title = await request.form(), f"Pay the jurors of dispute {dispute}"
    return await offer(request, form, title, lambda c: c.court.settle.transaction(dispute), then=_case(dispute))


# ---------------------------------------------------------------- one case


@router.get("/jury/{dispute}")
async def case(request: Request, dispute: Id) -> HTMLResponse:
    """What a juror judges by, and the juror's vote."""
    here, account, now = services(request), account_of(request), await services(request).now()
    client, engine = here.client.court, here.index.engine
    rules, penalty = await here.client.read(client.parameters.ask(), client.seat_penalty.ask())
    found = await _dispute(here, rules, dispute)
    mine = vote = None
    if account is not None:
        mine = await here.query(court.seating, engine, rules, now, account, dispute, found.state.round)
        if mine is not None and mine.commitment is not None and private_account(request):
            vote = await here.query(sealed_votes.find, here.database, account, mine.commitment)
    evidence, claim, unreadable = None, None, ""
    if found.case is not None:
        try:
            evidence = await here.query(papers, here.settings.rpc, here.deployment, here.files, found.case)
            claim = await _claim(here, found.case)
        except GoldleafError as error:
            unreadable = error.sentence(here.tokens.amount)
    return await page(
        request,
        "jury/case.html",
        dispute=found,
        rules=rules,
        penalty=penalty,
        panels=await here.query(court.panels, engine, dispute),
        mine=mine,
        vote=vote,
        can_keep=private_account(request) is not None,
        papers=evidence,
        claim=claim,
        unreadable=unreadable,
        choices=_choices(found),
        stand=court.stand(found.state),
        court_token=await here.tokens.get(rules.token),
        titles=await _titles(here, [found]),
        choice_words=choice_words,
    )


@router.get("/jury/{dispute}/changed", response_model=None)
async def changed(request: Request, dispute: Id, seen: Annotated[str, Query(max_length=40)]) -> HTMLResponse | Response:
    """A note if a dispute is further than the page that asks; nothing else."""
    here = services(request)
    found = await _dispute(here, await here.client.court.parameters(), dispute)
    if court.stand(found.state) == seen:
        return Response(status_code=204)
    return await page(request, "jury/changed.html", dispute=found)


@router.post("/act/jury/vote/{dispute}")
async def vote(request: Request, dispute: Id) -> JSONResponse:
    """Seals a vote. Its salt is kept before anybody is asked to send anything."""
    form, here, account = await request.form(), services(request), acting_account(request)
    if private_account(request) is None:
        raise Refused("Sign in first: without it your sealed vote cannot be kept, and could not be revealed.")
    rules = await here.client.court.parameters()
    found = await _dispute(here, rules, dispute)
    choice = _whole(form, "choice", found.state.choices, least=0, missing="Choose how you vote.")
    penalty, token = await here.client.court.seat_penalty(), await here.tokens.get(rules.token)

    async def by(client: AsyncGoldleaf) -> Unsigned[Any]:
        current = await client.court.dispute(dispute)
        sealed = sealed_votes.seal(here.deployment, account, dispute, current.round, choice)
        # Refuses what the chain would, before anything is kept.
        unsigned: Unsigned[Any] = await client.court.commit_vote.transaction(
            dispute, choice, salt=sealed.salt, round=current.round
        )
        await here.query(sealed_votes.keep, here.database, sealed)
        return unsigned

    reveal = min(found.state.phase_end, 2**40)
    facts = [
        ("Your vote", choice_words(found.case, choice)),
        ("Others see it", "when you reveal it, not before"),
        ("To be revealed", f"once all have voted, or from {plain_moment(reveal)}; for {period(rules.reveal_period)}"),
        ("If it is not revealed, or the final ruling is another one", f"lost: {token.show(penalty)} a seat"),
    ]
    return await offer(request, form, "Seal your vote", by, facts=facts, then=_case(dispute))


@router.get("/jury/{dispute}/backup")
async def backup(request: Request, dispute: Id) -> Response:
    """The account's sealed vote in the latest round, as a file that reveals it."""
    here, account = services(request), private_account(request)
    if account is None:
        raise ArgumentError("Sign in on the page of the case to have a backup of your vote.")
    sealed = await here.client.court.sealed_vote(dispute, account)
    found = await here.query(sealed_votes.find, here.database, account, sealed)
    if found is None:
        raise ArgumentError("This vote was not sealed here.")
    name = f"vote-{dispute}-{found.round}.json"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(found.to_bytes(), media_type="application/json", headers=headers)


@router.post("/act/jury/reveal/{dispute}")
async def reveal(request: Request, dispute: Id) -> JSONResponse:
    """Opens the account's vote: the one that is kept here, or that of a backup."""
    form, here, account = await request.form(), services(request), acting_account(request)
    sealed = await here.client.court.sealed_vote(dispute, account)
    found = await _backup(form)
    if found is not None and (found.holder != account or found.commitment != sealed):
        raise Refused(backup="This is the backup of another vote than the one that you have sealed in this round.")
    if found is None and private_account(request) is not None:
        found = await here.query(sealed_votes.find, here.database, account, sealed)
    if found is None:
        raise Refused("Your vote is not kept here, or you are not signed in. Sign in, or give its backup.")
    facts = [("Your vote", choice_words(await _case_of(here, dispute), found.choice)), ("It is public", "for good")]
    opened = found

    def by(client: AsyncGoldleaf) -> Any:
        return client.court.reveal_vote.transaction(dispute, opened.choice, salt=opened.salt)

    return await offer(request, form, "Reveal your vote", by, facts=facts, then=_case(dispute))


# ---------------------------------------------------------------- parts of these


def choice_words(about: Case | None, choice: int) -> str:
    """A vote or ruling in a few words."""
    for number, words in () if about is None else ABOUT_ANSWERS if about.challenge is None else ABOUT_LABELS:
        if number == choice:
            return words
    return "Nobody was heard" if choice >= 2**255 else f"Choice {choice}"


def _choices(found: court.Listed) -> list[tuple[int, str, str]]:
    """What can be voted for: number, a few words, and what that says; none of a contract that is not known."""
    if found.case is None:
        return []
    of_labels = found.case.challenge is not None
    rulings = RULINGS if of_labels else GOLD_RULINGS
    return [(number, words, rulings[number]) for number, words in (ABOUT_LABELS if of_labels else ABOUT_ANSWERS)]


async def _read(here: Services, *reads: Any) -> Any:
    """The answers to several questions of different kinds."""
    return await here.client.read(*reads)


async def _dispute(here: Services, rules: CourtParameters, dispute: int) -> court.Listed:
    found = await here.query(court.listed, here.index.engine, rules, await here.now(), dispute)
    if found is None:
        raise HTTPException(404, f"The court has no dispute {dispute}.")
    return found


async def _case_of(here: Services, dispute: int) -> Case | None:
    return (await _dispute(here, await here.client.court.parameters(), dispute)).case


async def _claim(here: Services, about: Case) -> dict[str, Any]:
    """Who says what of whom."""
    if about.challenge is not None:
        filing = await here.query(here.index.filing, about.challenge)
        submission = split_challenge(about.challenge)[0]
        annotator = (await here.query(here.index.submission, submission)).annotator
        return {"by": filing.challenger, "of": annotator, "submission": submission, "count": len(filing.indices)}
    assert about.gold_dispute is not None
    told = await here.query(here.index.gold_filing, about.gold_dispute)
    task = split_gold_dispute(about.gold_dispute)[0]
    requester = (await here.query(here.index.task, task)).requester
    return {"by": told.disputer, "of": requester, "submission": told.submission, "count": len(told.numbers)}


async def _titles(here: Services, disputes: list[court.Listed]) -> dict[int, str]:
    tasks = {one.task for one in disputes if one.task is not None}
    return await here.query(here.database.titles, sorted(tasks))


async def _backup(form: FormData) -> SealedVote | None:
    file = form.get("backup")
    if not isinstance(file, UploadFile) or not file.size:
        return None
    try:
        return SealedVote.from_bytes(await file.read(MOST_BACKUP_BYTES))
    except ArgumentError as error:
        raise Refused(backup=error.detail) from error


def _whole(form: FormData, name: str, most: int, *, least: int = 1, missing: str = "") -> int:
    """A whole number of a form. Raises `Refused`."""
    text = str(form.get(name) or "")
    if not text.isdecimal() or len(text) > 78 or not least <= int(text) <= most:
        raise Refused(**{name: missing or f"Write a whole number from {least} to {most}."})
    return int(text)


def _leaving(rules: CourtParameters) -> int:
    """How long a seat that leaves can still be drawn: two whole rounds, so that nobody leaves to block an appeal."""
    return 2 * (rules.commit_period + rules.reveal_period + rules.appeal_period + rules.draw_timeout)


def _case(dispute: int) -> str:
    return f"/jury/{dispute}"
