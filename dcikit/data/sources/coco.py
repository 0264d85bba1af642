"""COCO captions."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dcikit.files.annotation_file import defect, member, open_annotations, parse_json

from .caption_rows import CaptionedImage, CaptionRows, MakeNegatives, read_captions


def coco_captions(
    annotations: Path | Sequence[Path], images: Path, negatives: MakeNegatives | None = None
) -> CaptionRows:
    """Images with their captions, such as `annotations/captions_train2017.json` with `train2017/`.

    Args:
        annotations: JSON with `images` (`id`, `file_name`, and `width` and `height` unless the files are to be asked)
            and `annotations` (`image_id`, `caption`); of several files, an image may be in more than one.
        images: the folder that the file names are relative to.
        negatives: makes those of an image of its captions; None: rows have none.

    Returns:
        Rows of config `sdci` in the order of `images`: each image with a caption is one region, the whole of it.

    Raises:
        ValueError: if the annotations are not as above, no file is there, or one is outside the folder.
    """
    return read_captions(annotations, images, _add, negatives)


def _add(captioned: dict[str, CaptionedImage], path: Path) -> None:
    """Adds the images and captions of one file."""
    with open_annotations(path) as file:
        document = parse_json(file.read(), path)
    here = set()
    for place, image in enumerate(member(document, "images", "a list", path)):
        key = f"images.{place}"
        image_id = str(member(image, "id", "an id", path, key))
        if image_id in here:
            raise defect(path, f"{key}.id", f"two images have the id {image_id}", "take one of them out")
        here.add(image_id)
        file_name = member(image, "file_name", "text", path, key)
        size = _size(image, path, key)
        known = captioned.setdefault(image_id, CaptionedImage(image_id, file_name, f"{key}.file_name", path, size))
        known.check_file_name(file_name, path, f"{key}.id")
    for place, caption in enumerate(member(document, "annotations", "a list", path)):
        key = f"annotations.{place}"
        image_id = str(member(caption, "image_id", "an id", path, key))
        if image_id not in captioned:
            raise defect(path, f"{key}.image_id", f"`images` has no id {image_id}", "add the image")
        captioned[image_id].add(member(caption, "caption", "text", path, key))


def _size(image: dict[str, Any], annotations: Path, key: str) -> tuple[int, int] | None:
    if image.get("width") is None or image.get("height") is None:
        return None
    return member(image, "width", "pixels", annotations, key), member(image, "height", "pixels", annotations, key)
