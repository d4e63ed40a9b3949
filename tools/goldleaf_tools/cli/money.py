"""`goldleaf deposit`, `balance`, `withdraw`, `transfer`, `wrap`, `unwrap`: money between a wallet and the ledgers."""

from typing import Any

import click

from goldleaf import permits
from goldleaf.deployment import WRAPPED_ETHER

from .acting import act, ledger
from .commands import Action, Command
from .inputs import ADDRESS, AMOUNT, NAMED
from .payments import WALLET, Payment
from .session import Session
from .wording import LEDGERS

court_option = click.option("--court", is_flag=True, help="In the court's ledger instead of the escrow's.")
royalties_option = click.option("--royalties", is_flag=True, help="In the royalty pool's ledger instead.")
tests_option = click.option("--tests", is_flag=True, help="In the ledger of tests on known answers instead.")
token_option = click.option("--token", type=NAMED, help="Another token than the deployment's: name or address.")


@click.command(cls=Action)
@click.argument("amount", type=AMOUNT)
@click.option("--for", "credited", type=ADDRESS, help="Credit another account.")
@court_option
@tests_option
@royalties_option
@token_option
@click.option("--permit", is_flag=True, help="Sign an allowance with the account's key, instead of sending one first.")
@click.option("--wrap", is_flag=True, help="For wrapped ether: make what the wallet lacks of it of ether.")
@click.pass_obj
def deposit(
    session: Session,
    /,
    amount: Any,
    credited: str | None,
    court: bool,
    tests: bool,
    royalties: bool,
    token: str | None,
    permit: bool,
    wrap: bool,
) -> None:
    """Pay AMOUNT from the wallet into a ledger: stakes, bonds and fees are locked out of it.

    AMOUNT is in whole tokens, 12.5, or with a u in base units, 12500000u.
    """
    name, shown = _name(court, tests, royalties), session.token(token)
    more: dict[str, Any] = {} if permit else {"wrap": wrap}
    if permit:
        if wrap:
            raise click.UsageError("--permit and --wrap exclude each other")
        allowance = ledger(session.reader, name).permit(amount, token=shown.address)
        deadline = int(allowance["message"]["deadline"])
        more = {"signature": permits.sign(allowance, session.key), "deadline": deadline}
    act(
        session,
        lambda gl: ledger(gl, name).deposit_with_permit if permit else ledger(gl, name).deposit,
        amount,
        account=credited,
        token=shown.address,
        **more,
        what=f"Deposit {shown.typed(amount)} in the ledger of the {LEDGERS[name]}",
        facts=[("credited", credited or session.account)],
        done=lambda event: f"Deposited {shown.show(event.amount)} for {event.account}",
    )


@click.command(cls=Action)
@click.argument("amount", type=AMOUNT, required=False)
@click.option("--to", "receiver", type=ADDRESS, help="Pay to another account.")
@court_option
@tests_option
@royalties_option
@token_option
@click.pass_obj
def withdraw(
    session: Session, amount: Any, receiver: str | None, court: bool, tests: bool, royalties: bool, token: str | None
) -> None:
    """Pay AMOUNT of the free balance out to the wallet; without AMOUNT, all of it."""
    name, shown = _name(court, tests, royalties), session.token(token)
    asked = f"all {shown.symbol}" if amount is None else shown.typed(amount)
    act(
        session,
        lambda gl: ledger(gl, name).withdraw,
        amount,
        token=shown.address,
        receiver=receiver,
        what=f"Withdraw {asked} from the ledger of the {LEDGERS[name]}",
        facts=[("paid to", receiver or session.account)],
        done=lambda event: f"Paid {shown.show(event.amount)} to {event.receiver}",
    )


@click.command(cls=Action, deposits=True)
@click.argument("amount", type=AMOUNT)
@click.argument("to", type=ADDRESS)
@court_option
@tests_option
@token_option
@click.pass_obj
def transfer(session: Session, amount: Any, to: str, court: bool, tests: bool, token: str | None) -> None:
    """Move AMOUNT of the free balance to another account, inside a ledger."""
    name, shown = _name(court, tests), session.token(token)
    act(
        session,
        lambda gl: ledger(gl, name).transfer,
        amount,
        to,
        token=shown.address,
        what=f"Transfer {shown.typed(amount)} inside the ledger of the {LEDGERS[name]}",
        facts=[("to", to)],
        done=lambda event: f"Moved {shown.show(event.amount)} to {event.to}",
    )


@click.command(cls=Command)
@click.argument("holder", type=ADDRESS, required=False, metavar="[ADDRESS]")
@token_option
@click.pass_obj
def balance(session: Session, holder: str | None, token: str | None) -> None:
    """What an account holds: in its wallet, and free in the ledgers of escrow, court, tests and royalty pool."""
    holder = holder or session.account
    gl, shown = session.reader, session.token(token)
    places = {
        "wallet": gl.ledger.wallet(token=shown.address, account=holder),
        "escrow": gl.ledger.free(token=shown.address, account=holder),
    }
    if "Court" in session.deployment.contracts:
        places["court"] = gl.court.ledger.free(token=shown.address, account=holder)
    if "GoldTest" in session.deployment.contracts:
        places["tests"] = gl.tests.ledger.free(token=shown.address, account=holder)
    if "RoyaltyPool" in session.deployment.contracts:
        places["royalties"] = gl.royalties.ledger.free(token=shown.address, account=holder)
    value = {"account": holder, "token": shown.address, "symbol": shown.symbol, "decimals": shown.decimals, **places}
    rows = [(place, shown.show(units)) for place, units in places.items()]
    session.output.result(value, lambda: session.output.facts(rows))


@click.command(cls=Action)
@click.argument("amount", type=AMOUNT)
@click.option("--token", type=NAMED, default=WRAPPED_ETHER, show_default=True, help="The wrapped ether.")
@click.pass_obj
def wrap(session: Session, amount: Any, token: str) -> None:
    """Turn AMOUNT of the account's ether into wrapped ether, which tasks before ERC-792 arbitrators are paid in."""
    shown = session.token(token)
    act(
        session,
        lambda gl: gl.ether.wrap,
        amount,
        token=shown.address,
        what=f"Turn ether into {shown.typed(amount)}",
        done=lambda units: f"Wrapped {shown.show(units)}",
        paid=lambda units: [Payment("made of ether", session.account, units, shown.address, WALLET)],
    )


@click.command(cls=Action)
@click.argument("amount", type=AMOUNT, required=False)
@click.option("--token", type=NAMED, default=WRAPPED_ETHER, show_default=True, help="The wrapped ether.")
@click.pass_obj
def unwrap(session: Session, amount: Any, token: str) -> None:
    """Turn AMOUNT of the wallet's wrapped ether into ether; without AMOUNT, all of it."""
    shown = session.token(token)
    act(
        session,
        lambda gl: gl.ether.unwrap,
        amount,
        token=shown.address,
        what=f"Turn {f'all {shown.symbol}' if amount is None else shown.typed(amount)} into ether",
        done=lambda units: f"Unwrapped {shown.show(units)}",
        paid=lambda units: [Payment("turned into ether", session.account, -units, shown.address, WALLET)],
    )


def _name(court: bool, tests: bool, royalties: bool = False) -> str:
    if court + tests + royalties > 1:
        raise click.UsageError("--court, --tests and --royalties exclude each other")
    return "Court" if court else "GoldTest" if tests else "RoyaltyPool" if royalties else "TaskEscrow"
