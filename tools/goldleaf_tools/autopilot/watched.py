"""Forgets what is over, but not so soon that a reorganization could bring it back unseen."""

from collections.abc import Iterable
from typing import TypeVar

from .snapshot import DEPTH

K = TypeVar("K")


def forget(watched: dict[K, int | None], over: Iterable[K], head: int) -> None:
    """Marks what is over with the block in which it was first seen to be, and forgets what has been for long."""
    for key in over:
        since = watched[key]
        if since is None:
            watched[key] = head
        elif head - since > DEPTH:
            del watched[key]
