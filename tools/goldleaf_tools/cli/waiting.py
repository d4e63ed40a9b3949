"""`goldleaf wait`: what came of a transaction that was sent before, or by a wallet."""

import click

from .acting import Done, tell
from .commands import Command
from .inputs import HASH
from .session import Session


@click.command(cls=Command)
@click.argument("transaction", type=HASH)
@click.pass_obj
def wait(session: Session, transaction: bytes) -> None:
    """Wait until TRANSACTION, a hash, is mined, and say what came of it."""
    sent = session.reader.wait("0x" + transaction.hex())
    names = ", ".join(type(event).__name__ for event in sent.events) or "nothing of this deployment"
    tell(session, Done(sent), f"Mined: {names}")
