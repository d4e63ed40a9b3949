"""What can go wrong: one class per cause, each with a sentence on what to do.

A `ContractError` says the same whether a contract refused or this package saw beforehand that it would; only in the
second case `value` and `bound` are known. The reason strings are those of the contracts, and `REASONS` finds the class
of each.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Self

from . import amounts


class GoldleafError(Exception):
    """Base of all errors of this package.

    `value` is what was given or found and `bound` what it has to satisfy, where they are known; amounts are in base
    units. `sent` holds the hashes of the transactions that the call had sent by then, in order, and `mined` those of
    them that are known to be mined: a call that has sent something must not simply be made again. `told` says so.
    """

    # What to do about it.
    advice: str = ""

    def __init__(
        self, detail: str = "", *, value: object = None, bound: object = None, advice: str | None = None
    ) -> None:
        """`advice` takes the place of the class's own."""
        if advice is not None:
            self.advice = advice
        if bound is not None:
            detail = amounts.Words("{} is {}, must be {}", detail, value, bound)
        self.detail = detail
        self.value = value
        self.bound = bound
        self.sent: tuple[str, ...] = ()
        self.mined: tuple[str, ...] = ()
        self.told = ""
        super().__init__(" ".join(part for part in (self.sentence(), self.advice) if part))

    def after(self, sent: Sequence[str], mined: Sequence[str], failed: Sequence[str] = ()) -> Self:
        """The error, which also says, in `sent`, `mined`, `told` and its message, what had been sent before it."""
        told = tell_sent([one for one in sent if one not in str(self)], mined, failed)
        self.sent = (*sent, *(one for one in self.sent if one not in sent))
        self.mined = (*mined, *(one for one in self.mined if one not in mined))
        self.told = " ".join(part for part in (self.told, told) if part)
        self.args = (" ".join(part for part in (*self.args, told) if part),)
        return self

    def sentence(self, amount: Callable[[amounts.Units], str] = amounts.in_base_units) -> str:
        """What is wrong, without the advice, its amounts as `amount` writes them."""
        return _ended(amounts.write(self.detail, amount)) if self.detail else ""

    def __reduce__(self) -> tuple[Any, ...]:
        # Exceptions are rebuilt from their message otherwise, which would then be part of a second one.
        return _rebuild, (type(self), self.args, vars(self))


def _rebuild(kind: type[GoldleafError], arguments: tuple[object, ...], state: Mapping[str, object]) -> GoldleafError:
    """An error that comes out of another process."""
    error = kind.__new__(kind, *arguments)
    vars(error).update(state)
    return error


def _ended(text: str) -> str:
    """A text as a sentence: what nodes and files say may end as one already."""
    return text if text.endswith((".", "!", "?")) else f"{text}."


def tell_sent(
    sent: Sequence[str], mined: Sequence[str], failed: Sequence[str] = (), unknown: Sequence[int] = ()
) -> str:
    """What was sent, and what to do about it; nothing if that was nothing.

    `mined` and `failed` are those of `sent` that are known to be mined, and to have failed; `unknown` are the nonces of
    transactions whose hashes the node had to tell, when its answer was lost.
    """
    told = []
    for what, which in (
        ("Mined", [one for one in sent if one in mined and one not in failed]),
        ("Mined, where it failed", [one for one in sent if one in failed]),
        ("Sent, and not known to be mined", [one for one in sent if one not in mined]),
    ):
        if which:
            told.append(f"{what}: {', '.join(which)}.")
    told += [
        f"One with nonce {nonce} may have been sent too: the node's answer, with its hash, was lost."
        for nonce in unknown
    ]
    if any(one not in mined for one in sent):
        told.append("See with `wait` what becomes of it before you send again.")
    return " ".join(told)


class GoldleafWarning(UserWarning):
    """Something is allowed that may well be unwise."""


# ---------------------------------------------------------------- labels


class LabelError(GoldleafError):
    """A label or a set of labels is not what it has to be."""


class NotCanonical(LabelError):
    """A value has no canonical JSON, or a file is not in canonical form."""

    advice = "Write it with `goldleaf.to_canonical` (RFC 8785)."


class LabelTooLarge(LabelError):
    """The canonical JSON of a label takes too many bytes."""

    advice = "Store it elsewhere and label with `goldleaf.reference`."


class ManifestError(GoldleafError):
    """A manifest is not what it has to be, or not the one that the task was opened with."""


class LabelOutsideSchema(LabelError):
    """A label is not what the label schema of the task's manifest asks for."""

    advice = "A label outside the schema is a wrong label: correct it before anything is staked on it."


# ---------------------------------------------------------------- tests on known items


class NoTestFits(GoldleafError):
    """No test tells these experts from people who guess, at this stake and share of graded batches."""

    advice = "Ask for a higher stake, grade more of the batches, or make batches larger."


class ExpertsFail(GoldleafError):
    """A test that most of those fail who know the answers."""

    advice = "Allow more errors, or let `goldleaf.testing.design` compute the test."


class UnknownItem(GoldleafError):
    """A known answer is of an item that the task does not have."""

    advice = "Number the items from 0, in their order."


class TooFewKnownItems(GoldleafError):
    """Not one batch can be tested with the items whose answers are known."""

    advice = "Find out more answers, of each class that lacks them, or make the test smaller."


class AnswersInManifest(ManifestError):
    """Whoever reads the manifest could tell the answers that labels are to be tested on."""

    advice = (
        "A manifest is public for good: give items names that say nothing, such as those of their content's hashes."
    )


class PlanError(GoldleafError):
    """A file is not the plan of a test that `goldleaf.testing` has written."""


class TestDiffers(GoldleafError):
    """The test that labels have to pass on chain is not the one that the task's manifest shows."""

    advice = "Do not take from this task: what its requester tells of its test is not what labels are tested on."


class UnlistedGrader(GoldleafError):
    """The task is not tested by the deployment's GoldTest."""

    advice = "Look into the task's grader, and give what it wants to see as `answers`."


# ---------------------------------------------------------------- stores


class StoreError(GoldleafError):
    """A store of files does not do what it should."""


class ContentMissing(StoreError):
    """There is no such file."""


class ContentMismatch(StoreError):
    """The file is not the one that was asked for: its hash is another."""

    advice = "Whoever runs the store has changed or damaged it: fetch it from somewhere else."


class ContentCorrupt(ContentMismatch):
    """Whoever keeps the file has given something else than its name says: no fault of whoever has named it."""

    advice = "Fetch it by another gateway, or from another store."


class ContentTooLarge(StoreError):
    """The file takes more bytes than are read or kept."""


class StoreUnreachable(StoreError):
    """The store does not answer, refuses, or answers nonsense."""

    advice = "Try again later, or use another gateway or store."


class OutsideStore(StoreError):
    """The URI does not name a file of the store."""


class ForeignUri(StoreError):
    """The URI names a place that is not read: another scheme than allowed, or a private network."""


class Unverifiable(StoreError):
    """Nothing says what the file must hold: neither its URI nor a hash that was given."""

    advice = "Give the keccak-256 that it must have."


# ---------------------------------------------------------------- arguments and deployments


class ArgumentError(GoldleafError):
    """An argument has no place in the call: wrong type, out of range, ambiguous."""


class BaseUnitsNeeded(ArgumentError):
    """An amount is given in something else than base units, where no token is known that could tell its decimals."""

    advice = "Give base units: `client.ledger.base_units(Decimal(40))` asks the token, 40_000_000 if it has 6 decimals."


