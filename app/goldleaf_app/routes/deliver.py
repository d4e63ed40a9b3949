"""Delivering a batch: backup, commit, publish, disputes of its test, giving it back."""

from typing import Any

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import JSONResponse, Response

from goldleaf import AsyncGoldleaf, Goldleaf, LabelSet, Unsigned, events, submission_id
from goldleaf.encoding import keccak256
from goldleaf.errors import LabelError
from goldleaf.types import SubmissionState
from goldleaf_tools.evidence import collect_gold

from .. import delivery, progress
from ..delivery import Stage
from ..offers import offer
from ..refusals import Refused
from ..sealing import Sealed
from ..services import Services
from ..uploads import capitalized, uploaded
from ..web import plain_moment
from ..works import SlotNumber, TaskNumber, Work, find_work, own_work

router = APIRouter()

# Bytes of a backup: labels, each at most 2 KiB, twice escaped at worst.
MOST_BACKUP = 32 * 2**20
# Characters that say why a known answer is wrong.
LONGEST_CLAIM = 2_000
HERE = "/work/{task:int}/{slot:int}"


@router.get(HERE + "/stage")
async def stage(request: Request, task: TaskNumber, slot: SlotNumber) -> JSONResponse:
    """What is next: the page is loaded again when that changes."""
    work = await find_work(request, task, slot)
    now = await work.here.now()
    told = ""
    if work.found.state == SubmissionState.COMMITTED:
        found = await progress.of_committed(work, now)
        told = f"{found.stage}{found.waiting.committed if found.waiting else ''}"
    elif work.found.state == SubmissionState.TAKEN and work.is_private:
        told = (await progress.of_taken(work, await work.here.query(work.drafts.all), now)).stage
    return JSONResponse({"stage": f"{work.found.state.name} {told}"})


@router.get(HERE + "/backup")
async def backup(request: Request, task: TaskNumber, slot: SlotNumber) -> Response:
    """The file that opens the commitment, made if there is none of these labels yet."""
    work = await own_work(request, task, slot, SubmissionState.TAKEN, SubmissionState.COMMITTED)
    here = work.here
    if work.found.state == SubmissionState.COMMITTED:
        sealed = await here.query(work.seals.find, work.found.commitment)
        if sealed is None:
            raise HTTPException(404, "What opens this commitment is not kept here.")
    else:
        found = await progress.of_taken(work, await here.query(work.drafts.all), await here.now())
        if found.labels is None or found.refusal or found.is_direct or found.stage is Stage.LATE:
            raise HTTPException(409, found.refusal or "There is nothing to seal: load the page again.")
        sealed = found.sealed
        if sealed is None:
            sealed = await here.query(_seal, work, found.labels)
        await here.query(work.seals.keep, sealed)
    await here.query(work.seals.note_saved, sealed)
    headers = {"Content-Disposition": f'attachment; filename="{sealed.file_name}"', "Cache-Control": "no-store"}
    return Response(sealed.to_bytes(), headers=headers, media_type="application/json")


def _seal(work: Work, labels: LabelSet) -> Sealed:
    here = work.here
    uri = here.files.store.uri(labels.to_bytes())
    return Sealed(
        chain_id=here.deployment.chain_id,
        escrow=here.deployment.address("TaskEscrow"),
        submission=work.submission,
        annotator=work.found.annotator,
        labels=labels,
        uri=uri,
        salt=work.seals.salt(labels, uri),
    )


@router.post(HERE + "/backup")
async def restore(request: Request, task: TaskNumber, slot: SlotNumber) -> JSONResponse:
    """Takes a backup in, of the commitment that is on chain."""
    work = await own_work(request, task, slot, SubmissionState.COMMITTED)
    _, data = await uploaded(await request.form(), "backup", MOST_BACKUP)
    try:
        sealed = await work.here.query(Sealed.from_bytes, data)
    except LabelError as error:
        raise Refused(backup=capitalized(error)) from error
    if sealed.commitment != work.found.commitment:
        raise Refused(backup="This is the backup of another commitment, not of the one on chain.")
    await work.here.query(work.seals.keep, sealed)
    return JSONResponse({"then": work.url})


