"""Goldleaf: buying expert labels with nobody trusted in the middle.

`Goldleaf` is the client. Labels, manifests and seals are made without a node: `LabelSet`, `Manifest`, `seals`.
"""

from . import economics, errors, events
from ._client.batch import AsyncBatch, Batch
from ._client.calls import Read
from ._client.client import AsyncGoldleaf, Goldleaf
from ._flows.relays import RelayTerms
from ._version import __version__
from .canonical import from_canonical, to_canonical
from .deployment import Deployment
from .errors import ContractError, GoldleafError, GoldleafWarning
from .feed import AsyncWatch, Cursor, Logged, Watch
from .ids import fight_id, split_fight, split_submission, submission_id
from .labels import Item, LabelSet, Manifest, digest, encode_label, reference
from .results import Call, RelayRequest, Sent, Simulation, Unsigned
from .signing import credentials, permits, relaying, seals
from .signing.credentials import Credential, SignedCredential
from .signing.relaying import SignedRequest
from .types import (
    NOT_HEARD,
    NOT_REVEALED,
    ZERO_ADDRESS,
    AdapterTerms,
    Case,
    CaseState,
    CourtParameters,
    CredentialTerms,
    DataSet,
    Dispute,
    Fight,
    FightState,
    License,
    Line,
    Offer,
    Outcome,
    Phase,
    Round,
    Seat,
    Submission,
    SubmissionState,
    TakePreview,
    Task,
    TaskParameters,
    TokenTerms,
)

__all__ = [
    "NOT_HEARD",
    "NOT_REVEALED",
    "ZERO_ADDRESS",
    "AdapterTerms",
    "AsyncBatch",
    "AsyncGoldleaf",
    "AsyncWatch",
    "Batch",
    "Call",
    "Case",
    "CaseState",
    "ContractError",
    "CourtParameters",
    "Credential",
    "CredentialTerms",
    "Cursor",
    "DataSet",
    "Deployment",
    "Dispute",
    "Fight",
    "FightState",
    "Goldleaf",
    "GoldleafError",
    "GoldleafWarning",
    "Item",
    "LabelSet",
    "License",
    "Line",
    "Logged",
    "Manifest",
    "Offer",
    "Outcome",
    "Phase",
    "Read",
    "RelayRequest",
    "RelayTerms",
    "Round",
    "Seat",
    "Sent",
    "SignedCredential",
    "SignedRequest",
    "Simulation",
    "Submission",
    "SubmissionState",
    "TakePreview",
    "Task",
    "TaskParameters",
    "TokenTerms",
    "Unsigned",
    "Watch",
    "__version__",
    "credentials",
    "digest",
    "economics",
    "encode_label",
    "errors",
    "events",
    "fight_id",
    "from_canonical",
    "permits",
    "reference",
    "relaying",
    "seals",
    "split_fight",
    "split_submission",
    "submission_id",
    "to_canonical",
]
