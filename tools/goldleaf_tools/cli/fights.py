"""`goldleaf challenge`, `concede`, `defend`, `demand`, `answer`, `settle`: the fights over labels."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from goldleaf import errors
from goldleaf.amounts import Units
from goldleaf.encoding import keccak256
from goldleaf.ids import split_fight, split_submission
from goldleaf.labels import LabelSet
from goldleaf.signing.seals import Salt
from goldleaf.types import FightState

from ..attempts import attempts
from ..memory import Seal
from ..times import show_time
from . import show
from .acting import Done, act, perform, receipt, tell
from .commands import Action, Group
from .inputs import AMOUNT, FIGHT, HASH, ITEMS, SUBMISSION
from .session import Session

NO_HASH = bytes(32)
# Seconds that a seal must be old before it can be used.
SEAL_AGE = 60

submission_argument = click.argument("submission", type=SUBMISSION, metavar="TASK/SLOT")
items_argument = click.argument("items", type=ITEMS)
fight_argument = click.argument("fight", type=FIGHT, metavar="TASK/SLOT/NUMBER")


@click.group(cls=Group)
def challenge() -> None:
    """Challenge labels: "each of these is wrong".

    A challenge is sealed first, which shows nothing of it, and filed at least a minute and at most a day later. `make`
    does both. The salt is derived from your key; which items were sealed is remembered in the home folder.
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
    """Seal a challenge of ITEMS, such as 3,5-8, wait for a minute, and file it."""
    if session.dry_run or session.unsigned:
        raise click.UsageError("`make` waits between two transactions: try or print them one by one, `seal` and `file`")
    first = _seal(session, submission, items, bond, **evidence, locks=True)
    sealed = _remembered(session, submission, sorted(set(items)))
    ready = session.now() + SEAL_AGE
    session.output.wait(lambda: ready - session.now(), "The seal has to be a minute old")
    filed = _file(session, sealed, asks=False)
    assert first is not None and filed is not None
    done = Done(filed.sent, first.deposit)
    tell(session, done, f"Filed {show.fight(filed.sent.result.fight)}", sealed=receipt(first.sent))


@challenge.action("seal")
@submission_argument
@items_argument
@_bond_option
@_evidence_options
@click.pass_obj
def seal(session: Session, /, submission: int, items: list[int], bond: Any, **evidence: Any) -> None:
    """Seal a challenge of ITEMS, such as 3,5-8. It shows nothing, not even the target.

    The bond is remembered until the challenge is filed, by you or by the autopilot.
    """
    done = _seal(session, submission, items, bond, **evidence)
    if done is not None:
        name = show.submission(submission)
        tell(session, done, f"Sealed; file it in a minute with `goldleaf challenge file {name}`")


@challenge.action("file", deposits=True)
@submission_argument
@click.argument("items", type=ITEMS, required=False)
@_bond_option
@click.pass_obj
def file(session: Session, submission: int, items: list[int] | None, bond: Any) -> None:
    """File a challenge that was sealed; without ITEMS, the one that was sealed of this submission."""
    sealed = _remembered(session, submission, sorted(set(items)) if items else None)
    if bond is not None:
        sealed = replace(sealed, bond=_units(session, submission, bond))
    done = _file(session, sealed, asks=True)
    if done is not None:
        tell(session, done, f"Filed {show.fight(done.sent.result.fight)}")


@challenge.command("list")
@click.pass_obj
def list_(session: Session) -> None:
    """List the challenges that are sealed and not yet filed."""
    found = session.memory.seals()
    rows = [(show.submission(each.submission), show.items(each.items), each.uri) for each in found]
    headers = ["submission", "items", "evidence"]
    session.output.result(found, lambda: session.output.table(headers, rows, nothing="nothing is sealed"))


@challenge.command("show")
@fight_argument
@click.pass_obj
def show_(session: Session, fight: int) -> None:
    """Show a challenge or a demand."""
    gl = session.reader
    found = gl.challenges.get(fight)
    task = session.task_of(split_fight(fight)[0])
    token = session.token(task.token)
    value: dict[str, Any] = {"fight": fight, **show.to_json(found)}
    facts: list[tuple[str, object]] = [
        ("state", found.state.name.lower()),
        ("by", found.party),
        ("bond", token.show(found.bond)),
        ("since", show_time(found.clock)),
    ]
    if found.is_demand:
        facts.append(("item", found.item))
    else:
        filing = gl.challenges.filing(fight)
        value |= {"items": list(filing.indices), "evidence": filing.evidence, "uri": filing.uri}
        facts += [("items", show.items(filing.indices)), ("evidence", filing.uri or "none")]
    if found.state in (FightState.DEFENDED, FightState.RULED):
        defence = gl.challenges.defence(fight)
        value |= {"dispute": defence.dispute, "arbitrator": defence.arbitrator}
        facts += [("defender", found.defender), ("dispute", f"{defence.dispute} of {defence.arbitrator}")]
    session.output.result(show.to_json(value), lambda: session.output.facts(facts))


