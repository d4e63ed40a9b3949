"""`goldleaf test`: tests of sealed labels on answers that the requester knows."""

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import click

from goldleaf import errors, testing
from goldleaf.canonical import Json, to_canonical
from goldleaf.encoding import keccak256
from goldleaf.ids import gold_dispute_id, split_submission
from goldleaf.labels import GoldTerms, LabelSet, Manifest, digest, encode_label
from goldleaf.types import NOT_HEARD, BatchTest, GoldDisputeState, SubmissionState, Task, TaskTest, TestPhase

from ..times import show_time
from . import plans, show
from .acting import Facts, act
from .challenges import read_evidence
from .commands import Group
from .inputs import AMOUNT, GOLD_DISPUTE, HASH, ITEMS, PERIOD, SUBMISSION, TASK
from .labelling import OwnLabels, Reading, committed_labels, file_options, known_answers, label_set, reading_options
from .session import Session
from .tasks import fetch_manifest, read_manifest

RULINGS = {0: "cannot be decided", 1: "each is wrong", 2: "not each is wrong", NOT_HEARD: "not heard"}

task_argument = click.argument("task", type=TASK)
batch_argument = click.argument("batch", type=click.IntRange(0))
submission_argument = click.argument("submission", type=SUBMISSION, metavar="TASK/SLOT")
plan_option = click.option("--plan", "file", metavar="FILE", help="The plan, if it is not kept in the home folder.")


class Count(click.ParamType):
    """A number of known items, `9`, or that of one class, `benign=9`."""

    name = "[label=]number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str | None, int]:
        if not isinstance(value, str):
            return value  # type: ignore[no-any-return]
        label, separator, number = value.rpartition("=")
        if not number.isdecimal() or len(number) > 4:
            self.fail(f"{value!r} is no count: write 9, or benign=9", param, ctx)
        return (label if separator else None), int(number)


@click.group("test", cls=Group)
def gold_test() -> None:
    """Test sealed labels on items whose answers the requester knows, before anybody reads them.

    A requester makes a plan, opens the task with the manifest that comes of it, and sets the test up; when a batch is
    sealed, they open what it is tested on. Annotators see how their labels do, and dispute answers that are wrong.
    Deposits, fees and bonds are paid out of a ledger of its own: `goldleaf deposit AMOUNT --tests`.
    """


# ---------------------------------------------------------------- the requester


