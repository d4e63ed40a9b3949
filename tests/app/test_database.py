"""The server's own tables, in SQLite and in PostgreSQL."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from goldleaf_app.database import Database
from tests.databases import server, url  # noqa: F401


@pytest.fixture
def database(url: str) -> Database:  # noqa: F811
    return Database(url)


def test_private_things__kept_and_forgotten__are_an_account_s_own(database: Database) -> None:
    database.keep("0xa", "draft", "1/0", '{"label": "\N{GREEK SMALL LETTER ALPHA}"}')
    database.keep("0xa", "draft", "1/0", "2")
    database.keep("0xa", "draft", "1/1", "3")
    assert database.recall("0xa", "draft", "1/0") == "2" and database.recall("0xb", "draft", "1/0") is None
    assert sorted(database.names("0xa", "draft")) == ["1/0", "1/1"] and database.names("0xb", "draft") == []
    database.forget("0xb", "draft", "1/0")
    assert database.recall("0xa", "draft", "1/0") == "2"
    database.forget("0xa", "draft", "1/0")
    assert database.recall("0xa", "draft", "1/0") is None


def test_nonces_reminders_and_requests__are_good_once(database: Database) -> None:
    assert database.spend_nonce("n", 2**40) and not database.spend_nonce("n", 2**40)
    assert database.note_reminded("0xa", "deliver 1", 7200, 5) and not database.note_reminded(
        "0xa", "deliver 1", 7200, 5
    )
    database.keep_request(b"\x01" * 32, 10**9, "{}")
    assert database.request(b"\x01" * 32) == "{}"
    assert database.forget_request(b"\x01" * 32) and not database.forget_request(b"\x01" * 32)


def test_sums__of_gas_and_of_uploads__count_each_account_and_all(database: Database) -> None:
    database.spend("0xa", "2026-01-31", 2**200)
    database.spend("0xa", "2026-01-31", -1)
    database.spend("0xb", "2026-01-31", 1)
    assert database.spent("0xa", "2026-01-31") == (2**200, 2**200 - 1)
    limits = {"per_user": 100, "per_day": 150}
    assert database.count_upload("0xa", 100, **limits) and not database.count_upload("0xa", 1, **limits)
    assert not database.count_upload("0xb", 51, **limits) and database.count_upload("0xb", 50, **limits)


def test_sums__changed_by_many_at_once__lose_nothing_and_pass_no_bound(database: Database) -> None:
    with ThreadPoolExecutor(8) as visitors:
        list(visitors.map(lambda _: database.spend("0xa", "2026-01-31", 1), range(100)))
        own = list(visitors.map(lambda _: database.count_upload("0xa", 10, per_user=100, per_day=1000), range(100)))
        many = list(visitors.map(lambda n: database.count_upload(f"0x{n}", 10, per_user=100, per_day=200), range(100)))
    assert database.spent("0xa", "2026-01-31") == (100, 100)
    assert (sum(own), sum(many)) == (10, 10)


def test_titles_and_copies__are_found_again(database: Database) -> None:
    database.keep_title(1, "Is 100 % of it good news?")
    database.keep_title(2, "A mammogram")
    assert database.find_titles("GOOD news") == [1] and database.find_titles("100 %") == [1]
    assert database.find_titles("_") == [] and database.titles([1, 2, 3]).keys() == {1, 2}
    database.keep_content(b"\x02" * 32, b"\0\xff")
    assert database.content(b"\x02" * 32) == b"\0\xff" and database.content(b"\x03" * 32) is None
