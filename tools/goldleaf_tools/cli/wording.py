"""What people at a terminal are told of errors: commands and options, where the SDK names methods and parameters."""

import re
import shlex
from collections.abc import Callable, Mapping

import click

from goldleaf import errors
from goldleaf.amounts import Units, in_base_units

from ..errors import (
    IndexDamaged,
    LabelsForgotten,
    LabelsIncomplete,
    NoDrandRelay,
    NoSuchKey,
    NoSuchPlan,
    NotDeterministic,
    NotIndexed,
)
from .inputs import Id

# In the place of the advice of an error. Of all others it is the same as in Python.
ADVICE: Mapping[type[errors.GoldleafError], str] = {
    errors.NotCanonical: "Write it as canonical JSON (RFC 8785): sorted keys, no spaces.",
    errors.LabelTooLarge: 'Store it elsewhere, and make {"uri": URI, "keccak256": HASH, "bytes": SIZE} the label.',
    errors.DeploymentError: "Use the file that was written when the contracts were deployed: --deployment FILE.",
    errors.BaseUnitsNeeded: "Write base units, 12500000u.",
    errors.NoAccount: "Give --account, or set GOLDLEAF_ACCOUNT.",
    errors.UnknownArbitrator: "Look into that contract first; then accept it: --accept-arbitrator ADDRESS.",
    NoDrandRelay: "Name a relay of the court's drand chain, --relay URL, or set GOLDLEAF_DRAND_RELAYS: without the "
    "beacon no jury is drawn.",
    errors.CourtTooSmall: "Wait until more jurors have joined and their seats are listed, `goldleaf court ready "
    "SEAT`, or name another --arbitrator; --accept-small-court opens the task all the same.",
    errors.UnknownGrader: "Look into that contract first; then accept it: --accept-grader ADDRESS.",
    errors.NotAnAdapter: "Appeals before the deployment's own court are made with `goldleaf court appeal DISPUTE`.",
    errors.UnlistedArbitrator: "Look into that contract first; then name it under arbitrators in the deployment file.",
    errors.NoPermit: "Leave --permit out: then the allowance is sent first.",
    errors.BadPermit: "Sign another one, for the same amount and by the same account.",
    IndexDamaged: "Check that the block in the deployment file is not later than its first transaction; then "
    "index again from there.",
    NotIndexed: "Run `goldleaf index` first.",
    NoSuchKey: "See which there are with `goldleaf accounts list`.",
    NotDeterministic: "Let its salts come from a key of their own: give --password-file, or set GOLDLEAF_PASSWORD.",
    LabelsIncomplete: "Try again, or name other gateways; --incomplete writes what can be read.",
    LabelsForgotten: "Give the file of labels: `goldleaf commit TASK/SLOT FILE`, or, where they are committed, "
    "`goldleaf publish TASK/SLOT FILE`.",
    errors.CredentialMissing: "Ask the issuer for one, and give it: --gate-data FILE.",
    errors.UnknownGate: "Ask whoever wrote it, or the task's requester, what it wants to see as --gate-data.",
    errors.CredentialNotSigned: "If the issuer is a contract, only the gate can tell: leave --issuer out.",
    errors.RequestNotSigned: "If the account is a contract, only the relay can tell: `goldleaf relay execute FILE "
    "--dry-run`.",
    errors.NotRelayable: "Deposit by a signed allowance, `goldleaf deposit AMOUNT --permit --unsigned`; whatever else "
    "is one transaction can be relayed too.",
    errors.UnknownTarget: "Look into that contract first; then accept it: --accept-target ADDRESS.",
    errors.NothingToCollect: "Come back when somebody has paid for the data set: `goldleaf royalty show TASK`.",
    errors.NoSuchLicense: "See what is on offer with `goldleaf royalty show TASK`.",
    errors.Underpriced: "Wait until fees have fallen.",
    errors.TransactionTimeout: "Go on waiting with `goldleaf wait TRANSACTION` before you send it again.",
    errors.TransactionUntracked: "Go on waiting with `goldleaf wait TRANSACTION` before you send it again.",
    errors.TransactionDropped: "Another node may still have it: see with `goldleaf wait TRANSACTION` before you "
    "send it once more.",
    errors.NoSuchTask: "Task ids count from 1: `goldleaf task list` shows the latest.",
    errors.BadReward: "Write whole tokens, 12.5, or base units, 12500000u.",
    errors.BadStake: "Write whole tokens, 12.5, or base units, 12500000u.",
    errors.DeadlinePassed: "Nobody can take from this task any more; when its submissions have ended: `goldleaf task "
    "close TASK`.",
    errors.AlreadyCancelled: "There is nothing left to do; when its submissions have ended: `goldleaf task close "
    "TASK`.",
    errors.NotAdmitted: "The task's gate wants a credential of this account: --gate-data FILE.",
    errors.NoSuchSlot: "Slots count from 0; `goldleaf take TASK` without --slot picks an open one.",
    errors.SlotTaken: "Take another slot; without --slot an open one is picked.",
    errors.PastDue: "The work came too late; `goldleaf expire TASK/SLOT` frees three quarters of the stake.",
    errors.TooLateToPublish: "The publish period is over; anyone may end it: `goldleaf expire TASK/SLOT`.",
    errors.PublishOtherwise: "A task with a grader is published with the answers to its test, any other one without.",
    errors.TaskNotGraded: "Publish without answers: `goldleaf publish TASK/SLOT`.",
    errors.ChallengesPending: "Settle its challenges first, which anyone may: `goldleaf status TASK/SLOT` "
    "lists them, `goldleaf settle TASK/SLOT/NUMBER` settles one.",
    errors.NoSuchChallenge: "Challenges are numbered from 0: `goldleaf status TASK/SLOT` lists them.",
    errors.ForeignOrUnsorted: "Name items of one submission: `goldleaf task items TASK --slot SLOT` lists them.",
    errors.NotOfCorrectness: "It says that labels cannot be read: show them with `goldleaf answer TASK/SLOT/NUMBER`. "
    "Nobody can concede or defend it.",
    errors.LabelWasShown: "A label that was shown once is public for good: read it in the events of its submission.",
    errors.ItemNotInBatch: "Items are numbered within the task: `goldleaf task items TASK --slot SLOT` lists those of "
    "a submission.",
    errors.NoSuchCommitment: "Commit to the same items by the same account first, `goldleaf challenge commit TASK/SLOT "
    "ITEMS`; each commitment is good for one challenge.",
    errors.BeaconNotDue: "Show it then: `goldleaf court show` tells the time of the one that the next draw waits for.",
    errors.NoSuchBeacon: "Leave ROUND out: then it is the one that the next draw waits for.",
    errors.WrongSignOfY: "Of the two roots take the one that the signature's sign bit says.",
    errors.RulingNotExecuted: "Execute it first: `goldleaf court execute DISPUTE`. Anyone may.",
    errors.BondTooLow: "Leave --bond out to lock the least one; more is worth it only where all of a submission may be "
    "rejected.",
    errors.CostAboveMaximum: "The arbitrator has become dearer: raise the bound, --max-cost, if it is still worth it.",
    errors.GateRefuses: "The court's gate wants a credential of this account: --gate-data FILE.",
    errors.NotHoldersData: "Give what the holder has shown last: --gate-data FILE.",
    errors.TooFewSeats: "Make seats ready, `goldleaf court ready SEAT`, or wait until some are; a round that waits too "
    "long can be dropped.",
    errors.EmptyVote: "Seal a choice with `goldleaf court vote DISPUTE CHOICE`.",
    errors.NotTrustedByTarget: "The relay calls, and takes its fee from, contracts only that trust it.",
    errors.TooFewShares: "Transfer no more than is held; annotators get shares with `goldleaf royalty enroll`.",
    errors.ShareAllowanceTooLow: "The owner must let this account transfer more: `goldleaf royalty approve TASK SHARES "
    "SPENDER`.",
    errors.PriceAboveMaximum: "The price has risen; raise --max-price if it is still worth it.",
    errors.UnknownForeignDispute: "`goldleaf challenge show TASK/SLOT/NUMBER` names the dispute of a challenge.",
    errors.AppealCostAboveMaximum: "An appeal has become dearer or is not possible: look with `goldleaf arbitrator "
    "show ARBITRATOR DISPUTE`, then raise --max-cost.",
    errors.ExpertsFail: "Allow more errors, or ask for more known items: `goldleaf test plan` computes both.",
    errors.UnlistedGrader: "Look into the task's grader: the command line publishes only with those of the deployment.",
    errors.NotTasksGrader: "Open a task that names the test's contract; this one names another, or none.",
    errors.ClassesNotRising: "Name each class once, in the order of their digests.",
    errors.ConstantAnswerPasses: "Allow fewer errors, or ask for as many items of each class.",
    errors.OtherGold: "Give the list as it was opened: it is in the events.",
    errors.OtherClasses: "Give the classes as they were set up: they are in the events.",
    errors.GoldCostAboveMaximum: "The arbitrator has become dearer: raise the bound, --max-cost, if it is still worth "
    "it.",
    errors.TestIsPending: "See how it stands with `goldleaf status TASK/SLOT`; once the gold is open, how your labels "
    "do with `goldleaf test result TASK/SLOT`, and dispute what is wrong in it: `goldleaf test dispute TASK/SLOT "
    "ITEMS`.",
    errors.TooManyErrors: "The submission has failed its test: nobody reads it, and its stake is lost. `goldleaf test "
    "result TASK/SLOT` tells on which items; there is nothing left to do.",
    errors.TestNotSetUp: "The requester sets it up, `goldleaf test set-up TASK`: wait, or take from another task.",
    errors.NoSuchTest: "Its requester sets it up: `goldleaf test set-up TASK`; `goldleaf task show TASK` says whether "
    "the task has a grader.",
    errors.BatchNotSealed: "Wait until all of its submissions are committed, or the time to commit has ended: "
    "`goldleaf test show TASK`.",
    errors.GoldNotOpened: "The requester has not shown what the batch is tested on: `goldleaf test show TASK` says "
    "until when it may.",
    errors.NoSuchGoldItem: "`goldleaf test result TASK/SLOT` names the items that it is tested on.",
    errors.NoSuchGoldDispute: "`goldleaf test show TASK BATCH` names the disputes about what a batch is tested on.",
    errors.GoldNotItsTurn: "Disputes of a batch are settled in the order of filing: `goldleaf test show TASK BATCH`.",
    errors.GoldDisputesPending: "Settle its disputes first, in their order: `goldleaf test show TASK BATCH` lists "
    "them.",
    errors.WrongNumberOfItems: "Open what the task's plan has for this batch.",
    NoSuchPlan: "Give its file: `goldleaf test open TASK BATCH --plan FILE`. Without the plan nothing can be tested "
    "any more, and batches are best waived.",
    errors.TransferFromRefused: "Look into the wallet with `goldleaf balance`.",
}
DEPOSIT = "Add --deposit to pay what is missing out of the wallet."
NO_DEPOSIT = (
    "Look with `goldleaf balance`; what is in the wallet gets there with `goldleaf deposit AMOUNT`, into the court's "
    "ledger with --court, into that of tests with --tests, into the royalty pool's with --royalties."
)
WITHDRAW = "Leave AMOUNT out: then all that is free is paid out."
# What people call the contracts that keep ledgers, and the options that choose them.
LEDGERS = {"TaskEscrow": "escrow", "Court": "court", "GoldTest": "tests", "RoyaltyPool": "royalty pool"}
_CHOOSING = {"TaskEscrow": "", "Court": " --court", "GoldTest": " --tests", "RoyaltyPool": " --royalties"}
QUOTE = "'"
# What messages call parameters, and what people set in their place. A value stands behind what takes one.
NAMES = {
    "annotator": "--annotator",
    "annotator=": "--annotator ID",
    "delimiter": "--delimiter",
    "format": "--format",
    "format=": "--format FORMAT",
    "label": "--field",
    "label=": "--field NAME",
    "item=": "--item FIELD",
    "item=None": "--by-order",
    "types=": "--type COLUMN=TYPE",
    "gateway=": "the setting ipfs_gateway",
    "api=": "the setting ipfs_api",
    "items": "--items",
}


