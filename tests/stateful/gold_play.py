"""What the machine does with tests: GoldTest beside its escrow, with requesters who err or lie about their gold."""

from collections.abc import Sequence

from eth_abi.abi import encode
from eth_utils import keccak

from goldleaf.labels import LabelSet
from goldleaf.types import NOT_HEARD, Outcome, SubmissionState
from goldleaf_tools.rules.escrow import Opening
from goldleaf_tools.rules.gold import FOREVER, Answers, Batch, GoldTerms
from tests.stateful.counterparties import ArbitratorTwin
from tests.stateful.play import Play, one_of
from tests.stateful.survey import Survey
from tests.stateful.world import (
    ACTORS,
    CLASSES,
    CONSTANT,
    DIGESTS,
    KEEPER,
    PERIOD_FLOOR,
    RIGHT,
    STYLES,
    URI,
    class_of,
    gold_bytes,
    gold_labels,
    salt_of,
)

# Gold items of each class.
COUNTS = ((5, 5), (4, 6), (4, 3, 3), (5, 5), (6, 4))
LARGE_COUNTS = ((12, 9), (10, 10, 10), (60, 68))  # for large batches; the last is the largest test
BAD_COUNTS = ((9, 1), (5, 4), (10,), (0, 10), (6, 6), (70, 70))


