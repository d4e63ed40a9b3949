"""What strangers send to harm others, or the server."""

import asyncio
import re
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests
from fastapi.routing import APIRoute

from goldleaf import AsyncGoldleaf
from goldleaf.encoding import keccak256
from goldleaf.errors import StoreError
from goldleaf.events import Challenged
from goldleaf.ids import challenge_id, name_submission, submission_id
from goldleaf_app import files
from goldleaf_app.database import Database
from goldleaf_app.files import Files
from goldleaf_app.form_fields import MOST_ITEMS, items
from goldleaf_app.money import Tokens
from goldleaf_app.refusals import Refused
from goldleaf_app.routes import ROUTERS
from goldleaf_app.settings import Settings
from goldleaf_devnet import Devnet
from goldleaf_devnet._contracts import load
from goldleaf_tools.index import Index
from tests.app.scenes import open_task, publish, take_batch
from tests.app.serving import serving
from tests.app.visitors import Visitor

pytestmark = [pytest.mark.anvil, pytest.mark.filterwarnings("ignore::goldleaf.GoldleafWarning")]
# Of a path, where a number is expected: larger than a database and a contract take.
NUMBERS = ("-1", "9223372036854775808", str(2**256), "9" * 4000)


def test_items__that_are_far_too_many_in_all__are_refused() -> None:
    assert items({"items": "7, 3-5, 4"}, "items") == [3, 4, 5, 7]
    assert len(items({"items": ",".join([f"0-{MOST_ITEMS - 1}"] * 3)}, "items")) == MOST_ITEMS
    with pytest.raises(Refused) as refused:
        items({"items": ",".join(f"{first}-{first + 999}" for first in range(0, 10_000_000, 1000))}, "items")
    assert refused.value.fields == {"items": f"Name at most {MOST_ITEMS:,} at once."}


def test_items__named_in_a_megabyte__take_no_time(net: Devnet, url: str) -> None:
    visitor = Visitor(url, net.accounts["licensee"])
    text = ",".join(f"{first}-{first + 999}" for first in range(0, 50_000_000, 1000))
    answer = visitor.post("/act/audit/availability", submission="1", items=text)
    assert len(text) > 800_000 and answer.status_code == 422 and answer.elapsed.total_seconds() < 2, answer.text


def test_numbers__of_any_size_in_paths_and_forms__fail_nobody(net: Devnet, url: str) -> None:
    visitor = Visitor(url, net.accounts["board"], signed_in=True)
    routes = [route for router in ROUTERS for route in _routes(router)]
    assert len(routes) > 100
    failed = []
    for route in routes:
        names = re.findall(r"{([^}:]+)(?::[a-z]+)?}", route.path)
        for number in NUMBERS if names else ():
            path = re.sub(r"{[^}]+}", number, route.path)
            form = dict.fromkeys(("item", "task", "nonce", "submission", "holder", "choice", "price"), number)
            answer = visitor.get(path) if "GET" in (route.methods or ()) else visitor.post(path, **form)
            if answer.status_code == 500:
                failed.append((route.path, number[:20]))
    assert not failed


def test_evidence__changed_while_a_challenge_is_being_signed__is_shown_as_it_was_filed(net: Devnet, url: str) -> None:
    publish(net, "annotator1", 1, 0, ["positive"] * 4)
    client = net.client("challenger")
    client.ledger.deposit(100 * 10**6)
    visitor = Visitor(url, net.accounts["challenger"], signed_in=True)
    first = {"item": "1", "claim": "The first of two reasons."}
    answer = _until(lambda: visitor.post("/act/audit/challenge/1/0", **first))
    _send(net, client.account, answer)
    net.travel(61)
    until, found = time.monotonic() + 20, None
    while found is None and time.monotonic() < until:
        found = re.search("/act/audit/file/([0-9a-f-]+)", visitor.get("/audit/challenges").text)
    assert found is not None
    filing = visitor.post(f"/act/audit/file/{found[1]}").json()
    # In another tab, while the wallet asks: other words, and then nothing of it at all.
    assert visitor.post("/act/audit/challenge/1/0", item="1", claim="The second.").json()["steps"] == []
    assert visitor.post(f"/audit/challenges/{found[1]}/forget").ok
    _send(net, client.account, filing)
    filed = client.challenges.filing(challenge_id(submission_id(1, 0), 0))
    assert isinstance(filed, Challenged)
    data = _until(lambda: net.store.get(filed.uri, filed.evidence))
    assert b"The first of two reasons." in data