@click.command(cls=Action)
@fight_argument
@click.pass_obj
def concede(session: Session, fight: int) -> None:
    """Agree that the challenged labels of yours are wrong: that gives nothing back, and saves a defence."""
    act(
        session,
        lambda gl: gl.challenges.concede,
        fight,
        what=f"Concede challenge {show.fight(fight)}: its labels are wrong",
        facts=[("lost", "the pay of each label; all of the stake, if more than are tolerated are proven wrong then")],
        done=lambda _: f"Conceded {show.fight(fight)}",
    )


@click.command(cls=Action, deposits=True)
@fight_argument
@click.option("--max-cost", type=AMOUNT, help="What the arbitrator may cost at most; what it asks now unless given.")
@click.pass_obj
def defend(session: Session, fight: int, max_cost: Any) -> None:
    """Bring a challenge before the arbitrator, at your cost unless you win. Anyone's in the second half."""
    task = session.task_of(split_fight(fight)[0])
    arbitrator, token = task.parameters.arbitrator, session.token(task.token)
    if max_cost is None:
        # What is agreed to is what may be paid, also if the arbitrator asks for more by then.
        max_cost = session.reader.arbitrators.arbitration_cost(arbitrator)
    cost = token.typed(max_cost)
    act(
        session,
        lambda gl: gl.challenges.defend,
        fight,
        max_cost=max_cost,
        what=f"Defend the labels of challenge {show.fight(fight)} before {arbitrator}",
        facts=[
            ("paid", f"at most {cost}"),
            ("worst loss", f"{cost}, if each of the labels is ruled wrong"),
            ("free again", f"when it is ruled, or {show.period(task.parameters.arbitration_timeout)} from now"),
        ],
        done=lambda event: (
            f"Defended {show.fight(fight)} for {token.show(event.fee)}: dispute {event.dispute} of {event.arbitrator}"
        ),
    )


@click.command(cls=Action, deposits=True)
@submission_argument
@click.argument("item", type=click.IntRange(0))
@click.pass_obj
def demand(session: Session, submission: int, item: int) -> None:
    """Ask for a label that should be public and is not: if nobody shows it, the submission is rejected."""
    task = session.task_of(submission)
    bond = session.token(task.token).show(task.parameters.demand_bond)
    act(
        session,
        lambda gl: gl.challenges.demand,
        submission,
        item,
        what=f"Demand the label of item {item} of submission {show.submission(submission)}",
        facts=[
            ("locked", bond),
            ("worst loss", f"{bond}, if anybody shows the label"),
            ("free again", f"in {show.period(task.parameters.challenge_period // 4)}, when nobody has shown it"),
        ],
        done=lambda event: f"Demanded: {show.fight(event.fight)}",
    )


@click.command(cls=Action)
@fight_argument
@click.option("--labels", metavar="FILE", help="The published label set; fetched from its URI unless given.")
@click.pass_obj
def answer(session: Session, fight: int, labels: str | None) -> None:
    """Show the label that a demand asks for, so that it does not reject the submission. Anyone may; nobody is paid."""
    gl = session.reader
    submission, _ = split_fight(fight)
    items = gl.submissions.items(submission)
    if labels is not None:
        found = _read_set(labels, items)
    else:
        published = gl.submissions.publication(submission)
        found = session.library.labels(published.uri, published.root, items)
    act(
        session,
        lambda gl: gl.challenges.answer,
        fight,
        found,
        what=f"Answer demand {show.fight(fight)}: the label is public for good",
        done=lambda _: f"Answered {show.fight(fight)}",
    )