@gold_test.command("plan")
@click.option("--manifest", "draft", required=True, metavar="FILE", help="The manifest, in your own order of items.")
@click.option("--known", required=True, metavar="FILE|FOLDER", help="Answers that you know; read as labels are.")
@click.option("--batch-size", type=click.IntRange(1), required=True, help="Labels in a submission.")
@click.option("--share", default="1/2", show_default=True, help="Of the batches, how many to grade: 1/2, or 0.5.")
@click.option("--accuracy", help="How often the least expert is right whom you want to keep, 0.80: computes the test.")
@click.option("--reward", type=AMOUNT, help="Pay per label, with --accuracy.")
@click.option("--stake", type=AMOUNT, help="Stake per label, with --accuracy.")
@click.option(
    "--count",
    "counts",
    type=Count(),
    multiple=True,
    help="Instead of --accuracy: known items of each class in a graded batch; with LABEL= of one class.",
)
@click.option("--allowed", type=click.IntRange(0), help="Errors that pass, with --count.")
@click.option("--opening-period", type=PERIOD, default="3d", show_default=True, help="To open what is sealed.")
@click.option("--dispute-period", type=PERIOD, default="4d", show_default=True, help="To dispute what is open.")
@click.option(
    "--output", "-o", required=True, metavar="FILE", help="Where to write the manifest to open the task with."
)
@plan_option
@file_options
@click.pass_obj
def plan_(
    session: Session,
    /,
    draft: str,
    known: str,
    batch_size: int,
    share: str,
    accuracy: str | None,
    reward: Any,
    stake: Any,
    counts: tuple[tuple[str | None, int], ...],
    allowed: int | None,
    opening_period: Any,
    dispute_period: Any,
    output: str,
    file: str | None,
    **how: Any,
) -> None:
    """Lay known items into batches, at random places, so that some batches can be tested and nobody knows which.

    Writes the manifest with its items in the plan's order, and the plan itself, which holds the answers: encrypted with
    your key, for you alone. Keep a copy of it. Classes are those that the label schema lists, or else all answers.
    """
    manifest = read_manifest(draft, as_it_is=False)
    answers = known_answers(session, known, manifest, Reading(**how))
    classes = _classes(manifest, answers)
    periods = {"opening_period": _seconds(opening_period), "dispute_period": _seconds(dispute_period)}
    if (accuracy is None) == (not counts):
        raise click.UsageError("give either --accuracy, with --reward and --stake, or --count, with --allowed")
    if accuracy is not None:
        terms = _designed(classes, accuracy, reward, stake, share, batch_size).terms(classes, **periods)
    elif allowed is None:
        raise click.UsageError("--count needs --allowed")
    else:
        terms = GoldTerms(classes, [_count(label, counts) for label in classes], allowed, **periods)
    plan = testing.arrange(answers, items=len(manifest.items), batch_size=batch_size, terms=terms, share=share)
    ordered = plan.manifest(
        guidelines=manifest.guidelines,
        label_schema=manifest.label_schema,
        items=manifest.items,
        licence=manifest.licence,
    )
    path = plans.keep(session, plan, ordered.terms, file)
    try:
        Path(output).write_bytes(ordered.to_bytes())
    except OSError as error:
        raise click.UsageError(f"{output}: {error.strerror}") from None
    if any(plan.short):
        session.output.note(f"fewer batches can be tested than was asked for: {_lacking(plan)}")
    if known != "-":
        session.output.note(f"{known} is not encrypted: keep it away from others until all batches are opened")
    value = {
        "plan": str(path),
        "manifest": output,
        "terms": ordered.terms,
        "graded": plan.graded,
        "batches": len(manifest.items) // batch_size,
        "short": plan.short,
        "test": terms.to_json(),
    }
    facts = [
        ("plan", f"{path}, encrypted; keep a copy: without it nothing can be tested"),
        ("manifest", f"{output}: open the task with it, and with --batch-size {batch_size}"),
        ("graded batches", f"{show.items(plan.graded)}; nobody else may know before"),
        *_terms_facts(terms.counts, terms.allowed, terms.classes),
    ]
    session.output.result(show.to_json(value), lambda: session.output.facts(facts))


@gold_test.action("set-up")
@task_argument
@click.option(
    "--accuracy", default="0.9", show_default=True, help="How often people are right who should pass the test."
)
@click.pass_obj
def set_up(session: Session, /, task: int, accuracy: str) -> None:
    """Set the test of TASK up, as its manifest shows it. For good: nobody can take a slot before."""
    manifest = fetch_manifest(session, task)
    terms = manifest.test
    if terms is None:
        raise errors.ManifestError(f"the manifest of task {task} shows no test: a task is opened with one that does")
    act(
        session,
        lambda gl: gl.tests.set_up,
        task,
        terms,
        accuracy=accuracy,
        what=f"Set the test of task {task} up",
        facts=_terms_facts(terms.counts, terms.allowed, terms.classes),
        done=lambda event: f"Set the test of task {event.task} up: from now on its slots can be taken",
    )


@gold_test.action("open", deposits=True)
@task_argument
@batch_argument
@plan_option
@click.option("--max-cost", type=AMOUNT, help="What a dispute may cost at most; what it costs now unless given.")
@click.pass_obj
def open_(session: Session, /, task: int, batch: int, file: str | None, max_cost: Any) -> None:
    """Show on what a sealed batch of TASK is tested, out of the plan. The requester's.

    A deposit is set aside for annotators who prove an answer wrong; what they do not win comes back.
    """
    gl = session.reader
    found = gl.tasks.get(task)
    token = session.token(found.token)
    planned = plans.find(session, found.parameters.terms, file)
    if max_cost is None:
        # What is agreed to is what may be set aside, also if the arbitrator asks for more by then.
        max_cost = gl.arbitrators.arbitration_cost(found.parameters.arbitrator)
    deposit = gl.tests.deposit(task)
    gold = planned.open(session.keyring, found.parameters.terms).gold(batch)
    act(
        session,
        lambda gl: gl.tests.open_gold,
        task,
        batch,
        gold,
        max_cost=max_cost,
        what=f"Show on which {len(gold)} items batch {batch} of task {task} is tested: their answers are public then",
        facts=[
            ("set aside", f"{token.show(deposit)}, out of the free balance for tests"),
            ("worst loss", f"{token.show(deposit)}, if enough of the answers are ruled wrong"),
            ("free again", f"when its disputes are settled: `goldleaf test release {task} {batch}`"),
        ],
        done=lambda event: f"Opened what batch {event.batch} of task {event.task} is tested on",
    )


