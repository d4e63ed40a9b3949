"""A case before the arbitrator, in words: votes, appeals, and what can be done there."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from goldleaf import errors, events
from goldleaf.types import NOT_REVEALED, Phase

from .stories import Amount, Step

if TYPE_CHECKING:
    from goldleaf import Goldleaf


class Hearing:
    """What an arbitrator's dispute has come to. `rulings` are the choices in words, `token` is what it costs in."""

    def __init__(
        self,
        client: "Goldleaf",
        arbitrator: str,
        dispute: int,
        rulings: Mapping[int, str],
        token: str,
        amount: Amount,
    ) -> None:
        self._client = client
        self._arbitrator = arbitrator
        self._number = dispute
        self._rulings = rulings
        self._token, self._amount = token, amount

    @property
    def is_ours(self) -> bool:
        """Whether it is one of the deployment's court, of which alone more is known."""
        return self._arbitrator == self._client.deployment.contracts.get("Court")

    def votes(self) -> list[str]:
        """How far it has come, round by round."""
        number = self._number
        if not self.is_ours:
            return [
                f"The arbitrator {self._arbitrator} is not the court of this deployment: how it decides, and how "
                "far it has come, is not known here."
            ]
        dispute = self._client.court.dispute(number)
        lines = []
        for round in range(dispute.round + 1):
            found = self._client.court.round(number, round)
            by = "" if round == 0 else f", after an appeal paid for by {found.payer},"
            if not found.seats:
                lines.append(f"Round {round}{by} waits for jurors.")
                continue
            revealed = [vote for vote in found.votes if vote != NOT_REVEALED]
            counts = ", ".join(
                f"{revealed.count(choice)} say that {self._rulings.get(choice, str(choice))}"
                for choice in sorted({*revealed})
            )
            silent = len(found.votes) - len(revealed)
            told = counts or "no vote is open"
            lines.append(f"Round {round}{by} has {len(found.seats)} seats: {told}; {silent} have not shown a vote.")
        for logged in self._client.events.history(events.AppealDropped, contract="Court", dispute=number):
            if isinstance(logged.event, events.AppealDropped):
                lines.append(f"An appeal of {logged.event.payer} found no jurors in time; its fee went back.")
        if dispute.phase in (Phase.FINAL, Phase.NOT_HEARD):
            lines.append(f"The final ruling of the court: {self._rulings.get(dispute.ruling, str(dispute.ruling))}.")
        return lines

    def steps(self) -> tuple[Step, ...]:
        """What can be done there next."""
        if not self.is_ours:
            return ()
        number = self._number
        dispute = self._client.court.dispute(number)
        end = dispute.phase_end
        match dispute.phase:
            case Phase.WAITING:
                beacon = self._client.court.armed_beacon()
                show = (
                    (Step("Anyone", f"show the court the beacon of drand round {beacon.round}", beacon.due, end),)
                    if beacon is not None and not beacon.is_shown and beacon.dispute == number
                    else ()
                )
                return (
                    *show,
                    Step("Anyone", "have jurors drawn", end=end),
                    Step("Anyone", "take the round out of the queue", end),
                )
            case Phase.COMMIT:
                return (Step("Each drawn juror", "seal a vote", end=end),)
            case Phase.REVEAL:
                return (Step("Each drawn juror", "show the sealed vote", end=end),)
            case Phase.APPEAL:
                try:
                    cost = self._amount(self._token, self._client.court.appeal_cost(number))
                except errors.LastRound:
                    return ()
                return (Step("Anyone", f"appeal to a larger jury for {cost}", end=end),)
            case _ if not dispute.executed:
                return (Step("Anyone", "have the court tell its ruling"),)
        return ()
