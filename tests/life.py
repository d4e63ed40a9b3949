"""People who live through a task on a node, by clients that block, are awaited, or sign elsewhere."""

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from decimal import Decimal
from typing import Any

from web3 import Web3

from goldleaf import (
    Goldleaf,
    LabelSet,
    Sent,
    Unsigned,
    commitments,
)
from tests.chains import anvil
from tests.deployed import DAY, JURORS, PURSE, TERMS, Chain, connector

WAYS = ("blocking", "awaited", "signed elsewhere")


class SignedElsewhere:
    """A client, or a part of one, that never sends: a wallet signs what it says there is to sign."""

    def __init__(self, part: Any, client: Goldleaf, wallet: Any, web3: Web3) -> None:
        self._part = part
        self._client = client
        self._wallet = wallet
        self._web3 = web3

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._part, name)
        if hasattr(found, "transaction"):
            return lambda *args, **kwargs: self._send(found.transaction(*args, **kwargs))
        if callable(found) or isinstance(found, str):
            return found
        return SignedElsewhere(found, self._client, self._wallet, self._web3)

    def _send(self, unsigned: Unsigned[Any]) -> Sent[Any]:
        # What crosses to the wallet is JSON.
        for step in json.loads(json.dumps(unsigned.to_json())):
            sent = self._sign_and_send(step)
        return self._client.wait(sent, of=unsigned)

    def _sign_and_send(self, step: dict[str, str]) -> str:
        assert step.pop("from") == self._wallet.address
        count = self._web3.eth.get_transaction_count(self._wallet.address, "pending")
        signed = self._wallet.sign_transaction({**step, "nonce": count, "gas": 3_000_000, "gasPrice": 10**9})
        return self._web3.eth.send_raw_transaction(signed.raw_transaction).to_0x_hex()


@contextmanager
def living(way: str) -> Iterator[Chain]:
    """A node with everything deployed, whose clients do things in this one of `WAYS`."""
    with anvil() as node, asyncio.Runner() as runner, ExitStack() as stack:
        chain = Chain(node.web3, lambda time: node.travel(time - node.now), lambda: node.mine(1))
        chain.connect = (
            signing_elsewhere(chain)
            if way == "signed elsewhere"
            else connector(chain, way == "awaited", runner.get_loop(), stack, scheme="ws")
        )
        yield chain


def signing_elsewhere(chain: Chain) -> Callable[[Any], Any]:
    """What makes a client for an account that signs apart from it."""
    reader = Goldleaf(str(chain.web3.provider.endpoint_uri), chain.deployment)  # type: ignore[attr-defined]

    def split(account: Any) -> Any:
        client = reader.with_account(account.address)
        return SignedElsewhere(client, client, account, chain.web3)

    return split


class Life:
    """The people, and the steps that take more than one call."""

    def __init__(self, chain: Chain) -> None:
        self.chain = chain
        self.requester, self.alice, self.bob, self.auditor = (
            chain.client(name) for name in ("requester", "alice", "bob", "auditor")
        )
        self.jurors = [chain.client(f"juror {number}") for number in range(JURORS)]
        self.people = [self.requester, self.alice, self.bob, self.auditor, *self.jurors]

    def seat_jurors(self) -> None:
        price = self.auditor.court.seat_price()
        self.seats: dict[int, Goldleaf] = {}
        for juror in self.jurors:
            juror.court.ledger.deposit(price)
            self.seats[juror.court.join().result.first_seat] = juror
        self.chain.travel_to(self.chain.now + 7 * DAY)
        for seat, juror in self.seats.items():
            juror.court.ready(seat)

    def open(self) -> int:
        """One dollar a label for a stake of ten; one error in three labels is tolerated."""
        self.requester.ledger.deposit(Decimal(12))
        opened = self.requester.tasks.open(
            terms=TERMS,
            items=6,
            uri="ipfs://manifest",
            reward=Decimal(1),
            stake=Decimal(10),
            batch_size=3,
            redundancy=2,
            tolerance_bps=3400,
            deadline=timedelta(days=14),
            accept_small_court=True,
        )
        return opened.result.task

    def deliver(self, work: dict[int, tuple[Goldleaf, LabelSet]]) -> None:
        """Each commits, then each publishes."""
        salts = {submission: commitments.new_salt() for submission in work}
        for submission, (annotator, labels) in work.items():
            annotator.submissions.commit(submission, labels, uri=uri(labels), salt=salts[submission])
        for submission, (annotator, labels) in work.items():
            annotator.submissions.publish(submission, labels, uri=uri(labels), salt=salts[submission])

    def challenge(self, challenges: dict[int, list[int]]) -> list[int]:
        """The auditor commits, waits, and files; returns the challenges."""
        salt = commitments.new_salt()
        for submission, items in challenges.items():
            self.auditor.challenges.commit(submission, items, salt=salt)
        self.chain.travel_to(self.chain.now + 61)
        return [
            self.auditor.challenges.file(submission, items, salt=salt).result.challenge
            for submission, items in challenges.items()
        ]

    def vote(self, dispute: int, choices: list[int]) -> None:
        """Draws a round; the jurors drawn vote so, in the order of their positions, until its last moment."""
        self.chain.mine()
        self.auditor.court.draw()
        number = self.auditor.court.dispute(dispute).round
        panel = [self.seats[seat] for seat in self.auditor.court.round(dispute, number).seats]
        assert len(panel) == len(choices)
        salt = commitments.new_salt()
        for juror, choice in zip(panel, choices, strict=True):
            juror.court.commit_vote(dispute, choice, salt=salt)
        for juror, choice in zip(panel, choices, strict=True):
            juror.court.reveal_vote(dispute, choice, salt=salt)
        self.pass_phase(dispute)

    def pass_phase(self, dispute: int) -> None:
        self.chain.travel_to(self.auditor.court.dispute(dispute).phase_end)
        self.chain.mine()

    def leave(self) -> None:
        for seat, juror in self.seats.items():
            leaves_at = juror.court.leave(seat).result.leaves_at
        self.chain.travel_to(leaves_at)
        self.auditor.court.draw()
        for person in self.people:
            for ledger in (person.ledger, person.court.ledger):
                if ledger.free():
                    ledger.withdraw()

    def gain(self, *people: Goldleaf) -> int:
        return sum(self.chain.balance(str(person.account)) - PURSE for person in people)


def uri(labels: LabelSet) -> str:
    return f"ipfs://{labels.root.hex()}"
