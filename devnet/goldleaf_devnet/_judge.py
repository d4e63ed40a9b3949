"""The devnet's arbitrator besides its court: an ERC-792 one, which rules what anybody tells it to."""

from requests.exceptions import RequestException
from web3 import HTTPProvider, Web3
from web3.exceptions import ContractLogicError

from goldleaf import Deployment
from goldleaf.errors import Unreachable

from . import _contracts
from ._anvil import DevnetError


class Judge:
    """Whoever decides for the ERC-792 arbitrator of a devnet at a URL; everybody does."""

    def __init__(self, url: str, deployment: Deployment) -> None:
        self._url = url
        self._deployment = deployment

    def rule(self, dispute: int, ruling: int) -> None:
        """Gives a ruling. Raises `DevnetError` if there is no such dispute that waits for one, `Unreachable`."""
        web3 = Web3(HTTPProvider(self._url))
        address = Web3.to_checksum_address(self._deployment.address("Erc792Arbitrator"))
        judge = web3.eth.contract(address, abi=_contracts.load("Erc792ArbitratorMock")["abi"])
        adapter = self._deployment.arbitrators[_contracts.ARBITRATOR]
        try:
            sent = judge.functions.rule(adapter, dispute, ruling).transact({"from": web3.eth.accounts[0]})
            web3.eth.wait_for_transaction_receipt(sent, poll_latency=0.01)
        except ContractLogicError as error:
            raise DevnetError(f"dispute {dispute} gets no ruling: {error.message}") from error
        except (RequestException, OSError) as error:
            raise Unreachable(self._url) from error