@gold_test.action()
@task_argument
@batch_argument
@click.pass_obj
def waive(session: Session, task: int, batch: int) -> None:
    """Leave a sealed batch of TASK untested at once, so that nobody waits in vain. The requester's."""
    act(
        session,
        lambda gl: gl.tests.waive,
        task,
        batch,
        what=f"Leave batch {batch} of task {task} untested: whatever is sealed in it can be published",
        done=lambda event: f"Batch {event.batch} of task {event.task} is not tested",
    )


@gold_test.action("note-sealed")
@task_argument
@batch_argument
@click.pass_obj
def note_sealed(session: Session, task: int, batch: int) -> None:
    """Start the opening period of a batch of TASK whose labels are all sealed: nobody waits for the deadline then.

    Anyone may.
    """
    act(
        session,
        lambda gl: gl.tests.note_sealed,
        task,
        batch,
        what=f"Note that batch {batch} of task {task} is sealed",
        done=lambda event: (
            f"Batch {event.batch} of task {event.task} is sealed since {show_time(event.sealed_at)}: what it is tested "
            f"on has to be opened before {show_time(event.sealed_at + session.reader.tests.get(task).opening_period)}"
        ),
    )


@gold_test.action()
@task_argument
@batch_argument
@click.pass_obj
def release(session: Session, task: int, batch: int) -> None:
    """Pay out what is left of the deposit of a batch of TASK: to its requester, or, of a void test, to who won.

    Anyone may, once the outcome stands and every dispute is settled.
    """
    act(
        session,
        lambda gl: gl.tests.release_deposit,
        task,
        batch,
        what=f"Release the deposit of batch {batch} of task {task}",
        done=lambda event: f"Released the deposit of batch {event.batch} of task {event.task}",
    )


# ---------------------------------------------------------------- everybody


@gold_test.command("show")
@task_argument
@click.argument("batch", type=click.IntRange(0), required=False)
@click.option("--planned", is_flag=True, help="Say as well which batches your plan grades; asks for the password.")
@plan_option
@click.pass_obj
def show_(session: Session, /, task: int, batch: int | None, planned: bool, file: str | None) -> None:
    """Show the test of TASK and where its batches stand; with BATCH, what it is tested on and who disputes that."""
    gl = session.reader
    found, test = gl.tasks.get(task), gl.tests.get(task)
    classes = _names(session, task)
    if batch is not None:
        _show_batch(session, task, found, test, batch, classes)
        return
    plan = None
    if planned or file is not None:
        terms = found.parameters.terms
        plan = plans.find(session, terms, file).open(session.keyring, terms)
    batches = gl.tests.batch.many((task, number) for number in range(found.parameters.batches))
    deposit, token, now = gl.tests.deposit(task), session.token(found.token), session.now()
    value: dict[str, Any] = {
        "task": task,
        **show.to_json(test),
        "classes": [classes.get(one, "0x" + one.hex()) for one in gl.tests.setting_up(task).classes],
        "deposit": deposit,
        "chances": [
            {"accuracy": share, "fails": testing.chance_to_fail(sum(test.counts), test.allowed, share)}
            for share in testing.SHOWN
        ],
        "batches": [
            {"batch": number, **show.to_json(state), **_planned(plan, number)} for number, state in enumerate(batches)
        ],
    }
    facts = [
        *_terms_facts(test.counts, test.allowed, value["classes"]),
        ("to open, dispute", f"{show.period(test.opening_period)}, {show.period(test.dispute_period)}"),
        ("deposit for a batch", token.show(deposit)),
    ]
    rows = [
        (
            number,
            state.phase.name.lower(),
            stage.what,
            show.until(stage.until, now) if stage.until else "",
            f"{state.settled} of {state.filed}",
            state.dropped.bit_count(),
            *(_planned(plan, number).values()),
        )
        for number, state in enumerate(batches)
        for stage in [_stage(found, test, state, now)]
    ]
    headers = ["batch", "state", "next", "until", "disputes settled", "dropped", *(["in your plan"] if plan else [])]

    def human() -> None:
        session.output.facts(facts)
        session.output.table(headers, rows, nothing="no batches")

    session.output.result(show.to_json(value), human)


