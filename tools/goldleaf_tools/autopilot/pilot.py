"""Acts on the plan: one pass, or on and on until there is nothing left to do."""

import logging
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any, Protocol, runtime_checkable

from goldleaf import Goldleaf, errors
from goldleaf.amounts import Units, Words, at_most
from goldleaf.ids import name_submission, split_challenge, split_submission
from goldleaf.labels import LabelSet
from goldleaf.signing.commitments import Salt
from goldleaf.testing import Plan
from goldleaf.types import GoldResult, SubmissionState, TestPhase

from ..beacons import Relays
from ..errors import LabelsChanged
from ..keys import Keyring
from ..memory import EvidenceStore, Labels, Memory
from ..times import show_time
from .chain_reader import ChainReader
from .duties import Duty, Step, next_moment
from .gold_plan import is_disputable
from .plan import CAUTIOUS, Policy, follow, plan
from .snapshot import Batch, Snapshot
from .together import STEPS, Bundle, Together, call_of

LOG = logging.getLogger("goldleaf_tools.autopilot")

# So long before the end of something that is not done, it is said loudly, each time once, seconds.
ALARMS = (86_400, 6 * 3600, 3600, 600)
# No alarm has gone off yet, seconds.
LONG = 2**63
# The first pause while the node cannot be reached, and before what failed is tried again; the longest of the latter,
# seconds.
FIRST_PAUSE = 1.0
LONGEST_RETRY = 1800.0
# How something fails: now, or when its time has come.
FAILED, WILL_FAIL = "failed", "will fail"
# So long before it is too late, and at the most for half of the time that there is, labels are published although they
# could not be put into the store, seconds: without that all of the stake is lost, and the store may be back later.
LAST_CALL = 3600
# The longest sleep without asking whether to stop, seconds.
NAP = 0.5
# `claim_many` takes so many.
MOST_CLAIMS = 32

# Of what anybody may do: not yet possible, or somebody else was faster.
_HARMLESS = (
    errors.NobodyWaits,
    errors.TooFewSeats,
    errors.SeedNotKnown,
    errors.NotWaiting,
    errors.AlreadyExecuted,
    errors.NotItsTurn,
    errors.AllRoundsSettled,
    errors.LabelWasShown,
    errors.TestIsPending,
    errors.BatchNotSealed,
    errors.BatchAlreadyNoted,
    errors.GoldNotItsTurn,
    errors.DepositAlreadyReleased,
)
# The same of single steps; what others do it would hide.
_HARMLESS_OF = {
    Step.EXPIRE: (errors.NotTaken, errors.MayBePublished),
    Step.CLOSE: (errors.AlreadyClosed, errors.SubmissionsLive),
}


class LabelSource(Protocol):
    """Where label sets are read, such as a `goldleaf.stores.Reader`."""

    def labels(self, uri: str, root: bytes, items: range) -> LabelSet:
        """The label set at a URI. Raises `ContentMismatch` if it does not rebuild the root."""


@runtime_checkable
class HiddenLabels(LabelSource, Protocol):
    """A source that keeps label sets to itself until they are published."""

    def put_up(self, labels: LabelSet, uri: str) -> None:
        """Has a label set lie where it was said to. Raises `ContentMismatch`, `StoreError`."""


@dataclass(frozen=True, slots=True)
class Done:
    """A duty that was done, and the hash of its transaction."""

    duty: Duty
    transaction: str


@dataclass(frozen=True, slots=True)
class Failed:
    """A duty that could not be done, or could not if its time had come."""

    duty: Duty
    error: Exception


@dataclass(frozen=True, slots=True)
class Report:
    """What came of one pass."""

    # Unix time of the chain at its end.
    time: int
    done: tuple[Done, ...]
    failed: tuple[Failed, ...]
    # What is left to do, by the autopilot or by the owner: what ends first comes first. What was too late is among it
    # in the pass that clears it away, too.
    left: tuple[Duty, ...]

    @property
    def next_moment(self) -> int | None:
        """The next time at which something can be done or is too late; None if there is none."""
        return next_moment(self.left, self.time)

    @property
    def is_finished(self) -> bool:
        """Whether nothing is left that still can be done."""
        return all(duty.is_missed(self.time) for duty in self.left)


