"""`goldleaf label --interactive`: items shown one by one, labels by the keyboard, saved after each."""

import sys
from pathlib import Path

import click

from goldleaf import errors
from goldleaf.canonical import Json, to_canonical
from goldleaf.ids import split_submission
from goldleaf.labels import LabelSet, Manifest
from goldleaf.labels.readers import Reading, collect, read

from ..private_files import private_folder, read_private, write_private
from . import show
from .asking import Asker, Move
from .session import Session
from .streams import is_terminal
from .tasks import fetch_manifest

# Lines of a text that are shown.
MOST_LINES = 200


class Draft:
    """The labels of a submission that are there already, in a file that nobody else reads."""

    def __init__(self, session: Session, submission: int) -> None:
        """Raises `LabelError` if the file holds something else, `KeyfileError` if others can read it."""
        deployment = session.deployment
        folder = f"{deployment.chain_id}-{deployment.address('TaskEscrow')}-{session.account}"
        task, slot = split_submission(submission)
        self.path = Path(session.settings.home) / "drafts" / folder / f"{task}-{slot}.jsonl"
        try:
            rows = read([read_private(self.path)], Reading(format="jsonl"))
            self.labels: dict[int, Json] = {
                item: LabelSet.from_entries({item: entry}).value(item)
                for item, entry in collect(row.entry() for row in rows).items()
            }
        except FileNotFoundError:
            self.labels = {}

    def save(self, item: int, label: Json) -> None:
        """Takes a label, and returns when it is on the disk."""
        self.labels[item] = label
        private_folder(self.path.parent.parent)
        private_folder(self.path.parent)
        lines = (to_canonical({"item": item, "label": self.labels[item]}) + b"\n" for item in sorted(self.labels))
        write_private(self.path, b"".join(lines))


def label_by_hand(session: Session, submission: int) -> LabelSet | None:
    """The label set of a submission, when all items have a label; None: somebody has left off, and may go on later.

    Raises `UsageError` without a terminal; what fetching the manifest raises.
    """
    if session.output.as_json or not (is_terminal(sys.stdin) and is_terminal(sys.stdout)):
        raise click.UsageError("--interactive needs a terminal, and goes without --json")
    items = session.reader.submissions.items(submission)
    manifest = fetch_manifest(session, split_submission(submission)[0])
    if items.stop > len(manifest.items):
        raise errors.LabelError(
            f"item {items.stop - 1} is not one of the {len(manifest.items)} that the manifest lists"
        )
    draft = Draft(session, submission)
    labels = {item: label for item, label in draft.labels.items() if item in items}
    for line in manifest.guidelines.splitlines():
        session.output.line(line)
    asker = Asker(manifest, session.output.line)
    place = _next(items, labels, 0)
    while place is not None:
        item = items[place]
        _show(session, manifest, item, f"Item {item}: {len(labels)} of {len(items)} are labelled")
        if item in labels:
            session.output.line(f"So far: {to_canonical(labels[item]).decode()}")
        found = asker.ask()
        if found is Move.QUIT:
            name = show.submission(submission)
            session.output.line(f"{len(labels)} of {len(items)} are labelled, and saved.")
            session.output.line(f"Go on with `goldleaf label {name} --interactive`.")
            return None
        if found is Move.BACK:
            place = max(0, place - 1)
        elif found is Move.SKIP:
            place = _next(items, labels, place + 1)
        else:
            draft.save(item, found)
            labels[item] = found
            place = _next(items, labels, place + 1)
    made = LabelSet.from_mapping(labels, items)
    manifest.check(made)
    return made


def _next(items: range, labels: dict[int, Json], start: int) -> int | None:
    """The place of the next item without a label, from `start` on and then from the beginning; None: there is none."""
    places = [*range(start, len(items)), *range(min(start, len(items)))]
    return next((place for place in places if items[place] not in labels), None)


def _show(session: Session, manifest: Manifest, item: int, title: str) -> None:
    from ..manifests import Kind, kind_of

    session.output.line("")
    session.output.line(title)
    found = manifest.items[item]
    try:
        data = session.library.get(found.uri, found.keccak256)
    except errors.StoreError as error:
        session.output.line(f"  {found.uri}")
        session.output.line(f"  It cannot be read from here: {error.detail}")
        return
    if kind_of(data) is not Kind.TEXT:
        session.output.line(f"  {found.uri}")
        return
    lines = data.decode("utf-8-sig").splitlines()
    for line in lines[:MOST_LINES]:
        session.output.line(f"  {line}")
    if len(lines) > MOST_LINES:
        session.output.line(f"  and {len(lines) - MOST_LINES} lines more: {found.uri}")
