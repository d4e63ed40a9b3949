"""The whole life of a task through the SDK, on a node: blocking, awaited, and signed elsewhere.

Two annotators label two batches of three items. Of their four submissions one has an error, which is conceded; one
answers a demand and is defended in court, with an appeal; of one the labels are withheld; one has too many errors.
"""

import asyncio
import json
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from web3 import Web3

from goldleaf import (
    Goldleaf,
    GoldleafWarning,
    LabelSet,
    Outcome,
    Phase,
    Sent,
    SubmissionState,
    Unsigned,
    fight_id,
    seals,
    submission_id,
)
from tests.chains import anvil
from tests.deployed import DAY, JURORS, PURSE, TERMS, UNIT, Chain, connector

pytestmark = pytest.mark.anvil


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


@pytest.fixture(params=["blocking", "awaited", "signed elsewhere"])
def chain(request: pytest.FixtureRequest) -> Iterator[Chain]:
    with anvil() as node, asyncio.Runner() as runner, ExitStack() as stack:
        chain = Chain(node.web3, lambda time: node.travel(time - node.now), lambda: node.mine(1))
        chain.connect = (
            signing_elsewhere(chain)
            if request.param == "signed elsewhere"
            else connector(chain, request.param == "awaited", runner.get_loop(), stack, scheme="ws")
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
        )
        return opened.result.task

    def deliver(self, work: dict[int, tuple[Goldleaf, LabelSet]]) -> None:
        """Each commits, then each publishes."""
        salts = {submission: seals.new_salt() for submission in work}
        for submission, (annotator, labels) in work.items():
            annotator.submissions.commit(submission, labels, uri=uri(labels), salt=salts[submission])
        for submission, (annotator, labels) in work.items():
            annotator.submissions.publish(submission, labels, uri=uri(labels), salt=salts[submission])

    def challenge(self, challenges: dict[int, list[int]]) -> list[int]:
        """The auditor seals, waits, and files; returns the fights."""
        salt = seals.new_salt()
        for submission, items in challenges.items():
            self.auditor.challenges.seal(submission, items, salt=salt)
        self.chain.travel_to(self.chain.now + 61)
        return [
            self.auditor.challenges.file(submission, items, salt=salt).result.fight
            for submission, items in challenges.items()
        ]

    def vote(self, dispute: int, choices: list[int]) -> None:
        """Draws a round; the jurors drawn vote so, in the order of their positions, until its last moment."""
        self.chain.mine()
        self.auditor.court.draw()
        number = self.auditor.court.dispute(dispute).round
        panel = [self.seats[seat] for seat in self.auditor.court.round(dispute, number).seats]
        assert len(panel) == len(choices)
        salt = seals.new_salt()
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
            juror.court.leave(seat)
        for person in self.people:
            for ledger in (person.ledger, person.court.ledger):
                if ledger.free():
                    ledger.withdraw()

    def gain(self, *people: Goldleaf) -> int:
        return sum(self.chain.balance(str(person.account)) - PURSE for person in people)


def uri(labels: LabelSet) -> str:
    return f"ipfs://{labels.root.hex()}"


def test_lifecycle__everything_that_can_happen__pays_by_rule_to_the_last_unit(chain: Chain) -> None:
    warnings.simplefilter("ignore", GoldleafWarning)
    life = Life(chain)
    life.seat_jurors()
    task = life.open()
    erring, defended, withheld, hopeless = (submission_id(task, slot) for slot in range(4))
    first, second = (LabelSet(["benign", "malignant", "benign"], first=item) for item in (0, 3))

    for annotator, slots in ((life.alice, [0, 1]), (life.bob, [2, 3])):
        annotator.ledger.deposit(Decimal(60))
        annotator.submissions.take_many(task, slots)
    life.deliver(
        {
            erring: (life.alice, first),
            defended: (life.alice, second),
            withheld: (life.bob, first),
            hopeless: (life.bob, second),
        }
    )

    # Of two labels half of the pay is 1, three juries cost 9, so each bond is 9.
    life.auditor.ledger.deposit(Decimal(2 * 1 + 3 * 9))
    answered = life.auditor.challenges.demand(defended, 5).result.fight
    unanswered = life.auditor.challenges.demand(withheld, 0).result.fight
    conceded, disputed, ignored = life.challenge({erring: [0], defended: [3], hopeless: [3, 4]})
    assert [answered, disputed] == [fight_id(defended, 0), fight_id(defended, 1)]
    life.alice.challenges.answer(answered, second)
    life.alice.challenges.concede(conceded)
    life.alice.ledger.deposit(Decimal(3))
    dispute = life.alice.challenges.defend(disputed).result.dispute

    # Two of three find the label wrong; whoever lost appeals, and all of seven find it right.
    life.vote(dispute, [1, 1, 2])
    assert life.auditor.court.ruling(dispute) == 1
    life.alice.court.ledger.deposit(life.alice.court.appeal_cost(dispute))
    life.alice.court.appeal(dispute)
    life.vote(dispute, [2] * JURORS)
    life.pass_phase(dispute)
    assert life.auditor.court.dispute(dispute).phase == Phase.FINAL
    life.auditor.court.execute(dispute)
    refunds = [life.auditor.court.settle(dispute).result.refund for _ in range(2)]
    assert refunds == [7 * UNIT, 0]

    # By now every window is over.
    settled = life.auditor.challenges.settle_many([conceded, answered, disputed, unanswered, ignored]).result
    assert [event.outcome for event in settled] == [
        Outcome.CONCEDED,
        Outcome.ANSWERED,
        Outcome.NOT_WRONG,
        Outcome.UNANSWERED,
        Outcome.UNANSWERED,
    ]
    assert [event.proven for event in settled] == [1, 0, 0, 0, 2]
    life.alice.submissions.claim_many([erring, defended])
    states = [life.auditor.submissions.get(submission).state for submission in (erring, defended, withheld, hopeless)]
    assert states == [SubmissionState.PAID] * 2 + [SubmissionState.REJECTED] * 2

    chain.travel_to(life.auditor.tasks.get(task).parameters.deadline)
    chain.mine()
    assert life.auditor.tasks.close(task).result.accepted == 5
    life.leave()

    # Five labels are paid, and the stakes come back whole. Of the lost bond of 9, the fee of 3 comes back and all else
    # is the defender's and annotator's.
    assert life.gain(life.alice) == 5 * UNIT + 6 * UNIT
    assert life.gain(life.bob) == -60 * UNIT
    # Three prizes, of a stake a quarter for the rejection and of another a sixteenth for labels that were withheld;
    # less the demand that was answered and the bond that was lost.
    assert life.gain(life.auditor) == 3 * 250_000 + 7_500_000 + 1_875_000 - 1 * UNIT - 9 * UNIT
    # All 12 labels can be read. Of the pay of wrong ones the prizes are others', or in what is lost by the rejection.
    assert life.gain(life.requester) == -12 * UNIT + 750_000 + 2 * UNIT
    # The fee of the first round; that of the appeal was refunded out of what jurors lost.
    assert life.gain(*life.jurors) == 3 * UNIT
    # The demand that was answered, and of both rejected submissions the rest of the stake and the pay of labels that
    # were not proven wrong.
    lost = 1 * UNIT + (30 * UNIT - 1_875_000 + 3 * UNIT) + (30 * UNIT - 8 * UNIT + 1 * UNIT)
    assert life.gain(*life.people) == -lost
    assert [chain.balance(chain.deployment.address(name)) for name in ("TaskEscrow", "Court")] == [lost, 0]
