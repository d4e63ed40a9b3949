"""What became of challenges, and where the money of a task went: from what the chain has told."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from goldleaf import events
from goldleaf.events import Event
from goldleaf.ids import split_gold_dispute, split_submission
from goldleaf.types import NOT_HEARD, ChallengeKind, Outcome, TaskParameters

from .facts import Dispute, TaskFacts
from .result import ChallengeEvent, ChallengeReport, Flow

_RULINGS = {0: "it cannot be decided", 1: "each of the labels is wrong", 2: "not each of the labels is wrong"}
_OUTCOMES = {
    Outcome.CONCEDED: "the annotator has conceded",
    Outcome.UNANSWERED: "nobody has answered, or not for all labels",
    Outcome.WRONG: "each of the labels was ruled wrong",
    Outcome.NOT_WRONG: "not each of the labels was ruled wrong",
    Outcome.UNDECIDED: "nothing was decided",
    Outcome.NOT_HEARD: "the dispute was not heard",
    Outcome.ANSWERED: "all labels were shown",
    Outcome.VOID: "the submission had been rejected before",
}
# Source, target, what -> base units.
_Sums = Counter[tuple[str, str, str]]


def reports(facts: TaskFacts, auditor: str | None, gas: Mapping[str, int]) -> tuple[ChallengeReport, ...]:
    """What became of each challenge of a task. `gas` has what transactions of the auditor's have cost, in wei."""
    return tuple(
        ChallengeReport(
            challenge=challenge.id,
            submission=challenge.submission,
            number=challenge.number,
            kind=challenge.kind,
            challenger=challenge.challenger,
            own=challenge.challenger == auditor,
            items=challenge.items,
            state=challenge.state,
            outcome=challenge.outcome,
            bond=challenge.bond,
            fee=challenge.fee,
            to_challenger=challenge.to_challenger,
            gas=sum(gas.get(transaction, 0) for transaction in {one.transaction for one in challenge.told}),
            dispute=challenge.dispute,
            proven=challenge.proven,
            events=tuple(_events(challenge)),
        )
        for challenge in facts.challenges
    )


def flows(facts: TaskFacts, auditor: str | None) -> tuple[Flow, ...]:
    """Money that has moved by a task, summed by who had it, who has it, and what for."""
    sums: _Sums = Counter()
    challenges = {challenge.id: challenge for challenge in facts.challenges}
    for told in facts.told:
        _add(sums, told.event, facts.task.parameters, challenges, auditor)
    _add_tests(sums, [told.event for told in facts.told])
    return tuple(Flow(source, target, amount, what) for (source, target, what), amount in sums.items() if amount)


def _add(
    sums: _Sums, event: Event, terms: TaskParameters, challenges: Mapping[int, Dispute], auditor: str | None
) -> None:
    match event:
        case events.Claimed(submission=submission, labels=right, pay=pay, stake=stake, to_requester=rest):
            # The stake had advanced the prizes, and is made whole out of the pot.
            prizes = (_labels(terms, submission) - right) * terms.prize
            sums["pot", "annotator", "pay"] += pay
            sums["pot", "annotator", "prize returned"] += prizes
            sums["pot", "requester", "pay returned"] += rest
            sums["stakes", "annotator", "stake returned"] += stake - prizes
        case events.Rejected(submission=submission, to_sink=lost, to_requester=rest):
            pay_lost = terms.reward * _labels(terms, submission) - rest
            sums["pot", "sink", "pay lost"] += pay_lost
            sums["pot", "requester", "pay returned"] += rest
            sums["stakes", "sink", "stake lost"] += lost - pay_lost
        case events.Released(to_sink=amount) | events.Expired(to_sink=amount) | events.Forfeited(to_sink=amount):
            sums["stakes", "sink", "stake lost"] += amount
        case events.Closed(to_requester=amount):
            sums["pot", "requester", "pay returned"] += amount
        case events.Defended(fee=fee):
            sums["defender", "jurors", "fee"] += fee
        case events.Settled(challenge=challenge):
            _add_settled(sums, event, challenges[challenge], auditor)


