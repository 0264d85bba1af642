"""Label Studio's full JSON export -> records: brush masks, polygons and rectangles with texts, quality and tree."""

from __future__ import annotations

import math
import posixpath
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import numpy as np

from dcikit.files.json_node import Node
from dcikit.files.json_stream import json_objects
from dcikit.files.json_values import array, identifier, integer, mapping, number, text, texts
from dcikit.schema.regions import QUALITIES
from dcikit.schema.splits import SPLITS

from ..bitmap import MAX_PIXELS, mask_of, polygon
from ..boxed import boxed
from ..formats import brush_rle
from ..formats.label_studio import LABEL, digest
from ..record import Mask, Record
from .imported import Frame, Notes, Source, SourceImage

_KEY = re.compile(r"m-(.+)-sc", re.DOTALL)


def _images(path: Path, images: Path | None) -> Iterator[SourceImage]:
    for place, task in enumerate(json_objects(path), start=1):
        data = task["data"]
        image_id = data.find("image_id", identifier) or task.find("id", identifier) or str(place)
        split = data.find("split", text) or "test"
        if split not in SPLITS:
            raise data.error(f"must be one of {', '.join(SPLITS)}, got {split!r}", "correct the value", "split")
        name = data.find("file_name", text) or _name(data.get("image", text))
        size = (data.get("width", integer), data.get("height", integer)) if "width" in data else None
        results, notes = _results(task)
        size = size or _written_size(results)
        yield SourceImage(task.key, image_id, split, name, size, partial(_record, data, results, notes))


def _name(url: str) -> str:
    """The file's name in an image's address, or in the `d` of a local file."""
    parts = urlsplit(url)
    local = parse_qs(parts.query).get("d")
    return posixpath.basename(local[0] if local else unquote(parts.path))


def _results(task: Node) -> tuple[list[Node], Notes]:
    """The results of the first annotation that was not cancelled; of the first prediction if there is none."""
    for name in ("annotations", "predictions"):
        found = [each for each in (task[name].items() if name in task else []) if not each.value.get("was_cancelled")]
        if found:
            more = [(f"further {name} of a task", each.key) for each in found[1:]]
            return found[0]["result"].items(), more
    return [], [("tasks without annotation", task.key)]


def _written_size(results: list[Node]) -> tuple[int, int] | None:
    for result in results:
        if "original_width" in result:
            return result.get("original_width", integer), result.get("original_height", integer)
    return None


def _record(data: Node, results: list[Node], before: Notes, frame: Frame, notes: Notes) -> Record:
    notes += before
    shapes: dict[str, Node] = {}
    said: dict[str, dict[str, str]] = defaultdict(dict)
    whole: dict[str, str] = {}
    for result in results:
        kind = result.get("type", text)
        region = result.find("id", identifier) or ""
        if kind in _SHAPES:
            if region in shapes:
                raise result.error(f"two regions have the id {region}", "give each an id of its own", "id")
            shapes[region] = result
        elif kind in ("textarea", "choices"):
            name = result.get("from_name", text)
            into = whole if name in ("short_caption", "extra_caption") else said[region]
            into[name] = "\n".join(result["value"].get("text" if kind == "textarea" else "choices", texts))
        else:
            notes.append((f"results of type {kind}", result.key))
    ids = _ids(list(shapes))
    masks = [_mask(data, ids, region, shapes[region], said.pop(region, {}), frame, notes) for region in shapes]
    notes += [("texts of no region", f"{data.key}: {region}") for region in said]
    return Record(
        image_id=frame.image_id,
        file_name=frame.file_name,
        width=frame.width,
        height=frame.height,
        short_caption=whole.get("short_caption", ""),
        extra_caption=whole.get("extra_caption", ""),
        masks=tuple(_with_children(data, ids, masks)),
    )


def _ids(regions: list[str]) -> dict[str, str]:
    """Region -> mask id: its own where we gave it, the next free number where Label Studio did."""
    ids = {region: match[1] for region in regions if (match := _KEY.fullmatch(region))}
    free = max((int(each) for each in ids.values() if each.isascii() and each.isdigit()), default=-1) + 1
    for region in regions:
        if region not in ids:
            ids[region], free = str(free), free + 1
    return ids


