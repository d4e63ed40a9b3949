"""The protocol deployed in process: what fixtures, Hypothesis and attack tests alike build on.

A `Protocol` is one token, one arbitrator (a mock, or a real Court) and one TaskEscrow, with helpers that bring a
task, a submission or a challenge to the state that a test starts from. The helpers pay for what they do: they mint and
deposit what the acting account still lacks. Whatever a test is about, it calls itself: `protocol.escrow.claim(...)`.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass, replace
from typing import Any

import boa
from eth_abi.abi import encode
from eth_utils import keccak

from goldleaf.ids import challenge_id, split_challenge, split_submission, submission_id
from goldleaf.labels import LabelSet
from goldleaf.signing.commitments import challenge_commitment, commitment
from goldleaf.types import (
    NOT_HEARD,
    ZERO_ADDRESS,
    ChallengeState,
    CourtParameters,
    Phase,
    SubmissionState,
    TaskParameters,
)
from tests.chains import SINK, Address, Chain, InProcessChain, deploy_escrow

HOUR = 3600
DAY = 24 * HOUR
COMMITMENT_MIN_AGE = 60
MAX_DEPOSIT = 2**128 - 1  # base units, at once

SALT = keccak(b"salt")
EVIDENCE = keccak(b"evidence")
URI = "ipfs://labels"


def reverts(reason: str) -> Any:
    """`with reverts("tasks: no such task"): ...` - the call must revert with exactly this reason."""
    return boa.reverts(reason)


def deposit(token: Any, ledger: Any, account: Address, amount: int) -> None:
    """Mints `amount` to the account, which deposits it in an escrow or a court."""
    token.mint(account, amount)
    token.approve(ledger, amount, sender=account)
    for start in range(0, amount, MAX_DEPOSIT):
        ledger.deposit(token, min(MAX_DEPOSIT, amount - start), account, sender=account)


def provide(token: Any, ledger: Any, account: Address, amount: int) -> None:
    """Deposits what the account lacks of a free balance of `amount`."""
    lacking = amount - ledger.free(token, account)
    if lacking > 0:
        deposit(token, ledger, account, lacking)


@dataclass(frozen=True)
class Work:
    """One submission as its annotator sees it."""

    submission: int
    annotator: Address
    labels: LabelSet
    salt: bytes = SALT
    uri: str = URI

    @property
    def task(self) -> int:
        return split_submission(self.submission)[0]

    @property
    def slot(self) -> int:
        return split_submission(self.submission)[1]


class Jury:
    """A Court with its jurors. `overrides` are fields of `CourtParameters`."""

    def __init__(self, token: Any, relay: Address = ZERO_ADDRESS, chain: Chain | None = None, **overrides: Any) -> None:
        self.chain = chain or InProcessChain()
        self.token = token
        parameters = replace(
            CourtParameters(
                token=token.address,
                gate=ZERO_ADDRESS,
                randomness=self.chain.deploy("randomness/BlockhashRandomness").address,
                juror_fee=10 ** token.decimals(),
                load=8,
                max_seats=1000,
                max_seats_per_holder=100,
                join_delay=HOUR,
                draw_timeout=2 * DAY,
                commit_period=DAY,
                reveal_period=DAY,
                appeal_period=DAY,
            ),
            **overrides,
        )
        self.court = self.chain.deploy("Court", relay, astuple(parameters))

    @property
    def parameters(self) -> CourtParameters:
        return CourtParameters(*self.court.parameters())

    def provide(self, account: Address, amount: int) -> None:
        provide(self.token, self.court, account, amount)

    def join(self, seats: int = 1, holder: Address | None = None, gate_data: bytes = b"") -> Address:
        """A new holder, or the one named, takes seats, which are not ready yet."""
        holder = holder or self.chain.account()
        self.provide(holder, seats * self.court.seat_price())
        self.court.join(seats, gate_data, sender=holder)
        return holder

    def seat(self, holders: int) -> list[Address]:
        """Seats that many new holders, one seat each, ready to be drawn."""
        first = self.court.seat_count() + 1
        accounts = [self.join() for _ in range(holders)]
        self.chain.travel(self.parameters.join_delay)
        for seat in range(first, first + holders):
            self.court.ready(seat)
        return accounts

    def draw(self, dispute: int) -> list[Address]:
        """Pushes the queue until the dispute's round is drawn; returns the holder of each position."""
        drawn = 0
        while drawn != dispute:
            # The block whose hash is the seed is a past one from then on.
            self.chain.mine(2)
            drawn = self.court.draw()
        seats = self.court.round(dispute, self.court.dispute(dispute).round).seats
        return [self.court.seat(seat).holder for seat in seats]

    def commitment(self, dispute: int, holder: Address, choice: int, salt: bytes = SALT) -> bytes:
        types = ["uint256", "address", "uint256", "uint256", "address", "uint256", "bytes32"]
        chain_id, number = self.chain.id, self.court.dispute(dispute).round
        return keccak(encode(types, [chain_id, self.court.address, dispute, number, holder, choice, salt]))

    def vote(self, dispute: int, choices: dict[Address, int]) -> None:
        """Each holder commits and reveals their choice in the round that was drawn, until its last moment."""
        for holder, choice in choices.items():
            self.court.commit_vote(dispute, self.commitment(dispute, holder, choice), sender=holder)
        if self.court.dispute(dispute).phase == Phase.COMMIT:
            self.pass_phase(dispute)
        for holder, choice in choices.items():
            self.court.reveal_vote(dispute, holder, choice, SALT)
        self.pass_phase(dispute)

    def pass_phase(self, dispute: int) -> None:
        self.chain.travel(self.court.dispute(dispute).phase_end - self.chain.now)

    def appeal(self, dispute: int, payer: Address | None = None) -> Address:
        payer = payer or self.chain.account()
        self.provide(payer, self.court.appeal_cost(dispute))
        self.court.appeal(dispute, sender=payer)
        return payer

    def finish(self, dispute: int) -> None:
        """Waits until the ruling is final, executes it and settles every round."""
        while not self.court.is_final(dispute):
            self.pass_phase(dispute)
        self.court.execute(dispute)
        for _ in range(self.court.dispute(dispute).round + 1):
            self.court.settle(dispute)


