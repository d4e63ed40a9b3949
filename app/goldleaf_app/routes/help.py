"""Help for whoever has no wallet, or does not know what is what."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from ..web import page, services

router = APIRouter()


@router.get("/help")
async def help_page(request: Request) -> HTMLResponse:
    """What a wallet is and how to get one, and what each kind of user does here."""
    return await page(request, "help.html", relays=services(request).relayer is not None)
