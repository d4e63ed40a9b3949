"""Deploys the protocol, and checks what was deployed by its code and by calling it."""

from collections.abc import Mapping
from dataclasses import astuple, dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from goldleaf import ZERO_ADDRESS, CourtParameters, Deployment, Goldleaf
from goldleaf.deployment import SINK

if TYPE_CHECKING:
    from ape.api import AccountAPI, ProviderAPI

SOURCES = (
    "contracts/Relay.vy",
    "contracts/gates/CredentialGate.vy",
    "contracts/adapters/Erc792Adapter.vy",
    "contracts/randomness/BlockhashRandomness.vy",
    "contracts/randomness/DrandRandomness.vy",
    "contracts/Court.vy",
    "contracts/TaskTerms.vy",
    "contracts/TaskEscrow.vy",
    "contracts/Lens.vy",
    "contracts/GoldTest.vy",
    "contracts/RoyaltyPool.vy",
    "contracts/mocks/TokenMock.vy",
)
GATE = "CredentialGate"
BLOCK_HASHES = "BlockhashRandomness"
BEACONS = "DrandRandomness"
ADAPTER = "Erc792Adapter"
MAX_CODE = 24_576  # bytes of a contract on Ethereum (EIP-170); local chains may allow more

HOUR = 3600
DAY = 24 * HOUR


@dataclass(frozen=True)
class Arbitrator:
    """An ERC-792 arbitrator that tasks may name besides the court, by an adapter that is deployed."""

    # In the deployment file.
    name: str
    address: str
    wrapped_ether: str
    max_duration: int  # seconds
    # URI of the ERC-1497 MetaEvidence.
    meta_evidence: str
    # What the arbitrator is told with each dispute.
    extra_data: bytes = b""

    def arguments(self, relay: str) -> tuple[Any, ...]:
        """Of the adapter's constructor."""
        return relay, self.address, self.extra_data, self.wrapped_ether, self.max_duration, self.meta_evidence


@dataclass(frozen=True)
class Drand:
    """A chain of beacons whose signatures are on G1 of BLS12-381, by which a court draws."""

    # A point of G2: x0, x1, y0, y1, in two words each, the high one first.
    key: tuple[str, ...]
    genesis: int  # time of round 1
    period: int  # seconds
    # Seconds from arming a draw until the round that decides is due, at least.
    margin: int = 120

    def arguments(self) -> tuple[Any, ...]:
        """Of the constructor of a DrandRandomness."""
        return [bytes.fromhex(word) for word in self.key], self.genesis, self.period, self.margin


# As the nodes of the chain `quicknet` tell. They give the key compressed: this is the point that it stands for.
QUICKNET = Drand(
    key=(
        "000000000000000000000000000000000d1fec758c921cc22b0e17e63aaf4bcb",
        "5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a",
        "0000000000000000000000000000000003cf0f2896adee7eb8b5f01fcad39122",
        "12c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d106451",
        "000000000000000000000000000000000e5db2b6bfbb01c867749cadffca88b3",
        "6c24f3012ba09fc4d3022c5c37dce0f977d3adb5d183c7477c442b1f04515273",
        "0000000000000000000000000000000001a714f2edb74119a2f2b0d5a7c75ba9",
        "02d163700a61bc224ededd8e63aef7be1aaf8e93d7a9718b047ccddb3eb5d68b",
    ),
    genesis=1_692_803_367,
    period=3,
)


@dataclass(frozen=True)
class Settings:
    """What is fixed at deployment: amounts in base units, periods in seconds."""

    token: str
    juror_fee: int
    # Who may sit in the court: whom a contract lets in, or, with an issuer, who has its credential for the domain.
    gate: str = ZERO_ADDRESS
    issuer: str = ZERO_ADDRESS
    domain: str = ""
    period_floor: int = HOUR
    # Who gets what is lost of stakes and is nobody's prize.
    sink: str = SINK
    load: int = 16
    max_seats: int = 1000
    max_seats_per_holder: int = 50
    join_delay: int = 7 * DAY
    draw_timeout: int = 3 * DAY
    commit_period: int = 2 * DAY
    reveal_period: int = 2 * DAY
    appeal_period: int = 3 * DAY
    arbitrator: Arbitrator | None = None
    # The chain of beacons that the court draws by; None: it draws by block hashes, which builders of blocks can choose.
    drand: Drand | None = None

    @property
    def randomness(self) -> str:
        """The name of the contract that the court draws by."""
        return BLOCK_HASHES if self.drand is None else BEACONS

    def court(self, randomness: str, gate: str | None) -> CourtParameters:
        """The parameters of the court; `gate` is the one deployed with it."""
        return CourtParameters(
            token=self.token,
            gate=gate or self.gate,
            randomness=randomness,
            juror_fee=self.juror_fee,
            load=self.load,
            max_seats=self.max_seats,
            max_seats_per_holder=self.max_seats_per_holder,
            join_delay=self.join_delay,
            draw_timeout=self.draw_timeout,
            commit_period=self.commit_period,
            reveal_period=self.reveal_period,
            appeal_period=self.appeal_period,
        )


@cache
def contracts() -> Mapping[str, Any]:
    """The contracts by name, compiled if they have changed."""
    from ape import project

    found: Mapping[str, Any] = project.load_contracts(*SOURCES)
    return found


