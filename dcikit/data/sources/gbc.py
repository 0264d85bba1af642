"""Graph-based captions (GBC1M, GBC10M): boxes with captions, in a graph that becomes DCI's tree."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from dcikit.files.json_node import Node
from dcikit.files.json_stream import json_objects
from dcikit.files.json_values import number, text

from ..bitmap import filled, mask_of
from ..record import Box, Mask, Record
from .boxes import box_inside, smallest_around
from .imported import Frame, Notes, Source, SourceImage

_KINDS = ("entity", "composition")
_TEXTS = ("detail", "short", "composition", "relation")
"""Descriptions, the best first; those that follow from words alone (hardcode, bagofwords) are none."""


def _images(path: Path, images: Path | None) -> Iterator[SourceImage]:
    split = "test" if "test" in path.name else "train"
    for place, line in enumerate(json_objects(path), start=1):
        url = line.get("img_url", text)
        name = line.find("img_path", text) or PurePosixPath(unquote(urlsplit(url).path)).name
        extra: dict[str, Any] = {"source_id": url}
        yield SourceImage(line.key, str(place), split, name, None, partial(_record, line, extra), extra)


def _record(line: Node, extra: dict[str, Any], frame: Frame, notes: Notes) -> Record:
    boxes: dict[str, Box] = {}
    vertices: dict[str, Node] = {}
    whole: dict[str, str] = {}
    for vertex in line["vertices"].items():
        kind, name = vertex.get("label", text), vertex.get("vertex_id", text)
        if kind == "image":
            whole = _descriptions(vertex)
        elif kind not in _KINDS:
            notes.append((f"vertices of kind {kind}", vertex.key))
        elif (box := _box(vertex, frame, notes)) is not None:
            if name in vertices:
                raise vertex.error(f"two vertices have the id {name!r}", "give each an id of its own", "vertex_id")
            boxes[name], vertices[name] = box, vertex
    ids = {name: str(index) for index, name in enumerate(vertices)}
    parents: dict[str, str | None] = {}
    for name, vertex in vertices.items():
        sources = [edge.get("source", text) for edge in vertex["in_edges"].items()] if "in_edges" in vertex else []
        known = [source for source in dict.fromkeys(sources) if source in boxes and source != name]
        parents[name] = smallest_around(boxes[name], ((source, boxes[source]) for source in known))
        if others := [ids[source] for source in known if source != parents[name]]:
            notes.append(("further parents, kept as relations", vertex.key))
            extra.setdefault("relations", {})[ids[name]] = others
    masks = [_mask(ids, name, vertex, boxes[name], parents, frame, notes) for name, vertex in vertices.items()]
    return Record(
        image_id=frame.image_id,
        file_name=frame.file_name,
        width=frame.width,
        height=frame.height,
        short_caption=whole.get("short") or line.find("short_caption", text) or "",
        extra_caption=whole.get("detail") or line.find("detail_caption", text) or "",
        masks=tuple(masks),
    )


def _mask(
    ids: dict[str, str], name: str, vertex: Node, box: Box, parents: dict[str, str | None], frame: Frame, notes: Notes
) -> Mask:
    found = _descriptions(vertex)
    caption = next((found[kind] for kind in _TEXTS if found.get(kind)), "")
    if not caption:
        notes.append(("empty texts", vertex.key))
    parent = parents[name]
    return mask_of(
        ids[name],
        filled(box, frame.width, frame.height),
        parent_id=ids[parent] if parent is not None else None,
        child_ids=tuple(ids[each] for each, above in parents.items() if above == name),
        label=_label(vertex, name),
        caption=caption,
        quality="ok" if caption else "low_quality",
    )


def _label(vertex: Node, name: str) -> str:
    """The words by which the caption above speaks of it; its id otherwise."""
    for edge in vertex["in_edges"].items() if "in_edges" in vertex else []:
        if words := edge.find("text", text):
            return words
    return name


def _descriptions(vertex: Node) -> dict[str, str]:
    """Kind -> the first description of that kind."""
    found: dict[str, str] = {}
    for description in vertex["descs"].items():
        found.setdefault(description.get("label", text), description.get("text", text).strip())
    return found


def _box(vertex: Node, frame: Frame, notes: Notes) -> Box | None:
    left, top, right, bottom = (vertex["bbox"].get(side, number) for side in ("left", "top", "right", "bottom"))
    corners = left * frame.width, top * frame.height, right * frame.width, bottom * frame.height
    return box_inside(corners, frame, vertex.key, notes)


GBC = Source(
    name="gbc",
    title="Graph-based captions (GBC1M, GBC10M)",
    homepage="https://huggingface.co/graph-based-captions",
    licence="CC-BY-NC-4.0; the photos are CC12M's, of many owners",
    images=_images,
)
