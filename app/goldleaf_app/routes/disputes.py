"""A challenge and its dispute, in plain words, for anybody."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse
from starlette.exceptions import HTTPException

from goldleaf import AsyncGoldleaf, Unsigned
from goldleaf.errors import ContractError, LastRound
from goldleaf.ids import challenge_id, gold_dispute_id, name_gold_dispute, submission_id
from goldleaf.types import (
    NOT_HEARD,
    ChallengeKind,
    ChallengeState,
    Dispute,
    GoldDisputeState,
    Outcome,
    Phase,
    SubmissionState,
    Task,
)
from goldleaf_tools.disputes import GOLD_RULINGS, RULINGS, Case
from goldleaf_tools.index.schema import ChallengeRow, GoldDisputeRow
from goldleaf_tools.verify import Payment

from .. import cases, queries
from ..duties import Held, held
from ..money import Token
from ..offers import offer, same_page
from ..outcomes import HEARD, Gains, Stakes
from ..refusals import Refused
from ..services import Services
from ..web import account_of, page, services

router = APIRouter()
# Verifications that run at once: each reckons again all that ever happened before the court.
VERIFYING = asyncio.Semaphore(2)
# The largest number in an id.
MOST = 2**63 - 1
PHASES = {
    Phase.NONE: "Not known to the court yet",
    Phase.WAITING: "Waits for jurors to be drawn",
    Phase.COMMIT: "The jurors vote, sealed",
    Phase.REVEAL: "The jurors show their votes",
    Phase.APPEAL: "Decided, and can be appealed",
    Phase.FINAL: "The ruling is final",
    Phase.NOT_HEARD: "No jurors were found in time",
}
STATES = {
    ChallengeState.FILED: "Waits for an answer",
    ChallengeState.CONCEDED: "Conceded",
    ChallengeState.DEFENDED: "Before the arbitrator",
    ChallengeState.RULED: "Ruled, to be settled",
    ChallengeState.SETTLED: "Settled",
}
GOLD_STATES = {
    GoldDisputeState.FILED: "Before the arbitrator",
    GoldDisputeState.RULED: "Ruled, to be settled",
    GoldDisputeState.SETTLED: "Settled",
}
OUTCOMES = {
    Outcome.CONCEDED: "Conceded, or nobody answers in time",
    Outcome.WRONG: "Ruling: each of the labels is wrong",
    Outcome.NOT_WRONG: "Ruling: not each of the labels is wrong",
    Outcome.UNDECIDED: "It cannot be decided, or no ruling comes in time",
    Outcome.NOT_HEARD: "No jurors are found",
}
# What the list may be narrowed to.
SHOWN: Mapping[str, Sequence[ChallengeState]] = {
    "open": [state for state in STATES if state != ChallengeState.SETTLED],
    "unanswered": [ChallengeState.FILED],
    "arbitrated": [ChallengeState.DEFENDED],
    "to-settle": [ChallengeState.CONCEDED, ChallengeState.RULED],
    "settled": [ChallengeState.SETTLED],
}
GOLD_SHOWN: Mapping[str, Sequence[GoldDisputeState]] = {
    "open": [GoldDisputeState.FILED, GoldDisputeState.RULED],
    "unanswered": [GoldDisputeState.NONE],
    "arbitrated": [GoldDisputeState.FILED],
    "to-settle": [GoldDisputeState.RULED],
    "settled": [GoldDisputeState.SETTLED],
}


@dataclass(frozen=True, slots=True)
class Hearing:
    """A dispute before the deployment's court."""

    number: int
    dispute: Dispute
    rounds: Sequence[queries.Round]
    appeal_cost: int | None  # None: it cannot be appealed
    token: Token


@dataclass(frozen=True, slots=True)
class Line:
    """A challenge, or a dispute about known answers, in a list."""

    path: str
    name: str
    task: int
    token: str
    state: str
    who: str  # has filed it
    count: int  # of labels or answers
    bond: int
    deadline: int | None


# ---------------------------------------------------------------- lists


