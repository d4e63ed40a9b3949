"""Histories of accounts after long random plays, against what the contracts hold and say."""

from collections import Counter, defaultdict
from typing import Any

import pytest

from goldleaf import errors, events
from goldleaf.ids import challenge_id
from goldleaf.types import ChallengeState, GoldDisputeState, Outcome, SubmissionState
from goldleaf_tools.index import EntryKind, History, Index
from goldleaf_tools.index.history import Stage
from tests.unit.index.gold_play import RandomGoldPlay
from tests.unit.index.hearing import Hearing
from tests.unit.index.play import RandomPlay
from tests.unit.index.telling import tell

LIVE = (SubmissionState.TAKEN, SubmissionState.COMMITTED, SubmissionState.PUBLISHED)


def read(url: str, play: Hearing, until: int | None = None) -> Index:
    index = Index(url, play.deployment)
    tell(index, play, play.told[:until])
    return index


def histories(index: Index) -> dict[str, History]:
    return {account: index.history(account) for account in {account for _, _, account in index.balances()}}


@pytest.fixture
def index(url: str, played: RandomPlay) -> Index:
    return read(url, played)


@pytest.fixture
def graded(url: str, tested: RandomGoldPlay) -> Index:
    return read(url, tested)


def assert_reconciled(index: Index) -> None:
    """Of every account, in every ledger: what came in, less what went out, is what it has free."""
    balances = index.balances()
    for account, history in histories(index).items():
        for sums in history.sums:
            came = sums.deposited + sums.received - sums.sent - sums.withdrawn
            assert came + sums.earned - sums.spent - sums.at_stake == sums.free
            assert sums.free == balances[sums.ledger, sums.token, account]
            assert sums.at_stake >= 0
        told = {(sums.ledger, sums.token, account) for sums in history.sums}
        assert told == {key for key in balances if key[2] == account}


def held(play: Hearing, until: int | None, contract: str) -> int:
    """What a contract holds of the token after a part of a play: what arrived, less what it has paid out."""
    total = 0
    for logged in (logged for told in play.told[:until] for logged in told.logged if logged.contract == contract):
        match logged.event:
            case events.Deposited(amount=amount):
                total += amount
            case events.Withdrawn(amount=amount):
                total -= amount
            case events.Defended(fee=fee) | events.GoldDisputed(fee=fee):
                total -= fee
    return total


# ---------------------------------------------------------------- sums


@pytest.mark.parametrize("share", [0.2, 0.5, 0.8, 1])
def test_history__of_everybody_in_the_midst_of_a_play__has_all_that_the_escrow_holds(
    url: str, played: RandomPlay, share: float
) -> None:
    until = round(share * len(played.told))
    index = read(url, played, until)
    assert_reconciled(index)
    found = [sums for history in histories(index).values() for sums in history.sums if sums.ledger == "TaskEscrow"]
    total = sum(sums.free + sums.at_stake for sums in found)
    assert total == held(played, until, "TaskEscrow")
    if share == 0.5:
        # At the end of a play it hangs on the draws whether anything of the escrow is.
        assert sum(sums.at_stake for sums in found) > total // 100
    if share == 1:
        assert total == played.protocol.token.balanceOf(played.protocol.escrow)


@pytest.mark.parametrize("share", [0.3, 0.6, 1])
def test_history__of_everybody_in_the_midst_of_tests__has_all_that_gold_test_holds(
    url: str, tested: RandomGoldPlay, share: float
) -> None:
    until = round(share * len(tested.told))
    index = read(url, tested, until)
    assert_reconciled(index)
    found = [sums for history in histories(index).values() for sums in history.sums if sums.ledger == "GoldTest"]
    total = sum(sums.free + sums.at_stake for sums in found)
    assert total == held(tested, until, "GoldTest")
    if share == 1:
        assert total == tested.world.token.balanceOf(tested.world.gold)


