"""Forgery: nobody acts, pays or permits for another, and no signature works twice or elsewhere."""

import boa
import pytest
from eth_account import Account

from goldleaf.types import ZERO_ADDRESS
from tests.protocol import DAY, SALT, URI, Protocol, reverts


@pytest.fixture(scope="module")
def protocol() -> Protocol:
    """The relay is a plain account here, so that it can be told to append anything."""
    return Protocol(relay=boa.env.generate_address("relay"))


def call(protocol: Protocol, calldata: bytes, sender: str) -> bool:
    """Calls the escrow with these very bytes; whether it succeeded."""
    return not boa.env.execute_code(protocol.escrow.address, sender=sender, data=calldata).is_error


def suffix(account: str) -> bytes:
    return bytes.fromhex(account[2:])


def test_forged_sender_behind_the_relay__counts_for_the_relay_alone(protocol):
    victim, thief = protocol.account(free=protocol.unit), protocol.account()
    calldata = protocol.escrow.withdraw.prepare_calldata(protocol.token, protocol.unit, thief) + suffix(victim)
    for sender in (thief, protocol.arbitrator.address, protocol.token.address, protocol.escrow.address):
        assert not call(protocol, calldata, sender)
    assert protocol.free(victim) == protocol.unit
    assert call(protocol, calldata, protocol.escrow.relay())
    assert protocol.token.balanceOf(thief) == protocol.unit


def test_forged_sender_behind_the_relay__only_the_last_20_bytes_count(protocol):
    """A victim's address that the thief puts before the relay's own suffix is nothing but calldata."""
    victim, thief = protocol.account(free=protocol.unit), protocol.account()
    calldata = protocol.escrow.withdraw.prepare_calldata(protocol.token, 1, thief) + suffix(victim) + suffix(thief)
    assert not call(protocol, calldata, protocol.escrow.relay())
    assert protocol.free(victim) == protocol.unit


def test_forged_sender_without_a_relay__is_the_caller():
    """With no relay the empty address has no special right either."""
    protocol = Protocol()
    victim = protocol.account(free=protocol.unit)
    thief = protocol.account()
    calldata = protocol.escrow.withdraw.prepare_calldata(protocol.token, 1, thief) + suffix(victim)
    for sender in (ZERO_ADDRESS, thief):
        assert not call(protocol, calldata, sender)
    assert protocol.free(victim) == protocol.unit


def test_forged_sender_behind_the_relay__rules_on_nothing(protocol):
    """The relay could speak for an arbitrator only with its signature; the thief's own suffix is not it."""
    work = protocol.delivered(redundancy=1)
    dispute = protocol.defend(protocol.challenge(work, [0]))
    calldata = protocol.escrow.rule.prepare_calldata(dispute, 1)
    thief = protocol.account()
    assert not call(protocol, calldata + suffix(protocol.arbitrator.address), thief)
    assert not call(protocol, calldata + suffix(thief), protocol.escrow.relay())


def test_acting_for_another__is_refused_everywhere(protocol):
    thief = protocol.account(free=100 * protocol.unit)
    task = protocol.open(redundancy=1)
    taken = protocol.take(task)
    sealed = protocol.take(protocol.open())
    work = protocol.delivered(redundancy=1)
    challenge = protocol.challenge(work, [0])
    escrow = protocol.escrow
    attempts = {
        "tasks: not the requester": [lambda: escrow.cancel(task, sender=thief)],
        "submissions: not the requester": [lambda: escrow.accept(work.submission, sender=thief)],
        "submissions: not the annotator": [
            lambda: escrow.release(taken.submission, sender=thief),
            lambda: escrow.publish(taken.submission, SALT, SALT, URI, sender=thief),
            lambda: escrow.commit(sealed.submission, SALT, sender=thief),
        ],
        "challenges: not the annotator": [lambda: escrow.concede(challenge, sender=thief)],
        "challenges: annotator's turn": [lambda: escrow.defend(challenge, 2**256 - 1, sender=thief)],
        "challenges: unknown dispute": [lambda: escrow.rule(0, 1, sender=thief)],
        "submissions: slot is taken": [lambda: escrow.take(task, 0, b"", sender=thief)],
    }
    with protocol.gains(thief) as gained:
        for reason, calls in attempts.items():
            for attempt in calls:
                with reverts(reason):
                    attempt()
    assert gained == [0]
    protocol.assert_conserved()


