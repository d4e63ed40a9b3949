import base64
import hashlib
import json
import os
import re
import tracemalloc
from collections.abc import Iterator
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto.moto_server.threaded_moto_server import ThreadedMotoServer

from goldleaf import Item, LabelSet, Manifest, digest
from goldleaf._http import is_public
from goldleaf.errors import (
    ArgumentError,
    ContentMismatch,
    ContentMissing,
    ContentTooLarge,
    ForeignUri,
    ManifestError,
    OutsideStore,
    StoreUnreachable,
    Unverifiable,
)
from goldleaf.stores import MAX_BLOCK_BYTES, Reader, Store

# The kinds of stores are few, and a server each is not cheap.
pytestmark = pytest.mark.xdist_group("stores")

DATA = b"labels"
NAME = digest(DATA).hex()
CREDENTIALS = {"key": "testing", "secret": "s3cret-of-the-test", "client_kwargs": {"region_name": "eu-central-1"}}


def cid_of(data: bytes, codec: int = 0x55) -> str:
    """Version 1, a codec, sha2-256 of 32 bytes, in base32."""
    raw = bytes([1, codec, 0x12, 0x20]) + hashlib.sha256(data).digest()
    return "b" + base64.b32encode(raw).decode().lower().rstrip("=")


class Gateway(ThreadingHTTPServer):
    """A folder that speaks the protocols of IPFS gateways and of Kubo's RPC API, and what else hosts may do."""

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.folder = folder
        self.asked: list[tuple[str, str | None]] = []
        # Path -> what is answered instead.
        self.odd: dict[str, Any] = {}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    server: Gateway

    def do_GET(self) -> None:
        self.server.asked.append((self.path, self.headers["Accept"]))
        odd = self.server.odd.get(self.path)
        if odd == "endless":
            self.send_response(200)
            self.end_headers()
            try:
                while True:
                    self.wfile.write(b"x" * 65_536)
            except OSError:
                return
        if isinstance(odd, str):
            self.send_response(302)
            self.send_header("Location", odd)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        path = self.server.folder / Path(self.path).name
        status = odd if isinstance(odd, int) else 200 if isinstance(odd, bytes) or path.is_file() else 404
        self.answer(status, odd if isinstance(odd, bytes) else path.read_bytes() if status == 200 else b"")

    def do_POST(self) -> None:
        self.server.asked.append((self.path, None))
        head = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode()
        [part] = BytesParser().parsebytes(head + self.rfile.read(int(self.headers["Content-Length"]))).get_payload()
        data = part.get_payload(decode=True)
        settings = parse_qs(urlsplit(self.path).query)
        assert settings["raw-leaves"] == ["true"] and settings["chunker"] == [f"size-{MAX_BLOCK_BYTES}"]
        name = self.server.odd.get("added") or cid_of(data)
        (self.server.folder / name).write_bytes(data)
        self.answer(200, json.dumps({"Name": "file", "Hash": name, "Size": str(len(data))}).encode() + b"\n")

    def answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Gateway]:
    folder = tmp_path / "ipfs"
    folder.mkdir()
    with Gateway(folder) as server:
        Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture(scope="module")
def s3() -> Iterator[dict[str, Any]]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    options = {**CREDENTIALS, "endpoint_url": f"http://{host}:{port}"}
    import s3fs

    fs = s3fs.S3FileSystem(**options)
    fs.mkdir("labels")
    fs.mkdir("others")
    fs.pipe_file(f"others/{NAME}", DATA)
    yield options
    server.stop()


