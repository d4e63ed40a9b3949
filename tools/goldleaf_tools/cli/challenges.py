"""`goldleaf challenge`, `concede`, `defend`, `answer`, `settle`: challenges, of correctness and of availability."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from goldleaf import errors
from goldleaf.amounts import Units
from goldleaf.encoding import keccak256
from goldleaf.events import Challenged
from goldleaf.ids import split_challenge, split_submission
from goldleaf.labels import LabelSet
from goldleaf.signing.commitments import Salt
from goldleaf.types import ChallengeState

from ..attempts import attempts
from ..memory import PlannedChallenge
from ..times import show_time
from . import show
from .acting import Done, act, act_each, perform, receipt, tell
from .commands import Action, Group
from .inputs import AMOUNT, CHALLENGE, HASH, ITEMS, SUBMISSION
from .session import Session

NO_HASH = bytes(32)
# Seconds that a commitment must be old before it can be used.
COMMITMENT_AGE = 60

submission_argument = click.argument("submission", type=SUBMISSION, metavar="TASK/SLOT")
items_argument = click.argument("items", type=ITEMS)
challenge_argument = click.argument("challenge", type=CHALLENGE, metavar="TASK/SLOT/NUMBER")


@click.group(cls=Group)
def challenge() -> None:
    """Challenge labels: "each of these is wrong", or, with `availability`, "not each of these can be read".

    That labels are wrong is committed first, which shows nothing of it, and filed at least a minute and at most a day
    later. `make` does both. The salt is derived from your key; the items are remembered in the home folder.
    """


def _evidence_options(function: Any) -> Any:
    options = [
        click.option(
            "--evidence", metavar="FILE", help="Put into the store when the challenge is filed, for jurors to read."
        ),
        click.option(
            "--uri", help="Where the evidence will lie, instead of a file: whoever reads it there before may be first."
        ),
        click.option("--hash", "digest", type=HASH, help="The evidence's keccak-256, with --uri."),
    ]
    for option in reversed(options):
        function = option(function)
    return function


_bond_option = click.option(
    "--bond",
    type=AMOUNT,
    help="What to lock; the least that may be unless given. More wins more only if all of the submission is rejected.",
)


@challenge.action("make", deposits=True)
@submission_argument
@items_argument
@_bond_option
@_evidence_options
@click.pass_obj
def make(session: Session, /, submission: int, items: list[int], bond: Any, **evidence: Any) -> None:
    """Commit to a challenge of ITEMS, such as 3,5-8, wait for a minute, and file it."""
    if session.dry_run or session.unsigned:
        raise click.UsageError(
            "`make` waits between two transactions: try or print them one by one, `commit` and `file`"
        )
    first = _commit(session, submission, items, bond, **evidence, locks=True)
    planned = _remembered(session, submission, sorted(set(items)))
    ready = session.now() + COMMITMENT_AGE
    session.output.wait(lambda: ready - session.now(), "The commitment has to be a minute old")
    filed = _file(session, planned, asks=False)
    assert first is not None and filed is not None
    done = Done(filed.sent, first.deposit)
    tell(session, done, f"Filed {show.challenge(filed.sent.result.challenge)}", committed=receipt(first.sent))


@challenge.action("commit")
@submission_argument
@items_argument
@_bond_option
@_evidence_options
@click.pass_obj
def commit(session: Session, /, submission: int, items: list[int], bond: Any, **evidence: Any) -> None:
    """Commit to a challenge of ITEMS, such as 3,5-8. It shows nothing, not even the target.

    The bond is remembered until the challenge is filed, by you or by the autopilot.
    """
    done = _commit(session, submission, items, bond, **evidence)
    if done is not None:
        name = show.submission(submission)
        tell(session, done, f"Committed; file it in a minute with `goldleaf challenge file {name}`")


@challenge.action("file", deposits=True)
@submission_argument
@click.argument("items", type=ITEMS, required=False)
@_bond_option
@click.pass_obj
def file(session: Session, submission: int, items: list[int] | None, bond: Any) -> None:
    """File a challenge that was committed; without ITEMS, the one of this submission that was."""
    planned = _remembered(session, submission, sorted(set(items)) if items else None)
    if bond is not None:
        planned = replace(planned, bond=_units(session, submission, bond))
    done = _file(session, planned, asks=True)
    if done is not None:
        tell(session, done, f"Filed {show.challenge(done.sent.result.challenge)}")


@challenge.action("availability", deposits=True)
@submission_argument
@items_argument
@click.pass_obj
def availability(session: Session, submission: int, items: list[int]) -> None:
    """Challenge labels that nobody can read: if each of ITEMS, such as 3,5-8, is not shown, the submission is rejected.

    Name up to 32 in one challenge, for one bond. It is filed at once, in the first half of the challenge window.
    """
    items = sorted(set(items))
    task = session.task_of(submission)
    bond = session.token(task.token).show(task.parameters.availability_bond)
    act(
        session,
        lambda gl: gl.challenges.file_availability,
        submission,
        items,
        what=f"Challenge that items {show.items(items)} of submission {show.submission(submission)} can be read",
        facts=[
            ("locked", bond),
            ("worst loss", f"{bond}, if each of the labels is shown"),
            ("free again", f"in {show.period(task.parameters.challenge_period // 4)}, if one of them is not shown"),
        ],
        done=lambda event: f"Filed {show.challenge(event.challenge)}",
    )


@challenge.command("list")
@click.pass_obj
def list_(session: Session) -> None:
    """List the challenges that are committed, or to be, and not yet filed."""
    found = session.memory.planned()
    rows = [(show.submission(each.submission), show.items(each.items), each.uri) for each in found]
    headers = ["submission", "items", "evidence"]
    session.output.result(found, lambda: session.output.table(headers, rows, nothing="nothing is to be filed"))


@challenge.command("show")
@challenge_argument
@click.pass_obj
def show_(session: Session, challenge: int) -> None:
    """Show a challenge of either kind."""
    gl = session.reader
    found = gl.challenges.get(challenge)
    task = session.task_of(split_challenge(challenge)[0])
    token = session.token(task.token)
    value: dict[str, Any] = {"challenge": challenge, **show.to_json(found)}
    facts: list[tuple[str, object]] = [
        ("of", found.kind.name.lower()),
        ("state", found.state.name.lower()),
        ("by", found.challenger),
        ("bond", token.show(found.bond)),
        ("filed", show_time(found.filed_at)),
    ]
    filing = gl.challenges.filing(challenge)
    value["items"] = list(filing.indices)
    facts.append(("items", show.items(filing.indices)))
    if isinstance(filing, Challenged):
        value |= {"evidence": filing.evidence, "uri": filing.uri}
        facts.append(("evidence", filing.uri or "none"))
    else:
        value["unanswered"] = gl.challenges.unanswered(challenge)
        facts.append(("still to be shown", show.items(value["unanswered"]) or "none"))
    if found.state in (ChallengeState.DEFENDED, ChallengeState.RULED):
        defence = gl.challenges.defence(challenge)
        value |= {"dispute": defence.dispute, "arbitrator": defence.arbitrator}
        facts += [
            ("defended", show_time(found.defended_at)),
            ("defender", found.defender),
            ("dispute", f"{defence.dispute} of {defence.arbitrator}"),
        ]
    session.output.result(show.to_json(value), lambda: session.output.facts(facts))


@click.command(cls=Action)
@challenge_argument
@click.pass_obj
def concede(session: Session, challenge: int) -> None:
    """Agree that the challenged labels of yours are wrong: that gives nothing back, and saves a defence."""
    act(
        session,
        lambda gl: gl.challenges.concede,
        challenge,
        what=f"Concede challenge {show.challenge(challenge)}: its labels are wrong",
        facts=[("lost", "the pay of each label; all of the stake, if more than are tolerated are proven wrong then")],
        done=lambda _: f"Conceded {show.challenge(challenge)}",
    )


@click.command(cls=Action, deposits=True)
@challenge_argument
@click.option("--max-cost", type=AMOUNT, help="What the arbitrator may cost at most; what it asks now unless given.")
@click.pass_obj
def defend(session: Session, challenge: int, max_cost: Any) -> None:
    """Bring a challenge before the arbitrator, at your cost unless you win. Anyone's in the second half."""
    task = session.task_of(split_challenge(challenge)[0])
    arbitrator, token = task.parameters.arbitrator, session.token(task.token)
    if max_cost is None:
        # What is agreed to is what may be paid, also if the arbitrator asks for more by then.
        max_cost = session.reader.arbitrators.arbitration_cost(arbitrator)
    cost = token.typed(max_cost)
    act(
        session,
        lambda gl: gl.challenges.defend,
        challenge,
        max_cost=max_cost,
        what=f"Defend the labels of challenge {show.challenge(challenge)} before {arbitrator}",
        facts=[
            ("paid", f"at most {cost}"),
            ("worst loss", f"{cost}, if each of the labels is ruled wrong"),
            ("free again", f"when it is ruled, or {show.period(task.parameters.arbitration_timeout)} from now"),
        ],
        done=lambda event: (
            f"Defended {show.challenge(challenge)} for {token.show(event.fee)}: dispute {event.dispute} of "
            f"{event.arbitrator}"
        ),
    )


