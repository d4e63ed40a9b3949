"""The figures of a report on who is right, and how sure that is. Each comes with words that say what it shows."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from matplotlib.ticker import PercentFormatter

from ..result import AnnotatorEstimate, Reliability
from . import svg, text

# More annotators than this get no row each, but a place in a line.
MOST_NAMED = 40
# With fewer points a figure of how far chances can be trusted would show a curve where there is none.
LEAST_POINTS = 5
# More classes than this are not told apart in a figure.
MOST_CLASSES = 12


@dataclass(frozen=True, slots=True)
class Swatch:
    """A colour of a figure, by its name in the style sheet, and what it stands for."""

    colour: str
    what: str


@dataclass(frozen=True, slots=True)
class Plot:
    """A figure, and the same in words."""

    drawn: Markup
    words: str
    legend: tuple[Swatch, ...] = ()


def reliability(annotators: Sequence[AnnotatorEstimate]) -> Plot:
    """The share of right labels of each annotator, with its interval; there must be at least one."""
    ranked = sorted(annotators, key=lambda one: (one.accuracy, one.annotator))
    worst, best = ranked[0], ranked[-1]
    middle = ranked[len(ranked) // 2].accuracy
    words = (
        f"{text.count(len(ranked), 'annotator')}, from {text.share(worst.accuracy)} of labels right "
        f"({text.short(worst.annotator)}) to {text.share(best.accuracy)} ({text.short(best.annotator)}); "
        f"half of them reach {text.share(middle)} or more."
    )
    named = len(ranked) <= MOST_NAMED
    places = range(len(ranked))
    with svg.figure(7, max(1.6, 0.26 * len(ranked) + 0.8) if named else 3.4) as figure:
        axes = figure.add_subplot()
        if named:
            for place, one in zip(places, ranked, strict=True):
                axes.plot([one.low, one.high], [place, place], color=svg.BLUE, lw=2, alpha=0.55, clip_on=False)
                _dot(axes, one.accuracy, place, svg.BLUE, 8)
            axes.set_yticks(list(places), [f"{text.short(one.annotator)}  ({one.labels:,})" for one in ranked])
            axes.set_ylim(-0.7, len(ranked) - 0.3)
            axes.grid(axis="y", visible=False)
            axes.set_xlabel("labels that are right (in brackets: how many labels were judged)")
            _percent(axes.xaxis)
            axes.set_xlim(_floor(one.low for one in ranked), 1)
        else:
            lows, highs = ([getattr(one, name) for one in ranked] for name in ("low", "high"))
            around = [*places, *reversed(places)]
            axes.fill(around, [*lows, *reversed(highs)], color=svg.BLUE, alpha=0.25, lw=0, clip_on=False)
            axes.plot(list(places), [one.accuracy for one in ranked], color=svg.BLUE, lw=2, clip_on=False)
            axes.set_xlabel("annotators, the least reliable first")
            axes.set_ylabel("labels that are right")
            _percent(axes.yaxis)
            axes.set_xlim(0, len(ranked) - 1)
            axes.set_ylim(_floor(lows), 1)
        return Plot(svg.inline(figure, words), words)


def calibration(calibrated: Reliability, uncalibrated: Reliability) -> Plot | None:
    """How often labels were wrong, by how probably they were said to be; with the probabilities as they are, and as
    they were before they were calibrated. None if there are too few points to be drawn."""
    if sum(one.count > 0 for one in calibrated.bins) < LEAST_POINTS:
        return None
    words = (
        f"A prediction was off by {text.share(calibrated.ece)} on average, and by {text.share(uncalibrated.ece)} "
        "before calibration. Dots on the diagonal are right; below it labels were wrong less often than said, "
        "above it more often."
    )
    with svg.figure(7, 3.7) as figure:
        pair = figure.subplots(1, 2, sharey=True)
        panels = (("calibrated", calibrated, svg.BLUE), ("before calibration", uncalibrated, svg.ORANGE))
        for axes, (name, measured, colour) in zip(pair, panels, strict=True):
            axes.plot([0, 1], [0, 1], color=svg.SOFT, lw=1, dashes=(4, 4), clip_on=False)
            found = [one for one in measured.bins if one.count]
            most = max((one.count for one in found), default=1)
            for one in found:
                _dot(axes, one.predicted, one.observed, colour, 5 + 9 * (one.count / most) ** 0.5)
                above = one.observed < 0.9
                axes.annotate(
                    f"{one.count:,}",
                    (one.predicted, one.observed),
                    xytext=(0, 9 if above else -9),
                    textcoords="offset points",
                    ha="center",
                    va="bottom" if above else "top",
                    fontsize=8.5,
                )
            axes.set_title(f"{name} (off by {text.share(measured.ece)})")
            axes.set_xlabel("said to be wrong")
            axes.set_aspect("equal")
            axes.set_xlim(-0.04, 1.04)
            axes.set_ylim(-0.04, 1.04)
            _percent(axes.xaxis)
        pair[0].set_ylabel("were wrong")
        _percent(pair[0].yaxis)
        return Plot(svg.inline(figure, words), words)


def confusion(annotators: Sequence[AnnotatorEstimate], classes: Sequence[bytes]) -> Plot | None:
    """What was called what: rows are what is probably true, columns the labels given. None if there is too little."""
    size = len(classes)
    tables = [np.array(one.confusion) for one in annotators if len(one.confusion) == size]
    if not tables or size < 2:
        return None
    total = np.sum(tables, axis=0)
    order = np.argsort(-(total.sum(axis=0) + total.sum(axis=1)), kind="stable")[:MOST_CLASSES]
    shown = np.sort(order[(total.sum(axis=0) + total.sum(axis=1))[order] > 0])
    if len(shown) < 2:
        return None
    counts = total[np.ix_(shown, shown)]
    rows = np.maximum(total[shown].sum(axis=1, keepdims=True), 1e-9)
    shares = counts / rows
    names = [text.label(classes[code], 18) for code in shown]
    off = np.where(np.eye(len(shown), dtype=bool), -1.0, counts)
    truth, given = np.unravel_index(int(off.argmax()), off.shape)
    words = (
        f"Of labels on items that are probably “{names[truth]}”, {text.share(float(shares[truth, given]))} say "
        f"“{names[given]}”: the most frequent error, about {text.count(round(float(counts[truth, given])), 'label')}."
    )
    if len(shown) < size:
        words += f" The {len(shown)} most frequent of {size} labels are shown."
    level = len(shown) <= 4 and max(map(len, names)) <= 14
    with svg.figure(min(9, 2.4 + 0.8 * len(shown)), (1.2 if level else 2) + 0.5 * len(shown)) as figure:
        axes = figure.add_subplot()
        for row in range(len(shown)):
            for column in range(len(shown)):
                part = float(shares[row, column])
                colour = svg.BLUE if row == column else svg.ORANGE
                axes.add_patch(
                    Rectangle((column - 0.48, row - 0.46), 0.96, 0.92, color=colour, alpha=0.08 + 0.5 * part, lw=0)
                )
                # Rare errors are many labels in a large set: both are written.
                cell = f"{text.share(part)}\n{round(float(counts[row, column])):,}"
                axes.text(column, row, cell, ha="center", va="center", fontsize=8.5)
        axes.set_xticks(
            range(len(shown)),
            names,
            rotation=0 if level else 40,
            rotation_mode="anchor",
            ha="center" if level else "left",
        )
        axes.set_yticks(range(len(shown)), names)
        axes.xaxis.set_ticks_position("top")
        axes.xaxis.set_label_position("top")
        axes.set_xlabel("label that was given")
        axes.set_ylabel("probably true")
        axes.set_xlim(-0.5, len(shown) - 0.5)
        axes.set_ylim(len(shown) - 0.5, -0.5)
        axes.grid(visible=False)
        axes.spines[:].set_visible(False)
        return Plot(svg.inline(figure, words), words)


def _dot(axes: Axes, x: float, y: float, colour: str, size: float) -> None:
    """A dot of `size` points. Lines without length have round ends; markers would be drawn by reference."""
    axes.plot([x, x], [y, y], color=colour, lw=size, solid_capstyle="round", clip_on=False)


def _percent(axis: object) -> None:
    axis.set_major_formatter(PercentFormatter(1, decimals=0))  # type: ignore[attr-defined]


def _floor(lows: object) -> float:
    """Where an axis of accuracies begins: at a tenth below the lowest one."""
    return max(0.0, np.floor(min(lows) * 10 - 0.5) / 10)  # type: ignore[call-overload, no-any-return]
