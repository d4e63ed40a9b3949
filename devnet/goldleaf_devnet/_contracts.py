"""What is deployed, in which order, with which arguments."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, dataclass
from importlib.resources import files
from typing import Any

from web3 import Web3

from goldleaf import ZERO_ADDRESS, CourtParameters, Deployment
from goldleaf.deployment import SINK

from ._periods import Periods

# Of the test token.
DECIMALS = 6
TOKEN = 10**DECIMALS

# What the devnet's gate wants a credential for.
DOMAIN = "headlines"
# The name of the devnet's other arbitrator, and what a dispute or an appeal costs there, wei.
ARBITRATOR = "central"
ARBITRATION_COST = 10**16
NO_EXTRA_DATA = b""

Addresses = Mapping[str, str]


@dataclass(frozen=True)
class Ground:
    """What is there before anything is deployed."""

    periods: Periods
    # Address of who issues credentials for the gate.
    board: str
    # URI of what the other arbitrator's jurors are told.
    meta_evidence: str


@dataclass(frozen=True)
class Part:
    """One contract of a devnet."""

    # In the deployment file.
    name: str
    # The packaged contract.
    contract: str
    # Of its constructor, from the addresses of the parts before it.
    arguments: Callable[[Addresses, Ground], tuple[Any, ...]]
    # Where it stands in the deployment file: "contracts", "arbitrators" or "gates".
    section: str = "contracts"


def court(at: Addresses, periods: Periods) -> CourtParameters:
    """A court whose juries cost 3 tokens, with room for the largest of them."""
    return CourtParameters(
        token=at["Token"],
        gate=ZERO_ADDRESS,
        randomness=at["BlockhashRandomness"],
        juror_fee=TOKEN,
        load=8,
        max_seats=1000,
        max_seats_per_holder=50,
        join_delay=periods.join_delay,
        draw_timeout=periods.draw_timeout,
        commit_period=periods.commit,
        reveal_period=periods.reveal,
        appeal_period=periods.appeal,
    )


def adapter(at: Addresses, ground: Ground) -> tuple[Any, ...]:
    """The adapter to the other arbitrator."""
    addresses = (at["Relay"], at["Erc792Arbitrator"], NO_EXTRA_DATA, at["WrappedEther"])
    return (*addresses, ground.periods.arbitration, ground.meta_evidence)


# Deployed in this order. A contract more is a line more.
PARTS = (
    Part("Token", "TokenMock", lambda at, ground: (DECIMALS,)),
    Part("BlockhashRandomness", "BlockhashRandomness", lambda at, ground: ()),
    Part("Relay", "Relay", lambda at, ground: ()),
    Part("Court", "Court", lambda at, ground: (at["Relay"], astuple(court(at, ground.periods)))),
    Part("TaskTerms", "TaskTerms", lambda at, ground: (ground.periods.floor,)),
    Part("TaskEscrow", "TaskEscrow", lambda at, ground: (at["Relay"], at["TaskTerms"], SINK)),
    Part("Lens", "Lens", lambda at, ground: (at["TaskEscrow"],)),
    Part("GoldTest", "GoldTest", lambda at, ground: (at["Relay"], at["TaskEscrow"])),
    Part("RoyaltyPool", "RoyaltyPool", lambda at, ground: (at["Relay"], at["TaskEscrow"])),
    Part(DOMAIN, "CredentialGate", lambda at, ground: (at["Relay"], ground.board, DOMAIN), "gates"),
    Part("WrappedEther", "WrappedEther", lambda at, ground: ()),
    Part("Erc792Arbitrator", "Erc792ArbitratorMock", lambda at, ground: (ARBITRATION_COST,)),
    Part(ARBITRATOR, "Erc792Adapter", lambda at, ground: adapter(at, ground), "arbitrators"),
)


def load(contract: str) -> dict[str, Any]:
    """A packaged contract: its `source`, `license`, `abi` and creation `bytecode`."""
    file = files(__package__) / "contracts" / f"{contract}.json"
    content: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return content


def deploy(web3: Web3, deployer: str, ground: Ground) -> Deployment:
    """Deploys all parts, from an account that the node signs for."""
    first_block = web3.eth.block_number + 1
    at: dict[str, str] = {}
    for part in PARTS:
        packaged = load(part.contract)
        factory = web3.eth.contract(abi=packaged["abi"], bytecode=packaged["bytecode"])
        sent = factory.constructor(*part.arguments(at, ground)).transact({"from": Web3.to_checksum_address(deployer)})
        created = web3.eth.wait_for_transaction_receipt(sent, poll_latency=0.01)["contractAddress"]
        assert created is not None
        at[part.name] = created
    sections = {
        section: {part.name: at[part.name] for part in PARTS if part.section == section}
        for section in ("contracts", "arbitrators", "gates")
    }
    return Deployment(chain_id=web3.eth.chain_id, block=first_block, **sections)


def mint(web3: Web3, token: str, deployer: str, holders: Sequence[str], amount: int) -> None:
    """Gives each holder test tokens, from the account that has deployed their contract."""
    contract = web3.eth.contract(Web3.to_checksum_address(token), abi=load("TokenMock")["abi"])
    for holder in holders:
        contract.functions.mint(holder, amount).transact({"from": Web3.to_checksum_address(deployer)})
