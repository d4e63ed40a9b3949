"""Plays both contracts on a node and notes what each call costs.

What is noted is named after the function, with a comma and what is special about the case. Accounts have something
left in their free balance after each call, unless the name says otherwise: a word that becomes zero is cheaper.
"""

from typing import Any

from eth_account import Account
from eth_utils import keccak

from goldleaf.types import NOT_HEARD
from tests.chains import Address, AnvilChain, Transaction
from tests.protocol import DAY, HOUR, SALT, Jury, Protocol, Work

Measured = dict[str, Transaction]

SIBLINGS = (0, 1, 2, 14)
# A challenge brought through a court of three jurors, from `challenge` to the last `settle`.
WHOLE_DISPUTE = "whole dispute, 3 jurors"


class Meter:
    """Notes the latest transaction under a name, and calls views as transactions."""

    def __init__(self, chain: AnvilChain) -> None:
        self.chain = chain
        self.measured: Measured = {}

    def note(self, name: str) -> None:
        transaction = self.chain.transactions[-1]
        assert transaction.function == name.split(",")[0]
        self.measured[name] = transaction

    def view(self, contract: Any, function: str, *arguments: Any) -> None:
        contract.transact(function, *arguments)
        self.note(function)


def measure_escrow(chain: AnvilChain, labels: int) -> Measured:
    """Every function of a TaskEscrow, with batches of `labels` labels."""
    protocol, meter = Protocol(chain=chain), Meter(chain)
    terms = {"items": 2 * labels, "batch_size": labels, "tolerance_bps": 4000}
    # Whoever acts below owns enough to have something left.
    wealth = 100 * labels * protocol.unit

    def rich() -> Address:
        return protocol.account(free=wealth)

    def take(task: int, slot: int = 0) -> Work:
        return protocol.take(task, slot, rich())

    def delivered(**overrides: Any) -> Work:
        work = take(protocol.open(**{**terms, "redundancy": 1, **overrides}))
        protocol.publish(work)
        return work

    _measure_ledger(protocol, protocol.escrow, meter)

    protocol.fund(protocol.requester, wealth)
    protocol.open(**terms)
    meter.note("open")
    gate = chain.deploy("mocks/GateMock")
    task = protocol.open(**terms, gate=gate.address)
    meter.note("open, with a gate")
    annotator = rich()
    gate.set_allowed(annotator, task, True)
    protocol.take(task, 0, annotator)
    meter.note("take, with a gate")
    protocol.escrow.cancel(task, sender=protocol.requester)
    meter.note("cancel")

    for siblings in SIBLINGS:
        case = f", {siblings} sibling{'s' * (siblings > 1)}" if siblings else ""
        task = protocol.open(**terms, redundancy=siblings + 1)
        works = [take(task, slot) for slot in protocol.parameters_of(task).siblings(0)]
        meter.note(f"take{case}")
        if siblings:
            for work in works:
                protocol.commit(work)
            meter.note(f"commit{case}")
        for work in works:
            protocol.publish(work)
        meter.note(f"publish{case}")
    protocol.escrow.accept(work.submission, sender=protocol.requester)
    meter.note("accept")
    protocol.escrow.claim(work.submission)
    meter.note("claim")

    protocol.open(**terms, redundancy=1)
    work = protocol.take(protocol.escrow.task_count())
    protocol.publish(work)
    protocol.pass_window(work)
    protocol.escrow.claim(work.submission)
    meter.note("claim, to an empty balance")

    task = protocol.open(**{**terms, "items": 10 * labels}, redundancy=1)
    annotator = rich()
    protocol.escrow.take_many(task, list(range(10)), b"", sender=annotator)
    meter.note("take_many, 10 slots")
    submissions = [task << 64 | slot for slot in range(10)]
    for submission in submissions:
        protocol.escrow.publish(submission, keccak(b"root"), SALT, "", sender=annotator)
    protocol.travel(protocol.parameters_of(task).challenge_period)
    protocol.escrow.claim_many(submissions)
    meter.note("claim_many, 10 submissions")
    protocol.travel_to(protocol.parameters_of(task).deadline)
    protocol.escrow.close(task)
    meter.note("close")

    task = protocol.open(**terms)
    released, expired, forfeited = take(task, 0), take(task, 1), take(task, 2)
    protocol.escrow.release(released.submission, sender=released.annotator)
    meter.note("release")
    protocol.commit(forfeited)
    protocol.travel(protocol.parameters_of(task).work_period)
    protocol.escrow.expire(expired.submission)
    meter.note("expire")
    protocol.travel_to(protocol.parameters_of(task).deadline + protocol.parameters_of(task).publish_period)
    protocol.escrow.expire(forfeited.submission)
    meter.note("expire, a commitment that was not published")

    _measure_fights(protocol, meter, delivered, rich)
    _measure_demands(protocol, meter, delivered, rich)

    work = delivered()
    fight = protocol.challenge(work, [0], rich())
    account = protocol.requester
    for function, arguments in {
        "task": [work.task],
        "submission": [work.submission],
        "fight": [fight],
        "challenge_of": [protocol.arbitrator, 0],
        "wrong": [work.submission, 0],
        "sealed_at": [keccak(b"seal")],
        "accepted_labels": [1],
        "free": [protocol.token, account],
        "task_count": [],
        "period_floor": [],
        "relay": [],
    }.items():
        meter.view(protocol.escrow, function, *arguments)
    return meter.measured


