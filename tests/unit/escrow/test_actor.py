"""Who acts: the caller, or the account that the relay names at the end of the calldata."""

from collections.abc import Callable
from typing import Any

import pytest

from goldleaf.types import ZERO_ADDRESS, SubmissionState
from tests.protocol import COMMITMENT_MIN_AGE, EVIDENCE, SALT, URI, Protocol, Work, reverts
from tests.relayed import RELAY, Acts, call_as
from tests.unit.escrow.helpers import (
    MAX,
    challenge,
    deployed_with,
    open_arguments,
    submission,
    task,
)

relayed = deployed_with({"relay": RELAY})


# Whoever calls these, the same happens.
FOR_ANYONE = {
    "close",
    "publish_graded",
    "expire",
    "claim",
    "claim_many",
    "commit_challenge",
    "settle",
    "settle_many",
}


@relayed
def test_actor__relayed__is_the_account_named_in_every_entry_point(protocol: Protocol, work: Work) -> None:
    """The life of tasks, each step by an account that never sends a transaction itself."""
    requester, annotator, challenger, anyone = (protocol.account() for _ in range(4))
    arbitrator, token, escrow = protocol.arbitrator.address, protocol.token, protocol.escrow
    acts = Acts(escrow, "TaskEscrow")

    def act(account: str, function: str, *arguments: Any) -> int:
        return int.from_bytes(acts(account, function, *arguments))

    for account in (requester, annotator, challenger):
        token.mint(account, 1000 * protocol.unit)
        token.approve(escrow, MAX, sender=account)
        act(account, "deposit", token, 500 * protocol.unit, account)
        act(account, "deposit_with_permit", token, 500 * protocol.unit, account, 0, 0, bytes(32), bytes(32))
        assert protocol.free(account) == 1000 * protocol.unit

    opened = act(requester, "open", *open_arguments(protocol, redundancy=1, items=50))
    assert task(protocol, opened).requester == requester
    paired = act(requester, "open", *open_arguments(protocol))
    grader = protocol.chain.deploy("mocks/GraderMock")
    graded = act(requester, "open", *open_arguments(protocol, redundancy=1, grader=grader.address))

    # The annotator takes, releases, is late, delivers.
    taken = act(annotator, "take", opened, 0, b"")
    assert submission(protocol, taken).annotator == annotator
    act(annotator, "release", taken)
    assert submission(protocol, taken).annotator == ZERO_ADDRESS
    late = act(annotator, "take", opened, 4, b"")
    protocol.travel(protocol.parameters_of(opened).work_period)
    act(anyone, "expire", late)
    act(annotator, "take_many", opened, [0, 1, 2], b"")
    ids = [opened << 64 | slot for slot in range(3)]
    for taken in ids:
        act(annotator, "publish", taken, work.labels.root, SALT, URI)
        assert submission(protocol, taken).state == SubmissionState.PUBLISHED
    taken = act(annotator, "take", paired, 0, b"")
    act(annotator, "commit", taken, b"\2" * 32)
    assert submission(protocol, taken).state == SubmissionState.COMMITTED
    grader.set_ready(graded, True)
    tested = Work(act(annotator, "take", graded, 0, b""), annotator, work.labels)
    act(annotator, "commit", tested.submission, protocol.commitment(tested))
    grader.set_passed(tested.submission, True)
    act(anyone, "publish_graded", tested.submission, work.labels.root, SALT, URI, b"")

    # The challenger challenges; the annotator concedes, defends or answers.
    challenges = []
    for slot, taken in enumerate(ids[:2]):
        challenged = Work(taken, annotator, work.labels)
        act(challenger, "commit_challenge", protocol.challenge_commitment(challenged, [10 * slot], challenger))
        protocol.travel(COMMITMENT_MIN_AGE)
        challenges.append(act(challenger, "challenge", taken, [10 * slot], 9 * protocol.unit, EVIDENCE, URI, SALT))
        assert challenge(protocol, challenges[-1]).challenger == challenger
    asked = act(challenger, "challenge_availability", ids[0], [1])
    assert challenge(protocol, asked).challenger == challenger
    act(anyone, "answer", asked, 1, work.labels.label(1), work.labels.proof(1))
    assert protocol.event("Answered").answerer == anyone
    act(annotator, "concede", challenges[0])
    act(annotator, "defend", challenges[1], MAX)
    assert challenge(protocol, challenges[1]).defender == annotator
    act(arbitrator, "rule", 0, 2)
    assert challenge(protocol, challenges[1]).ruling == 2
    act(anyone, "settle", challenges[0], [0])
    act(anyone, "settle_many", [asked, challenges[1]], [[1], [10]])

    # The requester accepts, cancels and closes.
    act(requester, "accept", ids[2])
    assert submission(protocol, ids[2]).window_end == protocol.now
    act(anyone, "claim", ids[2])
    for taken in ids[:2]:
        protocol.travel_to(max(protocol.now, submission(protocol, taken).window_end))
    assert act(anyone, "claim_many", ids) == 2
    act(requester, "cancel", opened)
    assert task(protocol, opened).cancelled
    protocol.travel_to(protocol.parameters_of(opened).deadline)
    act(anyone, "close", opened)

    # Money inside the ledger and out of it.
    act(challenger, "transfer", token, 7, requester)
    before = token.balanceOf(challenger)
    act(challenger, "withdraw", token, 8, challenger)
    assert token.balanceOf(challenger) == before + 8
    assert token.balanceOf(RELAY) == protocol.free(RELAY) == 0
    protocol.assert_conserved()
    acts.assert_complete(FOR_ANYONE)


@relayed
@pytest.mark.parametrize(
    ("function", "arguments", "reason"),
    [
        ("cancel", lambda work, filed: (work.task,), "tasks: not the requester"),
        ("accept", lambda work, filed: (work.submission,), "submissions: not the requester"),
        ("concede", lambda work, filed: (filed,), "challenges: not the annotator"),
        ("defend", lambda work, filed: (filed, MAX), "challenges: annotator's turn"),
        ("rule", lambda work, filed: (0, 1), "challenges: unknown dispute"),
    ],
)
def test_actor__relayed_for_a_stranger__is_refused(
    protocol: Protocol, work: Work, function: str, arguments: Callable[[Work, int], tuple[Any, ...]], reason: str
) -> None:
    filed = protocol.challenge(work, [3])
    with reverts(reason):
        call_as(protocol.escrow, protocol.account(), function, *arguments(work, filed))


@relayed
def test_actor__direct_call_at_the_relayed_escrow__is_the_caller(protocol: Protocol) -> None:
    opened = protocol.open()
    protocol.escrow.cancel(opened, sender=protocol.requester)
    assert task(protocol, opened).cancelled


@relayed
def test_actor__not_the_relay__cannot_speak_for_others(protocol: Protocol) -> None:
    owner, thief = protocol.account(free=100), protocol.account()
    with reverts("ledger: balance too low"):
        call_as(protocol.escrow, owner, "withdraw", protocol.token, 100, thief, sender=thief)


def test_actor__no_relay__nobody_speaks_for_others(protocol: Protocol) -> None:
    """Not even the empty address, which stands for no relay."""
    owner = protocol.account(free=100)
    for sender in (ZERO_ADDRESS, RELAY):
        with reverts("ledger: balance too low"):
            call_as(protocol.escrow, owner, "transfer", protocol.token, 100, RELAY, sender=sender)
    assert protocol.escrow.relay() == ZERO_ADDRESS


@relayed
def test_actor__relay__is_told(protocol: Protocol) -> None:
    assert protocol.escrow.relay() == RELAY
