"""The page of the annotators and what it fetches; every change comes in through one door."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from pydantic import BaseModel, StringConstraints

from ..pages import render
from ..photo_files import mask_response, photo_response
from ..store.errors import LeasedError, StaleError
from ..store.store import Change, Store
from .settings import Settings
from .state import Doc, history, image_state, progress

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
"""An author's name, or what a page calls itself or an event."""


class LeaseRequest(BaseModel):
    """See `Store.lease`."""

    session: Name
    author: Name
    take_over: bool = False


class ChangeRequest(BaseModel):
    """See `Change`."""

    event_id: Name
    session: Name
    author: Name
    version: int
    action: str
    payload: dict[str, Any]


def annotate_router(store: Store, settings: Settings) -> APIRouter:
    """Everything below `/` of `dci annotate`."""
    router = APIRouter()

    @router.get("/", response_class=HTMLResponse)
    def page() -> str:
        return render("annotate.html")

    @router.get("/api/settings")
    def read_settings() -> Doc:
        return settings.document()

    @router.get("/api/images")
    def images() -> list[Doc]:
        statuses, holders = store.statuses(), store.holders()
        return [
            {
                "image_id": image_id,
                "status": statuses.get(image_id, ("open", ""))[0],
                "held_by": holders[image_id].author if image_id in holders else None,
            }
            for image_id in store.image_ids
        ]

    @router.get("/api/images/{image_id}")
    def image(image_id: str) -> Doc:
        return image_state(store, image_id)

    @router.get("/api/images/{image_id}/history")
    def image_history(image_id: str) -> list[Doc]:
        return history(store, image_id)

    @router.get("/api/images/{image_id}/photo")
    def photo(image_id: str, request: Request) -> Response:
        return photo_response(store.release, store.read(image_id)[0], request)

    @router.get("/api/images/{image_id}/masks/{mask_id}")
    def mask(image_id: str, mask_id: str, request: Request) -> Response:
        return mask_response(store.read(image_id)[0], mask_id, request)

    @router.post("/api/images/{image_id}/changes")
    def change(image_id: str, sent: ChangeRequest) -> Response:
        return _answer(lambda: _change(store, image_id, sent))

    @router.post("/api/images/{image_id}/lease")
    def lease(image_id: str, sent: LeaseRequest) -> Response:
        return _answer(lambda: _lease(store, image_id, sent))

    @router.post("/api/images/{image_id}/leave")
    def leave(image_id: str, session: str) -> None:
        store.give_back(image_id, session)

    return router


def _change(store: Store, image_id: str, sent: ChangeRequest) -> Doc:
    version = store.change(Change(image_id=image_id, **sent.model_dump()))
    record, current = store.read(image_id)
    return progress(record, store.history(image_id)[:current]) | {"version": version}


def _lease(store: Store, image_id: str, sent: LeaseRequest) -> Doc:
    store.lease(image_id, **sent.model_dump())
    return {"version": store.read(image_id)[1]}


def _answer(work: Callable[[], Doc]) -> Response:
    """What the work gives, or why somebody else's work stands against it: 409 and 423, which the page can settle."""
    try:
        return JSONResponse(work())
    except StaleError as error:
        return JSONResponse({"detail": str(error), "version": error.current}, 409)
    except LeasedError as error:
        return JSONResponse({"detail": str(error), "held_by": error.author}, 423)
