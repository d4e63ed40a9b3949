"""
Random histories of TaskEscrow and GoldTest against the reference models, with honest and dishonest actors and lying
counterparties.

A step is one attempted call of either. After each the contracts' state and events are held against the models', field
by field, and the protocol's invariants are checked; at the end all clocks are pushed, everything settles and
everybody withdraws.
"""

from collections.abc import Callable, Sequence
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from goldleaf.types import NOT_HEARD, ChallengeKind, ChallengeState, SubmissionState
from goldleaf_tools.rules.escrow import (
    COMMITMENT_MAX_AGE,
    COMMITMENT_MIN_AGE,
    DAY,
    GRADER_TIMEOUT,
    ChallengeOpening,
    Opening,
    Parameters,
)
from tests.stateful import chain
from tests.stateful.counterparties import ArbitratorTwin
from tests.stateful.gold_play import GoldPlay
from tests.stateful.play import one_of
from tests.stateful.survey import Survey
from tests.stateful.world import (
    ACTORS,
    CONSTANT,
    KEEPER,
    MANY_ERRORS,
    MAX_DURATION,
    PERIOD_FLOOR,
    RIGHT,
    SINK,
    SOME_ERRORS,
    URI,
    ZERO,
    gold_labels,
    label_set,
    salt_of,
)

Byte = st.integers(0, 255)
MAX_TASKS = 6  # at a time


# What is done, how often, and whether there is anything to do it to.
Action = tuple[Callable[..., None], int, Callable[[Any], Any]]


