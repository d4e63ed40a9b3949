"""What became of challenges and demands, and where the money of a task went: from what the chain has told."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from goldleaf import events
from goldleaf.events import Event
from goldleaf.ids import split_submission
from goldleaf.types import NOT_HEARD, Outcome, TaskParameters

from .facts import Dispute, TaskFacts
from .result import FightEvent, FightKind, FightReport, Flow

_RULINGS = {0: "it cannot be decided", 1: "each of the labels is wrong", 2: "not each of the labels is wrong"}
_OUTCOMES = {
    Outcome.CONCEDED: "the annotator has conceded",
    Outcome.UNANSWERED: "nobody has answered",
    Outcome.WRONG: "each of the labels was ruled wrong",
    Outcome.NOT_WRONG: "not each of the labels was ruled wrong",
    Outcome.UNDECIDED: "nothing was decided",
    Outcome.NOT_HEARD: "the dispute was not heard",
    Outcome.ANSWERED: "the label was shown",
    Outcome.VOID: "the submission had been rejected before",
}
# Source, target, what -> base units.
_Sums = Counter[tuple[str, str, str]]


def reports(facts: TaskFacts, auditor: str | None, gas: Mapping[str, int]) -> tuple[FightReport, ...]:
    """What became of each fight of a task. `gas` has what transactions of the auditor's have cost, in wei."""
    return tuple(
        FightReport(
            fight=fight.id,
            submission=fight.submission,
            number=fight.number,
            kind=FightKind.DEMAND if fight.is_demand else FightKind.CHALLENGE,
            party=fight.party,
            own=fight.party == auditor,
            items=fight.items,
            state=fight.state,
            outcome=fight.outcome,
            bond=fight.bond,
            fee=fight.fee,
            to_party=fight.to_party,
            gas=sum(gas.get(transaction, 0) for transaction in {one.transaction for one in fight.told}),
            dispute=fight.dispute,
            proven=fight.proven,
            events=tuple(_events(fight)),
        )
        for fight in facts.fights
    )


def flows(facts: TaskFacts, auditor: str | None) -> tuple[Flow, ...]:
    """Money that has moved by a task, summed by who had it, who has it, and what for."""
    sums: _Sums = Counter()
    fights = {fight.id: fight for fight in facts.fights}
    for told in facts.told:
        _add(sums, told.event, facts.task.parameters, fights, auditor)
    return tuple(Flow(source, target, amount, what) for (source, target, what), amount in sums.items() if amount)


def _add(sums: _Sums, event: Event, terms: TaskParameters, fights: Mapping[int, Dispute], auditor: str | None) -> None:
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
        case events.Settled(fight=fight):
            _add_settled(sums, event, fights[fight], auditor)


def _add_settled(sums: _Sums, event: events.Settled, fight: Dispute, auditor: str | None) -> None:
    party = "auditor" if fight.party == auditor else "challenger"
    back = "demand bond" if fight.is_demand else "bond returned"
    if event.outcome == Outcome.ANSWERED:
        sums[party, "sink", "demand bond"] += event.to_sink
        return
    # What goes beyond the bond is out of the stake.
    sums[party, party, back] += min(event.to_party, fight.bond)
    sums["stakes", party, "prize"] += max(0, event.to_party - fight.bond)
    sums[party, "defender", "bond lost"] += event.to_defender
    sums[party, "annotator", "bond lost"] += event.to_annotator
    # A unit that cannot be halved.
    sums[party, "sink", "bond lost"] += event.to_sink


def _labels(terms: TaskParameters, submission: int) -> int:
    return len(terms.items_of(split_submission(submission)[1]))


def _events(fight: Dispute) -> Iterator[FightEvent]:
    for told in fight.told:
        text, account = _text(told.event, fight)
        yield FightEvent(
            time=told.time,
            block=told.block,
            transaction=told.transaction,
            kind=type(told.event).__name__,
            text=text,
            account=account,
        )


def _text(event: Event, fight: Dispute) -> tuple[str, str | None]:
    """A sentence, and who acted."""
    match event:
        case events.Sealed():
            return "Sealed: what is challenged was noted down, and nobody could read it.", None
        case events.Challenged(challenger=account, indices=items):
            return f"Challenged: {_count(items)} said to be wrong.", account
        case events.Demanded(demander=account, item=item):
            return f"Demanded: the label of item {item}.", account
        case events.Conceded():
            return "Conceded by the annotator.", None
        case events.Defended(defender=account):
            return "Defended: the arbitrator decides.", account
        case events.Answered(answerer=account):
            return "Answered: the label was shown.", account
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
    """The transactions in which something happened to the auditor's fights: some of them were the auditor's."""
    return {one.transaction for fight in facts.fights if fight.party == auditor for one in fight.told}
