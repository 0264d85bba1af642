"""The maps of grounding as files: a small grey PNG a region, `FOLDER/IMAGE/KEY.png`, and `maps.json` beside them.

A map has a pixel for each patch of the frame, the middle square of the photo (docs/protocol.md §13).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import numpy as np
from PIL import Image
from pydantic import ValidationError

from dcikit.files.images import MASK_FORMATS, ImageError, opened_image
from dcikit.files.regular_file import read_regular
from dcikit.files.safe_names import is_plain_name
from dcikit.files.whole_file import whole_folder
from dcikit.schema.errors import ArgumentError, DataError
from dcikit.schema.results import Results
from dcikit.schema.score import Section

from .labels import model_label

HEADER = "maps.json"

FRAME = "the middle square of the photo"
SCALE = "16-bit grey: p stands for the cosine 2 p / 65535 - 1"

_WHITE = 65535
_PATCHES = 512
"""Patches of a side of a map that is read."""
_BYTES = 2**24
_REMEDY = "write them again with `dci eval --task grounding --log-maps`"


class MapsHeader(Section):
    """What `maps.json` says."""

    dci_maps: Literal[1]
    """Version of this layout."""
    frame: str
    """What a map covers, evenly: of W x H pixels the side min(W, H) from ((W - side) // 2, (H - side) // 2)."""
    scale: str
    """What a pixel stands for."""
    results: Results
    """Model, patch method, protocol and fingerprint: the results document without its scores."""


class MapWriter:
    """Writes maps into a folder as they come; see `map_writer`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def add(self, image_id: str, key: str, scores: np.ndarray) -> None:
        """Takes the map of a region's caption.

        Args:
            scores: (h, w) cosines, rows from the top.

        Raises:
            DataError: if image or region have a name that no file can have.
        """
        if not is_plain_name(image_id) or not is_plain_name(key):
            problem = "its name cannot be that of a file"
            raise DataError(f"image {image_id} region {key}", "", problem, "leave out `log_maps`, or rename it")
        levels = np.rint((scores.clip(-1, 1) + 1) / 2 * _WHITE).astype(np.uint16)
        path = self.folder / image_id / f"{key}.png"
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(levels).save(path)

    def finish(self, results: Results) -> None:
        """Says what they are maps of; all but the scores of `results` is kept."""
        header = MapsHeader(dci_maps=1, frame=FRAME, scale=SCALE, results=results.model_copy(update={"scores": {}}))
        (self.folder / HEADER).write_text(header.model_dump_json(indent=2) + "\n", encoding="utf-8")


@contextmanager
def map_writer(folder: Path) -> Iterator[MapWriter]:
    """A writer of maps; `folder`, which must not exist, is there at the end, whole; after an error it is not."""
    with whole_folder(folder) as unfinished:
        yield MapWriter(unfinished)


class Maps:
    """A folder of maps.

    Attributes:
        model: model and patch method, short.

    Raises:
        ArgumentError: if there is no such folder.
        DataError: if it has no maps of this version.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        found = _header(folder).results.model
        self.model = ", ".join(filter(None, (model_label(found), found.patch_method)))

    def read(self, image_id: str, key: str) -> bytes | None:
        """The file of a region's map; None: it has none.

        Raises:
            DataError: if it cannot be read, or leads out of the folder.
        """
        if not is_plain_name(image_id) or not is_plain_name(key):
            return None
        path = self.folder / image_id / f"{key}.png"
        try:
            if not path.exists():
                return None
            if not path.resolve().is_relative_to(self.folder.resolve()):
                raise DataError(str(path), "", "is a link that leaves its folder", "put the file itself there")
            return read_regular(path, _BYTES)
        except OSError as error:
            raise DataError(str(path), "", f"cannot be read: {error.strerror}", _REMEDY) from None


def cosines(data: bytes, name: str) -> list[list[float]]:
    """The cosines of a map's file, rows from the top.

    Args:
        name: what an error calls it.

    Raises:
        DataError: if it is no 16-bit grey PNG of at most 512x512 patches.
    """
    try:
        with opened_image(data, MASK_FORMATS) as image:
            width, height = image.size
            if not image.mode.startswith("I") or max(width, height) > _PATCHES:
                raise ImageError(f"is no 16-bit grey PNG of at most {_PATCHES}x{_PATCHES} patches")
            levels = np.asarray(image).astype(np.float64)
    except ImageError as error:
        raise DataError(name, "", str(error), _REMEDY) from None
    found: list[list[float]] = (levels * 2 / _WHITE - 1).round(5).tolist()
    return found


def _header(folder: Path) -> MapsHeader:
    if not folder.is_dir():
        raise ArgumentError(f"`maps` must be a folder of `dci eval --log-maps`, {folder} is none")
    path = folder / HEADER
    try:
        return MapsHeader.model_validate_json(read_regular(path, _BYTES))
    except OSError as error:
        raise DataError(str(path), "", f"cannot be read: {error.strerror}", _REMEDY) from None
    except ValidationError as error:
        first: Any = error.errors(include_url=False)[0]
        raise DataError(str(path), ".".join(map(str, first["loc"])), f"is wrong: {first['msg']}", _REMEDY) from None
