"""The document's tables: the same rows for the terminal and for docs/simulation.md."""

import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from scripts._simulation.people import OTHERS
from scripts._simulation.samepay import AGGREGATORS

Document = Mapping[str, Any]
# Where there is no figure.
NONE = "-"
# Figures of version 1's last run, kept to compare.
VERSION_1 = Path(__file__).parents[2] / "docs" / "simulation-version-1.json"
# A share of the submissions that is all of them.
ALL = 1.0


class Table(NamedTuple):
    """A title, heads and rows of text."""

    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]

    def markdown(self) -> str:
        """The table as docs/simulation.md has it."""
        lines = [self.heads, ["---"] * len(self.heads), *self.rows]
        return "\n".join(f"| {' | '.join(line)} |" for line in lines)


@cache
def version_1() -> list[dict[str, Any]]:
    """What version 1 came to, under an auditor who knew 30 % of the answers and under one who knew all."""
    found: list[dict[str, Any]] = json.loads(VERSION_1.read_text(encoding="utf-8"))["rows"]
    return found


def percent(share: float | None) -> str:
    """A share, or a dash."""
    return NONE if share is None else f"{100 * share:.1f} %"


def share(figure: Sequence[float]) -> str:
    """A share with its interval."""
    return f"{100 * figure[0]:.1f} % [{100 * figure[1]:.1f}, {100 * figure[2]:.1f}]"


def points(figure: Sequence[float]) -> str:
    """A difference of shares with its interval, in percentage points."""
    return f"{100 * figure[0]:+.1f} [{100 * figure[1]:+.1f}, {100 * figure[2]:+.1f}]"


def amount(value: float) -> str:
    """Rewards."""
    return f"{value:+.2f}"


def ranged(figure: Sequence[float]) -> str:
    """An amount with its interval."""
    return f"{figure[0]:+.2f} [{figure[1]:+.2f}, {figure[2]:+.2f}]"


def sets(document: Document) -> Table:
    """What is judged on."""
    rows = [
        [
            name,
            str(each["classes"]),
            f"{each['annotators']:,}",
            f"{each['items']:,}",
            f"{each['answers']:,}",
            percent(each["accuracy"]),
            percent(each["commonest"]),
        ]
        for name, each in document["people"].items()
    ]
    heads = ("set", "classes", "people", "items", "answers", "right, on average", "right by the commonest label alone")
    return Table("The sets", heads, rows)


def held_out(document: Document) -> Table:
    """What the rule chose on the other five, and how it did."""
    rows = []
    for name, each in document["folds"].items():
        figures = document["pay"][name]
        cheat, earned = worst_cheat(figures["others"])
        rows.append(
            [
                name,
                f"{each['stake']}x",
                f"{each['share']:.0%}",
                f"{each['standard']:.0%}",
                f"{sum(each['counts'])} ({each['allowed']})",
                percent(each["least_accuracy"]),
                percent(figures["better"]["mean"][0]),
                f"{amount(earned)} ({cheat})",
                "yes" if each["borne"] else "NO",
            ]
        )
    heads = (
        "judged on",
        "stake",
        "graded",
        "standard",
        "known items (errors allowed)",
        "right at the standard",
        "better half keeps",
        "best cheat earns",
        "holds",
    )
    return Table("Terms chosen on the other five sets", heads, rows)


def worst_cheat(others: Mapping[str, Sequence[float]]) -> tuple[str, float]:
    """The cheat that must lose and earns most, and its net per label."""
    best = max(("constant", "random", "lying"), key=lambda kind: others[kind][0])
    return best, others[best][0]


def presets(document: Document) -> Table:
    """Terms chosen on all six."""
    rows = [
        [
            str(each["classes"]),
            ", ".join(name for name, one in document["people"].items() if one["classes"] == each["classes"]),
            f"{each['counts'][0]} of each class, {sum(each['counts'])} in all",
            str(each["allowed"]),
            str(each["batch_size"]),
            f"{each['stake']}x",
            percent(each["tolerance_bps"] / 10_000),
            percent(each["least_accuracy"]),
        ]
        for each in document["presets"]
    ]
    heads = (
        "classes",
        "judged on",
        "known items in a graded batch",
        "errors allowed",
        "labels in a batch",
        "stake",
        "tolerance",
        "right at the standard",
    )
    return Table("The presets", heads, rows)


def pay(document: Document) -> Table:
    """What honest people keep, in the three markets."""
    rows = []
    for name, each in document["pay"].items():
        honest, better = each["honest"], each["better"]
        rows.append([name, "tested", *_kept(honest["mean"], honest["median"], honest["losing"], better)])
        for one in version_1():
            if one["data"] == name:
                rest = {"mean": [one["better"]], "losing": one["better_losing"]}
                kept = _kept(one["honest"], one["honest_median"], one["honest_losing"], rest)
                rows.append([name, f"version 1, {_looked_at(one)}", *kept])
    heads = (
        "set",
        "market",
        "honest, mean",
        "median",
        "who lose",
        "better half, mean",
        "median",
        "who lose",
    )
    return Table("Share of the pay that is kept", heads, rows)


