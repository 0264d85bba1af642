"""One annotation file, JSON -> `Record`, with every defect collected (docs/protocol.md §1)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar

from dcikit.files.json_node import Node
from dcikit.files.json_values import (
    Wrong,
    each,
    identifier,
    identifiers,
    integer,
    mapping,
    number,
    pixels,
    text,
    texts,
    whole,
)
from dcikit.files.limits import SUBMASKS
from dcikit.schema.errors import DataError
from dcikit.schema.regions import MIN_SIDE, NEGATIVE_KINDS, OTHER_KINDS, QUALITIES

from .pixels import decode_mask, mask_box, png_size
from .record import Box, ClipScores, Mask, Record

T = TypeVar("T")


_OTHER_PHOTO = "put the photo that this annotation was made for"


class _Defects(list[DataError]):
    """Takes the `DataError` that ends a `with` block."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, _: object, error: BaseException | None, __: object) -> bool:
        if not isinstance(error, DataError):
            return False
        self.append(error)
        return True


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
    defects = _Defects()
    written = _strings(doc, ("image", "short_caption", "extra_caption"), defects)
    nodes, masks = _masks(doc, defects)
    width = height = 0
    with defects:
        width, height = _size(doc, photo_size, masks)
        defects += _misplaced(nodes, masks, (width, height))
    captions = _members(doc, "summaries", lambda _, node: node.read(_captions), defects)
    negatives = _members(doc, "negatives", lambda _, node: _negatives(node), defects)
    side_by_side = _members(doc, "side_by_side", lambda _, node: node.text(), defects)
    clip_scores = _members(doc, "clip_scores", lambda key, node: _clip_scores(node, negatives.get(key, {})), defects)
    min_side = MIN_SIDE
    with defects:
        min_side = doc.find("min_side", pixels) or MIN_SIDE
    if defects:
        return None, defects
    record = Record(
        image_id=image_id,
        file_name=written["image"],
        width=width,
        height=height,
        short_caption=written["short_caption"],
        extra_caption=written["extra_caption"],
        masks=tuple(masks),
        captions=captions,
        negatives=negatives,
        clip_scores=clip_scores,
        min_side=min_side,
        side_by_side=side_by_side,
        photo=photo,
    )
    return record, []


def _strings(doc: Node, names: Iterable[str], defects: _Defects) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in names:
        with defects:
            found[name] = doc.get(name, text)
    return found


def _masks(doc: Node, defects: _Defects) -> tuple[list[Node], list[Mask]]:
    """The masks without defects of their own, and where they stand."""
    nodes: list[Node] = []
    masks: list[Mask] = []
    with defects:
        for _, node in doc["mask_data"].members():
            with defects:
                masks.append(_mask(node))
                nodes.append(node)
    with defects:
        _check_ids(nodes, masks)
        _check_mask_keys(doc)
        _check_tree(nodes, masks)
    return nodes, masks


def _members(doc: Node, name: str, read: Callable[[str, Node], T], defects: _Defects) -> dict[str, T]:
    """Key (of a region, mostly) -> what `read` makes of it and its node; empty if the document has no `name`."""
    found: dict[str, T] = {}
    with defects:
        for key, node in doc[name].members() if name in doc else ():
            with defects:
                found[key] = read(key, node)
    return found


def _mask(node: Node) -> Mask:
    quality = node.get("mask_quality", _quality)
    png = node.get("outer_mask", decode_mask)
    parent = node.get("parent", identifier)
    return Mask(
        mask_id=node.get("idx", identifier),
        parent_id=None if parent == "-1" else parent,
        child_ids=tuple(node.get("requirements", identifiers)),
        label=node.find("label", text) or "",
        caption=node.find("caption", text) or "",
        quality=quality,
        bbox=_written_box(node.value.get("bounds")) or _drawn_box(node, png),
        area=node.get("area", integer),
        png=png,
        absent=tuple(name for name in ("label", "caption") if name not in node.value),
    )


def _quality(value: Any) -> str:
    if integer(value) not in range(len(QUALITIES)):
        raise Wrong(f"must be 0, 1 or 2, got {value}", "correct the value")
    return QUALITIES[value]


def _written_box(bounds: Any) -> Box | None:
    """The corners that `bounds` gives; None if it has any other shape."""
    try:
        start, end = bounds["topLeft"], bounds["bottomRight"]
        return whole(start["x"]), whole(start["y"]), whole(end["x"]), whole(end["y"])
    except (KeyError, TypeError, Wrong):
        return None