@click.command(cls=Action)
@click.argument("fights", type=FIGHT, nargs=-1, required=True, metavar="TASK/SLOT/NUMBER...")
@click.pass_obj
def settle(session: Session, fights: tuple[int, ...]) -> None:
    """Pay challenges and demands in their turn, once they are decided or their time is up. Anyone may."""
    names = ", ".join(show.fight(each) for each in fights)
    if len(fights) == 1:
        act(
            session,
            lambda gl: gl.challenges.settle,
            fights[0],
            what=f"Settle {names}",
            done=lambda event: f"Settled {names}: {event.outcome.name.lower().replace('_', ' ')}",
        )
        return
    act(
        session,
        lambda gl: gl.challenges.settle_many,
        list(fights),
        what=f"Settle {names}",
        done=lambda settled: (
            "; ".join(f"{show.fight(e.fight)}: {e.outcome.name.lower()}" for e in settled)
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


def _seal(
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
    """Seals a challenge; `locks`: its bond is to be locked in a minute, so it has to be there."""
    items = sorted(set(items))
    data = _read_evidence(evidence, uri, digest)
    if data is not None:
        digest, uri = keccak256(data), session.store.uri(data)
    sealed = Seal(
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
        session.memory.remember(sealed)

    what, facts = _deal(session, submission, items, sealed.bond)
    known = any(_is_same(sealed, each) for each in session.memory.seals())
    try:
        return perform(
            session,
            lambda gl: gl.challenges.seal,
            submission,
            items,
            salt=_salt(session, sealed),
            what=f"Seal: {what}",
            facts=facts,
            before=before,
            later=_bond(session, submission, items, sealed.bond) if locks else None,
        )
    except (errors.ContractError, errors.InsufficientFunds):
        # Nothing is sealed: an autopilot must not do later what was refused now. After other errors it may be.
        if not known:
            session.memory.forget(sealed)
        raise


def _file(session: Session, sealed: Seal, *, asks: bool) -> Done | None:
    arguments = (sealed.submission, list(sealed.items))
    options: dict[str, Any] = {"salt": _salt(session, sealed), "evidence": sealed.evidence, "uri": sealed.uri}
    options["bond"] = sealed.bond
    what, facts = _deal(session, *arguments, sealed.bond)
    done = perform(session, lambda gl: gl.challenges.file, *arguments, **options, what=what, facts=facts, asks=asks)
    if done is not None:
        session.memory.file(sealed)
        if session.memory.hidden(sealed) is not None:
            _show_evidence(session, sealed)
    return done


def _show_evidence(session: Session, sealed: Seal) -> None:
    """Puts the evidence of what was filed where jurors read it."""
    try:
        session.memory.show(sealed, session.store)
    except errors.StoreError as error:
        raise type(error)(
            f"the challenge is filed, but its evidence could not be put into the store: {error.detail}",
            advice="It is kept here until then: `goldleaf autopilot` puts it there.",
        ) from error


def _units(session: Session, submission: int, amount: Any) -> int:
    """An amount as it was typed, in base units of the submission's task."""
    token = session.task_of(submission).token
    return session.reader.ledger.base_units(amount, token=token)


def _is_same(one: Seal, other: Seal) -> bool:
    """Whether they are the same challenge, whatever is said for it."""
    return (one.submission, one.items, one.attempt) == (other.submission, other.items, other.attempt)


def _remembered(session: Session, submission: int, items: list[int] | None) -> Seal:
    known = [sealed for sealed in session.memory.seals() if sealed.submission == submission]
    found = [sealed for sealed in known if items is None or list(sealed.items) == items]
    if not known:
        name = show.submission(submission)
        raise click.UsageError(
            f"no challenge of {name} is sealed: seal one first, `goldleaf challenge seal {name} ITEMS`"
        )
    if len(found) != 1:
        told = "; ".join(show.items(sealed.items) for sealed in known)
        raise click.UsageError(f"say which items were sealed; remembered of {show.submission(submission)} are: {told}")
    return found[0]


def _read_evidence(file: str | None, uri: str | None, digest: bytes | None) -> bytes | None:
    if file is None:
        return None
    if uri is not None or digest is not None:
        raise click.UsageError("give either --evidence, or --uri and --hash")
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise click.UsageError(f"{file}: {error.strerror}") from None


def _salt(session: Session, sealed: Seal) -> Salt:
    return session.keyring.challenge_salt(sealed.submission, sealed.items, sealed.attempt)


def _read_set(file: str, items: range) -> LabelSet:
    try:
        return LabelSet.from_bytes(Path(file).read_bytes(), items)
    except OSError as error:
        raise errors.LabelError(f"{file}: {error.strerror}") from error