@click.command(cls=Action)
@challenge_argument
@click.option("--labels", metavar="FILE", help="The published label set; fetched from its URI unless given.")
@click.pass_obj
def answer(session: Session, challenge: int, labels: str | None) -> None:
    """Show the labels that an availability challenge asks for and nobody has shown, one in each transaction.

    Shown in time, they save the submission from being rejected. Anyone may; nobody is paid.
    """
    gl = session.reader
    submission, _ = split_challenge(challenge)
    items = gl.submissions.items(submission)
    if labels is not None:
        found = _read_set(labels, items)
    else:
        published = gl.submissions.publication(submission)
        found = session.library.labels(published.uri, published.root, items)
    left = gl.challenges.unanswered(challenge)
    if not left:
        session.output.note(f"nothing is left to show of {show.challenge(challenge)}")
        return
    act_each(
        session,
        lambda gl: gl.challenges.answer,
        [(challenge, found, item) for item in left],
        what=f"Show items {show.items(left)} in answer to {show.challenge(challenge)}: they are public for good",
        done=f"Answered {show.challenge(challenge)}",
    )


@click.command(cls=Action)
@click.argument("challenges", type=CHALLENGE, nargs=-1, required=True, metavar="TASK/SLOT/NUMBER...")
@click.pass_obj
def settle(session: Session, challenges: tuple[int, ...]) -> None:
    """Pay challenges in their turn, once they are decided or their time is up. Anyone may."""
    names = ", ".join(show.challenge(each) for each in challenges)
    if len(challenges) == 1:
        act(
            session,
            lambda gl: gl.challenges.settle,
            challenges[0],
            what=f"Settle {names}",
            done=lambda event: f"Settled {names}: {event.outcome.name.lower().replace('_', ' ')}",
        )
        return
    act(
        session,
        lambda gl: gl.challenges.settle_many,
        list(challenges),
        what=f"Settle {names}",
        done=lambda settled: (
            "; ".join(f"{show.challenge(e.challenge)}: {e.outcome.name.lower()}" for e in settled)
            or "Nothing could be settled: it was settled before, or is not decided yet"
        ),
    )


