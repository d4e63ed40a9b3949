"""A rival who takes the very slot that a bot has picked, just before the bot does."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from web3.providers.async_base import AsyncBaseProvider
from web3.providers.base import BaseProvider

from goldleaf import AsyncGoldleaf, Goldleaf, errors
from goldleaf._encoding.codec import contract
from goldleaf._engine.sending import MAX_DRAWS
from goldleaf.ids import split_submission
from tests.in_process import GAS_LIMIT, Play

TAKES = contract("TaskEscrow").functions
ONE, MANY = TAKES["take"].encode(0, 0, b"")[:4], TAKES["take_many"].encode(0, [0], b"")[:4]


class Rival(BaseProvider):
    """A node at which somebody else is faster, so many times: when the bot asks whether it may, or when it sends.

    With `batches`, it is the bot's own account, which takes the sibling of the slot in a task of so many batches.
    """

    def __init__(self, play: Play, task: int, races: int, at: str, batches: int = 0) -> None:
        super().__init__()
        web3 = play.world.web3
        self._request = web3.provider.request_func(web3, web3.middleware_onion)
        self.lost: list[int] = []
        self._rival = play.annotator if batches else play.stranger
        self._batches = batches
        self._task, self._races, self._at = task, races, at

    def make_request(self, method: Any, params: Any) -> Any:
        if method == self._at and len(self.lost) < self._races:
            data = bytes.fromhex(str(params[0]["data"]).removeprefix("0x"))
            slot = {ONE: data[36:68], MANY: data[-64:-32]}.get(data[:4])
            if slot is not None:
                self.lost.append(int.from_bytes(slot))
                if self._batches:
                    self.lost[-1] = (self.lost[-1] + self._batches) % (2 * self._batches)
                self._rival.submissions.take(self._task, self.lost[-1])
        return self._request(method, params)


class Awaited(AsyncBaseProvider):
    """The same, to be awaited."""

    def __init__(self, rival: Rival) -> None:
        super().__init__()
        self._rival = rival

    async def make_request(self, method: Any, params: Any) -> Any:
        return self._rival.make_request(method, params)


@pytest.fixture(params=["blocking", "awaiting"])
def act(request: pytest.FixtureRequest, play: Play) -> Callable[..., Any]:
    """Has the annotator do something at a node, in both ways."""

    async def wait(rival: Rival, todo: Callable[[Any], Any]) -> Any:
        account = play.annotator.account
        gl = await AsyncGoldleaf.connect(Awaited(rival), play.world.deployment, account, gas_limit=GAS_LIMIT)
        return await todo(gl)

    def block(rival: Rival, todo: Callable[[Any], Any]) -> Any:
        return todo(Goldleaf(rival, play.world.deployment, play.annotator.account, gas_limit=GAS_LIMIT))

    return block if request.param == "blocking" else lambda rival, todo: asyncio.run(wait(rival, todo))


def slots(sent: Any) -> list[int]:
    events = sent.result if isinstance(sent.result, tuple) else [sent.result]
    return [split_submission(event.submission)[1] for event in events]


# The check of the bot's own, and the transaction, which then fails when it is mined.
@pytest.mark.parametrize("at", ["eth_call", "eth_sendTransaction"])
@pytest.mark.parametrize("unchecked", [False, True])
def test_take__somebody_is_faster__another_slot(act: Callable[..., Any], play: Play, at: str, unchecked: bool) -> None:
    rival = Rival(play, task := play.open(), 1, at)
    sent = act(rival, lambda gl: (gl.unchecked if unchecked else gl).submissions.take(task))
    (slot,) = slots(sent)
    assert len(rival.lost) == 1 and slot not in rival.lost


def test_take_many__somebody_is_faster__the_slots_that_are_left(act: Callable[..., Any], play: Play) -> None:
    rival = Rival(play, task := play.open(), 1, "eth_sendTransaction")
    sent = act(rival, lambda gl: gl.submissions.take_many(task, 2))
    assert len(slots(sent)) == 1 and len(rival.lost) == 1 and not set(slots(sent)) & set(rival.lost)


# Of the three batches the account has one then, and one is left besides the other that was picked.
def test_take_many__account_itself_is_faster__slots_of_other_batches(act: Callable[..., Any], play: Play) -> None:
    rival = Rival(play, task := play.open(redundancy=2), 1, "eth_call", batches=3)
    sent = act(rival, lambda gl: gl.submissions.take_many(task, 2))
    assert len(rival.lost) == 1
    assert sorted(slot % 3 for slot in [*slots(sent), *rival.lost]) == [0, 1, 2]


def test_take_many__account_itself_is_faster_at_a_slot_named__refused_as_it_was(
    act: Callable[..., Any], play: Play
) -> None:
    rival = Rival(play, task := play.open(redundancy=2), 1, "eth_call", batches=3)
    with pytest.raises(errors.HasSibling):
        act(rival, lambda gl: gl.submissions.take_many(task, [1, 2]))
    assert rival.lost == [5]


def test_take__slot_named__refused_as_it_was(act: Callable[..., Any], play: Play) -> None:
    rival = Rival(play, task := play.open(), 1, "eth_sendTransaction")
    with pytest.raises(errors.SlotTaken) as caught:
        act(rival, lambda gl: gl.submissions.take(task, 1))
    assert rival.lost == [1] and len(caught.value.sent) == len(caught.value.mined) == 1


def test_take__rival_is_always_faster__ends_and_says_what_was_sent(act: Callable[..., Any], play: Play) -> None:
    rival = Rival(play, task := play.open(items=100), 99, "eth_sendTransaction")
    with pytest.raises(errors.SlotTaken) as caught:
        act(rival, lambda gl: gl.submissions.take(task))
    assert len(rival.lost) == MAX_DRAWS
    assert len(caught.value.sent) == len(set(caught.value.sent)) == MAX_DRAWS


def test_take__rival_takes_the_last_slot__no_open_slot_and_what_was_sent(act: Callable[..., Any], play: Play) -> None:
    rival = Rival(play, task := play.open(items=4), 1, "eth_sendTransaction")
    with pytest.raises(errors.NoOpenSlot) as caught:
        act(rival, lambda gl: gl.submissions.take(task))
    assert len(caught.value.sent) == 1 and caught.value.sent[0] in str(caught.value)