class GoldPlay(Play):
    """Rules draw small numbers, as in `Play`. A batch is `(task, batch)`."""

    # The test of a task

    def set_up(self, pick: int, who: int, how: int, when: int) -> None:
        task = one_of(self.survey.untested, pick) if pick < 240 and self.survey.untested else self._task(pick)
        t = self.model.tasks.get(task)
        large = t is not None and t.parameters.batch_size > 100
        counts = one_of(LARGE_COUNTS if large else COUNTS, how) if how < 224 else one_of(BAD_COUNTS, how)
        most_allowed = sum(counts) - max(counts) - 1
        allowed = max(0, most_allowed - who % 3) if who < 224 else max(0, most_allowed + who % 2)
        scale = 40 if when % 4 == 0 else 1
        opening, dispute = ((PERIOD_FLOOR - (number == 255) + 200 * (number % 8)) * scale for number in (when, pick))
        test = GoldTerms(len(counts), counts, allowed, opening, dispute)
        actor = t.requester if t and who < 240 else one_of(ACTORS, who)
        self.pair.attempt(
            "set_up",
            [task, DIGESTS[: test.classes], counts, allowed, opening, dispute],
            actor,
            lambda: self.pair.gold.set_up(actor, task, test, self.chain.now),
            side=self.pair.gold_side,
            classes=DIGESTS[: test.classes],
            counts=counts,
            allowed=allowed,
            opening_period=opening,
            dispute_period=dispute,
        )
        if self.pair.gold.tests.get(task) is test:
            self._expect_test(task, test)

    # The gold of a batch

    def note_sealed(self, pick: int, who: int, how: int, when: int) -> None:
        task, batch = self._batch(self.survey.unnoted, pick)
        self.pair.attempt(
            "note_sealed",
            [task, batch],
            KEEPER,
            lambda: self.pair.gold.note_sealed(task, batch, self.chain.now),
            side=self.pair.gold_side,
        )

    def open_gold(self, pick: int, who: int, how: int, when: int) -> None:
        task, batch = self._batch((pick < 208 and self.survey.awaited) or self.survey.openable, pick)
        self._wait(when, *self._gold_clocks(task, batch))
        t, test = self.model.tasks.get(task), self.pair.gold.tests.get(task)
        actor = t.requester if t and who < 240 else one_of(ACTORS, who)
        gold: list[int] = [0]
        cost = 0
        if t and test:
            gold = self._gold(task, batch, test, how)
            cost = t.parameters.arbitrator.cost
        max_cost = cost - 1 if who % 16 == 15 and cost else cost
        before = self._gold_batch(task, batch)
        was_opened = before is not None and before.opened_at is not None
        self.pair.attempt(
            "open_gold",
            [task, batch, gold_bytes(gold), max_cost],
            actor,
            lambda: self.pair.gold.open_gold(actor, task, batch, gold, max_cost, self.chain.now),
            side=self.pair.gold_side,
        )
        b = self._gold_batch(task, batch)
        if b and b.opened_at is not None and not was_opened:
            self._note_opened(task, batch, b)

    def waive(self, pick: int, who: int, how: int, when: int) -> None:
        task, batch = self._batch(self.survey.openable, pick)
        t = self.model.tasks.get(task)
        actor = t.requester if t and who < 224 else one_of(ACTORS, who)
        self._wait(when, *self._gold_clocks(task, batch))
        self.pair.attempt(
            "waive",
            [task, batch],
            actor,
            lambda: self.pair.gold.waive(actor, task, batch, self.chain.now),
            side=self.pair.gold_side,
        )

    # Disputes about it

    def dispute_gold(self, pick: int, who: int, how: int, when: int) -> None:
        key = self._submission(self.survey.disputable, pick)
        t = self.model.tasks.get(key >> 64)
        if t:
            self._wait(when, *self._gold_clocks(key >> 64, (key & 2**64 - 1) % t.parameters.batches))
        self._dispute_gold(key, who, how)

    def dispute_by_all(self, pick: int, who: int, how: int, when: int) -> None:
        """Everybody who may disputes the gold of a batch: about the same items, or others."""
        first = one_of(self.survey.disputable, pick)
        batches = self.model.tasks[first >> 64].parameters.batches
        for number, key in enumerate(self.survey.disputable):
            if key >> 64 == first >> 64 and (key - first) % batches == 0:
                self._dispute_gold(key, 0, (how + number * (when % 2)) % 240)

    def _dispute_gold(self, key: int, who: int, how: int) -> None:
        t, test = self.model.tasks.get(key >> 64), self.pair.gold.tests.get(key >> 64)
        size = test.size if test else 10
        numbers = [number for number in range(size) if number % 5 == how % 5][: (1, 1, 2, 3)[how // 8 % 4]]
        if how >= 240:
            numbers = one_of(([], [size], numbers[::-1] + numbers[:1], list(range(min(size, 32)))), how)
        actor = self._annotator(key, who)
        market = t.parameters.arbitrator if t else self.pair.markets[0]
        max_cost = market.cost - 1 if who >= 248 and market.cost else market.cost
        self.pair.attempt(
            "dispute_gold",
            [key, numbers, max_cost, salt_of(how), URI],
            actor,
            lambda: self.pair.gold.dispute_gold(actor, key, numbers, max_cost, self.chain.now),
            touched=market,
            side=self.pair.gold_side,
            evidence=salt_of(how),
            uri=URI,
        )

    def rule_gold_dispute(self, pick: int, who: int, how: int, when: int) -> None:
        key = one_of(self.survey.unruled_gold, pick)
        market, dispute = next(pair for pair, value in self.pair.gold.disputes.items() if value == key)
        ruling = one_of((1, 1, 2, 0, NOT_HEARD, 1, 1, 3), how)
        if who >= 240:
            # Of one that is ruled, or none.
            market, dispute = one_of(self.pair.markets, who), one_of((dispute, 0, 1, 10**6), who // 2)
        if who % 32 == 31:
            actor = one_of(ACTORS, pick)
            self.pair.attempt(
                "rule",
                [dispute, ruling],
                actor,
                lambda: self.pair.gold.rule(actor, dispute, ruling),
                side=self.pair.gold_side,
            )
            return
        self._rule_gold(market, dispute, ruling)

    def _rule_gold(self, market: ArbitratorTwin, dispute: int, ruling: int) -> None:
        contract = self.pair.gold_side.contract
        self.pair.attempt(
            "rule",
            [dispute, ruling],
            KEEPER,
            lambda: self.pair.gold.rule(market, dispute, ruling),
            through=(market.contract, "rule", [contract.address, dispute, ruling]),
            side=self.pair.gold_side,
        )

    def settle_gold_dispute(self, pick: int, who: int, how: int, when: int) -> None:
        key = one_of(self.survey.ripe_gold or self.survey.next_gold, pick)
        if how >= 248:
            # Before its turn, or one that is settled or was never filed.
            key = key + 1 if how % 2 or not key & 2**64 - 1 else key - 1
        self._settle_gold(key, how)

    def outwait_gold_dispute(self, pick: int, who: int, how: int, when: int) -> None:
        """Settles a dispute when its arbitrator is too late, or is about to be."""
        key = one_of(self.survey.next_gold, pick)
        b = self.pair.gold.batches[key >> 128, key >> 64 & 2**64 - 1]
        timeout = self.model.tasks[key >> 128].parameters.arbitration_timeout
        self._wait(when, b.disputes[key & 2**64 - 1].filed_at + timeout, eager=True)
        self._settle_gold(key, how)

    def release_deposit(self, pick: int, who: int, how: int, when: int) -> None:
        task, batch = self._batch(self.survey.releasable, pick)
        self._release_deposit(task, batch)

    # The ledger of the test

    def gold_deposit(self, pick: int, who: int, how: int, when: int) -> None:
        market = one_of(self.pair.markets, pick)
        amounts = (10**3 * self._grain(market), 7, self._grain(market), 0, 10**41)
        account = None if how >= 248 else one_of(ACTORS, pick // 2)
        self._deposit_gold(one_of(ACTORS, who), market.token, one_of(amounts, how), account)

    def gold_withdraw(self, pick: int, who: int, how: int, when: int) -> None:
        market, actor = one_of(self.pair.markets, pick), one_of(ACTORS, who)
        amount = self._part_of(self.pair.gold.free[market.token, actor], how)
        self._withdraw_gold(actor, market.token, amount, None if how >= 248 else one_of(ACTORS, pick // 2))

    def gold_transfer(self, pick: int, who: int, how: int, when: int) -> None:
        token, actor = one_of(self.pair.markets, pick).token, one_of(ACTORS, who)
        amount = self._part_of(self.pair.gold.free[token, actor], how)
        to = None if how >= 248 else one_of(ACTORS, pick // 2)
        self.pair.attempt(
            "transfer",
            [token.address, amount, to or self.pair.gold_side.contract.address],
            actor,
            lambda: self.pair.gold.transfer(actor, token, amount, to),
            side=self.pair.gold_side,
        )

    # Publishing what is tested

    def _publish_tested(self, opening: Opening, how: int, when: int) -> None:
        """Mostly with the proof of all that is right, when the outcome stands."""
        key, root = opening.submission, opening.root
        task, t = key >> 64, self.model.tasks[key >> 64]
        batch = (key & 2**64 - 1) % t.parameters.batches
        b = self._gold_batch(task, batch) or Batch()
        if task in self.pair.gold.tests:
            fixed_at = self.pair.gold.fixed_at(task, batch)
            if fixed_at != FOREVER:
                self._wait(when, fixed_at, eager=when < 176)
        labels = self._labels_under(key, root)
        answers = self._answers(task, batch, b, labels, how)
        held = b.held
        s = self.model.submissions.get(key)
        was_published = s is not None and s.state == SubmissionState.PUBLISHED
        self.pair.attempt(
            "publish_graded",
            [key, self.pair.hash(root), opening.salt, opening.uri, self._encode(task, batch, b, labels, answers)],
            one_of(ACTORS, when),
            lambda: self.model.publish_graded(key, root, opening.salt, opening.uri, answers, self.chain.now),
        )
        s = self.model.submissions.get(key)
        if s and s.state == SubmissionState.PUBLISHED and not was_published:
            self._note_published(key, labels, held)
        elif held and how < 160 and self._has_failed(key, opening, answers):
            self.statistics.deep["a test that is failed"] += 1
            if labels is not None and labels.root == gold_labels(labels.items, self._classes(task), CONSTANT).root:
                self.statistics.deep["a test that a constant answer fails"] += 1

    def _answers(self, task: int, batch: int, b: Batch, labels: LabelSet | None, how: int) -> Answers | None:
        if b.opened_at is None or task not in self.pair.gold.tests:
            # Nobody looks at it, or it cannot be read.
            return None
        right = self._right(task, batch, b, labels) if labels else []
        numbers = right
        fits = labels is not None
        if 160 <= how < 176:
            numbers = right[1 + how % 2 :]
        elif 176 <= how < 184:
            fits = False
        elif 184 <= how < 192:
            numbers = right[::-1]
        elif 192 <= how < 200:
            # One that it has wrong, was dropped, or is none, in its place.
            other = how % (self.pair.gold.tests[task].size + 1)
            numbers = sorted({*right, other}, key=lambda n: b.gold[n] if n < len(b.gold) else 2**16)
            fits = numbers == right and fits
        return Answers(
            numbers,
            b.gold if not 200 <= how < 204 else (*b.gold[1:], b.gold[0]),
            classes_fit=not 204 <= how < 208,
            fits=fits,
        )

    def _encode(self, task: int, batch: int, b: Batch, labels: LabelSet | None, answers: Answers | None) -> bytes:
        if answers is None:
            return b"answers"
        classes = self._classes(task)
        proof: list[bytes] = []
        if labels is not None:
            known = [number for number in answers.numbers if number < len(b.gold)]
            proof = labels.multiproof(labels.items[b.gold[number]] for number in known)
        if not answers.fits:
            proof = [*proof, salt_of(0)]
        return encode(
            ["bytes", "bytes32[]", "bytes", "bytes32[]"],
            [
                gold_bytes(answers.gold),
                DIGESTS[: classes if answers.classes_fit else classes - 1],
                bytes(answers.numbers),
                proof,
            ],
        )

    def _right(self, task: int, batch: int, b: Batch, labels: LabelSet) -> list[int]:
        """The gold numbers that are not dropped and have the right label, in the order of rising positions."""
        test = self.pair.gold.tests[task]
        numbers = [
            number
            for number, position in enumerate(b.gold)
            if number not in b.dropped and labels.value(labels.items[position]) == CLASSES[test.class_of(number)]
        ]
        return sorted(numbers, key=lambda number: b.gold[number])

    def _has_failed(self, key: int, opening: Opening, answers: Answers | None) -> bool:
        """Whether it is the test alone that keeps it from being published."""
        s = self.model.submissions.get(key)
        if s is None or s.state != SubmissionState.COMMITTED or s.root != opening or answers is None:
            return False
        t = self.model.tasks[key >> 64]
        b, test = self.pair.gold.batches[key >> 64, (key & 2**64 - 1) % t.parameters.batches], self.pair.gold.tests
        asked = test[key >> 64].size - len(b.dropped)
        fixed = self.chain.now >= self.pair.gold.fixed_at(key >> 64, (key & 2**64 - 1) % t.parameters.batches)
        return fixed and asked - len(answers.numbers) > test[key >> 64].allowed_after(len(b.dropped))

    # Labels of tasks that are tested

    def _is_tested_task(self, task: int) -> bool:
        t = self.model.tasks.get(task)
        return t is not None and t.parameters.grader is self.pair.gold

    def _classes(self, task: int) -> int:
        test = self.pair.gold.tests.get(task)
        return test.classes if test else 2

    def _labels_under(self, key: int, root: object) -> LabelSet | None:
        """The labels that have this root; None if nobody knows any."""
        items = self.model.tasks[key >> 64].parameters.batch_of(key & 2**64 - 1)
        sets = (gold_labels(items, self._classes(key >> 64), style) for style in STYLES)
        return next((labels for labels in sets if labels.root == root), None)

    def _gold(self, task: int, batch: int, test: GoldTerms, how: int) -> list[int]:
        """A gold list: right, or with answers exchanged between classes, or one that is refused."""
        p = self.model.tasks[task].parameters
        places: list[list[int]] = []
        for place, count in enumerate(test.counts):
            positions = [
                position
                for position in range(p.batch_size)
                if class_of(batch * p.batch_size + position, test.classes) == place
            ]
            offset = how % 4 if len(positions) >= count + 4 else 0
            places.append(positions[offset:][:count] + [0] * (count - len(positions[offset:][:count])))
        if 128 <= how < 208:
            # Wrong for the first or the last few items of two classes.
            for number in range(1 + how % 3):
                places[0][number], places[1][number] = places[1][number], places[0][number]
            places = [sorted(positions) for positions in places]
        gold = [position for positions in places for position in positions]
        if how >= 232:
            gold = one_of(
                (
                    gold[1:],
                    [*gold[:-1], p.batch_size],
                    [*gold[:-1], 2**16 - 1],
                    gold[::-1],
                    [places[1][0], *sorted({*places[0][1:]} - {places[1][0]}), *places[1]],
                    [*gold, p.batch_size - 1],
                ),
                how,
            )
        return gold

    # Steps that rules share

    def _settle_gold(self, key: int, how: int = 0) -> None:
        task, batch, number = key >> 128, key >> 64 & 2**64 - 1, key & 2**64 - 1
        b = self._gold_batch(task, batch) or Batch()
        gold: Sequence[int] = b.gold
        if how % 16 == 15:
            gold = b.gold[::-1]
        was_void = b.voided_at is not None
        self.pair.attempt(
            "settle_gold_dispute",
            [key, gold_bytes(gold)],
            KEEPER,
            lambda: self.pair.gold.settle_gold_dispute(key, gold, self.chain.now),
            side=self.pair.gold_side,
        )
        if number + 1 != b.settled or not self.pair.gold.events:
            return
        d, deep = b.disputes[number], self.statistics.deep
        assert d.outcome is not None
        told = d.outcome.name.lower().replace("_", " ") if d.ruling is not None else "not ruled in time"
        deep[f"gold dispute: {told}"] += 1
        if d.outcome == Outcome.WRONG:
            deep["gold dispute wins a prize" if d.won else "gold dispute wins no prize"] += 1
            if d.fee > b.cost:
                deep["fee of a gold dispute above the cost at the opening"] += 1
            if was_void:
                deep["gold dispute settled after the test was void"] += 1
        if b.voided_at is not None and not was_void:
            deep["test made void"] += 1

    def _release_deposit(self, task: int, batch: int) -> None:
        self.pair.attempt(
            "release_deposit",
            [task, batch],
            KEEPER,
            lambda: self.pair.gold.release_deposit(task, batch, self.chain.now),
            side=self.pair.gold_side,
        )
        for event in self.pair.gold.events:
            if event.name == "DepositReleased":
                to = "the winners" if event.fields["to_each_winner"] else "the requester"
                self.statistics.deep[f"deposit released to {to}"] += 1

    def _deposit_gold(self, actor: str, token: object, amount: int, account: str | None) -> None:
        market = next(market for market in self.pair.markets if market.token is token)
        self.pair.attempt(
            "deposit",
            [market.token.address, amount, account or self.pair.gold_side.contract.address],
            actor,
            lambda: self.pair.gold.deposit(actor, market.token, amount, account),
            touched=market,
            side=self.pair.gold_side,
        )

    def _withdraw_gold(self, actor: str, token: object, amount: int, receiver: str | None) -> None:
        market = next(market for market in self.pair.markets if market.token is token)
        self.pair.attempt(
            "withdraw",
            [market.token.address, amount, receiver or self.pair.gold_side.contract.address],
            actor,
            lambda: self.pair.gold.withdraw(actor, market.token, amount, receiver),
            touched=market,
            side=self.pair.gold_side,
        )

    def _push_tests(self) -> None:
        """Ends whatever disputes there are, and pays the deposits back."""
        survey = Survey(self.pair)
        for first in survey.next_gold:
            b = self.pair.gold.batches[first >> 128, first >> 64 & 2**64 - 1]
            for number in range(b.settled, len(b.disputes)):
                self._settle_gold(first >> 64 << 64 | number)
        for task, batch in Survey(self.pair).releasable:
            self._release_deposit(task, batch)

    def _expect_test(self, task: int, test: GoldTerms) -> None:
        """What the contract says of a test, whose terms never change."""
        contract = self.pair.gold_side.contract
        found = self.chain.view(contract.address, contract.calldata("test", [task]))
        classes_hash = keccak(encode(["bytes32[]"], [DIGESTS[: test.classes]]))
        expected = encode(
            ["(uint256[],bytes32,uint256,uint256,uint256)"],
            [(test.counts, classes_hash, test.allowed, test.opening_period, test.dispute_period)],
        )
        assert found == expected, f"test({task})"

    def _note_expired(self, key: int, held: bool) -> None:
        """What became of a sealed stake that nobody published."""
        for event in self.model.events:
            if event.name == "Forfeited" and self._is_tested_task(key >> 64):
                if not event.fields["to_sink"]:
                    self.statistics.deep["stake that a tested task gives back after a year"] += 1
                elif held:
                    self.statistics.deep["stake that is forfeited after a test that was held"] += 1

    def _note_opened(self, task: int, batch: int, b: Batch) -> None:
        deep, t = self.statistics.deep, self.model.tasks[task]
        deep["gold opened"] += 1
        if any(
            class_of(batch * t.parameters.batch_size + position, self._classes(task)) != place
            for number, position in enumerate(b.gold)
            for place in [self.pair.gold.tests[task].class_of(number)]
        ):
            deep["gold opened with a wrong answer"] += 1
        if t.cancelled:
            deep["gold opened in a cancelled task"] += 1
        if self.chain.now >= t.publish_from:
            deep["gold opened once nobody could commit"] += 1

    def _note_published(self, key: int, labels: LabelSet | None, held: bool) -> None:
        """What was published is checked against the events alone: E10 and G2."""
        task, p = key >> 64, self.model.tasks[key >> 64].parameters
        batch = (key & 2**64 - 1) % p.batches
        b, deep = self._gold_batch(task, batch) or Batch(), self.statistics.deep
        tested = self.pair.gold_replay.published(
            key,
            None if labels is None else {place for place in range(len(labels)) if self._agrees(task, labels, place)},
            labels is not None and len({label for _, label in labels}) == 1,
            self.chain.now,
        )
        assert held == (tested is not None), "E10: the events tell another test"
        others = {self.pair.gold.phase(task, other, self.chain.now) for other in range(p.batches) if other != batch}
        if tested:
            deep["a test that is passed"] += 1
            if tested.dropped:
                deep["a test that is passed with items dropped"] += 1
            if labels is not None and labels.root != gold_labels(labels.items, self._classes(task), RIGHT).root:
                deep["a test that is passed with errors"] += 1
            if any(phase.name == "UNGRADED" for phase in others):
                deep["a test that is passed beside an ungraded batch"] += 1
            if p.batch_size > 256:
                deep["a test that is passed in a large batch"] += 1
        elif b.waived_at is not None:
            deep["publication of a waived batch"] += 1
        elif b.voided_at is not None:
            deep["publication after a void test"] += 1
        else:
            deep["publication of a batch whose gold was not opened"] += 1
        if self.chain.now >= p.deadline + p.publish_period:
            deep["publication that waited for the grader"] += 1

    def _agrees(self, task: int, labels: LabelSet, place: int) -> bool:
        """Whether the label at this place of the batch is what the opened gold says, right or wrong as that may be."""
        batch = labels.items.start // self.model.tasks[task].parameters.batch_size
        b = self._gold_batch(task, batch)
        if b is None or place not in b.gold:
            return False
        return bool(
            labels.value(labels.items[place]) == CLASSES[self.pair.gold.tests[task].class_of(b.gold.index(place))]
        )

    # Choosing

    def _batch(self, likely: list[tuple[int, int]], pick: int) -> tuple[int, int]:
        """Mostly a likely one, sometimes any, or none."""
        tested = list(self.pair.gold.tests)
        if pick >= 240 and tested:
            task = one_of(tested, pick)
            return task, pick % (self.model.tasks[task].parameters.batches + 1)
        return one_of(likely, pick) if pick < 253 and likely else (self._task(pick), pick % 2)

    def _gold_batch(self, task: int, batch: int) -> Batch | None:
        return self.pair.gold.batches.get((task, batch))

    def _gold_clocks(self, task: int, batch: int) -> list[int]:
        t, test = self.model.tasks.get(task), self.pair.gold.tests.get(task)
        if t is None or test is None:
            return []
        b = self._gold_batch(task, batch) or Batch()
        sealed_at = t.publish_from if b.sealed_at is None else b.sealed_at
        clocks = [t.publish_from, sealed_at + test.opening_period]
        return clocks if b.opened_at is None else [*clocks, b.opened_at + test.dispute_period]
