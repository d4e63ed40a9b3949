"""Reads off the chain what an account has a part in, by its address alone, so that a lost disk hides nothing of it."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from goldleaf import Goldleaf, commitments, errors, events
from goldleaf.ids import challenge_id, split_challenge, split_submission
from goldleaf.testing import Plan
from goldleaf.types import (
    Block,
    Challenge,
    ChallengeKind,
    ChallengeState,
    CourtParameters,
    Dispute,
    Phase,
    Round,
    Submission,
    SubmissionState,
    Task,
)

from ..keys import Keyring
from ..memory import Memory, PlannedChallenge
from .appeals import NOT_EACH_IS_WRONG, UNDECIDED, Stakes
from .duties import Balance
from .gold_reader import GoldReader
from .royalty_reader import read_holdings
from .siblings import SiblingReader
from .snapshot import DEPTH, Batch, Intent, Requested, Snapshot, Trial, Work
from .task_reader import TaskReader
from .watched import forget

_LIVE = (SubmissionState.TAKEN, SubmissionState.COMMITTED, SubmissionState.PUBLISHED)


class ChainReader:
    """Keeps an eye on everything that the client's account has a part in.

    Without a `keyring` and a `memory` it does not see the challenges that are to be filed: commitments hang on salts.
    `plans` gives the plan of a task's test, where the account is its requester and has one.
    """

    def __init__(
        self,
        client: Goldleaf,
        keyring: Keyring | None,
        memory: Memory | None,
        plans: Callable[[int], Plan | None] = lambda task: None,
    ) -> None:
        self._client = client
        self._keyring = keyring
        self._memory = memory
        self._has_court = "Court" in client.deployment.contracts
        if client.account is None:
            raise errors.NoAccount
        self._account = client.account
        # The last block whose events are known.
        self._scanned: int | None = None
        # Submissions and disputes with a part of the account, and the block in which they were first seen to be over.
        self._submissions: dict[int, int | None] = {}
        self._disputes: dict[int, int | None] = {}
        self._seats: set[int] = set()
        # Disputes and rounds for which seats of the account were drawn.
        self._drawn: set[tuple[int, int]] = set()
        # What the account has paid for appeals, by dispute and by the round that it opened.
        self._appeals: dict[tuple[int, int], int] = {}
        self._defences: dict[tuple[int, int], events.Defended] = {}
        self._hashes: dict[PlannedChallenge, bytes] = {}
        self._terms: CourtParameters | None = None
        self._siblings = SiblingReader(client)
        self._gold = GoldReader(client, self._account, self._siblings, plans)
        self._tasks = TaskReader(client, self._account, self._gold.tests)

    def gold(self, batch: int) -> dict[int, Any]:
        """What the requester's plan says of a batch, `task << 64 | number`, that it has graded."""
        return self._gold.gold(batch)

    def look(
        self, *, balances: bool = False, appeals: bool = False, holdings: bool = False, confirmations: int = 0
    ) -> Snapshot:
        """Everything as it is now.

        With or without free balances, what hangs on rulings that can be appealed, and what data sets have to collect.
        Siblings count as committed when so many blocks, the first one included, confirm it. Raises `NodeError`.
        """
        head = self._client.chain.block().number
        self._find(head)
        remembered = [] if self._keyring is None or self._memory is None else self._memory.planned()
        for planned in remembered:
            if planned not in self._hashes and self._keyring is not None:
                self._hashes[planned] = self._hash(planned, self._keyring)
        snapshot, filed = self._read(head, remembered, balances, appeals, confirmations)
        for planned in filed:
            if self._memory is not None:
                self._memory.file(planned)
        if holdings and "RoyaltyPool" in self._client.deployment.contracts:
            found = read_holdings(self._client, self._account, self._tasks.closed)
            snapshot = replace(snapshot, holdings=tuple(found))
        return snapshot

    # ------------------------------------------------------------ what the events tell

    def _find(self, head: int) -> None:
        history, account = self._client.events.history, self._account
        if self._scanned is None:
            found = [
                *history(events.Opened, requester=account),
                *history(events.Taken, annotator=account),
                *history(events.Challenged, challenger=account),
                *history(events.AvailabilityChallenged, challenger=account),
                *history(events.Defended, defender=account),
            ]
            for kind, fields in self._gold.first_events():
                found += history(kind, **fields)
            if self._has_court:
                found += history(events.Appealed, payer=account)
                seated = [*history(events.Joined, holder=account)]
                found += [*seated, *(history(events.Drawn) if seated else [])]
        else:
            # There is little in the last blocks, and one question costs less than many.
            kinds: list[type[events.Event]] = [
                events.Opened,
                events.Taken,
                events.Challenged,
                events.AvailabilityChallenged,
                events.Defended,
                *self._gold.later_events(),
            ]
            if self._has_court:
                kinds += [events.Joined, events.Appealed, events.Drawn]
            found = [*history(*kinds, first_block=max(self._scanned - DEPTH, self._client.deployment.block))]
        # Seats before the rounds for which they were drawn.
        for logged in sorted(found, key=lambda logged: isinstance(logged.event, events.Drawn)):
            self._take_note(logged.event)
        self._scanned = head

    def _take_note(self, event: events.Event) -> None:
        self._gold.take_note(event)
        self._tasks.take_note(event)
        account = self._account
        match event:
            case events.Taken(submission=submission, annotator=who) if who == account:
                self._submissions[submission] = None
            case (
                events.Challenged(challenge=challenge, challenger=who)
                | events.AvailabilityChallenged(challenge=challenge, challenger=who)
                | events.Defended(challenge=challenge, defender=who)
            ) if who == account:
                self._submissions[split_challenge(challenge)[0]] = None
            case events.Joined(first_seat=first, holder=who, seats=seats) if who == account:
                self._seats.update(range(first, first + seats))
            case events.Appealed(dispute=dispute, payer=who, round=round, fee=fee) if who == account:
                self._disputes[dispute] = None
                self._appeals[dispute, round] = fee
            case events.Drawn(dispute=dispute, round=round, seats=drawn) if not self._seats.isdisjoint(drawn):
                self._disputes[dispute] = None
                self._drawn.add((dispute, round))

    # ------------------------------------------------------------ what the contracts tell

    def _read(
        self, head: int, remembered: list[PlannedChallenge], balances: bool, appeals: bool, confirmations: int
    ) -> tuple[Snapshot, list[PlannedChallenge]]:
        time = self._client.chain.time()
        confirmed = self._client.chain.block(max(head - confirmations + 1, 0)) if confirmations else None
        works = self._read_works(head, confirmed)
        batches = self._gold.read(works, head=head, time=time, confirmed=confirmed)
        trials = self._read_trials(head, works)
        if appeals:
            trials = self._weigh(trials, works)
        intents, filed = self._read_intents(remembered)
        if self._terms is None and self._has_court:
            self._terms = self._client.court.parameters()
        waits = any(trial.dispute.phase == Phase.WAITING for trial in trials)
        tasks = self._tasks.read(head, time)
        free = self._read_balances([*works, *batches, *tasks]) if balances else []
        snapshot = Snapshot(
            account=self._account,
            time=time,
            works=tuple(works),
            trials=tuple(trials),
            intents=tuple(intents),
            balances=tuple(free),
            batches=tuple(batches),
            funds=tuple(self._gold.read_funds(batches)),
            tasks=tuple(tasks),
            beacon=self._client.court.armed_beacon() if waits else None,
            reveal_period=self._terms.reveal_period if self._terms else 0,
            appeal_period=self._terms.appeal_period if self._terms else 0,
            confirmed=None if confirmed is None else confirmed.timestamp,
        )
        return snapshot, filed

    def _read_works(self, head: int, confirmed: Block | None) -> list[Work]:
        ids = list(self._submissions)
        found = self._get_submissions(ids)
        challenges = self._get_challenges({id: range(found[id].settled, found[id].filed) for id in ids})
        over = [id for id in ids if not self._concerns(found[id], challenges[id])]
        forget(self._submissions, over, head)
        open_ = [id for id in ids if id not in over]
        terms = self._get_tasks(open_)
        # Where labels are tested, what the reader of tests says of a batch counts instead.
        batches = {
            id: (split_submission(id)[0], split_submission(id)[1] % terms[id].parameters.batches)
            for id in open_
            if found[id].state == SubmissionState.COMMITTED and not self._gold.tests(terms[id])
        }
        siblings = self._siblings.read({batches[id]: terms[id] for id in batches}, confirmed)
        unanswered = self._get_unanswered({id: (found[id], challenges[id]) for id in open_})
        return [
            Work(
                id,
                found[id],
                terms[id],
                tuple(challenges[id]),
                siblings_committed=id in batches and siblings[batches[id]].committed,
                unanswered=unanswered[id],
            )
            for id in open_
        ]

    def _concerns(self, found: Submission, challenges: Collection[Challenge]) -> bool:
        if found.annotator == self._account and found.state in _LIVE:
            return True
        return any(self._account in (challenge.challenger, challenge.defender) for challenge in challenges)

    def _read_trials(self, head: int, works: Iterable[Work]) -> list[Trial]:
        awaited = self._awaited(works)
        ids = list(awaited | self._disputes.keys())
        disputes = self._client.court.dispute.many(ids)
        found = dict(zip(ids, disputes, strict=True))
        voting = [id for id in ids if found[id].phase in (Phase.COMMIT, Phase.REVEAL)]
        voted = self._client.court.commitment.many((id, found[id].round, self._account) for id in voting)
        sealed = {id for id, commitment in zip(voting, voted, strict=True) if any(commitment)}
        trials = [
            Trial(
                id,
                found[id],
                awaited=id in awaited,
                drawn=(id, found[id].round) in self._drawn,
                sealed=id in sealed,
                pays=id in self._disputes,
                appealed=self._appealed(id, found[id]),
            )
            for id in ids
        ]
        over = [trial.id for trial in trials if trial.pays and _is_over(trial.dispute)]
        forget(self._disputes, over, head)
        return [trial for trial in trials if trial.awaited or trial.id not in over]

    def _appealed(self, id: int, found: Dispute) -> int:
        """What the account has paid for appeals in a dispute whose rounds are not settled."""
        if _is_over(found):
            return 0
        return sum(fee for (dispute, _), fee in self._appeals.items() if dispute == id)

    def _awaited(self, works: Iterable[Work]) -> set[int]:
        """The court's disputes on which open challenges, and gold, hang that the account has a part in."""
        if not self._has_court:
            return set()
        awaited = self._gold.awaited(self._client.deployment.address("Court"))
        defended = [
            (challenge_id(work.id, number), challenge)
            for work in works
            for number, challenge in enumerate(work.challenges, work.submission.settled)
            if challenge.state == ChallengeState.DEFENDED
        ]
        unknown = [
            (id, challenge.defended_at)
            for id, challenge in defended
            if (id, challenge.defended_at) not in self._defences
        ]
        defences = self._client.challenges.defence.many(id for id, _ in unknown)
        self._defences.update(zip(unknown, defences, strict=True))
        ours = (self._in_court(id, challenge) for id, challenge in defended)
        return awaited | {defence.dispute for defence in ours if defence is not None}

    def _in_court(self, id: int, challenge: Challenge) -> events.Defended | None:
        """The defence of a challenge, if it is the deployment's court that decides it."""
        found = self._defences.get((id, challenge.defended_at))
        is_ours = found is not None and found.arbitrator == self._client.deployment.address("Court")
        return found if is_ours else None

    def _weigh(self, trials: list[Trial], works: Iterable[Work]) -> list[Trial]:
        """The trials, with the stakes of those in which a challenge of the account's is about to lose."""
        challenged = {
            defence.dispute: (work, challenge)
            for work in works
            for number, challenge in enumerate(work.challenges, work.submission.settled)
            if challenge.state == ChallengeState.DEFENDED and challenge.challenger == self._account
            if (defence := self._in_court(challenge_id(work.id, number), challenge)) is not None
        }
        lost = [
            trial
            for trial in trials
            if trial.id in challenged
            and trial.dispute.phase == Phase.APPEAL
            and trial.dispute.ruling in (UNDECIDED, NOT_EACH_IS_WRONG)
        ]
        chances = self._chances() if lost else {}
        costs = self._client.court.appeal_cost.many(trial.id for trial in lost)
        asked = [(trial.id, number) for trial in lost for number in range(trial.dispute.round + 1)]
        rounds = dict(zip(asked, self._client.court.round.many(asked), strict=True))
        stakes = {
            trial.id: _stakes(
                *challenged[trial.id],
                cost=cost,
                rounds=[rounds[trial.id, number] for number in range(trial.dispute.round + 1)],
                chances=chances,
            )
            for trial, cost in zip(lost, costs, strict=True)
        }
        return [replace(trial, stakes=stakes.get(trial.id)) for trial in trials]

    def _chances(self) -> dict[tuple[int, bytes], float | None]:
        """How sure the account was of what it has challenged, by submission and hash of the items."""
        filed = [] if self._memory is None else self._memory.filed()
        return {(planned.submission, commitments.hash_indices(planned.items)): planned.chance for planned in filed}

    def _read_intents(self, remembered: list[PlannedChallenge]) -> tuple[list[Intent], list[PlannedChallenge]]:
        """The challenges to file, and those that were filed meanwhile."""
        found = self._get_submissions({planned.submission for planned in remembered})
        times = self._client.challenges.committed_at.many(self._hashes[planned] for planned in remembered)
        intents = [
            Intent(planned, found[planned.submission], at) for planned, at in zip(remembered, times, strict=True)
        ]
        # A commitment is used up when the challenge is filed; without one, it may never have been stored.
        uncommitted = {intent.planned.submission for intent in intents if not intent.committed_at}
        challenges = self._get_challenges({id: range(found[id].filed) for id in uncommitted})
        filed = [
            intent.planned
            for intent in intents
            if not intent.committed_at
            and self._count_filed(intent.planned, challenges[intent.planned.submission]) > intent.planned.attempt
        ]
        return [intent for intent in intents if intent.planned not in filed], filed

    def _count_filed(self, planned: PlannedChallenge, challenges: Iterable[Challenge]) -> int:
        digest = commitments.hash_indices(planned.items)
        return sum(
            challenge.challenger == self._account
            and challenge.kind == ChallengeKind.CORRECTNESS
            and challenge.indices_hash == digest
            for challenge in challenges
        )

    def _read_balances(self, parts: Iterable[Work | Batch | Requested]) -> list[Balance]:
        tokens = sorted({self._client.deployment.address("Token"), *(part.task.token for part in parts)})
        asked: list[tuple[str, Any, str]] = [("TaskEscrow", self._client.ledger, token) for token in tokens]
        if self._gold.is_deployed:
            asked += [("GoldTest", self._client.tests.ledger, token) for token in tokens]
        if self._terms is not None:
            asked.append(("Court", self._client.court.ledger, self._terms.token))
        if "RoyaltyPool" in self._client.deployment.contracts:
            asked += [("RoyaltyPool", self._client.royalties.ledger, token) for token in tokens]
        free = self._client.read(*(ledger.free.ask(token=token) for _, ledger, token in asked))
        return [Balance(name, token, units) for (name, _, token), units in zip(asked, free, strict=True)]

    def _get_submissions(self, ids: Iterable[int]) -> dict[int, Submission]:
        ids = list(ids)
        found = self._client.submissions.get.many(ids)
        return dict(zip(ids, found, strict=True))

    def _get_challenges(self, numbers: dict[int, range]) -> dict[int, list[Challenge]]:
        """The challenges with these numbers, by submission."""
        asked = [(id, number) for id, range_ in numbers.items() for number in range_]
        found = self._client.challenges.get.many(challenge_id(id, number) for id, number in asked)
        challenges: dict[int, list[Challenge]] = {id: [] for id in numbers}
        for (id, _), challenge in zip(asked, found, strict=True):
            challenges[id].append(challenge)
        return challenges

    def _get_unanswered(
        self, works: Mapping[int, tuple[Submission, list[Challenge]]]
    ) -> dict[int, dict[int, tuple[int, ...]]]:
        """What is left to show of the open availability challenges of each submission, by challenge."""
        asked = [
            (id, challenge_id(id, number))
            for id, (found, challenges) in works.items()
            if found.state == SubmissionState.PUBLISHED
            for number, challenge in enumerate(challenges, found.settled)
            if challenge.kind == ChallengeKind.AVAILABILITY
        ]
        left = self._client.challenges.unanswered.many(challenge for _, challenge in asked)
        unanswered: dict[int, dict[int, tuple[int, ...]]] = {id: {} for id in works}
        for (id, challenge), items in zip(asked, left, strict=True):
            unanswered[id][challenge] = items
        return unanswered

    def _get_tasks(self, ids: Iterable[int]) -> dict[int, Task]:
        """The task of each submission."""
        owners = {id: split_submission(id)[0] for id in ids}
        distinct = list(dict.fromkeys(owners.values()))
        found = self._client.tasks.get.many(distinct)
        terms = dict(zip(distinct, found, strict=True))
        return {id: terms[task] for id, task in owners.items()}

    def _hash(self, planned: PlannedChallenge, keyring: Keyring) -> bytes:
        return commitments.challenge_commitment(
            self._client.deployment.chain_id,
            self._client.deployment.address("TaskEscrow"),
            planned.submission,
            self._account,
            planned.items,
            keyring.challenge_salt(planned.submission, planned.items, planned.attempt),
        )


def _is_over(found: Dispute) -> bool:
    return found.phase in (Phase.NONE, Phase.NOT_HEARD) or (
        found.phase == Phase.FINAL and found.settled_count > found.round
    )


def _stakes(
    work: Work,
    challenge: Challenge,
    *,
    cost: int,
    rounds: Sequence[Round],
    chances: Mapping[tuple[int, bytes], float | None],
) -> Stakes:
    found, terms, slot = work.submission, work.task.parameters, split_submission(work.id)[1]
    left = terms.tolerated(slot) + 1 - found.errors if found.state == SubmissionState.PUBLISHED else 0
    rejects = 0 < left <= challenge.labels
    return Stakes(
        bond=challenge.bond,
        fee=challenge.fee,
        prize=min(challenge.labels, left) * terms.prize
        + (terms.crossing_bonus(slot, challenge.bond) if rejects else 0),
        chance=chances.get((work.id, challenge.indices_hash)),
        cost=cost,
        # Each panel has one seat more than twice as many.
        seats=2 * len(rounds[-1].seats) + 1,
        votes=tuple(vote for round in rounds for vote in round.votes),
    )
