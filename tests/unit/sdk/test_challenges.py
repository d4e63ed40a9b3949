from decimal import Decimal

import pytest

from goldleaf import (
    NOT_HEARD,
    ChallengeKind,
    ChallengeState,
    LabelSet,
    Outcome,
    SubmissionState,
    challenge_id,
    commitments,
    economics,
    errors,
    events,
)
from goldleaf.ids import split_submission
from tests.in_process import DAY, HOUR, WEALTH, WORTHWHILE, Play

SALT = b"\x08" * 32
COST = 3 * 10**6
# Of a label of 0.05.
PRIZE = 12_500


def rule(play: Play, challenge: int, ruling: int) -> None:
    """Has the arbitrator decide a defended challenge."""
    dispute = play.stranger.challenges.defence(challenge).dispute
    arbitrator = play.world.arbitrator.functions
    call = arbitrator.refuse_to_hear(dispute) if ruling == NOT_HEARD else arbitrator.give_ruling(dispute, ruling)
    call.transact({"from": play.world.accounts[0]})


def test_commit__challenge_in_preparation__stores_the_time_alone(play: Play) -> None:
    submission, _ = play.publish()
    sent = play.stranger.challenges.commit(submission, [0, 3], salt=SALT)
    expected = commitments.challenge_commitment(
        play.world.deployment.chain_id, play.world.escrow.address, submission, play.stranger.account, [0, 3], SALT
    )
    assert sent.result == events.ChallengeCommitted(expected)
    assert play.stranger.challenges.committed_at(expected) == play.world.web3.eth.get_block(sent.block)["timestamp"]
    with pytest.raises(errors.ChallengeAlreadyCommitted):
        play.stranger.challenges.commit(submission, [0, 3], salt=SALT)
    assert len(play.requester.challenges.commit(submission, [0, 3], salt=SALT).events) == 1


def test_file__with_a_commitment_of_its_age__locks_the_bond(play: Play) -> None:
    submission, _ = play.publish()
    with pytest.raises(errors.NoSuchCommitment):
        play.stranger.challenges.file(submission, [0, 3], salt=SALT)
    play.stranger.challenges.commit(submission, [0, 3], salt=SALT)
    with pytest.raises(errors.CommitmentTooYoung, match="it can be used from"):
        play.stranger.challenges.file(submission, [0, 3], salt=SALT)
    play.world.travel(60)
    with pytest.raises(errors.NoSuchCommitment):
        play.requester.challenges.file(submission, [0, 3], salt=SALT)
    bond = play.stranger.challenges.least_bond(submission, 2)
    sent = play.stranger.challenges.file(submission, [0, 3], salt=SALT, evidence=b"\x09" * 32, uri="ipfs://e")
    challenge = challenge_id(submission, 0)
    assert sent.result == events.Challenged(challenge, play.stranger.account, (0, 3), bond, b"\x09" * 32, "ipfs://e")
    assert bond == 3 * COST
    assert play.stranger.ledger.free() == WEALTH // 4 - bond
    assert play.requester.challenges.filing(challenge) == sent.result
    found = play.requester.challenges.get(challenge)
    assert (found.kind, found.state) == (ChallengeKind.CORRECTNESS, ChallengeState.FILED)
    filed_at = play.world.web3.eth.get_block(sent.block)["timestamp"]
    assert (found.challenger, found.labels, found.bond) == (play.stranger.account, 2, bond)
    assert (found.filed_at, found.defended_at) == (filed_at, 0)
    assert found.indices_hash == commitments.hash_indices([0, 3])


def test_file__bond_of_ones_own__is_locked_to_the_unit_and_has_a_least(play: Play) -> None:
    submission, _ = play.publish(**WORTHWHILE)
    play.stranger.challenges.commit(submission, [0, 3], salt=SALT)
    play.world.travel(60)
    for bond in (3 * COST - 1, Decimal("8.999999")):
        with pytest.raises(errors.BondTooLow) as caught:
            play.stranger.challenges.file(submission, [0, 3], salt=SALT, bond=bond)
        assert (caught.value.value, caught.value.bound) == (3 * COST - 1, f"at least {3 * COST} base units")
    with pytest.raises(errors.BondTooLow, match="challenges: bond too low"):
        play.stranger.unchecked.challenges.file.simulate(submission, [0, 3], salt=SALT, bond=3 * COST - 1)
    filed = play.stranger.challenges.file(submission, [0, 3], salt=SALT, bond=Decimal("9.000001")).result
    assert play.stranger.challenges.get(filed.challenge).bond == filed.bond == 3 * COST + 1
    assert play.stranger.ledger.free() == WEALTH // 4 - filed.bond


