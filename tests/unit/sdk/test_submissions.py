import pytest

from goldleaf import (
    Deployment,
    Goldleaf,
    LabelSet,
    SubmissionState,
    commitments,
    errors,
    events,
    split_submission,
    submission_id,
)
from tests.in_process import DAY, GAS_LIMIT, TERMS, URI, WEALTH, Play, labels_for

SALT = b"\x07" * 32


def test_take__no_slot_named__an_open_one_of_a_batch_not_held(play: Play) -> None:
    task = play.open(redundancy=2)
    taken = [play.annotator.submissions.take(task).result for _ in range(3)]
    slots = [split_submission(event.submission)[1] for event in taken]
    assert sorted(slot % 3 for slot in slots) == [0, 1, 2]
    with pytest.raises(errors.NoOpenSlot, match="0 of 1 found in 3 of 3 batches"):
        play.annotator.submissions.take(task)
    others = [play.stranger.submissions.take(task).result.submission for _ in range(3)]
    assert not {event.submission for event in taken} & set(others)


def test_take__slot__locks_the_stake_of_its_labels(play: Play) -> None:
    task = play.open()
    free = play.annotator.ledger.free()
    sent = play.annotator.submissions.take(task, 2)
    assert sent.result == events.Taken(submission_id(task, 2), play.annotator.account, sent.result.due)
    assert play.annotator.ledger.free() == free - 2 * 3_000_000
    found = play.annotator.submissions.get(sent.result.submission)
    assert (found.state, found.due_at, found.labels) == (SubmissionState.TAKEN, sent.result.due, 2)
    assert play.annotator.submissions.items(sent.result.submission) == range(8, 10)


def test_take__arbitrator_that_nobody_vouches_for__refused_until_accepted_by_name(play: Play) -> None:
    task = play.open()
    world = play.world
    unlisted = Deployment(world.deployment.chain_id, 0, world.deployment.contracts)
    client = Goldleaf(world.web3, unlisted, play.annotator.account, gas_limit=GAS_LIMIT)
    for accepted in (None, world.court.address):
        with pytest.raises(errors.UnknownArbitrator, match=f"task {task} is ruled by {world.arbitrator.address}"):
            client.submissions.take(task, 0, accept_arbitrator=accepted)
    client.submissions.take(task, 0, accept_arbitrator=world.arbitrator.address.lower())


def test_take__what_cannot_be__refused(play: Play) -> None:
    task = play.open(redundancy=2)
    play.take(task, 0)
    with pytest.raises(errors.SlotTaken, match=f"slot 0 is taken, by {play.annotator.account}"):
        play.stranger.submissions.take(task, 0)
    with pytest.raises(errors.HasSibling):
        play.annotator.submissions.take(task, 3)
    with pytest.raises(errors.NoSuchSlot, match="slot is 6, must be 0 to 5"):
        play.annotator.submissions.take(task, 6)
    with pytest.raises(errors.NoSuchTask):
        play.annotator.submissions.take(task + 1)
    with pytest.raises(errors.ArgumentError, match="1025 bytes, must be at most 1024"):
        play.annotator.submissions.take(task, 1, gate_data=bytes(1025))
    play.annotator.ledger.withdraw(play.annotator.ledger.free() - 1)
    with pytest.raises(errors.BalanceTooLow) as caught:
        play.annotator.submissions.take(task, 1)
    assert (caught.value.value, caught.value.bound) == (1, "at least 12000000 base units")
    play.world.travel(8 * DAY)
    with pytest.raises(errors.TooLateToTake):
        play.stranger.submissions.take(task, 1)


def test_take__gate_says_no__refused_and_yes__taken(play: Play) -> None:
    gate = play.world.deploy("mocks/GateMock")
    task = play.open(gate=gate.address)
    with pytest.raises(errors.NotAdmitted):
        play.take(task)
    gate.functions.set_allowed(play.annotator.account, task, True).transact({"from": play.world.accounts[0]})
    play.take(task)


def test_take_many__some_are_taken__takes_the_others(play: Play) -> None:
    task = play.open(redundancy=2)
    play.stranger.submissions.take(task, 0)
    [event] = play.annotator.submissions.take_many(task, [0, 4]).result
    assert event.submission == submission_id(task, 4)
    with pytest.raises(errors.SlotTaken, match="slot 0 is taken"):
        play.annotator.submissions.take_many(task, [0, 4])
    # What the client saw as open, and somebody took before the call.
    late = play.annotator.unchecked.submissions.take_many(task, [0, 4, 2]).result
    assert [event.submission for event in late] == [submission_id(task, 2)]