@router.get("/challenges")
async def challenges(
    request: Request,
    show: Annotated[str, Query(pattern="^(open|unanswered|arbitrated|to-settle|settled)$")] = "open",
    about: Annotated[str, Query(pattern="^(labels|withheld|answers)$")] = "labels",
    task: Annotated[str, Query(pattern="^[0-9]{0,18}$")] = "",
    number: Annotated[int, Query(ge=0, le=10**6)] = 0,
) -> HTMLResponse:
    """Challenges, and disputes about known answers."""
    here, of = services(request), int(task) if task else None
    engine, found = here.index.engine, list[Line]()
    if about == "answers":
        disputed = await here.query(queries.gold_disputes, engine, number, states=GOLD_SHOWN[show], task=of)
        found = [_gold_line(each) for each in disputed]
    else:
        kind = ChallengeKind.CORRECTNESS if about == "labels" else ChallengeKind.AVAILABILITY
        filed = await here.query(queries.challenges, engine, number, kind=kind, states=SHOWN[show], task=of)
        found = [_line(each) for each in filed]
    shown = found[: queries.PAGE]
    return await page(
        request,
        "disputes/list.html",
        listed=shown,
        titles=await here.query(here.database.titles, list({line.task for line in shown})),
        tokens={line.token: await here.tokens.get(line.token) for line in shown},
        show=show,
        about=about,
        task=task,
        number=number,
        has_more=len(found) > queries.PAGE,
    )


def _line(listed: queries.ListedChallenge) -> Line:
    row = listed.row
    name = f"{row.task}/{row.slot}/{row.number}"
    deadline = _deadline(row, listed.task)
    state, count = STATES[row.state], len(row.items)
    return Line(
        f"/challenges/{name}", name, row.task, listed.task.token, state, row.challenger, count, row.bond, deadline
    )


def _gold_line(listed: queries.ListedGoldDispute) -> Line:
    row, end = listed.row, listed.row.filed_at + listed.task.parameters.arbitration_timeout
    name = f"{row.task}/{row.batch}/{row.number}"
    deadline = end if row.state == GoldDisputeState.FILED else None
    state, count = GOLD_STATES[row.state], len(row.numbers)
    return Line(
        f"/gold-disputes/{name}", name, row.task, listed.task.token, state, row.disputer, count, row.fee, deadline
    )


