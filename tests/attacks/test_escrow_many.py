"""Several takes or claims in one call: each does what a call of its own would, at its own task's terms, or nothing."""

from collections.abc import Callable, Iterable
from dataclasses import astuple
from itertools import combinations
from random import Random
from typing import Any, NamedTuple

import boa
import pytest

from goldleaf.ids import submission_id
from goldleaf.labels import LabelSet
from goldleaf.types import SubmissionState
from tests.protocol import DAY, Protocol, Work, deposit, reverts

LARGEST = 2**80 - 1
ROOT = b"\1" * 32
# Ids that no submission has: of no task, of a task that there is not, too long to be one's, a submission's but for
# bits that the id of a task or a slot has no room for.
STRANGE = [0, 1, 1 << 64 | 2**32, 99 << 64, 2**192 | 1 << 64, 2**255 | 1 << 64, 1 << 128, 2**256 - 1]

State = dict[tuple[Any, ...], Any]


@pytest.fixture
def protocol() -> Protocol:
    return Protocol()


def kept(protocol: Protocol, tokens: Iterable[Any], submissions: Iterable[int]) -> State:
    """What the escrow has stored of everybody's money, of all tasks and of these submissions."""
    escrow = protocol.escrow
    state: State = {
        (token.address, account): escrow.free(token, account) for token in tokens for account in protocol.accounts
    }
    state |= {("task", task): escrow.task_words(task) for task in range(1, escrow.task_count() + 1)}
    return state | {("submission", each): escrow.submission_words(each) for each in submissions}


# ------------------------------------------------------------ claims


class Market(NamedTuple):
    """Tasks whose terms, requesters and tokens differ, and a submission in each state that a claim can meet."""

    tokens: list[Any]
    ripe: list[int]
    others: list[int]


