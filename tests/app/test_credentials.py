"""Credentials in a browser: asked for, issued by a board, kept, shown to gates of tasks and courts, and revoked."""

from collections.abc import Iterator
from dataclasses import astuple, replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from goldleaf import SignedCredential, SubmissionState, credentials, submission_id
from goldleaf.types import CredentialTerms
from goldleaf_devnet import Devnet, _contracts
from tests.app.serving import act, agree, check_looks, connect, serving, sign_in, visiting
from tests.wallets import Wallet

pytestmark = [pytest.mark.anvil, pytest.mark.filterwarnings("ignore::goldleaf.GoldleafWarning")]

DAY = 86_400


@pytest.fixture(scope="module")
def gate(net: Devnet) -> str:
    return net.deployment.gates["headlines"]


@pytest.fixture(scope="module")
def task(net: Devnet, gate: str) -> int:
    """One behind the gate, with three slots."""
    requester = net.client("requester")
    requester.ledger.deposit(Decimal(6))
    opened = requester.tasks.open(
        terms=net.tasks[0].manifest,
        uri=net.tasks[0].uri,
        reward=Decimal("0.50"),
        stake=Decimal(2),
        batch_size=4,
        redundancy=1,
        deadline=timedelta(days=10),
        gate=gate,
    )
    return int(opened.result.task)


def issued(net: Devnet, gate: str, role: str, **changes: int) -> SignedCredential:
    """A credential of the board, signed elsewhere."""
    terms = net.client(role).gates.terms(gate)
    assert isinstance(terms, CredentialTerms)
    now = net.client(role).chain.time()
    fields = {"expires": now + 30 * DAY, "nonce": now, **changes}
    return credentials.issue(
        net.accounts["board"],
        chain_id=net.chain_id,
        gate=gate,
        domain=terms.domain,
        holder=net.accounts[role].address,
        **fields,
    )


def upload(page: Page, signed: bytes, folder: Path) -> None:
    file = folder / "credential.json"
    file.write_bytes(signed)
    page.get_by_label("The file that its issuer has sent you").set_input_files(file)
    page.get_by_role("button", name="Keep it").click()


def test_credential__issued_in_the_browser__admits_until_it_is_revoked(
    browser: Browser, net: Devnet, url: str, gate: str, task: int, tmp_path: Path
) -> None:
    expert, board = (Wallet(net.accounts[role], net.url) for role in ("annotator1", "board"))
    with visiting(browser, url, expert) as mine, visiting(browser, url, board) as theirs:
        connect(mine)
        mine.goto(f"{url}/tasks/{task}")
        expect(mine.locator(".gate")).to_contain_text("Whoever takes this needs a credential for “headlines”")
        check_looks(mine, "task-gated")
        mine.get_by_role("button", name="Take a batch").click()
        expect(mine.locator("main .form-error").first).to_contain_text("lets in whom")
        mine.get_by_role("link", name="Ask for one, or keep one that you have").click()
        asked = mine.get_by_label("Your request").input_value()
        assert net.accounts["annotator1"].address in asked and f"Chain: {net.chain_id}" in asked and gate in asked
        check_looks(mine, "gate-asking")

        connect(theirs)
        theirs.goto(asked.splitlines()[-1].partition(": ")[2])
        sign_in(theirs)
        expect(theirs.get_by_label("Holder's account").first).to_have_value(net.accounts["annotator1"].address)
        theirs.get_by_role("button", name="Sign the credential").click()
        expect(theirs.locator("#signing-why")).to_contain_text("may act for “headlines” until")
        with theirs.expect_navigation():
            agree(theirs)
        assert "eth_sendTransaction" not in board.requests
        expect(theirs.locator("#issued ~ table tbody tr")).to_have_count(1)
        check_looks(theirs, "gate-issuing")
        with theirs.expect_download() as download:
            theirs.get_by_role("link", name="Download").click()
        download.value.save_as(tmp_path / "sent.json")

        mine.goto(f"{url}/credentials")
        sign_in(mine)
        upload(mine, issued(net, gate, "annotator2").to_bytes(), tmp_path)
        expect(mine.locator("#file-error")).to_contain_text("it was issued to")
        upload(mine, b"{}", tmp_path)
        expect(mine.locator("#file-error")).to_contain_text("This is not the file of a credential.")
        upload(mine, (tmp_path / "sent.json").read_bytes(), tmp_path)
        expect(mine.locator(".credential .tag")).to_have_text("good")
        check_looks(mine, "credentials")

        mine.goto(f"{url}/tasks/{task}")
        expect(mine.get_by_label("Credential to show")).to_contain_text("“headlines”, good until")
        act(mine, "Take a batch", signatures=1)
        client = net.client("annotator1")
        states = [client.submissions.get(submission_id(task, slot)) for slot in range(3)]
        assert [one.annotator for one in states if one.state == SubmissionState.TAKEN] == [client.account]

        # The page that still offers it is older than the revocation.
        mine.goto(f"{url}/tasks/{task}")
        expect(mine.get_by_label("Credential to show")).to_be_visible()
        act(theirs, "Revoke it")
        expect(theirs.locator("#issued ~ table .tag")).to_contain_text("revoked")
        mine.get_by_role("button", name="Take a batch").click()
        expect(mine.locator("main .form-error").first).to_contain_text("are revoked")
        mine.reload()
        expect(mine.locator(".gate")).to_contain_text("You keep no credential here that this gate lets in with.")
        mine.goto(f"{url}/credentials")
        expect(mine.locator(".credential .tag")).to_have_text("not good")
        check_looks(mine, "credentials-revoked")
        mine.get_by_role("button", name="Forget it").click()
        expect(mine.locator("#kept ~ p").first).to_have_text("You keep none.")


