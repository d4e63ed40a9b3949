"""The court's side: draws, votes, appeals and the pay of jurors are reckoned, and what is not by rule is found."""

from dataclasses import replace
from typing import Any

import pytest

from goldleaf import Outcome, events
from goldleaf_tools.verify import Payment
from tests.protocol import DAY, HOUR, Protocol
from tests.recorded import recorded
from tests.unit.verify.plays import SEATS, History, tried

W, N = 1, 2
PLAYS: dict[str, tuple[tuple[tuple[int | None, ...], ...], bool, Outcome]] = {
    "one round": (((W, W, N),), False, Outcome.WRONG),
    "a tie": (((W, N, None),), False, Outcome.UNDECIDED),
    "silence": (((None, None, None),), False, Outcome.NOT_HEARD),
    "undecided by votes": (((0, 0, W),), False, Outcome.UNDECIDED),
    "a right appeal": (((W, W, N), (N,) * 7), False, Outcome.NOT_WRONG),
    "a wrong appeal": (((W, W, W), (W, W, W, W, N, N, None)), False, Outcome.WRONG),
    "an appeal that nobody answers": (((W, W, N), (None,) * 7), False, Outcome.WRONG),
    "an appeal against silence": (((None,) * 3, (N, N, N, N, N, None, None)), False, Outcome.NOT_WRONG),
    "an appeal into a tie": (((W, W, N), (W, W, W, N, N, N, None)), False, Outcome.UNDECIDED),
    "a round without anybody to pay": (((W, W, W), (N,) * 7), False, Outcome.NOT_WRONG),
    "three rounds": (((W, W, N), (N,) * 7, (W,) * 9 + (N,) * 6), False, Outcome.WRONG),
    "a dropped appeal": (((W, W, N),), True, Outcome.WRONG),
    "not heard": ((), False, Outcome.NOT_HEARD),
}


@pytest.mark.parametrize("play", PLAYS)
def test_of_events__each_way_to_decide__follows_the_rules(play: str) -> None:
    votes, drop, outcome = PLAYS[play]
    history, found, _ = tried(*votes, drop=drop)
    result = history.of(found)
    assert result.holds, result.broken
    assert result.outcome == outcome
    assert result.notes == ()
    drawn = [check for check in result.checks if check.name.endswith("seats drawn")]
    assert len(drawn) == len(votes)


def test_of_events__a_right_appeal__is_refunded_and_its_jurors_are_paid() -> None:
    history, found, dispute = tried((W, W, N), (N,) * 7)
    paid = {payment.name: payment for payment in history.of(found).payments}
    [appealed] = [each.event for each in history.record.logged if isinstance(each.event, events.Appealed)]
    refund = paid[f"dispute {dispute}, round 0: refund of the appeal against round 0"]
    assert (refund.account, refund.expected) == (appealed.payer, 7_000_000)
    fines = [payment for payment in paid.values() if "fine of seat" in payment.name]
    assert [payment.expected for payment in fines] == [4_000_000] * 2
    assert not any(payment.gained for payment in fines)


def broken(history: History, found: int, kind: Any, number: int = 0, **changes: Any) -> set[str]:
    result = history.of(found, history.forged(kind, number, **changes))
    assert not result.holds
    return {each.name.partition(": ")[2] or each.name for each in result.broken}


@pytest.mark.parametrize("field", ["share", "remainder", "refund", "paid", "fined"])
def test_of_events__a_settlement_changed__names_the_payment(field: str) -> None:
    history, found, _ = tried((W, W, N), (N,) * 7)
    settled = [each.event for each in history.record.logged if isinstance(each.event, events.RoundSettled)]
    value = getattr(settled[0], field)
    names = broken(
        history, found, events.RoundSettled, **{field: value ^ 0b111 if field in ("paid", "fined") else value + 1}
    )
    if field == "refund":
        assert names == {"refund of the appeal against round 0"}
    else:
        assert names and all(name.startswith(("pay of seat", "fine of seat")) for name in names)


def test_of_events__another_seat_drawn__is_broken() -> None:
    history, found, _ = tried((W, W, N))
    [drawn] = [each.event for each in history.record.logged if isinstance(each.event, events.Drawn)]
    other = next(seat for seat in range(1, SEATS[1] + 1) if seat not in drawn.seats)
    assert "seats drawn" in broken(history, found, events.Drawn, seats=(other, *drawn.seats[1:]))


def test_of_events__another_seed__is_broken() -> None:
    history, found, _ = tried((W, W, N))
    assert {"seats drawn", "seed"} <= broken(history, found, events.Drawn, seed=bytes(32))


