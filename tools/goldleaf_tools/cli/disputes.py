"""`goldleaf disputes`: which challenges there are, how they stand, and whether what they paid follows the rules."""

from collections.abc import Callable, Iterable, Sequence

import click

from goldleaf import Manifest, errors
from goldleaf.ids import name_gold_dispute, split_challenge, split_gold_dispute, split_submission

from .. import disputes as library
from .. import verify
from . import show
from .commands import Group
from .inputs import ADDRESS, CHALLENGE_OR_DISPUTE, TASK
from .session import Session

challenge_argument = click.argument("challenge", type=CHALLENGE_OR_DISPUTE, metavar="TASK/SLOT/NUMBER|DISPUTE")


@click.group(cls=Group)
def disputes() -> None:
    """Look at challenges, of anybody's, and at the disputes over them.

    A challenge is named by TASK/SLOT/NUMBER, or by the number of its dispute in the court. A dispute about the known
    answers of a test is named by its number in the court.
    """


@disputes.command("list")
@click.option("--open/--closed", "is_open", default=None, help="Only those that are not settled, or that are.")
@click.option("--task", type=TASK, metavar="TASK", help="Only those about this task.")
@click.option("--court", type=ADDRESS, help="Only those before this arbitrator.")
@click.option("--party", type=ADDRESS, help="Only those in which this account is challenger or defender.")
@click.option("--show", "is_shown", is_flag=True, help="Fetch the items, and show their texts or file names.")
@click.pass_obj
def list_(
    session: Session, is_open: bool | None, task: int | None, court: str | None, party: str | None, is_shown: bool
) -> None:
    """List challenges, oldest first, and then disputes about known answers of tests."""
    list_challenges(session, is_open, task, court, party, is_shown)


@disputes.command("show")
@challenge_argument
@click.pass_obj
def show_(session: Session, challenge: int) -> None:
    """Explain one: who claims what, what is at stake, where it stands, what can be done next, how it ended.

    And all that its jurors judge by: the guidelines, each item with its label or known answer, the evidence, verified.
    """
    explain(session, challenge)


@disputes.command("verify")
@challenge_argument
@click.option("--all", "whole", is_flag=True, help="Show everything that was looked at, not only payments.")
@click.pass_context
def verify_challenge(context: click.Context, challenge: int, whole: bool) -> None:
    """Verify one from the events of the chain alone: does each payment follow the rules? Ends with 1 if not."""
    if not verify_rules(context.obj, challenge, whole):
        context.exit(1)


def list_challenges(
    session: Session,
    is_open: bool | None,
    task: int | None,
    court: str | None,
    party: str | None,
    is_shown: bool = False,
) -> None:
    """What `list` prints."""
    history = session.reader.events.history(*library.KINDS, contract="TaskEscrow")
    found = library.find(history, is_open=is_open, task=task, arbitrator=court, party=party)
    gold: list[library.GoldEntry] = []
    if "GoldTest" in session.deployment.contracts:
        told = session.reader.events.history(*library.GOLD_KINDS, contract="GoldTest")
        gold = library.find_gold(told, is_open=is_open, task=task, arbitrator=court, party=party)
    gold_items = [_gold_items(session, each) for each in gold]
    about = [
        *((split_submission(split_challenge(each.challenge)[0])[0], each.items) for each in found),
        *((split_gold_dispute(each.gold_dispute)[0], items) for each, items in zip(gold, gold_items, strict=True)),
    ]
    items = _shows(session, about) if is_shown else [show.items(numbers) for _, numbers in about]
    headers = ["challenge", "kind", "items", "by", "stands", "dispute", "arbitrator"]
    rows = [
        (
            show.challenge(each.challenge),
            each.kind.name.lower(),
            shown,
            each.challenger,
            (each.outcome or each.state).name.lower().replace("_", " "),
            "" if each.dispute is None else each.dispute,
            each.arbitrator,
        )
        for each, shown in zip(found, items[: len(found)], strict=True)
    ]
    rows += [
        (
            f"test {name_gold_dispute(each.gold_dispute)}",
            "known answers",
            shown,
            each.disputer,
            (each.outcome or each.state).name.lower().replace("_", " "),
            each.dispute,
            each.arbitrator,
        )
        for each, shown in zip(gold, items[len(found) :], strict=True)
    ]
    listed = [show.to_json(each) for each in (*found, *gold)]
    value = [{**each, "shows": shown} for each, shown in zip(listed, items, strict=True)] if is_shown else listed
    session.output.result(value, lambda: session.output.table(headers, rows, nothing="no challenges"))


def _gold_items(session: Session, entry: library.GoldEntry) -> tuple[int, ...]:
    task, batch, _ = split_gold_dispute(entry.gold_dispute)
    items = session.reader.tests.opened(task, batch).items
    return tuple(sorted(items[number] for number in entry.numbers))