class MissingExtra(GoldleafError):
    """Something was called that needs packages which are not installed."""

    def __init__(self, extra: str, package: str = "goldleaf") -> None:
        """`extra` is the one of `package` that brings them."""
        super().__init__(f"Not all packages that this needs are installed: run `pip install {package}[{extra}]`")


class DeploymentError(GoldleafError):
    """The deployment file is not what it has to be, or names no such contract."""

    advice = "Use the file that the `deploy` script wrote for this chain."


class NoAccount(GoldleafError):
    """The client was made without an account, and this call needs one."""

    advice = "Pass `account=` to `Goldleaf`, or use `with_account`."


class CannotBatch(GoldleafError):
    """The account has no code that does several calls as one transaction."""

    advice = "Delegate it to code that does (EIP-7702, ERC-7821), or send the calls one after the other."


class UnknownGrader(GoldleafError):
    """The task's grader is neither listed in the deployment nor accepted by name.

    A requester who owns the grader decides whose labels are ever published.
    """

    advice = "Look into that contract first; then pass its address as `accept_grader`."


class UnknownArbitrator(GoldleafError):
    """The task's arbitrator is neither listed in the deployment nor accepted by name.

    A requester who owns the arbitrator decides who is paid.
    """

    advice = "Look into that contract first; then pass its address as `accept_arbitrator`."


class CourtTooSmall(GoldleafError):
    """Fewer seats of the task's court may be drawn than its largest panel has.

    What such a court cannot hear is ruled by nobody, and then a wrong label is paid.
    """

    advice = (
        "Wait until more jurors have joined and their seats are listed (`court.ready`), or name another arbitrator; "
        "`accept_small_court=True` opens the task all the same."
    )


class NotAnAdapter(GoldleafError):
    """The arbitrator is no adapter to an ERC-792 arbitrator."""

    advice = "Appeals before the deployment's own court are made with `court.appeal`."


class UnlistedArbitrator(GoldleafError):
    """The deployment does not list the arbitrator, so what it tells is not read."""

    advice = "Look into that contract first; then name it under `arbitrators` in the deployment file."


class NoAppeal(GoldleafError):
    """The arbitrator hears no appeal of this dispute now."""

    advice = "Wait until it has ruled and its time for appeals begins, or take the ruling as final."


class NoOpenSlot(GoldleafError):
    """No slot was found that is open and has no sibling held by this account."""

    advice = "Try again later: released and expired slots open again."


# ---------------------------------------------------------------- permits and events


class PermitError(GoldleafError):
    """An allowance cannot be given by a signature (ERC-2612) like this."""


class NoPermit(PermitError):
    """The token takes no signed allowances of the standard form, or says nothing of how to sign them."""

    advice = "Use `deposit`, which approves first."


class PermitExpired(PermitError):
    """The signed allowance was only good for some time, which is over."""

    advice = "Sign another one with a later deadline."


class BadPermit(PermitError):
    """The signature is none of the account's for this amount, deadline, token and contract."""

    advice = "Sign what `ledger.permit` returns for the same amount and deadline, by the same account."


class Reorganized(GoldleafError):
    """Blocks were replaced of which events had been given, deeper than is remembered."""

    advice = "Start again from an earlier block, or at first from a higher number of confirmations."


# ---------------------------------------------------------------- votes and rulings


class AlreadyRevealed(GoldleafError):
    """The account's vote in this round was revealed before."""

    advice = "There is nothing left to do but to wait for the ruling."


class NoVoteSealed(GoldleafError):
    """The account has sealed no vote in this round."""

    advice = "A vote can be sealed in the commit phase alone."


class RulingNotExecuted(GoldleafError):
    """The ruling on a challenge is final, and the court has not told the escrow yet: `dispute` is its number there."""

    advice = "Execute it first: `court.execute`. Anyone may."

    def __init__(self, detail: str = "", *, dispute: int | None = None, advice: str | None = None) -> None:
        super().__init__(detail, advice=advice)
        self.dispute = dispute


# ---------------------------------------------------------------- credentials and relayed requests


class CredentialError(GoldleafError):
    """A credential is not what it has to be."""


class CredentialOfAnother(CredentialError):
    """The credential was issued to another account."""

    advice = "A credential binds its holder: ask the issuer for one of your own."


class CredentialExpired(CredentialError):
    """The credential's time is over."""

    advice = "Ask the issuer for a new one."


class CredentialRevoked(CredentialError):
    """The issuer has revoked the credential."""

    advice = "Ask the issuer why, and for a new one: its nonce must be higher than what was revoked."


class CredentialForAnotherGate(CredentialError):
    """The credential is for another gate, domain or chain."""

    advice = "Ask the issuer for one for this gate."


class CredentialMissing(CredentialError):
    """The gate wants a credential, and none was given."""

    advice = "Ask the issuer for one, and pass it as `gate_data`."


class TooFewTokens(GoldleafError):
    """A TokenGate wants its visitors to hold more of a token."""

    advice = "Hold that much in the account's own wallet: a balance in a ledger does not count."


class UnknownGate(GoldleafError):
    """The gate is none of the kinds that this package knows."""

    advice = "Ask whoever wrote it, or the task's requester, what it wants to see as `gate_data`."


class CredentialNotSigned(CredentialError):
    """The issuer's key has not signed the credential."""

    advice = "If the issuer is a contract, only the gate can tell: ask its `is_allowed`."


class RequestError(GoldleafError):
    """A request to a relay is not what it has to be."""


class RequestNotSigned(RequestError):
    """The account's key has not signed the request."""

    advice = "If the account is a contract, only the relay can tell: simulate its `execute`."


class NotRelayable(RequestError):
    """A call cannot be made by a relay: something that a relay cannot do goes before it, or ether with it."""

    advice = "In the place of `deposit` with its approval use `deposit_with_permit`."


class RequestForAnotherRelay(RequestError):
    """The request is for another chain or relay than the deployment's."""

    advice = "Have the account sign one for this deployment."


class UnknownTarget(RequestError):
    """The request calls a contract that the deployment does not name.

    It may do anything, and use up as much gas as the relayer offers.
    """

    advice = "Look into that contract first; then pass its address as `accept_target`."


class FeeTooLow(RequestError):
    """The request does not pay what the relayer asks for."""

    advice = "Have the account sign a request with the fee that is asked, out of a ledger of the deployment."


# ---------------------------------------------------------------- royalties


class NothingToEnroll(GoldleafError):
    """There is no paid submission of a closed task whose shares are not minted yet."""

    advice = "Submissions can be enrolled once they were claimed and their task was closed."


class NothingToCollect(GoldleafError):
    """There is nothing to collect now."""

    advice = "Come back when somebody has paid for the data set; `royalties.data_set` tells what was paid."


class NoSuchLicense(GoldleafError):
    """No licence of that id was sold."""

    advice = "The number in its id is lower than `royalties.license_count`."


# ---------------------------------------------------------------- the node


class NodeError(GoldleafError):
    """The node cannot be reached, or refuses.

    `code` is that of the JSON-RPC error or of the HTTP status, where there is one.
    """

    # Whether the same request may well be answered a little later.
    transient: ClassVar[bool] = False

    def __init__(
        self, detail: str = "", *, value: object = None, bound: object = None, code: int | None = None
    ) -> None:
        super().__init__(detail, value=value, bound=bound)
        self.code = code


