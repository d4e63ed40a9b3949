"""Where the money of a task went, and what happened in its disputes: figures."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, date2num
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path

from goldleaf.types import SubmissionState

from ..result import ChallengeReport, Flow, TaskAudit, Token
from . import svg, text
from .plots import Plot, Swatch
from .words import KINDS

HELD = "still held"
# Disputes that the timeline has a row for.
MOST_CHALLENGES = 25

_LIVE = (SubmissionState.TAKEN, SubmissionState.COMMITTED, SubmissionState.PUBLISHED)
_KINDS = {
    "pay": ("green", svg.GREEN),
    "pay returned": ("teal", svg.TEAL),
    "stake returned": ("blue", svg.BLUE),
    "stake lost": ("red", svg.RED),
    "pay lost": ("red", svg.RED),
    "prize": ("teal", svg.TEAL),
    "prize returned": ("blue", svg.BLUE),
    "bond returned": ("purple", svg.PURPLE),
    "bond lost": ("orange", svg.ORANGE),
    "availability bond": ("orange", svg.ORANGE),
    "fee": ("soft", svg.SOFT),
    "deposit": ("green", svg.GREEN),
    "deposit returned": ("teal", svg.TEAL),
    HELD: ("line", svg.LINE),
}
_ROLES = {
    "pot": "the requester's pot",
    "stakes": "annotators' stakes",
    "deposits": "the requester's deposits on known answers",
    "annotator": "annotators",
    "requester": "requester",
    "challenger": "challengers",
    "auditor": "this auditor",
    "jurors": "jurors",
    "defender": "defenders",
    "sink": "nobody (the sink)",
    HELD: "still held",
}
_STEPS = (
    (("Challenged", "AvailabilityChallenged"), "filed", "orange", svg.ORANGE),
    (("Conceded", "Defended", "Answered"), "answered", "blue", svg.BLUE),
    (("Drawn", "DisputeCreated"), "jurors drawn", "teal", svg.TEAL),
    (("VoteCommitted", "VoteRevealed"), "votes", "soft", svg.SOFT),
    (("Appealed", "AppealDropped"), "appeals", "red", svg.RED),
    (("Ruled", "RulingExecuted", "NotHeard"), "ruled", "purple", svg.PURPLE),
    (("Settled",), "settled", "green", svg.GREEN),
)
_STEP_OF = {kind: step for step, (kinds, *_) in enumerate(_STEPS) for kind in kinds}


def all_flows(audit: TaskAudit) -> list[Flow]:
    """The flows of an audit, and what is still in the pot and staked."""
    flows = [flow for flow in audit.flows if flow.amount > 0]
    pot = audit.parameters.pot - sum(flow.amount for flow in flows if flow.source == "pot")
    if not audit.closed and pot > 0:
        flows.append(Flow("pot", HELD, pot, HELD))
    staked = sum(
        audit.parameters.stake * one.labels - one.errors * audit.parameters.prize
        for one in audit.sets
        if one.state in _LIVE
    )
    if staked > 0:
        flows.append(Flow("stakes", HELD, staked, HELD))
    return flows


def flows(moved: Sequence[Flow], token: Token) -> Plot:
    """From whom on the left to whom on the right, as wide as the amounts; there must be at least one."""
    largest = sorted(moved, key=lambda flow: -flow.amount)[:3]
    words = "The largest amounts: " + "; ".join(
        f"{text.amount(flow.amount, token)} from {role(flow.source)} to {role(flow.target)} ({text.plain(flow.what)})"
        for flow in largest
    )
    total = sum(flow.amount for flow in moved)
    # Bands of next to nothing are still seen.
    widths = {flow: max(flow.amount / total, 0.006) for flow in moved}
    sources = _ordered(flow.source for flow in moved)
    targets = _ordered(flow.target for flow in moved)
    gap = 0.09
    with svg.figure(8, max(2.4, 0.62 * max(len(sources), len(targets)) + 1.0)) as figure:
        axes = figure.add_subplot()
        left = _blocks(axes, sources, {one: _width(widths, one, "source") for one in sources}, gap, 0.0, token, moved)
        right = _blocks(axes, targets, {one: _width(widths, one, "target") for one in targets}, gap, 1.0, token, moved)
        for source in sources:
            for target in targets:
                for flow in moved:
                    if (flow.source, flow.target) == (source, target):
                        _band(axes, left[source], right[target], widths[flow], _colour(flow.what)[1])
                        left[source] -= widths[flow]
                        right[target] -= widths[flow]
        lowest = min(*left.values(), *right.values())
        axes.set_xlim(-0.42, 1.42)
        axes.set_ylim(lowest - 0.03, 0.03)
        axes.set_axis_off()
        return Plot(svg.inline(figure, words), f"{words}.", tuple(_legend(moved)))


def timeline(challenges: Sequence[ChallengeReport], now: int) -> Plot | None:
    """What happened when in each challenge. None if nothing is known of any."""
    told = [challenge for challenge in challenges if challenge.events]
    if not told:
        return None
    # The auditor's own first, then the latest.
    shown = sorted(told, key=lambda challenge: (not challenge.own, -challenge.events[0].time))[:MOST_CHALLENGES]
    shown.sort(key=lambda challenge: challenge.events[0].time)
    open_ = sum(challenge.outcome is None for challenge in told)
    words = f"{text.count(len(told), 'challenge')}, {open_} of them not settled yet."
    if len(shown) < len(told):
        words += f" {len(shown)} are shown: the auditor's own, then the latest."
    used: set[int] = set()
    with svg.figure(8, max(1.6, 0.3 * len(shown) + 0.9)) as figure:
        axes = figure.add_subplot()
        for row, challenge in enumerate(shown):
            first, last = challenge.events[0].time, now if challenge.outcome is None else challenge.events[-1].time
            dashes = (None, None) if challenge.outcome is not None else (3, 2)
            axes.plot(_days((first, last)), [row, row], color=svg.LINE, lw=3, dashes=dashes, clip_on=False)
            for event in challenge.events:
                step = _STEP_OF.get(event.kind)
                if step is not None:
                    used.add(step)
                    [x] = _days((event.time,))
                    axes.plot([x, x], [row, row], color=_STEPS[step][3], lw=9, solid_capstyle="round", clip_on=False)
        axes.set_yticks(range(len(shown)), [_name(challenge) for challenge in shown])
        axes.set_ylim(len(shown) - 0.4, -0.6)
        locator = AutoDateLocator()
        axes.xaxis.set_major_locator(locator)
        axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))
        axes.margins(x=0.04)
        axes.grid(axis="y", visible=False)
        legend = tuple(Swatch(colour, what) for step, (_, what, colour, _) in enumerate(_STEPS) if step in used)
        return Plot(svg.inline(figure, words), words, legend)


def _name(challenge: ChallengeReport) -> str:
    kind = KINDS[challenge.kind]
    return f"{kind} {challenge.number} on set {challenge.submission & (2**64 - 1)}" + (
        " (own)" if challenge.own else ""
    )


def _days(times: Iterable[int]) -> list[float]:
    return [float(date2num(text.utc(time))) for time in times]


def role(name: str) -> str:
    """Who has money, in words."""
    return _ROLES.get(name) or text.plain(name, 30)


def _colour(what: str) -> tuple[str, str]:
    return _KINDS.get(what, ("soft", svg.SOFT))


def _legend(moved: Iterable[Flow]) -> Iterable[Swatch]:
    whats: dict[str, list[str]] = defaultdict(list)
    for what in dict.fromkeys(flow.what for flow in moved):
        whats[_colour(what)[0]].append(text.plain(what))
    return (Swatch(colour, ", ".join(names)) for colour, names in whats.items())


def _ordered(names: Iterable[str]) -> list[str]:
    """Roles in the order of `_ROLES`, so that pots and what is held stand where they always stand."""
    places = list(_ROLES)
    return sorted(set(names), key=lambda name: (places.index(name) if name in places else len(places), name))


def _width(widths: dict[Flow, float], role: str, side: str) -> float:
    return sum(width for flow, width in widths.items() if getattr(flow, side) == role)


def _blocks(
    axes: Axes,
    roles: Sequence[str],
    heights: dict[str, float],
    gap: float,
    x: float,
    token: Token,
    moved: Sequence[Flow],
) -> dict[str, float]:
    """Draws a column of roles from the top; gives the upper edge of each."""
    tops, top, side = {}, 0.0, "source" if x == 0 else "target"
    for name in roles:
        height = heights[name]
        thick = -0.02 if x == 0 else 0.02
        axes.add_patch(Rectangle((x, top - height), thick, height, color=svg.INK, lw=0, alpha=0.7))
        amount = sum(flow.amount for flow in moved if getattr(flow, side) == name)
        axes.text(
            x + 2 * thick,
            top - height / 2,
            f"{role(name)}\n{text.amount(amount, token)}",
            ha="right" if x == 0 else "left",
            va="center",
            fontsize=9,
        )
        tops[name] = top
        top -= max(height, 0.1) + gap
    return tops


def _band(axes: Axes, left: float, right: float, width: float, colour: str) -> None:
    codes = [Path.MOVETO, *[Path.CURVE4] * 3, Path.LINETO, *[Path.CURVE4] * 3, Path.CLOSEPOLY]
    points = [(0, left), (0.5, left), (0.5, right), (1, right)]
    points += [(1, right - width), (0.5, right - width), (0.5, left - width), (0, left - width), (0, left)]
    axes.add_patch(PathPatch(Path(points, codes), facecolor=colour, lw=0, alpha=0.5))
