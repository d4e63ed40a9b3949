"""The autopilot on a real node whose clock the tests move: killed, cut off from the node, and with an empty disk.

Those whom it looks after have a key; everybody else is played by `Protocol`.
"""

import logging
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from eth_utils import keccak

from goldleaf import ChallengeState, Deployment, Goldleaf, LabelSet, Phase, SubmissionState, challenge_id, errors
from goldleaf.events import Challenged
from goldleaf.stores import Reader
from goldleaf_tools.autopilot import CAUTIOUS, Autopilot, Labels, Memory, PlannedChallenge, Policy, Report, Step, pilot
from goldleaf_tools.errors import LabelsChanged, LabelsForgotten
from goldleaf_tools.keys import Keyring
from tests.chains import anvil
from tests.piloted import Person, Stage, Trial, steps
from tests.protocol import DAY, Work
from tests.proxy import proxy

pytestmark = [pytest.mark.anvil, pytest.mark.filterwarnings("ignore::goldleaf.GoldleafWarning")]

PATIENCE = 60  # seconds


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with anvil() as chain:
        yield Stage(chain)


@pytest.fixture
def person(stage: Stage, tmp_path: Path) -> Iterator[Person]:
    found = Person(stage, keccak(str(tmp_path).encode()), tmp_path)
    yield found
    found.client.close()


