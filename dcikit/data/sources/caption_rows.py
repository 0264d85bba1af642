"""Photos with captions, as a file of somebody else's lists them -> rows of config `sdci`.

An image is one region, the whole of it, without negatives.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import datasets
import PIL.Image
from datasets import Features, Value

from dcikit.files.annotation_file import defect

_STRING = Value("string")
_STRINGS = [_STRING]
_BOX = [Value("int32")]
_SCORES = [Value("float64")]

FEATURES = Features(
    {
        "image_id": _STRING,
        "file_name": _STRING,
        "image": datasets.Image(),
        "width": Value("int32"),
        "height": Value("int32"),
        "regions": [
            {
                "key": _STRING,
                "mask_id": _STRING,
                "label": _STRING,
                "bbox": _BOX,
                "crop_box": _BOX,
                "captions": _STRINGS,
                "negatives": {"basic": _STRINGS, "layout": _STRINGS, "swaps": _STRINGS},
                "clip_scores": {"caption": Value("float64"), "basic": _SCORES, "layout": _SCORES, "swaps": _SCORES},
                "mask": datasets.Image(),
            }
        ],
    }
)
"""Those of config `sdci`, so that its rows and these can be trained on together."""

_SHOWN = 20
"""Missing files that an error names."""


@dataclass
class CaptionedImage:
    """An image as an annotation file names it.

    Attributes:
        image_id: unique in the file.
        file_name: of the image, inside the folder of images.
        key: where the annotation file names it, for errors.
        size: (width, height) pixels; None: what the image's header says.
        captions: in the order of the file.
    """

    image_id: str
    file_name: str
    key: str
    size: tuple[int, int] | None = None
    captions: list[str] = field(default_factory=list)

    def add(self, caption: str) -> None:
        """Takes a caption, stripped; one that is then empty is none."""
        if stripped := caption.strip():
            self.captions.append(stripped)


def caption_dataset(annotations: Path, images: Path, captioned: Iterable[CaptionedImage]) -> datasets.Dataset:
    """Rows of the images that have a caption, in order. They name the photos' files: nothing is decoded or copied.

    Args:
        annotations: where the images are listed, for errors.
        images: the folder of their files.

    Raises:
        ValueError: if no image has a caption, a file is missing or outside the folder, or its size cannot be read.
    """
    if not images.is_dir():
        raise defect(images, "", "is not a folder", f"give the one with the images of {annotations}")
    folder = images.absolute()
    root = Path(os.path.realpath(folder))
    kept = [image for image in captioned if image.captions]
    if not kept:
        raise defect(annotations, "", "no image has a caption", "give a file of captions")
    for image in kept:
        if not _is_inside(root, folder, image.file_name):
            problem = f"{image.file_name!r} leaves {folder}"
            raise defect(annotations, image.key, problem, "name a file inside the folder")
    missing = [image for image in kept if not os.path.isfile(folder / image.file_name)]
    if missing:
        names = ", ".join(image.file_name for image in missing[:_SHOWN]) + (", ..." if missing[_SHOWN:] else "")
        problem = f"{len(missing)} of {len(kept)} images are not in {folder}: {names}"
        raise defect(annotations, missing[0].key, problem, "put them there, or give the folder that has them")
    rows = [_row(image, folder / image.file_name) for image in kept]
    return datasets.Dataset.from_list(rows, features=FEATURES)


def _row(image: CaptionedImage, path: Path) -> dict[str, Any]:
    return caption_row(image.image_id, image.file_name, path, image.size or photo_size(path), image.captions)


def caption_row(
    image_id: str, file_name: str, path: Path, size: tuple[int, int], captions: list[str]
) -> dict[str, Any]:
    """A row of config `sdci`: the image at `path`, of `size` (width, height) pixels, as its only region."""
    width, height = size
    box = [0, 0, width, height]
    return {
        "image_id": image_id,
        "file_name": file_name,
        "image": {"bytes": None, "path": str(path)},
        "width": width,
        "height": height,
        "regions": [
            {
                "key": "base",
                "mask_id": None,
                "label": "",
                "bbox": box,
                "crop_box": box,
                "captions": captions,
                "negatives": {"basic": [], "layout": [], "swaps": []},
                "clip_scores": None,
                "mask": None,
            }
        ],
    }


def photo_size(path: Path) -> tuple[int, int]:
    """(width, height) pixels of an image file by its header; like the protocol, it ignores EXIF orientation.

    Raises:
        ValueError: if it is no image.
    """
    try:
        with PIL.Image.open(path) as image:
            return image.size
    except (OSError, SyntaxError, PIL.Image.DecompressionBombError) as error:
        raise defect(path, "", f"cannot be read as an image: {error}", "put the image there again") from None


def _is_inside(root: Path, folder: Path, name: str) -> bool:
    """Whether a file, links followed, is below `root`. A backslash would separate folders on Windows alone."""
    return "\\" not in name and "\0" not in name and Path(os.path.realpath(folder / name)).is_relative_to(root)
