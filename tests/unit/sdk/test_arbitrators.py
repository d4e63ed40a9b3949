"""Other arbitrators: what their adapters tell, what each call refuses beforehand, and ether as a token."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from goldleaf import AdapterTerms, Case, CaseState, Goldleaf, RelayTerms, errors, events
from tests.in_process import DAY, GAS_LIMIT, Play, World
from tests.relayed import signer

COST = 10**17
EXTRA_DATA = b"two of three"
NAME = "central"
# How the arbitrable answers a ruling.
ACCEPT, REVERT = 0, 1
CASE = (7).to_bytes(32, "big")


class Scene:
    """An adapter that the deployment lists, and a contract that has brought a dispute before its arbitrator."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.ether = world.deploy("mocks/WrappedEther")
        self.judge = world.deploy("mocks/Erc792ArbitratorMock", COST)
        arguments = (world.relay.address, self.judge.address, EXTRA_DATA, self.ether.address, 10 * DAY, "ipfs://meta")
        self.adapter = world.deploy("adapters/Erc792Adapter", *arguments)
        self.case = world.deploy("mocks/ArbitrableMock", self.adapter.address)
        self.deployment = replace(
            world.deployment,
            contracts={**world.deployment.contracts, "WrappedEther": self.ether.address},
            arbitrators={NAME: self.adapter.address},
        )
        self.client = self.act_as(world.accounts[2])
        self.ether.functions.deposit().transact({"from": world.accounts[0], "value": COST})
        self.ether.functions.transfer(self.case.address, COST).transact({"from": world.accounts[0]})
        self.case.functions.create_dispute(2, CASE, world.accounts[0]).transact({"from": world.accounts[0]})

    def act_as(self, account: Any) -> Any:
        return Goldleaf(self.world.web3, self.deployment, account, gas_limit=GAS_LIMIT)

    def rule(self, ruling: int) -> None:
        self.judge.functions.rule(self.adapter.address, 0, ruling).transact({"from": self.world.accounts[0]})


@pytest.fixture
def scene(world: World) -> Scene:
    return world.reach("dispute before another arbitrator", lambda: Scene(world))


def test_terms__of_an_adapter__told_by_name_and_address(scene: Scene) -> None:
    arbitrators, address = scene.client.arbitrators, scene.adapter.address
    expected = AdapterTerms(address, scene.judge.address, EXTRA_DATA, scene.ether.address, 10 * DAY)
    assert arbitrators.terms(NAME) == arbitrators.terms(address.lower()) == expected
    assert arbitrators.arbitration_cost(NAME) == COST
    for other in (scene.world.court.address, scene.world.accounts[5]):
        with pytest.raises(errors.NotAnAdapter):
            arbitrators.terms(other)
    with pytest.raises(errors.ArgumentError, match=f"names {NAME}"):
        arbitrators.terms("kleros")


def test_case__before_and_after_the_ruling__told(scene: Scene) -> None:
    case = scene.client.arbitrators.case
    assert case(NAME, 0) == Case(scene.case.address, 2, CASE, 0, CaseState.WAITING)
    with pytest.raises(errors.UnknownForeignDispute):
        case(NAME, 1)
    scene.rule(1)
    assert case(NAME, 0) == Case(scene.case.address, 2, CASE, 1, CaseState.EXECUTED)
    [told] = scene.client.events.history(events.RulingExecuted, contract="Erc792Adapter")
    assert told.event == events.RulingExecuted(0, scene.case.address, 1)


def test_submit_evidence__in_a_known_dispute__told(scene: Scene) -> None:
    submit = scene.client.arbitrators.submit_evidence
    expected = events.Evidence(scene.judge.address, 0, str(scene.client.account), "ipfs://why")
    assert submit(NAME, 0, "ipfs://why").result == expected
    with pytest.raises(errors.UnknownForeignDispute):
        submit(NAME, 1, "ipfs://why")


