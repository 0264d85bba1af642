"""COCO captions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import datasets

from dcikit.files.annotation_file import defect, member, open_annotations, parse_json

from .caption_rows import CaptionedImage, caption_dataset


def coco_captions(annotations: Path, images: Path) -> datasets.Dataset:
    """Images with their captions, such as `annotations/captions_train2017.json` with `train2017/`.

    Args:
        annotations: JSON with `images` (`id`, `file_name`, and `width` and `height` unless the files are to be asked)
            and `annotations` (`image_id`, `caption`).
        images: the folder that the file names are relative to.

    Returns:
        Rows of config `sdci` in the order of `images`: each image with a caption is one region, the whole of it.

    Raises:
        ValueError: if the annotations are not as above, or a file is missing or outside the folder.
    """
    with open_annotations(annotations) as file:
        document = parse_json(file.read(), annotations)
    captioned: dict[str, CaptionedImage] = {}
    for place, image in enumerate(member(document, "images", "a list", annotations)):
        key = f"images.{place}"
        image_id = str(member(image, "id", "an id", annotations, key))
        if image_id in captioned:
            raise defect(annotations, f"{key}.id", f"two images have the id {image_id}", "take one of them out")
        file_name = member(image, "file_name", "text", annotations, key)
        captioned[image_id] = CaptionedImage(image_id, file_name, f"{key}.file_name", _size(image, annotations, key))
    for place, caption in enumerate(member(document, "annotations", "a list", annotations)):
        key = f"annotations.{place}"
        image_id = str(member(caption, "image_id", "an id", annotations, key))
        if image_id not in captioned:
            raise defect(annotations, f"{key}.image_id", f"`images` has no id {image_id}", "add the image")
        captioned[image_id].add(member(caption, "caption", "text", annotations, key))
    return caption_dataset(annotations, images, captioned.values())


def _size(image: dict[str, Any], annotations: Path, key: str) -> tuple[int, int] | None:
    if image.get("width") is None or image.get("height") is None:
        return None
    return member(image, "width", "pixels", annotations, key), member(image, "height", "pixels", annotations, key)
