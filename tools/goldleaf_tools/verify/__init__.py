"""Challenges verified from chain data alone: whether each payment followed the rules.

    trial = verify.of_chain(client, challenge)
    for finding in trial.broken:
        ...

The rules are those of `docs/spec/challenges.md`, applied here to the events anew. Nothing that the contracts have
computed is taken for right: outcomes, prizes, draws, rulings and shares are reckoned, and held against what the events
tell. Events come from a node, or from anywhere else that has all of them in order.
"""

from .court import Court
from .findings import Check, Finding, Payment, Verdict, Verification
from .reading import Blocks, of_chain
from .steps import Clock, Hashes
from .verifying import of_events, of_submission

__all__ = [
    "Blocks",
    "Check",
    "Clock",
    "Court",
    "Finding",
    "Hashes",
    "Payment",
    "Verdict",
    "Verification",
    "of_chain",
    "of_events",
    "of_submission",
]
