"""The terms of a task as they are typed: each with what it means, read into what `client.tasks.open` takes."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from enum import Enum
from typing import Any

from goldleaf import GoldleafWarning, economics, errors, presets
from goldleaf.types import ZERO_ADDRESS, TaskParameters

from ..money import Token, parse_amount
from ..refusals import Refused
from ..web import percent, period

UNITS: Mapping[str, int] = {"minutes": 60, "hours": 3_600, "days": 86_400}


class Kind(Enum):
    """How a term is typed."""

    AMOUNT = "amount"
    COUNT = "count"
    SHARE = "share"  # in percent
    PERIOD = "period"


@dataclass(frozen=True, slots=True)
class Term:
    """One of a task's terms."""

    name: str
    label: str
    kind: Kind
    meaning: str
    default: str = ""
    unit: str = "days"  # of a period
    is_needed: bool = True


TERMS = (
    Term("reward", "Pay for a label", Kind.AMOUNT, "For each item, each annotator is paid so much."),
    Term(
        "stake",
        "Stake for a label",
        Kind.AMOUNT,
        "An annotator locks so much for each label, and loses it with a batch that is rejected or fails its test. "
        "At least twice the pay of as many labels as reject a batch; with a test, four times the pay of a label.",
    ),
    Term(
        "batch_size",
        "Labels in a batch",
        Kind.COUNT,
        "What one annotator takes at once. With a test all batches have to be whole, and at most half of one is known.",
        "50",
    ),
    Term(
        "redundancy",
        "Annotators for each item",
        Kind.COUNT,
        "How many label the same item without seeing each other's labels. You pay for each of them.",
        "3",
    ),
    Term(
        "tolerance",
        "Wrong labels tolerated",
        Kind.SHARE,
        "In percent of a batch. A wrong label is never paid; with more of them than this the whole batch is rejected. "
        "Leave room for what honest people get wrong.",
        "20",
    ),
    Term("deadline", "Work ends after", Kind.PERIOD, "Counted from the opening. Nothing is delivered later.", "30"),
    Term("work_period", "Time for a batch", Kind.PERIOD, "From taking a batch to delivering it.", "7"),
    Term("publish_period", "Time to publish", Kind.PERIOD, "After the end of the work, to show what was sealed.", "2"),
    Term(
        "challenge_period",
        "Time to challenge",
        Kind.PERIOD,
        "From the publication of a batch: in it you and anybody else may challenge wrong labels. Pay is due after it.",
        "7",
    ),
    Term(
        "response_period", "Time to answer a challenge", Kind.PERIOD, "For annotators; not longer than the above.", "4"
    ),
    Term(
        "royalty",
        "Royalty",
        Kind.SHARE,
        "In percent: the contributors' part of what licences of the finished data set earn later.",
        "10",
    ),
    Term(
        "availability_bond",
        "Bond to ask for a withheld label",
        Kind.AMOUNT,
        "About what it costs to show a label. Empty: the pay of a label.",
        is_needed=False,
    ),
    Term(
        "arbitration_timeout",
        "Time for a ruling",
        Kind.PERIOD,
        "After it a dispute that nobody has ruled on is dropped. Empty: twice the longest that the jury takes.",
        is_needed=False,
    ),
)
# Which term an error of `client.tasks.open` is about.
FIELDS: Mapping[type[errors.GoldleafError], str] = {
    errors.BadReward: "reward",
    errors.BadStake: "stake",
    errors.StakeTooLow: "stake",
    errors.BadItems: "batch_size",
    errors.BadBatchSize: "batch_size",
    errors.LastBatchNotWhole: "batch_size",
    errors.BadRedundancy: "redundancy",
    errors.BadTolerance: "tolerance",
    errors.BadDeadline: "deadline",
    errors.BadWorkPeriod: "work_period",
    errors.BadPublishPeriod: "publish_period",
    errors.BadChallengePeriod: "challenge_period",
    errors.BadResponsePeriod: "response_period",
    errors.BadArbitrationTimeout: "arbitration_timeout",
    errors.BadAvailabilityBond: "availability_bond",
    errors.BadRoyalty: "royalty",
    errors.CourtTooSmall: "accept_small_court",
    errors.GateHasNoCode: "gate",
    errors.ArbitratorHasNoCode: "arbitrator",
    errors.UnknownArbitrator: "arbitrator",
}
_LONGEST_NUMBER = 12


