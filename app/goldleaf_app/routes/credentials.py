"""Credentials: what gates want to see, asking for one, issuing one, presenting one."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from starlette.datastructures import FormData, UploadFile

from goldleaf import Credential, SignedCredential
from goldleaf.encoding import checked_address
from goldleaf.errors import ArgumentError, CredentialError, GoldleafError
from goldleaf.types import ZERO_ADDRESS, CredentialTerms

from .. import kept_credentials
from ..admission import admission, terms_of
from ..kept_credentials import HELD, ISSUED
from ..offers import acting_account, offer, to_sign
from ..queries import PAGE
from ..refusals import Refused
from ..services import Services
from ..web import account_of, page, private_account, services

router = APIRouter()
# A credential's file is far smaller.
MOST_FILE_BYTES = 20_000
# For how long a credential is good unless its issuer says otherwise, days.
USUAL_DAYS = 365


@router.get("/credentials")
async def credentials(request: Request) -> HTMLResponse:
    """The credentials that the account keeps here, and the gates of this deployment."""
    here, account = services(request), private_account(request)
    held: list[SignedCredential] = []
    if account is not None:
        held = await here.query(kept_credentials.kept, here.database, account, HELD)
    gates = {gate: name for name, gate in here.deployment.gates.items()}
    of_court = await here.client.gates.of_court()
    if of_court != ZERO_ADDRESS:
        gates[of_court] = "the court"
    return await page(
        request,
        "credentials/credentials.html",
        kept=[(kept_credentials.name_of(one), one, await _flaw(here, one)) for one in held],
        gates=[(name, gate, await terms_of(here, gate)) for gate, name in gates.items()],
        private=account is not None,
    )


@router.get("/credentials/gates/{gate}")
async def of_gate(
    request: Request,
    gate: str,
    holder: Annotated[str, Query(max_length=42)] = "",
    number: Annotated[int, Query(ge=0, le=10**6)] = 0,
) -> HTMLResponse:
    """What a gate wants to see; for its issuer, credentials to issue and to revoke."""
    here, account, now = services(request), account_of(request), await services(request).now()
    address = str(checked_address("gate", gate))
    admitted = await admission(request, address)
    terms = admitted.terms if admitted is not None else None
    issues = isinstance(terms, CredentialTerms) and terms.issuer == account
    issued: list[SignedCredential] = []
    if issues and private_account(request) is not None:
        issued = await here.query(kept_credentials.kept, here.database, str(account), ISSUED, gate=address)
    shown = issued[number * PAGE : (number + 1) * PAGE]
    origin = here.settings.origin or f"{request.url.scheme}://{request.headers['host']}"
    return await page(
        request,
        "credentials/gate.html",
        gate=address,
        admission=admitted,
        terms=terms,
        request_text=_request(here, terms, account, origin) if isinstance(terms, CredentialTerms) and account else "",
        issues=issues,
        private=private_account(request) is not None,
        issued=[(kept_credentials.name_of(one), one, await _flaw(here, one)) for one in shown],
        has_more=len(issued) > (number + 1) * PAGE,
        number=number,
        holder=holder,
        tomorrow=_day(now) + timedelta(days=1),
        usual=_day(now) + timedelta(days=USUAL_DAYS),
    )


@router.post("/credentials/keep")
async def keep(request: Request) -> JSONResponse:
    """Keeps a credential of the account, if its gate lets in with it."""
    form, here, account = await request.form(), services(request), private_account(request)
    if account is None:
        raise Refused("Sign in first.")
    signed = await _file(form)
    try:
        await _check(here, signed, account)
    except GoldleafError as error:
        raise Refused(file=error.sentence(here.tokens.amount)) from error
    await here.query(kept_credentials.keep, here.database, account, HELD, signed)
    return JSONResponse({"then": "/credentials"})


@router.post("/credentials/forget/{name}")
async def forget(request: Request, name: str) -> JSONResponse:
    """Keeps a credential of the account no longer."""
    account = private_account(request)
    if account is None:
        raise Refused("Sign in first.")
    here = services(request)
    await here.query(here.database.forget, account, HELD, name)
    return JSONResponse({"then": "/credentials"})


@router.get("/credentials/files/{name}")
async def file(request: Request, name: str) -> Response:
    """A credential that the account holds or has issued, as a file."""
    here, account = services(request), private_account(request)
    if account is None:
        raise ArgumentError("Sign in to read what you keep here.")
    for kind in (HELD, ISSUED):
        found = await here.query(kept_credentials.find, here.database, account, kind, name)
        if found is not None:
            told = f"credential-{found.credential.holder[:10]}-{found.credential.nonce}.json"
            headers = {"Content-Disposition": f'attachment; filename="{told}"', "Cache-Control": "no-store"}
            return Response(found.to_bytes(), media_type="application/json", headers=headers)
    raise ArgumentError("You keep no such credential here.")


@router.post("/act/credentials/issue/{gate}")
async def issue(request: Request, gate: str) -> JSONResponse:
    """Has the issuer's wallet sign a credential, and keeps it for the issuer. Sends nothing."""
    form, here, account = await request.form(), services(request), acting_account(request)
    if private_account(request) is None:
        raise Refused("Sign in first, so that what you issue can be kept for you.")
    terms = await _issuers(here, gate, account)
    holder, now = _holder(form), await here.now()
    expires = _expiry(form, now)
    revoked = await here.client.gates.revoked(terms.gate, holder)
    # By the time, so that revoking a time's credentials revokes all that were issued until then.
    given = _nonce(form)
    nonce = max(now, revoked + 1) if given is None else given
    credential = Credential(here.deployment.chain_id, terms.gate, terms.domain, holder, expires, nonce)
    if not form.get("signature"):
        why = f"You sign that {holder} may act for “{terms.domain}” until {form['expires']}. This sends nothing."
        return to_sign("Issue a credential", why, credential.typed_data(), nonce=str(nonce))
    try:
        signed = SignedCredential(credential, bytes.fromhex(str(form["signature"]).removeprefix("0x")))
    except ValueError as error:
        raise Refused("What the wallet has given is no signature.") from error
    # The gate's own word: it also knows contracts that sign.
    await here.client.gates.check(terms.gate, holder, gate_data=signed)
    await here.query(kept_credentials.keep, here.database, account, ISSUED, signed)
    return JSONResponse({"title": "Issued", "steps": [], "then": f"/credentials/gates/{terms.gate}"})


