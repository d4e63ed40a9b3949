"""Labels held against numbers in a schema: exactly, on the decimals as written."""

import json
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from goldleaf.canonical import parse
from goldleaf.labels.schema import Schema


def allows(schema: Any, label: Any) -> bool:
    return Schema(schema).refusal(label) is None


@pytest.mark.parametrize(
    ("divisor", "value", "is_multiple"),
    [
        ("0.05", "1.15", True),
        ("0.1", "0.7", True),
        ("0.1", "0.75", False),
        ("0.01", "19.99", True),
        ("0.01", "4.35", True),
        ("0.3", "0.9", True),
        ("0.3", "1", False),
        ("1", "3.0", True),
        ("2", "3", False),
        ("0.5", "-1.5", True),
        ("1e-7", "3e-7", True),
        ("0.1", "0", True),
        ("1e-300", "1e300", True),
        ("3", "1e300", False),
        ("1e300", "1e-300", False),
        ("5e-324", "1.7976931348623157e308", True),
        ("7", "9007199254740991", False),
    ],
)
def test_refusal__multiple_of__decided_on_the_decimals_as_written(divisor: str, value: str, is_multiple: bool) -> None:
    schema, label = parse(b'{"multipleOf":%s}' % divisor.encode())[0], parse(value.encode())[0]
    assert allows(schema, label) is is_multiple
    nested = {"properties": {"a": {"items": {"anyOf": [schema]}}}}
    assert allows(nested, {"a": [label]}) is is_multiple


decimals = st.builds(
    lambda digits, exponent: f"{digits}e{exponent}", st.integers(-(10**15), 10**15), st.integers(-40, 40)
)


@given(decimals, decimals.filter(lambda text: text[0] not in "-0"), st.integers(-(10**6), 10**6))
@example("115e-2", "5e-2", 0)
def test_refusal__any_decimals__multiple_of_is_that_of_fractions(value: str, divisor: str, times: int) -> None:
    schema = parse(b'{"multipleOf":%s}' % divisor.encode())[0]
    exact = Fraction(repr(schema["multipleOf"]))
    label = parse(value.encode())[0]
    assert allows(schema, label) is (Fraction(repr(label)) % exact == 0)
    product = exact * times
    try:
        multiple = parse(repr(float(product)).encode())[0]
    except OverflowError:
        return
    if Fraction(repr(multiple)) == product:
        assert allows(schema, multiple)


@given(decimals, decimals)
@example("1e16", "10000000000000001e0")
def test_refusal__any_decimals__bounds_are_those_of_fractions(value: str, bound: str) -> None:
    label, limit = (parse(json.dumps(float(text)).encode())[0] for text in (value, bound))
    exact, exact_limit = Fraction(repr(label)), Fraction(repr(limit))
    assert allows({"minimum": limit}, label) is (exact >= exact_limit)
    assert allows({"maximum": limit}, label) is (exact <= exact_limit)
    assert allows({"exclusiveMinimum": limit}, label) is (exact > exact_limit)
    assert allows({"exclusiveMaximum": limit}, label) is (exact < exact_limit)
    assert allows({"const": limit}, label) is (exact == exact_limit)
    assert allows({"enum": [limit, None]}, label) is (exact == exact_limit)
    assert allows({"type": "integer"}, label) is (exact.denominator == 1)


@pytest.mark.parametrize(
    ("items", "is_unique"),
    [
        ([1, 2.5, True, "1", None, [1], {"a": 1}], True),
        ([1, 1.0], False),
        ([[1], [True], [1]], False),
        ([{"a": 1, "b": 2}, {"b": 2, "a": 1.0}], False),
        ([[1], [True]], True),
        ([0, False], True),
    ],
)
def test_refusal__unique_items__by_value(items: list[Any], is_unique: bool) -> None:
    assert allows({"uniqueItems": True}, items) is is_unique
    assert allows({"uniqueItems": False}, items)
