"""What each external function costs on a node, by receipts, and that it stays so."""

from collections.abc import Iterator

import pytest

from goldleaf.types import ZERO_ADDRESS
from tests.chains import AnvilChain, abi_of, anvil
from tests.gas.measure import (
    DEAREST_DISPUTE,
    DEFENCE,
    SIBLINGS,
    WHOLE_DISPUTE,
    Measured,
    measure_court,
    measure_direct,
    measure_drand,
    measure_escrow,
    measure_gates,
    measure_relay,
    measure_royalty,
    measure_views,
)
from tests.gas.snapshots import check_snapshot

pytestmark = [pytest.mark.anvil, pytest.mark.xdist_group("gas")]

# One proof hash more or less per doubling of the batch: 32 bytes more to hash, with its copy and its comparison.
PROOF_STEP = 700
BATCHES = (10, 1000)
# What being able to act through a relay may add for who acts directly.
DIRECT_PATH = 300


@pytest.fixture(scope="module")
def chain() -> Iterator[AnvilChain]:
    with anvil() as chain:
        yield chain


@pytest.fixture(scope="module")
def escrow(chain: AnvilChain) -> dict[int, Measured]:
    """By labels in a batch."""
    return {labels: measure_escrow(chain, labels) for labels in BATCHES}


@pytest.fixture(scope="module")
def court(chain: AnvilChain) -> Measured:
    return measure_court(chain)


@pytest.fixture(scope="module")
def relay() -> Iterator[Measured]:
    # A chain of its own: what is signed, and so how many of its bytes are zero, hangs on every address.
    with anvil() as chain:
        yield measure_relay(chain)


@pytest.fixture(scope="module")
def gates() -> Iterator[dict[str, Measured]]:
    """By contract."""
    with anvil() as chain:
        yield measure_gates(chain)


@pytest.fixture(scope="module")
def drand() -> Iterator[Measured]:
    # The precompiles came with this fork.
    with anvil("prague") as chain:
        yield measure_drand(chain)


@pytest.fixture(scope="module")
def views() -> Iterator[dict[str, Measured]]:
    """By contract."""
    with anvil() as chain:
        yield measure_views(chain)


@pytest.fixture(scope="module")
def royalty() -> Iterator[Measured]:
    with anvil() as chain:
        yield measure_royalty(chain)


def external_functions(path: str) -> set[str]:
    return {entry["name"] for entry in abi_of(path) if entry["type"] == "function"}


def functions_of(measured: Measured) -> set[str]:
    return {name.split(",")[0] for name in measured}


def test_gas__every_external_function__is_measured(
    escrow: dict[int, Measured],
    court: Measured,
    relay: Measured,
    gates: dict[str, Measured],
    views: dict[str, Measured],
    royalty: Measured,
    drand: Measured,
) -> None:
    for measured in escrow.values():
        assert functions_of(measured) == external_functions("TaskEscrow")
    # A dispute is defended in the escrow.
    elsewhere = functions_of({name: court[name] for name in (WHOLE_DISPUTE, DEAREST_DISPUTE, DEFENCE)})
    assert functions_of(court) - elsewhere == external_functions("Court")
    others = {"Relay": relay, "RoyaltyPool": royalty, "randomness/DrandRandomness": drand, **gates, **views}
    for path, measured in others.items():
        assert functions_of(measured) == external_functions(path)


def test_gas__of_each_call__is_as_in_the_snapshot(
    escrow: dict[int, Measured],
    court: Measured,
    relay: Measured,
    gates: dict[str, Measured],
    views: dict[str, Measured],
    royalty: Measured,
    drand: Measured,
) -> None:
    measured = {
        **{
            f"TaskEscrow, {labels} labels": {name: call.gas for name, call in calls.items()}
            for labels, calls in escrow.items()
        },
        "Court": {name: call.gas for name, call in court.items()},
        "Relay": {name: call.gas for name, call in relay.items()},
        "RoyaltyPool": {name: call.gas for name, call in royalty.items()},
        **{path: {name: call.gas for name, call in calls.items()} for path, calls in (gates | views).items()},
        "randomness/DrandRandomness": {name: call.gas for name, call in drand.items()},
    }
    check_snapshot("snapshot.json", measured)


