"""
What the escrow meets in the state machine, each as a contract and as its twin in the model: tokens that are honest or
lie, and arbitrators that keep their word or not.
"""

from dataclasses import dataclass, field
from typing import Any

from goldleaf_tools.rules.escrow import Arbitrator, Grader
from goldleaf_tools.rules.ledger import Token
from goldleaf_tools.rules.refusal import RefusedError, must
from tests.stateful.chain import Contract

# contract -> decimals
TOKENS = {
    "TokenMock": (6, 18),
    "NoReturnToken": (6,),
    "FeeToken": (18,),
    "FalseToken": (6,),
    "GreedyToken": (18,),
    "BlacklistToken": (6,),
    "CallbackToken": (18,),
}


@dataclass(eq=False, repr=False)
class TokenTwin(Token):
    """Balances and misbehaviour of one of the token mocks."""

    name: str
    decimals: int
    contract: Contract
    holder: str  # of the escrow and its GoldTest the one that is called
    balances: dict[str, int] = field(default_factory=dict)
    fee_bps: int = 0
    refusing: bool = False
    extra: int = 0
    blacklisted: frozenset[str] = frozenset()
    calls_back: str = ""  # the contract that it calls in the next transfer

    @property
    def address(self) -> str:
        return self.contract.address

    def move(self, sender: str, receiver: str, amount: int) -> None:
        must(not {sender, receiver} & self.blacklisted, "")
        fee = amount * self.fee_bps // 10_000
        self._burn(sender, self.extra + fee)
        must(self.balances.get(sender, 0) >= amount - fee, "erc20: transfer amount exceeds balance")
        self.balances[sender] -= amount - fee
        self.balances[receiver] = self.balances.get(receiver, 0) + amount - fee

    def move_in(self, payer: Any, amount: int) -> int:
        must(not self.refusing, "ledger: transferFrom refused")
        before = self.balances.get(self.holder, 0)
        self.move(payer, self.holder, amount)
        return self.balances[self.holder] - before

    def move_out(self, receiver: Any, amount: int) -> int:
        must(not self.refusing, "ledger: transfer refused")
        before = self.balances.get(self.holder, 0)
        self.move(self.holder, receiver, amount)
        return before - self.balances[self.holder]

    def _burn(self, owner: str, amount: int) -> None:
        must(self.balances.get(owner, 0) >= amount, "erc20: burn amount exceeds balance")
        self.balances[owner] = self.balances.get(owner, 0) - amount


@dataclass(eq=False, repr=False, kw_only=True)
class ArbitratorTwin(Arbitrator):
    """An arbitrator that breaks its word in the way it is told to."""

    token: TokenTwin
    contract: Contract
    taken: int = 0
    refusing: bool = False
    reuses_ids: bool = False

    @property
    def address(self) -> str:
        return self.contract.address

    def create_dispute(self, case: int, refund_to: Any) -> tuple[int, int]:
        must(not self.refusing, "")
        dispute = self.disputes
        if not self.reuses_ids:
            self.disputes += 1
        if self.taken == 0:
            return dispute, 0
        must(self.token.refusing or self.taken <= self.cost, "erc20: insufficient allowance")
        try:
            return dispute, self.token.move_out(self.address, self.taken)
        except RefusedError as refusal:
            # The mock passes on what the token says, but gives no reason of its own.
            raise RefusedError("" if refusal.reason.startswith("ledger") else refusal.reason) from None


@dataclass(eq=False, repr=False)
class GraderTwin(Grader):
    """A grader that says what it was told to, and may be told otherwise at any time."""

    contract: Contract
    ready: bool = False
    passing: bool = False
    until: int = 0
    tested: frozenset[int] = frozenset()
    refusing: bool = False

    def is_ready(self, task: int) -> bool:
        must(not self.refusing, "grader: no answer")
        return self.ready

    def grade(self, submission: int, root: Any, answers: Any, now: int) -> bool:
        must(not self.refusing, "grader: no answer")
        return self.passing

    def publish_until(self, submission: int, now: int) -> int:
        must(not self.refusing, "grader: no answer")
        return self.until

    def is_tested(self, submission: int, item: int) -> bool:
        must(not self.refusing, "grader: no answer")
        return item in self.tested
