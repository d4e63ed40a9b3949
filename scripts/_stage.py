"""The contracts, the people, and a record of all that they send."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from goldleaf import Deployment, Goldleaf, Sent
from goldleaf.events import Event
from scripts._chain import Chain
from scripts._protocol import Settings, contracts, deploy

if TYPE_CHECKING:
    from ape_test.provider import LocalProvider

R = TypeVar("R")
T = TypeVar("T")

DECIMALS = 6
UNIT = 10**DECIMALS
PURSE = 100_000 * UNIT  # what everybody starts with


def base_units(amount: Decimal) -> int:
    """An amount of whole tokens in base units."""
    return int(amount * UNIT)


@dataclass(frozen=True)
class Person:
    """Somebody with an account."""

    name: str
    client: Goldleaf

    @property
    def address(self) -> str:
        """The account's address."""
        assert self.client.account is not None
        return self.client.account


class Stage:
    """The protocol on the in-process chain, and who plays on it."""

    def __init__(self, provider: "LocalProvider", seed: int, juror_fee: Decimal, progress: Progress) -> None:
        from ape import accounts

        self.chain = Chain(provider, seed)
        self.progress = progress
        self.people: list[Person] = []
        self.events: list[Event] = []
        # Call -> gas of each transaction.
        self.gas: dict[str, list[int]] = defaultdict(list)
        # The test account that deploys may mint.
        self._deployer = accounts.test_accounts[0]
        for _ in self.track("Contracts are compiled and deployed", [0]):
            self._token = self._deployer.deploy(contracts()["TokenMock"], DECIMALS)
            # Every juror has one seat; the load is high enough for all disputes at one time.
            settings = Settings(token=self._token.address, juror_fee=base_units(juror_fee), load=32)
            self.deployment: Deployment = deploy(self._deployer, settings)
        self._client = Goldleaf(self.chain.web3, self.deployment)

    def person(self, name: str) -> Person:
        """Somebody new, with ether and a purse of tokens."""
        person = Person(name, self._client.with_account(self.chain.account(name)))
        self._token.mint(person.address, PURSE, sender=self._deployer)
        self.people.append(person)
        return person

    @property
    def minted(self) -> int:
        """All tokens that there are, base units."""
        return int(self._token.totalSupply())

    def balance(self, address: str) -> int:
        """Tokens at an address, base units."""
        return int(self._client.ledger.wallet(account=address))

    def held(self, contract: str) -> int:
        """Tokens that a contract holds, base units."""
        return self.balance(self.deployment.address(contract))

    def gain(self, person: Person) -> int:
        """What somebody's wallet has gained since the start, base units."""
        return self.balance(person.address) - PURSE

    def note(self, call: str, sent: Sent[R]) -> R:
        """Records what was sent; returns its result."""
        for approval in sent.first:
            self.note("approve (ERC-20)", approval)
        self.gas[call].append(sent.gas_used)
        self.events.extend(sent.events)
        return sent.result

    def provide(self, person: Person, ledger: Any, amount: int) -> None:
        """Deposits what somebody lacks of a free balance in a ledger of theirs."""
        lacking = amount - ledger.free()
        if lacking > 0:
            self.note("deposit", ledger.deposit(lacking))

    def track(self, title: str, steps: Iterable[T]) -> Iterator[T]:
        """The steps one by one, with a bar of their own."""
        steps = list(steps)
        return iter(self.progress.track(steps, description=title, total=len(steps)))


def bars(console: Any) -> Progress:
    """Progress bars, one below the other."""
    columns = (
        TextColumn("{task.description:<52}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    return Progress(*columns, console=console)