def test_history__after_a_long_play__has_at_stake_what_the_contracts_have_locked(
    index: Index, played: RandomPlay
) -> None:
    escrow, court, lens = played.protocol.escrow, played.jury.court, played.protocol.lens
    locked: Counter[tuple[str, str]] = Counter()
    for submission in played.submissions:
        found, p = lens.submission(submission), played.protocol.parameters_of(submission >> 64)
        if found.state in LIVE:
            locked["TaskEscrow", found.annotator] += found.stake - found.errors * (p.reward // 4)
        for number in range(found.filed):
            challenge = lens.challenge(challenge_id(submission, number))
            if challenge.state != ChallengeState.SETTLED:
                locked["TaskEscrow", challenge.challenger] += challenge.bond
    for task in range(1, escrow.task_count() + 1):
        stored, p = lens.task(task), played.protocol.parameters_of(task)
        if not stored.closed:
            locked["TaskEscrow", stored.requester] += p.reward * (p.items * p.redundancy - stored.delivered)
    fee = played.jury.parameters.juror_fee
    for number in range(1, court.seat_count() + 1):
        seat = court.seat(number)
        locked["Court", seat.holder] += seat.reserves * 4 * fee
    for dispute in range(1, court.dispute_count() + 1):
        stands = court.dispute(dispute)
        for number in range(max(1, stands.settled_count + 1), stands.round + 1):
            locked["Court", court.round(dispute, number).payer] += (3, 7, 15)[number] * fee
    found = {
        (sums.ledger, account): sums.at_stake
        for account, history in histories(index).items()
        for sums in history.sums
        if sums.at_stake
    }
    assert found == {key: units for key, units in locked.items() if units}
    assert {ledger for ledger, _ in found} >= {"Court"}


def test_history__of_tests__has_at_stake_what_is_deposited_and_bonded(graded: Index, tested: RandomGoldPlay) -> None:
    locked: Counter[str] = Counter()
    for task, batch in tested.batches:
        locked[tested.world.requester] += tested.world.gold.batch(task, batch).deposit
    for one in tested.gold_disputes:
        stored = tested.world.gold.gold_dispute(one)
        if stored.state != GoldDisputeState.SETTLED:
            locked[stored.disputer] += stored.fee
    found = {
        account: sums.at_stake
        for account, history in histories(graded).items()
        for sums in history.sums
        if sums.ledger == "GoldTest" and sums.at_stake
    }
    assert found == {account: units for account, units in locked.items() if units}


def test_history__of_both_plays__has_every_kind_of_entry(
    index: Index, played: RandomPlay, tested: RandomGoldPlay, tmp_path
) -> None:
    graded = read(f"sqlite:///{tmp_path / 'graded.db'}", tested)
    kinds = {entry.kind for one in (index, graded) for history in histories(one).values() for entry in history.entries}
    assert set(EntryKind) - kinds == set()


# ---------------------------------------------------------------- one thing after another


def gain_of_things(history: History) -> dict[str, int]:
    """What everything that is listed has earned, by token."""
    gains: dict[str, int] = defaultdict(int)
    parts: tuple[tuple[Any, ...], ...] = (
        history.submissions,
        history.challenges,
        history.defences,
        history.gold_disputes,
        history.rounds,
    )
    for part in parts:
        for each in part:
            gains[each.token] += each.gain
    for appeal in history.appeals:
        gains[appeal.token] -= appeal.lost
    for shared in history.data_sets:
        gains[shared.token] += shared.collected + shared.requester_collected
    for task in history.tasks:
        gains[task.token] -= task.spent
    for license in history.licenses:
        if license.buyer == history.account:
            gains[license.token] -= license.price
    for entry in history.entries:
        if entry.kind in (EntryKind.REVENUE_PAID, EntryKind.LOST_BY_OTHERS):
            gains[entry.token] += entry.gain
    return gains


def assert_listed(index: Index) -> None:
    compared = 0
    for account, history in histories(index).items():
        sums: dict[str, int] = defaultdict(int)
        for one in history.sums:
            sums[one.token] += one.earned - one.spent
        gains = gain_of_things(history)
        for token in sums.keys() | gains.keys():
            assert gains[token] == sums[token], account
            compared += sums[token] != 0
        at_stake = sum(one.at_stake for one in history.sums)
        things = sum(one.at_stake for one in history.submissions) + sum(one.at_stake for one in history.tasks)
        things += sum(one.bond for one in history.challenges if one.outcome is None)
        things += sum(one.fee for one in history.gold_disputes if one.outcome is None)
        things += sum(one.fee - one.back - one.lost for one in history.appeals)
        kinds = {EntryKind.SEATS, EntryKind.SEATS_BACK, EntryKind.PENALTIES}
        things += sum(entry.at_stake for entry in history.entries if entry.kind in kinds)
        assert things == at_stake
    assert compared > 5


def test_history__after_a_long_play__lists_whatever_has_earned_or_cost(index: Index) -> None:
    assert_listed(index)


def test_history__of_tests__lists_whatever_has_earned_or_cost(graded: Index) -> None:
    assert_listed(graded)


def test_submissions__after_a_long_play__are_all_that_were_ever_taken(index: Index, played: RandomPlay) -> None:
    taken = told(played, events.Taken)
    ends = Counter(type(event).__name__ for event in told(played, events.Released, events.Expired, events.Forfeited))
    found = [(account, one) for account, history in histories(index).items() for one in history.submissions]
    assert Counter((account, one.submission) for account, one in found) == Counter(
        (event.annotator, event.submission) for event in taken
    )
    stages = Counter(one.stage for _, one in found)
    assert {Stage.RELEASED: ends["Released"], Stage.EXPIRED: ends["Expired"], Stage.FORFEITED: ends["Forfeited"]} == {
        stage: stages[stage] for stage in (Stage.RELEASED, Stage.EXPIRED, Stage.FORFEITED)
    }
    for account, one in found:
        stored = played.protocol.lens.submission(one.submission)
        p = played.protocol.parameters_of(one.task)
        if one.stage in (Stage.RELEASED, Stage.EXPIRED):
            share = 16 if one.stage is Stage.RELEASED else 4
            assert one.stake_lost == -(-one.stake // share) and one.gain == -one.stake_lost
            continue
        assert stored.annotator == account
        assert SubmissionState(stored.state).name == one.stage.name
        assert (one.stake, one.errors, one.labels) == (stored.stake, stored.errors, stored.labels)
        if one.stage is Stage.PAID:
            assert one.pay == p.reward * (one.labels - one.errors)
            assert one.prizes == one.stake_lost == 0
        if one.stage is Stage.REJECTED:
            assert one.prizes + one.stake_lost == one.stake and one.pay == 0
    assert set(Stage) == {one.stage for _, one in found} | {
        Stage.TAKEN,
        Stage.COMMITTED,
        Stage.PUBLISHED,
    }


def test_challenges__after_a_long_play__have_what_their_settlement_has_paid(index: Index, played: RandomPlay) -> None:
    settled = {event.challenge: event for event in told(played, events.Settled)}
    filed = Counter(event.challenger for event in told(played, events.Challenged, events.AvailabilityChallenged))
    people = histories(index)
    assert {account: len(history.challenges) for account, history in people.items() if history.challenges} == filed
    for history in people.values():
        for one in history.challenges:
            event = settled.get(one.challenge)
            assert one.outcome == (None if event is None else event.outcome)
            if event is not None:
                assert one.bond + one.gain == event.to_challenger
        for defence in history.defences:
            event = settled.get(defence.challenge)
            if event is not None and event.outcome != Outcome.NOT_HEARD:
                assert defence.gain == event.to_defender - defence.fee


def test_rounds__after_a_long_play__have_the_fees_and_penalties_of_their_settlement(
    index: Index, played: RandomPlay
) -> None:
    fee, court = played.jury.parameters.juror_fee, played.jury.court
    rounds = {(event.dispute, event.round): event for event in told(played, events.RoundSettled)}
    found = [one for history in histories(index).values() for one in history.rounds]
    seats: Counter[tuple[int, int]] = Counter()
    paid: Counter[tuple[int, int]] = Counter()
    for one in found:
        seats[one.dispute, one.round] += one.seats
        paid[one.dispute, one.round] += one.fees
        assert one.settled == ((one.dispute, one.round) in rounds)
        assert one.penalties % (4 * fee) == 0
    assert all(count == len(court.round(*key).seats) for key, count in seats.items())
    for key, event in rounds.items():
        assert paid[key] == event.share * event.paid.bit_count() + event.remainder
    assert any(one.penalties for one in found) and any(one.fees for one in found)


def test_data_sets__after_a_long_play__are_what_the_pool_says(index: Index, played: RandomPlay) -> None:
    pool, compared = played.pool, 0
    for account, history in histories(index).items():
        for one in history.data_sets:
            assert one.shares == pool.balanceOf(account, one.task)
            stored = pool.data_set(one.task)
            # The pool refuses to say where nobody has any share.
            assert one.collectable == (pool.collectable(one.task, account) if stored.enrolled else 0)
            if account == stored.requester:
                assert one.requester_collectable == stored.requester_share - stored.requester_collected
                assert one.requester_collected == stored.requester_collected
            assert all(not pool.is_enrolled(submission) for submission in one.unenrolled)
            compared += one.collected > 0
    assert compared > 0


def test_history__of_nobody__is_empty(index: Index) -> None:
    history = index.history("0x" + "77" * 20)
    assert history.entries == history.sums == history.submissions == ()
    with pytest.raises(errors.ArgumentError):
        index.history("0x77")


def told(play: Hearing, *kinds: type[events.Event]) -> list[Any]:
    return [logged.event for one in play.told for logged in one.logged if isinstance(logged.event, kinds)]
