"""The page of the reviewers and what it reads and sends."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, JSONResponse, Response
from pydantic import BaseModel, Field

from dcikit.data.decisions import Decision

from ..pages import render
from ..pixel_routes import pixel_routes
from ..store.errors import StaleError
from ..store.routes import Name, change_routes
from .agreement import Agreement
from .desk import Desk
from .rates import rates, suggestions
from .state import Doc, agreement_state, decision_state, image_state, queue_state, rates_state

REASONS = {
    "mask": "The mask does not fit",
    "quality": "The quality is wrong",
    "label": "The label is wrong",
    "caption": "The caption says what is not there",
    "incomplete": "Something important is missing",
    "language": "The language is poor",
    "other": "Something else",
}
"""Why a region is rejected or fixed."""


class DecisionRequest(BaseModel):
    """See `Decision`."""

    decision_id: Name
    image_id: str
    region: str
    digest: str
    verdict: Literal["accepted", "fixed", "rejected"]
    reasons: list[Literal["mask", "quality", "label", "caption", "incomplete", "language", "other"]]
    note: Annotated[str, Field(max_length=10_000)] = ""
    reviewer: Name


def review_routes(desk: Desk, agreements: dict[str, Agreement] | None = None) -> APIRouter:
    """Everything below `/` of `dci review`.

    Args:
        agreements: annotator -> agreement with another annotation of the same images.
    """
    router = APIRouter()
    source = desk.source
    router.include_router(pixel_routes(source.release, lambda image_id: source.read(image_id)[0]))
    if source.store is not None:
        router.include_router(change_routes(source.store))

    @router.get("/")
    def page() -> HTMLResponse:
        return HTMLResponse(render("review.html"))

    @router.get("/api/regions")
    def regions() -> Doc:
        queue = queue_state(desk.regions, desk.decisions())
        journal = source.store.journal_id if source.store else None
        return {"regions": queue, "reasons": REASONS, "no_fix": source.no_fix, "journal": journal}

    @router.get("/api/images/{image_id}")
    def image(image_id: str) -> Doc:
        return image_state(*source.read(image_id))

    @router.post("/api/decisions")
    def decide(sent: DecisionRequest) -> Response:
        found = sent.model_dump() | {"reasons": tuple(sent.reasons), "annotator": "", "time": ""}
        try:
            return JSONResponse(decision_state(desk.decide(Decision(**found))))
        except StaleError as error:
            return JSONResponse({"detail": str(error), "version": error.current}, 409)

    @router.get("/api/rates")
    def all_rates() -> Doc:
        agreed = {name: agreement_state(found) for name, found in (agreements or {}).items()}
        decided = rates_state(rates(desk.decisions().values()))
        return {"rates": decided, "agreements": agreed, "suggestions": suggestions(desk.regions)}

    return router
