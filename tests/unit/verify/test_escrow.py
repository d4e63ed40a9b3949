"""The escrow's side: each way to end is reckoned, and each amount that is not by rule is found."""

from dataclasses import replace
from typing import Any

import pytest

from goldleaf import Outcome, errors, events
from goldleaf_tools import verify
from goldleaf_tools.verify import Payment, Verdict
from tests.protocol import Protocol
from tests.recorded import recorded
from tests.unit.verify.plays import OUTCOMES, History, challenge, settled, wait

NAMES = {"wrong": Outcome.WRONG, "timeout": Outcome.UNDECIDED}


@pytest.mark.parametrize("ending", [*OUTCOMES, "withheld"])
def test_of_events__each_way_to_end__follows_the_rules(ending: str) -> None:
    history, found = settled(ending)
    result = history.of(found)
    assert result.holds, result.broken
    name = {"timeout": "UNDECIDED", "withheld": "UNANSWERED"}.get(ending, ending.upper().replace(" ", "_"))
    assert result.outcome == Outcome[name]
    assert result.token == history.record.protocol.token.address
    assert not [note for note in result.notes if "settled yet" in note]


def test_of_events__conceded__names_who_gets_what_by_which_rule() -> None:
    history, found = settled("conceded")
    [challenged] = [each.event for each in history.record.logged if isinstance(each.event, events.Challenged)]
    paid = {payment.name: payment for payment in history.of(found).payments}
    # Ten labels at 0.05 each: a quarter of it is the prize, and three juries of 3 are more than half of it.
    assert (paid["bond"].account, paid["bond"].expected) == (challenged.challenger, 9_000_000)
    assert paid["to the challenger"].expected == 9_000_000 + 12_500
    assert "to the annotator" not in paid
    assert paid["stake back"].expected == 10_000_000
    assert paid["pay"].expected == 9 * 50_000
    assert (paid["pay returned"].account, paid["pay returned"].expected) == (
        history.record.protocol.requester,
        50_000 - 12_500,
    )
    assert "a prize for each label" in paid["to the challenger"].rule


@pytest.mark.parametrize(
    ("ending", "kind", "field", "name"),
    [
        ("conceded", events.Settled, "to_challenger", "to the challenger"),
        ("conceded", events.Settled, "to_annotator", "to the annotator"),
        ("unanswered", events.Settled, "to_sink", "to the sink"),
        ("wrong", events.Settled, "to_challenger", "to the challenger"),
        ("wrong", events.Settled, "to_defender", "to the defender"),
        ("not wrong", events.Settled, "to_defender", "to the defender"),
        ("not wrong", events.Settled, "to_annotator", "to the annotator"),
        ("not wrong", events.Settled, "to_challenger", "to the challenger"),
        ("undecided", events.Settled, "to_defender", "to the defender"),
        ("timeout", events.Settled, "to_challenger", "to the challenger"),
        ("not heard", events.Settled, "to_challenger", "to the challenger"),
        ("answered", events.Settled, "to_challenger", "to the challenger"),
        ("answered", events.Settled, "to_sink", "to the sink"),
        ("withheld", events.Settled, "to_challenger", "to the challenger"),
        ("withheld", events.Rejected, "to_sink", "stake and pay lost"),
        ("withheld", events.Rejected, "to_requester", "pay returned"),
        ("answered", events.AvailabilityChallenged, "bond", "bond"),
        ("conceded", events.Settled, "proven", "labels newly proven wrong"),
        ("conceded", events.Claimed, "pay", "pay"),
        ("conceded", events.Claimed, "to_requester", "pay returned"),
        ("not wrong", events.Claimed, "stake", "stake back"),
    ],
)
def test_of_events__an_amount_changed__is_broken(ending: str, kind: Any, field: str, name: str) -> None:
    history, found = settled(ending)
    [original] = [each.event for each in history.record.logged if isinstance(each.event, kind)]
    forged = history.forged(kind, **{field: getattr(original, field) + 1})
    result = history.of(found, forged)
    broken = {finding.name: finding for finding in result.broken}
    assert name in broken
    if isinstance(finding := broken[name], Payment):
        assert finding.found == finding.expected + 1
    assert not result.holds


@pytest.mark.parametrize("outcome", [Outcome.WRONG, Outcome.NOT_WRONG, Outcome.UNDECIDED, Outcome.CONCEDED])
def test_of_events__another_outcome__is_broken(outcome: Outcome) -> None:
    history, found = settled("unanswered")
    assert "outcome" in {
        each.name for each in history.of(found, history.forged(events.Settled, outcome=outcome)).broken
    }


def test_of_events__a_bond_below_the_least__is_broken() -> None:
    history, found = settled("conceded")
    assert "bond" in {each.name for each in history.of(found, history.forged(events.Challenged, bond=1)).broken}


def test_of_events__a_rejection_left_out__is_broken() -> None:
    history, found = settled("withheld")
    result = history.of(found, history.without(events.Rejected))
    [broken] = result.broken
    # None of the labels was proven wrong, so all of the pay is lost, and nothing of it returned.
    assert isinstance(broken, Payment) and (broken.name, broken.found) == ("stake and pay lost", 0)


