"""The protocol from opening a task to the last withdrawal: in process, and on a node with local signatures."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from eth_account import Account
from web3 import Web3

from goldleaf import (
    ZERO_ADDRESS,
    Deployment,
    Goldleaf,
    Item,
    LabelSet,
    Manifest,
    Outcome,
    Phase,
    SubmissionState,
    commitments,
    events,
)
from goldleaf._encoding import codec
from tests.chains import GENESIS, anvil, deploy_escrow
from tests.in_process import DAY, HOUR, WEALTH, World

ROLES = ["requester", "ann", "bob", "withholder", "challenger", "juror 1", "juror 2", "juror 3"]
MANIFEST = Manifest(
    guidelines="Say whether the image shows a malign finding.",
    label_schema={"type": "boolean"},
    items=[Item.of(f"ipfs://image-{n}", b"pixels %d" % n) for n in range(6)],
    licence="CC-BY-4.0",
)
GOLD = [True, False, True, True, False, False]


@dataclass
class Stage:
    """A deployment on some chain, and a client for each role."""

    web3: Web3
    token: Any
    clients: dict[str, Goldleaf]
    travel: Callable[[int], None]
    mine: Callable[[int], None]


def in_process(world: World) -> Iterator[Stage]:
    clients = {role: world.clients[number] for number, role in zip(range(1, 7), ROLES, strict=False)}
    for number, role in ((7, "juror 2"), (8, "juror 3")):
        client = world.clients[1].with_account(world.accounts[number])
        client.court.ledger.deposit(WEALTH // 4)
        clients[role] = client
    yield Stage(world.web3, world.token, clients, world.travel, world.tester.mine_blocks)


def on_anvil() -> Iterator[Stage]:
    with anvil() as chain:
        token = chain.deploy("mocks/TokenMock", 6)
        randomness = chain.deploy("randomness/BlockhashRandomness")
        periods = (HOUR, 2 * DAY, DAY, DAY, DAY)
        parameters = (token.address, ZERO_ADDRESS, randomness.address, 10**6, 8, 100, 10, *periods)
        contracts = {
            **deploy_escrow(chain.deploy, ZERO_ADDRESS),
            "Court": chain.deploy("Court", ZERO_ADDRESS, parameters),
            "Token": token,
        }
        deployment = Deployment(chain.id, 0, {name: contract.address for name, contract in contracts.items()})
        clients = {}
        for role in ROLES:
            account = Account.create()
            chain.web3.provider.make_request("anvil_setBalance", [account.address, hex(10**18)])
            token.mint(account.address, WEALTH)
            clients[role] = Goldleaf(chain.web3, deployment, account)
            clients[role].ledger.deposit(WEALTH // 4)
            clients[role].court.ledger.deposit(WEALTH // 4)
        assert chain.now >= GENESIS
        yield Stage(
            chain.web3,
            chain.web3.eth.contract(token.address, abi=codec.contract("ERC20").abi),
            clients,
            chain.travel,
            chain.mine,
        )


@pytest.fixture(params=["in process", pytest.param("anvil", marks=pytest.mark.anvil)])
def stage(request: pytest.FixtureRequest, world: World) -> Iterator[Stage]:
    yield from on_anvil() if request.param == "anvil" else in_process(world)


def test_lifecycle__honest_wrong_and_withheld_labels__everybody_is_paid_by_rule(stage: Stage) -> None:
    requester, challenger = stage.clients["requester"], stage.clients["challenger"]
    jurors = [stage.clients[f"juror {number}"] for number in (1, 2, 3)]
    seats = [juror.court.join().result.first_seat for juror in jurors]
    stage.travel(HOUR)
    for seat in seats:
        challenger.court.ready(seat)

    opened = requester.tasks.open(
        terms=MANIFEST,
        uri="ipfs://manifest",
        reward=Decimal("0.5"),
        stake=Decimal(2),
        batch_size=6,
        redundancy=3,
        tolerance_bps=2000,
        deadline=timedelta(days=7),
        accept_small_court=True,
    ).result
    task = opened.task
    assert Manifest.from_bytes(MANIFEST.to_bytes(), terms=requester.tasks.get(task).parameters.terms) == MANIFEST

    answers = {"ann": GOLD, "bob": [not GOLD[0], not GOLD[1], *GOLD[2:]], "withholder": [True] * 6}
    salts = {name: commitments.new_salt() for name in answers}
    labels = {name: LabelSet(answer) for name, answer in answers.items()}
    submissions = {}
    for name in answers:
        submissions[name] = stage.clients[name].submissions.take(task).result.submission
        stage.clients[name].submissions.commit(submissions[name], labels[name], uri=f"ipfs://{name}", salt=salts[name])
    for name in answers:
        stage.clients[name].submissions.publish(submissions[name], labels[name], uri=f"ipfs://{name}", salt=salts[name])

    # Bob has two wrong labels, and concedes one of them; Ann is challenged without cause.
    challenges = {}
    for name, item in (("bob", 0), ("bob", 1), ("ann", 4)):
        salt = commitments.new_salt()
        challenger.challenges.commit(submissions[name], [item], salt=salt)
        stage.travel(60)
        filed = challenger.challenges.file(submissions[name], [item], salt=salt, uri="ipfs://evidence")
        challenges[name, item] = filed.result.challenge
    withheld = requester.challenges.file_availability(submissions["withholder"], [2, 5]).result.challenge
    stage.clients["bob"].challenges.concede(challenges["bob", 0])
    disputes = {
        key: stage.clients[key[0]].challenges.defend(challenges[key]).result.dispute for key in (("bob", 1), ("ann", 4))
    }

    for key, dispute in disputes.items():
        stage.mine(2)
        drawn = challenger.court.draw().events
        assert any(isinstance(event, events.Drawn) and event.dispute == dispute for event in drawn)
        choice = 1 if key[0] == "bob" else 2
        vote_salts = [commitments.new_salt() for _ in jurors]
        for juror, salt in zip(jurors, vote_salts, strict=True):
            juror.court.commit_vote(dispute, choice, salt=salt)
        for juror, salt in zip(jurors, vote_salts, strict=True):
            juror.court.reveal_vote(dispute, choice, salt=salt)
    stage.travel(3 * DAY)
    for key, dispute in disputes.items():
        assert challenger.court.dispute(dispute).phase == Phase.FINAL
        challenger.court.execute(dispute)
        assert challenger.court.settle(dispute).result.share == 10**6
        assert challenger.court.ruling(dispute) == (1 if key[0] == "bob" else 2)

    settled = requester.challenges.settle_many([*challenges.values(), withheld], [[0], [1], [4], [2, 5]]).result
    assert [event.outcome for event in settled] == [
        Outcome.CONCEDED,
        Outcome.WRONG,
        Outcome.NOT_WRONG,
        Outcome.UNANSWERED,
    ]
    states = {name: requester.submissions.get(submission).state for name, submission in submissions.items()}
    assert states == {
        "ann": SubmissionState.PUBLISHED,
        "bob": SubmissionState.REJECTED,
        "withholder": SubmissionState.REJECTED,
    }
    stage.travel(4 * DAY)
    assert requester.submissions.claim(submissions["ann"]).result.pay == 3_000_000
    requester.tasks.close(task)
    assert requester.tasks.accepted_labels(task) == 6

    # S = 12, two errors reject, a prize is 0.5 / 4, a jury costs 3 and a bond 9, in whole tokens.
    free = {role: (stage.clients[role].ledger.free() - WEALTH // 4) / 10**6 for role in ROLES[:5]}
    assert free == {
        # Pays 3 for 6 labels, and for rejected ones as much: of Bob's, less the two that are proven wrong. Of stakes
        # nothing but what any challenger of withheld labels gets, a sixteenth.
        "requester": -3 - 0.5 * 4 - 3 + 12 / 16,
        # The pay, and half of what is left of the challenger's bond; as the defender the fee, and the other half.
        "ann": 3 + 6,
        "bob": -12 - 3,
        "withholder": -12,
        # Two prizes, and a quarter of the stake for the rejection.
        "challenger": 2 * 0.125 + 12 / 4 - 9,
    }

    for juror, seat in zip(jurors, seats, strict=True):
        leaves_at = juror.court.leave(seat).result.leaves_at
    stage.travel(leaves_at - requester.chain.time())
    requester.court.draw()
    for client in stage.clients.values():
        for ledger in (client.ledger, client.court.ledger):
            if ledger.free():
                ledger.withdraw()
    # What is left of both stakes, and the pay of what was not proven wrong: nobody's.
    lost = (12 - 2 * 0.125 - 12 / 4 + 4 * 0.5) + (12 - 12 / 16 + 6 * 0.5)
    left = {"TaskEscrow": lost * 10**6, "Court": 0}
    for contract, units in left.items():
        assert stage.token.functions.balanceOf(requester.deployment.address(contract)).call() == units