def _drawn_box(node: Node, png: bytes) -> Box:
    try:
        return mask_box(png)
    except ValueError as error:
        raise node.error(str(error), "unpack dci.tar.gz again", "outer_mask") from None


def _check_ids(nodes: list[Node], masks: list[Mask]) -> None:
    seen: set[str] = set()
    for node, mask in zip(nodes, masks, strict=True):
        if mask.mask_id in seen:
            raise node.error(f"two masks have the id {mask.mask_id}", "give each mask an id of its own", "idx")
        seen.add(mask.mask_id)


def _check_mask_keys(doc: Node) -> None:
    def known(value: Any) -> None:
        if identifier(value) not in keys:
            raise Wrong(f"mask_data has no mask {value!r}", "add the mask or remove the key")

    if "mask_keys" in doc:
        keys = doc.get("mask_data", mapping)
        doc.get("mask_keys", each(known))


def _check_tree(nodes: list[Node], masks: list[Mask]) -> None:
    """No mask holds itself, neither upwards (`parent`) nor downwards (`requirements`)."""
    ids = {mask.mask_id for mask in masks}
    upwards = {mask.mask_id: (mask.parent_id,) for mask in masks if mask.parent_id in ids}
    downwards = {mask.mask_id: mask.child_ids for mask in masks if mask.child_ids}
    for field, edges in (("parent", upwards), ("requirements", downwards)):
        finished: dict[str, int] = {}
        for node, mask in zip(nodes, masks, strict=True):
            if mask.mask_id in edges and (path := _path_to_cycle(mask.mask_id, edges, finished)):
                raise node.error(f"the masks {', '.join(path)} form a cycle", "correct the ids", field)
            if finished.get(mask.mask_id, 0) > SUBMASKS:
                problem = f"there are more than {SUBMASKS:,} ways down from here: masks are named again and again"
                raise node.error(problem, "name each mask once", field)


def _path_to_cycle(start: str, edges: Mapping[str, Iterable[str]], finished: dict[str, int]) -> Iterable[str]:
    """The masks from `start` to the last one before a cycle closes; none if none does.

    All of them are then `finished`, each with the number of ways down from it.
    """
    path = {start: iter(edges[start])}
    while path:
        current, following = next(reversed(path.items()))
        for step in following:
            if step in path:
                return path
            if step in edges and step not in finished:
                path[step] = iter(edges[step])
                break
        else:
            finished[current] = sum(1 + finished.get(child, 0) for child in edges[current])
            path.popitem()
    return path


def _size(doc: Node, photo_size: tuple[int, int] | None, masks: list[Mask]) -> tuple[int, int]:
    true = photo_size or (png_size(masks[0].png) if masks else None)
    if true is None:
        return doc.get("width", integer), doc.get("height", integer)
    for name, value in zip(("width", "height"), true, strict=True):
        if (written := doc.find(name, integer)) not in (None, value):
            raise doc.error(f"is {written}, but the photo has {value}", _OTHER_PHOTO, name)
    return true


def _misplaced(nodes: list[Node], masks: list[Mask], size: tuple[int, int]) -> Iterator[DataError]:
    width, height = size
    for node, mask in zip(nodes, masks, strict=True):
        x0, y0, x1, y1 = mask.bbox
        if (drawn := png_size(mask.png)) != size:
            problem = f"is {drawn[0]}x{drawn[1]}, but the photo is {width}x{height}"
            yield node.error(problem, _OTHER_PHOTO, "outer_mask")
        elif not (0 <= x0 <= x1 <= width and 0 <= y0 <= y1 <= height):
            problem = f"the box {list(mask.bbox)} is not inside the photo of {width}x{height}"
            yield node.error(problem, "correct the bounds", "bounds")


def _captions(value: Any) -> list[str]:
    return [text(value)] if isinstance(value, str) else texts(value)


def _negatives(node: Node) -> dict[str, list[str]]:
    others = {kind: node.get(kind, texts) for kind in OTHER_KINDS if kind in node}
    return {kind: node.find(kind, texts) or [] for kind in NEGATIVE_KINDS} | others


def _clip_scores(node: Node, negatives: dict[str, list[str]]) -> ClipScores:
    return ClipScores(
        caption=node.find("sum", number),
        negatives={
            kind: [node.find(f"{kind}_{index}", number) for index in range(len(negatives.get(kind, [])))]
            for kind in NEGATIVE_KINDS
        },
    )
