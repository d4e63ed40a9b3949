"""Pages: templates, what they may say, and for whom they are."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from fastapi import Request
from fastapi.responses import HTMLResponse
from fastapi.templating import Jinja2Templates
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from goldleaf.encoding import checked_address
from goldleaf.errors import ArgumentError
from goldleaf.ids import name_challenge, name_gold_dispute, name_submission

from . import security
from .services import Services

FOLDER = Path(__file__).parent
# Which account the pages are shown for. It opens nothing: what is private needs a signature, see `sign_in`.
ACCOUNT = "account"
_ADDRESS = re.compile(r"\b(0x[0-9a-fA-F]{40})\b")
# Characters of a label that are shown.
LONGEST_LABEL = 2000


def services(request: Request) -> Services:
    """The services of the server that a request has come to."""
    return cast(Services, request.app.state.services)


def account_of(request: Request) -> str | None:
    """The account that the wallet of this browser has named; None: no wallet is connected. Anybody can name any."""
    named = request.cookies.get(ACCOUNT, "")
    try:
        return str(checked_address("account", named)) if named else None
    except (ArgumentError, ValueError):
        return None


async def page(request: Request, template: str, status: int = 200, **context: Any) -> HTMLResponse:
    """A page of a template, with what every page shows: wallet, chain, time."""
    here = services(request)
    told = {
        "account": account_of(request),
        "signed_in": request.session.get("signed_in"),
        "csrf": security.token(request),
        "chain_id": here.deployment.chain_id,
        "rpc": here.settings.wallet_rpc,
        "now": await here.now(),
        "token": await here.tokens.get(),
    }
    return _templates.TemplateResponse(request, template, {**told, **context}, status)


def short(address: str) -> str:
    """An address as far as people compare it."""
    return f"{address[:6]}\N{HORIZONTAL ELLIPSIS}{address[-4:]}"


def addresses(text: str) -> list[tuple[str, bool]]:
    """A text in pieces, each with whether it is an address, for which there is a short form."""
    return [(piece, index % 2 == 1) for index, piece in enumerate(_ADDRESS.split(text)) if piece]


def moment(time: int) -> str:
    """A time for machines: the page shows it in the reader's own time zone."""
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def plain_moment(time: int) -> str:
    """A time for people without scripts."""
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%d %H:%M UTC")


def period(seconds: int) -> str:
    """A length of time in its two largest units: 2 days 3 hours."""
    parts = []
    for name, size in (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1)):
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count} {name}{'s' if count > 1 else ''}")
    return " ".join(parts[:2]) or "0 seconds"


def percent(share: float) -> str:
    """A share as a percentage."""
    return f"{100 * share:.1f} %".replace(".0 ", " ")


def lower_first(text: str) -> str:
    """A sentence as a part of another."""
    return text[:1].lower() + text[1:]


def upper_first(text: str) -> str:
    """A part of a sentence as one of its own."""
    return text[:1].upper() + text[1:]


def label_words(label: str) -> str:
    """A label in canonical JSON as people read it: a text without its quotation marks. Of a very long one, a part."""
    value = json.loads(label)
    words = value if isinstance(value, str) else label
    return words if len(words) <= LONGEST_LABEL else f"{words[:LONGEST_LABEL]}\N{HORIZONTAL ELLIPSIS}"


_environment = Environment(
    loader=FileSystemLoader(FOLDER / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.filters |= {
    "short": short,
    "addresses": addresses,
    "moment": moment,
    "plain_moment": plain_moment,
    "period": period,
    "percent": percent,
    "lower_first": lower_first,
    "upper_first": upper_first,
    "label_words": label_words,
    "submission": name_submission,
    "challenge": name_challenge,
    "gold_dispute": name_gold_dispute,
}
_templates = Jinja2Templates(env=_environment)


def private_account(request: Request) -> str | None:
    """The account whose private things this browser may see: the one that has signed in, while it is the one shown."""
    signed_in = request.session.get("signed_in")
    return signed_in if signed_in is not None and signed_in == account_of(request) else None
