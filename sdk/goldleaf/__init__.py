"""Goldleaf: buying expert labels with nobody trusted in the middle.

`Goldleaf` is the client. Labels, manifests and seals are made without a node: `LabelSet`, `Manifest`, `seals`.
"""

from . import economics, errors, events, seals
from ._client import Goldleaf, Sent
from .canonical import from_canonical, to_canonical
from .deployment import Deployment
from .errors import ContractError, GoldleafError, GoldleafWarning
from .ids import fight_id, split_fight, split_submission, submission_id
from .labels import LabelSet, digest, encode_label, reference
from .manifest import Item, Manifest
from .types import (
    NOT_HEARD,
    NOT_REVEALED,
    ZERO_ADDRESS,
    CourtParameters,
    Dispute,
    Fight,
    FightState,
    Line,
    Outcome,
    Phase,
    Round,
    Seat,
    Submission,
    SubmissionState,
    Task,
    TaskParameters,
)

__all__ = [
    "NOT_HEARD",
    "NOT_REVEALED",
    "ZERO_ADDRESS",
    "ContractError",
    "CourtParameters",
    "Deployment",
    "Dispute",
    "Fight",
    "FightState",
    "Goldleaf",
    "GoldleafError",
    "GoldleafWarning",
    "Item",
    "LabelSet",
    "Line",
    "Manifest",
    "Outcome",
    "Phase",
    "Round",
    "Seat",
    "Sent",
    "Submission",
    "SubmissionState",
    "Task",
    "TaskParameters",
    "digest",
    "economics",
    "encode_label",
    "errors",
    "events",
    "fight_id",
    "from_canonical",
    "reference",
    "seals",
    "split_fight",
    "split_submission",
    "submission_id",
    "to_canonical",
]
