"""Audits to report on: a real data set, estimated, in a task whose annotators were paid, challenged and judged."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields, is_dataclass, replace
from itertools import cycle
from typing import Any

from goldleaf import challenge_id, to_canonical
from goldleaf.types import ChallengeKind, ChallengeState, Outcome, SubmissionState, TaskParameters
from goldleaf_tools.audit import value
from goldleaf_tools.audit.estimate import estimate
from goldleaf_tools.audit.result import (
    Action,
    AvailabilityProposal,
    ChallengeEvent,
    ChallengeReport,
    Flow,
    LabelTable,
    ManifestFinding,
    OffSchema,
    SetFinding,
    TaskAudit,
    Token,
    Verdict,
)
from scripts._estimators import load

NOW = 1_760_000_000
HOUR, DAY = 3600, 86_400
UNIT = 10**6
# What strangers write who want a page to do something, or to look like something else.
HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(2)><svg onload=alert(3)>',
    "javascript:alert(4)//</style></title></textarea>-->",
    "{{ page.__class__ }}{% raw %}&lt;b&gt;&#60;i&#62;",
    "$\\frac{1}{0}$ $x^2$ \\alpha_{",
    "\u202egnp.exe\u2066\u200b\ufeff\x00\x1b[2J\x07\r\u2028",
    "x" * 7000,
    "z" + "\u0301" * 400 + "\u0645\u0631\u062d\u0628\u0627 \u4f60\u597d \U0001f600",
    "https://example.invalid/track.png",
    "url(https://example.invalid/a.css) @import var(--ink) #010101",
    "]]><!-- <!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>&e;",
    "' onmouseover='alert(5)' style='position:fixed;inset:0",
]
# Cost of a jury of three.
JURY = 3 * UNIT


def address(number: int) -> str:
    """An account."""
    return f"0x{number:040x}"


def audit_of(name: str, *, seed: int = 0) -> TaskAudit:
    """The audit of a real set as one task, one submission for each annotator, with gold of half of the items."""
    answers, gold = load(name)
    shown = {item: truth for item, truth in gold.items() if random.Random(f"{seed} {item}").random() < 0.5}
    found = estimate(answers, shown, seed=seed)
    answers = found.answers
    accounts = tuple(address(1 + code) for code in range(len(answers.annotators)))
    estimates = tuple(
        replace(one, annotator=accounts[answers.annotators.index(one.annotator)]) for one in found.annotators()
    )
    parameters = TaskParameters(
        arbitrator=address(9001),
        gate=address(0),
        grader=address(0),
        reward=UNIT // 2,
        stake=UNIT,
        items=len(answers.items),
        batch_size=min(len(answers.items), 4096),
        redundancy=min(len(accounts), 15),
        tolerance_bps=500,
        deadline=NOW - 5 * DAY,
        work_period=2 * DAY,
        publish_period=DAY,
        challenge_period=7 * DAY,
        response_period=2 * DAY,
        arbitration_timeout=60 * DAY,
        availability_bond=UNIT,
        royalty_bps=1000,
        terms=bytes(32),
    )
    labels = LabelTable(
        classes=answers.classes,
        submissions=answers.submissions,
        annotators=accounts,
        submission=tuple(answers.submission.tolist()),
        item=tuple(answers.items[code][1] for code in answers.item.tolist()),
        label=tuple(answers.label.tolist()),
        consensus=tuple(None if code < 0 else code for code in found.believed.tolist()),
        p_wrong=tuple(found.p_wrong.tolist()),
        gold=tuple(None if code < 0 else code for code in found.gold[answers.item].tolist()),
    )
    challenges = tuple(_challenges(labels, answers.submissions))
    return TaskAudit(
        chain=31337,
        escrow=address(9000),
        task=1,
        auditor=address(7000),
        block=1234,
        time=NOW,
        requester=address(8000),
        closed=False,
        cancelled=False,
        parameters=parameters,
        token=Token(address(9002), "gUSD", 6),
        manifest=ManifestFinding(
            uri="ipfs://manifest",
            terms=bytes(32),
            guidelines="Say of each case what you see.\nIn doubt, take the more probable answer.",
            licence="CC0-1.0",
            label_schema={"enum": [one.decode().strip('"') for one in answers.classes]},
            item_uris=tuple(f"ipfs://items/{number}" for number in range(len(answers.items))),
            detail="",
        ),
        sets=tuple(_sets(labels)),
        pooled_tasks=(1,),
        choice=found.choice,
        labels=labels,
        annotators=estimates,
        calibration=found.calibration,
        proposals=tuple(_proposals(labels)),
        availability=(
            AvailabilityProposal(
                answers.submissions[-1],
                (3, 4, 5),
                UNIT,
                5 * UNIT,
                NOW + DAY,
                Action.FILE,
                "Nobody can read the set.",
            ),
        ),
        challenges=challenges,
        flows=(
            Flow("pot", "annotator", 40 * UNIT, "pay"),
            Flow("stakes", "annotator", 70 * UNIT, "stake returned"),
            Flow("stakes", "auditor", 6 * UNIT, "prize"),
            Flow("stakes", "sink", 9 * UNIT, "stake lost"),
            Flow("auditor", "auditor", 18 * UNIT, "bond returned"),
            Flow("challenger", "defender", 5 * UNIT, "bond lost"),
            Flow("challenger", "annotator", 4 * UNIT, "bond lost"),
            Flow("defender", "jurors", 2 * JURY, "fee"),
        ),
        notes=("Gas is not counted: it was not said what an ether is worth in the token.",),
    )


def _sets(labels: LabelTable) -> Iterator[SetFinding]:
    verdicts = {0: Verdict.OFF_SCHEMA, len(labels.submissions) - 1: Verdict.MISSING}
    for place, submission in enumerate(labels.submissions):
        verdict = verdicts.get(place, Verdict.VERIFIED)
        yield SetFinding(
            submission=submission,
            slot=place,
            annotator=labels.annotators[place],
            state=SubmissionState.PUBLISHED if place % 3 else SubmissionState.PAID,
            errors=place % 2,
            labels=labels.submission.count(place),
            first_item=0,
            window_end=NOW + DAY,
            uri=f"ipfs://set/{place}",
            root=bytes(32),
            verdict=verdict,
            detail="" if verdict.readable else "The store says: no such file.",
            off_schema=(OffSchema(4, b'"maybe"', "'maybe' is not one of the allowed labels"),) if place == 0 else (),
        )


def _proposals(labels: LabelTable) -> Iterator[Any]:
    for place, submission in enumerate(labels.submissions[:100]):
        rows = [row for row, own in enumerate(labels.submission) if own == place and labels.p_wrong[row] > 0.3]
        stakes = value.Stakes(2 * UNIT, 2 * UNIT, 20, JURY, 8, UNIT // 100)
        yield from value.propose(submission, {labels.item[row]: labels.p_wrong[row] for row in rows}, stakes)


def _challenges(labels: LabelTable, submissions: tuple[int, ...]) -> Iterator[ChallengeReport]:
    own, other = address(7000), address(7001)
    stories = (
        (own, Outcome.WRONG, ("Challenged", "Defended", "Drawn", "VoteCommitted", "VoteRevealed", "Ruled", "Settled")),
        (other, Outcome.NOT_WRONG, ("Challenged", "Defended", "Drawn", "VoteRevealed", "Appealed", "Ruled", "Settled")),
        (own, Outcome.CONCEDED, ("Challenged", "Conceded", "Settled")),
        (own, None, ("Challenged", "Defended", "Drawn")),
        (other, Outcome.ANSWERED, ("AvailabilityChallenged", "Answered", "Settled")),
    )
    for number, (who, outcome, kinds) in enumerate(stories):
        submission = submissions[number % len(submissions)]
        start = NOW - 9 * DAY + number * 11 * HOUR
        yield ChallengeReport(
            challenge=challenge_id(submission, number),
            submission=submission,
            number=number,
            kind=ChallengeKind.AVAILABILITY if "Answered" in kinds else ChallengeKind.CORRECTNESS,
            challenger=who,
            own=who == own,
            items=(3, 5, 8),
            state=ChallengeState.DEFENDED if outcome is None else ChallengeState.SETTLED,
            outcome=outcome,
            bond=9 * UNIT,
            fee=JURY if "Drawn" in kinds else 0,
            to_challenger=None if outcome is None else 12 * UNIT if outcome in (Outcome.WRONG, Outcome.CONCEDED) else 0,
            gas=10**15 if who == own else 0,
            dispute=number if "Drawn" in kinds else None,
            proven=None if outcome is None else 3 if outcome in (Outcome.WRONG, Outcome.CONCEDED) else 0,
            events=tuple(
                ChallengeEvent(
                    time=start + step * 17 * HOUR,
                    block=100 + step,
                    transaction="0x" + "ab" * 32,
                    kind=kind,
                    text=f"{kind}: what happened, in a sentence.",
                    account=who if step == 0 else None,
                )
                for step, kind in enumerate(kinds)
            ),
        )


def infected(audit: TaskAudit, texts: Sequence[str]) -> TaskAudit:
    """The audit with these texts in all places, in turn."""
    says = cycle(texts)
    labels = cycle(to_canonical(one) for one in texts)
    infected_audit: TaskAudit = _with_text(audit, lambda _: next(says), lambda _: next(labels))
    return infected_audit


def _with_text(part: Any, say: Callable[[str], str], canonical: Callable[[bytes], bytes]) -> Any:
    """A copy in which each text was replaced, and each label, wherever it lies."""
    if isinstance(part, str):
        return say(part)
    if isinstance(part, bytes) and len(part) != 32:
        return canonical(part)
    if isinstance(part, tuple):
        return tuple(_with_text(one, say, canonical) for one in part)
    if isinstance(part, dict):
        return {say(name): _with_text(one, say, canonical) for name, one in part.items()}
    if isinstance(part, list):
        return [_with_text(one, say, canonical) for one in part]
    if is_dataclass(part) and not isinstance(part, type):
        return replace(part, **{one.name: _with_text(getattr(part, one.name), say, canonical) for one in fields(part)})
    return part
