"""What flows ask a node for: nothing where nothing is checked, and few times where it is."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from goldleaf import (
    ZERO_ADDRESS,
    Deployment,
    Goldleaf,
    LabelSet,
    SignedRequest,
    Task,
    TaskParameters,
    challenge_id,
    errors,
    submission_id,
)
from goldleaf._encoding.address import checksum
from goldleaf._encoding.codec import contract
from goldleaf._flows import (
    arbitrators,
    challenges,
    court,
    gates,
    ledger,
    relays,
    royalties,
    submissions,
    tasks,
    wallets,
)
from goldleaf._flows.asks import Flow, ask_view
from goldleaf._flows.core import Context, Transaction
from goldleaf.signing.relaying import Request
from tests.in_process import DAY, TERMS, URI, WEALTH, Play

SALT = b"\x07" * 32
ME, SOMEBODY = "0x" + "1" * 40, "0x" + "2" * 40
CONTRACTS = ["TaskEscrow", "Lens", "Court", "Token", "RoyaltyPool", "Relay", "WrappedEther"]
ADDRESSES = {name: checksum(f"0x{number:040x}") for number, name in enumerate(CONTRACTS, 4)}
GATE, ADAPTER, GRADER = f"0x{16:040x}", f"0x{17:040x}", f"0x{18:040x}"
UNCHECKED = Context(Deployment(1, 0, ADDRESSES, {"kleros": ADAPTER}), ME, checks=False)
SUBMISSION = submission_id(1, 2)
CHALLENGE = challenge_id(SUBMISSION, 3)
LABELS = LabelSet([True, False], first=4)


def request(**changes: Any) -> SignedRequest:
    """One that the relay of these addresses would execute, for a fee of 7, but for its signature."""
    fields = {
        "chain_id": 1,
        "relay": ADDRESSES["Relay"],
        "account": SOMEBODY,
        "to": ADDRESSES["TaskEscrow"],
        "data": bytes(4),
        "nonce": 1,
        "deadline": 1,
        "fee": 7,
        "token": ADDRESSES["Token"],
        "ledger": ADDRESSES["Court"],
        **changes,
    }
    return SignedRequest(Request(**fields), bytes(65))


REQUEST = request()

CALLS: dict[str, Callable[[], Flow[Transaction[Any]]]] = {
    "tasks.open": lambda: tasks.open_task(
        UNCHECKED,
        terms=TERMS,
        uri=URI,
        reward=50_000,
        stake=50_000,
        items=100,
        batch_size=10,
        redundancy=3,
        deadline=2_000_000_000,
        arbitration_timeout=timedelta(days=20),
    ),
    "tasks.cancel": lambda: tasks.cancel(UNCHECKED, 1),
    "tasks.close": lambda: tasks.close(UNCHECKED, 1),
    "submissions.release": lambda: submissions.release(UNCHECKED, SUBMISSION),
    "submissions.expire": lambda: submissions.expire(UNCHECKED, SUBMISSION),
    "submissions.commit": lambda: submissions.commit(UNCHECKED, SUBMISSION, LABELS, uri=URI, salt=SALT),
    "submissions.publish": lambda: submissions.publish(UNCHECKED, SUBMISSION, LABELS, uri=URI, salt=SALT),
    "submissions.accept": lambda: submissions.accept(UNCHECKED, SUBMISSION),
    "submissions.claim": lambda: submissions.claim(UNCHECKED, SUBMISSION),
    "submissions.claim_many": lambda: submissions.claim_many(UNCHECKED, [SUBMISSION]),
    "challenges.commit": lambda: challenges.commit(UNCHECKED, SUBMISSION, [4], salt=SALT),
    "challenges.file": lambda: challenges.file(UNCHECKED, SUBMISSION, [4], salt=SALT, bond=9),
    "challenges.concede": lambda: challenges.concede(UNCHECKED, CHALLENGE),
    "challenges.defend": lambda: challenges.defend(UNCHECKED, CHALLENGE, max_cost=3),
    "challenges.file_availability": lambda: challenges.file_availability(UNCHECKED, SUBMISSION, [4, 5]),
    "challenges.answer": lambda: challenges.answer(UNCHECKED, CHALLENGE, LABELS, 5),
    "challenges.settle": lambda: challenges.settle(UNCHECKED, CHALLENGE, [4]),
    "challenges.settle_many": lambda: challenges.settle_many(UNCHECKED, [CHALLENGE, CHALLENGE + 1], [[4], [5]]),
    "ledger.deposit": lambda: ledger.deposit(UNCHECKED, 5, account=SOMEBODY),
    "ledger.deposit_with_permit": lambda: ledger.deposit_with_permit(
        UNCHECKED, 5, signature=bytes(64) + b"\x1b", deadline=1
    ),
    "ledger.transfer": lambda: ledger.transfer(UNCHECKED, 5, SOMEBODY),
    "ledger.withdraw": lambda: ledger.withdraw(UNCHECKED, 5),
    "court.join": lambda: court.join(UNCHECKED, 2),
    "court.renew": lambda: court.renew(UNCHECKED, gate_data=b"card"),
    "court.ready": lambda: court.ready(UNCHECKED, 1),
    "court.leave": lambda: court.leave(UNCHECKED, 1),
    "court.dismiss": lambda: court.dismiss(UNCHECKED, 1),
    "court.draw": lambda: court.draw(UNCHECKED),
    "court.drop": lambda: court.drop(UNCHECKED, 1),
    "court.commit_vote": lambda: court.commit_vote(UNCHECKED, 1, 2, salt=SALT, round=0),
    "court.reveal_vote": lambda: court.reveal_vote(UNCHECKED, 1, 2, salt=SALT),
    "court.appeal": lambda: court.appeal(UNCHECKED, 1),
    "court.execute": lambda: court.execute(UNCHECKED, 1),
    "court.settle": lambda: court.settle(UNCHECKED, 1),
    "royalties.enroll": lambda: royalties.enroll(UNCHECKED, [SUBMISSION]),
    "royalties.pay": lambda: royalties.pay(UNCHECKED, 1, 5, memo="for a model"),
    "royalties.collect": lambda: royalties.collect(UNCHECKED, 1),
    "royalties.collect_many": lambda: royalties.collect_many(UNCHECKED, [1, 2]),
    "royalties.collect_requester_share": lambda: royalties.collect_requester_share(UNCHECKED, 1),
    "royalties.set_price": lambda: royalties.set_price(UNCHECKED, 1, 5, terms=TERMS),
    "royalties.buy_license": lambda: royalties.buy_license(UNCHECKED, 1, terms=TERMS, max_price=5),
    "royalties.transfer": lambda: royalties.transfer(UNCHECKED, 1, 5, SOMEBODY),
    "royalties.transfer_from": lambda: royalties.transfer_from(UNCHECKED, 1, 5, SOMEBODY, ME),
    "royalties.approve": lambda: royalties.approve(UNCHECKED, 1, 5, SOMEBODY),
    "royalties.set_operator": lambda: royalties.set_operator(UNCHECKED, SOMEBODY),
    "arbitrators.submit_evidence": lambda: arbitrators.submit_evidence(UNCHECKED, "kleros", 0, URI),
    "arbitrators.execute": lambda: arbitrators.execute(UNCHECKED, ADAPTER, 0),
    "wallets.wrap": lambda: wallets.wrap(UNCHECKED, 5),
    "wallets.unwrap": lambda: wallets.unwrap(UNCHECKED, 5),
    "gates.revoke": lambda: gates.revoke(UNCHECKED, GATE, SOMEBODY, 5),
    "relays.cancel": lambda: relays.cancel(UNCHECKED, 5),
    "relays.execute": lambda: relays.execute(UNCHECKED, REQUEST, min_fee=5),
}
# These read the terms of the task, to tell whether its arbitrator is known.
TAKES: dict[str, Callable[[], Flow[Transaction[Any]]]] = {
    "submissions.take": lambda: submissions.take(UNCHECKED, 1, 2),
    "submissions.take_many": lambda: submissions.take_many(UNCHECKED, 1, [2, 3]),
}


def built_without_a_node(flow: Flow[Transaction[Any]]) -> Transaction[Any]:
    try:
        request = next(flow)
    except StopIteration as end:
        transaction: Transaction[Any] = end.value
        return transaction
    raise AssertionError(f"asked for {request}")


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_unchecked__each_call__built_without_a_node(call: Callable[[], Flow[Transaction[Any]]]) -> None:
    transaction = built_without_a_node(call())
    assert transaction.to in (*ADDRESSES.values(), GATE, ADAPTER)
    assert len(transaction.data) >= 4


@pytest.mark.parametrize("call", TAKES.values(), ids=TAKES)
def test_unchecked__take__reads_the_task_alone(call: Callable[[], Flow[Transaction[Any]]]) -> None:
    flow = call()
    assert next(flow) == ask_view(ADDRESSES["Lens"], contract("Lens").functions["task"].encode(1))
    with pytest.raises(StopIteration) as end:
        flow.send(task_ruled_by(ADDRESSES["Court"]))
    assert end.value.value.to == ADDRESSES["TaskEscrow"]
    flow = call()
    next(flow)
    with pytest.raises(errors.UnknownArbitrator):
        flow.send(task_ruled_by(SOMEBODY))


def test_unchecked__take_with_an_arbitrator_accepted__only_that_one() -> None:
    for accepted, refused in ((SOMEBODY, False), (ME, True)):
        flow = submissions.take(UNCHECKED, 1, 2, accept_arbitrator=accepted)
        next(flow)
        with pytest.raises(errors.UnknownArbitrator if refused else StopIteration):
            flow.send(task_ruled_by(SOMEBODY))


def test_unchecked__take_with_a_grader__only_one_that_is_listed_or_accepted() -> None:
    listed = replace(UNCHECKED, deployment=replace(UNCHECKED.deployment, graders={"gold": GRADER}))
    for context, accepted, refused in ((listed, None, False), (UNCHECKED, None, True), (UNCHECKED, GRADER, False)):
        flow = submissions.take(context, 1, 2, accept_grader=accepted)
        next(flow)
        with pytest.raises(errors.UnknownGrader if refused else StopIteration):
            flow.send(task_ruled_by(ADDRESSES["Court"], grader=GRADER))


def task_ruled_by(arbitrator: str, grader: str = ZERO_ADDRESS) -> Task:
    """What the lens answers when it is asked for a task."""
    terms = TaskParameters(arbitrator, ZERO_ADDRESS, grader, *[1] * 14, terms=TERMS)  # type: ignore[misc]
    return Task(terms, ME, ADDRESSES["Token"], 0, 0, 0, 0, False, False)


@pytest.mark.parametrize(
    ("flow", "error"),
    [
        (lambda: submissions.claim_many(UNCHECKED, []), errors.ArgumentError),
        (lambda: submissions.take_many(UNCHECKED, 1, list(range(33))), errors.ArgumentError),
        (lambda: submissions.take(UNCHECKED, 1, 2, gate_data=bytes(1025)), errors.ArgumentError),
        (lambda: submissions.commit(UNCHECKED, SUBMISSION, LABELS, uri="x" * 257, salt=SALT), errors.ArgumentError),
        (lambda: submissions.publish(UNCHECKED, SUBMISSION, bytes(32), uri=URI), errors.EmptyRoot),
        (lambda: challenges.commit(UNCHECKED, SUBMISSION, [], salt=SALT), errors.NoLabelsChallenged),
        (lambda: challenges.file(UNCHECKED, SUBMISSION, [2, 1], salt=SALT), errors.ItemsNotRising),
        (lambda: ledger.deposit(UNCHECKED, 0), errors.ZeroAmount),
        (lambda: ledger.transfer(UNCHECKED, 1, ADDRESSES["TaskEscrow"]), errors.BadAccount),
        (lambda: ledger.deposit_with_permit(UNCHECKED, 5, signature=b"", deadline=1), errors.BadPermit),
        (lambda: court.join(UNCHECKED, 17), errors.BadNumberOfSeats),
        (lambda: royalties.enroll(UNCHECKED, []), errors.ArgumentError),
        (lambda: royalties.pay(UNCHECKED, 1, 0), errors.ZeroAmount),
        (lambda: royalties.pay(UNCHECKED, 1, 5, memo="x" * 257), errors.ArgumentError),
        (lambda: royalties.collect_many(UNCHECKED, [1] * 33), errors.ArgumentError),
        (lambda: royalties.set_price(UNCHECKED, 1, 5), errors.NoLicenseTerms),
        (lambda: royalties.buy_license(UNCHECKED, 1, licensee=ZERO_ADDRESS), errors.NoLicensee),
        (lambda: royalties.transfer(UNCHECKED, 1, 5, ZERO_ADDRESS), errors.BadShareReceiver),
        (lambda: royalties.transfer(UNCHECKED, 1, 5, ADDRESSES["RoyaltyPool"]), errors.BadShareReceiver),
        (lambda: royalties.transfer_from(UNCHECKED, 1, 5, ME, ZERO_ADDRESS), errors.BadShareReceiver),
        (lambda: royalties.approve(UNCHECKED, 1, 2**256, SOMEBODY), errors.ArgumentError),
        (lambda: arbitrators.execute(UNCHECKED, "klerus", 0), errors.ArgumentError),
        (lambda: arbitrators.execute(UNCHECKED, SOMEBODY, 0), errors.UnlistedArbitrator),
        (lambda: arbitrators.appeal(UNCHECKED, SOMEBODY, 0), errors.UnlistedArbitrator),
        (lambda: arbitrators.submit_evidence(UNCHECKED, "kleros", 0, "x" * 257), errors.ArgumentError),
        (lambda: wallets.wrap(UNCHECKED, 0), errors.ZeroAmount),
        (lambda: wallets.unwrap(UNCHECKED, 0), errors.ZeroAmount),
        (lambda: relays.execute(UNCHECKED, REQUEST, min_fee=8), errors.FeeTooLow),
        (lambda: relays.execute(UNCHECKED, REQUEST, min_fee=5, token=SOMEBODY), errors.FeeTooLow),
        (lambda: relays.execute(UNCHECKED, request(ledger=SOMEBODY), min_fee=5), errors.FeeTooLow),
        (lambda: relays.execute(UNCHECKED, request(relayer=SOMEBODY)), errors.ForAnotherRelayer),
        (lambda: relays.execute(UNCHECKED, request(chain_id=2)), errors.RequestForAnotherRelay),
        (lambda: relays.execute(UNCHECKED, request(relay=SOMEBODY)), errors.RequestForAnotherRelay),
        (lambda: relays.execute(UNCHECKED, request(to=SOMEBODY)), errors.UnknownTarget),
        (lambda: relays.execute(UNCHECKED, request(to=SOMEBODY), accept_target=ME), errors.UnknownTarget),
        (lambda: court.commit_vote(UNCHECKED, 1, 2, salt=b"", round=0), errors.ArgumentError),
        (
            lambda: tasks.open_task(
                UNCHECKED, terms=TERMS, uri=URI, reward=0, stake=1, items=1, batch_size=1, redundancy=1,
                deadline=1, arbitration_timeout=1,
            ),
            errors.BadReward,
        ),
    ],
)  # fmt: skip
def test_unchecked__what_needs_no_node__still_refused(
    flow: Callable[[], Flow[Transaction[Any]]], error: type[errors.GoldleafError]
) -> None:
    with pytest.raises(error):
        next(flow())


def test_unchecked__deposit__approves_first_and_exactly() -> None:
    (approval,) = built_without_a_node(ledger.deposit(UNCHECKED, 5)).first
    assert approval.to == ADDRESSES["Token"]
    assert int.from_bytes(approval.data[-32:], "big") == 5


def test_unchecked__deposit_of_ether__wraps_all_of_it_first() -> None:
    wrapping, approval = built_without_a_node(
        ledger.deposit(UNCHECKED, 5, token=ADDRESSES["WrappedEther"], wrap=True)
    ).first
    assert (wrapping.to, wrapping.value, approval.value) == (ADDRESSES["WrappedEther"], 5, 0)


def test_unchecked__same_bytes_as_checked(play: Play) -> None:
    task = play.open(redundancy=2)
    client = play.annotator
    calls: list[Callable[[Any], Any]] = [
        lambda gl: gl.submissions.take.transaction(task, 1),
        lambda gl: gl.submissions.take_many.transaction(task, [0, 2]),
        lambda gl: gl.ledger.transfer.transaction(Decimal("0.5"), play.stranger.account),
        lambda gl: gl.ledger.deposit.transaction(5),
        lambda gl: gl.court.join.transaction(1),
    ]
    for call in calls:
        assert call(client).to_json() == call(client.unchecked).to_json()


def test_unchecked__what_the_chain_would_refuse__built(play: Play) -> None:
    task = play.open()
    poor = play.annotator.with_account(play.world.accounts[8]).unchecked
    assert poor.ledger.free() == 0
    poor.submissions.take.transaction(task, 0)
    poor.submissions.take.transaction(task)  # picks a slot
    poor.ledger.transfer.transaction(WEALTH, play.stranger.account)
    with pytest.raises(errors.BalanceTooLow):
        poor.submissions.take(task, 0)


def test_unfunded__all_but_the_balance__refused(play: Play) -> None:
    task = play.open()
    poor = play.annotator.with_account(play.world.accounts[8])
    with pytest.raises(errors.BalanceTooLow):
        poor.submissions.take.transaction(task, 0)
    for client in (poor.unfunded, poor.unfunded.with_account(poor.account)):
        unsigned = client.submissions.take.transaction(task, 0)
        assert unsigned.to_json() == poor.unchecked.submissions.take.transaction(task, 0).to_json()
        assert unsigned.warnings == play.annotator.submissions.take.transaction(task, 0).warnings
        with pytest.raises(errors.NoSuchSlot):
            client.submissions.take.transaction(task, 99)


def asked_by(client: Goldleaf, flow: Flow[Any]) -> list[Any]:
    """What a flow asks for, round by round."""
    asked: list[Any] = []
    answer: Any = None
    while True:
        try:
            request = flow.throw(answer) if isinstance(answer, Exception) else flow.send(answer)
        except StopIteration:
            return asked
        asked.append(request)

        def one() -> Flow[Any]:
            return (yield request)  # noqa: B023

        try:
            answer = client._run_flow(one())
        except errors.GoldleafError as error:
            answer = error


def rounds(client: Goldleaf, flow: Flow[Any]) -> int:
    """How often a flow asks."""
    return len(asked_by(client, flow))


def test_checked__independent_reads__asked_for_at_once(play: Play) -> None:
    task = play.open(redundancy=3)
    submission = play.take(task)
    client = play.stranger
    context = client._context("TaskEscrow")
    assert rounds(client, tasks.open_slots(context, task, 0)) == 2
    assert rounds(client, submissions.pick_slots(context, task, 3)) == 2
    assert rounds(client, submissions.take(context, task)) == 2
    assert rounds(client, submissions.take(context, task, 1)) == 2
    assert rounds(client, submissions.preview(context, task)) == 2
    assert rounds(client, ledger.deposit(context, 5)) == 1
    mine = play.annotator._context("TaskEscrow")
    assert rounds(client, submissions.commit(mine, submission, TERMS, uri=URI, salt=SALT)) == 1
    opening = tasks.open_task(
        play.requester._context("TaskEscrow"),
        terms=TERMS,
        uri=URI,
        reward=50_000,
        stake=3_000_000,
        items=10,
        batch_size=4,
        redundancy=1,
        deadline=timedelta(days=9),
        arbitrator=play.world.arbitrator.address,
    )
    assert rounds(client, opening) <= 4


def test_checked__each_call__asks_for_nothing_that_it_has_read_before(play: Play) -> None:
    submission, labels = play.publish(redundancy=1, tolerance_bps=2500)
    open_task = play.open()
    mine = play.annotator._context("TaskEscrow")
    other = play.stranger._context("TaskEscrow")
    play.stranger.challenges.commit(submission, [1], salt=SALT)
    play.world.travel(60)
    calls = {
        "take": submissions.take(mine, open_task, 1),
        "commit": challenges.commit(other, submission, [2], salt=SALT),
        "file": challenges.file(other, submission, [1], salt=SALT),
        "file_availability": challenges.file_availability(other, submission, [2]),
    }
    asked = {name: asked_by(play.annotator, flow) for name, flow in calls.items()}
    play.stranger.challenges.file(submission, [1], salt=SALT)
    challenge = challenge_id(submission, 0)
    for name, flow in (
        ("concede", challenges.concede(mine, challenge)),
        ("defend", challenges.defend(mine, challenge)),
    ):
        asked[name] = asked_by(play.annotator, flow)
    withheld = play.stranger.challenges.file_availability(submission, [2]).result.challenge
    asked["answer"] = asked_by(play.annotator, challenges.answer(mine, withheld, labels, 2))
    asked["unanswered"] = asked_by(play.annotator, challenges.unanswered(mine, withheld))
    play.annotator.challenges.answer(withheld, labels, 2)
    play.world.travel(2 * DAY)
    asked["settle"] = asked_by(play.stranger, challenges.settle(other, challenge))
    asked["settle, with items"] = asked_by(play.stranger, challenges.settle(other, challenge, [1]))
    play.stranger.challenges.settle(challenge, [1])
    asked["settle, of availability"] = asked_by(play.stranger, challenges.settle(other, withheld))
    play.stranger.challenges.settle(withheld, [2])
    play.world.travel(4 * DAY)
    asked["claim"] = asked_by(play.annotator, submissions.claim(mine, submission))
    for name, requests in asked.items():
        seen: list[Any] = []
        for request in requests:
            now = [*request] if isinstance(request, tuple) else [request]
            assert not [ask for ask in now if ask in seen], name
            seen += now
        assert requests, name
    assert len(asked["file"]) == len(asked["file_availability"]) == 2
    assert len(asked["answer"]) == 1
