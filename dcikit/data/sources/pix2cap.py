"""Pix2Cap-COCO: captions of COCO's panoptic segments."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np

from dcikit.files.images import MASK_FORMATS, ImageError, opened_image
from dcikit.files.json_node import Node, load_json
from dcikit.files.json_values import identifier, integer, text
from dcikit.files.safe_names import is_plain_name
from dcikit.schema.errors import DataError

from ..bitmap import mask_of
from ..record import Record
from .imported import Frame, Notes, Source, SourceImage

_REMEDY = "download it again"


def _images(path: Path, images: Path | None) -> Iterator[SourceImage]:
    """The PNGs are in a folder beside the file, of its name without .json."""
    segments = path.with_suffix("")
    if not segments.is_dir():
        raise DataError(str(segments), "", "the folder is missing", "put the panoptic PNGs of COCO there")
    document = load_json(path, _REMEDY)
    names = {each.get("id", integer): each.get("name", text) for each in document["categories"].items()}
    files = {each.get("id", identifier): each for each in document["images"].items()}
    split = "validation" if "val" in path.name else "test" if "test" in path.name else "train"
    for annotation in document["annotations"].items():
        image_id, png = annotation.get("image_id", identifier), annotation.get("file_name", text)
        if not is_plain_name(png):
            raise annotation.error(f"{png!r} is not a plain file name", "correct the name", "file_name")
        if image_id not in files:
            raise annotation.error(f"`images` has no id {image_id}", "add the image", "image_id")
        image = files[image_id]
        size = image.get("width", integer), image.get("height", integer)
        build = partial(_record, annotation, segments / png, names)
        yield SourceImage(annotation.key, image_id, split, image.get("file_name", text), size, build)


def _record(annotation: Node, png: Path, names: dict[int, str], frame: Frame, notes: Notes) -> Record:
    ids = _segment_ids(png, frame)
    masks, seen = [], {0}
    for segment in annotation["segments_info"].items():
        segment_id = segment.get("id", integer)
        seen.add(segment_id)
        pixels = ids == segment_id
        caption = (segment.find("description", text) or "").strip()
        if segment.find("iscrowd", integer):
            notes.append(("crowd segments", segment.key))
        elif not pixels.any():
            notes.append(("segments without a pixel", segment.key))
        else:
            if not caption:
                notes.append(("empty texts", segment.key))
            label = names.get(segment.get("category_id", integer), "")
            quality = "ok" if caption else "low_quality"
            masks.append(mask_of(str(segment_id), pixels, label=label, caption=caption, quality=quality))
    others = set(np.unique(ids).tolist()) - seen
    notes += [("segments of the PNG that the file does not name", f"{annotation.key}: {each}") for each in others]
    if (ids == 0).any():
        notes.append(("images with void pixels", annotation.key))
    return Record(frame.image_id, frame.file_name, frame.width, frame.height, "", "", tuple(masks))


def _segment_ids(png: Path, frame: Frame) -> np.ndarray:
    """The id of each pixel's segment, R + 256 G + 65536 B."""
    try:
        with opened_image(png, MASK_FORMATS) as image:
            size = image.size
            if size != (frame.width, frame.height):
                problem = f"is {size[0]}x{size[1]}, but the image has {frame.width}x{frame.height}"
                raise DataError(str(png), "", problem, "put the PNG of this image there")
            colours = np.asarray(image.convert("RGB")).astype(np.int64)
    except FileNotFoundError:
        raise DataError(str(png), "", "the file is missing", "put the panoptic PNGs of COCO there") from None
    except (OSError, ImageError) as error:
        raise DataError(str(png), "", f"cannot be read as an image: {error}", _REMEDY) from None
    return colours @ np.array([1, 256, 65536])


PIX2CAP = Source(
    name="pix2cap",
    title="Pix2Cap-COCO",
    homepage="https://huggingface.co/datasets/geshang/Pix2Cap-COCO",
    licence="Apache-2.0; the photos are COCO's",
    images=_images,
)
