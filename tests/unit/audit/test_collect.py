"""Fetching what is audited: what stores and strangers do to it, and that none of it stops the rest."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from goldleaf import Item, LabelSet, Manifest, errors
from goldleaf.stores import Reader, Store
from goldleaf_tools.audit.collect import (
    FAILURES,
    LONGEST,
    WORKERS,
    WORKERS_PER_STORE,
    Place,
    SchemaCheck,
    SchemaChecks,
    checked,
    confirm,
    fetch_labels,
    fetch_manifests,
    parse_classes,
    schema_key,
)
from goldleaf_tools.audit.result import Verdict

SCHEMA = {"enum": ["yes", "no"]}
LABELS = LabelSet(["yes", "no", "yes"], first=3)
ITEMS = LABELS.items


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def manifest(**changes: Any) -> Manifest:
    terms = {"guidelines": "?", "label_schema": SCHEMA, "items": [Item.of("a", b"a")], "licence": "CC0-1.0", **changes}
    return Manifest(**terms)


def place(store: Store, data: bytes, labels: LabelSet = LABELS) -> Place:
    """Where `data` lies that should be `labels`."""
    return Place(store.put(data), labels.root, labels.items)


# ---------------------------------------------------------------- label sets


def test_fetch_labels__each_way_to_fail__its_verdict_and_the_rest_verified(store: Store) -> None:
    other = LabelSet(["no", "no", "yes"], first=3)
    missing = Place(store.uri(b"nobody has put it there"), LABELS.root, ITEMS)
    found = fetch_labels(
        Reader(store),
        {
            1: place(store, LABELS.to_bytes()),
            2: missing,
            3: place(store, other.to_bytes()),
            4: place(store, LABELS.to_bytes(), LabelSet(["yes", "no", "yes"], first=0)),
            5: place(store, b"<html>"),
            6: Place("file:///etc/passwd", LABELS.root, ITEMS),
            7: Place("https://[", LABELS.root, ITEMS),
            8: Place("", LABELS.root, ITEMS),
            9: place(store, LABELS.to_bytes()),
        },
    )
    assert {id: fetched.verdict for id, fetched in found.items()} == {
        1: Verdict.VERIFIED,
        2: Verdict.MISSING,
        3: Verdict.MISMATCH,
        4: Verdict.MALFORMED,
        5: Verdict.MALFORMED,
        6: Verdict.UNREACHABLE,
        7: Verdict.UNREACHABLE,
        8: Verdict.UNREACHABLE,
        9: Verdict.VERIFIED,
    }
    assert all((fetched.labels == LABELS) == fetched.verdict.readable for fetched in found.values())
    assert all(bool(fetched.detail) != fetched.verdict.readable for fetched in found.values())


def test_fetch_labels__hostile_files__are_data(store: Store) -> None:
    too_large = b'{"item":3,"label":"' + b"x" * 9 * 2**20 + b'"}\n'
    nested = b'{"item":3,"label":' + b"[" * 100_000 + b"]" * 100_000 + b"}\n"
    noisy = LabelSet(["\x1b]0;owned\x07", "<script>alert(1)</script>", "yes"], first=3)
    found = fetch_labels(
        Reader(store),
        {
            1: place(store, too_large),
            2: place(store, nested),
            3: place(store, noisy.to_bytes(), noisy),
            4: place(store, b"\x1b[2J" * 1000),
            5: Place("nowhere://\x1b[2J" + "/" * 5000, LABELS.root, ITEMS),
        },
    )
    assert [fetched.verdict for fetched in found.values()] == [
        Verdict.MALFORMED,
        Verdict.MALFORMED,
        Verdict.VERIFIED,
        Verdict.MALFORMED,
        Verdict.UNREACHABLE,
    ]
    assert all(len(fetched.detail) <= LONGEST for fetched in found.values())
    # Each of these is outside the schema, and is told as it is: whoever shows it has to escape it.
    refused = checked(found[3], SchemaCheck(SCHEMA))
    assert refused.verdict == Verdict.OFF_SCHEMA
    assert [off.item for off in refused.off_schema] == [3, 4]


class Shelf:
    """Label sets by the store of their URI; what a store does is up to the test."""

    def __init__(self, **stores: Callable[[], LabelSet]) -> None:
        self.stores = stores
        self.asked: list[str] = []
        self.at_once: dict[str, int] = dict.fromkeys(stores, 0)
        self.most: dict[str, int] = dict.fromkeys(stores, 0)
        self._lock = threading.Lock()

    def labels(self, uri: str, root: bytes, items: range) -> LabelSet:
        name = uri.removeprefix("https://").partition("/")[0]
        with self._lock:
            self.asked.append(name)
            self.at_once[name] += 1
            self.most[name] = max(self.most[name], self.at_once[name])
        try:
            return self.stores[name]()
        finally:
            with self._lock:
                self.at_once[name] -= 1

    def manifest(self, uri: str, terms: bytes) -> Manifest:
        raise NotImplementedError

    def doubt(self, uri: str) -> str | None:
        return None


def places(**counts: int) -> dict[int, Place]:
    uris = [f"https://{name}/{number}" for name, count in counts.items() for number in range(count)]
    return {id: Place(uri, LABELS.root, ITEMS) for id, uri in enumerate(uris)}


def test_fetch_labels__a_store_that_hangs__holds_up_nobody_else() -> None:
    others_done = threading.Event()

    def hang() -> LabelSet:
        # Without its own bound on how many wait for it, the others would never be done.
        assert others_done.wait(20)
        return LABELS

    count = 200
    done: list[int] = []

    def good() -> LabelSet:
        done.append(1)
        if len(done) == count:
            others_done.set()
        return LABELS

    shelf = Shelf(slow=hang, good=good)
    found = fetch_labels(shelf, places(slow=3 * WORKERS, good=count))
    assert {fetched.verdict for fetched in found.values()} == {Verdict.VERIFIED}
    assert shelf.most["slow"] <= WORKERS_PER_STORE


def test_fetch_labels__a_store_is_down__soon_not_asked_any_more() -> None:
    def down() -> LabelSet:
        raise errors.StoreUnreachable("no answer")

    shelf = Shelf(down=down, good=lambda: LABELS)
    found = fetch_labels(shelf, places(down=100, good=10))
    verdicts = [fetched.verdict for fetched in found.values()]
    assert verdicts == [Verdict.UNREACHABLE] * 100 + [Verdict.VERIFIED] * 10
    # Each is read twice.
    assert 2 * FAILURES <= shelf.asked.count("down") < 2 * (FAILURES + WORKERS_PER_STORE)
    assert "had failed" in found[99].detail


@pytest.mark.parametrize("bad", [1, 8, 100])
@pytest.mark.parametrize("names", [1, 8])
def test_fetch_labels__bad_uris_at_a_shared_host__those_of_others_are_read(bad: int, names: int) -> None:
    """Whoever names files that are not there hides wrong labels of others, or of another account of theirs."""

    class Shared:
        def __init__(self) -> None:
            self.asked: list[str] = []

        def labels(self, uri: str, root: bytes, items: range) -> LabelSet:
            self.asked.append(uri)
            if "bad" in uri:
                raise errors.StoreUnreachable("504")
            return LABELS

        def manifest(self, uri: str, terms: bytes) -> Manifest:
            self.labels(uri, terms, ITEMS)
            return manifest()

        def doubt(self, uri: str) -> str | None:
            return None

    shared = Shared()
    uris = [(f"https://shared/bad/{number}", f"0xbad{number % names}") for number in range(bad)]
    uris += [(f"https://shared/good/{number}", f"0x{number % 5}") for number in range(50)]
    found = fetch_labels(shared, {id: Place(uri, LABELS.root, ITEMS, by) for id, (uri, by) in enumerate(uris)})
    verdicts = [fetched.verdict for fetched in found.values()]
    assert verdicts == [Verdict.UNREACHABLE] * bad + [Verdict.VERIFIED] * 50
    assert all(fetched.lasting for fetched in list(found.values())[:bad])
    assert len([uri for uri in shared.asked if "bad" in uri]) <= 2 * names * (FAILURES + WORKERS_PER_STORE)
    manifests = fetch_manifests(shared, {id: (uri, b"", by) for id, (uri, by) in enumerate(uris)})
    assert [isinstance(one, Manifest) for one in manifests.values()] == [False] * bad + [True] * 50


def test_fetch_labels__a_store_is_down_for_all__each_publisher_is_asked_for_little() -> None:
    def down() -> LabelSet:
        raise errors.StoreUnreachable("no answer")

    shelf = Shelf(down=down)
    all_ = {id: Place(f"https://down/{id}", LABELS.root, ITEMS, f"0x{id % 40}") for id in range(400)}
    found = fetch_labels(shelf, all_)
    assert {fetched.verdict for fetched in found.values()} == {Verdict.UNREACHABLE}
    # Each is read twice; while readings are under way, nobody knows yet that they fail.
    assert 2 * 40 <= len(shelf.asked) <= 2 * (40 + 2 * FAILURES + WORKERS_PER_STORE)


def test_fetch_labels__a_store_fails_now_and_then__asked_to_the_end() -> None:
    turns = iter(range(1000))

    def flaky() -> LabelSet:
        if next(turns) % 2:
            raise errors.ContentMissing("not there")
        return LABELS

    shelf = Shelf(flaky=flaky)
    fetch_labels(shelf, places(flaky=50))
    # What was missing is asked for once more.
    assert len(shelf.asked) == 50 + 25


def test_fetch_labels__a_reader_breaks__malformed_and_the_rest_goes_on() -> None:
    def broken() -> LabelSet:
        raise RecursionError("maximum recursion depth exceeded")

    found = fetch_labels(Shelf(broken=broken, good=lambda: LABELS), places(broken=1, good=1))
    assert [fetched.verdict for fetched in found.values()] == [Verdict.MALFORMED, Verdict.VERIFIED]


def test_fetch_labels__many__bounded_side_by_side_and_told_of() -> None:
    def slow() -> LabelSet:
        time.sleep(0.002)
        return LABELS

    shelf = Shelf(**{f"s{number}": slow for number in range(10)})
    told: list[tuple[int, int]] = []
    fetch_labels(shelf, places(**{f"s{number}": 8 for number in range(10)}), lambda *done: told.append(done))
    assert told == [(number, 80) for number in range(1, 81)]
    assert max(shelf.most.values()) <= WORKERS_PER_STORE


# ---------------------------------------------------------------- whose fault it is


class Doubtful(Shelf):
    """A shelf whose line has not proven itself."""

    def doubt(self, uri: str) -> str | None:
        return "nothing was read there"


def answering(*answers: Exception | LabelSet) -> Callable[[], LabelSet]:
    """One after the other, the last one for good."""
    left = list(answers)

    def answer() -> LabelSet:
        found = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(found, Exception):
            raise found
        return found

    return answer


MISSING, MISMATCH = errors.ContentMissing("gone"), errors.ContentMismatch("another root")


@pytest.mark.parametrize(
    ("answers", "verdict"),
    [
        ([MISSING], Verdict.MISSING),
        ([MISMATCH], Verdict.MISMATCH),
        ([errors.ContentTooLarge("endless")], Verdict.MALFORMED),
        # The second reading decides, and one that differs from the first says nothing.
        ([MISSING, LABELS], Verdict.VERIFIED),
        ([MISMATCH, LABELS], Verdict.VERIFIED),
        ([MISSING, MISMATCH], Verdict.UNSURE),
        ([MISSING, errors.StoreUnreachable("504")], Verdict.UNREACHABLE),
        ([MISMATCH, errors.ContentCorrupt("by the gateway")], Verdict.UNSURE),
        # Whoever keeps the file, and the machine that reads it, are not who has published it.
        ([errors.ContentCorrupt("by the gateway")], Verdict.UNSURE),
        ([OSError("too many open files")], Verdict.UNSURE),
        ([MemoryError()], Verdict.UNSURE),
    ],
)
def test_fetch_labels__fails__accused_only_of_what_fails_alike_twice(answers: list[Any], verdict: Verdict) -> None:
    [found] = fetch_labels(Shelf(host=answering(*answers)), places(host=1)).values()
    assert found.verdict is verdict
    [doubted] = fetch_labels(Doubtful(host=answering(*answers)), places(host=1)).values()
    assert not doubted.verdict.at_fault and doubted.verdict.readable == verdict.readable
    if verdict.at_fault:
        assert doubted.verdict is Verdict.UNSURE and "nothing was read there" in doubted.detail


def test_fetch_labels__line_proves_itself_only_later__what_failed_first_is_told_then(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    gone = Place(store.uri(b"gone"), LABELS.root, ITEMS)
    assert fetch_labels(Reader(store), {1: gone})[1].verdict is Verdict.UNSURE
    good = place(store, LABELS.to_bytes())
    assert fetch_labels(Reader(store), {1: gone, 2: good})[1].verdict is Verdict.MISSING


@pytest.mark.parametrize(
    ("answers", "expected"),
    [([MISSING], None), ([LABELS], "can be read by now"), ([MISSING, LABELS], "can be read by now")],
)
def test_confirm__read_again__says_why_it_is_not_to_be_accused(answers: list[Any], expected: str | None) -> None:
    why = confirm(Shelf(host=answering(*answers)), places(host=1)[0])
    assert (why is None) if expected is None else (why is not None and expected in why)
    doubted = confirm(Doubtful(host=answering(*answers)), places(host=1)[0])
    assert doubted is not None


# ---------------------------------------------------------------- manifests and schemas


def test_fetch_manifests__one_is_not_the_task_s__a_sentence_instead(store: Store) -> None:
    good, other = manifest(), manifest(guidelines="!")
    uri = store.put(good.to_bytes())
    found = fetch_manifests(
        Reader(store), {1: (uri, good.terms, ""), 2: (uri, other.terms, ""), 3: (store.uri(b"gone"), good.terms, "")}
    )
    assert found[1] == good
    assert str(found[2]).startswith("ContentMismatch") and str(found[3]).startswith("ContentMissing")


def test_schema_checks__same_schema__one_check_and_another_for_another() -> None:
    checks = SchemaChecks()
    first = checks.of(manifest())
    assert checks.of(manifest(items=[Item.of("b", b"b")])) is first
    assert checks.of(manifest(label_schema={"type": "string"})) is not first
    assert schema_key(manifest()) != schema_key(manifest(guidelines="!"))


def test_checked__labels_outside_the_schema__named(store: Store) -> None:
    labels = LabelSet(["yes", "maybe", 3], first=3)
    [fetched] = fetch_labels(Reader(store), {1: place(store, labels.to_bytes(), labels)}).values()
    refused = checked(fetched, SchemaCheck(SCHEMA))
    assert [(off.item, off.label) for off in refused.off_schema] == [(4, b'"maybe"'), (5, b"3")]
    assert "item 4" in refused.detail and "1 more" in refused.detail
    assert refused.labels == labels
    assert checked(fetched, SchemaCheck(True)) == fetched


@pytest.mark.parametrize(
    ("schema", "classes"),
    [
        (SCHEMA, (b'"yes"', b'"no"')),
        ({"enum": [{"b": 1, "a": 2}, None]}, (b'{"a":2,"b":1}', b"null")),
        ({"type": "string"}, ()),
        ({"enum": "yes"}, ()),
        (True, ()),
    ],
)
def test_parse_classes__a_schema__what_it_lists(schema: Any, classes: tuple[bytes, ...]) -> None:
    assert parse_classes(schema) == classes
