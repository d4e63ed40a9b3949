"""What a transaction has done with money: told by its events, and by what those leave unsaid and the chain tells."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from goldleaf import Goldleaf, events
from goldleaf.deployment import WRAPPED_ETHER
from goldleaf.ids import gold_dispute_id, split_challenge, split_gold_dispute, split_submission
from goldleaf.types import Task

# Where money is besides ledgers.
WALLET, SEAT = "wallet", "seat"


@dataclass(frozen=True, slots=True)
class Payment:
    """An amount that got somewhere, or left it."""

    # Such as "stake".
    what: str
    account: str
    # Base units: what the account has more there, or, below 0, less.
    units: int
    token: str
    # The contract in whose ledger, by its name in the deployment, or `WALLET`, `SEAT`; None: events do not tell.
    where: str | None


def payments(gl: Goldleaf, told: Sequence[events.Event], contract: str = "") -> list[Payment]:
    """What went into free balances, and out of them, in a transaction with these events, nothing left out.

    Besides what is paid out of wallets with no ledger in between, and what seats are fined.
    `contract` is the one that was called, by its name. Raises what reading the chain raises.
    """
    found = [payment for event in told for payment in _READERS.get(type(event), _nothing)(gl, event)]
    ledger = contract if contract in ("TaskEscrow", "Court", "GoldTest", "RoyaltyPool") else None
    if any(isinstance(event, events.Relayed) for event in told):
        ledger = None  # its fee may be out of another one
    placed = [_in(ledger, payment) if payment.where is None else payment for payment in found]
    return [payment for payment in placed if payment.units]


def _in(ledger: str | None, payment: Payment) -> Payment:
    return Payment(payment.what, payment.account, payment.units, payment.token, ledger)


# ---------------------------------------------------------------- ledgers


def _deposited(_: Goldleaf, event: events.Deposited) -> Iterator[Payment]:
    yield Payment("deposited", event.account, event.amount, event.token, None)


def _transferred(_: Goldleaf, event: events.Transferred) -> Iterator[Payment]:
    yield Payment("transferred", event.account, -event.amount, event.token, None)
    yield Payment("transferred", event.to, event.amount, event.token, None)


def _withdrawn(_: Goldleaf, event: events.Withdrawn) -> Iterator[Payment]:
    yield Payment("withdrawn", event.account, -event.amount, event.token, None)


# ---------------------------------------------------------------- the escrow


class _Escrow:
    """Payments of one task, in the escrow's ledger."""

    def __init__(self, gl: Goldleaf, submission: int) -> None:
        self._gl = gl
        number, self.slot = split_submission(submission)
        self.task: Task = gl.tasks.get(number)
        self.stake = self.task.parameters.stake_of(self.slot)

    def to(self, account: str, units: int, what: str) -> Payment:
        return Payment(what, account, units, self.task.token, "TaskEscrow")

    def to_requester(self, units: int, what: str) -> Payment:
        return self.to(self.task.requester, units, what)

    def to_sink(self, units: int, what: str) -> Payment:
        return self.to(self._gl.tasks.sink(), units, what)


def _opened(_: Goldleaf, event: events.Opened) -> Iterator[Payment]:
    yield Payment("pot of the task", event.requester, -event.parameters.pot, event.token, "TaskEscrow")


def _closed(gl: Goldleaf, event: events.Closed) -> Iterator[Payment]:
    task = gl.tasks.get(event.task)
    yield Payment("rest of the pot", task.requester, event.to_requester, task.token, "TaskEscrow")


def _taken(gl: Goldleaf, event: events.Taken) -> Iterator[Payment]:
    escrow = _Escrow(gl, event.submission)
    yield escrow.to(event.annotator, -escrow.stake, "stake, locked")


def _reopened(gl: Goldleaf, event: events.Released | events.Expired) -> Iterator[Payment]:
    escrow = _Escrow(gl, event.submission)
    yield escrow.to(event.annotator, escrow.stake - event.to_sink, "stake, freed")
    yield escrow.to_sink(event.to_sink, "part of the stake, lost")


def _forfeited(gl: Goldleaf, event: events.Forfeited) -> Iterator[Payment]:
    escrow = _Escrow(gl, event.submission)
    yield escrow.to(event.annotator, escrow.stake - event.to_sink, "stake, freed")
    yield escrow.to_sink(event.to_sink, "stake, lost")