class Unreachable(NodeError):
    """No connection to the node."""

    transient = True
    advice = "Check its address, and that it runs."


class NodeBusy(Unreachable):
    """The node, or whoever runs it, takes no more requests for now: too many came."""

    advice = "Wait, ask less often, or use a node that takes more requests."

    def __init__(self, detail: str = "", *, code: int | None = None, retry_after: float | None = None) -> None:
        super().__init__(detail, code=code)
        # After so many seconds it wants to be asked again; None if it does not say.
        self.retry_after = retry_after


class GarbledAnswer(NodeError):
    """What came back is not what a node answers."""

    advice = "Check that the address is that of a node's JSON-RPC interface."


class MethodMissing(NodeError):
    """The node does not offer a method."""

    advice = "Use a node that does."


class WrongChain(NodeError):
    """The node is on another chain than the deployment."""

    advice = "Use a node of that chain, or the deployment of this one."


class NoCode(NodeError):
    """There is no contract at an address of the deployment."""

    advice = "Check that the node is synchronised and the deployment file belongs to its chain."


class BatchTooLarge(NodeError):
    """The node does not take so many requests at once."""

    advice = "Use a node that takes more."


class NoPendingBlock(NodeError):
    """The node does not read in the block that is being built."""

    advice = "Use a node that does."


class NodeBehind(NodeError):
    """The node does not have a block or an index yet that it, or another one behind the same address, had before."""

    transient = True
    advice = "Wait until it has caught up, or use another node."


class UnexpectedAnswer(NodeError):
    """A contract answered something else than its ABI says."""

    advice = "Check the address and the version of the contract."


class InsufficientFunds(NodeError):
    """The account cannot pay the gas."""

    advice = "Send some of the chain's own coin to it."


class NonceTaken(NodeError):
    """The account sends from elsewhere too: another transaction has the nonce."""

    advice = "Send again; better send from one place at a time."


class NonceTooHigh(NodeError):
    """The node does not have an earlier transaction of the account yet."""

    transient = True
    advice = "Wait until it has caught up, or use another node."


class Underpriced(NodeError):
    """The fees of a transaction are too low for the node, or higher than the client may pay."""

    advice = "Wait until fees have fallen, or raise the client's `max_fee`."


class AlreadyKnown(NodeError):
    """The node has the transaction already."""


class TransactionError(NodeError):
    """A transaction was sent, and it is not known to have been mined."""

    def __init__(self, detail: str, *, transaction: str, nonce: int | None = None) -> None:
        super().__init__(detail)
        # Its hash, the latest if it was sent again for more; empty if the node signs and its answer was lost.
        self.transaction = transaction
        self.sent = (transaction,) if transaction else ()
        # None where the node does not tell.
        self.nonce = nonce


class TransactionTimeout(TransactionError):
    """The transaction was not mined in time. It may still be; the message says where it stands."""

    advice = "Go on waiting with `wait`, by its hash, before you send it again."


class TransactionDropped(TransactionError):
    """The node has dropped the transaction and does not take it again."""

    advice = "Another node may still have it: see with `wait`, by its hash, before you send it once more."


class TransactionReplaced(TransactionError):
    """Another transaction of the account with the same nonce was mined, so this one never will be."""

    advice = "Look at what the account has sent from elsewhere before you send it once more."

    def __init__(self, detail: str, *, transaction: str, nonce: int | None = None, by: str | None = None) -> None:
        super().__init__(detail, transaction=transaction, nonce=nonce)
        # Hash of the other one, where it was found.
        self.by = by


class TransactionUntracked(TransactionError):
    """Something unforeseen happened after a transaction had been sent, so nobody waited for it."""

    advice = "Go on waiting with `wait`, by its hash, before you send it again."


class SendInterrupted(KeyboardInterrupt):
    """The program was interrupted when a call had sent something: `sent` and `mined` are as in `GoldleafError`."""

    def __init__(self, told: str = "", sent: Sequence[str] = (), mined: Sequence[str] = ()) -> None:
        super().__init__(told)
        self.sent = tuple(sent)
        self.mined = tuple(mined)


# ---------------------------------------------------------------- contracts


class ContractError(GoldleafError):
    """A contract refuses, or would."""

    # The reason string of the contract; empty for those that are none of ours.
    reason: ClassVar[str] = ""

    def sentence(self, amount: Callable[[amounts.Units], str] = amounts.in_base_units) -> str:
        """What is wrong, the contract's reason first."""
        return _ended(": ".join(part for part in (self.reason, amounts.write(self.detail, amount)) if part))


class Reverted(ContractError):
    """A contract reverted for a reason that is none of Goldleaf's: a token, a gate, an arbitrator, or none at all."""


class LedgerError(ContractError):
    """The ledger of free balances refuses."""


class TokenHasNoCode(LedgerError):
    reason = "ledger: token has no code"
    advice = "Check the token's address."


class ZeroAmount(LedgerError):
    reason = "ledger: zero amount"
    advice = "Give an amount of at least one base unit."


class BadAccount(LedgerError):
    reason = "ledger: bad account"
    advice = "Name an account other than the zero address and the contract itself, from where nothing comes back."


class BalanceTooLow(LedgerError):
    """A free balance is lower than what is to come out of it.

    `ledger` is the contract that keeps it, by its name in the deployment, and `lacking` what has to be deposited there;
    both are known only where it was seen beforehand.
    """

    reason = "ledger: balance too low"
    advice = "Deposit more: stakes, bonds, fees and pots are paid from the free balance, not from the wallet."

    def __init__(
        self,
        detail: str = "",
        *,
        value: object = None,
        bound: object = None,
        advice: str | None = None,
        ledger: str = "",
        lacking: amounts.Units | None = None,
    ) -> None:
        super().__init__(detail, value=value, bound=bound, advice=advice)
        self.ledger = ledger
        self.lacking = lacking


class TransferFromRefused(LedgerError):
    reason = "ledger: transferFrom refused"
    advice = "Check the wallet's balance and allowance of that token."


class TransferRefused(LedgerError):
    reason = "ledger: transfer refused"
    advice = "The token refuses that receiver; withdraw to another one."


class TooMuchArrived(LedgerError):
    reason = "ledger: too much arrived"
    advice = "A deposit is below 2^128 base units: deposit less, or use a token with fewer decimals."


class NothingArrived(LedgerError):
    reason = "ledger: nothing arrived"
    advice = "The token said yes and moved nothing: do not use it."


class TokenTookTooMuch(LedgerError):
    reason = "ledger: token took too much"
    advice = "The token moved more than it was told to: do not use it."


class TaskError(ContractError):
    """A task refuses."""


class NoSuchTask(TaskError):
    reason = "tasks: no such task"
    advice = "Task ids count from 1; `tasks.count()` is the last one."


class LensNeedsEscrow(TaskError):
    reason = "lens: escrow has no code"
    advice = "Deploy it with the address of a TaskEscrow."


class BadPeriodFloor(TaskError):
    reason = "tasks: bad period floor"
    advice = "Deploy with a shortest period between 1 second and 90 days."


class ArbitratorHasNoCode(TaskError):
    reason = "tasks: arbitrator has no code"
    advice = "Name a contract that implements IArbitrator."


class GateHasNoCode(TaskError):
    reason = "tasks: gate has no code"
    advice = "Name a contract that implements IGate, or none to let anyone take."


