"""Calls on behalf of who signed them."""

from dataclasses import replace

import boa
import pytest
from eth_utils import keccak

from goldleaf.signing.relaying import MAX_DATA_BYTES, SignedRequest
from goldleaf.types import ZERO_ADDRESS
from tests.protocol import DAY, Protocol, reverts
from tests.relayed import Gasless, call, flipped, gains, signer

ALICE = signer("alice")


def act(target, number=1):
    return target.act.prepare_calldata(number)


def logged(gasless):
    """What the relay logged in the last call."""
    return [log for log in gasless.relay.get_logs() if log.address == gasless.relay.address]


def test_execute__signed_by_a_key__the_account_acts(gasless, target):
    relayer = gasless.chain.account()
    signed = gasless.signed(ALICE, target, act(target, 41))
    assert int.from_bytes(gasless.execute(signed, relayer)) == 42
    [event] = logged(gasless)
    assert type(event).__name__ == "Relayed"
    told = (event.account, event.to, event.relayer, event.nonce)
    assert told == (ALICE.address, target.address, relayer, signed.request.nonce)
    assert (target.last_actor(), target.last_number(), target.acts()) == (ALICE.address, 41, 1)
    assert gasless.relay.is_used(ALICE.address, signed.request.nonce)


def test_execute__without_an_answer__returns_nothing(gasless, target):
    assert gasless.act(ALICE, target, target.act_on.prepare_calldata(b"")) == b""


@pytest.mark.parametrize("length", [0, 1, 4, 20, 21, 31, 32, 33])
def test_execute__calldata_of_any_length__arrives_whole(gasless, target, length):
    """The address that is appended neither cuts nor shifts what comes before it."""
    data = bytes(range(1, length + 1))
    gasless.act(ALICE, target, target.act_on.prepare_calldata(data))
    assert target.last_number() == int.from_bytes(keccak(data))
    assert target.last_actor() == ALICE.address


def test_execute__longest_calldata__arrives_whole(gasless, target):
    data = b"\x07" * 4000
    calldata = target.act_on.prepare_calldata(data)
    calldata += bytes(MAX_DATA_BYTES - len(calldata))
    gasless.act(ALICE, target, calldata)
    assert target.last_number() == int.from_bytes(keccak(data))


def test_execute__nonces_in_any_order__each_once(gasless, target):
    account = signer("nonces")
    for nonce in (7, 0, 255, 256, 2**256 - 1, 3):
        gasless.act(account, target, act(target), nonce=nonce)
        with reverts("relay: nonce is used"):
            gasless.act(account, target, act(target, 2), nonce=nonce)
    assert target.acts() == 6
    assert gasless.relay.used(account.address, 0) == 1 << 7 | 1 | 1 << 255 | 1 << 3
    assert gasless.relay.used(account.address, 1) == 1
    assert gasless.relay.used(account.address, 2**248 - 1) == 1 << 255
    assert not gasless.relay.is_used(account.address, 1)


def test_execute__same_nonce_of_another_account__is_its_own(gasless, target):
    for name in ("first", "second"):
        gasless.act(signer(name), target, act(target), nonce=5)
    assert target.acts() == 2


def test_execute__deadline__is_exclusive(gasless, target):
    now = gasless.chain.now
    gasless.act(ALICE, target, act(target), deadline=now + 1)
    for deadline in (now, now - 1, 0):
        with reverts("relay: deadline passed"):
            gasless.act(ALICE, target, act(target), deadline=deadline)


def test_execute__for_one_relayer__by_nobody_else(gasless, target):
    relayer, other = gasless.chain.account(), gasless.chain.account()
    signed = gasless.signed(ALICE, target, act(target), relayer=relayer)
    with reverts("relay: for another relayer"):
        gasless.execute(signed, other)
    gasless.execute(signed, relayer)


# ------------------------------------------------------------ signatures


CHANGES = {
    "account": lambda request: {"account": signer("mallory").address},
    "data": lambda request: {"data": request.data[:-1] + b"\x02"},
    "longer data": lambda request: {"data": request.data + b"\x00"},
    "nonce": lambda request: {"nonce": request.nonce + 1000},
    "deadline": lambda request: {"deadline": request.deadline + 1},
    "ledger": lambda request: {"ledger": request.to},
    "token": lambda request: {"token": request.to},
    "fee": lambda request: {"fee": 1},
    "relayer": lambda request: {"relayer": ZERO_ADDRESS},
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_execute__a_field_changed_after_signing__is_refused(gasless, target, change):
    signed = gasless.signed(ALICE, target, act(target), relayer=boa.env.eoa)
    with reverts("relay: not signed"):
        gasless.execute(replace(signed, request=replace(signed.request, **change(signed.request))), boa.env.eoa)
    gasless.execute(signed, boa.env.eoa)


def test_execute__target_changed_after_signing__is_refused(gasless, target):
    other = gasless.chain.deploy("mocks/RelayTarget", gasless.relay)
    signed = gasless.signed(ALICE, target, act(target))
    with reverts("relay: not signed"):
        gasless.execute(replace(signed, request=replace(signed.request, to=other.address)))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda signature: b"",
        lambda signature: signature[:64],
        lambda signature: signature + b"\x00",
        lambda signature: bytes(65),
        lambda signature: signature[:64] + b"\x00",
        lambda signature: signature[:64] + bytes([signature[64] - 27]),
        lambda signature: signature[:64] + bytes([55 - signature[64]]),
        lambda signature: signature[:64] + b"\x1d",
        lambda signature: b"\xff" * 64 + signature[64:],
        flipped,
    ],
    ids=["empty", "short", "long", "zero", "v 0", "v below 27", "other v", "v 29", "off the curve", "upper s"],
)
def test_execute__signature_spoilt__is_refused(gasless, target, spoil):
    signed = gasless.signed(ALICE, target, act(target))
    with reverts("relay: not signed"):
        gasless.execute(SignedRequest(signed.request, spoil(signed.signature)))
    gasless.execute(signed)


