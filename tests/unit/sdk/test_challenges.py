from decimal import Decimal

import pytest

from goldleaf import (
    NOT_HEARD,
    FightState,
    LabelSet,
    Outcome,
    SubmissionState,
    economics,
    errors,
    events,
    fight_id,
    seals,
)
from tests.in_process import DAY, HOUR, WEALTH, WORTHWHILE, Play

SALT = b"\x08" * 32
COST = 3 * 10**6
# Of a label of 0.05.
PRIZE = 12_500


def rule(play: Play, fight: int, ruling: int) -> None:
    """Has the arbitrator decide a defended challenge."""
    dispute = play.stranger.challenges.defence(fight).dispute
    arbitrator = play.world.arbitrator.functions
    call = arbitrator.refuse_to_hear(dispute) if ruling == NOT_HEARD else arbitrator.give_ruling(dispute, ruling)
    call.transact({"from": play.world.accounts[0]})


def test_seal__challenge_in_preparation__stores_the_time_alone(play: Play) -> None:
    submission, _ = play.publish()
    sent = play.stranger.challenges.seal(submission, [0, 3], salt=SALT)
    expected = seals.challenge_seal(
        play.world.deployment.chain_id, play.world.escrow.address, submission, play.stranger.account, [0, 3], SALT
    )
    assert sent.result == events.Sealed(expected)
    assert play.stranger.challenges.sealed_at(expected) == play.world.web3.eth.get_block(sent.block)["timestamp"]
    with pytest.raises(errors.AlreadySealed):
        play.stranger.challenges.seal(submission, [0, 3], salt=SALT)
    assert len(play.requester.challenges.seal(submission, [0, 3], salt=SALT).events) == 1


def test_file__with_a_seal_of_its_age__locks_the_bond(play: Play) -> None:
    submission, _ = play.publish()
    with pytest.raises(errors.NoSuchSeal):
        play.stranger.challenges.file(submission, [0, 3], salt=SALT)
    play.stranger.challenges.seal(submission, [0, 3], salt=SALT)
    with pytest.raises(errors.SealTooYoung, match="it can be used from"):
        play.stranger.challenges.file(submission, [0, 3], salt=SALT)
    play.world.travel(60)
    with pytest.raises(errors.NoSuchSeal):
        play.requester.challenges.file(submission, [0, 3], salt=SALT)
    bond = play.stranger.challenges.least_bond(submission, 2)
    sent = play.stranger.challenges.file(submission, [0, 3], salt=SALT, evidence=b"\x09" * 32, uri="ipfs://e")
    fight = fight_id(submission, 0)
    assert sent.result == events.Challenged(fight, play.stranger.account, (0, 3), bond, b"\x09" * 32, "ipfs://e")
    assert bond == 3 * COST
    assert play.stranger.ledger.free() == WEALTH // 4 - bond
    assert play.requester.challenges.filing(fight) == sent.result
    found = play.requester.challenges.get(fight)
    assert (found.state, found.labels, found.bond, found.is_demand) == (FightState.FILED, 2, bond, False)
    assert found.indices_hash == seals.hash_indices([0, 3])


def test_file__bond_of_ones_own__is_locked_to_the_unit_and_has_a_least(play: Play) -> None:
    submission, _ = play.publish(**WORTHWHILE)
    play.stranger.challenges.seal(submission, [0, 3], salt=SALT)
    play.world.travel(60)
    for bond in (3 * COST - 1, Decimal("8.999999")):
        with pytest.raises(errors.BondTooLow) as caught:
            play.stranger.challenges.file(submission, [0, 3], salt=SALT, bond=bond)
        assert (caught.value.value, caught.value.bound) == (3 * COST - 1, f"at least {3 * COST} base units")
    with pytest.raises(errors.BondTooLow, match="challenges: bond too low"):
        play.stranger.unchecked.challenges.file.simulate(submission, [0, 3], salt=SALT, bond=3 * COST - 1)
    filed = play.stranger.challenges.file(submission, [0, 3], salt=SALT, bond=Decimal("9.000001")).result
    assert play.stranger.challenges.get(filed.fight).bond == filed.bond == 3 * COST + 1
    assert play.stranger.ledger.free() == WEALTH // 4 - filed.bond


def test_file__bond_above_what_earns_anything__warns(play: Play) -> None:
    submission, labels = play.publish(stake=30_000_000)
    play.stranger.challenges.seal(submission, [0, 3], salt=SALT)
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


