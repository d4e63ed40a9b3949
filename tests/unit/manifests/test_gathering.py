"""Items out of folders and tables: what is taken, in which order, and what is refused by name and line."""

import os
from pathlib import Path

import pytest

from goldleaf.encoding import keccak256
from goldleaf.errors import ManifestError
from goldleaf.stores import Reader, Store
from goldleaf_tools.manifests import Found, from_folder, from_table, without_repeats

PNG = b"\x89PNG\r\n\x1a\n\x00\xff"


def put(folder: Path, files: dict[str, bytes]) -> Path:
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def refused(folder: Path, **options: int) -> str:
    with pytest.raises(ManifestError) as error:
        from_folder(folder, **options)
    return error.value.detail


def table(folder: Path, content: str | bytes, store: Store | None = None, **options: str) -> list[Found]:
    path = folder / "items.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    reader = Reader(*([] if store is None else [store]))
    return from_table(path, reader.get, **options)


def test_from_folder__files_in_folders__are_items_by_their_paths(tmp_path: Path) -> None:
    put(tmp_path, {"b/1.png": PNG, "a.txt": "é".encode(), "b/0.bin": b"\x00", ".hidden": b"x", ".git/x": b"x"})
    found = from_folder(tmp_path)
    assert [(one.id, one.size) for one in found] == [("a.txt", 2), ("b/0.bin", 1), ("b/1.png", 10)]
    assert [one.keccak256 for one in found] == [keccak256(data) for data in ("é".encode(), b"\x00", PNG)]
    assert found[2].read is not None and found[2].read() == PNG
    (tmp_path / "b" / "1.png").write_bytes(PNG + b"more")
    with pytest.raises(ManifestError, match="was changed meanwhile"):
        found[2].read()


def test_from_folder__links_wherever_they_lead__are_refused(tmp_path: Path) -> None:
    outside = put(tmp_path / "outside", {"secret.txt": b"secret"})
    folder = put(tmp_path / "folder", {"a.txt": b"a"})
    for target in (outside / "secret.txt", outside, folder / "a.txt", tmp_path / "nothing"):
        (folder / "link").symlink_to(target)
        assert "link is a link" in refused(folder)
        (folder / "link").unlink()


def test_from_folder__what_cannot_be_an_item__is_named(tmp_path: Path) -> None:
    assert "there is no folder" in refused(tmp_path / "none")
    assert "holds no files" in refused(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    assert "pipe is no file" in refused(tmp_path)
    (tmp_path / "pipe").unlink()
    put(tmp_path, {"a.txt": b""})
    assert "a.txt is empty" in refused(tmp_path)
    put(tmp_path, {"a.txt": b"12345"})
    assert "a.txt is longer than 4 bytes" in refused(tmp_path, max_bytes=4)
    put(tmp_path, {"a.txt": b"good\nna\xefve\n"})
    assert "a.txt, line 2: not UTF-8" in refused(tmp_path) and "latin1" in refused(tmp_path)
    put(tmp_path, {"a.txt": "x".encode("utf-16")})
    assert "utf-16" in refused(tmp_path)


def test_from_folder__more_than_a_manifest_holds__is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("goldleaf_tools.manifests.gathering.MOST_ITEMS", 2)
    put(tmp_path, {f"{n}.txt": b"%d" % n for n in range(3)})
    assert "more than 2 files" in refused(tmp_path)
    with pytest.raises(ManifestError, match="line 4: more than 2 items"):
        table(tmp_path, "text\na\nb\nc\n")


def test_from_table__texts__are_items(tmp_path: Path) -> None:
    found = table(tmp_path, 'id,text\nx,"two\nlines"\n\n,=1+1\n')
    assert [(one.id, one.place, one.read and one.read()) for one in found] == [
        ("x", "items.csv, line 2", b"two\nlines"),
        ("", "items.csv, line 5", b"=1+1"),
    ]
    assert [one.size for one in table(tmp_path, "id;text\n1;a,b\n", delimiter=";")] == [3]


def test_from_table__paths__are_of_files_beside_it(tmp_path: Path) -> None:
    folder = put(tmp_path / "in", {"p/1.png": PNG})
    found = table(folder, "path\np/1.png\n")
    assert [(one.id, one.keccak256) for one in found] == [("p/1.png", keccak256(PNG))]
    put(tmp_path, {"out.txt": b"secret"})
    (folder / "link").symlink_to(tmp_path)
    (folder / "file").symlink_to(folder / "p" / "1.png")
    for name in ("../out.txt", str(tmp_path / "out.txt"), "link/out.txt", "p/../../out.txt", ""):
        with pytest.raises(ManifestError, match=r"items.csv, line 2: .* does not lie in the folder"):
            table(folder, f"id,path\n1,{name}\n")
    for name in ("nothing", "p", "file"):
        with pytest.raises(ManifestError, match="cannot be read|is no file"):
            table(folder, f"path\n{name}\n")


def test_from_table__uris__are_read_and_held_against_their_hash(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    uri = store.put(b"content")
    [one] = table(tmp_path, f"id,uri\n7,{uri}\n", store)
    assert (one.id, one.uri, one.keccak256, one.read) == ("7", uri, keccak256(b"content"), None)
    [one] = table(tmp_path, f"uri,keccak256\n{uri},0x{keccak256(b'content').hex()}\n", store)
    assert one.keccak256 == keccak256(b"content")
    for line, why in (
        (f"{uri},{'11' * 32}", "keccak-256 of"),
        (f"{uri},0x11", "no keccak-256"),
        (f"{uri},so", "no keccak-256"),
        (f",{'11' * 32}", "the URI is empty"),
        ("https://example.org/1,", "add a column 'keccak256'"),
        ("file:///etc/passwd,", "add a column 'keccak256'|none of the stores"),
        (f"file:///etc/passwd,{'11' * 32}", "none of the stores"),
    ):
        with pytest.raises(ManifestError, match=f"items.csv, line 2: .*({why})"):
            table(tmp_path, f"uri,keccak256\n{line}\n", store)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "the file is empty"),
        (b"text\n", "lists no items"),
        (b"id,name\n1,a\n", "line 1: one column says what an item is"),
        (b"text,uri\n1,a\n", "line 1: one column says what an item is"),
        (b"text,answer\n1,a\n", "line 1: column 'answer' is none of"),
        (b"text,text\n1,a\n", "line 1: column 'text' is repeated"),
        (b"id,text\n1\n", "line 2: 1 cells, but 2 columns"),
        (b"text\na\n  \n", "line 3: the text is empty"),
        (b'text\n"a\n', "line 2: a quotation mark is opened"),
        (b"text\na\ngro\xdf\n", "line 3: not UTF-8"),
        ("text\na\n".encode("utf-16"), "line 1: not UTF-8.*utf-16"),
    ],
)
def test_from_table__what_is_no_table_of_items__is_told_by_line(tmp_path: Path, content: bytes, why: str) -> None:
    with pytest.raises(ManifestError, match=why):
        table(tmp_path, content)


def test_without_repeats__same_content__is_refused_or_dropped(tmp_path: Path) -> None:
    found = table(tmp_path, "text\na\nb\na\na\nb\na\n")
    with pytest.raises(ManifestError) as error:
        without_repeats(found)
    assert error.value.detail.startswith("items.csv, line 4 holds the same as items.csv, line 2; ")
    assert error.value.detail.endswith(", and 1 more")
    assert [one.place for one in without_repeats(found, drop=True)] == ["items.csv, line 2", "items.csv, line 3"]
    assert without_repeats(found[:2]) == found[:2]
