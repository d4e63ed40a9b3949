"""Amounts in messages, which programs may write in whole tokens."""

import copy
import pickle

import pytest

from goldleaf import errors
from goldleaf.amounts import Units, Words, at_least, at_most, write

TOKEN = "0x" + "12" * 20
OTHER = "0x" + "34" * 20


def whole(amount: Units) -> str:
    return f"{amount / 10**6:g} {'TEST' if amount.token == TOKEN else 'OTHER'}"


def test_units__are__numbers_that_know_their_token() -> None:
    amount = Units(5, TOKEN)
    assert amount == 5 and amount + 1 == 6 and f"{amount}" == str(amount) == "5"
    assert amount.token == TOKEN


@pytest.mark.parametrize(
    ("words", "plain", "written"),
    [
        (at_least(2_500_000, TOKEN), "at least 2500000 base units", "at least 2.5 TEST"),
        (at_most(1, OTHER), "at most 1 base units", "at most 1e-06 OTHER"),
        (
            Words("{} or {}", Units(10**6, TOKEN), Units(10**6, OTHER)),
            "1000000 base units or 1000000 base units",
            "1 TEST or 1 OTHER",
        ),
        (
            Words("{}: {}", "what {strangers} write", at_least(10**6, TOKEN)),
            "what {strangers} write: at least 1000000 base units",
            "what {strangers} write: at least 1 TEST",
        ),
        (Words("{} of {}", 3, None), "3 of None", "3 of None"),
    ],
)
def test_words__amounts_among_them__are_written_as_asked(words: Words, plain: str, written: str) -> None:
    for each in (words, copy.deepcopy(words), pickle.loads(pickle.dumps(words))):
        assert each == plain and write(each, whole) == written


def test_write__plain_text__stays_as_it_is() -> None:
    assert write("{} is no amount", whole) == "{} is no amount"


@pytest.mark.parametrize("kind", [errors.BalanceTooLow, errors.ManifestError])
def test_sentence__of_an_error__has_its_amounts_as_asked(kind: type[errors.GoldleafError]) -> None:
    error = kind("free balance", value=Units(0, TOKEN), bound=at_least(8 * 10**6, TOKEN))
    for each in (error, pickle.loads(pickle.dumps(error))):
        assert (each.value, each.bound) == (0, "at least 8000000 base units")
        assert "free balance is 0 base units, must be at least 8000000 base units." in str(each)
        assert each.sentence(whole).endswith("free balance is 0 TEST, must be at least 8 TEST.")
        assert str(each).endswith(each.advice)


def test_advice__given_with_an_error__takes_the_place_of_its_own() -> None:
    error = errors.NotAdmitted("no", advice="Ask.")
    assert str(error) == "submissions: not admitted: no. Ask."
    assert str(pickle.loads(pickle.dumps(error))) == str(error)
    assert errors.NotAdmitted.advice != "Ask."
