"""Label sets that nobody can read: to be challenged as unavailable while there is time.

Whoever answers shows the labels that are named, one by one, and nobody gets the bond; if one of them is not shown, the
submission is rejected. After the first half of the window nothing can be done: that a file cannot be fetched is no
ground to call its labels wrong.
"""

from collections.abc import Collection

from goldleaf.economics import BPS, MAX_CHALLENGED
from goldleaf.ids import name_submission
from goldleaf.types import ChallengeKind, ChallengeState, Task

from .facts import Delivery, Dispute
from .result import Action, AvailabilityProposal, Verdict

# The chance that a file which is not there, or is another one, is not shown later either. An assumption: whoever has
# staked on labels and has them can show them, at the price of some transactions, and loses all of the stake otherwise.
WITHHELD_BPS = 9_000
WITHHELD = WITHHELD_BPS / BPS


def propose(
    delivery: Delivery,
    task: Task,
    verdict: Verdict,
    *,
    time: int,
    challenges: Collection[Dispute],
    auditor: str | None,
    gas: int,
    lasting: bool = False,
) -> AvailabilityProposal | None:
    """The one availability challenge to file of a submission; None if its labels can be read, or it is too late.

    It names as many labels as a challenge may that were not shown before: whoever holds back what they have shows a few
    more easily than many. `challenges` are those of the task, `gas` is what filing and settling one takes, base units.
    `lasting` says that it was unreachable twice while other files could be read the same way: that is still no proof,
    so the challenge is left to a person, who is told how to go on.
    """
    period = task.parameters.challenge_period
    end = min((delivery.published or 0) + period // 2, delivery.submission.window_end)
    items = tuple(item for item in delivery.items if item not in delivery.shown_items)[:MAX_CHALLENGED]
    if verdict.readable or verdict is Verdict.NOT_PUBLISHED or time >= end or not items:
        return None
    bond, prize = task.parameters.availability_bond, task.parameters.availability_bonus(delivery.slot)
    filed = [one for one in challenges if one.submission == delivery.id and one.kind == ChallengeKind.AVAILABILITY]
    action, why = Action.FILE, f"Its label set is {verdict.value}: if one of these labels is not shown, it is rejected."
    if any(one.state != ChallengeState.SETTLED for one in filed):
        action, why = Action.LEAVE, "An availability challenge of it stands, and comes first."
    elif any(one.challenger == auditor for one in filed):
        action, why = Action.LEAVE, "The auditor has challenged its availability already, and labels were shown."
    elif not verdict.at_fault:
        action = Action.LEAVE
        why = "It cannot be read from here, which others may find otherwise: try again, or in another way, first."
        if lasting and worth(prize, bond) > gas:
            name, numbers = name_submission(delivery.id), ",".join(map(str, items))
            why = (
                "It could not be read twice, while other files could be the same way. Try another way, such as other "
                "gateways; if nobody can read it, challenge that in time: `goldleaf challenge availability "
                f"{name} {numbers}`."
            )
    elif worth(prize, bond) <= gas:
        action, why = Action.LEAVE, "The bond, if the labels are shown, and gas are more than it is expected to earn."
    return AvailabilityProposal(
        submission=delivery.id,
        items=items,
        bond=bond,
        prize=prize,
        end=end,
        action=action,
        why=why,
        gas=gas,
    )


def worth(prize: int, bond: int) -> int:
    """What an availability challenge is worth on average, base units, rounded down; gas aside."""
    return (WITHHELD_BPS * prize - (BPS - WITHHELD_BPS) * bond) // BPS
