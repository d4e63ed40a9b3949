"""`royalty`, `gate` and `relay`, on a node with a small deployment on it."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from goldleaf import Deployment, SignedCredential, SignedRequest
from goldleaf_tools.cli import failures
from tests.chains import AnvilChain, anvil
from tests.credentials import DOMAIN
from tests.protocol import DAY, provide
from tests.royalty import TERMS, Royalties
from tests.shell import Shell

pytestmark = pytest.mark.anvil

UNIT = 10**6
FEE = "0.05"
HOLDER = "0x" + "ab" * 20


@pytest.fixture(scope="module")
def chain() -> Iterator[AnvilChain]:
    with anvil() as node:
        yield node


class Market:
    """A data set with one contributor, whose key the shell holds; and others, whom the node signs for."""

    def __init__(self, chain: AnvilChain, shell: Shell) -> None:
        self.chain, self.shell = chain, shell
        self.relay = chain.deploy("Relay")
        self.protocol = Royalties(relay=self.relay.address, chain=chain)
        contracts = {
            "TaskTerms": self.protocol.terms.address,
            "TaskEscrow": self.protocol.escrow.address,
            "Lens": self.protocol.lens.address,
            "RoyaltyPool": self.protocol.pool.address,
            "Relay": self.relay.address,
            "Token": self.protocol.token.address,
        }
        Deployment(chain.id, 1, contracts, arbitrators={"mock": self.protocol.arbitrator.address}).dump(
            shell.folder / "deployment.json"
        )
        self.give_ether(shell.address)
        shell.environment["GOLDLEAF_RPC"] = chain.web3.provider.endpoint_uri  # type: ignore[attr-defined]

    def give_ether(self, account: str) -> str:
        self.chain._request("anvil_setBalance", account, hex(10**18))
        return account

    def person(self) -> str:
        """An account with ether, which the node signs for."""
        return self.give_ether(self.chain.account())


@pytest.fixture
def market(chain: AnvilChain, shell: Shell) -> Market:
    return Market(chain, shell)


def test_royalty__from_shares_to_licence__everybody_is_paid(market: Market, shell: Shell) -> None:
    protocol, requester = market.protocol, market.give_ether(market.protocol.requester)
    [submission] = protocol.solo(shell.address, 1, 10)
    task = submission >> 64
    assert shell.json("royalty", "show") == {"account": shell.address, "held": [], "unenrolled": [str(submission)]}
    enrolled = shell.json("royalty", "enroll", "--yes")
    assert [event["submission"] for event in enrolled["result"]] == [str(submission)]
    told = shell.json("royalty", "enroll", "--yes", code=failures.REFUSED)
    assert told["type"] == "NothingToEnroll"

    provide(protocol.token, protocol.pool, requester, 200 * UNIT)
    as_requester = {"GOLDLEAF_ACCOUNT": requester}
    paid = shell.json("royalty", "pay", task, "100", "--memo", "for a model", "--yes", **as_requester)
    assert paid["result"]["amount"] == 100 * UNIT
    priced = shell.json("royalty", "price", task, "50", "--terms", TERMS.hex(), "--yes", **as_requester)
    assert priced["result"]["price"] == 50 * UNIT
    asked = shell.run("royalty", "buy", task, **as_requester)
    assert asked.exit_code == failures.NOT_CONFIRMED and "0x" + TERMS.hex() in asked.stderr
    bought = shell.json("royalty", "buy", task, "--yes", **as_requester)
    assert bought["result"]["license"] == str(task << 64)

    shown = shell.json("royalty", "show", task)
    assert (shown["shares"], shown["collectable"]) == (10, 15 * UNIT)
    assert shown["offer"] == {"price": 50 * UNIT, "terms": "0x" + TERMS.hex()}
    assert "10 shares, 15 " in shell.run("royalty", "show", task).stdout
    assert shell.json("royalty", "show")["held"] == [{"task": task, "shares": 10, "collectable": 15 * UNIT}]
    [collected] = shell.json("royalty", "collect", "--yes")["result"]
    assert collected["amount"] == 15 * UNIT
    assert shell.json("balance")["royalties"] == 15 * UNIT
    assert shell.json("withdraw", "5", "--royalties", "--yes")["result"]["amount"] == 5 * UNIT
    rest = shell.json("royalty", "collect-requester-share", task, "--yes")
    assert rest["result"]["amount"] == 135 * UNIT
    told = shell.json("withdraw", "--royalties", "--court", code=failures.USAGE)
    assert "exclude" in told["message"]


def test_gate__credential__issued_shown_and_revoked(market: Market, shell: Shell, tmp_path: Path) -> None:
    # The shell's account is the board.
    gate = market.chain.deploy("gates/CredentialGate", market.relay.address, shell.address, DOMAIN).address
    task = market.protocol.open(gate=gate)
    shown = shell.json("gate", "show", "--task", task)
    assert shown == {"kind": "CredentialGate", "terms": {"gate": gate, "issuer": shell.address, "domain": DOMAIN}}
    assert shell.json("gate", "show", gate) == shown
    file, holder = tmp_path / "credential.json", market.person()
    issued = shell.json("gate", "issue", gate, holder, "--expires", "5000d", "--nonce", 7, "--out", file)
    signed = SignedCredential.from_bytes(file.read_bytes())
    assert issued == {"credential": file.read_text(), "file": str(file)}
    assert (signed.credential.holder, signed.credential.nonce) == (holder, 7)
    assert abs(signed.credential.expires - market.chain.now - 5000 * DAY) < 60
    assert shell.json("gate", "verify", file)["good"]
    assert "yes" in shell.run("gate", "verify", file, "--issuer", shell.address, GOLDLEAF_RPC=None).stdout

    # It opens the task to its holder, and to nobody else.
    protocol = market.protocol
    protocol.provide(holder, 100 * UNIT)
    as_holder = {"GOLDLEAF_ACCOUNT": holder}
    taken = shell.json("take", task, "--slot", 0, "--gate-data", file, "--yes", **as_holder)
    assert taken["result"]["annotator"] == holder
    told = shell.json("take", task, "--slot", 1, "--gate-data", file, "--yes", code=failures.REFUSED)
    assert told["type"] == "NotAdmitted" and "was issued to" in told["message"]

    revoked = shell.json("gate", "revoke", gate, holder, 7, "--yes")
    assert revoked["result"] == {"holder": holder, "nonce": 7}
    assert shell.json("gate", "verify", file, code=failures.REFUSED)["type"] == "CredentialRevoked"
    told = shell.json("gate", "issue", gate, holder, "--expires", "30d", "--nonce", 7, code=failures.REFUSED)
    assert told["type"] == "CredentialRevoked"
    assert shell.run("gate", "issue", gate, holder, "--expires", "30d").stdout.startswith("{")
    told = shell.json("gate", "issue", gate, holder, "--expires", "30d", code=failures.REFUSED, **as_holder)
    assert told["type"] == "NotIssuer"
    token_gate = market.chain.deploy("gates/TokenGate", protocol.token.address, 5, False, 0).address
    assert shell.json("gate", "show", token_gate)["terms"]["minimum"] == 5
    told = shell.json("gate", "issue", token_gate, holder, "--expires", "30d", code=failures.REFUSED)
    assert told["type"] == "ArgumentError"


def test_relay__signed_by_one__sent_by_another(market: Market, shell: Shell, tmp_path: Path) -> None:
    nonce = market.chain.web3.eth.get_transaction_count(shell.address)
    protocol = market.protocol
    task, relayer = protocol.open(), market.person()
    unsigned, request = tmp_path / "unsigned.json", tmp_path / "request.json"
    as_relayer = {"GOLDLEAF_ACCOUNT": relayer}

    # The money comes in by a signature too.
    protocol.token.mint(shell.address, 100 * UNIT)
    unsigned.write_text(shell.run("deposit", "100", "--permit", "--unsigned").stdout)
    request.write_text(shell.run("relay", "sign", unsigned, "--yes").stdout)
    shell.json("relay", "execute", request, "--yes", **as_relayer)
    assert protocol.free(shell.address) == 100 * UNIT

    unsigned.write_text(shell.run("take", task, "--slot", 1, "--unsigned").stdout)
    asked = shell.run("relay", "sign", unsigned, "--fee", FEE)
    assert asked.exit_code == failures.NOT_CONFIRMED
    assert "TaskEscrow.take" in asked.stderr and "0.05" in asked.stderr
    printed = shell.run("relay", "sign", unsigned, "--fee", FEE, "--relayer", relayer, "--yes")
    request.write_text(printed.stdout)
    signed = SignedRequest.from_json(json.loads(printed.stdout))
    assert (signed.request.fee, signed.request.relayer) == (UNIT // 20, relayer)
    signed.check()

    told = shell.json("relay", "execute", request, "--min-fee", "0.06", "--yes", code=failures.REFUSED, **as_relayer)
    assert told["type"] == "FeeTooLow"
    sent = shell.json("relay", "execute", request, "--min-fee", FEE, "--yes", **as_relayer)
    assert sent["result"]["account"] == shell.address
    assert protocol.lens.submission((task << 64) | 1).annotator == shell.address
    assert shell.json("balance", **as_relayer)["wallet"] == UNIT // 20

    assert market.chain.web3.eth.get_transaction_count(shell.address) == nonce

    # As JSON too; and cancelled before it is sent.
    unsigned.write_text(shell.run("transfer", "1", relayer, "--unsigned", "--json").stdout)
    document = shell.json("relay", "sign", unsigned, "--nonce", 5, "--deadline", "2h", "--yes")
    request.write_text(json.dumps(document))
    assert shell.json("relay", "cancel", 5, "--yes")["result"]["nonce"] == 5
    told = shell.json("relay", "execute", request, "--yes", code=failures.REFUSED, **as_relayer)
    assert told["type"] == "RequestError"
    request.write_text(json.dumps({"ok": True, "result": document, "notes": []}))
    told = shell.json("relay", "execute", request, "--yes", code=failures.REFUSED, **as_relayer)
    assert told["type"] == "NonceUsed"


def test_relay_sign__what_cannot_be_relayed__refused(market: Market, shell: Shell, tmp_path: Path) -> None:
    market.protocol.token.mint(shell.address, 5)
    file = tmp_path / "unsigned.json"
    file.write_text(shell.run("deposit", "5u", "--unsigned").stdout)
    assert shell.json("relay", "sign", file, "--yes", code=failures.REFUSED)["type"] == "NotRelayable"
    steps = json.loads(file.read_text())[1:]
    file.write_text(json.dumps([{**steps[0], "from": HOLDER}]))
    assert shell.json("relay", "sign", file, "--yes", code=failures.REFUSED)["type"] == "ArgumentError"
    file.write_text(json.dumps([{**steps[0], "to": market.protocol.token.address}]))
    assert shell.json("relay", "sign", file, "--yes", code=failures.REFUSED)["type"] == "NotTrustedByTarget"
    # Relayed without its ether, it would do something else.
    file.write_text(json.dumps([{**steps[0], "value": "0x1"}]))
    assert shell.json("relay", "sign", file, "--yes", code=failures.REFUSED)["type"] == "NotRelayable"
    for text in ("{}", "[1]", '[{"to": "0x"}]'):
        file.write_text(text)
        assert shell.json("relay", "sign", file, "--yes", code=failures.REFUSED)["type"] in (
            "ArgumentError",
            "NotRelayable",
        )
    file.write_text("no json")
    assert shell.json("relay", "sign", file, "--yes", code=failures.USAGE)["type"] == "UsageError"
