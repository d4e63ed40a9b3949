"""Deploys the protocol, and checks what was deployed by calling it."""

from collections.abc import Mapping
from dataclasses import astuple, dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from goldleaf import ZERO_ADDRESS, CourtParameters, Deployment, Goldleaf

if TYPE_CHECKING:
    from ape.api import AccountAPI, ProviderAPI

SOURCES = (
    "contracts/TaskEscrow.vy",
    "contracts/Court.vy",
    "contracts/randomness/BlockhashRandomness.vy",
    "contracts/mocks/TokenMock.vy",
)

HOUR = 3600
DAY = 24 * HOUR


@dataclass(frozen=True)
class Settings:
    """What is fixed at deployment: amounts in base units, periods in seconds."""

    token: str
    juror_fee: int
    gate: str = ZERO_ADDRESS
    relay: str = ZERO_ADDRESS
    period_floor: int = HOUR
    load: int = 16
    max_seats: int = 1000
    max_seats_per_holder: int = 50
    join_delay: int = 7 * DAY
    draw_timeout: int = 3 * DAY
    commit_period: int = 2 * DAY
    reveal_period: int = 2 * DAY
    appeal_period: int = 3 * DAY

    def court(self, randomness: str) -> CourtParameters:
        """The parameters of the court."""
        return CourtParameters(
            token=self.token,
            gate=self.gate,
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

    return project.load_contracts(*SOURCES)


def deploy(account: "AccountAPI", settings: Settings) -> Deployment:
    """Deploys randomness, court and escrow.

    Raises `RuntimeError` naming what is not as it was asked for.
    """
    compiled = contracts()
    block = account.provider.get_block("latest").number + 1
    randomness = account.deploy(compiled["BlockhashRandomness"])
    court = account.deploy(compiled["Court"], settings.relay, astuple(settings.court(randomness.address)))
    escrow = account.deploy(compiled["TaskEscrow"], settings.relay, settings.period_floor)
    deployment = Deployment(
        chain_id=account.provider.chain_id,
        block=block,
        contracts={
            "TaskEscrow": escrow.address,
            "Court": court.address,
            "BlockhashRandomness": randomness.address,
            "Token": settings.token,
        },
    )
    check(account.provider, deployment, settings)
    return deployment


def check(provider: "ProviderAPI", deployment: Deployment, settings: Settings) -> None:
    """Raises `RuntimeError` unless the contracts at these addresses answer as the settings say."""
    from ape import Contract

    # Also checks the chain, and that there is code at every address.
    client = Goldleaf(provider.web3, deployment)
    compiled = contracts()
    randomness = deployment.address("BlockhashRandomness")
    deployed = {
        name: Contract(deployment.address(name), contract_type=compiled[name].contract_type)
        for name in ("TaskEscrow", "Court", "BlockhashRandomness")
    }
    asked = settings.court(randomness)
    longest = 3 * (asked.draw_timeout + asked.commit_period + asked.reveal_period) + 2 * asked.appeal_period
    block = provider.get_block("latest").number
    expectations: list[tuple[str, object, object]] = [
        ("parameters of the court", client.court.parameters(), asked),
        ("court.token", deployed["Court"].token(), asked.token),
        ("court.arbitration_cost", client.court.arbitration_cost(), 3 * asked.juror_fee),
        ("court.seat_price", client.court.seat_price(), asked.load * client.court.seat_penalty()),
        ("court.max_duration", client.court.max_duration(), longest),
        ("court.relay", deployed["Court"].relay(), settings.relay),
        ("court.dispute_count", client.court.dispute_count(), 0),
        ("escrow.relay", deployed["TaskEscrow"].relay(), settings.relay),
        ("escrow.period_floor", deployed["TaskEscrow"].period_floor(), settings.period_floor),
        ("escrow.task_count", client.tasks.count(), 0),
        (
            "a ticket of the randomness that is still to come",
            deployed["BlockhashRandomness"].next_ticket() > block,
            True,
        ),
    ]
    wrong = [f"{name} is {found}, expected {value}" for name, found, value in expectations if found != value]
    if wrong:
        raise RuntimeError("not as deployed: " + "; ".join(wrong))
