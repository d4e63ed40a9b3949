"""Cases in words: sections of sentences, and what can be done next."""

from collections.abc import Callable
from dataclasses import dataclass

from goldleaf.types import ChallengeState, GoldDisputeState

from ..times import show_time

# Base units of a token, by its address, as text.
Amount = Callable[[str, int], str]


@dataclass(frozen=True, slots=True)
class Step:
    """Something that can be done."""

    who: str
    what: str
    # Unix seconds; None: at once, and without an end.
    start: int | None = None
    end: int | None = None

    def __str__(self) -> str:
        times = [
            f"from {show_time(self.start)}" if self.start is not None else "",
            f"before {show_time(self.end)}" if self.end is not None else "",
        ]
        when = " and ".join(time for time in times if time) or "at any time"
        return f"{self.who} may {self.what}, {when}."


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and sentences."""

    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Story:
    """A challenge in words."""

    challenge: int
    state: ChallengeState
    sections: tuple[Section, ...]
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class GoldStory:
    """A dispute about known answers in words."""

    gold_dispute: int
    state: GoldDisputeState
    sections: tuple[Section, ...]
    steps: tuple[Step, ...]