class Autopilot:
    """Keeps the account of a client safe, whichever of annotator, challenger, juror and requester it is.

    It publishes what is committed as soon as that is allowed and confirmed, so that no replaced block shows labels to
    somebody who can still commit (`Policy.confirmations`); files challenges that were planned, reveals votes, shows
    labels that were challenged as unavailable, settles what has its money in it, expires what holds up its stake or the
    close of its task, closes that, and claims. What only its owner can decide (to deliver, to vote, to concede, to
    dispute gold) it announces. Everything but a lost label set or the items of a planned challenge it finds on the
    chain, so it may be stopped, or killed, and started again at any time, elsewhere too. It logs to the logger
    `goldleaf_tools.autopilot`.

    Where sealed labels are tested, it publishes those that have passed as soon as the outcome stands and is confirmed;
    those that have failed it never shows to anybody. For a requester it opens the gold of graded batches, and waives
    the others, as soon as they are sealed for good: `plans` gives the plan of a task (`{task: plan}.get`), or None
    where its owner does that.

    Where the account has code that does several calls as one transaction (EIP-7702, ERC-7821), duties that can be done
    by anybody at any time, and what they make possible, go as one: to execute a ruling, to settle, to claim. Whatever
    keeps them from going as one, each is then done alone.

    `client` signs for the account whose salts `keyring` derives. `memory` knows where label sets lie and what is to be
    challenged, `reader` reads the label sets; without one, nothing can be published or answered. Into `evidence`
    it puts what jurors shall read, once the challenge is filed. `relays` give the beacons by which a court draws its
    jurors, where it draws by those of a drand chain: the autopilot shows them when money of its owner waits for a jury,
    and none is sent that the contract would not take. `policy` says what the owner leaves to it besides.
    """

    def __init__(
        self,
        client: Goldleaf,
        keyring: Keyring,
        memory: Memory,
        *,
        reader: LabelSource | None = None,
        evidence: EvidenceStore | None = None,
        relays: Relays | None = None,
        policy: Policy = CAUTIOUS,
        plans: Callable[[int], Plan | None] = lambda task: None,
    ) -> None:
        if keyring.account != client.account:
            raise errors.ArgumentError("account of the keyring", value=keyring.account, bound=client.account)
        self._client = client
        self._keyring = keyring
        self._memory = memory
        self._reader = reader
        self._evidence = evidence
        self._relays = Relays([]) if relays is None else relays
        self._policy = policy
        self._chain = ChainReader(client, keyring, memory, plans)
        self._together = Together(client)
        # Of what failed, or will: how often, and when to try again (of the monotonic clock).
        self._failures: dict[tuple[str, Duty], tuple[int, float]] = {}
        # What would go well when its time comes.
        self._rehearsed: set[Duty] = set()
        # What it has paid for appeals, base units.
        self._appeals_paid = 0
        # Of duties whose transactions were not mined in time: their hashes.
        self._sent: dict[Duty, str] = {}
        # Of these, in this pass: those for which it was waited in vain.
        self._waited: dict[str, errors.TransactionError] = {}
        # The smallest of `ALARMS` at which a duty was announced.
        self._alarms: dict[tuple[Step, int], int] = {}
        # How labels do in their tests, by submission, gold, and what of it was dropped.
        self._results: dict[tuple[int, bytes, int], GoldResult] = {}
        # Of these, what was said, and where the test stood then.
        self._told: set[tuple[int, bytes, int, TestPhase]] = set()

    def step(self) -> Report:
        """Does all that can be done now, and returns what is left. What fails does not stop the rest.

        Of what was committed it also sees whether it can be opened later, while there is time to put that right.

        Raises `NodeError` when the node cannot be reached.
        """
        done: list[Done] = []
        failed: list[Failed] = []
        tried: set[Duty] = set()
        missed: dict[Duty, Duty] = {}
        self._waited.clear()
        while True:
            snapshot = self._chain.look(
                balances=self._policy.withdraw_from is not None,
                appeals=self._policy.appeal_up_to is not None,
                confirmations=self._policy.confirmations,
            )
            snapshot = self._compare(snapshot, failed)
            duties = plan(snapshot, self._remaining())
            for duty in duties:
                if duty.is_missed(snapshot.time):  # before it is cleared away
                    missed[_same(duty)] = duty
                    self._announce(duty, snapshot.time)
            due = [duty for duty in duties if self._is_to_be_tried(duty, snapshot.time) and _same(duty) not in tried]
            if not due:
                break
            together: list[Done] | None = None
            for duty in due:
                if duty.step in STEPS and together is None:  # what has an end, and may not wait, came before
                    together = self._attempt_claims(due) or self._attempt_together(due, snapshot, tried)
                    done += together
                    tried |= {_same(each.duty) for each in together}
                    if together:  # what is left is to be seen anew
                        break
                tried.add(_same(duty))
                outcome = self._attempt(duty, snapshot)
                if isinstance(outcome, Done):
                    done.append(outcome)
                    if duty.step == Step.APPEAL:  # what is left for the next one has to be weighed anew
                        break
                elif not _is_harmless(outcome):
                    failed.append(outcome)
        duties += self._show_evidence(snapshot.time, failed)
        duties += self._show_labels(snapshot.time, failed)
        for duty in duties:
            foreseen = self._rehearse(duty, snapshot.time)
            if foreseen is not None:
                failed.append(foreseen)
            self._announce(duty, snapshot.time)
            if duty.planned is not None and duty.is_missed(snapshot.time):
                self._memory.forget(duty.planned)
        left = {_same(duty) for duty in duties}
        duties = [*(duty for same, duty in missed.items() if same not in left), *duties]
        return Report(snapshot.time, tuple(done), tuple(failed), tuple(duties))

    def run(
        self,
        *,
        poll: float | timedelta = timedelta(minutes=1),
        until_done: bool = False,
        stop: Callable[[], bool] = lambda: False,
        report: Callable[[Report], object] = lambda report: None,
    ) -> None:
        """Steps on and on: when the next thing can be done, and at the latest every `poll`, to see what others do.

        While the node cannot be reached it waits, at growing intervals of up to `poll`, and goes on. Ends when
        `stop()` says so, or with `until_done` when there is nothing left to do or to wait for. `report` is called
        after each pass.
        """
        pause, longest = FIRST_PAUSE, float(poll.total_seconds() if isinstance(poll, timedelta) else poll)
        while not stop():
            try:
                found = self.step()
            except errors.NodeError as error:
                LOG.warning("the node fails, trying again in %.0f s: %s", pause, error)
                _sleep(pause, stop)
                pause = min(2 * pause, max(longest, FIRST_PAUSE))
                continue
            pause = FIRST_PAUSE
            report(found)
            if until_done and found.is_finished:
                return
            moment = found.next_moment
            _sleep(longest if moment is None else min(longest, moment - found.time), stop)

    # ------------------------------------------------------------ one duty

    def _remaining(self) -> Policy:
        """The policy, with what the appeals so far have left of it."""
        one, all_ = self._policy.appeal_up_to, self._policy.appeals_up_to
        if one is None or all_ is None:
            return self._policy
        return replace(self._policy, appeal_up_to=min(one, all_ - self._appeals_paid))

    def _appeal(self, dispute: int) -> Any:
        cost = self._client.court.appeal_cost(dispute)
        self._appeals_paid += cost
        try:
            return self._client.court.appeal(dispute)
        except errors.NodeError:  # it may have been sent
            raise
        except Exception:
            self._appeals_paid -= cost
            raise

    def _is_to_be_tried(self, duty: Duty, now: int) -> bool:
        return not duty.step.by_owner and duty.is_due(now) and self._may_try(duty, FAILED)

    def _may_try(self, duty: Duty, how: str) -> bool:
        """Whether it has not failed so, or long enough ago."""
        return time.monotonic() >= self._failures.get((how, _same(duty)), (0, 0.0))[1]

    def _attempt_together(self, due: Sequence[Duty], snapshot: Snapshot, tried: Collection[Duty]) -> list[Done]:
        """Does as one what can be, of what is due and of what follows from it; nothing if each is to be done alone."""
        due = [duty for duty in due if duty.step in STEPS]
        wanted = {_same(duty): duty for duty in (*due, *follow(due, snapshot))}
        free = [duty for same, duty in wanted.items() if same not in tried and same not in self._sent]
        bundle = self._together.bundle(duty for duty in free if self._may_try(duty, FAILED))
        if bundle is None:
            return []
        return self._attempt_as_one(bundle.duties, due, partial(self._send_bundle, bundle))

    def _send_bundle(self, bundle: Bundle) -> list[Done]:
        return _done(bundle.duties, self._together.send(bundle))

    def _attempt_claims(self, due: Sequence[Duty]) -> list[Done]:
        """Claims as one what is due, by the call for it, which any account can make; nothing if it is not several."""
        claims = [duty for duty in due if duty.step == Step.CLAIM and _same(duty) not in self._sent][:MOST_CLAIMS]

        def claim() -> list[Done]:
            sent = self._client.submissions.claim_many([duty.subject for duty in claims])
            paid = {event.submission for event in sent.result}  # without what somebody else has claimed meanwhile
            return _done([duty for duty in claims if duty.subject in paid], sent.transaction)

        return self._attempt_as_one(claims, claims, claim) if len(claims) > 1 else []

    def _attempt_as_one(
        self, duties: Sequence[Duty], due: Sequence[Duty], send: Callable[[], list[Done]]
    ) -> list[Done]:
        """What `send` has done of these duties; nothing if it fails, since each may still be done alone.

        `due`: those that nothing has to be done for before.
        """
        try:
            done = send()
        except Exception as error:  # whatever a wallet or a node raises
            LOG.warning("%s duties could not be sent as one, so they are one at a time: %s", len(duties), error)
            if isinstance(error, errors.TransactionTimeout | errors.TransactionUntracked) and error.transaction:
                self._sent |= {_same(duty): error.transaction for duty in duties if duty in due}
                self._waited[error.transaction] = error
            return []
        for each in done:
            self._failures.pop((FAILED, _same(each.duty)), None)
        if done:
            words = "; ".join(str(each.duty) for each in done)
            LOG.info("%s duties done as one in %s: %s", len(done), done[0].transaction, words)
        return done

    def _attempt(self, duty: Duty, snapshot: Snapshot) -> Done | Failed:
        try:
            sent = self._send(duty)
        except errors.Unreachable:  # the rest would fail too
            raise
        except Exception as error:  # whatever a wallet or a reader raises, the rest goes on
            return self._failed(duty, error, snapshot.time, FAILED)
        self._failures.pop((FAILED, _same(duty)), None)
        LOG.info("%s: done in %s", duty, sent.transaction)
        return Done(duty, sent.transaction)

    def _send(self, duty: Duty) -> Any:
        """Does a duty; if it was sent before, and not known to be mined, waits for that instead of sending it again."""
        key = _same(duty)
        before = self._sent.get(key)
        try:
            sent = self._act(duty) if before is None else self._wait(before)
        except (errors.TransactionTimeout, errors.TransactionUntracked) as error:
            if before is not None and self._client.chain.transaction(before) is None:
                # Nobody has it any more: it is sent anew, under the same nonce, so that it can't be mined twice.
                self._sent.pop(key, None)
            elif error.transaction:
                self._sent[key] = error.transaction
            raise
        except errors.Unreachable:
            raise
        except Exception:
            self._sent.pop(key, None)
            raise
        self._sent.pop(key, None)
        return sent

    def _wait(self, transaction: str) -> Any:
        """What came of a transaction, waited for once in a pass: several duties may hang on it."""
        if transaction in self._waited:
            raise self._waited[transaction]
        try:
            return self._client.wait(transaction)
        except errors.TransactionTimeout as error:
            self._waited[transaction] = error
            raise

    def _compare(self, snapshot: Snapshot, failed: list[Failed]) -> Snapshot:
        """The snapshot, with how the account's labels do in the tests whose gold is opened."""
        results: dict[int, GoldResult] = {}
        for batch in snapshot.batches:
            if batch.own is None or batch.state.phase not in (TestPhase.OPENED, TestPhase.GRADED):
                continue
            key = (batch.own, batch.state.gold_hash, batch.state.dropped)
            if key not in self._results:
                duty = Duty(Step.COMPARE, batch.own, snapshot.time)
                if not self._may_try(duty, FAILED):
                    continue
                try:
                    committed, _ = self._opening(batch.own)
                    labels = self._read(committed.uri, committed.root, batch.own)
                    self._results[key] = self._client.tests.result(batch.own, labels)
                except errors.Unreachable:
                    raise
                except Exception as error:  # whatever a reader raises, the rest goes on
                    failed.append(self._failed(duty, error, snapshot.time, FAILED))
                    continue
            results[batch.own] = self._results[key]
            self._tell_result(batch, results[batch.own], snapshot)
        return replace(snapshot, results=results)

    def _show_labels(self, now: int, failed: list[Failed]) -> list[Duty]:
        """Puts labels into the store that had to be published without; what is left."""
        left: list[Duty] = []
        for kept in self._memory.missing():
            state = self._client.submissions.get(kept.submission).state
            if state not in (SubmissionState.PUBLISHED, SubmissionState.PAID):
                if state != SubmissionState.COMMITTED:
                    self._memory.clear_missing(kept)
                continue
            duty = Duty(Step.SHOW_LABELS, kept.submission, now, labels=kept)
            if not self._may_try(duty, FAILED):
                left.append(duty)
                continue
            try:
                self._put_up(self._read(kept.uri, kept.root, kept.submission), kept.uri)
                self._memory.clear_missing(kept)
                LOG.info("%s: done, at %s", duty, kept.uri)
            except Exception as error:  # whatever a store raises, the rest goes on
                failed.append(self._failed(duty, error, now, FAILED))
                left.append(duty)
        return left

    def _show_evidence(self, now: int, failed: list[Failed]) -> list[Duty]:
        """Puts the evidence of what was filed, now or by a program that was killed, into the store; what is left."""
        left: list[Duty] = []
        for planned in self._memory.to_show():
            duty = Duty(Step.SHOW, planned.submission, now, planned=planned)
            if not self._may_try(duty, FAILED):
                left.append(duty)
                continue
            try:
                if self._evidence is None:
                    raise errors.ArgumentError("the autopilot was given no store to put evidence into")
                self._memory.show(planned, self._evidence)
                LOG.info("%s: done, at %s", duty, planned.uri)
            except Exception as error:  # whatever a store raises, the rest goes on
                failed.append(self._failed(duty, error, now, FAILED))
                left.append(duty)
        return left

    def _rehearse(self, duty: Duty, now: int) -> Failed | None:
        """Sees whether what can only be done later could be done, while there is time to put it right."""
        if duty.start <= now or _same(duty) in self._rehearsed or not self._may_try(duty, WILL_FAIL):
            return None
        try:
            if duty.step == Step.PUBLISH:
                committed, _ = self._opening(duty.subject)
                self._read(committed.uri, committed.root, duty.subject)
            elif duty.step == Step.REVEAL:
                self._vote(duty)
        except errors.Unreachable:
            raise
        except Exception as error:
            return self._failed(duty, error, now, WILL_FAIL)
        self._rehearsed.add(_same(duty))
        return None

    def _failed(self, duty: Duty, error: Exception, now: int, how: str) -> Failed:
        if _is_harmless(Failed(duty, error)):  # a block later it may go
            LOG.debug("%s: not yet: %s", duty, error)
            return Failed(duty, error)
        count = self._failures.get((how, _same(duty)), (0, 0.0))[0] + 1
        pause = min(FIRST_PAUSE * 2**count, LONGEST_RETRY)
        if duty.end is not None:  # again and again before it is too late
            pause = min(pause, max((duty.end - now) / 4, FIRST_PAUSE))
        self._failures[how, _same(duty)] = (count, time.monotonic() + pause)
        LOG.error("%s %s%s: %s", duty, how, _until(duty, now), error or type(error).__name__)
        return Failed(duty, error)

    def _act(self, duty: Duty) -> Any:
        gl, subject = self._client, duty.subject
        if duty.step in STEPS:
            call = call_of(gl, duty)
            return call.action(*call.arguments)
        match duty.step:
            case Step.PUBLISH:
                return self._publish(duty)
            case Step.ANSWER:
                return gl.challenges.answer(subject, self._published(split_challenge(subject)[0]), duty.number)
            case Step.DEFEND:
                return gl.challenges.defend(subject, max_cost=self._policy.defend_up_to)
            case Step.COMMIT_CHALLENGE | Step.FILE:
                return self._challenge(duty)
            case Step.OPEN_GOLD:
                return gl.tests.open_gold(*split_submission(subject), self._chain.gold(subject))
            case Step.WAIVE:
                return gl.tests.waive(*split_submission(subject))
            case Step.APPEAL:
                return self._appeal(subject)
            case Step.SHOW_BEACON:
                found = self._relays.find(gl, duty.number, tell=LOG.warning)
                return gl.court.show_beacon(found.round, found.signature)
            case Step.DRAW:
                return gl.court.draw()
            case Step.REVEAL:
                choice, salt = self._vote(duty)
                return gl.court.reveal_vote(subject, choice, salt=salt)
            case _:
                assert duty.step == Step.WITHDRAW and duty.balance is not None
                ledgers: dict[str, Any] = {"Court": gl.court.ledger, "GoldTest": gl.tests.ledger}
                ledgers |= {"TaskEscrow": gl.ledger, "RoyaltyPool": gl.royalties.ledger}
                return ledgers[duty.balance.ledger].withdraw(duty.balance.free, token=duty.balance.token)

    def _publish(self, duty: Duty) -> Any:
        committed, salt = self._opening(duty.subject)
        publish, uri = self._client.submissions.publish, committed.uri
        labels: LabelSet | None = None
        try:
            # Read before it is published: what nobody can fetch, or what does not rebuild the root, rejects all of it.
            labels = self._read(uri, committed.root, duty.subject)
            if self._client.tasks.get(split_submission(duty.subject)[0]).parameters.is_graded:
                # Nobody reads labels whose test is open or failed: they are put up when they can be published.
                publish.transaction(duty.subject, labels, uri=uri, salt=salt)
            self._put_up(labels, uri)
        except (errors.TestIsPending, errors.TooManyErrors):
            raise
        except Exception as error:  # whatever a store raises
            if not self._is_last_call(duty):
                raise
            # At the worst as much is lost as without it, and the labels may be put there later.
            LOG.error("%s: publishes although its labels are not where they should be: %s", duty, error)
            self._memory.set_missing(committed)
        # By the root alone nothing is proven: that is enough where nothing is tested.
        return publish(duty.subject, committed.root if labels is None else labels, uri=uri, salt=salt)

    def _put_up(self, labels: LabelSet, uri: str) -> None:
        if isinstance(self._reader, HiddenLabels):
            self._reader.put_up(labels, uri)

    def _is_last_call(self, duty: Duty) -> bool:
        """Whether it will soon be too late to publish."""
        assert duty.end is not None
        period = self._client.tasks.get(split_submission(duty.subject)[0]).parameters.publish_period
        return self._client.chain.time() >= duty.end - min(LAST_CALL, period // 2)

    def _opening(self, submission: int) -> tuple[Labels, Salt]:
        """What was committed, and the salt."""
        found = self._client.submissions.get(submission)
        committed = self._keyring.find_labels(found.commitment, submission, self._memory.labels(submission))
        return committed, self._keyring.commitment_salt(submission)

    def _vote(self, duty: Duty) -> tuple[int, Salt]:
        """The choice that was sealed, and its salt."""
        gl, dispute = self._client, duty.subject
        sealed = gl.court.commitment(dispute, duty.number)
        return self._keyring.find_vote(sealed, dispute, duty.number, gl.court.dispute(dispute).choices)

    def _published(self, submission: int) -> LabelSet:
        """The label set of a published submission."""
        root = self._client.submissions.get(submission).root
        return self._read(self._client.submissions.publication(submission).uri, root, submission)

    def _read(self, uri: str, root: bytes, submission: int) -> LabelSet:
        if self._reader is None:
            raise errors.ArgumentError("the autopilot was given nothing to read label sets with")
        task, slot = split_submission(submission)
        items = self._client.tasks.get(task).parameters.items_of(slot)
        try:
            return self._reader.labels(uri, root, items)
        except errors.ContentMismatch as error:
            raise LabelsChanged(error.detail) from error

    def _challenge(self, duty: Duty) -> Any:
        planned = duty.planned
        assert planned is not None
        salt = self._keyring.challenge_salt(planned.submission, planned.items, planned.attempt)
        if planned.bond is not None:
            least = self._client.challenges.least_bond(planned.submission, len(planned.items))
            if least > planned.bond:
                token = self._client.tasks.get(split_submission(planned.submission)[0]).token
                raise errors.CostAboveMaximum(
                    "least bond", value=Units(least, token), bound=at_most(planned.bond, token)
                )
        if duty.step == Step.COMMIT_CHALLENGE:
            return self._client.challenges.commit(planned.submission, planned.items, salt=salt)
        sent = self._client.challenges.file(
            planned.submission, planned.items, salt=salt, bond=planned.bond, evidence=planned.evidence, uri=planned.uri
        )
        self._memory.file(planned)
        return sent

    # ------------------------------------------------------------ saying so

    def _announce(self, duty: Duty, now: int) -> None:
        """Says what is left to the owner, and what is not done though its end is near: each time once."""
        if duty.end is None or (duty.start > now and not duty.is_missed(now)):
            return
        left = duty.end - now
        alarm = min((alarm for alarm in (0, *ALARMS) if left <= alarm), default=None)
        if alarm is None and not duty.step.by_owner:
            return
        level = LONG if alarm is None else alarm
        if level >= self._alarms.get(_key(duty), LONG + 1):
            return
        self._alarms[_key(duty)] = level
        if left <= 0:
            LOG.critical("%s is too late: it had to be before %s. Lost: %s", duty.words, show_time(duty.end), duty.loss)
        else:
            urgent = logging.CRITICAL if level <= ALARMS[1] else logging.WARNING
            LOG.log(urgent, "%s%s, or lose %s", duty.words, _until(duty, now), duty.loss)

    def _tell_result(self, batch: Batch, result: GoldResult, snapshot: Snapshot) -> None:
        """Says once how the account's labels do in their test, where that is not well."""
        state = batch.state
        assert batch.own is not None
        key = (batch.own, state.gold_hash, state.dropped, state.phase)
        if not result.wrong or key in self._told:
            return
        self._told.add(key)
        name, items = name_submission(batch.own), ", ".join(map(str, result.wrong))
        figures = f"{len(result.wrong)} errors, of which {result.allowed} pass"
        if state.phase == TestPhase.GRADED and not result.is_passed:
            LOG.critical(
                "submission %s has failed its test: its labels differ from the gold on items %s: %s. They are not "
                "published, and nobody reads them. Lost: all of the stake",
                *(name, items, figures),
            )
        elif is_disputable(batch, snapshot):
            LOG.warning(
                "the labels of submission %s differ from the gold on items %s: %s. Gold that is wrong you can dispute "
                "before %s, for a fee of %s and a bond of as much, out of your free balance in GoldTest",
                *(name, items, figures, show_time(batch.dispute_end)),
                Words("{}", Units(state.cost, batch.task.token)),
            )


def _is_harmless(failed: Failed) -> bool:
    return isinstance(failed.error, (*_HARMLESS, *_HARMLESS_OF.get(failed.duty.step, ())))


def _key(duty: Duty) -> tuple[Step, int]:
    return duty.step, duty.subject


def _done(duties: Iterable[Duty], transaction: str | None) -> list[Done]:
    """All of these duties by one transaction; none of them without one."""
    return [] if transaction is None else [Done(duty, transaction) for duty in duties]


def _same(duty: Duty) -> Duty:
    """A duty without its times, which move while it stays the same."""
    return replace(duty, start=0, end=None, loss="")


def _until(duty: Duty, now: int) -> str:
    if duty.end is None:
        return ""
    return f": until {show_time(duty.end)}, in {timedelta(seconds=duty.end - now)}"


def _sleep(length: float, stop: Callable[[], bool]) -> None:
    end = time.monotonic() + length
    while (left := end - time.monotonic()) > 0 and not stop():
        time.sleep(min(left, NAP))