@gold_test.command("result")
@submission_argument
@click.argument("labels", required=False, metavar="[FILE|FOLDER]")
@reading_options
@click.pass_obj
def result(session: Session, /, submission: int, labels: str | None, **how: Any) -> None:
    """Show how labels do in the test of their batch, as it stands now.

    Without a file, those that were committed, or published. Nothing of them is sent to anybody.
    """
    found = _labels_of(session, submission, labels, Reading(**how))
    scored = session.reader.tests.result(submission, found)
    value = {"submission": submission, **show.to_json(scored), "is_passed": scored.is_passed}
    facts = [
        ("right", f"{len(scored.right)}: items {show.items(scored.right) or 'none'}"),
        ("wrong", f"{len(scored.wrong)}: items {show.items(scored.wrong) or 'none'}"),
        ("may be wrong", scored.allowed),
        (
            "so far",
            "passed" if scored.is_passed else "FAILED, unless answers in the test are wrong and disputed in time",
        ),
    ]
    session.output.result(show.to_json(value), lambda: session.output.facts(facts))


@gold_test.action(deposits=True)
@submission_argument
@click.argument("items", type=ITEMS)
@click.option("--evidence", metavar="FILE", help="Put into the store, for jurors to read.")
@click.option("--uri", help="Where the evidence lies, instead of a file.")
@click.option("--hash", "hashed", type=HASH, help="The evidence's keccak-256, with --uri.")
@click.option("--max-cost", type=AMOUNT, help="What the arbitrator may cost at most; what it asks now unless given.")
@click.pass_obj
def dispute(
    session: Session,
    /,
    submission: int,
    items: list[int],
    evidence: str | None,
    uri: str | None,
    hashed: bytes | None,
    max_cost: Any,
) -> None:
    """Say that each of ITEMS is known wrongly, or cannot be told, in the test of your submission, and have jurors rule.

    Once, within the dispute period, so name all of them together. If each of them is ruled wrong, they leave the test,
    and fee and bond come back with a prize; if not, both are lost.
    """
    data = read_evidence(evidence, uri, hashed)
    gl = session.reader
    task = session.task_of(submission)
    token = session.token(task.token)
    if max_cost is None:
        # What is agreed to is what may be paid, also if the arbitrator asks for more by then.
        max_cost = gl.arbitrators.arbitration_cost(task.parameters.arbitrator)
    cost = token.typed(max_cost)
    if data is not None:
        uri, hashed = session.store.uri(data), keccak256(data)
    act(
        session,
        lambda gl: gl.tests.file_dispute,
        submission,
        items,
        max_cost=max_cost,
        uri=uri or "",
        evidence=hashed or bytes(32),
        what=f"Dispute what submission {show.submission(submission)} is tested on: items {show.items(sorted(items))}",
        facts=[
            ("paid", f"at most {cost}"),
            ("locked", f"as much again, at most {cost}"),
            ("worst loss", "both, if not each of the answers is ruled wrong"),
            ("free again", f"when it is ruled, or {show.period(task.parameters.arbitration_timeout)} from now"),
        ],
        before=lambda: None if data is None else session.store.put(data),
        done=lambda event: (
            f"Filed {show.gold_dispute(event.gold_dispute)}: dispute {event.dispute} of {event.arbitrator}. When it is "
            f"ruled: `goldleaf test settle {show.gold_dispute(event.gold_dispute)}`"
        ),
    )


@gold_test.action()
@click.argument("gold_dispute", type=GOLD_DISPUTE, metavar="TASK/BATCH/NUMBER")
@click.pass_obj
def settle(session: Session, gold_dispute: int) -> None:
    """Pay a dispute about known answers in its turn, once it is ruled or its time is up. Anyone may."""
    name = show.gold_dispute(gold_dispute)
    act(
        session,
        lambda gl: gl.tests.settle,
        gold_dispute,
        what=f"Settle {name}",
        done=lambda event: (
            f"Settled {name}: {event.outcome.name.lower().replace('_', ' ')}, "
            f"{event.dropped.bit_count()} items left the test"
        ),
    )


# ---------------------------------------------------------------- for other commands


class Stage(NamedTuple):
    """What the test of a batch waits for, and until when; 0: for nothing, or for nothing that has an end."""

    what: str
    until: int


