"""A processor whose last bits are others than this one's."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest


class OtherProcessor:
    """Rounds the last bit of what is not exact up or down, as processors differ in it."""

    FUNCTIONS = ("log", "log2", "exp", "exp2", "einsum")

    def __init__(self, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
        chance = np.random.default_rng(seed)
        for name in self.FUNCTIONS:
            monkeypatch.setattr(np, name, self._rounding(getattr(np, name), chance))

    @staticmethod
    def _rounding(function: Callable[..., Any], chance: np.random.Generator) -> Callable[..., Any]:
        def rounded(*arguments: Any, **options: Any) -> Any:
            exact = function(*arguments, **options)
            return np.nextafter(exact, np.where(chance.random(np.shape(exact)) < 0.5, np.inf, -np.inf))

        return rounded