def test_file__old_seal__refused(play: Play) -> None:
    submission, _ = play.publish()
    play.stranger.challenges.seal(submission, [0], salt=SALT)
    play.world.travel(DAY)
    with pytest.raises(errors.SealTooOld):
        play.stranger.challenges.file(submission, [0], salt=SALT)
    play.stranger.challenges.seal(submission, [0], salt=SALT)


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
def test_seal_and_file__bad_items__refused(
    play: Play, items: list[int], error: type[errors.ContractError], message: str
) -> None:
    submission, _ = play.publish()
    for call in (play.stranger.challenges.seal, play.stranger.challenges.file):
        with pytest.raises(error, match=message):
            call(submission, items, salt=SALT)


def test_seal_and_file__no_open_window__refused(play: Play) -> None:
    submission, _ = play.publish()
    play.world.travel(4 * DAY)
    for call in (play.stranger.challenges.seal, play.stranger.challenges.file):
        with pytest.raises(errors.ChallengeTooLate):
            call(submission, [0], salt=SALT)
        with pytest.raises(errors.NotPublished, match="is open"):
            call(submission + 1, [0], salt=SALT)


def test_file__bond_above_the_free_balance__refused(play: Play) -> None:
    submission, _ = play.publish()
    play.stranger.challenges.seal(submission, [0], salt=SALT)
    play.world.travel(60)
    play.stranger.ledger.withdraw(play.stranger.ledger.free() - 1)
    with pytest.raises(errors.BalanceTooLow) as caught:
        play.stranger.challenges.file(submission, [0], salt=SALT)
    assert (caught.value.value, caught.value.bound) == (1, "at least 9000000 base units")


def test_concede__by_the_annotator__gives_nothing_back(play: Play) -> None:
    submission, _ = play.publish(tolerance_bps=2500)
    fight = play.challenge(submission, [2]).result.fight
    with pytest.raises(errors.OnlyAnnotatorConcedes):
        play.requester.challenges.concede(fight)
    play.annotator.challenges.concede(fight)
    for call in (play.annotator.challenges.concede, play.annotator.challenges.defend):
        with pytest.raises(errors.FightNotOpen, match="is conceded"):
            call(fight)
    settled = play.stranger.challenges.settle(fight, [2]).result
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
    play.stranger.challenges.seal(submission, [2], salt=SALT)
    play.world.travel(60)
    fight = play.stranger.challenges.file(submission, [2], salt=SALT, bond=bond).result.fight
    play.annotator.challenges.concede(fight)
    sent = play.stranger.challenges.settle(fight, [2])
    rejected = next(event for event in sent.events if isinstance(event, events.Rejected))
    assert play.stranger.ledger.free() == WEALTH // 4 + PRIZE + bonus
    # Of the pay half of the stake at most is lost, here all but that of the wrong label.
    assert rejected.to_sink == 12_000_000 - PRIZE - bonus + 3 * 50_000
    assert play.requester.ledger.free() == before + rejected.to_requester == before + 50_000


def test_defend__turns_and_costs__kept(play: Play) -> None:
    submission, _ = play.publish()
    fight = play.challenge(submission, [2]).result.fight
    with pytest.raises(errors.AnnotatorsTurn, match="others may from"):
        play.requester.challenges.defend(fight)
    with pytest.raises(errors.CostAboveMaximum) as caught:
        play.annotator.challenges.defend(fight, max_cost=COST - 1)
    assert (caught.value.value, caught.value.bound) == (COST, f"at most {COST - 1} base units")
    play.world.travel(DAY)
    play.requester.ledger.withdraw(play.requester.ledger.free() - 1)
    with pytest.raises(errors.BalanceTooLow):
        play.requester.challenges.defend(fight)
    sent = play.annotator.challenges.defend(fight)
    assert (sent.result.defender, sent.result.fee) == (play.annotator.account, COST)
    assert play.stranger.challenges.defence(fight) == sent.result


def test_respond__after_the_period__refused(play: Play) -> None:
    submission, _ = play.publish()
    fight = play.challenge(submission, [2]).result.fight
    play.world.travel(2 * DAY)
    for call in (play.annotator.challenges.concede, play.annotator.challenges.defend):
        with pytest.raises(errors.ResponseEnded):
            call(fight)


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
    fight = play.challenge(submission, [2]).result.fight
    play.annotator.challenges.defend(fight)
    with pytest.raises(errors.AwaitingRuling):
        play.requester.challenges.settle(fight)
    rule(play, fight, ruling)
    assert play.requester.challenges.get(fight).ruling == ruling
    settled = play.requester.challenges.settle(fight, [2]).result
    assert settled.outcome == outcome
    assert play.stranger.ledger.free() == WEALTH // 4 + gain