def _rejected(gl: Goldleaf, event: events.Rejected) -> Iterator[Payment]:
    escrow = _Escrow(gl, event.submission)
    yield escrow.to_sink(event.to_sink, "rest of the stake and part of the pay, lost")
    yield escrow.to_requester(event.to_requester, "rest of the pay")


def _claimed(gl: Goldleaf, event: events.Claimed) -> Iterator[Payment]:
    escrow = _Escrow(gl, event.submission)
    yield escrow.to(event.annotator, event.pay, "pay")
    yield escrow.to(event.annotator, event.stake, "stake, freed")
    yield escrow.to_requester(event.to_requester, "pay of labels proven wrong")


def _challenged(gl: Goldleaf, event: events.Challenged | events.AvailabilityChallenged) -> Iterator[Payment]:
    escrow = _Escrow(gl, split_challenge(event.challenge)[0])
    yield escrow.to(event.challenger, -event.bond, "bond, locked")


def _defended(gl: Goldleaf, event: events.Defended) -> Iterator[Payment]:
    yield _Escrow(gl, split_challenge(event.challenge)[0]).to(event.defender, -event.fee, "fee of the arbitrator")


def _settled(gl: Goldleaf, event: events.Settled) -> Iterator[Payment]:
    submission, _ = split_challenge(event.challenge)
    escrow, challenge = _Escrow(gl, submission), gl.challenges.get(event.challenge)
    bond = min(challenge.bond, event.to_challenger)
    yield escrow.to(challenge.challenger, bond, "bond, freed")
    yield escrow.to(challenge.challenger, event.to_challenger - bond, "prize")
    if event.to_annotator:
        yield escrow.to(gl.submissions.get(submission).annotator, event.to_annotator, "part of the bond")
    yield escrow.to(challenge.defender, event.to_defender, "fee of the arbitrator, and part of the bond")
    if event.to_sink:
        yield escrow.to_sink(event.to_sink, "bond, lost")


# ---------------------------------------------------------------- tests


def _in_tests(gl: Goldleaf, task: int, account: str, units: int, what: str) -> Payment:
    return Payment(what, account, units, gl.tasks.get(task).token, "GoldTest")


def _gold_opened(gl: Goldleaf, event: events.GoldOpened) -> Iterator[Payment]:
    yield _in_tests(gl, event.task, gl.tasks.get(event.task).requester, -event.deposit, "deposit, set aside")


def _gold_disputed(gl: Goldleaf, event: events.GoldDisputed) -> Iterator[Payment]:
    task, _, _ = split_gold_dispute(event.gold_dispute)
    yield _in_tests(gl, task, event.disputer, -event.fee, "fee of the arbitrator")
    yield _in_tests(gl, task, event.disputer, -event.fee, "bond, locked")


def _gold_dispute_settled(gl: Goldleaf, event: events.GoldDisputeSettled) -> Iterator[Payment]:
    task, _, _ = split_gold_dispute(event.gold_dispute)
    dispute = gl.tests.dispute(event.gold_dispute)
    bond = min(dispute.fee, event.to_disputer)
    yield _in_tests(gl, task, dispute.disputer, bond, "bond, freed")
    yield _in_tests(gl, task, dispute.disputer, event.to_disputer - bond, "fee of the arbitrator, and prize")
    yield _in_tests(gl, task, gl.tasks.sink(), event.to_sink, "bond, lost")


def _deposit_released(gl: Goldleaf, event: events.DepositReleased) -> Iterator[Payment]:
    yield _in_tests(gl, event.task, gl.tasks.get(event.task).requester, event.to_requester, "rest of the deposit")
    yield _in_tests(gl, event.task, gl.tasks.sink(), event.to_sink, "what cannot be shared of the deposit")
    if event.to_each_winner:
        filed = gl.tests.batch(event.task, event.batch).filed
        for dispute in gl.tests.dispute.many(gold_dispute_id(event.task, event.batch, n) for n in range(filed)):
            if dispute.won:
                yield _in_tests(gl, event.task, dispute.disputer, event.to_each_winner, "part of the deposit")


# ---------------------------------------------------------------- the court


def _in_court(gl: Goldleaf, account: str, units: int, what: str) -> Payment:
    return Payment(what, account, units, gl.court.parameters().token, "Court")


def _joined(gl: Goldleaf, event: events.Joined) -> Iterator[Payment]:
    yield _in_court(gl, event.holder, -event.seats * gl.court.seat_price(), "seats, locked")


