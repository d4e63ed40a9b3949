"""Several duties as one transaction, where the account's own code does that (ERC-7821), by EIP-7702 or as a contract.

Whatever that code answers, no duty hangs on it: what cannot be sent as one is sent one at a time, as by any account.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from goldleaf import Batch, Goldleaf, Simulation, errors
from goldleaf.events import Event
from goldleaf.ids import split_submission

from .duties import Duty, Step

LOG = logging.getLogger("goldleaf_tools.autopilot")

# What is sent as one, in the order in which one makes the next possible. Anyone may do each of them, at any time from
# its start on, so whether a batch is refused, or waits, nothing is lost. That is not so of what
# - shows a secret (to publish, answer, reveal, open gold): a batch that fails has shown all that is in it, and so much
#   the more often as any of the others can make it fail;
# - pays (to defend, appeal, file) or has an end (to commit, draw, waive): it goes by itself, and first;
# - withdraws: how much is free is known when the rest is done.
STEPS = (
    *(Step.NOTE_SEALED, Step.DROP, Step.EXECUTE, Step.SETTLE_ROUND, Step.SETTLE, Step.SETTLE_GOLD),
    *(Step.RELEASE_DEPOSIT, Step.EXPIRE, Step.CLAIM, Step.CLOSE),
)
# At most so many calls, and so much gas, go as one: a transaction may have 2^24 gas where EIP-7825 is in force, and
# one that takes much of a block is mined late.
MOST_CALLS = 16
MOST_GAS = 8_000_000
# At most so many are tried at once, to find those that can be done now: nodes give all of them together the gas of one
# block, and refuse all if it is not enough.
MOST_TRIED = 4 * MOST_CALLS


class Call(NamedTuple):
    """A method of the client, and its arguments."""

    action: Any
    arguments: tuple[int, ...]


@dataclass(frozen=True)
class Bundle:
    """Duties that go as one, in this order."""

    duties: tuple[Duty, ...]
    batch: Batch
    # What the account's code is, and the events that come of the calls, by a simulation.
    code: bytes
    events: tuple[Event, ...]


class Together:
    """Makes and sends bundles, by one account."""

    def __init__(self, client: Goldleaf) -> None:
        self._client = client
        # What of it was said: each thing once.
        self._said: set[str] = set()
        # Code that did not do what it was sent for.
        self._liars: set[bytes] = set()

    def bundle(self, duties: Iterable[Duty]) -> Bundle | None:
        """Those of these duties that can be done now, one after the other, as one; None if they cannot, or are not two.

        Duties that are not due may be among them: they are left out unless those before make them possible.
        """
        wanted = sorted(duties, key=lambda duty: STEPS.index(duty.step))[:MOST_TRIED]
        if len(wanted) < 2:
            return None
        try:
            return self._bundle(wanted)
        # A node that does not answer, too: it may take each alone, and only several at once for too much.
        except errors.GoldleafError as error:
            self._say("duties are sent one at a time, as sending them as one would fail: %s", error)
            return None

    def send(self, bundle: Bundle) -> str | None:
        """The hash of the transaction by which all of it was done; None if it was not, or nobody can tell.

        Raises what the client raises.
        """
        try:
            sent = self._client.smart_account.execute(bundle.batch)
        except errors.Reverted as error:
            # For another error somebody else was faster with one of them. The node may only not tell that; then it
            # would be refused now, too.
            if error.mined and self._would_pass(bundle):
                self._distrust(bundle, error.mined[-1])
            raise
        if list(map(type, sent.events)) == list(map(type, bundle.events)):
            return sent.transaction
        self._distrust(bundle, sent.transaction)
        return None

    def _would_pass(self, bundle: Bundle) -> bool:
        try:
            self._client.smart_account.execute.simulate(bundle.batch)
        except errors.GoldleafError:
            return False
        return True

    def _distrust(self, bundle: Bundle, transaction: str) -> None:
        self._liars.add(bundle.code)
        text = "the account's code did not do in %s what it does when it is tried: duties are sent one at a time"
        self._say(text, transaction)

    def _bundle(self, wanted: Sequence[Duty]) -> Bundle | None:
        account = self._client.smart_account
        code, can_batch = self._client.read(account.code.ask(), account.can_batch.ask())
        if not code or code in self._liars:
            return None
        if not can_batch:
            self._say("duties are sent one at a time: the account's code does not say that it takes several (ERC-7821)")
            return None
        duties, tried = self._possible(wanted)
        if len(duties) < 2:
            return None
        batch = self._batch(duties)
        whole = account.execute.simulate(batch)
        events = tuple(event for each in tried for event in each.events or ())
        if whole.events != events:
            self._say("duties are sent one at a time: the account's code would not do all of them, or more than that")
            return None
        if whole.gas_used >= sum(each.gas_used for each in tried):
            self._say("duties are sent one at a time: by the account's code they would cost more gas")
            return None
        return Bundle(tuple(duties), batch, code, events)

    def _possible(self, wanted: Sequence[Duty]) -> tuple[list[Duty], list[Simulation[Any]]]:
        """Those that pass one after the other, and what comes of each."""
        duties: list[Duty] = []
        tried: list[Simulation[Any]] = []
        gas = 0
        for duty, found in zip(wanted, self._batch(wanted).simulate(return_errors=True), strict=True):
            if isinstance(found, errors.GoldleafError):
                continue
            gas += found.gas_used
            if gas > MOST_GAS or len(duties) == MOST_CALLS:
                break
            duties.append(duty)
            tried.append(found)
        return duties, tried

    def _batch(self, duties: Iterable[Duty]) -> Batch:
        batch = self._client.batch()
        add: Any = batch.add
        for duty in duties:
            call = call_of(self._client, duty)
            add(call.action, *call.arguments)
        return batch

    def _say(self, text: str, *arguments: object) -> None:
        if text not in self._said:
            self._said.add(text)
            LOG.warning(text, *arguments)


def call_of(client: Goldleaf, duty: Duty) -> Call:
    """What does a duty whose step is one of `STEPS`."""
    subject = duty.subject
    match duty.step:
        case Step.NOTE_SEALED:
            return Call(client.tests.note_sealed, split_submission(subject))
        case Step.DROP:
            return Call(client.court.drop, (subject,))
        case Step.EXECUTE:
            return Call(client.court.execute, (subject,))
        case Step.SETTLE_ROUND:
            return Call(client.court.settle, (subject,))
        case Step.SETTLE:
            return Call(client.challenges.settle, (subject,))
        case Step.SETTLE_GOLD:
            return Call(client.tests.settle, (subject,))
        case Step.RELEASE_DEPOSIT:
            return Call(client.tests.release_deposit, split_submission(subject))
        case Step.EXPIRE:
            return Call(client.submissions.expire, (subject,))
        case Step.CLAIM:
            return Call(client.submissions.claim, (subject,))
        case _:
            assert duty.step == Step.CLOSE
            return Call(client.tasks.close, (subject,))
