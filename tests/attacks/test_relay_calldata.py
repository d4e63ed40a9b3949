"""Calldata bent so that it runs into the address that the relay appends; calls that are not what they seem."""

import boa
import pytest
from eth_utils import function_signature_to_4byte_selector

from goldleaf.signing.relaying import SignedRequest
from goldleaf.types import ZERO_ADDRESS
from tests.adapter import Adapted
from tests.chains import abi_of, deployer
from tests.credentials import Board
from tests.relayed import Gasless, call_as, signer
from tests.royalty import Royalties

PAYMENT = function_signature_to_4byte_selector("withdraw(address,uint256,address)")
VICTIM, THIEF = signer("victim of bent calldata"), signer("bender")


@pytest.fixture(scope="module")
def gasless():
    return Gasless()


@pytest.fixture(scope="module")
def royalties(gasless):
    royalties = Royalties(relay=gasless.relay.address)
    for account in (VICTIM, THIEF):
        royalties.accounts.append(account.address)
        royalties.provide_in_pool(account.address, 1000)
    return royalties


def word(value):
    return int(value, 16).to_bytes(32) if isinstance(value, str) else value.to_bytes(32)


def test_dynamic_argument_that_lies_in_the_appended_address__is_read_and_changes_no_payer(gasless, royalties):
    """`pay` of a text whose length and bytes are wherever the signer says: beyond the calldata it is refused, in the
    appended address it is some length; whoever pays is the signer."""
    task = royalties.finished()[0].task
    head = royalties.pool.pay.prepare_calldata(task, 1, "")[:4] + word(task) + word(1)
    paid = 0
    # Of a text of no bytes the length is a word; here it is laid over the calldata's end step by step.
    for offset in (96, 88, 80, 76, 75, 64, 44, 32, 2**255, 2**256 - 32):
        data = head + word(offset) + word(0) * (offset == 96)
        before = royalties.earned(THIEF.address)
        try:
            gasless.act(THIEF, royalties.pool, data)
        except boa.BoaError:
            continue
        paid += before - royalties.earned(THIEF.address)
    assert paid > 0
    assert royalties.earned(THIEF.address) == 1000 - paid
    assert royalties.earned(VICTIM.address) == 1000
    royalties.assert_pool_conserved(task)


def test_arguments_cut_short__read_out_of_the_appended_address__act_for_the_signer_alone(gasless, royalties):
    """A last argument cut by up to its 20 low bytes is the signer's address or a part of it, never another's."""
    token, pool = royalties.token, royalties.pool
    whole = pool.withdraw.prepare_calldata(token, 1, VICTIM.address)
    for cut in (1, 4, 12, 19, 20):
        before = royalties.earned(VICTIM.address)
        gasless.act(THIEF, pool, whole[:-cut])
        assert royalties.earned(VICTIM.address) == before
    with boa.reverts():
        gasless.act(THIEF, pool, whole[:-21])
    with boa.reverts():
        gasless.act(THIEF, pool, whole[:4])


@pytest.mark.parametrize("behind_a_relay", [True, False])
def test_call_from_the_empty_address__that_names_somebody__is_nobodys(gasless, behind_a_relay):
    """A node asks as the empty address where no sender is given. Without a relay that is no relay either."""
    relay = gasless.relay.address if behind_a_relay else ZERO_ADDRESS
    harness = deployer("mocks/ActorHarness").deploy(relay)
    assert call_as(harness, VICTIM.address, "actor_of_call", sender=ZERO_ADDRESS) == word(ZERO_ADDRESS)


@pytest.mark.parametrize(
    "path", ["TaskEscrow", "Court", "RoyaltyPool", "Relay", "gates/CredentialGate", "adapters/Erc792Adapter"]
)
def test_payment_of_the_fee__at_any_contract_behind_a_relay__is_a_withdrawal_or_nothing(path):
    """No other function has its selector, so a signed fee can never do anything else."""
    selectors = {
        function_signature_to_4byte_selector(f"{entry['name']}({','.join(types_of(entry))})"): entry["name"]
        for entry in abi_of(path)
        if entry["type"] == "function"
    }
    ledgers = {"TaskEscrow", "Court", "RoyaltyPool"}
    assert selectors.get(PAYMENT) == ("withdraw" if path in ledgers else None)


def types_of(entry):
    return [canonical(each) for each in entry["inputs"]]


def canonical(argument):
    if not argument["type"].startswith("tuple"):
        return argument["type"]
    inner = ",".join(canonical(each) for each in argument["components"])
    return f"({inner}){argument['type'][5:]}"


def test_fee_from_a_contract_behind_the_relay__that_is_no_ledger__is_refused(gasless, royalties):
    relay = gasless.relay.address
    for no_ledger in (gasless.relay, Board(relay=relay).gate, Adapted(relay=relay).arbitrator):
        signed = gasless.signed(
            THIEF,
            royalties.pool,
            royalties.pool.withdraw.prepare_calldata(royalties.token, 1, THIEF.address),
            ledger=no_ledger,
            token=royalties.token,
            fee=1,
        )
        with boa.reverts():
            gasless.execute(signed)
        assert not gasless.relay.is_used(THIEF.address, signed.request.nonce)


def test_request_bent_in_its_own_encoding__is_what_was_signed_or_refused(gasless, royalties):
    """The relay reads a request once, whatever lies where in the calldata: another text is another digest."""
    data = royalties.pool.withdraw.prepare_calldata(royalties.token, 1, THIEF.address)
    request = gasless.request(VICTIM, royalties.pool, data)
    harmless = gasless.signed(VICTIM, gasless.relay, gasless.relay.cancel.prepare_calldata(5), nonce=request.nonce)
    calldata = SignedRequest(request, harmless.signature).calldata()
    honest = harmless.calldata()
    before = royalties.earned(VICTIM.address)
    # The offsets of the request, of its calldata and of the signature, each laid elsewhere.
    for bent in (calldata, honest + calldata[4:], calldata + honest[4:]):
        for position in (4, 36, 4 + 64 + 64):
            for offset in (0, 32, 64, 96, 0x120, len(calldata) - 36, 2**255):
                tampered = bent[:position] + word(offset) + bent[position + 32 :]
                boa.env.execute_code(gasless.relay.address, sender=THIEF.address, data=tampered)
    # What was signed happened, for one of them is the request itself.
    assert gasless.relay.is_used(VICTIM.address, 5)
    assert royalties.earned(VICTIM.address) == before
