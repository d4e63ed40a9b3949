"""The play: everything from the opened task to the last withdrawal, each step by those whose step it is."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from goldleaf import (
    Dispute,
    Item,
    LabelSet,
    Manifest,
    Outcome,
    TaskParameters,
    economics,
    events,
    split_submission,
    submission_id,
)
from scripts._actors import EACH_IS_WRONG, Annotators, Auditor, Chance, Jurors, Losers, Watcher
from scripts._data import Block
from scripts._offers import Offer
from scripts._stage import Person, Stage, base_units
from scripts._store import Store

LARGEST_CHALLENGE = 32
LARGEST_SETTLEMENT = 16
SEAL_AGE = 61  # seconds
LAST_ROUND = 2


@dataclass
class Work:
    """One submission."""

    id: int
    annotator: Person
    answers: dict[int, str]  # item number -> label
    labels: LabelSet
    uri: str
    salt: bytes
    withheld: bool = False
    errors: int = 0  # labels proven wrong
    rejected: bool = False

    @property
    def slot(self) -> int:
        """The slot of the task that it is in."""
        return split_submission(self.id)[1]


@dataclass(frozen=True)
class Plan:
    """A challenge that somebody means to file."""

    party: Person
    work: Work
    items: list[int]
    salt: bytes


@dataclass
class Case:
    """One challenge, or a demand when it has no items."""

    fight: int
    work: Work
    party: Person
    items: list[int]
    bond: int
    dispute: int | None = None
    rulings: list[int] = field(default_factory=list)  # of each round
    outcome: Outcome | None = None


class Play:
    """One task, with all its people."""

    def __init__(
        self, stage: Stage, block: Block, offer: Offer, store: Store, *, seed: int, error: float, jurors: int
    ) -> None:
        self.stage = stage
        self.block = block
        self.offer = offer
        self.store = store
        self.chance = Chance(seed)
        self.annotators_rule = Annotators(block, self.chance)
        self.jurors_rule = Jurors(block, self.chance, error)
        self.jurors_wanted = jurors
        self.works: list[Work] = []
        self.cases: list[Case] = []

    def run(self) -> None:
        """Plays everything."""
        self.gather()
        self.seat_jurors()
        self.open_task()
        self.take()
        self.commit()
        self.publish()
        self.demand()
        self.challenge()
        self.respond()
        self.hear()
        self.settle_disputes()
        self.settle_cases()
        self.claim()
        self.leave()

    # ------------------------------------------------------------ before

    def gather(self) -> None:
        """Gives everybody an account and a purse."""
        names = [self.offer.requester, "auditor", "watcher", *self.block.annotators]
        names += [f"juror {number:02}" for number in range(1, self.jurors_wanted + 1)]
        people = [self.stage.person(name) for name in self.stage.track("Everybody gets a purse of test dollars", names)]
        self.requester, self.auditor, self.watcher = people[:3]
        self.annotators = people[3 : 3 + len(self.block.annotators)]
        self.jurors = people[3 + len(self.block.annotators) :]

    def seat_jurors(self) -> None:
        """Each juror buys a seat; after the join delay all are listed."""
        price = self.requester.client.court.seat_price()
        self.seats: dict[int, Person] = {}
        for juror in self.stage.track("Jurors take their seats", self.jurors):
            court = juror.client.court
            self.stage.provide(juror, court.ledger, price)
            self.seats[self.stage.note("join", court.join()).first_seat] = juror
        self.stage.chain.travel(self.requester.client.court.parameters().join_delay)
        for seat, juror in self.seats.items():
            self.stage.note("ready", juror.client.court.ready(seat))

    # ------------------------------------------------------------ the work

    def open_task(self) -> None:
        """The requester locks the pay."""
        manifest = Manifest(
            guidelines=self.offer.guidelines,
            label_schema={"enum": list(self.block.classes)},
            items=[Item.of(f"{self.block.name}/{item}", item.encode()) for item in self.block.items],
            licence=self.offer.licence,
        )
        client, redundancy = self.requester.client, len(self.annotators)
        reward, stake = (base_units(amount) for amount in (self.offer.reward, self.offer.stake))
        for _ in self.stage.track("The pay for all labels is locked", [0]):
            self.stage.provide(self.requester, client.ledger, reward * len(self.block.items) * redundancy)
            opened = client.tasks.open(
                terms=manifest,
                uri=self.store.put(manifest.to_bytes()),
                reward=reward,
                stake=stake,
                batch_size=self.offer.batch_size(len(self.block.items)),
                redundancy=redundancy,
                tolerance_bps=self.offer.tolerance_bps,
                deadline=timedelta(days=14),
            )
            self.task = self.stage.note("open", opened).task
        self.jury_cost = client.court.arbitration_cost()
        self.terms: TaskParameters = client.tasks.get(self.task).parameters

    def take(self) -> None:
        """Each annotator locks a stake on one slot of every batch."""
        p = self.terms
        for place, annotator in enumerate(self.stage.track("Annotators stake and take", self.annotators)):
            slots = [place * p.batches + batch for batch in range(p.batches)]
            self.stage.provide(annotator, annotator.client.ledger, sum(p.stake_of(slot) for slot in slots))
            self.stage.note(f"take_many ({p.batches} slots)", annotator.client.submissions.take_many(self.task, slots))
            for slot in slots:
                self.works.append(self._label(annotator, slot))
        self.chance.of("who withholds").choice(self.works).withheld = True

    def _label(self, annotator: Person, slot: int) -> Work:
        """The annotator's real answers to the items of a slot."""
        items = self.terms.items_of(slot)
        names = [self.block.items[item] for item in items]
        answers = dict(zip(items, self.block.labels(annotator.name, names), strict=True))
        labels = LabelSet.from_mapping(answers, items)
        salt = self.chance.of("salt", annotator.name, slot).randbytes(32)
        return Work(submission_id(self.task, slot), annotator, answers, labels, Store.uri(labels.to_bytes()), salt)

    def commit(self) -> None:
        """Everybody seals their labels, so nobody can copy."""
        for work in self.stage.track("Annotators seal their answers", self.works):
            sent = work.annotator.client.submissions.commit(work.id, work.labels, uri=work.uri, salt=work.salt)
            self.stage.note("commit", sent)

    def publish(self) -> None:
        """Everybody opens the seals and stores the labels; one set is withheld."""
        for work in self.stage.track("Annotators publish them", self.works):
            if not work.withheld:
                self.store.put(work.labels.to_bytes())
            sent = work.annotator.client.submissions.publish(work.id, work.labels, uri=work.uri, salt=work.salt)
            self.stage.note("publish", sent)

    # ------------------------------------------------------------ the fights

    def demand(self) -> None:
        """The auditor fetches every label set, and demands a label of those that are not there."""
        client = self.auditor.client
        self.read: dict[int, dict[int, str]] = {}  # submission -> item number -> label
        for work in self.stage.track("The auditor fetches all label sets", self.works):
            content = self.store.get(work.uri)
            if content is not None:
                labels = LabelSet.from_bytes(content, work.labels.items)
                self.read[work.id] = {item: json.loads(label) for item, label in labels}
                continue
            self.stage.provide(self.auditor, client.ledger, self.terms.demand_bond)
            filed = self.stage.note("demand", client.challenges.demand(work.id, work.labels.items.start))
            self.cases.append(Case(filed.fight, work, self.auditor, [], filed.bond))

    def challenge(self) -> None:
        """Auditor and watcher seal and file what pays; neither sees what the other has sealed."""
        plans = self._plans()
        self.chance.of("order of filing").shuffle(plans)
        for party in (self.auditor, self.watcher):
            bonds = sum(self._bond(plan) for plan in plans if plan.party is party)
            self.stage.provide(party, party.client.ledger, bonds)
        for plan in self.stage.track("Challenges are sealed", plans):
            sealed = plan.party.client.challenges.seal(plan.work.id, plan.items, salt=plan.salt)
            self.stage.note("seal", sealed)
        self.stage.chain.travel(SEAL_AGE)
        for plan in self.stage.track("Challenges are filed", plans):
            sent = plan.party.client.challenges.file(plan.work.id, plan.items, salt=plan.salt)
            filed = self.stage.note("challenge", sent)
            self.cases.append(Case(filed.fight, plan.work, plan.party, plan.items, filed.bond))

    def _plans(self) -> list[Plan]:
        """Who challenges which labels: only where the penalties are at least the least bond, three jury costs."""
        auditor, watcher = Auditor(self.block), Watcher()
        plans = []
        for work in self.works:
            if work.id not in self.read:
                continue
            labels = self.read[work.id]
            siblings = [self.read[sibling] for sibling in self._siblings(work) if sibling in self.read]
            fewest = -(-3 * self.jury_cost // self.terms.penalty(work.slot))
            most = min(self.terms.tolerated(work.slot) + 1, LARGEST_CHALLENGE)
            for party, items in (
                (self.auditor, auditor.suspects(labels, most)),
                (self.watcher, watcher.suspects(labels, siblings, fewest)),
            ):
                if fewest <= len(items) <= most:
                    salt = self.chance.of("seal", party.name, work.id).randbytes(32)
                    plans.append(Plan(party, work, items, salt))
        return plans

    def _siblings(self, work: Work) -> list[int]:
        slots = self.terms.siblings(work.slot % self.terms.batches)
        return [submission_id(self.task, slot) for slot in slots if slot != work.slot]

    def _bond(self, plan: Plan) -> int:
        penalty = self.terms.penalty(plan.work.slot)
        return economics.bond(challenged=len(plan.items), penalty=penalty, arbitration_cost=self.jury_cost)

    def respond(self) -> None:
        """Each annotator concedes or defends."""
        for case in self.stage.track("Annotators concede or defend", [case for case in self.cases if case.items]):
            annotator, client = case.work.annotator, case.work.annotator.client
            if self.annotators_rule.defends(annotator.name, case.fight, case.items):
                self.stage.provide(annotator, client.ledger, self.jury_cost)
                case.dispute = self.stage.note("defend", client.challenges.defend(case.fight)).dispute
            else:
                self.stage.note("concede", client.challenges.concede(case.fight))

    # ------------------------------------------------------------ the court

    def hear(self) -> None:
        """Rounds of votes, until nobody appeals any more."""
        heard = [case for case in self.cases if case.dispute is not None]
        number = 0
        while heard:
            for case, jurors in self._draw(heard, number):
                self._vote(case, jurors, number)
            # Windows of disputes drawn one after another overlap: all rounds are over at the last one's end.
            self.stage.chain.travel_to(max(self._dispute(case).phase_end for case in heard))
            heard = [case for case in heard if self._is_appealed(case, number)]
            number += 1
        disputes = [self._dispute(case) for case in self.cases if case.dispute is not None]
        self.stage.chain.travel_to(max((dispute.phase_end for dispute in disputes), default=0))

    def _draw(self, heard: Sequence[Case], number: int) -> Iterator[tuple[Case, list[Person]]]:
        """Draws the jurors of a round of each case, in the court's order."""
        cases = {case.dispute: case for case in heard}
        for _ in self.stage.track(f"Round {number + 1}: jurors are drawn and vote", heard):
            drawn: list[events.Drawn] = []
            while not drawn:
                # The seed is the hash of the block after the one that armed the draw.
                self.stage.chain.mine()
                logged = self.stage.note("draw", self.auditor.client.court.draw())
                drawn = [event for event in logged if isinstance(event, events.Drawn)]
            yield cases[drawn[0].dispute], [self.seats[seat] for seat in drawn[0].seats]

    def _vote(self, case: Case, jurors: Sequence[Person], number: int) -> None:
        """Each juror seals and opens a vote; once all have sealed, opening starts."""
        assert case.dispute is not None
        truth = self.truth(case)
        votes = []
        for juror in jurors:
            choice = self.jurors_rule.vote(juror.name, case.dispute, number, truth)
            salt = self.chance.of("salt of vote", juror.name, case.dispute, number).randbytes(32)
            votes.append((juror, choice, salt))
            self.stage.note("commit_vote", juror.client.court.commit_vote(case.dispute, choice, salt=salt))
        for juror, choice, salt in votes:
            self.stage.note("reveal_vote", juror.client.court.reveal_vote(case.dispute, choice, salt=salt))

    def truth(self, case: Case) -> int:
        """What should be ruled about a challenge."""
        return self.jurors_rule.truth(case.work.annotator.name, case.items)

    def _is_appealed(self, case: Case, number: int) -> bool:
        """Notes the ruling; whoever lost appeals, or does not."""
        assert case.dispute is not None
        court = self.auditor.client.court
        ruling, votes = court.ruling(case.dispute), court.round(case.dispute, number).votes
        case.rulings.append(ruling)
        if number == LAST_ROUND:
            return False
        loser = case.work.annotator if ruling == EACH_IS_WRONG else case.party
        cost = court.appeal_cost(case.dispute)
        if not Losers.appeal(votes, ruling, case.bond, cost):
            return False
        self.stage.provide(loser, loser.client.court.ledger, cost)
        self.stage.note("appeal", loser.client.court.appeal(case.dispute))
        return True

    def _dispute(self, case: Case) -> Dispute:
        assert case.dispute is not None
        return self.auditor.client.court.dispute(case.dispute)

    def settle_disputes(self) -> None:
        """Tells the escrow the rulings, and pays and fines the jurors."""
        court = self.auditor.client.court
        for case in self.stage.track(
            "Rulings are executed, jurors paid", [case for case in self.cases if case.rulings]
        ):
            assert case.dispute is not None
            self.stage.note("execute", court.execute(case.dispute))
            for _ in case.rulings:
                self.stage.note("settle (court round)", court.settle(case.dispute))

    # ------------------------------------------------------------ the money

    def settle_cases(self) -> None:
        """Settles challenges and demands, those of a submission in their order."""
        ordered = sorted(self.cases, key=lambda case: case.fight)
        groups = [ordered[i : i + LARGEST_SETTLEMENT] for i in range(0, len(ordered), LARGEST_SETTLEMENT)]
        for group in self.stage.track("Challenges are settled", groups):
            sent = self.auditor.client.challenges.settle_many(
                [case.fight for case in group], [case.items for case in group]
            )
            settled = self.stage.note(f"settle_many (up to {LARGEST_SETTLEMENT} fights)", sent)
            for case, event in zip(group, settled, strict=True):
                case.outcome = event.outcome
                case.work.errors += event.proven
        rejected = {event.submission for event in self.stage.events if isinstance(event, events.Rejected)}
        for work in self.works:
            work.rejected = work.id in rejected

    def claim(self) -> None:
        """Everybody claims; after the deadline the requester has back what nobody earned."""
        window_ends = [event.window_end for event in self.stage.events if isinstance(event, events.Published)]
        self.stage.chain.travel_to(max(window_ends))
        for annotator in self.stage.track("Annotators claim", self.annotators):
            mine = [work.id for work in self.works if work.annotator is annotator and not work.rejected]
            if mine:
                sent = annotator.client.submissions.claim_many(mine)
                self.stage.note(f"claim_many (up to {self.terms.batches} submissions)", sent)
        self.stage.chain.travel_to(self.terms.deadline)
        self.stage.note("close", self.requester.client.tasks.close(self.task))

    def leave(self) -> None:
        """Jurors give up their seats, and everybody withdraws everything."""
        for seat, juror in self.seats.items():
            self.stage.note("leave", juror.client.court.leave(seat))
        for person in self.stage.track("Everybody withdraws", self.stage.people):
            for ledger in (person.client.ledger, person.client.court.ledger):
                if ledger.free():
                    self.stage.note("withdraw", ledger.withdraw())
