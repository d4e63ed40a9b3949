"""What a draft becomes: the manifest, put into the store, and the plan of its test, kept in private."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from goldleaf import Deployment, Manifest, errors, testing
from goldleaf.canonical import Json
from goldleaf_tools.manifests import MOST_GUIDELINES

from ..files import Files
from ..refusals import Refused
from . import designs, known, schemas, terms
from .drafts import Draft, Drafts

LONGEST_LICENCE = 200


@dataclass(frozen=True, slots=True)
class Text:
    """What annotators read and what may be done with their labels."""

    guidelines: str
    licence: str


def read_text(typed: Mapping[str, str]) -> Text:
    """Guidelines and licence. Raises `Refused`, by field."""
    guidelines, licence = typed.get("guidelines", "").strip(), typed.get("licence", "").strip()
    wrong = {}
    if not guidelines:
        wrong["guidelines"] = "Say how items are to be labelled: annotators and jurors see nothing else."
    elif len(guidelines.encode(errors="replace")) > MOST_GUIDELINES:
        wrong["guidelines"] = f"Guidelines have at most {MOST_GUIDELINES:,} bytes."
    if not licence:
        wrong["licence"] = "Say what may be done with the labels, such as CC-BY-4.0."
    elif len(licence) > LONGEST_LICENCE:
        wrong["licence"] = f"Name a licence in at most {LONGEST_LICENCE} characters, or link to it."
    if wrong:
        raise Refused(**wrong)
    return Text(guidelines, licence)


def has_test(draft: Draft) -> bool:
    """Whether the draft's labels are to be tested."""
    return bool(draft.known) and draft.of("test").get("use") == "yes"


def read_test(draft: Draft, answers: Mapping[int, Json], schema: Json) -> designs.Typed:
    """The draft's test. Raises `Refused`, by field of the step; `GoldleafError` if the items make no such test."""
    size = terms.read(draft.of("terms"))["batch_size"]
    typed = designs.read(draft.of("test"), known.classes(answers, schema), size)
    # Whether there are enough known answers for it is told here, before a manifest is made.
    testing.arrange(answers, items=draft.items, batch_size=size, terms=typed.terms, share=typed.share)
    return typed


def prepare(drafts: Drafts, draft: Draft, files: Files) -> Manifest:
    """The manifest of a draft, in the store; the same one until something is changed.

    Raises `Refused` for a step that is not right, `ManifestError`, `AnswersInManifest`, `StoreError`, and what
    `read_test` does.
    """
    if draft.terms:
        digest = bytes.fromhex(draft.terms)
        return Manifest.from_bytes(files.get(draft.uri, digest), digest)
    text, schema = read_text(draft.of("guidelines")), schemas.build(draft.of("labels"))
    items = drafts.items()
    if not items:
        raise Refused("There are no items yet.")
    shared: dict[str, Any] = {
        "guidelines": text.guidelines,
        "label_schema": schema,
        "licence": text.licence,
    }
    plan = None
    if has_test(draft):
        answers = drafts.known()
        typed = read_test(draft, answers, schema)
        size = terms.read(draft.of("terms"))["batch_size"]
        plan = testing.arrange(answers, items=len(items), batch_size=size, terms=typed.terms, share=typed.share)
        order = list(plan.order)
        manifest = plan.manifest(items=[one.item for one in items], **shared)
    else:
        order = list(range(len(items)))
        if draft.of("items").get("shuffle"):
            secrets.SystemRandom().shuffle(order)
        manifest = Manifest(items=[items[number].item for number in order], **shared)
    draft.uri, draft.terms = files.put(manifest.to_bytes()), manifest.terms.hex()
    before, made = draft.typed, (draft.uri, draft.terms)

    def note(now: Draft) -> None:
        if now.typed == before:
            now.uri, now.terms = made

    if plan is not None:
        drafts.keep_plan(manifest.terms, plan)
    drafts.keep_names(manifest.terms, [items[number].name for number in order])
    drafts.edit(note)
    return manifest


def arguments(draft: Draft, manifest: Manifest, deployment: Deployment) -> dict[str, Any]:
    """What `client.tasks.open` is given for a draft. Raises `Refused`; `DeploymentError` if nobody tests here."""
    found = {"terms": manifest, "uri": draft.uri, **terms.read(draft.of("terms"))}
    return found if manifest.test is None else {**found, "grader": deployment.address("GoldTest")}


def problem(error: errors.GoldleafError) -> str:
    """An error in a sentence, with what to do."""
    return " ".join(part for part in (error.sentence(), error.advice) if part)