def test_take_many__named_and_picked__are_taken(play: Play) -> None:
    task = play.open(redundancy=2)
    named = play.annotator.submissions.take_many(task, [0, 4]).result
    assert [event.submission for event in named] == [submission_id(task, 0), submission_id(task, 4)]
    picked = play.stranger.submissions.take_many(task, 3).result
    assert sorted(split_submission(event.submission)[1] % 3 for event in picked) == [0, 1, 2]
    with pytest.raises(errors.NoOpenSlot, match="1 of 2 found"):
        play.annotator.submissions.take_many(task, 2)
    for slots in (0, 33, [], list(range(33))):
        with pytest.raises(errors.ArgumentError, match="number of slots"):
            play.annotator.submissions.take_many(task, slots)


def test_release__before_due__costs_a_sixteenth(play: Play) -> None:
    submission = play.take(play.open())
    with pytest.raises(errors.NotAnnotator):
        play.stranger.submissions.release(submission)
    assert play.annotator.submissions.release(submission).result.to_sink == 12_000_000 // 16
    with pytest.raises(errors.NotTaken, match="it is open"):
        play.annotator.submissions.release(submission)


def test_expire__from_due_on__costs_a_quarter(play: Play) -> None:
    submission = play.take(play.open())
    with pytest.raises(errors.NotDueYet, match="it is due at 20"):
        play.stranger.submissions.expire(submission)
    play.world.travel(2 * DAY)
    with pytest.raises(errors.PastDue):
        play.annotator.submissions.release(submission)
    sent = play.stranger.submissions.expire(submission)
    assert sent.result == events.Expired(submission, play.annotator.account, 3_000_000)


def test_commit_and_publish__redundancy_two__opened_when_all_are_committed(play: Play) -> None:
    task = play.open(redundancy=2)
    submission = play.take(task)
    other = play.stranger.submissions.take(task, 3).result.submission
    labels = labels_for(play.annotator, submission)
    with pytest.raises(errors.NotCommitted):
        play.annotator.submissions.publish(submission, labels, uri=URI, salt=SALT)
    sent = play.annotator.submissions.commit(submission, labels, uri=URI, salt=SALT)
    found = play.annotator.submissions.get(submission)
    assert (found.commitment, found.root) == (sent.result.commitment, bytes(32))
    for call in (play.annotator.submissions.commit, play.annotator.submissions.commit):
        with pytest.raises(errors.AlreadyCommitted):
            call(submission, labels, uri=URI, salt=SALT)
    with pytest.raises(errors.AlreadyCommitted):
        play.annotator.submissions.release(submission)
    with pytest.raises(errors.SiblingsNotReady):
        play.stranger.submissions.publish(submission, labels, uri=URI, salt=SALT)
    play.stranger.submissions.commit(other, labels.root, uri=URI, salt=SALT)
    for wrong in ({"uri": "ipfs://other", "salt": SALT}, {"uri": URI, "salt": TERMS}):
        with pytest.raises(errors.WrongOpening):
            play.stranger.submissions.publish(submission, labels, **wrong)
    published = play.stranger.submissions.publish(submission, labels, uri=URI, salt=SALT).result
    assert (published.root, published.uri) == (labels.root, URI)
    assert play.annotator.submissions.publication(submission) == published
    found = play.annotator.submissions.get(submission)
    assert (found.commitment, found.root) == (bytes(32), labels.root)
    assert (found.due_at, found.window_end) == (0, published.window_end)


def test_commit__not_published_in_time__all_of_the_stake_is_lost(play: Play) -> None:
    submission = play.take(play.open(redundancy=2))
    labels = labels_for(play.annotator, submission)
    play.annotator.submissions.commit(submission, labels, uri=URI, salt=SALT)
    play.world.travel(11 * DAY)
    with pytest.raises(errors.MayBePublished):
        play.stranger.submissions.expire(submission)
    play.world.travel(DAY)
    with pytest.raises(errors.TooLateToPublish):
        play.annotator.submissions.publish(submission, labels, uri=URI, salt=SALT)
    assert play.stranger.submissions.expire(submission).result == events.Forfeited(
        submission, play.annotator.account, 12_000_000
    )


