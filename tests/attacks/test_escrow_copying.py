"""Copying: what somebody else has committed or sealed is worth nothing to whoever copies it."""

from dataclasses import replace

import boa
import pytest

from goldleaf.signing.commitments import challenge_commitment, commitment, new_salt
from goldleaf.types import SubmissionState
from tests.protocol import COMMITMENT_MIN_AGE, DAY, EVIDENCE, SALT, SINK, URI, Protocol, reverts


@pytest.fixture(scope="module")
def protocol() -> Protocol:
    return Protocol()


def test_copying_a_commitment__of_a_sibling__forfeits_the_stake(protocol):
    task = protocol.open()
    parameters = protocol.parameters_of(task)
    author, copier = protocol.take(task, 0), protocol.take(task, 2)
    protocol.commit(author)
    protocol.escrow.commit(copier.submission, protocol.commitment(author), sender=copier.annotator)
    protocol.publish(author)

    with reverts("submissions: wrong opening"):
        protocol.publish(replace(copier, labels=author.labels))
    protocol.travel_to(parameters.deadline + parameters.publish_period)
    with protocol.gains(copier.annotator, author.annotator, SINK, protocol.requester) as gained:
        protocol.escrow.expire(copier.submission)
        protocol.escrow.claim(author.submission)
    stake = parameters.stake_of(0)
    assert gained == [0, stake + 10 * parameters.reward, stake, 0]
    protocol.assert_conserved()


def test_copying_a_commitment__of_the_last_holder_of_the_slot__cannot_be_opened(protocol):
    task = protocol.open()
    parameters = protocol.parameters_of(task)
    late = protocol.take(task)
    seen = protocol.commitment(late)
    protocol.travel(parameters.work_period)
    protocol.escrow.expire(late.submission)
    copier = protocol.take(task)
    protocol.escrow.commit(copier.submission, seen, sender=copier.annotator)
    protocol.travel_to(parameters.deadline)

    with reverts("submissions: wrong opening"):
        protocol.publish(late, sender=copier.annotator)
    with reverts("submissions: wrong opening"):
        protocol.publish(late)


def test_second_commitment__is_refused(protocol):
    work = protocol.take(protocol.open())
    protocol.commit(work)
    first = protocol.lens.submission(work.submission).root

    for other in (replace(work, salt=new_salt()), work):
        with reverts("submissions: already committed"):
            protocol.commit(other)
    assert protocol.lens.submission(work.submission).root == first