def test_backups__fetched_in_many_tabs_at_once__open_the_same_commitment(net: Devnet, url: str) -> None:
    task = open_task(net, [b"one"], {"enum": ["yes", "no"]}, redundancy=2)
    name = name_submission(take_batch(net, "annotator2", task, 0))
    visitor = Visitor(url, net.accounts["annotator2"], signed_in=True)
    item = f"/work/{name}/items/0"
    saved = _until(lambda: visitor.post(item, label="0"))
    assert saved["state"] == "labelled", saved
    with ThreadPoolExecutor(8) as tabs:
        backups = list(tabs.map(lambda _: visitor.get(f"/work/{name}/backup").content, range(8)))
    assert len(set(backups)) == 1 and b"goldleaf-commitment-1" in backups[0]


def test_files__at_a_host_that_never_answers__hold_up_nobody(net: Devnet, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, serving(net, tmp_path, GOLDLEAF_HOSTS="127.0.0.1") as url:
        _open_elsewhere(net, silent, range(3))
        time.sleep(3)
        net.mine(5)
        time.sleep(5)
        health = requests.get(f"{url}/health").json()
        assert health["index"] == health["chain"], health


def test_file__that_many_ask_for_at_a_host_that_never_answers__leaves_threads_for_others(
    net: Devnet, tmp_path: Path
) -> None:
    with (
        socket.create_server(("127.0.0.1", 0), backlog=200) as silent,
        serving(net, tmp_path, GOLDLEAF_HOSTS="127.0.0.1") as url,
        ThreadPoolExecutor(60) as crowd,
    ):
        [task] = _open_elsewhere(net, silent, range(9, 10))
        time.sleep(2)  # until the server has read the block
        asked = [crowd.submit(requests.get, f"{url}/tasks/{task}", timeout=90) for _ in range(60)]
        time.sleep(3)
        assert requests.get(f"{url}/tasks", timeout=10).ok
        assert {each.result().status_code for each in asked} == {200}
        assert "try again" in requests.get(f"{url}/tasks/{task}", timeout=10).text


def test_guidelines__that_are_endless__are_on_no_page(net: Devnet, url: str) -> None:
    task = open_task(net, [b"an item"], {"enum": ["yes", "no"]}, guidelines="word " * 2**20)
    said = _until(lambda: [requests.get(f"{url}/tasks/{task}")])[0]
    while said.status_code == 404:
        said = requests.get(f"{url}/tasks/{task}")
    assert said.status_code == 200 and len(said.content) < 100_000 and "have to be shorter" in said.text


def test_manifests__that_are_remembered__take_so_much_memory(
    net: Devnet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tasks = [open_task(net, [bytes([each])], {"enum": ["yes", "no"]}, guidelines="word " * 1000) for each in range(3)]
    settings = Settings(
        rpc=net.url, deployment=net.deployment_file, folder=tmp_path, store=str(net.store.uri(b""))[7:-64]
    )
    index = Index(settings.index_url, net.deployment)
    index.catch_up(net.client("requester"))
    known = Files(settings, Database(settings.database_url), index)
    monkeypatch.setattr(files, "MOST_REMEMBERED", 12_000)
    read = [known.manifest(task) for task in tasks]
    assert known.manifest(tasks[2]) is read[2] and known.manifest(tasks[1]) is read[1]
    assert known.manifest(tasks[0]) is not read[0] and known.manifest(tasks[0]) == read[0]


def test_token__with_the_symbol_of_the_deployments__is_told_apart(net: Devnet) -> None:
    packaged, deployer = load("TokenMock"), net.accounts["deployer"].address
    factory = net.web3.eth.contract(abi=packaged["abi"], bytecode=packaged["bytecode"])
    sent = factory.constructor(6).transact({"from": deployer})
    false = net.web3.eth.wait_for_transaction_receipt(sent)["contractAddress"]
    assert false is not None

    async def ask() -> list[str]:
        async with await AsyncGoldleaf.connect(net.url, net.deployment) as client:
            tokens = Tokens(client)
            return [(await tokens.get(each)).show(5 * 10**6) for each in (None, str(false))]

    own, other = asyncio.run(ask())
    assert own == "5.00 TESTD" and other == f"5.00 TESTD ({false[:6]}\N{HORIZONTAL ELLIPSIS}{false[-4:]})"


def test_body__of_a_stranger__is_as_large_as_forms_need(net: Devnet, url: str) -> None:
    for is_signed_in, status in ((False, 413), (True, 422)):
        visitor = Visitor(url, net.accounts["board"], signed_in=is_signed_in)
        file = {"file": ("credential.json", b" " * (3 * 2**20))}
        assert visitor.session.post(f"{url}/credentials/keep", files=file).status_code == status


@pytest.mark.parametrize(
    ("rpc", "told"),
    [
        ("https://node.example", "https://node.example"),
        ("http://127.0.0.1:8545/", "http://127.0.0.1:8545/"),
        ("https://node.example/v3/0123456789abcdef", ""),
        ("https://node.example/?key=0123456789abcdef", ""),
        ("https://user:password@node.example", ""),
    ],
)
def test_node__whose_url_may_hold_a_key__is_told_to_no_browser(rpc: str, told: str) -> None:
    assert Settings(rpc=rpc, deployment=Path("x")).wallet_rpc == told
    assert Settings(rpc=rpc, deployment=Path("x"), public_rpc="https://public.example").wallet_rpc[8:14] == "public"


def test_audits__started_at_once_by_one_account__are_one(net: Devnet, url: str) -> None:
    visitor = Visitor(url, net.accounts["juror3"], signed_in=True)
    with ThreadPoolExecutor(8) as tabs:
        answers = list(tabs.map(lambda _: visitor.post("/audit/run", tasks="1").status_code, range(8)))
    assert sorted(answers) == [200] + [400] * 7
    assert visitor.post("/audit/stop").ok


def _routes(router: Any) -> list[APIRoute]:
    """All routes of a router, those of routers in it among them."""
    found: list[APIRoute] = []
    for route in router.routes:
        if isinstance(route, APIRoute):
            found.append(route)
        elif hasattr(route, "original_router"):
            found += _routes(route.original_router)
    return found


def _send(net: Devnet, account: str, offered: Any) -> None:
    """Sends all steps of what a page was offered."""
    for step in offered["steps"]:
        call = step["transaction"]
        sent = net.web3.eth.send_transaction({"from": account, "to": call["to"], "data": call["data"]})
        assert net.web3.eth.wait_for_transaction_receipt(sent)["status"] == 1


def _until(ask: Any) -> Any:
    """An answer, once the server has read the chain that far."""
    until = time.monotonic() + 20
    while True:
        try:
            found = ask()
            if not isinstance(found, requests.Response):
                return found
            if found.ok:
                return found.json()
            assert time.monotonic() < until, found.text
        except StoreError:
            assert time.monotonic() < until
        time.sleep(0.2)


def _open_elsewhere(net: Devnet, host: socket.socket, numbers: range) -> list[int]:
    """Opens tasks whose manifests lie at a host."""
    client, terms = net.client("requester"), net.client("requester").tasks.get(1).parameters
    client.ledger.deposit(len(numbers) * terms.reward * terms.items)
    tasks = []
    for number in numbers:
        opened = client.tasks.open(
            terms=keccak256(bytes([number])),
            items=terms.items,
            uri=f"http://127.0.0.1:{host.getsockname()[1]}/{number}",
            reward=terms.reward,
            stake=terms.stake,
            batch_size=4,
            redundancy=1,
            tolerance_bps=2500,
            deadline=terms.deadline,
            work_period=terms.work_period,
            publish_period=terms.publish_period,
            challenge_period=terms.challenge_period,
            response_period=terms.response_period,
        )
        tasks.append(int(opened.result.task))
    return tasks