def test_publish__redundancy_one__directly_by_the_annotator(play: Play) -> None:
    submission = play.take(play.open())
    labels = labels_for(play.annotator, submission)
    with pytest.raises(errors.PublishDirectly):
        play.annotator.submissions.commit(submission, labels, uri=URI, salt=SALT)
    with pytest.raises(errors.NotAnnotator):
        play.stranger.submissions.publish(submission, labels, uri=URI)
    with pytest.raises(errors.LabelError, match=r"is \[4, 8\), must be \[0, 4\) as in the batch"):
        play.annotator.submissions.publish(submission, LabelSet([0] * 4, first=4), uri=URI)
    with pytest.raises(errors.EmptyRoot):
        play.annotator.submissions.publish(submission, bytes(32), uri=URI)
    with pytest.raises(errors.NotPublished):
        play.annotator.submissions.publication(submission)
    play.annotator.submissions.publish(submission, labels, uri=URI)
    with pytest.raises(errors.NotTaken, match="it is published"):
        play.annotator.submissions.publish(submission, labels, uri=URI)


def test_publish__past_due__refused(play: Play) -> None:
    submission = play.take(play.open())
    play.world.travel(2 * DAY)
    with pytest.raises(errors.PastDue):
        play.annotator.submissions.publish(submission, labels_for(play.annotator, submission), uri=URI)


def test_claim__after_the_window__pays_reward_and_stake(play: Play) -> None:
    submission, _ = play.publish()
    with pytest.raises(errors.WindowOpen):
        play.stranger.submissions.claim(submission)
    play.world.travel(4 * DAY)
    with pytest.raises(errors.AcceptTooLate):
        play.requester.submissions.accept(submission)
    sent = play.stranger.submissions.claim(submission)
    assert sent.result == events.Claimed(submission, play.annotator.account, 4, 200_000, 12_000_000, 0)
    assert play.annotator.ledger.free() == WEALTH // 4 + 200_000
    with pytest.raises(errors.NotPublished, match="is paid"):
        play.stranger.submissions.claim(submission)


def test_claim_many__accepted_submissions__paid_together(play: Play) -> None:
    task = play.open()
    submissions = [event.submission for event in play.annotator.submissions.take_many(task, [0, 1]).result]
    for submission in submissions:
        play.annotator.submissions.publish(submission, labels_for(play.annotator, submission), uri=URI)
        with pytest.raises(errors.OnlyRequesterAccepts):
            play.annotator.submissions.accept(submission)
        play.requester.submissions.accept(submission)
    with pytest.raises(errors.NotPublished, match="is open"):
        play.annotator.submissions.claim_many([submission_id(task, 2)])
    claimed = play.annotator.submissions.claim_many([submission_id(task, 2), *submissions]).result
    assert [event.labels for event in claimed] == [4, 4]
    assert play.annotator.unchecked.submissions.claim_many(submissions).result == ()
    with pytest.raises(errors.ArgumentError, match="number of submissions is 33, must be 1 to 32"):
        play.annotator.submissions.claim_many(list(range(33)))


def test_items__slot_that_is_not__refused(play: Play) -> None:
    task = play.open()
    with pytest.raises(errors.NoSuchSlot):
        play.annotator.submissions.items(submission_id(task, 3))


def test_is_wrong__after_a_conceded_challenge__says_which(play: Play) -> None:
    submission, _ = play.publish(tolerance_bps=5000, stake=4_000_000)
    challenge = play.challenge(submission, [1]).result.challenge
    play.annotator.challenges.concede(challenge)
    play.stranger.challenges.settle(challenge)
    wrong = [play.stranger.submissions.is_wrong(submission, item) for item in range(4)]
    assert wrong == [False, True, False, False]
    with pytest.raises(errors.ItemNotInBatch, match="item is 4, must be 0 to 3"):
        play.stranger.submissions.is_wrong(submission, 4)
    play.world.travel(4 * DAY)
    assert play.stranger.submissions.claim(submission).result.labels == 3


def test_claim__pending_challenge__refused(play: Play) -> None:
    submission, _ = play.publish()
    play.world.travel(4 * DAY - 120)
    play.challenge(submission, [0])
    play.world.travel(120)
    with pytest.raises(errors.ChallengesPending, match="0 of 1 are settled"):
        play.annotator.submissions.claim(submission)


def test_new_salt__used_for_a_commitment__opens_it(play: Play) -> None:
    submission = play.take(play.open(redundancy=2))
    salt = commitments.new_salt()
    play.annotator.submissions.commit(submission, TERMS, uri=URI, salt=salt)
    play.world.travel(10 * DAY)
    play.annotator.submissions.publish(submission, TERMS, uri=URI, salt=salt)
