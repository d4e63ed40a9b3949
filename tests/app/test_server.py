"""The server by itself: what it refuses, what it says of its health."""

import re
import time
from dataclasses import replace

import pytest
import requests

from goldleaf_devnet import Devnet
from tests.app.serving import ANVIL, serving

pytestmark = [pytest.mark.anvil, pytest.mark.filterwarnings("ignore::goldleaf.GoldleafWarning")]


def session_of(url: str) -> tuple[requests.Session, str]:
    """A session of a browser, and its token."""
    session = requests.Session()
    found = re.search('data-csrf="([^"]+)"', session.get(f"{url}/tasks").text)
    assert found is not None
    return session, found[1]


def test_change__from_another_site_or_without_its_token__is_refused(url: str) -> None:
    session, token = session_of(url)
    account = {"account": "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"}
    session.cookies.update(account)
    own = {"Origin": url, "X-CSRF-Token": token}
    form = {"ledger": "TaskEscrow"}
    for headers, status in (
        (own, 409),  # there is nothing to withdraw
        ({**own, "Origin": "https://evil.example"}, 403),
        ({**own, "Origin": "null"}, 403),
        ({"X-CSRF-Token": token}, 403),
        ({**own, "X-CSRF-Token": "x"}, 403),
        ({**own, "X-CSRF-Token": "\xe9"}, 403),
        ({"Origin": url}, 403),
    ):
        answer = session.post(f"{url}/act/withdraw", data=form, headers=headers)
        assert answer.status_code == status, (headers, answer.text)
    # A token of somebody else's session.
    _, others = session_of(url)
    assert session.post(f"{url}/act/withdraw", data=form, headers={**own, "X-CSRF-Token": others}).status_code == 403


@pytest.mark.parametrize("body", [b"", b"--x", b"--x\r\nnonsense", b"\x00" * 9, b"--x\r\n\r\n\r\n--y--"])
def test_form__that_cannot_be_read__is_refused(url: str, body: bytes) -> None:
    session, token = session_of(url)
    session.cookies.set("account", "0x70997970C51812dc3A010C7d01b50e0d17dc79C8")
    headers = {"Origin": url, "X-CSRF-Token": token, "Content-Type": "multipart/form-data; boundary=x"}
    answer = session.post(f"{url}/act/deposit", data=body, headers={**headers, "Content-Length": str(len(body))})
    assert answer.status_code in (400, 422), (body, answer.text)


def test_change__of_unknown_or_huge_size__is_refused(url: str) -> None:
    session, token = session_of(url)
    headers = {"Origin": url, "X-CSRF-Token": token}
    answer = session.post(f"{url}/act/deposit", data=iter([b"x"]), headers=headers)
    assert answer.status_code == 411
    answer = session.post(f"{url}/act/deposit", data=b"", headers={**headers, "Content-Length": str(2**40)})
    assert answer.status_code == 413


@pytest.mark.parametrize(
    "path", ["/tasks", "/tasks/1", "/tasks/999", "/help", "/nowhere", "/static/app.css", "/health"]
)
def test_answers__of_any_kind__forbid_what_is_from_elsewhere(url: str, path: str) -> None:
    answer = requests.get(url + path)
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy and "http" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    if answer.headers["Content-Type"].startswith("text/html"):
        assert not re.search(r"<script(?![^>]*src=)|\son[a-z]+=|\sstyle=|javascript:", answer.text)


@pytest.mark.parametrize(
    ("path", "status", "told"),
    [
        ("/tasks/999", 404, "task"),
        ("/tasks/x", 422, ""),
        ("/tasks/99999999999999999999999", 404, "task"),
        ("/tasks?order=worst", 422, ""),
        ("/tasks?number=-1", 422, ""),
        ("/transactions/0x12", 422, ""),
        ("/nowhere", 404, "Not Found"),
    ],
)
def test_page__that_is_none__is_told(url: str, path: str, status: int, told: str) -> None:
    answer = requests.get(url + path)
    assert answer.status_code == status and told in answer.text and "Traceback" not in answer.text


def test_title__of_a_stranger__is_shown_as_text(net: Devnet, url: str) -> None:
    hostile = "</a><script>alert(1)</script>{{ 7 * 7 }}"
    client, task = net.client("requester"), net.tasks[0]
    manifest = replace(task.manifest, guidelines=hostile)
    uri = net.store.put(manifest.to_bytes())
    terms = client.tasks.get(1).parameters
    client.ledger.deposit(terms.reward * terms.items)
    opened = client.tasks.open(
        terms=manifest,
        uri=uri,
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
    ).result.task
    for _ in range(100):
        found = requests.get(f"{url}/tasks").text
        if "&lt;script&gt;" in found:
            break
        time.sleep(0.1)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;{{ 7 * 7 }}" in found and "<script>alert" not in found
    assert "<script>alert" not in requests.get(f"{url}/tasks/{opened}").text


def test_health__with_and_without_a_node__says_so(tmp_path_factory: pytest.TempPathFactory) -> None:
    with Devnet(anvil=ANVIL, fast=True) as net, serving(net, tmp_path_factory.mktemp("health")) as url:
        well = requests.get(f"{url}/health")
        assert well.status_code == 200 and well.json()["healthy"] is True
        assert (
            'goldleaf_requests_total{method="GET",route="/health",status="200"}' in requests.get(f"{url}/metrics").text
        )
        net.close()
        ill = requests.get(f"{url}/health")
        assert ill.status_code == 503 and "node" in ill.json()["why"]
        # Lists are read without it.
        assert requests.get(f"{url}/tasks").status_code == 200
        # What was sent is on its way all the same.
        assert requests.get(f"{url}/transactions/0x{'1' * 64}").json() == {"state": "pending"}
        session, token = session_of(url)
        session.cookies.set("account", net.accounts["annotator1"].address)
        headers = {"Origin": url, "X-CSRF-Token": token}
        failed = session.post(f"{url}/act/withdraw", data={"ledger": "TaskEscrow"}, headers=headers)
        assert failed.status_code == 502 and "Check its address" in failed.json()["advice"]
