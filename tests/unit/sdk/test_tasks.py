from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from goldleaf import ZERO_ADDRESS, Item, Manifest, errors
from goldleaf.deployment import SINK
from tests.in_process import DAY, HOUR, TERMS, WORTHWHILE, Play

SOMEBODY = "0x" + "2" * 40

MANIFEST = Manifest("Grade.", {"type": "integer"}, [Item.of(f"ipfs://{n}", b"%d" % n) for n in range(10)], "CC0-1.0")


def test_open__decimals_and_timedeltas__stored_in_base_units(play: Play) -> None:
    now = play.world.now
    free = play.requester.ledger.free()
    task = play.open(
        reward=Decimal("0.05"),
        stake=Decimal(3),
        deadline=timedelta(days=20),
        work_period=timedelta(hours=5),
        redundancy=2,
        tolerance_bps=1000,
    )
    found = play.requester.tasks.get(task)
    p = found.parameters
    assert (p.reward, p.stake, p.work_period, p.availability_bond) == (50_000, 3_000_000, 5 * HOUR, 50_000)
    assert now + 20 * DAY <= p.deadline <= now + 20 * DAY + 5
    assert p.arbitration_timeout == 2 * 10 * DAY
    assert (p.gate, p.terms, found.requester, found.token) == (
        ZERO_ADDRESS,
        TERMS,
        play.requester.account,
        play.world.token.address,
    )
    assert play.requester.ledger.free() == free - p.pot == free - 50_000 * 10 * 2
    assert play.requester.tasks.count() == 1
    assert play.requester.tasks.opening(task).uri == "ipfs://manifest"


def test_open__manifest__binds_its_terms_and_counts_its_items(play: Play) -> None:
    task = play.open(terms=MANIFEST, items=None)
    p = play.requester.tasks.get(task).parameters
    assert (p.terms, p.items) == (MANIFEST.terms, 10)
    with pytest.raises(errors.BadItems, match="items is 9, must be 10 as in the manifest"):
        play.open(terms=MANIFEST, items=9)


def test_open__aware_datetime__is_the_deadline(play: Play) -> None:
    deadline = datetime.fromtimestamp(play.world.now + 9 * DAY, UTC)
    task = play.open(deadline=deadline)
    assert play.requester.tasks.get(task).parameters.deadline == int(deadline.timestamp())
    with pytest.raises(errors.ArgumentError, match="no time zone"):
        play.open(deadline=deadline.replace(tzinfo=None))


@pytest.mark.parametrize(
    ("changes", "error", "value", "bound"),
    [
        ({"reward": 3}, errors.BadReward, 3, f"4 base units to {2**80 - 1} base units"),
        ({"reward": 2**80}, errors.BadReward, 2**80, f"4 base units to {2**80 - 1} base units"),
        ({"stake": 0}, errors.BadStake, 0, f"1 base units to {2**80 - 1} base units"),
        ({"items": 0}, errors.BadItems, 0, f"1 to {2**31 - 1}"),
        ({"items": 2**31}, errors.BadItems, 2**31, f"1 to {2**31 - 1}"),
        # A task has at most so many labels in all of its slots.
        ({"items": 2**30, "redundancy": 2}, errors.BadItems, 2**30, f"1 to {2**30 - 1}"),
        ({"batch_size": 0}, errors.BadBatchSize, 0, "1 to 10"),
        ({"batch_size": 11}, errors.BadBatchSize, 11, "1 to 10"),
        ({"items": 5000, "batch_size": 4097}, errors.BadBatchSize, 4097, "1 to 4096"),
        ({"redundancy": 0}, errors.BadRedundancy, 0, "1 to 15"),
        ({"redundancy": 16}, errors.BadRedundancy, 16, "1 to 15"),
        ({"tolerance_bps": 8001}, errors.BadTolerance, 8001, "0 to 8000"),
        ({"work_period": 3599}, errors.BadWorkPeriod, 3599, "3600 to 7776000"),
        ({"publish_period": 3599}, errors.BadPublishPeriod, 3599, "3600 to 7776000"),
        ({"challenge_period": timedelta(days=91)}, errors.BadChallengePeriod, 91 * DAY, "3600 to 7776000"),
        ({"response_period": 0}, errors.BadResponsePeriod, 0, "3600 to 345600"),
        # Not longer than the challenge period.
        ({"response_period": 4 * DAY + 1}, errors.BadResponsePeriod, 4 * DAY + 1, "3600 to 345600"),
        ({"grader": SOMEBODY, "items": 10}, errors.LastBatchNotWhole, 10, "a multiple of the batch size, 4"),
        ({"royalty_bps": 10_001}, errors.BadRoyalty, 10_001, "0 to 10000"),
        ({"terms": bytes(32)}, errors.NoTerms, "empty", "a keccak-256"),
        ({"arbitration_timeout": 20 * DAY - 1}, errors.BadArbitrationTimeout, 20 * DAY - 1, f"{20 * DAY} to 31536000"),
        ({"availability_bond": 49_999}, errors.BadAvailabilityBond, 49_999, "50000 base units to 375000 base units"),
        ({"availability_bond": 375_001}, errors.BadAvailabilityBond, 375_001, "50000 base units to 375000 base units"),
        # The last batch holds two labels.
        ({"stake": 2_999_999}, errors.StakeTooLow, 2_999_999, "at least 3000000 base units"),
        # Of four labels three are tolerated, so all of them reject: twice their pay.
        ({"reward": 2_000_000, "tolerance_bps": 8000}, errors.StakeTooLow, 3_000_000, "at least 4000000 base units"),
    ],
)
def test_open__parameter_out_of_bounds__refused_with_value_and_bound(
    play: Play, changes: dict[str, Any], error: type[errors.TaskError], value: object, bound: str
) -> None:
    with pytest.raises(error) as caught:
        play.open(**changes)
    assert (caught.value.value, caught.value.bound) == (value, bound)
    assert str(value) in str(caught.value)
    assert bound in str(caught.value)