def test_file__bond_above_what_earns_anything__warns(play: Play) -> None:
    submission, labels = play.publish(stake=30_000_000)
    play.stranger.challenges.commit(submission, [0, 3], salt=SALT)
    play.world.travel(60)
    useful = economics.crossing_bond(stake=30_000_000, labels=len(labels))
    assert useful == 15_000_000 > 3 * COST
    file = play.stranger.challenges.file.simulate
    assert not file(submission, [0, 3], salt=SALT, bond=useful).warnings
    [warning] = file(submission, [0, 3], salt=SALT, bond=useful + 1).warnings
    assert warning == "of a bond of 15000001 base units, what is above 15000000 earns nothing and is only risked"


def test_least_bond__many_dear_labels__is_half_of_their_pay(play: Play) -> None:
    submission, _ = play.publish(reward=10**7, stake=2 * 10**7, tolerance_bps=5000)
    bonds = [play.stranger.challenges.least_bond(submission, labels) for labels in (1, 2)]
    assert bonds == [3 * COST, 10**7]


def test_file__old_commitment__refused(play: Play) -> None:
    submission, _ = play.publish()
    play.stranger.challenges.commit(submission, [0], salt=SALT)
    play.world.travel(DAY)
    with pytest.raises(errors.CommitmentTooOld):
        play.stranger.challenges.file(submission, [0], salt=SALT)
    play.stranger.challenges.commit(submission, [0], salt=SALT)


@pytest.mark.parametrize(
    ("items", "error", "message"),
    [
        ([], errors.NoLabelsChallenged, "is 0, must be 1 to 32"),
        (list(range(33)), errors.NoLabelsChallenged, "is 33, must be 1 to 32"),
        ([1, 0], errors.ItemsNotRising, r"is \[1, 0\], must be \[0, 1\]"),
        ([1, 1], errors.ItemsNotRising, r"is \[1, 1\], must be \[1\]"),
        ([3, 4], errors.ItemNotInBatch, "item is 4, must be 0 to 3"),
    ],
)
def test_commit_and_file__bad_items__refused(
    play: Play, items: list[int], error: type[errors.ContractError], message: str
) -> None:
    submission, _ = play.publish()
    for call in (play.stranger.challenges.commit, play.stranger.challenges.file):
        with pytest.raises(error, match=message):
            call(submission, items, salt=SALT)


def test_commit_and_file__no_open_window__refused(play: Play) -> None:
    submission, _ = play.publish()
    play.world.travel(4 * DAY)
    for call in (play.stranger.challenges.commit, play.stranger.challenges.file):
        with pytest.raises(errors.ChallengeTooLate):
            call(submission, [0], salt=SALT)
        with pytest.raises(errors.NotPublished, match="is open"):
            call(submission + 1, [0], salt=SALT)


def test_file__bond_above_the_free_balance__refused(play: Play) -> None:
    submission, _ = play.publish()
    play.stranger.challenges.commit(submission, [0], salt=SALT)
    play.world.travel(60)
    play.stranger.ledger.withdraw(play.stranger.ledger.free() - 1)
    with pytest.raises(errors.BalanceTooLow) as caught:
        play.stranger.challenges.file(submission, [0], salt=SALT)
    assert (caught.value.value, caught.value.bound) == (1, "at least 9000000 base units")


def test_concede__by_the_annotator__gives_nothing_back(play: Play) -> None:
    submission, _ = play.publish(tolerance_bps=2500)
    challenge = play.challenge(submission, [2]).result.challenge
    with pytest.raises(errors.OnlyAnnotatorConcedes):
        play.requester.challenges.concede(challenge)
    play.annotator.challenges.concede(challenge)
    for call in (play.annotator.challenges.concede, play.annotator.challenges.defend):
        with pytest.raises(errors.ChallengeNotOpen, match="is conceded"):
            call(challenge)
    settled = play.stranger.challenges.settle(challenge, [2]).result
    assert (settled.outcome, settled.proven, settled.to_annotator) == (Outcome.CONCEDED, 1, 0)
    assert play.stranger.ledger.free() == WEALTH // 4 + PRIZE
    play.world.travel(4 * DAY)
    claimed = play.stranger.submissions.claim(submission).result
    # The stake is whole again; of the pay of the wrong label the requester has what the prize has left.
    assert (claimed.labels, claimed.pay, claimed.stake) == (3, 3 * 50_000, 12_000_000)
    assert claimed.to_requester == 50_000 - PRIZE


