"""What the auditor's bench files: never more than the budget, never twice, and nothing lost when it is killed."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from goldleaf import ChallengeKind, Goldleaf, Outcome, Phase
from goldleaf_tools.audit.filing import Filing, Limits, Order, choose
from goldleaf_tools.audit.result import TaskAudit
from goldleaf_tools.autopilot import Autopilot, PlannedChallenge, Policy, Step
from goldleaf_tools.memory import Memory
from tests.bench import CARELESS, UNIT, Auditor, World
from tests.chains import anvil
from tests.protocol import SALT

pytestmark = [pytest.mark.anvil, pytest.mark.filterwarnings("ignore::goldleaf.GoldleafWarning")]

JURORS = 8
# Of a jury of seven.
FEE = 7 * UNIT


class Killed(BaseException):
    """Ends the program at once."""


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with anvil() as chain:
        world = World(chain, tmp_path_factory.mktemp("world"))
        world.protocol.jury.seat(JURORS)
        yield world


@pytest.fixture(scope="module")
def found(played: World, tmp_path_factory: pytest.TempPathFactory) -> TaskAudit:
    return Auditor(played, tmp_path_factory.mktemp("first")).audit()


@pytest.fixture
def world(played: World) -> Iterator[World]:
    before = played.chain.web3.provider.make_request("evm_snapshot", [])["result"]
    yield played
    played.chain._request("evm_revert", before)


@pytest.fixture
def auditor(world: World, tmp_path: Path) -> Iterator[Auditor]:
    found = Auditor(world, tmp_path)
    yield found
    found.client.close()


def order(world: World, found: TaskAudit, budget: int, locked: int = 0) -> Order:
    return choose([found], Limits(budget), token=world.deployment.address("Token"), locked=locked)


def begin(filing: Filing, wanted: Order) -> None:
    assert filing.begin(wanted, lambda proposal: b"why") == []


def filed(world: World, client: Goldleaf, *kinds: ChallengeKind) -> list[tuple[int, int, int]]:
    """Of each challenge of the account of these kinds: submission, number, bond."""
    challenges = []
    for submission in world.submissions.values():
        for number in range(client.submissions.get(submission).filed):
            challenge = client.challenges.get((submission << 64) + number)
            if challenge.challenger == client.account and challenge.kind in (kinds or ChallengeKind):
                challenges.append((submission, number, challenge.bond))
    return challenges


# ------------------------------------------------------------ the budget


@pytest.mark.parametrize("budget", [0, 2 * UNIT, 30 * UNIT, 1000 * UNIT])
def test_begin__any_budget__no_more_is_locked(world: World, auditor: Auditor, found: TaskAudit, budget: int) -> None:
    filing, before = auditor.filing(), auditor.client.ledger.free()
    begin(filing, order(world, found, budget))
    remembered = filing.locked()
    filing.push()
    world.travel(60)
    assert filing.push() == []
    spent = before - auditor.client.ledger.free()
    assert spent == sum(bond for _, _, bond in filed(world, auditor.client)) == filing.locked() == remembered
    assert spent <= budget
    assert bool(spent) == (budget > 0)


def test_locked__committed_and_killed__counts_in_the_next_run(world: World, auditor: Auditor, found: TaskAudit) -> None:
    budget = 60 * UNIT
    first = order(world, found, budget)
    begin(auditor.filing(), first)
    auditor.filing().push()
    again = auditor.filing()
    assert again.locked() == first.bonds
    assert len(again.pending()) == len(first.challenges)
    # Nothing but what is committed is needed; what is filed is paid already.
    none = choose([], Limits(budget), token=world.deployment.address("Token"))
    planned = first.bonds - sum(unread.bond for unread in first.availability)
    auditor.client.ledger.withdraw(auditor.client.ledger.free() - UNIT)
    assert again.lacking(none) == planned - UNIT
    second = order(world, found, budget, again.locked())
    assert second.locked_before + second.bonds <= budget


def test_begin__filed_before_by_a_memory_that_was_lost__with_a_salt_that_nobody_knows(
    world: World, auditor: Auditor, found: TaskAudit
) -> None:
    wanted = order(world, found, 60 * UNIT)
    begin(auditor.filing(), wanted)
    auditor.filing().push()
    world.travel(60)
    assert auditor.filing().push() == [] and wanted.challenges
    auditor.memory = Memory(auditor.folder / "restarted")
    begin(auditor.filing(), replace(wanted, availability=()))
    assert [planned.attempt for planned in auditor.memory.planned()] == [1] * len(wanted.challenges)


def test_locked__planned_without_a_bond__counted_and_bound(world: World, auditor: Auditor, found: TaskAudit) -> None:
    """As `goldleaf challenge` remembers it, of a submission in which the auditor has no part yet."""
    submission = world.submissions["careless"]
    auditor.memory.remember(PlannedChallenge(submission, CARELESS))
    filing = auditor.filing()
    bond = auditor.client.challenges.least_bond(submission, len(CARELESS))
    assert filing.locked() == bond
    begin(filing, order(world, found, 0))
    [planned] = filing.pending()
    assert planned.bond == bond


def test_push__bond_has_risen_since_it_was_committed__not_filed(
    world: World, auditor: Auditor, found: TaskAudit
) -> None:
    filing = auditor.filing()
    wanted = order(world, found, 1000 * UNIT)
    begin(filing, wanted)
    filing.push()
    # As if the court had become dearer since: each needs more than was said.
    for planned in auditor.memory.planned():
        least = auditor.client.challenges.least_bond(planned.submission, len(planned.items))
        assert planned.bond is not None and planned.bond >= least
        auditor.memory.remember(replace(planned, bond=least - 1))
    world.travel(60)
    again = auditor.filing()
    left = again.push()
    assert {duty.step for duty in left} == {Step.FILE}
    assert [bond for _, _, bond in filed(world, auditor.client)] == [unread.bond for unread in wanted.availability]


def test_locked__window_is_over__free_again(world: World, auditor: Auditor, found: TaskAudit) -> None:
    begin(auditor.filing(), Order(found.proposals[:1], (), (), 0, found.proposals[0].bond, 0.0))
    auditor.filing().push()
    assert auditor.filing().locked() == found.proposals[0].bond
    world.protocol.travel_to(world.window_end("own"))
    filing = auditor.filing()
    assert filing.locked() == 0 and filing.pending() == []
    assert filing.push() == [] and auditor.memory.planned() == []
    assert filed(world, auditor.client) == []


# ------------------------------------------------------------ killed and started again


@pytest.mark.parametrize(
    ("moment", "is_done"),
    [
        ("put", False),
        ("remember", True),
        (Step.COMMIT_CHALLENGE, False),
        (Step.COMMIT_CHALLENGE, True),
        (Step.FILE, False),
        (Step.FILE, True),
    ],
)
def test_push__killed__each_is_filed_once_and_nothing_lost(
    world: World, auditor: Auditor, found: TaskAudit, moment: str | Step, is_done: bool
) -> None:
    """Killed just before, or just after, the first time that this happens; then all is started anew."""
    wanted, filing = order(world, found, 1000 * UNIT), auditor.filing()

    def run() -> None:
        begin(filing, wanted)
        filing.push()
        world.travel(60)
        filing.push()

    with pytest.MonkeyPatch.context() as patched:
        _kill(patched, filing, moment, is_done=is_done)
        with pytest.raises(Killed):
            run()
    again = auditor.filing()
    if isinstance(moment, str):  # what was not remembered is found again
        begin(again, order(world, auditor.audit(pending=auditor.memory.planned()), 1000 * UNIT, again.locked()))
    again.push()
    world.travel(60)
    assert again.push() == []
    assert auditor.memory.planned() == []
    items = [
        (submission, item)
        for submission, number, _ in filed(world, auditor.client, ChallengeKind.CORRECTNESS)
        for item in auditor.client.challenges.filing((submission << 64) + number).indices
    ]
    assert sorted(items) == sorted((one.submission, item) for one in wanted.challenges for item in one.items)


def _kill(patched: pytest.MonkeyPatch, filing: Filing, moment: str | Step, *, is_done: bool) -> None:
    owner: Any = {"put": filing._store, "remember": filing._memory}.get(str(moment), filing.pilot)
    name = moment if isinstance(moment, str) else "_act"
    original = getattr(type(owner), name)

    def killed(self: object, *arguments: Any) -> Any:
        if isinstance(moment, Step) and arguments[0].step != moment:
            return original(self, *arguments)
        if is_done:
            original(self, *arguments)
        raise Killed

    patched.setattr(type(owner), name, killed)


def test_audit__filed__gas_of_the_commitment_is_counted(world: World, auditor: Auditor, found: TaskAudit) -> None:
    filing = auditor.filing()
    begin(filing, order(world, found, 50 * UNIT))
    filing.push()
    world.travel(60)
    filing.push()
    own = [challenge for challenge in auditor.audit().challenges if challenge.own]
    assert {challenge.kind for challenge in own} == {ChallengeKind.CORRECTNESS, ChallengeKind.AVAILABILITY}
    for challenge in own:
        kinds = [event.kind for event in challenge.events]
        is_correctness = challenge.kind == ChallengeKind.CORRECTNESS
        assert kinds == (["ChallengeCommitted", "Challenged"] if is_correctness else ["AvailabilityChallenged"])
        paid = [_paid(world, event.transaction) for event in challenge.events]
        assert challenge.gas == sum(paid) and min(paid) > 0


def _paid(world: World, transaction: str) -> int:
    receipt = world.chain.web3.eth.get_transaction_receipt(transaction)
    return int(receipt["gasUsed"] * receipt["effectiveGasPrice"]) if receipt["from"] == world.auditor else 0


# ------------------------------------------------------------ appeals


class Trials:
    """Two challenges of the auditor's, of one label each, which are defended and lost with these votes."""

    def __init__(self, world: World, auditor: Auditor, votes: tuple[int, int, int]) -> None:
        self.world, self.auditor, self.jury = world, auditor, world.protocol.jury
        self.planned = [PlannedChallenge(world.submissions["careless"], (item,), chance=0.9) for item in CARELESS[:2]]
        for planned in self.planned:
            auditor.memory.remember(planned)
        filing = auditor.filing()
        filing.push()
        world.travel(60)
        assert filing.push() == []
        annotator = world.act(world.people["careless"])
        self.challenges = [(planned.submission << 64) + number for number, planned in enumerate(self.planned)]
        self.disputes = [annotator.challenges.defend(challenge).result.dispute for challenge in self.challenges]
        for dispute in self.disputes:
            self.vote(dispute, self.jury.draw(dispute), votes)
        self.jury.pass_phase(self.disputes[-1])

    def vote(self, dispute: int, holders: list[str], votes: tuple[int, ...]) -> None:
        court = self.jury.court
        for holder, choice in zip(holders, votes, strict=True):
            court.commit_vote(dispute, self.jury.commitment(dispute, holder, choice), sender=holder)
        for holder, choice in zip(holders, votes, strict=True):
            court.reveal_vote(dispute, holder, choice, SALT)

    def pilot(self, **policy: int) -> Autopilot:
        return self.auditor.filing(policy=Policy(**policy)).pilot

    @property
    def appealed(self) -> list[int]:
        court = self.auditor.client.court
        return [dispute for dispute in self.disputes if court.dispute(dispute).round == 1]


