"""The page of explore and what it fetches."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi import Query as Parameter
from fastapi.responses import HTMLResponse

from dcikit.results.map_files import Maps, cosines
from dcikit.schema.titles import title

from ..answers import digest, json_bytes, unless_known
from ..pages import render
from .collection import Collection
from .decisions import Decisions
from .document import image_document, masks_document, region_box
from .media import CROP, THUMBNAIL, shown_photo, small_photo
from .query import Query
from .search import Search

MOST_ROWS = 200
"""Rows of a list that are sent at once."""

JSON = "application/json"


def explore_routes(search: Search, maps: Maps | None = None) -> APIRouter:
    """The page at `/`, and the API that it reads.

    Args:
        maps: where a model finds captions; None: nobody asked one.
    """
    router = APIRouter()
    index, collection = search.index, search.index.collection

    def known(image_id: str) -> str:
        if image_id not in collection.splits:
            raise HTTPException(404, f"there is no image {image_id} in {collection.name}")
        return image_id

    image_of_path = Depends(known)
    asked = Depends(Query)

    @router.get("/")
    def page() -> HTMLResponse:
        return HTMLResponse(explore_page(collection, "api", search.decisions, maps))

    @router.get("/api/images")
    def images(
        query: Query = asked,
        offset: Annotated[int, Parameter(ge=0)] = 0,
        limit: Annotated[int, Parameter(ge=0, le=MOST_ROWS)] = 50,
    ) -> dict[str, Any]:
        hits = search.hits(query)
        return {
            "total": len(hits),
            "images": len(collection.splits),
            "indexed": index.indexed,
            "error": index.error,
            "rows": search.rows(query, hits[offset : offset + limit]),
        }

    @router.get("/api/places/{image_id:path}")
    def place(image_id: str = image_of_path, query: Query = asked) -> int | None:
        """Where an image stands in the list of a query; null: it is not in it."""
        return next((place for place, hit in enumerate(search.hits(query)) if hit.image_id == image_id), None)

    @router.get("/api/labels")
    def labels() -> list[str]:
        return search.labels()

    @router.get("/api/images/{image_id:path}")
    def image(request: Request, image_id: str = image_of_path) -> Response:
        document = json_bytes(image_document(image_id, collection.splits[image_id], *collection.examine(image_id)))
        return unless_known(request, digest(document), lambda: document, JSON)

    @router.get("/api/masks/{image_id:path}")
    def masks(request: Request, image_id: str = image_of_path) -> Response:
        def make() -> bytes:
            return json_bytes(masks_document(collection.examine(image_id)[0]))

        return unless_known(request, f"masks {collection.stamp(image_id)}", make, JSON)

    @router.get("/photos/{image_id:path}")
    def photo(request: Request, image_id: str = image_of_path) -> Response:
        data, media_type = shown_photo(collection.photo(image_id), image_id)
        return unless_known(request, digest(data), lambda: data, media_type)

    @router.get("/thumbnails/{image_id:path}")
    def thumbnail(request: Request, image_id: str = image_of_path) -> Response:
        data = collection.photo(image_id)
        return unless_known(
            request, f"{THUMBNAIL} {digest(data)}", lambda: small_photo(data, image_id, THUMBNAIL), "image/jpeg"
        )

    @router.get("/crops/{image_id:path}")
    def crop(request: Request, key: str, image_id: str = image_of_path) -> Response:
        record, _ = collection.examine(image_id)
        box = region_box(record, key)
        if box is None:
            raise HTTPException(404, f"there is no region {key} in image {image_id}")
        data = collection.photo(image_id)
        state = f"{CROP} {box} {digest(data)}"
        return unless_known(request, state, lambda: small_photo(data, image_id, CROP, box), "image/jpeg")

    @router.get("/api/decisions/{image_id:path}")
    def decisions(image_id: str = image_of_path) -> dict[str, Any]:
        """What models decided of the image's regions; empty: nobody asked them."""
        if search.decisions is None:
            return {"models": [], "regions": {}}
        return {"models": search.decisions.models, "regions": search.decisions.of_image(image_id, collection)}

    @router.get("/api/maps/{image_id:path}")
    def grounding_map(request: Request, key: str, image_id: str = image_of_path) -> Response:
        """The map of a region's caption, cosines of patches row by row; null: it has none."""
        data = maps.read(image_id, key) if maps else None
        if data is None:
            return unless_known(request, "no map", lambda: b"null", JSON)
        name = f"the map of image {image_id} region {key}"
        return unless_known(request, f"map {digest(data)}", lambda: json_bytes(cosines(data, name)), JSON)

    return router


def explore_page(
    collection: Collection, source: str, decisions: Decisions | None = None, maps: Maps | None = None
) -> str:
    """The HTML of the page; `source` is where it reads its data: api, or the files of a static site."""
    splits = list(dict.fromkeys(collection.splits.values()))
    models = decisions.models if decisions else []
    scores = [(name, title(name)) for name in decisions.scores] if decisions else []
    return render(
        "explore.html",
        name=collection.name,
        source=source,
        splits=splits,
        models=models,
        scores=scores,
        maps=maps.model if maps else None,
    )