def _deal(
    session: Session, submission: int, items: list[int], bond: int | None
) -> tuple[str, list[tuple[str, object]]]:
    gl = session.reader
    _, slot = split_submission(submission)
    task, found = session.task_of(submission), gl.submissions.get(submission)
    p, token = task.parameters, session.token(task.token)
    units = _bond(session, submission, items, bond)
    locked = token.show(units)
    wins = f"{token.show(len(items) * p.prize)}, a quarter of the labels' pay"
    if found.errors + len(items) > p.tolerated(slot):
        wins += f", and {token.show(p.crossing_bonus(slot, units))} if the submission is rejected by it"
    facts: list[tuple[str, object]] = [
        ("locked", f"{locked}, when it is filed"),
        ("worst loss", f"{locked}, if not each of the labels is ruled wrong"),
        ("wins", wins),
        ("free again", f"at the latest {show.period(p.response_period + p.arbitration_timeout)} after it is filed"),
        ("it pays", "if you are more than 2/3 sure of all its labels, and they are worth three disputes or more"),
    ]
    return f"Challenge items {show.items(items)} of submission {show.submission(submission)}", facts


def _bond(session: Session, submission: int, items: list[int], bond: int | None) -> Units:
    """What a challenge locks: the bond that was asked for, or the least one."""
    gl = session.reader
    units = gl.challenges.least_bond(submission, len(items)) if bond is None else bond
    return Units(units, session.task_of(submission).token)


