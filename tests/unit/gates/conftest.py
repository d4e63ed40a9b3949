"""A board that issues credentials, and a gate that takes them."""

from typing import Any

import pytest

from tests.credentials import Board


@pytest.fixture(scope="session")
def board() -> Board:
    return Board()


@pytest.fixture
def gate(board: Board) -> Any:
    return board.gate
