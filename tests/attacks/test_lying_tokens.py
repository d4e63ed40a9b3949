"""A token that lies about balances: its holders have what they like of it, and hold up nobody in doing so."""

import boa
import pytest
from eth_abi.abi import encode
from eth_utils import keccak

from goldleaf.types import SubmissionState
from tests.chains import deployer
from tests.protocol import DAY, Protocol, Work, reverts
from tests.royalty import Royalties

MOST = 2**128 - 1


@pytest.fixture(scope="module")
def lying() -> Royalties:
    return Royalties(token="LyingToken")


@pytest.fixture(scope="module")
def honest() -> Protocol:
    return Protocol()


def enrich(protocol: Royalties, ledger, account: str) -> None:
    """As much as the token can credit an account with in three calls: each would once have been enough to overflow."""
    for amount in (2**128, 2**255):
        protocol.token.set_arriving(amount)
        with reverts("ledger: too much arrived"):
            ledger.deposit(protocol.token, 1, account, sender=account)
    protocol.token.set_arriving(MOST)
    for _ in range(3):
        ledger.deposit(protocol.token, 1, account, sender=account)
    assert ledger.free(protocol.token, account) >= 3 * MOST
    protocol.token.set_arriving(0)


def paid_together(lying: Royalties) -> list[Work]:
    """Two published submissions whose window has passed; the first is the thief's."""
    task = lying.open(items=20, redundancy=1)
    works = [lying.deliver(task, slot)[0] for slot in range(2)]
    lying.pass_window(works[-1])
    return works


def test_a_lying_token__with_a_balance_next_to_overflow__holds_up_no_claim_of_others(lying: Royalties) -> None:
    thief, victim = paid_together(lying)
    for account in (thief.annotator, lying.requester, lying.escrow.sink()):
        enrich(lying, lying.escrow, account)
    with lying.gains(victim.annotator) as gained:
        assert lying.escrow.claim_many([thief.submission, victim.submission]) == 2
    parameters = lying.parameters_of(victim.task)
    assert gained == [parameters.stake_of(1) + 10 * parameters.reward]


def test_a_lying_token__with_a_balance_next_to_overflow__holds_up_no_settlement_of_others(lying: Royalties) -> None:
    task = lying.open(items=20, redundancy=1, tolerance_bps=0)
    works = [lying.deliver(task, slot)[0] for slot in range(2)]
    thief, victim = lying.account(), lying.account()
    challenges = [
        lying.challenge(work, [work.labels.items[0]], by) for work, by in zip(works, (thief, victim), strict=True)
    ]
    for account in (thief, lying.requester, lying.escrow.sink()):
        enrich(lying, lying.escrow, account)
    lying.travel(lying.parameters_of(task).response_period)
    bond = lying.lens.challenge(challenges[1]).bond
    with lying.gains(victim) as gained:
        assert lying.escrow.settle_many(challenges, [lying.indices[challenge] for challenge in challenges]) == 2
    assert gained[0] > bond


def test_a_lying_token__with_a_balance_next_to_overflow__holds_up_no_collection(lying: Royalties) -> None:
    """Of one account, in several data sets: one of a worthless token, next to those that earn."""
    first, second = lying.finished(redundancy=1), lying.finished(redundancy=1)
    holder = first[0].annotator
    lying.pool.enroll([work.submission for work in first + second])
    lying.pool.transfer(holder, second[0].task, 10, sender=second[0].annotator)
    for work in (first[0], second[0]):
        lying.pay(work.task, 10**9)
    enrich(lying, lying.pool, holder)
    assert lying.pool.collect_many([first[0].task, second[0].task], holder) == 2


def test_a_lying_token__in_the_same_escrow__credits_nothing_of_another(lying: Royalties, honest: Protocol) -> None:
    fake = honest.chain.deploy("mocks/LyingToken", 6)
    thief = honest.account()
    fake.set_arriving(MOST)
    honest.escrow.deposit(fake, 1, thief, sender=thief)
    assert honest.free(thief) == 0
    with reverts("ledger: balance too low"):
        honest.escrow.withdraw(honest.token, 1, thief, sender=thief)
    honest.assert_conserved()


def set_free(protocol: Royalties, account: str, amount: int) -> None:
    """A free balance that takes billions of deposits."""
    layout = deployer("TaskEscrow").compiler_data.storage_layout["storage_layout"]
    of_token = keccak(encode(["uint256", "address"], [layout["ledger"]["free"]["slot"], protocol.token.address]))
    slot = keccak(encode(["bytes32", "address"], [of_token, account]))
    boa.env.set_storage(protocol.escrow.address, int.from_bytes(slot, "big"), amount)
    assert protocol.free(account) == amount


@pytest.mark.parametrize("fee", [1, 2**10, 2**96 - 1])
@pytest.mark.parametrize("ruling", [0, 1, 2])
def test_a_lying_token__with_a_bond_wider_than_its_field__costs_its_challenger_alone(
    lying: Royalties, ruling: int, fee: int
) -> None:
    """What does not fit is read as a fee that nobody took; it is paid out of what fits, and spoils no other word."""
    work = lying.delivered(redundancy=1)
    challenger, defender = lying.account(), lying.account()
    stored = lying.bond(work, 1)
    bond = (fee << 160) + stored
    set_free(lying, challenger, bond)
    lying.provide(defender, lying.arbitrator.arbitration_cost())
    with lying.gains(challenger, defender, work.annotator) as gained:
        challenge = lying.challenge(work, [0], challenger, bond)
        lying.travel(DAY)
        lying.defend(challenge, defender)
        lying.rule(challenge, ruling)
        lying.settle(challenge)
    prize = lying.parameters_of(work.task).reward // 4 if ruling == 1 else 0
    assert sum(gained) == prize - (fee << 160)
    assert gained[0] <= prize - (fee << 160)
    assert min(gained[1:]) >= 0
    state = lying.lens.submission(work.submission)
    assert (state.state, state.annotator, state.filed) == (SubmissionState.PUBLISHED, work.annotator, 1)
    lying.pass_window(work)
    lying.escrow.claim(work.submission)
