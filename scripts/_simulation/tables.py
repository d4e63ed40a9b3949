"""The document's tables: the same rows for the terminal and for docs/simulation.md."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from scripts._simulation.kinds import CHEATS, FULL_AUDIT, SPOT_CHECK, STAKE, worst_cheat

Document = Mapping[str, Any]
# Where there is no figure.
NONE = "-"


class Table(NamedTuple):
    """A title, heads and rows of text."""

    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]

    def markdown(self) -> str:
        """The table as docs/simulation.md has it."""
        lines = [self.heads, ["---"] * len(self.heads), *self.rows]
        return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def percent(share: float | None) -> str:
    """A share, or a dash."""
    return NONE if share is None else f"{100 * share:.1f} %"


def points(figure: Sequence[float] | None) -> str:
    """A difference of shares with its interval, in percentage points."""
    return NONE if figure is None else f"{100 * figure[0]:+.1f} [{100 * figure[1]:+.1f}, {100 * figure[2]:+.1f}]"


def amount(value: float | None) -> str:
    """Rewards."""
    return NONE if value is None else f"{value:+.2f}"


def ranged(figure: Sequence[float] | None) -> str:
    """An amount with its interval."""
    return NONE if figure is None else f"{figure[0]:+.2f} [{figure[1]:+.2f}, {figure[2]:+.2f}]"


def share(figure: Sequence[float] | None) -> str:
    """A share with its interval."""
    return NONE if figure is None else f"{100 * figure[0]:.1f} % [{100 * figure[1]:.1f}, {100 * figure[2]:.1f}]"


def audit_name(gold: float) -> str:
    """What the auditor holds of the truth."""
    return "full audit" if gold == FULL_AUDIT else f"{gold:.0%} gold"


def recommended(document: Document) -> Table:
    """What is recommended for each kind."""
    rows = []
    for each in document["recommended"]:
        terms = each["terms"]
        rows.append(
            [
                each["kind"],
                ", ".join(each["sets"]),
                percent(each["errors"]),
                str(each["batch"]),
                f"{terms['stake']:g}x",
                percent(terms["tolerance_bps"] / 10_000),
                amount(terms["good_net"]),
                amount(terms["cheat_net"]),
                "yes" if terms["deters"] else "NO",
            ]
        )
    heads = ("kind", "sets", "errors", "batch", "stake", "tolerance", "good annotators", "best cheat", "deters cheats")
    return Table("Recommended; net per label in rewards, in the worst case", heads, rows)


def accuracy(document: Document) -> Table:
    """What the labels are worth, with all kinds of people."""
    rows = []
    for cell in _found(document["scenarios"], scenario="mixed"):
        f = cell["figures"]
        rows.append(
            [
                cell["data"],
                audit_name(cell["gold"]),
                percent(f["accuracy_all"]),
                percent(f["accuracy_accepted"]),
                percent(f["accepted"]),
                share(f["majority_all"]),
                points(f["majority_difference"]),
                percent(f["covered"][0]),
                f"{f['cost_per_right_paying_all']:.2f}",
                amount(f["cost_per_right"]),
            ]
        )
    heads = (
        "set",
        "auditor",
        "right of all",
        "right of accepted",
        "accepted",
        "majority of all",
        "majority of accepted, difference in points",
        "items covered",
        "a right label costs, paying all",
        "with the rules",
    )
    return Table("Accuracy and cost, mixed people", heads, rows)


def earnings(document: Document) -> Table:
    """Whether pay rises with accuracy."""
    rows = []
    for cell in _found(document["scenarios"], scenario="mixed"):
        f = cell["figures"]
        rows.append(
            [
                cell["data"],
                audit_name(cell["gold"]),
                ranged(f["net_per_10_points"]),
                ranged(f["honest_net"]),
                amount(f["honest_net_median"]),
                percent(f["honest_losing"]),
                share(f["honest_rejected"]),
                percent(f["honest_rejected_within"]),
                *(amount(f["net_by_behaviour"].get(cheat)) for cheat in ("careless", *CHEATS)),
            ]
        )
    heads = (
        "set",
        "auditor",
        "10 points of accuracy bring",
        "honest mean",
        "honest median",
        "honest who lose",
        "honest rejected",
        "of them within the tolerance",
        "careless",
        "constant",
        "random",
        "lying",
    )
    return Table("Net per label in rewards, mixed people", heads, rows)


def bins(document: Document) -> Table:
    """Earnings by what was handed in."""
    rows = []
    for cell in _found(document["scenarios"], scenario="mixed"):
        rows += [
            [
                cell["data"],
                audit_name(cell["gold"]),
                f"{100 * each['from']:.0f} to {100 * each['to']:.0f} %",
                str(each["annotators"]),
                amount(each["net"]),
                percent(each["rejected"]),
            ]
            for each in cell["figures"]["net_by_accuracy"]
        ]
    heads = ("set", "auditor", "accuracy", "annotators", "net per label", "submissions rejected")
    return Table("Earnings by accuracy, mixed people", heads, rows)


def scenarios(document: Document) -> Table:
    """What each kind of people comes to."""
    rows = []
    for cell in _found(document["scenarios"], gold=SPOT_CHECK):
        f = cell["figures"]
        bad = {name: net for name, net in f["net_by_behaviour"].items() if name != "honest"}
        rows.append(
            [
                cell["data"],
                cell["scenario"],
                points(f["majority_difference"]),
                percent(f["accuracy_accepted"] - f["accuracy_all"]) if f["accuracy_accepted"] else NONE,
                ranged(f["honest_net"]),
                share(f["honest_rejected"]),
                ", ".join(f"{name} {amount(net)}" for name, net in bad.items()) or NONE,
            ]
        )
    heads = ("set", "people", "majority, points", "labels, gain", "honest net", "honest rejected", "the others' net")
    return Table(f"People, the auditor holding {SPOT_CHECK:.0%} of the truth", heads, rows)


def challengers(document: Document) -> Table:
    """What challenging brings."""
    rows = []
    for cell in [*_found(document["scenarios"], scenario="mixed"), *document["challengers"]]:
        found = cell.get("figures", {}).get("challengers", {})
        rows += [
            [
                cell["data"],
                kind,
                audit_name(cell["gold"]) if kind == "auditor" else NONE,
                "both" if len(found) == 2 else "alone",
                percent(cell["asleep"]),
                str(each["filed"]),
                percent(each["won"]),
                ranged(each["return"]),
            ]
            for kind, each in found.items()
        ]
    heads = ("set", "challenger", "holds", "with others", "asleep", "challenges", "won", "profit per unit of bond")
    return Table("Challengers, mixed people", heads, rows)


def one_by_one(document: Document, name: str, head: str, show: Callable[[Mapping[str, Any]], str]) -> Table:
    """One thing changed at a time."""
    rows = []
    for cell in document[name]:
        start = [cell["data"], show(cell)]
        if "refused" in cell:
            rows.append([*start, cell["refused"], *[NONE] * 6])
            continue
        f = cell["figures"]
        cheat, paid = worst_cheat(f)
        auditor = f["challengers"].get("auditor")
        rows.append(
            [
                *start,
                amount(f["good_net"]),
                f"{amount(paid)} ({cheat})",
                share(f["honest_rejected"]),
                percent(f["honest_rejected_within"]),
                percent(f["accuracy_accepted"]),
                points(f["majority_difference"]),
                ranged(auditor["return"]) if auditor else "no challenges",
            ]
        )
    heads = (
        "set",
        head,
        "good annotators",
        "best cheat",
        "honest rejected",
        "of them within the tolerance",
        "right of accepted",
        "majority, points",
        "profit per unit of bond",
    )
    return Table(f"{head[0].upper()}{head[1:]}", heads, rows)


def stakes(document: Document, data: str, gold: float) -> Table:
    """The sweep of one set: good annotators' net, and the best cheat's, per label."""
    cells = _found(document["sweep"], data=data, gold=gold)
    tolerances = sorted({cell["tolerance_bps"] for cell in cells})
    rows = []
    for stake in sorted({cell["stake"] for cell in cells}):
        row = [f"{stake:g}x"]
        for tolerance in tolerances:
            [cell] = _found(cells, stake=stake, tolerance_bps=tolerance)
            f = cell.get("figures")
            row.append(f"{amount(f['good_net'])} / {amount(worst_cheat(f)[1])}" if f else NONE)
        rows.append(row)
    heads = ("stake", *(percent(tolerance / 10_000) for tolerance in tolerances))
    return Table(f"{data}, {audit_name(gold)}: good annotators / best cheat, net per label by tolerance", heads, rows)


def experts(document: Document) -> Table:
    """Where honest people lose: the tolerance against the errors that they make, at the recommended stake."""
    rows = []
    for data in document["sets"]:
        cells = _found(document["sweep"], data=data, gold=FULL_AUDIT, stake=STAKE)
        for cell in cells:
            f = cell.get("figures")
            if f:
                rows.append(
                    [
                        data,
                        percent(cell["tolerance_bps"] / 10_000),
                        amount(f["honest_net_median"]),
                        amount(f["good_net"]),
                        percent(f["honest_losing"]),
                        percent(f["honest_rejected"][0]),
                    ]
                )
    heads = ("set", "tolerance", "median honest", "good half", "honest who lose", "honest rejected")
    return Table("Everything audited, stake of two rewards: net per label by tolerance", heads, rows)


def tables(document: Document) -> dict[str, Table]:
    """All tables by their names in docs/simulation.md."""
    found = {
        "recommended": recommended(document),
        "accuracy": accuracy(document),
        "earnings": earnings(document),
        "bins": bins(document),
        "experts": experts(document),
        "scenarios": scenarios(document),
        "challengers": challengers(document),
        "audit": one_by_one(document, "audit", "gold that the auditor holds", lambda cell: f"{cell['gold']:.0%}"),
        "batch": one_by_one(document, "batch", "labels in a submission", lambda cell: str(cell["batch"])),
        "cost": one_by_one(document, "cost", "a dispute costs, in rewards", lambda cell: f"{cell['cost']:g}"),
        "jurors": one_by_one(document, "jurors", "votes that err, full audit", lambda cell: f"{cell['error']:.0%}"),
    }
    for data in document["sets"]:
        for gold, name in ((SPOT_CHECK, "spot"), (FULL_AUDIT, "full")):
            found[f"sweep-{data}-{name}"] = stakes(document, data, gold)
    return found


def fill(text: str, found: Mapping[str, Table]) -> str:
    """A Markdown text with the table below each `<!-- table: name -->` written anew. Raises KeyError for others."""
    marker = re.compile(r"(<!-- table: (\S+) -->\n)(?:\|.*\n)*")
    return marker.sub(lambda match: f"{match[1]}{found[match[2]].markdown()}\n", text)


def _found(cells: Iterable[Mapping[str, Any]], **wanted: object) -> list[Mapping[str, Any]]:
    return [cell for cell in cells if all(cell[name] == value for name, value in wanted.items())]
