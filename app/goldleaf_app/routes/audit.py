"""The auditor's bench: findings in published labels, ranked, and challenges filed."""

import json
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response

from goldleaf import AsyncGoldleaf, Unsigned, economics, errors
from goldleaf.ids import challenge_id, name_challenge, name_submission, split_submission, submission_id
from goldleaf.labels.readers import FORMATS, Reading
from goldleaf.types import ChallengeKind, SubmissionState, Task
from goldleaf_tools.audit.gold import read_gold

from .. import findings, form_fields, hidden_evidence, planned_challenges, queries
from ..auditing import AUDIT, FINDINGS, GOLD, Order
from ..money import Token
from ..offers import offer, together
from ..planned_challenges import Planned, State
from ..refusals import Refused
from ..services import Services
from ..shown import show_item, show_label
from ..web import account_of, page, period, private_account, services

router = APIRouter()
# Tasks of one audit, bytes of known answers, and challenges that are committed at once.
MOST_TASKS = 50
MOST_GOLD = 8 * 2**20
MOST_COMMITTED = 10
# Labels of one page of a submission.
LABELS = 20
SIGN_IN = "Sign in first: what you plan is kept here for you alone."
NO_FINDINGS = "There are no findings: start an audit first."
NAME = re.compile(r"[0-9a-f-]{1,80}")


# ---------------------------------------------------------------- the bench


@router.get("/audit")
async def bench(
    request: Request,
    number: Annotated[int, Query(ge=0, le=10**6)] = 0,
    words: Annotated[str, Query(max_length=100)] = "",
) -> HTMLResponse:
    """Where an auditor chooses what to audit, and brings what they know."""
    here, account = services(request), private_account(request)
    among = await here.query(here.database.find_titles, words) if words.strip() else None
    found = await here.query(queries.auditable, here.index.engine, await here.now(), number=number, among=among)
    status, gold, has_findings = None, {}, False
    if account is not None:
        status = await here.audits.status(account)
        gold = await here.query(_gold, here, account)
        has_findings = await here.query(here.database.recall, account, AUDIT, FINDINGS) is not None
    return await page(
        request,
        "audit/bench.html",
        may=account is not None,
        tasks=found[: queries.PAGE],
        has_more=len(found) > queries.PAGE,
        titles=await here.query(here.database.titles, [one.id for one in found]),
        tokens={one.task.token: await here.tokens.get(one.task.token) for one in found},
        number=number,
        words=words,
        job=status,
        gold={task: len(known) for task, known in gold.items()},
        has_findings=has_findings,
    )


@router.get("/audit/tasks/{task}")
async def submissions(request: Request, task: int, number: Annotated[int, Query(ge=0, le=10**6)] = 0) -> HTMLResponse:
    """The submissions of a task that can be challenged."""
    here = services(request)
    found = await here.query(here.index.task, task)
    rows = await here.query(queries.challengeable, here.index.engine, task, await here.now(), number)
    return await page(
        request,
        "audit/submissions.html",
        id=task,
        title=(await here.query(here.database.titles, [task])).get(task) or f"Task {task}",
        rows=[(submission_id(task, row.slot), row) for row in rows[: queries.PAGE]],
        terms_of=found.parameters,
        has_more=len(rows) > queries.PAGE,
        number=number,
    )


@router.get("/audit/progress")
async def progress(request: Request) -> HTMLResponse:
    """A part of the bench: how far an audit is."""
    here = services(request)
    status = await here.audits.status(_private(request))
    answer = await page(request, "audit/progress.html", job=status)
    if status is None or status.state == "ended":
        answer.headers["HX-Redirect"] = "/audit/findings"
    return answer


