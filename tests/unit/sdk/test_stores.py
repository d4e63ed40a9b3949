import gzip
import os
import re
import time
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto.moto_server.threaded_moto_server import ThreadedMotoServer

from goldleaf import Item, LabelSet, Manifest, digest
from goldleaf.errors import (
    ArgumentError,
    ContentCorrupt,
    ContentMismatch,
    ContentMissing,
    ContentTooLarge,
    ForeignUri,
    ManifestError,
    OutsideStore,
    StoreUnreachable,
    Unverifiable,
)
from goldleaf.stores import MAX_BLOCK_BYTES, Reader, Store, _http
from goldleaf.stores._http import is_public
from tests.gateway import PAGE, Gateway, Reply, cid_of, serving

# The kinds of stores are few, and a server each is not cheap.
pytestmark = pytest.mark.xdist_group("stores")

DATA = b"labels"
NAME = digest(DATA).hex()
CREDENTIALS = {"key": "testing", "secret": "s3cret-of-the-test", "client_kwargs": {"region_name": "eu-central-1"}}


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Gateway]:
    with serving(tmp_path / "ipfs") as server:
        yield server


@pytest.fixture
def second(tmp_path: Path) -> Iterator[Gateway]:
    """Another gateway, with other files."""
    with serving(tmp_path / "second") as server:
        yield server


@pytest.fixture
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_http, "_PAUSES", (0.0, 0.0, 0.0))


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


@pytest.mark.usefixtures("no_pause")
@pytest.mark.parametrize(
    ("odd", "error"),
    [
        (b"other", ContentCorrupt),
        (b"", ContentCorrupt),
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


@pytest.mark.parametrize("ending", ["", "/", "//", "/ipfs", "/ipfs/", "/ipfs//"])
def test_ipfs__address_of_the_gateway__with_and_without_its_path(gateway: Gateway, ending: str) -> None:
    (gateway.folder / cid_of(DATA)).write_bytes(DATA)
    assert Store("ipfs://", gateway=gateway.url + ending).get(f"ipfs://{cid_of(DATA)}") == DATA
    assert gateway.asked[-1][0] == f"/ipfs/{cid_of(DATA)}"


@pytest.mark.parametrize("address", ["https://ipfs.example?token=1", "https://ipfs.example/#x"])
def test_ipfs__address_that_goes_on__refused(address: str) -> None:
    with pytest.raises(ArgumentError, match="ends with its host or a path"):
        Store("ipfs://", gateway=address)


@pytest.mark.parametrize("address", ["ipfs.example", "ftp://ipfs.example", "https://", "https://["])
def test_ipfs__no_address__refused(address: str) -> None:
    with pytest.raises(ForeignUri):
        Reader(gateway=address)


@pytest.mark.usefixtures("no_pause")
@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_get__failure_that_passes__asked_again(gateway: Gateway, status: int) -> None:
    gateway.odd[f"/ipfs/{cid_of(DATA)}"] = [status, status, Reply(status, headers={"Retry-After": "0"}), DATA]
    assert Store("ipfs://", gateway=gateway.url).get(f"ipfs://{cid_of(DATA)}") == DATA
    assert len(gateway.asked) == 4


@pytest.mark.usefixtures("no_pause")
def test_get__connection_cut_in_the_middle__asked_again(gateway: Gateway) -> None:
    gateway.odd[f"/ipfs/{cid_of(DATA)}"] = [Reply(body=DATA[:3], headers={"Content-Length": "6"}), DATA]
    assert Store("ipfs://", gateway=gateway.url).get(f"ipfs://{cid_of(DATA)}") == DATA


@pytest.mark.usefixtures("no_pause")
@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 501])
def test_get__failure_for_good__asked_once(gateway: Gateway, status: int) -> None:
    gateway.odd[f"/ipfs/{cid_of(DATA)}"] = [status, DATA]
    with pytest.raises((StoreUnreachable, ContentMissing)):
        Store("ipfs://", gateway=gateway.url).get(f"ipfs://{cid_of(DATA)}")
    assert len(gateway.asked) == 1


def test_get__host_asks_for_a_pause__it_is_made(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_http, "_PAUSES", (0.0,))
    monkeypatch.setattr(_http, "_LONGEST_PAUSE", 0.3)
    gateway.odd[f"/ipfs/{cid_of(DATA)}"] = [Reply(429, headers={"Retry-After": "86400"}), DATA]
    started = time.monotonic()
    assert Store("ipfs://", gateway=gateway.url).get(f"ipfs://{cid_of(DATA)}") == DATA
    assert time.monotonic() - started > 0.25


@pytest.mark.parametrize(
    ("encoding", "pack"), [("gzip", gzip.compress), ("x-gzip", gzip.compress), ("deflate", zlib.compress)]
)
def test_get__compressed_unasked__unpacked(gateway: Gateway, encoding: str, pack: Callable[[bytes], bytes]) -> None:
    gateway.odd[f"/ipfs/{cid_of(DATA)}"] = Reply(body=pack(DATA), headers={"Content-Encoding": encoding})
    assert Store("ipfs://", gateway=gateway.url).get(f"ipfs://{cid_of(DATA)}") == DATA


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply(body=DATA, headers={"Content-Encoding": "gzip"}), StoreUnreachable),
        (Reply(body=gzip.compress(DATA)[:-4], headers={"Content-Encoding": "gzip"}), StoreUnreachable),
        (Reply(body=DATA, headers={"Content-Encoding": "br"}), StoreUnreachable),
        (Reply(body=gzip.compress(bytes(2**28)), headers={"Content-Encoding": "gzip"}), ContentTooLarge),
    ],
)
def test_get__compressed_badly_or_hugely__refused_in_little_memory(
    gateway: Gateway, reply: Reply, error: type[Exception]
) -> None:
    gateway.odd[f"/ipfs/{cid_of(DATA)}"] = reply
    store = Store("ipfs://", gateway=gateway.url, max_bytes=2**20)
    tracemalloc.start()
    with pytest.raises(error):
        store.get(f"ipfs://{cid_of(DATA)}")
    assert tracemalloc.get_traced_memory()[1] < 16 * 2**20
    tracemalloc.stop()


