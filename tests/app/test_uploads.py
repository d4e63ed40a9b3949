"""What requesters upload: items and known answers; whoever names files badly or uploads too much is told so."""

import io
from pathlib import Path

import pytest
from fastapi import UploadFile

from goldleaf import Deployment
from goldleaf.canonical import Json
from goldleaf_app.database import Database
from goldleaf_app.files import Files
from goldleaf_app.refusals import Refused
from goldleaf_app.requesting import known, uploads
from goldleaf_app.requesting.drafts import DraftItem
from goldleaf_app.settings import Settings
from goldleaf_tools.index import Index

ESCROW = "0x" + "11" * 20


@pytest.fixture
def files(tmp_path: Path) -> Files:
    settings = Settings(rpc="", deployment=tmp_path / "deployment.json", folder=tmp_path / "app")
    settings.folder.mkdir()
    index = Index("sqlite://", Deployment(chain_id=1, block=0, contracts={"TaskEscrow": ESCROW}))
    return Files(settings, Database(settings.database_url), index)


def upload(name: str, data: bytes | str) -> UploadFile:
    return UploadFile(io.BytesIO(data if isinstance(data, bytes) else data.encode()), filename=name)


def take(files: Files, *given: UploadFile, drop: bool = False) -> list[DraftItem]:
    return uploads.take_files(given, "files", files, drop=drop)


def test_take_files__folders_and_hidden_files__are_items_in_the_order_of_their_names(files: Files) -> None:
    given = [upload("b/2.txt", "two"), upload("b/.DS_Store", b"\0"), upload("a\\1.txt", "one")]
    found = take(files, *given)
    assert [one.name for one in found] == ["a/1.txt", "b/2.txt"]
    assert [files.get(one.uri, one.item.keccak256) for one in found] == [b"one", b"two"]


@pytest.mark.parametrize("name", ["../up.txt", "/etc/passwd", "a/../../b", "..\\up", "a\nb", "a\0b", "a/" * 30 + "b"])
def test_take_files__name_that_leads_elsewhere__is_refused_and_nothing_is_written(
    files: Files, tmp_path: Path, name: str
) -> None:
    before = set(tmp_path.rglob("*"))
    with pytest.raises(Refused) as refused:
        take(files, upload(name, "text"))
    assert "is no name for a file" in refused.value.fields["files"]
    assert set(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ([upload("a.txt", "one"), upload("a.txt", "two")], "Two files are called a.txt"),
        ([upload("a.txt", "one"), upload("b.txt", "one")], "b.txt holds the same as a.txt"),
        ([upload("a.txt", "")], "a.txt is empty"),
        ([upload("a.txt", b"\xff")], "a.txt, line 1: not UTF-8"),
        ([upload(".hidden", "one")], "The upload holds no files"),
        ([upload("a" * 300, "one")], "name too long"),
    ],
)
def test_take_files__what_is_no_item__is_told_by_name(files: Files, given: list[UploadFile], words: str) -> None:
    for each in given:
        each.file.seek(0)
    with pytest.raises(Refused) as refused:
        take(files, *given)
    assert words.lower() in refused.value.fields["files"].lower()


def test_take_files__same_content_dropped__keeps_the_first(files: Files) -> None:
    found = take(files, upload("a.txt", "one"), upload("b.txt", "one"), drop=True)
    assert [one.name for one in found] == ["a.txt"]