def test_of_events__a_rejection_that_nothing_called_for__is_broken() -> None:
    history, found = settled("not wrong")
    [place] = [n for n, each in enumerate(history.record.logged) if isinstance(each.event, events.Claimed)]
    claim = history.record.logged[place]
    rejected = events.Rejected(claim.event.submission, claim.event.annotator, 5, 0)  # type: ignore[attr-defined]
    logged = [*history.record.logged[:place], replace(claim, event=rejected)]
    [broken] = history.of(found, logged).broken
    assert isinstance(broken, Payment) and (broken.expected, broken.found) == (0, 5)


def test_of_events__a_bond_above_the_least__is_what_was_locked() -> None:
    protocol = Protocol()
    with recorded(protocol) as record:
        work = protocol.delivered()
        found = protocol.challenge(work, [3], bond=12_000_000)
        protocol.escrow.concede(found, sender=work.annotator)
        protocol.settle(found)
    result = History(record).of(found)
    assert result.holds, result.broken
    paid = {payment.name: payment.expected for payment in result.payments}
    assert (paid["bond"], paid["to the challenger"]) == (12_000_000, 12_000_000 + 12_500)


@pytest.mark.parametrize("field", ["to_sink", "to_requester"])
def test_of_events__more_errors_than_tolerated__bonus_and_loss_are_by_rule(field: str) -> None:
    protocol = Protocol()
    with recorded(protocol) as record:
        work = protocol.delivered()
        found = protocol.challenge(work, [2, 3])
        protocol.escrow.concede(found, sender=work.annotator)
        protocol.settle(found)
    history = History(record)
    result = history.of(found)
    assert result.holds, result.broken
    paid = {payment.name: payment.expected for payment in result.payments}
    # Two prizes, and a quarter of the stake of 10: less than twice the bond.
    assert paid["to the challenger"] == 9_000_000 + 2 * 12_500 + 2_500_000
    assert paid["stake and pay lost"] == 10_000_000 - 2 * 12_500 - 2_500_000 + 8 * 50_000
    assert paid["pay returned"] == 2 * 50_000
    [rejected] = [each.event for each in record.logged if isinstance(each.event, events.Rejected)]
    forged = history.forged(events.Rejected, **{field: getattr(rejected, field) + 1})
    name = {"to_sink": "stake and pay lost", "to_requester": "pay returned"}[field]
    assert [each.name for each in history.of(found, forged).broken] == [name]