def advice(error: errors.GoldleafError, amount: Callable[[Units], str] = in_base_units) -> str:
    """What to do about an error, by commands and options, with the ids that are known; `amount` writes amounts."""
    if isinstance(error, errors.BalanceTooLow):
        return _funding(error, amount)
    reason = error.__cause__
    if isinstance(error, errors.NotAdmitted | errors.GateRefuses) and isinstance(reason, errors.GoldleafError):
        return advice(reason)  # what the gate wants
    return _fill(ADVICE.get(type(error), error.advice), {**_typed(), **_named(error)})


def sentence(error: errors.GoldleafError, amount: Callable[[Units], str]) -> str:
    """What is wrong, its amounts as `amount` writes them."""
    told = in_options(error.sentence(amount))
    known = _typed()
    if isinstance(error, errors.NoSuchTask) and "TASK/SLOT" in known:
        return f"submission {known['TASK/SLOT']}: {told}"
    return told


def in_options(text: str) -> str:
    """A text in which options stand where it names parameters: `--delimiter ';'` for that of Python."""

    def option(found: re.Match[str]) -> str:
        name, value = found[1], found[2]
        if found[0][1:-1] in NAMES or name not in NAMES or not value:
            return NAMES.get(found[0][1:-1], found[0])
        return f"{NAMES[name]} {shlex.quote(value.strip(QUOTE))}"

    return re.sub(r"`(\w+)(?:=('[^'`]*'|\w*))?`", option, text)


