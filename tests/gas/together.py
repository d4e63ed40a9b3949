"""What an autopilot pays for what is due together: one transaction for each, or one for all of it."""

from collections.abc import Callable
from pathlib import Path

from eth_utils import keccak

from tests.chains import anvil
from tests.piloted import Person, Stage, Trial
from tests.protocol import HOUR

CLAIMS = 8
# Gas by receipts, of each step and of all.
Costs = dict[str, int]


def measure_together(disk: Path) -> dict[str, Costs]:
    """Gas by scene, as one and one at a time; each on a node of its own, so that both find the same."""
    return {
        f"{name}, {how}": _measure(disk / name / how, scene, delegated=how == "as one")
        for name, scene in (("end of a dispute, 3 jurors", _dispute), (f"{CLAIMS} claims", _claims))
        for how in ("one at a time", "as one")
    }


def _measure(disk: Path, scene: Callable[[Person], object], *, delegated: bool) -> Costs:
    with anvil("prague") as chain:
        person = Person(Stage(chain), keccak(b"measured"), disk)
        scene(person)
        if delegated:
            person.delegate(chain.deploy("mocks/BatchAccount").address)
        report = person.autopilot().step()
        person.client.close()
        assert report.is_finished and not report.failed
        hashes = list(dict.fromkeys(done.transaction for done in report.done))
        gas = {each: int(chain.web3.eth.get_transaction_receipt(each)["gasUsed"]) for each in hashes}  # type: ignore[arg-type]
    if delegated:
        assert len(hashes) == 1
        return {"all": gas[hashes[0]]}
    named = enumerate(report.done, 1)
    steps = {f"{place}. {done.duty.step.value}": gas[done.transaction] for place, done in named}
    return {**steps, "all": sum(gas.values())}


def _dispute(person: Person) -> None:
    """Jurors have found for the person, who is one of them, and nobody can appeal any more."""
    Trial(person).decide(2)


def _claims(person: Person) -> None:
    """The windows of all their submissions in a task are over."""
    stage = person.stage
    task = stage.task(items=3 * CLAIMS, redundancy=1)
    terms = stage.protocol.parameters_of(task)
    stage.protocol.provide(person.account.address, sum(map(terms.stake_of, range(CLAIMS))))
    for slot in range(CLAIMS):
        taken = stage.protocol.take(task, slot, person.account.address)
        stage.protocol.publish(taken)
    stage.travel_to(stage.protocol.now + terms.challenge_period + HOUR)
