import asyncio
import copy
import subprocess
import sys
import warnings
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from web3 import EthereumTesterProvider, Web3

import goldleaf
from goldleaf import AsyncGoldleaf, Deployment, Goldleaf, GoldleafWarning, commitments, errors, events
from tests.in_process import GAS_LIMIT, TERMS, WORTHWHILE, Play, World

SDK = Path(goldleaf.__file__).parents[1]
SALT = b"\x05" * 32


def test_import__of_the_package__is_quick_for_it_loads_no_other_but_canonical_json() -> None:
    code = "import sys; before = set(sys.modules); import goldleaf; print(*set(sys.modules) - before)"
    done = subprocess.run([sys.executable, "-c", code], cwd=SDK, check=True, capture_output=True, text=True)
    loaded = {name.partition(".")[0] for name in done.stdout.split()} - sys.stdlib_module_names
    # The last two are keccak-256 with the extra `fast`.
    assert loaded - {"sha3", "_pysha3"} == {"goldleaf", "rfc8785"}


def test_goldleaf__web3_of_the_caller__stays_as_it_is(world: World) -> None:
    web3 = Web3(EthereumTesterProvider(world.tester))
    middleware = copy.copy(list(web3.middleware_onion.middleware))
    Goldleaf(web3, world.deployment, world.accounts[1]).ledger.deposit(1)
    assert list(web3.middleware_onion.middleware) == middleware
    assert not web3.eth.default_account


def test_goldleaf__provider_and_path_of_a_deployment__accepted(world: World, tmp_path: Path) -> None:
    world.deployment.dump(tmp_path / "deployment.json")
    client = Goldleaf(EthereumTesterProvider(world.tester), tmp_path / "deployment.json")
    assert client.deployment == world.deployment
    assert client.tasks.count() == 0


def test_goldleaf__other_chain__refused(world: World) -> None:
    other = Deployment(5, 0, world.deployment.contracts)
    with pytest.raises(errors.WrongChain) as caught:
        Goldleaf(world.web3, other)
    assert (caught.value.value, caught.value.bound) == (world.deployment.chain_id, 5)


def test_goldleaf__no_code_at_an_address__refused(world: World) -> None:
    other = Deployment(world.deployment.chain_id, 0, {"TaskEscrow": world.accounts[0]})
    with pytest.raises(errors.NoCode, match="TaskEscrow at " + world.accounts[0]):
        Goldleaf(world.web3, other)


def test_goldleaf__no_node__refused(world: World) -> None:
    with pytest.raises(errors.Unreachable):
        Goldleaf("http://127.0.0.1:1", world.deployment)


def test_goldleaf__bad_account__refused(world: World) -> None:
    with pytest.raises(errors.ArgumentError, match="is no address"):
        Goldleaf(world.web3, world.deployment, "0x12")


def test_send__without_account__refused(world: World) -> None:
    client = Goldleaf(world.web3, world.deployment)
    with pytest.raises(errors.NoAccount):
        client.court.draw()
    with pytest.raises(errors.NoAccount):
        client.ledger.free()


@pytest.mark.parametrize("gas_limit", [None, GAS_LIMIT])
def test_send__local_account__signs_and_reports(world: World, gas_limit: int | None) -> None:
    account = Account.create()
    world.web3.eth.send_transaction({"from": world.accounts[0], "to": account.address, "value": 10**18})
    world.token.functions.mint(account.address, 1000).transact({"from": world.accounts[0]})
    client = Goldleaf(world.web3, world.deployment, account, gas_limit=gas_limit)
    sent = client.ledger.deposit(1000)
    assert sent.result == events.Deposited(world.token.address, account.address, account.address, 1000)
    assert sent.events == (sent.result,)
    assert len(sent.first) == 1
    receipt = world.web3.eth.get_transaction_receipt(sent.transaction)
    assert (sent.gas_used, sent.block) == (receipt["gasUsed"], receipt["blockNumber"])
    assert client.ledger.free() == 1000


@pytest.mark.parametrize("gas_limit", [None, GAS_LIMIT])
def test_send__account_without_coin__told_to_get_some(world: World, gas_limit: int | None) -> None:
    client = Goldleaf(world.web3, world.deployment, Account.create(), gas_limit=gas_limit)
    with pytest.raises(errors.InsufficientFunds):
        client.unchecked.challenges.commit(1, [0], salt=SALT)


@pytest.mark.parametrize("gas_limit", [None, GAS_LIMIT])
def test_send__contract_refuses__typed_error_and_nothing_is_sent(world: World, gas_limit: int | None) -> None:
    client = Goldleaf(world.web3, world.deployment, world.accounts[1], gas_limit=gas_limit)
    client.unchecked.challenges.commit(1, [0], salt=SALT)
    block = world.web3.eth.block_number
    with pytest.raises(errors.ChallengeAlreadyCommitted):
        client.unchecked.challenges.commit(1, [0], salt=SALT)
    assert world.web3.eth.block_number == block


