"""Sign-in by wallet (EIP-4361), for what is private: drafts of labels, answers that a requester knows."""

import secrets
import time
from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import urlsplit

from eth_account import Account
from eth_account.messages import encode_defunct
from fastapi import APIRouter, Form, Request
from fastapi.responses import JSONResponse

from .. import security
from ..offers import acting_account
from ..refusals import Refused
from ..web import services

router = APIRouter(prefix="/sign-in")
# How long somebody may take to sign, seconds.
PATIENCE = 600
STATEMENT = "Sign in to see what you keep here in private. This costs nothing and sends nothing."


@router.get("/message")
async def message(request: Request) -> JSONResponse:
    """What the wallet is asked to sign, for this site, this chain, once and soon."""
    origin, account, now = _origin(request), acting_account(request), int(time.time())
    nonce = secrets.token_hex(16)
    lines = [
        f"{urlsplit(origin).netloc} wants you to sign in with your Ethereum account:",
        account,
        "",
        STATEMENT,
        "",
        f"URI: {origin}",
        "Version: 1",
        f"Chain ID: {services(request).deployment.chain_id}",
        f"Nonce: {nonce}",
        f"Issued At: {_written(now)}",
        f"Expiration Time: {_written(now + PATIENCE)}",
    ]
    text = "\n".join(lines)
    # The cookie is signed, so the message comes back as it was made, and need not be read.
    request.session["asked"] = {"account": account, "message": text, "nonce": nonce, "until": now + PATIENCE}
    return JSONResponse({"message": text})


@router.post("")
async def sign_in(request: Request, signature: Annotated[str, Form()]) -> JSONResponse:
    """Signs in whoever has signed the message."""
    here, asked = services(request), request.session.pop("asked", None)
    if asked is None or asked["until"] < time.time():
        raise Refused("It took too long. Sign in again.")
    try:
        signer = Account.recover_message(encode_defunct(text=asked["message"]), signature=signature)
    except Exception as error:  # eth-account raises whatever its parts raise at what is no signature
        raise Refused("This is no signature. Sign in again.") from error
    if signer != asked["account"]:
        raise Refused("The signature is another account's. Sign in again.")
    # Whoever has stolen the cookie and the signature has both only once.
    if not await here.query(here.database.spend_nonce, asked["nonce"], asked["until"]):
        raise Refused("This signature was used before. Sign in again.")
    request.session.clear()
    request.session["signed_in"] = signer
    return JSONResponse({"csrf": security.token(request)})


@router.post("/out")
async def sign_out(request: Request) -> JSONResponse:
    """Signs out."""
    request.session.clear()
    return JSONResponse({})


def _origin(request: Request) -> str:
    configured = services(request).settings.origin
    return configured or f"{request.url.scheme}://{request.headers['host']}"


def _written(time: int) -> str:
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