def test_take_files__too_much__is_refused(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MOST_UPLOADED", 2**20)
    with pytest.raises(Refused) as refused:
        take(files, upload("a", bytes(2**19)), upload("b", bytes(2**19 + 1)))
    assert refused.value.fields == {"files": "Upload at most 1 MiB at once."}
    for length in (None, "", "many", str(2**21 + 1)):
        with pytest.raises(Refused):
            uploads.check_size(length, "files")
    uploads.check_size(str(2**21), "files")


def test_take_table__uris__are_read_up_to_a_bound(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    uris = [files.put(text) for text in (b"one", b"two", b"three")]
    table = "uri\n" + "\n".join(uris)
    found = uploads.take_table(upload("items.csv", table), "table", files, drop=False)
    assert [one.uri for one in found] == uris
    monkeypatch.setattr(uploads, "MOST_FETCHED", 2)
    with pytest.raises(Refused) as refused:
        uploads.take_table(upload("items.csv", table), "table", files, drop=False)
    assert refused.value.fields["table"].startswith("items.csv, line 4: a table here may name 2 URIs at most")


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("items.xlsx", "text\none", "its name has to end in .csv or .tsv"),
        ("items.csv", "texts\none", "items.csv, line 1: one column says what an item is"),
        ("items.csv", "path\n/etc/passwd", "items.csv, line 2: '/etc/passwd' does not lie in the folder"),
        ("items.csv", "uri\nfile:///etc/passwd", "items.csv, line 2"),
        ("items.csv", 'text\n"one', "items.csv, line 2: a quotation mark is opened here and never closed"),
    ],
)
def test_take_table__bad_line__is_told_by_file_and_line(files: Files, name: str, text: str, words: str) -> None:
    with pytest.raises(Refused) as refused:
        uploads.take_table(upload(name, text), "table", files, drop=False)
    assert words in refused.value.fields["table"]


# ---------------------------------------------------------------- known answers

SCHEMA: Json = {"enum": ["cat", "dog"]}
NAMES = ["a.png", "b.png", "c.png"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("known.csv", "item,label\n0,cat\n\n2,dog\n"),
        ("known.csv", "who,id,label\nme,a.png,cat\nme,b.png,\nme,c.png,dog\n"),
        ("known.tsv", "id\tlabel\na.png\tcat\nc.png\tdog\n"),
        ("known.jsonl", '{"item": 0, "label": "cat"}\n{"item": 2, "label": "dog"}\n'),
    ],
)
def test_known__by_number_or_by_name__are_read(name: str, text: str) -> None:
    found = known.read(upload(name, text), NAMES, SCHEMA)
    assert found == {0: "cat", 2: "dog"}
    assert known.counted(found, SCHEMA) == [("cat", 1), ("dog", 1)]


def test_known__truth__is_read_by_the_schema() -> None:
    found = known.read(upload("known.csv", "item,label\n0,true\n1,false\n"), NAMES, {"type": "boolean"})
    assert found == {0: True, 1: False}
    assert known.counted(found, {"type": "boolean"}) == [("yes", 1), ("no", 1)]


@pytest.mark.parametrize(
    ("names", "text", "words"),
    [
        (NAMES, "item,label\n0,cat\n3,dog\n", "line 3: item 3 is none of the 3 items"),
        (NAMES, "item,label\n0,cat\n0,dog\n", "line 3: item 0 has a label already"),
        (NAMES, "item,label\n0,bird\n", "line 2: item 0: 'bird' is not one of"),
        (NAMES, "id,label\na.png,cat\nd.png,dog\n", "line 3: no item is called 'd.png'"),
        (["a", "a"], "id,label\na,cat\n", "line 2: several items are called 'a'"),
        (NAMES, "id,label\na.png,cat,more\n", "line 2: 3 cells, but 2 columns"),
        (NAMES, "item,label\n", "there are no answers in it"),
    ],
)
def test_known__bad_line__is_told_by_file_and_line(names: list[str], text: str, words: str) -> None:
    with pytest.raises(Refused) as refused:
        known.read(upload("known.csv", text), names, SCHEMA)
    assert f"known.csv: {words}" in refused.value.fields["known"]


def test_uploads__of_an_account_and_of_all_in_a_day__are_bounded(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'app.db'}")
    limits = {"per_user": 100, "per_day": 250}
    assert database.count_upload("0xa", 100, **limits)
    assert not database.count_upload("0xa", 1, **limits)
    assert database.count_upload("0xb", 60, **limits) and database.count_upload("0xb", 40, **limits)
    # Accounts cost nothing: so many of them get no more together.
    assert not database.count_upload("0xc", 51, **limits)
    assert database.count_upload("0xc", 50, **limits)
