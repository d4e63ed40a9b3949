"""Values as people read them, and as JSON."""

import json
from decimal import Decimal
from typing import Any

import pytest

from goldleaf import LabelSet, SubmissionState, challenge_id, submission_id
from goldleaf.types import Seat
from goldleaf_tools.cli import show
from goldleaf_tools.cli.clean import LONGEST, clean
from goldleaf_tools.cli.session import Token


@pytest.mark.parametrize(
    ("units", "decimals", "shown"),
    [
        (0, 6, "0"),
        (1, 6, "0.000001"),
        (12_500_000, 6, "12.5"),
        (1_234_567_000_000, 6, "1,234,567"),
        (-1, 2, "-0.01"),
        (7, 0, "7"),
        (
            2**256 - 1,
            18,
            "115,792,089,237,316,195,423,570,985,008,687,907,853,269,984,665,640,564,039,457.584007913129639935",
        ),
    ],
)
def test_whole__base_units__are_exact(units: int, decimals: int, shown: str) -> None:
    assert show.whole(units, decimals) == shown


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (2**53, 2**53),
        (2**53 + 1, str(2**53 + 1)),
        (submission_id(1, 0), "18446744073709551616"),
        (True, True),
        (b"\x01\xff", "0x01ff"),
        (SubmissionState.PAID, "PAID"),
        (range(3, 6), {"start": 3, "stop": 6}),
        ((1, [b""]), [1, ["0x"]]),
        (
            Seat("0xabc", 8, 1, 5, 0, True),
            {"holder": "0xabc", "reserves": 8, "reserved": 1, "ready_from": 5, "leaves_at": 0, "listed": True},
        ),
    ],
)
def test_to_json__values__keep_every_digit(value: Any, expected: Any) -> None:
    assert show.to_json(value) == expected
    assert json.loads(json.dumps(show.to_json(value))) == expected


def test_to_json__unknown__is_its_text() -> None:
    labels = LabelSet(["a"])
    assert show.to_json(labels) == repr(labels)


@pytest.mark.parametrize(("seconds", "shown"), [(0, "0 s"), (61, "1 min 1 s"), (90_061, "1 d 1 h"), (7200, "2 h")])
def test_period__seconds__in_two_units(seconds: int, shown: str) -> None:
    assert show.period(seconds) == shown


@pytest.mark.parametrize(
    ("seat", "state"),
    [
        (Seat("0xabc", 8, 0, 101, 0, False), "to be made ready from 1970-01-01 00:01:41 UTC"),
        (Seat("0xabc", 8, 0, 100, 0, False), "make it ready"),
        (Seat("0xabc", 8, 7, 50, 0, True), "may be drawn"),
        (Seat("0xabc", 8, 8, 50, 0, False), "full until a round is settled"),
        (Seat("0xabc", 8, 0, 0, 101, True), "leaves at 1970-01-01 00:01:41 UTC"),
        (Seat("0xabc", 8, 8, 0, 101, False), "leaves at 1970-01-01 00:01:41 UTC"),
        (Seat("0xabc", 8, 0, 0, 100, True), "leaves with the next draw"),
        (Seat("0xabc", 8, 1, 0, 100, False), "leaves once its rounds are settled"),
    ],
)
def test_seat_state__at_100__says_what_comes_next(seat: Seat, state: str) -> None:
    assert show.seat_state(seat, 100) == state


def test_until__times__say_how_far() -> None:
    assert show.until(100, 40) == "1970-01-01 00:01:40 UTC (in 1 min)"
    assert show.until(40, 40).endswith("(passed)")


def test_ids__large__in_parts() -> None:
    submission = submission_id(7, 3)
    assert show.submission(submission) == "7/3"
    assert show.challenge(challenge_id(submission, 2)) == "7/3/2"


@pytest.mark.parametrize(
    ("numbers", "shown"), [([], ""), ([4], "4"), (range(5), "0-4"), ((1, 2, 3, 7, 9, 10), "1-3, 7, 9-10")]
)
def test_items__runs__joined(numbers: Any, shown: str) -> None:
    assert show.items(numbers) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain, ünïcode 漢字", "plain, ünïcode 漢字"),
        ("\x1b[2J\x1b]0;title\x07", "\\x1b[2J\\x1b]0;title\\x07"),
        ("one\nDeposited 1,000\r", "one\\nDeposited 1,000\\r"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("\x9b31m\u200b\U000e0001", "\\x9b31m\\u200b\\U000e0001"),
        ("\ud800", "\\ud800"),
    ],
)
def test_clean__hostile_text__shows_what_it_is(text: str, shown: str) -> None:
    assert clean(text) == shown
    assert clean(text).isprintable()


def test_clean__long_text__is_cut() -> None:
    assert len(clean("x" * 10**6)) == LONGEST + 1


@pytest.mark.parametrize(
    ("amount", "shown"), [(Decimal("12.5"), "12.5 TEST"), (12_500_000, "12.5 TEST"), (Decimal("1e3"), "1,000 TEST")]
)
def test_typed__whole_tokens_or_base_units__are_what_is_paid(amount: Decimal | int, shown: str) -> None:
    assert Token("0x", "TEST", 6).typed(amount) == shown