def test_step__lost_by_one_vote__appealed_within_the_budget_and_paid_back(world: World, auditor: Auditor) -> None:
    trials, court = Trials(world, auditor, (2, 2, 1)), auditor.client.court
    world.protocol.jury.provide(auditor.key.address, 3 * FEE)
    assert all(court.dispute(dispute).phase == Phase.APPEAL for dispute in trials.disputes)
    # Nothing was allowed; an appeal costs more than is allowed; or than is allowed in all.
    for policy in ({}, {"appeal_up_to": FEE - 1}, {"appeal_up_to": FEE, "appeals_up_to": FEE - 1}):
        assert Step.APPEAL not in [done.duty.step for done in trials.pilot(**policy).step().done]
    locked = auditor.filing().locked()
    # There is enough for one of two, for however many passes.
    pilot = trials.pilot(appeal_up_to=FEE, appeals_up_to=2 * FEE - 1)
    steps = [done.duty.step for report in (pilot.step(), pilot.step()) for done in report.done]
    assert steps.count(Step.APPEAL) == 1 and len(trials.appealed) == 1
    # Started again after it, it is not sent again, and what it costs is taken from the budget.
    assert auditor.filing().locked() == locked + FEE
    [dispute] = trials.appealed
    assert court.ledger.free() == 2 * FEE
    trials.pilot(appeal_up_to=FEE, appeals_up_to=0).step()
    assert trials.appealed == [dispute] and court.ledger.free() == 2 * FEE
    trials.vote(dispute, trials.jury.draw(dispute), (1,) * 7)
    trials.jury.pass_phase(dispute)
    trials.jury.pass_phase(dispute)
    trials.pilot().step()
    assert court.ledger.free() == 3 * FEE
    challenge = trials.challenges[trials.disputes.index(dispute)]
    other = trials.challenges[1 - trials.disputes.index(dispute)]
    found = auditor.audit()
    outcomes = {one.challenge: one.outcome for one in found.challenges}
    assert (outcomes[challenge], outcomes[other]) == (Outcome.WRONG, Outcome.NOT_WRONG)
    assert auditor.filing().locked() == 0
    # What jurors did not find wrong is not challenged again, sure as the auditor is.
    lost = trials.planned[trials.challenges.index(other)].items[0]
    own = [one for one in found.proposals if one.submission == world.submissions["careless"]]
    assert all(lost not in one.items for one in own)


