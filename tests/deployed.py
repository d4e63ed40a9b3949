"""A deployment on a node, and clients of it that block or are awaited."""

import asyncio
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import astuple, dataclass, field
from typing import Any

from eth_account import Account
from eth_utils import keccak
from web3 import Web3

from goldleaf import (
    ZERO_ADDRESS,
    AsyncGoldleaf,
    CourtParameters,
    Deployment,
    Goldleaf,
)
from tests.chains import abi_of, deploy_escrow, deployer

DAY = 86_400
UNIT = 10**6
PURSE = 1000 * UNIT
JURORS = 7
TERMS = keccak(b"manifest")


def deploy(chain_id: int, contract: Callable[..., Any]) -> tuple[Any, Deployment]:
    """A token, and the protocol on it. `contract` deploys one by its path, with the arguments of its constructor."""
    token = contract("mocks/TokenMock", 6)
    parameters = CourtParameters(
        token=token.address,
        gate=ZERO_ADDRESS,
        randomness=contract("randomness/BlockhashRandomness").address,
        juror_fee=UNIT,
        load=8,
        max_seats=100,
        max_seats_per_holder=1,
        join_delay=7 * DAY,
        draw_timeout=2 * DAY,
        commit_period=DAY,
        reveal_period=DAY,
        appeal_period=DAY,
    )
    relay = contract("Relay").address
    court = contract("Court", relay, astuple(parameters)).address
    escrow = {name: each.address for name, each in deploy_escrow(contract, relay).items()}
    pool = contract("RoyaltyPool", relay, escrow["TaskEscrow"]).address
    contracts = {**escrow, "Court": court, "RoyaltyPool": pool, "Relay": relay, "Token": token.address}
    return token, Deployment(chain_id, 1, contracts)


@dataclass
class Chain:
    """A node with the protocol on it, whose clock the test moves."""

    web3: Web3
    travel_to: Callable[[int], None]
    mine: Callable[[], None]
    # Makes a client for an account.
    connect: Callable[[Any], Any] = field(init=False)

    def __post_init__(self) -> None:
        self.deployer = self.web3.eth.accounts[0]
        self.token, self.deployment = deploy(self.web3.eth.chain_id, self._deploy)

    @property
    def now(self) -> int:
        return int(self.web3.eth.get_block("latest")["timestamp"])

    def client(self, name: str) -> Any:
        """A new account with ether, which signs for itself, and with a purse of tokens."""
        account = Account.from_key(keccak(text=name))
        self._send({"to": account.address, "value": 10**18})
        self._send(self.token.functions.mint(account.address, PURSE).build_transaction({"from": self.deployer}))
        return self.connect(account)

    def balance(self, address: str) -> int:
        return int(self.token.functions.balanceOf(address).call())

    def _deploy(self, path: str, *arguments: Any) -> Any:
        abi = abi_of(path)
        factory = self.web3.eth.contract(abi=abi, bytecode=deployer(path).compiler_data.bytecode)
        receipt = self._send(factory.constructor(*arguments).build_transaction({"from": self.deployer}))
        return self.web3.eth.contract(receipt["contractAddress"], abi=abi)

    def _send(self, transaction: Any) -> Any:
        sent = self.web3.eth.send_transaction(transaction | {"from": self.deployer})
        return self.web3.eth.wait_for_transaction_receipt(sent, poll_latency=0.01)


class Awaited:
    """An asynchronous client, or a part of one, whose methods are run to their end when they are called."""

    def __init__(self, part: Any, loop: asyncio.AbstractEventLoop) -> None:
        self._part = part
        self._loop = loop

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._part, name)
        if callable(found):
            return lambda *args, **kwargs: self._loop.run_until_complete(found(*args, **kwargs))
        return found if isinstance(found, str) else Awaited(found, self._loop)


def connector(
    chain: Chain,
    awaits: bool,
    loop: asyncio.AbstractEventLoop,
    stack: ExitStack,
    *,
    scheme: str = "http",
    wrap: type[Awaited] = Awaited,
) -> Callable[[Any], Any]:
    """What makes a client for an account on the node, one that blocks or is awaited, until the stack is closed."""
    url = str(chain.web3.provider.endpoint_uri)  # type: ignore[attr-defined]
    if not awaits:
        return lambda account: Goldleaf(url, chain.deployment, account)
    first = loop.run_until_complete(AsyncGoldleaf.connect(url.replace("http", scheme, 1), chain.deployment))
    stack.callback(lambda: loop.run_until_complete(first.close()))
    return lambda account: wrap(first.with_account(account), loop)
