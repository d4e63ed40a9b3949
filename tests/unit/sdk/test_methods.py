"""Methods of clients as Python shows them: by their signatures, in `help`, and as text."""

import inspect
import pydoc
import re
from collections.abc import Iterator
from typing import Any

import pytest
from eth_account import Account

from goldleaf import Goldleaf, Sent, Task, errors, events
from goldleaf._client.calls import Action, AsyncBoundAction, AsyncBoundQuery, BoundAction, BoundQuery, Namespace, Query
from goldleaf._client.client import BaseClient
from goldleaf._engine.pending import Options
from goldleaf._flows import submissions, tasks
from tests.in_process import Play, World


class Offline(BaseClient):
    """A client without a node."""

    awaits = False


class AsyncOffline(BaseClient):
    """One whose methods are to be awaited."""

    awaits = True


def offline(world: World, kind: type[BaseClient] = Offline, account: Any = None) -> Any:
    return kind(world.deployment, account, Options(timeout=1, poll=1, gas_limit=None, max_fee=None))


def namespaces(part: Any) -> Iterator[Namespace[Any]]:
    for value in vars(part).values():
        if isinstance(value, Namespace):
            yield value
            yield from namespaces(value)


def methods(client: Any) -> Iterator[tuple[str, Any]]:
    """All methods of all namespaces, with their names."""
    for namespace in namespaces(client):
        for name, _ in inspect.getmembers(type(namespace), lambda member: isinstance(member, Query | Action)):
            yield name, getattr(namespace, name)


def in_a_line(shown: str) -> str:
    """What is shown, without what Python 3.13 breaks long signatures by."""
    return re.sub(r"[\s|]|,[\s|]*(?=\))", "", shown)


@pytest.mark.parametrize("kind", [Offline, AsyncOffline])
def test_methods__of_every_namespace__show_their_own_parameters_and_docstring(
    world: World, kind: type[BaseClient]
) -> None:
    seen = list(methods(offline(world, kind)))
    assert len(seen) > 120
    for name, method in seen:
        flow = method.__wrapped__.__func__
        signature = inspect.signature(method)
        context, *parameters = inspect.signature(flow).parameters.values()
        assert context.name == "context"
        assert [*signature.parameters.values()] == parameters
        assert "Flow" not in str(signature) and "Generator" not in str(signature)
        assert (method.__name__, method.__doc__) == (name, flow.__doc__) and method.__doc__
        assert method.__qualname__.endswith(f".{name}")
        shown = pydoc.render_doc(method, renderer=pydoc.plaintext)  # type: ignore[attr-defined]
        assert in_a_line(f"{name}{signature}") in in_a_line(shown)
        assert all(line.strip() in shown for line in method.__doc__.splitlines())


def test_signature__what_is_returned__is_what_comes_of_the_method(world: World) -> None:
    client = offline(world)
    assert inspect.signature(client.tasks.get).return_annotation == Task
    assert inspect.signature(client.submissions.take).return_annotation == Sent[events.Taken]
    assert str(inspect.signature(client.tasks.get)) == "(task: int) -> goldleaf.types.Task"


def test_signature__of_a_namespace__takes_it_first(world: World) -> None:
    client = offline(world)
    kind = type(client.tasks)
    assert str(inspect.signature(kind.get)) == "(self, task: int) -> goldleaf.types.Task"
    for namespace in namespaces(client):
        shown = in_a_line(pydoc.render_doc(type(namespace), renderer=pydoc.plaintext))  # type: ignore[attr-defined]
        for name, method in inspect.getmembers(type(namespace), lambda member: isinstance(member, Query | Action)):
            assert in_a_line(f"{name}{inspect.signature(method)}") in shown
    for bound in (BoundQuery, BoundAction, AsyncBoundQuery, AsyncBoundAction):
        assert "many" in pydoc.render_doc(bound) or "simulate" in pydoc.render_doc(bound)


def test_call__of_a_namespace_s_class__is_that_of_the_method(play: Play) -> None:
    client = play.annotator
    assert type(client.tasks).count(client.tasks) == client.tasks.count()


@pytest.mark.parametrize(("flow", "arguments"), [(tasks.get, ("task",)), (submissions.take, ("task", "slot"))])
def test_query_and_action__alone__named_in_their_namespace(flow: Any, arguments: tuple[str, ...]) -> None:
    class Fruits(Namespace[Any]):
        pick = Query(flow)

    assert Fruits.pick.__qualname__ == "Fruits.pick"
    assert {*arguments} <= {*inspect.signature(Fruits.pick).parameters}


def test_repr__of_clients_and_their_parts__tells_whose_they_are_and_never_a_key(world: World) -> None:
    account = Account.create()
    client = Goldleaf(world.web3, world.deployment, account)
    chain_id = world.deployment.chain_id
    assert repr(client) == f"<Goldleaf on chain {chain_id}, for {account.address}>"
    assert repr(client.unchecked) == f"<Goldleaf on chain {chain_id}, for {account.address}, unchecked>"
    assert repr(client.with_account(None)) == f"<Goldleaf on chain {chain_id}, for nobody>"
    assert repr(client.tasks) == f"<Tasks of {client!r}>"
    assert repr(client.tasks.open) == f"<Tasks.open of {client!r}>"
    assert repr(client.court.ledger.free) == f"<Account.free of {client!r}>"
    parts = [client, client.batch(), client.events, *namespaces(client), *(method for _, method in methods(client))]
    for part in parts:
        for text in (repr(part), str(part)):
            assert account.key.hex().removeprefix("0x") not in text


@pytest.mark.parametrize("name", ["wait", "batch", "events", "close"])
@pytest.mark.parametrize("kind", ["Goldleaf", "AsyncGoldleaf"])
def test_docstrings__of_what_both_clients_have__are_the_same(kind: str, name: str) -> None:
    import goldleaf

    documented = inspect.getattr_static(BaseClient, name)
    assert inspect.getdoc(getattr(getattr(goldleaf, kind), name)) == inspect.getdoc(documented)
    assert inspect.getdoc(documented)


def test_warning__of_a_method__is_of_the_line_that_calls_it(play: Play) -> None:
    with pytest.warns(errors.GoldleafWarning) as caught:
        play.stranger.court.join(1)
    assert {warning.filename for warning in caught} == {__file__}