def deploy(account: "AccountAPI", settings: Settings) -> Deployment:
    """Deploys relay, court, escrow with its terms, its lens and its test on known items, and royalty pool.

    And, if they are asked for, a CredentialGate for the court and an adapter to an ERC-792 arbitrator.

    Raises `RuntimeError` naming what is not as it was asked for.
    """

    def create(name: str, *arguments: object) -> str:
        return str(account.deploy(contracts()[name], *arguments).address)

    block = account.provider.get_block("latest").number + 1
    relay = create("Relay")
    gate = None if settings.issuer == ZERO_ADDRESS else create(GATE, relay, settings.issuer, settings.domain)
    randomness = create(settings.randomness, *(() if settings.drand is None else settings.drand.arguments()))
    court = create("Court", relay, astuple(settings.court(randomness, gate)))
    terms = create("TaskTerms", settings.period_floor)
    escrow = create("TaskEscrow", relay, terms, settings.sink)
    other = settings.arbitrator
    deployment = Deployment(
        chain_id=account.provider.chain_id,
        block=block,
        contracts={
            "Relay": relay,
            settings.randomness: randomness,
            "Court": court,
            "TaskTerms": terms,
            "TaskEscrow": escrow,
            "Lens": create("Lens", escrow),
            "GoldTest": create("GoldTest", relay, escrow),
            "RoyaltyPool": create("RoyaltyPool", relay, escrow),
            "Token": settings.token,
            **({} if other is None else {"WrappedEther": other.wrapped_ether}),
        },
        arbitrators={} if other is None else {other.name: create(ADAPTER, *other.arguments(relay))},
        gates={} if gate is None else {settings.domain: gate},
    )
    check(account.provider, deployment, settings)
    return deployment


def check(provider: "ProviderAPI", deployment: Deployment, settings: Settings) -> None:
    """Raises `RuntimeError` unless the contracts at these addresses are ours, and answer as the settings say."""
    from ape import Contract

    # Also checks the chain, and that there is code at every address.
    client = Goldleaf(provider.web3, deployment)
    compiled = contracts()
    tokens = ("Token", "WrappedEther")
    addresses = {name: address for name, address in deployment.contracts.items() if name not in tokens}
    gate = next(iter(deployment.gates.values()), None)
    if gate is not None:
        addresses[GATE] = gate
    other = settings.arbitrator
    if other is not None:
        addresses[ADAPTER] = deployment.arbitrators[other.name]
    deployed = {
        name: Contract(address, contract_type=compiled[name].contract_type) for name, address in addresses.items()
    }
    relay, escrow, pool = (deployed[name] for name in ("Relay", "TaskEscrow", "RoyaltyPool"))
    terms, lens = (deployed[name] for name in ("TaskTerms", "Lens"))
    asked = settings.court(deployment.address(settings.randomness), gate)
    longest = 3 * (asked.draw_timeout + asked.commit_period + asked.reveal_period) + 2 * asked.appeal_period
    randomness = deployed[settings.randomness]
    ticket, latest = randomness.next_ticket(), provider.get_block("latest")
    expectations: list[tuple[str, object, object]] = [
        ("parameters of the court", client.court.parameters(), asked),
        ("court.token", deployed["Court"].token(), asked.token),
        ("court.arbitration_cost", client.court.arbitration_cost(), 3 * asked.juror_fee),
        ("court.seat_price", client.court.seat_price(), asked.load * client.court.seat_penalty()),
        ("court.max_duration", client.court.max_duration(), longest),
        ("court.dispute_count", client.court.dispute_count(), 0),
        ("terms.period_floor", terms.period_floor(), settings.period_floor),
        ("escrow.terms", escrow.terms(), terms.address),
        ("escrow.sink", client.tasks.sink(), settings.sink),
        ("escrow.task_count", client.tasks.count(), 0),
        ("lens.escrow", lens.escrow(), escrow.address),
        ("test.escrow", deployed["GoldTest"].escrow(), escrow.address),
        ("test.sink", deployed["GoldTest"].sink(), settings.sink),
        ("pool.escrow", pool.escrow(), escrow.address),
    ]
    if settings.drand is None:
        expectations.append(("a ticket of the randomness that is still to come", ticket > latest.number, True))
    else:
        drand = settings.drand
        found = randomness.genesis(), randomness.period(), randomness.margin()
        expectations += [
            ("key of the beacons", [bytes(word).hex() for word in randomness.key()], list(drand.key)),
            ("genesis, period and margin of the beacons", found, (drand.genesis, drand.period, drand.margin)),
            ("a beacon that is due after the margin", randomness.due(ticket) >= latest.timestamp + drand.margin, True),
        ]
    # Each contract that acts for somebody trusts the one relay, and the relay itself.
    silent = (settings.randomness, "TaskTerms", "Lens")
    speakers = {name: contract for name, contract in deployed.items() if name not in silent}
    expectations += [(f"relay of {name}", contract.relay(), relay.address) for name, contract in speakers.items()]
    if gate is not None:
        expectations += [
            ("issuer of the gate", deployed[GATE].issuer(), settings.issuer),
            ("domain of the gate", deployed[GATE].domain(), settings.domain),
        ]
    if other is not None:
        terms = client.arbitrators.terms(other.name)
        expectations += [
            ("arbitrator of the adapter", terms.arbitrator, other.address),
            ("extra data of the adapter", terms.extra_data, other.extra_data),
            ("token of the adapter", terms.token, other.wrapped_ether),
            ("max_duration of the adapter", terms.max_duration, other.max_duration),
        ]
        # Raises if it is no ERC-792 arbitrator, or does not take the extra data.
        client.arbitrators.arbitration_cost(other.name)
    for name, contract in deployed.items():
        code, runtime = bytes(contract.code), bytes(compiled[name].contract_type.get_runtime_bytecode())
        expectations += [
            # Immutables stand behind it.
            (f"code of {name} that was compiled here", code.startswith(runtime), True),
            (f"code of {name} in {MAX_CODE:,} bytes", len(code) <= MAX_CODE, True),
        ]
    wrong = [f"{name} is {found}, expected {value}" for name, found, value in expectations if found != value]
    if wrong:
        raise RuntimeError("not as deployed: " + "; ".join(wrong))