def _measure_ledger(protocol: Protocol, ledger: Any, meter: Meter) -> None:
    token, unit = protocol.token, protocol.unit
    account, other = protocol.account(), protocol.account()
    token.mint(account, 10 * unit)
    token.approve(ledger, 10 * unit, sender=account)
    ledger.deposit(token, unit, account, sender=account)
    meter.note("deposit, to an empty balance")
    ledger.deposit(token, unit, account, sender=account)
    meter.note("deposit")
    ledger.transfer(token, 1, other, sender=account)
    meter.note("transfer, to an empty balance")
    ledger.transfer(token, 1, other, sender=account)
    meter.note("transfer")
    ledger.withdraw(token, 1, account, sender=account)
    meter.note("withdraw")

    signer = Account.from_key(keccak(b"signer"))
    token.mint(signer.address, 2 * unit)
    deadline = protocol.now + DAY
    permit = {
        "owner": signer.address,
        "spender": ledger.address,
        "value": unit,
        "nonce": 0,
        "deadline": deadline,
    }
    domain = {
        "name": "Test Dollar",
        "version": "1",
        "chainId": protocol.chain.id,
        "verifyingContract": token.address,
    }
    types = {
        "Permit": [
            {"name": "owner", "type": "address"},
            {"name": "spender", "type": "address"},
            {"name": "value", "type": "uint256"},
            {"name": "nonce", "type": "uint256"},
            {"name": "deadline", "type": "uint256"},
        ]
    }
    signature = signer.sign_typed_data(domain, types, permit)
    v, r, s = signature.v, signature.r.to_bytes(32), signature.s.to_bytes(32)
    ledger.deposit_with_permit(token, unit, account, deadline, v, r, s, sender=signer.address)
    meter.note("deposit_with_permit")


def _measure_fights(protocol: Protocol, meter: Meter, delivered: Any, rich: Any) -> None:
    escrow = protocol.escrow

    work = delivered()
    conceded = protocol.challenge(work, [0, 1, 2], rich())
    meter.measured["seal"] = meter.chain.latest("seal")
    meter.note("challenge, 3 labels")
    # A second challenge on the same submission finds its word written.
    defended = protocol.challenge(work, [3], rich())
    meter.note("challenge, 1 label, the submission's second")
    escrow.concede(conceded, sender=work.annotator)
    meter.note("concede")
    dispute = protocol.defend(defended)
    meter.note("defend, before a mock")
    escrow.rule(dispute, 1, sender=protocol.arbitrator.address)
    meter.note("rule")
    protocol.settle(conceded)
    meter.note("settle, conceded")
    protocol.settle(defended)
    meter.note("settle, wrong")

    work = delivered()
    fights = [protocol.challenge(work, [item], rich()) for item in range(4)]
    for fight, ruling in zip(fights, (2, 0, NOT_HEARD, 1), strict=True):
        protocol.defend(fight)
        protocol.rule(fight, ruling)
    for fight, case in zip(fights, ("not wrong", "undecided", "not heard"), strict=False):
        protocol.settle(fight)
        meter.note(f"settle, {case}")

    work = delivered()
    fights = [protocol.challenge(work, [item], rich()) for item in range(4)]
    protocol.travel(protocol.parameters_of(work.task).response_period)
    escrow.settle_many(fights, [protocol.indices[fight] for fight in fights])
    meter.note("settle_many, 4 unanswered challenges")

    work = delivered(tolerance_bps=0)
    fight = protocol.challenge(work, [0], rich())
    protocol.travel(protocol.parameters_of(work.task).response_period)
    protocol.settle(fight)
    meter.note("settle, unanswered, and rejected")


