"""`goldleaf gate`: who may take a task or sit in a court, and credentials for it."""

from pathlib import Path
from typing import Any

import click

from goldleaf import credentials, errors
from goldleaf.signing.credentials import SignedCredential
from goldleaf.types import ZERO_ADDRESS, CredentialTerms

from ..times import show_time
from .acting import act
from .commands import Group
from .inputs import ADDRESS, CREDENTIAL, MOMENT, TASK
from .session import Session


@click.group(cls=Group)
def gate() -> None:
    """See what gates want, and issue, verify and revoke credentials.

    A credential is a file. It binds its holder and is no secret: `goldleaf take TASK --gate-data FILE`.
    """


@gate.command("show")
@click.argument("address", type=ADDRESS, required=False)
@click.option("--task", type=TASK, metavar="TASK", help="The gate of this task.")
@click.pass_obj
def show_(session: Session, address: str | None, task: int | None) -> None:
    """Show what a gate wants to see: the one at ADDRESS, a task's, or else the court's."""
    if address is not None and task is not None:
        raise click.UsageError("ADDRESS and --task exclude each other")
    gates = session.reader.gates
    if address is None:
        address = gates.of_court() if task is None else gates.of_task(task)
    if address == ZERO_ADDRESS:
        session.output.result({"gate": None}, lambda: session.output.line("There is no gate: anyone may."))
        return
    terms = gates.terms(address)
    facts: list[tuple[str, object]] = [("gate", terms.gate)]
    if isinstance(terms, CredentialTerms):
        kind = "CredentialGate"
        facts += [("wants", f"a credential for {terms.domain!r}"), ("issuer", terms.issuer)]
    else:
        kind = "TokenGate"
        of = "" if terms.id is None else f", of id {terms.id}"
        facts += [("wants", f"a balance of at least {terms.minimum:,} base units{of}"), ("token", terms.token)]
    session.output.result({"kind": kind, "terms": terms}, lambda: session.output.facts(facts))


@gate.command()
@click.argument("address", type=ADDRESS)
@click.argument("holder", type=ADDRESS)
@click.option("--expires", type=MOMENT, required=True, help="From when on it is void: a time, or 365d from now.")
@click.option("--nonce", type=click.IntRange(1), help="Rising for each holder; the present time unless given.")
@click.option("--out", type=click.Path(), help="Write it to this file instead of standard output.")
@click.pass_obj
def issue(session: Session, address: str, holder: str, expires: Any, nonce: int | None, out: str | None) -> None:
    """Sign a credential for HOLDER with the account's key, for the CredentialGate at ADDRESS. Sends nothing."""
    gl, time = session.reader, session.now()
    terms = gl.gates.terms(address)
    if not isinstance(terms, CredentialTerms):
        raise errors.ArgumentError(f"{address} is no CredentialGate")
    if session.account != terms.issuer:
        raise errors.NotIssuer("account", value=session.account, bound=terms.issuer)
    nonce, revoked = nonce or time, gl.gates.revoked(address, holder)
    if nonce <= revoked:
        raise errors.CredentialRevoked(f"nonce {nonce}: all up to {revoked} are revoked")
    until = _unix(expires, time)
    if until <= time:
        raise errors.CredentialExpired(f"until {show_time(until)}")
    signed = credentials.issue(
        session.key,
        chain_id=session.deployment.chain_id,
        gate=address,
        domain=terms.domain,
        holder=holder,
        expires=until,
        nonce=nonce,
    )
    if out is not None:
        Path(out).write_bytes(signed.to_bytes())

    def human() -> None:
        told = signed.to_bytes().decode() if out is None else f"Issued to {holder}, until {show_time(until)}: {out}"
        session.output.line(told)

    session.output.result({"credential": signed.to_bytes().decode(), "file": out}, human)


@gate.command()
@click.argument("file", type=CREDENTIAL)
@click.option("--issuer", type=ADDRESS, help="Check the signature against this issuer alone, without a node.")
@click.pass_obj
def verify(session: Session, file: SignedCredential, issuer: str | None) -> None:
    """Check a credential: by its gate, or without a node against an issuer's address. Fails if it is not good."""
    found = file.credential
    if issuer is not None:
        file.check(issuer)
    else:
        session.reader.gates.check(found.gate, found.holder, gate_data=file)
    facts = [
        ("holder", found.holder),
        ("domain", found.domain),
        ("gate", found.gate),
        ("chain", found.chain_id),
        ("expires", show_time(found.expires)),
        ("nonce", found.nonce),
    ]
    session.output.result({"good": True, "credential": found}, lambda: session.output.facts([("good", "yes"), *facts]))


@gate.action()
@click.argument("address", type=ADDRESS)
@click.argument("holder", type=ADDRESS)
@click.argument("nonce", type=click.IntRange(1))
@click.pass_obj
def revoke(session: Session, address: str, holder: str, nonce: int) -> None:
    """Make the credentials of HOLDER void that have this NONCE or a lower one, for good. The issuer's alone."""
    act(
        session,
        lambda gl: gl.gates.revoke,
        address,
        holder,
        nonce,
        what=f"Revoke the credentials of {holder} up to nonce {nonce}",
        facts=[("gate", address)],
        done=lambda event: f"Revoked: {event.holder} needs one with a nonce above {event.nonce}",
    )


def _unix(moment: Any, now: int) -> int:
    """Unix seconds of a time, or of a period from now on."""
    if isinstance(moment, int):
        return moment
    return int(moment.timestamp() if hasattr(moment, "timestamp") else now + moment.total_seconds())
