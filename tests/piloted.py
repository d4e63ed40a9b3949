"""Somebody with a key, a disk and an autopilot, on a node whose clock the tests move.

Everybody else is played by `Protocol`.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eth_account import Account

from goldleaf import Deployment, Goldleaf, LabelSet, SubmissionState
from goldleaf.stores import Reader, Store
from goldleaf_tools.autopilot import CAUTIOUS, Autopilot, Labels, Memory, Report, Step
from goldleaf_tools.keys import Keyring
from tests.chains import AnvilChain
from tests.protocol import HOUR, Protocol, Work


class Stage:
    """The protocol on a node."""

    def __init__(self, chain: AnvilChain) -> None:
        self.chain = chain
        self.url = str(chain.web3.provider.endpoint_uri)  # type: ignore[attr-defined]
        self.protocol = Protocol(arbitrator="Court", chain=chain)
        self.jury = self.protocol.jury
        contracts = {
            "TaskTerms": self.protocol.terms.address,
            "TaskEscrow": self.protocol.escrow.address,
            "Lens": self.protocol.lens.address,
            "Court": self.jury.court.address,
            "Token": self.protocol.token.address,
        }
        self.deployment = Deployment(chain.id, 0, contracts)

    def task(self, **overrides: Any) -> int:
        """One batch of three labels, labelled twice."""
        terms = {"items": 3, "batch_size": 3, "stake": 10 * self.protocol.unit, "redundancy": 2, **overrides}
        return self.protocol.open(**terms)

    def sibling_commits(self, task: int, *, confirmations: int = CAUTIOUS.confirmations) -> None:
        """The other annotator of the batch, in a block that so many confirm."""
        self.protocol.commit(self.protocol.take(task, 1))
        self.chain.mine(confirmations - 1)

    def travel_to(self, moment: int) -> None:
        self.protocol.travel_to(moment)
        self.chain.mine(CAUTIOUS.confirmations)


@dataclass
class Person:
    """Somebody with a key, a disk, and an autopilot."""

    stage: Stage
    key: bytes
    disk: Path

    def __post_init__(self) -> None:
        self._sent_before = 0
        self.account = Account.from_key(self.key)
        self.client = Goldleaf(self.stage.url, self.stage.deployment, self.account)
        self.keyring = Keyring(self.stage.deployment, self.account)
        self.store = Store(self.disk / "store")
        self.memory = Memory(self.disk / "memory")
        # The client offers a tip for its gas, free as it is.
        self.stage.chain._request("anvil_setBalance", self.account.address, hex(10**18))
        self.stage.protocol.fund(self.account.address, 100 * self.stage.protocol.unit)
        self._sent_before = self.sent

    def autopilot(self, client: Goldleaf | None = None, **terms: Any) -> Autopilot:
        return Autopilot(client or self.client, self.keyring, self.memory, reader=Reader(self.store), **terms)

    def lose_disk(self) -> None:
        """All but the key is gone."""
        self.memory = Memory(self.disk / "new")

    def delegate(self, code: str) -> None:
        """Has the account act by a contract's code too (EIP-7702)."""
        web3, address = self.stage.chain.web3, self.account.address
        nonce = web3.eth.get_transaction_count(address)
        # It takes effect when the transaction that brings it has taken its nonce.
        allowed = self.account.sign_authorization({"chainId": self.stage.chain.id, "address": code, "nonce": nonce + 1})
        signed = self.account.sign_transaction(
            {
                "chainId": self.stage.chain.id,
                "nonce": nonce,
                "to": address,
                "gas": 100_000,
                "maxFeePerGas": 0,
                "maxPriorityFeePerGas": 0,
                "authorizationList": [allowed],
            }
        )
        web3.eth.wait_for_transaction_receipt(web3.eth.send_raw_transaction(signed.raw_transaction))
        assert bytes(web3.eth.get_code(address)) == bytes.fromhex("ef0100" + code[2:])

    def commit(self, task: int, slot: int = 0) -> tuple[int, LabelSet]:
        """Takes a slot and commits labels that lie in the store."""
        submission = self.client.submissions.take(task, slot).result.submission
        items = self.client.submissions.items(submission)
        labels = LabelSet([f"label {item} of {self.account.address}" for item in items], first=items.start)
        uri = self.store.put(labels.to_bytes())
        self.memory.remember(Labels(submission, labels.root, uri))
        self.client.submissions.commit(submission, labels, uri=uri, salt=self.keyring.commitment_salt(submission))
        return submission, labels

    def publish(self, task: int) -> tuple[int, LabelSet]:
        """The autopilot publishes, as the other annotator of the batch has committed too."""
        submission, labels = self.commit(task)
        self.stage.sibling_commits(task)
        assert steps(self.autopilot().step()) == [Step.PUBLISH]
        return submission, labels

    def deliver(self, count: int) -> list[int]:
        """So many submissions in a task, whose windows are over: they are to be claimed."""
        stage = self.stage
        task = stage.task(items=3 * count, redundancy=1)
        terms = stage.protocol.parameters_of(task)
        stage.protocol.provide(self.account.address, sum(map(terms.stake_of, range(count))))
        works = [stage.protocol.take(task, slot, self.account.address) for slot in range(count)]
        for work in works:
            stage.protocol.publish(work)
        stage.travel_to(stage.protocol.now + terms.challenge_period + HOUR)
        return [work.submission for work in works]

    def state(self, submission: int) -> SubmissionState:
        return self.client.submissions.get(submission).state

    @property
    def sent(self) -> int:
        """How many transactions the account has sent since it was funded."""
        return self.stage.chain.web3.eth.get_transaction_count(self.account.address) - self._sent_before


def steps(report: Report) -> list[Step]:
    assert not report.failed
    return [done.duty.step for done in report.done]


class Trial:
    """A dispute over a submission of the person, in a court in which they have a seat."""

    def __init__(self, person: Person) -> None:
        self.person, self.stage = person, person.stage
        stage, jury = person.stage, person.stage.jury
        self.seats = [person.account.address, stage.chain.account(), stage.chain.account()]
        first = jury.court.seat_count() + 1
        for holder in self.seats:
            jury.join(holder=holder)
        stage.protocol.travel(jury.parameters.join_delay)
        for seat in range(first, first + 3):
            jury.court.ready(seat)
        self.submission, labels = person.publish(stage.task())
        work = Work(self.submission, person.account.address, labels)
        self.challenge = stage.protocol.challenge(work, [1])
        self.dispute = stage.protocol.defend(self.challenge)

    def decide(self, choice: int) -> None:
        """All vote so, nobody appeals, and the challenge window is over: all that is left is to execute and to pay."""
        self.draw()
        self.stage.jury.vote(self.dispute, dict.fromkeys(self.seats, choice))
        self.stage.jury.pass_phase(self.dispute)
        self.stage.travel_to(
            max(self.stage.protocol.now, self.person.client.submissions.get(self.submission).window_end)
        )

    def draw(self) -> None:
        drawn = self.stage.jury.draw(self.dispute)
        assert set(drawn) == set(self.seats)

    def others_commit(self, choice: int) -> None:
        for holder in self.seats[1:]:
            self.stage.jury.court.commit_vote(
                self.dispute, self.stage.jury.commitment(self.dispute, holder, choice), sender=holder
            )
