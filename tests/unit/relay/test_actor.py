"""Who acts in the relay itself, and which contracts ask who acts at all."""

from tests.chains import CONTRACTS, abi_of
from tests.relayed import Acts, Gasless

# Each has a test that calls every function of its ABI by a relay, in the folder of its unit tests.
ASK_WHO_ACTS = {
    "Court",
    "GoldTest",
    "Relay",
    "RoyaltyPool",
    "TaskEscrow",
    "adapters/Erc792Adapter",
    "gates/CredentialGate",
}
NOT_DEPLOYED = {"interfaces", "mocks", "modules"}


def test_actor__relayed_cancel__is_of_the_account_named(gasless: Gasless) -> None:
    """`execute` takes the account from the request that was signed."""
    act = Acts(gasless.relay, "Relay", relay=gasless.relay.address)
    account = gasless.chain.account()
    act(account, "cancel", 7)
    assert gasless.relay.is_used(account, 7)
    assert not gasless.relay.is_used(gasless.relay, 7)
    assert act.asking == {"cancel"}


def test_actor__every_other_deployable__has_no_function_that_a_relay_could_call() -> None:
    paths = {str(path.relative_to(CONTRACTS).with_suffix("")) for path in CONTRACTS.rglob("*.vy")}
    deployed = {path for path in paths if path.split("/")[0] not in NOT_DEPLOYED}
    assert {path for path in deployed if any(entry.get("name") == "relay" for entry in abi_of(path))} == ASK_WHO_ACTS