def test_of_events__another_list_at_arming__is_broken() -> None:
    history, found, _ = tried((W, W, N))
    assert "seats drawn" in broken(history, found, events.Armed, candidates=SEATS[1] - 1)


def test_of_events__another_ruling_told__is_broken() -> None:
    history, found, dispute = tried((W, W, N))
    assert f"ruling of dispute {dispute}" in broken(history, found, events.RulingExecuted, ruling=N)


def test_of_events__another_ruling_recorded__is_broken() -> None:
    history, found, _ = tried((W, W, N))
    assert "ruling recorded" in broken(history, found, events.Ruled, ruling=N)


def test_of_events__a_vote_counted_otherwise__is_broken() -> None:
    history, found, dispute = tried((W, W, N))
    names = broken(history, found, events.VoteRevealed, choice=N)
    assert f"ruling of dispute {dispute}" in names and "ruling recorded" in names


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        (events.VoteRevealed, {"choice": 3}),
        (events.VoteCommitted, {"holder": "0x" + "11" * 20}),
        (events.Drawn, {"round": 1}),
    ],
)
def test_of_events__a_step_against_the_rules__is_broken(kind: Any, fields: dict[str, Any]) -> None:
    history, found, _ = tried((W, W, N))
    result = history.of(found, history.forged(kind, **fields))
    assert not result.holds


@pytest.mark.parametrize("fields", [{"fee": 6_999_999}, {"payer": "0x" + "11" * 20}])
def test_of_events__an_appeal_changed__is_broken(fields: dict[str, Any]) -> None:
    history, found, _ = tried((W, W, N), drop=True)
    assert broken(history, found, events.Appealed, **fields) & {
        "fee of the appeal",
        "fee back, for want of jurors: to whom",
    }


@pytest.mark.parametrize("fields", [{"fee": 0}, {"refund_to": "0x" + "11" * 20}])
def test_of_events__a_fee_that_did_not_go_back__is_broken(fields: dict[str, Any]) -> None:
    history, found, _ = tried()
    assert any("fee back, for want of jurors" in name for name in broken(history, found, events.NotHeard, **fields))


def test_of_events__a_dispute_of_somebody_else__is_broken() -> None:
    history, found, dispute = tried((W, W, N))
    assert f"dispute {dispute}" in broken(history, found, events.DisputeCreated, arbitrable="0x" + "11" * 20)


def test_of_events__a_fourth_round__is_broken() -> None:
    history, found, _ = tried((W, W, N), (N,) * 7, (W,) * 9 + (N,) * 6)
    appeals = [each for each in history.record.logged if isinstance(each.event, events.Appealed)]
    assert not history.of(found, [*history.record.logged, appeals[-1]]).holds


def test_of_events__penalties_of_a_silent_dispute__pay_the_next_one() -> None:
    protocol = Protocol(arbitrator="Court")
    with recorded(protocol) as record:
        jury = protocol.jury
        jury.seat(5)
        work = protocol.delivered(challenge_period=30 * DAY, response_period=30 * DAY)
        challenges = [protocol.challenge(work, [item]) for item in (0, 1)]
        rounds: list[dict[int, int]] = [{}, {0: W, 1: W, 2: N}]
        for found, choices in zip(challenges, rounds, strict=True):
            dispute = protocol.defend(found)
            panel = jury.draw(dispute)
            jury.vote(dispute, {panel[place]: choice for place, choice in choices.items()})
            jury.finish(dispute)
            protocol.settle(found)
    history = History(record)
    results = [history.of(found) for found in challenges]
    assert all(result.holds for result in results), [result.broken for result in results]
    shares = [p.expected for p in results[1].payments if "pay of seat" in p.name]
    # Three fees, one fine of four, and the three fines of the silent ones: nineteen for two seats.
    assert sorted(shares) == [9_500_000] * 2
    # Without the earlier dispute, the later one cannot be right.
    forged = history.without(events.RoundSettled)
    assert any(isinstance(each, Payment) for each in history.of(challenges[1], forged).broken)


def test_of_events__a_vote_opened_too_late__is_broken() -> None:
    history, found, _ = tried((W, W, N))
    times = dict(history.record.times)
    [opened, *_] = [each for each in history.record.logged if isinstance(each.event, events.VoteRevealed)]
    late = replace(opened, block=max(times) + 1)
    history.record.times[late.block] = max(times.values()) + HOUR
    logged = [late if each is opened else each for each in history.record.logged]
    assert any("opened" in each.name for each in history.of(found, logged).broken)