def test_settle__unanswered__by_time_alone(play: Play) -> None:
    submission, _ = play.publish()
    fight = play.challenge(submission, [2]).result.fight
    with pytest.raises(errors.ResponseOpen):
        play.requester.challenges.settle(fight)
    play.world.travel(2 * DAY)
    with pytest.raises(errors.OtherItems):
        play.requester.challenges.settle(fight, [1])
    sent = play.requester.challenges.settle(fight)
    assert sent.result.outcome == Outcome.UNANSWERED
    assert [type(event) for event in sent.events] == [events.Rejected, events.Settled]
    with pytest.raises(errors.NotItsTurn):
        play.requester.challenges.settle(fight)


def test_settle__order_of_numbers__kept_and_many_at_once(play: Play) -> None:
    submission, labels = play.publish(tolerance_bps=5000, stake=4_000_000)
    first = play.challenge(submission, [0]).result.fight
    demanded = play.requester.challenges.demand(submission, 3).result.fight
    second = play.challenge(submission, [1]).result.fight
    play.annotator.challenges.concede(second)
    with pytest.raises(errors.NotItsTurn, match="is 2, must be 0"):
        play.stranger.challenges.settle(second)
    play.requester.challenges.answer(demanded, labels)
    play.world.travel(2 * DAY)
    with pytest.raises(errors.OtherItems):
        play.stranger.challenges.settle_many([first, demanded, second], [[1], [], [1]])
    with pytest.raises(errors.ArgumentError, match="length of items is 1, must be 3"):
        play.stranger.challenges.settle_many([first, demanded, second], [[0]])
    play.stranger.challenges.settle(first)
    assert play.stranger.challenges.settle_many([second, first], [[1], [0]]).result == ()
    settled = play.stranger.challenges.settle_many([first, demanded, second]).result
    assert [event.outcome for event in settled] == [Outcome.ANSWERED, Outcome.CONCEDED]
    with pytest.raises(errors.ArgumentError, match="number of fights is 17"):
        play.stranger.challenges.settle_many([first] * 17)


def test_demand_and_answer__label_shown__the_bond_is_lost_to_nobodys_gain(play: Play) -> None:
    submission, labels = play.publish()
    with pytest.raises(errors.ItemNotInBatch):
        play.stranger.challenges.demand(submission, 4)
    demanded = play.stranger.challenges.demand(submission, 1).result
    assert demanded == events.Demanded(fight_id(submission, 0), play.stranger.account, 1, 50_000)
    for call in (play.annotator.challenges.concede, play.annotator.challenges.defend):
        with pytest.raises(errors.IsADemand):
            call(demanded.fight)
    with pytest.raises(errors.WrongProof):
        play.requester.challenges.answer(demanded.fight, LabelSet([0, 0, 0, 0]))
    with pytest.raises(errors.AnswerOpen):
        play.requester.challenges.settle(demanded.fight)
    free = play.requester.ledger.free()
    answered = play.requester.challenges.answer(demanded.fight, labels).result
    assert answered == events.Answered(demanded.fight, play.requester.account, labels.label(1))
    assert play.requester.ledger.free() == free
    with pytest.raises(errors.FightNotOpen, match="is answered"):
        play.requester.challenges.answer(demanded.fight, labels)
    settled = play.requester.challenges.settle(demanded.fight).result
    assert (settled.outcome, settled.to_party, settled.to_sink) == (Outcome.ANSWERED, 0, 50_000)


def test_demand__not_answered__rejects_the_submission(play: Play) -> None:
    submission, labels = play.publish()
    fight = play.stranger.challenges.demand(submission, 1).result.fight
    play.world.travel(DAY)
    with pytest.raises(errors.AnswerLate):
        play.annotator.challenges.answer(fight, labels)
    assert play.requester.challenges.settle(fight).result.outcome == Outcome.UNANSWERED
    assert play.requester.submissions.get(submission).state == SubmissionState.REJECTED


def test_demand__second_half_or_too_poor__refused(play: Play) -> None:
    submission, _ = play.publish()
    play.world.travel(2 * DAY - HOUR)
    play.stranger.ledger.withdraw(play.stranger.ledger.free() - 1)
    with pytest.raises(errors.BalanceTooLow):
        play.stranger.challenges.demand(submission, 1)
    play.world.travel(HOUR)
    with pytest.raises(errors.DemandTooLate):
        play.requester.challenges.demand(submission, 1)


def test_answer__challenge__refused(play: Play) -> None:
    submission, labels = play.publish()
    fight = play.challenge(submission, [2]).result.fight
    with pytest.raises(errors.IsAChallenge):
        play.annotator.challenges.answer(fight, labels)


def test_get__unknown_fight__refused(play: Play) -> None:
    submission, _ = play.publish()
    fight = fight_id(submission, 0)
    for call in (
        play.stranger.challenges.get,
        play.stranger.challenges.filing,
        play.stranger.challenges.defence,
        play.stranger.challenges.concede,
        play.stranger.challenges.settle,
    ):
        with pytest.raises(errors.NoSuchFight):
            call(fight)