def _shows(session: Session, about: Sequence[tuple[int, tuple[int, ...]]]) -> list[str]:
    """What the items of tasks are, by their texts or file names."""
    from ..manifests import look_at

    manifests: dict[int, Manifest | None] = {}
    looked: dict[tuple[int, int], str] = {}
    with session.output.busy("Fetching the items"):
        for task, numbers in about:
            if task not in manifests:
                manifests[task] = _manifest(session, task)
            manifest = manifests[task]
            for item in numbers:
                if manifest is not None and item < len(manifest.items) and (task, item) not in looked:
                    looked[task, item] = look_at(session.library, manifest.items[item])
    return [
        "; ".join(f"{item}: {looked.get((task, item), 'its manifest cannot be read')}" for item in numbers)
        for task, numbers in about
    ]


def explain(session: Session, number: int) -> None:
    """What `show` prints."""
    gl = session.reader
    case = library.case_of(gl, number)
    story: library.Story | library.GoldStory
    if case.gold_dispute is not None:
        task = split_gold_dispute(case.gold_dispute)[0]
        story = library.tell_gold(gl, case.gold_dispute, _amount(session), _manifest(session, task))
        title = f"Dispute {name_gold_dispute(case.gold_dispute)} about known answers"
    else:
        story = library.tell(gl, library.challenge_of(gl, number), _amount(session))
        title = f"Challenge {show.challenge(story.challenge)}"

    papers = library.papers_of(gl, session.library, case)

    def human() -> None:
        session.output.line(f"{title}: {story.state.name.lower()}")
        print_sections(session, (*story.sections, *papers.sections()))

    session.output.result({**show.to_json(story), "papers": papers}, human)


def print_sections(session: Session, sections: Iterable[library.Section]) -> None:
    """Prints headings and sentences."""
    for section in sections:
        session.output.line("")
        session.output.line(section.title)
        for line in section.lines:
            session.output.line(f"  {line}")


def _amount(session: Session) -> Callable[[str, int], str]:
    return lambda token, units: session.token(token).show(units)


def _manifest(session: Session, task: int) -> Manifest | None:
    """A task's manifest, where it can be had: without it answers are told by their digests."""
    opening = session.reader.tasks.opening(task)
    try:
        return session.library.manifest(opening.uri, opening.parameters.terms)
    except (errors.StoreError, errors.ManifestError):
        return None


def verify_rules(session: Session, number: int, whole: bool) -> bool:
    """What `verify` prints; whether everything follows the rules."""
    gl = session.reader
    case = library.case_of(gl, number)
    found: verify.Verification | verify.BatchVerification
    if case.gold_dispute is not None:
        task, batch, _ = split_gold_dispute(case.gold_dispute)
        found = verify.batch_of_chain(gl, task, batch, session.library)
        title = f"The test of batch {batch} of task {task}"
    else:
        found = verify.of_chain(gl, library.challenge_of(gl, number))
        ended = "not settled yet" if found.outcome is None else found.outcome.name.lower().replace("_", " ")
        place = f"number {split_challenge(found.challenge)[1]} of its submission"
        title = f"Challenge {show.challenge(found.challenge)} ({place}): {ended}, by the rules"
    value = {
        **show.to_json(found),
        "findings": [
            {**show.to_json(each), "kind": type(each).__name__.lower(), "verdict": each.verdict.value}
            for each in found.findings
        ],
        "holds": found.holds,
    }
    session.output.result(value, lambda: _print_verification(session, title, found, whole))
    return found.holds


def _print_verification(
    session: Session, title: str, found: verify.Verification | verify.BatchVerification, whole: bool
) -> None:
    out, token = session.output, session.token(found.token)
    out.line(title)
    rows = [
        (
            each.verdict.value,
            each.name,
            each.account,
            ("gets " if each.gained else "pays ") + token.show(each.expected),
            "not told" if each.found is None else token.show(each.found),
            each.rule,
        )
        for each in found.payments
    ]
    out.table(["", "payment", "account", "by the rule", "by the events", "rule"], rows, nothing="no payments")
    checks = [
        (each.verdict.value, each.name, each.expected, "not told" if each.found is None else each.found, each.rule)
        for each in found.checks
        if whole or each.verdict == verify.Verdict.BROKEN
    ]
    if checks:
        out.table(["", "besides", "by the rule", "by the events", "rule"], checks, nothing="")
    for note in found.notes:
        out.note(note)
    out.line(
        f"{len(found.findings)} things looked at: all that is told follows the rules"
        if found.holds
        else f"BROKEN: {len(found.broken)} of {len(found.findings)} things do not follow the rules"
    )
