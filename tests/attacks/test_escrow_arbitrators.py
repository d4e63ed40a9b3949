"""Arbitrators: a bad one harms nobody but the parties of its own tasks, and locks no money up."""

import boa
import pytest

from goldleaf.types import NOT_HEARD, ZERO_ADDRESS, ChallengeState, Outcome
from tests.protocol import DAY, EVIDENCE, SALT, SINK, URI, Protocol, reverts


@pytest.fixture(scope="module")
def protocol() -> Protocol:
    return Protocol(arbitrator="DishonestArbitrator")


@pytest.fixture(scope="module")
def turned() -> Protocol:
    """With an arbitrator that turns its coat after the opening."""
    return Protocol(arbitrator="AttackTurncoatArbitrator")


def rich(protocol: Protocol) -> str:
    return protocol.account(free=1000 * protocol.unit)


def defended(protocol: Protocol, **overrides):
    """A submission and a challenge of its first label, defended by the annotator."""
    work = protocol.delivered(redundancy=1, **overrides)
    challenge = protocol.challenge(work, [0])
    return work, challenge, protocol.defend(challenge)


def test_an_arbitrator_that_reverts__locks_nothing_up(protocol):
    """Nobody can defend; the annotator can concede, and time settles the rest."""
    work = protocol.delivered(redundancy=1, tolerance_bps=3000)
    protocol.provide(work.annotator, 100 * protocol.unit)
    protocol.arbitrator.set_refusing(True)
    with protocol.gains(work.annotator) as gained:
        conceded, silent = protocol.challenge(work, [0]), protocol.challenge(work, [1])
        with boa.reverts(dev="refusing"):
            protocol.defend(silent)
        protocol.escrow.concede(conceded, sender=work.annotator)
        protocol.travel(4 * DAY)
        protocol.settle(conceded)
        protocol.settle(silent)
        protocol.escrow.claim(work.submission)
    parameters = protocol.parameters_of(work.task)
    assert gained == [parameters.stake_of(0) + 8 * parameters.reward]
    assert protocol.token.allowance(protocol.escrow, protocol.arbitrator) == 0
    protocol.assert_conserved()


