"""What tests of the court do again and again."""

from typing import Any

from tests.chains import Address
from tests.protocol import EVIDENCE, SALT, Jury, provide

ARBITRABLE = "0x" + "a5" * 20
REFUND_TO = "0x" + "f0" * 20


def create_dispute(jury: Jury, choices: int = 2, arbitrable: Address = ARBITRABLE) -> int:
    """A dispute that `arbitrable` pays for."""
    jury.token.mint(arbitrable, jury.court.arbitration_cost())
    jury.token.approve(jury.court, jury.court.arbitration_cost(), sender=arbitrable)
    return jury.court.create_dispute(choices, EVIDENCE, REFUND_TO, sender=arbitrable)


def hold_round(jury: Jury, dispute: int, votes: list[int | None]) -> list[Address]:
    """Draws a round and lets its holders, who have one seat each, vote by position; until the reveals are over."""
    holders = jury.draw(dispute)
    jury.vote(dispute, {holder: vote for holder, vote in zip(holders, votes, strict=True) if vote is not None})
    return holders


def decide(jury: Jury, votes: list[int | None], *later: list[int | None]) -> tuple[int, list[list[Address]]]:
    """A dispute with a final ruling: its number, and the holders of each round."""
    dispute = create_dispute(jury)
    panels = [hold_round(jury, dispute, votes)]
    for more in later:
        jury.appeal(dispute)
        panels.append(hold_round(jury, dispute, more))
    if not jury.court.is_final(dispute):
        jury.pass_phase(dispute)
    return dispute, panels


def commit(jury: Jury, dispute: int, holder: Address, choice: int = 1, salt: bytes = SALT) -> None:
    jury.court.commit_vote(dispute, jury.commitment(dispute, holder, choice, salt), sender=holder)


def free(jury: Jury, account: Address) -> int:
    return jury.court.free(jury.token, account)


def fund(jury: Jury, account: Address, amount: int) -> Address:
    """Gives the account a free balance of `amount`."""
    provide(jury.token, jury.court, account, amount)
    return account


def events(jury: Jury, name: str) -> list[Any]:
    """Those of the last call."""
    return [log for log in jury.court.get_logs() if type(log).__name__ == name]


def reserves(jury: Jury, seat: int) -> int:
    return int(jury.court.seat(seat).reserves)


def leave_delay(jury: Jury) -> int:
    """How long a seat that leaves can still be drawn."""
    terms = jury.parameters
    return 2 * (terms.commit_period + terms.reveal_period + terms.appeal_period + terms.draw_timeout)


def go_to(jury: Jury, time: int) -> None:
    jury.chain.travel(time - jury.chain.now)