@router.post("/audit/run")
async def run(request: Request) -> JSONResponse:
    """Starts an audit, with what the auditor knows."""
    here, form, account = services(request), await request.form(), _private(request)
    named = form_fields.items(form, "tasks")
    chosen = sorted({*named, *form_fields.numbers(form.getlist("task"))})
    known = set(await here.query(here.index.tasks))
    if not chosen or len(chosen) > MOST_TASKS:
        raise Refused(tasks=f"Choose the tasks to audit: 1 to {MOST_TASKS}.")
    if unknown := [task for task in chosen if task not in known]:
        raise Refused(tasks=f"There is no task {unknown[0]}.")
    ether = form_fields.amount(form, "ether") if str(form.get("ether", "")).strip() else Decimal(0)
    file = await form_fields.upload(form, "gold", MOST_GOLD)
    if file is not None:
        label = str(form.get("label", "")).strip() or "label"
        with form_fields.beside("gold", here.tokens, errors.GoldleafError):
            brought = await here.query(_read_gold, here, file, chosen, label)
        if not brought:
            raise Refused(gold="It has no known answer of the tasks that are chosen.")
        await here.query(_keep_gold, here, account, brought)
    kept = await here.query(_gold, here, account)
    planned = await here.query(planned_challenges.read, here.database, here.index, account)
    order = Order.of(
        here.settings,
        account,
        chosen,
        [(task, int(item), text) for task in chosen for item, text in kept.get(task, {}).items()],
        [(str(one.submission), list(one.items)) for one, *_ in planned],
        ether,
    )
    await here.audits.start(order)
    return JSONResponse({"then": "/audit"})


@router.post("/audit/stop")
async def stop(request: Request) -> JSONResponse:
    """Ends the audit that is under way."""
    await services(request).audits.stop(_private(request))
    return JSONResponse({"then": "/audit"})


@router.get("/audit/gold/{task}")
async def gold(request: Request, task: int) -> Response:
    """What the account knows of a task's items, as it is kept here."""
    here, account = services(request), private_account(request)
    kept = None if account is None else await here.query(here.database.recall, account, GOLD, str(task))
    if kept is None:
        raise HTTPException(404, "You keep no known answers of this task here.")
    lines = [{"item": int(item), "label": json.loads(text)} for item, text in json.loads(kept).items()]
    return Response(
        "".join(json.dumps(line) + "\n" for line in lines),
        media_type="application/jsonl",
        headers={
            "Content-Disposition": f'attachment; filename="known-answers-{task}.jsonl"',
            "Cache-Control": "no-store",
        },
    )


@router.post("/audit/gold/{task}/forget")
async def forget_gold(request: Request, task: int) -> JSONResponse:
    """Deletes what the account knows of a task's items."""
    here = services(request)
    await here.query(here.database.forget, _private(request), GOLD, str(task))
    return JSONResponse({"then": "/audit"})


@router.get("/audit/items/{task}/{number}")
async def item(request: Request, task: int, number: int) -> HTMLResponse:
    """A part of a page: an item, as far as it fits into a list."""
    here = services(request)
    shown, unreadable = None, ""
    try:
        shown = show_item(await here.query(here.files.item, task, number))
    except errors.GoldleafError as error:
        unreadable = error.sentence(here.tokens.amount)
    except IndexError:
        unreadable = "There is no such item."
    return await page(request, "audit/item.html", task=task, number=number, shown=shown, unreadable=unreadable)


# ---------------------------------------------------------------- findings


