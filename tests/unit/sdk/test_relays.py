"""Calls that somebody else sends: signed by who acts, checked and sent by a relayer."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from eth_account import Account

from goldleaf import (
    ZERO_ADDRESS,
    Call,
    Goldleaf,
    RelayTerms,
    SignedRequest,
    errors,
    events,
    permits,
    submission_id,
)
from goldleaf.signing.typed_data import sign
from tests.in_process import GAS_LIMIT, HOUR, Play, World
from tests.relayed import signer

FEE = 7
FREE = RelayTerms()
PAID = RelayTerms(fee=FEE)
PURSE = 400_000_000


@pytest.fixture
def ann(play: Play) -> Goldleaf:
    """Holds a key, a free balance, and no ether."""
    world, key = play.world, signer("ann")
    world.reach("ann", lambda: play.stranger.ledger.transfer(100_000_000, key.address))
    world.token.functions.mint(key.address, PURSE).transact({"from": world.accounts[0]})
    assert world.web3.eth.get_balance(key.address) == 0
    return Goldleaf(world.web3, world.deployment, key, gas_limit=GAS_LIMIT)


@pytest.fixture
def relayer(play: Play) -> Goldleaf:
    return play.stranger


def test_relayed__an_action__done_by_who_signed_for_a_fee(play: Play, ann: Goldleaf, relayer: Goldleaf) -> None:
    task = play.open()
    before = relayer.ledger.wallet()
    request = ann.submissions.take.relayed(PAID, task, 1)
    assert request.name == "TaskEscrow.take" and request.signed is not None
    # It crosses as JSON.
    arrived = SignedRequest.from_json(json.loads(json.dumps(request.signed.to_json())))
    assert arrived == request.signed == SignedRequest.from_bytes(request.signed.to_bytes())
    sent = relayer.relay.execute(arrived, min_fee=FEE)
    assert sent.result == events.Relayed(
        str(ann.account), play.world.escrow.address, str(relayer.account), request.request.nonce
    )
    seen = ann.wait(sent.transaction, of=request)
    assert seen.result == events.Taken(submission_id(task, 1), str(ann.account), seen.result.due)
    assert seen.name == "TaskEscrow.take" and seen.result in sent.events
    assert relayer.ledger.wallet() == before + FEE
    with pytest.raises(errors.NonceUsed):
        relayer.relay.execute(arrived)
    assert ann.relay.is_used(request.request.nonce)


def test_relayed__terms__stand_in_the_request(play: Play, ann: Goldleaf, relayer: Goldleaf) -> None:
    world = play.world
    asked = ann.ledger.transfer.relayed(FREE, 5, play.stranger.account or "").request
    assert (asked.fee, asked.token, asked.ledger, asked.relayer) == (0, *[ZERO_ADDRESS] * 3)
    assert abs(asked.deadline - world.now - HOUR) <= 5
    terms = RelayTerms(fee=Decimal("0.5"), deadline=timedelta(days=1), relayer=relayer.account, ledger="Court", nonce=9)
    asked = ann.ledger.transfer.relayed(terms, 5, play.stranger.account or "").request
    assert (asked.fee, asked.token, asked.ledger) == (500_000, world.token.address, world.court.address)
    assert (asked.relayer, asked.nonce) == (relayer.account, 9)
    assert abs(asked.deadline - world.now - 24 * HOUR) <= 5
    # Unless told otherwise, fees come from the ledger of the contract that is called.
    assert ann.court.draw.relayed(PAID).request.ledger == world.court.address
    pool = ann.unchecked.royalties.collect.relayed(PAID, 1).request
    assert pool.ledger == pool.to == world.pool.address
    with pytest.raises(errors.ArgumentError):
        ann.court.draw.relayed(RelayTerms(fee=1, ledger="Relay"))


def test_request__for_a_call_out_of_a_file__is_what_the_call_itself_would_be(
    play: Play, ann: Goldleaf, relayer: Goldleaf
) -> None:
    task = play.open()
    [step] = json.loads(json.dumps(ann.submissions.take.transaction(task, 1).to_json()))
    asked = ann.relay.request(Call.from_json(step), replace(PAID, nonce=3, deadline=play.world.now + HOUR))
    same = ann.submissions.take.relayed(replace(PAID, nonce=3, deadline=play.world.now + HOUR), task, 1)
    # The fee comes from the escrow's ledger in both.
    assert asked == same.request
    sent = relayer.relay.execute(asked.sign(signer("ann")))
    assert [type(event) for event in sent.events if isinstance(event, events.Taken)] == [events.Taken]


def test_request__for_a_call_that_cannot_be_relayed__refused(play: Play, ann: Goldleaf, relayer: Goldleaf) -> None:
    [call] = ann.ledger.transfer.transaction(5, str(relayer.account)).steps
    with pytest.raises(errors.ArgumentError, match="sender"):
        relayer.relay.request(call, FREE)
    with pytest.raises(errors.ArgumentError, match="chain id"):
        ann.relay.request(replace(call, chain_id=call.chain_id + 1), FREE)
    with pytest.raises(errors.NotRelayable, match="ether"):
        ann.relay.request(replace(call, value=1), FREE)
    with pytest.raises(errors.NotTrustedByTarget):
        ann.relay.request(replace(call, to=play.world.token.address), FREE)
    with pytest.raises(errors.RequestExpired):
        ann.relay.request(call, RelayTerms(deadline=play.world.now))


@pytest.mark.parametrize("name", ["from", "to", "data", "chainId", "value"])
@pytest.mark.parametrize("value", [None, "0x", "five", 5, "drop"])
def test_call__out_of_json_that_is_none__refused(play: Play, ann: Goldleaf, name: str, value: object) -> None:
    [step] = ann.ledger.transfer.transaction(5, ZERO_ADDRESS[:-1] + "1").to_json()
    changed = {key: each for key, each in {**step, name: value}.items() if each != "drop"}
    if (name, value) in (("data", "0x"), ("value", "drop")):  # a call without data, one without ether
        assert Call.from_json(changed).sender == ann.account
        return
    with pytest.raises(errors.ArgumentError, match="no transaction"):
        Call.from_json(changed)


def test_relayed__by_a_wallet__signs_typed_data_as_json(play: Play, ann: Goldleaf, relayer: Goldleaf) -> None:
    task, key = play.open(), signer("ann")
    request = ann.with_account(key.address).submissions.take.relayed(FREE, task, 1)
    assert request.signed is None
    message = json.loads(json.dumps(request.typed_data()))
    signature = bytes(Account.sign_typed_data(key.key, full_message=message).signature)
    # As text, and as wallets write it that count recovery ids from 0.
    for given in (signature, "0x" + signature.hex(), signature[:64] + bytes([signature[64] - 27])):
        assert request.with_signature(given) == request.request.sign(key)
    with pytest.raises(errors.ArgumentError):
        request.with_signature("0xnothing")
    sent = relayer.relay.execute(request.with_signature(signature))
    assert ann.wait(sent.transaction, of=request).result.annotator == key.address


def test_relayed__what_the_call_refuses__refused_before_signing(play: Play, ann: Goldleaf) -> None:
    with pytest.raises(errors.NoSuchTask):
        ann.submissions.take.relayed(FREE, 9, 1)
    task = play.open(stake=500_000_000)
    with pytest.raises(errors.BalanceTooLow):
        ann.submissions.take.relayed(FREE, task, 1)
    ann.unchecked.submissions.take.relayed(FREE, task, 1)
    with pytest.raises(errors.NotRelayable, match=r"ERC20\.approve"):
        ann.ledger.deposit.relayed(FREE, 5)
    with pytest.raises(errors.RequestExpired):
        ann.court.draw.relayed(RelayTerms(deadline=play.world.now))


def test_relayed__arbitrator_that_is_not_known__refused_even_unchecked(play: Play, ann: Goldleaf) -> None:
    own = play.world.deploy("mocks/MockArbitrator", play.world.token.address, 3 * 10**6, 86_400)
    task = play.open(arbitrator=own.address)
    unchecked = ann.unchecked.submissions
    batch = ann.batch()
    batch.add(ann.submissions.take, task, 1)
    ways: list[Callable[[], object]] = [
        lambda: unchecked.take.relayed(FREE, task, 1),
        lambda: unchecked.take.transaction(task, 1),
        lambda: unchecked.take_many.transaction(task, [1]),
        batch.to_json,
    ]
    for build in ways:
        with pytest.raises(errors.UnknownArbitrator):
            build()
    unchecked.take.relayed(FREE, task, 1, accept_arbitrator=own.address)


def test_relayed__contract_of_another_relay__refused(play: Play, ann: Goldleaf) -> None:
    other = play.world.deploy("Relay").address
    contracts = {**play.world.deployment.contracts, "Relay": other}
    gl = Goldleaf(play.world.web3, replace(play.world.deployment, contracts=contracts), signer("ann"))
    with pytest.raises(errors.NotTrustedByTarget):
        gl.court.draw.relayed(FREE)
    gl.unchecked.court.draw.relayed(FREE)
    # It is no contract of the kind at all.
    nowhere = {**play.world.deployment.contracts, "Court": play.world.token.address}
    gl = Goldleaf(play.world.web3, replace(play.world.deployment, contracts=nowhere), signer("ann"))
    with pytest.raises(errors.NotTrustedByTarget):
        gl.court.draw.relayed(FREE)


def test_relayed__deposit_with_permit__needs_no_ether(play: Play, ann: Goldleaf, relayer: Goldleaf) -> None:
    typed_data = ann.ledger.permit(PURSE)
    deadline = int(typed_data["message"]["deadline"])
    signature = permits.sign(typed_data, signer("ann"))
    request = ann.ledger.deposit_with_permit.relayed(PAID, PURSE, signature=signature, deadline=deadline)
    assert request.signed is not None
    before = ann.ledger.free()
    sent = relayer.relay.execute(request.signed, min_fee=FEE)
    assert ann.wait(sent.transaction, of=request).result.amount == PURSE
    assert ann.ledger.free() == before + PURSE - FEE


def test_execute__not_worth_it_or_not_for_this_relayer__refused(play: Play, ann: Goldleaf, relayer: Goldleaf) -> None:
    signed = ann.court.draw.relayed(replace(PAID, ledger="TaskEscrow", relayer=play.requester.account)).signed
    assert signed is not None
    with pytest.raises(errors.ForAnotherRelayer):
        relayer.relay.execute(signed)
    with pytest.raises(errors.FeeTooLow):
        play.requester.relay.execute(signed, min_fee=FEE + 1)
    with pytest.raises(errors.FeeTooLow):
        play.requester.relay.execute(signed, min_fee=Decimal("0.5"))
    # Nothing but the call is wrong with it.
    with pytest.raises(errors.NobodyWaits):
        play.requester.relay.execute(signed, min_fee=FEE)


def test_execute__forged_late_or_cancelled__refused(play: Play, ann: Goldleaf, relayer: Goldleaf) -> None:
    request = ann.ledger.transfer.relayed(replace(FREE, nonce=3), 5, play.stranger.account or "")
    assert request.signed is not None
    forged = request.request.sign(signer("mallory"))
    with pytest.raises(errors.NotSigned):
        relayer.relay.execute(forged)
    with pytest.raises(errors.NotSigned):
        relayer.unchecked.relay.execute(forged)
    # Cancelled by a signature, since whoever has no ether cannot send.
    cancelling = ann.relay.cancel.relayed(replace(FREE, nonce=0), 3)
    assert cancelling.signed is not None
    sent = relayer.relay.execute(cancelling.signed)
    assert ann.wait(sent.transaction, of=cancelling).result == events.RequestCancelled(str(ann.account), 3)
    with pytest.raises(errors.UnexpectedAnswer):
        ann.wait(sent.transaction, of=request)
    calls: list[Callable[[], object]] = [
        lambda: relayer.relay.execute(request.signed),
        lambda: ann.relay.cancel(3),
        lambda: ann.ledger.transfer.relayed(replace(FREE, nonce=3), 5, play.stranger.account),
    ]
    for refused in calls:
        with pytest.raises(errors.NonceUsed):
            refused()
    assert ann.relay.free_nonce() == 1
    late = ann.ledger.transfer.relayed(FREE, 5, play.stranger.account or "").signed
    assert late is not None
    play.world.travel(HOUR + 10)
    with pytest.raises(errors.RequestExpired):
        relayer.relay.execute(late)


def test_execute__account_is_a_contract__asked_what_it_has_signed(play: Play, relayer: Goldleaf) -> None:
    owner = signer("owner")
    wallet = play.world.deploy("mocks/Wallet", owner.address).address
    relayer.ledger.transfer(50, wallet)
    request = relayer.with_account(wallet).ledger.transfer.relayed(FREE, 5, owner.address)
    signed = request.with_signature(sign(request.typed_data(), owner))
    assert relayer.relay.execute(signed).result.account == wallet
    assert relayer.ledger.free(account=owner.address) == 5
    again = relayer.with_account(wallet).ledger.transfer.relayed(FREE, 5, owner.address)
    with pytest.raises(errors.NotSigned):
        relayer.relay.execute(again.with_signature(sign(again.typed_data(), signer("mallory"))))


def test_execute__contract_outside_the_deployment__only_if_accepted(play: Play, relayer: Goldleaf) -> None:
    target = play.world.deploy("mocks/RelayTarget", play.world.relay.address)
    request = relayer.with_account(signer("ann")).relay.cancel.relayed(FREE, 1)
    data = target.encode_abi("act", args=[41])
    strange = replace(request.request, to=target.address, data=bytes.fromhex(data[2:])).sign(signer("ann"))
    with pytest.raises(errors.UnknownTarget):
        relayer.relay.execute(strange)
    relayer.relay.execute(strange, accept_target=target.address)


def test_free_nonce__first_word_used_up__is_of_the_next(world: World, play: Play) -> None:
    account = world.accounts[8]
    gl = play.stranger.with_account(account)
    assert gl.relay.free_nonce() == gl.relay.free_nonce(play.annotator.account) == 0
    for nonce in (0, 1, 3):
        gl.relay.cancel(nonce)
    assert gl.relay.free_nonce() == 2