@pytest.fixture(params=["file", "memory", "s3", "ipfs"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    if request.param == "s3":
        return Store("s3://labels/task-1", **request.getfixturevalue("s3"))
    if request.param == "ipfs":
        gateway = request.getfixturevalue("gateway")
        return Store("ipfs://", gateway=gateway.url, api=gateway.url)
    return Store(tmp_path / "a folder") if request.param == "file" else Store("memory://labels")


# ------------------------------------------------------------ every kind


def test_put__any_store__is_read_back_and_changes_nothing_when_done_again(store: Store) -> None:
    uri = store.put(DATA)
    assert store.put(DATA) == store.uri(DATA) == uri
    assert store.holds(uri)
    assert store.get(uri) == store.get(uri, keccak256=digest(DATA)) == DATA


def test_get__nothing_there__is_missing(store: Store) -> None:
    with pytest.raises(ContentMissing):
        store.get(store.uri(b"never put"))


def test_get__other_hash__is_a_mismatch(store: Store) -> None:
    with pytest.raises(ContentMismatch, match="asked for was 0x" + "11" * 32):
        store.get(store.put(DATA), keccak256=b"\x11" * 32)


@pytest.mark.parametrize(
    "rest",
    [
        "",
        ".",
        "..",
        "../x",
        "a/../../x",
        "/etc/passwd",
        "%2e%2e/x",
        "%2e%2e%2fx",
        "a//b",
        "a\\..\\b",
        "a\x00b",
        "a?b",
        "a#b",
        "~",
        "a/.hidden",
        "a b",
        "a:b",
        "a/",
        "-x",
        "a\n",
    ],
)
def test_get__path_that_could_lead_out__refused(store: Store, rest: str) -> None:
    base = store.uri(DATA).rpartition("/")[0] + "/"
    with pytest.raises(OutsideStore):
        store.get(base + rest, keccak256=digest(DATA))
    assert not store.holds(base + rest)


@pytest.mark.parametrize(
    "uri",
    [
        "file:///etc/passwd",
        f"s3://others/{NAME}",
        f"s3://labels/{NAME}",
        f"s3://labels/task-12/{NAME}",
        "/etc/passwd",
        f"https://labels.example/{NAME}",
        f"memory://label/{NAME}",
        NAME,
        "",
        f"ipfs:///{NAME}",
        "ipns://example.org",
    ],
)
def test_get__other_place__refused(store: Store, uri: str) -> None:
    with pytest.raises(OutsideStore):
        store.get(uri, keccak256=digest(DATA))


def test_put__larger_than_allowed__refused(store: Store) -> None:
    store.max_bytes = 5
    with pytest.raises(ContentTooLarge, match="6 bytes, must be at most 5 bytes"):
        store.put(DATA)


def test_get__larger_than_allowed__refused(store: Store) -> None:
    uri = store.put(DATA)
    store.max_bytes = 6
    assert store.get(uri) == DATA
    store.max_bytes = 5
    with pytest.raises(ContentTooLarge):
        store.get(uri)


# ------------------------------------------------------------ folders


@given(st.binary(max_size=300))
def test_folder__any_content__is_named_after_its_hash(tmp_path: Path, data: bytes) -> None:
    store = Store(tmp_path)
    assert store.put(data) == (tmp_path / digest(data).hex()).as_uri()
    assert store.get(store.uri(data)) == data


def test_folder__changed_file__is_a_mismatch(tmp_path: Path) -> None:
    store = Store(tmp_path)
    uri = store.put(DATA)
    (tmp_path / NAME).write_bytes(b"lables")
    with pytest.raises(ContentMismatch, match="something else than its name says"):
        store.get(uri)
    assert store.get(store.put(DATA)) == DATA


def test_folder__file_of_another_name__is_read_with_its_hash_alone(tmp_path: Path) -> None:
    (tmp_path / "scans").mkdir()
    (tmp_path / "scans" / "scan-1.png").write_bytes(DATA)
    store = Store(tmp_path)
    uri = f"{tmp_path.as_uri()}/scans/scan-1.png"
    assert store.get(uri, keccak256=digest(DATA)) == DATA
    with pytest.raises(Unverifiable):
        store.get(uri)


def test_folder__links_pipes_and_folders__refused(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(DATA)
    inside = tmp_path / "store"
    inside.mkdir()
    (inside / NAME).symlink_to(tmp_path / "secret")
    (inside / "out").symlink_to(tmp_path)
    os.mkfifo(inside / "pipe")
    (inside / "folder").mkdir()
    store = Store(inside)
    for name in (NAME, "out/secret"):
        with pytest.raises(OutsideStore, match="is a link"):
            store.get(f"{inside.as_uri()}/{name}", keccak256=digest(DATA))
    for name in ("pipe", "folder"):
        with pytest.raises(ContentMissing, match="is no file"):
            store.get(f"{inside.as_uri()}/{name}", keccak256=digest(DATA))


def test_folder__write_that_fails__leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / NAME).mkdir()
    with pytest.raises(StoreUnreachable):
        Store(tmp_path).put(DATA)
    assert [path.name for path in tmp_path.iterdir()] == [NAME]


def test_public__prefix__is_what_uris_begin_with(tmp_path: Path) -> None:
    store = Store(tmp_path, public="https://labels.example/task")
    assert store.put(DATA) == f"https://labels.example/task/{NAME}"
    assert store.get(f"https://labels.example/task/{NAME}") == store.get((tmp_path / NAME).as_uri()) == DATA
    assert Store(tmp_path, public="keccak256:").put(DATA) == f"keccak256:{NAME}"


@pytest.mark.parametrize(
    ("url", "options"),
    [("nowhere://x", {}), ("sftp://user:password@host/x", {}), ("ipfs://", {}), ("ipfs://", {"token": 1})],
)
def test_store__that_cannot_be__refused(url: str, options: dict[str, Any]) -> None:
    with pytest.raises(ArgumentError) as caught:
        Store(url, **options)
    assert "password@" not in str(caught.value)


# ------------------------------------------------------------ S3


def test_s3__credentials__are_not_shown(s3: dict[str, Any]) -> None:
    store = Store("s3://labels/task-1", **s3)
    wrong = Store("s3://no-such-bucket", **s3)
    with pytest.raises((ContentMissing, StoreUnreachable)) as caught:
        wrong.get(wrong.uri(DATA))
    for text in (repr(store), str(caught.value), store.put(DATA)):
        assert s3["secret"] not in text and s3["key"] not in text


def test_s3__no_such_server__is_unreachable() -> None:
    options = {**CREDENTIALS, "endpoint_url": "http://127.0.0.1:9", "config_kwargs": {"retries": {"max_attempts": 0}}}
    store = Store("s3://labels", **options)
    with pytest.raises(StoreUnreachable):
        store.get(store.uri(DATA))


# ------------------------------------------------------------ IPFS


def test_ipfs__content__is_named_by_its_cid(gateway: Gateway) -> None:
    store = Store("ipfs://", gateway=gateway.url + "/", api=gateway.url)
    assert store.put(DATA) == f"ipfs://{cid_of(DATA)}"
    assert store.get(f"ipfs://{cid_of(DATA)}") == DATA
    assert gateway.asked[-1] == (f"/ipfs/{cid_of(DATA)}", "application/vnd.ipld.raw")


@pytest.mark.parametrize(
    ("odd", "error"),
    [
        (b"other", ContentMismatch),
        (b"", ContentMismatch),
        ("endless", ContentTooLarge),
        (500, StoreUnreachable),
        (404, ContentMissing),
        (410, ContentMissing),
        (204, StoreUnreachable),
        ("/ipfs/self", StoreUnreachable),
        ("https://localhost/x", ForeignUri),
        ("http://labels.example/x", ForeignUri),
        ("ftp://x/y", ForeignUri),
    ],
)
def test_ipfs__gateway_that_misbehaves__gets_nowhere(gateway: Gateway, odd: Any, error: type[Exception]) -> None:
    gateway.odd[f"/ipfs/{cid_of(DATA)}"] = odd
    gateway.odd["/ipfs/self"] = "/ipfs/self"
    store = Store("ipfs://", gateway=gateway.url, max_bytes=2**20)
    tracemalloc.start()
    with pytest.raises(error):
        store.get(f"ipfs://{cid_of(DATA)}")
    assert tracemalloc.get_traced_memory()[1] < 16 * 2**20
    tracemalloc.stop()


def test_ipfs__silent_gateway__times_out(gateway: Gateway) -> None:
    gateway.odd[f"/ipfs/{cid_of(DATA)}"] = "endless"
    store = Store("ipfs://", gateway=gateway.url, max_bytes=2**40, timeout=0.5)
    with pytest.raises(StoreUnreachable, match="Timeout"):
        store.get(f"ipfs://{cid_of(DATA)}")


def test_ipfs__tree_of_blocks__is_read_with_its_hash_alone(gateway: Gateway) -> None:
    for cid in (cid_of(DATA, codec=0x70), "QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWKPbdG"):
        (gateway.folder / cid).write_bytes(DATA)
        store = Store("ipfs://", gateway=gateway.url)
        assert store.get(f"ipfs://{cid}", keccak256=digest(DATA)) == DATA
        with pytest.raises(Unverifiable):
            store.get(f"ipfs://{cid}")


def test_ipfs__other_cid_than_asked_for__is_no_success(gateway: Gateway) -> None:
    gateway.odd["added"] = cid_of(b"other")
    with pytest.raises(StoreUnreachable, match="instead of"):
        Store("ipfs://", api=gateway.url).put(DATA)


def test_ipfs__more_than_a_block_or_one_way_only__refused(gateway: Gateway) -> None:
    with pytest.raises(ContentTooLarge, match="must be at most 1048576"):
        Store("ipfs://", api=gateway.url).put(bytes(MAX_BLOCK_BYTES + 1))
    with pytest.raises(ArgumentError, match="`api=`"):
        Store("ipfs://", gateway=gateway.url).put(DATA)
    with pytest.raises(ArgumentError, match="`gateway=`"):
        Store("ipfs://", api=gateway.url).get(f"ipfs://{cid_of(DATA)}")


# ------------------------------------------------------------ what others name


def test_reader__stores_gateway_and_named_hosts__are_read(tmp_path: Path, gateway: Gateway) -> None:
    (gateway.folder / cid_of(DATA)).write_bytes(DATA)
    folder = Store(tmp_path / "store")
    reader = Reader(folder, gateway=gateway.url, hosts=["127.0.0.1"])
    assert reader.get(folder.put(DATA)) == DATA
    assert reader.get(f"ipfs://{cid_of(DATA)}") == DATA
    assert reader.get(f"{gateway.url}/{cid_of(DATA)}", keccak256=digest(DATA)) == DATA
    with pytest.raises(Unverifiable):
        reader.get(f"{gateway.url}/{cid_of(DATA)}")
    with pytest.raises(ContentMismatch):
        reader.get(f"{gateway.url}/{cid_of(DATA)}", keccak256=digest(b""))


@pytest.mark.parametrize(
    "uri",
    [
        "file:///etc/passwd",
        "/etc/passwd",
        "../x",
        "",
        "ftp://x/y",
        f"s3://others/{NAME}",
        "data:,x",
        "ipfs://bafy",
        "http://labels.example/x",
        "https://127.0.0.1/x",
        "https://localhost/x",
        "https://10.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://169.254.169.254/latest",
        "https://0.0.0.0/",
        "https://[fe80::1%25lo]/",
        "https:///x",
        "https://",
        "HTTPS://LOCALHOST/x",
        "file://localhost/etc/passwd",
        "https://127.0.0.1:99999/",
    ],
)
def test_reader__place_that_nobody_should_ask__is_foreign(tmp_path: Path, uri: str) -> None:
    reader = Reader(Store(tmp_path))
    with pytest.raises(ForeignUri):
        reader.get(uri, keccak256=digest(DATA))


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("1.1.1.1", True),
        ("2606:4700::1111", True),
        ("127.0.0.1", False),
        ("192.168.1.1", False),
        ("100.64.0.1", False),
        ("::1", False),
        ("fd00::1", False),
        ("::ffff:10.0.0.1", False),
        ("2002:7f00:1::", False),
        ("224.0.0.1", False),
    ],
)
def test_is_public__address__is_of_the_internet_or_not(address: str, public: bool) -> None:
    assert is_public(address) is public