@router.get("/audit/findings")
async def ranked(
    request: Request,
    budget: Annotated[str, Query(max_length=80)] = "",
    chance: Annotated[int, Query(ge=0, le=100)] = 90,
    number: Annotated[int, Query(ge=0, le=10**6)] = 0,
) -> HTMLResponse:
    """What the last audit has found."""
    here, account = services(request), private_account(request)
    kept = None if account is None else await here.query(here.database.recall, account, AUDIT, FINDINGS)
    context: dict[str, Any] = {
        "may": account is not None,
        "budget": budget,
        "chance": chance,
        "number": number,
        "ranking": None,
        "refusal": "",
    }
    if account is None or kept is None:
        return await page(request, "audit/findings.html", **context)
    units = None
    if budget.strip():
        try:
            units = await _units(here, form_fields.amount({"budget": budget}, "budget"))
        except Refused as error:
            context["refusal"] = error.fields["budget"]
    planned = await here.query(planned_challenges.read, here.database, here.index, account)
    locked = await _locked(here, account, planned)
    found = await here.query(_rank, here, account, kept, units, chance / 100, locked, planned)
    first = number * queries.PAGE
    context |= {
        "ranking": found,
        "shown": found.worth_it[first : first + queries.PAGE],
        "has_more": len(found.worth_it) > first + queries.PAGE,
        "has_budget": units is not None,
        "locked": locked,
        "titles": await here.query(here.database.titles, [one.task for one in found.tasks]),
        "tokens": {one.token.address: await here.tokens.get(one.token.address) for one in found.tasks},
        "planned": {(one.submission, one.items) for one, *_ in planned},
        "filed": await here.query(queries.filed, here.index.engine, account),
        "most": MOST_COMMITTED,
    }
    return await page(request, "audit/findings.html", **context)


@router.post("/act/audit/commit")
async def commit(request: Request) -> JSONResponse:
    """Commits to the challenge of a finding."""
    here, form, account = services(request), await request.form(), _private(request)
    if form.get("relayed"):
        return await _sent(request, form)
    audits = await _findings(here, account)
    wanted = (_number(form, "submission"), form_fields.items(form, "items"))
    found = findings.find(audits, *wanted)
    if found is None:
        raise Refused("This finding is not there any more: load the page again.")
    return await _commit_findings(request, form, account, [found])


@router.post("/act/audit/commit-chosen")
async def commit_chosen(request: Request) -> JSONResponse:
    """Commits to all challenges that fit a budget."""
    here, form, account = services(request), await request.form(), _private(request)
    if form.get("relayed"):
        return await _sent(request, form)
    chance = form_fields.whole(form, "chance") / 100
    units = await _units(here, form_fields.amount(form, "budget"))
    kept = await here.query(here.database.recall, account, AUDIT, FINDINGS)
    if kept is None:
        raise Refused(NO_FINDINGS)
    planned = await here.query(planned_challenges.read, here.database, here.index, account)
    locked = await _locked(here, account, planned)
    ranking = await here.query(_rank, here, account, kept, units, chance, locked, planned)
    chosen = ranking.chosen[:MOST_COMMITTED]
    found = [findings.find(ranking.tasks, one.submission, one.proposal.items) for one in chosen]
    if not found:
        raise Refused("Nothing is worth filing within this budget, besides what you have planned already.")
    return await _commit_findings(request, form, account, [one for one in found if one is not None])


@router.post("/act/audit/availability")
async def availability(request: Request) -> JSONResponse:
    """Challenges that labels can be read, at once."""
    here, form = services(request), await request.form()
    submission, items = _number(form, "submission"), form_fields.items(form, "items")
    # What could not be read is read once more, now that money is to be staked on it.
    why = await here.query(findings.confirmed, here, submission)
    if why is not None:
        raise Refused(f"Nothing is to be filed: {why}.")
    terms, money = await _of(here, submission)
    bond = terms.parameters.availability_bond
    facts = [
        ("Locked", money.show(bond)),
        ("Lost", "all of it, if each of the labels is shown"),
        ("Free again", f"in {period(terms.parameters.challenge_period // 4)}, if one of them is not shown"),
    ]

    async def by(client: AsyncGoldleaf) -> Unsigned[Any]:
        return await client.challenges.file_availability.transaction(submission, items)

    return await offer(request, form, "Challenge that labels can be read", by, facts=facts)


# ---------------------------------------------------------------- challenges that are planned