def _seat_closed(gl: Goldleaf, event: events.SeatClosed) -> Iterator[Payment]:
    yield _in_court(gl, event.holder, event.amount, f"seat {event.seat}, freed")


def _appealed(gl: Goldleaf, event: events.Appealed) -> Iterator[Payment]:
    yield _in_court(gl, event.payer, -event.fee, "fee of the appeal")


def _not_heard(gl: Goldleaf, event: events.NotHeard) -> Iterator[Payment]:
    yield _in_court(gl, event.refund_to, event.fee, "fee of the dispute, paid back")


def _appeal_dropped(gl: Goldleaf, event: events.AppealDropped) -> Iterator[Payment]:
    yield _in_court(gl, event.payer, event.fee, "fee of the appeal, paid back")


def _round_settled(gl: Goldleaf, event: events.RoundSettled) -> Iterator[Payment]:
    settled = gl.court.round(event.dispute, event.round)
    holders = gl.court.holders(settled.seats)
    left, penalty = event.remainder, gl.court.seat_penalty()
    for place, seat in enumerate(settled.seats):
        if event.fined >> place & 1:
            fined = _in_court(gl, holders[seat], -penalty, f"penalty, seat {seat}")
            yield Payment(fined.what, fined.account, fined.units, fined.token, SEAT)
        if event.paid >> place & 1:
            yield _in_court(gl, holders[seat], event.share + left, f"fee of the juror, seat {seat}")
            left = 0
    if event.refund:
        # Of a round in which nobody revealed, it is its own fees that go back; else those of the appeal against it.
        own = event.refund == len(settled.seats) * gl.court.parameters().juror_fee
        payer = settled.payer if own else gl.court.round(event.dispute, event.round + 1).payer
        yield _in_court(gl, payer, event.refund, "fee, paid back")


# ---------------------------------------------------------------- royalties


def _in_pool(gl: Goldleaf, task: int, account: str, units: int, what: str) -> Payment:
    return Payment(what, account, units, gl.tasks.get(task).token, "RoyaltyPool")


def _paid(gl: Goldleaf, event: events.Paid) -> Iterator[Payment]:
    yield _in_pool(gl, event.task, event.payer, -event.amount, "payment for the data set")


def _licensed(gl: Goldleaf, event: events.Licensed) -> Iterator[Payment]:
    yield _in_pool(gl, event.task, event.buyer, -event.price, "price of the licence")


def _collected(gl: Goldleaf, event: events.Collected) -> Iterator[Payment]:
    yield _in_pool(gl, event.task, event.account, event.amount, "royalty")


def _requester_share_collected(gl: Goldleaf, event: events.RequesterShareCollected) -> Iterator[Payment]:
    yield _in_pool(gl, event.task, event.requester, event.amount, "the requester's part")


# ---------------------------------------------------------------- other arbitrators


def _appeal_paid(gl: Goldleaf, event: events.AppealPaid) -> Iterator[Payment]:
    yield Payment("fee of the appeal", event.payer, -event.fee, gl.deployment.address(WRAPPED_ETHER), WALLET)


def _nothing(_: Goldleaf, __: events.Event) -> Iterable[Payment]:
    return ()


_READERS: dict[type[events.Event], Callable[[Goldleaf, Any], Iterable[Payment]]] = {
    events.Deposited: _deposited,
    events.Transferred: _transferred,
    events.Withdrawn: _withdrawn,
    events.Opened: _opened,
    events.Closed: _closed,
    events.Taken: _taken,
    events.Released: _reopened,
    events.Expired: _reopened,
    events.Forfeited: _forfeited,
    events.Rejected: _rejected,
    events.Claimed: _claimed,
    events.Challenged: _challenged,
    events.AvailabilityChallenged: _challenged,
    events.Defended: _defended,
    events.Settled: _settled,
    events.GoldOpened: _gold_opened,
    events.GoldDisputed: _gold_disputed,
    events.GoldDisputeSettled: _gold_dispute_settled,
    events.DepositReleased: _deposit_released,
    events.Joined: _joined,
    events.SeatClosed: _seat_closed,
    events.Appealed: _appealed,
    events.NotHeard: _not_heard,
    events.AppealDropped: _appeal_dropped,
    events.RoundSettled: _round_settled,
    events.Paid: _paid,
    events.Licensed: _licensed,
    events.Collected: _collected,
    events.RequesterShareCollected: _requester_share_collected,
    events.AppealPaid: _appeal_paid,
}
