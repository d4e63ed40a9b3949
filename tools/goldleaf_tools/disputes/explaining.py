"""One challenge, told to somebody who knows nothing of chains."""

from typing import TYPE_CHECKING

from goldleaf.ids import split_challenge, split_submission
from goldleaf.types import NOT_HEARD, ChallengeKind, ChallengeState, Outcome, SubmissionState

from .. import verify
from ..times import show_time
from . import finding
from .hearing import Hearing
from .stories import Amount, Section, Step, Story

if TYPE_CHECKING:
    from goldleaf import Goldleaf
    from goldleaf.types import Challenge, Submission, TaskParameters

RULINGS = {
    0: "it cannot be decided",
    1: "each of the labels is wrong",
    2: "not each of the labels is wrong",
    NOT_HEARD: "nobody has heard the case",
}
ENDS = {
    Outcome.CONCEDED: "The annotator has agreed that the labels are wrong.",
    Outcome.UNANSWERED: "Nobody has stood up for the labels, or shown all of them, in time: the claim counts.",
    Outcome.WRONG: "The arbitrator has ruled that each of the labels is wrong.",
    Outcome.NOT_WRONG: "The arbitrator has ruled that not each of the labels is wrong: the challenge has failed.",
    Outcome.UNDECIDED: "The arbitrator could not decide, or has not ruled in time.",
    Outcome.NOT_HEARD: "The arbitrator has not heard the case: bond and fee went back.",
    Outcome.ANSWERED: "All labels that were asked for have been shown.",
    Outcome.VOID: "The submission had been rejected before; bonds went back.",
}


def tell(client: "Goldleaf", challenge: int, amount: Amount, *, payments: bool = True) -> Story:
    """Who claims what, what is at stake, where it stands, what can be done next, and how it ended.

    `amount` writes base units of a token. Without `payments` it is not told who was paid in the end: for that all that
    ever happened before the court is reckoned again. Raises `NoSuchChallenge`.
    """
    return _Teller(client, challenge, amount, payments).story()