def defaults() -> dict[str, str]:
    """What is in the fields before anything is typed."""
    found: dict[str, str] = {"gate": "", "arbitrator": "", "accept_small_court": ""}
    for term in TERMS:
        found[term.name] = term.default
        if term.kind is Kind.PERIOD:
            found[f"{term.name}_unit"] = term.unit
    return found


def read(typed: Mapping[str, str]) -> dict[str, Any]:
    """The arguments of `client.tasks.open` for what was typed. Raises `Refused`, naming every field that is wrong."""
    wrong: dict[str, str] = {}
    found: dict[str, Any] = {}
    for term in TERMS:
        text = typed.get(term.name, "").strip()
        if not text and not term.is_needed:
            continue
        try:
            found[term.name] = _read(term, text, typed.get(f"{term.name}_unit", ""))
        except errors.ArgumentError as error:
            wrong[term.name] = error.detail
    if wrong:
        raise Refused(**wrong)
    found["tolerance_bps"], found["royalty_bps"] = found.pop("tolerance"), found.pop("royalty")
    if gate := typed.get("gate", "").strip():
        found["gate"] = gate
    if arbitrator := typed.get("arbitrator", "").strip():
        found["arbitrator"] = arbitrator
    return {**found, "accept_small_court": bool(typed.get("accept_small_court"))}


def read_period(text: str, unit: str) -> timedelta:
    """A length of time, as a number and its unit. Raises `ArgumentError`."""
    if unit not in UNITS:
        raise errors.ArgumentError("Choose minutes, hours or days.")
    seconds = _decimal(text) * UNITS[unit]
    if seconds != int(seconds) or seconds < 1:
        raise errors.ArgumentError("Write a length of time such as 7 or 1.5.")
    return timedelta(seconds=int(seconds))


def read_count(text: str) -> int:
    """A whole number. Raises `ArgumentError`."""
    if not text.isascii() or not text.isdecimal() or len(text) > _LONGEST_NUMBER:
        raise errors.ArgumentError("Write a whole number.")
    return int(text)