class GraderHasNoCode(TaskError):
    reason = "tasks: grader has no code"
    advice = "Name a contract that implements IGrader, or none to have nothing tested."


class TermsHaveNoCode(TaskError):
    reason = "tasks: terms have no code"
    advice = "Deploy the escrow with the address of a TaskTerms."


class BadReward(TaskError):
    reason = "tasks: bad reward"
    advice = "A Decimal counts whole tokens, an int base units."


class BadStake(TaskError):
    reason = "tasks: bad stake"
    advice = "A Decimal counts whole tokens, an int base units."


class BadItems(TaskError):
    reason = "tasks: bad items"
    advice = "Split what is larger into several tasks."


class BadBatchSize(TaskError):
    reason = "tasks: bad batch size"
    advice = "A batch holds at most 4,096 labels and no more than the task has items."


class LastBatchNotWhole(TaskError):
    reason = "tasks: last batch not whole"
    advice = "Every batch of a graded task is tested alike: take a batch size that divides the number of items."


class BadRedundancy(TaskError):
    reason = "tasks: bad redundancy"
    advice = "Ask for 1 to 15 independent submissions per batch."


class BadTolerance(TaskError):
    reason = "tasks: bad tolerance"
    advice = "At most four fifths of a submission's labels may be tolerated wrong (8000)."


class BadWorkPeriod(TaskError):
    reason = "tasks: bad work period"
    advice = "Keep it between the deployment's floor and 90 days."


class BadPublishPeriod(TaskError):
    reason = "tasks: bad publish period"
    advice = "Keep it between the deployment's floor and 90 days."


class BadChallengePeriod(TaskError):
    reason = "tasks: bad challenge period"
    advice = "Keep it between the deployment's floor and 90 days."


class BadResponsePeriod(TaskError):
    reason = "tasks: bad response period"
    advice = "Keep it between the deployment's floor and the challenge period."


class BadDeadline(TaskError):
    reason = "tasks: bad deadline"
    advice = "It must leave time for one work period, and lie at most 365 days ahead."


class BadRoyalty(TaskError):
    reason = "tasks: bad royalty"
    advice = "Give 0 to 10000, in 1/10,000."


class NoTerms(TaskError):
    reason = "tasks: no terms"
    advice = "Give the manifest, or its keccak-256."


class BadArbitrationTimeout(TaskError):
    reason = "tasks: bad arbitration timeout"
    advice = "An arbitrator needs at least twice its longest duration, and a task allows 365 days."


class StakeTooLow(TaskError):
    reason = "tasks: stake too low"
    advice = (
        "Raise the stake or the batch size, or lower the tolerance: a submission's stake must be worth two juries, and "
        "twice the pay of the labels that reject it, in the last batch too."
    )


class BadAvailabilityBond(TaskError):
    reason = "tasks: bad availability bond"
    advice = "Take about what an answer's gas costs: from one reward up to a sixteenth of the smallest batch's stake."


class NotRequester(TaskError):
    reason = "tasks: not the requester"
    advice = "Only the account that opened the task may do this."


class DeadlinePassed(TaskError):
    reason = "tasks: deadline passed"
    advice = "Nobody can take from this task any more; `close` it when its submissions have ended."


class TooEarlyToClose(TaskError):
    reason = "tasks: too early to close"
    advice = "Wait for the task's deadline; a cancelled one can be closed once nothing more is taken or due."


class AlreadyCancelled(TaskError):
    reason = "tasks: already cancelled"
    advice = "There is nothing left to do; `close` it when its submissions have ended."


class AlreadyClosed(TaskError):
    reason = "tasks: already closed"
    advice = "There is nothing left to do: the rest of the pot is in the requester's free balance."


class SubmissionsLive(TaskError):
    reason = "tasks: submissions are live"
    advice = "Claim, settle or expire them first; anyone may."


class SubmissionError(ContractError):
    """A submission refuses."""


class TaskCancelled(SubmissionError):
    reason = "submissions: task is cancelled"
    advice = "Take from another task."


class TooLateToTake(SubmissionError):
    reason = "submissions: too late to take"
    advice = "Too little time is left before the deadline for one work period: take from another task."


class NoSuchSlot(SubmissionError):
    reason = "submissions: no such slot"
    advice = "Slots count from 0 to batches * redundancy - 1; leave it out to have an open one picked."


class SlotTaken(SubmissionError):
    reason = "submissions: slot is taken"
    advice = "Take another slot; leave it out to have an open one picked."


class HasSibling(SubmissionError):
    reason = "submissions: has a sibling"
    advice = "Nobody labels a batch twice: take a slot of another batch."


class NotAdmitted(SubmissionError):
    reason = "submissions: not admitted"
    advice = "The task's gate wants a credential of this account: pass it as `gate_data`."


class TestNotSetUp(SubmissionError):
    reason = "submissions: test is not set up"
    advice = "The requester sets the task's test up first: wait, or take from another task."


class NotTaken(SubmissionError):
    reason = "submissions: not taken"
    advice = "The slot is open, or what was taken has already been published or ended."


class NotAnnotator(SubmissionError):
    reason = "submissions: not the annotator"
    advice = "Only the account that took the slot may do this."


class PastDue(SubmissionError):
    reason = "submissions: past due"
    advice = "The work came too late; `expire` frees three quarters of the stake."


class AlreadyCommitted(SubmissionError):
    reason = "submissions: already committed"
    advice = "A commitment is final: publish what it binds."


class NotDueYet(SubmissionError):
    reason = "submissions: not due yet"
    advice = "The annotator still has time."


class MayBePublished(SubmissionError):
    reason = "submissions: may be published"
    advice = "A commitment can be opened until the end of the publish period; expire it after that."


class PublishDirectly(SubmissionError):
    reason = "submissions: publish directly"
    advice = "This task has redundancy 1 and no grader, so there is nobody to copy from: publish without committing."


class EmptyCommitment(SubmissionError):
    reason = "submissions: empty commitment"
    advice = "Commit to the root of a label set."


class EmptyRoot(SubmissionError):
    reason = "submissions: empty root"
    advice = "Publish the root of a label set."


class NotCommitted(SubmissionError):
    reason = "submissions: not committed"
    advice = "Commit first: this task has redundancy above 1, or a grader."


class PublishOtherwise(SubmissionError):
    """A task with a grader is published with the answers to its test, any other one without."""

    reason = "submissions: publish otherwise"
    advice = "Publish by `publish_graded` if the task has a grader, else by `publish`."


class TaskNotGraded(PublishOtherwise):
    advice = "Publish without answers, by `publish`."


class TestNotPassed(SubmissionError):
    reason = "submissions: test is not passed"
    advice = "The task's grader says no: what fails its test is never published."


class WrongOpening(SubmissionError):
    reason = "submissions: wrong opening"
    advice = "Give the very labels, URI and salt that were committed, on the same chain and contract."


class TooLateToPublish(SubmissionError):
    reason = "submissions: too late to publish"
    advice = "The publish period is over; anyone may `expire` the submission."


class SiblingsNotReady(SubmissionError):
    reason = "submissions: siblings not ready"
    advice = "Wait until all submissions of the batch are committed, or until the deadline."


class NotPublished(SubmissionError):
    reason = "submissions: not published"
    advice = "The labels are not out yet, or the submission has ended."


class OnlyRequesterAccepts(SubmissionError):
    reason = "submissions: not the requester"
    advice = "Only the task's requester may waive the challenge window."


