"""Localized Narratives (google.github.io/localized-narratives): their texts, without the mouse traces."""

from __future__ import annotations

from pathlib import Path

import datasets

from dcikit.files.annotation_file import defect, member, open_annotations, parse_json

from .caption_rows import CaptionedImage, caption_dataset


def localized_narratives(annotations: Path, images: Path) -> datasets.Dataset:
    """Images with their narratives, such as `open_images_train_v6_localized_narratives-00000-of-00010.jsonl`.

    Args:
        annotations: JSON Lines with `dataset_id`, `image_id` and `caption`; other keys are not read.
        images: the folder of the images, `<image_id>.jpg`; those of COCO (`mscoco_...`) with 12 digits.

    Returns:
        Rows of config `sdci` in the order in which images first come: each is one region, the whole of it, with all
        its narratives as captions.

    Raises:
        ValueError: if the annotations are not as above, or a file is missing or outside the folder.
    """
    captioned: dict[str, CaptionedImage] = {}
    with open_annotations(annotations) as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            key = f"line {number}"
            narrative = parse_json(line, annotations, key)
            image_id = str(member(narrative, "image_id", "an id", annotations, key))
            file_name = _file_name(member(narrative, "dataset_id", "text", annotations, key), image_id)
            image = captioned.setdefault(image_id, CaptionedImage(image_id, file_name, f"{key}.image_id"))
            if image.file_name != file_name:
                problem = f"{image_id} is {file_name} here, but {image.file_name} at `{image.key}`"
                raise defect(annotations, f"{key}.image_id", problem, "give the file of one dataset at a time")
            image.add(member(narrative, "caption", "text", annotations, key))
    return caption_dataset(annotations, images, captioned.values())


def _file_name(dataset_id: str, image_id: str) -> str:
    return f"{image_id.zfill(12) if dataset_id.startswith('mscoco') else image_id}.jpg"
