"""What is rebuilt from events against what the contracts say, field by field, after a long random play."""

from collections import Counter
from dataclasses import replace

import boa
import pytest

from goldleaf import errors, events, types
from goldleaf.ids import challenge_id
from goldleaf_tools.errors import IndexDamaged
from goldleaf_tools.index import Index
from tests.unit.index.play import RandomPlay
from tests.unit.index.telling import contents, fields, tell, values


@pytest.fixture
def index(url: str, played: RandomPlay) -> Index:
    index = Index(url, played.deployment)
    tell(index, played, played.told)
    return index


def test_play__long__reaches_what_is_compared(played: RandomPlay) -> None:
    assert played.missing == []
    kinds = Counter(type(logged.event) for told in played.told for logged in told.logged)
    assert kinds[events.Settled] > 10 and kinds[events.VoteRevealed] > 10


def test_task__after_a_long_play__is_the_contract_s(index: Index, played: RandomPlay) -> None:
    escrow = played.protocol.escrow
    assert index.tasks() == list(range(1, escrow.task_count() + 1))
    for task in index.tasks():
        assert values(index.task(task)) == fields(played.protocol.lens.task(task))


def test_submission__after_a_long_play__is_the_contract_s(index: Index, played: RandomPlay) -> None:
    escrow = played.protocol.escrow
    for submission in played.submissions:
        found = index.submission(submission)
        assert values(found) == fields(played.protocol.lens.submission(submission))
        first = played.protocol.parameters_of(submission >> 64).items_of(submission & 2**64 - 1).start
        for items, word in (
            (index.wrong_items(submission), escrow.wrong(submission, 0)),
            (index.shown_items(submission), escrow.shown(submission, 0)),
        ):
            assert sum(1 << item - first for item in items) == word


def test_challenge__after_a_long_play__is_the_contract_s(index: Index, played: RandomPlay) -> None:
    escrow = played.protocol.escrow
    compared = 0
    for submission in played.submissions:
        for number in range(played.protocol.lens.submission(submission).filed):
            challenge = challenge_id(submission, number)
            assert values(index.challenge(challenge)) == fields(played.protocol.lens.challenge(challenge))
            items = played.protocol.indices[challenge]
            assert list(index.filing(challenge).indices) == items
            if index.challenge(challenge).kind == types.ChallengeKind.AVAILABILITY:
                shown = index.shown_items(submission)
                assert index.unanswered(challenge) == tuple(item for item in items if item not in shown)
            else:
                with pytest.raises(errors.NotOfAvailability):
                    index.unanswered(challenge)
            dispute = index.dispute_of(challenge)
            if dispute is not None:
                assert escrow.challenge_of(played.jury.court, dispute) == challenge
            compared += 1
    assert compared == sum(len(index.challenges(task)) for task in index.tasks()) > 10


def test_dispute__at_many_times__is_the_contract_s(index: Index, played: RandomPlay) -> None:
    court = played.jury.court
    assert index.disputes() == list(range(1, court.dispute_count() + 1))
    with boa.env.anchor():
        for _ in range(8):
            for dispute in index.disputes():
                found = index.dispute(dispute, played.protocol.now)
                assert values(found) == fields(court.dispute(dispute))
                assert [values(round) for round in index.rounds(dispute)] == [
                    fields(court.round(dispute, number)) for number in range(found.round + 1)
                ]
            played.protocol.travel(43_200)


def test_seat__after_a_long_play__is_the_contract_s(index: Index, played: RandomPlay) -> None:
    court = played.jury.court
    seats = index.seats()
    assert len(seats) == court.open_seats()
    for number in range(1, court.seat_count() + 1):
        stored = fields(court.seat(number))
        assert (values(seats[number]) if number in seats else [types.ZERO_ADDRESS, 0, 0, 0, 0, False]) == stored