class AcceptTooLate(SubmissionError):
    reason = "submissions: window has ended"
    advice = "There is nothing left to waive: claim."


class WindowOpen(SubmissionError):
    reason = "submissions: window is open"
    advice = "Claim after the challenge window, or ask the requester to accept."


class ChallengesPending(SubmissionError):
    reason = "submissions: challenges pending"
    advice = "Settle its challenges first; anyone may."


class ChallengeError(ContractError):
    """A challenge of either kind refuses."""


class NoSuchChallenge(ChallengeError):
    reason = "challenges: no such challenge"
    advice = "Challenges of a submission count from 0; `Submission.filed` of them exist."


class ChallengeNotOpen(ChallengeError):
    reason = "challenges: not open"
    advice = "It has been conceded, defended or settled already."


class NotItsTurn(ChallengeError):
    reason = "challenges: not its turn"
    advice = "Settle the earlier challenges of the submission first; each is settled once."


class ForeignOrUnsorted(ChallengeError):
    """The items of a challenge are not those of a batch, or not in their order."""

    reason = "challenges: foreign or unsorted"
    advice = "Name items of the submission's batch, rising, each once; `submissions.items` says which ones it holds."


class ItemNotInBatch(ForeignOrUnsorted):
    advice = "Items are numbered within the task; `submissions.items` says which ones the submission holds."


class ChallengeAlreadyCommitted(ChallengeError):
    reason = "challenges: already committed"
    advice = "File with this commitment, or commit with another salt."


class ChallengeTooLate(ChallengeError):
    reason = "challenges: window has ended"
    advice = "The challenge window is over or was waived."


class NoLabelsChallenged(ChallengeError):
    reason = "challenges: no labels"
    advice = "Name 1 to 32 items."


class ItemsNotRising(ForeignOrUnsorted):
    advice = "Sort the items, each once."


class NoSuchCommitment(ChallengeError):
    reason = "challenges: no such commitment"
    advice = "Commit to the same items with the same salt and account first; each commitment is good for one challenge."


class CommitmentTooYoung(ChallengeError):
    reason = "challenges: commitment too young"
    advice = "Wait until the commitment is a minute old."


class CommitmentTooOld(ChallengeError):
    reason = "challenges: commitment too old"
    advice = "A commitment to a challenge holds for a day: commit again."


class ItemWasTested(ChallengeError):
    reason = "challenges: item was tested"
    advice = "The task's test has made the answer of this item public, and allowed for errors in it: leave it out."


class BondTooLow(ChallengeError):
    reason = "challenges: bond too low"
    advice = (
        "Leave the bond out to lock the least one; more is worth it only where all of a submission may be rejected."
    )


class OnlyAnnotatorConcedes(ChallengeError):
    reason = "challenges: not the annotator"
    advice = "Only the annotator of the challenged submission may concede."


class AnnotatorsTurn(ChallengeError):
    reason = "challenges: annotator's turn"
    advice = "The first half of the response period is the annotator's; then anyone may defend."


class CostAboveMaximum(ChallengeError):
    reason = "challenges: cost above maximum"
    advice = "The arbitrator has become dearer: raise `max_cost` if it is still worth it."


class CostOutOfBounds(ChallengeError):
    reason = "challenges: cost out of bounds"
    advice = "The arbitrator asks an impossible amount; undefended challenges are settled after the response period."


class MoreThanCostTaken(ChallengeError):
    reason = "challenges: more than cost taken"
    advice = "The arbitrator took more than it asked for: it is broken or dishonest."


class DisputeIdReused(ChallengeError):
    reason = "challenges: dispute id reused"
    advice = "The arbitrator named a dispute twice: it is broken or dishonest."


class UnknownDispute(ChallengeError):
    reason = "challenges: unknown dispute"
    advice = "Only the arbitrator may rule, and only on a dispute that a defence has brought before it."


class NoSuchRuling(ChallengeError):
    reason = "challenges: no such ruling"
    advice = "Rulings are 0, 1, 2, or 2^256 - 1 for not heard."


class AlreadyRuled(ChallengeError):
    reason = "challenges: already ruled"
    advice = "A ruling is final: settle."


class OtherItems(ChallengeError):
    reason = "challenges: other items"
    advice = "Give the items of the challenge itself; leave them out to have them looked up."


class ListsDiffer(ChallengeError):
    reason = "escrow: lists differ in length"
    advice = "Give a list of items for each challenge."


class AwaitingRuling(ChallengeError):
    reason = "challenges: awaiting a ruling"
    advice = "Settle when the arbitrator has ruled, or after the task's arbitration timeout."


class ResponseOpen(ChallengeError):
    reason = "challenges: response is open"
    advice = "Settle when it is conceded or ruled, or after the response period."


class ResponseEnded(ChallengeError):
    reason = "challenges: response has ended"
    advice = "Nobody can concede or defend it any more; anyone may settle it."


class ApproveRefused(ChallengeError):
    reason = "challenges: approve refused"
    advice = "The token does not let the escrow pay the arbitrator: it is no ERC-20."


class NotOfCorrectness(ChallengeError):
    reason = "challenges: is of availability"
    advice = "It says that labels cannot be read: show them by `answer`. Nobody can concede or defend it."


class NotOfAvailability(ChallengeError):
    reason = "challenges: is of correctness"
    advice = "It says that labels are wrong: concede or defend it. There is nothing to answer."


class AvailabilityTooLate(ChallengeError):
    reason = "challenges: first half is over"
    advice = "Labels can be challenged as withheld in the first half of the challenge window only."


class LabelWasShown(ChallengeError):
    reason = "challenges: label was shown"
    advice = "A label that was shown once is public for good, in the `Answered` event: read it there."


class AnswerLate(ChallengeError):
    reason = "challenges: answer is late"
    advice = "Labels are shown within a quarter of the challenge period; anyone may settle the challenge now."


class WrongProof(ChallengeError):
    reason = "challenges: wrong proof"
    advice = "Answer from the label set whose root was published."


class AnswerOpen(ChallengeError):
    reason = "challenges: answer is open"
    advice = "Settle when all of its labels are shown, or after a quarter of the challenge period."


class GoldError(ContractError):
    """The test on known items refuses."""


class TestNeedsEscrow(GoldError):
    reason = "gold: escrow has no code"
    advice = "Deploy it with the address of a TaskEscrow."


class TestHasNoSuchTask(NoSuchTask):
    reason = "gold: no such task"
    advice = "Check the task's id; ids count from 1."


class NotTasksGrader(GoldError):
    reason = "gold: not the task's grader"
    advice = "Open the task with this contract as its `grader`."


class NotTestsRequester(GoldError):
    reason = "gold: not the requester"
    advice = "Only the account that has opened the task sets up its test, opens gold and waives."


class TestAlreadySetUp(GoldError):
    reason = "gold: already set up"
    advice = "The terms of a test never change; open another task for others."


class BadClasses(GoldError):
    reason = "gold: bad classes"
    advice = "Name 2 to 16 different labels, and a count for each."


class ClassesNotRising(GoldError):
    reason = "gold: classes not rising"
    advice = "Name each class once; `GoldTerms` orders them by their digests."


class BadCounts(GoldError):
    reason = "gold: bad counts"
    advice = "Ask for 1 known item or more of each class."


