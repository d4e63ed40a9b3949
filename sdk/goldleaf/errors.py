"""What can go wrong: one class per cause, each with a sentence on what to do.

A `ContractError` says the same whether a contract refused or this package saw beforehand that it would; only in the
second case `value` and `bound` are known. The reason strings are those of the contracts, and `REASONS` finds the class
of each.
"""

from collections.abc import Mapping
from typing import ClassVar


class GoldleafError(Exception):
    """Base of all errors of this package.

    `value` is what was given or found and `bound` what it has to satisfy, where they are known.
    """

    # What to do about it.
    advice: ClassVar[str] = ""

    def __init__(self, detail: str = "", *, value: object = None, bound: object = None) -> None:
        if bound is not None:
            detail = f"{detail} is {value}, must be {bound}"
        self.detail = detail
        self.value = value
        self.bound = bound
        super().__init__(" ".join(part for part in (self._sentence(), self.advice) if part))

    def _sentence(self) -> str:
        return f"{self.detail}." if self.detail else ""


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


# ---------------------------------------------------------------- arguments and deployments


class ArgumentError(GoldleafError):
    """An argument has no place in the call: wrong type, out of range, ambiguous."""


class DeploymentError(GoldleafError):
    """The deployment file is not what it has to be, or names no such contract."""

    advice = "Use the file that the `deploy` script wrote for this chain."


class NoAccount(GoldleafError):
    """The client was made without an account, and this call needs one."""

    advice = "Pass `account=` to `Goldleaf`, or use `with_account`."


class UnknownArbitrator(GoldleafError):
    """The task's arbitrator is neither listed in the deployment nor accepted by name.

    A requester who owns the arbitrator decides who is paid.
    """

    advice = "Look into that contract first; then pass its address as `accept_arbitrator`."


class NoOpenSlot(GoldleafError):
    """No slot was found that is open and has no sibling held by this account."""

    advice = "Try again later: released and expired slots open again."


# ---------------------------------------------------------------- the node


class NodeError(GoldleafError):
    """The node cannot be reached, or refuses."""


class Unreachable(NodeError):
    """No connection to the node."""

    advice = "Check its address, and that it runs."


class WrongChain(NodeError):
    """The node is on another chain than the deployment."""

    advice = "Use a node of that chain, or the deployment of this one."


class NoCode(NodeError):
    """There is no contract at an address of the deployment."""

    advice = "Check that the node is synchronised and the deployment file belongs to its chain."


class UnexpectedAnswer(NodeError):
    """A contract answered something else than its ABI says."""

    advice = "Check the address and the version of the contract."


class InsufficientFunds(NodeError):
    """The account cannot pay the gas."""

    advice = "Send some of the chain's own coin to it."


class TransactionTimeout(NodeError):
    """The transaction was sent, and not mined in time. It may still be."""

    advice = "Look its hash up before you send it again."


# ---------------------------------------------------------------- contracts


class ContractError(GoldleafError):
    """A contract refuses, or would."""

    # The reason string of the contract; empty for those that are none of ours.
    reason: ClassVar[str] = ""

    def _sentence(self) -> str:
        return ": ".join(part for part in (self.reason, self.detail) if part) + "."


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
    reason = "ledger: balance too low"
    advice = "Deposit more: stakes, bonds, fees and pots are paid from the free balance, not from the wallet."


class TransferFromRefused(LedgerError):
    reason = "ledger: transferFrom refused"
    advice = "Check the wallet's balance and allowance of that token."


class TransferRefused(LedgerError):
    reason = "ledger: transfer refused"
    advice = "The token refuses that receiver; withdraw to another one."


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


class BadPeriodFloor(TaskError):
    reason = "tasks: bad period floor"
    advice = "Deploy with a shortest period between 1 second and 90 days."


class ArbitratorHasNoCode(TaskError):
    reason = "tasks: arbitrator has no code"
    advice = "Name a contract that implements IArbitrator."


class GateHasNoCode(TaskError):
    reason = "tasks: gate has no code"
    advice = "Name a contract that implements IGate, or none to let anyone take."


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


class BadRedundancy(TaskError):
    reason = "tasks: bad redundancy"
    advice = "Ask for 1 to 15 independent submissions per batch."


class BadTolerance(TaskError):
    reason = "tasks: bad tolerance"
    advice = "At most half of a submission's labels may be tolerated wrong (5000)."


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
    advice = "Keep it between the deployment's floor and 90 days."


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


class StakeBelowJuryCost(TaskError):
    reason = "tasks: stake below jury cost"
    advice = "Raise the stake or the batch size: a submission's stake must be worth two juries, in the last batch too."


class BadDemandBond(TaskError):
    reason = "tasks: bad demand bond"
    advice = "Take about what an answer's gas costs: from one reward up to one penalty."


class NotRequester(TaskError):
    reason = "tasks: not the requester"
    advice = "Only the account that opened the task may do this."


class DeadlinePassed(TaskError):
    reason = "tasks: deadline passed"
    advice = "Nobody can take from this task any more; `close` it when its submissions have ended."


class DeadlineNotPassed(TaskError):
    reason = "tasks: deadline not passed"
    advice = "Wait for the task's deadline."


class AlreadyCancelled(TaskError):
    reason = "tasks: already cancelled"
    advice = "There is nothing left to do; `close` it after its deadline."


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
    advice = "This task has redundancy 1, so there is nobody to copy from: publish without committing."


class EmptyCommitment(SubmissionError):
    reason = "submissions: empty commitment"
    advice = "Commit to the root of a label set."


class EmptyRoot(SubmissionError):
    reason = "submissions: empty root"
    advice = "Publish the root of a label set."


