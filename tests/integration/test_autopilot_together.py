"""The autopilot of an account whose own code does several calls as one transaction (EIP-7702, ERC-7821)."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from eth_utils import keccak

from goldleaf import Goldleaf, SubmissionState, errors
from goldleaf._engine import asking
from goldleaf_tools.autopilot import Autopilot, Step, pilot, together
from tests.chains import anvil
from tests.piloted import Person, Stage, Trial, steps
from tests.proxy import Proxy, proxy

pytestmark = [pytest.mark.anvil, pytest.mark.filterwarnings("ignore::goldleaf.GoldleafWarning")]

END = [Step.EXECUTE, Step.SETTLE_ROUND, Step.SETTLE, Step.CLAIM]
ABLE = "mocks/BatchAccount"


@pytest.fixture
def trial(tmp_path: Path) -> Iterator[Trial]:
    """On a node of its own, so that nobody else sits in the court."""
    with anvil("prague") as chain:
        found = Trial(Person(Stage(chain), keccak(b"annotator"), tmp_path))
        yield found
        found.person.client.close()


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with anvil("prague") as chain:
        yield Stage(chain)


@pytest.fixture
def person(stage: Stage, tmp_path: Path) -> Iterator[Person]:
    found = Person(stage, keccak(str(tmp_path).encode()), tmp_path)
    yield found
    found.client.close()


def delegate(person: Person, contract: str = ABLE, *arguments: Any) -> None:
    person.delegate(person.stage.chain.deploy(contract, *arguments).address)


def overdue(person: Person, count: int = 2) -> list[int]:
    """So many submissions of the person that were not delivered in time: each is to be expired."""
    stage = person.stage
    task = stage.task(items=3 * count)
    stakes = [stage.protocol.parameters_of(task).stake_of(slot) for slot in range(count)]
    stage.protocol.provide(person.account.address, sum(stakes))
    taken = [person.client.submissions.take(task, slot).result for slot in range(count)]
    stage.travel_to(max(each.due for each in taken))
    return [each.submission for each in taken]


@contextmanager
def through(person: Person, **terms: Any) -> Iterator[tuple[Proxy, Goldleaf]]:
    """A node that may misbehave, and the person's client of it."""
    with (
        proxy(person.stage.url) as node,
        Goldleaf(node.url, person.stage.deployment, person.account, **terms) as client,
    ):
        yield node, client


def step(person: Person, autopilot: Autopilot | None = None) -> tuple[list[Step], int]:
    """What was done, and by how many transactions."""
    before = person.sent
    report = (autopilot or person.autopilot()).step()
    done, sent = steps(report), person.sent - before
    assert len({each.transaction for each in report.done}) == sent
    return done, sent


def test_step__end_of_a_dispute_by_an_account_that_can__one_transaction(
    trial: Trial, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "goldleaf_tools.autopilot")
    person = trial.person
    trial.decide(2)
    delegate(person)
    pilot = person.autopilot()
    assert step(person, pilot) == (END, 1)
    assert person.state(trial.submission) == SubmissionState.PAID
    said = f"execute the ruling (dispute {trial.dispute}); settle a round (dispute {trial.dispute}); settle"
    assert "4 duties done as one in 0x" in caplog.text and said in caplog.text
    assert pilot.step().is_finished


def test_step__lost_dispute_by_an_account_that_can__nothing_is_claimed_and_the_rest_is_one(trial: Trial) -> None:
    trial.decide(1)
    delegate(trial.person)
    done, sent = step(trial.person)
    assert (done[:3], sent) == (END[:3], 1)
    state = trial.person.state(trial.submission)
    assert (state == SubmissionState.PAID) == (Step.CLAIM in done)
    assert trial.person.autopilot().step().is_finished


def test_step__somebody_else_executes_at_the_same_time__the_rest_is_done_and_nothing_fails(trial: Trial) -> None:
    person, stage = trial.person, trial.stage
    trial.decide(2)
    delegate(person)
    with through(person) as (node, client):
        answer, raced = node.answer, [False]

        def race(asked: list[dict[str, Any]]) -> list[dict[str, Any]] | int | None:
            if asked[0]["method"] == "eth_sendRawTransaction" and not raced[0]:
                raced[0] = True
                stage.jury.court.execute(trial.dispute)
            return answer(asked)

        node.answer = race  # type: ignore[method-assign]
        before = person.sent
        report = person.autopilot(client).step()
    # The refused one; the round; what the ruling of the other one makes possible.
    assert steps(report) == [Step.SETTLE_ROUND, Step.SETTLE, Step.CLAIM] and person.sent - before == 3
    assert report.done[1].transaction == report.done[2].transaction