@pytest.mark.parametrize(("bond", "bonus"), [(None, 3_000_000), (10**7, 3_000_000)])
def test_settle__more_errors_than_tolerated__pays_a_bonus_and_nothing_to_the_requester(
    play: Play, bond: int | None, bonus: int
) -> None:
    submission, _ = play.publish()
    before = play.requester.ledger.free()
    play.stranger.challenges.commit(submission, [2], salt=SALT)
    play.world.travel(60)
    challenge = play.stranger.challenges.file(submission, [2], salt=SALT, bond=bond).result.challenge
    play.annotator.challenges.concede(challenge)
    sent = play.stranger.challenges.settle(challenge, [2])
    rejected = next(event for event in sent.events if isinstance(event, events.Rejected))
    assert play.stranger.ledger.free() == WEALTH // 4 + PRIZE + bonus
    # Of the pay half of the stake at most is lost, here all but that of the wrong label.
    assert rejected.to_sink == 12_000_000 - PRIZE - bonus + 3 * 50_000
    assert play.requester.ledger.free() == before + rejected.to_requester == before + 50_000


def test_defend__turns_and_costs__kept(play: Play) -> None:
    submission, _ = play.publish()
    challenge = play.challenge(submission, [2]).result.challenge
    with pytest.raises(errors.AnnotatorsTurn, match="others may from"):
        play.requester.challenges.defend(challenge)
    with pytest.raises(errors.CostAboveMaximum) as caught:
        play.annotator.challenges.defend(challenge, max_cost=COST - 1)
    assert (caught.value.value, caught.value.bound) == (COST, f"at most {COST - 1} base units")
    play.world.travel(DAY)
    play.requester.ledger.withdraw(play.requester.ledger.free() - 1)
    with pytest.raises(errors.BalanceTooLow):
        play.requester.challenges.defend(challenge)
    sent = play.annotator.challenges.defend(challenge)
    assert (sent.result.defender, sent.result.fee) == (play.annotator.account, COST)
    found = play.stranger.challenges.get(challenge)
    assert found.defended_at == play.world.web3.eth.get_block(sent.block)["timestamp"] > found.filed_at
    assert play.stranger.challenges.defence(challenge) == sent.result


def test_respond__after_the_period__refused(play: Play) -> None:
    submission, _ = play.publish()
    challenge = play.challenge(submission, [2]).result.challenge
    play.world.travel(2 * DAY)
    for call in (play.annotator.challenges.concede, play.annotator.challenges.defend):
        with pytest.raises(errors.ResponseEnded):
            call(challenge)


