"""Challenges that somebody is about to file: what was committed can be opened only by whoever knows items and salt.

Both are kept before the commitment is offered to the wallet, and neither is ever replaced by others: a salt is kept
once for the same items of a submission, until a challenge of them was filed.
"""

import json
from dataclasses import dataclass
from enum import Enum

from goldleaf import AsyncGoldleaf, commitments
from goldleaf.ids import name_submission, split_submission
from goldleaf.signing.commitments import Salt, new_salt
from goldleaf.types import SubmissionState
from goldleaf_tools.index import Index

from . import hidden_evidence, queries
from .database import Database

KIND = "challenge"
SALT = "challenge salt"
# Seconds that a commitment must be old before it can be used, and must not be.
LEAST_AGE = 60
MOST_AGE = 86_400


class State(Enum):
    """How a challenge stands that is to be filed."""

    PLANNED = "not committed"
    WAITING = "waiting"  # committed, and not old enough
    READY = "ready to be filed"
    EXPIRED = "commitment expired"
    OVER = "too late"


@dataclass(frozen=True, slots=True)
class Planned:
    """A challenge of correctness that an account is about to file."""

    submission: int
    items: tuple[int, ...]
    attempt: int  # how often a challenge of these items was filed before
    bond: int | None  # base units; None: the least that it may be when it is filed
    evidence: bytes  # keccak-256
    uri: str  # where the evidence will lie
    chance: float | None = None  # that each label is wrong, as an audit said

    @property
    def name(self) -> str:
        """Names it among those of the account."""
        digest = commitments.hash_indices(self.items).hex()[:16]
        task, slot = split_submission(self.submission)
        return f"{task}-{slot}-{digest}-{self.attempt}"

    def to_json(self) -> str:
        return json.dumps(
            {
                "submission": str(self.submission),
                "items": list(self.items),
                "attempt": self.attempt,
                "bond": None if self.bond is None else str(self.bond),
                "evidence": self.evidence.hex(),
                "uri": self.uri,
                "chance": self.chance,
            }
        )

    @classmethod
    def from_json(cls, text: str) -> "Planned":
        content = json.loads(text)
        return cls(
            submission=int(content["submission"]),
            items=tuple(content["items"]),
            attempt=content["attempt"],
            bond=None if content["bond"] is None else int(content["bond"]),
            evidence=bytes.fromhex(content["evidence"]),
            uri=content["uri"],
            chance=content["chance"],
        )


@dataclass(frozen=True, slots=True)
class Standing:
    """A challenge that is to be filed, and how it stands."""

    planned: Planned
    state: State
    ready_at: int  # when it can be filed; 0: not committed
    window_end: int


def keep(database: Database, account: str, planned: Planned) -> Salt:
    """Keeps a challenge and its salt, before it is committed; returns the salt. Blocks.

    Bond and evidence, which a commitment does not bind, take the place of those that were planned before.
    """
    before = database.recall(account, KIND, planned.name)
    if before is not None and (old := Planned.from_json(before).evidence) != planned.evidence:
        hidden_evidence.drop(database, account, old)
    salt = database.keep_once(account, SALT, planned.name, new_salt().hex())
    database.keep(account, KIND, planned.name, planned.to_json())
    return Salt(bytes.fromhex(salt))


def recall(database: Database, account: str, name: str) -> tuple[Planned, Salt] | None:
    """A challenge of an account by its name, and its salt; None: there is none. Blocks."""
    content, salt = database.recall(account, KIND, name), database.recall(account, SALT, name)
    if content is None or salt is None:
        return None
    return Planned.from_json(content), Salt(bytes.fromhex(salt))


def commitment(client: AsyncGoldleaf, account: str, planned: Planned, salt: bytes) -> bytes:
    """What is committed."""
    escrow = client.deployment.address("TaskEscrow")
    return commitments.challenge_commitment(
        client.deployment.chain_id, escrow, planned.submission, account, planned.items, salt
    )


def read(database: Database, index: Index, account: str) -> list[tuple[Planned, Salt, bool, int]]:
    """Each challenge that was not filed: itself, its salt, whether its submission stands, its window's end. Blocks."""
    filed = queries.filed(index.engine, account)
    salts = database.recall_all(account, SALT)
    found = []
    for one in map(Planned.from_json, database.recall_all(account, KIND).values()):
        if filed[one.submission, one.items] > one.attempt:
            continue
        submission = index.submission(one.submission)
        is_open = submission.state == SubmissionState.PUBLISHED
        found.append((one, Salt(bytes.fromhex(salts[one.name])), is_open, submission.window_end))
    return found


async def standing(client: AsyncGoldleaf, account: str, found: list[tuple[Planned, Salt, bool, int]]) -> list[Standing]:
    """How challenges stand that are not filed, those first whose windows end first. Raises `NodeError`."""
    if not found:
        return []
    asked = [client.challenges.committed_at.ask(commitment(client, account, one, salt)) for one, salt, _, _ in found]
    now, *times = await client.read(client.chain.time.ask(), *asked)
    standings = []
    for (one, _, is_open, window_end), committed in zip(found, times, strict=True):
        ready_at = committed + LEAST_AGE if committed else 0
        if not is_open or now >= window_end:
            state = State.OVER
        elif not committed:
            state = State.PLANNED
        elif now < ready_at:
            state = State.WAITING
        else:
            state = State.READY if now < committed + MOST_AGE else State.EXPIRED
        standings.append(Standing(one, state, ready_at, window_end))
    return sorted(standings, key=lambda each: (each.state == State.OVER, each.window_end))


def backup(one: Planned, salt: bytes, account: str, chain: int, escrow: str, evidence: str | None) -> bytes:
    """All that it takes to file a challenge elsewhere, as a file for its owner alone."""
    content = {
        "about": "A challenge that is not filed yet. Whoever reads this before could file it first: keep it secret.",
        "chain_id": chain,
        "escrow": escrow,
        "challenger": account,
        "submission": name_submission(one.submission),
        "items": list(one.items),
        "salt": "0x" + salt.hex(),
        "bond": None if one.bond is None else str(one.bond),
        "evidence_keccak256": "0x" + one.evidence.hex(),
        "evidence_uri": one.uri,
        "evidence": evidence,
    }
    return json.dumps(content, indent=2).encode() + b"\n"
