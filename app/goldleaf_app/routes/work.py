"""An annotator's submissions as timelines, what comes next, answers to challenges, earnings."""

import csv
import hashlib
import io
from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse
from starlette.exceptions import HTTPException

from goldleaf import AsyncGoldleaf, ContractError, GoldleafError, Unsigned
from goldleaf.ids import challenge_id, name_challenge, name_submission, split_submission, submission_id
from goldleaf.types import (
    ChallengeKind,
    ChallengeState,
    CourtParameters,
    Outcome,
    SubmissionState,
    Task,
)
from goldleaf_tools.autopilot import Step

from .. import earnings as accounts
from .. import queries, timeline
from ..duties import Held, held
from ..money import Token
from ..offers import acting_account, offer
from ..outcomes import HEARD, Stakes, view
from ..refusals import Refused
from ..services import Services
from ..web import account_of, page, services

router = APIRouter()
# Submissions that one transaction claims, challenges that one settles.
MOST_CLAIMS = 32
MOST_SETTLED = 16
# In place of a state, for whoever reads.
STATES = {
    SubmissionState.OPEN: "Nobody holds it",
    SubmissionState.TAKEN: "To be labelled",
    SubmissionState.COMMITTED: "Sealed, not published yet",
    SubmissionState.PUBLISHED: "Published",
    SubmissionState.PAID: "Paid",
    SubmissionState.REJECTED: "Rejected",
    SubmissionState.FORFEITED: "Lost: it was not published in time",
}
OUTCOMES = {
    Outcome.CONCEDED: "Conceded, or nobody answers",
    Outcome.WRONG: "The ruling: each of the labels is wrong",
    Outcome.NOT_WRONG: "The ruling: not each of them is wrong",
    Outcome.UNDECIDED: "It cannot be decided, or there is no ruling in time",
    Outcome.NOT_HEARD: "No jurors are found, and nobody hears it",
}


@router.get("/work")
async def work(
    request: Request,
    show: Annotated[str, Query(pattern="^(open|ended)$")] = "open",
    number: Annotated[int, Query(ge=0, le=10**6)] = 0,
) -> HTMLResponse:
    """The submissions of the account, with what comes next for each."""
    here, account, now = services(request), account_of(request), await services(request).now()
    found: list[int] = []
    due: list[int] = []
    if account is not None:
        engine = here.index.engine
        found = await here.query(queries.submissions_of, engine, account, ended=show == "ended", number=number)
        due = await here.query(queries.claimable, engine, account, now, MOST_CLAIMS)
    listed = await _held(here, found[: queries.PAGE], account or "", now)
    to_claim = await _held(here, due, account or "", now)
    tasks = {split_submission(each.id)[0]: each.task for each in (*listed, *to_claim)}
    return await page(
        request,
        "work/list.html",
        listed=[(each, each.next(now)) for each in listed],
        titles=await here.query(here.database.titles, list(tasks)),
        tokens={task.token: await here.tokens.get(task.token) for task in tasks.values()},
        to_claim=await _sums(here, to_claim),
        due=due,
        states=STATES,
        show=show,
        number=number,
        has_more=len(found) > queries.PAGE,
        split=split_submission,
    )


# ---------------------------------------------------------------- one submission


