"""The autopilot: does in time whatever has a deadline, for annotators, challengers, jurors and requesters.

    autopilot = Autopilot(client, Keyring(deployment, account), Memory(folder), reader=Reader(store))
    autopilot.run(until_done=True)

`plan` decides, from what is on chain and the time alone; `Autopilot` looks, acts, and waits. `stand` looks without
acting, and tells what else is left to the owner.
"""

from ..memory import Labels, Memory, PlannedChallenge
from .duties import Duty, Step, next_moment
from .pilot import Autopilot, Done, Failed, LabelSource, Report
from .plan import CAUTIOUS, Policy, plan
from .snapshot import Snapshot
from .standing import Standing, stand

__all__ = [
    "CAUTIOUS",
    "Autopilot",
    "Done",
    "Duty",
    "Failed",
    "LabelSource",
    "Labels",
    "Memory",
    "PlannedChallenge",
    "Policy",
    "Report",
    "Snapshot",
    "Standing",
    "Step",
    "next_moment",
    "plan",
    "stand",
]
