"""One grid for all probabilities, so that the same answers give the same estimate on every machine.

Sums, products and quotients of doubles are the same on every processor. Logarithms, exponentials and products of
matrices are not: they differ in the last bits. Whatever comes of these is put on the grid before anything depends on
it, in each round of an estimator too, where a difference would grow. Sums of values on the grid are exact in any order,
so that classes for which the same was said are equally probable to the last bit: a tie is a tie, and is broken by rule.
"""

from typing import Any, TypeVar, cast

from goldleaf.errors import MissingExtra

try:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray
except ImportError as error:
    raise MissingExtra("audit", "goldleaf-tools") from error

# The grid's step is about a millionth.
STEPS = 2**20
# Of values that may be far smaller than that, as many leading bits are kept.
BITS = 26

Values = TypeVar("Values", "NDArray[np.float64]", "pd.DataFrame", float)


def on_grid(values: Values) -> Values:
    """The nearest multiples of 1 / `STEPS`."""
    nearest: Any = np.rint(values * STEPS) / STEPS
    return cast(Values, nearest.item() if isinstance(values, float) else nearest)


def leading(values: "NDArray[np.float64]") -> "NDArray[np.float64]":
    """The leading `BITS` bits of each."""
    mantissa, exponent = np.frexp(values)
    kept: NDArray[np.float64] = np.ldexp(np.rint(np.ldexp(mantissa, BITS)), exponent - BITS)
    return kept