class BadTestSize(GoldError):
    reason = "gold: bad size"
    advice = "Ask for 10 to 128 known items, and at most half as many as a batch holds."


class ConstantAnswerPasses(GoldError):
    reason = "gold: constant answer passes"
    advice = "Allow fewer errors, or ask for as many items of each class; `goldleaf.testing.design` computes a test."


class BadOpeningPeriod(GoldError):
    reason = "gold: bad opening period"
    advice = "Leave between the deployment's shortest period and 90 days."


class BadDisputePeriod(GoldError):
    reason = "gold: bad dispute period"
    advice = "Leave between the deployment's shortest period and 90 days; people need 3 days or more."


class TestTakesTooLong(GoldError):
    reason = "gold: test takes too long"
    advice = "Opening period, dispute period and the task's arbitration timeout are 358 days at most together."


class NoSuchTest(GoldError):
    reason = "gold: no such test"
    advice = "The task has no test here, or its requester has not set it up yet."


class NoSuchBatch(GoldError):
    reason = "gold: no such batch"
    advice = "Batches count from 0."


class BatchAlreadyNoted(GoldError):
    reason = "gold: already noted"
    advice = "Nothing to do: the opening period runs."


class BatchNotSealed(GoldError):
    reason = "gold: batch is not sealed"
    advice = "Wait until all submissions of the batch are committed, or the time to commit has ended."


class GoldAlreadyOpened(GoldError):
    reason = "gold: already opened"
    advice = "What a batch is tested on is shown once."


class AlreadyWaived(GoldError):
    reason = "gold: already waived"
    advice = "The batch is not tested; what is sealed can be published."


class OpeningHasEnded(GoldError):
    reason = "gold: opening has ended"
    advice = "The batch is not tested; what is sealed can be published."


class WrongNumberOfItems(GoldError):
    reason = "gold: wrong number of items"
    advice = "Show as many items of each class as the test asks for."


class GoldNotRising(GoldError):
    reason = "gold: items not rising"
    advice = "Order the items of each class, each once."


class GoldNotInBatch(GoldError):
    reason = "gold: item not in the batch"
    advice = "Show items of this batch alone."


class GoldHasTwoClasses(GoldError):
    reason = "gold: item has two classes"
    advice = "Give one answer for each item."


class GoldNotOpened(GoldError):
    reason = "gold: not opened"
    advice = "There is nothing to see yet: the requester has not shown what the batch is tested on."


class TooLateToDispute(GoldError):
    reason = "gold: too late to dispute"
    advice = "Gold is disputed within the dispute period, and as long as the test is not void."


class WorkNotCommitted(GoldError):
    reason = "gold: not committed"
    advice = "Only submissions that are committed and not published yet can dispute what they are tested on."


class NotTestedAnnotator(GoldError):
    reason = "gold: not the annotator"
    advice = "Only the annotator of the submission disputes what it is tested on."


class AlreadyDisputed(GoldError):
    reason = "gold: already disputed"
    advice = "A submission disputes once: all items that are wrong at the same time."


class NoGoldDisputed(GoldError):
    reason = "gold: no items"
    advice = "Name 1 to 32 of the items that the batch is tested on."


class NoSuchGoldItem(GoldError):
    reason = "gold: no such item"
    advice = "Name items that the batch is tested on."


class GoldNumbersNotRising(GoldError):
    reason = "gold: numbers not rising"
    advice = "Name each item once."


class GoldAlreadyRuled(GoldError):
    reason = "gold: already ruled"
    advice = "A dispute is ruled once."


class NoSuchGoldDispute(GoldError):
    reason = "gold: no such dispute"
    advice = "Check the dispute's id: task, batch and number."


class GoldNotItsTurn(GoldError):
    reason = "gold: not its turn"
    advice = "Disputes of a batch are settled in the order of filing, each once."


class GoldAwaitingRuling(GoldError):
    reason = "gold: awaiting a ruling"
    advice = "Wait for the arbitrator, or until the task's arbitration timeout has passed."


class GoldDisputesPending(GoldError):
    reason = "gold: disputes are pending"
    advice = "Settle the disputes of the batch first, in their order: fees come out of the deposit."


class DepositAlreadyReleased(GoldError):
    reason = "gold: already released"
    advice = "Nothing to do: the deposit was paid out."


class OtherGold(GoldError):
    reason = "gold: other gold"
    advice = "Give the list as it was opened; `client.tests` reads it from the events."


class OtherClasses(GoldError):
    reason = "gold: other classes"
    advice = "Give the classes as they were set up; `client.tests` reads them from the events."


class TestIsPending(GoldError):
    reason = "gold: test is pending"
    advice = "Wait until the opening period and, where gold was opened, the dispute period and all disputes are over."


class TooManyErrors(GoldError):
    reason = "gold: too many errors"
    advice = "The submission has failed its test: it can't be published. Dispute answers that are wrong while you can."


class GoldWasDropped(GoldError):
    reason = "gold: item was dropped"
    advice = "Leave out items that were dropped."


class AnswersNotRising(GoldError):
    reason = "gold: answers not rising"
    advice = "Order the right answers by their places in the batch."


class GoldWrongProof(GoldError):
    reason = "gold: wrong proof"
    advice = "Give the label set that was committed."


# As challenges before the same arbitrator.


class GoldApproveRefused(ApproveRefused):
    reason = "arbitration: approve refused"


class GoldCostAboveMaximum(CostAboveMaximum):
    reason = "arbitration: cost above maximum"


class GoldCostOutOfBounds(CostOutOfBounds):
    reason = "arbitration: cost out of bounds"


class GoldDisputeIdReused(DisputeIdReused):
    reason = "arbitration: dispute id reused"


class GoldNoSuchRuling(NoSuchRuling):
    reason = "arbitration: no such ruling"


class GoldMoreThanCostTaken(MoreThanCostTaken):
    reason = "arbitration: took above cost"


class GoldUnknownDispute(UnknownDispute):
    reason = "arbitration: unknown dispute"


class CourtError(ContractError):
    """A court refuses."""


class CourtTokenHasNoCode(CourtError):
    reason = "court: token has no code"
    advice = "Deploy with the address of an ERC-20."


class CourtGateHasNoCode(CourtError):
    reason = "court: gate has no code"
    advice = "Deploy with a contract that implements IGate, or none to let anyone sit."


class RandomnessHasNoCode(CourtError):
    reason = "court: randomness has no code"
    advice = "Deploy with a contract that implements IRandomness."


class BadJurorFee(CourtError):
    reason = "court: bad juror fee"
    advice = "Deploy with a fee from 1 to 2^128 - 1 base units."


class BadLoad(CourtError):
    reason = "court: bad load"
    advice = "Deploy with 8 to 64 rounds that a seat may sit in at once."


class BadMaxSeats(CourtError):
    reason = "court: bad max seats"
    advice = "Deploy with 15 to 65,535 seats."


class BadSeatsPerHolder(CourtError):
    reason = "court: bad seats per holder"
    advice = "Deploy with at least 1 and no more than the court's seats."


class BadPeriod(CourtError):
    reason = "court: bad period"
    advice = "Deploy with periods from 1 second to 182 days."


class CasesTooLong(CourtError):
    reason = "court: cases could take too long"
    advice = "Deploy with shorter periods: three rounds and two appeals must end within 182 days."


class BadNumberOfChoices(CourtError):
    reason = "court: bad number of choices"
    advice = "Ask with 1 to 254 choices."