def test_an_arbitrator_that_never_rules__is_outlived(protocol):
    work = protocol.delivered(redundancy=1)
    parameters, cost = protocol.parameters_of(work.task), protocol.arbitrator.arbitration_cost()
    challenger, defender = rich(protocol), rich(protocol)
    with protocol.gains(challenger, defender) as gained:
        challenge = protocol.challenge(work, [0], challenger)
        protocol.travel(DAY)
        protocol.defend(challenge, defender)
        protocol.travel(parameters.arbitration_timeout - 1)
        with reverts("challenges: awaiting a ruling"):
            protocol.settle(challenge)
        protocol.travel(1)
        protocol.settle(challenge)
    assert gained == [-(cost // 2), cost // 2 - cost]
    assert protocol.lens.submission(work.submission).errors == 0
    protocol.escrow.claim(work.submission)
    protocol.assert_conserved()


def test_outlasting_the_timeout_by_appeals__a_ruling_before_the_settlement_counts(protocol):
    work, challenge, dispute = defended(protocol)
    protocol.travel(protocol.parameters_of(work.task).arbitration_timeout + 30 * DAY)
    protocol.arbitrator.rule(protocol.escrow, dispute, 1)
    protocol.settle(challenge)
    assert protocol.event("Settled").outcome == Outcome.WRONG
    assert protocol.lens.submission(work.submission).errors == 1


def test_outlasting_the_timeout_by_appeals__an_arbitrator_that_takes_longer_later(turned):
    """The timeout was fixed at the opening, whatever the arbitrator says of its duration since."""
    work = turned.delivered(redundancy=1)
    challenge = turned.challenge(work, [0])
    turned.arbitrator.turn(turned.token, 3 * turned.unit, 2**256 - 1)
    turned.defend(challenge)
    turned.travel(turned.parameters_of(work.task).arbitration_timeout)
    turned.settle(challenge)
    turned.escrow.claim(work.submission)


@pytest.mark.parametrize("duration", [2**256 - 1, 2**255, 183 * DAY])
def test_an_arbitrator_that_takes_for_ever__opens_no_task(turned, duration):
    turned.arbitrator.turn(turned.token, 0, duration)
    with reverts("tasks: bad arbitration timeout"):
        turned.open(arbitration_timeout=365 * DAY)


def test_an_arbitrator_that_rules_twice__is_heard_once(protocol):
    work, challenge, dispute = defended(protocol)
    protocol.arbitrator.rule(protocol.escrow, dispute, 2)
    for ruling in (0, 1, 2, NOT_HEARD):
        with reverts("challenges: already ruled"):
            protocol.arbitrator.rule(protocol.escrow, dispute, ruling)
    protocol.settle(challenge)
    with reverts("challenges: already ruled"):
        protocol.arbitrator.rule(protocol.escrow, dispute, 1)
    assert protocol.lens.submission(work.submission).errors == 0
    protocol.assert_conserved()


def test_an_arbitrator_that_rules_after_the_timeout__is_too_late_once_settled(protocol):
    work, challenge, dispute = defended(protocol)
    protocol.travel(protocol.parameters_of(work.task).arbitration_timeout)
    protocol.settle(challenge)
    with reverts("challenges: already ruled"):
        protocol.arbitrator.rule(protocol.escrow, dispute, 1)


@pytest.mark.parametrize("ruling", [3, 2**255, 2**256 - 2])
def test_an_arbitrator_that_rules_nonsense__is_refused(protocol, ruling):
    _, challenge, dispute = defended(protocol)
    with reverts("challenges: no such ruling"):
        protocol.arbitrator.rule(protocol.escrow, dispute, ruling)
    assert protocol.lens.challenge(challenge).state == ChallengeState.DEFENDED


def test_an_arbitrator_that_rules_on_what_it_was_not_asked__is_refused(protocol):
    _, _, dispute = defended(protocol)
    other = protocol.chain.deploy("mocks/DishonestArbitrator", protocol.token, 0, 1)
    with reverts("challenges: unknown dispute"):
        other.rule(protocol.escrow, dispute, 1)
    with reverts("challenges: unknown dispute"):
        protocol.arbitrator.rule(protocol.escrow, dispute + 1, 1)
    with reverts("challenges: unknown dispute"):
        protocol.escrow.rule(dispute, 1, sender=protocol.account())


def test_an_arbitrator_that_raises_its_cost__is_bounded_by_what_the_defender_allows(protocol):
    work = protocol.delivered(redundancy=1)
    cost = protocol.arbitrator.arbitration_cost()
    challenge = protocol.challenge(work, [0])
    protocol.provide(work.annotator, 100 * protocol.unit)
    protocol.arbitrator.set_costs(cost + 1, cost + 1)
    with reverts("challenges: cost above maximum"):
        protocol.escrow.defend(challenge, cost, sender=work.annotator)


def test_an_arbitrator_that_raises_its_cost__above_the_bond__is_paid_by_who_agreed(protocol):
    """What the bond does not cover is the defender's: nobody else's money is touched."""
    work = protocol.delivered(redundancy=1)
    bond = protocol.bond(work, 1)
    raised = 5 * bond
    challenger, defender = rich(protocol), rich(protocol)
    with protocol.gains(challenger, defender, work.annotator, protocol.requester) as gained:
        challenges = [protocol.challenge(work, [label], challenger) for label in (0, 1)]
        protocol.arbitrator.set_costs(raised, raised)
        protocol.travel(DAY)
        disputes = [protocol.defend(challenge, defender) for challenge in challenges]
        for challenge, dispute, ruling in zip(challenges, disputes, (2, 0), strict=True):
            protocol.arbitrator.rule(protocol.escrow, dispute, ruling)
            protocol.settle(challenge)
    assert gained == [-2 * bond, -2 * raised + 2 * bond, 0, 0]
    protocol.assert_conserved()


def test_an_arbitrator_that_raises_its_cost__above_the_stake__pays_no_more_out_of_it(protocol):
    """The stake rule holds for the cost at the opening; prizes and bonus are bounded by the stake, not by the bond."""
    work = protocol.delivered(redundancy=1)
    parameters = protocol.parameters_of(work.task)
    stake = parameters.stake_of(0)
    protocol.arbitrator.set_costs(5 * stake, 5 * stake)
    challenger, late = rich(protocol), rich(protocol)
    with protocol.gains(challenger, late, work.annotator, SINK) as gained:
        challenge, second = protocol.challenge(work, [0, 1], challenger), protocol.challenge(work, [2], late)
        protocol.travel(2 * DAY)
        protocol.settle(challenge)
        protocol.settle(second)
    paid, right = 2 * (parameters.reward // 4) + stake // 4, 8 * parameters.reward
    assert gained == [paid, 0, 0, stake - paid + right]
    protocol.assert_conserved()


def test_an_arbitrator_that_raises_its_cost__to_the_largest_value__is_refused(protocol):
    """Nothing overflows the words that hold fee and bond; what stands is settled by time."""
    work = protocol.delivered(redundancy=1)
    challenge = protocol.challenge(work, [0])
    for cost in (2**94 + 1, 2**256 - 1):
        protocol.arbitrator.set_costs(cost, cost)
        with reverts("challenges: cost out of bounds"):
            protocol.escrow.defend(challenge, 2**256 - 1, sender=work.annotator)
        protocol.escrow.commit_challenge(seal := protocol.challenge_commitment(work, [1], protocol.requester))
        assert protocol.escrow.committed_at(seal) == protocol.now
        protocol.travel(60)
        with reverts("challenges: cost out of bounds"):
            protocol.escrow.challenge(work.submission, [1], 2**96, EVIDENCE, URI, SALT, sender=protocol.requester)
        protocol.travel(DAY)
    protocol.settle(challenge)
    protocol.assert_conserved()


def test_an_arbitrator_that_costs_as_much_as_can_be_stored__is_paid_and_refunded_to_the_unit(protocol):
    largest = 2**94
    work = protocol.delivered(redundancy=1)
    protocol.arbitrator.set_costs(largest, largest)
    challenger, defender = (protocol.account(free=3 * largest) for _ in range(2))
    with protocol.gains(challenger, defender, work.annotator) as gained:
        challenge = protocol.challenge(work, [0], challenger)
        protocol.travel(DAY)
        dispute = protocol.defend(challenge, defender)
        state = protocol.lens.challenge(challenge)
        assert (state.bond, state.fee, state.defender) == (3 * largest, largest, defender)
        protocol.arbitrator.rule(protocol.escrow, dispute, 2)
        protocol.settle(challenge)
    assert gained == [-3 * largest, largest, largest]
    protocol.assert_conserved()


def test_an_arbitrator_that_takes_more_than_its_cost__gets_nothing(protocol):
    victim = rich(protocol)
    work = protocol.delivered(redundancy=1)
    cost = protocol.arbitrator.arbitration_cost()
    challenge = protocol.challenge(work, [0])
    protocol.arbitrator.set_costs(cost, cost + 1)
    held = protocol.token.balanceOf(protocol.escrow)
    with reverts("erc20: insufficient allowance"):
        protocol.defend(challenge)
    # The helper gave the annotator the cost.
    assert protocol.token.balanceOf(protocol.escrow) == held + cost
    assert protocol.free(victim) == 1000 * protocol.unit
    assert protocol.lens.challenge(challenge).state == ChallengeState.FILED


@pytest.mark.parametrize("taken", [0, 1, 2_999_999])
def test_an_arbitrator_that_takes_less_than_its_cost__leaves_the_rest_to_the_defender(protocol, taken):
    """The fee is what it took, and no allowance is left for later."""
    work = protocol.delivered(redundancy=1)
    cost, bond = protocol.arbitrator.arbitration_cost(), protocol.bond(work, 1)
    protocol.arbitrator.set_costs(cost, taken)
    protocol.provide(work.annotator, 10 * cost)
    with protocol.gains(work.annotator, SINK) as gained:
        challenge = protocol.challenge(work, [0])
        dispute = protocol.defend(challenge)
        assert protocol.lens.challenge(challenge).fee == taken
        protocol.arbitrator.rule(protocol.escrow, dispute, 2)
        protocol.settle(challenge)
    assert gained == [bond - taken, 0]
    assert protocol.token.allowance(protocol.escrow, protocol.arbitrator) == 0
    protocol.assert_conserved()


def test_an_arbitrator_that_takes_its_fee_later__finds_no_allowance(turned):
    work = turned.delivered(redundancy=1)
    turned.defend(turned.challenge(work, [0]))
    with reverts("erc20: insufficient allowance"):
        turned.arbitrator.pull(turned.token, turned.escrow, 1)


def test_an_arbitrator_that_changes_its_token__moves_the_task_to_no_other_money(turned):
    other = turned.chain.deploy("mocks/TokenMock", 6)
    victim = turned.account()
    other.mint(victim, turned.unit)
    other.approve(turned.escrow, turned.unit, sender=victim)
    turned.escrow.deposit(other, turned.unit, victim, sender=victim)
    work = turned.delivered(redundancy=1)
    turned.arbitrator.turn(other, 3 * turned.unit, 10 * DAY)
    challenge = turned.challenge(work, [0])
    turned.defend(challenge)
    for token in (turned.token, other):
        assert token.allowance(turned.escrow, turned.arbitrator) == 0
        with reverts("erc20: insufficient allowance"):
            turned.arbitrator.pull(token, turned.escrow, 1)
    turned.arbitrator.rule(turned.escrow, turned.disputes[challenge], 1)
    turned.settle(challenge)
    turned.pass_window(work)
    turned.escrow.claim(work.submission)
    assert other.balanceOf(turned.escrow) == turned.escrow.free(other, victim) == turned.unit
    turned.assert_conserved()


def test_an_arbitrator_that_re_uses_an_id__is_refused(protocol):
    """Otherwise a ruling on one challenge would be one on another, in another task as well."""
    protocol.arbitrator.set_next_id(7, True)
    _, first, dispute = defended(protocol)
    assert dispute == 7
    second = protocol.challenge(protocol.delivered(redundancy=1), [0])
    with reverts("challenges: dispute id reused"):
        protocol.defend(second)
    protocol.arbitrator.rule(protocol.escrow, 7, 2)
    protocol.settle(first)
    with reverts("challenges: dispute id reused"):
        protocol.defend(second)
    assert protocol.escrow.challenge_of(protocol.arbitrator, 7) == first
    protocol.assert_conserved()


def test_an_arbitrator_with_the_ids_of_another__does_not_meet_them(protocol):
    other = protocol.chain.deploy("mocks/DishonestArbitrator", protocol.token, 3 * protocol.unit, 10 * DAY)
    for arbitrator in (protocol.arbitrator, other):
        arbitrator.set_next_id(2**256 - 1, True)
    _, first, _ = defended(protocol)
    _, second, _ = defended(protocol, arbitrator=other.address)
    other.rule(protocol.escrow, 2**256 - 1, 1)
    assert protocol.lens.challenge(first).state == ChallengeState.DEFENDED
    assert protocol.lens.challenge(second).state == ChallengeState.RULED


def test_an_arbitrator_that_rules_before_it_returns__is_refused(protocol):
    work = protocol.delivered(redundancy=1)
    challenge = protocol.challenge(work, [0])
    protocol.arbitrator.set_hasty_ruling(1)
    dispute = protocol.defend(challenge)
    assert protocol.arbitrator.called()
    assert not protocol.arbitrator.succeeded()
    assert protocol.lens.challenge(challenge).state == ChallengeState.DEFENDED
    protocol.arbitrator.rule(protocol.escrow, dispute, 2)
    protocol.settle(challenge)


def test_an_arbitrator_that_rules_on_an_earlier_dispute_while_asked__is_recorded_once_and_pays_nothing(protocol):
    """`rule` is open while the escrow is locked: it records, and money waits for `settle`."""
    work, first, dispute = defended(protocol)
    second = protocol.challenge(work, [1])
    protocol.arbitrator.set_call(protocol.escrow, protocol.escrow.rule.prepare_calldata(dispute, 1))
    protocol.provide(work.annotator, protocol.arbitrator.arbitration_cost())
    with protocol.gains(*protocol.accounts) as gained:
        protocol.defend(second)
    assert protocol.arbitrator.succeeded()
    assert sum(gained) == -protocol.arbitrator.arbitration_cost()
    assert [protocol.lens.challenge(challenge).state for challenge in (first, second)] == [
        ChallengeState.RULED,
        ChallengeState.DEFENDED,
    ]
    assert protocol.lens.submission(work.submission).errors == 0
    protocol.assert_conserved()


def test_an_arbitrator_that_re_enters__is_locked_out(protocol):
    """It has money inside, a claim that is ripe, a slot that is stale and a challenge that could be settled."""
    escrow, token, own = protocol.escrow, protocol.token, protocol.arbitrator.address
    ripe, stale = protocol.delivered(redundancy=1), protocol.take(protocol.open())
    protocol.pass_window(ripe)
    work = protocol.delivered(redundancy=1, tolerance_bps=3000)
    first, second = protocol.challenge(work, [0]), protocol.challenge(work, [1])
    escrow.concede(first, sender=work.annotator)
    protocol.fund(own, 10 * protocol.unit)
    attempts = [
        escrow.withdraw.prepare_calldata(token, 1, own),
        escrow.transfer.prepare_calldata(token, 1, work.annotator),
        escrow.deposit.prepare_calldata(token, 1, own),
        escrow.claim.prepare_calldata(ripe.submission),
        escrow.settle.prepare_calldata(first, [0]),
        escrow.defend.prepare_calldata(second, 2**256 - 1),
        escrow.expire.prepare_calldata(stale.submission),
        escrow.commit_challenge.prepare_calldata(SALT),
        escrow.free.prepare_calldata(token, own),
    ]
    for calldata in attempts:
        with boa.env.anchor():
            protocol.arbitrator.set_call(escrow, calldata)
            protocol.defend(second)
            assert protocol.arbitrator.called()
            assert not protocol.arbitrator.succeeded()
            assert protocol.lens.challenge(second).state == ChallengeState.DEFENDED
            protocol.assert_conserved()


def test_an_arbitrator_of_the_requester__can_take_no_more_than_3_8_of_the_stakes_of_its_own_task(protocol):
    """Ruling against everybody in its task leaves every other task of the token whole."""
    other = protocol.deliver(protocol.open())
    thief = protocol.account(free=100 * protocol.unit)
    task = protocol.open(requester=thief)
    works = protocol.deliver(task)
    parameters = protocol.parameters_of(task)
    with protocol.gains(thief, *[work.annotator for work in other]) as gained:
        for work in works:
            challenge = protocol.challenge(work, [0, 1], thief)
            dispute = protocol.defend(challenge)
            protocol.arbitrator.rule(protocol.escrow, dispute, 1)
            protocol.settle(challenge)
        protocol.travel_to(parameters.deadline)
        protocol.escrow.close(task)
        for work in other:
            protocol.escrow.claim(work.submission)
    stake, pay = parameters.stake_of(0), 10 * parameters.reward
    # As challenger a prize for two labels and a quarter of each stake; as requester their pay, and that of idle slots.
    taken = 2 * (parameters.reward // 4) + stake // 4
    assert 8 * taken <= 3 * stake
    assert gained == [2 * (taken + 2 * parameters.reward) + parameters.pot - 2 * pay, stake + pay, stake + pay]
    protocol.assert_conserved()


@pytest.mark.parametrize("account", ["nobody", "person", "token", "escrow"])
def test_an_arbitrator_that_is_none__opens_no_task(protocol, account):
    address = {
        "nobody": ZERO_ADDRESS,
        "person": protocol.account(),
        "token": protocol.token.address,
        "escrow": protocol.escrow.address,
    }[account]
    with boa.reverts():
        protocol.open(arbitrator=address, arbitration_timeout=20 * DAY)
    assert protocol.escrow.task_count() == 0
