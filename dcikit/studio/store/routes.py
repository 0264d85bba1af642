"""Changes of images, as pages send them: every change comes in through one door."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, StringConstraints

from .errors import LeasedError, StaleError
from .progress import progress
from .store import Change, Store

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
"""An author's name, or what a page calls itself or an event."""


class LeaseRequest(BaseModel):
    """See `Store.lease`; `journal` is that of the folder which the page shows."""

    journal: str
    session: Name
    author: Name
    take_over: bool = False


class ChangeRequest(BaseModel):
    """See `Change` and `LeaseRequest`."""

    journal: str
    event_id: Name
    session: Name
    author: Name
    version: int
    action: str
    payload: dict[str, Any]


def change_routes(store: Store) -> APIRouter:
    """What changes an image, and who is at it."""
    router = APIRouter()

    def check(sent: ChangeRequest | LeaseRequest) -> None:
        if sent.journal != store.journal_id:
            raise HTTPException(410, "another folder is served here now; serve the one that this page shows")

    @router.post("/api/images/{image_id}/changes")
    def change(image_id: str, sent: ChangeRequest) -> Response:
        check(sent)

        def work() -> dict[str, Any]:
            version = store.change(Change(image_id=image_id, **sent.model_dump(exclude={"journal"})))
            record, current = store.read(image_id)
            return progress(record, store.history(image_id)[:current]) | {"version": version}

        return _answer(work)

    @router.post("/api/images/{image_id}/lease")
    def lease(image_id: str, sent: LeaseRequest) -> Response:
        check(sent)

        def work() -> dict[str, Any]:
            store.lease(image_id, **sent.model_dump(exclude={"journal"}))
            return {"version": store.read(image_id)[1]}

        return _answer(work)

    @router.post("/api/images/{image_id}/leave")
    def leave(image_id: str, session: str) -> None:
        store.give_back(image_id, session)

    return router


def _answer(work: Callable[[], dict[str, Any]]) -> Response:
    """What the work gives, or why somebody else's work stands against it: 409 and 423, which the page can settle."""
    try:
        return JSONResponse(work())
    except StaleError as error:
        return JSONResponse({"detail": str(error), "version": error.current}, 409)
    except LeasedError as error:
        return JSONResponse({"detail": str(error), "held_by": error.author}, 423)
