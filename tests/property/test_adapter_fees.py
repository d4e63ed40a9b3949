"""An ERC-792 arbitrator changes its fee as it likes: nobody pays more than they agreed to, and nobody is short."""

from typing import Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from goldleaf.types import Outcome, SubmissionState
from tests.adapter import Adapted, ether_of, give_ether
from tests.protocol import DAY, SINK, reverts

UNIT = 10**18
# What one label's stake allows at the opening: the jury rule asks for twice the cost.
LABELS, STAKE = 10, UNIT
LARGEST_AT_OPENING = LABELS * STAKE // 2
# The largest that the escrow accepts.
LARGEST = 2**94

fees = st.one_of(st.integers(0, 10), st.integers(0, 10 * UNIT), st.just(LARGEST - 1), st.just(LARGEST))
rulings = st.sampled_from([0, 1, 2, None])


@pytest.fixture(scope="module")
def protocol() -> Adapted:
    return Adapted()


def wealth(protocol: Adapted, account: str) -> int:
    """Free balance and wrapped ether."""
    return protocol.free(account) + int(protocol.token.balanceOf(account))


def expected(ruling: int | None, bond: int, fee: int, reward: int) -> dict[str, int]:
    """What each gains from the filing on, as docs/spec/arbitrators.md has it; the fee is what the arbitrator kept."""
    gains = {"challenger": 0, "defender": -fee, "annotator": 0, "requester": 0, "sink": 0}
    if ruling == 1:
        gains["challenger"] += reward // 4
    elif ruling == 2:
        left = max(bond - fee, 0)
        premium = min(left // 2, max(fee, reward // 4))
        gains["challenger"] -= bond
        gains["defender"] += min(fee, bond) + premium
        gains["annotator"] += left - premium
    else:
        half = min(fee // 2, bond)
        gains["challenger"] -= half
        gains["defender"] += half
    return gains


# A whole task is played each time, which is slow.
@settings(max_examples=settings().max_examples // 2)
@given(
    opening=st.integers(0, LARGEST_AT_OPENING),
    filing=fees,
    defence=fees,
    kept=st.integers(0, 100),
    appeals=st.lists(st.integers(0, 5 * UNIT), max_size=3),
    ruling=rulings,
    stranger=st.booleans(),
)
def test_fee__changes_at_every_step__nobody_is_short(
    protocol: Adapted,
    opening: int,
    filing: int,
    defence: int,
    kept: int,
    appeals: list[int],
    ruling: int | None,
    stranger: bool,
) -> None:
    """The fee at the opening, the filing, the defence and each appeal, and the percentage of it that is kept."""
    change = defence * (100 - kept) // 100
    judge, adapter, escrow = protocol.judge, protocol.adapter, protocol.escrow
    protocol.accounts = [protocol.requester]
    give_ether(protocol.chain, judge.address, change)
    judge.set_cost(opening)
    work = protocol.delivered(redundancy=1, stake=STAKE, items=LABELS, batch_size=LABELS)
    reward = protocol.parameters_of(work.task).reward

    judge.set_cost(filing)
    challenger = protocol.account()
    bond = max(reward // 2, 3 * filing)
    protocol.provide(challenger, bond)
    defender = protocol.account() if stranger else work.annotator
    protocol.provide(defender, defence)
    people = {
        "challenger": challenger,
        "defender": defender,
        "annotator": work.annotator,
        "requester": protocol.requester,
        "sink": SINK,
    }
    before = {name: wealth(protocol, account) for name, account in people.items()}
    challenge = protocol.challenge(work, [0], challenger)
    assert protocol.lens.challenge(challenge).bond == bond

    judge.set_cost(defence)
    if stranger:
        protocol.travel(DAY)
    if defence:
        with reverts("challenges: cost above maximum"):
            escrow.defend(challenge, defence - 1, sender=defender)
    judge.set_change(change)
    judged = ether_of(protocol.chain, judge.address)
    dispute = protocol.defend(challenge, defender)
    fee = defence - change
    assert protocol.lens.challenge(challenge).fee == ether_of(protocol.chain, judge.address) - judged == fee
    judge.set_change(0)
    for cost in appeals:
        judge.set_cost(cost)
        payer = protocol.payer(cost)
        adapter.appeal(dispute, cost, sender=payer)
        assert protocol.token.balanceOf(payer) == 0
    protocol.assert_conserved()

    # Whatever it costs by now: what was begun is brought to its end.
    judge.set_cost(2**256 - 1)
    if ruling is None:
        protocol.travel(protocol.parameters_of(work.task).arbitration_timeout)
    else:
        judge.rule(adapter, dispute, ruling)
    protocol.settle(challenge)
    outcome = protocol.event("Settled").outcome
    assert outcome == {1: Outcome.WRONG, 2: Outcome.NOT_WRONG}.get(ruling, Outcome.UNDECIDED)
    event(f"ruling {ruling}, fee {'above' if fee > bond else 'within'} the bond")
    gains = expected(ruling, bond, fee, reward)
    found = {name: wealth(protocol, account) - before[name] for name, account in people.items()}
    if not stranger:
        gains["defender"] = gains["annotator"] = gains["defender"] + gains["annotator"]
    assert found == gains
    assert min(found["challenger"] + bond, found["requester"]) >= 0
    assert found["defender"] >= -defence

    if protocol.now < protocol.lens.submission(work.submission).window_end:
        protocol.pass_window(work)
    escrow.claim(work.submission)
    assert protocol.lens.submission(work.submission).state == SubmissionState.PAID
    for account in protocol.accounts:
        withdraw_all(protocol, account)
    protocol.assert_conserved()


def withdraw_all(protocol: Adapted, account: Any) -> None:
    """Every free balance is there, as wrapped ether and as ether."""
    amount = protocol.free(account)
    if amount:
        protocol.escrow.withdraw(protocol.token, amount, account, sender=account)
    protocol.token.withdraw(protocol.token.balanceOf(account), sender=account)
