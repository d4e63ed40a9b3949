"""Gates: what they want to see, and what is said before they refuse."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from goldleaf import (
    ZERO_ADDRESS,
    Credential,
    CredentialTerms,
    Goldleaf,
    SignedCredential,
    TokenTerms,
    errors,
    events,
)
from tests.in_process import DAY, GAS_LIMIT, WEALTH, Play, World
from tests.relayed import signer

BOARD = signer("board")
DOMAIN = "oncology"
Change = Callable[[Credential], Credential]


@dataclass
class Door:
    """A gate, a task behind it, and the credential of the annotator."""

    gate: str
    task: int
    credential: Credential

    @property
    def signed(self) -> SignedCredential:
        return self.credential.sign(BOARD)


@pytest.fixture
def door(play: Play) -> Door:
    def steps() -> Door:
        world = play.world
        gate = world.deploy("gates/CredentialGate", world.relay.address, BOARD.address, DOMAIN).address
        credential = Credential(
            world.deployment.chain_id, gate, DOMAIN, str(play.annotator.account), world.now + 30 * DAY, 5
        )
        return Door(gate, play.open(gate=gate), credential)

    return play.world.reach("gated task", steps)


def issuer(world: World) -> Goldleaf:
    """A client of the board, which has ether."""
    transaction = {"from": world.accounts[0], "to": BOARD.address, "value": 10**18}
    world.web3.eth.send_transaction(transaction)
    return Goldleaf(world.web3, world.deployment, BOARD, gas_limit=GAS_LIMIT)


def test_terms__of_each_kind__told(play: Play, door: Door) -> None:
    world, gates = play.world, play.annotator.gates
    assert gates.of_task(door.task) == door.gate
    assert gates.of_task(play.open()) == gates.of_court() == ZERO_ADDRESS
    assert gates.terms(door.gate) == CredentialTerms(door.gate, BOARD.address, DOMAIN)
    plain = world.deploy("gates/TokenGate", world.token.address, 7, False, 0).address
    assert gates.terms(plain) == TokenTerms(plain, world.token.address, 7, None)
    by_id = world.deploy("gates/TokenGate", world.pool.address, 7, True, 3).address
    assert gates.terms(by_id) == TokenTerms(by_id, world.pool.address, 7, 3)
    for unknown in (world.escrow.address, str(play.annotator.account)):
        with pytest.raises(errors.UnknownGate):
            gates.terms(unknown)


def test_take__with_a_credential__admitted(play: Play, door: Door) -> None:
    gl = play.annotator
    gl.gates.check(door.gate, gate_data=door.signed)
    assert gl.gates.is_allowed(door.gate, gate_data=door.signed, task=door.task)
    as_bytes = gl.submissions.take.transaction(door.task, 0, gate_data=door.signed.gate_data)
    assert gl.submissions.take.transaction(door.task, 0, gate_data=door.signed).to_json() == as_bytes.to_json()
    assert gl.submissions.take(door.task, 0, gate_data=door.signed).result.annotator == gl.account
    assert len(gl.submissions.take_many(door.task, [1, 2], gate_data=door.signed).result) == 2


FLAWS: dict[str, tuple[Change, type[errors.CredentialError]]] = {
    "expired": (lambda it: replace(it, expires=it.expires - 31 * DAY), errors.CredentialExpired),
    "of another": (lambda it: replace(it, holder=BOARD.address), errors.CredentialOfAnother),
    "for another gate": (lambda it: replace(it, gate=BOARD.address), errors.CredentialForAnotherGate),
    "for another chain": (lambda it: replace(it, chain_id=it.chain_id + 1), errors.CredentialForAnotherGate),
    "for another domain": (lambda it: replace(it, domain="radiology"), errors.CredentialForAnotherGate),
}


@pytest.mark.parametrize(("change", "error"), FLAWS.values(), ids=FLAWS)
def test_take__credential_that_does_not_fit__says_why(
    play: Play, door: Door, change: Change, error: type[errors.CredentialError]
) -> None:
    flawed = change(door.credential).sign(BOARD)
    with pytest.raises(errors.NotAdmitted) as caught:
        play.annotator.submissions.take(door.task, 0, gate_data=flawed)
    assert type(caught.value.__cause__) is error
    assert error.advice.rstrip(".") in str(caught.value)
    with pytest.raises(error):
        play.annotator.gates.check(door.gate, gate_data=flawed)
    # So does the contract, which does not say why.
    with pytest.raises(errors.NotAdmitted):
        play.annotator.unchecked.submissions.take(door.task, 0, gate_data=flawed)


def test_check__no_credential_or_not_signed__says_so(play: Play, door: Door) -> None:
    gates = play.annotator.gates
    for data, error in (
        (b"", errors.CredentialMissing),
        (b"sesame", errors.CredentialError),
        (door.credential.sign(signer("quack")), errors.CredentialNotSigned),
        (door.signed.gate_data[:-1], errors.CredentialNotSigned),
    ):
        assert not gates.is_allowed(door.gate, gate_data=data)
        with pytest.raises(errors.CredentialError) as caught:
            gates.check(door.gate, gate_data=data)
        assert type(caught.value) is error


def test_revoke__by_the_issuer__later_credentials_alone_count(play: Play, door: Door) -> None:
    board, holder, gates = issuer(play.world), door.credential.holder, play.annotator.gates
    assert board.gates.revoke(door.gate, holder, 5).result == events.Revoked(holder, 5)
    assert gates.revoked(door.gate, holder) == 5
    with pytest.raises(errors.NotAdmitted) as caught:
        play.annotator.submissions.take(door.task, 0, gate_data=door.signed)
    assert isinstance(caught.value.__cause__, errors.CredentialRevoked)
    # A contract's signature says nothing to others; the nonce does.
    with pytest.raises(errors.CredentialRevoked):
        gates.check(door.gate, gate_data=SignedCredential(door.credential, b"by a contract"))
    gates.check(door.gate, gate_data=replace(door.credential, nonce=6).sign(BOARD))
    with pytest.raises(errors.AlreadyRevoked):
        board.gates.revoke(door.gate, holder, 5)
    with pytest.raises(errors.NotIssuer):
        gates.revoke(door.gate, holder, 6)


def test_history__of_a_gate_of_the_deployment__decoded(play: Play, door: Door) -> None:
    board, holder = issuer(play.world), door.credential.holder
    deployment = replace(play.world.deployment, gates={"oncologists": door.gate})
    gl = Goldleaf(play.world.web3, deployment, BOARD, gas_limit=GAS_LIMIT)
    sent = board.gates.revoke(door.gate, holder, 5)
    assert sent.events == () and gl.wait(sent.transaction).result == (events.Revoked(holder, 5),)
    [logged] = gl.events.history(events.Revoked, holder=holder)
    assert logged.contract == "CredentialGate"


def test_take__behind_a_token_gate__says_what_is_missing(play: Play) -> None:
    world = play.world
    gate = world.deploy("gates/TokenGate", world.token.address, WEALTH, False, 0).address
    task = play.open(gate=gate)
    with pytest.raises(errors.NotAdmitted, match=f"must be at least {WEALTH}") as caught:
        play.annotator.submissions.take(task, 0)
    assert isinstance(caught.value.__cause__, errors.TooFewTokens)
    world.token.functions.mint(play.annotator.account, WEALTH).transact({"from": world.accounts[0]})
    play.annotator.submissions.take(task, 0)
    shares = world.deploy("gates/TokenGate", world.pool.address, 1, True, 3).address
    with pytest.raises(errors.TooFewTokens, match="id 3"):
        play.annotator.gates.check(shares)
    # Its token answers nothing.
    mute = world.deploy("gates/TokenGate", world.escrow.address, 1, False, 0).address
    with pytest.raises(errors.TooFewTokens):
        play.annotator.gates.check(mute)


def test_take__behind_an_unknown_gate__asks_it_all_the_same(play: Play) -> None:
    gate = play.world.deploy("mocks/GateMock")
    task = play.open(gate=gate.address)
    with pytest.raises(errors.NotAdmitted) as caught:
        play.annotator.submissions.take(task, 0, gate_data=b"wrong")
    assert isinstance(caught.value.__cause__, errors.UnknownGate)


def test_join_and_dismiss__with_a_credential__while_it_is_good(play: Play, door: Door) -> None:
    world, board = play.world, issuer(play.world)
    parameters = world.court.functions.parameters().call()
    court = world.deploy("Court", ZERO_ADDRESS, (parameters[0], door.gate, *parameters[2:]))
    deployment = replace(world.deployment, contracts={**world.deployment.contracts, "Court": court.address})
    gl = Goldleaf(world.web3, deployment, play.annotator.account, gas_limit=GAS_LIMIT)
    assert gl.gates.of_court() == door.gate
    gl.court.ledger.deposit(WEALTH // 4)
    with pytest.raises(errors.GateRefuses) as caught:
        gl.court.join(1)
    assert isinstance(caught.value.__cause__, errors.CredentialMissing)
    seat = gl.court.join(1, gate_data=door.signed).result.first_seat
    stranger = gl.with_account(play.stranger.account)
    with pytest.raises(errors.GateRefuses) as caught:
        gl.court.renew(gate_data=b"")
    assert isinstance(caught.value.__cause__, errors.CredentialMissing)
    assert gl.court.renew(gate_data=door.signed).result.gate_data == door.signed.gate_data
    with pytest.raises(errors.GateStillAllows):
        stranger.court.dismiss(seat, gate_data=door.signed)
    board.gates.revoke(door.gate, door.credential.holder, 5)
    with pytest.raises(errors.NotHoldersData):
        stranger.court.dismiss(seat)
    assert stranger.court.dismiss(seat, gate_data=door.signed).result.holder == gl.account
