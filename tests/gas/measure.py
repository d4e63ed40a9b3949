"""Plays the contracts on a node and notes what each call costs.

What is noted is named after the function, with a comma and what is special about the case. Accounts have something
left in their free balance after each call, unless the name says otherwise: a word that becomes zero is cheaper.
"""

from dataclasses import astuple
from typing import Any

from eth_utils import keccak

from goldleaf.types import NOT_HEARD
from tests.beacons import BEACONS, QUICKNET
from tests.chains import Address, AnvilChain, Transaction
from tests.credentials import Board
from tests.protocol import DAY, HOUR, SALT, Jury, Protocol, Work
from tests.relayed import Gasless, call, permit, signer
from tests.royalty import TERMS, Royalties

Measured = dict[str, Transaction]

SIBLINGS = (0, 1, 2, 14)
TAGS = 16
# A challenge brought through a court of three jurors, from its commitment to the last `settle`; and the same at its
# dearest. A panel bears four bits of each juror's address, by which the court finds whoever votes, so that what a vote
# costs hangs on who is drawn: of three jurors, two bear the same bits in 18 of 100 panels.
WHOLE_DISPUTE = "whole dispute, 3 jurors"
DEAREST_DISPUTE = f"{WHOLE_DISPUTE} whose addresses end in the same 4 bits"
# The part of it that the annotator sends: the court takes its fee and stores the dispute.
DEFENCE = "defend, before the court"


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

    _measure_challenges(protocol, meter, delivered, rich)
    _measure_availability(protocol, meter, delivered, rich)
    _measure_graded(protocol, meter, terms, rich)

    work = delivered()
    challenge = protocol.challenge(work, [0], rich())
    account = protocol.requester
    for function, arguments in {
        "task_words": [work.task],
        "submission_words": [work.submission],
        "root": [work.submission],
        "challenge_words": [challenge],
        "challenge_of": [protocol.arbitrator, 0],
        "wrong": [work.submission, 0],
        "shown": [work.submission, 0],
        "committed_at": [keccak(b"commitment")],
        "free": [protocol.token, account],
        "task_count": [],
        "terms": [],
        "sink": [],
        "relay": [],
    }.items():
        meter.view(protocol.escrow, function, *arguments)

    # As most requesters meet it: there are other tasks, and something is in their balance all the while.
    task = protocol.open(**terms)
    meter.note("open, another task")
    protocol.escrow.cancel(task, sender=protocol.requester)
    meter.note("cancel, nothing was taken")
    protocol.travel_to(protocol.parameters_of(task).deadline)
    protocol.escrow.close(task)
    meter.note("close, with a pot that is left")
    _measure_first_deposit(protocol, protocol.escrow, meter)
    return meter.measured


def measure_views(chain: AnvilChain) -> dict[str, Measured]:
    """Every function of a Lens and of a TaskTerms, by contract."""
    protocol = Protocol(chain=chain)
    work = protocol.delivered()
    challenge = protocol.challenge(work, [0])
    lens, terms = Meter(chain), Meter(chain)
    for function, arguments in {
        "task": [work.task],
        "submission": [work.submission],
        "challenge": [challenge],
        "accepted_labels": [work.task],
        "escrow": [],
    }.items():
        lens.view(protocol.lens, function, *arguments)
    terms.view(protocol.terms, "task_words", protocol.requester, astuple(protocol.parameters()))
    terms.view(protocol.terms, "period_floor")
    return {"Lens": lens.measured, "TaskTerms": terms.measured}


def _measure_ledger(protocol: Protocol, ledger: Any, meter: Meter) -> None:
    token, unit = protocol.token, protocol.unit
    account, other = protocol.account(), protocol.account()
    token.mint(account, 10 * unit)
    token.approve(ledger, 10 * unit, sender=account)
    ledger.deposit(token, unit, account, sender=account)
    meter.note("deposit, to an empty balance")
    ledger.deposit(token, unit, account, sender=account)
    meter.note("deposit")
    # A pool's `transfer` is that of its shares.
    if not hasattr(ledger, "transferFrom"):
        ledger.transfer(token, 1, other, sender=account)
        meter.note("transfer, to an empty balance")
        ledger.transfer(token, 1, other, sender=account)
        meter.note("transfer")
    ledger.withdraw(token, 1, account, sender=account)
    meter.note("withdraw")

    owner, deadline = signer("signer"), protocol.now + DAY
    token.mint(owner.address, 2 * unit)
    v, r, s = permit(token, owner, ledger.address, unit, deadline, protocol.chain.id)
    ledger.deposit_with_permit(token, unit, account, deadline, v, r, s, sender=owner.address)
    meter.note("deposit_with_permit")


