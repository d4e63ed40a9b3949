"""What a verification finds: payments held against the rule that they follow, steps against what was allowed."""

from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from goldleaf.types import Outcome


class Verdict(Enum):
    """What came of holding something against its rule."""

    OK = "ok"
    BROKEN = "BROKEN"
    # No event tells, or what would tell was not given.
    UNTOLD = "not told"


@dataclass(frozen=True, slots=True)
class Payment:
    """An amount that an account got, or paid, and the rule that says how much."""

    name: str
    account: str
    # Whether the account got it; else it has paid it.
    gained: bool
    rule: str
    # Base units.
    expected: int
    # As the events tell it; None: none of them does.
    found: int | None
    # Of the event that tells it, as 0x and 64 digits; None: there is no event.
    transaction: str | None

    @property
    def verdict(self) -> Verdict:
        if self.found is None:
            return Verdict.UNTOLD
        return Verdict.OK if self.found == self.expected else Verdict.BROKEN


@dataclass(frozen=True, slots=True)
class Check:
    """Something besides an amount that a rule determines: who was drawn, how a vote ended, when a step was taken."""

    name: str
    rule: str
    expected: str
    # As the events tell it; None: none of them does.
    found: str | None
    verdict: Verdict
    transaction: str | None

    @classmethod
    def of(cls, name: str, rule: str, expected: object, found: object, transaction: str | None) -> "Check":
        """Whether what was found is what was expected; `found` None: nothing tells."""
        verdict = Verdict.UNTOLD if found is None else Verdict.OK if found == expected else Verdict.BROKEN
        return cls(name, rule, str(expected), None if found is None else str(found), verdict, transaction)


Finding: TypeAlias = Payment | Check


class _Findings:
    """What can be said of all that was looked at."""

    __slots__ = ()

    findings: tuple[Finding, ...]

    @property
    def payments(self) -> tuple[Payment, ...]:
        """What was paid to whom, by which rule."""
        return tuple(finding for finding in self.findings if isinstance(finding, Payment))

    @property
    def checks(self) -> tuple[Check, ...]:
        """All else that was looked at."""
        return tuple(finding for finding in self.findings if isinstance(finding, Check))

    @property
    def broken(self) -> tuple[Finding, ...]:
        """What does not follow its rule."""
        return tuple(finding for finding in self.findings if finding.verdict == Verdict.BROKEN)

    @property
    def holds(self) -> bool:
        """Whether everything that the events tell follows the rules."""
        return not self.broken


@dataclass(frozen=True, slots=True)
class Verification(_Findings):
    """A challenge, verified from its events."""

    challenge: int
    # Base units of this token.
    token: str
    # How it ended by the rules; None: it is not settled yet.
    outcome: Outcome | None
    findings: tuple[Finding, ...]
    # What could not be looked at, and why.
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BatchVerification(_Findings):
    """The test of a batch, verified from its events."""

    task: int
    batch: int
    # Base units of this token.
    token: str
    # How each dispute about known answers ended by the rules, by its number; None: it is not settled yet.
    outcomes: dict[int, Outcome | None]
    findings: tuple[Finding, ...]
    # What could not be looked at, and why.
    notes: tuple[str, ...]

    def of_dispute(self, number: int) -> tuple[Finding, ...]:
        """What was found of one dispute about known answers, and of the release of the deposit."""
        others = tuple(f"gold dispute {other}:" for other in self.outcomes if other != number)
        return tuple(finding for finding in self.findings if not finding.name.startswith(others))