def test_gas__for_1000_labels__is_that_for_10_but_for_the_calldata(escrow: dict[int, Measured]) -> None:
    few, many = escrow.values()
    for name in few:
        difference = abs(many[name].gas - many[name].calldata_gas - few[name].gas + few[name].calldata_gas)
        assert difference <= (7 * PROOF_STEP if name.startswith("answer") else 0), name


@pytest.mark.parametrize("labels", BATCHES)
@pytest.mark.parametrize("siblings", SIBLINGS)
def test_gas__of_work__is_within_its_bounds(escrow: dict[int, Measured], labels: int, siblings: int) -> None:
    measured = escrow[labels]
    case = f", {siblings} sibling{'s' * (siblings > 1)}" if siblings else ""
    assert measured[f"take{case}"].gas <= 64_000 + 2_500 * siblings
    if siblings:
        assert measured[f"commit{case}"].gas <= 50_000
        assert measured[f"publish{case}"].gas <= 43_000 + 2_500 * siblings
    else:
        assert measured["publish"].gas <= 60_000


@pytest.mark.parametrize("labels", BATCHES)
@pytest.mark.parametrize(
    ("name", "bound"),
    [
        ("open", 250_000),
        ("open, with a gate", 250_000),
        ("claim", 50_000),
        ("claim, to an empty balance", 65_000),
        ("commit_challenge", 46_000),
        ("challenge, 3 labels", 130_000),
    ],
)
def test_gas__of_the_escrow__is_within_its_bounds(
    escrow: dict[int, Measured], labels: int, name: str, bound: int
) -> None:
    assert escrow[labels][name].gas <= bound


@pytest.mark.parametrize(
    ("name", "bound"),
    [("join, 1 seat", 85_000), ("commit_vote", 60_000), ("reveal_vote", 60_000), (WHOLE_DISPUTE, 950_000)],
)
def test_gas__of_the_court__is_within_its_bounds(court: Measured, name: str, bound: int) -> None:
    assert court[name].gas <= bound


def test_gas__of_the_direct_path__is_hardly_dearer_with_a_relay(chain: AnvilChain) -> None:
    """Who sends for themselves pays next to nothing for others being able not to."""
    without, with_relay = (measure_direct(chain, relay) for relay in (ZERO_ADDRESS, chain.deploy("Relay").address))
    assert without.keys() == with_relay.keys() == {"take", "commit", "publish", "claim"}
    for name, transaction in without.items():
        assert abs(with_relay[name].gas - transaction.gas) <= DIRECT_PATH


def test_gas__of_asking_who_acts__is_within_its_bound(chain: AnvilChain) -> None:
    """Against reading the caller where nobody else could act."""
    harness = chain.deploy("mocks/ActorHarness", chain.account())
    for function in ("sender_of_call", "actor_of_call"):
        harness.transact(function)
    sender, actor = (transaction.gas for transaction in chain.transactions[-2:])
    assert 0 < actor - sender <= DIRECT_PATH


def test_gas__of_a_beacon__is_within_its_bounds(drand: Measured) -> None:
    assert drand["show"].gas <= 175_000
    # Whoever comes second loses little.
    assert drand["show, again"].gas <= 30_000


@pytest.mark.parametrize(("name", "bound"), [("execute, take", 115_000), ("execute, claim", 95_000)])
def test_gas__of_the_relay__is_within_its_bounds(relay: Measured, name: str, bound: int) -> None:
    assert relay[name].gas <= bound


def test_gas__of_the_pool__is_within_its_bounds(royalty: Measured) -> None:
    """In each case, but for ten annotators: they need a new word each."""
    bounds = {"pay": 80_000, "collect": 60_000}
    for name, call in royalty.items():
        assert call.gas <= bounds.get(name.split(",")[0], 500_000), name
    assert royalty["enroll, 10 submissions of one annotator"].gas <= 250_000
