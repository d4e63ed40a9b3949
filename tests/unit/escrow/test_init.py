"""The constructors of TaskTerms, TaskEscrow and Lens."""

import pytest

from goldleaf.types import ZERO_ADDRESS
from tests.chains import deployer
from tests.protocol import DAY, HOUR, SINK, Protocol, reverts

RELAY = "0x00000000000000000000000000000000000000AA"


@pytest.mark.parametrize("period_floor", [1, HOUR, 90 * DAY])
def test_init__period_floor_within_bounds__is_kept(period_floor: int) -> None:
    assert deployer("TaskTerms").deploy(period_floor).period_floor() == period_floor


@pytest.mark.parametrize("period_floor", [0, 90 * DAY + 1, 2**256 - 1])
def test_init__period_floor_out_of_bounds__is_refused(period_floor: int) -> None:
    with reverts("tasks: bad period floor"):
        deployer("TaskTerms").deploy(period_floor)


def test_init__of_the_escrow__is_kept(protocol: Protocol) -> None:
    escrow = deployer("TaskEscrow").deploy(RELAY, protocol.terms.address, SINK)
    assert (escrow.relay(), escrow.terms(), escrow.sink()) == (RELAY, protocol.terms.address, SINK)
    assert escrow.task_count() == 0


def test_init__empty_sink__is_refused(protocol: Protocol) -> None:
    with reverts("ledger: bad account"):
        deployer("TaskEscrow").deploy(RELAY, protocol.terms.address, ZERO_ADDRESS)


@pytest.mark.parametrize("terms", [ZERO_ADDRESS, RELAY])
def test_init__terms_without_code__are_refused(terms: str) -> None:
    with reverts("tasks: terms have no code"):
        deployer("TaskEscrow").deploy(RELAY, terms, SINK)


def test_init__lens__reads_its_escrow(protocol: Protocol) -> None:
    assert protocol.lens.escrow() == protocol.escrow.address


@pytest.mark.parametrize("escrow", [ZERO_ADDRESS, RELAY])
def test_init__lens_of_no_contract__is_refused(escrow: str) -> None:
    with reverts("lens: escrow has no code"):
        deployer("Lens").deploy(escrow)
