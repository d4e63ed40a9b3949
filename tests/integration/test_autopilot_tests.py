"""The autopilot where sealed labels are tested: for annotators, disputers and requesters, on a real node.

Nobody but the arbitrator is played: each of them has a key, a disk, and an autopilot.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from eth_utils import keccak

from goldleaf import Deployment, Goldleaf, LabelSet, SubmissionState, errors, events, testing
from goldleaf.ids import gold_dispute_id
from goldleaf.stores import Reader, Store
from goldleaf.types import GoldDisputeState
from goldleaf.types import TestPhase as Phase
from goldleaf_tools.autopilot import CAUTIOUS, Autopilot, Labels, Memory, Policy, Report, Step
from goldleaf_tools.errors import LabelsForgotten
from goldleaf_tools.keys import Keyring
from tests.chains import AnvilChain, anvil
from tests.deployed import Chain
from tests.graded import DAY, PURSE, TERMS, GradedTask
from tests.life import Life
from tests.proxy import proxy

pytestmark = [pytest.mark.anvil, pytest.mark.filterwarnings("ignore::goldleaf.GoldleafWarning")]

UNIT = 10**6
COST = 3 * UNIT  # of an arbitration
HOUR = 3600
BALANCE = {"withdraw_from": 1}


class Town:
    """The protocol on a node, with an arbitrator that rules what it is told to."""

    def __init__(self, node: AnvilChain) -> None:
        self.node = node
        self.url = str(node.web3.provider.endpoint_uri)  # type: ignore[attr-defined]
        self.chain = Chain(node.web3, lambda time: node.travel(time - node.now), lambda: node.mine(1))
        self.chain.connect = self.client
        self.arbitrator = self.chain._deploy("mocks/MockArbitrator", self.chain.token.address, COST, 10 * DAY)
        listed = {"Mock": self.arbitrator.address}
        self.chain.deployment = replace(self.chain.deployment, arbitrators=listed)

    @property
    def deployment(self) -> Deployment:
        return self.chain.deployment

    def client(self, account: Any) -> Goldleaf:
        return Goldleaf(self.url, self.deployment, account)

    def confirm(self, blocks: int = CAUTIOUS.confirmations) -> None:
        self.node.mine(blocks)

    def travel_to(self, moment: int) -> None:
        """A block at this time, and as many as confirm it."""
        self.node.travel(moment - self.node.now)
        self.confirm()

    def stand_before(self, moment: int) -> None:
        """What is sent now is mined a second before this time, at its earliest."""
        self.node.travel(moment - 2 - self.node.now)

    def rule(self, told: events.GoldDisputed, ruling: int) -> None:
        call = self.arbitrator.functions.give_ruling(told.dispute, ruling)
        self.chain._send(call.build_transaction({"from": self.chain.deployer}))


class Cupboard:
    """Label sets that are kept at hand, and what was put up for everybody."""

    def __init__(self, store: Store) -> None:
        self._reader = Reader(store)
        self.shown: list[str] = []

    def labels(self, uri: str, root: bytes, items: range) -> LabelSet:
        return self._reader.labels(uri, root, items)

    def put_up(self, labels: LabelSet, uri: str) -> None:
        self.shown.append(uri)


@dataclass
class Person:
    """Somebody with a key, a disk, and an autopilot."""

    client: Goldleaf
    account: Any
    disk: Path

    def __post_init__(self) -> None:
        self.keyring = Keyring(self.client.deployment, self.account)
        self.store = Store(self.disk / "store")
        self.cupboard = Cupboard(self.store)
        self.memory = Memory(self.disk / "memory")
        for ledger in (self.client.ledger, self.client.tests.ledger):
            ledger.deposit(PURSE)

    def pilot(self, client: Goldleaf | None = None, **terms: Any) -> Autopilot:
        return Autopilot(client or self.client, self.keyring, self.memory, reader=self.cupboard, **terms)

    def commit(self, task: int, slot: int, labels: LabelSet) -> int:
        submission = self.client.submissions.take(task, slot).result.submission
        uri = self.store.put(labels.to_bytes())
        self.memory.remember(Labels(submission, labels.root, uri))
        self.client.submissions.commit(submission, labels, uri=uri, salt=self.keyring.commitment_salt(submission))
        return submission

    def state(self, submission: int) -> SubmissionState:
        return self.client.submissions.get(submission).state


class Scene(GradedTask):
    """A graded task of two annotators, or as many as are asked for, who commit what their autopilots remember."""

    def __init__(self, town: Town, disk: Path, annotators: int = 2, **changes: Any) -> None:
        self.town = town
        self.people = [self._person(disk, f"annotator {number}") for number in range(annotators)]
        self.owner = self._person(disk, "requester")
        clients = [person.client for person in self.people]
        super().__init__(self.owner.client, clients, town.deployment, town.arbitrator.address, **changes)
        self.parameters = self.owner.client.tasks.get(self.task).parameters

    def _person(self, disk: Path, role: str) -> Person:
        account = Account.from_key(keccak(text=f"{disk} {role}"))
        chain = self.town.chain
        chain._send({"to": account.address, "value": 10**18})
        chain._send(chain.token.functions.mint(account.address, 3 * PURSE).build_transaction({"from": chain.deployer}))
        return Person(self.town.client(account), account, disk / role)

    def commit(self, sibling: int, labels: LabelSet) -> int:
        batch = labels.items.start // 20
        return self.people[sibling].commit(self.task, batch + sibling * 2, labels)

    def requester_pilot(self, **terms: Any) -> Autopilot:
        return self.owner.pilot(plans={self.task: self.plan}.get, **terms)

    def batch(self, number: int | None = None) -> Any:
        return self.requester.tests.batch(self.task, self.graded if number is None else number)

    def wrong(self, count: int) -> list[int]:
        """So many tested items of each class, to be wrong on, the classes in turns."""
        pairs = zip(self.gold_of("benign")[:count], self.gold_of("malignant")[:count], strict=True)
        return [item for pair in pairs for item in pair]

    def opened(self, *labels: LabelSet, gold: dict[int, Any] | None = None) -> list[int]:
        """The graded batch, sealed and its gold opened; returns the submissions."""
        submissions = self.seal(self.graded, *labels)
        self.open_gold(gold)
        return submissions

    def publish_end(self) -> int:
        """When what is tested can be published no more, if nobody disputes."""
        starts = max(self.parameters.deadline + TERMS.opening_period, self.outcome())
        return starts + self.parameters.publish_period

    def outcome(self) -> int:
        """When the outcome stands that nobody disputes."""
        return self.end_of_disputes()


@pytest.fixture(scope="module")
def town() -> Iterator[Town]:
    with anvil() as node:
        yield Town(node)


@pytest.fixture
def scene(town: Town, tmp_path: Path) -> Iterator[Callable[..., Scene]]:
    made: list[Scene] = []

    def make(**changes: Any) -> Scene:
        made.append(Scene(town, tmp_path, **changes))
        return made[-1]

    yield make
    for one in made:
        for person in (*one.people, one.owner):
            person.client.close()


def steps(report: Report) -> list[Step]:
    assert not report.failed
    return [done.duty.step for done in report.done]


def left(report: Report) -> list[tuple[Step, int, int | None]]:
    return [(duty.step, duty.start, duty.end) for duty in report.left]


def snapshot_of(town: Town) -> Any:
    return town.node.web3.provider.make_request("evm_snapshot", [])["result"]  # type: ignore[arg-type]


# ------------------------------------------------------------ a whole life


def test_step__everybody_has_an_autopilot__tested_published_paid_and_withdrawn(
    town: Town, scene: Callable[..., Scene]
) -> None:
    """Alice errs on what is allowed, Bob gives one answer to all: nobody sees his labels, and only he loses."""
    play = scene()
    (alice, bob), owner = play.people, play.requester_pilot(policy=Policy(**BALANCE))
    pilots = [person.pilot(policy=Policy(**BALANCE)) for person in play.people]
    work = {
        batch: play.seal(batch, play.labels(batch, wrong=play.wrong(1)), play.labels(batch, constant="benign"))
        for batch in (play.graded, play.spared)
    }
    town.confirm()
    found = owner.step()
    assert {done.duty.step for done in found.done} == {Step.OPEN_GOLD, Step.WAIVE, Step.WITHDRAW} and not found.failed
    assert (play.batch().phase, play.batch(play.spared).phase) == (Phase.OPENED, Phase.UNGRADED)
    town.confirm()
    for pilot in pilots:
        assert Step.PUBLISH in steps(pilot.step())  # of the spared batch
    town.travel_to(play.outcome())
    assert Step.PUBLISH in steps(pilots[0].step())
    assert steps(pilots[1].step()) == [Step.WITHDRAW]  # nothing is left to dispute with it
    passed, failed = work[play.graded]
    assert alice.state(passed) == SubmissionState.PUBLISHED
    assert bob.state(failed) == SubmissionState.COMMITTED and len(bob.cupboard.shown) == 1
    assert steps(owner.step()) == [Step.RELEASE_DEPOSIT, Step.WITHDRAW]

    ends = [alice.client.submissions.get(id).window_end for id in (passed, *work[play.spared])]
    town.travel_to(max([town.chain.now, *ends]))
    for pilot in pilots:
        assert Step.CLAIM in steps(pilot.step())
    # What has failed holds up the close of the task.
    town.travel_to(max(town.chain.now, play.publish_end()))
    assert steps(owner.step()) == [Step.EXPIRE, Step.CLOSE, Step.WITHDRAW]
    assert bob.state(failed) == SubmissionState.FORFEITED
    for pilot in (*pilots, owner):
        assert pilot.step().is_finished
    pay, stake = 20 * 50_000, 20 * 400_000
    people = (alice, bob, play.owner)
    gains = [town.chain.balance(str(person.account.address)) - 3 * PURSE for person in people]
    assert gains[:2] == [2 * pay, pay - stake]
    # The pot pays three of four submissions; what the failed one leaves comes back as the task is closed.
    assert gains[2] == -3 * pay
    assert [each.client.ledger.free() + each.client.tests.ledger.free() for each in people] == [0, 0, 0]


# ------------------------------------------------------------ annotators: publishing


def test_step__test_is_pending__waits_and_says_until_when(town: Town, scene: Callable[..., Scene]) -> None:
    play = scene()
    [alice, _] = play.people
    play.commit(0, play.labels(play.graded))
    deadline, period = play.parameters.deadline, play.parameters.publish_period
    pilot = alice.pilot()
    outcome = deadline + TERMS.opening_period
    end = outcome + period
    assert left(pilot.step()) == [(Step.PUBLISH, outcome, end)]
    play.commit(1, play.labels(play.graded))
    play.requester.tests.note_sealed(play.task, play.graded)
    outcome = play.batch().sealed_at + TERMS.opening_period
    # Sealed early, which brings the start forward and not the end.
    assert left(pilot.step()) == [(Step.PUBLISH, outcome, end)]
    play.open_gold()
    report = pilot.step()
    assert left(report) == [(Step.PUBLISH, play.outcome(), max(end, play.outcome() + period))]
    assert steps(report) == [] and not alice.cupboard.shown
    assert report.next_moment == play.outcome()


@pytest.mark.parametrize("way", ["passed", "not opened", "waived", "void"])
def test_step__outcome_stands__published_with_proof_or_plainly(
    town: Town, scene: Callable[..., Scene], way: str
) -> None:
    play = scene(annotators=3)
    right, bad = play.labels(play.graded), play.labels(play.graded, constant="benign")
    submissions = play.seal(play.graded, right if way == "passed" else bad)
    if way == "not opened":
        town.travel_to(play.parameters.deadline + TERMS.opening_period)
    elif way == "waived":
        play.requester.tests.waive(play.task, play.graded)
        town.confirm()
    else:
        play.open_gold(play.swapped(*play.wrong(1)))
        if way == "void":
            _void(town, play, submissions)
            town.confirm()
        else:
            town.travel_to(play.outcome())
    person = play.people[0]
    assert Step.PUBLISH in steps(person.pilot().step())
    assert person.state(submissions[0]) == SubmissionState.PUBLISHED
    assert person.cupboard.shown == [person.client.submissions.publication(submissions[0]).uri]


def _void(town: Town, play: Scene, submissions: Sequence[int]) -> None:
    """Two of ten known answers are wrong, and others than the first annotator have them dropped."""
    for sibling, item in zip((1, 2), play.wrong(1), strict=True):
        told = play.annotators[sibling].tests.file_dispute(submissions[sibling], [item]).result
        town.rule(told, 1)
        play.requester.tests.settle(told.gold_dispute)


def test_step__test_failed__nothing_is_sent_or_shown_and_it_is_said_once(
    town: Town, scene: Callable[..., Scene], caplog: pytest.LogCaptureFixture
) -> None:
    play = scene()
    bob = play.people[0]
    wrong = sorted(play.wrong(3))
    [submission, _] = play.opened(play.labels(play.graded, wrong=wrong))
    town.travel_to(play.outcome())
    sent = town.node.web3.eth.get_transaction_count(bob.account.address)
    pilot = bob.pilot()
    for _ in range(2):
        report = pilot.step()
        assert not report.done and not report.failed and report.is_finished and not report.left
    [said] = [record for record in caplog.records if record.levelname == "CRITICAL"]
    named = ", ".join(map(str, wrong))
    assert f"failed its test: its labels differ from the gold on items {named}: 6 errors, of which 4 pass" in (
        said.getMessage()
    )
    assert town.node.web3.eth.get_transaction_count(bob.account.address) == sent
    assert bob.state(submission) == SubmissionState.COMMITTED and not bob.cupboard.shown


def test_step__store_and_labels_away_when_the_outcome_stands__nothing_is_put_up_before_the_test_is_known(
    town: Town, scene: Callable[..., Scene]
) -> None:
    """Labels that could not be held against the gold at first are before anybody else reads them."""
    play = scene()
    bob = play.people[0]
    play.opened(play.labels(play.graded, constant="benign"))
    town.travel_to(play.outcome())
    kept = bob.cupboard.labels
    reads: list[str] = []

    def away_at_first(uri: str, root: bytes, items: range) -> LabelSet:
        reads.append(uri)
        if len(reads) == 1:
            raise errors.StoreUnreachable("away")
        return kept(uri, root, items)

    bob.cupboard.labels = away_at_first  # type: ignore[method-assign]
    report = bob.pilot().step()
    assert [type(failed.error) for failed in report.failed] == [errors.StoreUnreachable, errors.TooManyErrors]
    assert not report.done and not bob.cupboard.shown


@pytest.mark.parametrize("moment", ["a second before the end", "at the end"])
@pytest.mark.parametrize("way", ["passed", "not opened"])
def test_step__last_moment_to_publish__is_the_contracts(
    town: Town, scene: Callable[..., Scene], caplog: pytest.LogCaptureFixture, way: str, moment: str
) -> None:
    play = scene()
    alice = play.people[0]
    [submission, _] = play.seal(play.graded)
    town.travel_to(play.parameters.deadline + TERMS.opening_period - HOUR)
    if way == "passed":
        play.open_gold()
    pilot = alice.pilot()
    [(step, start, end)] = left(pilot.step())
    assert step == Step.PUBLISH and end is not None and end > play.parameters.publish_end
    fixed = play.outcome() if way == "passed" else play.parameters.deadline + TERMS.opening_period
    assert (start, end) == (fixed, fixed + play.parameters.publish_period)
    if moment == "at the end":
        town.travel_to(end)
        report = pilot.step()
        assert not report.done and [duty.is_missed(report.time) for duty in report.left] == [True]
        assert "too late" in caplog.records[-1].getMessage() and caplog.records[-1].levelname == "CRITICAL"
        alice.client.submissions.expire(submission)
    else:
        town.stand_before(end)
        assert alice.client.tests.publish_until(submission) == end
        assert steps(pilot.step()) == [Step.PUBLISH]
        assert town.chain.now == end - 1


def test_step__labels_cannot_be_read__escalated_until_it_is_too_late(
    town: Town, scene: Callable[..., Scene], caplog: pytest.LogCaptureFixture
) -> None:
    play = scene()
    alice = play.people[0]
    play.opened()
    alice.memory = Memory(alice.disk / "new")  # the disk is lost
    [failed] = alice.pilot().step().failed[:1]
    assert isinstance(failed.error, LabelsForgotten)
    pilot, end = alice.pilot(), play.publish_end()
    levels = []
    for moment in (end - 80_000, end - 3000, end):
        town.travel_to(moment)
        caplog.clear()
        assert not pilot.step().done
        levels.append([record.levelname for record in caplog.records if "or lose" in record.getMessage()])
    assert levels == [["WARNING"], ["CRITICAL"], []] and "too late" in caplog.text


def test_step__killed_between_gold_opened_and_published__another_program_goes_on(
    town: Town, scene: Callable[..., Scene]
) -> None:
    play = scene()
    alice = play.people[0]
    play.opened(play.labels(play.graded, wrong=play.wrong(1)))
    assert steps(alice.pilot().step()) == []
    town.travel_to(play.outcome())
    assert steps(alice.pilot().step()) == [Step.PUBLISH]
    assert steps(alice.pilot().step()) == []


# ------------------------------------------------------------ reorganizations


@pytest.mark.parametrize("confirmations", [1, 3, CAUTIOUS.confirmations])
def test_step__graded_batch_waived_after_the_last_commit__labels_are_not_shown_where_a_reorg_could_undo_it(
    town: Town, scene: Callable[..., Scene], confirmations: int
) -> None:
    """The sibling replaces the blocks since its commitment, and commits again to the labels that it has seen; or the
    requester those since the waiver, and opens gold that is chosen by them.
    """
    play = scene()
    alice, pilot = play.people[0], play.people[0].pilot(policy=Policy(confirmations=confirmations, note_from=None))
    submission = play.commit(0, play.labels(play.graded))
    before = snapshot_of(town)
    play.commit(1, play.labels(play.graded))
    town.confirm(confirmations)
    play.requester.tests.waive(play.task, play.graded)
    for _ in range(confirmations - 1):
        assert steps(pilot.step()) == [] and not alice.cupboard.shown
        town.confirm(1)
    town.node._request("evm_revert", before)
    assert steps(pilot.step()) == [] and alice.state(submission) == SubmissionState.COMMITTED
    play.commit(1, play.labels(play.graded))
    play.requester.tests.waive(play.task, play.graded)
    town.confirm(confirmations - 1)
    assert steps(pilot.step()) == [Step.PUBLISH]


@pytest.mark.parametrize("confirmations", [1, 3, CAUTIOUS.confirmations])
@pytest.mark.parametrize("step", [Step.OPEN_GOLD, Step.WAIVE])
def test_step__last_sibling_commits__gold_is_not_shown_where_a_reorg_could_undo_it(
    town: Town, scene: Callable[..., Scene], confirmations: int, step: Step
) -> None:
    """The sibling replaces the blocks since its commitment, and commits again to the gold that it has seen, or to
    anything, as it has seen that there is none.
    """
    play = scene()
    batch = play.graded if step == Step.OPEN_GOLD else play.spared
    pilot = play.requester_pilot(policy=Policy(confirmations=confirmations))
    play.commit(0, play.labels(batch))
    assert steps(pilot.step()) == []
    before = snapshot_of(town)
    play.commit(1, play.labels(batch))
    for _ in range(confirmations - 1):
        assert steps(pilot.step()) == [] and play.batch(batch).phase == Phase.SEALED
        town.confirm(1)
    town.node._request("evm_revert", before)
    assert steps(pilot.step()) == [] and play.batch(batch).phase == Phase.UNSEALED
    play.commit(1, play.labels(batch))
    town.confirm(confirmations - 1)
    assert steps(pilot.step()) == [step]


def test_step__dispute_period_just_over__waits_for_blocks_after_it(town: Town, scene: Callable[..., Scene]) -> None:
    play = scene()
    pilot = play.people[0].pilot()
    play.opened()
    town.node.travel(play.outcome() - town.node.now)  # one block
    assert steps(pilot.step()) == []
    town.confirm(CAUTIOUS.confirmations - 1)
    assert steps(pilot.step()) == [Step.PUBLISH]


def test_step__blocks_of_the_opening_replaced_by_other_gold__held_against_that(
    town: Town, scene: Callable[..., Scene]
) -> None:
    play = scene()
    alice, pilot = play.people[0], play.people[0].pilot()
    play.seal(play.graded)
    before = snapshot_of(town)
    play.open_gold(play.swapped(*play.wrong(3)))
    assert Step.DISPUTE_GOLD in [duty.step for duty in pilot.step().left]
    town.node._request("evm_revert", before)
    play.open_gold()
    assert [duty.step for duty in pilot.step().left] == [Step.PUBLISH]
    town.travel_to(play.outcome())
    assert steps(pilot.step()) == [Step.PUBLISH] and len(alice.cupboard.shown) == 1


# ------------------------------------------------------------ annotators: sealed batches, and gold that is wrong


def test_step__sealed_long_before_the_deadline__noted_once_it_is_confirmed(
    town: Town, scene: Callable[..., Scene]
) -> None:
    play = scene()
    alice, bob = (person.pilot() for person in play.people)
    play.seal(play.graded)
    assert steps(alice.step()) == []
    town.confirm()
    assert steps(alice.step()) == [Step.NOTE_SEALED] and steps(bob.step()) == []
    assert left(alice.step())[0][1] == play.batch().sealed_at + TERMS.opening_period


@pytest.mark.parametrize("note_from", [None, 10 * DAY])
def test_step__noting_is_not_worth_it__left(town: Town, scene: Callable[..., Scene], note_from: int | None) -> None:
    play = scene()
    play.seal(play.graded)
    town.confirm()
    assert steps(play.people[0].pilot(policy=Policy(note_from=note_from)).step()) == []


@pytest.mark.parametrize("wrong", [1, 3])
def test_step__gold_differs_from_the_labels__said_once_with_items_costs_and_until_when(
    town: Town, scene: Callable[..., Scene], caplog: pytest.LogCaptureFixture, wrong: int
) -> None:
    play = scene()
    alice, items = play.people[0], sorted(play.wrong(wrong))
    [submission, _] = play.opened(play.labels(play.graded, wrong=items))
    pilot = alice.pilot()
    reports = [pilot.step() for _ in range(2)]
    [said] = [record.getMessage() for record in caplog.records if "differ from the gold" in record.getMessage()]
    assert f"on items {', '.join(map(str, items))}: {2 * wrong} errors, of which 4 pass" in said
    assert f"for a fee of {COST} base units and a bond of as much" in said
    # Only where the test would be failed it is urgent.
    disputes = [duty for duty in reports[-1].left if duty.step == Step.DISPUTE_GOLD]
    assert [(duty.subject, duty.end) for duty in disputes] == [(submission, play.outcome())] * (wrong == 3)
    assert all(duty.step.by_owner for duty in disputes)
    # What its owner does about it is enough, and after the period nothing can be done.
    alice.client.tests.file_dispute(submission, items[:1])
    assert Step.DISPUTE_GOLD not in [duty.step for duty in pilot.step().left]


def test_step__gold_cannot_be_disputed_any_more__not_offered(
    town: Town, scene: Callable[..., Scene], caplog: pytest.LogCaptureFixture
) -> None:
    play = scene()
    [_, submission] = play.opened(play.labels(play.graded, wrong=play.wrong(3)))
    play.annotators[1].tests.file_dispute(submission, play.wrong(1)[:1])
    town.travel_to(play.outcome())
    report = play.people[0].pilot().step()
    assert play.batch().phase == Phase.OPENED
    assert [duty.step for duty in report.left] == [Step.SETTLE_GOLD, Step.PUBLISH][::-1]
    assert "you can dispute" not in caplog.text


# ------------------------------------------------------------ settling


@pytest.mark.parametrize("who", ["disputer", "sibling", "requester"])
def test_step__gold_dispute_ruled__settled_by_whoever_it_concerns(
    town: Town, scene: Callable[..., Scene], who: str
) -> None:
    play = scene()
    bad = play.wrong(1)
    [_, submission] = play.opened(gold=play.swapped(*bad))
    told = play.annotators[1].tests.file_dispute(submission, bad[:1]).result
    pilot = {"disputer": play.people[1], "sibling": play.people[0], "requester": play.owner}[who].pilot()
    report = pilot.step()
    timeout = play.parameters.arbitration_timeout
    settle = next(duty for duty in report.left if duty.step == Step.SETTLE_GOLD)
    assert not report.done and settle.subject == told.gold_dispute
    assert settle.start == play.requester.tests.dispute(told.gold_dispute).filed_at + timeout
    town.rule(told, 1)
    assert steps(pilot.step()) == [Step.SETTLE_GOLD]
    assert play.requester.tests.dispute(told.gold_dispute).state == GoldDisputeState.SETTLED
    stranger = Scene(town, play.owner.disk / "elsewhere").people[0].pilot()
    assert stranger.step().left == ()


def test_step__gold_disputes_never_ruled__settled_in_their_turn_when_the_time_is_up(
    town: Town, scene: Callable[..., Scene]
) -> None:
    play = scene()
    bad = play.wrong(1)
    submissions = play.opened(gold=play.swapped(*bad))
    tolds = [
        client.tests.file_dispute(submission, bad[:1]).result
        for client, submission in zip(play.annotators, submissions, strict=True)
    ]
    town.rule(tolds[1], 1)  # and the one before it never
    pilot = play.people[0].pilot()
    end = play.requester.tests.dispute(tolds[0].gold_dispute).filed_at + play.parameters.arbitration_timeout
    report = pilot.step()
    assert [(duty.subject, duty.start) for duty in report.left if duty.step == Step.SETTLE_GOLD] == [
        (told.gold_dispute, end) for told in tolds
    ]
    town.stand_before(end)
    assert steps(pilot.step()) == []
    town.node.travel(end - town.node.now)
    done = pilot.step().done
    assert [each.duty.subject for each in done if each.duty.step == Step.SETTLE_GOLD] == [
        told.gold_dispute for told in tolds
    ]
    town.confirm()
    assert steps(pilot.step()) == [Step.PUBLISH]


def test_step__test_void__winners_settle_the_rest_and_share_the_deposit(
    town: Town, scene: Callable[..., Scene]
) -> None:
    play = scene(annotators=3)
    bad = play.wrong(1)
    submissions = play.opened(gold=play.swapped(*bad))
    tolds = [
        play.annotators[sibling].tests.file_dispute(submissions[sibling], [item]).result
        for sibling, item in ((0, bad[0]), (1, bad[1]), (2, bad[1]))
    ]
    for told in tolds[:2]:
        town.rule(told, 1)
    winner, requester = play.people[0].pilot(policy=Policy(confirmations=0)), play.requester_pilot()
    # The test is void with the second, and who has won waits for the third, by which the deposit is released.
    assert steps(winner.step()) == [Step.SETTLE_GOLD, Step.SETTLE_GOLD, Step.PUBLISH]
    assert play.batch().phase == Phase.UNGRADED and play.batch().deposit > 0
    assert [duty.step for duty in winner.step().left if duty.step != Step.CLAIM] == [Step.SETTLE_GOLD]
    assert requester.step().is_finished or Step.SETTLE_GOLD not in [duty.step for duty in requester.step().left]
    town.rule(tolds[2], 2)
    before = play.annotators[0].tests.ledger.free()
    again = play.people[0].pilot(policy=Policy(confirmations=0))  # another program, and the labels are published
    assert steps(again.step()) == [Step.SETTLE_GOLD, Step.RELEASE_DEPOSIT]
    assert play.annotators[0].tests.ledger.free() > before and play.batch().deposit == 0
    assert Step.RELEASE_DEPOSIT not in [duty.step for duty in again.step().left]


def test_step__outcome_stands__deposit_released_to_the_requester_not_before(
    town: Town, scene: Callable[..., Scene]
) -> None:
    play = scene()
    play.opened()
    pilot = play.owner.pilot()  # without a plan
    before = play.requester.tests.ledger.free()
    town.stand_before(play.outcome())
    report = pilot.step()
    assert (Step.RELEASE_DEPOSIT, play.outcome(), None) in left(report) and not report.done
    town.travel_to(play.outcome())
    assert steps(pilot.step()) == [Step.RELEASE_DEPOSIT]
    assert play.requester.tests.ledger.free() - before == COST * (2 + 2)
    assert steps(pilot.step()) == []


# ------------------------------------------------------------ requesters


def test_step__deadline_over_and_somebody_has_not_committed__opened_when_that_is_confirmed(
    town: Town, scene: Callable[..., Scene]
) -> None:
    play = scene()
    pilot, deadline = play.requester_pilot(), play.parameters.deadline
    play.commit(0, play.labels(play.graded))
    assert (Step.OPEN_GOLD, deadline, deadline + TERMS.opening_period) in left(pilot.step())
    town.node.travel(deadline - town.node.now)
    assert steps(pilot.step()) == []
    town.confirm(CAUTIOUS.confirmations - 1)
    assert steps(pilot.step()) == [Step.OPEN_GOLD]  # of the other batch nobody has sealed anything
    assert [duty.step for duty in pilot.step().left] == [Step.RELEASE_DEPOSIT]


def test_step__no_blocks_confirm_it__opened_in_the_second_half_of_the_opening_period(
    town: Town, scene: Callable[..., Scene]
) -> None:
    play = scene()
    play.seal(play.graded)
    play.requester.tests.note_sealed(play.task, play.graded)
    sealed_at = play.batch().sealed_at
    pilot = play.requester_pilot(policy=Policy(confirmations=64))
    middle = sealed_at + TERMS.opening_period // 2
    assert (Step.OPEN_GOLD, middle, sealed_at + TERMS.opening_period) in left(pilot.step())
    town.node.travel(middle - town.node.now)
    assert steps(pilot.step()) == [Step.OPEN_GOLD]


@pytest.mark.parametrize("moment", ["a second before the end", "at the end"])
def test_step__end_of_the_opening_period__is_the_contracts(
    town: Town, scene: Callable[..., Scene], caplog: pytest.LogCaptureFixture, moment: str
) -> None:
    play = scene()
    play.seal(play.graded)
    town.travel_to(play.parameters.deadline)
    end = play.parameters.deadline + TERMS.opening_period
    (town.stand_before if moment != "at the end" else town.travel_to)(end)
    report = play.requester_pilot().step()
    assert (steps(report) == [Step.OPEN_GOLD]) == (moment != "at the end")
    assert play.batch().phase == (Phase.OPENED if moment != "at the end" else Phase.UNGRADED)


def test_step__requester_without_a_plan__told_to_open_or_waive(
    town: Town, scene: Callable[..., Scene], caplog: pytest.LogCaptureFixture
) -> None:
    play = scene()
    pilot = play.owner.pilot()
    assert pilot.step().is_finished
    play.seal(play.graded)
    town.confirm()
    report = pilot.step()
    assert [(duty.step, duty.end) for duty in report.left] == [
        (Step.OPEN_OR_WAIVE, play.parameters.deadline + TERMS.opening_period)
    ]
    assert f"open the gold, or waive the test (batch {play.task}/{play.graded}): until" in caplog.text


def test_step__plan_that_cannot_be_used__said_once_and_nothing_is_opened_or_waived(
    town: Town, scene: Callable[..., Scene], caplog: pytest.LogCaptureFixture
) -> None:
    play = scene()
    for batch in (0, 1):
        play.seal(batch)
    town.confirm()

    def locked(task: int) -> testing.Plan:
        raise PermissionError("the plan is locked")

    foreign = replace(play.plan, terms=replace(TERMS, allowed=3))
    for plans, said in ((locked, "the plan is locked"), ({play.task: foreign}.get, "not of the items and the test")):
        caplog.clear()
        pilot = play.owner.pilot(plans=plans)
        for _ in range(2):
            report = pilot.step()
            assert not report.done and {duty.step for duty in report.left} == {Step.OPEN_OR_WAIVE}
        assert caplog.text.count(said) == 1


def test_step__gold__is_in_no_log_and_no_report_before_it_is_opened(
    town: Town, scene: Callable[..., Scene], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "goldleaf_tools.autopilot")
    play = scene()
    play.seal(play.graded)
    pilot = play.requester_pilot()
    report = pilot.step()
    for item in play.gold:
        assert f"{item}:" not in caplog.text + repr(report)
    assert "benign" not in caplog.text + repr(report)


def test_step__free_balance_does_not_cover_the_deposit__warned_before_and_opened_when_it_does(
    town: Town, scene: Callable[..., Scene], caplog: pytest.LogCaptureFixture
) -> None:
    play = scene()
    play.requester.tests.ledger.withdraw(PURSE - COST)
    pilot, needed = play.requester_pilot(), COST * (2 + 2)
    report = pilot.step()  # nothing is sealed
    [fund] = [duty for duty in report.left if duty.step == Step.FUND]
    assert fund.balance is not None and fund.balance.free == needed - COST
    assert fund.end == play.parameters.deadline + TERMS.opening_period
    assert f"deposit {needed - COST} base units more into GoldTest (task {play.task}): until" in caplog.text
    play.seal(play.graded)
    town.confirm()
    assert [type(failed.error) for failed in pilot.step().failed] == [errors.BalanceTooLow]
    play.requester.tests.ledger.deposit(needed - COST)
    report = play.requester_pilot().step()
    assert steps(report) == [Step.OPEN_GOLD] and Step.FUND not in [duty.step for duty in report.left]


# ------------------------------------------------------------ reading


def test_step__graded_tasks_and_nothing_new__asks_little(town: Town, scene: Callable[..., Scene]) -> None:
    play = scene()
    play.opened()
    with proxy(town.url) as node:
        counts = []
        for person, terms in ((play.people[0], {}), (play.owner, {"plans": {play.task: play.plan}.get})):
            with Goldleaf(node.url, town.deployment, person.account) as client:
                pilot = person.pilot(client, **terms)
                pilot.step()
                node.asked.clear()
                pilot.step()
                methods = [method for method, _ in node.asked]
                assert methods.count("eth_getLogs") == 1
                counts.append(len(methods))
    assert max(counts) <= 20, counts


def test_step__many_batches_that_are_not_sealed__read_again_only_when_somebody_commits(
    town: Town, scene: Callable[..., Scene]
) -> None:
    play = scene()
    with proxy(town.url) as node, Goldleaf(node.url, town.deployment, play.owner.account) as client:
        pilot = play.owner.pilot(client, plans={play.task: play.plan}.get)
        first = pilot.step()
        node.asked.clear()
        assert left(pilot.step()) == left(first)
        idle = len(node.asked)
        play.commit(0, play.labels(play.graded))
        node.asked.clear()
        pilot.step()
        assert len(node.asked) > idle
    play.commit(1, play.labels(play.graded))
    town.confirm()
    assert steps(play.requester_pilot().step()) == [Step.OPEN_GOLD]


def test_step__deployment_without_a_gold_test__as_ever(town: Town, scene: Callable[..., Scene]) -> None:
    play = scene()
    names = ("TaskTerms", "TaskEscrow", "Lens", "Token")
    bare = Deployment(
        town.deployment.chain_id,
        0,
        {name: town.deployment.address(name) for name in names},
        {"Mock": town.arbitrator.address},
        {"Gold": town.deployment.address("GoldTest")},
    )
    alice = play.people[0]
    submission = play.commit(0, play.labels(play.graded))
    with Goldleaf(town.url, bare, alice.account) as client:
        # By the salt of this deployment: it is only looked at what is left to do.
        report = Autopilot(client, alice.keyring, alice.memory, reader=alice.cupboard).step()
    # What another grader than the deployment's GoldTest wants to see is its owner's to know.
    assert [(duty.step, duty.subject, duty.step.by_owner) for duty in report.left] == [(Step.PROVE, submission, True)]


# ------------------------------------------------------------ before the deployment's court


def test_step__gold_disputed_before_the_court__executed_settled_and_published(tmp_path: Path) -> None:
    with anvil() as node:
        town = Town(node)
        life = Life(town.chain)
        life.seat_jurors()
        play = Scene(town, tmp_path)
        court = GradedTask(
            play.requester, play.annotators, town.deployment, town.deployment.address("Court"), terms=TERMS
        )
        play.task, play.plan, play.truth, play.graded = court.task, court.plan, court.truth, court.graded
        bad = play.wrong(1)
        [_, submission] = play.opened(gold=play.swapped(*bad))
        told = play.annotators[1].tests.file_dispute(submission, bad[:1]).result
        pilot = play.people[0].pilot()
        assert [duty.step for duty in pilot.step().left if duty.subject == told.dispute] == [Step.DRAW, Step.DROP]
        life.vote(told.dispute, [1, 1, 2])
        life.pass_phase(told.dispute)
        assert steps(pilot.step()) == [Step.EXECUTE, Step.SETTLE_GOLD]
        dispute = play.requester.tests.dispute(gold_dispute_id(play.task, play.graded, 0))
        assert dispute.won and dispute.ruling == 1
        town.travel_to(play.outcome())
        assert steps(pilot.step()) == [Step.PUBLISH]
