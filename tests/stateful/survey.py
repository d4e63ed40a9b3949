"""What there is to do in a history of the escrow and its tests."""

from goldleaf.types import ChallengeKind, ChallengeState, SubmissionState
from goldleaf_tools.rules.escrow import Challenge, ChallengeOpening, Submission
from goldleaf_tools.rules.gold import Batch as GoldBatch
from tests.stateful.world import Pair

# Where a challenge can be settled at any time.
RIPE = (ChallengeState.CONCEDED, ChallengeState.RULED)


class Survey:
    """What there is to do, so that most calls hit something."""

    def __init__(self, pair: Pair) -> None:
        model = pair.model
        self.tasks, self.now = model.tasks, pair.chain.now
        now = self.now
        self.takeable = [
            task
            for task, t in model.tasks.items()
            if not t.cancelled and now + t.parameters.work_period < t.parameters.deadline
        ]
        self.idle = [task for task, t in model.tasks.items() if t.live == 0 and not t.closed]
        self.open_slots = [
            task << 64 | slot
            for task in self.takeable
            for slot in range(model.tasks[task].parameters.slots)
            if task << 64 | slot not in model.submissions
        ]
        self.committed_challenges = [
            opening
            for opening in model.commitments
            if isinstance(opening, ChallengeOpening)
            and (s := model.submissions.get(opening.submission))
            and s.state == SubmissionState.PUBLISHED
            and now < s.window_end
        ]
        self.taken: list[int] = []
        self.working: list[int] = []  # of these, those not yet due
        self.committed: list[int] = []
        self.published: list[int] = []
        self.contested: list[int] = []  # by open challenges of correctness
        self.questioned: list[int] = []  # by open challenges of availability
        self.defensible: list[int] = []  # of the contested, those whose response has not ended
        self.answerable: list[int] = []  # of the questioned, those that are not late
        self.fresh: list[int] = []  # of what is published, what is in the first half of its window
        self.defended: list[int] = []
        self.next_challenges: list[int] = []  # those whose turn it is
        self.ripe_challenges: list[int] = []  # of these, those that wait for nothing
        by_state = {
            SubmissionState.TAKEN: self.taken,
            SubmissionState.COMMITTED: self.committed,
            SubmissionState.PUBLISHED: self.published,
        }
        for key, s in model.submissions.items():
            if s.live:
                by_state[s.state].append(key)
                if s.state == SubmissionState.TAKEN and now < s.due_at:
                    self.working.append(key)
                period = model.tasks[key >> 64].parameters.challenge_period
                if s.state == SubmissionState.PUBLISHED and now < min(s.window_end, s.published_at + period // 2):
                    self.fresh.append(key)
            if s.settled < s.filed:
                first = model.challenges[key << 64 | s.settled]
                self.next_challenges.append(key << 64 | s.settled)
                is_void = first.state == ChallengeState.FILED and not s.live
                is_answered = first.kind == ChallengeKind.AVAILABILITY and s.shown.issuperset(first.indices)
                if first.state in RIPE or is_void or is_answered:
                    self.ripe_challenges.append(key << 64 | s.settled)
                for number in range(s.settled, s.filed):
                    self._sort(key << 64 | number, model.challenges[key << 64 | number], s)

        # Of what is committed, what is not too late to publish.
        self.publishable = [key for key in self.committed if self._is_in_time(pair, key)]
        self._survey_tests(pair)

    def _is_in_time(self, pair: Pair, key: int) -> bool:
        p = self.tasks[key >> 64].parameters
        until = p.deadline + p.publish_period
        return self.now < (max(until, pair.gold.publish_until(key, self.now)) if p.grader is pair.gold else until)

    def _survey_tests(self, pair: Pair) -> None:
        gold, now = pair.gold, self.now
        self.untested = [
            task
            for task, t in self.tasks.items()
            if t.parameters.grader is gold and task not in gold.tests and not t.closed
        ]
        # Of tested batches with an open slot the first submission.
        self.sealable = sorted(
            {
                key >> 64 << 64 | (key & 2**64 - 1) % self.tasks[key >> 64].parameters.batches
                for key in self.open_slots
                if key >> 64 in gold.tests
            }
        )
        self.unnoted: list[tuple[int, int]] = []  # batches that are sealed, which nobody has noted
        self.openable: list[tuple[int, int]] = []  # batches whose gold may be opened
        self.awaited: list[tuple[int, int]] = []  # of these, those that somebody waits to publish
        self.disputable: list[int] = []  # submissions whose annotators may dispute gold
        self.next_gold: list[int] = []  # gold disputes whose turn it is
        self.ripe_gold: list[int] = []  # of these, those that are ruled
        self.unruled_gold: list[int] = []
        self.releasable: list[tuple[int, int]] = []
        committed = set(self.committed)
        for task, test in gold.tests.items():
            p = self.tasks[task].parameters
            for batch in range(p.batches):
                b = gold.batches.get((task, batch)) or GoldBatch()
                if b.waived_at is not None or b.released:
                    continue
                if b.opened_at is None:
                    if gold.is_sealed(task, batch, now):
                        starts = min(now, self.tasks[task].publish_from) if b.sealed_at is None else b.sealed_at
                        if b.sealed_at is None:
                            self.unnoted.append((task, batch))
                        if now < starts + test.opening_period:
                            self.openable.append((task, batch))
                            if any(task << 64 | slot in committed for slot in range(batch, p.slots, p.batches)):
                                self.awaited.append((task, batch))
                    continue
                key = task << 64 | batch
                if b.voided_at is None and now < b.opened_at + test.dispute_period:
                    disputed = {dispute.submission for dispute in b.disputes}
                    slots = range(batch, p.slots, p.batches)
                    self.disputable += [
                        submission
                        for slot in slots
                        if (submission := task << 64 | slot) in committed and submission not in disputed
                    ]
                for number, dispute in enumerate(b.disputes):
                    if dispute.outcome is None and dispute.ruling is None:
                        self.unruled_gold.append(key << 64 | number)
                if b.pending:
                    self.next_gold.append(key << 64 | b.settled)
                    if b.disputes[b.settled].ruling is not None:
                        self.ripe_gold.append(key << 64 | b.settled)
                elif now >= gold.fixed_at(task, batch):
                    self.releasable.append((task, batch))

    def _sort(self, key: int, f: Challenge, s: Submission) -> None:
        if f.state == ChallengeState.DEFENDED:
            self.defended.append(key)
        elif f.state == ChallengeState.FILED:
            # Also of a rejected submission: nobody may concede, defend or answer these.
            is_questioned = f.kind == ChallengeKind.AVAILABILITY
            (self.questioned if is_questioned else self.contested).append(key)
            p = self.tasks[key >> 128].parameters
            period = p.challenge_period // 4 if is_questioned else p.response_period
            if s.live and self.now < f.filed_at + period:
                (self.answerable if is_questioned else self.defensible).append(key)
