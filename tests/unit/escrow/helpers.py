"""What the escrow's unit tests share: typed views, its log, and terms whose divisions leave a rest."""

from dataclasses import astuple
from typing import Any

import pytest

from goldleaf.ids import challenge_id, submission_id
from goldleaf.types import Challenge, Submission, Task, TaskParameters
from tests.protocol import DAY, Protocol

MAX = 2**256 - 1
MAX_DEPOSIT = 2**128 - 1
# Ids that no task, submission or challenge ever has in these tests.
UNKNOWN_TASKS = [0, 99, 2**64, MAX]
UNKNOWN_SUBMISSIONS = [0, 7, submission_id(99, 0), submission_id(1, 2**64 - 1), submission_id(2**64, 0), MAX]
UNKNOWN_CHALLENGES = [0, 7, challenge_id(submission_id(1, 0), 99), challenge_id(submission_id(2**64, 0), 0), MAX]

WORK_PERIOD = 2 * DAY
PUBLISH_PERIOD = 2 * DAY
CHALLENGE_PERIOD = 4 * DAY
RESPONSE_PERIOD = 2 * DAY
ARBITRATION_TIMEOUT = 20 * DAY
# The batches of `odd_terms`.
FULL, LAST = 10, 7


def deployed_with(*settings: dict[str, Any]) -> pytest.MarkDecorator:
    """Runs a test on a `protocol` deployed in each of these ways."""
    ids = ["-".join(str(value) for value in setting.values()) for setting in settings]
    return pytest.mark.parametrize("deployed", settings, indirect=True, ids=ids)


both_decimals = deployed_with({"decimals": 6}, {"decimals": 18})


def odd_terms(protocol: Protocol, **overrides: Any) -> dict[str, Any]:
    """A batch of ten labels with one error tolerated and one of seven with none; no amount divides evenly."""
    terms = {
        "items": FULL + LAST,
        "batch_size": FULL,
        "reward": reward(protocol),
        "stake": protocol.unit + 3,
        "availability_bond": availability_bond(protocol),
    }
    return terms | overrides


def reward(protocol: Protocol) -> int:
    """Of `odd_terms`, per label."""
    return protocol.unit // 20 + 1


def availability_bond(protocol: Protocol) -> int:
    """Of `odd_terms`."""
    return protocol.unit // 10 + 7


def stake(protocol: Protocol, labels: int = FULL) -> int:
    """Of a batch of `odd_terms`."""
    return labels * (protocol.unit + 3)


def prize(protocol: Protocol) -> int:
    """Of `odd_terms`, per label newly proven wrong."""
    return reward(protocol) // 4


def bonus(protocol: Protocol, labels: int = FULL) -> int:
    """Of whoever brings the rejection of a batch of `odd_terms` about; twice the bond is more than that."""
    return stake(protocol, labels) // 4


def availability_bonus(protocol: Protocol, labels: int = FULL) -> int:
    """Of whoever challenged the availability of a label of a batch of `odd_terms` that nobody shows."""
    return min(stake(protocol, labels) // 16, 4 * availability_bond(protocol))


def rejection(protocol: Protocol, labels: int, errors: int, bonus: int) -> tuple[int, int]:
    """What the sink and the requester get when a batch of `odd_terms` is rejected."""
    lost = min(reward(protocol) * (labels - errors), stake(protocol, labels) // 2)
    left = stake(protocol, labels) - errors * prize(protocol) - bonus
    return left + lost, reward(protocol) * labels - lost


def task(protocol: Protocol, number: int) -> Task:
    parameters, *rest = protocol.lens.task(number)
    return Task(TaskParameters(*parameters), *rest)


def submission(protocol: Protocol, number: int) -> Submission:
    return Submission(*protocol.lens.submission(number))


def challenge(protocol: Protocol, number: int) -> Challenge:
    return Challenge(*protocol.lens.challenge(number))


def log(protocol: Protocol) -> list[tuple[str, dict[str, Any]]]:
    """All that the escrow logged in the last call, in order: names and fields."""
    events = [event for event in protocol.escrow.get_logs() if event.address == protocol.escrow.address]
    return [
        (type(event).__name__, {key: value for key, value in event._asdict().items() if key != "address"})
        for event in events
    ]


def open_arguments(protocol: Protocol, **overrides: Any) -> tuple[tuple[Any, ...], str]:
    return astuple(protocol.parameters(**overrides)), "ipfs://manifest"
