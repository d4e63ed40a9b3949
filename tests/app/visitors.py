"""Somebody who meets the server without a browser."""

import re
from typing import Any

import requests
from eth_account import Account
from eth_account.messages import encode_defunct


class Visitor:
    """Somebody without a browser, who says that they are an account, and may prove it."""

    def __init__(self, url: str, account: Any, *, signed_in: bool = False) -> None:
        self.url, self.session = url, requests.Session()
        self.session.cookies.set("account", account.address)
        self._load()
        if signed_in:
            message = self.session.get(f"{url}/sign-in/message").json()["message"]
            signed = Account.sign_message(encode_defunct(text=message), account.key)
            assert self.post("/sign-in", signature=signed.signature.to_0x_hex()).ok
            self._load()

    def _load(self) -> None:
        found = re.search('data-csrf="([^"]+)"', self.session.get(f"{self.url}/help").text)
        assert found is not None
        self.session.headers.update({"Origin": self.url, "X-CSRF-Token": found[1]})

    def get(self, path: str) -> requests.Response:
        return self.session.get(self.url + path)

    def post(self, path: str, **form: Any) -> requests.Response:
        return self.session.post(self.url + path, data=form)
