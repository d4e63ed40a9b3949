"""Health and metrics, for whoever runs the server."""

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from goldleaf.errors import GoldleafError

from ..metrics import Metrics
from ..web import services

router = APIRouter()
# Blocks by which the index may be behind the chain before the server counts as unwell.
MOST_BEHIND = 50


@router.get("/health")
async def health(request: Request) -> JSONResponse:
    """200 if pages show what the chain says; else 503, and why."""
    here, metrics = services(request), _metrics(request)
    index = await here.query(lambda: here.index.block) or 0
    metrics.index_block.set(index)
    try:
        head = (await here.client.chain.block()).number
    except GoldleafError as error:
        return JSONResponse({"healthy": False, "index": index, "why": f"the node: {error.detail}"}, 503)
    metrics.chain_block.set(head)
    if head - index > MOST_BEHIND:
        why = f"the index is {head - index} blocks behind"
        return JSONResponse({"healthy": False, "index": index, "chain": head, "why": why}, 503)
    return JSONResponse({"healthy": True, "index": index, "chain": head})


@router.get("/metrics")
async def metrics(request: Request) -> Response:
    """The numbers, as Prometheus reads them."""
    await health(request)
    return Response(_metrics(request).render(), media_type="text/plain; version=0.0.4")


def _metrics(request: Request) -> Metrics:
    found: Metrics = request.app.state.metrics
    return found