def fill(preset: str, reward: int, *, items: int, cost: int, token: Token) -> tuple[dict[str, str], list[str]]:
    """What a preset types into the fields for a reward in base units, and what to know about it.

    `cost` is that of an arbitration. Raises `ArgumentError`.
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", GoldleafWarning)
        found = presets.preset(preset).terms(reward=reward, items=items, arbitration_cost=cost)
    notes = [str(warning.message) for warning in caught]
    typed = {
        "reward": plain(found["reward"], token),
        "stake": plain(found["stake"], token),
        "batch_size": str(found["batch_size"]),
        "redundancy": str(found["redundancy"]),
        "tolerance": f"{found['tolerance_bps'] / 100:g}",
        "royalty": f"{found['royalty_bps'] / 100:g}",
    }
    for name in ("work_period", "challenge_period", "response_period"):
        number, unit = split(found[name])
        typed |= {name: number, f"{name}_unit": unit}
    return typed, notes


def plain(units: int, token: Token) -> str:
    """An amount as it is typed."""
    text = f"{Decimal(units).scaleb(-token.decimals):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def split(length: timedelta) -> tuple[str, str]:
    """A length of time as it is typed: a number, and the largest unit of which it is whole."""
    seconds = int(length.total_seconds())
    unit = next((unit for unit in reversed([*UNITS]) if seconds % UNITS[unit] == 0), "minutes")
    return f"{seconds / UNITS[unit]:g}", unit


def parameters(given: Mapping[str, Any], items: int, *, reward: int, stake: int, now: int) -> TaskParameters:
    """What was read comes to, as far as it is told of here: amounts in base units, and no arbitrator or grader."""
    return TaskParameters(
        arbitrator=ZERO_ADDRESS,
        gate=given.get("gate", ZERO_ADDRESS),
        grader=ZERO_ADDRESS,
        reward=reward,
        stake=stake,
        items=items,
        batch_size=given["batch_size"],
        redundancy=given["redundancy"],
        tolerance_bps=given["tolerance_bps"],
        deadline=now + _seconds(given["deadline"]),
        work_period=_seconds(given["work_period"]),
        publish_period=_seconds(given["publish_period"]),
        challenge_period=_seconds(given["challenge_period"]),
        response_period=_seconds(given["response_period"]),
        arbitration_timeout=0,
        availability_bond=reward,
        royalty_bps=given["royalty_bps"],
        terms=bytes(32),
    )


def field_of(error: errors.GoldleafError) -> str | None:
    """The field that an error is about; None: all of them together."""
    return next((name for kind, name in FIELDS.items() if isinstance(error, kind)), None)


def money(p: TaskParameters, token: Token) -> list[tuple[str, str]]:
    """What a task costs its requester, and what it means for annotators."""
    full = len(p.items_of(0))
    labels = p.items * p.redundancy
    return [
        ("You lock", f"{token.show(p.pot)}: {labels:,} labels at {token.show(p.reward)}"),
        ("Batches", f"{p.batches:,} of up to {full:,} labels, {p.redundancy} annotators each"),
        ("An annotator stakes", f"{token.show(p.stake * full)} for a batch"),
        ("And earns with it", f"{token.show(p.reward * full)}"),
        ("Tolerated", f"{p.tolerated(0):,} of {full:,} labels may be wrong; none of these is paid"),
        (
            "A wrong label that is proven",
            f"{token.show(p.prize)} to whoever proves it, the rest of its pay back to you",
        ),
        ("Royalty", f"{percent(p.royalty_bps / economics.BPS)} of what the data set earns, to the contributors"),
        ("Who may take", "anyone" if p.gate == ZERO_ADDRESS else f"whoever the gate {p.gate} admits"),
    ]


def timeline(p: TaskParameters, now: int, opening: int = 0, disputing: int = 0) -> list[str]:
    """What happens when, in plain words; the last two are the periods of a test, seconds."""
    told = [
        f"Annotators take batches at once, and have {period(p.work_period)} for one, until the work ends "
        f"{period(max(0, p.deadline - now))} after the opening."
    ]
    if opening:
        told.append(
            f"When all labels of a batch are sealed, you have {period(opening)} to open its known answers. Miss it, "
            f"and the batch is paid untested. Annotators then have {period(disputing)} to dispute your answers."
        )
    elif not p.publishes_directly:
        told.append("Labels are sealed, and shown once every annotator of the batch has sealed theirs.")
    told += [
        f"Sealed labels are published at the latest {period(p.publish_period)} after the end of the work"
        + (", or after a late test." if opening else "."),
        f"You and anybody else may challenge a batch for {period(p.challenge_period)} from its publication; its "
        f"annotator answers within {period(p.response_period)}, and then jurors rule.",
        "A batch that nobody challenges is paid by itself. Accept it earlier if you have seen enough.",
        "What nobody has earned comes back to you when the task is closed, after the end of the work.",
    ]
    return told


def _seconds(length: timedelta) -> int:
    return int(length.total_seconds())


def _read(term: Term, text: str, unit: str) -> Any:
    match term.kind:
        case Kind.AMOUNT:
            return parse_amount(text)
        case Kind.COUNT:
            return read_count(text)
        case Kind.SHARE:
            hundredths = _decimal(text) * 100
            if hundredths != int(hundredths) or hundredths > economics.BPS:
                raise errors.ArgumentError("Write a percentage from 0 to 100, such as 12.5.")
            return int(hundredths)
        case Kind.PERIOD:
            return read_period(text, unit)


def _decimal(text: str) -> Decimal:
    try:
        return parse_amount(text if len(text) <= _LONGEST_NUMBER else "")
    except errors.ArgumentError as error:
        raise errors.ArgumentError("Write a number such as 7 or 1.5.") from error