@router.get("/audit/challenges")
async def challenges(request: Request, number: Annotated[int, Query(ge=0, le=10**6)] = 0) -> HTMLResponse:
    """The account's challenges: those to be filed, and those that were."""
    here, account = services(request), private_account(request)
    filed = [] if account is None else await here.query(queries.challenges_by, here.index.engine, account, number)
    tasks = {row.task: await here.query(here.index.task, row.task) for row in filed}
    return await page(
        request,
        "audit/challenges.html",
        may=account is not None,
        **(await _standings(here, account)),
        filed=[
            (name_challenge(challenge_id(submission_id(row.task, row.slot), row.number)), row)
            for row in filed[: queries.PAGE]
        ],
        is_availability=ChallengeKind.AVAILABILITY,
        filed_tokens={task: await here.tokens.get(found.token) for task, found in tasks.items()},
        has_more=len(filed) > queries.PAGE,
        number=number,
    )


@router.get("/audit/challenges/planned")
async def planned_part(request: Request) -> HTMLResponse:
    """A part of the page: the challenges to be filed, as they stand now."""
    here = services(request)
    return await page(request, "audit/planned.html", **(await _standings(here, _private(request))))


@router.get("/audit/challenges/{name}/backup")
async def backup(request: Request, name: str) -> Response:
    """What it takes to file a challenge elsewhere."""
    here, account = services(request), private_account(request)
    kept = None if account is None else await here.query(planned_challenges.recall, here.database, account, name)
    if account is None or kept is None:
        raise HTTPException(404, "You have planned no such challenge here.")
    planned, salt = kept
    text = await here.query(here.database.recall, account, hidden_evidence.KIND, planned.evidence.hex())
    escrow = here.deployment.address("TaskEscrow")
    data = planned_challenges.backup(planned, salt, account, here.deployment.chain_id, escrow, text)
    return Response(
        data,
        media_type="application/json",
        headers={
            "Content-Disposition": f'attachment; filename="challenge-{planned.name}.json"',
            "Cache-Control": "no-store",
        },
    )


@router.post("/audit/challenges/{name}/forget")
async def forget(request: Request, name: str) -> JSONResponse:
    """Drops a challenge that is not to be filed. Its salt stays: it may be committed."""
    here, account = services(request), _private(request)
    planned, _ = await _planned(here, account, name)
    await here.query(here.database.forget, account, planned_challenges.KIND, planned.name)
    await here.query(hidden_evidence.drop, here.database, account, planned.evidence)
    return JSONResponse({"then": "/audit/challenges"})


@router.post("/act/audit/recommit/{name}")
async def recommit(request: Request, name: str) -> JSONResponse:
    """Commits to a challenge that is planned: what was not signed before, or has become too old."""
    here, form, account = services(request), await request.form(), _private(request)
    planned, salt = await _planned(here, account, name)

    async def by(client: AsyncGoldleaf) -> Unsigned[Any]:
        return await client.challenges.commit.transaction(planned.submission, planned.items, salt=salt)

    facts = await _deal(here, planned.submission, planned.items, planned.bond)
    return await offer(request, form, "Commit to a challenge", by, facts=facts, then="/audit/challenges")


@router.post("/act/audit/file/{name}")
async def file(request: Request, name: str) -> JSONResponse:
    """Files a challenge that was committed. Its evidence is shown when that is on chain."""
    here, form, account = services(request), await request.form(), _private(request)
    planned, salt = await _planned(here, account, name)

    async def by(client: AsyncGoldleaf) -> Unsigned[Any]:
        return await client.challenges.file.transaction(
            planned.submission,
            planned.items,
            salt=salt,
            bond=planned.bond,
            evidence=planned.evidence,
            uri=planned.uri,
        )

    facts = await _deal(here, planned.submission, planned.items, planned.bond)
    # From now on it may be filed at any time, with just this evidence, whatever is planned instead meanwhile.
    await here.query(hidden_evidence.note_offered, here.database, account, planned.evidence)
    return await offer(request, form, "File the challenge", by, facts=facts, then="/audit/challenges")


# ---------------------------------------------------------------- one submission, by anybody


