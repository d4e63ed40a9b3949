"""A node with a history, for tests of what is followed."""

from typing import Any

from eth_utils import keccak

from goldleaf import ZERO_ADDRESS, Deployment, Goldleaf
from goldleaf.deployment import SINK
from tests.chains import AnvilChain

HOUR = 3600
POLL = 0.02


class Scene:
    """A chain with the contracts, and steps that leave events in it."""

    def __init__(self, chain: AnvilChain) -> None:
        self.chain = chain
        self.url = str(chain.web3.provider.endpoint_uri)  # type: ignore[attr-defined]
        self.token = chain.deploy("mocks/TokenMock", 6)
        self.escrow = chain.deploy("TaskEscrow", ZERO_ADDRESS, HOUR, SINK)
        self.deployment = Deployment(chain.id, 0, {"TaskEscrow": self.escrow.address, "Token": self.token.address})
        self.people = [chain.account() for _ in range(3)]
        for person in self.people:
            self.token.mint(person, 10**9)
            self.token.approve(self.escrow, 10**9, sender=person)
        self._seals = 0

    def client(self, url: str | None = None) -> Goldleaf:
        return Goldleaf(url or self.url, self.deployment)

    def seal(self) -> bytes:
        """Leaves one event of its own, in a block of its own."""
        self._seals += 1
        seal = keccak(b"seal %d" % self._seals)
        self.escrow.seal(seal)
        return seal

    def reorganize(self, depth: int, seals: int) -> None:
        """Replaces the last blocks by others of which the first ones hold as many new events as said."""
        calls = []
        for place in range(seals):
            self._seals += 1
            data = self._seal_data(keccak(b"seal %d" % self._seals))
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

    def _seal_data(self, seal: bytes) -> str:
        return str(self.escrow._contract.encode_abi("seal", [seal]))
