"""`goldleaf status`: everything that an account has a part in, and what to do next, until when."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import click

from goldleaf import errors
from goldleaf.ids import challenge_id, split_submission
from goldleaf.types import Challenge, Seat, Submission, SubmissionState, Task

from ..autopilot.chain_reader import ChainReader
from ..autopilot.duties import Duty, Step
from ..autopilot.snapshot import Holding, Requested, Snapshot
from ..autopilot.standing import stand
from ..memory import Labels
from ..times import show_time
from . import gold, show
from .commands import Command
from .inputs import SUBMISSION
from .labelling import OwnLabels
from .session import Session
from .wording import LEDGERS


@click.command(cls=Command)
@click.argument("submission", type=SUBMISSION, required=False, metavar="[TASK/SLOT]")
@click.pass_obj
def status(session: Session, submission: int | None) -> None:
    """Show what this account has a part in, and what to do next, until when, or lose what.

    Its submissions, challenges, disputes, seats; the tasks that it has opened; what it can collect of data sets, and
    withdraw. What has ended is in `goldleaf history`. With a submission, of anybody's, show how that stands, also when
    it is over.
    """
    if submission is not None:
        _show_submission(session, submission)
        return
    # Without the key: nobody has to type a password to see how things stand.
    standing = stand(ChainReader(session.reader, None, session.memory))
    found, duties = standing.snapshot, list(standing.duties)
    seats = _seats(session)
    planned = session.memory.planned()
    lost = _lost(session, found)
    tests = {
        work.id: stage
        for work in found.works
        if work.submission.annotator == found.account and work.submission.state == SubmissionState.COMMITTED
        if (stage := gold.duty(session, work.id, work.task, found.time)) is not None
    }
    missing = [duty for duty in duties if duty.step == Step.SHOW_BEACON and duty.is_due(found.time)]
    if missing:
        session.output.note(
            f"the beacon of drand round {missing[0].number} is due, and nobody has shown it; without it no jury is "
            "drawn: `goldleaf court show-beacon`, then `goldleaf court draw`"
        )
    value = {
        "account": found.account,
        "time": found.time,
        "submissions": [
            {
                "submission": work.id,
                **show.to_json(work.submission),
                "challenges": _challenges(work),
                "test": _test(tests.get(work.id)),
            }
            for work in found.works
        ],
        "disputes": [
            {"dispute": trial.id, **show.to_json(trial.dispute), "drawn": trial.drawn, "sealed": trial.sealed}
            for trial in found.trials
        ],
        "seats": [{"seat": number, **show.to_json(seat)} for number, seat in seats.items()],
        "tasks": [_task(requested) for requested in found.tasks],
        "data_sets": [_holding(holding) for holding in found.holdings],
        "balances": [show.to_json(balance) for balance in found.balances if balance.free],
        "planned_challenges": show.to_json(planned),
        "beacon": show.to_json(found.beacon),
        "next": [
            {
                "step": duty.step.value,
                "subject": duty.subject,
                "item": duty.number if duty.step == Step.ANSWER else None,
                "drand_round": duty.number if duty.step == Step.SHOW_BEACON else None,
                "name": _subject(duty),
                "from": duty.start,
                "before": duty.end,
                "or_lose": duty.loss,
                "due": duty.is_due(found.time),
                "by_autopilot": _by_autopilot(session, duty, lost),
            }
            for duty in duties
        ],
    }
    session.output.result(show.to_json(value), lambda: _print(session, found, duties, seats, lost, tests))


def _print(
    session: Session,
    found: Snapshot,
    duties: list[Duty],
    seats: dict[int, Seat],
    lost: set[int],
    tests: dict[int, gold.Stage],
) -> None:
    out, account = session.output, found.account
    works = [
        (
            show.submission(work.id),
            "mine" if work.submission.annotator == account else work.submission.annotator,
            work.submission.state.name.lower(),
            f"{work.submission.errors} of {work.submission.labels}",
            session.token(work.task.token).show(work.submission.stake),
            show_time(until) if (until := _until(work.submission, work.task, tests.get(work.id))) else "",
        )
        for work in found.works
    ]
    out.table(
        ["submission", "annotator", "state", "proven wrong", "stake", "due, or window ends"],
        works,
        nothing="no submissions under way",
    )
    if tests:
        stages = [
            (show.submission(id), stage.what, show.until(stage.until, found.time) if stage.until else "")
            for id, stage in tests.items()
        ]
        out.table(["tested submission", "next", "until"], stages, nothing="")
    challenges = [
        (
            show.challenge(challenge_id(work.id, number)),
            _kind(challenge),
            "mine" if challenge.challenger == account else challenge.challenger,
            challenge.state.name.lower(),
        )
        for work in found.works
        for number, challenge in enumerate(work.challenges, work.submission.settled)
    ]
    if challenges:
        out.table(["challenge", "kind", "by", "state"], challenges, nothing="")
    trials = [
        (
            trial.id,
            trial.dispute.phase.name.lower().replace("_", " "),
            show_time(trial.dispute.phase_end) if trial.dispute.phase_end else "",
            "sealed" if trial.sealed else "drawn" if trial.drawn else "",
        )
        for trial in found.trials
    ]
    if trials:
        out.table(["dispute", "phase", "until", "your vote"], trials, nothing="")
    if seats:
        out.table(["seat", "state"], [(n, show.seat_state(seat, found.time)) for n, seat in seats.items()], nothing="")
    _print_requester(session, found)
    if found.holdings:
        out.table(
            ["data set", "shares", "to collect", "to enroll", "worth then", "requester's share"],
            [_holding_row(session, holding) for holding in found.holdings],
            nothing="",
        )
    free = [(LEDGERS[one.ledger], session.token(one.token).show(one.free)) for one in found.balances if one.free]
    if free:
        out.table(["ledger", "free to withdraw"], free, nothing="")
    steps = [
        (
            step,
            _subject(duty),
            _when(duty, found.time),
            duty.loss,
            "autopilot" if _by_autopilot(session, duty, lost) else "you",
        )
        for step, duty in _grouped(duties)
    ]
    out.table(["next", "of", "when", "or lose", "by"], steps, nothing="nothing to do")


def _print_requester(session: Session, found: Snapshot) -> None:
    rows = [
        (
            requested.task_id,
            _task_state(requested, found.time),
            f"{len(requested.live):,} under way",
            f"{len(requested.to_review(found.time)):,} to accept or challenge",
            session.token(requested.task.token).show(requested.left),
        )
        for requested in found.tasks
    ]
    if rows:
        session.output.table(["your task", "stands", "submissions", "of these", "left in its pot"], rows, nothing="")


def _task_state(requested: Requested, now: int) -> str:
    if now >= requested.close_from:
        return "to be closed once nothing is under way" if requested.live else "to be closed"
    if requested.task.cancelled:
        return f"cancelled: to be closed from {show_time(requested.close_from)}"
    return f"open until {show_time(requested.close_from)}; may be cancelled"


def _task(requested: Requested) -> dict[str, Any]:
    """A task of the account's, as JSON."""
    return {
        "task": requested.task_id,
        **show.to_json(requested.task),
        "close_from": requested.close_from,
        "left": requested.left,
        "live": {show.submission(id): show.to_json(found) for id, found in requested.live.items()},
    }


