import json

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from goldleaf import from_canonical, to_canonical
from goldleaf.canonical import MAX_NESTING, parse
from goldleaf.errors import NotCanonical

SAFE = 2**53 - 1
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-SAFE, SAFE) | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)


@pytest.mark.parametrize(
    ("value", "canonical"),
    [
        # Appendix B of RFC 8785, and its example of sorting by UTF-16 code units.
        (1e21, b"1e+21"),
        (1e-7, b"1e-7"),
        (333333333.33333329, b"333333333.3333333"),
        (0.000001, b"0.000001"),
        (-0.0, b"0"),
        ({"\u20ac": 1, "\r": 2, "\U0001f600": 3, "\ufb33": 4}, '{"\\r":2,"€":1,"😀":3,"\ufb33":4}'.encode()),
        ({"b": [True, None], "a": "ü"}, '{"a":"ü","b":[true,null]}'.encode()),
    ],
)
def test_to_canonical__known_values__as_the_rfc_has_them(value: object, canonical: bytes) -> None:
    assert to_canonical(value) == canonical
    assert from_canonical(canonical) == value


@given(json_values)
def test_to_canonical__any_value__reads_back_equal(value: object) -> None:
    data = to_canonical(value)
    assert from_canonical(data) == value
    assert to_canonical(from_canonical(data)) == data


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 2**53, {1: 2}, {"a": b"b"}, "\ud800", {1, 2}])
def test_to_canonical__value_without_json__refused(value: object) -> None:
    with pytest.raises(NotCanonical):
        to_canonical(value)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"NaN",
        b"-Infinity",
        b'{"a": 1}',
        b'{"b":1,"a":2}',
        b'{"a":1,"a":1}',
        b"1.0",
        b"1e2",
        b'"\\u0041"',
        b"\xff",
        b"\xef\xbb\xbf1",
        b"1\r",
        b"[" * 100_000,
        b"9007199254740993",
    ],
)
def test_from_canonical__other_form__refused(data: bytes) -> None:
    with pytest.raises(NotCanonical):
        from_canonical(data)


def nested(depth: int) -> object:
    value: object = "[" * 200
    for _ in range(depth):
        value = [value]
    return value


def test_canonical__nested_up_to_the_bound__accepted_and_deeper_refused() -> None:
    assert from_canonical(to_canonical(nested(MAX_NESTING))) == nested(MAX_NESTING)
    with pytest.raises(NotCanonical, match="nesting"):
        to_canonical(nested(MAX_NESTING + 1))
    with pytest.raises(NotCanonical):
        from_canonical(b"[" * (MAX_NESTING + 1) + b"]" * (MAX_NESTING + 1))


def test_from_canonical__large_whole_number__is_the_double_it_stands_for() -> None:
    assert from_canonical(b"100000000000000000000") == 1e20
    assert json.loads(to_canonical(1e20)) == 10**20


@given(json_values, st.booleans(), st.sampled_from([None, 1]))
def test_parse__any_value_in_any_form__is_what_the_reference_makes_of_it(
    value: object, escaped: bool, indent: int | None
) -> None:
    written = json.dumps(value, ensure_ascii=escaped, indent=indent).encode("utf-8", errors="surrogatepass")
    read, canonical = parse(written)
    assert (read, canonical) == (value, rfc8785.dumps(value))


@pytest.mark.parametrize(
    ("data", "canonical"),
    [
        (b"1.0", b"1"),
        (b"-0.0", b"0"),
        (b"1e2", b"100"),
        (b"0.00001", b"0.00001"),
        (b"1e-7", b"1e-7"),
        (b"1e16", b"10000000000000000"),
        (b"1.5e300", b"1.5e+300"),
        (b"1000000000000000000000", b"1e+21"),
        (b'{"b": 1, "a": [ ] }', b'{"a":[],"b":1}'),
        ('{"\U0001f600": 1, "\ufb33": 2}'.encode(), '{"\U0001f600":1,"\ufb33":2}'.encode()),
    ],
)
def test_parse__other_form__gives_the_canonical_one(data: bytes, canonical: bytes) -> None:
    assert parse(data)[1] == canonical


@pytest.mark.parametrize(
    "data",
    [
        b'{"a":1,"a":1}',
        b'{"a":1,"\\u0061":2}',
        b'{"a":"\\"","a":"\\""}',
        b'{"x":[{"a":1,"a":[1,"b"]}]}',
        b"1e999",
        b"-1e999",
        b"NaN",
        b'{"a":Infinity}',
        b'"\\ud800"',
        b"1 2",
        b"9" * 5000,
        b"9007199254740993",
        b"9" * 400,
    ],
)
def test_parse__no_canonical_form__refused(data: bytes) -> None:
    with pytest.raises(NotCanonical):
        parse(data)
