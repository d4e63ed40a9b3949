"""What people type, read into values of the SDK."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import click
import pytest

from goldleaf import challenge_id, submission_id
from goldleaf_tools.cli import inputs

ADDRESS = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (inputs.AMOUNT, "12.5", Decimal("12.5")),
        (inputs.AMOUNT, "12500000u", 12_500_000),
        (inputs.AMOUNT, "0", Decimal(0)),
        (inputs.PERIOD, "90", timedelta(seconds=90)),
        (inputs.PERIOD, "36h", timedelta(hours=36)),
        (inputs.PERIOD, "1w", timedelta(weeks=1)),
        (inputs.MOMENT, "14d", timedelta(days=14)),
        (inputs.MOMENT, "1800000000", 1_800_000_000),
        (inputs.MOMENT, "2026-03-01T12:00Z", datetime(2026, 3, 1, 12, tzinfo=UTC)),
        (inputs.MOMENT, "2026-03-01", datetime(2026, 3, 1, tzinfo=UTC)),
        (inputs.TASK, "7", 7),
        (inputs.SUBMISSION, "7/3", submission_id(7, 3)),
        (inputs.SUBMISSION, str(submission_id(7, 3)), submission_id(7, 3)),
        (inputs.CHALLENGE, "7/3/2", challenge_id(submission_id(7, 3), 2)),
        (inputs.ITEMS, "3,5-8, 1", [3, 5, 6, 7, 8, 1]),
        (inputs.ADDRESS, ADDRESS.lower(), ADDRESS),
        (inputs.HASH, "0x" + "ab" * 32, b"\xab" * 32),
        (inputs.HEX, "", b""),
    ],
)
def test_convert__well_formed__is_a_value(kind: click.ParamType, text: str, value: Any) -> None:
    assert kind.convert(text, None, None) == value
    assert kind.convert(value, None, None) == value


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (inputs.AMOUNT, "-1"),
        (inputs.AMOUNT, "nan"),
        (inputs.AMOUNT, "infinity"),
        (inputs.AMOUNT, "1,5"),
        (inputs.AMOUNT, "1.5u"),
        (inputs.AMOUNT, "9" * 5000 + "u"),
        (inputs.AMOUNT, "1e999999999"),
        (inputs.AMOUNT, "1e-999999999"),
        (inputs.PERIOD, "-3d"),
        (inputs.PERIOD, "3 days"),
        (inputs.PERIOD, "9" * 10),
        (inputs.MOMENT, "2026-03-01T12:00"),
        (inputs.MOMENT, "tomorrow"),
        (inputs.MOMENT, "12"),
        (inputs.SUBMISSION, "7/3/2"),
        (inputs.SUBMISSION, "7/"),
        (inputs.SUBMISSION, "-1"),
        (inputs.SUBMISSION, "9" * 79),
        (inputs.CHALLENGE, "7/3"),
        (inputs.ITEMS, "3;5"),
        (inputs.ITEMS, ""),
        (inputs.ITEMS, "0-99999"),
        (inputs.ADDRESS, "0x12"),
        (inputs.ADDRESS, ADDRESS.replace("A", "a", 1)),
        (inputs.HASH, "0xab"),
        (inputs.HASH, "xyz"),
    ],
)
def test_convert__malformed__says_how_it_is_written(kind: click.ParamType, text: str) -> None:
    with pytest.raises(click.BadParameter):
        kind.convert(text, None, None)


@pytest.mark.parametrize("kind", [inputs.SUBMISSION, inputs.CHALLENGE])
@pytest.mark.parametrize("text", ["1", "0", "123456", str(2**64 - 1)])
def test_convert__number_of_a_task_where_more_is_meant__says_what_to_write(kind: inputs.Id, text: str) -> None:
    wanted = "TASK/SLOT, such as 1/0" if kind is inputs.SUBMISSION else "TASK/SLOT/NUMBER, such as 1/0/0"
    with pytest.raises(click.BadParameter, match=f"'{text}' is no {kind.name}: write {wanted}"):
        kind.convert(text, None, None)


@pytest.mark.parametrize("kind", [inputs.TASK, inputs.SEAT, inputs.DISPUTE])
@pytest.mark.parametrize("text", ["1/0", "1/0/0", "0", "-1", "one", "1.5"])
def test_convert__something_else_where_one_number_is_meant__says_what_to_write(kind: inputs.Id, text: str) -> None:
    with pytest.raises(click.BadParameter, match=f"'{text}' is no {kind.name}: write {kind.name.upper()}, such as 1$"):
        kind.convert(text, None, None)


def test_convert__submission_where_a_challenge_is_meant__refused() -> None:
    with pytest.raises(click.BadParameter, match="TASK/SLOT/NUMBER"):
        inputs.CHALLENGE.convert(str(submission_id(7, 3)), None, None)


def test_convert__number_of_a_dispute__taken_where_one_may_be_meant() -> None:
    assert inputs.CHALLENGE_OR_DISPUTE.convert("3", None, None) == 3
    with pytest.raises(click.BadParameter, match="or the number of a dispute"):
        inputs.CHALLENGE_OR_DISPUTE.convert("7/3", None, None)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b'{"3": "a", "3": "b"}', "key '3' is repeated"),
        (b'{"3": NaN}', "NaN is no JSON number"),
        (b'{"3": ' + b"[" * 4000 + b"]" * 4000 + b"}", "more than 100 deep"),
        (b'{"3": ' + b"[" * 200_000, "more than 100 deep"),
        (b'{"3": ' + b"9" * 5000 + b"}", "has more digits"),
        ('{"3": "groß"}'.encode("latin1"), "not UTF-8"),
        (b'{"3": "a"', "holds no JSON"),
    ],
)
def test_json_file__content_that_is_none_or_means_two_things__refused(
    tmp_path: Path, content: bytes, told: str
) -> None:
    path = tmp_path / "gold.json"
    path.write_bytes(content)
    with pytest.raises(click.BadParameter) as caught:
        inputs.JSON_FILE.convert(str(path), None, None)
    assert "gold.json" in caught.value.message and told in caught.value.message


def test_json_file__amounts_of_base_units__are_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "transaction.json"
    path.write_text('{"value": 1000000000000000000000001}', "utf-8")
    assert inputs.JSON_FILE.convert(str(path), None, None) == {"value": 10**24 + 1}
