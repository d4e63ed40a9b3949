"""`goldleaf manifest`: what is to be labelled, out of files; and what annotators label it with."""

import json
import secrets
import shlex
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from goldleaf.canonical import Json
from goldleaf.labels import Manifest

from . import show
from .commands import Group
from .inputs import JSON_FILE, TASK
from .labelling import as_usage
from .session import Session
from .tasks import fetch_manifest, read_manifest

if TYPE_CHECKING:
    from ..manifests import Found, Kind

# How Label Studio names files in a folder that it was told of.
LOCAL_FILES = "/data/local-files/?d="


@click.group(cls=Group)
def manifest() -> None:
    """Make the manifest of a task out of files, and what Label Studio needs to have it labelled."""


@manifest.command("make")
@click.argument("source", metavar="FOLDER|FILE.csv")
@click.option("--guidelines", "text", required=True, metavar="FILE", help="What annotators and jurors go by: text.")
@click.option("--class", "classes", multiple=True, metavar="NAME", help="A label that may be given; repeat it.")
@click.option("--schema", type=JSON_FILE, help="Instead of --class: the JSON Schema of a label.")
@click.option("--licence", required=True, help="Terms of use of the labels, such as CC-BY-4.0.")
@click.option("--output", "-o", required=True, metavar="FILE", help="Write the manifest here.")
@click.option("--items", metavar="FILE", help="Write here which item is which, .csv or .jsonl: for you alone.")
@click.option("--shuffle", is_flag=True, help="Number the items by chance, and not in the order of their names.")
@click.option("--drop-duplicates", is_flag=True, help="Of items with the same content keep the first.")
@click.option("--delimiter", default=",", show_default=True, help="Between columns of CSV, such as ';'.")
@click.pass_obj
def make_(
    session: Session,
    /,
    source: str,
    text: str,
    classes: tuple[str, ...],
    schema: Json,
    licence: str,
    output: str,
    items: str | None,
    shuffle: bool,
    drop_duplicates: bool,
    delimiter: str,
) -> None:
    """Make a manifest of the files of a folder, or of what a CSV file lists.

    The items go into the store, each bound by its hash. Of a folder all files are taken, in the order of their paths,
    but for hidden ones. A CSV file has a line for each item and one of the columns `text` (the item itself), `path` (a
    file in the CSV's folder), and `uri` (with `keccak256`, its hash); and `id`, if you like. Nothing is put anywhere
    until all of it was checked.

    **What is put into the store may be read by anybody.** Names of files and ids stay with you: --items says which
    item got which number.
    """
    from ..manifests import from_folder, from_table, guidelines_of, make, without_repeats

    label_schema = _schema(classes, schema)
    guidelines = guidelines_of(text)
    store = session.store
    with session.output.busy("Looking at the items"):
        if Path(source).is_dir():
            found = from_folder(source, max_bytes=store.max_bytes)
        else:
            with as_usage():
                found = from_table(source, session.library.get, delimiter=delimiter, max_bytes=store.max_bytes)
    kept = without_repeats(found, drop=drop_duplicates)
    if shuffle:
        secrets.SystemRandom().shuffle(kept)
    else:
        _warn_of_order(session, kept, label_schema)
    with session.output.busy(f"Putting {len(kept):,} items into the store"):
        made = make(kept, store, guidelines=guidelines, label_schema=label_schema, licence=licence)
    if any(item.uri.startswith("file:") for item in made.items):
        session.output.note("items with file: URIs can be read on this computer alone: nobody elsewhere can label them")
    _write(output, made.to_bytes())
    if items is not None:
        _list_items(items, kept, made)
    size = sum(one.size for one in kept)
    value = {
        "manifest": output,
        "terms": made.terms,
        "items": len(kept),
        "bytes": size,
        "dropped": len(found) - len(kept),
        "list": items,
    }
    facts = [
        ("items", f"{len(kept):,}, {size:,} bytes"),
        ("dropped", f"{len(found) - len(kept):,} with the same content"),
        ("manifest", output),
        ("terms", "0x" + made.terms.hex()),
        ("next", f"goldleaf task open --manifest {output} --reward AMOUNT --preset NAME --deadline 14d"),
    ]
    session.output.result(value, lambda: session.output.facts(facts))


