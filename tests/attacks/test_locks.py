"""What every function of every deployable answers when it is called in the middle of a call that holds its lock.

A lock refuses without a reason, as the compiler makes it. Each call is one that otherwise succeeds or is refused with a
reason, so an answer without one is the lock's.
"""

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import boa
import pytest
from eth_abi.abi import encode
from eth_utils import function_signature_to_4byte_selector
from eth_utils.abi import collapse_if_tuple

from tests.adapter import Adapted
from tests.beacons import QUICKNET
from tests.chains import Address, abi_of
from tests.credentials import Board
from tests.gold import GoldWorld
from tests.protocol import EVIDENCE, Jury, Protocol, deposit
from tests.relayed import Gasless, call, signer
from tests.royalty import Royalties

FIXED = "tells what is fixed at deployment"
APPENDED = "tells what is written once and never changed, before anybody is called"
WHOLE = "whoever is called finds the word that it reads written whole"
NO_CALL = "no function of the contract calls another but by static calls, so there is nothing to lock"

# What may be called while its contract is locked, and why that is safe. Everything else is refused.
OPEN: dict[str, dict[str, str]] = {
    "TaskEscrow": {
        "rule": "moves no money; it records a ruling, once, for a dispute that `defend` has stored",
        "relay": FIXED,
        "sink": FIXED,
        "terms": FIXED,
        "task_count": WHOLE,
        "task_words": WHOLE,
        "committed_at": APPENDED,
        "challenge_of": APPENDED,
        "wrong": WHOLE,
        "shown": WHOLE,
    },
    "GoldTest": {"rule": "moves no money; it records a ruling, once, for a dispute that `dispute_gold` has stored"},
    "Court": {
        "commit_vote": "moves no money and calls nobody",
        "reveal_vote": "moves no money and calls nobody",
        "token": FIXED,
        "arbitration_cost": FIXED,
        "max_duration": FIXED,
        "parameters": FIXED,
        "seat_price": FIXED,
        "seat_penalty": FIXED,
    },
    "RoyaltyPool": {
        # A gate may ask the pool who holds shares, and nobody shall silence it.
        "balanceOf": WHOLE,
        "totalSupply": WHOLE,
        "collectable": WHOLE,
        "is_enrolled": WHOLE,
        "supportsInterface": FIXED,
    },
    "Relay": {
        "relay": FIXED,
        "cancel": "calls nobody, and a request may be one to cancel another",
        "is_used": "a nonce is used before anybody is called",
        "used": "a nonce is used before anybody is called",
        "digest": FIXED,
        "eip712Domain": FIXED,
    },
    "adapters/Erc792Adapter": {
        "rule": "moves no money, and marks its dispute before it calls",
        "execute": "moves no money, and marks its dispute before it calls",
        "__default__": "takes ether in only while it is expected, which is when the lock is held",
        "arbitrator": FIXED,
        "extra_data": FIXED,
        "token": FIXED,
        "max_duration": FIXED,
    },
    "Lens": {"escrow": FIXED, "task": WHOLE, "accepted_labels": WHOLE},
    "TaskTerms": {"period_floor": FIXED, "task_words": NO_CALL},
    "gates/CredentialGate": dict.fromkeys(
        ("relay", "issuer", "revoked", "domain", "revoke", "is_allowed", "digest", "eip712Domain"), NO_CALL
    ),
    "gates/TokenGate": dict.fromkeys(("token", "minimum", "has_ids", "id", "is_allowed"), NO_CALL),
    "randomness/BlockhashRandomness": dict.fromkeys(("next_ticket", "seed", "is_lost"), NO_CALL),
    "randomness/DrandRandomness": dict.fromkeys(
        ("show", "next_ticket", "seed", "is_lost", "due", "key", "genesis", "period", "margin"), NO_CALL
    ),
}
LOCKED: dict[str, str] = {
    "TaskEscrow": """
        accept answer cancel challenge challenge_availability challenge_words claim claim_many close commit
        commit_challenge concede defend deposit deposit_with_permit expire free open publish publish_graded release root
        settle settle_many submission_words take take_many transfer withdraw""",
    "GoldTest": """
        batch deposit deposit_with_permit dispute_gold escrow free gold_dispute gold_dispute_of grade is_ready is_tested
        note_sealed open_gold publish_until relay release_deposit set_up settle_gold_dispute sink test tested transfer
        waive withdraw""",
    "Court": """
        appeal appeal_cost carried commitment create_dispute deposit deposit_with_permit dismiss dispute dispute_count
        draw drop execute free is_final join leave listed_seats open_seats ready relay renew round round_queue ruling
        seat seat_at seat_count seats_of settle transfer withdraw""",
    "RoyaltyPool": """
        allowance approve buy_license collect collect_many collect_requester_share data_set deposit deposit_with_permit
        enroll escrow free isOperator license license_count offer pay relay setOperator set_price transfer transferFrom
        withdraw""",
    "Relay": "execute",
    "adapters/Erc792Adapter": "appeal appeal_cost arbitration_cost case create_dispute relay submit_evidence",
    # The lens has no lock: it passes on the refusal of the escrow that it reads.
    "Lens": "challenge submission",
    "TaskTerms": "",
    "gates/CredentialGate": "",
    "gates/TokenGate": "",
    "randomness/BlockhashRandomness": "",
    "randomness/DrandRandomness": "",
}
# Arguments of calls that would revert without a reason by those of their types.
ARGUMENTS: dict[tuple[str, str], list[Any]] = {
    ("Lens", "submission"): [1 << 64],
    ("Lens", "challenge"): [1 << 128],
    ("adapters/Erc792Adapter", "create_dispute"): [0, bytes(32), "0x" + "11" * 20],
}
ROWS = [(path, name, False) for path, names in LOCKED.items() for name in names.split()]
ROWS += [(path, name, True) for path, names in OPEN.items() for name in names]


