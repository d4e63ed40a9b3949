"""Challenges and tests verified from chain data alone: whether each payment followed the rules.

    trial = verify.of_chain(client, challenge)
    for finding in trial.broken:
        ...
    tested = verify.batch_of_chain(client, task, batch, reader)

The rules are those of `docs/spec/challenges.md` and `docs/spec/tests.md`, applied here to the events anew. Nothing that
the contracts have computed is taken for right: outcomes, prizes, draws, rulings and shares are reckoned, and held
against what the events tell. Events come from a node, or from anywhere else that has all of them in order.
"""

from .court import Court
from .findings import BatchVerification, Check, Finding, Payment, Verdict, Verification
from .gold import Labels
from .reading import Blocks, batch_of_chain, of_chain
from .seeds import Beacons, BlockHashes, Seeds
from .steps import Clock, Hashes
from .verifying import of_batch, of_events, of_submission

__all__ = [
    "BatchVerification",
    "Beacons",
    "BlockHashes",
    "Blocks",
    "Check",
    "Clock",
    "Court",
    "Finding",
    "Hashes",
    "Labels",
    "Payment",
    "Seeds",
    "Verdict",
    "Verification",
    "batch_of_chain",
    "of_batch",
    "of_chain",
    "of_events",
    "of_submission",
]
