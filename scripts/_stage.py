"""The contracts, the people, and a record of all that they send."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar

from eth_account.signers.local import LocalAccount
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from goldleaf import (
    Deployment,
    Goldleaf,
    RelayTerms,
    Sent,
    SignedCredential,
    credentials,
    permits,
)
from goldleaf.events import Event
from scripts._chain import GAS_LIMIT, Chain
from scripts._offers import Offer
from scripts._protocol import DAY, Settings, contracts, deploy

if TYPE_CHECKING:
    from ape_test.provider import LocalProvider

R = TypeVar("R")
T = TypeVar("T")

DECIMALS = 6
UNIT: int = 10**DECIMALS
PURSE = 100_000 * UNIT  # what everybody starts with
FEE = UNIT // 20  # of each relayed call
RESERVE = 40 * FEE  # what somebody whose calls are relayed keeps free in the escrow for them
YEAR = 365 * DAY


def base_units(amount: Decimal) -> int:
    """An amount of whole tokens in base units."""
    return int(amount * UNIT)


@dataclass(frozen=True)
class Person:
    """Somebody with an account."""

    name: str
    client: Goldleaf
    key: LocalAccount = field(repr=False)
    # Who sends what this person signs, for a fee; None: they send it themselves.
    relayer: "Person | None" = None

    @property
    def address(self) -> str:
        """The account's address."""
        return str(self.key.address)


class Stage:
    """The protocol on the in-process chain, and who plays on it."""

    def __init__(self, provider: "LocalProvider", seed: int, offer: Offer, progress: Progress) -> None:
        from ape import accounts

        self.chain = Chain(provider, seed)
        self.progress = progress
        self.people: list[Person] = []
        self.events: list[Event] = []
        # Call -> gas of each transaction.
        self.gas: dict[str, list[int]] = defaultdict(list)
        # Name -> calls that were relayed.
        self.relayed: Counter[str] = Counter()
        # The test account that deploys may mint.
        self._deployer = accounts.test_accounts[0]
        # Signs credentials, and sends nothing.
        self._board = self.chain.account(offer.board, ether=0)
        for _ in self.track("Contracts are compiled and deployed", [0]):
            self._token = self._deployer.deploy(contracts()["TokenMock"], DECIMALS)
            settings = Settings(
                token=self._token.address,
                juror_fee=base_units(offer.juror_fee),
                # Every juror has one seat; the load is high enough for all disputes at one time.
                load=32,
                issuer=self._board.address,
                domain=offer.domain,
            )
            self.deployment: Deployment = deploy(self._deployer, settings)
        self._domain = offer.domain
        self._client = Goldleaf(self.chain.web3, self.deployment)

    @property
    def gate(self) -> str:
        """The gate that lets in whom the board has signed for."""
        return self.deployment.gates[self._domain]

    def person(self, name: str, relayer: Person | None = None) -> Person:
        """Somebody new with a purse of tokens, and with ether unless there is a relayer."""
        key = self.chain.account(name) if relayer is None else self.chain.account(name, ether=0)
        person = Person(name, self._client.with_account(key), key, relayer)
        self._token.mint(person.address, PURSE, sender=self._deployer)
        self.people.append(person)
        return person

    def cautious(self, person: Person) -> Goldleaf:
        """A client of somebody's that runs each call before it is sent; for others that would take too long."""
        return Goldleaf(self.chain.web3, self.deployment, person.key, gas_limit=GAS_LIMIT)

    def certify(self, person: Person) -> SignedCredential:
        """What the board signs for somebody: good at the gate for a year."""
        return credentials.issue(
            self._board,
            chain_id=self.deployment.chain_id,
            gate=self.gate,
            domain=self._domain,
            holder=person.address,
            expires=self.chain.now + YEAR,
            nonce=1,
        )

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

    def act(self, person: Person, call: str, action: Any, *args: Any, **kwargs: Any) -> Any:
        """The result of a method of somebody's client, called through their relayer if they have one, and recorded."""
        if person.relayer is None:
            return self._note(call, action(*args, **kwargs))
        terms = RelayTerms(
            fee=FEE,
            relayer=person.relayer.address,
            ledger="TaskEscrow",
            # Counted, as chance would change the blocks, and with them the draws.
            nonce=self.relayed[person.name],
        )
        asked = action.relayed(terms, *args, **kwargs)
        assert asked.signed is not None
        self.relayed[person.name] += 1
        sent = person.relayer.client.relay.execute(asked.signed)
        self._note(f"{call}, relayed", sent)
        return asked.read(sent.events)

    def _note(self, call: str, sent: Sent[R]) -> R:
        for approval in sent.first:
            self._note("approve (ERC-20)", approval)
        self.gas[call].append(sent.gas_used)
        self.events.extend(sent.events)
        return sent.result

    def provide(self, person: Person, ledger: Any, amount: int) -> None:
        """Deposits what somebody lacks of a free balance in a ledger of theirs."""
        pays_fees = person.relayer is not None and ledger is person.client.ledger
        lacking = amount + (RESERVE if pays_fees else 0) - ledger.free()
        if lacking <= 0:
            return
        if person.relayer is None:
            self.act(person, "deposit", ledger.deposit, lacking)
            return
        # An allowance by signature: approving would be a transaction.
        permit = ledger.permit(lacking)
        signature, deadline = permits.sign(permit, person.key), int(permit["message"]["deadline"])
        self.act(person, "deposit", ledger.deposit_with_permit, lacking, signature=signature, deadline=deadline)

    def cash_out(self, person: Person) -> None:
        """Withdraws all that somebody has; last from the escrow, which pays the fees."""
        client = person.client
        for ledger in (client.royalties.ledger, client.court.ledger, client.tests.ledger, client.ledger):
            fee = FEE if person.relayer is not None and ledger is client.ledger else 0
            amount = ledger.free() - fee
            if amount > 0:
                self.act(person, "withdraw", ledger.withdraw, amount)

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