def _measure_first_deposit(protocol: Protocol, ledger: Any, meter: Meter) -> None:
    """An account's first, of a token of which others have deposited."""
    account = protocol.account()
    protocol.token.mint(account, 2)
    protocol.token.approve(ledger, 2, sender=account)
    ledger.deposit(protocol.token, 1, account, sender=account)
    meter.note("deposit, an account's first")


def _measure_challenges(protocol: Protocol, meter: Meter, delivered: Any, rich: Any) -> None:
    escrow = protocol.escrow

    work = delivered()
    conceded = protocol.challenge(work, [0, 1, 2], rich())
    meter.measured["commit_challenge"] = meter.chain.latest("commit_challenge")
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
    challenges = [protocol.challenge(work, [item], rich()) for item in range(4)]
    for challenge, ruling in zip(challenges, (2, 0, NOT_HEARD, 1), strict=True):
        protocol.defend(challenge)
        protocol.rule(challenge, ruling)
    for challenge, case in zip(challenges, ("not wrong", "undecided", "not heard"), strict=False):
        protocol.settle(challenge)
        meter.note(f"settle, {case}")

    work = delivered()
    challenges = [protocol.challenge(work, [item], rich()) for item in range(4)]
    protocol.travel(protocol.parameters_of(work.task).response_period)
    escrow.settle_many(challenges, [protocol.indices[challenge] for challenge in challenges])
    meter.note("settle_many, 4 unanswered challenges")

    work = delivered(tolerance_bps=0)
    challenge = protocol.challenge(work, [0], rich())
    protocol.travel(protocol.parameters_of(work.task).response_period)
    protocol.settle(challenge)
    meter.note("settle, unanswered, and rejected")


