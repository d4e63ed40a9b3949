"""The sentences of a report, and what its words mean."""

from collections import Counter
from collections.abc import Iterator, Mapping
from types import MappingProxyType

import numpy as np

from goldleaf.types import ChallengeKind, Outcome, SubmissionState, TestPhase

from ..result import Grade, TaskAudit, Verdict
from . import text

# Chances of being wrong, from which on a label counts as probably wrong, and as almost certainly wrong.
SURELY = 0.9

VERDICTS: Mapping[Verdict, str] = MappingProxyType(
    {
        Verdict.VERIFIED: "verified: what was read is what was promised on the chain",
        Verdict.OFF_SCHEMA: "verified, but with labels that are not among those allowed",
        Verdict.MISSING: "missing: the store has no such file",
        Verdict.UNREACHABLE: "out of reach: the store did not answer",
        Verdict.MISMATCH: "unlike what was promised on the chain",
        Verdict.MALFORMED: "broken: the file is no label set",
        Verdict.UNSURE: "not to be judged from here: what failed may be the auditor's own line",
        Verdict.NOT_PUBLISHED: "not published yet",
    }
)
STATES: Mapping[SubmissionState, str] = MappingProxyType(
    {
        SubmissionState.OPEN: "open",
        SubmissionState.TAKEN: "being worked on",
        SubmissionState.COMMITTED: "delivered, sealed",
        SubmissionState.PUBLISHED: "published",
        SubmissionState.PAID: "paid",
        SubmissionState.REJECTED: "rejected",
        SubmissionState.FORFEITED: "forfeited",
    }
)
PHASES: Mapping[TestPhase, str] = MappingProxyType(
    {
        TestPhase.UNSEALED: "not all labels are sealed",
        TestPhase.SEALED: "the requester may open known items",
        TestPhase.OPENED: "opened, may be disputed",
        TestPhase.GRADED: "tested",
        TestPhase.UNGRADED: "not tested",
    }
)
KINDS: Mapping[ChallengeKind, str] = MappingProxyType(
    {ChallengeKind.CORRECTNESS: "challenge", ChallengeKind.AVAILABILITY: "availability challenge"}
)
OUTCOMES: Mapping[Outcome, str] = MappingProxyType(
    {
        Outcome.CONCEDED: "conceded by the annotator",
        Outcome.UNANSWERED: "not answered in time, so won",
        Outcome.WRONG: "ruled right by the jurors",
        Outcome.NOT_WRONG: "ruled not right by the jurors",
        Outcome.UNDECIDED: "not decided by the jurors",
        Outcome.NOT_HEARD: "not heard for want of jurors",
        Outcome.ANSWERED: "answered: the labels were shown",
        Outcome.VOID: "void: the set had been rejected before",
    }
)
GLOSSARY = (
    ("Task", "Items that somebody wants labelled, the rules for that, and the money locked to pay for it."),
    ("Item", "One thing to label: an image, a sentence, a recording."),
    ("Requester", "Who wants the labels and pays for them."),
    ("Annotator", "Who labels items."),
    ("Label set, submission", "The labels that one annotator delivers at once, for one part of the task."),
    ("Pot", "The requester's money for the whole task. It leaves only by the rules."),
    (
        "Stake",
        "Money that an annotator puts down with a label set. It comes back whole, or is lost if all is rejected.",
    ),
    ("Prize", "What whoever proves a label wrong gets for it: a quarter of its pay. Its annotator gets no pay for it."),
    ("Tolerance", "How many wrong labels a set may have. With more, all of it is rejected and nothing is paid for it."),
    ("Sink", "Where lost stakes go, so that nobody gains from a rejection but whoever has proven the labels wrong."),
    ("Challenge", "A claim that each of some labels is wrong. Anyone may make it while the set's window is open."),
    ("Bond", "Money that a challenger puts down. It is lost if the jurors say that the claim is not right."),
    ("Concede", "The annotator admits that the labels are wrong, so that no jury has to be paid."),
    ("Defend", "Somebody pays for a jury, since they think that the labels are right."),
    (
        "Juror",
        "Somebody drawn by lot to judge a challenge, who loses money by voting against what is ruled in the end.",
    ),
    ("Appeal", "A further round with more jurors, paid for by who asks for it."),
    (
        "Availability",
        "Whether labels can be read. A challenge of it asks to show some; if one is not shown, the set is rejected.",
    ),
    ("Settle", "The contract pays what the outcome gives to each."),
    ("Window", "The time in which the labels of a set can be challenged."),
    ("Gold", "Items whose true label the auditor knows, or the requester, who tests sealed labels on them."),
    ("Test", "What a sealed label set has to pass before it is published, where the requester asks for one."),
    ("Chain, block", "A public record that nobody can change later, written in blocks. Money and rules are in it."),
    ("Gas", "What it costs to write to the chain."),
)


