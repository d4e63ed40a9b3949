"""Episodes of the simulation made again on the contracts: every balance is the same to the unit.

Audited tasks are played with a real court, tested ones with an arbitrator that rules as the episode's jurors did.
"""

from collections.abc import Callable
from dataclasses import astuple
from fractions import Fraction
from typing import Any

from eth_abi.abi import encode
from eth_utils.crypto import keccak

from goldleaf.canonical import to_canonical
from goldleaf.labels import LabelSet
from goldleaf.signing.commitments import challenge_commitment, commitment
from goldleaf.types import TaskParameters
from goldleaf_tools.rules.escrow import DAY, ChallengeOpening, Opening, Parameters
from goldleaf_tools.rules.gold import Answers, GoldTerms
from scripts._simulation import tested
from scripts._simulation.audited import PURSE, Case, Episode
from scripts._simulation.terms import REWARD, Terms
from tests.gold import GoldWorld, gold_list, ranked
from tests.protocol import EVIDENCE, SALT, URI, Protocol, deposit

JURORS = 40
# Unsettled rounds that each seat may sit in: all disputes are heard at one time.
LOAD = 64
DECIMALS = 6


def differences(episode: Episode, terms: Terms) -> list[str]:
    """What the contracts did otherwise than the episode says; empty if they agree to the unit."""
    return _Replay(episode, terms).run()


def differences_tested(episode: tested.Episode, setting: tested.Setting) -> list[str]:
    """The same of a task whose labels are tested."""
    return _ReplayTested(episode, setting).run()


def _words(p: Parameters, *, start: int, arbitrator: str, grader: str) -> tuple[Any, ...]:
    """A task's parameters as the escrow takes them."""
    terms = TaskParameters(
        arbitrator=arbitrator,
        gate="0x" + "00" * 20,
        grader=grader,
        reward=p.reward,
        stake=p.stake,
        items=p.items,
        batch_size=p.batch_size,
        redundancy=p.redundancy,
        tolerance_bps=p.tolerance_bps,
        deadline=start + p.deadline,
        work_period=p.work_period,
        publish_period=p.publish_period,
        challenge_period=p.challenge_period,
        response_period=p.response_period,
        arbitration_timeout=p.arbitration_timeout,
        availability_bond=p.availability_bond,
        royalty_bps=p.royalty_bps,
        terms=keccak(b"manifest"),
    )
    return astuple(terms)