def _kept(mean: Sequence[float], median: float, losing: float, better: Mapping[str, Any]) -> list[str]:
    half = better["mean"]
    return [
        share(mean),
        percent(median),
        percent(losing),
        share(half) if len(half) > 1 else percent(half[0]),
        percent(better.get("median")),
        percent(better["losing"]),
    ]


def _looked_at(row: Mapping[str, Any]) -> str:
    return "full audit" if row["looked_at"] == ALL else "spot check"


def cheats(document: Document) -> Table:
    """What everybody else earns by a label."""
    rows = []
    for name, each in document["pay"].items():
        rows.append([name, "tested", *(ranged(each["others"][kind.value]) for kind in OTHERS)])
        for one in version_1():
            if one["data"] == name:
                earned = (one["others"].get(kind.value) for kind in OTHERS)
                rows.append(
                    [name, f"version 1, {_looked_at(one)}", *(NONE if net is None else amount(net) for net in earned)]
                )
    return Table("Net per label, in rewards", ("set", "market", *(kind.value for kind in OTHERS)), rows)


MARKETS = {
    "everybody": "everybody paid",
    "tested": "tested, everybody still comes",
    "settled": "tested, whoever loses has left",
}


def errors(document: Document) -> Table:
    """How wrong what is bought is, at the same pay."""
    rows = []
    for each in document["errors"]:
        for market, found in each["markets"].items():
            rows.append(
                [
                    each["data"],
                    each["people"],
                    MARKETS[market],
                    *(percent(found["errors"][one.value][0]) for one in AGGREGATORS),
                    NONE if market == "everybody" else points(found["difference"]),
                    NONE if market == "everybody" else points(found["majority_difference"]),
                    f"{found['read']:,}",
                    f"{found['paid']:,}",
                ]
            )
    heads = (
        "set",
        "people",
        "market",
        "majority",
        "one-coin",
        "Dawid-Skene",
        "best, against everybody's best",
        "majority, against everybody's best",
        "labels read",
        "rewards paid",
    )
    return Table("Errors of aggregated labels at the same pay", heads, rows)


def costs(document: Document) -> Table:
    """How many of the accepted labels are right, and what a right one costs."""
    rows = []
    for name, each in document["accuracy"].items():
        rows.append([name, *(percent(each[market]["accuracy"]) for market in MARKETS)])
        rows[-1] += [_price(each[market]["cost_per_right"]) for market in MARKETS]
        fold = document["folds"][name]
        rows[-1].append(f"{fold['known']:.0%}: {sum(fold['counts'])} in each graded batch of {fold['batch_size']}")
    names = ("everybody paid", "tested", "losers gone")
    heads = (
        "set",
        *(f"right, {name}" for name in names),
        *(f"a right label costs, {name}" for name in names),
        "known items",
    )
    return Table("Accepted labels, mixed people", heads, rows)


def _price(cost: float | None) -> str:
    return NONE if cost is None else f"{cost:.2f}"


def gold(document: Document) -> Table:
    """Wrong known items."""
    rows = [
        [
            each["data"],
            f"{each['wrong']:.0%}",
            "all wrong ones dropped" if each["disputed"] else "nobody disputes",
            percent(each["honest"]),
            percent(each["better"]),
            percent(each["better_losing"]),
            amount(each["cheat"]),
            percent(each["ungraded"]),
        ]
        for each in document["gold"]
    ]
    heads = (
        "set",
        "known items that are wrong",
        "disputes",
        "honest keep",
        "better half keeps",
        "of them who lose",
        "best cheat earns",
        "tests void",
    )
    return Table("Wrong known items", heads, rows)


def audit(document: Document) -> Table:
    """Tasks without known answers."""
    rows = []
    for each in document["audit"]:
        rows.append(
            [
                each["data"],
                f"{each['looked_at']:.0%}",
                percent(each["tolerance_bps"] / 10_000),
                share(each["honest"]["mean"]),
                percent(each["honest"]["losing"]),
                percent(each["better"]["mean"][0]),
                *(amount(each["others"][kind.value][0]) for kind in OTHERS),
                percent(each["accuracy"]),
                percent(each["accepted"]),
                f"{each['cost_per_right']:.2f}",
                amount(each["profit_per_label"]),
            ]
        )
    heads = (
        "set",
        "submissions looked at",
        "tolerance",
        "honest keep",
        "who lose",
        "better half keeps",
        *(kind.value for kind in OTHERS),
        "right of accepted",
        "accepted",
        "a right label costs",
        "auditor earns by a label looked at",
    )
    return Table("No known answers: challengers alone", heads, rows)


def tables(document: Document) -> dict[str, Table]:
    """All tables by their names in docs/simulation.md."""
    return {
        "sets": sets(document),
        "held-out": held_out(document),
        "presets": presets(document),
        "pay": pay(document),
        "cheats": cheats(document),
        "errors": errors(document),
        "costs": costs(document),
        "gold": gold(document),
        "audit": audit(document),
    }


def fill(text: str, found: Mapping[str, Table]) -> str:
    """A Markdown text with the table below each `<!-- table: name -->` written anew. Raises KeyError for others."""
    marker = re.compile(r"(<!-- table: (\S+) -->\n)(?:\|.*\n)*")
    return marker.sub(lambda match: f"{match[1]}{found[match[2]].markdown()}\n", text)
