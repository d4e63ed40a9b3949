"""Kleros, from the compiled contracts in its own package: a court of drawn jurors, and central arbitrators."""

import json
from typing import Any

from eth_abi.packed import encode_packed
from eth_utils import keccak
from web3.logs import DISCARD

from tests.adapter import Adapted
from tests.chains import ROOT, Address, AnvilChain, AnvilContract, plain
from tests.protocol import DAY

ARTIFACTS = ROOT / "node_modules" / "@kleros" / "kleros" / "build" / "contracts"
EVIDENCE, COMMIT, VOTE, APPEAL, EXECUTION = range(5)
SALT = 7


def artifact(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((ARTIFACTS / f"{name}.json").read_text())
    return content


def deploy(chain: AnvilChain, name: str, *arguments: Any, **libraries: AnvilContract) -> AnvilContract:
    """Deploys a contract of the package, linked to its libraries."""
    compiled = artifact(name)
    code = compiled["bytecode"]
    for library, contract in libraries.items():
        code = code.replace(f"__{library}".ljust(40, "_"), contract.address[2:].lower())
    factory = chain.web3.eth.contract(abi=compiled["abi"], bytecode=code)
    receipt = chain.send(factory.constructor(*plain(arguments)), chain.deployer)
    assert receipt["status"] == 1, name
    return AnvilContract(chain, factory(receipt["contractAddress"]))


def told(protocol: Adapted, event: str) -> list[dict[str, Any]]:
    """The events of that name that the adapter has ever logged, read with Kleros's own interface."""
    web3 = protocol.chain.web3  # type: ignore[union-attr]
    reader = web3.eth.contract(protocol.adapter.address, abi=artifact("IArbitrable")["abi"]).events[event]()
    logs = web3.eth.get_logs({"address": protocol.adapter.address, "fromBlock": 0})
    receipts = [web3.eth.get_transaction_receipt(log["transactionHash"]) for log in logs]
    found = {
        (log["blockNumber"], log["logIndex"]): dict(log["args"])
        for receipt in receipts
        for log in reader.process_receipt(receipt, errors=DISCARD)
        if log["address"] == protocol.adapter.address
    }
    return list(found.values())


class Kleros:
    """A KlerosLiquid with a subcourt, number 1, in which votes are hidden, and jurors with stakes in it."""

    SUBCOURT = 1
    MIN_STAKING_TIME, MAX_DRAWING_TIME = DAY, DAY
    PERIODS = (2 * DAY, DAY, DAY, DAY)  # evidence, commit, vote, appeal

    def __init__(self, chain: AnvilChain, fee_for_juror: int, jurors: int = 5, jurors_for_court_jump: int = 15) -> None:
        self.chain = chain
        self.token = deploy(
            chain,
            "MiniMeTokenERC20",
            deploy(chain, "MiniMeTokenFactory"),
            "0x" + "0" * 40,
            0,
            "Pinakion",
            18,
            "PNK",
            True,
        )
        terms = (10**18, 5_000, fee_for_juror, jurors_for_court_jump, self.PERIODS, 2)
        self.court = deploy(
            chain,
            "KlerosLiquid",
            chain.deployer,
            self.token,
            deploy(chain, "ConstantNG", 12_345),
            self.MIN_STAKING_TIME,
            self.MAX_DRAWING_TIME,
            False,
            *terms,
            SortitionSumTreeFactory=deploy(chain, "SortitionSumTreeFactory"),
        )
        self.court.createSubcourt(0, True, *terms)
        self.jurors = [chain.account() for _ in range(jurors)]
        for juror in self.jurors:
            self.token.generateTokens(juror, 100 * 10**18)
        self.token.changeController(self.court)
        for juror in self.jurors:
            self.court.setStake(self.SUBCOURT, 10**18, sender=juror)

    @property
    def extra_data(self) -> bytes:
        """The subcourt, and at least three jurors."""
        return self.SUBCOURT.to_bytes(32) + (3).to_bytes(32)

    @property
    def max_duration(self) -> int:
        """Of the two rounds that the tests play: 3 and 7 jurors."""
        return 2 * (self.MIN_STAKING_TIME + self.MAX_DRAWING_TIME + sum(self.PERIODS))

    def draw(self, dispute: int) -> list[Address]:
        """Brings the court from its staking phase to a draw and back; returns the juror of each vote."""
        self.chain.travel(self.MIN_STAKING_TIME)
        self.court.passPhase()
        self.court.passPhase()
        self.court.drawJurors(dispute, 1_000)
        self.court.passPhase()
        return self._drawn(dispute)

    def vote(self, dispute: int, choice: int) -> None:
        """All jurors of the round vote alike, first sealed, then openly; the appeal period begins."""
        seal = keccak(encode_packed(["uint256", "uint256"], [choice, SALT]))
        votes: dict[Address, list[int]] = {}
        for number, juror in enumerate(self._drawn(dispute)):
            votes.setdefault(juror, []).append(number)
        self.court.passPeriod(dispute)
        for juror, numbers in votes.items():
            self.court.castCommit(dispute, numbers, seal, sender=juror)
        self.court.passPeriod(dispute)
        for juror, numbers in votes.items():
            self.court.castVote(dispute, numbers, choice, SALT, sender=juror)
        self.court.passPeriod(dispute)

    def pass_period(self, dispute: int, period: int) -> None:
        self.chain.travel(self.PERIODS[period])
        self.court.passPeriod(dispute)

    def _drawn(self, dispute: int) -> list[Address]:
        sizes = self.court.getDispute(dispute)[0]
        return [self.court.getVote(dispute, len(sizes) - 1, number)[0] for number in range(sizes[-1])]