def _add_settled(sums: _Sums, event: events.Settled, challenge: Dispute, auditor: str | None) -> None:
    who = "auditor" if challenge.challenger == auditor else "challenger"
    back = "bond returned" if challenge.kind == ChallengeKind.CORRECTNESS else "availability bond"
    if event.outcome == Outcome.ANSWERED:
        sums[who, "sink", "availability bond"] += event.to_sink
        return
    # What goes beyond the bond is out of the stake.
    sums[who, who, back] += min(event.to_challenger, challenge.bond)
    sums["stakes", who, "prize"] += max(0, event.to_challenger - challenge.bond)
    sums[who, "defender", "bond lost"] += event.to_defender
    sums[who, "annotator", "bond lost"] += event.to_annotator


def _add_tests(sums: _Sums, told: Sequence[Event]) -> None:
    """What disputes about known answers have moved."""
    fees = {event.gold_dispute: event.fee for event in told if isinstance(event, events.GoldDisputed)}
    winners: Counter[tuple[int, int]] = Counter()
    for event in told:
        match event:
            case events.GoldDisputed(fee=fee):
                sums["annotator", "jurors", "fee"] += fee
            case events.GoldDisputeSettled(gold_dispute=id, to_disputer=got, to_sink=lost):
                task, batch, _ = split_gold_dispute(id)
                winners[task, batch] += bool(event.dropped)
                sums["annotator", "sink", "bond lost"] += lost
                # The bond, as much as the fee, was the disputer's own.
                sums["deposits", "annotator", "deposit"] += max(0, got - fees[id])
            case events.DepositReleased(task=task, batch=batch, to_each_winner=each, to_sink=lost):
                sums["deposits", "annotator", "deposit"] += each * winners[task, batch]
                sums["deposits", "requester", "deposit returned"] += event.to_requester
                sums["deposits", "sink", "deposit"] += lost


def _labels(terms: TaskParameters, submission: int) -> int:
    return len(terms.items_of(split_submission(submission)[1]))


def _events(challenge: Dispute) -> Iterator[ChallengeEvent]:
    for told in challenge.told:
        text, account = _text(told.event, challenge)
        yield ChallengeEvent(
            time=told.time,
            block=told.block,
            transaction=told.transaction,
            kind=type(told.event).__name__,
            text=text,
            account=account,
        )


def _text(event: Event, challenge: Dispute) -> tuple[str, str | None]:
    """A sentence, and who acted."""
    match event:
        case events.ChallengeCommitted():
            return "Committed: what is challenged was noted down, and nobody could read it.", None
        case events.Challenged(challenger=account, indices=items):
            return f"Challenged: {_count(items)} said to be wrong.", account
        case events.AvailabilityChallenged(challenger=account, indices=items):
            return f"Challenged: {_count(items)} said to be withheld.", account
        case events.Conceded():
            return "Conceded by the annotator.", None
        case events.Defended(defender=account):
            return "Defended: the arbitrator decides.", account
        case events.Answered(answerer=account, item=item):
            return f"Answered: the label of item {item} was shown.", account
        case events.DisputeCreated():
            return "The court has taken the dispute.", None
        case events.Drawn(seats=seats, round=number):
            return f"Round {number + 1}: {len(seats)} jurors were drawn.", None
        case events.VoteCommitted(holder=account):
            return "A juror has sealed a vote.", account
        case events.VoteRevealed(holder=account, choice=choice):
            return f"A juror says: {_ruling(choice)}.", account
        case events.Appealed(payer=account, round=number):
            return f"Appealed: round {number + 1} follows.", account
        case events.AppealDropped():
            return "The appeal found no jurors and was dropped.", None
        case events.NotHeard():
            return "No jurors were found: the dispute was not heard.", None
        case events.RulingExecuted(ruling=ruling) | events.Ruled(ruling=ruling):
            return f"Ruled: {_ruling(ruling)}.", None
        case events.RoundSettled(round=number):
            return f"The jurors of round {number + 1} were paid.", None
        case events.Settled(outcome=outcome):
            return f"Settled: {_OUTCOMES[outcome]}.", None
        case _:
            return f"{type(event).__name__}.", None


def _ruling(choice: int) -> str:
    return "not heard" if choice == NOT_HEARD else _RULINGS.get(choice, f"choice {choice}")


def _count(items: Iterable[int]) -> str:
    number = len(tuple(items))
    return "1 label is" if number == 1 else f"{number} labels are"


def own_transactions(facts: TaskFacts, auditor: str) -> set[str]:
    """The transactions in which something happened to the auditor's challenges: some of them were the auditor's."""
    return {
        one.transaction for challenge in facts.challenges if challenge.challenger == auditor for one in challenge.told
    }
