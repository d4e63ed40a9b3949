"""`goldleaf presets`, and what `goldleaf task open --preset` fills in."""

from collections.abc import Mapping
from typing import Any

import click

from goldleaf import presets as library

from . import show
from .commands import Command
from .session import Session


@click.command(cls=Command)
@click.pass_obj
def presets(session: Session, /) -> None:
    """List the presets for `goldleaf task open`: terms of tasks whose sealed labels are tested, by number of classes.

    They are chosen by a rule that was judged on real answers which it was not made from: see docs/simulation.md.
    """
    found = list(library.PRESETS.values())
    value = [
        {
            "preset": each.name,
            "classes": each.classes,
            "accuracy": str(each.accuracy),
            "counts": list(each.counts),
            "allowed": each.allowed,
            "share": str(each.share),
            "stake": str(each.stake),
            "tolerance_bps": each.tolerance_bps,
            "batch_size": each.batch_size,
            "redundancy": each.redundancy,
            "work_period": int(each.work_period.total_seconds()),
            "challenge_period": int(each.challenge_period.total_seconds()),
            "response_period": int(each.response_period.total_seconds()),
            "royalty_bps": each.royalty_bps,
            "advice": each.advice,
        }
        for each in found
    ]

    def human() -> None:
        for each in found:
            session.output.line(each.name)
            periods = (each.work_period, each.challenge_period, each.response_period)
            session.output.facts(
                [
                    (
                        "for",
                        f"{each.classes} classes, people who are right on {100 * each.accuracy:g} %, all classes alike",
                    ),
                    (
                        "test",
                        f"{each.counts[0]} known items of each class in a graded batch, {each.allowed} errors allowed",
                    ),
                    ("graded", f"{round(100 * each.share)} % of the batches"),
                    ("stake", f"{each.stake} times the reward"),
                    ("tolerated errors", f"{each.tolerance_bps / 100:g} %"),
                    ("work", f"about {each.batch_size} labels in a batch, {each.redundancy} times"),
                    ("to work, challenge, respond", ", ".join(show.period(int(p.total_seconds())) for p in periods)),
                    ("royalty", f"{each.royalty_bps / 100:g} %"),
                    ("advice", each.advice),
                ]
            )

    session.output.result(value, human)


def fill(session: Session, name: str, typed: Mapping[str, Any], items: int) -> dict[str, Any]:
    """The preset's terms for a task, with what was typed in their place; all amounts in base units."""
    arbitrator = typed.get("arbitrator")
    token, reader = session.token_of(arbitrator), session.reader
    cost = reader.court.arbitration_cost() if arbitrator is None else reader.arbitrators.arbitration_cost(arbitrator)
    reward = reader.ledger.base_units(typed["reward"], token=token.address)
    overrides = {key: value for key, value in typed.items() if key in library.NAMES}
    return library.preset(name).terms(reward=reward, items=items, arbitration_cost=cost, **overrides)