def test_reader__redirect_of_a_stranger__is_checked(gateway: Gateway) -> None:
    gateway.odd["/x"] = gateway.url.replace("127.0.0.1", "localhost") + "/y"
    with pytest.raises(ForeignUri, match="only https"):
        Reader(hosts=["127.0.0.1"]).get(f"{gateway.url}/x", keccak256=digest(DATA))
    assert [path for path, _ in gateway.asked] == ["/x"]


def test_manifest__by_its_terms__is_the_task_s(tmp_path: Path) -> None:
    manifest = Manifest("Look.", {"type": "boolean"}, [Item.of("ipfs://scan", b"pixels")], "CC0-1.0")
    store = Store(tmp_path)
    uri = store.put(manifest.to_bytes())
    assert Reader(store).manifest(uri, manifest.terms) == manifest
    with pytest.raises(ContentMismatch):
        Reader(store).manifest(uri, b"\x11" * 32)
    with pytest.raises(ManifestError):
        Reader(store).manifest(store.put(DATA), digest(DATA))


def test_labels__by_their_root__are_the_submission_s(tmp_path: Path) -> None:
    labels, others = LabelSet([1, 2, 3], first=6), LabelSet([1, 2, 4], first=6)
    store = Store(tmp_path)
    reader = Reader(store)
    # A name that says nothing will do, for the root does.
    (tmp_path / "labels.jsonl").write_bytes(labels.to_bytes())
    assert reader.labels(f"{tmp_path.as_uri()}/labels.jsonl", labels.root, labels.items) == labels
    for content, items in ((others.to_bytes(), labels.items), (labels.to_bytes(), range(3)), (DATA, labels.items)):
        with pytest.raises(ContentMismatch, match=re.escape(store.uri(content))):
            reader.labels(store.put(content), labels.root, items)