# ------------------------------------------------------------ whose fault it is

GATEWAY_FAULTS = {"a page for everything": PAGE, "404 for everything": 404, "504 for everything": 504, "403": 403}


@pytest.mark.usefixtures("no_pause")
@pytest.mark.parametrize("fault", GATEWAY_FAULTS.values(), ids=GATEWAY_FAULTS)
def test_ipfs__first_gateway_fails_or_lies__the_second_is_asked(gateway: Gateway, second: Gateway, fault: Any) -> None:
    gateway.odd["*"] = fault
    labels = LabelSet([1, 2, 3])
    (second.folder / cid_of(labels.to_bytes())).write_bytes(labels.to_bytes())
    # A tree of blocks, by the root alone; a block, by its name.
    tree = cid_of(labels.to_bytes(), codec=0x70)
    (second.folder / tree).write_bytes(labels.to_bytes())
    reader = Reader(gateway=[gateway.url, second.url])
    for cid in (cid_of(labels.to_bytes()), tree):
        assert reader.labels(f"ipfs://{cid}", labels.root, labels.items) == labels


def test_doubt__gateway_lies_about_a_cid__corrupt_and_never_a_fact(gateway: Gateway, second: Gateway) -> None:
    labels = LabelSet([1, 2, 3])
    uri = f"ipfs://{cid_of(labels.to_bytes())}"
    for one in (gateway, second):
        one.odd[f"/ipfs/{cid_of(labels.to_bytes())}"] = LabelSet([1, 2, 4]).to_bytes()
    with pytest.raises(ContentCorrupt):
        Reader(gateway=[gateway.url, second.url]).labels(uri, labels.root, labels.items)


@pytest.mark.usefixtures("no_pause")
@pytest.mark.parametrize("fault", GATEWAY_FAULTS.values(), ids=GATEWAY_FAULTS)
def test_doubt__gateway_that_knows_nothing__its_own_fault(gateway: Gateway, second: Gateway, fault: Any) -> None:
    gateway.odd["*"] = fault
    doubt = Reader(gateway=[second.url, gateway.url + "/ipfs"]).doubt(f"ipfs://{cid_of(DATA)}")
    assert doubt is not None and "so far was what it should be" in doubt


def test_doubt__one_gateway__a_second_is_asked_for(gateway: Gateway) -> None:
    reader = Reader(gateway=[gateway.url, gateway.url + "/ipfs/"])
    doubt = reader.doubt(f"ipfs://{cid_of(DATA)}")
    assert doubt is not None and "second" in doubt and gateway.url in doubt


def test_doubt__two_gateways_that_know_what_cids_hold__a_fact(gateway: Gateway, second: Gateway) -> None:
    reader = Reader(gateway=[gateway.url, second.url])
    uri = f"ipfs://{cid_of(DATA)}"
    with pytest.raises(ContentMissing):
        reader.get(uri)
    assert reader.doubt(uri) is None


def test_ipfs__gateways_fail_differently__nothing_is_known(gateway: Gateway, second: Gateway) -> None:
    gateway.odd[f"/ipfs/{cid_of(DATA)}"] = b"other"
    with pytest.raises(StoreUnreachable, match="differently"):
        Store("ipfs://", gateway=[gateway.url, second.url]).get(f"ipfs://{cid_of(DATA)}")


@pytest.mark.parametrize("kind", ["file", "memory", "s3"])
def test_doubt__store__until_it_gave_what_it_should(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """A folder that is not mounted, a bucket that was misspelt, look like files that nobody has put there."""
    place = {"file": tmp_path / "not mounted", "memory": "memory://doubt", "s3": "s3://labels/doubt"}[kind]
    store = Store(place, **request.getfixturevalue("s3") if kind == "s3" else {})
    reader = Reader(store)
    uri = store.uri(DATA)
    with pytest.raises(ContentMissing):
        reader.get(uri)
    assert reader.doubt(uri) is not None
    store.put(DATA)
    assert reader.get(uri) == DATA and reader.doubt(store.uri(b"other")) is None


def test_doubt__named_host__until_it_gave_what_it_should(gateway: Gateway) -> None:
    (gateway.folder / "labels").write_bytes(DATA)
    reader = Reader(hosts=["127.0.0.1"])
    with pytest.raises(ContentMissing):
        reader.get(f"{gateway.url}/gone", keccak256=digest(DATA))
    assert reader.doubt(f"{gateway.url}/gone") is not None
    assert reader.get(f"{gateway.url}/labels", keccak256=digest(DATA)) == DATA
    assert reader.doubt(f"{gateway.url}/gone") is None
    for uri in ("https://labels.example/x", "http://[", "ipfs://labels"):
        assert reader.doubt(uri) is not None


@pytest.mark.parametrize("uri", ["", "labels", "nowhere://labels", "file:///etc/passwd"])
def test_doubt__uri_of_a_kind_that_nobody_reads__none(uri: str) -> None:
    """Whatever the line: it has no part in that."""
    assert Reader().doubt(uri) is None


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