def _holding(holding: Holding) -> dict[str, Any]:
    """What the account has in a data set, as JSON."""
    return {**show.to_json(holding), "unenrolled": [show.submission(one) for one in holding.unenrolled]}


def _holding_row(session: Session, holding: Holding) -> tuple[object, ...]:
    token = session.token(holding.token)
    return (
        holding.task_id,
        f"{holding.shares:,}",
        token.show(holding.collectable),
        ", ".join(map(show.submission, holding.unenrolled)),
        token.show(holding.after_enrolling) if holding.unenrolled else "",
        token.show(holding.requester_due) if holding.requester_due else "",
    )


def _show_submission(session: Session, submission: int) -> None:
    gl = session.reader
    found = gl.submissions.get(submission)
    task = session.task_of(submission)
    p, token = task.parameters, session.token(task.token)
    tolerated = p.tolerated(split_submission(submission)[1])
    now = session.now()
    stage = gold.duty(session, submission, task, now) if found.state == SubmissionState.COMMITTED else None
    items, until = gl.submissions.items(submission), _until(found, task, stage)
    ends = "nothing more to wait for" if until is None else show.until(until, now)
    if stage is not None:
        ends = stage.what + (f", until {show.until(stage.until, now)}" if stage.until else "")
    challenges = gl.challenges.get.many([challenge_id(submission, number) for number in range(found.filed)])
    value: dict[str, Any] = {"submission": submission, **show.to_json(found), "items": show.to_json(items)}
    value |= {"tolerated": tolerated, "prize": str(p.prize), "test": _test(stage)}
    value["challenges"] = [
        {"challenge": str(challenge_id(submission, number)), **show.to_json(challenge)}
        for number, challenge in enumerate(challenges)
    ]

    def human() -> None:
        session.output.facts(
            [
                ("state", found.state.name.lower()),
                ("annotator", found.annotator),
                ("items", show.items(items)),
                ("stake", token.show(found.stake)),
                ("worst loss", f"{token.show(found.stake)}, if more than {tolerated} labels are proven wrong"),
                ("proven wrong", f"{found.errors} of {found.labels}, for a prize of {token.show(p.prize)} each"),
                ("due, or window ends" if stage is None else "next", ends),
                ("commitment", "0x" + found.commitment.hex()),
                ("root", "0x" + found.root.hex()),
            ]
        )
        rows = [
            (
                show.challenge(challenge_id(submission, number)),
                _kind(challenge),
                challenge.challenger,
                challenge.state.name.lower(),
                token.show(challenge.bond),
            )
            for number, challenge in enumerate(challenges)
        ]
        session.output.table(["challenge", "kind", "by", "state", "bond"], rows, nothing="no challenges")

    session.output.result(value, human)