def _commit(
    session: Session,
    submission: int,
    items: list[int],
    bond: Any,
    evidence: str | None,
    uri: str | None,
    digest: bytes | None,
    *,
    locks: bool = False,
) -> Done | None:
    """Commits to a challenge; `locks`: its bond is to be locked in a minute, so it has to be there."""
    items = sorted(set(items))
    data = read_evidence(evidence, uri, digest)
    if data is not None:
        digest, uri = keccak256(data), session.store.uri(data)
    planned = PlannedChallenge(
        submission,
        tuple(items),
        attempts(session.reader)[submission, tuple(items)],
        digest or NO_HASH,
        uri or "",
        bond=None if bond is None else _units(session, submission, bond),
    )

    def before() -> None:
        if data is not None:
            session.memory.hide(data)
        session.memory.remember(planned)

    what, facts = _deal(session, submission, items, planned.bond)
    known = any(_is_same(planned, each) for each in session.memory.planned())
    try:
        return perform(
            session,
            lambda gl: gl.challenges.commit,
            submission,
            items,
            salt=_salt(session, planned),
            what=f"Commit: {what}",
            facts=facts,
            before=before,
            later=_bond(session, submission, items, planned.bond) if locks else None,
        )
    except (errors.ContractError, errors.InsufficientFunds):
        # Nothing is committed: an autopilot must not do later what was refused now. After other errors it may be.
        if not known:
            session.memory.forget(planned)
        raise


def _file(session: Session, planned: PlannedChallenge, *, asks: bool) -> Done | None:
    arguments = (planned.submission, list(planned.items))
    options: dict[str, Any] = {"salt": _salt(session, planned), "evidence": planned.evidence, "uri": planned.uri}
    options["bond"] = planned.bond
    what, facts = _deal(session, *arguments, planned.bond)
    done = perform(session, lambda gl: gl.challenges.file, *arguments, **options, what=what, facts=facts, asks=asks)
    if done is not None:
        session.memory.file(planned)
        if session.memory.hidden(planned) is not None:
            _show_evidence(session, planned)
    return done


def _show_evidence(session: Session, planned: PlannedChallenge) -> None:
    """Puts the evidence of what was filed where jurors read it."""
    try:
        session.memory.show(planned, session.store)
    except errors.StoreError as error:
        raise type(error)(
            f"the challenge is filed, but its evidence could not be put into the store: {error.detail}",
            advice="It is kept here until then: `goldleaf autopilot` puts it there.",
        ) from error


def _units(session: Session, submission: int, amount: Any) -> int:
    """An amount as it was typed, in base units of the submission's task."""
    token = session.task_of(submission).token
    return session.reader.ledger.base_units(amount, token=token)


def _is_same(one: PlannedChallenge, other: PlannedChallenge) -> bool:
    """Whether they are the same challenge, whatever is said for it."""
    return (one.submission, one.items, one.attempt) == (other.submission, other.items, other.attempt)


def _remembered(session: Session, submission: int, items: list[int] | None) -> PlannedChallenge:
    known = [planned for planned in session.memory.planned() if planned.submission == submission]
    found = [planned for planned in known if items is None or list(planned.items) == items]
    if not known:
        name = show.submission(submission)
        raise click.UsageError(
            f"no challenge of {name} is committed: commit to one first, `goldleaf challenge commit {name} ITEMS`"
        )
    if len(found) != 1:
        told = "; ".join(show.items(planned.items) for planned in known)
        raise click.UsageError(
            f"say which items were committed; remembered of {show.submission(submission)} are: {told}"
        )
    return found[0]


def read_evidence(file: str | None, uri: str | None, digest: bytes | None) -> bytes | None:
    """The file with the evidence, if one was given. Raises `UsageError`."""
    if file is None:
        return None
    if uri is not None or digest is not None:
        raise click.UsageError("give either --evidence, or --uri and --hash")
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise click.UsageError(f"{file}: {error.strerror}") from None


def _salt(session: Session, planned: PlannedChallenge) -> Salt:
    return session.keyring.challenge_salt(planned.submission, planned.items, planned.attempt)


def _read_set(file: str, items: range) -> LabelSet:
    try:
        return LabelSet.from_bytes(Path(file).read_bytes(), items)
    except OSError as error:
        raise errors.LabelError(f"{file}: {error.strerror}") from error
