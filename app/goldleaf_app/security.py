"""What a browser may load and send: headers of every answer, and checks of every request that changes something."""

import secrets
from typing import Any

from fastapi import Request, Response
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint

from .settings import Settings

# Nothing from elsewhere, nothing inline, no frame around it.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
SAFE = {"GET", "HEAD", "OPTIONS"}
# The largest body of a request, bytes: uploads of whoever has signed in are the largest; others send forms, the text of
# a licence, the backup of a vote.
MOST_BYTES = 72 * 2**20
MOST_UNSIGNED = 2 * 2**20


def token(request: Request) -> str:
    """What forms of this session send back: nobody else's page knows it."""
    session: dict[str, Any] = request.session
    if "csrf" not in session:
        session["csrf"] = secrets.token_urlsafe(24)
    return str(session["csrf"])


class Guard(BaseHTTPMiddleware):
    """Refuses whatever changes something and does not come from a page of ours."""

    def __init__(self, app: Any, settings: Settings) -> None:
        super().__init__(app)
        self._origin = settings.origin

    async def dispatch(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
        refusal = None if request.method in SAFE else self._refusal(request)
        response = Response(*refusal, media_type="text/plain") if refusal else await call_next(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    def _refusal(self, request: Request) -> tuple[str, int] | None:
        """Why a request is refused, and the status."""
        own = self._origin or f"{request.url.scheme}://{request.headers.get('host', '')}"
        if request.headers.get("origin") != own:
            return "This request comes from another site.", 403
        known, sent = request.session.get("csrf"), request.headers.get("x-csrf-token", "")
        if not known or not secrets.compare_digest(known.encode(), sent.encode()):
            return "This page is out of date: load it again.", 403
        size = request.headers.get("content-length")
        if size is None or not size.isdigit():
            return "The size of the request is missing.", 411
        most = MOST_BYTES if request.session.get("signed_in") else MOST_UNSIGNED
        if len(size) > 18 or int(size) > most:
            return f"The request is larger than {most // 2**20} MiB.", 413
        return None