@router.get("/audit/challenge/{task}/{slot}")
async def challenge(request: Request, task: int, slot: int, items: str = "") -> HTMLResponse:
    """The form to challenge labels of a submission."""
    here = services(request)
    submission = submission_id(task, slot)
    found = await here.query(here.index.task, task)
    terms = found.parameters
    if not 0 <= slot < terms.slots:
        raise HTTPException(404, f"Task {task} has no slot {slot}.")
    stands = await here.query(here.index.submission, submission)
    try:
        named = form_fields.items({"items": items}, "items")
    except Refused:
        named = []
    now, money = await here.now(), await here.tokens.get(found.token)
    planned, claim, should = await _argued(here, private_account(request), submission, named)
    return await page(
        request,
        "audit/challenge.html",
        is_planned=planned is not None,
        claim=claim,
        bond="" if planned is None or planned.bond is None else money.number(planned.bond).replace(",", ""),
        id=task,
        slot=slot,
        submission=stands,
        is_open=stands.state == SubmissionState.PUBLISHED and now < stands.window_end,
        own=account_of(request) == stands.annotator,
        may=private_account(request) is not None,
        terms_of=terms,
        tolerated=terms.tolerated(slot),
        batch=terms.items_of(slot),
        title=(await here.query(here.database.titles, [task])).get(task) or f"Task {task}",
        money=money,
        most=economics.MAX_CHALLENGED,
        **(await _deal_context(here, submission, [each for each in named if each in terms.items_of(slot)])),
        **(await _label_page(here, submission, 0, named, should)),
    )


@router.get("/audit/challenge/{task}/{slot}/labels")
async def labels(
    request: Request, task: int, slot: int, number: Annotated[int, Query(ge=0, le=10**6)] = 0
) -> HTMLResponse:
    """A part of the form: a page of the submission's labels, with what was chosen before."""
    here, asked = services(request), request.query_params
    chosen = form_fields.numbers(asked.getlist("item"))
    should = {int(key[7:]): text for key, text in asked.items() if re.fullmatch(r"should-[0-9]{1,9}", key) and text}
    context = await _label_page(here, submission_id(task, slot), number, chosen, should)
    return await page(request, "audit/labels.html", id=task, slot=slot, **context)


@router.get("/audit/challenge/{task}/{slot}/deal")
async def deal(request: Request, task: int, slot: int) -> HTMLResponse:
    """A part of the form: what a challenge of the chosen labels locks, pays and risks."""
    here = services(request)
    chosen = form_fields.numbers(request.query_params.getlist("item"))
    context = await _deal_context(here, submission_id(task, slot), chosen)
    return await page(request, "audit/deal.html", **context)


@router.post("/act/audit/challenge/{task}/{slot}")
async def challenge_labels(request: Request, task: int, slot: int) -> JSONResponse:
    """Commits to a challenge of labels that somebody has chosen."""
    here, form, account = services(request), await request.form(), _private(request)
    if form.get("relayed"):
        return await _sent(request, form)
    submission = submission_id(task, slot)
    batch = (await here.query(here.index.task, task)).parameters.items_of(slot)
    items = form_fields.numbers(form.getlist("item"))
    if not items or len(items) > economics.MAX_CHALLENGED:
        raise Refused(item=f"Choose the labels that are wrong: 1 to {economics.MAX_CHALLENGED} in one challenge.")
    if strange := [each for each in items if each not in batch]:
        raise Refused(item=f"Item {strange[0]} is none of this submission's.")
    claim = str(form.get("claim", "")).strip()
    if len(claim) > 4000:
        raise Refused(claim="It is longer than 4,000 characters.")
    should = {each: str(form.get(f"should-{each}", "")).strip()[:1000] for each in items}
    bond = None
    if str(form.get("bond", "")).strip():
        bond = await _units(here, form_fields.amount(form, "bond"), submission)
        least = await here.client.challenges.least_bond(submission, len(items))
        if bond < least:
            _, money = await _of(here, submission)
            raise Refused(bond=f"The least bond of this challenge is {money.show(least)} at present.")
    argued = {each: label for each, label in should.items() if label}
    data = await here.query(findings.evidence_for, here, submission, items, claim, argued)
    planned = await _plan(here, account, submission, items, bond, data, None)
    salt = await here.query(planned_challenges.keep, here.database, account, planned)
    committed = await here.client.challenges.committed_at(
        planned_challenges.commitment(here.client, account, planned, salt)
    )
    if committed and await here.now() < committed + planned_challenges.MOST_AGE:
        # Bond and evidence are not bound by the commitment: they are changed, and nothing is to be signed.
        return JSONResponse({"title": "", "facts": [], "warnings": [], "steps": [], "then": "/audit/challenges"})
    return await _offer_commitments(request, form, account, [planned])


