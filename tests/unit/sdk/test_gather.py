"""Flows side by side."""

from typing import Any

import pytest

from goldleaf import errors
from goldleaf._flows.asks import Flow, Joint, Locked, Sleep, ask_block, ask_time
from goldleaf._flows.core import gather


def counting(rounds: int) -> Flow[list[Any]]:
    """Asks so many times and returns the answers; of what failed, how it was raised."""
    answers: list[Any] = []
    for number in range(rounds):
        try:
            answer = yield ask_block(number)
        except errors.NodeError as error:
            answers.append(("raised", error))
        else:
            answers.append(answer)
    return answers


def reading() -> Flow[int]:
    time: int = yield ask_time()
    return time


def joint() -> Flow[list[int]]:
    """Asks for two things that one node has to answer."""
    found: list[int] = yield Joint((ask_time(), ask_block(1)))
    return found


def failing() -> Flow[int]:
    yield ask_time()
    raise errors.NoSuchTask("task 1")


def finish(flow: Flow[Any], answer: Any) -> Any:
    with pytest.raises(StopIteration) as ended:
        flow.send(answer)
    return ended.value.value


def test_gather__flows_of_different_length__asked_in_rounds_of_those_that_go_on() -> None:
    flow = gather([counting(1), counting(0), counting(2)])
    assert next(flow) == (ask_block(0), ask_block(0))
    assert flow.send(("a", "b")) == (ask_block(1),)
    assert finish(flow, ("c",)) == [["a"], [], ["b", "c"]]


def test_gather__requests_for_one_node__all_of_the_round_goes_to_it() -> None:
    flow = gather([counting(2), joint()])
    assert next(flow) == Joint((ask_block(0), ask_time(), ask_block(1)))
    assert flow.send(["a", 7, 8]) == (ask_block(1),)
    assert finish(flow, ("b",)) == [["a", "b"], [7, 8]]


def test_gather__one_answer_failed__its_error_goes_to_who_asked() -> None:
    error = errors.NodeError("refused")
    flow = gather([counting(1), counting(2)])
    next(flow)
    assert flow.send(("a", error)) == (ask_block(1),)
    assert finish(flow, ("c",)) == [["a"], [("raised", error), "c"]]


def test_gather__all_of_a_round_failed__everybody_hears_of_it() -> None:
    error = errors.Unreachable("gone")
    flow = gather([counting(1), counting(1)])
    next(flow)
    with pytest.raises(StopIteration) as ended:
        flow.throw(error)
    assert ended.value.value == [[("raised", error)], [("raised", error)]]


def test_gather__one_answer_failed_and_its_flow_does_not_mind__raised_and_the_others_closed() -> None:
    other = counting(2)
    flow = gather([other, reading()])
    next(flow)
    with pytest.raises(errors.NodeError, match="refused"):
        flow.send(("a", errors.NodeError("refused")))
    assert other.gi_frame is None


def test_gather__a_flow_raises__raised_and_the_others_closed() -> None:
    other = counting(2)
    flow = gather([other, failing()])
    next(flow)
    with pytest.raises(errors.NoSuchTask):
        flow.send(("a", 1))
    assert other.gi_frame is None


def asking_for_two() -> Flow[list[Any]]:
    return list((yield (ask_block(1), ask_time())))


def test_gather__flow_that_asks_for_several__is_sent_its_own_answers_with_errors_among_them() -> None:
    error = errors.NodeError("refused")
    flow = gather([counting(1), asking_for_two(), reading()])
    assert next(flow) == (ask_block(0), ask_block(1), ask_time(), ask_time())
    assert finish(flow, ("a", error, "c", 4)) == [["a"], [error, "c"], 4]


def test_gather__gathered_flows__ask_in_one_row() -> None:
    flow = gather([gather([counting(1), counting(1)]), gather([counting(1)])])
    assert next(flow) == (ask_block(0), ask_block(0), ask_block(0))
    assert finish(flow, ("a", "b", "c")) == [[["a"], ["b"]], [["c"]]]


def pausing(seconds: float) -> Flow[str]:
    yield Sleep(seconds)
    return "rested"


def test_gather__some_sleep__the_longest_sleep_counts_and_the_others_ask_after_it() -> None:
    flow = gather([pausing(1), counting(1), pausing(2)])
    assert next(flow) == Sleep(2)
    assert flow.send(None) == (ask_block(0),)
    assert finish(flow, ("a",)) == ["rested", ["a"], "rested"]


def test_gather__flow_that_holds_a_lock__refused() -> None:
    def locking() -> Flow[None]:
        yield Locked("account", pausing(1))

    with pytest.raises(TypeError):
        next(gather([locking()]))


def test_gather__nothing__asks_nothing() -> None:
    with pytest.raises(StopIteration) as ended:
        next(gather([]))
    assert ended.value.value == []