def test_send__not_mined_in_time__names_the_transaction(world: World) -> None:
    world.tester.disable_auto_mine_transactions()
    try:
        client = Goldleaf(
            world.web3, world.deployment, world.accounts[1], timeout=timedelta(milliseconds=20), gas_limit=GAS_LIMIT
        )
        with pytest.raises(errors.TransactionTimeout, match=r"0x[0-9a-f]{64} was not mined within 0\.02 s"):
            client.unchecked.challenges.commit(1, [0], salt=SALT)
    finally:
        world.tester.enable_auto_mine_transactions()


def test_with_account__another__acts_on_its_behalf(play: Play) -> None:
    other = play.requester.with_account(play.annotator.account)
    other.ledger.withdraw(7)
    assert play.annotator.ledger.free() == play.requester.ledger.free() - 7
    assert other.account == play.annotator.account != play.requester.account


def test_warnings__court_open_to_all_and_short_windows__are_told(play: Play) -> None:
    with pytest.warns(GoldleafWarning) as told:
        task = play.open(
            arbitrator=None,
            accept_small_court=True,
            challenge_period=timedelta(hours=95),
            response_period=timedelta(hours=23),
        )
    messages = [str(warning.message) for warning in told]
    assert sum("has no gate" in message for message in messages) == 1
    assert sum("challenge period is 342000 seconds" in message for message in messages) == 1
    assert sum("response period is 82800 seconds" in message for message in messages) == 1
    assert all(warning.filename.endswith("in_process.py") for warning in told)
    with pytest.warns(GoldleafWarning, match="has no gate"):
        play.annotator.submissions.take(task, 0)
    with warnings.catch_warnings():
        warnings.simplefilter("error", GoldleafWarning)
        play.open(**WORTHWHILE)


def test_warnings__court_that_draws_by_block_hashes__are_told(play: Play) -> None:
    world = play.world
    randomness = play.requester.court.parameters().randomness
    contracts = {**world.deployment.contracts, "BlockhashRandomness": randomness}
    client = Goldleaf(world.web3, replace(world.deployment, contracts=contracts), play.annotator.account)
    task = play.open(arbitrator=None, accept_small_court=True, **WORTHWHILE)
    told = "draws by block hashes: whoever builds a block can choose the jury"
    assert sum(told in note for note in client.submissions.preview(task).notes) == 1
    assert not any(told in note for note in play.annotator.submissions.preview(task).notes)
    for act in (lambda: client.submissions.take(task, 0), client.court.join):
        with pytest.warns(GoldleafWarning, match=told):
            act()


def test_methods__each__documented(world: World) -> None:
    client = Goldleaf(world.web3, world.deployment)
    namespaces: tuple[Any, ...] = (client.tasks, client.submissions, client.challenges, client.court, client.ledger)
    for namespace in namespaces:
        methods = [name for name in vars(type(namespace)) if not name.startswith("_")]
        assert methods
        for name in methods:
            assert getattr(namespace, name).__doc__.rstrip().endswith("."), name
            assert getattr(type(namespace), name).__doc__ == getattr(namespace, name).__doc__


def test_open__terms_missing__refused_by_the_type(play: Play) -> None:
    arguments: dict[str, Any] = {"uri": "", "reward": 1, "stake": 1, "batch_size": 1, "redundancy": 1, "deadline": 1}
    with pytest.raises(errors.ArgumentError, match="give `items`"):
        play.requester.tasks.open(terms=TERMS, **arguments)
    with pytest.raises(errors.ArgumentError, match="terms is 5 bytes"):
        play.requester.tasks.open(terms=b"short", items=1, **arguments)


def test_salts__of_a_wrong_length__refused(play: Play) -> None:
    submission = play.take(play.open(redundancy=2))
    with pytest.raises(errors.ArgumentError, match="must be 32 bytes"):
        play.annotator.submissions.commit(submission, TERMS, uri="", salt=b"1")
    play.annotator.submissions.commit(submission, TERMS, uri="", salt=commitments.new_salt())


@pytest.mark.parametrize("missing", ["GOLDLEAF_RPC", "GOLDLEAF_DEPLOYMENT"])
def test_from_environment__variable_not_set__is_named(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in {"GOLDLEAF_RPC", "GOLDLEAF_DEPLOYMENT"} - {missing}:
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.setenv(missing, "")
    with pytest.raises(errors.ArgumentError, match=f"set {missing}: "):
        Goldleaf.from_environment()
    with pytest.raises(errors.ArgumentError, match=f"set {missing}: "):
        asyncio.run(AsyncGoldleaf.from_environment())