@pytest.mark.parametrize(
    ("ruling", "outcome", "gain"),
    [
        (0, Outcome.UNDECIDED, -COST // 2),
        (1, Outcome.WRONG, PRIZE + 12_000_000 // 4),
        (2, Outcome.NOT_WRONG, -3 * COST),
        (NOT_HEARD, Outcome.NOT_HEARD, 0),
    ],
)
def test_settle__each_ruling__pays_by_rule(play: Play, ruling: int, outcome: Outcome, gain: int) -> None:
    submission, _ = play.publish()
    challenge = play.challenge(submission, [2]).result.challenge
    play.annotator.challenges.defend(challenge)
    with pytest.raises(errors.AwaitingRuling):
        play.requester.challenges.settle(challenge)
    rule(play, challenge, ruling)
    assert play.requester.challenges.get(challenge).ruling == ruling
    settled = play.requester.challenges.settle(challenge, [2]).result
    assert settled.outcome == outcome
    assert play.stranger.ledger.free() == WEALTH // 4 + gain


def test_settle__unanswered__by_time_alone(play: Play) -> None:
    submission, _ = play.publish()
    challenge = play.challenge(submission, [2]).result.challenge
    with pytest.raises(errors.ResponseOpen):
        play.requester.challenges.settle(challenge)
    play.world.travel(2 * DAY)
    with pytest.raises(errors.OtherItems):
        play.requester.challenges.settle(challenge, [1])
    sent = play.requester.challenges.settle(challenge)
    assert sent.result.outcome == Outcome.UNANSWERED
    assert [type(event) for event in sent.events] == [events.Rejected, events.Settled]
    with pytest.raises(errors.NotItsTurn):
        play.requester.challenges.settle(challenge)


def test_settle__order_of_numbers__kept_and_many_at_once(play: Play) -> None:
    submission, labels = play.publish(tolerance_bps=5000, stake=4_000_000)
    first = play.challenge(submission, [0]).result.challenge
    withheld = play.requester.challenges.file_availability(submission, [3]).result.challenge
    second = play.challenge(submission, [1]).result.challenge
    play.annotator.challenges.concede(second)
    with pytest.raises(errors.NotItsTurn, match="is 2, must be 0"):
        play.stranger.challenges.settle(second)
    play.requester.challenges.answer(withheld, labels, 3)
    play.world.travel(2 * DAY)
    with pytest.raises(errors.OtherItems):
        play.stranger.challenges.settle_many([first, withheld, second], [[1], [3], [1]])
    with pytest.raises(errors.ArgumentError, match="length of items is 1, must be 3"):
        play.stranger.challenges.settle_many([first, withheld, second], [[0]])
    play.stranger.challenges.settle(first)
    assert play.stranger.challenges.settle_many([second, first], [[1], [0]]).result == ()
    settled = play.stranger.challenges.settle_many([first, withheld, second]).result
    assert [event.outcome for event in settled] == [Outcome.ANSWERED, Outcome.CONCEDED]
    with pytest.raises(errors.ArgumentError, match="number of challenges is 17"):
        play.stranger.challenges.settle_many([first] * 17)


def test_settle__stranger_who_defended__is_paid_by_the_fee_and_not_by_the_bond(play: Play) -> None:
    submission, _ = play.publish()
    bond = 10 * COST
    play.stranger.challenges.commit(submission, [2], salt=SALT)
    play.world.travel(60)
    challenge = play.stranger.challenges.file(submission, [2], salt=SALT, bond=bond).result.challenge
    play.world.travel(DAY)
    play.requester.challenges.defend(challenge)
    rule(play, challenge, 2)
    settled = play.annotator.challenges.settle(challenge).result
    task = play.requester.tasks.get(split_submission(submission)[0])
    divided = economics.defence(bond=bond, fee=COST, challenged=1, reward=task.parameters.reward)
    assert (settled.to_defender, settled.to_annotator) == divided == (2 * COST, 8 * COST)


def test_answer__all_labels_shown__the_bond_is_lost_to_nobodys_gain(play: Play) -> None:
    submission, labels = play.publish()
    sent = play.stranger.challenges.file_availability(submission, [1, 3])
    challenge = challenge_id(submission, 0)
    assert sent.result == events.AvailabilityChallenged(challenge, play.stranger.account, (1, 3), 50_000)
    assert play.requester.challenges.filing(challenge) == sent.result
    found = play.requester.challenges.get(challenge)
    assert (found.kind, found.labels, found.bond) == (ChallengeKind.AVAILABILITY, 2, 50_000)
    assert found.indices_hash == commitments.hash_indices([1, 3])
    for call in (play.annotator.challenges.concede, play.annotator.challenges.defend):
        with pytest.raises(errors.NotOfCorrectness):
            call(challenge)
    with pytest.raises(errors.WrongProof):
        play.requester.challenges.answer(challenge, LabelSet([0, 0, 0, 0]), 1)
    with pytest.raises(errors.LabelError):
        play.requester.challenges.answer(challenge, labels, 4)
    free = play.requester.ledger.free()
    answered = play.requester.challenges.answer(challenge, labels, 1).result
    assert answered == events.Answered(challenge, play.requester.account, 1, labels.label(1))
    assert play.requester.challenges.unanswered(challenge) == (3,)
    assert [play.requester.submissions.is_shown(submission, item) for item in range(4)] == [False, True, False, False]
    for client in (play.requester, play.requester.unchecked):  # what the SDK foresees, and what the contract says
        with pytest.raises(errors.LabelWasShown):
            client.challenges.answer.simulate(challenge, labels, 1)
        with pytest.raises(errors.AnswerOpen):
            client.challenges.settle.simulate(challenge, [1, 3])
    play.annotator.challenges.answer(challenge, labels, 3)
    assert play.requester.challenges.unanswered(challenge) == ()
    settled = play.requester.challenges.settle(challenge).result
    assert (settled.outcome, settled.to_challenger, settled.to_sink) == (Outcome.ANSWERED, 0, 50_000)
    assert play.requester.ledger.free() == free
    with pytest.raises(errors.ChallengeNotOpen, match="is settled"):
        play.requester.challenges.answer(challenge, labels, 2)


def test_answer__label_shown_once__counts_for_every_challenge(play: Play) -> None:
    submission, labels = play.publish()
    first = play.stranger.challenges.file_availability(submission, [1, 2]).result.challenge
    second = play.requester.challenges.file_availability(submission, [2, 3]).result.challenge
    play.annotator.challenges.answer(second, labels, 1)
    play.annotator.challenges.answer(first, labels, 2)
    assert play.stranger.challenges.unanswered(first) == ()
    assert play.stranger.challenges.unanswered(second) == (3,)
    for client in (play.stranger, play.stranger.unchecked):
        with pytest.raises(errors.LabelWasShown):
            client.challenges.file_availability.simulate(submission, [1, 2])
        client.challenges.file_availability.simulate(submission, [0, 2])
    assert play.stranger.challenges.settle(first).result.outcome == Outcome.ANSWERED
    with pytest.raises(errors.AnswerOpen):
        play.stranger.challenges.settle(second)
    # Filed later, it keeps none of the earlier answers from counting.
    play.annotator.challenges.answer(second, labels, 3)
    assert play.stranger.challenges.settle(second, [2, 3]).result.outcome == Outcome.ANSWERED


@pytest.mark.parametrize("shown", [[], [1]])
def test_settle__labels_not_all_shown__rejects_the_submission(play: Play, shown: list[int]) -> None:
    submission, labels = play.publish()
    challenge = play.stranger.challenges.file_availability(submission, [1, 2]).result.challenge
    for item in shown:
        play.annotator.challenges.answer(challenge, labels, item)
    play.world.travel(DAY)
    with pytest.raises(errors.AnswerLate):
        play.annotator.challenges.answer(challenge, labels, 2)
    before = play.stranger.ledger.free()
    with pytest.raises(errors.OtherItems):
        play.requester.challenges.settle(challenge, [1])
    assert play.requester.challenges.settle(challenge).result.outcome == Outcome.UNANSWERED
    bonus = economics.availability_bonus(stake=3_000_000, labels=4, availability_bond=50_000)
    assert play.stranger.ledger.free() == before + 50_000 + bonus
    assert play.requester.submissions.get(submission).state == SubmissionState.REJECTED


@pytest.mark.parametrize(
    ("items", "error"),
    [
        ([], errors.NoLabelsChallenged),
        (list(range(33)), errors.NoLabelsChallenged),
        ([2, 1], errors.ItemsNotRising),
        ([3, 4], errors.ItemNotInBatch),
    ],
)
def test_file_availability__bad_items__refused(play: Play, items: list[int], error: type[errors.ContractError]) -> None:
    submission, _ = play.publish()
    with pytest.raises(error):
        play.stranger.challenges.file_availability(submission, items)


def test_file_availability__second_half_or_too_poor__refused(play: Play) -> None:
    submission, _ = play.publish()
    play.world.travel(2 * DAY - HOUR)
    play.stranger.ledger.withdraw(play.stranger.ledger.free() - 1)
    with pytest.raises(errors.BalanceTooLow):
        play.stranger.challenges.file_availability(submission, [1])
    play.world.travel(HOUR)
    with pytest.raises(errors.AvailabilityTooLate):
        play.requester.challenges.file_availability(submission, [1])


def test_answer__challenge_of_correctness__refused(play: Play) -> None:
    submission, labels = play.publish()
    challenge = play.challenge(submission, [2]).result.challenge
    with pytest.raises(errors.NotOfAvailability):
        play.annotator.challenges.answer(challenge, labels, 2)
    with pytest.raises(errors.NotOfAvailability):
        play.annotator.challenges.unanswered(challenge)


def test_get__unknown_challenge__refused(play: Play) -> None:
    submission, _ = play.publish()
    challenge = challenge_id(submission, 0)
    for call in (
        play.stranger.challenges.get,
        play.stranger.challenges.filing,
        play.stranger.challenges.defence,
        play.stranger.challenges.unanswered,
        play.stranger.challenges.concede,
        play.stranger.challenges.settle,
    ):
        with pytest.raises(errors.NoSuchChallenge):
            call(challenge)
