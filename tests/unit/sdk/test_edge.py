from decimal import Decimal, localcontext
from typing import Any

import pytest

from goldleaf import errors
from goldleaf._flows import edge

TOKEN = "0x" + "1" * 40


def base_units(amount: edge.Amount, decimals: int) -> int:
    """What the flow comes to when the token answers so."""
    flow: Any = edge.base_units(amount, TOKEN)
    try:
        next(flow)
        flow.send(decimals)
    except StopIteration as end:
        return int(end.value)
    raise AssertionError("asks for more than the decimals")


@pytest.mark.parametrize(
    "text", ["12345678901234567890.123456789012345678", "1E+40", "0.000000000000000001", "7.10", "-3"]
)
def test_base_units__more_digits_than_decimals_context_holds__are_not_rounded(text: str) -> None:
    whole, _, places = f"{Decimal(text):f}".partition(".")
    with localcontext(prec=28):
        assert base_units(Decimal(text), 18) == int(whole + places.ljust(18, "0"))


@pytest.mark.parametrize(
    "text", ["0.0000001", "12345678901234567890123456789.0000001", "NaN", "Infinity", "1E+1000000"]
)
def test_base_units__no_whole_number_of_units__refused(text: str) -> None:
    with pytest.raises(errors.ArgumentError, match="more places|no amount"):
        base_units(Decimal(text), 6)