@router.get("/work/{task}/{slot}/timeline")
async def timeline_of(
    request: Request,
    task: int,
    slot: int,
    seen: Annotated[str, Query(max_length=64)] = "",
    embedded: bool = False,
) -> Response:
    """What has happened to a submission, and what can be done now; 204 if that is what was `seen` already.

    `embedded` in the page where the labels are made: what that offers is not offered twice.
    """
    here, account, now = services(request), account_of(request), await services(request).now()
    each = await _one(here, task, slot, now, account)
    token = await here.tokens.get(each.task.token)
    terms = each.task.parameters
    batch = slot % terms.batches
    happened = await here.query(queries.history_of_slot, here.index.engine, task, slot, batch)
    cost = await _cost(here, each)
    claims = (
        [] if account is None else await here.query(queries.claimable, here.index.engine, account, now, MOST_CLAIMS)
    )
    shown = await page(
        request,
        "work/fragment.html",
        whole="HX-Request" not in request.headers,
        version="{version}",
        embedded=embedded,
        task=task,
        slot=slot,
        each=each,
        terms=terms,
        money=token,
        is_mine=account is not None and account == each.submission.annotator,
        state=STATES[each.submission.state],
        next=each.next(now) if account == each.submission.annotator else None,
        moments=timeline.moments(happened, terms.stake_of(slot), token),
        challenges=[_challenge(each, challenge, cost, account, now) for challenge in each.challenges],
        settleable=each.settleable(now)[:MOST_SETTLED],
        can_claim=_can_claim(each, now),
        others=[id for id in claims if id != each.id],
        publish_end=await here.query(_publish_end, here, each, now),
        grader_failed=any(duty.step == Step.EXPIRE for duty in each.duties),
        released=-(-each.submission.stake // 16),
        expired=-(-each.submission.stake // 4),
        outcomes=OUTCOMES,
        names=timeline.items,
    )
    body = bytes(shown.body)
    version = hashlib.sha256(body).hexdigest()
    if version == seen:
        return Response(status_code=204)
    return HTMLResponse(body.replace(b"{version}", version.encode()))


def _challenge(each: Held, id: int, cost: int | None, account: str | None, now: int) -> dict[str, Any]:
    """A challenge that is not settled, as the page shows it."""
    found, terms = each.challenges[id], each.task.parameters
    mine = account == each.submission.annotator
    response_end = found.filed_at + terms.response_period
    middle = found.filed_at + terms.response_period // 2
    is_open = found.state == ChallengeState.FILED and each.submission.state == SubmissionState.PUBLISHED
    of_labels = found.kind == ChallengeKind.CORRECTNESS
    is_known = of_labels and each.submission.state == SubmissionState.PUBLISHED and cost is not None
    stakes = each.stakes(id, cost or 0) if is_known else None
    return {
        "id": id,
        "found": found,
        "items": each.items_of[id],
        "stakes": stakes,
        "view": None if stakes is None else view(stakes, found, each.submission.annotator, account),
        "can_concede": is_open and of_labels and mine and now < response_end,
        "can_defend": is_open and is_known and (mine or now >= middle) and now < response_end,
        "response_end": response_end,
        "middle": middle,
        "ruling_end": found.defended_at + terms.arbitration_timeout,
        "answer_end": found.filed_at + terms.challenge_period // 4,
        "unanswered": each.unanswered.get(id, ()),
        "of_labels": of_labels,
    }


@router.post("/act/challenges/{task}/{slot}/{number}/concede")
async def concede(request: Request, task: int, slot: int, number: int) -> JSONResponse:
    """Agrees that the challenged labels are wrong."""
    here, id = services(request), challenge_id(submission_id(task, slot), number)
    each = await _one(here, task, slot, await here.now(), account_of(request))
    stakes, token = _stakes(each, id, 0), await here.tokens.get(each.task.token)
    facts = [("You lose", token.show(stakes.loss))]
    if stakes.rejects:
        facts.append(("All labels are rejected", "more are proven wrong than is tolerated"))
    return await offer(
        request,
        await request.form(),
        f"Concede challenge {name_challenge(id)}",
        lambda client: client.challenges.concede.transaction(id),
        facts=facts,
    )


@router.post("/act/challenges/{task}/{slot}/{number}/defend")
async def defend(request: Request, task: int, slot: int, number: int) -> JSONResponse:
    """Brings a challenge before the arbitrator, for the price that the page has shown at most."""
    here, id = services(request), challenge_id(submission_id(task, slot), number)
    form = await request.form()
    each = await _one(here, task, slot, await here.now(), account_of(request))
    most = _whole(form.get("cost"), "The price of the arbitrator is missing: load the page again.")
    stakes, token = _stakes(each, id, most), await here.tokens.get(each.task.token)
    seen = view(stakes, each.challenges[id], each.submission.annotator, acting_account(request))
    facts = [("You pay the arbitrator now", token.show(most))]
    facts += [(OUTCOMES[outcome], signed(token, units)) for outcome, units in seen.rows if outcome in HEARD]
    return await offer(
        request,
        form,
        f"Defend challenge {name_challenge(id)}",
        lambda client: client.challenges.defend.transaction(id, max_cost=most),
        facts=facts,
    )


@router.post("/act/challenges/{task}/{slot}/{number}/answer")
async def answer(request: Request, task: int, slot: int, number: int) -> JSONResponse:
    """Shows the labels that an availability challenge asks for, one transaction each."""
    here, id = services(request), challenge_id(submission_id(task, slot), number)
    items = await here.query(here.index.unanswered, id)
    if not items:
        raise Refused("All of these labels are shown already.")
    try:
        read = await here.query(here.files.labels, id >> 64)
    except GoldleafError as error:
        raise Refused(f"The published labels cannot be read: {error.sentence(here.tokens.amount)}") from error
    if read is None:
        raise Refused("These labels are not published.")
    labels = read

    async def build(client: AsyncGoldleaf) -> Unsigned[Any]:
        each = [await client.challenges.answer.transaction(id, labels, item) for item in items]
        return replace(each[-1], steps=tuple(step for unsigned in each for step in unsigned.steps))

    facts = [(f"Item {item}", labels.label(item).decode()) for item in items]
    return await offer(request, await request.form(), f"Show {_count(items, 'label')}", build, facts=facts)


@router.post("/act/challenges/{task}/{slot}/settle")
async def settle(request: Request, task: int, slot: int) -> JSONResponse:
    """Settles all challenges of a submission that can be settled now, in their turn."""
    here = services(request)
    each = await _one(here, task, slot, await here.now(), None)
    ids = each.settleable(await here.now())[:MOST_SETTLED]
    if not ids:
        raise Refused("No challenge of this submission can be settled now.")
    items = [each.items_of[id] for id in ids]
    return await offer(
        request,
        await request.form(),
        f"Settle {_count(ids, 'challenge')}",
        lambda client: client.challenges.settle_many.transaction(ids, items),
        facts=[(f"Challenge {name_challenge(id)}", "is paid out") for id in ids],
    )


@router.post("/act/work/{task}/{slot}/expire")
async def expire(request: Request, task: int, slot: int) -> JSONResponse:
    """Ends a submission whose time is over; anybody may."""
    id = submission_id(task, slot)
    return await offer(
        request,
        await request.form(),
        f"End submission {name_submission(id)}",
        lambda client: client.submissions.expire.transaction(id),
    )


@router.post("/act/work/claim")
async def claim(request: Request) -> JSONResponse:
    """Claims pay and stake of submissions; anybody may, the annotator is paid."""
    here, form = services(request), await request.form()
    named = [split_name(str(name)) for name in form.getlist("submission")]
    if not named:
        raise Refused("There is nothing to be claimed.")
    ids = named[:MOST_CLAIMS]
    found = await _held(here, ids, acting_account(request), await here.now())
    facts = []
    for token, pay, stake in await _sums(here, found):
        facts += [("Pay", token.show(pay)), ("Stake that comes back", token.show(stake))]
    facts.append(("It goes to", "the free balance, which can be withdrawn"))
    if len(ids) == 1:
        return await offer(
            request,
            form,
            "Claim pay and stake",
            lambda client: client.submissions.claim.transaction(ids[0]),
            facts=facts,
        )
    return await offer(
        request,
        form,
        f"Claim {len(ids)} submissions",
        lambda client: client.submissions.claim_many.transaction(ids),
        facts=facts,
    )


# ---------------------------------------------------------------- all that was earned


@router.get("/work/earnings")
async def earnings(request: Request) -> HTMLResponse:
    """What the account has earned and paid, what is at stake, and what can be withdrawn."""
    here, account = services(request), account_of(request)
    if account is None:
        return await page(request, "work/earnings.html", sums=[])
    history = await here.query(here.index.history, account)
    tokens = {one.token: await here.tokens.get(one.token) for one in history.sums}
    sums = accounts.by_ledger(history, tokens)
    return await page(
        request,
        "work/earnings.html",
        sums=sums,
        totals=accounts.totals(sums),
        tables=accounts.tables(history, tokens),
        movements=len(history.entries),
    )


@router.get("/work/earnings.csv")
async def earnings_csv(request: Request) -> Response:
    """Each movement of the account's money, as a table."""
    here, account = services(request), acting_account(request)
    history = await here.query(here.index.history, account)
    tokens = {entry.token: await here.tokens.get(entry.token) for entry in history.entries}
    written = io.StringIO()
    rows = csv.writer(written)
    rows.writerow(accounts.COLUMNS)
    rows.writerows(accounts.cells(entry, tokens[entry.token]) for entry in history.entries)
    name = f"goldleaf-{account}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(written.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)


# ---------------------------------------------------------------- parts


async def _one(here: Services, task: int, slot: int, now: int, account: str | None) -> Held:
    """A submission that somebody holds or has held. Raises 404 for a slot that the task does not have."""
    found: Task = await here.query(here.index.task, task)
    if slot >= found.parameters.slots:
        raise HTTPException(404, f"Task {task} has no slot {slot}.")
    id = submission_id(task, slot)
    annotator = (await here.query(here.index.submission, id)).annotator
    # Whoever settles looks at what the annotator would have to settle.
    [each] = await _held(here, [id], annotator, now)
    return each


async def _held(here: Services, ids: Sequence[int], account: str, now: int) -> list[Held]:
    court: CourtParameters | None = None
    if ids and "Court" in here.deployment.contracts:
        court = await here.client.court.parameters()
    return await here.query(held, here.index, here.deployment, ids, account, time=now, court=court)


async def _sums(here: Services, found: Sequence[Held]) -> list[tuple[Token, int, int]]:
    """Pay and stake of submissions together, by token."""
    tokens = {each.task.token: await here.tokens.get(each.task.token) for each in found}
    return [
        (
            token,
            sum(each.pay for each in found if each.task.token == address),
            sum(each.submission.stake for each in found if each.task.token == address),
        )
        for address, token in tokens.items()
    ]


async def _cost(here: Services, each: Held) -> int | None:
    """What the arbitrator of the task asks for now, if a challenge may be defended; None: it does not say."""
    if not any(found.state == ChallengeState.FILED for found in each.challenges.values()):
        return 0
    try:
        return await here.client.arbitrators.arbitration_cost(each.task.parameters.arbitrator)
    except ContractError:  # a stranger's contract, which may refuse to say
        return None


def _publish_end(here: Services, each: Held, now: int) -> int | None:
    """When it was too late to publish what is sealed; None: it is not, or nobody can tell here."""
    ends = [duty.end for duty in each.duties if duty.step in (Step.PUBLISH, Step.PROVE)]
    return next((end for end in ends if end is not None and end <= now), None)


def _can_claim(each: Held, now: int) -> bool:
    return any(duty.step == Step.CLAIM and duty.is_due(now) for duty in each.duties)


def _stakes(each: Held, id: int, cost: int) -> Stakes:
    if id not in each.challenges or each.challenges[id].kind != ChallengeKind.CORRECTNESS:
        raise Refused("This challenge cannot be answered so: load the page again.")
    return each.stakes(id, cost)


def signed(token: Token, units: int) -> str:
    """An amount that is a gain or a loss."""
    return f"+{token.show(units)}" if units > 0 else token.show(units)


def split_name(name: str) -> int:
    """The id of a submission by its name, `TASK/SLOT`. Raises `Refused`."""
    parts = name.split("/")
    if len(parts) != 2 or not all(part.isascii() and part.isdecimal() and len(part) < 20 for part in parts):
        raise Refused("This is no submission: load the page again.")
    return submission_id(int(parts[0]), int(parts[1]))


def _whole(text: Any, message: str) -> int:
    if not (str(text).isascii() and str(text).isdecimal() and len(str(text)) < 80):
        raise Refused(message)
    return int(str(text))


def _count(things: Sequence[Any], name: str) -> str:
    return f"{len(things)} {name}{'' if len(things) == 1 else 's'}"