@pytest.mark.parametrize("deadline", [timedelta(days=2), timedelta(days=366), 0])
def test_open__deadline_too_near_or_far__refused(play: Play, deadline: Any) -> None:
    with pytest.raises(errors.BadDeadline, match=r"must be after .* UTC and not after .* UTC"):
        play.open(deadline=deadline)


def test_open__at_each_bound__accepted_by_the_contract(play: Play) -> None:
    play.open(tolerance_bps=8000, reward=1_500_000, stake=3_000_000, royalty_bps=10_000)
    play.open(reward=4, redundancy=15)
    play.open(batch_size=10, stake=600_000, work_period=HOUR, publish_period=90 * DAY, availability_bond=375_000)
    play.open(arbitration_timeout=365 * DAY, deadline=timedelta(days=365))


def test_open__pot_above_the_free_balance__refused(play: Play) -> None:
    with pytest.raises(errors.BalanceTooLow) as caught:
        play.open(reward=10**12, stake=10**12)
    assert caught.value.bound == f"at least {10**13} base units"


def test_open__bad_addresses_or_uri__refused(play: Play) -> None:
    with pytest.raises(errors.ArbitratorHasNoCode, match=str(play.annotator.account)):
        play.open(arbitrator=play.annotator.account)
    with pytest.raises(errors.GateHasNoCode):
        play.open(gate=play.annotator.account)
    with pytest.raises(errors.ArgumentError, match="uri is 257 bytes long, must be at most 256"):
        play.open(uri="x" * 257)
    play.open(uri="x" * 256)


def test_get__unknown_task__refused(play: Play) -> None:
    for call in (play.requester.tasks.get, play.requester.tasks.opening, play.requester.tasks.accepted_labels):
        with pytest.raises(errors.NoSuchTask):
            call(1)


def test_open_slots__of_a_batch__are_those_nobody_holds(play: Play) -> None:
    task = play.open(redundancy=2)
    play.take(task, 4)
    assert play.requester.tasks.open_slots(task, 1) == [1]
    assert play.requester.tasks.open_slots(task, 2) == [2, 5]
    with pytest.raises(errors.ArgumentError, match="batch is 3, must be 0 to 2"):
        play.requester.tasks.open_slots(task, 3)


def test_cancel__by_the_requester__once_and_before_the_deadline(play: Play) -> None:
    task = play.open()
    with pytest.raises(errors.NotRequester) as caught:
        play.annotator.tasks.cancel(task)
    assert caught.value.bound == play.requester.account
    assert play.requester.tasks.cancel(task).result.task == task
    with pytest.raises(errors.AlreadyCancelled):
        play.requester.tasks.cancel(task)
    with pytest.raises(errors.TaskCancelled):
        play.take(task)
    late = play.open()
    play.world.travel(10 * DAY)
    with pytest.raises(errors.DeadlinePassed):
        play.requester.tasks.cancel(late)


def test_close__cancelled__may_be_before_the_deadline_once_nothing_is_due(play: Play) -> None:
    task = play.open()
    submission = play.take(task)
    start = play.requester.tasks.cancel(task).result.publish_from
    with pytest.raises(errors.TooEarlyToClose, match="can be closed from"):
        play.stranger.tasks.close(task)
    play.annotator.submissions.release(submission)
    play.world.travel(start - play.world.now)
    assert play.world.now < play.requester.tasks.get(task).parameters.deadline
    assert play.stranger.tasks.close(task).result.to_requester == 500_000


def test_sink__of_the_escrow__is_that_of_its_deployment(play: Play) -> None:
    assert play.stranger.tasks.sink() == SINK
    submission = play.take(play.open())
    lost = play.annotator.submissions.release(submission).result.to_sink
    assert lost == play.stranger.ledger.free(account=SINK) == 4 * 3_000_000 // 16


def test_close__after_the_deadline__returns_the_pot_once(play: Play) -> None:
    task = play.open()
    with pytest.raises(errors.TooEarlyToClose):
        play.stranger.tasks.close(task)
    submission = play.take(task)
    play.world.travel(10 * DAY)
    with pytest.raises(errors.SubmissionsLive) as caught:
        play.stranger.tasks.close(task)
    assert caught.value.value == 1
    play.stranger.submissions.expire(submission)
    assert play.stranger.tasks.close(task).result.to_requester == 500_000
    assert play.stranger.tasks.accepted_labels(task) == 0
    with pytest.raises(errors.AlreadyClosed):
        play.stranger.tasks.close(task)


def test_open__court_with_fewer_listed_seats_than_its_largest_panel__refused_unless_accepted(play: Play) -> None:
    world, terms = play.world, {"arbitrator": None, **WORTHWHILE}
    client = play.requester.court
    for number, seats in ((4, 10), (5, 4)):
        world.clients[number].court.join(seats)
    world.travel(HOUR)
    for seat in range(1, 15):
        client.ready(seat)
    with pytest.raises(errors.CourtTooSmall) as caught:
        play.open(**terms)
    assert (caught.value.value, caught.value.bound) == (14, "at least 15")
    assert "accept_small_court=True" in str(caught.value)
    play.open(**terms, accept_small_court=True)
    # Another arbitrator draws nobody from it.
    play.open()
    last = world.clients[5].court.join().result.first_seat
    with pytest.raises(errors.CourtTooSmall):
        play.open(**terms)
    world.travel(HOUR)
    client.ready(last)
    assert client.listed_seats() == 15
    play.open(**terms)