class _Replay:
    def __init__(self, episode: Episode, terms: Terms) -> None:
        self.episode = episode
        cost = Fraction(terms.arbitration_cost, REWARD)
        self.protocol = Protocol(arbitrator="Court", decimals=DECIMALS, cost=cost, load=LOAD)
        self.jury, self.escrow = self.protocol.jury, self.protocol.escrow
        self.jury.seat(JURORS)
        self.seats = self.protocol.token.balanceOf(self.jury.court)
        self.start = self.protocol.now
        self.people: dict[str, str] = {}
        self.provided: dict[str, int] = {}  # to appellants' balances in the court
        self.heard = False

    def run(self) -> list[str]:
        for call in self.episode.calls:
            # A dispute waits no longer than two days for its jurors, and the calls go on much later.
            if call.name == "rule" and not self.heard:
                self.hear()
            if self.start + call.time > self.protocol.now:
                self.protocol.travel_to(self.start + call.time)
            function: Callable[..., None] = getattr(self, call.name)
            function(*call.arguments)
        return list(self.compare())

    def compare(self) -> Any:
        """Yields what differs."""
        court, held = self.jury.court, 0
        for person, address in self.people.items():
            in_court = court.free(self.protocol.token, address)
            held += in_court
            gain = self.protocol.free(address) - PURSE + in_court - self.provided.get(person, 0)
            if gain != self.episode.gains[person]:
                yield f"{person} gained {gain}, not {self.episode.gains[person]}"
        lost = self.protocol.free(self.escrow.sink())
        if lost != self.episode.gains.get("sink", 0):
            yield f"the sink gained {lost}, not {self.episode.gains.get('sink', 0)}"
        jurors = self.protocol.token.balanceOf(court) - self.seats - held
        if jurors != self.episode.court:
            yield f"jurors gained {jurors}, not {self.episode.court}"
        left = self.protocol.token.balanceOf(self.escrow) - lost - sum(map(self.protocol.free, self.people.values()))
        if left:
            yield f"{left} are left in the escrow"
        for work in self.episode.works:
            submission = self.protocol.lens.submission(work.id)
            if submission.errors != work.errors:
                yield f"submission {work.id} has {submission.errors} errors, not {work.errors}"

    # ------------------------------------------------------------ calls, by their names in the model

    def deposit(self, person: str, _token: Any, amount: int, _account: str) -> None:
        self.people[person] = self.protocol.account(free=amount)

    def open(self, person: str, p: Parameters) -> None:
        nobody = "0x" + "00" * 20
        terms = _words(p, start=self.start, arbitrator=self.jury.court.address, grader=nobody)
        self.escrow.open(terms, URI, sender=self.people[person])

    def take(self, person: str, task: int, slot: int) -> None:
        self.escrow.take(task, slot, b"", sender=self.people[person])

    def publish(self, person: str, submission: int, *_opening: str) -> None:
        self.escrow.publish(submission, keccak(b"root"), SALT, URI, sender=self.people[person])

    def commit_challenge(self, opening: ChallengeOpening) -> None:
        chain, challenger = self.protocol.chain.id, self.people[opening.challenger]
        word = challenge_commitment(chain, self.escrow.address, opening.submission, challenger, opening.indices, SALT)
        self.escrow.commit_challenge(word, sender=challenger)

    def challenge(self, person: str, submission: int, items: tuple[int, ...], bond: int, _salt: str) -> None:
        self.escrow.challenge(submission, list(items), bond, EVIDENCE, URI, SALT, sender=self.people[person])

    def concede(self, person: str, challenge: int) -> None:
        self.escrow.concede(challenge, sender=self.people[person])

    def defend(self, person: str, challenge: int, cost: int) -> None:
        self.escrow.defend(challenge, cost, sender=self.people[person])
        self.protocol.disputes[challenge] = int(self.protocol.event("Defended").dispute)

    def rule(self, _arbitrator: Any, _dispute: int, _ruling: int) -> None:
        """The court has told the escrow by itself."""

    def hear(self) -> None:
        """Holds all disputes, round by round, and has the court tell the escrow its rulings."""
        self.heard = True
        court = self.jury.court
        cases = [case for case in self.episode.cases if case.hearing is not None]
        cases.sort(key=lambda case: self.protocol.disputes[case.challenge])
        number, open_cases = 0, cases
        while open_cases:
            self.vote(open_cases, number)
            open_cases = [case for case in open_cases if self.appeal(case, number)]
            number += 1
        self.protocol.travel(DAY)
        for case in cases:
            dispute = self.protocol.disputes[case.challenge]
            court.execute(dispute)
            for _ in case.hearing.rounds if case.hearing else ():
                court.settle(dispute)

    def vote(self, cases: list[Case], number: int) -> None:
        """One round of each of these disputes, all at one time."""
        court, panels = self.jury.court, {}
        for case in cases:
            dispute = self.protocol.disputes[case.challenge]
            panels[dispute] = self.jury.draw(dispute)
        for case in cases:
            assert case.hearing is not None
            dispute = self.protocol.disputes[case.challenge]
            choices = list(zip(panels[dispute], case.hearing.rounds[number], strict=True))
            for holder, choice in choices:
                court.commit_vote(dispute, self.jury.commitment(dispute, holder, choice), sender=holder)
            for holder, choice in choices:
                court.reveal_vote(dispute, holder, choice, SALT)
        # The windows of disputes drawn one after another overlap: all votes are over at the last one's end.
        self.protocol.travel_to(max(court.dispute(dispute).phase_end for dispute in panels))

    def appeal(self, case: Case, number: int) -> bool:
        """Appeals if the episode's loser did."""
        assert case.hearing is not None
        if number >= len(case.hearing.appellants):
            return False
        person, dispute = case.hearing.appellants[number], self.protocol.disputes[case.challenge]
        cost = self.jury.court.appeal_cost(dispute)
        deposit(self.protocol.token, self.jury.court, self.people[person], cost)
        self.provided[person] = self.provided.get(person, 0) + cost
        self.jury.court.appeal(dispute, sender=self.people[person])
        return True

    def settle(self, challenge: int, items: tuple[int, ...]) -> None:
        self.escrow.settle(challenge, list(items))

    def claim(self, submission: int) -> None:
        self.escrow.claim(submission)

    def close(self, task: int) -> None:
        self.escrow.close(task)