class EscrowMachine(GoldPlay):
    """Rules draw small numbers, as in `Play`."""

    def __init__(self) -> None:
        super().__init__()
        self.start = self.chain.now
        self.challenge_openings: list[ChallengeOpening] = []  # whatever was committed to
        self.openings: dict[int, Opening] = {}  # what a commitment opens to, by submission
        self.salts = 0

    # Set-up

    @initialize(first=Byte, second=Byte, how=Byte)
    def enter(self, first: int, second: int, how: int) -> None:
        self._join_markets(first, second)
        for market in self.pair.markets:
            self._set_costs(market, how % 8 * self._grain(market), how % 8 * self._grain(market))
            # The last actor is poor.
            for number, actor in enumerate(ACTORS[:-1]):
                self._deposit(actor, market, 10**6 * self._grain(market) + number, actor)
                self._deposit_gold(actor, market.token, 10**4 * self._grain(market) + number, actor)
        self._set_answers(True, True, 0)
        self.survey = Survey(self.pair)
        self._open(how, first, second)
        self._open(second, first + 1, how, is_tested=True)
        self.survey = Survey(self.pair)
        self.set_up(second, first % 224, how % 224, second)
        self._after()
        self.survey = Survey(self.pair)

    def _join_markets(self, first: int, second: int) -> None:
        for index in (first, second):
            self.pair.join_market(index)

    def teardown(self) -> None:
        try:
            if self.pair.sound:
                self._finish_everything()
        finally:
            self.pair.undo()
            self.chain.now = self.start

    @rule(what=Byte, pick=Byte, who=Byte, how=Byte, when=Byte)
    def act(self, what: int, pick: int, who: int, how: int, when: int) -> None:
        """
        One rule for all actions: of many, Hypothesis would leave out about half in each run, and a history without
        takes or without commitments leads nowhere.
        """
        deck = [action for action, weight, is_possible in self.actions() if is_possible(self) for _ in range(weight)]
        before = self.statistics.accepted.total()
        # By name: what a machine that is more than this one does otherwise.
        getattr(self, deck[what * len(deck) >> 8].__name__)(pick, who, how, when)
        # What is refused changes nothing.
        if chain.EVERY == 1 or self.statistics.accepted.total() != before:
            self._after()
        self.survey = Survey(self.pair)

    def actions(self) -> Sequence[Action]:
        return ACTIONS

    # Ledger

    def deposit(self, pick: int, who: int, how: int, when: int) -> None:
        market = one_of(self.pair.markets, pick)
        amounts = (10**3 * self._grain(market), 7, 1, self._grain(market), 0, 10**41)
        account = None if how >= 240 else one_of(ACTORS, pick // 2)
        self._deposit(one_of(ACTORS, who), market, one_of(amounts, how), account)

    def withdraw(self, pick: int, who: int, how: int, when: int) -> None:
        market, actor = one_of(self.pair.markets, pick), one_of(ACTORS, who)
        amount = self._part_of(self.model.free[market.token, actor], how)
        receiver = None if how >= 240 else one_of(ACTORS, pick // 2)
        self._withdraw(actor, market, amount, receiver)

    def transfer(self, pick: int, who: int, how: int, when: int) -> None:
        token, actor = one_of(self.pair.markets, pick).token, one_of(ACTORS, who)
        amount = self._part_of(self.model.free[token, actor], how)
        to = None if how >= 240 else one_of(ACTORS, pick // 2)
        self.pair.attempt(
            "transfer",
            [token.address, amount, to or self.pair.contract.address],
            actor,
            lambda: self.model.transfer(actor, token, amount, to),
        )

    # Tasks

    def open(self, pick: int, who: int, how: int, when: int) -> None:
        self._open(pick, who, how)

    def cancel(self, pick: int, who: int, how: int, when: int) -> None:
        task = self._task(pick)
        requester = self.model.tasks[task].requester if task in self.model.tasks else ACTORS[0]
        self._wait(when, self._deadline(task))
        # Seldom by the requester: a cancelled task is a short one.
        actor = requester if who >= 224 else one_of(ACTORS, who)
        self.pair.attempt("cancel", [task], actor, lambda: self.model.cancel(actor, task, self.chain.now))

    def close(self, pick: int, who: int, how: int, when: int) -> None:
        task = one_of(self.survey.idle, pick) if pick < 192 else self._task(pick)
        t = self.model.tasks.get(task)
        if all(key >> 64 != task for key in self.survey.open_slots):
            self._wait(when, t.publish_from if t else 0, eager=when < 128)
        closed = t is not None and t.closed
        self.pair.attempt("close", [task], KEEPER, lambda: self.model.close(task, self.chain.now))
        if t and t.closed and not closed and self.chain.now < t.parameters.deadline:
            self.statistics.deep["close of a cancelled task before its deadline"] += 1

    # Submissions

    def take(self, pick: int, who: int, how: int, when: int) -> None:
        actor = one_of(ACTORS, who)
        task, slot = divmod(one_of(self.survey.open_slots, pick), 2**64)
        if how >= 224:
            task = self._task(pick)
            slots = self.model.tasks[task].parameters.slots if task in self.model.tasks else 0
            slot = one_of([*range(slots), slots, 2**64], how)
        elif when >= 250:
            p = self.model.tasks[task].parameters
            self._wait(when, p.deadline - p.work_period)
        self.pair.attempt(
            "take",
            [task, slot, b""],
            actor,
            lambda: self.model.take(actor, task, slot, self.chain.now),
        )

    def take_many(self, pick: int, who: int, how: int, when: int) -> None:
        actor = one_of(ACTORS, who)
        task = one_of(self.survey.open_slots, pick) >> 64 if pick < 240 else self._task(pick)
        batches = self.model.tasks[task].parameters.batches if task in self.model.tasks else 1
        free = [key & 2**64 - 1 for key in self.survey.open_slots if key >> 64 == task]
        # One slot of each batch, or slots that may be siblings.
        slots = [slot for slot in free if slot < batches] if how % 2 else free[: how % 5]
        if how >= 192 and task in self.model.tasks:
            # One that is taken perhaps, and one that is taken by this very call.
            slots = [pick % self.model.tasks[task].parameters.slots, *slots, *slots[:1]]
        self._attempt_many(
            "take_many",
            [task, slots, b""],
            actor,
            len(slots),
            lambda: self.model.take_many(actor, task, slots, self.chain.now),
        )

    def release(self, pick: int, who: int, how: int, when: int) -> None:
        key = self._submission(self.survey.taken, pick)
        self._wait(when, self._clock(key))
        actor = self._annotator(key, who)
        self.pair.attempt("release", [key], actor, lambda: self.model.release(actor, key, self.chain.now))

    def expire(self, pick: int, who: int, how: int, when: int) -> None:
        key = self._submission(self.survey.taken + self.survey.committed, pick)
        p = self.model.tasks[key >> 64].parameters if key >> 64 in self.model.tasks else None
        end = p.deadline + p.publish_period if p else 0
        # What a grader holds up for a year is let go, sometimes.
        late = [end + GRADER_TIMEOUT] if p and p.grader and (when % 16 == 15 or when >= 252) else []
        self._wait(when, self._clock(key), end, *late)
        self.pair.attempt("expire", [key], KEEPER, lambda: self.model.expire(key, self.chain.now))
        if p and self.model.submissions.get(key):
            b = self._gold_batch(key >> 64, (key & 2**64 - 1) % p.batches)
            self._note_expired(key, b is not None and b.held)

    def commit(self, pick: int, who: int, how: int, when: int) -> None:
        """Commits and, with redundancy 1, delivers."""
        key = self._submission(self.survey.working if pick < 240 else self.survey.taken, pick)
        self._wait(when, self._clock(key))
        self._commit(key, self._annotator(key, who), who, how)

    def seal_batch(self, pick: int, who: int, how: int, when: int) -> None:
        """Takes and commits what is open of a tested batch: by itself this happens to few before the deadline."""
        first = one_of(self.survey.sealable, pick)
        task, t = first >> 64, self.model.tasks[first >> 64]
        for number, slot in enumerate(range(first & 2**64 - 1, t.parameters.slots, t.parameters.batches)):
            key, actor = task << 64 | slot, one_of(ACTORS, who + number)
            self.pair.attempt(
                "take",
                [task, slot, b""],
                actor,
                lambda slot=slot, actor=actor: self.model.take(actor, task, slot, self.chain.now),
            )
            if key in self.model.submissions:
                self._commit(key, self.model.submissions[key].annotator, who % 240, how // 8 + number)

    def _commit(self, key: int, actor: str, who: int, how: int) -> None:
        s = self.model.submissions.get(key)
        annotator = s.annotator if s else ACTORS[0]
        root = self._root(key, s.items, how) if s else salt_of(how)
        opening = Opening(key, annotator, root, URI, salt_of(how))
        if s and self.model.tasks[key >> 64].parameters.publishes_directly and who < 240:
            self._publish(actor, opening)
        else:
            commitment: Any = opening
            if how >= 240:
                # It opens to nothing.
                commitment = None if how == 255 else salt_of(how)
            self.pair.attempt(
                "commit",
                [key, self.pair.hash(commitment)],
                actor,
                lambda: self.model.commit(actor, key, commitment, self.chain.now),
            )
            if s and s.state == SubmissionState.COMMITTED and s.root == opening:
                self.openings[key] = opening

    def _root(self, key: int, items: range, how: int) -> bytes:
        """One in four has no labels behind it; one in sixteen in a task that is tested, where such labels fail."""
        if self._is_tested_task(key >> 64) and how % 16 != 15:
            styles = (RIGHT, RIGHT, RIGHT, SOME_ERRORS, SOME_ERRORS, MANY_ERRORS, CONSTANT)
            return gold_labels(items, self._classes(key >> 64), one_of(styles, how)).root
        return label_set(items, how % 2).root if how % 4 != 3 else salt_of(how)

    def publish(self, pick: int, who: int, how: int, when: int) -> None:
        key = self._submission((pick < 224 and self.survey.publishable) or self.survey.committed, pick)
        actor = one_of(ACTORS, who)
        opening = self.openings.get(key, Opening(key, actor, salt_of(0), URI, ZERO))
        if how >= 248:
            opening = opening._replace(salt=salt_of(how))
        elif how >= 240:
            opening = opening._replace(root=None)
        task = self.model.tasks.get(key >> 64)
        if task:
            end = task.parameters.deadline + task.parameters.publish_period
            early = self.chain.now < task.publish_from and any(
                key >> 64 << 64 | slot in [*self.survey.taken, *self.survey.open_slots]
                for slot in task.parameters.siblings_of(key & 2**64 - 1)
            )
            self._wait(when, *([task.publish_from] if early else [task.publish_from, end]), eager=early and when < 160)
        if task and task.parameters.grader is self.pair.grader and when % 4:
            self._set_answers(True, who < 224, 0)
            if when % 16 == 1 and not self.pair.grader.refusing:
                # A test whose outcome is late.
                self._set_answers(True, True, end + 1000)
                self._wait(when, end, eager=True)
        if task and self._is_tested_task(key >> 64) and who < 248:
            self._publish_tested(opening, who, when)
        else:
            self._publish(actor, opening)

    def accept(self, pick: int, who: int, how: int, when: int) -> None:
        key = self._submission(self.survey.published, pick)
        self._wait(when, self._clock(key))
        task = self.model.tasks.get(key >> 64)
        # Half of the time by somebody: an accepted submission has no further challenges.
        actor = task.requester if task and who >= 160 else one_of(ACTORS, who)
        s = self.model.submissions.get(key)
        if s and task and s.state == SubmissionState.PUBLISHED and actor == task.requester and s.filed > s.settled:
            self.statistics.deep["accept with pending challenges"] += 1
        self.pair.attempt("accept", [key], actor, lambda: self.model.accept(actor, key, self.chain.now))

    def claim(self, pick: int, who: int, how: int, when: int) -> None:
        key = self._submission(self.survey.published, pick)
        self._wait(when, self._clock(key), eager=when >= 160)
        self.pair.attempt("claim", [key], KEEPER, lambda: self.model.claim(key, self.chain.now))

    def claim_many(self, pick: int, who: int, how: int, when: int) -> None:
        now = self.chain.now
        ripe = [
            key
            for key in self.survey.published
            if (s := self.model.submissions[key]).window_end <= now and s.filed == s.settled
        ]
        keys = ripe if how < 192 else [self._submission(self.survey.published, pick), *ripe[:1], *ripe[:1]]
        self._attempt_many("claim_many", [keys], KEEPER, len(keys), lambda: self.model.claim_many(keys, now))

    # Challenges

    def commit_challenge(self, pick: int, who: int, how: int, when: int) -> None:
        key = self._submission(self.survey.published, pick)
        s = self.model.submissions.get(key)
        items: Sequence[int] = s.items if s else range(4)
        if s and self._is_tested_task(key >> 64) and pick % 8:
            # What is tested is challenged in vain.
            items = [item for item in items if not self.pair.gold.is_tested(key, item)]
        indices = tuple(item for item in items if how + 1 >> item % 8 & 1)[:32] or (items[-1],)
        if len(items) > 256:
            # Around the edge of a word of marks.
            indices = tuple(items[position] for position in (how % 4, 254, 255, 256, len(items) - 1))
        # One in four is the annotator, who would rather be challenged by himself.
        challenger = self._annotator(key, who) if who % 4 == 0 else one_of(ACTORS, who // 4)
        opening = ChallengeOpening(key, challenger, indices, salt_of(how % 3))
        if who >= 248 and self.challenge_openings:
            opening = one_of(self.challenge_openings, pick)
        self.challenge_openings.append(opening)
        self.pair.attempt(
            "commit_challenge",
            [self.pair.hash(opening)],
            challenger,
            lambda: self.model.commit_challenge(opening, self.chain.now),
        )

    def challenge(self, pick: int, who: int, how: int, when: int) -> None:
        likely = self.survey.committed_challenges
        opening = one_of(likely if pick < 244 and likely else self.challenge_openings, pick)
        if 240 <= when < 250:
            self._wait(when, self._clock(opening.submission))
        else:
            self._wait_for_commitment(when, opening)
        wrong = {
            0: opening._replace(indices=tuple(reversed(opening.indices))),
            1: opening._replace(indices=()),
            2: opening._replace(indices=(*opening.indices[:-1], 10**6)),
            3: opening._replace(challenger=one_of(ACTORS, pick // 4), salt=salt_of(how % 4)),
        }
        opening = wrong[(how - 240) // 4] if how >= 240 else opening
        bond = self._bond(opening, who)
        self.pair.attempt(
            "challenge",
            [opening.submission, opening.indices, bond, salt_of(how), URI, opening.salt],
            opening.challenger,
            lambda: self.model.challenge(
                opening.challenger, opening.submission, opening.indices, bond, opening.salt, self.chain.now
            ),
            evidence=salt_of(how),
            uri=URI,
        )

    def concede(self, pick: int, who: int, how: int, when: int) -> None:
        key = self._challenge((pick < 192 and self.survey.defensible) or self.survey.contested, pick)
        self._wait(when, *self._challenge_clocks(key))
        actor = self._annotator(key >> 64, who)
        self.pair.attempt("concede", [key], actor, lambda: self.model.concede(actor, key, self.chain.now))

    def defend(self, pick: int, who: int, how: int, when: int) -> None:
        key = self._challenge((pick < 192 and self.survey.defensible) or self.survey.contested, pick)
        self._wait(when, *self._challenge_clocks(key), eager=128 <= who < 192 and when < 128)
        actor = self._annotator(key >> 64, who) if who < 128 else one_of(ACTORS, who)
        task = self.model.tasks.get(key >> 128)
        market = task.parameters.arbitrator if task else self.pair.markets[0]
        if 208 <= how < 240:
            # It has become much dearer since the challenge.
            self._set_costs(market, 1000 * self._grain(market), 1000 * self._grain(market))
        max_cost = market.cost - 1 if how >= 240 and market.cost else market.cost
        self.pair.attempt(
            "defend",
            [key, max_cost],
            actor,
            lambda: self.model.defend(actor, key, max_cost, self.chain.now),
            touched=market,
        )

    def rule_dispute(self, pick: int, who: int, how: int, when: int) -> None:
        challenge = one_of(self.survey.defended, pick)
        market, dispute = next(key for key, value in self.model.disputes.items() if value == challenge)
        ruling = one_of((1, 2, 0, NOT_HEARD, 1, 2, 3, NOT_HEARD), how) if how < 200 else one_of((1, 2), how)
        self._wait(when, *self._challenge_clocks(challenge))
        if 216 <= who < 240:
            # A dispute of another arbitrator, one that is over, or none.
            market, dispute = one_of(self.pair.markets, who), one_of((dispute, 0, 1, 10**6), who // 2)
        if who >= 240:
            actor = one_of(ACTORS, who)
            self.pair.attempt("rule", [dispute, ruling], actor, lambda: self.model.rule(actor, dispute, ruling))
        else:
            self._rule(market, dispute, ruling)

    def settle(self, pick: int, who: int, how: int, when: int) -> None:
        key = self._challenge(self.survey.ripe_challenges, pick)
        self._wait(when, *self._challenge_clocks(key)[-1:])
        self._settle(key, how)

    def outwait(self, pick: int, who: int, how: int, when: int) -> None:
        """Settles a challenge when its clock has run out, or is about to."""
        key = one_of(self.survey.next_challenges, pick)
        self._wait(when, *self._challenge_clocks(key)[-1:], eager=True)
        self._settle(key, how)

    def settle_many(self, pick: int, who: int, how: int, when: int) -> None:
        """All pending challenges of one submission, or the next ones of several."""
        first = one_of(self.survey.next_challenges, pick)
        self._wait(when, *self._challenge_clocks(first)[-1:], eager=when >= 192)
        s = self.model.submissions[first >> 64]
        keys = [first >> 64 << 64 | number for number in range(s.settled, s.filed)]
        if how % 3 == 0:
            keys = self.survey.next_challenges[:]
        keys = keys[: 1 + how % 7]
        indices = [self.model.challenges[key].indices for key in keys[: len(keys) - (how >= 240)]]
        self._attempt_many(
            "settle_many",
            [keys, indices],
            KEEPER,
            len(keys),
            lambda: self.model.settle_many(keys, indices, self.chain.now),
        )

    # Challenges of availability

    def challenge_availability(self, pick: int, who: int, how: int, when: int) -> None:
        key = self._submission(self.survey.fresh if pick < 224 else self.survey.published, pick)
        s = self.model.submissions.get(key)
        if s and when >= 232:
            period = self.model.tasks[key >> 64].parameters.challenge_period
            self._wait(when, s.published_at + period // 2)
        items = list(s.items) if s else [0]
        unshown = [item for item in items if not s or item not in s.shown] or items
        # One, some, or as many as can be; seldom one that was shown, or wrong ones.
        indices = tuple([one_of(unshown, who)] if how % 3 == 0 else unshown[how % 2 :: 1 + how % 5][:32])
        if 216 <= how < 240:
            indices = tuple(items[:32])
        elif how >= 240:
            indices = ((), (*reversed(indices), 10**6), (*indices, 10**6), indices * 2)[how % 4][:32]
        actor = one_of(ACTORS, who)
        self.pair.attempt(
            "challenge_availability",
            [key, indices],
            actor,
            lambda: self.model.challenge_availability(actor, key, indices, self.chain.now),
        )

    def answer(self, pick: int, who: int, how: int, when: int) -> None:
        key = self._challenge((pick < 192 and self.survey.answerable) or self.survey.questioned, pick)
        self._wait(when, *self._challenge_clocks(key))
        actor = one_of(ACTORS, who)
        f, s = self.model.challenges.get(key), self.model.submissions.get(key >> 64)
        items = s.items if s else range(1)
        shown = label_set(items, 0)
        if s and self._is_tested_task(key >> 128):
            shown = self._labels_under(key >> 64, s.root) or shown
        elif s and s.root == label_set(items, 1).root:
            shown = label_set(items, 1)
        missing = [item for item in f.indices if item not in s.shown] if f and s else []
        # Mostly one that was asked for; any of the batch may be shown.
        item = one_of(missing, how) if missing and how < 208 else items[how % len(items)]
        label, proof = shown.label(item), shown.proof(item)
        told = item
        if how >= 240:
            # The proof of one item for another, or for none.
            told = one_of((item + 1, 10**6, 2**256 - 1), how)
        fits = bool(s and told == item and s.root == shown.root)
        is_new = bool(s and told not in s.shown)
        self.pair.attempt(
            "answer",
            [key, told, label, proof],
            actor,
            lambda: self.model.answer(actor, key, told, fits, self.chain.now),
            label=label,
        )
        if f and s and is_new and told in s.shown and told not in f.indices:
            self.statistics.deep["answer that nobody asked for"] += 1

    def _attempt_many(
        self, function: str, arguments: list[Any], actor: str, many: int, call: Callable[[], int]
    ) -> None:
        done = self.pair.attempt(function, arguments, actor, call)
        if done is not None and 0 < done < many:
            self.statistics.deep[f"{function} of which some were passed over"] += 1

    # Counterparties

    def change_arbitrator(self, pick: int, who: int, how: int, when: int) -> None:
        market = one_of(self.pair.markets, pick)
        cost = one_of((0, 1, 2, 3, 5, 8, 12, 30), who) * self._grain(market)
        kind = how % 8
        taken = {4: cost // 2, 5: 0, 6: cost + 1}.get(kind, cost)
        self._set_costs(market, cost, taken)
        market.refusing = how >= 240
        self._tell(market.contract, "set_refusing", [market.refusing])
        market.reuses_ids = kind == 7
        self._tell(market.contract, "set_next_id", [market.disputes, market.reuses_ids])

    def change_token(self, pick: int, who: int, how: int, when: int) -> None:
        token = one_of(self.pair.markets, pick).token
        if token.name == "FeeToken":
            token.fee_bps = one_of((0, 1, 250, 9_999, 10_000), how)
            self._tell(token.contract, "set_fee", [token.fee_bps])
        elif token.name == "FalseToken":
            token.refusing = how % 3 == 0
            self._tell(token.contract, "set_refusing", [token.refusing])
        elif token.name == "GreedyToken":
            token.extra = one_of((0, 0, 1, 5), how)
            self._tell(token.contract, "set_extra", [token.extra])
        elif token.name == "BlacklistToken":
            account = one_of(ACTORS, how)
            token.blacklisted ^= {account}
            self._tell(token.contract, "set_blacklisted", [account, account in token.blacklisted])
        elif token.name == "CallbackToken":
            # Everybody may push these calls, so only the lock keeps a transfer from making them.
            calls = [("claim", key) for key in self.survey.published]
            calls += [("expire", key) for key in self.survey.taken + self.survey.committed]
            if calls:
                function, key = one_of(calls, how)
                contract, arguments = self.pair.contract, [key]
                if (self.survey.unnoted or self.survey.releasable) and pick % 2:
                    contract = self.pair.gold_side.contract
                    function = "note_sealed" if self.survey.unnoted else "release_deposit"
                    arguments = list((self.survey.unnoted or self.survey.releasable)[0])
                token.calls_back = contract.address
                self._tell(token.contract, "set_call", [contract.address, contract.calldata(function, arguments)])

    def change_grader(self, pick: int, who: int, how: int, when: int) -> None:
        """It changes its mind about everything, at any time."""
        grader = self.pair.grader
        last = max((t.parameters.deadline + t.parameters.publish_period for t in self.model.tasks.values()), default=0)
        self._set_answers(who % 8 != 7, pick % 4 != 3, one_of((0, 0, self.chain.now, last + 500, 2**256 - 1), how))
        for item in grader.tested:
            self._tell(grader.contract, "set_tested", [item, False])
        grader.tested = frozenset(range(pick % 3))
        for item in grader.tested:
            self._tell(grader.contract, "set_tested", [item, True])
        grader.refusing = when >= 232
        self._tell(grader.contract, "set_refusing", [grader.refusing])

    def _set_answers(self, ready: bool, passing: bool, until: int) -> None:
        grader = self.pair.grader
        grader.ready, grader.passing, grader.until = ready, passing, until
        self._tell(grader.contract, "set_answers", [ready, passing, until])

    def send_by_hand(self, pick: int, who: int, how: int, when: int) -> None:
        """Tokens that come without a deposit stay where they are."""
        token = one_of(self.pair.markets, pick).token
        actor = one_of(ACTORS, who)
        if token.name in ("TokenMock", "NoReturnToken"):
            to = one_of(self.pair.sides, how).contract.address
            token.move(actor, to, who + 1)
            self.chain.call(token.contract, "transfer", [to, who + 1], actor)
            self.pair.surplus[token, to] += who + 1

    # Steps that rules share

    def _after(self) -> None:
        self.pair.check()

    def _set_costs(self, market: ArbitratorTwin, cost: int, taken: int) -> None:
        market.cost, market.taken = cost, taken
        self._tell(market.contract, "set_costs", [cost, taken])

    def _deposit(self, actor: str, market: ArbitratorTwin, amount: int, account: str | None) -> None:
        self.pair.attempt(
            "deposit",
            [market.token.address, amount, account or self.pair.contract.address],
            actor,
            lambda: self.model.deposit(actor, market.token, amount, account),
            touched=market,
        )

    def _withdraw(self, actor: str, market: ArbitratorTwin, amount: int, receiver: str | None) -> None:
        self.pair.attempt(
            "withdraw",
            [market.token.address, amount, receiver or self.pair.contract.address],
            actor,
            lambda: self.model.withdraw(actor, market.token, amount, receiver),
            touched=market,
        )

    def _open(self, pick: int, who: int, how: int, is_tested: bool = False) -> None:
        market = one_of(self.pair.markets, pick)
        parameters = self._parameters(market, pick, who, how, is_tested)
        requester = one_of(ACTORS, who)
        task = self.pair.attempt(
            "open",
            [self.pair.abi_parameters(parameters), URI],
            requester,
            lambda: self.model.open(requester, parameters, self.chain.now),
            uri=URI,
        )
        if task and parameters.allowed:
            for actor in sorted(parameters.allowed):
                self._tell(self.pair.world.gate, "set_allowed", [actor, task, True])

    def _parameters(self, market: ArbitratorTwin, pick: int, who: int, how: int, is_tested: bool) -> Parameters:
        batch_size, items = one_of(((1, 1), (1, 3), (2, 3), (3, 4), (4, 4), (4, 7), (3, 9), (300, 301)), how // 2)
        is_graded, grader = is_tested or pick % 3 == 0, self.pair.grader
        is_tested = is_tested or (is_graded and pick % 4 != 0)
        if is_tested:
            grader = self.pair.gold
            batch_size, items = one_of(((20, 40), (20, 20), (21, 42), (24, 72), (20, 40), (300, 300)), how // 2)
        if is_graded and how < 248:
            items -= items % batch_size
        tolerance = one_of((0, 500, 1000, 2500, 3334, 5000, 6700, 8000), pick // 4)
        last = items - (items - 1) // batch_size * batch_size
        reward = 4 + who % 13 * self._grain(market) + how % 4
        # What the stake rule asks for, sometimes one unit less, and more.
        floors = [(n, 2 * max(market.cost, reward * (n * tolerance // 10_000 + 1))) for n in (batch_size, last)]
        stake = max(-(-floor // n) for n, floor in floors) + (how // 8 * 3 * self._grain(market) if how < 240 else -1)
        highest = max(reward, stake * last // 16)
        scale = 40 if how % 4 == 0 else 1
        periods = [
            (211 + 90 * (number >> shift & 7)) * scale for number, shift in ((pick, 0), (who, 0), (how, 3), (pick, 3))
        ]
        work, publish, challenge, response = periods
        return Parameters(
            arbitrator=market,
            reward=reward,
            stake=stake,
            items=items,
            batch_size=batch_size,
            redundancy=one_of((2, 1, 3, 5) if is_tested else (1, 2, 1, 3), who // 2),
            tolerance_bps=tolerance,
            deadline=self.chain.now + work + (1 + 500 * (15 - pick % 16)) * scale,
            work_period=PERIOD_FLOOR - 1 if who >= 252 else work,
            publish_period=publish,
            challenge_period=challenge * 4,
            response_period=min(response, challenge * 4) if how < 250 else challenge * 4 + 1,
            arbitration_timeout=2 * MAX_DURATION + (who if who < 250 else -1),
            availability_bond=highest + (1 if who >= 248 else 0) if who % 2 else reward,
            royalty_bps=how,
            terms=salt_of(pick),
            allowed=frozenset(ACTORS[:4]) if who % 4 == 3 else None,
            grader=grader if is_graded else None,
        )

    def _bond(self, opening: ChallengeOpening, who: int) -> int:
        """The least bond, often more, up to where more gains nothing, and sometimes a unit less."""
        task, s = self.model.tasks.get(opening.submission >> 64), self.model.submissions.get(opening.submission)
        if task is None or s is None:
            return who
        p = task.parameters
        least = max(len(opening.indices) * p.reward // 2, 3 * p.arbitrator.cost)
        return one_of((least, least, least + who, max(least, s.stake // 8 + who % 3), least - 1 if least else 0), who)

    def _publish(self, actor: str, opening: Opening) -> None:
        key, root, uri, salt = opening.submission, opening.root, opening.uri, opening.salt
        task = self.model.tasks.get(key >> 64)
        # Seldom by the function that the task does not have.
        if (task is not None and task.parameters.grader is not None) != (actor == ACTORS[-1]):
            self.pair.attempt(
                "publish_graded",
                [key, self.pair.hash(root), salt, uri, b"answers"],
                actor,
                lambda: self.model.publish_graded(key, root, salt, uri, None, self.chain.now),
            )
            p, s = task and task.parameters, self.model.submissions.get(key)
            if p and s and s.published_at == self.chain.now >= p.deadline + p.publish_period:
                self.statistics.deep["publication that waited for the grader"] += 1
            return
        self.pair.attempt(
            "publish",
            [key, self.pair.hash(root), salt, uri],
            actor,
            lambda: self.model.publish(actor, key, root, salt, uri, self.chain.now),
        )

    def _rule(self, market: ArbitratorTwin, dispute: int, ruling: int) -> None:
        self.pair.attempt(
            "rule",
            [dispute, ruling],
            KEEPER,
            lambda: self.model.rule(market, dispute, ruling),
            through=(market.contract, "rule", [self.pair.contract.address, dispute, ruling]),
        )

    def _settle(self, key: int, how: int = 0) -> None:
        f = self.model.challenges.get(key)
        indices = f.indices if f else (0,)
        if how % 16 == 15:
            indices = (*indices[:31], 10**6)
        self._note_depth(key)
        self.pair.attempt("settle", [key, indices], KEEPER, lambda: self.model.settle(key, indices, self.chain.now))

    def _note_depth(self, key: int) -> None:
        """Counts states that take a long way to reach."""
        f, s = self.model.challenges.get(key), self.model.submissions.get(key >> 64)
        if f is None or s is None or key & 2**64 - 1 != s.settled:
            return
        deep = self.statistics.deep
        if s.state == SubmissionState.REJECTED:
            deep[f"{f.kind.name.lower()} {f.state.name} after a rejection"] += 1
            if f.state == ChallengeState.RULED:
                deep[f"ruled {f.ruling if f.ruling < 3 else 'not heard'} after a rejection"] += 1
        kinds = {self.model.challenges[number].kind for number in range(key >> 64 << 64, key)}
        if f.kind == ChallengeKind.AVAILABILITY:
            if ChallengeKind.CORRECTNESS in kinds:
                deep["availability after correctness"] += 1
            if s.live and len(f.indices) > 1:
                shown = len(s.shown.intersection(f.indices))
                part = "all" if shown == len(f.indices) else "some" if shown else "none"
                deep[f"availability of several labels, {part} of them shown"] += 1
        crosses = (
            f.kind == ChallengeKind.CORRECTNESS and s.live and len(set(f.indices) - s.wrong) > s.tolerated - s.errors
        )
        if crosses and (f.state == ChallengeState.CONCEDED or f.ruling == 1):
            part = "less than" if 2 * f.bond < s.stake // 4 else "all of"
            deep[f"rejection by a bond that earns {part} a quarter"] += 1
        if f.state == ChallengeState.RULED and f.fee > f.bond:
            deep["fee above the bond"] += 1
        if f.state == ChallengeState.RULED and f.ruling == 2 and f.fee > 0:
            most = max(f.fee, len(f.indices) * self.model.tasks[key >> 128].parameters.reward // 4)
            deep["premium of half of what is left" if f.bond - f.fee <= 2 * most else "premium of the least bond"] += 1
        if s.live and s.wrong & set(f.indices):
            deep["challenge of labels already proven wrong"] += 1
        if f.outcome is None and self.model.submissions[key >> 64].accepted:
            deep["challenge of an accepted submission"] += 1
        if f.challenger == s.annotator:
            deep["challenge filed by the annotator"] += 1
        if self.model.tasks[key >> 128].parameters.grader and f.kind == ChallengeKind.CORRECTNESS:
            deep["challenge in a graded task"] += 1
        if self.model.tasks[key >> 128].cancelled:
            deep["challenge in a cancelled task"] += 1

    def _wait_for_commitment(self, when: int, opening: ChallengeOpening) -> None:
        """Until it is old enough, sometimes too young or too old."""
        committed = self.model.commitments.get(opening)
        if committed is not None and self.chain.now < committed + COMMITMENT_MIN_AGE:
            if when < 252:
                self.chain.now = committed + COMMITMENT_MIN_AGE - (when >= 228)
        elif committed is not None and when >= 250:
            self.chain.now = max(self.chain.now, committed + COMMITMENT_MAX_AGE - when % 2)

    # The end

    def _finish_everything(self) -> None:
        """Whatever happened, pushing clocks ends it, and everybody gets out what is theirs."""
        for market in self.pair.markets:
            token = market.token
            for function, arguments in (
                ("set_fee", [0]),
                ("set_refusing", [False]),
                ("set_extra", [0]),
                *(("set_blacklisted", [account, False]) for account in sorted(token.blacklisted)),
            ):
                if function in token.contract.functions:
                    self._tell(token.contract, function, arguments)
            token.fee_bps, token.refusing, token.extra, token.blacklisted = 0, False, 0, frozenset()

        now = self.chain.now
        for _ in range(4):
            # Long enough for whatever clock is running: at most to publish, to answer, to be ruled, to claim.
            now += 400 * DAY
            self.chain.now = now
            self._push_all()
            self._push_tests()
        for key, task in self.model.tasks.items():
            self.pair.attempt("close", [key], KEEPER, lambda key=key: self.model.close(key, now))
            assert task.closed and task.live == 0
        for key in self.model.submissions:
            s = self.model.submissions[key]
            assert not s.live and s.filed == s.settled, "something did not end"
        assert all(b.opened_at is None or b.released for b in self.pair.gold.batches.values()), "a test did not end"
        self.pair.check(everything=True)
        for market in self.pair.markets:
            for actor in ACTORS:
                amount = self.model.free[market.token, actor]
                if amount:
                    self._withdraw(actor, market, amount, actor)
                amount = self.pair.gold.free[market.token, actor]
                if amount:
                    self._withdraw_gold(actor, market.token, amount, actor)
            self.pair.check()
            for side in self.pair.sides:
                address = side.contract.address
                left = market.token.balances.get(address, 0)
                kept = side.model.free[market.token, SINK] + self.pair.surplus[market.token, address]
                assert left == kept, "E1, G3: a contract keeps what it owes nobody"

    def _push_all(self) -> None:
        survey = Survey(self.pair)
        for key in survey.taken + survey.committed:
            self.pair.attempt("expire", [key], KEEPER, lambda key=key: self.model.expire(key, self.chain.now))
        for first in survey.next_challenges:
            s = self.model.submissions[first >> 64]
            for number in range(s.settled, s.filed):
                self._settle(first >> 64 << 64 | number)
        for key in Survey(self.pair).published:
            self.pair.attempt("claim", [key], KEEPER, lambda key=key: self.model.claim(key, self.chain.now))


def always(machine: EscrowMachine) -> bool:
    return True


# Action, weight, and whether there is anything to do it to. Late ones first: then the simplest history leads somewhere.
ACTIONS: list[Action] = [
    (EscrowMachine.settle, 10, lambda m: m.survey.ripe_challenges),
    (EscrowMachine.settle_many, 3, lambda m: m.survey.ripe_challenges),
    (EscrowMachine.rule_dispute, 10, lambda m: m.survey.defended),
    (EscrowMachine.defend, 14, lambda m: m.survey.contested),
    (EscrowMachine.answer, 8, lambda m: m.survey.questioned),
    (EscrowMachine.concede, 4, lambda m: m.survey.contested),
    (EscrowMachine.challenge, 14, lambda m: m.survey.committed_challenges),
    (EscrowMachine.commit_challenge, 10, lambda m: m.survey.published),
    (EscrowMachine.challenge_availability, 6, lambda m: m.survey.fresh),
    (EscrowMachine.claim, 4, lambda m: m.survey.published),
    (EscrowMachine.claim_many, 2, lambda m: m.survey.published),
    (EscrowMachine.accept, 2, lambda m: m.survey.published),
    (EscrowMachine.publish, 10, lambda m: m.survey.committed),
    (EscrowMachine.commit, 10, lambda m: m.survey.working),
    (EscrowMachine.expire, 2, lambda m: m.survey.taken or m.survey.committed),
    (EscrowMachine.release, 1, lambda m: m.survey.taken),
    (EscrowMachine.outwait, 2, lambda m: m.survey.next_challenges),
    (EscrowMachine.take, 8, lambda m: m.survey.open_slots),
    (EscrowMachine.take_many, 3, lambda m: m.survey.open_slots),
    (EscrowMachine.open, 4, lambda m: sum(not t.closed for t in m.model.tasks.values()) < MAX_TASKS),
    (EscrowMachine.close, 1, lambda m: m.survey.idle),
    (EscrowMachine.cancel, 1, always),
    (EscrowMachine.deposit, 2, always),
    (EscrowMachine.withdraw, 2, always),
    (EscrowMachine.transfer, 1, always),
    (EscrowMachine.change_arbitrator, 2, always),
    (EscrowMachine.change_token, 2, always),
    (EscrowMachine.change_grader, 2, always),
    (EscrowMachine.settle_gold_dispute, 8, lambda m: m.survey.ripe_gold),
    (EscrowMachine.rule_gold_dispute, 10, lambda m: m.survey.unruled_gold),
    (EscrowMachine.dispute_gold, 10, lambda m: m.survey.disputable),
    (EscrowMachine.open_gold, 14, lambda m: m.survey.awaited),
    (EscrowMachine.open_gold, 2, lambda m: m.survey.openable),
    (EscrowMachine.set_up, 12, lambda m: m.survey.untested),
    (EscrowMachine.seal_batch, 6, lambda m: m.survey.sealable),
    (EscrowMachine.dispute_by_all, 8, lambda m: m.survey.disputable),
    (EscrowMachine.note_sealed, 3, lambda m: m.survey.unnoted),
    (EscrowMachine.waive, 1, lambda m: m.survey.openable),
    (EscrowMachine.release_deposit, 3, lambda m: m.survey.releasable),
    (EscrowMachine.outwait_gold_dispute, 1, lambda m: m.survey.next_gold),
    (EscrowMachine.gold_deposit, 1, always),
    (EscrowMachine.gold_withdraw, 1, always),
    (EscrowMachine.gold_transfer, 1, always),
    (EscrowMachine.send_by_hand, 1, always),
]
