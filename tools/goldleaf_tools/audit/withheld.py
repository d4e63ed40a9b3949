"""Label sets that nobody can read: to be demanded while there is time, and to be challenged after that.

Who answers a demand shows one label, and nobody gets the bond; if nobody does, the submission is rejected. Jurors
hold a label for wrong whose file could not be fetched, or does not rebuild the root, in the response period.
"""

from collections.abc import Collection

from goldleaf.economics import BPS
from goldleaf.ids import name_submission
from goldleaf.types import Task

from .facts import Delivery
from .result import Action, DemandProposal, Verdict

# The chance that a file which is not there, or is another one, is not shown later either. An assumption: whoever has
# staked on labels and has them can show one, at the price of a transaction, and loses all of the stake otherwise.
WITHHELD_BPS = 9_000
WITHHELD = WITHHELD_BPS / BPS


def demand_end(delivery: Delivery, task: Task) -> int:
    """The time before which a label can be demanded: half of the challenge window."""
    period = task.parameters.challenge_period
    return (delivery.published or 0) + period // 2


def demand(
    delivery: Delivery,
    task: Task,
    verdict: Verdict,
    *,
    time: int,
    demanded: Collection[int],
    gas: int,
    lasting: bool = False,
) -> DemandProposal | None:
    """The demand of a submission whose labels cannot be read; None if there is nothing to demand any more.

    `demanded` are the submissions of which somebody has demanded a label already; `gas` is what filing and settling a
    demand takes, base units. `lasting` says that it was unreachable twice while other files could be read the same way:
    that is still no proof, so the demand is left to a person, who is told how to go on.
    """
    end = min(demand_end(delivery, task), delivery.submission.clock)
    if verdict.readable or verdict is Verdict.NOT_PUBLISHED or time >= end:
        return None
    bond, prize = task.parameters.demand_bond, task.parameters.withheld_bonus(delivery.slot)
    action, why = Action.FILE, f"Its label set is {verdict.value}: if nobody shows a label, it is rejected."
    if delivery.id in demanded:
        action, why = Action.LEAVE, "A label of it has been demanded already."
    elif not verdict.at_fault:
        action = Action.LEAVE
        why = "It cannot be read from here, which others may find otherwise: try again, or in another way, first."
        if lasting and worth(prize, bond) > gas:
            item, name = delivery.items.start, name_submission(delivery.id)
            why = (
                "It could not be read twice, while other files could be the same way. Try another way, such as other "
                f"gateways; if nobody can read it, demand a label in time: `goldleaf demand {name} {item}`."
            )
    elif worth(prize, bond) <= gas:
        action, why = (
            Action.LEAVE,
            "The bond, if somebody shows the label, and gas are more than it is expected to earn.",
        )
    return DemandProposal(
        submission=delivery.id,
        item=delivery.items.start,
        bond=bond,
        prize=prize,
        end=end,
        action=action,
        why=why,
        gas=gas,
    )


def worth(prize: int, bond: int) -> int:
    """What a demand is worth on average, base units, rounded down; gas aside."""
    return (WITHHELD_BPS * prize - (BPS - WITHHELD_BPS) * bond) // BPS