@router.post("/act/credentials/revoke/{gate}")
async def revoke(request: Request, gate: str) -> JSONResponse:
    """Makes the credentials of a holder void, up to a number."""
    form, here = await request.form(), services(request)
    terms = await _issuers(here, gate, acting_account(request))
    holder, given = _holder(form), _nonce(form)
    nonce = await here.now() if given is None else given
    facts = [("Holder", holder), ("Void", f"all up to number {nonce}, for good"), ("For", terms.domain)]
    return await offer(
        request,
        form,
        "Revoke",
        lambda client: client.gates.revoke.transaction(terms.gate, holder, nonce),
        facts=facts,
        then=f"/credentials/gates/{terms.gate}",
    )


async def _issuers(here: Services, gate: str, account: str) -> CredentialTerms:
    """The terms of a gate whose issuer the account is. Raises `Refused`."""
    terms = await terms_of(here, str(checked_address("gate", gate)))
    if not isinstance(terms, CredentialTerms) or terms.issuer != account:
        raise Refused("Only the issuer of this gate may do that.")
    return terms


async def _check(here: Services, signed: SignedCredential, account: str) -> None:
    """Refuses what is of no use to an account. Raises what is wrong."""
    await here.client.gates.check(signed.credential.gate, account, gate_data=signed)


async def _flaw(here: Services, signed: SignedCredential) -> str:
    """Why its gate does not let in with a credential; empty: it does."""
    try:
        await _check(here, signed, signed.credential.holder)
    except GoldleafError as error:
        return error.sentence(here.tokens.amount)
    return ""


async def _file(form: FormData) -> SignedCredential:
    file = form.get("file")
    if not isinstance(file, UploadFile) or not file.size:
        raise Refused(file="Choose the file of a credential.")
    try:
        return SignedCredential.from_bytes(await file.read(MOST_FILE_BYTES))
    except CredentialError as error:
        raise Refused(file="This is not the file of a credential.") from error


def _holder(form: FormData) -> str:
    try:
        return str(checked_address("holder", str(form.get("holder") or "").strip()))
    except (ArgumentError, ValueError) as error:
        raise Refused(holder="Write the address of an account: 0x and 40 digits and letters.") from error


def _nonce(form: FormData) -> int | None:
    """The number of a credential; None: none was given. Raises `Refused`."""
    typed = str(form.get("nonce") or "").strip()
    if typed and not (typed.isascii() and typed.isdecimal() and len(typed) < 79 and 0 < int(typed) < 2**256):
        raise Refused(nonce="Write the number of a credential, or nothing.")
    return int(typed) if typed else None


def _expiry(form: FormData, now: int) -> int:
    """The end of the day that a form names, unix seconds. Raises `Refused`."""
    try:
        day = date.fromisoformat(str(form.get("expires") or ""))
    except ValueError as error:
        raise Refused(expires="Choose a day.") from error
    until = int(datetime.combine(day, time(), UTC).timestamp()) + 86_400
    if until <= now:
        raise Refused(expires="Choose a day that is not over.")
    return until


def _day(now: int) -> date:
    return datetime.fromtimestamp(now, UTC).date()


def _request(here: Services, terms: CredentialTerms, account: str, origin: str) -> str:
    """What is sent to an issuer."""
    lines: list[Any] = [
        f"Please issue a credential for “{terms.domain}”.",
        "",
        f"Account: {account}",
        f"Gate: {terms.gate}",
        f"Chain: {here.deployment.chain_id}",
        "",
        f"You can issue it here: {origin}/credentials/gates/{terms.gate}?holder={account}#issue",
    ]
    return "\n".join(lines)