def test_execute__account_that_is_a_contract__is_asked(gasless, target):
    owner = signer("owner")
    wallet = gasless.chain.deploy("mocks/Wallet", owner.address)
    request = gasless.request(wallet.address, target, act(target))
    with reverts("relay: not signed"):
        gasless.execute(gasless.signed_by_owner(ALICE, request))
    gasless.execute(gasless.signed_by_owner(owner, request))
    assert target.last_actor() == wallet.address


def test_execute__wallet_whose_owner_changed__asks_the_new_one(gasless, target):
    """An ERC-1271 signature holds as long as the account says so."""
    owner = signer("owner")
    wallet = gasless.chain.deploy("mocks/Wallet", owner.address)
    signed = gasless.signed_by_owner(owner, gasless.request(wallet.address, target, act(target)))
    wallet.set_owner(ALICE.address)
    with reverts("relay: not signed"):
        gasless.execute(signed)


MAGIC = bytes.fromhex("1626ba7e")


@pytest.mark.parametrize(
    "answer",
    [b"", MAGIC, MAGIC + bytes(27), MAGIC + bytes(27) + b"\x01", bytes(31) + b"\x01", bytes(28) + MAGIC, b"\xff" * 32],
    ids=["nothing", "4 bytes", "31 bytes", "dirty", "true", "on the right", "wrong"],
)
def test_execute__wallet_that_answers_otherwise__is_refused(gasless, target, answer):
    wallet = gasless.chain.deploy("mocks/OddAnswers")
    wallet.set_answer(answer)
    request = gasless.request(wallet.address, target, act(target))
    with reverts("relay: not signed"):
        gasless.execute(SignedRequest(request, b""))


@pytest.mark.parametrize("extra", [0, 32])
def test_execute__wallet_that_says_yes__has_signed(gasless, target, extra):
    """As decoders of the ABI do, what follows the first word is ignored."""
    wallet = gasless.chain.deploy("mocks/OddAnswers")
    wallet.set_answer(MAGIC + bytes(28 + extra))
    gasless.execute(SignedRequest(gasless.request(wallet.address, target, act(target)), b"any"))
    assert target.last_actor() == wallet.address


def test_execute__wallet_that_reverts__is_refused(gasless, target):
    wallet = gasless.chain.deploy("mocks/OddAnswers")
    wallet.set_answer(MAGIC + bytes(28))
    wallet.set_reverts(True)
    with reverts("relay: not signed"):
        gasless.execute(SignedRequest(gasless.request(wallet.address, target, act(target)), b""))


def test_execute__wallet_that_burns_its_gas__costs_a_bounded_amount(gasless, target):
    wallet = gasless.chain.deploy("mocks/OddAnswers")
    wallet.set_burns(True)
    with reverts("relay: not signed"):
        gasless.execute(SignedRequest(gasless.request(wallet.address, target, act(target)), b""))
    assert gasless.relay._computation.get_gas_used() < 550_000


# ------------------------------------------------------------ targets


def test_execute__less_than_a_function__is_refused(gasless, target):
    request = gasless.request(ALICE, target, act(target))
    for data in (b"", act(target)[:3]):
        arguments = list(request.struct())
        arguments[2] = data
        with reverts("relay: no function"):
            gasless.relay.execute(tuple(arguments), b"")


def test_execute__target_without_code_or_with_another_relay__is_refused(gasless, target):
    chain = gasless.chain
    odd = chain.deploy("mocks/OddAnswers")
    own = bytes.fromhex(gasless.relay.address[2:])
    targets = [chain.account(), ZERO_ADDRESS, Gasless().relay, Protocol().escrow, chain.deploy("mocks/TokenMock", 6)]
    for other in targets:
        with reverts("relay: not trusted by target"):
            gasless.act(ALICE, other, act(target))
    for answer in (b"", own, b"\x01" + bytes(11) + own, bytes(11) + own, own + bytes(12)):
        odd.set_answer(answer)
        with reverts("relay: not trusted by target"):
            gasless.act(ALICE, odd, act(target))
    odd.set_answer(bytes(12) + own)
    gasless.act(ALICE, odd, act(target))
    odd.set_reverts(True)
    with reverts("relay: not trusted by target"):
        gasless.act(ALICE, odd, act(target))