def test_step__somebody_is_faster_and_the_node_lags__the_code_is_not_blamed(
    person: Person, caplog: pytest.LogCaptureFixture
) -> None:
    """Behind one address there may be several nodes: the one that simulates again has not seen why it failed."""
    stage, found = person.stage, overdue(person, 3)
    delegate(person)
    with through(person) as (node, client):
        answer, raced = node.answer, [False]

        def race(asked: list[dict[str, Any]]) -> list[dict[str, Any]] | int | None:
            if asked[0]["method"] == "eth_sendRawTransaction" and not raced[0]:
                raced[0] = True
                stage.protocol.escrow.expire(found[1])
            elif asked[0]["method"] == "eth_simulateV1" and raced[0]:
                asked[0]["params"][1] = hex(stage.chain.web3.eth.block_number - 2)
            return answer(asked)

        node.answer = race  # type: ignore[method-assign]
        autopilot, before = person.autopilot(client), person.sent
        assert steps(autopilot.step()) == [Step.EXPIRE] * 2
        assert person.sent - before == 3
        node.answer = answer  # type: ignore[method-assign]
        overdue(person, 3)
        assert step(person, autopilot) == ([Step.EXPIRE] * 3, 1)
    assert "did not do in" not in caplog.text


@pytest.mark.parametrize("delegated", [False, True])
def test_step__several_claims_by_any_account__one_transaction(person: Person, delegated: bool) -> None:
    found = person.deliver(3)
    if delegated:
        delegate(person)
    assert step(person) == ([Step.CLAIM] * 3, 1)
    assert {person.state(each) for each in found} == {SubmissionState.PAID}


def test_step__more_claims_than_one_call_takes__several_transactions(person: Person) -> None:
    person.deliver(33)
    assert step(person) == ([Step.CLAIM] * 33, 2)


def test_step__somebody_else_claims_one_of_several_at_the_same_time__the_others_are_done_and_nothing_fails(
    person: Person,
) -> None:
    found = person.deliver(3)
    with through(person) as (node, client):
        answer, raced = node.answer, [False]

        def race(asked: list[dict[str, Any]]) -> list[dict[str, Any]] | int | None:
            if asked[0]["method"] == "eth_sendRawTransaction" and not raced[0]:
                raced[0] = True
                person.stage.protocol.escrow.claim(found[1])
            return answer(asked)

        node.answer = race  # type: ignore[method-assign]
        before = person.sent
        report = person.autopilot(client).step()
    assert [each.duty.subject for each in report.done] == [found[0], found[2]]
    assert not report.failed and person.sent - before == 1


def test_step__several_claims_time_out__are_waited_for_and_not_sent_again(person: Person) -> None:
    found = person.deliver(2)
    with through(person, timeout=1) as (_, client):
        pilot = person.autopilot(client)
        person.stage.chain._request("evm_setAutomine", False)
        try:
            assert not pilot.step().done
        finally:
            person.stage.chain._request("evm_setAutomine", True)
        person.stage.chain.mine(1)
        before = person.sent
        report = pilot.step()
    assert person.sent == before
    assert {person.state(each) for each in found} == {SubmissionState.PAID}
    assert not report.failed


def test_step__duties_that_nothing_follows_from__one_transaction(person: Person) -> None:
    found = overdue(person, 3)
    delegate(person)
    assert step(person) == ([Step.EXPIRE] * 3, 1)
    assert {person.state(each) for each in found} == {SubmissionState.OPEN}


@pytest.mark.parametrize(
    ("name", "bound", "sent"), [("MOST_CALLS", 2, 3), ("MOST_GAS", 130_000, 3), ("MOST_CALLS", 5, 1)]
)
def test_step__more_than_fits__several_transactions(
    person: Person, monkeypatch: pytest.MonkeyPatch, name: str, bound: int, sent: int
) -> None:
    monkeypatch.setattr(together, name, bound)
    overdue(person, 5)
    delegate(person)
    assert step(person) == ([Step.EXPIRE] * 5, sent)


def test_step__account_without_code__one_at_a_time_and_nothing_is_asked_for(person: Person) -> None:
    overdue(person)
    with through(person) as (node, client):
        assert step(person, person.autopilot(client)) == ([Step.EXPIRE] * 2, 2)
        assert not [method for method, _ in node.asked if method == "eth_simulateV1"]


