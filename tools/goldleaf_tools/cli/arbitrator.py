"""`goldleaf arbitrator`: disputes before ERC-792 arbitrators, such as Kleros."""

from typing import Any

import click

from goldleaf import errors
from goldleaf.types import CaseState

from . import show
from .acting import act
from .commands import Group
from .court import choice_name
from .inputs import AMOUNT, NAMED
from .session import Session

arbitrator_argument = click.argument("arbitrator", type=NAMED)
# The first dispute of an arbitrator may be number 0.
dispute_argument = click.argument("dispute", type=click.IntRange(0))


@click.group(cls=Group)
def arbitrator() -> None:
    """Follow and appeal disputes before an ERC-792 arbitrator, such as Kleros.

    ARBITRATOR is the name of its adapter in the deployment, or the adapter's address. Appeals are paid in wrapped ether
    out of the wallet: `goldleaf wrap AMOUNT`, or `--wrap`. `goldleaf challenge show` tells the dispute of a challenge.
    """


@arbitrator.command("show")
@click.argument("arbitrator", type=NAMED, required=False)
@click.argument("dispute", type=click.IntRange(0), required=False)
@click.pass_obj
def show_(session: Session, arbitrator: str | None, dispute: int | None) -> None:
    """Show a dispute; without one, what the arbitrator costs; without either, the arbitrators of the deployment."""
    if arbitrator is None:
        rows = list(session.deployment.arbitrators.items())
        value = dict(rows)
        session.output.result(
            value, lambda: session.output.table(("arbitrator", "adapter"), rows, nothing="none besides the court")
        )
    elif dispute is None:
        _show_terms(session, arbitrator)
    else:
        _show_case(session, arbitrator, dispute)


@arbitrator.action()
@arbitrator_argument
@dispute_argument
@click.argument("uri")
@click.pass_obj
def evidence(session: Session, arbitrator: str, dispute: int, uri: str) -> None:
    """Show the arbitrator's jurors the ERC-1497 evidence that lies at URI. Anyone may."""
    act(
        session,
        lambda gl: gl.arbitrators.submit_evidence,
        arbitrator,
        dispute,
        uri,
        what=f"Submit evidence in dispute {dispute} of {arbitrator}",
        facts=[("evidence", f"{uri}, public for good")],
        done=lambda event: f"Submitted {event.evidence} in dispute {dispute}",
    )


@arbitrator.action()
@arbitrator_argument
@dispute_argument
@click.option("--max-cost", type=AMOUNT, help="What the appeal may cost at most; what it costs now unless given.")
@click.option("--wrap", is_flag=True, help="Make what the wallet lacks of wrapped ether of ether.")
@click.pass_obj
def appeal(session: Session, arbitrator: str, dispute: int, max_cost: Any, wrap: bool) -> None:
    """Appeal against the arbitrator's present ruling. The fee is never paid back."""
    gl = session.reader
    token = session.token_of(arbitrator)
    cost = gl.arbitrators.appeal_cost(arbitrator, dispute)
    act(
        session,
        lambda gl: gl.arbitrators.appeal,
        arbitrator,
        dispute,
        # What is agreed to is what may be paid, also if the arbitrator asks for more by then.
        max_cost=cost if max_cost is None else max_cost,
        wrap=wrap,
        what=f"Appeal the ruling of dispute {dispute} of {arbitrator}",
        facts=[
            ("paid", token.show(cost)),
            ("at most", token.show(cost) if max_cost is None else token.typed(max_cost)),
            ("paid back", "never, whatever comes of it"),
        ],
        done=lambda event: f"Appealed dispute {dispute} for {token.show(event.fee)}",
    )


@arbitrator.action()
@arbitrator_argument
@dispute_argument
@click.pass_obj
def execute(session: Session, arbitrator: str, dispute: int) -> None:
    """Pass a ruling on that was refused before. Anyone may; what is not refused is passed on by itself."""
    act(
        session,
        lambda gl: gl.arbitrators.execute,
        arbitrator,
        dispute,
        what=f"Pass on the ruling of dispute {dispute} of {arbitrator}",
        done=lambda event: f"Told {event.arbitrable} the ruling of dispute {dispute}: {choice_name(event.ruling)}",
    )


def _show_terms(session: Session, arbitrator: str) -> None:
    gl = session.reader
    terms, cost = gl.arbitrators.terms(arbitrator), gl.arbitrators.arbitration_cost(arbitrator)
    token = session.token(terms.token)
    facts: list[tuple[str, object]] = [
        ("adapter", terms.adapter),
        ("arbitrator", terms.arbitrator),
        ("extra data", "0x" + terms.extra_data.hex()),
        ("token", f"{token.symbol} {terms.token}"),
        ("a dispute costs", token.show(cost)),
        ("takes at most", f"{show.period(terms.max_duration)}, says who deployed the adapter"),
    ]
    session.output.result({**show.to_json(terms), "arbitration_cost": cost}, lambda: session.output.facts(facts))


def _show_case(session: Session, arbitrator: str, dispute: int) -> None:
    gl = session.reader
    found, token = gl.arbitrators.case(arbitrator, dispute), session.token_of(arbitrator)
    facts: list[tuple[str, object]] = [("state", found.state.name.lower())]
    cost = None
    if found.state == CaseState.WAITING:
        try:
            cost = gl.arbitrators.appeal_cost(arbitrator, dispute)
            facts.append(("an appeal costs", token.show(cost)))
        except errors.NoAppeal:
            facts.append(("an appeal costs", "none is possible now"))
    else:
        facts.append(("ruling", choice_name(found.ruling)))
    facts.append(("arbitrable", found.arbitrable))
    if found.arbitrable == session.deployment.contracts["TaskEscrow"]:
        facts.append(("challenge", show.challenge(int.from_bytes(found.evidence, "big"))))
    value = {"dispute": dispute, **show.to_json(found), "appeal_cost": cost}
    session.output.result(value, lambda: session.output.facts(facts))