def message(error: errors.GoldleafError, amount: Callable[[Units], str]) -> str:
    """What is wrong, what to do, and what had been sent before, if anything."""
    return " ".join(part for part in (sentence(error, amount), advice(error, amount), sent(error.told)) if part)


def sent(told: str) -> str:
    """What had been sent before, as `errors.tell_sent` says it, with the command instead of the method."""
    return told.replace("`wait`", "`goldleaf wait`")


def _funding(error: errors.BalanceTooLow, amount: Callable[[Units], str]) -> str:
    """How what a free balance lacks gets there."""
    if _deposits():
        return DEPOSIT
    context = click.get_current_context(silent=True)
    if context is not None and context.command.name == "withdraw":
        return WITHDRAW
    if error.lacking is None:
        return NO_DEPOSIT
    return (
        f"What is missing, {amount(error.lacking)}, gets there out of the wallet with `goldleaf deposit AMOUNT"
        f"{_CHOOSING[error.ledger]}`."
    )


def _fill(text: str, known: Mapping[str, str]) -> str:
    """The text, whose commands have what is known in the place of the names of their arguments."""
    for name in sorted(known, key=len, reverse=True):
        text = re.sub(
            r"`goldleaf [^`]*`",
            lambda found, name=name: re.sub(rf"(?<![\w/-]){name}(?!\w)", known[name], found[0]),  # type: ignore[misc]
            text,
        )
    return text


def _typed() -> dict[str, str]:
    """The ids that the command was given: by the names of arguments that they can stand for."""
    context = click.get_current_context(silent=True)
    known: dict[str, str] = {}
    for parameter in context.command.params if context is not None else ():
        value = context.params.get(str(parameter.name)) if context is not None else None
        if isinstance(value, tuple):  # of several it is not known which one
            value = value[0] if len(value) == 1 else None
        if isinstance(parameter.type, Id) and isinstance(value, int):
            known |= parameter.type.parts(value)
    return known


def _named(error: errors.GoldleafError) -> dict[str, str]:
    """The ids that an error knows."""
    if isinstance(error, errors.TransactionError) and error.transaction:
        return {"TRANSACTION": error.transaction}
    if isinstance(error, errors.RulingNotExecuted) and error.dispute is not None:
        return {"DISPUTE": str(error.dispute)}
    return {}


def _deposits() -> bool:
    """Whether the command that runs can deposit what it needs."""
    context = click.get_current_context(silent=True)
    return context is not None and any(parameter.name == "deposit" for parameter in context.command.params)
