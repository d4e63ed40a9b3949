"""The court: rounds of votes, appeals, rulings."""

from collections.abc import Iterator, Sequence

from goldleaf import Dispute, events
from scripts._actors import EACH_IS_WRONG, Losers
from scripts._record import Case
from scripts._scene import Scene
from scripts._stage import Person

LAST_ROUND = 2


class Hearings:
    """The disputes of a play."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._stage = scene.stage

    def hold(self) -> None:
        """Rounds of votes, until nobody appeals any more."""
        heard = [case for case in self._scene.cases if case.dispute is not None]
        number = 0
        while heard:
            for case, jurors in self._draw(heard, number):
                self._vote(case, jurors, number)
            # Windows of disputes drawn one after another overlap: all rounds are over at the last one's end.
            self._stage.chain.travel_to(max(self._dispute(case).phase_end for case in heard))
            heard = [case for case in heard if self._is_appealed(case, number)]
            number += 1
        disputes = [self._dispute(case) for case in self._scene.cases if case.dispute is not None]
        self._stage.chain.travel_to(max((dispute.phase_end for dispute in disputes), default=0))

    def settle(self) -> None:
        """Tells the escrow the rulings, and pays and fines the jurors."""
        auditor = self._scene.auditor
        court = auditor.client.court
        heard = [case for case in self._scene.cases if case.rulings]
        for case in self._stage.track("Rulings are executed, jurors paid", heard):
            assert case.dispute is not None
            self._stage.act(auditor, "execute", court.execute, case.dispute)
            for _ in case.rulings:
                self._stage.act(auditor, "settle (court round)", court.settle, case.dispute)

    def truth(self, case: Case) -> int:
        """What should be ruled about a challenge."""
        return self._scene.jurors_rule.truth(case.work.annotator.name, case.items)

    def _draw(self, heard: Sequence[Case], number: int) -> Iterator[tuple[Case, list[Person]]]:
        """Draws the jurors of a round of each case, in the court's order."""
        auditor = self._scene.auditor
        cases = {case.dispute: case for case in heard}
        for _ in self._stage.track(f"Round {number + 1}: jurors are drawn and vote", heard):
            drawn: list[events.Drawn] = []
            while not drawn:
                # The seed is the hash of the block after the one that armed the draw.
                self._stage.chain.mine()
                told = self._stage.act(auditor, "draw", auditor.client.court.draw)
                drawn = [event for event in told if isinstance(event, events.Drawn)]
            yield cases[drawn[0].dispute], [self._scene.seats[seat] for seat in drawn[0].seats]

    def _vote(self, case: Case, jurors: Sequence[Person], number: int) -> None:
        """Each juror seals and opens a vote; once all have sealed, opening starts."""
        assert case.dispute is not None
        truth, scene, votes = self.truth(case), self._scene, []
        for juror in jurors:
            choice = scene.jurors_rule.vote(juror.name, case.dispute, number, truth)
            salt = scene.chance.of("salt of vote", juror.name, case.dispute, number).randbytes(32)
            votes.append((juror, choice, salt))
            court = juror.client.court
            self._stage.act(juror, "commit_vote", court.commit_vote, case.dispute, choice, salt=salt)
        for juror, choice, salt in votes:
            court = juror.client.court
            self._stage.act(juror, "reveal_vote", court.reveal_vote, case.dispute, choice, salt=salt)

    def _is_appealed(self, case: Case, number: int) -> bool:
        """Notes the ruling; whoever lost appeals, or does not."""
        assert case.dispute is not None
        court = self._scene.auditor.client.court
        ruling, votes = court.ruling(case.dispute), court.round(case.dispute, number).votes
        case.rulings.append(ruling)
        if number == LAST_ROUND:
            return False
        loser = case.work.annotator if ruling == EACH_IS_WRONG else case.party
        cost = court.appeal_cost(case.dispute)
        if not Losers.appeal(votes, ruling, case.bond, cost):
            return False
        self._stage.provide(loser, loser.client.court.ledger, cost)
        self._stage.act(loser, "appeal", loser.client.court.appeal, case.dispute)
        return True

    def _dispute(self, case: Case) -> Dispute:
        assert case.dispute is not None
        return self._scene.auditor.client.court.dispute(case.dispute)
