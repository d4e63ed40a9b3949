"""The court: rounds of votes, appeals, rulings."""

from collections.abc import Iterator, Sequence

from goldleaf import Dispute, events
from scripts._actors import Losers
from scripts._record import Hearing
from scripts._scene import Scene
from scripts._stage import Person

LAST_ROUND = 2


class Hearings:
    """The disputes of a play."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._stage = scene.stage

    def hold(self, hearings: Sequence[Hearing]) -> None:
        """Rounds of votes, until nobody appeals any more."""
        heard = hearings
        number = 0
        while heard:
            for hearing, jurors in self._draw(heard, number):
                self._vote(hearing, jurors, number)
            # Windows of disputes drawn one after another overlap: all rounds are over at the last one's end.
            self._stage.chain.travel_to(max(self._dispute(hearing).phase_end for hearing in heard))
            heard = [hearing for hearing in heard if self._is_appealed(hearing, number)]
            number += 1
        ends = [self._dispute(hearing).phase_end for hearing in hearings]
        self._stage.chain.travel_to(max(ends, default=0))

    def settle(self, hearings: Sequence[Hearing]) -> None:
        """Tells whoever asked for them the rulings, and pays and fines the jurors."""
        auditor = self._scene.auditor
        court = auditor.client.court
        for hearing in self._stage.track("Rulings are executed, jurors paid", hearings):
            self._stage.act(auditor, "execute", court.execute, hearing.dispute)
            for _ in hearing.rulings:
                self._stage.act(auditor, "settle (court round)", court.settle, hearing.dispute)

    def _draw(self, heard: Sequence[Hearing], number: int) -> Iterator[tuple[Hearing, list[Person]]]:
        """Draws the jurors of a round of each dispute, in the court's order."""
        auditor = self._scene.auditor
        asked = {hearing.dispute: hearing for hearing in heard}
        for _ in self._stage.track(f"Round {number + 1}: jurors are drawn and vote", heard):
            drawn: list[events.Drawn] = []
            while not drawn:
                # The seed is the hash of the block after the one that armed the draw.
                self._stage.chain.mine()
                told = self._stage.act(auditor, "draw", auditor.client.court.draw)
                drawn = [event for event in told if isinstance(event, events.Drawn)]
            yield asked[drawn[0].dispute], [self._scene.seats[seat] for seat in drawn[0].seats]

    def _vote(self, hearing: Hearing, jurors: Sequence[Person], number: int) -> None:
        """Each juror seals and opens a vote; once all have sealed, opening starts.

        How many err is drawn by their places, not by who they are: the jurors hang on block hashes, and so on the last
        byte of the contracts, of which neither rulings nor money should.
        """
        scene, votes = self._scene, []
        for place, juror in enumerate(jurors):
            choice = scene.jurors_rule.vote(place, hearing.dispute, number, hearing.truth)
            salt = scene.chance.of("salt of vote", juror.name, hearing.dispute, number).randbytes(32)
            votes.append((juror, choice, salt))
            court = juror.client.court
            self._stage.act(juror, "commit_vote", court.commit_vote, hearing.dispute, choice, salt=salt)
        for juror, choice, salt in votes:
            court = juror.client.court
            self._stage.act(juror, "reveal_vote", court.reveal_vote, hearing.dispute, choice, salt=salt)

    def _is_appealed(self, hearing: Hearing, number: int) -> bool:
        """Notes the ruling; whoever lost appeals, or does not."""
        court = self._scene.auditor.client.court
        ruling, votes = court.ruling(hearing.dispute), court.round(hearing.dispute, number).votes
        hearing.rulings.append(ruling)
        if number == LAST_ROUND:
            return False
        loser = hearing.losers[ruling]
        cost = court.appeal_cost(hearing.dispute)
        if not Losers.appeal(votes, ruling, hearing.bond, cost):
            return False
        self._stage.provide(loser, loser.client.court.ledger, cost)
        self._stage.act(loser, "appeal", loser.client.court.appeal, hearing.dispute)
        return True

    def _dispute(self, hearing: Hearing) -> Dispute:
        return self._scene.auditor.client.court.dispute(hearing.dispute)
