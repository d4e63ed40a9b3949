"""`goldleaf relay`: calls that one account signs and another one sends."""

from dataclasses import replace
from typing import Any

import click

from goldleaf import RelayTerms, errors
from goldleaf.deployment import LEDGERS
from goldleaf.encoding import decode_call
from goldleaf.results import Call
from goldleaf.signing.relaying import SignedRequest
from goldleaf.types import ZERO_ADDRESS

from ..times import show_time
from .acting import act, agree
from .commands import Group
from .inputs import ADDRESS, AMOUNT, JSON_FILE, MOMENT
from .session import Session


@click.group(cls=Group)
def relay() -> None:
    """Act without ether: sign here, and have somebody else send for a fee.

    \b
      goldleaf take TASK --unsigned | goldleaf relay sign - --fee 0.05 --yes > request.json
      goldleaf relay execute request.json --min-fee 0.05       # by who has ether
    """


@relay.command()
@click.argument("transaction", type=JSON_FILE)
@click.option("--fee", type=AMOUNT, default="0", help="What who sends it is paid, out of the free balance.")
@click.option("--ledger", type=click.Choice(LEDGERS), help="Where the fee is paid from; the escrow unless given.")
@click.option("--deadline", type=MOMENT, default="1h", help="By when: a time, or 1h from now.")
@click.option("--relayer", type=ADDRESS, help="Who may send it; anyone unless given.")
@click.option("--nonce", type=click.IntRange(0), help="One that was not used; a random one unless given.")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@click.pass_obj
def sign(session: Session, /, transaction: Any, **terms: Any) -> None:
    """Sign what a command printed with --unsigned as a request to a relayer, and print that. Sends nothing."""
    call = _one_call(transaction)
    if call.sender != session.account:
        raise errors.ArgumentError("account", value=session.account, bound=call.sender)
    name = _name(session, call.to, call.data)
    asked = session.reader.relay.request(replace(call, name=name), RelayTerms(**terms))
    token = session.token(None if asked.token == ZERO_ADDRESS else asked.token)
    facts = [
        ("fee", token.show(asked.fee)),
        ("until", show_time(asked.deadline)),
        ("sent by", "anyone" if asked.relayer == ZERO_ADDRESS else asked.relayer),
        ("nonce", asked.nonce),
    ]
    agree(session, f"Sign {name}, for somebody else to send", facts)
    signed = asked.sign(session.key).to_json()
    session.output.result({"request": signed}, lambda: session.output.data(signed))


@relay.action()
@click.argument("request", type=JSON_FILE)
@click.option("--min-fee", type=AMOUNT, default="0", help="Refuse for less.")
@click.option("--accept-target", type=ADDRESS, help="Accept a contract that the deployment does not name.")
@click.pass_obj
def execute(session: Session, request: Any, min_fee: Any, accept_target: str | None) -> None:
    """Send a request that somebody has signed, and earn its fee. It is tried before it is sent."""
    # As `sign` prints it, with --json or without.
    signed = SignedRequest.from_json(_result_of(request, "request"))
    asked = signed.request
    token = session.token(None if asked.token == ZERO_ADDRESS else asked.token)
    act(
        session,
        lambda gl: gl.relay.execute,
        signed,
        min_fee=min_fee,
        accept_target=accept_target,
        what=f"Send {_name(session, asked.to, asked.data)} for {asked.account}",
        facts=[("fee", token.show(asked.fee)), ("until", show_time(asked.deadline))],
        done=lambda event: f"Done in the name of {event.account}, for {token.show(asked.fee)}",
    )


@relay.action()
@click.argument("nonce", type=click.IntRange(0))
@click.pass_obj
def cancel(session: Session, nonce: int) -> None:
    """Make sure that what the account has signed with NONCE is never executed."""
    act(
        session,
        lambda gl: gl.relay.cancel,
        nonce,
        what=f"Cancel the request with nonce {nonce}",
        done=lambda event: f"Cancelled the request with nonce {event.nonce}",
    )


def _one_call(document: Any) -> Call:
    """The one transaction that a command printed with --unsigned."""
    steps = _result_of(document, "transactions")
    if not isinstance(steps, list):
        raise errors.ArgumentError("no transactions as --unsigned prints them")
    if len(steps) != 1:
        raise errors.NotRelayable(f"{len(steps)} transactions have to be sent one after the other")
    return Call.from_json(steps[0])


def _result_of(document: Any, name: str) -> Any:
    """What a command has printed: the value alone, or as the result of --json."""
    try:
        return document["result"][name]
    except (TypeError, KeyError):
        return document


def _name(session: Session, to: str, data: bytes) -> str:
    """What a call is: its contract's name and function, as far as they are known."""
    contracts = {address: name for name, address in session.deployment.contracts.items()}
    if to not in contracts:
        return f"a call of {to}"
    try:
        return f"{contracts[to]}.{decode_call('ERC20' if contracts[to] == 'Token' else contracts[to], data).function}"
    except errors.ArgumentError:
        return f"{contracts[to]}.{data[:4].hex()}"