def _mask(
    data: Node, ids: dict[str, str], region: str, result: Node, said: dict[str, str], frame: Frame, notes: Notes
) -> Mask:
    for name, size in (("original_width", frame.width), ("original_height", frame.height)):
        if (written := result.get(name, integer)) != size:
            raise result.error(f"is {written}, but the image has {size}", "give the image that it was made for", name)
    if frame.width * frame.height > MAX_PIXELS:
        raise result.error(f"is larger than {MAX_PIXELS} pixels", "give a smaller image", "original_width")
    if result.find("image_rotation", number):
        raise result.error("is a region of a rotated image", "rotate the image back and export again", "image_rotation")
    kind = result.get("type", text)
    pixels = _SHAPES[kind](result["value"], frame)
    if not pixels.any():
        notes.append(("empty masks", result.key))
    label = said.get("label", "")
    labels = result["value"].find(kind, texts) or []
    if not label and labels and labels[0] != LABEL:
        label = labels[0]
    caption = said.get("caption", "")
    quality = said.get("quality") or ("ok" if caption else "low_quality" if label else "bad")
    if quality not in QUALITIES:
        raise result.error(f"the quality must be one of {', '.join(QUALITIES)}, got {quality!r}", "correct it")
    if not label and not caption and quality != "bad":
        notes.append(("empty texts", result.key))
    parent = result.find("parentID", identifier)
    if parent is not None and parent not in ids:
        notes.append(("parents that do not exist", result.key))
    mask = mask_of(
        ids[region],
        pixels,
        label=label,
        caption=caption,
        quality=quality,
        parent_id=ids.get(parent) if parent else None,
    )
    return _as_before(data, region, mask, pixels)


def _as_before(data: Node, region: str, mask: Mask, pixels: np.ndarray) -> Mask:
    """With the bounds and area of the release where the mask was not edited: they need not be those of the pixels."""
    before = _before(data, region)
    if before is None or before.find("pixels", text) != digest(boxed(pixels)):
        return mask
    x0, y0, x1, y1 = (node.read(integer) for node in before["bbox"].items())
    return replace(mask, bbox=(x0, y0, x1, y1), area=before.get("area", integer))


def _before(data: Node, region: str) -> Node | None:
    return data["masks"][region] if "masks" in data and region in data["masks"].read(mapping) else None


def _with_children(data: Node, ids: dict[str, str], masks: list[Mask]) -> Iterator[Mask]:
    """Submasks in the order that they had; those that are new, or have a new parent, behind."""
    parents = {mask.mask_id: mask.parent_id for mask in masks}
    added: dict[str | None, list[str]] = defaultdict(list)
    for region, mask in zip(ids, masks, strict=True):
        before = _before(data, region)
        if before is None or _mask_id(before.find("parent", text)) != mask.parent_id:
            added[mask.parent_id].append(mask.mask_id)
    for region, mask in zip(ids, masks, strict=True):
        before = _before(data, region)
        listed = [_mask_id(key) for key in (before.find("children", texts) or [] if before else [])]
        kept = [each for each in listed if each and parents.get(each, mask.mask_id) == mask.mask_id]
        new = [each for each in added[mask.mask_id] if each not in kept]
        yield replace(mask, child_ids=(*kept, *new))


def _mask_id(key: str | None) -> str | None:
    """The id in a region key."""
    match = _KEY.fullmatch(key or "")
    return match[1] if match else None


def _brush(value: Node, frame: Frame) -> np.ndarray:
    if (kind := value.get("format", text)) != "rle":
        raise value.error(f"must be rle, got {kind!r}", "export full JSON", "format")
    try:
        return brush_rle.decode(value.get("rle", array), frame.width, frame.height)
    except ValueError as error:
        raise value.error(str(error), "export the tasks again", "rle") from None


def _polygon(value: Node, frame: Frame) -> np.ndarray:
    points = [(_pixels(point, 0, frame.width), _pixels(point, 1, frame.height)) for point in value["points"].items()]
    if len(points) < 3:
        raise value.error(f"has {len(points)} points, but a polygon has at least 3", "draw it again", "points")
    return _filled(points, frame)


def _pixels(point: Node, axis: int, side: int) -> float:
    values = point.items()
    if len(values) != 2:
        raise point.error("must be [x, y]", "export the tasks again")
    return values[axis].read(number) * side / 100


def _rectangle(value: Node, frame: Frame) -> np.ndarray:
    x, y, width, height = (value.get(name, number) for name in ("x", "y", "width", "height"))
    angle = math.radians(value.find("rotation", number) or 0)
    sides = [(0.0, 0.0), (width, 0.0), (width, height), (0.0, height)]
    corners = [(dx * frame.width / 100, dy * frame.height / 100) for dx, dy in sides]
    start = (x * frame.width / 100, y * frame.height / 100)
    cos, sin = math.cos(angle), math.sin(angle)  # clockwise around the first corner
    return _filled([(start[0] + dx * cos - dy * sin, start[1] + dx * sin + dy * cos) for dx, dy in corners], frame)


def _filled(points: list[tuple[float, float]], frame: Frame) -> np.ndarray:
    return polygon(points, frame.width, frame.height)


_SHAPES: dict[str, Callable[[Node, Frame], Any]] = {
    "brushlabels": _brush,
    "polygonlabels": _polygon,
    "rectanglelabels": _rectangle,
}

LABEL_STUDIO = Source(
    name="label-studio",
    title="Annotations of Label Studio",
    homepage="https://labelstud.io",
    licence="unknown: that of the images and of who annotated them",
    images=_images,
)
