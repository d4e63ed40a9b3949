"""A node with the protocol deployed, on which hundreds of people act at once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any

import requests
from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_utils.crypto import keccak
from web3 import HTTPProvider, Web3

from goldleaf import ZERO_ADDRESS, CourtParameters, Deployment, Goldleaf
from goldleaf.deployment import SINK
from goldleaf.encoding import encode_call
from goldleaf.stores import Store
from goldleaf_devnet import Clock
from goldleaf_devnet._anvil import Anvil
from goldleaf_devnet._contracts import load

HOUR = 3600
DAY = 24 * HOUR
GENESIS = 1_900_000_000  # unix time
# Far more than any call needs, and what a block holds of them.
GAS = 600_000
# Of these calls, wei: more than blocks ask for that are all but empty.
GAS_PRICE = 2 * 10**9
BLOCK_GAS = 10**10
# Calls in a request, and in a block.
AT_ONCE = 1000
ETHER = 10**18
DECIMALS = 6
UNIT = 10**DECIMALS


class SteadyClock(Clock):
    """Of a node on which each block is a second after the one before, whatever a real clock says."""

    def travel(self, seconds: int) -> int:
        return self.travel_to(self.now + seconds)


class Stage:
    """A node of its own, which ends with the block. The court's jurors are paid `juror_fee` base units.

    The same calls make the same blocks, hashes and all, so that jurors are drawn the same: neither the time of day nor
    the folder is in them.
    """

    def __init__(self, folder: Path, *, seed: int, juror_fee: int, seats: int) -> None:
        self.seed = seed
        self._anvil = Anvil(port=0, accounts=1, start=GENESIS)
        try:
            self.url = self._anvil.url
            self.clock = SteadyClock(self.url)
            self.web3 = Web3(HTTPProvider(self.url))
            self._session = requests.Session()
            # Whoever is named as the sender of a transaction has signed it.
            self.ask("anvil_autoImpersonateAccount", True)
            self.ask("evm_setBlockGasLimit", BLOCK_GAS)
            self.ask("anvil_setBlockTimestampInterval", 1)
            self._deployer = str(self.web3.eth.accounts[0])
            self.deployment = self._deploy(juror_fee, seats)
            self.client = Goldleaf(self.url, self.deployment, gas_limit=GAS)
        except BaseException:
            self.close()
            raise
        self.store = Store(folder / "store", public="keccak256:")

    def __enter__(self) -> "Stage":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends the node."""
        self._anvil.close()

    def account(self, name: str) -> LocalAccount:
        """The account of somebody, whose key follows from the seed."""
        found: LocalAccount = Account.from_key(keccak(text=f"{self.seed} key of {name}"))
        return found

    def fund(self, addresses: Sequence[str], tokens: int) -> None:
        """Gives each of them ether, and tokens (base units) in the wallet."""
        self.ask_all([("anvil_setBalance", (address, hex(10 * ETHER))) for address in addresses])
        mint = self._token.functions.mint
        self._send([(self._deployer, self._token.address, _data(mint(address, tokens))) for address in addresses])

    def deposit(self, amounts: Mapping[str, int]) -> None:
        """Puts base units of each account's wallet into the escrow's ledger."""
        token, escrow = self._token, self.deployment.address("TaskEscrow")
        self._send(
            (who, token.address, _data(token.functions.approve(escrow, amount))) for who, amount in amounts.items()
        )
        self.send((who, "deposit", (token.address, amount, who)) for who, amount in amounts.items())

    def act(self, person: str) -> Goldleaf:
        """A client on behalf of an address, for which the node signs."""
        return self.client.with_account(person)

    def send(self, calls: Iterable[tuple[str, str, Sequence[object]]]) -> int:
        """Sends calls of the escrow, thousands in a block: sender, function, arguments. Returns how many.

        They are encoded here, without the checks, estimates and reads of a client. Raises `RuntimeError` if one fails.
        """
        escrow = self.deployment.address("TaskEscrow")
        return self._send(
            (sender, escrow, encode_call("TaskEscrow", name, *arguments)) for sender, name, arguments in calls
        )

    def ask(self, method: str, *parameters: Any) -> Any:
        """One request to the node."""
        return self.ask_all([(method, parameters)])[0]

    def ask_all(self, asked: Sequence[tuple[str, Sequence[Any]]]) -> list[Any]:
        """Several requests at once."""
        body = [
            {"jsonrpc": "2.0", "id": id, "method": method, "params": list(parameters)}
            for id, (method, parameters) in enumerate(asked)
        ]
        found: list[Any] = []
        for first in range(0, len(body), AT_ONCE):
            answers = self._session.post(self.url, json=body[first : first + AT_ONCE], timeout=600).json()
            for answer in sorted(answers, key=lambda answer: int(answer["id"])):
                if "error" in answer:
                    raise RuntimeError(f"{asked[answer['id']][0]}: {answer['error']}")
                found.append(answer["result"])
        return found

    def _send(self, calls: Iterable[tuple[str, str, bytes]]) -> int:
        calls, sent = iter(calls), 0
        nonces: dict[str, int] = {}
        self.ask("evm_setAutomine", False)
        try:
            while page := list(islice(calls, AT_ONCE)):
                new = sorted({sender for sender, _, _ in page} - nonces.keys())
                counts = self.ask_all([("eth_getTransactionCount", (sender, "latest")) for sender in new])
                nonces |= {sender: int(count, 16) for sender, count in zip(new, counts, strict=True)}
                asked = []
                for place, (sender, to, data) in enumerate(page):
                    # Nonces are given, and prices that put the calls in this order, as the node takes the requests of a
                    # batch side by side.
                    terms = {"nonce": hex(nonces[sender]), "gasPrice": hex(GAS_PRICE + len(page) - place)}
                    call = {"from": sender, "to": to, "data": f"0x{data.hex()}", **terms}
                    asked.append(("eth_sendTransaction", [{**call, "gas": hex(GAS)}]))
                    nonces[sender] += 1
                hashes = self.ask_all(asked)
                self.ask("anvil_mine", hex(1))
                self._check(hashes)
                sent += len(page)
        finally:
            self.ask("evm_setAutomine", True)
        return sent

    def _check(self, hashes: Sequence[str]) -> None:
        """Each of these calls logs something, or has failed: asked for all receipts of a block, anvil takes seconds."""
        block = self.ask("eth_blockNumber")
        logs = self.ask("eth_getLogs", {"fromBlock": block, "toBlock": block})
        failed = set(hashes) - {log["transactionHash"] for log in logs}
        if failed:
            raise RuntimeError(f"{len(failed)} of {len(hashes)} transactions failed, one is {min(failed)}")

    def _deploy(self, juror_fee: int, seats: int) -> Deployment:
        block = self.web3.eth.block_number + 1
        token = self._create("TokenMock", DECIMALS)
        relay, randomness = self._create("Relay"), self._create("BlockhashRandomness")
        court = CourtParameters(
            token=token,
            gate=ZERO_ADDRESS,
            randomness=randomness,
            juror_fee=juror_fee,
            load=32,
            max_seats=seats,
            max_seats_per_holder=1,
            join_delay=7 * DAY,
            draw_timeout=3 * DAY,
            commit_period=2 * DAY,
            reveal_period=2 * DAY,
            appeal_period=3 * DAY,
        )
        terms = self._create("TaskTerms", HOUR)
        escrow = self._create("TaskEscrow", relay, terms, SINK)
        contracts = {
            "Token": token,
            "Relay": relay,
            "BlockhashRandomness": randomness,
            "Court": self._create("Court", relay, astuple(court)),
            "TaskTerms": terms,
            "TaskEscrow": escrow,
            "Lens": self._create("Lens", escrow),
        }
        self._token = self.web3.eth.contract(Web3.to_checksum_address(token), abi=load("TokenMock")["abi"])
        return Deployment(chain_id=self.web3.eth.chain_id, block=block, contracts=contracts)

    def _create(self, name: str, *arguments: Any) -> str:
        packaged = load(name)
        factory = self.web3.eth.contract(abi=packaged["abi"], bytecode=packaged["bytecode"])
        sent = factory.constructor(*arguments).transact({"from": Web3.to_checksum_address(self._deployer)})
        created = self.web3.eth.wait_for_transaction_receipt(sent, poll_latency=0.01)["contractAddress"]
        assert created is not None
        return str(created)


def _data(function: Any) -> bytes:
    return bytes.fromhex(function._encode_transaction_data()[2:])
