"""The page of the annotators and what it reads."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response
from pydantic import BaseModel, Field

from ..explore.collection import ReleaseCollection
from ..pages import render
from ..pixel_routes import pixel_routes
from ..store.routes import change_routes
from ..store.store import Store
from .segment import Segmenter
from .settings import Settings
from .state import Doc, history, image_state


class Clicks(BaseModel):
    """Points of one object: x and y in pixels of the photo, and whether the object is there."""

    points: list[tuple[float, float, bool]] = Field(min_length=1, max_length=100)


def annotate_routes(store: Store, settings: Settings, segmenter: Segmenter | None = None) -> APIRouter:
    """Everything below `/` of `dci annotate`; with a segmenter a click finds a mask."""
    router = APIRouter()
    router.include_router(change_routes(store))
    router.include_router(pixel_routes(store.release, lambda image_id: store.read(image_id)[0]))

    @router.get("/")
    def page() -> HTMLResponse:
        return HTMLResponse(render("annotate.html"))

    @router.get("/api/settings")
    def read_settings() -> Doc:
        return settings.document() | {"segments": segmenter is not None, "journal": store.journal_id}

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

    if segmenter is not None:
        router.include_router(_segment_route(store, segmenter))
    return router


def _segment_route(store: Store, segmenter: Segmenter) -> APIRouter:
    router = APIRouter()
    collection = ReleaseCollection(store.release, store.release.folder.name)

    @router.post("/api/images/{image_id}/segment")
    def segment(image_id: str, clicks: Clicks) -> Response:
        """The mask as a PNG."""
        store.read(image_id)
        mask = segmenter.mask(image_id, lambda: collection.photo(image_id), clicks.points)
        return Response(mask.png(), media_type="image/png")

    return router