def _deadline(row: ChallengeRow, task: Task) -> int | None:
    """When the time of what a challenge waits for is over."""
    terms = task.parameters
    if row.state == ChallengeState.DEFENDED:
        return row.defended_at + terms.arbitration_timeout
    if row.state != ChallengeState.FILED:
        return None
    of_labels = row.kind == ChallengeKind.CORRECTNESS
    return row.filed_at + (terms.response_period if of_labels else terms.challenge_period // 4)


# ---------------------------------------------------------------- a challenge


@router.get("/challenges/{task}/{slot}/{number}")
async def challenge(request: Request, task: int, slot: int, number: int) -> HTMLResponse:
    """A challenge: who claims what, what is at stake, where it stands, and what anybody can do."""
    here, now, case = services(request), await services(request).now(), _challenge(task, slot, number)
    assert case.challenge is not None
    found = await here.query(here.index.challenge, case.challenge)
    of = await here.query(here.index.task, task)
    token = await here.tokens.get(of.token)
    submission = submission_id(task, slot)
    held_by = (await here.query(here.index.submission, submission)).annotator
    [each] = await here.query(held, here.index, here.deployment, [submission], held_by, time=now, court=None)
    dispute = await here.query(here.index.dispute_of, case.challenge)
    is_ours = of.parameters.arbitrator == here.deployment.contracts.get("Court")
    hearing = await _hearing(here, dispute, now) if dispute is not None and is_ours else None
    row = await here.query(queries.challenge, here.index.engine, task, slot, number)
    stakes = await _stakes(here, each, case.challenge)
    return await page(
        request,
        "disputes/case.html",
        name=f"{task}/{slot}/{number}",
        title=f"Challenge {task}/{slot}/{number}",
        path=f"/challenges/{task}/{slot}/{number}",
        story=await here.query(cases.story, here, case),
        state=STATES[found.state],
        deadline=_deadline(row, of),
        is_settled=found.state == ChallengeState.SETTLED,
        answers=found.state == ChallengeState.FILED,
        submission=submission,
        task=task,
        money=token,
        hearing=hearing,
        phases=PHASES,
        rulings=RULINGS,
        outcomes=[(OUTCOMES[outcome], gains) for outcome, gains in _gains(stakes, found.state)],
        paid=_paid(row, held_by, token),
        settle=_settle_form(each.settleable(now), case.challenge, task, slot),
        appeal=_appeal_gains(stakes, hearing, account_of(request), found.challenger, held_by, found.defender),
        not_heard=NOT_HEARD,
    )


@router.get("/challenges/{task}/{slot}/{number}/papers")
async def challenge_papers(request: Request, task: int, slot: int, number: int) -> HTMLResponse:
    """The items, the labels and the evidence, each checked."""
    return await _papers(request, _challenge(task, slot, number), task, f"/challenges/{task}/{slot}/{number}")


@router.get("/challenges/{task}/{slot}/{number}/verification")
async def challenge_verification(request: Request, task: int, slot: int, number: int) -> HTMLResponse:
    """Whether all that has happened followed the rules."""
    return await _verification(request, _challenge(task, slot, number), f"/challenges/{task}/{slot}/{number}")


async def _stakes(here: Services, each: Held, id: int) -> Stakes | None:
    """What hangs on a challenge of correctness; None: nothing does any more, or it is none."""
    found = each.challenges.get(id)
    if found is None or found.kind != ChallengeKind.CORRECTNESS or each.submission.state != SubmissionState.PUBLISHED:
        return None
    if found.defended_at:
        return each.stakes(id, found.fee)
    try:
        return each.stakes(id, await here.client.arbitrators.arbitration_cost(each.task.parameters.arbitrator))
    except ContractError:  # a stranger's contract, which may refuse to say
        return None


def _gains(stakes: Stakes | None, state: ChallengeState) -> list[tuple[Outcome, Gains]]:
    """What each outcome that is still possible brings to whom."""
    if stakes is None or state not in (ChallengeState.FILED, ChallengeState.DEFENDED):
        return []
    possible = ((Outcome.CONCEDED,) if state == ChallengeState.FILED else ()) + HEARD
    return [(outcome, stakes.gains(outcome)) for outcome in possible]


def _paid(row: ChallengeRow, annotator: str, token: Token) -> list[tuple[str, str, str, str]]:
    """Who got how much when it was settled, and what of: a part in it, the account, amount, words."""
    if row.outcome is None:
        return []
    prizes = f"the bond of {token.show(row.bond)}, prizes and bonus" if row.proven else "of the bond"
    paid = [
        ("The challenger", row.challenger, row.to_challenger, prizes),
        ("The annotator", annotator, row.to_annotator, "part of the bond"),
        ("The defender", row.defender, row.to_defender, "the fee, with part of the bond"),
        ("Nobody", "", row.to_sink, "lost for good"),
    ]
    return [(who, account, token.show(units), what) for who, account, units, what in paid if units]


def _settle_form(settleable: Sequence[int], id: int, task: int, slot: int) -> tuple[str, str] | None:
    """The form that settles a challenge: its action and its button; None: it cannot be settled now."""
    if id not in settleable:
        return None
    before = settleable.index(id)
    button = "Settle this challenge" if not before else f"Settle this challenge, and {before} before it"
    return f"/act/challenges/{task}/{slot}/settle", button


def _appeal_gains(
    stakes: Stakes | None,
    hearing: Hearing | None,
    account: str | None,
    challenger: str,
    annotator: str,
    defender: str,
) -> list[tuple[str, int]]:
    """What the account gets besides by each final ruling that would be another one; none for who has no part in it."""
    if stakes is None or hearing is None or hearing.appeal_cost is None or account is None:
        return []
    roles = {"challenger": challenger, "annotator": annotator, "defender": defender}
    parts = [part for part, who in roles.items() if who == account]
    if not parts:
        return []
    by_ruling = {0: Outcome.UNDECIDED, 1: Outcome.WRONG, 2: Outcome.NOT_WRONG}

    brings = {
        ruling: sum(getattr(stakes.gains(outcome), part) for part in parts) for ruling, outcome in by_ruling.items()
    }
    stands = hearing.dispute.ruling
    return [(RULINGS[ruling], brings[ruling] - brings[stands]) for ruling in brings if ruling != stands]


# ---------------------------------------------------------------- a dispute about known answers


@router.get("/gold-disputes/{task}/{batch}/{number}")
async def gold_dispute(request: Request, task: int, batch: int, number: int) -> HTMLResponse:
    """A dispute about known answers of a test, told as a challenge is."""
    here, now, case = services(request), await services(request).now(), _gold(task, batch, number)
    id = case.gold_dispute
    assert id is not None
    found = await here.query(here.index.gold_dispute, id)
    filing = await here.query(here.index.gold_filing, id)
    row = await here.query(queries.gold_dispute, here.index.engine, task, batch, number)
    of = await here.query(here.index.task, task)
    state = await here.query(here.index.batch_test, task, batch, now)
    token = await here.tokens.get(of.token)
    end = found.filed_at + of.parameters.arbitration_timeout
    is_ours = filing.arbitrator == here.deployment.contracts.get("Court")
    is_decided = found.state == GoldDisputeState.RULED or (found.state == GoldDisputeState.FILED and now >= end)
    can_settle = is_decided and number == state.settled
    return await page(
        request,
        "disputes/case.html",
        name=name_gold_dispute(id),
        title=f"Dispute about known answers {name_gold_dispute(id)}",
        path=f"/gold-disputes/{name_gold_dispute(id)}",
        story=await here.query(cases.story, here, case),
        state=GOLD_STATES[found.state],
        deadline=end if found.state == GoldDisputeState.FILED else None,
        is_settled=found.state == GoldDisputeState.SETTLED,
        answers=False,
        submission=filing.submission,
        task=task,
        money=token,
        hearing=await _hearing(here, filing.dispute, now) if is_ours else None,
        phases=PHASES,
        rulings=GOLD_RULINGS,
        outcomes=[],
        paid=_paid_of_gold(row, token),
        settle=(f"/act/gold-disputes/{name_gold_dispute(id)}/settle", "Settle this dispute") if can_settle else None,
        appeal=[],
        not_heard=NOT_HEARD,
    )


@router.get("/gold-disputes/{task}/{batch}/{number}/papers")
async def gold_papers(request: Request, task: int, batch: int, number: int) -> HTMLResponse:
    """The items, the known answers and the evidence, each checked."""
    return await _papers(request, _gold(task, batch, number), task, f"/gold-disputes/{task}/{batch}/{number}")


@router.get("/gold-disputes/{task}/{batch}/{number}/verification")
async def gold_verification(request: Request, task: int, batch: int, number: int) -> HTMLResponse:
    """Whether all that has happened followed the rules."""
    return await _verification(request, _gold(task, batch, number), f"/gold-disputes/{task}/{batch}/{number}")


def _paid_of_gold(row: GoldDisputeRow, token: Token) -> list[tuple[str, str, str, str]]:
    """As `_paid`."""
    paid = [
        ("The disputer", row.disputer, row.to_disputer, "bond, fee and prize"),
        ("Nobody", "", row.to_sink, "lost for good"),
    ]
    return [(who, account, token.show(units), what) for who, account, units, what in paid if units]


# ---------------------------------------------------------------- what anybody can do


@router.post("/act/disputes/draw")
async def draw(request: Request) -> JSONResponse:
    """Pushes the court's queue: arms the next draw, or has the jurors drawn."""
    return await offer(
        request,
        await request.form(),
        "Have jurors drawn",
        lambda client: client.court.draw.transaction(),
        facts=[("Draws take two steps", "the first fixes the block or beacon that decides, the second draws by it")],
        then=same_page(request),
    )


@router.post("/act/disputes/{dispute}/{step}")
async def push(request: Request, dispute: int, step: str) -> JSONResponse:
    """What anybody can do in a dispute before the court: execute, drop, settle a round, appeal."""
    here = services(request)

    async def build(client: AsyncGoldleaf) -> Unsigned[Any]:
        court = client.court
        unsigned: Unsigned[Any]
        match step:
            case "execute":
                unsigned = await court.execute.transaction(dispute)
            case "drop":
                unsigned = await court.drop.transaction(dispute)
            case "settle-round":
                unsigned = await court.settle.transaction(dispute)
            case "appeal":
                unsigned = await court.appeal.transaction(dispute)
            case _:
                raise Refused("There is no such step.")
        return unsigned

    titles = {
        "execute": "Have the court tell its ruling",
        "drop": "Take the round out of the queue",
        "settle-round": "Pay the jurors of a round",
        "appeal": "Appeal to a larger jury",
    }
    facts: list[tuple[str, str]] = []
    if step == "appeal":
        token = await here.tokens.get((await here.client.court.parameters()).token)
        cost = await here.client.court.appeal_cost(dispute)
        facts = [
            ("You pay now", token.show(cost)),
            ("It comes back", "if the final ruling is another one, and no tie"),
        ]
    return await offer(request, await request.form(), titles.get(step, ""), build, facts=facts, then=same_page(request))


@router.post("/act/gold-disputes/{task}/{batch}/{number}/settle")
async def settle_gold(request: Request, task: int, batch: int, number: int) -> JSONResponse:
    """Settles a dispute about known answers."""
    id = gold_dispute_id(task, batch, number)
    return await offer(
        request,
        await request.form(),
        f"Settle dispute {name_gold_dispute(id)}",
        lambda client: client.tests.settle.transaction(id),
    )


# ---------------------------------------------------------------- parts


def _challenge(task: int, slot: int, number: int) -> Case:
    if max(task, slot, number) > MOST or min(task, slot, number) < 0:
        raise HTTPException(404, "There is no such challenge.")
    return Case(challenge=challenge_id(submission_id(task, slot), number))


def _gold(task: int, batch: int, number: int) -> Case:
    if max(task, batch, number) > MOST or min(task, batch, number) < 0:
        raise HTTPException(404, "There is no such dispute.")
    return Case(gold_dispute=gold_dispute_id(task, batch, number))


async def _hearing(here: Services, number: int, now: int) -> Hearing:
    dispute = await here.query(here.index.dispute, number, now)
    terms = await here.client.court.parameters()
    cost: int | None = None
    if dispute.phase == Phase.APPEAL:
        try:
            cost = await here.client.court.appeal_cost(number)
        except LastRound:
            cost = None
    rounds = await here.query(queries.rounds, here.index.engine, number)
    return Hearing(number, dispute, rounds, cost, await here.tokens.get(terms.token))


async def _papers(request: Request, case: Case, task: int, path: str) -> HTMLResponse:
    here = services(request)
    return await page(
        request,
        "disputes/papers.html",
        whole="HX-Request" not in request.headers,
        papers=await here.query(cases.papers, here, case),
        task=task,
        path=path,
        of_labels=case.challenge is not None,
    )


async def _verification(request: Request, case: Case, path: str) -> HTMLResponse:
    here = services(request)
    async with VERIFYING:
        found = await here.query(cases.verified, here, case)
    return await page(
        request,
        "disputes/verification.html",
        whole="HX-Request" not in request.headers,
        found=found,
        money=await here.tokens.get(found.token),
        payments=[finding for finding in found.findings if isinstance(finding, Payment)],
        checks=[finding for finding in found.findings if not isinstance(finding, Payment)],
        path=path,
    )