def passed(session: Session, submission: int, labels: LabelSet) -> Facts:
    """What is told of a passed test before labels are published; nothing as long as its outcome is open."""
    task = session.task_of(submission)
    number, slot = split_submission(submission)
    if not _is_read(session, task):
        return []
    phase = session.reader.tests.batch(number, slot % task.parameters.batches).phase
    if phase == TestPhase.UNGRADED:
        return [("test", "none: the batch is not tested")]
    if phase != TestPhase.GRADED:
        return []
    scored = session.reader.tests.result(submission, labels)
    tested = len(scored.right) + len(scored.wrong)
    return [("test", f"{len(scored.wrong)} of {tested} known answers wrong, {scored.allowed} may be")]


def duty(session: Session, submission: int, task: Task, now: int) -> Stage | None:
    """What is next for a committed submission whose labels are tested; None if its task has no test that is read."""
    if not _is_read(session, task):
        return None
    gl, name = session.reader, show.submission(submission)
    number, slot = split_submission(submission)
    state, test = gl.tests.batch(number, slot % task.parameters.batches), gl.tests.get(number)
    stage = _stage(task, test, state, now)
    if state.phase == TestPhase.OPENED:
        end = state.opened_at + test.dispute_period
        if now < end:
            return Stage(f"look at `goldleaf test result {name}`, dispute what is wrong in the test; then publish", end)
        return Stage(
            f"settle the disputes of the test: `goldleaf test show {number} {slot % task.parameters.batches}`", 0
        )
    if state.phase in (TestPhase.GRADED, TestPhase.UNGRADED):
        end = max(task.parameters.publish_end, gl.tests.publish_until(submission))
        tested = "" if state.phase == TestPhase.GRADED else ", which is not tested"
        return Stage(f"publish{tested}: `goldleaf publish {name}`", end)
    return stage


def _stage(task: Task, test: TaskTest, state: BatchTest, now: int) -> Stage:
    """What a batch waits for."""
    sealed_at = state.sealed_at or task.publish_from
    if state.phase == TestPhase.UNSEALED:
        return Stage("wait until all submissions of the batch are committed", task.publish_from)
    if state.phase == TestPhase.SEALED:
        return Stage("wait until the requester opens what it is tested on", sealed_at + test.opening_period)
    if state.phase == TestPhase.OPENED:
        end = state.opened_at + test.dispute_period
        return Stage("dispute what is wrong in the test", end) if now < end else Stage("settle its disputes", 0)
    return Stage("publish", max(task.parameters.publish_end, state.fixed_at + task.parameters.publish_period))


def _is_read(session: Session, task: Task) -> bool:
    """Whether the deployment's GoldTest tests a task."""
    p = task.parameters
    return p.is_graded and p.grader == session.deployment.contracts.get("GoldTest")


# ---------------------------------------------------------------- the parts of it


def listed_classes(manifest: Manifest) -> list[Json] | None:
    """The labels that an item may have, if the label schema lists them."""
    schema = manifest.label_schema
    if isinstance(schema, dict) and isinstance(schema.get("enum"), list):
        return [*schema["enum"]]
    return None


def _classes(manifest: Manifest, answers: Mapping[int, Json]) -> list[Json]:
    """The labels that an item may have: those that the schema lists, or else all that are known."""
    known = {to_canonical(label): label for _, label in sorted(answers.items())}
    return listed_classes(manifest) or list(known.values())


def _designed(
    classes: list[Json], accuracy: str, reward: Any, stake: Any, share: str, batch_size: int
) -> testing.Design:
    """The test that fits an accuracy, by what is paid and staked for each label."""
    if reward is None or stake is None:
        raise click.UsageError("--accuracy needs --reward and --stake")
    ratio = in_rewards(stake, reward)
    return testing.design(
        classes=len(classes),
        accuracy=accuracy,
        stake=ratio.numerator,
        reward=ratio.denominator,
        share=share,
        batch_size=batch_size,
    )


def in_rewards(stake: Any, reward: Any) -> Fraction:
    """How much larger a stake is than a reward, which is all that counts for a test."""
    if isinstance(reward, int) != isinstance(stake, int):
        raise click.UsageError("write --reward and --stake both in whole tokens, or both in base units")
    if not reward:
        raise click.UsageError("--reward is 0")
    return Fraction(stake) / Fraction(reward)


def _count(label: Json, counts: tuple[tuple[str | None, int], ...]) -> int:
    """How many known items of a class were asked for, of it or of every class."""
    name = name_class(label)
    given = dict(counts)
    if (found := given.get(name, given.get(None))) is None:
        raise click.UsageError(f"--count says nothing of {name}: write --count {name}=9, or --count 9 for all classes")
    return found


