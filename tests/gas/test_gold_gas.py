"""What a GoldTest weighs and what its calls cost, and that it stays so."""

from collections.abc import Iterator

import boa
import pytest

from tests.chains import abi_of, anvil
from tests.gas.gold import measure_gold
from tests.gas.measure import Measured
from tests.gas.snapshots import check_snapshot
from tests.gold import GoldWorld

SIZE_BOUND = 24_576 - 1_024  # bytes: the limit of EIP-170, and room to mend something


@pytest.fixture(scope="module")
def measured() -> Iterator[Measured]:
    with anvil() as chain:
        yield measure_gold(chain)


@pytest.mark.anvil
@pytest.mark.xdist_group("gas")
def test_gas__every_function_of_gold_test__is_measured_and_as_in_the_snapshot(measured: Measured) -> None:
    functions = {entry["name"] for entry in abi_of("GoldTest") if entry["type"] == "function"}
    assert {name.split(",")[0] for name in measured} == functions | {"publish_graded"}
    check_snapshot("gold.json", {name: call.gas for name, call in measured.items()})


@pytest.mark.anvil
@pytest.mark.xdist_group("gas")
@pytest.mark.parametrize(
    ("name", "bound"),
    [
        ("open_gold, 30 items of 100", 150_000),
        ("open_gold, 30 items of 100, not noted", 150_000),
        ("open_gold, 30 items of 100, after the deadline", 150_000),
        ("publish_graded, 19 right of 32 items of 100", 220_000),
    ],
)
def test_gas__of_a_test__is_within_its_bounds(measured: Measured, name: str, bound: int) -> None:
    assert measured[name].gas <= bound


def test_size__of_gold_test__leaves_room_below_the_limit() -> None:
    assert len(boa.env.get_code(GoldWorld().gold.address)) <= SIZE_BOUND
