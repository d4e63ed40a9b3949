"""What others do about an auditor's challenges, and the auditor's following them to the end."""

from collections.abc import Sequence

from goldleaf import Goldleaf, Phase, split_challenge, split_submission
from goldleaf.events import Defended, Drawn
from goldleaf_tools.audit.filing import Filing
from goldleaf_tools.autopilot import Autopilot, Report
from scripts._actors import Annotators, Chance, Jurors, Losers
from scripts._audit_stage import UNIT, Stage
from scripts._audit_work import Work
from scripts._data import Block

# Seconds after which a commitment can be used.
COMMITMENT_AGE = 61
# Seconds before the end of its window in which nobody begins to appeal any more: the deposit comes first.
TOO_LATE = 60
# Rounds of the clock until everything has to be over.
PATIENCE = 200


class Court:
    """Jurors with one seat each, who find the truth, or err."""

    def __init__(self, stage: Stage, jurors: int, error: float) -> None:
        self._stage = stage
        self._error = error
        self._chance = Chance(stage.seed)
        people = [stage.account(f"juror {number}").address for number in range(jurors)]
        stage.fund(people, 10**6 * UNIT)
        price = stage.client.court.seat_price()
        self._holders: dict[int, str] = {}
        for person in people:
            client = stage.act(person)
            client.court.ledger.deposit(price)
            self._holders[client.court.join().result.first_seat] = person
        stage.clock.travel(stage.client.court.parameters().join_delay)
        for seat in self._holders:
            stage.act(people[0]).court.ready(seat)

    def vote(self, drawn: Drawn, block: Block, annotator: str, items: Sequence[int]) -> None:
        """The jurors of a round vote."""
        rule = Jurors(block, self._chance, self._error)
        truth = rule.truth(annotator, items)
        votes = []
        for seat in drawn.seats:
            person = self._holders[seat]
            choice = rule.vote(person, drawn.dispute, drawn.round, truth)
            salt = self._chance.of("salt of vote", person, drawn.dispute, drawn.round).randbytes(32)
            votes.append((self._stage.act(person).court, choice, salt))
        for court, choice, salt in votes:
            court.commit_vote(drawn.dispute, choice, salt=salt)
        for court, choice, salt in votes:
            court.reveal_vote(drawn.dispute, choice, salt=salt)


class Challenges:
    """The challenges of one auditor over the work of some data sets."""

    def __init__(self, stage: Stage, works: dict[str, tuple[Work, Block]], court: Court, auditor: Goldleaf) -> None:
        self._stage = stage
        self._court = court
        self._chance = Chance(stage.seed)
        self._auditor = auditor
        self._by_task = {task: pair for pair in works.values() for task in pair[0].tasks}
        self._answered: set[int] = set()
        self._voted: set[tuple[int, int]] = set()
        self._weighed: set[tuple[int, int]] = set()

    def file(self, filing: Filing) -> None:
        """Commits what was remembered, waits for a minute, and files it."""
        while filing.push():
            self._stage.clock.travel(COMMITMENT_AGE)

    def follow(self, pilot: Autopilot) -> Report:
        """Lets time pass, and everybody act, until nothing is left for the auditor to do."""
        for _ in range(PATIENCE):
            self._others()
            report = pilot.step()
            if report.failed:  # it would be tried again after a pause of real time
                raise report.failed[0].error
            self._others()
            if report.is_finished:
                return report
            # The seed of a draw is the hash of a block after it was armed.
            self._stage.clock.mine(2)
            moment = report.next_moment
            if not report.done and moment is not None:
                self._stage.clock.travel_to(moment)
        raise RuntimeError("the challenges do not end")

    def _others(self) -> None:
        self._respond()
        self._vote()
        self._appeal()

    def _respond(self) -> None:
        """Each annotator concedes or defends."""
        for challenge, items in self._own().items():
            if challenge in self._answered:
                continue
            self._answered.add(challenge)
            work, block, name, client = self._annotator(challenge)
            names = [self._item(challenge, item) for item in items]
            if Annotators(_renumbered(block, names), self._chance).defends(name, challenge, range(len(names))):
                client.ledger.deposit(client.court.arbitration_cost())
                client.challenges.defend(challenge)
            else:
                client.challenges.concede(challenge)
            del work

    def _vote(self) -> None:
        for logged in self._stage.client.events.history(Drawn):
            drawn = logged.event
            assert isinstance(drawn, Drawn)
            if (drawn.dispute, drawn.round) in self._voted:
                continue
            self._voted.add((drawn.dispute, drawn.round))
            challenge, items = self._challenge_of(drawn.dispute)
            _, block, name, _ = self._annotator(challenge)
            names = [self._item(challenge, item) for item in items]
            self._court.vote(drawn, _renumbered(block, names), name, range(len(names)))

    def _appeal(self) -> None:
        """An annotator who has lost appeals when a third of the panel was on their side."""
        court = self._stage.client.court
        for dispute in range(1, court.dispute_count() + 1):
            found = court.dispute(dispute)
            if found.phase != Phase.APPEAL or found.ruling != 1 or (dispute, found.round) in self._weighed:
                continue
            if found.phase_end - self._stage.clock.now <= TOO_LATE:
                continue
            self._weighed.add((dispute, found.round))
            challenge, _ = self._challenge_of(dispute)
            cost, bond = court.appeal_cost(dispute), self._stage.client.challenges.get(challenge).bond
            if Losers.appeal(court.round(dispute, found.round).votes, found.ruling, bond, cost):
                client = self._annotator(challenge)[3]
                client.court.ledger.deposit(cost)
                client.court.appeal(dispute)

    def _own(self) -> dict[int, tuple[int, ...]]:
        from goldleaf.events import Challenged

        found = self._stage.client.events.history(Challenged, challenger=str(self._auditor.account))
        return {
            logged.event.challenge: logged.event.indices for logged in found if isinstance(logged.event, Challenged)
        }

    def _challenge_of(self, dispute: int) -> tuple[int, tuple[int, ...]]:
        for logged in self._stage.client.events.history(Defended):
            if isinstance(logged.event, Defended) and logged.event.dispute == dispute:
                return logged.event.challenge, self._own()[logged.event.challenge]
        raise RuntimeError(f"nobody has brought dispute {dispute}")

    def _annotator(self, challenge: int) -> tuple[Work, Block, str, Goldleaf]:
        submission = split_challenge(challenge)[0]
        work, block = self._by_task[split_submission(submission)[0]]
        address = self._stage.client.submissions.get(submission).annotator
        return work, block, work.names[address], self._stage.act(address)

    def _item(self, challenge: int, item: int) -> str:
        task = split_submission(split_challenge(challenge)[0])[0]
        jobs = dict(self._by_task[task][0].task_jobs)
        return jobs[task].items[item]


def _renumbered(block: Block, items: Sequence[str]) -> Block:
    """The block with these items alone, numbered from 0."""
    from dataclasses import replace

    return replace(block, items=items)