class _ReplayTested:
    def __init__(self, episode: tested.Episode, setting: tested.Setting) -> None:
        self.episode, self.setting = episode, setting
        self.world = GoldWorld(cost=1, decimals=6)
        self.world.arbitrator.set_cost(setting.cost)
        self.classes = ranked([f"class {place}" for place in range(len(setting.test.counts))])
        self.labels = [
            [self.classes[label] for label in labels] for labels in episode.labels.tolist()
        ]  # by account, of every item
        self.start = self.world.now
        self.people: dict[str, str] = {}
        self.sets = {
            work.id: LabelSet(self.labels[work.account][first : first + size], first=first)
            for work in episode.works
            for size in (setting.test.batch,)
            for first in (work.batch * size,)
        }
        self.lists: dict[int, bytes] = {}  # batch -> gold list

    def run(self) -> list[str]:
        for call in self.episode.calls:
            if self.start + call.time > self.world.now:
                self.world.travel_to(self.start + call.time)
            function: Callable[..., None] = getattr(self, call.name.replace(" ", "_"))
            function(*call.arguments)
        return list(self.compare())

    def compare(self) -> Any:
        """Yields what differs."""
        world = self.world
        offices = (world.escrow, world.gold)
        for person, gained in self.episode.gains.items():
            address = world.escrow.sink() if person == "sink" else self.people[person]
            before = 0 if person == "sink" else PURSE
            gain = sum(office.free(world.token, address) - before for office in offices)
            if gain != gained:
                yield f"{person} gained {gain}, not {gained}"
        for office in offices:
            known = [*self.people.values(), world.escrow.sink()]
            left = world.token.balanceOf(office) - sum(office.free(world.token, one) for one in known)
            if left:
                yield f"{left} are left in {office.address}"

    # ------------------------------------------------------------ calls, by office and name in the model

    def escrow_deposit(self, person: str, _token: Any, amount: int, _account: str) -> None:
        self.people[person] = self.world.account()
        deposit(self.world.token, self.world.escrow, self.people[person], amount)

    def gold_deposit(self, person: str, _token: Any, amount: int, _account: str) -> None:
        self.world.fund(self.people[person], amount)

    def escrow_open(self, person: str, p: Parameters) -> None:
        world = self.world
        terms = _words(p, start=self.start, arbitrator=world.arbitrator.address, grader=world.gold.address)
        world.escrow.open(terms, URI, sender=self.people[person])

    def gold_set_up(self, person: str, task: int, terms: GoldTerms) -> None:
        digests = [keccak(to_canonical(label)) for label in self.classes]
        periods = terms.opening_period, terms.dispute_period
        self.world.gold.set_up(task, digests, list(terms.counts), terms.allowed, *periods, sender=self.people[person])

    def escrow_take(self, person: str, task: int, slot: int) -> None:
        self.world.escrow.take(task, slot, b"", sender=self.people[person])

    def escrow_commit(self, person: str, submission: int, _opening: Opening) -> None:
        world, author = self.world, self.people[person]
        root = self.sets[submission].root
        word = commitment(world.chain.id, world.escrow.address, submission, author, root, URI, SALT)
        world.escrow.commit(submission, word, sender=author)

    def gold_open_gold(self, person: str, task: int, batch: int, positions: tuple[int, ...], cost: int) -> None:
        self.lists[batch] = gold_list(positions)
        self.world.gold.open_gold(task, batch, self.lists[batch], cost, sender=self.people[person])

    def gold_waive(self, person: str, task: int, batch: int) -> None:
        self.world.gold.waive(task, batch, sender=self.people[person])

    def gold_dispute_gold(self, person: str, submission: int, numbers: list[int], cost: int) -> None:
        self.world.gold.dispute_gold(submission, numbers, cost, EVIDENCE, URI, sender=self.people[person])

    def gold_rule(self, _arbitrator: Any, dispute: int, ruling: int) -> None:
        self.world.arbitrator.give_ruling(dispute, ruling)

    def gold_settle_gold_dispute(self, key: int, _positions: Any) -> None:
        self.world.gold.settle_gold_dispute(key, self.lists[key >> 64 & 2**64 - 1])

    def gold_release_deposit(self, task: int, batch: int) -> None:
        self.world.gold.release_deposit(task, batch)

    def escrow_publish_graded(
        self, submission: int, _root: str, _salt: str, _uri: str, answers: Answers | None
    ) -> None:
        labels, encoded = self.sets[submission], b""
        if answers is not None:
            batch = next(work.batch for work in self.episode.works if work.id == submission)
            first = batch * self.setting.test.batch
            parts = (
                self.lists[batch],
                [keccak(to_canonical(label)) for label in self.classes],
                bytes(answers.numbers),
                labels.multiproof([first + answers.gold[number] for number in answers.numbers]),
            )
            encoded = encode(["bytes", "bytes32[]", "bytes", "bytes32[]"], list(parts))
        self.world.escrow.publish_graded(submission, labels.root, SALT, URI, encoded)

    def escrow_claim(self, submission: int) -> None:
        self.world.escrow.claim(submission)

    def escrow_expire(self, submission: int) -> None:
        self.world.escrow.expire(submission)

    def escrow_close(self, task: int) -> None:
        self.world.escrow.close(task)