def _measure_availability(protocol: Protocol, meter: Meter, delivered: Any, rich: Any) -> None:
    work = delivered()
    answered = protocol.challenge_availability(work, [0], rich())
    meter.note("challenge_availability, 1 label")
    unanswered = protocol.challenge_availability(work, list(range(1, 9)), rich())
    meter.note("challenge_availability, 8 labels, the submission's second")
    protocol.answer(work, answered, 0)
    meter.note("answer, the first label")
    protocol.answer(work, unanswered, 1)
    meter.note("answer, a further label")
    protocol.settle(answered)
    meter.note("settle, answered")
    protocol.travel(protocol.parameters_of(work.task).challenge_period // 4)
    protocol.settle(unanswered)
    meter.note("settle, 8 labels not all shown, and rejected")


def _measure_graded(protocol: Protocol, meter: Meter, terms: dict[str, Any], rich: Any) -> None:
    """With a grader that only says yes: what a real one does comes besides."""
    grader = meter.chain.deploy("mocks/DishonestGrader")
    grader.set_answers(True, True, 0)
    work = protocol.take(protocol.open(**{**terms, "redundancy": 1}, grader=grader.address), 0, rich())
    meter.note("take, graded")
    protocol.commit(work)
    meter.note("commit, graded")
    protocol.escrow.publish_graded(work.submission, work.labels.root, work.salt, work.uri, b"")
    meter.note("publish_graded")
    protocol.challenge(work, [0], rich())
    meter.note("challenge, 1 label, graded")


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

    def create_dispute(payer: Address | None = None) -> int:
        payer = payer or protocol.account()
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
    court.renew(b"", sender=holder)
    meter.note("renew")
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

    # Each has something left, as whoever has sat before: else what a settlement costs hangs on who is drawn.
    numbers = [join(jury, 1)[0] for _ in range(40)]
    protocol.travel(HOUR)
    for seat in numbers:
        court.ready(seat)
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

    meter.measured[DEAREST_DISPUTE] = _measure_dispute(meter, [3] * TAGS)
    meter.measured[WHOLE_DISPUTE] = _measure_dispute(meter, list(range(TAGS)))

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
        "round_queue": [],
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

    # As it is in a court that is in use: it knows whose dispute it is, and others wait.
    payer = protocol.account()
    appealed = create_dispute(payer)
    jury.vote(appealed, dict.fromkeys(jury.draw(appealed), 1))
    create_dispute(payer)
    meter.note("create_dispute, of a known arbitrable")
    create_dispute(payer)
    meter.note("create_dispute, of a known arbitrable, behind another")
    jury.provide(payer, court.appeal_cost(appealed) + 1)
    jury.appeal(appealed, payer)
    meter.note("appeal, behind another")
    _measure_first_deposit(protocol, court, meter)
    return meter.measured


def _measure_dispute(meter: Meter, tags: list[int]) -> Transaction:
    """A three-juror dispute from the commitment to the last settlement, every transaction counted.

    In the state that people meet: everybody who is paid has something, the sink too, and the court knows the escrow.

    `tags`: the last four bits of each juror's address.
    """
    protocol = Protocol(arbitrator="Court", chain=meter.chain)
    jury, court = protocol.jury, protocol.jury.court
    for tag in tags:
        holder = next(account for account in iter(meter.chain.account, None) if int(account, 16) % TAGS == tag)
        jury.provide(holder, court.seat_price() + 1)
        jury.join(1, holder)
    protocol.travel(HOUR)
    for seat in range(1, len(tags) + 1):
        court.ready(seat)
    challenger = protocol.account(free=1000 * protocol.unit)
    protocol.fund(protocol.requester, 1000 * protocol.unit)
    works = [protocol.delivered() for _ in range(2)]
    for work in works:
        protocol.fund(work.annotator, 1000 * protocol.unit)
    earlier = protocol.challenge(works[0], [0, 1], challenger)
    dispute = protocol.defend(earlier)
    jury.vote(dispute, dict.fromkeys(jury.draw(dispute), 1))
    jury.finish(dispute)
    protocol.settle(earlier)

    start = len(meter.chain.transactions)
    challenge = protocol.challenge(works[1], [0, 1, 2], challenger)
    dispute = protocol.defend(challenge)
    meter.note(DEFENCE)
    holders = jury.draw(dispute)
    jury.vote(dispute, dict.fromkeys(holders, 1))
    meter.measured["commit_vote"] = meter.chain.latest("commit_vote")
    meter.measured["reveal_vote"] = meter.chain.latest("reveal_vote")
    jury.pass_phase(dispute)
    court.execute(dispute)
    meter.note("execute")
    court.settle(dispute)
    meter.note("settle, 3 seats, not appealed")
    protocol.settle(challenge)
    counted = meter.chain.transactions[start:]
    return Transaction("whole dispute", sum(step.gas for step in counted), sum(step.calldata_gas for step in counted))


def measure_direct(chain: AnvilChain, relay: Address) -> Measured:
    """The common path of a task by people who send themselves, at contracts with this relay."""
    protocol, meter = Protocol(chain=chain, relay=relay), Meter(chain)
    work = protocol.take(protocol.open(), 0, protocol.account(free=100 * protocol.unit))
    meter.note("take")
    protocol.commit(work)
    meter.note("commit")
    sibling = protocol.take(work.task, 2)
    protocol.commit(sibling)
    protocol.publish(work)
    meter.note("publish")
    protocol.pass_window(work)
    protocol.escrow.claim(work.submission)
    meter.note("claim")
    return meter.measured


def measure_relay(chain: AnvilChain) -> Measured:
    """Every function of a Relay, and the common path of a task relayed."""
    gasless, meter = Gasless(chain), Meter(chain)
    protocol = Protocol(chain=chain, relay=gasless.relay.address)
    escrow, token, account = protocol.escrow, protocol.token, signer("measured")
    relayer = protocol.account(free=protocol.unit)
    fee = {"ledger": escrow, "token": token, "fee": 1}

    def execute(case: str, function: str, *arguments: Any, **overrides: Any) -> None:
        data = call("TaskEscrow", function, *arguments)
        gasless.execute(gasless.signed(account, escrow, data, **{**fee, **overrides}), relayer)
        meter.note(f"execute, {case}")

    token.mint(account.address, 100 * protocol.unit)
    deadline = chain.now + DAY
    amount = 90 * protocol.unit
    signature = permit(token, account, escrow.address, amount, deadline, chain.id)
    arguments = (token.address, amount, account.address, deadline, *signature)
    execute("deposit_with_permit, first nonce of a word", "deposit_with_permit", *arguments)
    task = protocol.open()
    execute("take", "take", task, 0, b"")
    work = Work(task << 64, account.address, protocol.take(task, 2).labels)
    execute("commit", "commit", work.submission, protocol.commitment(work))
    escrow.commit(task << 64 | 2, keccak(b"sibling"), sender=protocol.lens.submission(task << 64 | 2).annotator)
    execute("publish", "publish", work.submission, work.labels.root, work.salt, work.uri)
    protocol.pass_window(work)
    execute("claim", "claim", work.submission)
    execute("transfer", "transfer", token.address, 1, relayer)
    execute("transfer, without a fee", "transfer", token.address, 1, relayer, fee=0)
    execute("withdraw", "withdraw", token.address, 1, account.address)

    wallet = chain.deploy("mocks/Wallet", account.address)
    protocol.fund(wallet.address, protocol.unit)
    data = call("TaskEscrow", "transfer", token.address, 1, relayer)
    # The second nonce of its word.
    for _ in range(2):
        request = gasless.request(wallet.address, escrow, data, **fee)
        gasless.execute(gasless.signed_by_owner(account, request), relayer)
    meter.note("execute, transfer, signed by a contract")

    gasless.relay.cancel(1000, sender=relayer)
    meter.note("cancel, first nonce of a word")
    gasless.relay.cancel(1001, sender=relayer)
    meter.note("cancel")
    for function, arguments in {
        "relay": [],
        "eip712Domain": [],
        "used": [relayer, 3],
        "is_used": [relayer, 1000],
        "digest": [request.struct()],
    }.items():
        meter.view(gasless.relay, function, *arguments)
    return meter.measured


def measure_gates(chain: AnvilChain) -> dict[str, Measured]:
    """Every function of both gates, by contract."""
    meter, tokens = Meter(chain), Meter(chain)
    board = Board(chain=chain)
    wallet = chain.deploy("mocks/Wallet", board.key.address)
    clinic = Board(wallet.address, chain=chain)
    holder = chain.account()
    data = board.issue(holder).gate_data
    board.revoke(board.issue(chain.account()))
    meter.note("revoke")
    meter.view(clinic.gate, "is_allowed", holder, 0, clinic.issue(holder).gate_data)
    meter.measured["is_allowed, the issuer is a contract"] = meter.measured.pop("is_allowed")
    for function, arguments in {
        "is_allowed": [holder, 0, data],
        "issuer": [],
        "domain": [],
        "revoked": [holder],
        "relay": [],
        "eip712Domain": [],
        "digest": [holder, 1, 1],
    }.items():
        meter.view(board.gate, function, *arguments)

    token, multi = chain.deploy("mocks/TokenMock", 6), chain.deploy("mocks/MultiTokenMock")
    token.mint(holder, 1)
    tokens.view(chain.deploy("gates/TokenGate", multi, 1, True, 7), "is_allowed", holder, 0, b"")
    tokens.measured["is_allowed, by id"] = tokens.measured.pop("is_allowed")
    gate = chain.deploy("gates/TokenGate", token, 1, False, 0)
    for function, arguments in {
        "is_allowed": [holder, 0, b""],
        "token": [],
        "minimum": [],
        "has_ids": [],
        "id": [],
    }.items():
        tokens.view(gate, function, *arguments)
    return {"gates/CredentialGate": meter.measured, "gates/TokenGate": tokens.measured}


def measure_drand(chain: AnvilChain) -> Measured:
    """Every function of a DrandRandomness, by real beacons."""
    meter = Meter(chain)
    randomness = chain.deploy("randomness/DrandRandomness", *QUICKNET.arguments(margin=60))
    for beacon in BEACONS:
        randomness.show(*beacon.arguments)
        meter.note("show")
    randomness.show(*beacon.arguments)
    meter.note("show, again")
    for function, arguments in {
        "next_ticket": [],
        "seed": [beacon.round],
        "is_lost": [beacon.round],
        "due": [beacon.round],
        "key": [],
        "genesis": [],
        "period": [],
        "margin": [],
    }.items():
        meter.view(randomness, function, *arguments)
    return meter.measured


def measure_royalty(chain: AnvilChain) -> Measured:
    """Every function of a RoyaltyPool."""
    royalties, meter = Royalties(chain=chain), Meter(chain)
    pool, unit, memo = royalties.pool, royalties.unit, "for training"
    _measure_ledger(royalties, pool, meter)

    annotator, buyer, licensee = royalties.account(), royalties.account(), royalties.account()
    royalties.provide_in_pool(buyer, 100 * unit)
    submissions = royalties.solo(annotator, 10, 10)
    task = submissions[0] >> 64
    pool.pay(task, unit, memo, sender=buyer)
    meter.note("pay, the first time, before anybody has enrolled")
    pool.pay(task, unit, memo, sender=buyer)
    meter.note("pay, before anybody has enrolled")
    pool.enroll(submissions)
    meter.note("enroll, 10 submissions of one annotator")
    pool.collect(task, annotator)
    meter.note("collect, to an empty balance")
    pool.pay(task, unit, memo, sender=buyer)
    meter.note("pay")
    pool.collect(task, annotator)
    meter.note("collect")
    pool.collect_requester_share(task)
    meter.note("collect_requester_share, to an empty balance")

    others = royalties.solo(annotator, 2, 10)
    pool.enroll(others[:1])
    meter.note("enroll, 1 submission, the task's first")
    pool.enroll(others[1:])
    meter.note("enroll, 1 submission")
    works = royalties.finished(items=50, batch_size=10)
    pool.enroll([work.submission for work in works])
    meter.note("enroll, 10 submissions, each of another annotator")
    tasks = [task, others[0] >> 64]
    for number in tasks:
        pool.pay(number, unit, memo, sender=buyer)
    pool.collect_many(tasks, annotator)
    meter.note("collect_many, 2 tasks")
    pool.collect_requester_share(task)
    meter.note("collect_requester_share")

    receiver, spender = royalties.account(), royalties.account()
    pool.transfer(receiver, task, 5, sender=annotator)
    meter.note("transfer, to who has none")
    pool.pay(task, unit, memo, sender=buyer)
    pool.transfer(receiver, task, 5, sender=annotator)
    meter.note("transfer, both sides are owed")
    pool.transfer(receiver, task, 5, sender=annotator)
    meter.note("transfer")
    pool.approve(spender, task, 10, sender=annotator)
    meter.note("approve")
    pool.transferFrom(annotator, receiver, task, 5, sender=spender)
    meter.note("transferFrom")
    pool.setOperator(spender, True, sender=annotator)
    meter.note("setOperator")

    royalties.offer(task, unit)
    meter.note("set_price")
    license = pool.buy_license(task, licensee, TERMS, unit, sender=buyer)
    meter.note("buy_license, the first time")
    pool.buy_license(task, licensee, TERMS, unit, sender=buyer)
    meter.note("buy_license")
    for function, arguments in {
        "data_set": [task],
        "collectable": [task, annotator],
        "is_enrolled": [submissions[0]],
        "balanceOf": [annotator, task],
        "totalSupply": [task],
        "allowance": [annotator, spender, task],
        "isOperator": [annotator, spender],
        "supportsInterface": [bytes.fromhex("0f632fb3")],
        "offer": [task],
        "license": [license],
        "license_count": [task],
        "free": [royalties.token, annotator],
        "escrow": [],
        "relay": [],
    }.items():
        meter.view(pool, function, *arguments)
    _measure_first_deposit(royalties, pool, meter)
    return meter.measured