def asked(audit: TaskAudit) -> Iterator[str]:
    """What was asked, and what is paid for it."""
    terms, token = audit.parameters, audit.token
    people = "one annotator" if terms.redundancy == 1 else f"{terms.redundancy} annotators who cannot see each other's"
    yield (
        f"The account {text.plain(audit.requester)} asked for labels of {text.count(terms.items, 'item')}, each by "
        f"{people}{'' if terms.redundancy == 1 else ' labels'}. It locked {text.amount(terms.pot, token)} to pay for "
        f"them: {text.amount(terms.reward, token)} for each label."
    )
    largest = min(terms.batch_size, terms.items)
    yield (
        f"Annotators took sets of up to {text.count(largest, 'label')} and put down {text.amount(terms.stake, token)} "
        f"for each label. A label that is proven wrong is not paid, and {text.amount(terms.prize, token)} of its pay "
        f"goes to whoever proved it; a set with more than {text.count(terms.tolerated(0), 'wrong label')} is rejected "
        "as a whole, and its stake lost. (That is for a full set.)"
    )
    if audit.closed:
        yield "The task is closed: what was not earned went back to the requester."
    elif audit.cancelled:
        yield "The requester has cancelled the task: nobody can take on more of it."
    else:
        passed = audit.time >= terms.deadline
        yield f"Work {'was' if passed else 'is'} due by {text.moment(terms.deadline)}."
    yield (
        f"For {text.duration(terms.challenge_period)} after a set is published anyone may challenge its labels; "
        f"the annotator, then anyone, has {text.duration(terms.response_period)} to answer."
    )
    if audit.manifest.licence is not None:
        yield f"Licence of the data: {text.plain(audit.manifest.licence)}."
    if audit.manifest.detail:
        yield f"What the annotators were asked could not be read: {text.plain(audit.manifest.detail, 300)}"


def tests(audit: TaskAudit) -> Iterator[str]:
    """Whether sealed labels were tested, and what came of it."""
    if not audit.tests:
        return
    held = sum(one.phase == TestPhase.GRADED for one in audit.tests)
    found = Counter(one.grade for one in audit.sets)
    yield (
        "Before anybody could read them, sets were tested on items whose answers the requester knows: in a batch that "
        "is tested, a set with too many errors on them is never published, nor paid. "
        f"{text.count(held, 'batch', 'batches')} of {len(audit.tests):,} {'was' if held == 1 else 'were'} tested: "
        f"{text.count(found[Grade.PASSED], 'set')} passed, {text.count(found[Grade.NEVER_PUBLISHED], 'set')} "
        f"failed or {'was' if found[Grade.NEVER_PUBLISHED] == 1 else 'were'} never published. "
        f"{text.count(found[Grade.SPARED], 'set')} of batches that are not tested had no test to pass."
    )


def labels(audit: TaskAudit) -> Iterator[str]:
    """How many labels are probably wrong, and how sure that is."""
    chances = np.array(audit.labels.p_wrong)
    if not len(chances):
        yield "No label could be read, so nothing is known of how many are wrong."
        return
    expected, suspects = float(chances.sum()), audit.labels.suspects()
    surely = int((chances[suspects] >= SURELY).sum())
    yield (
        f"Of {text.count(len(chances), 'label')} about {round(expected):,} ({text.share(expected / len(chances))}) are "
        f"expected to be wrong. {_are(len(suspects))} more probably wrong than right, "
        f"{_are(surely, short=True)} wrong with a chance of {text.share(SURELY)} or more."
    )
    measured = audit.calibration
    if measured is not None and measured.calibrated is not None:
        yield (
            f"How sure is that? It was tried on {text.count(measured.held_out_labels, 'label')} of "
            f"{text.count(measured.held_out_golds, 'item')} whose truth the auditor knows and the estimate did not: "
            f"the chances were off by {text.share(measured.calibrated.ece)} on average."
        )
    else:
        yield "How sure is that? It was not measured: it takes items whose truth the auditor knows."


def annotators(audit: TaskAudit) -> str:
    """What the estimates of annotators are of."""
    if len(audit.pooled_tasks) > 1:
        return (
            f"Judged by their labels in {len(audit.pooled_tasks)} tasks that ask the same. The bars hold the true "
            "share with a chance of 95%."
        )
    return "Judged by their labels in this task. The bars hold the true share with a chance of 95%."


def money(audit: TaskAudit) -> str:
    """Who put in what."""
    terms, token = audit.parameters, audit.token
    staked = sum(terms.stake * one.labels for one in audit.sets)
    bonds = sum(challenge.bond for challenge in audit.challenges)
    fees = sum(challenge.fee for challenge in audit.challenges)
    return (
        f"The requester put {text.amount(terms.pot, token)} into the pot; annotators staked "
        f"{text.amount(staked, token)} on their labels; challengers put down bonds of {text.amount(bonds, token)}; "
        f"juries cost {text.amount(fees, token)}. All of it is in one currency."
    )


def method(audit: TaskAudit) -> Iterator[str]:
    """How all this was found."""
    yield (
        "Each label set is fetched from where its annotator put it, and held against the fingerprint that the chain "
        "has of it: so what is judged here is what was delivered. Where several annotators labelled an item, what is "
        "true of it and how reliable they are is estimated together."
    )
    if audit.choice is not None:
        yield f"The truth is estimated by {audit.choice.estimator.value}. {text.plain(audit.choice.why, 600)}"
    if audit.calibration is not None:
        yield text.plain(audit.calibration.method, 600)
    yield (
        "What a challenge is worth on average counts what it pays if it is won, what it loses if it is lost or not "
        "decided, and gas. Labels are challenged together only where the weakest of them costs the others nothing."
    )


def _are(number: int, *, short: bool = False) -> str:
    verb = "is" if number == 1 else "are"
    return f"{number:,} {verb}" if short else f"{text.count(number, 'label')} {verb}"
