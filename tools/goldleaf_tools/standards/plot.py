"""The power curve of a test as a picture: whom it keeps, and what they earn."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from goldleaf.errors import MissingExtra
from goldleaf.testing import Design

try:
    import matplotlib as mpl
    from matplotlib.figure import Figure
    from matplotlib.ticker import PercentFormatter
except ImportError as error:
    raise MissingExtra("audit", "goldleaf-tools") from error

# By the ends of file names, and what would tell the time of drawing.
FORMATS = {".svg": "Date", ".png": "Software", ".pdf": "CreationDate"}
_STEPS = 200
_BLUE, _ORANGE, _GREY = "#1f5fa8", "#c8641b", "#6b6b6b"


def draw(design: Design, path: Path, people: Sequence[Fraction] = ()) -> None:
    """Writes the picture in the format that the name says, one of `FORMATS`. `people` are accuracies to be marked.

    Raises `OSError`.
    """
    suffix = path.suffix.lower()
    lowest = _STEPS // len(design.counts)
    curve = design.power([Fraction(step, _STEPS) for step in range(lowest, _STEPS + 1)])
    accuracies = [float(each.accuracy) for each in curve]
    # Outlines instead of letters, and no random names in it: the same bytes each time.
    with mpl.rc_context({"svg.hashsalt": "goldleaf", "text.parse_math": False}):
        figure = Figure(figsize=(7, 6), layout="constrained")
        kept, earned = figure.subplots(2, 1, sharex=True)
        ticks = "; below, people of the trial" if people else ""
        kept.set_title(f"{design.size} known items in a graded batch, {design.allowed} errors pass{ticks}")
        kept.plot(accuracies, [float(each.passes) for each in curve], color=_BLUE, lw=2)
        kept.set_ylabel("tests passed")
        kept.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        earned.plot(accuracies, [float(each.income) for each in curve], color=_BLUE, lw=2)
        earned.axhline(0, color=_GREY, lw=0.8)
        earned.set_ylabel("earned a label, in rewards")
        earned.set_xlabel("accuracy, each class as often")
        earned.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        marks = ((1 / len(design.counts), "chance", _GREY), (float(design.accuracy), "least expert", _ORANGE))
        for axes in (kept, earned):
            axes.grid(visible=True, lw=0.4)
            for accuracy, _, colour in marks:
                axes.axvline(accuracy, color=colour, lw=1, ls="--")
        for accuracy, name, colour in marks:
            place = {"xycoords": ("data", "axes fraction"), "xytext": (3, 0), "textcoords": "offset points"}
            earned.annotate(name, (accuracy, 0.5), color=colour, fontsize=8, **place)
        for person in people:
            kept.plot([float(person)] * 2, [0, 0.03], color=_ORANGE, lw=1)
        figure.savefig(path, format=suffix[1:], metadata={FORMATS[suffix]: None})