class _Teller:
    def __init__(self, client: "Goldleaf", challenge: int, amount: Amount, payments: bool) -> None:
        self._client = client
        self._payments = payments
        self._id = challenge
        self._submission_id, self._number = split_challenge(challenge)
        task, self._slot = split_submission(self._submission_id)
        self._challenge: Challenge = client.challenges.get(challenge)
        self._submission: Submission = client.submissions.get(self._submission_id)
        found = client.tasks.get(task)
        self._terms: TaskParameters = found.parameters
        self._token = found.token
        self._amount = amount
        history = client.events.history(*finding.KINDS, contract="TaskEscrow", challenge=challenge)
        [self._entry] = finding.find(history)
        # Of availability: the items whose labels nobody has shown yet.
        self._unanswered: tuple[int, ...] = ()
        if self._challenge.kind == ChallengeKind.AVAILABILITY:
            self._unanswered = client.challenges.unanswered(challenge)
        self._now = client.chain.time()

    def _hearing(self, dispute: int) -> Hearing:
        return Hearing(self._client, self._entry.arbitrator, dispute, RULINGS, self._token, self._amount)

    def _show(self, units: int) -> str:
        return self._amount(self._token, units)

    def story(self) -> Story:
        steps = self._steps()
        sections = [
            Section("Who claims what", tuple(self._claim())),
            Section("What is at stake", tuple(self._stakes())),
            Section("Where it stands", tuple(self._standing())),
        ]
        if self._entry.dispute is not None:
            sections.append(Section("Votes and appeals", tuple(self._hearing(self._entry.dispute).votes())))
        if self._entry.is_open:
            sections.append(Section("What can be done next", tuple(map(str, steps))))
        else:
            sections.append(Section("How it ended", tuple(self._end())))
        return Story(self._id, self._challenge.state, tuple(sections), steps)

    # ------------------------------------------------------------ what it is about

    def _claim(self) -> list[str]:
        entry, labels = self._entry, self._submission
        items = ", ".join(map(str, entry.items))
        task, slot = split_submission(self._submission_id)
        whose = f"{labels.annotator} has delivered {labels.labels} labels (submission {task}/{slot})"
        if entry.kind == ChallengeKind.AVAILABILITY:
            return [
                f"{whose}. {entry.challenger} says that not each of the labels of these items can be read: {items}."
            ]
        where = f"The evidence lies at {entry.uri}." if entry.uri else "No evidence was given."
        return [f"{whose}. {entry.challenger} says that each of the labels of these items is wrong: {items}.", where]

    def _stakes(self) -> list[str]:
        entry, show = self._entry, self._show
        bond, terms = show(entry.bond), self._terms
        tolerated = self._terms.tolerated(self._slot)
        if entry.kind == ChallengeKind.AVAILABILITY:
            return [
                f"The challenger, {entry.challenger}, has locked {bond}. If each of the labels is shown, by whomever, "
                "it is lost, to nobody's gain.",
                f"If not, the challenger gets it back with {show(terms.availability_bonus(self._slot))}, and all "
                "labels of the submission are rejected: none is paid, and the rest of the stake is lost.",
            ]
        lines = [
            f"The challenger, {entry.challenger}, has locked {bond}: lost if not each of the labels is wrong. For each "
            f"label that is newly proven wrong they win {show(terms.prize)}, a quarter of its pay.",
            f"The annotator, {self._submission.annotator}, has {show(self._submission.stake)} locked on it. A label "
            f"that is proven wrong loses its pay, {show(terms.reward)}, and no stake; conceding gives nothing back.",
            f"{self._submission.errors} labels are proven wrong so far. With more than {tolerated}, all of the "
            "submission is rejected: none of it is paid, and the stake is lost. The challenge that comes to that wins "
            f"{show(terms.crossing_bonus(self._slot, entry.bond))} besides, if it is this one.",
        ]
        if entry.defender:
            lines.append(
                f"The defender, {entry.defender}, has paid {show(self._challenge.fee)} to the arbitrator: it comes "
                "back out of the bond if the challenge fails, with half of what is left of it, but at most as much "
                "again or a quarter of the labels' pay, whichever is more. The rest is the annotator's."
            )
        return lines

    # ------------------------------------------------------------ where it stands

    def _standing(self) -> list[str]:
        challenge, time = self._challenge, show_time(self._challenge.filed_at)
        left = ", ".join(map(str, self._unanswered))
        match challenge.state:
            case ChallengeState.FILED if challenge.kind == ChallengeKind.AVAILABILITY and left:
                lines = [f"Filed on {time}. Labels of these items are still to be shown: {left}."]
            case ChallengeState.FILED if challenge.kind == ChallengeKind.AVAILABILITY:
                lines = [f"Filed on {time}. All of its labels were shown. It is to be settled: the bond is lost."]
            case ChallengeState.FILED:
                lines = [f"Filed on {time}. Nobody has answered yet."]
            case ChallengeState.CONCEDED:
                lines = [f"Filed on {time}. The annotator has conceded: it is to be settled."]
            case ChallengeState.DEFENDED:
                defended = show_time(challenge.defended_at)
                lines = [f"Defended on {defended}, and waits for the arbitrator {self._entry.arbitrator}."]
            case ChallengeState.RULED:
                lines = [f"The arbitrator has ruled: {RULINGS.get(challenge.ruling, 'something else')}. To be settled."]
            case _:
                lines = ["Settled: nothing more can happen."]
        if self._entry.is_open and self._submission.state == SubmissionState.REJECTED:
            lines.append("The submission was rejected meanwhile; what nobody had defended is void.")
        waits = self._number - self._submission.settled
        if self._entry.is_open and waits > 0:
            lines.append(
                f"Challenges over the same submission that were filed before it and are settled first: {waits}."
            )
        return lines

    # ------------------------------------------------------------ what can be done

    def _steps(self) -> tuple[Step, ...]:
        challenge, terms = self._challenge, self._terms
        settle = Step("Anyone", "settle it, which pays")
        rejected = self._submission.state == SubmissionState.REJECTED
        match challenge.state:
            case ChallengeState.FILED if rejected:
                return (settle,)
            case ChallengeState.FILED if challenge.kind == ChallengeKind.AVAILABILITY:
                if not self._unanswered:
                    return (settle,)
                end = challenge.filed_at + terms.challenge_period // 4
                return self._present(
                    Step("Anyone", "show the labels that are missing", end=end),
                    Step("Anyone", "settle it, which rejects the submission if a label is missing", end),
                )
            case ChallengeState.FILED:
                middle, end = (
                    challenge.filed_at + terms.response_period // 2,
                    challenge.filed_at + terms.response_period,
                )
                annotator = f"The annotator, {self._submission.annotator},"
                return self._present(
                    Step(annotator, "concede, or defend the labels before the arbitrator", end=end),
                    Step("Anyone", "defend them, at the arbitrator's price", middle, end),
                    Step("Anyone", "settle it as unanswered", end),
                )
            case ChallengeState.CONCEDED | ChallengeState.RULED:
                return (settle,)
            case ChallengeState.DEFENDED:
                end = challenge.defended_at + terms.arbitration_timeout
                assert self._entry.dispute is not None
                settle = Step("Anyone", "settle it as undecided, if there is no ruling", end)
                return (*self._hearing(self._entry.dispute).steps(), settle)
        return ()

    def _present(self, *steps: Step) -> tuple[Step, ...]:
        """Those whose time is not over."""
        return tuple(step for step in steps if step.end is None or self._now < step.end)

    # ------------------------------------------------------------ how it ended

    def _end(self) -> list[str]:
        assert self._entry.outcome is not None
        lines = [ENDS[self._entry.outcome]]
        if not self._payments:
            return lines
        found = verify.of_chain(self._client, self._id)
        for payment in found.payments:
            units = payment.expected if payment.found is None else payment.found
            verb = "got" if payment.gained else "paid"
            if units:
                lines.append(f"{payment.account} {verb} {self._show(units)} ({payment.name}): {payment.rule}.")
        if found.broken:
            lines.append("NOT ALL OF THIS FOLLOWS THE RULES: see `goldleaf disputes verify`.")
        return lines
