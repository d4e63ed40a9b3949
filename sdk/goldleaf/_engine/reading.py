"""What flows ask for, as JSON-RPC requests, and the answers as they expect them."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from .. import errors
from .._address import checksum
from .._flows.core import Block, Flow, Log, Pause, ReadBlock, ReadClock, ReadLogs, Request, ViewCall
from ..results import Call
from .steps import PENDING, Ask, AskAll, Sleep, Steps

T = TypeVar("T")


def check(chain_id: int, contracts: Mapping[str, str]) -> Steps[None]:
    """Raises `WrongChain` or `NoCode` unless the node is on this chain and has code at these addresses."""
    codes = [Ask("eth_getCode", (address, "latest")) for address in contracts.values()]
    found, *code = yield AskAll((Ask("eth_chainId"), *codes))
    if isinstance(found, errors.GoldleafError):
        raise found
    require_chain(found, chain_id)
    for (name, address), answer in zip(contracts.items(), code, strict=True):
        if isinstance(answer, errors.GoldleafError):
            raise answer
        if not octets(answer):
            raise errors.NoCode(f"{name} at {address}")


def run(flow: Flow[T]) -> Steps[T]:
    """What a flow returns."""
    try:
        request = next(flow)
        while True:
            try:
                answer = yield from _answer(request)
            except errors.GoldleafError as error:
                request = flow.throw(error)
            else:
                request = flow.send(answer)
    except StopIteration as end:
        result: T = end.value
        return result
    finally:
        flow.close()


def _answer(request: Request) -> Steps[Any]:
    if isinstance(request, Pause):
        yield Sleep(request.seconds)
        return None
    if not isinstance(request, tuple):
        return _read(request, (yield _ask(request)))
    # Flows that run side by side often want the same.
    wanted = list(dict.fromkeys(_leaves(request)))
    results = yield AskAll(tuple(_ask(leaf) for leaf in wanted))
    answers = {leaf: _attempt(leaf, result) for leaf, result in zip(wanted, results, strict=True)}
    return _arranged(request, answers)


def _ask(request: Request) -> Ask:
    match request:
        case ViewCall():
            return Ask("eth_call", ({"to": request.to, "data": hexadecimal(request.data)}, PENDING))
        case ReadClock():
            return Ask("eth_getBlockByNumber", (PENDING, False))
        case ReadBlock():
            block = hex(request.block) if isinstance(request.block, int) else request.block
            return Ask("eth_getBlockByNumber", (block, False))
        case ReadLogs():
            return Ask("eth_getLogs", (_filter(request),))
        case Ask():
            return request
    raise TypeError(f"{request!r} cannot stand among several requests")


def _leaves(request: Request) -> list[Request]:
    return [leaf for part in request for leaf in _leaves(part)] if isinstance(request, tuple) else [request]


def _arranged(request: Request, answers: Mapping[Request, Any]) -> Any:
    """The answers in the shape of the requests."""
    return tuple(_arranged(part, answers) for part in request) if isinstance(request, tuple) else answers[request]


def _attempt(request: Request, result: Any) -> Any:
    try:
        return result if isinstance(result, errors.GoldleafError) else _read(request, result)
    except errors.GoldleafError as error:
        return error


def _read(request: Request, result: Any) -> Any:
    """The answer to a request, of a node's result."""
    match request:
        case ViewCall():
            return parsed(octets, result)
        case ReadClock():
            return parsed(lambda block: number(block["timestamp"]), result)
        case ReadBlock():
            return None if result is None else parsed(_block, result)
        case Ask():
            return result
        case _:
            return parsed(lambda logs: [read_log(log) for log in logs], result)


def _filter(request: ReadLogs) -> dict[str, Any]:
    topics = [
        [hexadecimal(choice) for choice in topic] if isinstance(topic, tuple) else topic and hexadecimal(topic)
        for topic in request.topics
    ]
    wanted = {"address": list(request.addresses), "topics": topics}
    if request.block_hash is not None:
        return {**wanted, "blockHash": hexadecimal(request.block_hash)}
    last = "latest" if request.last_block is None else hex(request.last_block)
    return {**wanted, "fromBlock": hex(request.first_block), "toBlock": last}


def _block(block: Mapping[str, Any]) -> Block:
    return Block(
        number(block["number"]), octets(block["hash"]), octets(block["parentHash"]), number(block["timestamp"])
    )


# ---------------------------------------------------------------- JSON-RPC's values


def parsed(parse: Callable[[Any], T], result: Any) -> T:
    """What a function reads out of a node's result. Raises `GarbledAnswer` if that does not hold it."""
    try:
        return parse(result)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise errors.GarbledAnswer(f"a result is not what it must be: {error!r}") from error


def number(value: Any) -> int:
    """An integer. eth-tester gives integers as they are, and bytes too."""
    return int(value, 16) if isinstance(value, str) else int(value)


def octets(value: Any) -> bytes:
    """Bytes."""
    return bytes.fromhex(value.removeprefix("0x")) if isinstance(value, str) else bytes(value)


def hexadecimal(value: Any) -> str:
    """Bytes, or what stands for them, as hexadecimal digits after 0x."""
    return f"0x{octets(value).hex()}"


def read_log(log: Mapping[str, Any]) -> Log:
    """A log of a receipt, of a range of blocks, or of a simulation."""
    return Log(
        address=checksum(log["address"]),
        topics=tuple(octets(topic) for topic in log["topics"]),
        data=octets(log["data"]),
        block=number(log["blockNumber"]),
        block_hash=octets(log["blockHash"]),
        transaction=hexadecimal(log["transactionHash"]),
        index=number(log["logIndex"]),
        removed=bool(log.get("removed", False)),
    )


def read_call(transaction: Mapping[str, Any]) -> Call:
    """What a transaction that the node knows does."""
    return Call(
        name="",
        sender=checksum(transaction["from"]),
        to=checksum(transaction["to"]) if transaction["to"] else "",
        data=octets(transaction["input"]),
        chain_id=number(transaction.get("chainId") or 0),
        value=number(transaction["value"]),
    )


def require_chain(found: Any, chain_id: int) -> None:
    """Raises `WrongChain` unless the node's chain id is this one."""
    if number(found) != chain_id:
        raise errors.WrongChain("chain id of the node", value=number(found), bound=chain_id)
