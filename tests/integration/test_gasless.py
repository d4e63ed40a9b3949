"""A task and its jury by people who hold tokens and not one unit of ether, in process and on a node.

An annotator with a credential deposits by a signed allowance, takes, commits, publishes, is paid and withdraws. Jurors
with credentials take seats, vote and withdraw. All they do is sign; a relayer sends, for a fee out of their free
balances.
"""

from collections.abc import Iterator
from typing import Any

import boa
import pytest
from eth_account.signers.local import LocalAccount

from goldleaf.labels import LabelSet
from goldleaf.signing.relaying import SignedRequest
from goldleaf.types import SubmissionState
from tests.chains import AnvilChain, Chain, InProcessChain, anvil
from tests.credentials import Board
from tests.protocol import DAY, SALT, URI, Protocol, Work
from tests.relayed import Gasless, call, permit, signer
from tests.royalty import Royalties

FEE = 7  # base units, for each request
PURSE = 1000


@pytest.fixture(params=["in process", pytest.param("anvil", marks=pytest.mark.anvil)])
def chain(request: pytest.FixtureRequest) -> Iterator[Chain]:
    if request.param == "in process":
        with boa.env.anchor():
            yield InProcessChain()
    else:
        with anvil() as node:
            yield node


class Person:
    """Somebody with a key and tokens, who signs and never sends."""

    def __init__(self, name: str, gasless: Gasless, protocol: Protocol, ledger: Any, abi: str) -> None:
        self.key: LocalAccount = signer(f"gasless {name}")
        self.address = self.key.address
        self.gasless, self.protocol = gasless, protocol
        # Where the person acts, and keeps a free balance.
        self.ledger, self.abi = ledger, abi
        self.relayer = gasless.chain.account()
        self.requests = 0
        protocol.token.mint(self.address, PURSE * protocol.unit)

    def act(self, function: str, *arguments: Any) -> int:
        """Signs, passes the request on as a file, and has it sent; returns the number that the call returned."""
        return self.act_at(self.ledger, self.abi, function, *arguments)

    def act_at(self, contract: Any, abi: str, function: str, *arguments: Any, ledger: Any = None) -> int:
        """`act` at another contract; the fee comes from the same ledger, unless another is named."""
        request = self.gasless.request(
            self.key,
            contract,
            call(abi, function, *arguments),
            ledger=ledger or self.ledger,
            token=self.protocol.token,
            fee=FEE,
            relayer=self.relayer,
        )
        sent = SignedRequest.from_bytes(request.sign(self.key).to_bytes())
        sent.check()
        self.requests += 1
        return int.from_bytes(self.gasless.execute(sent, self.relayer))

    def deposit(self) -> None:
        """Brings all tokens in, by a permit."""
        token, amount = self.protocol.token, PURSE * self.protocol.unit
        deadline = self.gasless.chain.now + DAY
        signature = permit(token, self.key, self.ledger.address, amount, deadline, self.gasless.chain.id)
        self.act("deposit_with_permit", token.address, amount, self.address, deadline, *signature)

    def withdraw(self) -> int:
        """Takes everything out but the fee for that; returns what the person owns then."""
        token = self.protocol.token
        self.act("withdraw", token.address, self.ledger.free(token, self.address) - FEE, self.address)
        assert self.ledger.free(token, self.address) == 0
        assert token.balanceOf(self.relayer) == self.requests * FEE
        return int(token.balanceOf(self.address))

    def never_sent(self) -> bool:
        chain = self.gasless.chain
        if isinstance(chain, AnvilChain):
            eth = chain.web3.eth
            return eth.get_balance(self.address) == eth.get_transaction_count(self.address) == 0
        return bool(boa.env.get_balance(self.address) == 0)


