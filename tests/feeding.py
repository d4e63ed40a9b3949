"""A node with a history, for tests of what is followed."""

from typing import Any

from eth_utils import keccak

from goldleaf import ZERO_ADDRESS, Deployment, Goldleaf
from tests.chains import AnvilChain, deploy_escrow

HOUR = 3600
POLL = 0.02


class Scene:
    """A chain with the contracts, and steps that leave events in it."""

    def __init__(self, chain: AnvilChain) -> None:
        self.chain = chain
        self.url = str(chain.web3.provider.endpoint_uri)  # type: ignore[attr-defined]
        self.token = chain.deploy("mocks/TokenMock", 6)
        contracts = {**deploy_escrow(chain.deploy, ZERO_ADDRESS), "Token": self.token}
        self.escrow = contracts["TaskEscrow"]
        self.deployment = Deployment(chain.id, 0, {name: contract.address for name, contract in contracts.items()})
        self.people = [chain.account() for _ in range(3)]
        for person in self.people:
            self.token.mint(person, 10**9)
            self.token.approve(self.escrow, 10**9, sender=person)
        self._commitments = 0

    def client(self, url: str | None = None) -> Goldleaf:
        return Goldleaf(url or self.url, self.deployment)

    def commit(self) -> bytes:
        """Leaves one event of its own, in a block of its own."""
        self._commitments += 1
        commitment = keccak(b"commitment %d" % self._commitments)
        self.escrow.commit_challenge(commitment)
        return commitment

    def reorganize(self, depth: int, commitments: int) -> None:
        """Replaces the last blocks by others of which the first ones hold as many new events as said."""
        calls = []
        for place in range(commitments):
            self._commitments += 1
            data = self._commitment_data(keccak(b"commitment %d" % self._commitments))
            call = {"from": self.chain.deployer, "to": self.escrow.address, "data": data, "gasPrice": "0x0"}
            calls.append([call, place % depth])
        self.request("anvil_reorg", depth, calls)

    def request(self, method: str, *arguments: Any) -> Any:
        answer = self.chain.web3.provider.make_request(method, list(arguments))
        assert "error" not in answer, answer
        return answer["result"]

    @property
    def head(self) -> int:
        return int(self.chain.web3.eth.block_number)

    def truth(self, first: int = 0) -> list[tuple[int, int, str]]:
        """Block, index and block hash of all logs of the escrow, by the node itself."""
        logs = self.chain.web3.eth.get_logs({"address": self.escrow.address, "fromBlock": first, "toBlock": "latest"})
        return [(log["blockNumber"], log["logIndex"], log["blockHash"].to_0x_hex()) for log in logs]

    def _commitment_data(self, commitment: bytes) -> str:
        return str(self.escrow._contract.encode_abi("commit_challenge", [commitment]))