class Protocol:
    """One token, one arbitrator, one escrow.

    `token` and `arbitrator` name contracts in contracts/mocks; the arbitrator "Court" deploys a real one. `cost` is in
    whole tokens and, for a Court, is what its first round of three jurors costs.
    """

    def __init__(
        self,
        token: str = "TokenMock",
        arbitrator: str = "MockArbitrator",
        decimals: int = 6,
        cost: int = 3,
        relay: Address = ZERO_ADDRESS,
        period_floor: int = HOUR,
        chain: Chain | None = None,
        **court_parameters: Any,
    ) -> None:
        self.chain = chain or InProcessChain()
        self.unit = 10**decimals
        self.accounts: list[Address] = []
        self.indices: dict[int, list[int]] = {}  # of each challenge, by challenge id
        self.disputes: dict[int, int] = {}  # challenge id -> dispute id
        self.token = self.chain.deploy(f"mocks/{token}", decimals)
        if arbitrator == "Court":
            self.jury = Jury(self.token, relay, self.chain, juror_fee=cost * self.unit // 3, **court_parameters)
            self.arbitrator = self.jury.court
        else:
            self.arbitrator = self.chain.deploy(f"mocks/{arbitrator}", self.token, cost * self.unit, 10 * DAY)
        self.deploy_escrow(relay, period_floor)
        self.requester = self.account(alias="requester")

    def deploy_escrow(self, relay: Address, period_floor: int = HOUR) -> None:
        """The escrow that everything here is about, with its terms and its lens."""
        contracts = deploy_escrow(self.chain.deploy, relay, period_floor=period_floor)
        self.terms, self.escrow, self.lens = (contracts[name] for name in ("TaskTerms", "TaskEscrow", "Lens"))

    # ------------------------------------------------------------ time

    @property
    def now(self) -> int:
        return self.chain.now

    def travel(self, seconds: int) -> None:
        self.chain.travel(seconds)

    def travel_to(self, time: int) -> None:
        self.chain.travel(time - self.now)

    # ------------------------------------------------------------ accounts and money

    def account(self, alias: str | None = None, free: int = 0) -> Address:
        """A new account, with `free` base units in the escrow."""
        account = self.chain.account(alias)
        self.accounts.append(account)
        if free:
            self.fund(account, free)
        return account

    def fund(self, account: Address, amount: int) -> None:
        """Mints `amount` to the account and deposits it in the escrow."""
        deposit(self.token, self.escrow, account, amount)

    def provide(self, account: Address, amount: int) -> None:
        """Funds what the account lacks of a free balance of `amount` in the escrow."""
        provide(self.token, self.escrow, account, amount)

    def free(self, account: Address) -> int:
        return int(self.escrow.free(self.token, account))

    @contextmanager
    def gains(self, *accounts: Address) -> Iterator[list[int]]:
        """What each account's free balance grows by inside the block: a list that is filled at its end."""
        before = [self.free(account) for account in accounts]
        gained: list[int] = []
        yield gained
        gained += [self.free(account) - free for account, free in zip(accounts, before, strict=True)]

    def held(self) -> int:
        """What the escrow owes altogether: free balances, pots, stakes and bonds, base units.

        Free balances are those of accounts that `account` made, of the escrow's own arbitrator and of the sink.
        """
        owed = sum(self.free(account) for account in [*self.accounts, self.arbitrator.address, SINK])
        for task in range(1, self.escrow.task_count() + 1):
            state, terms = self.lens.task(task), self.parameters_of(task)
            if not state.closed:
                owed += terms.reward * (terms.items * terms.redundancy - state.delivered)
            for slot in range(terms.slots):
                submission = self.lens.submission(submission_id(task, slot))
                if submission.state & (SubmissionState.TAKEN | SubmissionState.COMMITTED | SubmissionState.PUBLISHED):
                    owed += terms.stake_of(slot) - submission.errors * (terms.reward // 4)
                for number in range(submission.filed):
                    challenge = self.lens.challenge(challenge_id(submission_id(task, slot), number))
                    if challenge.state != ChallengeState.SETTLED:
                        owed += challenge.bond
        return owed

    def assert_conserved(self) -> None:
        """Every unit of an honest token is accounted for."""
        assert self.token.balanceOf(self.escrow) == self.held()

    # ------------------------------------------------------------ tasks

    def parameters(self, **overrides: Any) -> TaskParameters:
        """Terms that `open` accepts: two batches of ten labels, each labelled twice, one error in ten tolerated."""
        return replace(
            TaskParameters(
                arbitrator=self.arbitrator.address,
                gate=ZERO_ADDRESS,
                grader=ZERO_ADDRESS,
                reward=self.unit // 20,
                stake=self.unit,
                items=20,
                batch_size=10,
                redundancy=2,
                tolerance_bps=1000,
                deadline=self.now + 30 * DAY,
                work_period=2 * DAY,
                publish_period=2 * DAY,
                challenge_period=4 * DAY,
                response_period=2 * DAY,
                arbitration_timeout=2 * self.arbitrator.max_duration(),
                availability_bond=self.unit // 10,
                royalty_bps=1000,
                terms=keccak(b"manifest"),
            ),
            **overrides,
        )

    def open(self, requester: Address | None = None, **overrides: Any) -> int:
        """Opens a task with `parameters(**overrides)`; returns its id."""
        requester = requester or self.requester
        parameters = self.parameters(**overrides)
        self.provide(requester, parameters.pot)
        return int(self.escrow.open(astuple(parameters), "ipfs://manifest", sender=requester))

    def parameters_of(self, task: int) -> TaskParameters:
        return TaskParameters(*self.lens.task(task).parameters)

    # ------------------------------------------------------------ submissions

    def take(self, task: int, slot: int = 0, annotator: Address | None = None, gate_data: bytes = b"") -> Work:
        """Takes a slot, for a new annotator if none is named, who has a label for each item in mind."""
        parameters = self.parameters_of(task)
        annotator = annotator or self.account()
        self.provide(annotator, parameters.stake_of(slot))
        submission = int(self.escrow.take(task, slot, gate_data, sender=annotator))
        items = parameters.items_of(slot)
        labels = LabelSet([f"label of item {item}" for item in items], first=items.start)
        return Work(submission, annotator, labels)

    def commitment(self, work: Work) -> bytes:
        return commitment(
            self.chain.id,
            self.escrow.address,
            work.submission,
            work.annotator,
            work.labels.root,
            work.uri,
            work.salt,
        )

    def commit(self, work: Work) -> None:
        self.escrow.commit(work.submission, self.commitment(work), sender=work.annotator)

    def publish(self, work: Work, sender: Address | None = None) -> None:
        self.escrow.publish(work.submission, work.labels.root, work.salt, work.uri, sender=sender or work.annotator)

    def deliver(self, task: int, slot: int = 0) -> list[Work]:
        """Brings a whole batch to PUBLISHED, each sibling by an annotator of its own; the first is `slot`'s."""
        parameters = self.parameters_of(task)
        slots = sorted(parameters.siblings(slot % parameters.batches), key=lambda sibling: sibling != slot)
        works = [self.take(task, sibling) for sibling in slots]
        if parameters.redundancy > 1:
            for work in works:
                self.commit(work)
        for work in works:
            self.publish(work)
        return works

    def delivered(self, **overrides: Any) -> Work:
        """A PUBLISHED submission of a new task."""
        return self.deliver(self.open(**overrides))[0]

    def pass_window(self, work: Work) -> None:
        """Lets the challenge window of a PUBLISHED submission end."""
        self.travel_to(self.lens.submission(work.submission).window_end)

    # ------------------------------------------------------------ challenges

    def bond(self, work: Work, labels: int) -> int:
        """The least bond for challenging that many labels."""
        return max(labels * self.parameters_of(work.task).reward // 2, 3 * self.arbitrator.arbitration_cost())

    def challenge_commitment(
        self, work: Work, indices: Sequence[int], challenger: Address, salt: bytes = SALT
    ) -> bytes:
        """The commitment that a challenge needs; not yet stored."""
        chain_id = self.chain.id
        return challenge_commitment(chain_id, self.escrow.address, work.submission, challenger, indices, salt)

    def challenge(
        self, work: Work, indices: Sequence[int], challenger: Address | None = None, bond: int | None = None
    ) -> int:
        """Commits, waits and challenges, with the least bond unless told another; returns the challenge id."""
        challenger = challenger or self.account()
        bond = self.bond(work, len(indices)) if bond is None else bond
        self.provide(challenger, bond)
        self.escrow.commit_challenge(self.challenge_commitment(work, indices, challenger), sender=challenger)
        self.travel(COMMITMENT_MIN_AGE)
        filed = self.escrow.challenge(work.submission, list(indices), bond, EVIDENCE, URI, SALT, sender=challenger)
        challenge = int(filed)
        self.indices[challenge] = list(indices)
        return challenge

    def defend(self, challenge: int, defender: Address | None = None) -> int:
        """Defends at the arbitrator's cost, as the annotator if nobody is named; returns the dispute id."""
        defender = defender or self.lens.submission(split_challenge(challenge)[0]).annotator
        cost = self.arbitrator.arbitration_cost()
        self.provide(defender, cost)
        self.escrow.defend(challenge, cost, sender=defender)
        dispute = int(self.event("Defended").dispute)
        self.disputes[challenge] = dispute
        return dispute

    def rule(self, challenge: int, ruling: int) -> None:
        """Has a MockArbitrator rule on a defended challenge."""
        if ruling == NOT_HEARD:
            self.arbitrator.refuse_to_hear(self.disputes[challenge])
        else:
            self.arbitrator.give_ruling(self.disputes[challenge], ruling)

    def settle(self, challenge: int) -> None:
        """Settles a challenge that `challenge` filed."""
        self.escrow.settle(challenge, self.indices[challenge])

    def prove_wrong(self, work: Work, indices: Sequence[int], challenger: Address | None = None) -> int:
        """Brings a challenge through an arbitrator that agrees, settlement included."""
        challenge = self.challenge(work, indices, challenger)
        self.defend(challenge)
        self.rule(challenge, 1)
        self.settle(challenge)
        return challenge

    def challenge_availability(self, work: Work, indices: Sequence[int], challenger: Address | None = None) -> int:
        """Says that not each of these labels can be read; returns the challenge id."""
        challenger = challenger or self.account()
        self.provide(challenger, self.parameters_of(work.task).availability_bond)
        filed = self.escrow.challenge_availability(work.submission, list(indices), sender=challenger)
        challenge = int(filed)
        self.indices[challenge] = list(indices)
        return challenge

    def answer(self, work: Work, challenge: int, item: int, answerer: Address | None = None) -> None:
        """Shows the label of an item that the submission's root holds."""
        label, proof = work.labels.label(item), work.labels.proof(item)
        self.escrow.answer(challenge, item, label, proof, sender=answerer or work.annotator)

    def event(self, name: str) -> Any:
        """The last call's one event of this name, logged by the escrow."""
        [event] = [log for log in self.escrow.get_logs() if type(log).__name__ == name]
        return event