def test_issue__by_somebody_else_than_the_issuer__is_refused(
    browser: Browser, net: Devnet, url: str, gate: str
) -> None:
    with visiting(browser, url, Wallet(net.accounts["challenger"], net.url)) as page:
        connect(page)
        page.goto(f"{url}/credentials/gates/{gate}")
        expect(page.locator("#issue")).to_have_count(0)
        # What is no gate lets nobody in, and breaks no page.
        page.goto(f"{url}/credentials/gates/{net.deployment.address('Token')}")
        expect(page.locator("main")).to_contain_text("a contract of a kind that is not known here.")
        expect(page.locator("main")).to_contain_text("As things stand it does not let your account in.")
        page.goto(f"{url}/credentials")
        sign_in(page)
        told = page.evaluate(
            """async ([gate, holder]) => {
                const form = new FormData();
                form.append("holder", holder);
                form.append("expires", "2100-01-01");
                const headers = {"X-CSRF-Token": document.body.dataset.csrf};
                const answer = await fetch(`/act/credentials/issue/${gate}`, {method: "POST", headers, body: form});
                return [answer.status, (await answer.json()).message];
            }""",
            [gate, net.accounts["challenger"].address],
        )
    assert told == [422, "Only the issuer of this gate may do that."]


@pytest.fixture(scope="module")
def gated_court(net: Devnet, gate: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of a deployment whose court has the gate."""
    folder = tmp_path_factory.mktemp("gated")
    packaged, at = _contracts.load("Court"), dict(net.deployment.contracts)
    terms = replace(_contracts.court(at, net.periods), gate=gate)
    factory = net.web3.eth.contract(abi=packaged["abi"], bytecode=packaged["bytecode"])
    sent = factory.constructor(at["Relay"], astuple(terms)).transact({"from": net.accounts["deployer"].address})
    made = net.web3.eth.wait_for_transaction_receipt(sent, poll_latency=0.01)["contractAddress"]
    assert made is not None
    deployment = replace(net.deployment, contracts={**at, "Court": made})
    deployment.dump(folder / "deployment.json")
    with serving(net, folder, GOLDLEAF_DEPLOYMENT=str(folder / "deployment.json")) as url:
        yield url


def test_court__with_a_gate__seats_whom_its_issuer_has_signed_for(
    browser: Browser, net: Devnet, gated_court: str, gate: str, tmp_path: Path
) -> None:
    url = gated_court
    with visiting(browser, url, Wallet(net.accounts["annotator3"], net.url)) as page:
        connect(page)
        page.goto(f"{url}/jury")
        expect(page.locator(".gate")).to_contain_text("Whoever sits in this court needs a credential for “headlines”")
        page.get_by_role("button", name="Open seats").click()
        expect(page.locator("main .form-error").first).to_contain_text("lets in whom")
        page.goto(f"{url}/credentials")
        expect(page.locator("#gates ~ ul")).to_contain_text("the court")
        sign_in(page)
        upload(page, issued(net, gate, "annotator3").to_bytes(), tmp_path)
        expect(page.locator(".credential .tag")).to_have_text("good")
        page.goto(f"{url}/jury")
        act(page, "Open seats", signatures=1)
        expect(page.locator(".seats tbody tr")).to_have_count(1)
        # A newer one is shown in place of the old one.
        page.goto(f"{url}/credentials")
        upload(
            page,
            issued(net, gate, "annotator3", expires=net.client("board").chain.time() + 60 * DAY).to_bytes(),
            tmp_path,
        )
        expect(page.locator(".credential")).to_have_count(2)
        page.goto(f"{url}/jury")
        check_looks(page, "jury-gated")
        act(page, "Show it to the court")
        expect(page.locator(".seats tbody tr")).to_have_count(1)