@router.post("/act/commit/{task:int}/{slot:int}")
async def commit(request: Request, task: TaskNumber, slot: SlotNumber) -> JSONResponse:
    """Seals the labels: what opens the commitment is kept, here and by its owner, before."""
    work = await own_work(request, task, slot, SubmissionState.TAKEN)
    here = work.here
    found = await progress.of_taken(work, await here.query(work.drafts.all), await here.now())
    if found.stage is not Stage.COMMIT or found.sealed is None:
        raise Refused(found.refusal or "Save the backup of these labels first: without it they may be lost.")
    sealed, token = found.sealed, await here.tokens.get(work.of.token)
    facts = [
        ("Labels", str(len(sealed.labels))),
        ("Backup", sealed.file_name),
        ("Lost if they are not published in time", token.show(work.found.stake)),
    ]
    if not work.of.parameters.is_graded:
        facts.append(("Publish before", plain_moment(work.of.parameters.publish_end)))

    async def build(client: AsyncGoldleaf) -> Unsigned[Any]:
        unsigned: Unsigned[Any] = await client.submissions.commit.transaction(
            work.submission, sealed.labels, uri=sealed.uri, salt=sealed.salt
        )
        return unsigned

    return await offer(request, await request.form(), "Commit to your labels", build, facts=facts)


@router.post("/act/publish/{task:int}/{slot:int}")
async def publish(request: Request, task: TaskNumber, slot: SlotNumber) -> JSONResponse:
    """Publishes labels: they go into the store only when nothing keeps them from being published."""
    work = await own_work(request, task, slot, SubmissionState.TAKEN, SubmissionState.COMMITTED)
    here, now = work.here, await work.here.now()
    options: dict[str, Any] = {}
    notes: list[tuple[str, str]] = []
    if work.found.state == SubmissionState.COMMITTED:
        found = await progress.of_committed(work, now)
        if found.sealed is None:
            raise Refused("What opens your commitment is not kept here: upload the backup.")
        labels, uri, options["salt"] = found.sealed.labels, found.sealed.uri, found.sealed.salt
        notes = await _doubt(work)
    else:
        found = await progress.of_taken(work, await here.query(work.drafts.all), now)
        if found.labels is None:
            raise Refused("Label every item first.")
        labels, uri = found.labels, here.files.store.uri(found.labels.to_bytes())
    if found.stage is not Stage.PUBLISH:
        raise Refused(found.refusal or "This cannot be published now: load the page again.")

    async def build(client: AsyncGoldleaf) -> Unsigned[Any]:
        action = client.submissions.publish
        # Whoever could read labels that are not published after all could copy them: so it is tried before.
        await action.simulate(work.submission, labels, uri=uri, **options)
        await here.query(_put, here, labels, uri)
        unsigned: Unsigned[Any] = await action.transaction(work.submission, labels, uri=uri, **options)
        return unsigned

    facts = [("Labels", f"{len(labels)}, public for good"), ("Where they will lie", uri), *notes]
    return await offer(request, await request.form(), "Publish your labels", build, facts=facts)


def _put(here: Services, labels: LabelSet, uri: str) -> None:
    """Has labels lie where it was said. Blocks. Raises `StoreError` if they cannot."""
    data = labels.to_bytes()
    if here.files.store.uri(data) != uri:
        # Of a backup that another server has made: whoever owns that store has put them there.
        here.files.label_set(uri, labels.root, labels.items)
        return
    here.files.put(data)


