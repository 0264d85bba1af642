"""Photos with captions, as a file of somebody else's lists them -> rows of config `sdci`.

An image is one region, the whole of it; its negatives are whatever the caller makes of its captions.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import datasets

from dcikit.files.annotation_file import defect
from dcikit.files.images import ImageError, opened_image
from dcikit.schema.features import SDCI

_SHOWN = 20
"""Missing files that an error names."""

MakeNegatives = Callable[[Sequence[str], str], dict[str, list[str]]]
"""Captions and image id -> negatives by kind, all three kinds named."""


@dataclass
class CaptionedImage:
    """An image as an annotation file names it.

    Attributes:
        image_id: unique in the file.
        file_name: of the image, inside the folder of images.
        key: where the annotation file names it, for errors.
        listed_in: that file.
        size: (width, height) pixels; None: what the image's header says.
        captions: in the order of the file.
    """

    image_id: str
    file_name: str
    key: str
    listed_in: Path
    size: tuple[int, int] | None = None
    captions: list[str] = field(default_factory=list)

    def add(self, caption: str) -> None:
        """Takes a caption, stripped; one that is then empty is none."""
        if stripped := caption.strip():
            self.captions.append(stripped)

    def check_file_name(self, file_name: str, path: Path, key: str) -> None:
        """Raises ValueError if the image has another file name at `key` of `path`."""
        if self.file_name != file_name:
            problem = f"{self.image_id} is {file_name} here, but {self.file_name} at `{self.key}` of {self.listed_in}"
            raise defect(path, key, problem, "give the files of one dataset at a time")


@dataclass(frozen=True)
class CaptionRows:
    """Rows of config `sdci`, and what came to none.

    Attributes:
        dataset: a row for each image with a caption and a file, in order.
        skipped: reason -> images with a caption that have no row.
    """

    dataset: datasets.Dataset
    skipped: dict[str, int]


def read_captions(
    annotations: Path | Sequence[Path],
    images: Path,
    add: Callable[[dict[str, CaptionedImage], Path], None],
    negatives: MakeNegatives | None = None,
) -> CaptionRows:
    """Rows of one file, or of several read one after another; see `caption_rows`.

    Args:
        add: adds the images and captions of a file to those of the files before it, by image id.
    """
    paths = [annotations] if isinstance(annotations, Path) else list(annotations)
    captioned: dict[str, CaptionedImage] = {}
    for path in paths:
        add(captioned, path)
    return caption_rows(paths[0], images, captioned.values(), negatives)


def caption_rows(
    annotations: Path, images: Path, captioned: Iterable[CaptionedImage], negatives: MakeNegatives | None = None
) -> CaptionRows:
    """Rows of the images that have a caption and a file. They name the photos' files: nothing is decoded or copied.

    Args:
        annotations: where the images are listed, for errors; the first of several files.
        images: the folder of their files.
        negatives: makes those of an image; None: rows have none.

    Raises:
        ValueError: if no image has a caption, none has a file, one is outside the folder, or its size cannot be read.
    """
    if not images.is_dir():
        raise defect(images, "", "is not a folder", f"give the one with the images of {annotations}")
    folder = images.absolute()
    root = Path(os.path.realpath(folder))
    told = [image for image in captioned if image.captions]
    if not told:
        raise defect(annotations, "", "no image has a caption", "give a file of captions")
    for image in told:
        if not _is_inside(root, folder, image.file_name):
            problem = f"{image.file_name!r} leaves {folder}"
            raise defect(image.listed_in, image.key, problem, "name a file inside the folder")
    kept = [image for image in told if os.path.isfile(folder / image.file_name)]
    if not kept:
        names = ", ".join(image.file_name for image in told[:_SHOWN]) + (", ..." if told[_SHOWN:] else "")
        problem = f"none of its {len(told)} images is in {folder}: {names}"
        raise defect(told[0].listed_in, told[0].key, problem, "put them there, or give the folder that has them")
    rows = [_row(image, folder / image.file_name, negatives) for image in kept]
    skipped = {f"images without a file in {images}": len(told) - len(kept)} if told[len(kept) :] else {}
    return CaptionRows(datasets.Dataset.from_list(rows, features=SDCI), skipped)


def _row(image: CaptionedImage, path: Path, make: MakeNegatives | None) -> dict[str, Any]:
    negatives = make(image.captions, image.image_id) if make else None
    return caption_row(image.image_id, image.file_name, path, image.size or photo_size(path), image.captions, negatives)


def caption_row(
    image_id: str,
    file_name: str,
    path: Path,
    size: tuple[int, int],
    captions: list[str],
    negatives: dict[str, list[str]] | None = None,
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
                "negatives": negatives or {"basic": [], "layout": [], "swaps": []},
                "clip_scores": None,
                "mask": None,
            }
        ],
        "excluded": [],
    }


def photo_size(path: Path) -> tuple[int, int]:
    """(width, height) pixels of an image file by its header; like the protocol, it ignores EXIF orientation.

    Raises:
        ValueError: if it is no image.
    """
    try:
        with opened_image(path) as image:
            return image.size
    except (OSError, ImageError) as error:
        raise defect(path, "", f"cannot be read as an image: {error}", "put the image there again") from None


def _is_inside(root: Path, folder: Path, name: str) -> bool:
    """Whether a file, links followed, is below `root`. A backslash would separate folders on Windows alone."""
    return "\\" not in name and "\0" not in name and Path(os.path.realpath(folder / name)).is_relative_to(root)