def test_balances__of_all_ledgers__are_the_contracts(index: Index, played: RandomPlay) -> None:
    ledgers = {"TaskEscrow": played.protocol.escrow, "Court": played.jury.court, "RoyaltyPool": played.pool}
    balances = index.balances()
    assert {contract for contract, _, _ in balances} == set(ledgers)
    for (contract, token, account), free in balances.items():
        assert ledgers[contract].free(token, account) == free


def test_data_set__after_a_long_play__is_the_pool_s(index: Index, played: RandomPlay) -> None:
    compared = 0
    for task in index.tasks():
        if not index.task(task).closed:
            with pytest.raises(errors.TaskNotClosed):
                index.data_set(task)
            continue
        assert values(index.data_set(task)) == fields(played.pool.data_set(task))
        assert values(index.offer(task)) == fields(played.pool.offer(task))
        for account, shares in index.shares(task).items():
            assert shares == played.pool.balanceOf(account, task)
            assert index.collectable(task, account) == played.pool.collectable(task, account)
            compared += 1
        assert len(index.licenses(task)) == played.pool.license_count(task)
        for license, found in index.licenses(task).items():
            assert values(found) == fields(played.pool.license(license))
    assert compared > 0
    for submission in played.submissions:
        assert index.is_enrolled(submission) == played.pool.is_enrolled(submission)


def test_events__without_a_filter__are_all_as_told(index: Index, played: RandomPlay) -> None:
    assert list(index.events()) == [logged for told in played.told for logged in told.logged]


def test_events__of_a_challenge__are_what_became_of_it(index: Index) -> None:
    challenge = next(
        challenge for task in index.tasks() for challenge, found in index.challenges(task).items() if found.fee
    )
    kinds = [type(logged.event) for logged in index.events(challenge=challenge)]
    assert kinds[:2] == [events.Challenged, events.Defended]
    assert all(getattr(logged.event, "challenge", None) == challenge for logged in index.events(challenge=challenge))


def test_rebuild__of_the_stored_events__changes_nothing(index: Index) -> None:
    before = contents(index)
    index.rebuild()
    assert contents(index) == before


def test_undo__of_each_block__leaves_what_was_before_it(url: str, played: RandomPlay) -> None:
    index = Index(url, played.deployment)
    told = played.told[-150:]
    tell(index, played, played.told[:-150], journal_from=2**62)
    snapshots = []
    for one in told:
        snapshots.append(contents(index))
        tell(index, played, [one])
    for one, before in zip(reversed(told), reversed(snapshots), strict=True):
        assert index._database.undo(one.number) == len(one.logged)
        assert contents(index) == before


def test_undo__deeper_than_the_journal__leaves_what_was_before_it(url: str, played: RandomPlay) -> None:
    half = len(played.told) // 2
    index = Index(url, played.deployment)
    tell(index, played, played.told[:half], journal_from=2**62)
    before = contents(index)
    tell(index, played, played.told[half:], journal_from=2**62)
    index._database.undo(played.told[half].number)
    assert contents(index) == before


def test_add__of_an_event_of_something_unknown__raises_damaged(url: str, played: RandomPlay) -> None:
    index = Index(url, played.deployment)
    late = next(place for place, told in enumerate(played.told) if isinstance(told.logged[0].event, events.Claimed))
    with pytest.raises(IndexDamaged, match="later than its first transaction"):
        tell(index, played, played.told[late:])
    assert list(index.events()) == []
    assert index.block is None


def test_amounts__of_256_bits__come_back(url: str, played: RandomPlay) -> None:
    index = Index(url, played.deployment)
    told = played.told[0]
    account = played.protocol.requester
    deposited = events.Deposited(played.protocol.token.address, account, account, 2**256 - 1)
    huge = replace(told, logged=(replace(told.logged[0], event=deposited, contract="TaskEscrow"),))
    tell(index, played, [huge])
    assert index.balance(account) == 2**256 - 1
    assert [logged.event for logged in index.events()] == [deposited]
