"""A wallet in a page: it signs for real, and has the moods of those that people have."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from eth_account import Account
from eth_account.messages import encode_defunct
from eth_account.signers.local import LocalAccount
from playwright.sync_api import BrowserContext, Page
from web3 import HTTPProvider, Web3


class WalletError(Exception):
    """What an EIP-1193 provider answers with an error."""

    def __init__(self, code: int, message: str) -> None:
        self.code = code
        super().__init__(message)


class Wallet:
    """A wallet for one account, which starts on another chain and agrees to everything, unless told otherwise."""

    def __init__(self, account: LocalAccount, url: str, *, batches: bool = False) -> None:
        self.account = account
        self.declines = False
        self.is_locked = False
        # Whether it takes several calls at once (EIP-5792). It sends them one after the other all the same.
        self.batches = batches
        # Whether it stays on another chain than the one that it is asked for.
        self.is_stubborn = False
        # Called with a transaction before it is sent, which may change it.
        self.before_sending: Callable[[dict[str, Any]], None] = lambda fields: None
        self.requests: list[str] = []
        self._web3 = Web3(HTTPProvider(url))
        self._chain = "0x1"
        self._sent_calls: dict[str, list[str]] = {}

    def inject(self, page: Page | BrowserContext, *, announced: bool = True) -> None:
        """Puts the wallet into a page: announced as in EIP-6963, or only as `window.ethereum`."""
        page.expose_function("askWallet", self._answer)
        page.add_init_script(
            f"const announced = {json.dumps(announced)};" + (Path(__file__).parent / "wallet.js").read_text()
        )

    def _answer(self, method: str, parameters: list[Any]) -> dict[str, Any]:
        self.requests.append(method)
        try:
            if self.is_locked:
                raise WalletError(4100, "The requested method and/or account has not been authorized by the user.")
            answer = getattr(self, method, None)
            if answer is None:
                raise WalletError(4200, f"{method} is not supported.")
            return {"result": answer(*parameters)}
        except WalletError as error:
            return {"error": {"code": error.code, "message": str(error)}}

    def eth_requestAccounts(self) -> list[str]:  # noqa: N802
        return [self.account.address]

    def eth_chainId(self) -> str:  # noqa: N802
        return self._chain

    def wallet_switchEthereumChain(self, wanted: dict[str, str]) -> None:  # noqa: N802
        raise WalletError(4902, f"unknown chain {wanted['chainId']}")

    def wallet_addEthereumChain(self, chain: dict[str, Any]) -> None:  # noqa: N802
        if not self.is_stubborn:
            self._chain = chain["chainId"]

    def eth_sendTransaction(self, transaction: dict[str, str]) -> str:  # noqa: N802
        self._ask_owner()
        assert transaction.keys() == {"from", "to", "data", "value", "chainId"}
        assert all(re.fullmatch("0x[0-9a-fA-F]*", value) for value in transaction.values())
        assert transaction["from"] == self.account.address and transaction["chainId"] == self._chain
        fields: Any = {
            "to": transaction["to"],
            "data": transaction["data"],
            "value": int(transaction["value"], 16),
            "chainId": int(transaction["chainId"], 16),
            "nonce": self._web3.eth.get_transaction_count(self.account.address),
            # Wallets estimate before they ask their owner.
            "gas": self._web3.eth.estimate_gas({**transaction, "value": 0}),
            "maxFeePerGas": 10**10,
            "maxPriorityFeePerGas": 10**9,
        }
        self.before_sending(fields)
        signed = self.account.sign_transaction(fields)
        return self._web3.eth.send_raw_transaction(signed.raw_transaction).to_0x_hex()

    def eth_signTypedData_v4(self, account: str, message: str) -> str:  # noqa: N802
        self._ask_owner()
        assert account == self.account.address
        return Account.sign_typed_data(self.account.key, full_message=json.loads(message)).signature.to_0x_hex()

    def personal_sign(self, message: str, account: str) -> str:
        self._ask_owner()
        assert account == self.account.address
        return self.account.sign_message(encode_defunct(hexstr=message)).signature.to_0x_hex()

    def wallet_getCapabilities(self, account: str, chains: list[str]) -> dict[str, Any]:  # noqa: N802
        if not self.batches:
            raise WalletError(4200, "wallet_getCapabilities is not supported.")
        return {chain: {"atomic": {"status": "supported"}} for chain in chains}

    def wallet_sendCalls(self, asked: dict[str, Any]) -> dict[str, str]:  # noqa: N802
        self._ask_owner()
        base = {"from": asked["from"], "chainId": asked["chainId"]}
        sent = []
        for call in asked["calls"]:
            sent.append(self.eth_sendTransaction({**base, **call}))
            self._web3.eth.wait_for_transaction_receipt(sent[-1])
        self._sent_calls["0x01"] = sent
        return {"id": "0x01"}

    def wallet_getCallsStatus(self, id: str) -> dict[str, Any]:  # noqa: N802
        return {"id": id, "status": 200, "receipts": [{"transactionHash": one} for one in self._sent_calls[id]]}

    def _ask_owner(self) -> None:
        if self.declines:
            raise WalletError(4001, "User rejected the request.")
