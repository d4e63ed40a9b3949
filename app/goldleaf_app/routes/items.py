"""Items of tasks: what a stranger's URI holds, read and checked by the server, never by the browser."""

import re
from typing import Annotated

from fastapi import APIRouter, Header, Request
from fastapi.responses import HTMLResponse, Response

from goldleaf import GoldleafError, Manifest
from goldleaf.errors import ContentMissing, NoSuchTask
from goldleaf_tools.manifests import Kind, extension_of, kind_of

from ..services import Services
from ..shown import MEDIA_TYPES
from ..web import page, services
from ..works import ItemNumber, TaskNumber

router = APIRouter()

# Characters of a text that a page shows; all of it can be downloaded.
MOST_CHARACTERS = 200_000
# Of a text among others.
FEW_CHARACTERS = 400
TYPES = {**MEDIA_TYPES, ".txt": "text/plain; charset=utf-8"}
HEADERS = {
    # Of a file that somebody opens in a window of its own: it loads nothing, and runs nothing.
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Accept-Ranges": "bytes",
}
_RANGE = re.compile(r"bytes=([0-9]{0,12})-([0-9]{0,12})")


@router.get("/items/{task}/{number}")
async def item(
    request: Request, task: TaskNumber, number: ItemNumber, part: Annotated[str | None, Header(alias="range")] = None
) -> Response:
    """The content of an item, under a type that its first bytes tell: never one that a browser would run."""
    data, problem = await _read(services(request), task, number)
    if data is None:
        status, reason = problem
        return Response(reason, status, media_type="text/plain")
    extension = extension_of(data)
    headers = {
        **HEADERS,
        # What is at this address is bound by hash.
        "Cache-Control": "public, max-age=31536000, immutable",
        "Content-Disposition": f"{'inline' if extension in TYPES else 'attachment'}; "
        f'filename="item-{task}-{number}{extension}"',
    }
    status = 200
    first, last = _range(part, len(data))
    if (first, last) != (0, len(data) - 1):
        status, headers["Content-Range"] = 206, f"bytes {first}-{last}/{len(data)}"
        data = data[first : last + 1]
    return Response(data, status, headers, media_type=TYPES.get(extension, "application/octet-stream"))


@router.get("/items/{task}/{number}/shown")
async def shown(request: Request, task: TaskNumber, number: ItemNumber, small: bool = False) -> HTMLResponse:
    """An item as a part of a page: text, picture, sound, or a link to it; or why it cannot be read."""
    here = services(request)
    data, (_, reason) = await _read(here, task, number)
    kind = None if data is None else kind_of(data)
    most = FEW_CHARACTERS if small else MOST_CHARACTERS
    text = data.decode("utf-8-sig") if data is not None and kind is Kind.TEXT else ""
    return await page(
        request,
        "workspace/item.html",
        kind=kind.value if kind else "",
        reason=reason,
        text=text[:most],
        is_cut=len(text) > most,
        size=len(data or b""),
        address=await here.query(address_of, here, task, number) if data is not None else "",
        small=small,
        number=number,
    )


def address_of(here: Services, task: int, number: int) -> str:
    """Where the browser gets an item: with a piece of its hash, so that no copy of another chain's is shown."""
    manifest: Manifest = here.files.manifest(task)
    return f"/items/{task}/{number}?v={manifest.items[number].keccak256.hex()[:8]}"


async def _read(here: Services, task: int, number: int) -> tuple[bytes | None, tuple[int, str]]:
    """The content of an item; or None, a status, and why."""
    try:
        return await here.query(here.files.item, task, number), (200, "")
    except IndexError:
        return None, (404, "The task has no such item.")
    except (NoSuchTask, ContentMissing) as error:
        return None, (404, error.sentence(here.tokens.amount))
    except GoldleafError as error:
        return None, (502, error.sentence(here.tokens.amount))


def _range(asked: str | None, size: int) -> tuple[int, int]:
    """First and last byte of those that were asked for; all of them where that makes no sense."""
    found = _RANGE.fullmatch(asked or "")
    everything = (0, size - 1)
    if found is None or found.groups() == ("", ""):
        return everything
    first, last = found.groups()
    if not first:
        return max(0, size - int(last)), size - 1
    start, end = int(first), min(int(last or size - 1), size - 1)
    return (start, end) if start <= end else everything