def name_class(label: Json) -> str:
    """A label as it is typed and shown."""
    return label if isinstance(label, str) else to_canonical(label).decode()


def _names(session: Session, task: int) -> dict[bytes, Json]:
    """The labels of the classes by their digests, as far as the manifest can be read."""
    try:
        test = fetch_manifest(session, task).test
    except errors.GoldleafError:
        return {}
    return {} if test is None else {digest(encode_label(label)): label for label in test.classes}


def _terms_facts(counts: Any, allowed: int, classes: Any) -> Facts:
    chances = [(share, testing.chance_to_fail(sum(counts), allowed, share)) for share in testing.SHOWN]
    numbers = ", ".join(f"{count} {name_class(label)}" for label, count in zip(classes, counts, strict=True))
    return [
        ("known items", f"{sum(counts)} in a graded batch: {numbers}"),
        ("allowed errors", allowed),
        ("chance to fail", ", ".join(f"{show.percent(fails)} at {float(share):.0%}" for share, fails in chances)),
    ]


def _lacking(plan: testing.Plan) -> str:
    return "there lack " + ", ".join(
        f"{count} {name_class(label)}" for label, count in zip(plan.terms.classes, plan.short, strict=True) if count
    )


def _planned(plan: testing.Plan | None, batch: int) -> dict[str, Any]:
    return {} if plan is None else {"planned": "graded" if batch in plan.graded else "to be waived"}


def _seconds(period: Any) -> int:
    return int(period.total_seconds())


def _show_batch(
    session: Session, task: int, found: Task, test: TaskTest, number: int, classes: Mapping[bytes, Json]
) -> None:
    gl, now = session.reader, session.now()
    state = gl.tests.batch(task, number)
    stage = _stage(found, test, state, now)
    value: dict[str, Any] = {"task": task, "batch": number, **show.to_json(state)}
    facts: list[tuple[str, object]] = [
        ("state", state.phase.name.lower()),
        ("next", stage.what + (f", until {show.until(stage.until, now)}" if stage.until else "")),
    ]
    rows: list[tuple[object, ...]] = []
    if state.opened_at:
        gold = gl.tests.opened(task, number)
        answers = [classes.get(answer, "0x" + answer.hex()) for answer in gold.answers]
        by_item = sorted(zip(gold.items, answers, strict=True), key=lambda pair: pair[0])
        value["gold"] = [{"item": item, "answer": answer, "dropped": item in gold.dropped} for item, answer in by_item]
        facts += [
            ("deposit left", session.token(found.token).show(state.deposit)),
            *((f"item {item}", name_class(answer)) for item, answer in by_item),
            ("dropped", show.items(sorted(gold.dropped)) or "none"),
        ]
        ids = [gold_dispute_id(task, number, each) for each in range(state.filed)]
        disputes, filings = gl.tests.dispute.many(ids), gl.tests.filing.many(ids)
        value["disputes"] = [
            {"gold_dispute": id, **show.to_json(one), "items": [gold.items[n] for n in told.numbers], "uri": told.uri}
            | {"dispute": told.dispute, "arbitrator": told.arbitrator}
            for id, one, told in zip(ids, disputes, filings, strict=True)
        ]
        rows = [
            (
                show.gold_dispute(id),
                one.disputer,
                show.items(sorted(gold.items[n] for n in told.numbers)),
                one.state.name.lower(),
                RULINGS.get(one.ruling, "") if one.state != GoldDisputeState.FILED else "",
                f"{told.dispute} of {told.arbitrator}",
            )
            for id, one, told in zip(ids, disputes, filings, strict=True)
        ]

    def human() -> None:
        session.output.facts(facts)
        if state.opened_at:
            session.output.table(
                ["dispute", "by", "items", "state", "ruling", "before"], rows, nothing="no disputes about it"
            )

    session.output.result(show.to_json(value), human)


def _labels_of(session: Session, submission: int, path: str | None, how: Reading) -> LabelSet:
    """Labels out of a file; or those that were committed, or published."""
    if path is not None:
        return label_set(session, submission, path, how)
    gl = session.reader
    if gl.submissions.get(submission).state in (SubmissionState.OPEN, SubmissionState.TAKEN, SubmissionState.COMMITTED):
        return committed_labels(session, OwnLabels(session), submission, None, how)[0]
    published = gl.submissions.publication(submission)
    return session.library.labels(published.uri, published.root, gl.submissions.items(submission))
