"""The play: everything from the opened task to the last withdrawal, each step by those whose step it is."""

import json
from collections.abc import Callable
from datetime import timedelta

from goldleaf import ChallengeKind, Item, LabelSet, Manifest, economics, events, submission_id, testing
from goldleaf.errors import ContentMissing, ContractError, GateRefuses, NotAdmitted
from goldleaf.stores import Reader, Store
from scripts._actors import EACH_IS_WRONG, NOT_EACH_IS_WRONG, Annotators, Auditor, Chance, Cheats, Watcher
from scripts._data import Block
from scripts._gold import GoldTests
from scripts._hearings import Hearings
from scripts._market import Market
from scripts._offers import ROYALTY_BPS, Offer
from scripts._record import Case, Hearing, Plan, Work
from scripts._scene import Scene
from scripts._stage import Person, Stage, base_units

LARGEST_CHALLENGE = 32
LARGEST_SETTLEMENT = 16
COMMITMENT_AGE = 61  # seconds


class Play(Scene):
    """One task, with all its people."""

    def __init__(
        self,
        stage: Stage,
        block: Block,
        offer: Offer,
        plan: testing.Plan | None,
        store: Store,
        *,
        seed: int,
        error: float,
        jurors: int,
    ) -> None:
        super().__init__(stage, Cheats.join(block, Chance(seed)), offer, store, seed=seed, error=error)
        self.reader = Reader(store)
        self.annotators_rule = Annotators(self.block, self.chance)
        self.jurors_wanted = jurors
        # Has tokens, and no ether.
        self.etherless: str = self.chance.of("who holds no ether").choice(block.annotators)
        self.hearings = Hearings(self)
        self.market = Market(self)
        # None: labels are not tested.
        self.gold = None if plan is None else GoldTests(self, plan)
        # Whether each of the outsider's attempts was refused.
        self.refusals: list[bool] = []

    def run(self) -> None:
        """Plays everything."""
        self.gather()
        self.seat_jurors()
        self.open_task()
        self.turn_away()
        self.take()
        self.commit()
        if self.gold is not None:
            self.gold.open()
            self._hear(self.gold.dispute())
            self.gold.settle()
        self.publish()
        self.challenge_availability()
        self.challenge()
        self._hear(self.respond())
        self.settle_cases()
        self.claim()
        self.market.enroll()
        self.market.sell()
        self.market.collect()
        self.leave()

    def _hear(self, hearings: list[Hearing]) -> None:
        self.hearings.hold(hearings)
        self.hearings.settle(hearings)

    # ------------------------------------------------------------ before

    def gather(self) -> None:
        """Gives everybody an account and a purse, and annotators and jurors a credential."""
        jurors = [f"juror {number:02}" for number in range(1, self.jurors_wanted + 1)]
        others = [self.offer.requester, "auditor", "watcher", "licensee", "outsider", "relayer"]
        people: dict[str, Person] = {}
        names = [*others, *self.block.people, *jurors]
        for name in self.stage.track("Everybody gets a purse of test dollars", names):
            people[name] = self.stage.person(name, people["relayer"] if name == self.etherless else None)
        self.requester, self.auditor, self.watcher = (people[name] for name in others[:3])
        self.licensee, self.outsider, self.relayer = (people[name] for name in others[3:])
        self.annotators = [people[name] for name in self.block.people]
        self.jurors = [people[name] for name in jurors]
        self.credentials = {
            name: self.stage.certify(people[name])
            for name in self.stage.track(
                f"{self.offer.board.capitalize()} signs credentials", [*self.block.people, *jurors]
            )
        }

    def seat_jurors(self) -> None:
        """Each juror buys a seat; after the join delay all are listed."""
        price = self.requester.client.court.seat_price()
        for juror in self.stage.track("Jurors take their seats", self.jurors):
            court, credential = juror.client.court, self.credentials[juror.name]
            self.stage.provide(juror, court.ledger, price)
            joined = self.stage.act(juror, "join", court.join, gate_data=credential)
            self.seats[joined.first_seat] = juror
        self.stage.chain.travel(self.requester.client.court.parameters().join_delay)
        for seat, juror in self.seats.items():
            self.stage.act(juror, "ready", juror.client.court.ready, seat)

    # ------------------------------------------------------------ the work

    def open_task(self) -> None:
        """The requester locks the pay."""
        manifest = Manifest(
            guidelines=self.offer.guidelines,
            label_schema={"enum": list(self.block.classes)},
            items=[Item.of(f"{self.block.name}/{item}", item.encode()) for item in self.block.items],
            licence=self.offer.licence,
            test=None if self.gold is None else self.gold.plan.terms,
        )
        if self.gold is not None:
            self.gold.plan.check(manifest)
        client, redundancy = self.requester.client, len(self.annotators)
        reward, stake = (base_units(amount) for amount in (self.offer.reward, self.offer.stake))
        for _ in self.stage.track("The pay for all labels is locked", [0]):
            self.stage.provide(self.requester, client.ledger, reward * len(self.block.items) * redundancy)
            opened = self.stage.act(
                self.requester,
                "open",
                client.tasks.open,
                terms=manifest,
                uri=self.store.put(manifest.to_bytes()),
                reward=reward,
                stake=stake,
                batch_size=self.offer.batch_size(len(self.block.items)),
                redundancy=redundancy,
                tolerance_bps=self.offer.tolerance_bps,
                deadline=timedelta(days=14),
                # Nobody publishes before the test of the tested batches is over, which a court may take weeks for.
                publish_period=timedelta(days=30),
                royalty_bps=ROYALTY_BPS,
                gate=self.stage.gate,
                grader=None if self.gold is None else self.stage.deployment.address("GoldTest"),
            )
            self.task = opened.task
            if self.gold is not None:
                self.gold.set_up()
        self.jury_cost = client.court.arbitration_cost()
        self.terms = client.tasks.get(self.task).parameters

    def turn_away(self) -> None:
        """The outsider tries to take a slot and a seat, with no credential and with one that an annotator has lent.

        It is the contracts that are asked: a client that checks first would know as well.
        """
        client, lent = self.stage.cautious(self.outsider).unchecked, self.credentials[self.annotators[0].name]
        for credential in self.stage.track("An outsider tries to get in", (b"", lent)):
            self.refusals += [
                _is_refused(NotAdmitted, client.submissions.take, self.task, 0, gate_data=credential),
                _is_refused(GateRefuses, client.court.join, 1, gate_data=credential),
            ]

    def take(self) -> None:
        """Each annotator locks a stake on one slot of every batch."""
        p = self.terms
        for place, annotator in enumerate(self.stage.track("Annotators stake and take", self.annotators)):
            slots = [place * p.batches + batch for batch in range(p.batches)]
            self.stage.provide(annotator, annotator.client.ledger, sum(p.stake_of(slot) for slot in slots))
            take, credential = annotator.client.submissions.take_many, self.credentials[annotator.name]
            self.stage.act(annotator, f"take_many ({p.batches} slots)", take, self.task, slots, gate_data=credential)
            for slot in slots:
                self.works.append(self._label(annotator, slot))

    def _label(self, annotator: Person, slot: int) -> Work:
        """The annotator's real answers to the items of a slot."""
        items = self.terms.items_of(slot)
        names = [self.block.items[item] for item in items]
        answers = dict(zip(items, self.block.labels(annotator.name, names), strict=True))
        labels = LabelSet.from_mapping(answers, items)
        salt = self.chance.of("salt", annotator.name, slot).randbytes(32)
        return Work(submission_id(self.task, slot), annotator, answers, labels, self.store.uri(labels.to_bytes()), salt)

    def commit(self) -> None:
        """Everybody seals their labels, so nobody can copy."""
        for work in self.stage.track("Annotators seal their answers", self.works):
            commit = work.annotator.client.submissions.commit
            self.stage.act(work.annotator, "commit", commit, work.id, work.labels, uri=work.uri, salt=work.salt)

    def publish(self) -> None:
        """Everybody who may opens what they have sealed, and stores the labels; one of the real sets is withheld."""
        published = [work for work in self.works if not work.failed]
        real = [work for work in published if work.annotator.name in self.block.annotators]
        self.chance.of("who withholds").choice(real).withheld = True
        for work in self.stage.track("Annotators publish them", published):
            if not work.withheld:
                self.store.put(work.labels.to_bytes())
            publish = work.annotator.client.submissions.publish
            self.stage.act(work.annotator, "publish", publish, work.id, work.labels, uri=work.uri, salt=work.salt)

    # ------------------------------------------------------------ the challenges

    def challenge_availability(self) -> None:
        """The auditor fetches every label set, and challenges the availability of those that are not there."""
        client = self.auditor.client
        # Submission -> item number -> label, without those that were tested: they cannot be challenged.
        self.read: dict[int, dict[int, str]] = {}
        published = [work for work in self.works if not work.failed]
        for work in self.stage.track("The auditor fetches all label sets", published):
            try:
                labels = self.reader.labels(work.uri, work.labels.root, work.labels.items)
            except ContentMissing:
                self.stage.provide(self.auditor, client.ledger, self.terms.availability_bond)
                items = list(work.labels.items)[:LARGEST_CHALLENGE]
                file = client.challenges.file_availability
                filed = self.stage.act(self.auditor, "challenge_availability", file, work.id, items)
                kind = ChallengeKind.AVAILABILITY
                self.cases.append(Case(filed.challenge, kind, work, self.auditor, items, filed.bond))
            else:
                tested = client.tests.tested(work.id) if self.gold is not None else ()
                self.read[work.id] = {item: json.loads(label) for item, label in labels if item not in tested}

    def challenge(self) -> None:
        """Auditor and watcher commit and file what pays; neither sees what the other has committed."""
        plans = self._plans()
        self.chance.of("order of filing").shuffle(plans)
        for party in (self.auditor, self.watcher):
            bonds = sum(plan.bond for plan in plans if plan.party is party)
            self.stage.provide(party, party.client.ledger, bonds)
        for plan in self.stage.track("Challenges are committed", plans):
            commit = plan.party.client.challenges.commit
            self.stage.act(plan.party, "commit_challenge", commit, plan.work.id, plan.items, salt=plan.salt)
        self.stage.chain.travel(COMMITMENT_AGE)
        for plan in self.stage.track("Challenges are filed", plans):
            file = plan.party.client.challenges.file
            filed = self.stage.act(
                plan.party, "challenge", file, plan.work.id, plan.items, salt=plan.salt, bond=plan.bond
            )
            kind = ChallengeKind.CORRECTNESS
            self.cases.append(Case(filed.challenge, kind, plan.work, plan.party, plan.items, filed.bond))

    def _plans(self) -> list[Plan]:
        """Who challenges which labels: only where the prizes are at least a third of the least bond."""
        auditor, watcher = Auditor(self.block), Watcher()
        fewest = -(-self.jury_cost // self.terms.prize)
        plans = []
        for work in self.works:
            if work.id not in self.read:
                continue
            labels = self.read[work.id]
            siblings = [self.read[sibling] for sibling in self._siblings(work) if sibling in self.read]
            most = min(self.terms.tolerated(work.slot) + 1, LARGEST_CHALLENGE)
            for party, items in (
                (self.auditor, auditor.suspects(labels, most)),
                (self.watcher, watcher.suspects(labels, siblings, fewest)),
            ):
                if fewest <= len(items) <= most:
                    salt = self.chance.of("salt of challenge", party.name, work.id).randbytes(32)
                    plans.append(Plan(party, work, items, self._bond(work, len(items)), salt))
        return plans

    def _siblings(self, work: Work) -> list[int]:
        slots = self.terms.siblings(work.slot % self.terms.batches)
        return [submission_id(self.task, slot) for slot in slots if slot != work.slot]

    def _bond(self, work: Work, challenged: int) -> int:
        """The least bond; for more labels than are tolerated, one that brings all of the bonus."""
        least = economics.least_bond(challenged=challenged, reward=self.terms.reward, arbitration_cost=self.jury_cost)
        if challenged <= self.terms.tolerated(work.slot):
            return least
        return max(least, economics.crossing_bond(stake=self.terms.stake, labels=len(work.labels)))

    def respond(self) -> list[Hearing]:
        """Each annotator concedes or defends, but for those who did not look at the items."""
        disputed = [
            case
            for case in self.cases
            if case.kind == ChallengeKind.CORRECTNESS and case.work.annotator.name in self.block.annotators
        ]
        for case in self.stage.track("Annotators concede or defend", disputed):
            annotator, client = case.work.annotator, case.work.annotator.client
            if self.annotators_rule.defends(annotator.name, case.challenge, case.items):
                self.stage.provide(annotator, client.ledger, self.jury_cost)
                defended = self.stage.act(annotator, "defend", client.challenges.defend, case.challenge)
                truth = self.jurors_rule.truth(annotator.name, case.items)
                losers = {EACH_IS_WRONG: annotator, NOT_EACH_IS_WRONG: case.party}
                case.hearing = Hearing(defended.dispute, truth, losers, case.bond)
            else:
                self.stage.act(annotator, "concede", client.challenges.concede, case.challenge)
        return [case.hearing for case in self.cases if case.hearing is not None]

    # ------------------------------------------------------------ the money

    def settle_cases(self) -> None:
        """Settles challenges, those of a submission in their order."""
        # Until then withheld labels can be shown, and challenges be answered; with disputes it is later by now.
        self.stage.chain.travel(max(self.terms.challenge_period // 4, self.terms.response_period))
        ordered = sorted(self.cases, key=lambda case: case.challenge)
        groups = [ordered[i : i + LARGEST_SETTLEMENT] for i in range(0, len(ordered), LARGEST_SETTLEMENT)]
        for group in self.stage.track("Challenges are settled", groups):
            settled = self.stage.act(
                self.auditor,
                f"settle_many (up to {LARGEST_SETTLEMENT} challenges)",
                self.auditor.client.challenges.settle_many,
                [case.challenge for case in group],
                [case.items for case in group],
            )
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
            mine = [work.id for work in self.works if work.annotator is annotator and work.is_paid]
            if mine:
                claim = annotator.client.submissions.claim_many
                self.stage.act(annotator, f"claim_many (up to {self.terms.batches} submissions)", claim, mine)
        if self.gold is not None:
            self.gold.forfeit()
        self.stage.chain.travel_to(self.terms.deadline)
        self.stage.act(self.requester, "close", self.requester.client.tasks.close, self.task)

    def leave(self) -> None:
        """Jurors give up their seats, which takes two rounds, and everybody withdraws everything."""
        for seat, juror in self.seats.items():
            left = self.stage.act(juror, "leave", juror.client.court.leave, seat)
        self.stage.chain.travel_to(left.leaves_at)
        keeper = self.requester.client.court
        while keeper.open_seats():
            self.stage.act(self.requester, "draw (takes out up to 16 seats)", keeper.draw)
        for person in self.stage.track("Everybody withdraws", self.stage.people):
            self.stage.cash_out(person)


def _is_refused(error: type[ContractError], action: Callable[..., object], *args: object, **kwargs: object) -> bool:
    try:
        action(*args, **kwargs)
    except error:
        return True
    return False
