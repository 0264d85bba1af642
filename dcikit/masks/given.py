"""Masks that another tool made: COCO's JSON, label images, folders of masks. None of it is trusted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import numpy as np
from PIL import Image

from dcikit.files.images import ImageError, opened_image
from dcikit.files.json_node import Node, load_json
from dcikit.files.json_values import identifier, number, text
from dcikit.files.safe_names import is_plain_name
from dcikit.schema.errors import DataError

from .bit_mask import BitMask
from .photos import PhotoFile
from .proposals import Proposals
from .rle import decode_rle

_LEVELS = ("1", "L", "P", "I", "I;16")
"""Modes of an image with one number a pixel."""

_OTHER_PHOTO = "give the masks that were made for this photo"


class GivenMasks(Protocol):
    """Where masks come from; `described` is what the settings say of it."""

    described: str

    def masks(self, photo: PhotoFile, image: Image.Image) -> Proposals:
        """The masks of a photo, scored 1 where the file says nothing.

        Raises:
            DataError: a defect.
        """
        ...


def open_masks(path: Path) -> GivenMasks:
    """Opens a COCO file (annotations with RLE), or a folder that has, for each photo NAME.jpg, one of NAME.json (a list
    `annotations` as in COCO or SA-1B), NAME.png (a label image: each number but 0 is a mask) and NAME/ (images whose
    pixels other than 0 are a mask).

    Raises:
        DataError: if it is neither, or the file cannot be read.
    """
    if path.is_dir():
        return _Folder(path)
    return _Coco(path)


class _Coco:
    def __init__(self, path: Path) -> None:
        self.described = path.name
        self._path = path
        document = _load(path)
        self._ids: dict[str, str] = {}
        self._annotations: dict[str, list[Node]] = {}
        for image in document["images"].items():
            name = image.get("file_name", text)
            if not is_plain_name(name):
                raise image.error(f"{name!r} is not a plain file name", "name the photo alone", "file_name")
            if name in self._ids:
                raise image.error(f"{name} is there twice", "remove one of them", "file_name")
            self._ids[name] = image.get("id", identifier)
        for annotation in document["annotations"].items():
            self._annotations.setdefault(annotation.get("image_id", identifier), []).append(annotation)

    def masks(self, photo: PhotoFile, image: Image.Image) -> Proposals:
        if photo.name not in self._ids:
            raise _defect(self._path, f"has no image {photo.name}", "add it to `images`, or take the photo away")
        return _decoded(self._annotations.get(self._ids[photo.name], []), image.size)


class _Folder:
    def __init__(self, path: Path) -> None:
        self.described = path.name
        self._path = path

    def masks(self, photo: PhotoFile, image: Image.Image) -> Proposals:
        file, label, folder = (self._path / f"{photo.stem}{suffix}" for suffix in (".json", ".png", ""))
        there = [path for path in (file, label, folder) if path.exists() or path.is_symlink()]
        if len(there) != 1:
            found = ", ".join(path.name for path in there) or "nothing"
            raise _defect(self._path, f"has {found} for {photo.name}", "give one of .json, .png and a folder")
        if there[0].is_symlink():
            raise _defect(there[0], "is a link", "put the file itself there")
        if there[0] == file:
            return _decoded(_load(file)["annotations"].items(), image.size)
        masks = list(_labels(label, image.size) if there[0] == label else _files(folder, image.size))
        return Proposals(masks, [1.0] * len(masks))


def _load(path: Path) -> Node:
    return load_json(path, "give the JSON that the tool wrote")


def _defect(path: Path, problem: str, remedy: str) -> DataError:
    return DataError(str(path), "", problem, remedy)


def _decoded(annotations: list[Node], size: tuple[int, int]) -> Proposals:
    proposals = Proposals([], [])
    for annotation in annotations:
        try:
            mask = decode_rle(annotation["segmentation"].value, size)
        except DataError:
            raise
        except ValueError as error:
            raise annotation.error(str(error), _OTHER_PHOTO, "segmentation") from None
        proposals.masks.append(BitMask.pack(mask))
        proposals.scores.append(_score(annotation))
    return proposals


def _score(annotation: Node) -> float:
    """SAM's own numbers where they are there, as in SA-1B; else `score`, else 1."""
    pred_iou, stability = (annotation.find(name, number) for name in ("predicted_iou", "stability_score"))
    if pred_iou is not None and stability is not None:
        return pred_iou * stability**2
    score = annotation.find("score", number)
    return 1.0 if score is None else score


def _labels(path: Path, size: tuple[int, int]) -> Iterator[BitMask]:
    from scipy import ndimage

    levels, numbers = np.unique(_levels(path, size), return_inverse=True)
    numbers = numbers.reshape(size[::-1]) + 1
    for index, (rows, columns) in enumerate(ndimage.find_objects(numbers)):
        if levels[index] != 0:
            shift = columns.start % 64
            mask = np.pad(numbers[rows, columns] == index + 1, ((0, 0), (shift, 0)))
            yield BitMask.pack(mask, (columns.start - shift, rows.start), size)


def _files(folder: Path, size: tuple[int, int]) -> Iterator[BitMask]:
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            continue
        if path.is_symlink():
            raise _defect(path, "is a link", "put the file itself there")
        yield BitMask.pack(_levels(path, size) != 0)


def _levels(path: Path, size: tuple[int, int]) -> np.ndarray:
    """The (H, W) numbers of an image with one number a pixel; its size is looked at before it is decoded."""
    try:
        with opened_image(path) as image:
            if image.size != size:
                found = f"is {image.width}x{image.height}, but the photo is {size[0]}x{size[1]}"
                raise _defect(path, found, _OTHER_PHOTO)
            if image.mode not in _LEVELS:
                raise _defect(path, f"has the mode {image.mode}", "save it with one number a pixel, such as mode L")
            return np.asarray(image)
    except ImageError as error:
        raise _defect(path, str(error), "put the whole file there") from None
    except OSError as error:
        raise _defect(path, f"is not a readable image: {error.strerror}", "put the whole file there") from None