class FeeTransferRefused(CourtError):
    reason = "court: transferFrom refused"
    advice = "The contract that brings the dispute must hold the arbitration cost and approve the court for it."


class CostDidNotArrive(CourtError):
    reason = "court: cost did not arrive"
    advice = "The court's token takes a fee or moved nothing: such tokens are unsupported."


class NoFinalRuling(CourtError):
    reason = "court: no final ruling"
    advice = "Execute after the last appeal period."


class AlreadyExecuted(CourtError):
    reason = "court: already executed"
    advice = "There is nothing left to do: the arbitrable knows the ruling."


class LastRound(CourtError):
    reason = "court: last round"
    advice = "The ruling of the third round is final."


class NotFinal(CourtError):
    reason = "court: not final"
    advice = "Settle after the last appeal period; a dispute that was not heard needs no settling."


class AllRoundsSettled(CourtError):
    reason = "court: all rounds are settled"
    advice = "There is nothing left to do."


class SeatError(ContractError):
    """A seat refuses."""


class UnknownSeat(SeatError):
    reason = "seats: unknown seat"
    advice = "It was never opened, or is closed and paid out."


class BadNumberOfSeats(SeatError):
    reason = "seats: bad number of seats"
    advice = "Join with 1 to 16 seats at a time."


class GateRefuses(SeatError):
    reason = "seats: gate refuses"
    advice = "The court's gate wants a credential of this account: pass it as `gate_data`."


class HoldsNoSeats(SeatError):
    reason = "seats: holds none"
    advice = "Join the court first."


class CourtFull(SeatError):
    reason = "seats: court is full"
    advice = "Wait until a seat is closed."


class TooManySeats(SeatError):
    reason = "seats: too many for one holder"
    advice = "Hold fewer seats: the court limits them so that nobody owns its majority."


class SeatIsLeaving(SeatError):
    reason = "seats: is leaving"
    advice = "A seat that leaves is not listed again: join anew."


class AlreadyListed(SeatError):
    reason = "seats: already listed"
    advice = "There is nothing left to do: the seat may be drawn."


class TooEarlyToList(SeatError):
    reason = "seats: too early"
    advice = "Wait until the seat's join delay is over."


class NoFreeReserve(SeatError):
    reason = "seats: no free reserve"
    advice = "The seat sits in as many rounds as it is worth: settle one of them, which lists the seat again."


class NotSeatHolder(SeatError):
    reason = "seats: not the holder"
    advice = "Only the account that holds the seat may do this."


class TooEarlyToLeave(SeatError):
    reason = "seats: too early to leave"
    advice = "Wait until the seat's join delay is over."


class AlreadyLeaving(SeatError):
    reason = "seats: already leaving"
    advice = "The first draw after that time takes it out; it is paid out once its rounds are settled."


class NotHoldersData(SeatError):
    reason = "seats: not the holder's data"
    advice = "Give the `gate_data` that the holder has shown last: that of their latest `Joined` or `Renewed` event."


class GateStillAllows(SeatError):
    reason = "seats: gate still allows"
    advice = "The holder's credential is still good."


class QueueError(ContractError):
    """The queue of rounds that wait for jurors refuses."""


class NobodyWaits(QueueError):
    reason = "queue: nobody waits"
    advice = "There is nothing left to do."


class TooFewSeats(QueueError):
    reason = "queue: too few seats"
    advice = "Make seats `ready`, or wait until some are; a round that waits too long can be dropped."


class SeedNotKnown(QueueError):
    reason = "queue: seed not known yet"
    advice = "Draw again when the block that decides has been built, or the beacon that does has been shown."


class TicketTooLarge(QueueError):
    reason = "queue: ticket too large"
    advice = "The court's source of randomness is broken."


class NotWaiting(QueueError):
    reason = "queue: does not wait"
    advice = "The jurors have been drawn, or the dispute has ended."


class TooEarlyToDrop(QueueError):
    reason = "queue: too early to drop"
    advice = "Wait until the court's draw timeout is over."


class BeaconError(ContractError):
    """A beacon of a drand chain is refused, or a contract that verifies them cannot be deployed so."""


class BeaconNotDue(BeaconError):
    reason = "drand: not due yet"
    advice = "Show the beacon when its round is due: `court.beacon_due` tells the time."


class NoSuchBeacon(BeaconError):
    reason = "drand: no such round"
    advice = "Rounds of a drand chain are counted from 1; `court.armed_beacon()` tells that of the court."


class BadSignatureLength(BeaconError):
    reason = "drand: bad length"
    advice = "Show the 48 bytes that a node of the court's drand chain gives as the round's signature."


class SignatureNotCompressed(BeaconError):
    reason = "drand: not compressed"
    advice = "Show the signature as a node of the court's drand chain gives it, compressed."


class SignatureInfinite(BeaconError):
    reason = "drand: infinite point"
    advice = "That is nobody's signature; ask another node of the court's drand chain."


class CoordinateTooLarge(BeaconError):
    reason = "drand: coordinate too large"
    advice = "That is not how points are written; ask another node of the court's drand chain."


class WrongSignOfY(BeaconError):
    reason = "drand: wrong sign of y"
    advice = "Of the two roots take the one that the signature's sign bit says, as `court.show_beacon` does."


class SignatureNotAPoint(BeaconError):
    reason = "drand: not a point"
    advice = "The signature is spoilt, or nobody's; ask another node of the court's drand chain."


class WrongBeacon(BeaconError):
    reason = "drand: wrong signature"
    advice = "It is of another round or chain, or forged: look at the number of the round, and ask another node."


class TooLittleGasForBeacon(BeaconError):
    reason = "drand: too little gas"
    advice = "Send at least 400,000 gas; less than half of it is used."


class BadDrandKey(BeaconError):
    reason = "drand: bad key"
    advice = "Deploy with the chain's public key, a point of G2: x0, x1, y0, y1; drand writes x1 before x0."


class BadDrandGenesis(BeaconError):
    reason = "drand: bad genesis"
    advice = "Deploy with the time of the chain's first round, in seconds; it has to have passed."


class BadDrandPeriod(BeaconError):
    reason = "drand: bad period"
    advice = "Deploy with the seconds from a round of the chain to the next, at most a day."


class BadDrandMargin(BeaconError):
    reason = "drand: bad margin"
    advice = "Deploy with 1 second to a day from asking for a round until it is due."


class NoPrecompiles(BeaconError):
    reason = "drand: no precompiles"
    advice = "Deploy on a chain with the precompiles of EIP-2537, which came with the fork Prague."


class VoteError(ContractError):
    """A vote or an appeal is refused."""


class NotCommitPhase(VoteError):
    reason = "votes: not the commit phase"
    advice = "Votes are sealed after the draw, until the commit period ends or all have committed."


class EmptyVote(VoteError):
    reason = "votes: empty commitment"
    advice = "Seal a choice with `commitments.vote`."


class VoteAlreadyCommitted(VoteError):
    reason = "votes: already committed"
    advice = "A vote is sealed once per round."


class NotAJuror(VoteError):
    reason = "votes: not a juror of this round"
    advice = "Only holders of drawn seats vote."


class NotRevealPhase(VoteError):
    reason = "votes: not the reveal phase"
    advice = "Votes are opened after the commit period, until the reveal period ends."


class NoSuchChoice(VoteError):
    reason = "votes: no such choice"
    advice = "Vote from 0 (cannot be decided) to the dispute's number of choices."