def test_of_events__not_wrong__the_defender_earns_what_they_risked_and_the_annotator_the_rest() -> None:
    protocol = Protocol()
    with recorded(protocol) as record:
        work = protocol.delivered()
        found = protocol.challenge(work, [3], bond=12_000_001)
        protocol.travel(protocol.parameters_of(work.task).response_period // 2)
        protocol.defend(found, protocol.account())
        protocol.rule(found, 2)
        protocol.settle(found)
    result = History(record).of(found)
    assert result.holds, result.broken
    paid = {payment.name: payment.expected for payment in result.payments}
    # A jury costs 3: that comes back, with as much again.
    assert (paid["to the defender"], paid["to the annotator"]) == (6_000_000, 6_000_001)
    assert "to the sink" not in paid


def availability_twice() -> tuple[History, list[int]]:
    """Two availability challenges, with item 5 in both; it is shown for the first."""
    protocol = Protocol()
    with recorded(protocol) as record:
        work = protocol.delivered()
        found = [protocol.challenge_availability(work, items) for items in ([4, 5], [5, 6])]
        for item in (4, 5):
            protocol.answer(work, found[0], item)
        protocol.answer(work, found[1], 6)
        for each in found:
            protocol.settle(each)
    return History(record), found


def test_of_events__label_of_two_challenges_shown_once__both_are_answered() -> None:
    history, found = availability_twice()
    for each in found:
        result = history.of(each)
        assert result.holds and result.outcome == Outcome.ANSWERED, result.broken


def test_of_events__a_label_not_shown__is_broken_where_it_was_asked_for() -> None:
    history, found = availability_twice()
    broken = [each.name for each in history.of(found[1], history.without(events.Answered, 2)).broken]
    assert "outcome" in broken
    # It was the first challenge's answer that both needed.
    for each in found:
        assert not history.of(each, history.without(events.Answered, 1)).holds


def test_of_events__a_label_shown_twice_or_challenged_after_that__is_broken() -> None:
    history, found = availability_twice()
    again = history.forged(events.Answered, 2, item=5)
    names = {each.name for each in history.of(found[1], again).broken}
    assert "label of item 5 shown for the first time" in names
    logged = list(history.record.logged)
    [second] = [n for n, each in enumerate(logged) if getattr(each.event, "challenge", 0) == found[1]][:1]
    late = [*logged[:second], *logged[second + 1 : second + 3], logged[second], *logged[second + 3 :]]
    assert "labels shown before" in {each.name for each in history.of(found[1], late).broken}


def test_of_events__answered_and_rejected_before_its_turn__is_void() -> None:
    protocol = Protocol()
    with recorded(protocol) as record:
        work = protocol.delivered()
        first = challenge(protocol, work, "unanswered", [0, 1])
        unread = challenge(protocol, work, "answered", [5])
        wait(protocol)
        for each in (first, unread):
            protocol.settle(each)
    result = History(record).of(unread)
    assert result.holds and result.outcome == Outcome.VOID, result.broken


def test_of_events__settled_before_the_answer_was_due__is_broken() -> None:
    history, found = settled("unanswered")
    [place] = [n for n, each in enumerate(history.record.logged) if isinstance(each.event, events.Settled)]
    logged = list(history.record.logged)
    [filed] = [each for each in logged if isinstance(each.event, events.Challenged)]
    logged[place] = replace(logged[place], block=filed.block)
    assert [each.name for each in history.of(found, logged).broken] == ["time of settling"]


def test_of_events__a_second_defence_or_one_after_settling__is_broken() -> None:
    history, found = settled("not wrong")
    [defended] = [each for each in history.record.logged if isinstance(each.event, events.Defended)]
    result = history.of(found, [*history.record.logged, defended])
    assert "defended when it may be" in {each.name for each in result.broken}


def test_of_events__labels_proven_twice__count_once_and_the_order_decides() -> None:
    protocol = Protocol()
    with recorded(protocol) as record:
        work = protocol.delivered(tolerance_bps=3000)
        challenges = [challenge(protocol, work, ending, items) for ending, items in PLAY]
        wait(protocol)
        for each in challenges:
            protocol.settle(each)
    history = History(record)
    results = [history.of(each) for each in challenges]
    assert all(result.holds for result in results), [result.broken for result in results]
    proven = [check.found for r in results for check in r.checks if check.name == "labels newly proven wrong"]
    # Three are tolerated: the fourth rejects, and a fifth is not counted.
    assert proven == ["2", "0", "1", "1", "0", "0", "0"]
    assert results[-2].outcome == Outcome.WRONG and results[-1].outcome == Outcome.VOID
    # What comes later stands on what was before it.
    forged = history.forged(events.Settled, 0, proven=1)
    assert "labels newly proven wrong" in {each.name for each in history.of(challenges[0], forged).broken}
    assert [each.name for each in history.of(challenges[3], forged).broken] == ["challenges before it"]


PLAY = (
    ("conceded", [0, 1]),
    ("wrong", [0, 1]),
    ("unanswered", [1, 2]),
    ("wrong", [2, 3, 4]),
    ("answered", [5]),
    ("wrong", [6]),
    ("conceded", [7]),
)


def test_of_events__settled_out_of_turn__is_broken() -> None:
    protocol = Protocol()
    with recorded(protocol) as record:
        work = protocol.delivered()
        challenges = [challenge(protocol, work, "conceded", [0]), challenge(protocol, work, "not wrong", [1])]
        for each in challenges:
            protocol.settle(each)
    history = History(record)
    first, second = (n for n, each in enumerate(record.logged) if isinstance(each.event, events.Settled))
    logged = list(record.logged)
    logged[first], logged[second] = logged[second], logged[first]
    assert "turn" in {each.name for each in history.of(challenges[1], logged).broken}


def test_of_events__not_settled_yet__looks_at_what_has_happened() -> None:
    protocol = Protocol()
    with recorded(protocol) as record:
        found = challenge(protocol, protocol.delivered(), "not wrong", [0])
    result = History(record).of(found)
    assert result.holds and result.outcome is None
    assert any("not settled yet" in note for note in result.notes)


def test_of_events__without_times__says_what_it_did_not_look_at() -> None:
    history, found = settled("unanswered")
    result = verify.of_events(found, history.record.logged, deployment=history.record.deployment)
    untold = {each.name for each in result.findings if each.verdict == Verdict.UNTOLD}
    assert result.holds and {"time of filing", "time of settling"} <= untold
    assert any("times of blocks" in note for note in result.notes)


def test_of_events__an_arbitrator_that_is_not_the_court__is_taken_at_its_word() -> None:
    history, found = settled("wrong")
    assert any("is taken at its word" in note for note in history.of(found).notes)


def test_of_events__another_arbitrator_than_the_task_has__is_broken() -> None:
    history, found = settled("wrong")
    forged = history.forged(events.Defended, arbitrator=history.record.protocol.requester)
    assert "arbitrator" in {each.name for each in history.of(found, forged).broken}


def test_of_events__no_such_challenge__raises() -> None:
    history, found = settled("conceded")
    with pytest.raises(errors.NoSuchChallenge):
        history.of(found + 1)
    with pytest.raises(errors.NoSuchChallenge):
        history.of(found << 1)


def test_of_events__events_that_were_undone__are_passed_over() -> None:
    history, found = settled("conceded")
    logged = [*history.record.logged, *(replace(each, removed=True) for each in history.record.logged)]
    assert history.of(found, logged) == history.of(found)