@manifest.command("label-studio")
@click.option("--manifest", "file", metavar="FILE", help="A manifest.")
@click.option("--task", "id", type=TASK, help="Instead of a manifest: a task, whose manifest is fetched.")
@click.option("--slot", type=click.IntRange(0), help="With --task: the items of one slot's batch alone.")
@click.option("--tasks", required=True, metavar="FILE", help="Write Label Studio's tasks here, .json: import it.")
@click.option("--config", "xml", required=True, metavar="FILE", help="Write its labelling configuration here, .xml.")
@click.option("--files", metavar="FOLDER", help="Put pictures and sounds that are not on the web here.")
@click.pass_obj
def label_studio(
    session: Session,
    /,
    file: str | None,
    id: int | None,
    slot: int | None,
    tasks: str,
    xml: str,
    files: str | None,
) -> None:
    """Write what Label Studio needs to have the items of a task labelled.

    Every item is fetched and held against its hash. Texts go into the tasks as they are. Pictures and sounds are named
    by their https URL; those that lie elsewhere are put into --files, of which Label Studio is told as a local storage:
    its document root has to be the folder above. What it exports as JSON is what `goldleaf commit` takes.
    """
    from ..manifests import config, fields
    from ..manifests import tasks as tasks_of

    if (file is None) == (id is None):
        raise click.UsageError("give either --manifest or --task")
    if slot is not None and id is None:
        raise click.UsageError("--slot goes with --task")
    found = fetch_manifest(session, id) if id is not None else read_manifest(str(file), as_it_is=False)
    numbers = range(len(found.items))
    if id is not None and slot is not None:
        numbers = session.reader.tasks.get(id).parameters.items_of(slot)
    kinds: set[Kind] = set()
    names = fields(found)  # before anything is fetched: whether there are controls for its labels
    with session.output.busy(f"Fetching {len(numbers):,} items"):
        _write_list(tasks, tasks_of(_noted(_shown(session, found, numbers, files), kinds)))
    [kind] = kinds
    _write(xml, config(found, kind))
    options = "".join(f" --field {shlex.quote(name)}" for name in names)
    value = {"tasks": tasks, "config": xml, "items": numbers, "kind": kind.value, "fields": names}
    facts = [
        ("items", f"{show.items(numbers)}: {kind.value}"),
        ("tasks", f"{tasks}: import it"),
        ("configuration", f"{xml}: paste it as the code of the labelling interface"),
        ("next", f"export as JSON, then: goldleaf commit TASK/SLOT EXPORT.json{options}"),
    ]
    session.output.result(value, lambda: session.output.facts(facts))


def _schema(classes: tuple[str, ...], schema: Json) -> Json:
    if bool(classes) == (schema is not None):
        raise click.UsageError("give either --class NAME, once for each, or --schema FILE")
    if not classes:
        return schema
    repeated = [name for name, count in Counter(classes).items() if count > 1]
    if repeated or len(classes) < 2:
        raise click.UsageError(f"--class {repeated[0]} is repeated" if repeated else "give two classes or more")
    return {"type": "string", "enum": list(classes)}


def _warn_of_order(session: Session, found: "list[Found]", schema: Json) -> None:
    """Warns where items of one class stand together, as in folders that are named after classes."""
    listed = schema.get("enum") if isinstance(schema, dict) else None
    names = {str(each).lower() for each in listed} if isinstance(listed, list) else set()
    told = {part.lower() for one in found for part in one.id.split("/")[:-1]} & names
    if told:
        session.output.note(
            f"items lie in folders that are named after classes, such as {min(told)}: their numbers tell the answer. "
            "Shuffle them, --shuffle"
        )


def _list_items(path: str, found: "list[Found]", made: Manifest) -> None:
    from ..export import Table
    from ..export.tables import Column
    from ..export.tables import Kind as Cell

    columns = [Column("item", Cell.WHOLE), Column("id", Cell.TEXT), Column("uri", Cell.TEXT)]
    with as_usage(), Table(path, columns) as table:
        for number, (one, item) in enumerate(zip(found, made.items, strict=True)):
            table.write((number, one.id, item.uri))


def _shown(
    session: Session, manifest: Manifest, numbers: range, files: str | None
) -> "Iterator[tuple[int, Kind, str]]":
    """What is seen of each item: the text, or where the picture or sound is."""
    from ..manifests import Kind, extension_of, kind_of

    for number in numbers:
        item = manifest.items[number]
        data = session.library.get(item.uri, item.keccak256)
        kind = kind_of(data)
        if kind is Kind.TEXT:
            yield number, kind, data.decode("utf-8-sig")
        elif kind is Kind.OTHER or item.uri.startswith("https://"):
            yield number, kind, item.uri
        elif files is None:
            raise click.UsageError(f"item {number} is not on the web: say where Label Studio finds it, --files FOLDER")
        else:
            name = f"{number}{extension_of(data)}"
            Path(files).mkdir(parents=True, exist_ok=True)
            _write(str(Path(files) / name), data)
            yield number, kind, f"{LOCAL_FILES}{Path(files).name}/{name}"


def _noted(shown: "Iterator[tuple[int, Kind, str]]", kinds: "set[Kind]") -> "Iterator[tuple[int, Kind, str]]":
    for number, kind, value in shown:
        kinds.add(kind)
        yield number, kind, value


def _write_list(path: str, values: Iterable[Json]) -> None:
    """A list as JSON, an element a line: never all of it in memory, and whole or not at all."""
    draft = Path(path).with_name(f".{Path(path).name}.{secrets.token_hex(8)}")
    try:
        with draft.open("w", encoding="ascii") as file:
            for number, value in enumerate(values):
                file.write(("[\n" if not number else ",\n") + json.dumps(value))
            file.write("\n]\n")
        draft.replace(path)
    except OSError as error:
        raise click.UsageError(f"{path}: {error.strerror}") from error
    finally:
        draft.unlink(missing_ok=True)


def _write(path: str, data: bytes) -> None:
    try:
        Path(path).write_bytes(data)
    except OSError as error:
        raise click.UsageError(f"{path}: {error.strerror}") from error