def test_execute__call_fails__so_does_all_with_its_reason(gasless, target):
    signed = gasless.signed(ALICE, target, target.refuse.prepare_calldata())
    with reverts("target: refuses"):
        gasless.execute(signed)
    assert not gasless.relay.is_used(ALICE.address, signed.request.nonce)
    with boa.reverts():
        gasless.act(ALICE, target, target.fail.prepare_calldata())
    with boa.reverts():
        gasless.act(ALICE, target, b"\x12\x34\x56\x78")


def test_execute__failed_once__can_be_sent_again(gasless):
    """The nonce of what did not happen is not used."""
    protocol = Protocol(relay=gasless.relay.address)
    account = signer("later")
    protocol.accounts.append(account.address)
    data = call("TaskEscrow", "transfer", protocol.token.address, 5, protocol.requester)
    signed = gasless.signed(account, protocol.escrow, data)
    with reverts("ledger: balance too low"):
        gasless.execute(signed)
    protocol.fund(account.address, 5)
    gasless.execute(signed)
    assert protocol.free(protocol.requester) == 5


def test_execute__ether__is_refused(gasless, target):
    signed = gasless.signed(ALICE, target, act(target))
    boa.env.set_balance(boa.env.eoa, 1)
    with boa.reverts():
        gasless.relay.execute(signed.request.struct(), signed.signature, value=1)


# ------------------------------------------------------------ fees


@pytest.fixture(scope="module")
def protocol(gasless):
    return Protocol(relay=gasless.relay.address, arbitrator="Court")


def fee_of(protocol, amount, ledger=None):
    ledger = ledger or protocol.escrow
    return {"ledger": ledger.address, "token": protocol.token.address, "fee": amount}


def test_execute__with_a_fee__the_caller_is_paid_out_of_the_free_balance(gasless, protocol, target):
    account, relayer = signer("payer"), protocol.account()
    protocol.accounts.append(account.address)
    protocol.fund(account.address, 10)
    with gains(protocol, account.address, relayer) as gained:
        gasless.execute(gasless.signed(account, target, act(target), **fee_of(protocol, 7)), relayer)
    assert gained == [-7, 7]
    [event] = [log for log in gasless.relay.get_logs() if type(log).__name__ == "Withdrawn"]
    told = (event.token, event.account, event.receiver, event.amount)
    assert told == (protocol.token.address, account.address, relayer, 7)
    protocol.assert_conserved()


def test_execute__fee_from_a_court__is_paid_there(gasless, protocol, target):
    account, relayer = signer("juror"), protocol.account()
    protocol.jury.provide(account.address, 10)
    court = protocol.jury.court
    gasless.execute(gasless.signed(account, target, act(target), **fee_of(protocol, 7, court)), relayer)
    assert (court.free(protocol.token, account.address), protocol.token.balanceOf(relayer)) == (3, 7)


def test_execute__fee_out_of_what_the_call_brings__is_paid(gasless, protocol):
    """The fee comes after the call."""
    account, relayer = signer("newcomer"), protocol.account()
    protocol.token.mint(account.address, 100)
    protocol.token.approve(protocol.escrow, 100, sender=account.address)
    data = call("TaskEscrow", "deposit", protocol.token.address, 100, account.address)
    gasless.execute(gasless.signed(account, protocol.escrow, data, **fee_of(protocol, 7)), relayer)
    assert (protocol.free(account.address), protocol.token.balanceOf(relayer)) == (93, 7)


def test_execute__fee_cannot_be_paid__nothing_happens(gasless, protocol, target):
    account = signer("poor")
    signed = gasless.signed(account, target, act(target), **fee_of(protocol, 7))
    with reverts("ledger: balance too low"):
        gasless.execute(signed)
    assert target.acts() == 0
    assert not gasless.relay.is_used(account.address, signed.request.nonce)


def test_execute__fee_from_what_is_no_ledger__is_refused(gasless, protocol, target):
    for ledger in (gasless.chain.account(), protocol.token, Protocol().escrow):
        with reverts("relay: not trusted by target"):
            gasless.act(ALICE, target, act(target), **{**fee_of(protocol, 7), "ledger": ledger})
    with boa.reverts():
        # Trusts the relay, and has no `withdraw`.
        gasless.act(ALICE, target, act(target), **fee_of(protocol, 7, gasless.relay))


def test_execute__relayer_is_the_account__pays_itself(gasless, protocol, target):
    account = signer("self")
    protocol.accounts.append(account.address)
    protocol.fund(account.address, 10)
    gasless.execute(gasless.signed(account, target, act(target), **fee_of(protocol, 7)), account.address)
    assert (protocol.free(account.address), protocol.token.balanceOf(account.address)) == (3, 7)


def test_execute__far_ahead__holds_as_long_as_it_says(gasless, target):
    signed = gasless.signed(ALICE, target, act(target), deadline=gasless.chain.now + 10 * DAY)
    gasless.chain.travel(10 * DAY - 1)
    gasless.execute(signed)
