"""Errors as people are told of them: on a page, or beside the field of a form."""

from collections.abc import Mapping

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from python_multipart.exceptions import FormParserError
from sqlalchemy.exc import DataError
from starlette.exceptions import HTTPException

from goldleaf.errors import ContractError, GoldleafError, NodeError, NoSuchChallenge, NoSuchGoldDispute, NoSuchTask
from goldleaf_tools.errors import NotIndexed

from .web import page, services


class Refused(Exception):
    """A form cannot be taken as it is: what is wrong with each field, or with all of it."""

    def __init__(self, message: str = "", /, **fields: str) -> None:
        super().__init__(message)
        self.message = message
        self.fields: Mapping[str, str] = fields


def install(app: FastAPI) -> None:
    """Has the application tell of errors."""

    @app.exception_handler(Refused)
    async def refused(request: Request, error: Refused) -> Response:
        return JSONResponse({"message": error.message, "fields": dict(error.fields)}, 422)

    @app.exception_handler(GoldleafError)
    async def failed(request: Request, error: GoldleafError) -> Response:
        sentence = error.sentence(services(request).tokens.amount)
        if _wants_json(request):
            content = {"error": type(error).__name__, "message": sentence, "advice": error.advice, "fields": {}}
            return JSONResponse(content, _status(error))
        return await page(request, "error.html", _status(error), message=sentence, advice=error.advice)

    # A number that no database column holds is that of nothing there is. SQLite's driver raises the one, PostgreSQL's
    # the other.
    @app.exception_handler(OverflowError)
    @app.exception_handler(DataError)
    async def too_large(request: Request, error: Exception) -> Response:
        return await missing(request, HTTPException(404, "There is nothing of this number."))

    # Older versions of FastAPI let it through.
    @app.exception_handler(FormParserError)
    async def garbled(request: Request, error: FormParserError) -> Response:
        return JSONResponse({"message": f"The form cannot be read: {error}", "fields": {}}, 400)

    @app.exception_handler(HTTPException)
    async def missing(request: Request, error: HTTPException) -> Response:
        if _wants_json(request):
            return JSONResponse({"message": str(error.detail), "fields": {}}, error.status_code)
        return await page(request, "error.html", error.status_code, message=str(error.detail), advice="")


def _status(error: GoldleafError) -> int:
    if isinstance(error, NodeError):
        return 502
    if isinstance(error, NotIndexed):
        return 503
    if isinstance(error, NoSuchTask | NoSuchChallenge | NoSuchGoldDispute):
        return 404
    return 409 if isinstance(error, ContractError) else 400


def _wants_json(request: Request) -> bool:
    return request.method != "GET" or "application/json" in request.headers.get("accept", "")
