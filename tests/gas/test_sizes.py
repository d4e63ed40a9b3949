"""What each deployable weighs on chain, and that it stays so far below the limit of EIP-170 that it can be mended."""

import boa

from tests.adapter import Adapted
from tests.beacons import QUICKNET
from tests.chains import CONTRACTS
from tests.credentials import Board
from tests.gas.snapshots import check_snapshot
from tests.protocol import Protocol
from tests.relayed import Gasless

SIZE_LIMIT = 24_576  # bytes, EIP-170
SPARE = 1_024  # bytes of it that stay free
NOT_DEPLOYED = {"interfaces", "mocks", "modules"}


def deployed_sizes() -> dict[str, int]:
    protocol = Protocol(arbitrator="Court")
    drand = protocol.chain.deploy("randomness/DrandRandomness", *QUICKNET.arguments(margin=60))
    contracts = {
        "Court": protocol.jury.court.address,
        "GoldTest": protocol.chain.deploy("GoldTest", protocol.requester, protocol.escrow).address,
        "Lens": protocol.lens.address,
        "Relay": Gasless().relay.address,
        "RoyaltyPool": protocol.chain.deploy("RoyaltyPool", protocol.requester, protocol.escrow).address,
        "TaskEscrow": protocol.escrow.address,
        "TaskTerms": protocol.terms.address,
        "adapters/Erc792Adapter": Adapted().adapter.address,
        "gates/CredentialGate": Board().gate.address,
        "gates/TokenGate": protocol.chain.deploy("gates/TokenGate", protocol.token, 1, False, 0).address,
        "randomness/BlockhashRandomness": protocol.jury.parameters.randomness,
        "randomness/DrandRandomness": drand.address,
    }
    return {path: len(boa.env.get_code(address)) for path, address in contracts.items()}


def test_sizes__of_every_deployable__are_measured() -> None:
    paths = {path.relative_to(CONTRACTS).with_suffix("") for path in CONTRACTS.rglob("*.vy")}
    assert {str(path) for path in paths if path.parts[0] not in NOT_DEPLOYED} == deployed_sizes().keys()


def test_sizes__of_every_deployable__leave_room_to_mend_it() -> None:
    assert {path: size for path, size in deployed_sizes().items() if size > SIZE_LIMIT - SPARE} == {}


def test_sizes__of_every_deployable__are_as_in_the_snapshot() -> None:
    check_snapshot("sizes.json", deployed_sizes())