def test_a_then_b_then_a_again__the_first_holding_leaves_nothing_behind(protocol):
    task = protocol.open()
    parameters = protocol.parameters_of(task)
    stake = parameters.stake_of(0)
    a, b = protocol.account(free=2 * stake), protocol.account(free=stake)
    with protocol.gains(a, b, SINK) as gained:
        first = protocol.take(task, annotator=a)
        protocol.escrow.release(first.submission, sender=a)
        second = protocol.take(task, annotator=b)
        with reverts("submissions: not the annotator"):
            protocol.commit(first)
        protocol.travel(parameters.work_period)
        protocol.escrow.expire(second.submission)
        third = protocol.take(task, annotator=a)
        with reverts("submissions: not committed"):
            protocol.publish(third)
    assert third.submission == first.submission
    assert gained == [-stake // 16 - stake, -stake // 4, stake // 16 + stake // 4]
    protocol.commit(third)
    assert protocol.lens.submission(third.submission).state == SubmissionState.COMMITTED
    assert protocol.lens.task(task).live == 1
    protocol.assert_conserved()


def test_copying_a_challenge__without_a_seal__is_refused(protocol):
    work = protocol.delivered(redundancy=1)
    challenger, copier = protocol.account(), protocol.account()
    for account in (challenger, copier):
        protocol.provide(account, protocol.bond(work, 2))
    seal = protocol.challenge_commitment(work, [3, 4], challenger)
    protocol.escrow.commit_challenge(seal, sender=challenger)
    protocol.travel(COMMITMENT_MIN_AGE)

    copied = (work.submission, [3, 4], protocol.bond(work, 2), EVIDENCE, URI, SALT)
    with reverts("challenges: no such commitment"):
        protocol.escrow.challenge(*copied, sender=copier)
    with reverts("challenges: already committed"):
        protocol.escrow.commit_challenge(seal, sender=copier)
    protocol.escrow.commit_challenge(protocol.challenge_commitment(work, [3, 4], copier), sender=copier)
    with reverts("challenges: commitment too young"):
        protocol.escrow.challenge(*copied, sender=copier)
    protocol.escrow.challenge(*copied, sender=challenger)


def test_copying_a_challenge__after_it_was_filed__wins_nothing(protocol):
    work = protocol.delivered(redundancy=1)
    prize = protocol.parameters_of(work.task).reward // 4
    challenger, copier = (protocol.account(free=20 * protocol.unit) for _ in range(2))
    with protocol.gains(challenger, copier) as gained:
        first = protocol.challenge(work, [3], challenger)
        second = protocol.challenge(work, [3], copier)
        protocol.travel(2 * DAY)
        with reverts("challenges: not its turn"):
            protocol.settle(second)
        protocol.settle(first)
        protocol.settle(second)
    assert gained == [prize, 0]
    assert protocol.lens.submission(work.submission).errors == 1
    protocol.assert_conserved()


def test_sealing_what_another_is_about_to_seal__leaves_them_the_challenge(protocol):
    """Whoever is faster with somebody's seal only starts its clock for them."""
    work = protocol.delivered(redundancy=1)
    challenger = protocol.account(free=protocol.bond(work, 1))
    seal = protocol.challenge_commitment(work, [0], challenger)
    protocol.escrow.commit_challenge(seal, sender=protocol.account())
    with reverts("challenges: already committed"):
        protocol.escrow.commit_challenge(seal, sender=challenger)
    protocol.travel(COMMITMENT_MIN_AGE)
    protocol.escrow.challenge(work.submission, [0], 9 * protocol.unit, EVIDENCE, URI, SALT, sender=challenger)


def test_pushing_the_clock_of_a_seal__is_refused_while_it_lives(protocol):
    work = protocol.delivered(redundancy=1)
    challenger = protocol.account(free=protocol.bond(work, 1))
    seal = protocol.challenge_commitment(work, [0], challenger)
    protocol.escrow.commit_challenge(seal, sender=challenger)
    protocol.travel(DAY - 1)
    with reverts("challenges: already committed"):
        protocol.escrow.commit_challenge(seal, sender=protocol.account())
    protocol.escrow.challenge(work.submission, [0], 9 * protocol.unit, EVIDENCE, URI, SALT, sender=challenger)


def test_using_a_seal_twice__is_refused(protocol):
    work = protocol.delivered(redundancy=1)
    challenger = protocol.account(free=100 * protocol.unit)
    protocol.challenge(work, [0], challenger)
    with reverts("challenges: no such commitment"):
        protocol.escrow.challenge(work.submission, [0], 9 * protocol.unit, EVIDENCE, URI, SALT, sender=challenger)


def test_blank_seal__opens_nothing(protocol):
    """The seal of nothing, and a seal that is read as a commitment, stand for no challenge."""
    work = protocol.delivered(redundancy=1)
    challenger = protocol.account(free=protocol.bond(work, 1))
    for seal in (bytes(32), protocol.commitment(work)):
        protocol.escrow.commit_challenge(seal, sender=challenger)
    protocol.travel(COMMITMENT_MIN_AGE)
    with reverts("challenges: no such commitment"):
        protocol.escrow.challenge(work.submission, [0], 9 * protocol.unit, EVIDENCE, URI, SALT, sender=challenger)


@pytest.mark.parametrize("strange", ["chain", "escrow", "submission", "challenger", "indices", "salt"])
def test_replay_of_a_seal__for_another(protocol, strange):
    works = protocol.deliver(protocol.open())
    challenger = protocol.account(free=protocol.bond(works[0], 1))
    bound = {
        "chain": boa.env.evm.patch.chain_id,
        "escrow": protocol.escrow.address,
        "submission": works[0].submission,
        "challenger": challenger,
        "indices": [0],
        "salt": SALT,
    }
    other = {
        "chain": bound["chain"] + 1,
        "escrow": protocol.token.address,
        "submission": works[1].submission,
        "challenger": protocol.account(),
        "indices": [1],
        "salt": new_salt(),
    }
    protocol.escrow.commit_challenge(
        challenge_commitment(*(bound | {strange: other[strange]}).values()), sender=challenger
    )
    protocol.travel(COMMITMENT_MIN_AGE)
    with reverts("challenges: no such commitment"):
        protocol.escrow.challenge(works[0].submission, [0], 9 * protocol.unit, EVIDENCE, URI, SALT, sender=challenger)


@pytest.mark.parametrize("strange", ["chain", "escrow", "submission", "annotator", "root", "uri", "salt"])
def test_replay_of_a_commitment__for_another(protocol, strange):
    task = protocol.open()
    work, sibling = protocol.take(task, 0), protocol.take(task, 2)
    bound = {
        "chain": boa.env.evm.patch.chain_id,
        "escrow": protocol.escrow.address,
        "submission": work.submission,
        "annotator": work.annotator,
        "root": work.labels.root,
        "uri": work.uri,
        "salt": work.salt,
    }
    other = {
        "chain": bound["chain"] + 1,
        "escrow": protocol.token.address,
        "submission": sibling.submission,
        "annotator": sibling.annotator,
        "root": new_salt(),
        "uri": "ipfs://other",
        "salt": new_salt(),
    }
    protocol.commit(sibling)
    sealed = commitment(*(bound | {strange: other[strange]}).values())
    protocol.escrow.commit(work.submission, sealed, sender=work.annotator)
    with reverts("submissions: wrong opening"):
        protocol.publish(work)


def test_replay_after_a_fork__a_commitment_of_the_other_chain_cannot_be_opened(protocol, monkeypatch):
    task = protocol.open()
    works = [protocol.take(task, slot) for slot in (0, 2)]
    for work in works:
        protocol.commit(work)
    monkeypatch.setattr(boa.env.evm.patch, "chain_id", boa.env.evm.patch.chain_id + 1)
    with reverts("submissions: wrong opening"):
        protocol.publish(works[0])