def test_gasless__annotator_and_jurors_without_ether__work_rule_and_are_paid(chain: Chain) -> None:
    gasless = Gasless(chain)
    board = Board(relay=gasless.relay.address, chain=chain)
    protocol = Protocol(arbitrator="Court", relay=gasless.relay.address, gate=board.gate.address, chain=chain)
    escrow, court = protocol.escrow, protocol.jury.court
    task = protocol.open(gate=board.gate.address, redundancy=2, items=20, batch_size=10)
    terms = protocol.parameters_of(task)

    # The annotator delivers; so does a sibling, who pays for their own gas.
    annotator = Person("annotator", gasless, protocol, escrow, "TaskEscrow")
    annotator.deposit()
    submission = annotator.act("take", task, 0, board.issue(annotator.address).gate_data)
    labels = LabelSet([f"label of item {item}" for item in terms.items_of(0)])
    work = Work(submission, annotator.address, labels)
    annotator.act("commit", submission, protocol.commitment(work))
    other = protocol.account()
    sibling = protocol.take(task, 2, other, board.issue(other).gate_data)
    protocol.commit(sibling)
    annotator.act("publish", submission, labels.root, SALT, URI)
    protocol.publish(sibling)

    # Jurors with credentials take their seats.
    jurors = [Person(f"juror {number}", gasless, protocol, court, "Court") for number in range(3)]
    for juror in jurors:
        juror.deposit()
        juror.act("join", 1, board.issue(juror.address).gate_data)
    protocol.travel(protocol.jury.parameters.join_delay)
    for seat in (1, 2, 3):
        court.ready(seat)

    # A challenge, which the annotator defends and the jurors find unfounded.
    challenge = protocol.challenge(work, [3])
    annotator.act("defend", challenge, court.arbitration_cost())
    protocol.jury.draw(1)
    for juror in jurors:
        juror.act("commit_vote", 1, protocol.jury.commitment(1, juror.address, 2))
    for juror in jurors:
        juror.act("reveal_vote", 1, juror.address, 2, SALT)
    protocol.jury.pass_phase(1)
    protocol.jury.finish(1)
    annotator.act("settle", challenge, [3])

    protocol.pass_window(work)
    annotator.act("claim", submission)
    assert protocol.lens.submission(submission).state == SubmissionState.PAID

    # Half of what is left of the challenger's bond is the annotator's as defender, half as annotator.
    bond, cost = protocol.bond(work, 1), court.arbitration_cost()
    earned = 10 * terms.reward + bond - cost
    assert annotator.withdraw() == PURSE * protocol.unit + earned - annotator.requests * FEE
    for seat, juror in enumerate(jurors, start=1):
        juror.act("leave", seat)
    protocol.travel(court.seat(3).leaves_at - protocol.now)
    court.draw()
    for juror in jurors:
        assert juror.withdraw() == PURSE * protocol.unit + cost // 3 - juror.requests * FEE
    assert (annotator.requests, [juror.requests for juror in jurors]) == (8, [6, 6, 6])
    assert all(person.never_sent() for person in [annotator, *jurors])


def test_gasless__contributor_without_ether__collects_and_withdraws_royalties(chain: Chain) -> None:
    """The fee of what brings no money in comes from the escrow, of the rest out of the royalties themselves."""
    gasless = Gasless(chain)
    royalties = Royalties(relay=gasless.relay.address, chain=chain)
    token, pool = royalties.token, royalties.pool
    annotator = Person("contributor", gasless, royalties, royalties.escrow, "TaskEscrow")
    annotator.deposit()
    task = royalties.open(items=10, batch_size=10, redundancy=1)
    submission = annotator.act("take", task, 0, b"")
    labels = LabelSet([f"label of item {item}" for item in range(10)])
    annotator.act("publish", submission, labels.root, SALT, URI)
    royalties.finish(task, [Work(submission, annotator.address, labels)])

    annotator.act_at(pool, "RoyaltyPool", "enroll", [submission])
    royalties.pay(task, 1000)
    annotator.act_at(pool, "RoyaltyPool", "collect", task, annotator.address, ledger=pool)
    # A tenth of the payment is the royalty, and all labels are the annotator's.
    rest = 100 - 2 * FEE
    annotator.act_at(pool, "RoyaltyPool", "withdraw", token.address, rest, annotator.address, ledger=pool)
    assert token.balanceOf(annotator.address) == rest
    assert pool.free(token, annotator.address) == 0
    assert token.balanceOf(annotator.relayer) == annotator.requests * FEE
    assert annotator.never_sent()