async def _doubt(work: Work) -> list[tuple[str, str]]:
    """What to know where the last commitment of the batch is in blocks that may still be replaced."""
    here = work.here
    terms = work.of.parameters
    head = await here.query(lambda: here.index.block) or 0

    def committed(slot: int) -> list[int]:
        logged = here.index.events(events.Committed, submission=submission_id(work.task, slot))
        return [each.block for each in logged]

    blocks = [await here.query(committed, slot) for slot in terms.siblings(work.slot % terms.batches)]
    last = max((block for found in blocks for block in found), default=0)
    if head - last >= delivery.CONFIRMATIONS:
        return []
    told = (
        f"the last commitment is {head - last} blocks old; wait for {delivery.CONFIRMATIONS} where blocks are replaced"
    )
    return [("Note", told)]


@router.post("/act/release/{task:int}/{slot:int}")
async def release(request: Request, task: TaskNumber, slot: SlotNumber) -> JSONResponse:
    """Gives the batch back."""
    work = await find_work(request, task, slot)
    token = await work.here.tokens.get(work.of.token)

    async def build(client: AsyncGoldleaf) -> Unsigned[Any]:
        unsigned: Unsigned[Any] = await client.submissions.release.transaction(work.submission)
        return unsigned

    facts = [("Lost", token.show(release_cost(work.found.stake)))]
    return await offer(request, await request.form(), "Give the batch back", build, facts=facts, then="/work")


@router.post("/act/note-sealed/{task:int}/{slot:int}")
async def note_sealed(request: Request, task: TaskNumber, slot: SlotNumber) -> JSONResponse:
    """Notes that all have committed, so that the time to open known answers begins at once."""
    work = await find_work(request, task, slot)
    number = slot % work.of.parameters.batches

    async def build(client: AsyncGoldleaf) -> Unsigned[Any]:
        unsigned: Unsigned[Any] = await client.tests.note_sealed.transaction(task, number)
        return unsigned

    return await offer(request, await request.form(), "Note that all have committed", build, then=work.url)


@router.post("/act/dispute-answers/{task:int}/{slot:int}")
async def dispute_answers(request: Request, task: TaskNumber, slot: SlotNumber) -> JSONResponse:
    """Says that known answers of the test are wrong, and has jurors rule."""
    work = await own_work(request, task, slot, SubmissionState.COMMITTED)
    here, form, number = work.here, await request.form(), slot % work.of.parameters.batches
    chosen = {str(item) for item in form.getlist("item")}
    items = [item for item in work.items if str(item) in chosen]
    if not items:
        raise Refused(item="Choose the items whose known answers are wrong.")
    claims = {item: str(form.get(f"claim-{item}") or "").strip() for item in items}
    for item, claim in claims.items():
        if not 0 < len(claim) <= LONGEST_CLAIM:
            raise Refused(**{f"claim-{item}": f"Say why, in {LONGEST_CLAIM:,} characters at most: jurors read it."})
    token = await here.tokens.get(work.of.token)
    cost = await here.client.arbitrators.arbitration_cost(work.of.parameters.arbitrator)

    def collect() -> bytes:
        with Goldleaf(here.settings.rpc, here.deployment) as client:
            return collect_gold(client, here.files.reader, task, number, items, claims=claims).to_bytes()

    async def build(client: AsyncGoldleaf) -> Unsigned[Any]:
        evidence = await here.query(collect)
        uri, digest = here.files.store.uri(evidence), keccak256(evidence)
        unsigned: Unsigned[Any] = await client.tests.file_dispute.transaction(
            work.submission, items, max_cost=int(cost), evidence=digest, uri=uri
        )
        # Not before it is known that it can be filed: another annotator who reads it could be first.
        await here.query(here.files.put, evidence)
        return unsigned

    facts = [
        ("Items", ", ".join(map(str, items))),
        ("Fee", token.show(int(cost))),
        ("Bond", token.show(int(cost))),
        ("Lost", "both, unless each of these answers is ruled wrong"),
    ]
    return await offer(request, form, "Dispute known answers", build, facts=facts, then=work.url)


def release_cost(stake: int) -> int:
    """What giving a batch back costs: a sixteenth of the stake, rounded up."""
    return -(-stake // 16)


def expiry_cost(stake: int) -> int:
    """What not delivering in time costs: a quarter of the stake, rounded up."""
    return -(-stake // 4)