# ---------------------------------------------------------------- what these share


def _private(request: Request) -> str:
    """The account that has signed in. Raises `Refused`."""
    account = private_account(request)
    if account is None:
        raise Refused(SIGN_IN)
    return account


def _number(form: Any, name: str) -> int:
    typed = str(form.get(name, ""))
    if not (typed.isascii() and typed.isdecimal() and len(typed) < 78):
        raise Refused("The page is incomplete: load it again.")
    return int(typed)


async def _of(here: Services, submission: int) -> tuple[Task, Token]:
    """The task of a submission, and what its amounts are in."""
    found = await here.query(here.index.task, split_submission(submission)[0])
    return found, await here.tokens.get(found.token)


async def _units(here: Services, amount: Decimal, submission: int | None = None) -> int:
    """An amount in base units, of a submission's token or the deployment's."""
    token = None if submission is None else (await _of(here, submission))[0].token
    return int(await here.client.ledger.base_units(amount, token=token))


def _gold(here: Services, account: str) -> dict[int, dict[str, str]]:
    """What an account knows: task -> item -> label."""
    kept = here.database.recall_all(account, GOLD)
    return {task: json.loads(kept[str(task)]) for task in sorted(map(int, kept))}


def _read_gold(here: Services, file: tuple[str, bytes], tasks: Sequence[int], label: str) -> dict[int, dict[int, str]]:
    name, data = file
    kind = next((kind for end, kind in FORMATS.items() if name.lower().endswith(end)), None)
    if kind is None:
        raise errors.ArgumentError(f"the name of the file must end in one of {', '.join(sorted(FORMATS))}")
    found: dict[int, dict[int, str]] = {}
    for (task, number), known in read_gold([data], tasks, here.files.manifest, Reading(kind, label=label)).items():
        found.setdefault(task, {})[number] = known.decode()
    return found


def _keep_gold(here: Services, account: str, brought: dict[int, dict[int, str]]) -> None:
    for task, known in brought.items():
        here.database.keep(account, GOLD, str(task), json.dumps(known))


async def _findings(here: Services, account: str) -> list[Any]:
    kept = await here.query(here.database.recall, account, AUDIT, FINDINGS)
    if kept is None:
        raise Refused(NO_FINDINGS)
    return await here.query(findings.read, kept)


def _rank(
    here: Services,
    account: str,
    kept: str,
    budget: int | None,
    chance: float,
    locked: int,
    planned: Sequence[tuple[Planned, Any, bool, int]],
) -> findings.Ranking:
    """Ranks what an audit has kept, without choosing what was planned or filed since."""
    filed = queries.filed(here.index.engine, account)
    return findings.rank(
        findings.read(kept),
        budget,
        chance,
        token=here.deployment.address("Token"),
        locked=locked,
        done={*filed, *((one.submission, one.items) for one, *_ in planned)},
        withheld=queries.found_withheld(here.index.engine, account),
    )


async def _locked(here: Services, account: str, planned: Sequence[tuple[Planned, Any, bool, int]]) -> int:
    """What counts against a budget already: bonds that are locked, and those of what is planned and can be filed."""
    token, now = here.deployment.address("Token"), await here.now()
    locked = await here.query(queries.locked_bonds, here.index.engine, account, token)
    for one, _, is_open, window_end in planned:
        if is_open and now < window_end and (await _of(here, one.submission))[0].token == token:
            least = here.client.challenges.least_bond(one.submission, len(one.items))
            locked += await least if one.bond is None else one.bond
    return locked


