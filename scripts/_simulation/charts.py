"""One chart for each claim of docs/simulation.md."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from scripts._simulation.people import OTHERS

Document = Mapping[str, Any]
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
GREY = "#888888"
NAMES = ("simulation-pay.svg", "simulation-cheats.svg", "simulation-errors.svg")


def draw(document: Document, folder: Path) -> None:
    """Draws all of them into the folder; the same figures give the same files."""
    for name, figure in zip(NAMES, (_pay(document), _cheats(document), _errors(document)), strict=True):
        # Letters stay letters, so that files are small and can be searched.
        with mpl.rc_context({"svg.hashsalt": "goldleaf", "svg.fonttype": "none"}):
            FigureCanvasSVG(figure).print_svg(folder / name, metadata={"Date": None})


def _pay(document: Document) -> Figure:
    figure = Figure(figsize=(8, 4.2), layout="constrained")
    axes = figure.subplots()
    for colour, (name, people) in zip(COLOURS, document["annotators"].items(), strict=False):
        chance = 1 / document["people"][name]["classes"]
        above = [(balanced - chance) / (1 - chance) for _, balanced, _ in people]
        axes.scatter(above, [net for *_, net in people], s=14, color=colour, alpha=0.8, label=name)
    axes.axhline(0, color=GREY, linewidth=1)
    standard = document["chosen"]["standard"]
    axes.axvline(standard, color=GREY, linewidth=1, linestyle=":")
    axes.annotate(" the standard", (standard, -1.4), color=GREY)
    axes.set_xlabel("accuracy, all classes alike: 0 is chance, 1 is always right")
    axes.set_ylabel("net per label, rewards")
    axes.set_title("Real honest people: pay kept by accuracy")
    axes.legend(loc="lower right")
    return figure


def _cheats(document: Document) -> Figure:
    figure = Figure(figsize=(8, 4.2), layout="constrained")
    axes = figure.subplots()
    kinds = ["honest", *(kind.value for kind in OTHERS)]
    for colour, (name, found) in zip(COLOURS, document["pay"].items(), strict=False):
        means = [found["honest"]["mean"], *(found["others"][kind] for kind in kinds[1:])]
        axes.scatter([mean[0] for mean in means], range(len(kinds)), s=30, color=colour, alpha=0.85, label=name)
    axes.axvline(0, color=GREY, linewidth=1)
    axes.axvline(document["rule"]["deterred"], color=GREY, linewidth=1, linestyle=":")
    axes.set_yticks(range(len(kinds)), kinds)
    axes.invert_yaxis()
    axes.set_xlabel("net per label, rewards; dotted: where constant, random and lying answers have to be")
    axes.set_title("What each kind of people earns where labels are tested")
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return figure


def _errors(document: Document) -> Figure:
    figure = Figure(figsize=(8, 3.6), layout="constrained")
    axes = figure.subplots()
    mixed = [each for each in document["errors"] if each["people"] == "mixed"]
    markets = (("everybody", "everybody paid"), ("tested", "tested"), ("settled", "tested, losers gone"))
    for place, (market, title) in enumerate(markets):
        found = [each["markets"][market] for each in mixed]
        best = [each["errors"][each["best"]] for each in found]
        heights = [100 * estimate for estimate, _, _ in best]
        ends = [
            [100 * (estimate - low) for estimate, low, _ in best],
            [100 * (high - estimate) for estimate, _, high in best],
        ]
        places = [number + (place - 1) * 0.27 for number in range(len(mixed))]
        axes.bar(places, heights, 0.25, yerr=ends, color=COLOURS[place], ecolor=GREY, label=title)
    axes.set_xticks(range(len(mixed)), [each["data"] for each in mixed])
    axes.set_ylabel("wrong, %")
    axes.set_title("Errors at the same pay, each by its best aggregator in hindsight")
    axes.legend(loc="upper center")
    return figure
