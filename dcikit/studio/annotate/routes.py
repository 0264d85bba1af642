"""The page of the annotators and what it reads."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from ..pages import render
from ..pixel_routes import pixel_routes
from ..store.routes import change_routes
from ..store.store import Store
from .settings import Settings
from .state import Doc, history, image_state


def annotate_routes(store: Store, settings: Settings) -> APIRouter:
    """Everything below `/` of `dci annotate`."""
    router = APIRouter()
    router.include_router(change_routes(store))
    router.include_router(pixel_routes(store.release, lambda image_id: store.read(image_id)[0]))

    @router.get("/")
    def page() -> HTMLResponse:
        return HTMLResponse(render("annotate.html"))

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

    return router
