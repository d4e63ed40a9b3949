"""How far the delivery of a batch is, for its annotator: out of drafts, of what was sealed, and of the index."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from goldleaf import LabelSet, digest, encode_label
from goldleaf.errors import GoldleafError
from goldleaf.types import GoldResult

from . import delivery, label_forms
from .delivery import Stage, Waiting
from .drafts import Draft, label_set
from .sealing import Sealed
from .works import Work


@dataclass(frozen=True, slots=True)
class Delivery:
    """What is to be done to deliver, and how far that is."""

    stage: Stage
    is_direct: bool
    labels: LabelSet | None = None  # complete
    refusal: str = ""  # of labels that are complete, and cannot be delivered
    sealed: Sealed | None = None
    waiting: Waiting | None = None
    result: GoldResult | None = None
    # Of the items that are wrong by the known answers: the known one, and the own.
    answers: Mapping[int, tuple[str, str]] = field(default_factory=dict)
    has_disputed: bool = False
    is_local: bool = False  # others cannot read the store


async def of_taken(work: Work, drafts: dict[int, Draft], now: int) -> Delivery:
    """Of a batch that is taken."""
    here, is_direct = work.here, work.of.parameters.publishes_directly
    is_local = here.files.store.uri(b"").startswith("file:")
    if now >= work.found.due_at:
        return Delivery(Stage.LATE, is_direct)
    labels = await here.query(label_set, drafts, work.items)
    if labels is None:
        return Delivery(Stage.LABEL, is_direct, is_local=is_local)
    try:
        manifest = await here.query(here.files.manifest, work.task)
        await here.query(manifest.check, labels)
    except GoldleafError as error:
        return Delivery(Stage.LABEL, is_direct, labels, error.sentence(here.tokens.amount), is_local=is_local)
    if is_direct:
        return Delivery(Stage.PUBLISH, is_direct, labels, is_local=is_local)
    sealed = await here.query(work.seals.find_labels, labels, here.files.store.uri(labels.to_bytes()))
    is_saved = sealed is not None and await here.query(work.seals.is_saved, sealed)
    return Delivery(Stage.COMMIT if is_saved else Stage.SAVE, is_direct, labels, sealed=sealed, is_local=is_local)


async def of_committed(work: Work, now: int) -> Delivery:
    """Of a batch that is committed."""
    here = work.here
    waits = await here.query(delivery.waiting, here.index, work.task, work.slot, work.of, now)
    sealed = await here.query(work.seals.find, work.found.commitment) if work.is_private else None
    result, stage = None, waits.stage
    if sealed is not None and waits.batch is not None and waits.batch.opened_at:
        result = await here.client.tests.result(work.submission, sealed.labels)
        if stage is Stage.PUBLISH and waits.batch.phase.name == "GRADED" and not result.is_passed:
            stage = Stage.FAILED
    answers = await here.query(_wrong_answers, work, sealed.labels, result) if sealed and result else {}
    disputes = await here.query(here.index.gold_disputes, work.task) if result else {}
    has_disputed = any(
        each >> 64 == work.task << 64 | work.slot % work.of.parameters.batches and of.disputer == work.found.annotator
        for each, of in disputes.items()
    )
    return Delivery(
        stage, False, sealed=sealed, waiting=waits, result=result, answers=answers, has_disputed=has_disputed
    )


def _wrong_answers(work: Work, labels: LabelSet, result: GoldResult) -> dict[int, tuple[str, str]]:
    """The known answer and the own label of each item that is wrong. Blocks."""
    here = work.here
    gold = here.index.gold(work.task, work.slot % work.of.parameters.batches)
    try:
        test = here.files.manifest(work.task).test
    except GoldleafError:
        test = None
    classes = {} if test is None else {digest(encode_label(label)): label for label in test.classes}
    known = dict(zip(gold.items, gold.answers, strict=True))
    return {
        item: (
            label_forms.show(classes[known[item]]) if known[item] in classes else "another label",
            label_forms.show(labels.value(item)),
        )
        for item in result.wrong
    }
