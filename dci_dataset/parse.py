"""One annotation file, JSON -> `Record`, with every defect collected (PROTOCOL §1)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from .errors import DataError
from .node import Node
from .pixels import decode_mask, mask_box, png_size
from .record import NEGATIVE_TYPES, QUALITIES, Box, ClipScores, Mask, Record

T = TypeVar("T")

_OTHER_PHOTO = "put the photo that this annotation was made for"


def parse_record(
    doc: Node, image_id: str, photo: bytes | None = None, photo_size: tuple[int, int] | None = None
) -> tuple[Record | None, list[DataError]]:
    """Reads one annotation.

    Args:
        doc: the parsed file, of `annotations/` or of `complete/`.
        photo: the bytes of its photo, kept in the record.
        photo_size: (width, height) of the photo; None: taken from the annotation or its masks.

    Returns:
        The record, None if anything is wrong with it, and all its defects: the first one of every field, mask
        and region.
    """
    defects: list[DataError] = []

    @contextmanager
    def collect() -> Iterator[None]:
        try:
            yield
        except DataError as error:
            defects.append(error)

    nodes: list[Node] = []
    masks: list[Mask] = []
    captions: dict[str, list[str]] = {}
    negatives: dict[str, dict[str, list[str]]] = {}
    clip_scores: dict[str, ClipScores] = {}
    width = height = 0
    texts = {"image": "", "short_caption": "", "extra_caption": ""}

    for name in texts:
        with collect():
            texts[name] = doc[name].text()
    with collect():
        for _, node in doc["mask_data"].members():
            with collect():
                masks.append(_mask(node))
                nodes.append(node)
    with collect():
        _check_ids(nodes, masks)
        _check_mask_keys(doc)
        _check_tree(nodes, masks)
    with collect():
        width, height = _size(doc, photo_size, masks)
        for node, mask in zip(nodes, masks, strict=True):
            with collect():
                _check_inside(node, mask, (width, height))

    def regions(name: str, read: Callable[[str, Node], T], into: dict[str, T]) -> None:
        with collect():
            for key, node in doc[name].members() if name in doc else ():
                with collect():
                    into[key] = read(key, node)

    regions("summaries", _captions, captions)
    regions("negatives", _negatives, negatives)
    regions("clip_scores", lambda key, node: _clip_scores(node, negatives.get(key, {})), clip_scores)

    if defects:
        return None, defects
    record = Record(
        image_id=image_id,
        file_name=texts["image"],
        width=width,
        height=height,
        short_caption=texts["short_caption"],
        extra_caption=texts["extra_caption"],
        masks=tuple(masks),
        captions=captions,
        negatives=negatives,
        clip_scores=clip_scores,
        photo=photo,
    )
    return record, []


def _mask(node: Node) -> Mask:
    quality = node["mask_quality"].integer()
    if quality not in range(len(QUALITIES)):
        raise node["mask_quality"].error(f"must be 0, 1 or 2, got {quality}", "correct the value")
    png = decode_mask(node["outer_mask"])
    parent = node["parent"].identifier()
    return Mask(
        mask_id=node["idx"].identifier(),
        parent_id=None if parent == "-1" else parent,
        child_ids=tuple(child.identifier() for child in node["requirements"].items()),
        label=node["label"].text() if "label" in node else "",
        caption=node["caption"].text() if "caption" in node else "",
        quality=QUALITIES[quality],
        bbox=_bounds(node, png),
        area=node["area"].integer(),
        png=png,
    )


def _bounds(node: Node, png: bytes) -> Box:
    """The written bounds; the box of the mask itself where they have any other shape."""
    try:
        bounds = node["bounds"]
        corners = [bounds[corner][axis].number() for corner in ("topLeft", "bottomRight") for axis in "xy"]
        if not all(corner.is_integer() for corner in corners):
            raise bounds.error("must be whole pixels", "")
    except DataError:
        try:
            return mask_box(png)
        except ValueError as error:
            raise node["outer_mask"].error(str(error), "unpack dci.tar.gz again") from None
    x0, y0, x1, y1 = map(int, corners)
    return x0, y0, x1, y1


def _check_ids(nodes: list[Node], masks: list[Mask]) -> None:
    seen: set[str] = set()
    for node, mask in zip(nodes, masks, strict=True):
        if mask.mask_id in seen:
            raise node["idx"].error(f"two masks have the id {mask.mask_id}", "give each mask an id of its own")
        seen.add(mask.mask_id)


def _check_mask_keys(doc: Node) -> None:
    if "mask_keys" in doc:
        keys = {key for key, _ in doc["mask_data"].members()}
        for item in doc["mask_keys"].items():
            if item.identifier() not in keys:
                raise item.error(f"mask_data has no mask {item.value!r}", "add the mask or remove the key")


def _check_tree(nodes: list[Node], masks: list[Mask]) -> None:
    """No mask holds itself, neither upwards (`parent`) nor downwards (`requirements`)."""
    by_id = {mask.mask_id: mask for mask in masks}
    upwards = {mask.mask_id: [mask.parent_id] if mask.parent_id else [] for mask in masks}
    downwards = {mask.mask_id: list(mask.child_ids) for mask in masks}
    for field, edges in (("parent", upwards), ("requirements", downwards)):
        finished: set[str] = set()
        for node, mask in zip(nodes, masks, strict=True):
            path: dict[str, None] = {}
            stack = [(mask.mask_id, iter(edges[mask.mask_id]))]
            while stack:
                current, following = stack[-1]
                path[current] = None
                step = next((i for i in following if i in by_id and i not in finished), None)
                if step is None:
                    finished.add(current)
                    path.pop(current)
                    stack.pop()
                elif step in path:
                    raise node[field].error(f"the masks {', '.join(path)} form a cycle", "correct the ids")
                else:
                    stack.append((step, iter(edges[step])))


def _size(doc: Node, photo_size: tuple[int, int] | None, masks: list[Mask]) -> tuple[int, int]:
    true = photo_size or (png_size(masks[0].png) if masks else None)
    if true is None:
        return doc["width"].integer(), doc["height"].integer()
    for name, value in zip(("width", "height"), true, strict=True):
        if name in doc and doc[name].integer() != value:
            raise doc[name].error(f"is {doc[name].value}, but the photo has {value}", _OTHER_PHOTO)
    return true


def _check_inside(node: Node, mask: Mask, size: tuple[int, int]) -> None:
    if png_size(mask.png) != size:
        width, height = png_size(mask.png)
        raise node["outer_mask"].error(f"is {width}x{height}, but the photo is {size[0]}x{size[1]}", _OTHER_PHOTO)
    x0, y0, x1, y1 = mask.bbox
    if not (0 <= x0 <= x1 <= size[0] and 0 <= y0 <= y1 <= size[1]):
        raise node["bounds"].error(
            f"the box {[x0, y0, x1, y1]} is not inside the photo of {size[0]}x{size[1]}", "correct the bounds"
        )


def _captions(_: str, node: Node) -> list[str]:
    captions = [node.text()] if isinstance(node.value, str) else node.texts()
    return captions if any(captions) else []


def _negatives(_: str, node: Node) -> dict[str, list[str]]:
    return {kind: node[kind].texts() if kind in node else [] for kind in NEGATIVE_TYPES}


def _clip_scores(node: Node, negatives: dict[str, list[str]]) -> ClipScores:
    def score(name: str) -> float | None:
        return node[name].number() if name in node else None

    return ClipScores(
        caption=score("sum"),
        negatives={
            kind: [score(f"{kind}_{index}") for index in range(len(negatives.get(kind, [])))] for kind in NEGATIVE_TYPES
        },
    )