# ------------------------------------------------------------ permits


class Signer:
    """An account that signs permits of the protocol's token."""

    def __init__(self, protocol: Protocol, amount: int) -> None:
        self.key = Account.create("signer")
        self.address = self.key.address
        self.token = protocol.token
        protocol.accounts.append(self.address)
        protocol.token.mint(self.address, amount)

    def permit(self, spender: str, amount: int, deadline: int) -> tuple[int, bytes, bytes]:
        _, name, version, chain_id, contract, *_ = self.token.eip712Domain()
        types = {
            "Permit": [
                {"name": "owner", "type": "address"},
                {"name": "spender", "type": "address"},
                {"name": "value", "type": "uint256"},
                {"name": "nonce", "type": "uint256"},
                {"name": "deadline", "type": "uint256"},
            ]
        }
        message = {
            "owner": self.address,
            "spender": spender,
            "value": amount,
            "nonce": self.token.nonces(self.address),
            "deadline": deadline,
        }
        domain = {"name": name, "version": version, "chainId": chain_id, "verifyingContract": contract}
        signed = self.key.sign_typed_data(domain, types, message)
        return signed.v, signed.r.to_bytes(32, "big"), signed.s.to_bytes(32, "big")


def test_replay_of_a_permit__pays_once(protocol):
    signer = Signer(protocol, 10)
    deadline = protocol.now + DAY
    signed = signer.permit(protocol.escrow.address, 5, deadline)
    deposit = (protocol.token, 5, signer.address, deadline, *signed)
    protocol.escrow.deposit_with_permit(*deposit, sender=signer.address)
    with reverts("erc20: insufficient allowance"):
        protocol.escrow.deposit_with_permit(*deposit, sender=signer.address)
    assert (protocol.free(signer.address), protocol.token.balanceOf(signer.address)) == (5, 5)


def test_replay_of_a_permit__by_somebody_else__takes_nothing(protocol):
    signer, thief = Signer(protocol, 10), protocol.account()
    deadline = protocol.now + DAY
    signed = signer.permit(protocol.escrow.address, 5, deadline)
    with reverts("erc20: insufficient allowance"):
        protocol.escrow.deposit_with_permit(protocol.token, 5, thief, deadline, *signed, sender=thief)
    # Submitting it to the token alone does not stop the signer.
    protocol.token.permit(signer.address, protocol.escrow, 5, deadline, *signed, sender=thief)
    with reverts("erc20: insufficient allowance"):
        protocol.escrow.deposit(protocol.token, 5, thief, sender=thief)
    protocol.escrow.deposit_with_permit(protocol.token, 5, signer.address, deadline, *signed, sender=signer.address)
    assert (protocol.free(signer.address), protocol.free(thief)) == (5, 0)


def test_replay_of_a_permit__on_another_chain_or_for_another_contract__is_void(protocol, monkeypatch):
    signer = Signer(protocol, 10)
    deadline = protocol.now + DAY
    elsewhere = signer.permit(protocol.account(), 5, deadline)
    with reverts("erc20: insufficient allowance"):
        protocol.escrow.deposit_with_permit(
            protocol.token, 5, signer.address, deadline, *elsewhere, sender=signer.address
        )
    here = signer.permit(protocol.escrow.address, 5, deadline)
    monkeypatch.setattr(boa.env.evm.patch, "chain_id", boa.env.evm.patch.chain_id + 1)
    with reverts("erc20: insufficient allowance"):
        protocol.escrow.deposit_with_permit(protocol.token, 5, signer.address, deadline, *here, sender=signer.address)


def test_a_standing_allowance__pays_for_its_owner_alone(protocol):
    victim, thief = protocol.account(), protocol.account()
    protocol.token.mint(victim, protocol.unit)
    protocol.token.approve(protocol.escrow, 2**256 - 1, sender=victim)
    with reverts("erc20: insufficient allowance"):
        protocol.escrow.deposit(protocol.token, protocol.unit, thief, sender=thief)
    with reverts("erc20: insufficient allowance"):
        protocol.escrow.deposit_with_permit(
            protocol.token, protocol.unit, thief, protocol.now, 27, bytes(32), bytes(32), sender=thief
        )
    assert protocol.token.balanceOf(victim) == protocol.unit
