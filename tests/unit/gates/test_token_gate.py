"""Who holds a token is let in."""

import boa
import pytest

from goldleaf.types import ZERO_ADDRESS
from tests.chains import InProcessChain
from tests.protocol import Protocol, reverts
from tests.royalty import Royalties


@pytest.fixture(scope="module")
def chain():
    return InProcessChain()


@pytest.fixture
def holder(chain):
    return chain.account()


def gate_of(chain, token, minimum=1, has_ids=False, id=0):
    return chain.deploy("gates/TokenGate", token, minimum, has_ids, id)


def test_init__what_was_given__is_told(chain):
    token = chain.deploy("mocks/TokenMock", 6)
    gate = gate_of(chain, token, 5, True, 7)
    assert (gate.token(), gate.minimum(), gate.has_ids(), gate.id()) == (token.address, 5, True, 7)


def test_init__token_without_code__is_refused(chain):
    for token in (chain.account(), ZERO_ADDRESS):
        with reverts("gates: token has no code"):
            gate_of(chain, token)


def test_init__no_minimum__is_refused(chain):
    with reverts("gates: zero minimum"):
        gate_of(chain, chain.deploy("mocks/TokenMock", 6), 0)


def test_is_allowed__erc20__from_the_minimum_on(chain, holder):
    token = chain.deploy("mocks/TokenMock", 6)
    gate = gate_of(chain, token, 5)
    for balance, allowed in ((0, False), (4, False), (5, True), (6, True)):
        token.mint(holder, balance - token.balanceOf(holder))
        assert gate.is_allowed(holder, 1, b"") is allowed
    token.transfer(chain.account(), 2, sender=holder)
    assert not gate.is_allowed(holder, 1, b"")


def test_is_allowed__erc721__by_how_many_are_held(chain, holder):
    token = chain.deploy("mocks/CollectibleMock")
    gate = gate_of(chain, token, 2)
    for allowed in (False, True):
        token.safe_mint(holder, "")
        assert gate.is_allowed(holder, 0, b"ignored") is allowed
    # An ERC-721 reverts when asked about the empty address.
    assert not gate.is_allowed(ZERO_ADDRESS, 0, b"")


def test_is_allowed__erc1155__by_the_balance_of_that_id(chain, holder):
    token = chain.deploy("mocks/MultiTokenMock")
    gate = gate_of(chain, token, 2, True, 7)
    token.safe_mint(holder, 8, 100, b"")
    token.safe_mint(holder, 7, 1, b"")
    assert not gate.is_allowed(holder, 0, b"")
    token.safe_mint(holder, 7, 1, b"")
    assert gate.is_allowed(holder, 0, b"")


def test_is_allowed__asked_the_wrong_way__refused_without_a_revert(chain, holder):
    single, multi = chain.deploy("mocks/TokenMock", 6), chain.deploy("mocks/MultiTokenMock")
    single.mint(holder, 1)
    multi.safe_mint(holder, 0, 1, b"")
    assert not gate_of(chain, single, has_ids=True).is_allowed(holder, 0, b"")
    assert not gate_of(chain, multi).is_allowed(holder, 0, b"")


@pytest.mark.parametrize("has_ids", [False, True])
@pytest.mark.parametrize(
    ("answer", "allowed"),
    [
        (b"", False),
        (b"\x01", False),
        (b"\xff" * 31, False),
        (bytes(32), False),
        (bytes(31) + b"\x01", True),
        (b"\xff" * 32, True),
        (bytes(32) + b"\xff" * 32, False),
    ],
    ids=["nothing", "a byte", "31 bytes", "zero", "one", "all ones", "two words"],
)
def test_is_allowed__token_that_answers_oddly__never_a_revert(chain, holder, has_ids, answer, allowed):
    token = chain.deploy("mocks/OddAnswers")
    token.set_answer(answer)
    gate = gate_of(chain, token, has_ids=has_ids)
    assert gate.is_allowed(holder, 0, b"") is allowed
    token.set_reverts(True)
    assert not gate.is_allowed(holder, 0, b"")


def test_is_allowed__token_that_burns_its_gas__refused_at_a_bounded_cost(chain, holder):
    token = chain.deploy("mocks/OddAnswers")
    token.set_burns(True)
    gate = gate_of(chain, token)
    assert not gate.is_allowed(holder, 0, b"")
    assert gate._computation.get_gas_used() < 250_000


def test_is_allowed__too_little_gas_to_ask_the_token__says_so(chain, holder):
    token = chain.deploy("mocks/TokenMock", 6)
    token.mint(holder, 1)
    gate = gate_of(chain, token)
    with reverts("questions: too little gas"):
        gate.is_allowed(holder, 0, b"", gas=200_000)
    assert gate.is_allowed(holder, 0, b"", gas=300_000)


def test_take__holders_of_a_token__are_admitted(chain):
    protocol = Protocol()
    badge = chain.deploy("mocks/CollectibleMock")
    task = protocol.open(gate=gate_of(chain, badge).address)
    member = protocol.account()
    badge.safe_mint(member, "")
    assert protocol.take(task, 0, member).annotator == member
    with reverts("submissions: not admitted"):
        protocol.take(task, 1)


def test_join__holders_of_a_token__are_admitted(chain):
    badge = chain.deploy("mocks/CollectibleMock")
    protocol = Protocol(arbitrator="Court", gate=gate_of(chain, badge).address)
    member = protocol.account()
    badge.safe_mint(member, "")
    assert protocol.jury.join(holder=member) == member
    with reverts("seats: gate refuses"):
        protocol.jury.join()
    protocol.jury.chain.travel(protocol.jury.parameters.join_delay)
    badge.transferFrom(member, boa.env.eoa, 0, sender=member)
    protocol.jury.court.dismiss(1, b"")
    assert protocol.jury.court.seat(1).leaves_at > protocol.now


def test_take__contributors_to_an_earlier_data_set__are_admitted(chain):
    """Shares in a data set are ERC-6909, by the id of its task."""
    royalties = Royalties()
    [work, *_] = royalties.finished()
    royalties.pool.enroll([work.submission])
    task = royalties.open(gate=gate_of(chain, royalties.pool, 1, True, work.task).address)
    assert royalties.take(task, 0, work.annotator).annotator == work.annotator
    with reverts("submissions: not admitted"):
        royalties.take(task, 1)
