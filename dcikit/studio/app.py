"""The web app out of its pages: a page is a router, an app is one page or more behind the guard."""

from __future__ import annotations

import mimetypes
from collections.abc import Iterable
from pathlib import Path

from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.types import Scope

from dcikit.schema.errors import DciError

from .safety import BODY_BYTES, Guard

ASSETS = Path(__file__).parent / "assets"


def make_app(routers: Iterable[APIRouter], *, token: str | None = None, body_bytes: int = BODY_BYTES) -> Guard:
    """The app, behind the guard.

    Args:
        routers: its pages, with what they fetch.
        token, body_bytes: see `Guard`.
    """
    mimetypes.add_type("text/javascript", ".js")  # Windows may say otherwise, and a browser runs nothing else
    app = FastAPI(openapi_url=None)  # its pages of documentation fetch scripts from elsewhere
    app.add_exception_handler(DciError, _say)
    app.add_exception_handler(RequestValidationError, _say_what_is_wrong)
    app.mount("/assets", _Assets(directory=ASSETS), name="assets")
    for router in routers:
        app.include_router(router)
    return Guard(app, token, body_bytes)


def _say(request: Request, error: Exception) -> JSONResponse:
    """An error of data or arguments, as FastAPI says its own."""
    return JSONResponse({"detail": str(error)}, 422)


def _say_what_is_wrong(request: Request, error: Exception) -> JSONResponse:
    """A request of the wrong form, without what was in it, which may be no text that can be sent back."""
    found = (f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())  # type: ignore[attr-defined]
    return JSONResponse({"detail": "; ".join(found)}, 422)


class _Assets(StaticFiles):
    """Files of the package; a browser asks each time whether they changed, as a new version may have changed them."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "no-cache"
        return response