class VoteDoesNotOpen(VoteError):
    reason = "votes: commitment does not open"
    advice = "Give the very choice and salt that were sealed; each vote is opened once."


class NotAppealPhase(VoteError):
    reason = "votes: not the appeal phase"
    advice = "Appeal after the reveal period, before the appeal period ends; the third round is final."


class RelayError(ContractError):
    """A relay refuses."""


class RequestExpired(RelayError):
    reason = "relay: deadline passed"
    advice = "Sign a new request."


class ForAnotherRelayer(RelayError):
    reason = "relay: for another relayer"
    advice = "Only the relayer that the request names may send it."


class NoFunction(RelayError):
    reason = "relay: no function"
    advice = "The calldata begins with the four bytes of a function."


class NotSigned(RelayError):
    reason = "relay: not signed"
    advice = "The account must sign this very request, for this chain and this relay."


class NonceUsed(RelayError):
    reason = "relay: nonce is used"
    advice = "The request was executed or cancelled; sign another one with a new nonce."


class NotTrustedByTarget(RelayError):
    reason = "relay: not trusted by target"
    advice = "The relay calls, and takes its fee from, contracts only whose `relay()` it is."


class GateError(ContractError):
    """A gate refuses."""


class NoIssuer(GateError):
    reason = "gates: no issuer"
    advice = "Deploy with the account that signs the credentials."


class NoDomain(GateError):
    reason = "gates: no domain"
    advice = "Deploy with what the credentials are for."


class NotIssuer(GateError):
    reason = "gates: not the issuer"
    advice = "Only the gate's issuer revokes credentials."


class AlreadyRevoked(GateError):
    reason = "gates: already revoked"
    advice = "There is nothing left to do: the holder's credentials up to that nonce are void."


class GateTokenHasNoCode(GateError):
    reason = "gates: token has no code"
    advice = "Deploy with the address of a token."


class ZeroMinimum(GateError):
    reason = "gates: zero minimum"
    advice = "Ask for at least one base unit; a task without a gate lets anyone in."


class TooLittleGas(ContractError):
    reason = "questions: too little gas"
    advice = "Send more gas: a wallet or token that is asked gets its full share, whether it needs it or not."


# ---------------------------------------------------------------- royalty pool


class DataSetError(ContractError):
    """A task has no data set in this royalty pool, or not yet."""


class EscrowHasNoCode(DataSetError):
    reason = "royalty: escrow has no code"
    advice = "Deploy the pool with the address of a TaskEscrow."


class TaskNotClosed(DataSetError):
    reason = "royalty: task is not closed"
    advice = "Close the task first: until then its accepted labels are not final."


class NobodyEnrolled(DataSetError):
    reason = "royalty: nobody has enrolled"
    advice = "Check the task id, and enroll a paid submission of it first."


class ShareError(ContractError):
    """Shares in a data set cannot be minted or transferred so."""


class BadShareReceiver(ShareError):
    reason = "shares: bad receiver"
    advice = "Shares sent to nobody or to the pool itself would be lost; use another account."


class TooFewShares(ShareError):
    reason = "shares: balance too low"
    advice = "Transfer no more than the sender holds; annotators get shares by `enroll`."


class ShareAllowanceTooLow(ShareError):
    reason = "shares: allowance too low"
    advice = "The owner must `approve` more, or make the caller an operator."


class RevenueTooLarge(ContractError):
    reason = "revenue: too much in all"
    advice = "All payments for one data set together stay below 2**128 base units."


class LicenseError(ContractError):
    """A licence cannot be offered or bought so."""


class NotDataSetRequester(LicenseError):
    reason = "licenses: not the requester"
    advice = "Only the task's requester sets the price and the terms."


class NoLicenseTerms(LicenseError):
    reason = "licenses: no terms"
    advice = "Give the keccak-256 of the terms, or a price of 0 to end the sale."


class NotForSale(LicenseError):
    reason = "licenses: not for sale"
    advice = "Ask the requester to set a price."


class OtherLicenseTerms(LicenseError):
    reason = "licenses: other terms"
    advice = "Read the terms that are on offer now; then buy with their hash."


class PriceAboveMaximum(LicenseError):
    reason = "licenses: price above maximum"
    advice = "The price has risen; raise `max_price` if it is still worth it."


class NoLicensee(LicenseError):
    reason = "licenses: no licensee"
    advice = "Name the account that may use the data set."


# ---------------------------------------------------------------- adapters to other arbitrators


class AdapterError(ContractError):
    """An adapter to an ERC-792 arbitrator refuses."""


class ForeignArbitratorHasNoCode(AdapterError):
    reason = "adapter: arbitrator has no code"
    advice = "Deploy with the address of an ERC-792 arbitrator."


class WrappedEtherHasNoCode(AdapterError):
    reason = "adapter: token has no code"
    advice = "Deploy with the address of the chain's wrapped ether."


class ZeroDuration(AdapterError):
    reason = "adapter: zero duration"
    advice = "Deploy with the longest time that the arbitrator takes, in seconds."


class BadChoices(AdapterError):
    reason = "adapter: bad number of choices"
    advice = "Ask for at least one choice, and for fewer than 2**256 - 1."


class NotWrappedEther(AdapterError):
    reason = "adapter: not wrapped ether"
    advice = "The adapter was deployed with a token that does not give its ether back; use another adapter."


class PaymentRefused(AdapterError):
    reason = "adapter: transferFrom refused"
    advice = "The payer must hold the cost in wrapped ether and approve the adapter for it."


class ChangeRefused(AdapterError):
    reason = "adapter: transfer refused"
    advice = "The adapter's token is not wrapped ether as it should be; use another adapter."


class ForeignIdReused(AdapterError):
    reason = "adapter: dispute id reused"
    advice = "The arbitrator gave an id that it has used before; do not rely on it."


class UnknownForeignDispute(AdapterError):
    reason = "adapter: unknown dispute"
    advice = "Use the id that `create_dispute` of this adapter has returned."


class AlreadyRuledOn(AdapterError):
    reason = "adapter: already ruled"
    advice = "The ruling is final."


class AppealCostAboveMaximum(AdapterError):
    reason = "adapter: cost above maximum"
    advice = "An appeal has become dearer or is not possible; look at `appeal_cost`, then raise `max_cost`."


class NotTheArbitrator(AdapterError):
    reason = "adapter: not the arbitrator"
    advice = "Only the adapter's own arbitrator rules."


class RulingOutOfRange(AdapterError):
    reason = "adapter: no such ruling"
    advice = "Rule 0, or one of the dispute's choices."


class NothingToExecute(AdapterError):
    reason = "adapter: nothing to execute"
    advice = "There is no ruling yet, or it was passed on already."


class NoEtherExpected(AdapterError):
    reason = "adapter: no ether expected"
    advice = "Pay in wrapped ether: approve the adapter for it."


# Reason string -> class; what inherits its reason says more than the contract does.
REASONS: Mapping[str, type[ContractError]] = {
    kind.reason: kind
    for kind in list(globals().values())
    if isinstance(kind, type) and issubclass(kind, ContractError) and vars(kind).get("reason")
}


def from_reason(reason: str) -> ContractError:
    """The error that a contract's reason string stands for; `Reverted` with the string if it is none of ours."""
    kind = REASONS.get(reason)
    return kind() if kind is not None else Reverted(reason)
