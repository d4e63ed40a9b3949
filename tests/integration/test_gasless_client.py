"""The working life of somebody who holds tokens and a key and not one unit of ether, through the SDK, on a node.

Deposit, take, commit, publish, claim, enroll, collect, withdraw: each is signed here and crosses as JSON to a relayer,
who checks what it is paid, and sends.
"""

import asyncio
import json
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from eth_account import Account
from eth_utils import keccak

from goldleaf import (
    Credential,
    LabelSet,
    RelayTerms,
    Sent,
    SignedRequest,
    SubmissionState,
    commitments,
    errors,
    permits,
)
from tests.chains import anvil
from tests.deployed import DAY, PURSE, TERMS, UNIT, Awaited, Chain, connector

pytestmark = [pytest.mark.anvil, pytest.mark.filterwarnings("ignore::goldleaf.GoldleafWarning")]

FEE = UNIT // 100
PAY = RelayTerms(fee=FEE, deadline=timedelta(minutes=10))
ANN = Account.from_key(keccak(text="ann, who has no ether"))
BOARD = Account.from_key(keccak(text="medical board"))


@pytest.fixture(params=["blocking", "awaited"])
def chain(request: pytest.FixtureRequest) -> Iterator[Chain]:
    with anvil() as node, asyncio.Runner() as runner, ExitStack() as stack:
        chain = Chain(node.web3, lambda time: node.travel(time - node.now), lambda: node.mine(1))
        chain.connect = connector(chain, request.param == "awaited", runner.get_loop(), stack, wrap=Relayable)
        yield chain


class Relayable(Awaited):
    """An asynchronous client whose calls can be relayed as well."""

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._part, name)
        if not callable(found):
            return found if isinstance(found, str) else Relayable(found, self._loop)

        def call(*args: Any, **kwargs: Any) -> Any:
            return self._loop.run_until_complete(found(*args, **kwargs))

        for way in ("relayed", "simulate"):
            if hasattr(found, way):
                setattr(call, way, Relayable(found, self._loop).__getattr__(way))
        return call


class Worker:
    """Signs; somebody else sends."""

    def __init__(self, chain: Chain) -> None:
        self.gl = chain.connect(ANN)
        self.relayer = chain.client("relayer")
        self.requests = 0

    def act(self, action: Any, *args: Any, terms: RelayTerms = PAY, **kwargs: Any) -> Sent[Any]:
        request = action.relayed(terms, *args, **kwargs)
        # What a relayer's server is sent.
        body = json.dumps(request.signed.to_json())
        arrived = SignedRequest.from_json(json.loads(body))
        assert self.relayer.relay.execute.simulate(arrived, min_fee=FEE).gas_used > 21_000
        executed = self.relayer.relay.execute(arrived, min_fee=FEE)
        self.requests += 1
        sent: Sent[Any] = self.gl.wait(executed.transaction, of=request)
        return sent


def test_gasless__annotator_without_ether__works_and_is_paid_to_the_last_unit(chain: Chain) -> None:
    requester, worker = chain.client("requester"), Worker(chain)
    gl = worker.gl
    gate = chain._deploy("gates/CredentialGate", chain.deployment.contracts["Relay"], BOARD.address, "oncology").address
    credential = Credential(chain.deployment.chain_id, gate, "oncology", ANN.address, chain.now + 90 * DAY, 1)
    chain._send(chain.token.functions.mint(ANN.address, PURSE).build_transaction({"from": chain.deployer}))
    requester.ledger.deposit(Decimal(100))
    opened = requester.tasks.open(
        terms=TERMS,
        items=3,
        uri="ipfs://manifest",
        reward=Decimal(1),
        stake=Decimal(10),
        batch_size=3,
        redundancy=2,
        royalty_bps=1000,
        deadline=timedelta(days=14),
        gate=gate,
        accept_small_court=True,
    )
    task = opened.result.task

    # All that is hers comes in by one signature for the token and one for the relay.
    permit = gl.ledger.permit(PURSE)
    deadline = int(permit["message"]["deadline"])
    signature = permits.sign(permit, ANN)
    worker.act(gl.ledger.deposit_with_permit, PURSE, signature=signature, deadline=deadline)
    with pytest.raises(errors.NotAdmitted):
        worker.act(gl.submissions.take, task)
    taken = worker.act(gl.submissions.take, task, gate_data=credential.sign(BOARD))
    submission = taken.result.submission
    labels = LabelSet([True, False, True])
    salt = commitments.new_salt()
    worker.act(gl.submissions.commit, submission, labels, uri="ipfs://labels", salt=salt)
    chain.travel_to(chain.now + 14 * DAY)
    worker.act(gl.submissions.publish, submission, labels, uri="ipfs://labels", salt=salt)
    chain.travel_to(chain.now + 5 * DAY)
    assert worker.act(gl.submissions.claim, submission).result.pay == 3 * UNIT
    assert gl.submissions.get(submission).state == SubmissionState.PAID

    # Her share of what the labels earn: a tenth, over the six labels that were asked for, of which three are hers.
    requester.tasks.close(task)
    worker.act(gl.royalties.enroll, terms=RelayTerms(fee=FEE, ledger="TaskEscrow"))
    requester.royalties.ledger.deposit(120 * UNIT)
    requester.royalties.pay(task, 60 * UNIT, memo="for a model")
    requester.royalties.set_price(task, Decimal(60), terms=TERMS)
    license = requester.royalties.buy_license.simulate(task, licensee=ANN.address, terms=TERMS, max_price=Decimal(60))
    assert license.result.price == 60 * UNIT
    requester.royalties.buy_license(task, terms=TERMS)
    assert worker.act(gl.royalties.collect, task).result.amount == 6 * UNIT

    worker.act(gl.royalties.ledger.withdraw, gl.royalties.ledger.free() - FEE)
    worker.act(gl.ledger.withdraw, gl.ledger.free() - FEE)
    assert gl.ledger.free() == gl.royalties.ledger.free() == 0
    assert chain.balance(ANN.address) == PURSE + 3 * UNIT + 6 * UNIT - worker.requests * FEE
    assert worker.requests == 9
    assert worker.relayer.ledger.wallet() == PURSE + worker.requests * FEE
    eth = chain.web3.eth
    assert eth.get_balance(ANN.address) == eth.get_transaction_count(ANN.address) == 0
