"""Tasks whose arbitrator is an Erc792Adapter: in wrapped ether, before an ERC-792 arbitrator."""

from typing import Any

import boa

from goldleaf.types import ZERO_ADDRESS
from tests.chains import Address, AnvilChain, Chain, InProcessChain, deployer
from tests.protocol import DAY, Protocol

META_EVIDENCE = "ipfs://meta-evidence"
EXTRA_DATA = bytes.fromhex(f"{2:064x}{3:064x}")  # as for Kleros: subcourt 2, at least 3 jurors
COST = 3 * 10**18  # wei


def give_ether(chain: Chain, account: Address, amount: int) -> None:
    if isinstance(chain, AnvilChain):
        balance = hex(chain.web3.eth.get_balance(account) + amount)
        chain.web3.provider.make_request("anvil_setBalance", [account, balance])
    else:
        boa.env.set_balance(account, boa.env.get_balance(account) + amount)


def ether_of(chain: Chain, account: Address) -> int:
    return int(chain.web3.eth.get_balance(account) if isinstance(chain, AnvilChain) else boa.env.get_balance(account))


def force_ether(target: Address, amount: int) -> None:
    """Sends ether as a contract that destroys itself does: nobody is asked."""
    giver = boa.env.generate_address()
    boa.env.set_balance(giver, amount)
    boa.env.deploy(sender=giver, value=amount, bytecode=bytes.fromhex(f"73{target[2:]}ff"))


class Adapted(Protocol):
    """A `Protocol` in wrapped ether. `judge` is the ERC-792 arbitrator behind the adapter, which is `arbitrator`.

    It is an Erc792ArbitratorMock that costs `cost` wei, if no other is given.
    """

    def __init__(
        self,
        judge: Any = None,
        *,
        cost: int = COST,
        extra_data: bytes = EXTRA_DATA,
        max_duration: int = 10 * DAY,
        relay: Address = ZERO_ADDRESS,
        chain: Chain | None = None,
    ) -> None:
        # All is set here, so that of the base class the helpers alone are used.
        self.chain = chain or InProcessChain()
        self.unit = 10**18
        self.accounts, self.indices, self.disputes = [], {}, {}
        self.token = self.chain.deploy("mocks/WrappedEther")
        self.judge = judge or self.chain.deploy("mocks/Erc792ArbitratorMock", cost)
        self.arbitrator = self.chain.deploy(
            "adapters/Erc792Adapter", relay, self.judge, extra_data, self.token, max_duration, META_EVIDENCE
        )
        self.deploy_escrow(relay)
        self.requester = self.account(alias="requester")

    @property
    def adapter(self) -> Any:
        return self.arbitrator

    # ------------------------------------------------------------ money

    def wrap(self, account: Address, amount: int) -> None:
        """The account gets so much wrapped ether."""
        give_ether(self.chain, account, amount)
        if isinstance(self.chain, AnvilChain):
            payment = {"from": account, "to": self.token.address, "value": amount, "gas": 100_000, "gasPrice": 0}
            self.chain.web3.eth.wait_for_transaction_receipt(self.chain.web3.eth.send_transaction(payment))
        else:
            self.token.deposit(value=amount, sender=account)

    def fund(self, account: Address, amount: int) -> None:
        self.wrap(account, amount)
        self.token.approve(self.escrow, amount, sender=account)
        self.escrow.deposit(self.token, amount, account, sender=account)

    def provide(self, account: Address, amount: int) -> None:
        lacking = amount - self.free(account)
        if lacking > 0:
            self.fund(account, lacking)

    def payer(self, amount: int = COST) -> Address:
        """Somebody with so much wrapped ether, who has approved the adapter for all that they have."""
        account = self.chain.account()
        self.wrap(account, amount)
        self.token.approve(self.adapter, 2**256 - 1, sender=account)
        return account

    def assert_conserved(self) -> None:
        """Every wei is accounted for, and none has stayed in the adapter."""
        super().assert_conserved()
        assert self.token.balanceOf(self.adapter) == ether_of(self.chain, self.adapter.address) == 0

    # ------------------------------------------------------------ disputes

    def arbitrable(self, funds: int = COST) -> Any:
        """A contract that can bring disputes before the adapter, with so much wrapped ether."""
        contract = self.chain.deploy("mocks/ArbitrableMock", self.adapter)
        self.wrap(self.requester, funds)
        self.token.transfer(contract, funds, sender=self.requester)
        return contract

    def rule(self, challenge: int, ruling: int) -> None:
        """Has an Erc792ArbitratorMock rule on a defended challenge."""
        self.judge.rule(self.adapter, self.disputes[challenge], ruling)


def adapter_of(protocol: Adapted, **overrides: Any) -> Any:
    """A further adapter, in process. Overrides are the constructor's arguments."""
    arguments = {
        "relay": ZERO_ADDRESS,
        "arbitrator": protocol.judge,
        "extra_data": EXTRA_DATA,
        "token": protocol.token,
        "max_duration": DAY,
        "meta_evidence": META_EVIDENCE,
    } | overrides
    return deployer("adapters/Erc792Adapter").deploy(*arguments.values())