# Fault of the code, how many more transactions than duties it costs, and what is said.
FAULTS = {
    "REVERTS": (0, "sending them as one would fail"),
    "DOES_NOTHING": (0, "would not do all of them"),
    "DOES_NOTHING_FOR_MONEY": (1, "did not do in 0x"),
    "REVERTS_FOR_MONEY": (1, "did not do in 0x"),
    "DOES_ALL_BUT_ONE": (0, "would not do all of them"),
    "WASTES_GAS": (0, "would cost more gas"),
    "ANSWERS_TWO": (0, "does not say that it takes several"),
    "ANSWERS_NOTHING": (0, "does not say that it takes several"),
    "ANSWERS_BY_REVERTING": (0, "does not say that it takes several"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_step__code_that_lies__one_at_a_time_and_said_once(
    person: Person, caplog: pytest.LogCaptureFixture, fault: str
) -> None:
    wasted, said = FAULTS[fault]
    delegate(person, "mocks/FalseBatchAccount", 1 << [*FAULTS].index(fault))
    pilot = person.autopilot()
    for more in (wasted, 0):
        found, before = overdue(person), person.sent
        assert steps(pilot.step()) == [Step.EXPIRE] * 2
        assert person.sent - before == 2 + more
        assert {person.state(each) for each in found} == {SubmissionState.OPEN}
    assert caplog.text.count(said) == 1


def test_step__node_cannot_simulate__one_at_a_time_and_said(person: Person, caplog: pytest.LogCaptureFixture) -> None:
    overdue(person)
    delegate(person)
    with through(person) as (node, client):
        answer = node.answer

        def refuse(asked: list[dict[str, Any]]) -> list[dict[str, Any]] | int | None:
            if asked[0]["method"] != "eth_simulateV1":
                return answer(asked)
            error = {"code": -32601, "message": "the method eth_simulateV1 does not exist/is not available"}
            return [{"jsonrpc": "2.0", "id": one["id"], "error": error} for one in asked]

        node.answer = refuse  # type: ignore[method-assign]
        assert step(person, person.autopilot(client)) == ([Step.EXPIRE] * 2, 2)
    assert "would fail: the method eth_simulateV1" in caplog.text


# By a method for several calls at once: what a node, or whoever stands before it, says each time, and does not of one.
REFUSALS: dict[str, tuple[str, int | dict[str, Any] | None]] = {
    "takes too long to simulate": ("eth_simulateV1", 504),
    "hangs up when it simulates": ("eth_simulateV1", None),
    "is not paid for simulations": (
        "eth_simulateV1",
        {"code": 429, "message": "exceeded its compute units per second capacity"},
    ),
    "takes too long to estimate": ("eth_estimateGas", 504),
}


@pytest.mark.parametrize("refusal", REFUSALS)
def test_step__node_never_answers_for_several_calls__one_at_a_time(
    person: Person, monkeypatch: pytest.MonkeyPatch, refusal: str
) -> None:
    monkeypatch.setattr(asking, "PAUSES", (0.0,))
    overdue(person)
    delegate(person)
    method, said = REFUSALS[refusal]
    with through(person) as (node, client):
        answer, refused = node.answer, [0]

        def refuse(asked: list[dict[str, Any]]) -> list[dict[str, Any]] | int | None:
            # What the account sends to itself is several.
            [first, *_] = [one for one in asked if one["method"] == method] or [None]
            if first is None or first["params"][0].get("to", person.account.address) != person.account.address:
                return answer(asked)
            refused[0] += 1
            if isinstance(said, dict):
                return [{"jsonrpc": "2.0", "id": one["id"], "error": said} for one in asked]
            return said

        node.answer = refuse  # type: ignore[method-assign]
        assert step(person, person.autopilot(client)) == ([Step.EXPIRE] * 2, 2)
    assert refused[0]


def test_step__more_than_a_node_simulates_at_once__still_as_one(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Calls that are simulated together may take no more gas than a block has, by geth."""
    monkeypatch.setattr(together, "MOST_CALLS", 2)
    monkeypatch.setattr(together, "MOST_TRIED", 3)
    overdue(person, 4)
    delegate(person)
    with through(person) as (node, client):
        answer = node.answer

        def bound(asked: list[dict[str, Any]]) -> list[dict[str, Any]] | int | None:
            simulated = [one["params"][0]["blockStateCalls"] for one in asked if one["method"] == "eth_simulateV1"]
            if all(len(block["calls"]) <= 3 for blocks in simulated for block in blocks):
                return answer(asked)
            error = {"code": -38015, "message": "block gas limit reached: 30000000 >= 30000000"}
            return [{"jsonrpc": "2.0", "id": one["id"], "error": error} for one in asked]

        node.answer = bound  # type: ignore[method-assign]
        assert step(person, person.autopilot(client)) == ([Step.EXPIRE] * 4, 2)


def test_step__node_simulates_no_block__one_at_a_time(person: Person) -> None:
    overdue(person)
    delegate(person)
    with through(person) as (node, client):
        answer = node.answer

        def shrug(asked: list[dict[str, Any]]) -> list[dict[str, Any]] | int | None:
            if asked[0]["method"] != "eth_simulateV1":
                return answer(asked)
            return [{"jsonrpc": "2.0", "id": one["id"], "result": []} for one in asked]

        node.answer = shrug  # type: ignore[method-assign]
        assert step(person, person.autopilot(client)) == ([Step.EXPIRE] * 2, 2)


def test_step__labels_to_publish__go_by_themselves_and_first(person: Person) -> None:
    stage = person.stage
    delegate(person)
    task = stage.task()
    submission, _ = person.commit(task)
    stage.sibling_commits(task)
    overdue(person)
    assert step(person) == ([Step.PUBLISH, Step.EXPIRE, Step.EXPIRE], 2)
    assert person.state(submission) == SubmissionState.PUBLISHED


def test_step__node_signs__one_transaction(person: Person) -> None:
    overdue(person)
    delegate(person)
    with Goldleaf(person.stage.url, person.stage.deployment, person.account.address) as client:
        assert step(person, person.autopilot(client)) == ([Step.EXPIRE] * 2, 1)


def test_step__contract_account_of_the_node__one_transaction(person: Person) -> None:
    overdue(person)
    chain = person.stage.chain
    code = chain.web3.eth.get_code(chain.deploy(ABLE).address)
    chain._request("anvil_setCode", person.account.address, code.to_0x_hex())
    with Goldleaf(person.stage.url, person.stage.deployment, person.account.address) as client:
        assert step(person, person.autopilot(client)) == ([Step.EXPIRE] * 2, 1)


def test_step__not_mined_in_time__waits_once_for_all_of_it_and_sends_nothing_twice(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pilot, "FIRST_PAUSE", 0.0)
    found = overdue(person)
    delegate(person)
    chain, before = person.stage.chain, person.sent
    with (
        proxy(person.stage.url) as node,
        Goldleaf(node.url, person.stage.deployment, person.account, timeout=1) as client,
    ):
        answer = node.answer

        def know_blocks_alone(asked: list[dict[str, Any]]) -> list[dict[str, Any]] | int | None:
            """As nodes do that show nothing of what is pending."""
            for one in asked:
                if one["method"] != "eth_getTransactionCount":
                    one["params"] = ["latest" if each == "pending" else each for each in one["params"]]
            return answer(asked)

        node.answer = know_blocks_alone  # type: ignore[method-assign]
        autopilot = person.autopilot(client)
        waits: list[str] = []
        wait = client.wait
        monkeypatch.setattr(client, "wait", lambda transaction: (waits.append(transaction), wait(transaction))[1])
        chain._request("evm_setAutomine", False)
        try:
            for waited in range(2):
                failed = autopilot.step().failed
                assert [type(each.error) for each in failed] == [errors.TransactionTimeout] * 2
                assert len(waits) == waited
        finally:
            chain._request("evm_setAutomine", True)
            chain.mine(1)
        assert not autopilot.step().failed
    assert {person.state(each) for each in found} == {SubmissionState.OPEN} and person.sent == before + 1


def test_step__answer_to_the_batch_is_lost__sent_once(person: Person) -> None:
    found = overdue(person)
    delegate(person)
    before = person.sent
    with (
        proxy(person.stage.url) as node,
        Goldleaf(node.url, person.stage.deployment, person.account, timeout=2) as client,
    ):
        answer = node.answer

        def lose(asked: list[dict[str, Any]]) -> list[dict[str, Any]] | int | None:
            answers = answer(asked)
            return None if asked[0]["method"] == "eth_sendRawTransaction" else answers

        node.answer = lose  # type: ignore[method-assign]
        assert steps(person.autopilot(client).step()) == [Step.EXPIRE] * 2
    assert {person.state(each) for each in found} == {SubmissionState.OPEN} and person.sent == before + 1


def test_step__dropped_by_the_node__sent_anew(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pilot, "FIRST_PAUSE", 0.0)
    found = overdue(person)
    delegate(person)
    chain = person.stage.chain
    with Goldleaf(person.stage.url, person.stage.deployment, person.account, timeout=1) as client:
        autopilot = person.autopilot(client)
        chain._request("evm_setAutomine", False)
        try:
            assert [type(each.error) for each in autopilot.step().failed] == [errors.TransactionTimeout] * 2
            chain._request("anvil_dropAllTransactions")
            # What another node may have is waited for once more.
            assert [type(each.error) for each in autopilot.step().failed] == [errors.TransactionTimeout] * 2
        finally:
            chain._request("evm_setAutomine", True)
        assert step(person, autopilot) == ([Step.EXPIRE] * 2, 1)
    assert {person.state(each) for each in found} == {SubmissionState.OPEN}
