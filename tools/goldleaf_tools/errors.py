"""What can go wrong in the tools; what goes wrong in the client is in `goldleaf.errors`."""

from goldleaf.errors import GoldleafError


class AuditError(GoldleafError):
    """An audit cannot be made of what was given."""


class AnswersError(AuditError):
    """Answers are not what they have to be: columns that do not fit, or two answers of one annotator to one item."""


class ResultError(AuditError):
    """A file does not hold the result of an audit."""


class TrialError(GoldleafError):
    """Answers of a trial tell nothing of who is to be kept."""

    advice = "Have more known items answered, some of each class, by each of the people."


class ExportError(GoldleafError):
    """The labels of a task cannot be written in the way that was asked for."""


class LabelsIncomplete(ExportError):
    """Published label sets of a task could not be read, and without them what is written would lack labels."""

    advice = "Try again, or name other gateways; `incomplete=True` writes what can be read."


class EvidenceError(GoldleafError):
    """A file is no bundle of evidence, or one cannot be made of what was given."""


class IndexFailed(GoldleafError):
    """The database of an index does not do what it should."""


class ForeignIndex(IndexFailed):
    """The database holds something else: another deployment, or the tables of another version or program."""

    advice = "Give another database, or drop these tables and index again."


class IndexBusy(IndexFailed):
    """Somebody else writes to the database of the index."""

    advice = "Let one process follow the chain for each database; any number may read."


class IndexDamaged(IndexFailed):
    """An event does not fit what the events before it have told."""

    advice = "Check that the deployment's `block` is not later than its first transaction; then index again from there."


class NotIndexed(IndexFailed):
    """Something was asked for that only comes with the first events, or the first look at the chain."""

    advice = "Run `goldleaf index` or `Index.catch_up` first."


class KeyfileError(GoldleafError):
    """A file with a key is not what it has to be, or others may read it."""


class LoosePermissions(KeyfileError):
    """Others may read or change a file or folder that holds secrets; the message says what to run."""

    advice = "If others could have read it, take what it holds for known."


class NoSuchKey(KeyfileError):
    """The keystore has no key of that name."""

    advice = "See which there are with `goldleaf accounts list`, or `Keystore.list`."


class KeyExists(KeyfileError):
    """The keystore has a key of that name, which is not overwritten."""

    advice = "Choose another name."


class WrongPassword(KeyfileError):
    """The password does not open the key."""

    advice = "Try again; a lost password cannot be restored."


class NoPassword(GoldleafError):
    """There is no password, or an empty one."""


class PlanDamaged(GoldleafError):
    """A file is no encrypted plan of a test, or somebody has changed it."""

    advice = "Take a copy of the file as it was: nothing else opens it."


class ForeignPlan(GoldleafError):
    """The plan of a test is that of another task, or another account has encrypted it."""

    advice = "Give the plan that the task's manifest was made with, and act as the account that has made it."


class NoSuchPlan(GoldleafError):
    """There is no plan of a test in this place."""

    advice = "Say where its file is; without the plan nothing can be tested any more, and batches are best waived."


class NotDeterministic(GoldleafError):
    """The account cannot derive salts: its signatures differ each time, or it cannot sign at all, as a contract."""

    advice = "Pass `vault=` to `Keyring`: a key that serves for salts alone, made by `Keystore.vault`."


class ForeignSignature(GoldleafError):
    """A signature that should give a salt is not the account's."""

    advice = "Sign with the account that it is for."


class VoteNotFound(GoldleafError):
    """No choice opens the sealed vote with the salt of this account."""

    advice = "It was sealed with another salt or vault: reveal it with that."


class LabelsForgotten(GoldleafError):
    """Nothing says where the committed label set of a submission lies."""

    advice = "Remember it with `Memory.remember(Labels(...))`: the same labels at the URI that was committed."


class LabelsChanged(GoldleafError):
    """A label set is not the one that was committed or published."""

    advice = "Put the label set back as it was, at the same URI: no other can be published or proven."


class NotABeacon(GoldleafError):
    """What should be the beacon of a round of a drand chain is none."""

    advice = "Give what a relay of the court's drand chain answers for the round: JSON with a round and its signature."


class NoDrandRelay(GoldleafError):
    """There is no relay of the drand chain to ask for a beacon."""

    advice = (
        "Pass `relays=Relays([...])` with the address of a relay of the court's drand chain: without the beacon no "
        "jury is drawn."
    )


class NoBeacon(GoldleafError):
    """None of the relays has given the beacon of a round."""

    advice = (
        "Ask another relay, or look whether these are relays of the court's drand chain: a jury that is not drawn in "
        "time is not drawn at all."
    )


class NoBeaconAwaited(GoldleafError):
    """No draw waits for a beacon."""
