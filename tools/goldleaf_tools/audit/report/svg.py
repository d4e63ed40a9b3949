"""Figures of matplotlib as inline SVG: the same bytes each time, colours of the page, no references.

Only elements and attributes that draw something are kept; there is nothing in them that a browser would follow. Colours
are those of the page's style sheet, so that figures are dark where the page is.
"""

import io
import re
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from xml.etree import ElementTree

import matplotlib as mpl
from markupsafe import Markup
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

# What figures are drawn with, and the variables of the style sheet that take their place.
COLOURS: Mapping[str, str] = {
    "#010101": "var(--ink)",
    "#020202": "var(--soft)",
    "#030303": "var(--line)",
    "#040404": "var(--paper)",
    "#050501": "var(--blue)",
    "#050502": "var(--orange)",
    "#050503": "var(--green)",
    "#050504": "var(--red)",
    "#050505": "var(--purple)",
    "#050506": "var(--teal)",
}
INK, SOFT, LINE, PAPER, BLUE, ORANGE, GREEN, RED, PURPLE, TEAL = COLOURS

_SETTINGS = {
    "svg.fonttype": "none",
    "svg.hashsalt": "goldleaf",
    # Labels are no formulas, whatever is in them.
    "text.parse_math": False,
    "text.usetex": False,
    # Wider than what browsers put in its place, so that what fits here fits there.
    "font.sans-serif": ["DejaVu Sans"],
    "font.family": "sans-serif",
    "font.size": 10,
    "text.color": INK,
    "axes.edgecolor": LINE,
    "axes.labelcolor": SOFT,
    "axes.titlesize": 10.5,
    "axes.titlecolor": INK,
    "axes.facecolor": "none",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": LINE,
    "grid.linewidth": 0.6,
    "figure.facecolor": "none",
    "xtick.color": LINE,
    "ytick.color": LINE,
    "xtick.labelcolor": SOFT,
    "ytick.labelcolor": SOFT,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "xtick.minor.size": 0,
    "ytick.minor.size": 0,
    "path.simplify": False,
}
_NAMESPACE = "{http://www.w3.org/2000/svg}"
_KEPT = {"svg", "g", "path", "text"}
# What matplotlib draws markers, collections and pictures with.
_REFERENCES = {"use", "image"}
_ATTRIBUTES = {"viewBox", "d", "style", "transform", "x", "y"}
_FONT = re.compile(r"'DejaVu Sans'")
_COLOUR = re.compile("|".join(COLOURS))


@contextmanager
def figure(width: float, height: float) -> Iterator[Figure]:
    """An empty figure, in inches, and settings to draw it with; `inline` is for inside, too."""
    with mpl.rc_context(_SETTINGS), warnings.catch_warnings():
        # Text that this font has no letters for: browsers have other fonts.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        yield Figure(figsize=(width, height), layout="constrained")


def inline(drawn: Figure, title: str) -> Markup:
    """The figure as an element of a page; `title` is what those are told who cannot see it."""
    file = io.BytesIO()
    FigureCanvasSVG(drawn).print_svg(file, metadata=dict.fromkeys(("Creator", "Date", "Format", "Type")))
    source = ElementTree.fromstring(file.getvalue())
    root = _copy(source)
    width, height = drawn.get_size_inches()
    root.set("viewBox", f"0 0 {width * 72:g} {height * 72:g}")
    root.set("style", f"max-width: {width * 72 * 1.25:.0f}px; min-width: {width * 72 * 0.8:.0f}px")
    root.set("role", "img")
    root.set("aria-label", title)
    # Everything in it is escaped by the serializer.
    return Markup(ElementTree.tostring(root, encoding="unicode", method="html"))


def _copy(source: ElementTree.Element) -> ElementTree.Element:
    made = ElementTree.Element(
        source.tag.removeprefix(_NAMESPACE),
        {name: _restyle(value) for name, value in source.attrib.items() if name in _ATTRIBUTES},
    )
    made.text = source.text
    for child in source:
        tag = child.tag.removeprefix(_NAMESPACE)
        assert tag not in _REFERENCES, f"<{tag}> would not be seen: draw it with lines and patches"
        # Clip paths lie in <defs>: nothing here is drawn outside of its axes.
        if tag in _KEPT:
            part = _copy(child)
            if len(part) or part.attrib or (part.text or "").strip():
                made.append(part)
    if made.tag != "text":
        made.text = None
    return made


def _restyle(value: str) -> str:
    return _FONT.sub("system-ui, sans-serif", _COLOUR.sub(lambda found: COLOURS[found[0]], value))