@pytest.fixture
def market(protocol: Protocol) -> Market:
    escrow, unit = protocol.escrow, protocol.unit
    other = protocol.chain.deploy("mocks/TokenMock", 6)
    arbitrator = protocol.chain.deploy("mocks/MockArbitrator", other, 3 * unit, 10 * DAY)
    rich, poor = protocol.account(), protocol.account()

    cheap = protocol.open(poor, redundancy=1, items=25, tolerance_bps=2000, stake=2 * unit)  # the last batch holds 5
    terms = {"reward": unit // 3, "availability_bond": unit // 3, "stake": 2 * unit}
    dear = protocol.open(rich, items=21, batch_size=7, redundancy=3, **terms)
    ripe = [protocol.deliver(cheap, slot)[0] for slot in (0, 2)]
    # The requester has a part of the pay of each wrong label.
    protocol.prove_wrong(ripe[0], [3])
    ripe += protocol.deliver(dear, 1)

    parameters = protocol.parameters(arbitrator=arbitrator.address, redundancy=1, reward=unit // 30, stake=3 * unit)
    deposit(other, escrow, poor, parameters.pot)
    foreign = int(escrow.open(astuple(parameters), "", sender=poor))
    for slot in range(2):
        annotator = protocol.account()
        deposit(other, escrow, annotator, parameters.stake_of(slot))
        work = Work(escrow.take(foreign, slot, b"", sender=annotator), annotator, LabelSet(["label"] * 10, 10 * slot))
        protocol.publish(work)
        ripe.append(work)
    questioned = protocol.deliver(dear, 0)[0]
    protocol.challenge(questioned, [0])
    protocol.travel_to(max(protocol.lens.submission(work.submission).window_end for work in [*ripe, questioned]))
    paid, young = protocol.delivered(redundancy=1), protocol.delivered(redundancy=1)
    protocol.escrow.accept(paid.submission, sender=protocol.requester)
    protocol.escrow.claim(paid.submission)
    still_open, taken = submission_id(cheap, 1), protocol.take(young.task, 1)
    others = [questioned, paid, young, taken]
    return Market(
        [protocol.token, other],
        [work.submission for work in ripe],
        [still_open, *[work.submission for work in others], *STRANGE],
    )


@pytest.mark.parametrize("seed", range(6))
def test_claiming_at_anothers_terms__submissions_of_several_tasks_in_any_order__each_is_paid_as_by_itself(
    protocol: Protocol, market: Market, seed: int
) -> None:
    random = Random(seed)
    ids = [*market.ripe, *market.others, *random.choices([*market.ripe, *market.others], k=8)]
    random.shuffle(ids)
    everything = {*market.ripe, *market.others}
    with boa.env.anchor():
        for submission in dict.fromkeys(ids):
            if submission in market.ripe:
                protocol.escrow.claim(submission)
        apart = kept(protocol, market.tokens, everything)
    assert protocol.escrow.claim_many(ids) == len(market.ripe)
    assert kept(protocol, market.tokens, everything) == apart
    assert protocol.escrow.claim_many(ids) == 0
    assert kept(protocol, market.tokens, everything) == apart


def test_claiming_what_cannot_be_paid__among_several_or_alone__pays_nobody(protocol: Protocol, market: Market) -> None:
    everything = {*market.ripe, *market.others}
    before = kept(protocol, market.tokens, everything)
    reasons = ["submissions: not published"] * len(market.others)
    reasons[1], reasons[3] = "submissions: challenges pending", "submissions: window is open"
    for submission, reason in zip(market.others, reasons, strict=True):
        with reverts(reason):
            protocol.escrow.claim(submission)
    assert protocol.escrow.claim_many(market.others) == 0
    assert kept(protocol, market.tokens, everything) == before


# ------------------------------------------------------------ takes


@pytest.mark.parametrize(
    "slots",
    [[2, 5], [44, 2], [2, 2, 5], [1, 4, 7], [1, 2, 4, 1, 43], [9, 4, 12], [9, 9, 8, 0], [4, 5, 1, 8]],
)
def test_taking_two_slots_of_a_batch__hidden_among_others_in_one_call__takes_none(
    protocol: Protocol, slots: list[int]
) -> None:
    """Three batches with 15 slots each. Behind one that is passed over, or named twice, a sibling stays a sibling."""
    task = protocol.open(items=30, redundancy=15)
    thief = protocol.account(free=1000 * protocol.unit)
    protocol.take(task, 1)
    protocol.take(task, 9, thief)
    everything = [submission_id(task, slot) for slot in range(45)]
    before = kept(protocol, [protocol.token], everything)
    with reverts("submissions: has a sibling"):
        protocol.escrow.take_many(task, slots, b"", sender=thief)
    assert kept(protocol, [protocol.token], everything) == before


@pytest.mark.parametrize("seed", range(6))
def test_taking_without_the_whole_stake__slots_repeated_or_taken__locks_what_each_take_would(
    protocol: Protocol, seed: int
) -> None:
    """Each slot that the call takes costs its stake and counts once: as one after another, and not for a unit less."""
    random = Random(seed)
    task = protocol.open(items=95, redundancy=2, stake=2 * protocol.unit)  # the last of ten batches holds 5
    parameters = protocol.parameters_of(task)
    rivals = [protocol.take(task, slot) for slot in random.sample(range(20), 5)]
    free = {slot for slot in range(20) if all(work.slot != slot for work in rivals)}
    wanted = [batch + 10 * random.randrange(2) for batch in range(10)]
    mine = [slot for slot in wanted if slot in free]
    slots = [*wanted, *random.choices(wanted, k=10), *(work.slot for work in rivals)]
    random.shuffle(slots)
    annotator = protocol.account()
    everything = [submission_id(task, slot) for slot in range(20)]
    stake = sum(parameters.stake_of(slot) for slot in mine)
    protocol.fund(annotator, stake - 1)
    before = kept(protocol, [protocol.token], everything)
    with reverts("ledger: balance too low"):
        protocol.escrow.take_many(task, slots, b"", sender=annotator)
    assert kept(protocol, [protocol.token], everything) == before
    protocol.fund(annotator, 1)
    with boa.env.anchor():
        for slot in mine:
            protocol.escrow.take(task, slot, b"", sender=annotator)
        apart = kept(protocol, [protocol.token], everything)
    assert protocol.escrow.take_many(task, slots, b"", sender=annotator) == len(mine)
    assert kept(protocol, [protocol.token], everything) == apart
    assert protocol.free(annotator) == 0
    assert protocol.lens.task(task).live == len(rivals) + len(mine)


def test_overflowing_a_sum__of_the_largest_stakes_and_pays__locks_and_pays_all_of_them() -> None:
    """32 slots with 4,096 labels each, of the largest stake and the largest reward."""
    protocol = Protocol()
    task = protocol.open(
        items=32 * 4096,
        batch_size=4096,
        redundancy=1,
        reward=LARGEST,
        stake=LARGEST,
        tolerance_bps=0,
        availability_bond=LARGEST,
    )
    whole = 32 * 4096 * LARGEST
    annotator, slots = protocol.account(free=whole - 1), list(range(32))
    with reverts("ledger: balance too low"):
        protocol.escrow.take_many(task, slots, b"", sender=annotator)
    protocol.fund(annotator, 1)
    assert protocol.escrow.take_many(task, slots, b"", sender=annotator) == 32
    assert (protocol.free(annotator), protocol.lens.task(task).live) == (0, 32)
    submissions = [submission_id(task, slot) for slot in slots]
    for submission in submissions:
        protocol.escrow.publish(submission, ROOT, bytes(32), "", sender=annotator)
        protocol.escrow.accept(submission, sender=protocol.requester)
    protocol.assert_conserved()
    assert protocol.escrow.claim_many(submissions) == 32
    assert (protocol.free(annotator), protocol.lens.task(task).live) == (2 * whole, 0)
    protocol.assert_conserved()


def test_draining_the_pot__by_takes_and_claims_that_are_passed_over__closes_after_the_last_live_slot(
    protocol: Protocol,
) -> None:
    """Were one slot counted twice, the task never closed; were one not counted, it closed with pay still owed."""
    task = protocol.open(items=40, redundancy=1)
    parameters = protocol.parameters_of(task)
    first, second = (protocol.account(free=100 * protocol.unit) for _ in range(2))
    ids = [submission_id(task, slot) for slot in range(4)]

    def take(annotator: str, *slots: int) -> int:
        return int(protocol.escrow.take_many(task, list(slots), b"", sender=annotator))

    def live() -> int:
        return int(protocol.lens.task(task).live)

    assert (take(first, 0, 0, 1, 1), live()) == (2, 2)
    assert (take(second, 0, 1), live()) == (0, 2)
    assert (take(second), live()) == (0, 2)
    assert (take(second, 1, 2, 0, 2), live()) == (1, 3)
    protocol.escrow.release(ids[1], sender=first)
    assert (take(second, 2, 1, 0, 1), live()) == (1, 3)
    for submission, annotator in ((ids[0], first), (ids[1], second), (ids[2], second)):
        protocol.escrow.publish(submission, ROOT, bytes(32), "", sender=annotator)
    protocol.travel_to(parameters.deadline)
    assert (protocol.escrow.claim_many([ids[0], ids[0]]), live()) == (1, 2)
    assert (protocol.escrow.claim_many([ids[0], ids[2], ids[3], ids[2]]), live()) == (1, 1)
    with reverts("tasks: submissions are live"):
        protocol.escrow.close(task)
    assert (protocol.escrow.claim_many(ids), live()) == (1, 0)
    with protocol.gains(protocol.requester) as gained:
        protocol.escrow.close(task)
    assert gained == [10 * parameters.reward]
    protocol.assert_conserved()


# ------------------------------------------------------------ reasons, and whoever is asked

# In the order in which they are told: what is wrong with the task, with the annotator, with a slot, with the stake.
FAULTS = {
    "cancelled": "submissions: task is cancelled",
    "late": "submissions: too late to take",
    "not set up": "submissions: test is not set up",
    "not admitted": "submissions: not admitted",
    "no such slot": "submissions: no such slot",
    "sibling": "submissions: has a sibling",
    "poor": "ledger: balance too low",
}


@pytest.mark.parametrize("many", [False, True], ids=["take", "take_many"])
def test_misleading_reason__of_several_faults_at_once__the_first_in_order_is_told(many: bool) -> None:
    """Whoever is told of a slot has been let in, and may take another one."""
    protocol = Protocol()
    gate, grader = (protocol.chain.deploy(f"mocks/{name}") for name in ("GateMock", "GraderMock"))
    task = protocol.open(gate=gate.address, grader=grader.address)
    parameters = protocol.parameters_of(task)
    annotator = protocol.account()
    gate.set_allowed(annotator, task, True)
    grader.set_ready(task, True)
    protocol.take(task, 0, annotator)

    def make(fault: str) -> None:
        if fault == "cancelled":
            protocol.escrow.cancel(task, sender=protocol.requester)
        elif fault == "late":
            protocol.travel_to(parameters.deadline - parameters.work_period)
        elif fault == "not set up":
            grader.set_ready(task, False)
        elif fault == "not admitted":
            gate.set_allowed(annotator, task, False)

    def call(slot: int) -> None:
        if many:
            # The slot that is taken is passed over; without a fault, slot 1 is taken.
            protocol.escrow.take_many(task, [0, slot], b"", sender=annotator)
        else:
            protocol.escrow.take(task, slot, b"", sender=annotator)

    names = list(FAULTS)
    for faults in (chosen for size in range(1, len(names) + 1) for chosen in combinations(names, size)):
        if {"no such slot", "sibling"} <= {*faults}:
            continue
        with boa.env.anchor():
            if "poor" not in faults:
                protocol.provide(annotator, parameters.stake_of(1))
            for fault in faults:
                make(fault)
            slot = 4 if "no such slot" in faults else 2 if "sibling" in faults else 1
            with reverts(FAULTS[faults[0]]):
                call(slot)
    protocol.provide(annotator, parameters.stake_of(1))
    call(1)
    assert protocol.lens.task(task).live == 2


@pytest.mark.parametrize("fault", ["cancelled", "late", "not set up", "not admitted"])
def test_misleading_reason__of_slots_that_are_all_taken__is_the_tasks_or_the_annotators(fault: str) -> None:
    """Nothing is passed over in silence where nobody could take anything, or this account could not."""
    protocol = Protocol()
    gate, grader = (protocol.chain.deploy(f"mocks/{name}") for name in ("GateMock", "GraderMock"))
    task = protocol.open(gate=gate.address, grader=grader.address)
    parameters = protocol.parameters_of(task)
    rival, annotator = protocol.account(), protocol.account()
    for account in (rival, annotator):
        gate.set_allowed(account, task, True)
    grader.set_ready(task, True)
    protocol.take(task, 0, rival)
    assert protocol.escrow.take_many(task, [0], b"", sender=annotator) == 0
    break_: dict[str, Callable[[], None]] = {
        "cancelled": lambda: protocol.escrow.cancel(task, sender=protocol.requester),
        "late": lambda: protocol.travel_to(parameters.deadline - parameters.work_period),
        "not set up": lambda: grader.set_ready(task, False),
        "not admitted": lambda: gate.set_allowed(annotator, task, False),
    }
    break_[fault]()
    for slots in ([0], []):
        with reverts(FAULTS[fault]):
            protocol.escrow.take_many(task, slots, b"", sender=annotator)


def test_a_gate_that_counts_slots__asked_once_for_several__lets_in_all_or_none(protocol: Protocol) -> None:
    """It sees no slot of the call that it is asked for, so it bounds who takes part, and not with how much."""
    gate = protocol.chain.deploy("mocks/CountingGate", 2)
    task = protocol.open(gate=gate.address, items=50, redundancy=1)
    annotator = protocol.account(free=100 * protocol.unit)
    protocol.take(task, 0, annotator)
    assert protocol.escrow.take_many(task, [1, 2, 3], b"", sender=annotator) == 3
    for slots in ([0], [0, 4]):
        with reverts("submissions: not admitted"):
            protocol.escrow.take_many(task, slots, b"", sender=annotator)
    assert protocol.lens.task(task).live == 4


@pytest.mark.parametrize(
    "function", ["take", "take_many", "claim_many", "withdraw", "close", "free", "submission_words", "root"]
)
@pytest.mark.parametrize("many", [False, True], ids=["take", "take_many"])
def test_a_grader_that_re_enters__when_a_slot_is_taken__is_locked_out(
    protocol: Protocol, function: str, many: bool
) -> None:
    """It is asked before anything is written, by a static call and under the lock: no second take in the first."""
    grader = protocol.chain.deploy("mocks/DishonestGrader")
    grader.set_answers(True, True, 0)
    task = protocol.open(grader=grader.address, redundancy=2)
    ripe = protocol.delivered(redundancy=1)
    protocol.pass_window(ripe)
    annotator = protocol.account(free=100 * protocol.unit)
    arguments: dict[str, tuple[Any, ...]] = {
        "take": (task, 2, b""),
        "take_many": (task, [2], b""),
        "claim_many": ([ripe.submission],),
        "withdraw": (protocol.token, 1, annotator),
        "close": (task,),
        "free": (protocol.token, annotator),
        "submission_words": (submission_id(task, 0),),
        "root": (submission_id(task, 0),),
    }
    grader.set_call(protocol.escrow, getattr(protocol.escrow, function).prepare_calldata(*arguments[function]))

    def call() -> None:
        if many:
            protocol.escrow.take_many(task, [0, 1], b"", sender=annotator)
        else:
            protocol.escrow.take(task, 0, b"", sender=annotator)

    with boa.reverts():
        call()
    assert protocol.lens.submission(submission_id(task, 0)).state == SubmissionState.OPEN
    assert protocol.lens.task(task).live == 0
    # What is open to it holds up nobody.
    grader.set_call(protocol.escrow, protocol.escrow.task_words.prepare_calldata(task))
    call()
    assert protocol.lens.task(task).live == 1 + many
    protocol.assert_conserved()
