"""The whole audit of tasks: facts, files, estimates, and what is worth filing. Nothing is sent."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from goldleaf import Goldleaf
from goldleaf.encoding import checked_address
from goldleaf.errors import ManifestError
from goldleaf.labels import Manifest
from goldleaf.types import ChallengeState, SubmissionState

from ..memory import PlannedChallenge
from . import accounts, committing, facts, market, withheld
from .answers import Answers, Delivered, Gold, Item
from .collect import (
    Fetched,
    Library,
    Place,
    SchemaChecks,
    checked,
    fetch_glances,
    fetch_labels,
    fetch_manifests,
    parse_classes,
    schema_key,
)
from .estimate import Estimate, estimate
from .facts import Delivery, TaskFacts, Test
from .market import AVAILABILITY_GAS, Market
from .proposing import propose
from .result import (
    AvailabilityProposal,
    BatchFinding,
    Glance,
    Grade,
    ManifestFinding,
    SetFinding,
    TaskAudit,
    Verdict,
)
from .rulings import Rulings, rulings, together, upheld
from .shown import shown
from .tables import Tables

if TYPE_CHECKING:
    from ..index import Index

# Items of findings that are looked at, of each kind.
GLANCES = 200
# What may be said of an audit besides.
NO_ETHER_PRICE = "Gas is not counted: it was not said what an ether is worth in the token."
NO_GOLD = "The auditor knows no item's truth: how far the probabilities can be trusted was not measured."
TESTED = (
    "Known items that the requester has opened count as known, unless a dispute has dropped them or the auditor knows "
    "otherwise. Their labels cannot be challenged: annotators have paid for errors on them with the test."
)
NO_MANIFEST = "The manifest could not be read: labels were not held against the schema."
UNSURE = (
    "{sets} could not be read from here, and nothing is to be filed because of it: it may be the line, a gateway or a "
    "store. Try again, or name other gateways."
)

# Told what is being done, and how many of how many are done.
Progress = Callable[[str, int, int], object]


@dataclass(frozen=True, slots=True)
class AuditOptions:
    """What an auditor asks of an audit besides the tasks."""

    # Address of the auditor; None: nobody files.
    auditor: str | None = None
    # What the auditor knows.
    gold: Gold | None = None
    # What an ether is worth, in whole tokens; 0: gas is not counted.
    ether: Decimal = Decimal(0)
    # Challenges that the auditor is about to file: their labels are not proposed again.
    pending: Collection[PlannedChallenge] = ()
    # Arbitrators whose rulings the auditor trusts, besides those that the deployment names.
    trusted: Collection[str] = ()
    seed: int = 0


@dataclass(frozen=True, slots=True)
class _Found:
    """A task, and what was found at its URIs."""

    facts: TaskFacts
    manifest: Manifest | str
    fetched: Mapping[int, Fetched]  # by submission, of those that are published


@dataclass(frozen=True, slots=True)
class _Moment:
    """When and on whose behalf an audit is made."""

    chain: int
    escrow: str
    block: int
    # Of the block; prices and windows are those of `market`.
    time: int
    market: Market
    options: AuditOptions
    trusted: Collection[str]
    gas: Mapping[str, int]


def audit(
    client: Goldleaf,
    index: "Index",
    library: Library,
    tasks: Sequence[int],
    options: AuditOptions | None = None,
    progress: Progress | None = None,
) -> list[TaskAudit]:
    """Audits tasks that the index knows, as of the index's block; windows and prices are those of the chain's time.

    Answers to tasks with the same guidelines and label schema are pooled, since how reliable an annotator is carries
    over. Raises `NotIndexed` if the index is empty, `NodeError`, `MissingExtra`.
    """
    options = options or AuditOptions()
    if options.auditor is not None:
        options = replace(options, auditor=checked_address("auditor", options.auditor))
    time, block = index.time, index.block
    assert block is not None
    read = facts.read(index, tasks, client.deployment.contracts.get("Court"))
    if options.auditor is not None:
        read = committing.with_commitments(client, index, read, options.auditor)
    moment = _Moment(
        chain=client.deployment.chain_id,
        escrow=client.deployment.address("TaskEscrow"),
        block=block,
        time=time,
        market=market.look(client, [one.task.parameters.arbitrator for one in read], [one.task.token for one in read]),
        options=options,
        trusted={*client.deployment.contracts.values(), *options.trusted},
        gas=_gas(client, read, options.auditor),
    )
    found = _fetch(library, read, progress)
    audits: dict[int, TaskAudit] = {}
    for pool in _pools(found):
        if progress is not None:
            progress("Truths are estimated", len(audits), len(found))
        audits.update((one.task, one) for one in _audit_pool(pool, moment))
    return [_with_glances(library, one, audits[one.facts.id]) for one in found]


def _with_glances(library: Library, found: _Found, made: TaskAudit) -> TaskAudit:
    """The audit, with what people know the items by that its findings are about."""
    if not isinstance(found.manifest, Manifest):
        return made
    suspected = [made.labels.row(place).item for place in made.labels.suspects()[:GLANCES]]
    refused = [off.item for one in made.sets for off in one.off_schema][:GLANCES]
    items = {number: found.manifest.items[number] for number in dict.fromkeys((*suspected, *refused))}
    glances = fetch_glances(library, items, found.facts.task.requester)
    shown = tuple(Glance(number, shows) for number, shows in sorted(glances.items()))
    return replace(made, manifest=replace(made.manifest, glances=shown))


def _gas(client: Goldleaf, read: Sequence[TaskFacts], auditor: str | None) -> dict[str, int]:
    if auditor is None:
        return {}
    own = {name for one in read for name in accounts.own_transactions(one, auditor)}
    return market.gas_spent(client, own, auditor)


def _fetch(library: Library, read: Sequence[TaskFacts], progress: Progress | None) -> list[_Found]:
    def told(what: str) -> Callable[[int, int], object]:
        return lambda done, total: progress(what, done, total) if progress is not None else None

    opened = {one.id: (one.uri, one.task.parameters.terms, one.task.requester) for one in read}
    manifests = fetch_manifests(library, opened, told("Manifests are fetched"))
    places = {
        delivery.id: Place(delivery.uri, delivery.submission.root, delivery.items, delivery.submission.annotator)
        for one in read
        for delivery in one.deliveries
        if delivery.uri is not None
    }
    fetched = fetch_labels(library, places, told("Label sets are fetched and verified"))
    checks = SchemaChecks()
    found = []
    for one in read:
        manifest = manifests[one.id]
        sets = {delivery.id: fetched[delivery.id] for delivery in one.deliveries if delivery.id in fetched}
        if isinstance(manifest, Manifest):
            try:
                check = checks.of(manifest)
                sets = {id: checked(each, check) for id, each in sets.items()}
            except ManifestError as error:
                manifest = f"{type(error).__name__}: {error.detail}"
        found.append(_Found(one, manifest, sets))
    return found


def _pools(found: Sequence[_Found]) -> list[list[_Found]]:
    """Tasks whose answers are judged together; those whose manifest is not known, each alone."""
    pools: dict[object, list[_Found]] = {}
    for one in found:
        key = schema_key(one.manifest) if isinstance(one.manifest, Manifest) else one.facts.id
        pools.setdefault(key, []).append(one)
    return list(pools.values())


def _audit_pool(pool: Sequence[_Found], moment: _Moment) -> Iterator[TaskAudit]:
    delivered = [
        Delivered(delivery.id, delivery.submission.annotator, fetched.labels, {off.item for off in fetched.off_schema})
        for one in pool
        for delivery in one.facts.deliveries
        if (fetched := one.fetched.get(delivery.id)) is not None and fetched.labels is not None
    ]
    manifest = pool[0].manifest
    classes = parse_classes(manifest.label_schema) if isinstance(manifest, Manifest) else ()
    answers = Answers.from_label_sets(delivered, classes)
    ruled = together([_rulings(one, moment.trusted) for one in pool])
    options = moment.options
    # What the auditor knows counts where requesters have shown something else.
    known = {**{item: label for one in pool for item, label in _shown(one).items()}, **(options.gold or {})}
    estimated = estimate(answers, known, rulings=ruled, seed=options.seed) if len(answers) else None
    tables = Tables(estimated)
    pooled = tuple(one.facts.id for one in pool)
    for one in pool:
        yield _audit_task(one, moment, estimated, ruled, tables, pooled)


def _shown(found: _Found) -> dict[Item, bytes]:
    return shown(found.facts, found.manifest) if isinstance(found.manifest, Manifest) else {}


def _grade(read: TaskFacts, delivery: Delivery) -> Grade:
    if not read.tests:
        return Grade.NONE
    if delivery.passed is not None:
        return Grade.PASSED if delivery.passed else Grade.SPARED
    if delivery.submission.state != SubmissionState.FORFEITED:
        return Grade.PENDING
    test = read.tests[delivery.slot % read.task.parameters.batches]
    return Grade.NEVER_PUBLISHED if test.is_held else Grade.SPARED


def _test(test: Test) -> BatchFinding:
    stands, dropped = test.stands, len(test.gold.dropped)
    return BatchFinding(
        batch=test.batch,
        phase=stands.phase,
        size=test.size,
        allowed=max(0, test.allowed - dropped),
        items=test.gold.tested,
        dropped=dropped,
        disputes=stands.filed,
        undecided=stands.filed - stands.settled,
        deposit=stands.deposit,
    )


def _rulings(found: _Found, trusted: Collection[str]) -> Rulings:
    read = {id: fetched.labels for id, fetched in found.fetched.items() if fetched.labels is not None}
    return rulings(found.facts, read, trusted)


def _audit_task(
    found: _Found,
    moment: _Moment,
    estimated: Estimate | None,
    ruled: Rulings,
    tables: Tables,
    pooled: tuple[int, ...],
) -> TaskAudit:
    read, options = found.facts, moment.options
    labels = tables.labels(read, found.fetched, upheld(read, moment.trusted))
    return TaskAudit(
        chain=moment.chain,
        escrow=moment.escrow,
        task=read.id,
        auditor=options.auditor,
        block=moment.block,
        time=moment.time,
        requester=read.task.requester,
        closed=read.task.closed,
        cancelled=read.task.cancelled,
        parameters=read.task.parameters,
        token=moment.market.tokens[read.task.token],
        manifest=_manifest(found),
        sets=tuple(
            _set(delivery, found.fetched.get(delivery.id), _grade(read, delivery)) for delivery in read.deliveries
        ),
        pooled_tasks=pooled,
        choice=None if estimated is None else estimated.choice,
        labels=labels,
        annotators=tables.annotators(read),
        calibration=None if estimated is None else estimated.calibration,
        proposals=propose(
            read,
            found.fetched,
            labels,
            ruled,
            moment.market,
            auditor=options.auditor,
            ether=options.ether,
            pending=options.pending,
            trusted=moment.trusted,
        ),
        availability=tuple(_availability(found, moment)),
        challenges=accounts.reports(read, options.auditor, moment.gas),
        flows=accounts.flows(read, options.auditor),
        tests=tuple(map(_test, read.tests)),
        notes=tuple(_notes(found, options)),
    )


def _availability(found: _Found, moment: _Moment) -> Iterator[AvailabilityProposal]:
    for delivery in found.facts.deliveries:
        fetched = found.fetched.get(delivery.id)
        if fetched is None or not _is_open(delivery, moment.market.time):
            continue
        if delivery.submission.annotator == moment.options.auditor:
            continue
        proposal = withheld.propose(
            delivery,
            found.facts.task,
            fetched.verdict,
            lasting=fetched.lasting,
            time=moment.market.time,
            challenges=found.facts.challenges,
            auditor=moment.options.auditor,
            gas=moment.market.gas(found.facts.task.token, moment.options.ether, AVAILABILITY_GAS),
        )
        if proposal is not None:
            yield proposal


def _is_open(delivery: Delivery, time: int) -> bool:
    return delivery.submission.state == SubmissionState.PUBLISHED and time < delivery.submission.window_end


def _manifest(found: _Found) -> ManifestFinding:
    read, manifest = found.facts, found.manifest
    if isinstance(manifest, str):
        return ManifestFinding(read.uri, read.task.parameters.terms, None, None, None, (), manifest)
    return ManifestFinding(
        uri=read.uri,
        terms=read.task.parameters.terms,
        guidelines=manifest.guidelines,
        licence=manifest.licence,
        label_schema=manifest.label_schema,
        item_uris=tuple(item.uri for item in manifest.items),
        detail="",
    )


def _set(delivery: Delivery, fetched: Fetched | None, grade: Grade) -> SetFinding:
    found = delivery.submission
    return SetFinding(
        submission=delivery.id,
        slot=delivery.slot,
        annotator=found.annotator,
        state=found.state,
        errors=found.errors,
        labels=found.labels,
        first_item=delivery.items.start,
        window_end=None if delivery.uri is None else found.window_end,
        uri=delivery.uri,
        root=None if delivery.uri is None else found.root,
        verdict=Verdict.NOT_PUBLISHED if fetched is None else fetched.verdict,
        detail="" if fetched is None else fetched.detail,
        off_schema=() if fetched is None else fetched.off_schema,
        grade=grade,
    )


def _notes(found: _Found, options: AuditOptions) -> Iterator[str]:
    if isinstance(found.manifest, str):
        yield NO_MANIFEST
    unsure = sum(not one.verdict.readable and not one.verdict.at_fault for one in found.fetched.values())
    if unsure:
        yield UNSURE.format(sets="1 label set" if unsure == 1 else f"{unsure} label sets")
    if not options.gold and not _shown(found):
        yield NO_GOLD
    if any(test.stands.opened_at for test in found.facts.tests):
        yield TESTED
    if not options.ether:
        yield NO_ETHER_PRICE
    open_ = sum(challenge.state != ChallengeState.SETTLED for challenge in found.facts.challenges)
    if open_:
        yield f"{open_} challenges are not settled yet."
