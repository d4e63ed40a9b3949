"""What the server does, in numbers, for whoever runs it (Prometheus)."""

import time
from typing import Any

from fastapi import Request, Response
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint


class Metrics:
    """Counts of one server."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        names = ["method", "route", "status"]
        self.requests = Counter("goldleaf_requests", "Requests answered", names, registry=self._registry)
        self.seconds = Histogram(
            "goldleaf_request_seconds", "Seconds that an answer took", ["route"], registry=self._registry
        )
        self.index_block = Gauge("goldleaf_index_block", "Last block of the index", registry=self._registry)
        self.chain_block = Gauge("goldleaf_chain_block", "Latest block of the chain", registry=self._registry)

    def render(self) -> bytes:
        """The numbers, as Prometheus reads them."""
        return generate_latest(self._registry)


class Measured(BaseHTTPMiddleware):
    """Counts requests, by the patterns of their paths: the paths themselves have no end."""

    def __init__(self, app: Any, metrics: Metrics) -> None:
        super().__init__(app)
        self._metrics = metrics

    async def dispatch(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
        started = time.perf_counter()
        status = 500
        try:
            response = await call_next(request)
            status = response.status_code
        finally:
            route = getattr(request.scope.get("route"), "path", "none")
            self._metrics.requests.labels(request.method, route, str(status)).inc()
            self._metrics.seconds.labels(route).observe(time.perf_counter() - started)
        return response