def test_appeal__without_wrapped_ether__wraps_approves_and_pays(scene: Scene) -> None:
    arbitrators = scene.client.arbitrators
    with pytest.raises(errors.PaymentRefused) as refused:
        arbitrators.appeal(NAME, 0)
    assert (refused.value.value, refused.value.bound) == (0, f"at least {COST} base units")
    scene.client.ether.wrap(COST // 4)
    names = [step.name for step in arbitrators.appeal.transaction(NAME, 0, wrap=True).steps]
    assert names == ["WrappedEther.deposit", "ERC20.approve", "Erc792Adapter.appeal"]
    assert arbitrators.appeal.transaction(NAME, 0, wrap=True).steps[0].value == COST - COST // 4
    sent = arbitrators.appeal(NAME, 0, wrap=True)
    assert sent.result == events.AppealPaid(0, str(scene.client.account), COST)
    assert scene.client.ledger.wallet(token=scene.ether.address) == 0


def test_appeal__dearer_than_agreed_or_too_late__refused(scene: Scene) -> None:
    arbitrators = scene.client.arbitrators
    scene.client.ether.wrap(2 * COST)
    for client in (scene.client, scene.client.unchecked):
        with pytest.raises(errors.AppealCostAboveMaximum):
            client.arbitrators.appeal(NAME, 0, max_cost=COST - 1)
    assert len(scene.client.unchecked.arbitrators.appeal.transaction(NAME, 0, max_cost=Decimal("0.1")).steps) == 2
    scene.judge.functions.set_cost(2**255).transact({"from": scene.world.accounts[0]})
    for call in (arbitrators.appeal_cost, arbitrators.appeal):
        with pytest.raises(errors.NoAppeal):
            call(NAME, 0)
    scene.rule(2)
    with pytest.raises(errors.AlreadyRuledOn):
        arbitrators.appeal(NAME, 0)
    with pytest.raises(errors.UnknownForeignDispute):
        arbitrators.appeal(NAME, 1)


def test_execute__of_a_ruling_that_was_refused__passed_on(scene: Scene) -> None:
    execute = scene.client.arbitrators.execute
    with pytest.raises(errors.NothingToExecute):
        execute(NAME, 0)
    scene.case.functions.set_manner(REVERT).transact({"from": scene.world.accounts[0]})
    scene.rule(1)
    assert scene.client.arbitrators.case(NAME, 0).state == CaseState.RULED
    scene.case.functions.set_manner(ACCEPT).transact({"from": scene.world.accounts[0]})
    assert execute(NAME, 0).result == events.RulingExecuted(0, scene.case.address, 1)
    with pytest.raises(errors.NothingToExecute):
        execute(NAME, 0)


def test_actions__before_an_arbitrator_that_is_not_listed__refused(scene: Scene) -> None:
    stranger = Goldleaf(scene.world.web3, scene.world.deployment, scene.world.accounts[2], gas_limit=GAS_LIMIT)
    address = scene.adapter.address
    assert stranger.arbitrators.case(address, 0).state == CaseState.WAITING
    calls: tuple[Any, ...] = (stranger.arbitrators.execute, stranger.arbitrators.appeal)
    for call in calls:
        with pytest.raises(errors.UnlistedArbitrator):
            call(address, 0)


def test_relayed__evidence_and_approved_appeal__sent_by_somebody_else(scene: Scene) -> None:
    poor = signer("newcomer")
    asking, relayer = scene.act_as(poor), scene.client
    request = asking.arbitrators.submit_evidence.relayed(RelayTerms(), NAME, 0, "ipfs://why")
    done = relayer.relay.execute(request.signed)
    assert events.Evidence(scene.judge.address, 0, poor.address, "ipfs://why") in done.events
    for refused in (
        lambda: asking.unchecked.arbitrators.appeal.relayed(RelayTerms(), NAME, 0, max_cost=COST, wrap=True),
        lambda: asking.unchecked.ether.wrap.relayed(RelayTerms(), COST),
    ):
        with pytest.raises(errors.NotRelayable):
            refused()


def test_ether__wrapped_deposited_and_unwrapped__is_the_same_again(scene: Scene) -> None:
    client, token = scene.client, scene.ether.address
    assert client.ether.wrap(Decimal("0.5")).result == 5 * 10**17
    deposited = client.ledger.deposit(Decimal("0.75"), token=token, wrap=True)
    assert [step.name for step in deposited.first] == ["WrappedEther.deposit", "ERC20.approve"]
    assert (client.ledger.free(token=token), client.ledger.wallet(token=token)) == (75 * 10**16, 0)
    client.ledger.withdraw(token=token)
    with pytest.raises(errors.TransferFromRefused):
        client.ether.unwrap(Decimal("0.8"))
    before = scene.world.web3.eth.get_balance(client.account)
    assert client.ether.unwrap().result == 75 * 10**16
    assert before < scene.world.web3.eth.get_balance(client.account) <= before + 75 * 10**16
    with pytest.raises(errors.ZeroAmount):
        client.ether.unwrap()


def test_open__before_an_arbitrator_by_name__in_its_token(scene: Scene, play: Play) -> None:
    requester = scene.act_as(scene.world.accounts[1])
    requester.ledger.deposit(Decimal(1), token=scene.ether.address, wrap=True)
    amounts = {"reward": Decimal("0.1"), "stake": Decimal("0.1"), "items": 10, "batch_size": 5}
    terms = {"terms": bytes([1] * 32), "uri": "ipfs://manifest", "redundancy": 1, "deadline": play.world.now + 9 * DAY}
    opened = requester.tasks.open(**terms, **amounts, arbitrator=NAME).result
    assert (opened.token, opened.parameters.arbitrator) == (scene.ether.address, scene.adapter.address)
    assert opened.parameters.arbitration_timeout == 20 * DAY
    with pytest.raises(errors.ArgumentError):
        requester.tasks.open(**terms, **amounts, arbitrator="kleros")