def wait_for(condition: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "nothing happened"
        time.sleep(0.05)


# ------------------------------------------------------------ annotators


PILOT = """
import json, logging, sys
from pathlib import Path
from eth_account import Account
from goldleaf import Deployment, Goldleaf
from goldleaf_tools.autopilot import Autopilot, Memory
from goldleaf_tools.keys import Keyring
from goldleaf.events import Challenged
from goldleaf.stores import Reader, Store

logging.basicConfig(level=logging.DEBUG)
url, deployment, disk, key = sys.argv[1:]
account = Account.from_key(key)
client = Goldleaf(url, deployment, account)
keyring = Keyring(client.deployment, account)
reader = Reader(Store(Path(disk) / "store"))
pilot = Autopilot(client, keyring, Memory(Path(disk) / "memory"), reader=reader)
pilot.run(poll=0.2, until_done=True, report=lambda report: print(len(report.left), flush=True))
"""


class Process:
    """An autopilot in a process of its own."""

    def __init__(self, person: Person) -> None:
        deployment = person.disk / "deployment.json"
        person.stage.deployment.dump(deployment)
        self.log = person.disk / "log"
        with self.log.open("a") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-c", PILOT, person.stage.url, deployment, person.disk, person.key.hex()],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )

    def wait_for_pass(self) -> None:
        assert self._process.stdout is not None
        assert self._process.stdout.readline(), self.log.read_text()

    def kill(self) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._end()

    def wait(self) -> int:
        return self._end()

    def _end(self) -> int:
        try:
            self._process.communicate(timeout=PATIENCE)
        finally:
            self._process.kill()
        return self._process.returncode


def test_run__killed_twice__publishes_and_claims_in_time(stage: Stage, person: Person) -> None:
    task = stage.task()
    submission, _ = person.commit(task)
    stage.protocol.take(task, 1)  # never commits, so that it may be published from the deadline on
    first = Process(person)
    first.wait_for_pass()
    first.kill()
    assert person.state(submission) == SubmissionState.COMMITTED
    assert bytes(person.keyring.commitment_salt(submission)).hex() not in first.log.read_text()

    stage.travel_to(stage.protocol.parameters_of(task).deadline)
    second = Process(person)
    wait_for(lambda: person.state(submission) == SubmissionState.PUBLISHED)
    second.kill()

    stage.travel_to(person.client.submissions.get(submission).window_end)
    third = Process(person)
    assert third.wait() == 0, third.log.read_text()
    assert person.state(submission) == SubmissionState.PAID
    # Take, commit, publish, claim: nothing twice.
    assert person.sent == 4
    # Whether the second one could still write that it had published before it was killed, nobody knows.
    log = third.log.read_text()
    assert "claim" in log
    assert person.key.hex() not in log


def test_run__node_down_for_a_while__goes_on_and_sends_nothing_twice(
    stage: Stage, person: Person, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "goldleaf_tools.autopilot")
    task = stage.task()
    submission, _ = person.commit(task)
    stage.protocol.take(task, 1)
    with proxy(stage.url) as node:
        client = Goldleaf(node.url, stage.deployment, person.account)
        passes: list[Report] = []
        pilot = person.autopilot(client)
        thread = threading.Thread(
            target=lambda: pilot.run(poll=0.1, until_done=True, report=passes.append), daemon=True
        )
        thread.start()
        wait_for(lambda: passes)
        node.down = True
        wait_for(lambda: "the node fails" in caplog.text)
        stage.travel_to(stage.protocol.parameters_of(task).deadline)
        node.down = False
        wait_for(lambda: person.state(submission) == SubmissionState.PUBLISHED)
        node.dropped = 0.05
        stage.travel_to(person.client.submissions.get(submission).window_end)
        thread.join(PATIENCE)
        assert not thread.is_alive()
        client.close()
    assert person.state(submission) == SubmissionState.PAID
    assert person.sent == 4


def test_step__answer_to_a_transaction_is_lost__sent_once(stage: Stage, person: Person) -> None:
    task = stage.task()
    submission, _ = person.commit(task)
    stage.sibling_commits(task)
    with proxy(stage.url) as node, Goldleaf(node.url, stage.deployment, person.account, timeout=2) as client:
        answer = node.answer

        def lose(asked: list[dict[str, Any]]) -> list[dict[str, Any]] | int | None:
            answers = answer(asked)
            return None if asked[0]["method"] == "eth_sendRawTransaction" else answers

        node.answer = lose  # type: ignore[method-assign]
        pilot = person.autopilot(client)
        with suppress(errors.Unreachable):
            pilot.step()
        node.answer = answer  # type: ignore[method-assign]
        assert pilot.step().failed == ()
    assert person.state(submission) == SubmissionState.PUBLISHED
    assert person.sent == 3


def test_step__siblings_not_committed__waits_and_says_until_when(stage: Stage, person: Person) -> None:
    task = stage.task()
    person.commit(task)
    report = person.autopilot().step()
    parameters = stage.protocol.parameters_of(task)
    assert not report.done
    assert [(duty.step, duty.start, duty.end) for duty in report.left] == [
        (Step.PUBLISH, parameters.deadline, parameters.deadline + parameters.publish_period)
    ]
    assert report.next_moment == parameters.deadline
    stage.sibling_commits(task)
    assert steps(person.autopilot().step()) == [Step.PUBLISH]


def test_step__availability__each_label_shown_once_out_of_the_store(stage: Stage, person: Person) -> None:
    submission, labels = person.publish(stage.task())
    work = Work(submission, person.account.address, labels)
    challenges = [stage.protocol.challenge_availability(work, items) for items in ([0, 2], [1, 2])]
    person.lose_disk()
    pilot = person.autopilot()
    before = person.client.ledger.free()
    done = pilot.step().done
    assert [each.duty.number for each in done if each.duty.step == Step.ANSWER] == [0, 2, 1]
    assert [each.duty.subject for each in done if each.duty.step == Step.SETTLE] == challenges
    assert person.client.ledger.free() == before  # nobody is paid for it
    assert {person.client.challenges.get(each).state for each in challenges} == {ChallengeState.SETTLED}
    sent = person.sent
    assert steps(pilot.step()) == []
    assert person.sent == sent


def test_step__label_file_changed__refused_and_the_rest_goes_on(
    stage: Stage, person: Person, caplog: pytest.LogCaptureFixture
) -> None:
    claimable, _ = person.publish(stage.task())
    stage.travel_to(person.client.submissions.get(claimable).window_end)
    task = stage.task()
    spoilt, labels = person.commit(task)
    stage.sibling_commits(task)
    [file] = [
        path for path in (person.disk / "store").rglob("*") if path.is_file() and path.read_bytes() == labels.to_bytes()
    ]
    file.chmod(0o644)
    file.write_bytes(labels.to_bytes().replace(b"label 1", b"label 9"))
    report = person.autopilot().step()
    assert [done.duty.subject for done in report.done] == [claimable]
    [failed] = report.failed
    assert isinstance(failed.error, LabelsChanged)
    assert "Put the label set back as it was" in caplog.text
    assert person.state(spoilt) == SubmissionState.COMMITTED

    file.write_bytes(labels.to_bytes())
    assert steps(person.autopilot().step()) == [Step.PUBLISH]


@pytest.mark.parametrize("change", ["forgotten", "another uri"])
def test_step__another_label_set_is_remembered__refused(stage: Stage, person: Person, change: str) -> None:
    task = stage.task()
    submission, labels = person.commit(task)
    stage.sibling_commits(task)
    person.lose_disk()
    if change == "another uri":
        person.memory.remember(Labels(submission, labels.root, person.store.put(b"else")))
    [failed] = person.autopilot().step().failed
    expected = LabelsForgotten if change == "forgotten" else LabelsChanged
    assert type(failed.error) is expected
    assert person.sent == 2


def test_step__other_labels_remembered_since__what_was_committed_is_published(stage: Stage, person: Person) -> None:
    task = stage.task()
    submission, labels = person.commit(task)
    stage.sibling_commits(task)
    other = LabelSet(["another label"] * 3, first=labels.items.start)
    for uri in (person.store.put(other.to_bytes()), person.store.put(labels.to_bytes())):
        person.memory.set_draft(Labels(submission, other.root, uri))
    assert steps(person.autopilot().step()) == [Step.PUBLISH]
    assert person.client.submissions.publication(submission).root == labels.root


def test_step__memory_damaged__the_rest_is_published(stage: Stage, person: Person) -> None:
    task = stage.task()
    submission, _ = person.commit(task)
    stage.sibling_commits(task)
    for name in (f"labels-{submission}-00.json", "planned-1-00-0.json"):
        (person.memory.folder / name).touch(0o600)
    with pytest.warns(errors.GoldleafWarning, match="passed over"):
        assert steps(person.autopilot().step()) == [Step.PUBLISH]


def test_step__labels_forgotten_long_before_the_deadline__said_at_once(
    stage: Stage, person: Person, caplog: pytest.LogCaptureFixture
) -> None:
    task = stage.task()
    submission, _ = person.commit(task)
    [remembered] = person.memory.labels(submission)
    person.lose_disk()
    pilot = person.autopilot()
    [failed] = pilot.step().failed
    assert isinstance(failed.error, LabelsForgotten)
    assert f"publish (submission {task}/0) will fail: until" in caplog.text
    # Not again and again.
    assert pilot.step().failed == ()
    person.memory.remember(remembered)
    assert person.autopilot().step().failed == ()


def test_step__reader_breaks__the_rest_goes_on(stage: Stage, person: Person) -> None:
    class Broken:
        def labels(self, uri: str, root: bytes, items: range) -> LabelSet:
            raise RuntimeError("broken")

    claimable, _ = person.publish(stage.task())
    stage.travel_to(person.client.submissions.get(claimable).window_end)
    task = stage.task()
    person.commit(task)
    stage.sibling_commits(task)
    report = Autopilot(person.client, person.keyring, person.memory, reader=Broken()).step()
    assert [done.duty.step for done in report.done] == [Step.CLAIM]
    assert [str(failed.error) for failed in report.failed] == ["broken"]


class Cupboard:
    """Label sets that are kept at hand, and a store that is away until it is mended."""

    def __init__(self, person: Person) -> None:
        self.reader = Reader(person.store)
        self.is_away = True
        self.put: list[str] = []

    def labels(self, uri: str, root: bytes, items: range) -> LabelSet:
        return self.reader.labels(uri, root, items)

    def put_up(self, labels: LabelSet, uri: str) -> None:
        if self.is_away:
            raise errors.StoreUnreachable("the store is away")
        self.put.append(uri)


def test_step__store_away_until_it_is_almost_too_late__publishes_and_puts_the_labels_there_later(
    stage: Stage, person: Person
) -> None:
    task = stage.task()
    submission, _ = person.commit(task)
    cupboard = Cupboard(person)
    end = person.client.tasks.get(task).parameters.publish_end
    stage.travel_to(end - 2 * 3600)
    found = Autopilot(person.client, person.keyring, person.memory, reader=cupboard).step()
    assert [type(each.error) for each in found.failed] == [errors.StoreUnreachable]
    assert person.state(submission) == SubmissionState.COMMITTED
    # All of the stake is lost unless it is published; labels may be put there, and be shown, later too.
    stage.travel_to(end - 1800)
    found = Autopilot(person.client, person.keyring, person.memory, reader=cupboard).step()
    assert [done.duty.step for done in found.done] == [Step.PUBLISH]
    assert [each.duty.step for each in found.failed] == [Step.SHOW_LABELS] and not cupboard.put
    # By another program, when the store is there again.
    cupboard.is_away = False
    assert steps(Autopilot(person.client, person.keyring, person.memory, reader=cupboard).step()) == []
    uri = person.client.submissions.publication(submission).uri
    assert cupboard.put == [uri] and not person.memory.missing()


def test_step__not_mined_in_time__waits_for_what_was_sent_and_sends_nothing_twice(
    stage: Stage, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pilot, "FIRST_PAUSE", 0.0)
    task = stage.task()
    submission, _ = person.commit(task)
    stage.sibling_commits(task)
    before = person.sent
    with proxy(stage.url) as node, Goldleaf(node.url, stage.deployment, person.account, timeout=1.0) as client:
        answer = node.answer

        def know_blocks_alone(asked: list[dict[str, Any]]) -> list[dict[str, Any]] | int | None:
            """As nodes do that show nothing of what is pending."""
            for one in asked:
                if one["method"] != "eth_getTransactionCount":
                    one["params"] = ["latest" if each == "pending" else each for each in one["params"]]
            return answer(asked)

        node.answer = know_blocks_alone  # type: ignore[method-assign]
        autopilot = person.autopilot(client)
        stage.chain._request("evm_setAutomine", False)
        try:
            for _ in range(2):
                assert [type(each.error) for each in autopilot.step().failed] == [errors.TransactionTimeout]
        finally:
            stage.chain._request("evm_setAutomine", True)
            stage.chain.mine(1)
    assert person.state(submission) == SubmissionState.PUBLISHED and person.sent == before + 1


@pytest.mark.parametrize("confirmations", [1, 3, CAUTIOUS.confirmations])
def test_step__last_sibling_commits__labels_are_not_shown_where_a_reorg_could_undo_it(
    stage: Stage, person: Person, confirmations: int
) -> None:
    """The sibling replaces the blocks since its commitment, and commits again to the labels that it has seen."""
    task = stage.task()
    submission, _ = person.commit(task)
    pilot = person.autopilot(policy=Policy(confirmations=confirmations))
    other = stage.protocol.take(task, 1)
    assert steps(pilot.step()) == []
    snapshot = stage.chain.web3.provider.make_request("evm_snapshot", [])["result"]
    stage.protocol.commit(other)
    for _ in range(confirmations - 1):
        assert steps(pilot.step()) == [] and person.state(submission) == SubmissionState.COMMITTED
        stage.chain.mine(1)
    stage.chain._request("evm_revert", snapshot)
    assert steps(pilot.step()) == [] and person.state(submission) == SubmissionState.COMMITTED
    stage.protocol.commit(other)
    stage.chain.mine(confirmations - 1)
    assert steps(pilot.step()) == [Step.PUBLISH]


def test_step__deadline_just_over__waits_for_blocks_after_it_but_not_too_long(stage: Stage, person: Person) -> None:
    task = stage.task()
    submission, _ = person.commit(task)
    parameters = stage.protocol.parameters_of(task)
    stage.protocol.travel_to(parameters.deadline)  # one block
    report = person.autopilot().step()
    middle = parameters.deadline + parameters.publish_period // 2
    assert [(duty.step, duty.start) for duty in report.left] == [(Step.PUBLISH, middle)]
    stage.protocol.travel_to(middle)
    assert steps(person.autopilot().step()) == [Step.PUBLISH]
    assert person.state(submission) == SubmissionState.PUBLISHED


def test_step__blocks_replaced__does_again_what_was_undone(stage: Stage, person: Person) -> None:
    task = stage.task()
    submission, _ = person.commit(task)
    stage.sibling_commits(task)
    pilot = person.autopilot()
    snapshot = stage.chain.web3.provider.make_request("evm_snapshot", [])["result"]
    assert steps(pilot.step()) == [Step.PUBLISH]
    stage.chain._request("evm_revert", snapshot)
    assert person.state(submission) == SubmissionState.COMMITTED
    assert steps(pilot.step()) == [Step.PUBLISH]
    assert person.state(submission) == SubmissionState.PUBLISHED


def test_step__deployment_without_a_court__looks_after_submissions(stage: Stage, person: Person) -> None:
    contracts = {name: stage.deployment.address(name) for name in ("TaskTerms", "TaskEscrow", "Lens", "Token")}
    deployment = Deployment(stage.chain.id, 0, contracts, {"Court": stage.deployment.address("Court")})
    task = stage.task()
    person.commit(task)
    stage.sibling_commits(task)
    with Goldleaf(stage.url, deployment, person.account) as client:
        keyring = Keyring(deployment, person.account)
        pilot = Autopilot(client, keyring, person.memory, reader=Reader(person.store))
        assert steps(pilot.step()) == [Step.PUBLISH]
        assert steps(pilot.step()) == []


def test_step__nothing_new__asks_little(stage: Stage, person: Person) -> None:
    task = stage.task()
    for _ in range(2):
        person.publish(stage.task())
    person.commit(task)
    with proxy(stage.url) as node, Goldleaf(node.url, stage.deployment, person.account) as client:
        pilot = person.autopilot(client)
        pilot.step()
        node.asked.clear()
        pilot.step()
        # Logs of the last blocks, the clock, three submissions, their tasks and siblings.
        methods = [method for method, _ in node.asked]
        assert methods.count("eth_getLogs") == 1
        assert len(methods) <= 20


def test_step__nothing_delivered__announced_loudly_once_and_again_when_it_is_near(
    stage: Stage, person: Person, caplog: pytest.LogCaptureFixture
) -> None:
    task = stage.task(redundancy=1)
    taken = person.client.submissions.take(task).result
    pilot = person.autopilot()
    for _ in range(2):
        pilot.step()
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert f"commit or publish (submission {task}/0): until" in caplog.text
    assert "lose a quarter of the stake" in caplog.text
    stage.travel_to(taken.due - 3000)
    for _ in range(2):
        pilot.step()
    assert [record.levelname for record in caplog.records] == ["WARNING", "CRITICAL"]
    stage.travel_to(taken.due)
    stake = person.client.submissions.get(taken.submission).stake
    free = person.client.ledger.free()
    found = pilot.step()
    assert found.is_finished and steps(found) == [Step.EXPIRE]
    assert "is too late" in caplog.records[-1].message
    # Nobody else has an interest in what is left of it.
    assert person.client.ledger.free() == free + stake - stake // 4


def test_step__of_a_requester__ends_what_holds_up_the_task_and_closes_it(stage: Stage, person: Person) -> None:
    """One of four was never delivered, one never published, one never claimed by whoever is paid; one slot was free."""
    protocol, life = stage.protocol, person.client
    task = stage.task(redundancy=4, requester=person.account.address)
    pot = life.tasks.get(task).parameters.pot
    idle, sealed, paid = (protocol.take(task, slot) for slot in range(3))
    for work in (sealed, paid):
        protocol.commit(work)
    pilot = person.autopilot(policy=Policy(withdraw_from=None))
    assert steps(pilot.step()) == []
    stage.travel_to(life.submissions.get(idle.submission).due_at)
    assert steps(pilot.step()) == [Step.EXPIRE]
    stage.travel_to(life.tasks.get(task).parameters.deadline)
    protocol.publish(paid)
    assert steps(pilot.step()) == []
    # A program that begins now knows as much.
    pilot = person.autopilot()
    stage.travel_to(life.tasks.get(task).parameters.publish_end)
    assert steps(pilot.step()) == [Step.EXPIRE]
    window_end = life.submissions.get(paid.submission).window_end
    stage.travel_to(max(window_end + DAY, stage.protocol.now))
    free = life.ledger.free()
    assert steps(pilot.step()) == [Step.CLAIM, Step.CLOSE]
    assert life.tasks.get(task).closed and life.ledger.free() == free + pot - pot // 4
    assert pilot.step().is_finished


# ------------------------------------------------------------ challengers and defenders


def published(stage: Stage, **terms: Any) -> Work:
    return stage.protocol.deliver(stage.task(**terms))[0]


def test_step__challenge_to_file__committed_and_filed_a_minute_later(stage: Stage, person: Person) -> None:
    work = published(stage)
    planned = PlannedChallenge(work.submission, (0, 2), evidence=keccak(b"why"), uri="ipfs://why")
    person.memory.remember(planned)
    pilot = person.autopilot()
    assert steps(pilot.step()) == [Step.COMMIT_CHALLENGE]
    assert steps(pilot.step()) == []
    stage.protocol.travel(60)
    assert steps(person.autopilot().step()) == [Step.FILE]
    [challenge] = [challenge_id(work.submission, number) for number in range(1)]
    filing = person.client.challenges.filing(challenge)
    assert isinstance(filing, Challenged)
    assert (filing.indices, filing.evidence, filing.uri) == ((0, 2), keccak(b"why"), "ipfs://why")
    assert (person.memory.planned(), person.memory.filed()) == ([], [planned])


class Shelf:
    """A store that everybody can read, and that may be out of order."""

    def __init__(self) -> None:
        self.files: list[bytes] = []
        self.works = True

    def uri(self, data: bytes) -> str:
        return f"shelf://{keccak(data).hex()}"

    def put(self, data: bytes) -> str:
        if not self.works:
            raise errors.StoreUnreachable("out of order")
        self.files.append(data)
        return self.uri(data)


def test_step__evidence__nobody_can_read_it_and_file_first(stage: Stage, person: Person) -> None:
    """What lies in a public store tells which labels are wrong, to somebody who challenges them first."""
    work, shelf = published(stage), Shelf()
    digest = person.memory.hide(b"why")
    planned = PlannedChallenge(work.submission, (0, 2), evidence=digest, uri=shelf.uri(b"why"))
    person.memory.remember(planned)
    assert steps(person.autopilot(evidence=shelf).step()) == [Step.COMMIT_CHALLENGE]
    stage.protocol.travel(60)
    assert shelf.files == []
    shelf.works = False
    report = person.autopilot(evidence=shelf).step()
    assert [done.duty.step for done in report.done] == [Step.FILE]
    assert [failed.duty.step for failed in report.failed] == [Step.SHOW]
    assert not report.is_finished
    assert [duty.step for duty in person.autopilot().step().left if duty.planned] == [Step.SHOW]  # without a store
    # A later program, after a crash, finds what was filed and never put.
    shelf.works = True
    assert person.autopilot(evidence=shelf).step().failed == ()
    filing = person.client.challenges.filing(challenge_id(work.submission, 0))
    assert shelf.files == [b"why"] and isinstance(filing, Challenged) and filing.evidence == digest
    assert person.autopilot(evidence=shelf).step().failed == () and shelf.files == [b"why"]


def test_step__killed_after_filing__its_evidence_is_put_all_the_same(stage: Stage, person: Person) -> None:
    work, shelf = published(stage), Shelf()
    planned = PlannedChallenge(work.submission, (1,), evidence=person.memory.hide(b"so"), uri=shelf.uri(b"so"))
    person.memory.remember(planned)
    person.autopilot(evidence=shelf).step()
    stage.protocol.travel(60)
    salt = person.keyring.challenge_salt(planned.submission, planned.items, planned.attempt)
    person.client.challenges.file(
        planned.submission, planned.items, salt=salt, evidence=planned.evidence, uri=planned.uri
    )
    assert person.memory.planned() == [planned] and shelf.files == []
    assert steps(person.autopilot(evidence=shelf).step()) == []
    assert person.memory.filed() == [planned] and shelf.files == [b"so"]


def test_forget__evidence_of_what_is_not_filed__dropped_unless_another_challenge_has_it(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "memory")
    one, other = (PlannedChallenge(1, (item,), evidence=memory.hide(b"why")) for item in (1, 2))
    memory.remember(one)
    memory.remember(other)
    memory.forget(one)
    assert memory.hidden(other) == b"why"
    memory.forget(other)
    assert memory.hidden(other) is None


def test_step__killed_after_filing__does_not_file_twice(stage: Stage, person: Person) -> None:
    work = published(stage)
    planned = PlannedChallenge(work.submission, (1,))
    person.memory.remember(planned)
    person.autopilot().step()
    stage.protocol.travel(60)
    person.autopilot().step()
    person.memory.remember(planned)
    for path in person.memory.folder.glob("filed-*"):
        path.unlink()
    sent = person.sent
    assert steps(person.autopilot().step()) == []
    assert person.sent == sent
    assert (person.memory.planned(), person.memory.filed()) == ([], [planned])


def test_step__commitment_grew_too_old__committed_anew(stage: Stage, person: Person) -> None:
    work = published(stage)
    person.memory.remember(PlannedChallenge(work.submission, (1,)))
    person.autopilot().step()
    stage.protocol.travel(DAY)
    assert steps(person.autopilot().step()) == [Step.COMMIT_CHALLENGE]
    stage.protocol.travel(60)
    assert steps(person.autopilot().step()) == [Step.FILE]


def test_step__window_is_over__challenge_is_given_up_loudly(
    stage: Stage, person: Person, caplog: pytest.LogCaptureFixture
) -> None:
    work = published(stage)
    person.memory.remember(PlannedChallenge(work.submission, (1,)))
    stage.protocol.pass_window(work)
    report = person.autopilot().step()
    assert not report.done and report.is_finished
    assert caplog.records[-1].levelname == "CRITICAL"
    assert person.memory.planned() == []


def test_step__challenge_not_answered__settled_with_those_before_it(stage: Stage, person: Person) -> None:
    work = published(stage)
    earlier = stage.protocol.challenge(work, [0])
    person.memory.remember(PlannedChallenge(work.submission, (1,)))
    pilot = person.autopilot()
    pilot.step()
    stage.protocol.travel(60)
    pilot.step()
    person.lose_disk()
    report = person.autopilot().step()
    assert [(duty.step, duty.subject) for duty in report.left] == [
        (Step.SETTLE, earlier),
        (Step.SETTLE, challenge_id(work.submission, 1)),
    ]
    stage.travel_to(report.left[-1].start)
    before = person.client.ledger.free()
    assert steps(person.autopilot().step()) == [Step.SETTLE, Step.SETTLE]
    # The bond; one error rejects the submission, so the second pays no prize.
    assert person.client.ledger.free() - before == person.client.challenges.get(earlier).bond


def test_step__challenged__says_so_and_defends_if_told_to(
    stage: Stage, person: Person, caplog: pytest.LogCaptureFixture
) -> None:
    submission, labels = person.publish(stage.task())
    challenge = stage.protocol.challenge(Work(submission, person.account.address, labels), [1])
    assert steps(person.autopilot().step()) == []
    assert f"concede or defend (challenge {submission >> 64}/0/0): until" in caplog.text
    brave = person.autopilot(policy=Policy(defend_up_to=3 * stage.protocol.unit))
    assert steps(brave.step()) == []
    stage.protocol.travel(stage.protocol.parameters_of(submission >> 64).response_period // 2)
    assert steps(brave.step()) == [Step.DEFEND]
    assert person.client.challenges.get(challenge).state == ChallengeState.DEFENDED


# ------------------------------------------------------------ jurors


@pytest.fixture
def trial(tmp_path: Path) -> Iterator[Trial]:
    """On a node of its own, so that nobody else sits in the court."""
    with anvil() as chain:
        yield Trial(Person(Stage(chain), keccak(b"juror"), tmp_path))


def test_step__vote_sealed_and_disk_lost__revealed_settled_and_claimed(trial: Trial) -> None:
    stage, person = trial.stage, trial.person
    pilot = person.autopilot()
    stage.chain.mine(2)
    assert steps(pilot.step()) == [Step.DRAW]
    person.client.court.commit_vote(trial.dispute, 2, salt=person.keyring.vote_salt(trial.dispute, 0))
    person.lose_disk()
    pilot = person.autopilot()
    assert steps(pilot.step()) == []
    trial.others_commit(2)
    stage.chain.mine(CAUTIOUS.confirmations)
    # Early, as all have voted: one of them could replace the block of that vote.
    assert person.client.court.dispute(trial.dispute).phase == Phase.REVEAL
    assert steps(pilot.step()) == []
    stage.travel_to(person.client.court.dispute(trial.dispute).phase_end - stage.jury.parameters.reveal_period)
    assert steps(pilot.step()) == [Step.REVEAL]
    assert person.client.court.round(trial.dispute, 0).votes.count(2) == 1
    assert not pilot.step().is_finished

    stage.jury.pass_phase(trial.dispute)
    assert not pilot.step().is_finished
    stage.jury.pass_phase(trial.dispute)
    stage.travel_to(max(stage.protocol.now, person.client.submissions.get(trial.submission).window_end))
    report = pilot.step()
    assert sorted(done.duty.step.name for done in report.done) == ["CLAIM", "EXECUTE", "SETTLE", "SETTLE_ROUND"]
    assert report.is_finished
    assert person.client.court.dispute(trial.dispute).phase == Phase.FINAL
    assert person.state(trial.submission) == SubmissionState.PAID


def test_step__seed_not_known_yet__drawn_as_soon_as_it_is(trial: Trial) -> None:
    pilot = trial.person.autopilot()
    assert steps(pilot.step()) == []
    trial.stage.chain.mine(2)
    assert steps(pilot.step()) == [Step.DRAW]


def test_step__drawn_and_not_voted__announced(trial: Trial, caplog: pytest.LogCaptureFixture) -> None:
    trial.draw()
    person = trial.person
    pilot = person.autopilot()
    report = pilot.step()
    assert [duty.step for duty in report.left if duty.step.by_owner] == [Step.VOTE]
    assert f"vote (dispute {trial.dispute}): until" in caplog.text
    salt = person.keyring.vote_salt(trial.dispute, 0)
    person.client.court.commit_vote(trial.dispute, 0, salt=salt)
    assert next(duty.step for duty in pilot.step().left if duty.subject == trial.dispute) == Step.REVEAL


# ------------------------------------------------------------ money


def test_step__told_to_withdraw__what_is_free_and_no_challenge_needs(stage: Stage, person: Person) -> None:
    pilot = person.autopilot(policy=Policy(withdraw_from=stage.protocol.unit))
    person.memory.remember(PlannedChallenge(published(stage).submission, (1,)))
    assert steps(pilot.step()) == [Step.COMMIT_CHALLENGE]
    stage.protocol.travel(60)
    assert steps(pilot.step()) == [Step.FILE, Step.WITHDRAW]
    assert person.client.ledger.free() == 0
    assert person.client.ledger.wallet() > 0


def test_autopilot__keyring_of_another_account__refused(stage: Stage, person: Person) -> None:
    stranger = Keyring(stage.deployment, Account.create())
    with pytest.raises(errors.ArgumentError, match="account of the keyring"):
        Autopilot(person.client, stranger, person.memory)
