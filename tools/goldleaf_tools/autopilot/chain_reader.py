"""Reads off the chain what an account has a part in, by its address alone, so that a lost disk hides nothing of it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from goldleaf import Goldleaf, errors, events, seals
from goldleaf.ids import fight_id, split_fight, split_submission, submission_id
from goldleaf.types import (
    Block,
    CourtParameters,
    Dispute,
    Fight,
    FightState,
    Phase,
    Round,
    Submission,
    SubmissionState,
    Task,
)

from ..keys import Keyring
from ..memory import Memory, Seal
from .appeals import NOT_EACH_IS_WRONG, UNDECIDED, Stakes
from .plan import DEPTH, Balance, Intent, Snapshot, Trial, Work

_LIVE = (SubmissionState.TAKEN, SubmissionState.COMMITTED, SubmissionState.PUBLISHED)


class ChainReader:
    """Keeps an eye on everything that the client's account has a part in.

    Without a `keyring` it does not see how far the challenges are that the memory holds: their seals hang on salts.
    """

    def __init__(self, client: Goldleaf, keyring: Keyring | None, memory: Memory) -> None:
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
        self._hashes: dict[Seal, bytes] = {}
        self._terms: CourtParameters | None = None
        # Submissions whose commitment was confirmed, and the last block up to which that of others was looked for.
        self._committed: set[int] = set()
        self._looked_for: dict[int, int] = {}

    def look(self, *, balances: bool = False, appeals: bool = False, confirmations: int = 0) -> Snapshot:
        """Everything as it is now, with free balances or without, and with what hangs on rulings that can be appealed.

        Siblings count as committed when so many blocks, the first one included, confirm it. Raises `NodeError`.
        """
        head = self._client.chain.block().number
        self._find(head)
        remembered = self._memory.seals() if self._keyring is not None else []
        for seal in remembered:
            if seal not in self._hashes and self._keyring is not None:
                self._hashes[seal] = self._hash(seal, self._keyring)
        snapshot, filed = self._read(head, remembered, balances, appeals, confirmations)
        for seal in filed:
            self._memory.file(seal)
        return snapshot

    # ------------------------------------------------------------ what the events tell

    def _find(self, head: int) -> None:
        history, account = self._client.events.history, self._account
        if self._scanned is None:
            found = [
                *history(events.Taken, annotator=account),
                *history(events.Challenged, challenger=account),
                *history(events.Demanded, demander=account),
                *history(events.Defended, defender=account),
            ]
            if self._has_court:
                found += history(events.Appealed, payer=account)
                seated = [*history(events.Joined, holder=account)]
                found += [*seated, *(history(events.Drawn) if seated else [])]
        else:
            # There is little in the last blocks, and one question costs less than seven.
            kinds: list[type[events.Event]] = [events.Taken, events.Challenged, events.Demanded, events.Defended]
            if self._has_court:
                kinds += [events.Joined, events.Appealed, events.Drawn]
            found = [*history(*kinds, first_block=max(self._scanned - DEPTH, self._client.deployment.block))]
        # Seats before the rounds for which they were drawn.
        for logged in sorted(found, key=lambda logged: isinstance(logged.event, events.Drawn)):
            self._take_note(logged.event)
        self._scanned = head

    def _take_note(self, event: events.Event) -> None:
        account = self._account
        match event:
            case events.Taken(submission=submission, annotator=party) if party == account:
                self._submissions[submission] = None
            case (
                events.Challenged(fight=fight, challenger=party)
                | events.Demanded(fight=fight, demander=party)
                | events.Defended(fight=fight, defender=party)
            ) if party == account:
                self._submissions[split_fight(fight)[0]] = None
            case events.Joined(first_seat=first, holder=party, seats=seats) if party == account:
                self._seats.update(range(first, first + seats))
            case events.Appealed(dispute=dispute, payer=party, round=round, fee=fee) if party == account:
                self._disputes[dispute] = None
                self._appeals[dispute, round] = fee
            case events.Drawn(dispute=dispute, round=round, seats=drawn) if not self._seats.isdisjoint(drawn):
                self._disputes[dispute] = None
                self._drawn.add((dispute, round))

    # ------------------------------------------------------------ what the contracts tell

    def _read(
        self, head: int, remembered: list[Seal], balances: bool, appeals: bool, confirmations: int
    ) -> tuple[Snapshot, list[Seal]]:
        time = self._client.chain.time()
        confirmed = self._client.chain.block(max(head - confirmations + 1, 0)) if confirmations else None
        works = self._read_works(head, confirmed)
        trials = self._read_trials(head, works)
        if appeals:
            trials = self._weigh(trials, works)
        intents, filed = self._read_intents(remembered)
        if self._terms is None and self._has_court:
            self._terms = self._client.court.parameters()
        free = (self._read_balances(works)) if balances else []
        snapshot = Snapshot(
            account=self._account,
            time=time,
            works=tuple(works),
            trials=tuple(trials),
            intents=tuple(intents),
            balances=tuple(free),
            reveal_period=self._terms.reveal_period if self._terms else 0,
            appeal_period=self._terms.appeal_period if self._terms else 0,
            confirmed=None if confirmed is None else confirmed.timestamp,
        )
        return snapshot, filed

    def _read_works(self, head: int, confirmed: Block | None) -> list[Work]:
        ids = list(self._submissions)
        found = self._get_submissions(ids)
        fights = self._get_fights({id: range(found[id].settled, found[id].filed) for id in ids})
        over = [id for id in ids if not self._concerns(found[id], fights[id])]
        _forget(self._submissions, over, head)
        open_ = [id for id in ids if id not in over]
        terms = self._get_tasks(open_)
        siblings = self._get_siblings({id: terms[id] for id in open_ if _is_committed(found[id])}, confirmed)
        return [
            Work(id, found[id], terms[id], tuple(fights[id]), siblings_committed=siblings.get(id, False))
            for id in open_
        ]

    def _concerns(self, found: Submission, fights: Collection[Fight]) -> bool:
        if found.annotator == self._account and found.state in _LIVE:
            return True
        return any(self._account in (fight.party, fight.defender) for fight in fights)

    def _read_trials(self, head: int, works: Iterable[Work]) -> list[Trial]:
        awaited = self._awaited(works)
        ids = list(awaited | self._disputes.keys())
        disputes = self._client.court.dispute.many(ids)
        found = dict(zip(ids, disputes, strict=True))
        voting = [id for id in ids if found[id].phase in (Phase.COMMIT, Phase.REVEAL)]
        commitments = self._client.court.commitment.many((id, found[id].round, self._account) for id in voting)
        sealed = {id for id, commitment in zip(voting, commitments, strict=True) if any(commitment)}
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
        _forget(self._disputes, over, head)
        return [trial for trial in trials if trial.awaited or trial.id not in over]

    def _appealed(self, id: int, found: Dispute) -> int:
        """What the account has paid for appeals in a dispute whose rounds are not settled."""
        if _is_over(found):
            return 0
        return sum(fee for (dispute, _), fee in self._appeals.items() if dispute == id)

    def _awaited(self, works: Iterable[Work]) -> set[int]:
        """The court's disputes on which open fights hang that the account has a part in."""
        if not self._has_court:
            return set()
        defended = [
            (fight_id(work.id, number), fight)
            for work in works
            for number, fight in enumerate(work.fights, work.submission.settled)
            if fight.state == FightState.DEFENDED
        ]
        unknown = [(id, fight.clock) for id, fight in defended if (id, fight.clock) not in self._defences]
        defences = self._client.challenges.defence.many(id for id, _ in unknown)
        self._defences.update(zip(unknown, defences, strict=True))
        return {defence.dispute for id, fight in defended if (defence := self._in_court(id, fight)) is not None}

    def _in_court(self, id: int, fight: Fight) -> events.Defended | None:
        """The defence of a fight, if it is the deployment's court that decides it."""
        found = self._defences.get((id, fight.clock))
        is_ours = found is not None and found.arbitrator == self._client.deployment.address("Court")
        return found if is_ours else None

    def _weigh(self, trials: list[Trial], works: Iterable[Work]) -> list[Trial]:
        """The trials, with the stakes of those in which a challenge of the account's is about to lose."""
        challenged = {
            defence.dispute: (work, fight)
            for work in works
            for number, fight in enumerate(work.fights, work.submission.settled)
            if fight.state == FightState.DEFENDED and fight.party == self._account
            if (defence := self._in_court(fight_id(work.id, number), fight)) is not None
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
        return {(seal.submission, seals.hash_indices(seal.items)): seal.chance for seal in self._memory.filed()}

    def _read_intents(self, remembered: list[Seal]) -> tuple[list[Intent], list[Seal]]:
        """The challenges to file, and those that were filed meanwhile."""
        found = self._get_submissions({seal.submission for seal in remembered})
        times = self._client.challenges.sealed_at.many(self._hashes[seal] for seal in remembered)
        intents = [Intent(seal, found[seal.submission], at) for seal, at in zip(remembered, times, strict=True)]
        # A seal is used up when it is filed; without one, it may never have been stored.
        unsealed = {intent.seal.submission for intent in intents if not intent.sealed_at}
        fights = self._get_fights({id: range(found[id].filed) for id in unsealed})
        filed = [
            intent.seal
            for intent in intents
            if not intent.sealed_at
            and self._count_filed(intent.seal, fights[intent.seal.submission]) > intent.seal.attempt
        ]
        return [intent for intent in intents if intent.seal not in filed], filed

    def _count_filed(self, seal: Seal, fights: Iterable[Fight]) -> int:
        digest = seals.hash_indices(seal.items)
        return sum(fight.party == self._account and fight.indices_hash == digest for fight in fights)

    def _read_balances(self, works: Iterable[Work]) -> list[Balance]:
        tokens = {self._client.deployment.address("Token"), *(work.task.token for work in works)}
        asked = [("TaskEscrow", self._client.ledger, token) for token in sorted(tokens)]
        if self._terms is not None:
            asked.append(("Court", self._client.court.ledger, self._terms.token))
        free = self._client.read(*(ledger.free.ask(token=token) for _, ledger, token in asked))
        return [Balance(name, token, units) for (name, _, token), units in zip(asked, free, strict=True)]

    def _get_submissions(self, ids: Iterable[int]) -> dict[int, Submission]:
        ids = list(ids)
        found = self._client.submissions.get.many(ids)
        return dict(zip(ids, found, strict=True))

    def _get_fights(self, numbers: dict[int, range]) -> dict[int, list[Fight]]:
        """The fights with these numbers, by submission."""
        asked = [(id, number) for id, range_ in numbers.items() for number in range_]
        found = self._client.challenges.get.many(fight_id(id, number) for id, number in asked)
        fights: dict[int, list[Fight]] = {id: [] for id in numbers}
        for (id, _), fight in zip(asked, found, strict=True):
            fights[id].append(fight)
        return fights

    def _get_tasks(self, ids: Iterable[int]) -> dict[int, Task]:
        """The task of each submission."""
        owners = {id: split_submission(id)[0] for id in ids}
        distinct = list(dict.fromkeys(owners.values()))
        found = self._client.tasks.get.many(distinct)
        terms = dict(zip(distinct, found, strict=True))
        return {id: terms[task] for id, task in owners.items()}

    def _get_siblings(self, terms: dict[int, Task], confirmed: Block | None) -> dict[int, bool]:
        """Whether all siblings of each submission are committed; with a block, whether they were by then."""
        siblings = {
            id: [submission_id(task_id, slot) for slot in task.parameters.siblings(slot % task.parameters.batches)]
            for id, task in terms.items()
            for task_id, slot in [split_submission(id)]
        }
        found = self._get_submissions({sibling for group in siblings.values() for sibling in group})
        # Commitment and root stand in the same word.
        committed = {id: group for id, group in siblings.items() if all(any(found[sibling].root) for sibling in group)}
        stands = None
        if confirmed is not None:
            stands = self._find_commitments({one for group in committed.values() for one in group}, confirmed.number)
        return {id: id in committed and (stands is None or stands.issuperset(siblings[id])) for id in siblings}

    def _find_commitments(self, ids: Collection[int], block: int) -> set[int]:
        """Those of the submissions that were committed in this block or before.

        Only the events tell that: what a node says of now may hold what no block does yet.
        """
        unknown = [id for id in ids if id not in self._committed]
        if unknown:
            first = min(self._looked_for.get(id, 0) for id in unknown) - DEPTH
            first = max(first, self._client.deployment.block)
            if first <= block:
                logged = self._client.events.history(
                    events.Committed, first_block=first, last_block=block, submission=unknown
                )
                self._committed.update(
                    each.event.submission for each in logged if isinstance(each.event, events.Committed)
                )
            self._looked_for.update(dict.fromkeys(unknown, block))
        return self._committed.intersection(ids)

    def _hash(self, seal: Seal, keyring: Keyring) -> bytes:
        return seals.challenge_seal(
            self._client.deployment.chain_id,
            self._client.deployment.address("TaskEscrow"),
            seal.submission,
            self._account,
            seal.items,
            keyring.challenge_salt(seal.submission, seal.items, seal.attempt),
        )


def _is_committed(found: Submission) -> bool:
    return found.state == SubmissionState.COMMITTED


def _is_over(found: Dispute) -> bool:
    return found.phase in (Phase.NONE, Phase.NOT_HEARD) or (found.phase == Phase.FINAL and found.settled > found.round)


def _forget(watched: dict[int, int | None], over: Iterable[int], head: int) -> None:
    """Marks what is over, and forgets what has been for so long that no reorganization brings it back."""
    for id in over:
        since = watched[id]
        if since is None:
            watched[id] = head
        elif head - since > DEPTH:
            del watched[id]


def _stakes(
    work: Work, fight: Fight, *, cost: int, rounds: Sequence[Round], chances: Mapping[tuple[int, bytes], float | None]
) -> Stakes:
    found, terms, slot = work.submission, work.task.parameters, split_submission(work.id)[1]
    left = terms.tolerated(slot) + 1 - found.errors if found.state == SubmissionState.PUBLISHED else 0
    rejects = 0 < left <= fight.labels
    return Stakes(
        bond=fight.bond,
        fee=fight.fee,
        prize=min(fight.labels, left) * terms.prize + (terms.crossing_bonus(slot, fight.bond) if rejects else 0),
        chance=chances.get((work.id, fight.indices_hash)),
        cost=cost,
        # Each panel has one seat more than twice as many.
        seats=2 * len(rounds[-1].seats) + 1,
        votes=tuple(vote for round in rounds for vote in round.votes),
    )