async def _deal(here: Services, submission: int, items: Sequence[int], bond: int | None) -> list[tuple[str, str]]:
    """What somebody should know before a challenge."""
    task, money = await _of(here, submission)
    p, slot = task.parameters, split_submission(submission)[1]
    found = await here.query(here.index.submission, submission)
    locked = await here.client.challenges.least_bond(submission, len(items)) if bond is None else bond
    wins = f"{money.show(len(items) * p.prize)}, a quarter of the labels' pay"
    if found.errors + len(items) > p.tolerated(slot):
        wins += f", and {money.show(p.crossing_bonus(slot, locked))} if it has the submission rejected"
    return [
        ("Submission", f"{name_submission(submission)}, items {', '.join(map(str, items))}"),
        ("Locked when it is filed", money.show(locked)),
        ("Lost", "all of it, if jurors do not find each of these labels wrong"),
        ("Wins", wins),
        ("Free again", f"at the latest {period(p.response_period + p.arbitration_timeout)} after it is filed"),
        ("It pays", "if you are more than 2/3 sure of all its labels"),
    ]


async def _plan(
    here: Services,
    account: str,
    submission: int,
    items: Sequence[int],
    bond: int | None,
    evidence: bytes,
    chance: float | None,
) -> Planned:
    """A challenge, whose evidence is hidden."""
    digest = await here.query(hidden_evidence.hide, here.database, account, evidence)
    filed = await here.query(queries.filed, here.index.engine, account)
    return Planned(
        submission=submission,
        items=tuple(items),
        attempt=filed[submission, tuple(items)],
        bond=bond,
        evidence=digest,
        uri=here.files.store.uri(evidence),
        chance=chance,
    )


async def _argued(
    here: Services, account: str | None, submission: int, items: Sequence[int]
) -> tuple[Planned | None, str, dict[int, str]]:
    """The challenge of just these labels that an account has planned, with what it claims of all, and of each label."""
    if account is None or not items:
        return None, "", {}
    read = await here.query(planned_challenges.read, here.database, here.index, account)
    found = next((one for one, *_ in read if (one.submission, one.items) == (submission, tuple(items))), None)
    if found is None:
        return None, "", {}
    text = await here.query(here.database.recall, account, hidden_evidence.KIND, found.evidence.hex())
    return found, *(("", {}) if text is None else findings.argued(text.encode()))


async def _commit_findings(request: Request, form: Any, account: str, found: Sequence[tuple[Any, Any]]) -> JSONResponse:
    here = services(request)
    planned = []
    for audit, proposal in found:
        data = await here.query(findings.evidence_of, here, audit, proposal)
        chance = proposal.expectation.p_all_wrong
        planned.append(await _plan(here, account, proposal.submission, proposal.items, proposal.bond, data, chance))
    return await _offer_commitments(request, form, account, planned)


async def _offer_commitments(request: Request, form: Any, account: str, planned: Sequence[Planned]) -> JSONResponse:
    """What there is to sign for these commitments. Each is kept with its salt before, and dropped if it is refused."""
    here = services(request)

    async def by(client: AsyncGoldleaf) -> Unsigned[Any]:
        parts = []
        for one in planned:
            salt = await here.query(planned_challenges.keep, here.database, account, one)
            try:
                parts.append(await client.challenges.commit.transaction(one.submission, one.items, salt=salt))
            except errors.ChallengeAlreadyCommitted:
                raise
            except errors.ContractError:
                await here.query(here.database.forget, account, planned_challenges.KIND, one.name)
                raise
        return together(parts)

    if len(planned) == 1:
        [one] = planned
        facts = await _deal(here, one.submission, one.items, one.bond)
    else:
        facts = [("Challenges", str(len(planned)))]
        for one in planned:
            _, money = await _of(here, one.submission)
            bond = "the least bond" if one.bond is None else money.show(one.bond)
            facts.append((f"Submission {name_submission(one.submission)}", f"{len(one.items)} labels, {bond}"))
    facts.append(("Now", "nothing is locked and nothing is told: file it in a minute, within a day"))
    return await offer(request, form, "Commit to a challenge", by, facts=facts, then="/audit/challenges")