def test_audit__defended_and_ruled_right__it_is_known_and_doubted_no_more(world: World, auditor: Auditor) -> None:
    """Of that label, of equal ones, and of what contradicts it: whatever all answers say."""
    trials = Trials(world, auditor, (2, 2, 2))
    for dispute in trials.disputes:
        trials.jury.pass_phase(dispute)
    trials.pilot().step()
    ruled = {item for planned in trials.planned for item in planned.items}
    for gold in (None, world.gold):
        found = auditor.audit(gold=gold, auditor=None)
        assert [one.outcome for one in found.challenges] == [Outcome.NOT_WRONG] * 2
        rows = {(row.submission, row.item): row for row in found.labels.rows() if row.item in ruled}
        own = [rows[world.submissions["careless"], item] for item in ruled]
        assert all(row.p_wrong == 0 and not row.doubted for row in own)
        # What the auditor knows counts for others' labels, but nothing that was ruled right is bet against.
        for name, right in (("own", gold is None), ("right", gold is not None)):
            others = [rows[world.submissions[name], item] for item in ruled]
            assert {row.p_wrong for row in others} == {0.0 if right else 1.0}
        equal = {world.submissions[name] for name in ("careless", "own")}
        assert all(not ruled & set(one.items) for one in found.proposals if one.submission in equal)


def test_step__lost_by_all_votes__not_appealed(world: World, auditor: Auditor) -> None:
    trials = Trials(world, auditor, (2, 2, 2))
    world.protocol.jury.provide(auditor.key.address, 2 * FEE)
    report = trials.pilot(appeal_up_to=FEE, appeals_up_to=2 * FEE).step()
    assert Step.APPEAL not in [done.duty.step for done in report.done] and trials.appealed == []
