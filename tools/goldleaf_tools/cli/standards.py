"""`goldleaf test design` and `goldleaf test pilot`: what a test takes and does, before there is a task."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from goldleaf import errors, testing

from ..errors import TrialError
from . import show
from .commands import Command
from .gold import in_rewards, listed_classes, name_class
from .inputs import AMOUNT
from .session import Session
from .tasks import read_manifest

if TYPE_CHECKING:
    from ..standards.judging import Judged, Standard
    from ..standards.trial import Trial

# People that are listed; with --json are all.
LISTED = 20


def design_options(function: Any) -> Any:
    """What a test depends on besides the people."""
    for option in reversed(
        [
            click.option("--stake", type=AMOUNT, required=True, help="Stake per label; in rewards without --reward."),
            click.option("--reward", type=AMOUNT, help="Pay per label, if --stake is an amount and no multiple of it."),
            click.option("--batch-size", type=click.IntRange(1, 4096), required=True, help="Labels in a submission."),
            click.option(
                "--share", default="1/2", show_default=True, help="Of the batches, how many to grade: 1/2, or 0.5."
            ),
            click.option(
                "--passes",
                metavar="CHANCE",
                help="How often the least expert has to pass, 0.98; otherwise so often that 95.5 % of the pay is left.",
            ),
            click.option("--items", type=click.IntRange(1), help="Items of the task, to count what has to be known."),
            click.option("--manifest", "draft", metavar="FILE", help="Takes the classes, and the items, from there."),
            click.option("--plot", metavar="FILE", help="Draw the power curve: .svg, .png or .pdf."),
        ]
    ):
        function = option(function)
    return function


@dataclass(frozen=True)
class Asked:
    """What a test is to be for, as it was typed."""

    stake: Any
    reward: Any
    batch_size: int
    share: str
    passes: str | None
    items: int | None
    draft: str | None
    plot: str | None

    def __post_init__(self) -> None:
        if self.plot is None:
            return
        from ..standards.plot import FORMATS

        if self.path.suffix.lower() not in FORMATS:
            raise click.UsageError(f"--plot {self.plot}: the name has to end in {', '.join(FORMATS)}")

    @property
    def rewards(self) -> Fraction:
        """The stake."""
        if self.reward is not None:
            return in_rewards(self.stake, self.reward)
        if isinstance(self.stake, int):
            raise click.UsageError("--stake in base units needs --reward")
        return Fraction(self.stake)

    @property
    def path(self) -> Path:
        """Where the picture goes."""
        return Path(self.plot or "")

    def design(self, classes: int, accuracy: testing.Share) -> testing.Design:
        """The test for people who are right so often. Raises `NoTestFits`."""
        stake = self.rewards
        return testing.design(
            classes=classes,
            accuracy=accuracy,
            stake=stake.numerator,
            reward=stake.denominator,
            share=self.share,
            batch_size=self.batch_size,
            passes=self.passes,
        )

    def draw(self, session: Session, design: testing.Design, people: Sequence[Fraction] = ()) -> None:
        """Draws the power curve, if it is to be drawn."""
        if self.plot is None:
            return
        from ..standards.plot import draw

        try:
            draw(design, self.path, people)
        except OSError as error:
            raise click.UsageError(f"{self.plot}: {error.strerror}") from None
        session.output.note(f"the power curve is drawn in {self.plot}")


@click.command("design", cls=Command)
@click.option("--classes", type=click.IntRange(2, 16), help="Labels that an item may have; or give --manifest.")
@click.option("--accuracy", required=True, help="How often the least expert is right whom you want to keep: 0.80.")
@design_options
@click.pass_obj
def design_(session: Session, /, classes: int | None, accuracy: str, **given: Any) -> None:
    """Compute a test: how many known items of each class, and how many errors pass.

    It is the smallest that keeps the least expert, and by which everybody who does not look at the items loses half a
    reward a label or more, however often they give each answer. If there is none, it says what would have to change.
    Accuracy is meant on items of which each class has as many, as the test has.
    """
    asked = Asked(**given)
    names, items = _classes(asked, classes)
    found = asked.design(len(names), accuracy)
    asked.draw(session, found)

    def human() -> None:
        _print(session, asked, found, items)

    session.output.result(_to_json(asked, found, names, items), human)


@click.command("pilot", cls=Command)
@click.argument("answers", metavar="ANSWERS")
@click.argument("gold", metavar="GOLD")
@click.option("--keep", default="3/4", show_default=True, help="Of the people of the trial, how many to keep.")
@design_options
@click.pass_obj
def pilot(session: Session, /, answers: str, gold: str, keep: str, **given: Any) -> None:
    """Propose whom a test is to keep, by a small trial, and compute the test.

    ANSWERS is a CSV file of annotator, item and label, GOLD one of item and label: what you know. The least expert is
    the last one of those whom you want to keep, by the mean over the classes of how often each was recognized.
    """
    from ..standards.judging import find_standard
    from ..standards.trial import read_trial

    asked = Asked(**given)
    typed = _classes(asked, None) if asked.draft is not None else None
    trial = read_trial(answers, gold, classes=None if typed is None else typed[0])
    standard = find_standard(trial, keep)
    names, items = list(trial.classes), typed[1] if typed is not None else asked.items
    found = _design_for(asked, trial, standard)
    asked.draw(session, found, [one.accuracy for one in standard.people])
    if not standard.is_told(found):
        low, needed = standard.least.low, standard.answers_needed(found)
        session.output.note(
            f"the trial is too small to tell: {standard.least.annotator} may be right on {show.percent(low)} only, and "
            f"would fail {show.percent(found.chance_to_fail(low))} of tests; have {needed} known items answered by "
            "each, as many of each class"
        )
    if standard.too_few:
        session.output.note(f"{len(standard.too_few)} people have answered too few known items to be judged")
    for label, recognized, _ in _recognition(trial):
        if recognized <= Fraction(1, 2):
            session.output.note(
                f"{label} was recognized in {show.percent(recognized)} of answers alone: look into what is known of "
                "it, and into the guidelines, before anybody is tested on it"
            )
    value = {"trial": _trial_to_json(trial, standard, found), **_to_json(asked, found, names, items)}

    def human() -> None:
        _print_trial(session, asked, trial, standard, found)
        _print(session, asked, found, items)

    session.output.result(value, human)


# ---------------------------------------------------------------- the test


def _classes(asked: Asked, number: int | None) -> tuple[list[str], int | None]:
    """What the classes are called, and how many items there are, if that is known."""
    if (number is None) == (asked.draft is None):
        raise click.UsageError("give either --classes or --manifest")
    if asked.draft is None:
        return [f"class {place}" for place in range(1, (number or 0) + 1)], asked.items
    manifest = read_manifest(asked.draft, as_it_is=False)
    listed = listed_classes(manifest)
    if listed is None:
        raise click.UsageError(f"{asked.draft}: its label schema lists no labels: give --classes")
    return [name_class(label) for label in listed], asked.items or len(manifest.items)


@dataclass(frozen=True)
class _Costs:
    """What a test takes, and what somebody honest may lose by it."""

    batches: int | None  # of the task
    graded: int | None
    share_of_labels: Fraction  # of what is paid for, on average: labels of items that are known
    stake: Fraction  # that is lost with a failed submission, in rewards
    pay: Fraction  # likewise
    chance: Fraction  # that the least expert loses them, by a submission

    @classmethod
    def of(cls, asked: Asked, design: testing.Design, items: int | None) -> "_Costs":
        batches = None if items is None else items // asked.batch_size
        share = testing.as_share("share", asked.share)
        return cls(
            batches,
            testing.graded_batches(batches, share) if batches else None,
            share * design.size / asked.batch_size,
            asked.rewards * asked.batch_size,
            Fraction(asked.batch_size),
            share * design.chance_to_fail(design.accuracy),
        )


def _to_json(asked: Asked, design: testing.Design, names: Sequence[str], items: int | None) -> dict[str, Any]:
    costs = _Costs.of(asked, design, items)
    [expert] = design.power([design.accuracy])
    incomes = {name: getattr(design, name) for name in ("half_informed", "random", "even", "constant")}
    value = {
        "classes": names,
        "counts": design.counts,
        "allowed": design.allowed,
        "stake": asked.rewards,
        "share": testing.as_share("share", asked.share),
        "batch_size": asked.batch_size,
        "expert": expert._asdict(),
        **incomes,
        "power": [point._asdict() for point in design.power()],
        "known_items": {
            "graded_batch": design.size,
            "batches": costs.batches,
            "graded_batches": costs.graded,
            "each_class": None if costs.graded is None else costs.graded * design.counts[0],
            "all": None if costs.graded is None else costs.graded * design.size,
            "share_of_labels": costs.share_of_labels,
        },
        "worst_loss": {"stake": costs.stake, "pay": costs.pay, "chance": costs.chance},
        "plot": asked.plot,
    }
    return show.to_json(value)  # type: ignore[no-any-return]


def _print(session: Session, asked: Asked, design: testing.Design, items: int | None) -> None:
    costs, share = _Costs.of(asked, design, items), testing.as_share("share", asked.share)
    [expert] = design.power([design.accuracy])
    each = design.counts[0]
    facts: list[tuple[str, object]] = [
        ("known items", f"{design.size} in a graded batch: {each} of each of {len(design.counts)} classes"),
        ("allowed errors", design.allowed),
        (
            "least expert",
            f"right on {show.percent(design.accuracy)}: passes {show.percent(expert.passes)} of tests, earns "
            f"{_rewards(expert.income)} a label",
        ),
        ("a third as informed", f"earns {_rewards(design.half_informed)} a label"),
        ("answers at random", f"earn {_rewards(design.random)} a label"),
        ("each as often, unseen", f"earns {_rewards(design.even)} a label: nobody has more who does not look"),
        ("one answer to all", f"fails every test, be it the commonest: earns {_rewards(design.constant)} a label"),
        (
            "worst loss",
            f"of a submission: the stake, {_rewards(costs.stake)}, and the pay of {_rewards(costs.pay)}; "
            f"{_often(costs.chance)} of the least expert's submissions ends so",
        ),
    ]
    if costs.graded is not None:
        known = f"{costs.graded * design.size:,} items, of {costs.graded} graded batches"
        facts.append(("to know in all", f"{known}: {costs.graded * each:,} of each class"))
    facts += [
        ("of all labels", f"{show.percent(costs.share_of_labels)} are of known items, and paid like all others"),
        (
            "next",
            f"`goldleaf test plan --count {each} --allowed {design.allowed} --batch-size {asked.batch_size} "
            f"--share {share}`, open the task, then `goldleaf test set-up`",
        ),
    ]
    session.output.facts(facts)
    if items is not None and items % asked.batch_size:
        whole = items - items % asked.batch_size
        session.output.note(f"{items:,} items are no whole batches of {asked.batch_size}: a tested task has {whole:,}")
    rows = [
        (show.percent(point.accuracy), show.percent(point.passes), f"{float(point.income):.2f}")
        for point in design.power()
    ]
    session.output.table(["right on", "passes", "earns a label, in rewards"], rows, nothing="")


def _rewards(amount: Fraction | None) -> str:
    return "" if amount is None else f"{_number(amount)} {'reward' if amount == 1 else 'rewards'}"


def _number(amount: Fraction) -> str:
    return f"{int(amount):,}" if amount.denominator == 1 else f"{float(amount):,.2f}"


def _often(chance: Fraction) -> str:
    return f"about one in {round(1 / chance):,}" if chance else "none"


# ---------------------------------------------------------------- the trial


def _recognition(trial: "Trial") -> list[tuple[str, Fraction, str]]:
    """Of each class: its name, how often it was recognized in all answers, and what it was taken for most often."""
    found = []
    names = [*trial.classes, "something else"]
    for place, row in enumerate(trial.pooled):
        all_ = max(1, sum(row))
        wrong = max((number, -other) for other, number in enumerate(row) if other != place)
        mistaken = f"{names[-wrong[1]]}, {show.percent(Fraction(wrong[0], all_))}" if wrong[0] else ""
        found.append((trial.classes[place], Fraction(row[place], all_), mistaken))
    return found


def _design_for(asked: Asked, trial: "Trial", standard: "Standard") -> testing.Design:
    """The test that keeps the least expert of a trial. Raises `TrialError`, `NoTestFits`."""
    least, chance = standard.least, Fraction(1, len(trial.classes))
    told = (
        f"the least of {standard.kept} people to keep is {least.annotator}, who recognizes the classes in "
        f"{show.percent(least.accuracy)} of cases, by {least.answers} answers between {show.percent(least.low)} and "
        f"{show.percent(least.high)}"
    )
    if standard.accuracy <= chance:
        raise TrialError(
            f"{told}; chance does in {show.percent(chance)}, so no test keeps such people and fails those who guess",
            advice="Keep fewer, explain better what is asked, or ask others.",
        )
    try:
        return asked.design(len(trial.classes), standard.accuracy)
    except errors.NoTestFits as error:
        raise errors.NoTestFits(f"{told}; {error.detail}", advice=error.advice) from error


def _fails(one: "Judged", design: testing.Design) -> Fraction:
    """The chance to fail of somebody of the trial, by what was seen of each class."""
    return testing.chance_to_fail_by_class(design.counts, design.allowed, one.by_class)


def _trial_to_json(trial: "Trial", standard: "Standard", design: testing.Design) -> dict[str, Any]:
    least, is_told = standard.least, standard.is_told(design)
    return {
        "known": dict(zip(trial.classes, trial.known, strict=True)),
        "left_out": trial.left_out,
        "standard": {
            "annotator": least.annotator,
            "accuracy": standard.accuracy,
            "low": least.low,
            "high": least.high,
            "kept": standard.kept,
            "fails_at_low": design.chance_to_fail(least.low),
            "fails_at_high": design.chance_to_fail(least.high),
        },
        "is_told": is_told,
        "answers_needed": None if is_told else standard.answers_needed(design),
        "too_few": standard.too_few,
        "called": {
            label: dict(zip([*trial.classes, ""], row, strict=True))
            for label, row in zip(trial.classes, trial.pooled, strict=True)
        },
        "people": [
            {
                "annotator": one.annotator,
                "answers": one.answers,
                "right": one.right,
                "accuracy": one.accuracy,
                "low": one.low,
                "high": one.high,
                "by_class": one.by_class,
                "passes": 1 - _fails(one, design),
                "income": 1 - design.weight * _fails(one, design),
            }
            for one in standard.people
        ],
    }


def _print_trial(session: Session, asked: Asked, trial: "Trial", standard: "Standard", design: testing.Design) -> None:
    least = standard.least
    earning = [1 - design.weight * _fails(one, design) for one in standard.people]
    facts: list[tuple[str, object]] = [
        (
            "judged",
            f"{len(standard.people)} people on {sum(trial.known):,} known items, the best {standard.kept} to be kept",
        ),
        (
            "least expert",
            f"{least.annotator}: recognizes the classes in {show.percent(least.accuracy)} of cases, by {least.answers} "
            f"answers between {show.percent(least.low)} and {show.percent(least.high)}",
        ),
        ("of all its answers", f"{show.percent(Fraction(least.right, least.answers))} are right, classes as they come"),
        *(
            (f"tested for {show.percent(accuracy)}", _test_for(asked, trial, accuracy))
            for accuracy in (least.low, least.high)
        ),
        (
            "by this trial",
            f"{sum(earns >= testing.EXPERT_KEEPS for earns in earning)} of {len(earning)} people keep 95.5 % of the "
            f"pay, {sum(earns < 0 for earns in earning)} lose",
        ),
    ]
    session.output.facts(facts)
    recognized = [(label, show.percent(share), mistaken) for label, share, mistaken in _recognition(trial)]
    session.output.table(["class", "recognized", "most often taken for"], recognized, nothing="")
    rows = [
        (
            one.annotator,
            f"{one.right} of {one.answers}",
            show.percent(one.accuracy),
            f"{show.percent(one.low)} to {show.percent(one.high)}",
            show.percent(1 - _fails(one, design)),
            f"{float(1 - design.weight * _fails(one, design)):.2f}",
        )
        for one in standard.people[:LISTED]
    ]
    headers = ["annotator", "right", "recognizes", "between", "would pass", "earn a label"]
    session.output.table(headers, rows, nothing="")
    if len(standard.people) > LISTED:
        session.output.line(f"and {len(standard.people) - LISTED} more: --json has all")


def _test_for(asked: Asked, trial: "Trial", accuracy: Fraction) -> str:
    """The test if the least expert was so good."""
    if accuracy <= Fraction(1, len(trial.classes)):
        return "none: as good as chance"
    try:
        design = asked.design(len(trial.classes), accuracy)
    except errors.NoTestFits:
        return "none fits"
    return f"{design.size} known items in a graded batch, {design.allowed} errors pass"