class Answer(NamedTuple):
    succeeded: bool
    data: bytes  # the first 256 bytes


class Scene(NamedTuple):
    """A contract, who is called back while it is locked, and how that comes."""

    contract: Address
    caller: Any  # has `set_call`, `called`, `succeeded`, `response`
    lock: Callable[[], None]

    def answer(self, data: bytes) -> Answer:
        """When nobody holds the lock."""
        with boa.env.anchor():
            computation = boa.env.execute_code(to_address=self.contract, sender=self.caller.address, data=data)
            return Answer(not computation.is_error, bytes(computation.output)[:256])

    def answer_while_locked(self, data: bytes) -> Answer:
        with boa.env.anchor():
            self.caller.set_call(self.contract, data)
            self.lock()
            assert self.caller.called()
            return Answer(self.caller.succeeded(), self.caller.response())


def withdrawing(ledger: Any, token: Any, account: Address, contract: Any = None) -> Scene:
    """A withdrawal from the ledger, whose token calls back."""
    deposit(token, ledger, account, 1)
    address = (contract or ledger).address
    return Scene(address, token, lambda: ledger.withdraw(token, 1, account, sender=account))


def set_scene(path: str) -> Scene:
    if path == "adapters/Erc792Adapter":
        adapted = Adapted()
        payer = adapted.payer()
        return Scene(
            adapted.adapter.address,
            adapted.judge,
            lambda: adapted.adapter.create_dispute(2, EVIDENCE, payer, sender=payer),
        )
    if path == "GoldTest":
        world = GoldWorld(token="CallbackToken")
        world.graded()
        return withdrawing(world.gold, world.token, world.account())
    if path == "Relay":
        gasless, owner = Gasless(), signer("who withdraws by a relay")
        protocol = Protocol("CallbackToken", relay=gasless.relay.address)
        protocol.fund(owner.address, 1)
        data = call("TaskEscrow", "withdraw", protocol.token.address, 1, owner.address)
        signed = gasless.signed(owner, protocol.escrow, data)
        return Scene(gasless.relay.address, protocol.token, lambda: [gasless.execute(signed)].clear())
    if path == "Court":
        token = Protocol("CallbackToken").token
        jury = Jury(token, juror_fee=1)
        return withdrawing(jury.court, token, jury.seat(3)[0])
    royalties = Royalties(token="CallbackToken")
    royalties.finished()
    account, token = royalties.account(), royalties.token
    if path == "RoyaltyPool":
        return withdrawing(royalties.pool, token, account)
    # What has no lock is called while the contract that it reads is locked, if it reads one.
    if path == "gates/TokenGate":
        gate = royalties.chain.deploy(path, royalties.pool, 1, True, 1)
        return withdrawing(royalties.pool, token, account, gate)
    unlocked = {
        "TaskEscrow": lambda: royalties.escrow,
        "Lens": lambda: royalties.lens,
        "TaskTerms": lambda: royalties.terms,
        "gates/CredentialGate": lambda: Board().gate,
        "randomness/BlockhashRandomness": lambda: royalties.chain.deploy(path),
        "randomness/DrandRandomness": lambda: royalties.chain.deploy(path, *QUICKNET.arguments(margin=60)),
    }
    return withdrawing(royalties.escrow, token, account, unlocked[path]())


@pytest.fixture(scope="module")
def scene(request: pytest.FixtureRequest) -> Scene:
    return set_scene(request.param)


def value(entry: dict[str, Any]) -> Any:
    """An argument of that type: the number 1, an account, no bytes, a list of one."""
    kind = entry["type"]
    if kind.endswith("]"):
        item, length = kind[:-1].rsplit("[", 1)
        return [value({**entry, "type": item})] * int(length or 1)
    if kind == "tuple":
        return tuple(value(component) for component in entry["components"])
    if kind.startswith("uint"):
        return 1
    return {"address": "0x" + "11" * 20, "bool": True, "string": "", "bytes": b""}.get(kind, b"")


@cache
def functions(path: str) -> dict[str, list[dict[str, Any]]]:
    """What each function of the ABI takes."""
    entries = [one for one in abi_of(path) if one["type"] in ("function", "fallback")]
    return {one.get("name", "__default__"): one.get("inputs", []) for one in entries}


def calldata(path: str, name: str) -> bytes:
    if name == "__default__":
        return b""
    inputs = functions(path)[name]
    types = [collapse_if_tuple(one) for one in inputs]
    selector = function_signature_to_4byte_selector(f"{name}({','.join(types)})")
    return selector + encode(types, ARGUMENTS.get((path, name), [value(one) for one in inputs]))


@pytest.mark.parametrize("path", LOCKED)
def test_locks__every_function_of_every_deployable__has_a_row(path: str) -> None:
    rows = [name for row, name, _ in ROWS if row == path]
    assert sorted(rows) == sorted(functions(path))


@pytest.mark.parametrize(
    ("scene", "path", "name", "is_open"),
    [(path, path, name, is_open) for path, name, is_open in ROWS],
    ids=[f"{path}.{name}" for path, name, _ in ROWS],
    indirect=["scene"],
)
def test_calling_back__while_the_contract_is_locked__is_refused_or_answered_as_ever(
    scene: Scene, path: str, name: str, is_open: bool
) -> None:
    data = calldata(path, name)
    unlocked = scene.answer(data)
    assert unlocked.succeeded or unlocked.data, "a lock's refusal could not be told from this one"
    if (path, name) == ("adapters/Erc792Adapter", "__default__"):
        unlocked = Answer(True, b"")  # then alone ether is let in
    assert scene.answer_while_locked(data) == (unlocked if is_open else Answer(False, b""))