def _measure_demands(protocol: Protocol, meter: Meter, delivered: Any, rich: Any) -> None:
    work = delivered()
    answered = protocol.demand(work, 0, rich())
    meter.note("demand")
    unanswered = protocol.demand(work, 1, rich())
    protocol.answer(work, answered)
    meter.note("answer")
    protocol.escrow.settle_demand(answered)
    meter.note("settle_demand, answered")
    protocol.travel(protocol.parameters_of(work.task).challenge_period // 4)
    protocol.escrow.settle_demand(unanswered)
    meter.note("settle_demand, unanswered, and rejected")


def measure_court(chain: AnvilChain) -> Measured:
    """Every function of a Court, with a holder for each seat."""
    protocol, meter = Protocol(arbitrator="Court", chain=chain), Meter(chain)
    jury, court, token = protocol.jury, protocol.jury.court, protocol.token
    price = court.seat_price()

    def join(jury: Jury, seats: int) -> tuple[int, Address]:
        holder = protocol.account()
        jury.provide(holder, seats * price + 1)
        jury.join(seats, holder)
        return jury.court.seat_count(), holder

    def create_dispute() -> int:
        payer = protocol.account()
        cost = court.arbitration_cost()
        token.mint(payer, 2 * cost)
        token.approve(court, 2 * cost, sender=payer)
        return int(court.create_dispute(2, keccak(b"evidence"), payer, sender=payer))

    _measure_ledger(protocol, court, meter)

    join(jury, 1)
    seat, holder = join(jury, 1)
    meter.note("join, 1 seat")
    join(jury, 16)
    meter.note("join, 16 seats")
    protocol.travel(HOUR)
    court.ready(1)
    court.ready(seat)
    meter.note("ready")
    court.leave(seat, sender=holder)
    meter.note("leave")

    gate = chain.deploy("mocks/GateMock")
    gated = Jury(token, chain=chain, gate=gate.address, juror_fee=jury.parameters.juror_fee)
    gate.set_password(0, keccak(b""))
    seat, holder = join(gated, 1)
    gate.set_password(0, keccak(b"changed"))
    gated.court.dismiss(seat, b"")
    meter.note("dismiss")

    # A dispute that nobody hears, for the lack of seats.
    dispute = create_dispute()
    meter.note("create_dispute")
    protocol.travel(jury.parameters.draw_timeout)
    court.drop(dispute)
    meter.note("drop")

    jury.seat(40)
    create_dispute()
    dispute = create_dispute()
    meter.note("create_dispute, behind another")
    for seats in (3, 7, 15):
        holders = jury.draw(dispute)
        meter.note(f"draw, {seats} seats")
        jury.vote(dispute, dict.fromkeys(holders, seats % 2))
        if seats < 15:
            jury.appeal(dispute)
            meter.note(f"appeal, from {seats} seats")
    for seats in (3, 7, 15):
        court.settle(dispute)
        meter.note(f"settle, {seats} seats")

    meter.measured[WHOLE_DISPUTE] = _measure_dispute(protocol, meter)

    for function, arguments in {
        "free": [token, holders[0]],
        "relay": [],
        "token": [],
        "arbitration_cost": [],
        "max_duration": [],
        "parameters": [],
        "seat_price": [],
        "seat_penalty": [],
        "seat": [1],
        "seat_count": [],
        "open_seats": [],
        "listed_seats": [],
        "seat_at": [0],
        "seats_of": [holders[0]],
        "line_of_rounds": [],
        "dispute_count": [],
        "dispute": [dispute],
        "round": [dispute, 2],
        "ruling": [dispute],
        "is_final": [dispute],
        "appeal_cost": [1],
        "commitment": [dispute, 2, holders[0]],
        "carried": [],
    }.items():
        meter.view(court, function, *arguments)
    return meter.measured


def _measure_dispute(protocol: Protocol, meter: Meter) -> Transaction:
    """A three-juror dispute from the challenge to the last settlement, every transaction counted."""
    jury, court = protocol.jury, protocol.jury.court
    work = protocol.delivered()
    challenger = protocol.account(free=1000 * protocol.unit)
    protocol.fund(work.annotator, 1000 * protocol.unit)

    start = len(meter.chain.transactions)
    fight = protocol.challenge(work, [0, 1, 2], challenger)
    dispute = protocol.defend(fight)
    holders = jury.draw(dispute)
    jury.vote(dispute, dict.fromkeys(holders, 1))
    meter.measured["commit_vote"] = meter.chain.latest("commit_vote")
    meter.measured["reveal_vote"] = meter.chain.latest("reveal_vote")
    jury.pass_phase(dispute)
    court.execute(dispute)
    meter.note("execute")
    court.settle(dispute)
    meter.note("settle, 3 seats, not appealed")
    protocol.settle(fight)
    counted = [step for step in meter.chain.transactions[start:] if step.function != "seal"]
    return Transaction("whole dispute", sum(step.gas for step in counted), sum(step.calldata_gas for step in counted))
