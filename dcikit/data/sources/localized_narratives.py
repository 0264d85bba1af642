"""Localized Narratives (google.github.io/localized-narratives): their texts, without the mouse traces."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from dcikit.files.annotation_file import member, open_annotations, parse_json

from .caption_rows import CaptionedImage, CaptionRows, MakeNegatives, read_captions


def localized_narratives(
    annotations: Path | Sequence[Path], images: Path, negatives: MakeNegatives | None = None
) -> CaptionRows:
    """Images with their narratives, such as `open_images_train_v6_localized_narratives-00000-of-00010.jsonl`.

    Args:
        annotations: JSON Lines with `dataset_id`, `image_id` and `caption`; other keys are not read. Several files are
            read one after another, as the shards of one.
        images: the folder of the images, `<image_id>.jpg`; those of COCO (`mscoco_...`) with 12 digits.
        negatives: makes those of an image of its narratives; None: rows have none.

    Returns:
        Rows of config `sdci` in the order in which images first come: each is one region, the whole of it, with all
        its narratives as captions.

    Raises:
        ValueError: if the annotations are not as above, no file is there, or one is outside the folder.
    """
    return read_captions(annotations, images, _add, negatives)


def _add(captioned: dict[str, CaptionedImage], path: Path) -> None:
    """Adds the narratives of one file."""
    with open_annotations(path) as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            key = f"line {number}"
            narrative = parse_json(line, path, key)
            image_id = str(member(narrative, "image_id", "an id", path, key))
            file_name = _file_name(member(narrative, "dataset_id", "text", path, key), image_id)
            image = captioned.setdefault(image_id, CaptionedImage(image_id, file_name, f"{key}.image_id", path))
            image.check_file_name(file_name, path, f"{key}.image_id")
            image.add(member(narrative, "caption", "text", path, key))


def _file_name(dataset_id: str, image_id: str) -> str:
    return f"{image_id.zfill(12) if dataset_id.startswith('mscoco') else image_id}.jpg"
