"""Reminders by mail: where to, confirmed by a link, and ended."""

import re
import time

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse

from ..refusals import Refused
from ..reminders import Subscriptions
from ..web import page, private_account, services

router = APIRouter(prefix="/reminders")
# No judgement of addresses: whoever owns one confirms it.
ADDRESS = re.compile(r"[^@\s<>\",;:\\]{1,64}@[^@\s<>\",;:\\]{1,189}")
# Seconds between two mails of confirmation that an account has sent, and between two to an address. Accounts cost
# nothing: without the second, anybody could fill somebody's mailbox from here.
PAUSE = 60
ADDRESS_PAUSE = 600


@router.get("")
async def reminders(request: Request) -> HTMLResponse:
    """Where the account gets reminders."""
    here, account = services(request), private_account(request)
    address = None
    if account is not None and here.subscriptions is not None:
        address = await here.query(here.subscriptions.address, account)
    return await page(request, "reminders/settings.html", has_mail=here.subscriptions is not None, address=address)


@router.post("")
async def subscribe(request: Request) -> JSONResponse:
    """Mails a link to an address, by which its owner confirms it."""
    form = await request.form()
    subscriptions, account = _signed_in(request)
    address = str(form.get("address", "")).strip()
    if not ADDRESS.fullmatch(address) or not address.isprintable():
        raise Refused(address="Write an address such as name@example.org.")
    here = services(request)
    pauses = ((f"mail of {account}", PAUSE), (f"mail to {address.casefold()}", ADDRESS_PAUSE))
    for name, pause in pauses:
        # Here and not in the session, of which a browser may send an earlier state.
        if not await here.query(here.database.spend_nonce, name, int(time.time()) + pause):
            raise Refused(address="A link was sent a moment ago. Look into the mailbox, or wait some minutes.")
    try:
        await here.query(subscriptions.ask, account, address)
    except OSError as error:
        raise Refused("The mail could not be sent. Try again later, or another address.") from error
    return JSONResponse({"then": "/reminders?sent=1"})


@router.post("/end")
async def end(request: Request) -> JSONResponse:
    """No more reminders."""
    subscriptions, account = _signed_in(request)
    await services(request).query(subscriptions.end, account)
    return JSONResponse({"then": "/reminders"})


@router.get("/confirm/{token}")
async def confirmation(request: Request, token: str) -> HTMLResponse:
    """What the link of a mail leads to. Programs that look at mails open it too, so that alone changes nothing."""
    account, address = _subscriptions(request).read(token)
    return await page(request, "reminders/confirm.html", about=account, address=address, link=token)


@router.post("/confirm/{token}")
async def confirm(request: Request, token: str) -> JSONResponse:
    """Confirms an address, by whoever has the link."""
    subscriptions = _subscriptions(request)
    account, address = subscriptions.read(token)
    await services(request).query(subscriptions.confirm, account, address)
    return JSONResponse({"then": "/reminders"})


def _signed_in(request: Request) -> tuple[Subscriptions, str]:
    account = private_account(request)
    if account is None:
        raise Refused("Sign in first.")
    return _subscriptions(request), account


def _subscriptions(request: Request) -> Subscriptions:
    found = services(request).subscriptions
    if found is None:
        raise Refused("This server sends no mail.")
    return found