async def _sent(request: Request, form: Any) -> JSONResponse:
    """Has a commitment sent that was planned and signed before: nothing is planned anew."""

    async def by(client: AsyncGoldleaf) -> Unsigned[Any]:
        raise Refused("Start again.")

    return await offer(request, form, "Commit to a challenge", by, then="/audit/challenges")


async def _planned(here: Services, account: str, name: str) -> tuple[Planned, Any]:
    known = None
    if NAME.fullmatch(name):
        known = await here.query(planned_challenges.recall, here.database, account, name)
    if known is None:
        raise Refused("You have planned no such challenge here: load the page again.")
    return known


async def _standings(here: Services, account: str | None) -> dict[str, Any]:
    """What the list of planned challenges shows."""
    if account is None:
        return {"standings": [], "waits": False, "bonds": {}, "states": State}
    read = await here.query(planned_challenges.read, here.database, here.index, account)
    standings = await planned_challenges.standing(here.client, account, read)
    bonds = {}
    for one in standings:
        _, money = await _of(here, one.planned.submission)
        if one.planned.bond is not None:
            bonds[one.planned.name] = money.show(one.planned.bond)
    waits = any(one.state == State.WAITING for one in standings)
    return {"standings": standings, "waits": waits, "bonds": bonds, "states": State}


async def _label_page(
    here: Services, submission: int, number: int, chosen: Sequence[int], should: dict[int, str]
) -> dict[str, Any]:
    """What a page of a submission's labels shows."""
    found, unreadable = None, ""
    try:
        found = await here.query(here.files.labels, submission)
    except errors.GoldleafError as error:
        unreadable = error.sentence(here.tokens.amount)
    rows, classes, more = [], [], False
    if found is not None:
        start = found.items.start + number * LABELS
        shown = [each for each in found.items if start <= each < start + LABELS]
        proven = set(await here.query(here.index.wrong_items, submission))
        tested = set(await here.query(here.index.tested_items, submission))
        rows = [(each, show_label(found.label(each)), each in proven, each in tested) for each in shown]
        more = start + LABELS < found.items.stop
        try:
            schema = (await here.query(here.files.manifest, split_submission(submission)[0])).label_schema
            listed = schema.get("enum") if isinstance(schema, dict) else None
            classes = [each for each in listed if isinstance(each, str)] if isinstance(listed, list) else []
        except errors.GoldleafError:
            classes = []
    return {
        "rows": rows,
        "classes": classes[:100],
        "label_page": number,
        "more_labels": more,
        "unreadable": unreadable,
        "chosen": set(chosen),
        "elsewhere": [each for each in chosen if each not in {row[0] for row in rows}],
        "should": should,
    }


async def _deal_context(here: Services, submission: int, chosen: Sequence[int]) -> dict[str, Any]:
    """What a challenge of the chosen labels comes to."""
    task, money = await _of(here, submission)
    p, slot = task.parameters, split_submission(submission)[1]
    found = await here.query(here.index.submission, submission)
    count = min(max(len(chosen), 1), economics.MAX_CHALLENGED)
    whole = economics.crossing_bond(stake=p.stake, labels=len(p.items_of(slot)))
    return {
        "count": len(chosen),
        "least": money.show(await here.client.challenges.least_bond(submission, count)),
        "prize": money.show(count * p.prize),
        "left": p.tolerated(slot) - found.errors,
        "crosses": found.errors + len(chosen) > p.tolerated(slot),
        "whole_bond": money.show(whole),
        "whole_bonus": money.show(p.crossing_bonus(slot, whole)),
    }