class NotCommitted(SubmissionError):
    reason = "submissions: not committed"
    advice = "Commit first: this task has redundancy above 1."


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


class FightsPending(SubmissionError):
    reason = "submissions: fights are pending"
    advice = "Settle its challenges and demands first; anyone may."


class FightError(ContractError):
    """A challenge or demand refuses, for a reason that both kinds share."""


class NoSuchFight(FightError):
    reason = "fights: no such fight"
    advice = "Fights of a submission count from 0; `Submission.filed` of them exist."


class FightNotOpen(FightError):
    reason = "fights: not open"
    advice = "It has been conceded, defended, answered or settled already."


class NotItsTurn(FightError):
    reason = "fights: not its turn"
    advice = "Settle the earlier challenges and demands of the submission first; each is settled once."


class ItemNotInBatch(FightError):
    reason = "fights: item not in the batch"
    advice = "Items are numbered within the task; `submissions.items` says which ones the submission holds."


class ChallengeError(ContractError):
    """A challenge refuses."""


class AlreadySealed(ChallengeError):
    reason = "challenges: already sealed"
    advice = "Challenge with this seal, or seal with another salt."


class ChallengeTooLate(ChallengeError):
    reason = "challenges: window has ended"
    advice = "The challenge window is over or was waived."


class NoLabelsChallenged(ChallengeError):
    reason = "challenges: no labels"
    advice = "Name 1 to 32 items."


class ItemsNotRising(ChallengeError):
    reason = "challenges: items not rising"
    advice = "Sort the items, each once."


class NoSuchSeal(ChallengeError):
    reason = "challenges: no such seal"
    advice = "Seal the same items with the same salt and account first; a seal is used up by its challenge."


class SealTooYoung(ChallengeError):
    reason = "challenges: seal is too young"
    advice = "Wait until the seal is a minute old."


class SealTooOld(ChallengeError):
    reason = "challenges: seal is too old"
    advice = "A seal holds for a day: seal again."


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


class NotAChallenge(ChallengeError):
    reason = "challenges: not a challenge"
    advice = "It is a demand: settle it without items."


class OtherItems(ChallengeError):
    reason = "challenges: other items"
    advice = "Give the items of the challenge itself; leave them out to have them looked up."


class ListsDiffer(ChallengeError):
    reason = "escrow: lists differ in length"
    advice = "Give a list of items for each fight, an empty one for a demand."


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


class IsADemand(ChallengeError):
    reason = "challenges: is a demand"
    advice = "A demand is answered with the label, not conceded or defended."


class DemandError(ContractError):
    """A demand refuses."""


class DemandTooLate(DemandError):
    reason = "demands: first half is over"
    advice = "Labels can be demanded in the first half of the challenge window only."


class IsAChallenge(DemandError):
    reason = "demands: is a challenge"
    advice = "A challenge is conceded or defended, not answered."


class AnswerLate(DemandError):
    reason = "demands: answer is late"
    advice = "A demand is answered within a quarter of the challenge period; anyone may settle it now."


class WrongProof(DemandError):
    reason = "demands: wrong proof"
    advice = "Answer from the label set whose root was published."


class NotADemand(DemandError):
    reason = "demands: not a demand"
    advice = "It is a challenge: settle it with its items."


class AnswerOpen(DemandError):
    reason = "demands: answer is open"
    advice = "Settle when it is answered, or after a quarter of the challenge period."


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
    advice = "The seat sits in as many rounds as it is worth: settle one of them first."


class NotSeatHolder(SeatError):
    reason = "seats: not the holder"
    advice = "Only the account that holds the seat may do this."


class TooEarlyToLeave(SeatError):
    reason = "seats: too early to leave"
    advice = "Wait until the seat's join delay is over."


class AlreadyLeaving(SeatError):
    reason = "seats: already leaving"
    advice = "It is paid out when the rounds that it sits in are settled."


class NotHoldersData(SeatError):
    reason = "seats: not the holder's data"
    advice = "Give the `gate_data` that the holder joined with last."


class GateStillAllows(SeatError):
    reason = "seats: gate still allows"
    advice = "The holder's credential is still good."


class LineError(ContractError):
    """The line of rounds that wait for jurors refuses."""


class NobodyWaits(LineError):
    reason = "line: nobody waits"
    advice = "There is nothing left to do."


class TooFewSeats(LineError):
    reason = "line: too few seats"
    advice = "Make seats `ready`, or wait until some are; a round that waits too long can be dropped."


class SeedNotKnown(LineError):
    reason = "line: seed not known yet"
    advice = "Draw again when the block that decides has been built."


class TicketTooLarge(LineError):
    reason = "line: ticket too large"
    advice = "The court's source of randomness is broken."


class NotWaiting(LineError):
    reason = "line: does not wait"
    advice = "The jurors have been drawn, or the dispute has ended."


class TooEarlyToDrop(LineError):
    reason = "line: too early to drop"
    advice = "Wait until the court's draw timeout is over."


class VoteError(ContractError):
    """A vote or an appeal is refused."""


class NotCommitPhase(VoteError):
    reason = "votes: not the commit phase"
    advice = "Votes are sealed after the draw, until the commit period ends or all have committed."


class EmptyVote(VoteError):
    reason = "votes: empty commitment"
    advice = "Seal a choice with `seals.vote`."


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


# Reason string -> class.
REASONS: Mapping[str, type[ContractError]] = {
    kind.reason: kind
    for kind in list(globals().values())
    if isinstance(kind, type) and issubclass(kind, ContractError) and kind.reason
}


def from_reason(reason: str) -> ContractError:
    """The error that a contract's reason string stands for; `Reverted` with the string if it is none of ours."""
    kind = REASONS.get(reason)
    return kind() if kind is not None else Reverted(reason)
