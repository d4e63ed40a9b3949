"""What somebody shows a gate: asked of them in a form, and read from it."""

from dataclasses import dataclass

from fastapi import Request

from goldleaf import SignedCredential
from goldleaf.errors import UnknownGate
from goldleaf.signing.credentials import MAX_DOMAIN_BYTES
from goldleaf.types import ZERO_ADDRESS, CredentialTerms, TokenTerms

from . import kept_credentials
from .kept_credentials import HELD
from .money import Token
from .offers import Form
from .refusals import Refused
from .services import Services
from .web import account_of, private_account, services

# What a court asks with.
NO_TASK = 0


@dataclass(frozen=True, slots=True)
class Admission:
    """What a gate wants to see of an account, and what there is to show it."""

    gate: str
    terms: CredentialTerms | TokenTerms | None  # None: a gate of another kind
    token: Token | None  # of a balance that it wants
    fitting: tuple[tuple[str, SignedCredential], ...]  # by name: those that it lets the account in with
    is_signed_in: bool  # else what is kept is not looked at
    is_open: bool  # it lets the account in with nothing to show


async def admission(request: Request, gate: str, task: int = NO_TASK) -> Admission | None:
    """What a gate wants to see of whoever looks at the page; None: there is no gate."""
    if gate == ZERO_ADDRESS:
        return None
    here, account = services(request), account_of(request)
    terms = await terms_of(here, gate)
    token = await here.tokens.get(terms.token) if isinstance(terms, TokenTerms) and terms.id is None else None
    if account is None:
        return Admission(gate, terms, token, (), False, False)
    private = private_account(request)
    kept: list[SignedCredential] = []
    if private is not None and not isinstance(terms, TokenTerms):
        kept = await here.query(kept_credentials.kept, here.database, private, HELD, gate=gate)
    shown = [b"", *(signed.gate_data for signed in kept)]
    asking = here.client.gates.is_allowed
    reads = [asking.ask(gate, account, gate_data=each, task=task) for each in shown]
    # A stranger's gate may fail as it likes: then it lets nobody in.
    is_open, *fits = await here.client.read(*reads, return_errors=True)
    named = [(kept_credentials.name_of(one), one) for one, fit in zip(kept, fits, strict=True) if fit is True]
    return Admission(gate, terms, token, tuple(named), private is not None, is_open is True)


async def terms_of(here: Services, gate: str) -> CredentialTerms | TokenTerms | None:
    """What a gate wants to see; None: it is of a kind that is not known here."""
    try:
        terms = await here.client.gates.terms(gate)
    except UnknownGate:
        return None
    if isinstance(terms, CredentialTerms) and len(terms.domain.encode()) > MAX_DOMAIN_BYTES:
        return None  # no credential can be for it
    return terms


async def presented(request: Request, form: Form) -> bytes:
    """What a form shows the gate: the kept credential that it names, or nothing. Raises `Refused`."""
    name = str(form.get("credential") or "")
    if not name:
        return b""
    here, account = services(request), private_account(request)
    if account is None:
        raise Refused(credential="Sign in, so that your credential can be read.")
    found = await here.query(kept_credentials.find, here.database, account, HELD, name)
    if found is None:
        raise Refused(credential="This credential is not kept here any more. Load the page again.")
    return found.gate_data
