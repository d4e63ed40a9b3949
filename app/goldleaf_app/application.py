"""The application that a server runs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from starlette.middleware.sessions import SessionMiddleware

from . import refusals
from .metrics import Measured, Metrics
from .routes import ROUTERS
from .security import Guard
from .services import running
from .settings import Settings
from .web import FOLDER

# Seconds for which somebody stays signed in.
SESSION = 14 * 86_400


def create(settings: Settings) -> FastAPI:
    """The application. Node and databases are opened when it starts."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with running(settings) as services:
            app.state.services = services
            yield

    # Its own documentation pages load scripts from elsewhere.
    app = FastAPI(title="Goldleaf", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    add: Any = app.add_middleware
    add(Guard, settings=settings)
    # Outside of the guard, which needs the session.
    add(
        SessionMiddleware,
        secret_key=settings.secret,
        session_cookie="goldleaf",
        max_age=SESSION,
        same_site="strict",
        https_only=settings.origin.startswith("https:"),
    )
    app.state.metrics = Metrics()
    add(Measured, metrics=app.state.metrics)
    refusals.install(app)
    for router in ROUTERS:
        app.include_router(router)
    app.mount("/static", StaticFiles(directory=FOLDER / "static"), name="static")
    return app
