"""open(parameters, uri)"""

from dataclasses import astuple, replace
from typing import Any

import pytest

from goldleaf.types import Task
from tests.chains import deployer
from tests.protocol import DAY, HOUR, Protocol, reverts
from tests.unit.escrow.helpers import MAX, both_decimals, log, odd_terms, open_arguments, task

BPS = 10_000


@both_decimals
def test_open__good_terms__locks_the_pot(protocol: Protocol) -> None:
    requester = protocol.account(free=10**38)
    gate = deployer("mocks/GateMock").deploy().address
    parameters = protocol.parameters(**odd_terms(protocol, gate=gate))
    expected = protocol.escrow.task_count() + 1

    with protocol.gains(requester) as gained:
        opened = protocol.escrow.open(astuple(parameters), "ipfs://manifest", sender=requester)
        events = log(protocol)

    assert opened == expected == protocol.escrow.task_count()
    assert events == [
        (
            "Opened",
            {
                "task": opened,
                "requester": requester,
                "token": protocol.token.address,
                "parameters": astuple(parameters),
                "uri": "ipfs://manifest",
            },
        )
    ]
    assert gained == [-(protocol.unit // 20 + 1) * 17 * 2]
    assert task(protocol, opened) == Task(
        parameters=parameters,
        requester=requester,
        token=protocol.token.address,
        live=0,
        accepted=0,
        delivered=0,
        publish_from=parameters.deadline,
        cancelled=False,
        closed=False,
    )
    protocol.assert_conserved()


def test_open__twice__makes_two_tasks(protocol: Protocol) -> None:
    first, second = protocol.open(), protocol.open(reward=protocol.unit // 10)
    assert second == first + 1
    assert task(protocol, first).parameters.reward == protocol.unit // 20
    protocol.assert_conserved()


@pytest.mark.parametrize(
    "overrides",
    [
        {"reward": 4, "availability_bond": 4},
        {"reward": 2**80 - 1, "availability_bond": 2**80 - 1, "stake": 2**80 - 1},
        {"stake": 2**80 - 1},
        {"stake": 2**80 - 1, "items": 4096, "batch_size": 4096},
        {"items": 1, "batch_size": 1, "stake": 6_000_000},
        {"items": 2**31 - 1, "batch_size": 4095, "redundancy": 1},  # the last batch has 127
        {"items": 143_165_576, "batch_size": 4095, "redundancy": 15},  # one label less than 2**31 - 1 would allow
        {"items": 4096, "batch_size": 4096},
        {"items": 20, "batch_size": 20},
        {"redundancy": 1},
        {"redundancy": 15},
        {"tolerance_bps": 0},
        {"tolerance_bps": 8000},
        {"work_period": HOUR},
        {"work_period": 90 * DAY, "deadline": 91 * DAY},
        {"publish_period": HOUR},
        {"publish_period": 90 * DAY},
        {"challenge_period": HOUR, "response_period": HOUR},
        {"challenge_period": 90 * DAY},
        {"response_period": HOUR},
        {"response_period": 90 * DAY, "challenge_period": 90 * DAY},
        {"deadline": 2 * DAY + 1},
        {"deadline": 365 * DAY},
        {"arbitration_timeout": 20 * DAY},
        {"arbitration_timeout": 365 * DAY},
        {"royalty_bps": 0},
        {"royalty_bps": BPS},
        {"availability_bond": 50_000},  # the reward
        {"availability_bond": 10 * 1_000_000 // 16},  # a sixteenth of the stake
    ],
    ids=str,
)
def test_open__each_bound_itself__is_accepted(protocol: Protocol, overrides: dict[str, Any]) -> None:
    """Here and below, a deadline counts from now."""
    parameters = protocol.parameters(**in_time(protocol, overrides))
    protocol.provide(protocol.requester, parameters.pot)
    with protocol.gains(protocol.requester) as gained:
        opened = protocol.escrow.open(astuple(parameters), "", sender=protocol.requester)
    assert gained == [-parameters.reward * parameters.items * parameters.redundancy]
    assert task(protocol, opened).parameters == parameters


@pytest.mark.parametrize(
    ("overrides", "reason"),
    [
        ({"reward": 0}, "tasks: bad reward"),
        ({"reward": 3}, "tasks: bad reward"),
        ({"reward": 2**80}, "tasks: bad reward"),
        ({"reward": MAX}, "tasks: bad reward"),
        ({"stake": 0}, "tasks: bad stake"),
        ({"stake": 2**80}, "tasks: bad stake"),
        ({"stake": MAX}, "tasks: bad stake"),
        ({"items": 0}, "tasks: bad items"),
        ({"items": 2**31, "redundancy": 1}, "tasks: bad items"),
        ({"items": 2**30, "redundancy": 2}, "tasks: bad items"),
        ({"items": 143_165_577, "redundancy": 15}, "tasks: bad items"),
        ({"items": 2**252, "redundancy": 15}, "tasks: bad items"),
        ({"items": MAX}, "tasks: bad items"),
        ({"batch_size": 0}, "tasks: bad batch size"),
        ({"batch_size": 21}, "tasks: bad batch size"),
        ({"batch_size": 4097, "items": 5000}, "tasks: bad batch size"),
        ({"batch_size": MAX}, "tasks: bad batch size"),
        ({"redundancy": 0}, "tasks: bad redundancy"),
        ({"redundancy": 16}, "tasks: bad redundancy"),
        ({"redundancy": MAX}, "tasks: bad redundancy"),
        ({"tolerance_bps": 8001}, "tasks: bad tolerance"),
        ({"tolerance_bps": MAX}, "tasks: bad tolerance"),
        ({"work_period": HOUR - 1}, "tasks: bad work period"),
        ({"work_period": 90 * DAY + 1, "deadline": 100 * DAY}, "tasks: bad work period"),
        ({"work_period": MAX}, "tasks: bad work period"),
        ({"publish_period": HOUR - 1}, "tasks: bad publish period"),
        ({"publish_period": 90 * DAY + 1}, "tasks: bad publish period"),
        ({"publish_period": MAX}, "tasks: bad publish period"),
        ({"challenge_period": HOUR - 1}, "tasks: bad challenge period"),
        ({"challenge_period": 90 * DAY + 1}, "tasks: bad challenge period"),
        ({"challenge_period": MAX}, "tasks: bad challenge period"),
        ({"response_period": HOUR - 1}, "tasks: bad response period"),
        ({"response_period": 90 * DAY + 1}, "tasks: bad response period"),
        ({"response_period": MAX}, "tasks: bad response period"),
        ({"deadline": 2 * DAY}, "tasks: bad deadline"),  # no time to work before it
        ({"deadline": 365 * DAY + 1}, "tasks: bad deadline"),
        ({"deadline": -1}, "tasks: bad deadline"),
        ({"arbitration_timeout": 20 * DAY - 1}, "tasks: bad arbitration timeout"),
        ({"arbitration_timeout": 365 * DAY + 1}, "tasks: bad arbitration timeout"),
        ({"arbitration_timeout": MAX}, "tasks: bad arbitration timeout"),
        ({"royalty_bps": BPS + 1}, "tasks: bad royalty"),
        ({"royalty_bps": MAX}, "tasks: bad royalty"),
        ({"availability_bond": 49_999}, "tasks: bad availability bond"),
        ({"availability_bond": 10 * 1_000_000 // 16 + 1}, "tasks: bad availability bond"),
        ({"availability_bond": MAX}, "tasks: bad availability bond"),
        ({"terms": bytes(32)}, "tasks: no terms"),
    ],
    ids=str,
)
def test_open__just_past_a_bound__is_refused(protocol: Protocol, overrides: dict[str, Any], reason: str) -> None:
    protocol.provide(protocol.requester, 10**38)
    with reverts(reason):
        protocol.escrow.open(*open_arguments(protocol, **in_time(protocol, overrides)), sender=protocol.requester)


@pytest.mark.parametrize("deadline", [0, 1, MAX])
def test_open__absolute_deadline_far_off__is_refused(protocol: Protocol, deadline: int) -> None:
    with reverts("tasks: bad deadline"):
        protocol.escrow.open(*open_arguments(protocol, deadline=deadline), sender=protocol.requester)


def test_open__arbitrator_without_code__is_refused(protocol: Protocol) -> None:
    with reverts("tasks: arbitrator has no code"):
        protocol.escrow.open(*open_arguments(protocol, arbitrator=protocol.requester), sender=protocol.requester)


def test_open__gate_without_code__is_refused(protocol: Protocol) -> None:
    with reverts("tasks: gate has no code"):
        protocol.escrow.open(*open_arguments(protocol, gate=protocol.requester), sender=protocol.requester)


def test_open__free_balance_covers_the_pot_exactly__is_accepted(protocol: Protocol) -> None:
    pot = protocol.unit // 20 * 20 * 2
    requester = protocol.account(free=pot)
    protocol.escrow.open(*open_arguments(protocol), sender=requester)
    assert protocol.free(requester) == 0


def test_open__one_unit_short_of_the_pot__is_refused(protocol: Protocol) -> None:
    requester = protocol.account(free=protocol.unit // 20 * 20 * 2 - 1)
    with reverts("ledger: balance too low"):
        protocol.escrow.open(*open_arguments(protocol), sender=requester)


def test_open__largest_pot_without_money__is_refused(protocol: Protocol) -> None:
    terms = {"reward": 2**80 - 1, "availability_bond": 2**80 - 1, "stake": 2**80 - 1}
    terms |= {"items": 143_165_576, "batch_size": 4095, "redundancy": 15}
    with reverts("ledger: balance too low"):
        protocol.escrow.open(*open_arguments(protocol, **terms), sender=protocol.account())


@pytest.mark.parametrize(
    ("items", "batch_size", "stake"),
    [
        (10, 10, 600_000),  # a full batch, S = 2 * cost
        (12, 10, 3_000_000),  # the last batch, S = 2 * cost
    ],
)
def test_open__stake_of_twice_the_jury_cost__is_the_least(
    protocol: Protocol, items: int, batch_size: int, stake: int
) -> None:
    terms = {"items": items, "batch_size": batch_size}
    protocol.open(**terms, stake=stake)
    with reverts("tasks: stake too low"):
        protocol.open(**terms, stake=stake - 1)


def test_open__odd_stake__is_held_against_twice_the_jury_cost(protocol: Protocol) -> None:
    protocol.arbitrator.set_cost(3_000_000)
    terms = {"items": 1, "batch_size": 1, "tolerance_bps": 0}
    protocol.open(**terms, stake=6_000_001)
    with reverts("tasks: stake too low"):
        protocol.open(**terms, stake=5_999_999)


@pytest.mark.parametrize(
    ("items", "batch_size", "tolerance_bps", "reward", "least"),
    [
        (1, 1, 0, 4, 8),  # S = 2 * 4
        (10, 10, 1000, 5, 2),  # c = 1: S = 20 = 2 * 5 * 2
        (10, 10, 1000, 6, 3),  # S = 30 > 24
        (11, 10, 0, 4, 8),  # the last batch of one label
        (10, 10, 8000, 50_000, 90_000),  # c = 8: S = 2 * 50,000 * 9
        (12, 10, 8000, 50_000, 100_000),  # and of the last batch c = 1: S = 2 * 50,000 * 2
        (12, 10, 4000, 50_000, 50_000),  # c = 4: S = 2 * 50,000 * 5; of the last one c = 0, S = 2 * 50,000
        (4096, 4096, 5000, 4, 5),  # c = 2048: S >= 16,392
        (4096, 4096, 8000, 2**70, 3277 * 2**59),  # c = 3276: S = 2 * 2**70 * 3277
    ],
)
def test_open__stake_of_twice_the_pay_that_can_be_lost__is_the_least(
    protocol: Protocol, items: int, batch_size: int, tolerance_bps: int, reward: int, least: int
) -> None:
    """Even when a jury is free: the stake advances each prize, and a rejection still takes most of it."""
    protocol.arbitrator.set_cost(0)
    terms = {"items": items, "batch_size": batch_size, "tolerance_bps": tolerance_bps}
    terms |= {"reward": reward, "availability_bond": reward}
    protocol.open(**terms, stake=least)
    with reverts("tasks: stake too low"):
        protocol.open(**terms, stake=least - 1)


def test_open__jury_of_the_highest_cost__is_refused(protocol: Protocol) -> None:
    protocol.arbitrator.set_cost(MAX)
    with reverts("tasks: stake too low"):
        protocol.open()


def test_open__availability_bond__is_bounded_by_the_smaller_stake(protocol: Protocol) -> None:
    """A last batch of six labels after one of 100."""
    terms = {"items": 106, "batch_size": 100, "tolerance_bps": 500}
    highest = 6 * protocol.unit // 16
    protocol.open(**terms, availability_bond=highest)
    with reverts("tasks: bad availability bond"):
        protocol.open(**terms, availability_bond=highest + 1)


def test_open__reward_above_a_sixteenth_of_the_stake__is_the_only_availability_bond(protocol: Protocol) -> None:
    reward = protocol.unit
    terms = {"reward": reward, "stake": protocol.unit, "tolerance_bps": 0}
    protocol.open(**terms, availability_bond=reward)
    for availability_bond in (reward - 1, reward + 1):
        with reverts("tasks: bad availability bond"):
            protocol.open(**terms, availability_bond=availability_bond)


@pytest.mark.parametrize("uri", ["", "u" * 256], ids=["empty", "longest"])
def test_open__uri_of_any_length__is_logged(protocol: Protocol, uri: str) -> None:
    protocol.provide(protocol.requester, protocol.unit * 2)
    protocol.escrow.open(astuple(protocol.parameters()), uri, sender=protocol.requester)
    assert protocol.event("Opened").uri == uri


def in_time(protocol: Protocol, overrides: dict[str, Any]) -> dict[str, Any]:
    """With the deadline counted from now made a time."""
    if "deadline" not in overrides:
        return overrides
    return overrides | {"deadline": protocol.now + overrides["deadline"]}


def test_open__arbitrator_of_another_token__takes_the_pot_in_it(protocol: Protocol) -> None:
    other = deployer("mocks/TokenMock").deploy(6)
    arbitrator = deployer("mocks/MockArbitrator").deploy(other, 0, DAY)
    parameters = replace(protocol.parameters(), arbitrator=arbitrator.address)
    protocol.provide(protocol.requester, parameters.pot)
    with reverts("ledger: balance too low"):
        protocol.escrow.open(astuple(parameters), "", sender=protocol.requester)

    other.mint(protocol.requester, parameters.pot)
    other.approve(protocol.escrow, parameters.pot, sender=protocol.requester)
    protocol.escrow.deposit(other, parameters.pot, protocol.requester, sender=protocol.requester)
    opened = protocol.escrow.open(astuple(parameters), "", sender=protocol.requester)
    assert task(protocol, opened).token == other.address
    assert protocol.escrow.free(other, protocol.requester) == 0
