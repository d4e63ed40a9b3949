"""What it costs to do what is due together: one transaction for each, or one for all of it, as an autopilot does."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from eth_utils import keccak

from tests.chains import anvil
from tests.piloted import Person, Stage, Trial

CLAIMS = 8
# Gas by receipts, of each step and of all.
Costs = dict[str, int]
# Steps, and the transactions that did them.
Sent = list[tuple[str, str]]


def measure_together(disk: Path) -> dict[str, Costs]:
    """Gas by scene, one at a time and as one; each on a node of its own, so that both find the same."""
    dispute, claims = "end of a dispute, 3 jurors", f"{CLAIMS} claims"
    return {
        f"{dispute}, one at a time": _measure(disk / "1", _dispute, _pilot),
        f"{dispute}, as one": _measure(disk / "2", _dispute, _pilot_with_code),
        f"{claims}, one at a time": _measure(disk / "3", _claims, _claim_each),
        f"{claims}, as one": _measure(disk / "4", _claims, _pilot),
    }


def _measure(disk: Path, scene: Callable[[Person], Any], act: Callable[[Person, Any], Sent]) -> Costs:
    with anvil("prague") as chain:
        person = Person(Stage(chain), keccak(b"measured"), disk)
        sent = act(person, scene(person))
        assert person.autopilot().step().is_finished
        person.client.close()
        gas = {each: int(chain.web3.eth.get_transaction_receipt(each)["gasUsed"]) for _, each in sent}  # type: ignore[arg-type]
    steps = {f"{place}. {step}": gas[each] for place, (step, each) in enumerate(sent, 1)} if len(gas) > 1 else {}
    return {**steps, "all": sum(gas.values())}


def _pilot(person: Person, _: Any) -> Sent:
    report = person.autopilot().step()
    assert not report.failed
    return [(done.duty.step.value, done.transaction) for done in report.done]


def _pilot_with_code(person: Person, _: Any) -> Sent:
    person.delegate(person.stage.chain.deploy("mocks/BatchAccount").address)
    return _pilot(person, _)


def _claim_each(person: Person, submissions: list[int]) -> Sent:
    return [("claim", person.client.submissions.claim(each).transaction) for each in submissions]


def _dispute(person: Person) -> None:
    """Jurors have found for the person, who is one of them, and nobody can appeal any more."""
    Trial(person).decide(2)


def _claims(person: Person) -> list[int]:
    """The windows of all these submissions of theirs in a task are over."""
    return person.deliver(CLAIMS)