def _seats(session: Session) -> dict[int, Seat]:
    return session.reader.court.held_seats() if "Court" in session.deployment.contracts else {}


def _lost(session: Session, found: Snapshot) -> set[int]:
    """Committed submissions of the account that the autopilot could not publish out of what is kept here."""
    lost: set[int] = set()
    for work in found.works:
        if work.submission.annotator != found.account or work.submission.state != SubmissionState.COMMITTED:
            continue
        known = session.memory.labels(work.id)
        if any(kept.commitment == work.submission.commitment and _is_readable(session, kept) for kept in known):
            continue
        lost.add(work.id)
        name = show.submission(work.id)
        session.output.note(
            f"only your key tells whether the labels that are kept here are those that {name} was committed with: "
            "`goldleaf autopilot --once` says so"
            if any(kept.commitment is None for kept in known)
            else f"the labels that {name} was committed with are not here: all of the stake is lost unless you publish "
            f"just these, `goldleaf publish {name} FILE`"
        )
    return lost


def _is_readable(session: Session, kept: Labels) -> bool:
    try:
        OwnLabels(session).recall(kept)
    except errors.GoldleafError:
        return False
    return True


def _by_autopilot(session: Session, duty: Duty, lost: set[int]) -> bool:
    if duty.step == Step.PUBLISH:
        return duty.subject not in lost
    if duty.step == Step.SHOW_BEACON:
        return len(session.relays()) > 0
    return not duty.step.by_owner


def _test(stage: gold.Stage | None) -> dict[str, Any] | None:
    """What is next in the test of a committed submission, as JSON."""
    return None if stage is None else {"next": stage.what, "until": stage.until or None}


def _until(found: Submission, task: Task, stage: gold.Stage | None) -> int | None:
    """Until when it has to be delivered, published or may be challenged; None: all that is over, or nobody can tell."""
    match found.state:
        case SubmissionState.TAKEN:
            return found.due_at
        case SubmissionState.PUBLISHED:
            return found.window_end
        case SubmissionState.COMMITTED:
            return task.parameters.publish_end if stage is None else stage.until or None
        case _:
            return None


def _grouped(duties: list[Duty]) -> Iterator[tuple[str, Duty]]:
    """What to do, the labels to show for a challenge on one line, with the first duty of each line."""
    items: dict[int, list[int]] = defaultdict(list)
    for duty in duties:
        if duty.step == Step.ANSWER:
            items[duty.subject].append(duty.number)
    for duty in duties:
        if duty.step == Step.REVIEW:
            yield f"read the labels of {duty.number} submissions, and accept or challenge them", duty
        elif duty.step != Step.ANSWER:
            yield duty.step.value, duty
        elif duty.number == items[duty.subject][0]:
            yield f"show the labels of items {show.items(sorted(items[duty.subject]))}", duty


def _kind(challenge: Challenge) -> str:
    return f"{challenge.kind.name.lower()} of {challenge.labels} labels"


def _challenges(work: Any) -> list[dict[str, Any]]:
    return [
        {"challenge": id, **show.to_json(challenge), "unanswered": list(work.unanswered.get(id, ()))}
        for number, challenge in enumerate(work.challenges, work.submission.settled)
        for id in [challenge_id(work.id, number)]
    ]


def _subject(duty: Duty) -> str:
    return duty.name if duty.kind in ("submission", "challenge") else f"{duty.kind} {duty.name}"


def _when(duty: Duty, now: int) -> str:
    if duty.is_missed(now):
        return "TOO LATE"
    if not duty.is_due(now):
        return f"from {show_time(duty.start)}"
    return "now" if duty.end is None else f"now, before {show.until(duty.end, now)}"
