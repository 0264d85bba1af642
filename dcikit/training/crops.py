"""The crops of photos as a model sees them, each photo decoded once for all of them, kept on disk."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pyarrow as pa
import torch
import transformers
from huggingface_hub.constants import HF_HOME
from PIL import Image
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from dcikit.encoders.preprocessor import Pixels, Preprocessor
from dcikit.engine.photo import open_photo
from dcikit.files.whole_file import write_whole

from .arrow_rows import photo_row

MAX_BYTES = 16 * 2**30
"""Size of the folder; once it is full of crops that are in use, further photos are decoded anew in every epoch."""

RECENT = 4
"""Photos whose crops stay in memory."""

_COUNTED = 256
"""Saved photos after which the folder is measured again."""

Box = Sequence[int]


class Crops:
    """Crops of photos, resized; what cannot be kept is made again.

    Resized crops are bytes, a quarter of what the model reads: rescaling and normalizing takes next to no time.

    Args:
        preprocessor: of the model.
        folder: where they are kept, also for later runs; None: `HF_HOME/dci/crops`.
    """

    def __init__(self, preprocessor: Preprocessor, folder: Path | None = None) -> None:
        self.preprocessor = preprocessor
        settings = [str(preprocessor.image_processor), version("pillow"), version("transformers")]
        name = hashlib.sha256(json.dumps(settings).encode()).hexdigest()[:32]
        self.folder = (folder or Path(HF_HOME) / "dci" / "crops") / name
        self.folder.mkdir(parents=True, exist_ok=True)
        os.utime(self.folder)
        self._recent: OrderedDict[str, dict[str, Tensor]] = OrderedDict()
        self._bytes = self._saved = 0
        self._full = False

    def pixels(self, name: str, photo: Callable[[], Image.Image], boxes: Sequence[Box], place: int) -> Pixels:
        """What the model sees of one crop.

        Args:
            name: changes whenever the photo or the boxes do.
            photo: opens the photo, if its crops are not kept.
            boxes: all crop boxes of the photo.
            place: which of them.

        Raises:
            ValueError: if the photo is missing or cannot be decoded.
        """
        kept = self._kept(name, place)
        if kept is None:
            made = self._recent.get(name) or self._make(name, photo(), boxes)
            kept = {key: crops[place] for key, crops in made.items()}
        return self._normalized(kept)

    def _kept(self, name: str, place: int) -> Pixels | None:
        if name in self._recent:
            return None
        try:
            with safe_open(self.folder / name, framework="pt") as file:
                return {key: file.get_slice(key)[place] for key in file.keys()}  # noqa: SIM118 - it is no dict
        except (OSError, SafetensorError):
            return None

    def _make(self, name: str, photo: Image.Image, boxes: Sequence[Box]) -> dict[str, Tensor]:
        resized = [self._resized(photo.crop(_corners(box))) for box in boxes]
        crops = {key: torch.stack([each[key] for each in resized]) for key in resized[0]}
        size = sum(each.nbytes for each in crops.values())
        if not (self._has_room(size) and self._save(name, crops)):
            self._recent[name] = crops
            while len(self._recent) > RECENT:
                self._recent.popitem(last=False)
        return crops

    def _has_room(self, size: int) -> bool:
        """Whether so many bytes can be kept; makes room where another model's crops are."""
        if self._saved % _COUNTED == 0:  # other processes save crops, too
            self._bytes = sum(_size(folder) for folder in self.folder.parent.iterdir())
        if not self._full and self._bytes + size > MAX_BYTES:
            for other in self.folder.parent.iterdir():
                if other != self.folder:
                    shutil.rmtree(other, ignore_errors=True)
            self._bytes = _size(self.folder)
            self._full = self._bytes + size > MAX_BYTES
        return not self._full

    def _save(self, name: str, crops: dict[str, Tensor]) -> bool:
        data = save(crops)
        try:
            write_whole(self.folder / name, data)
        except OSError:  # a full disk is no reason to stop
            return False
        self._bytes += len(data)
        self._saved += 1
        return True

    def _resized(self, crop: Image.Image) -> Pixels:
        process = self.preprocessor.image_processor
        inputs = process(images=crop, return_tensors="pt", do_rescale=False, do_normalize=False)
        return {"pixel_values": inputs["pixel_values"][0]}

    def _normalized(self, resized: Pixels) -> Pixels:
        process = self.preprocessor.image_processor
        image = resized["pixel_values"].numpy()
        steps = {"do_resize": False, "do_center_crop": False, "do_convert_rgb": False}
        inputs = process(images=image, return_tensors="pt", input_data_format="channels_first", **steps)
        return {"pixel_values": inputs["pixel_values"][0]}


def clip_preprocessor() -> Preprocessor:
    """CLIP ViT-B/32's eye for crops, which is the default of transformers; it reads no texts."""
    pillow = getattr(transformers, "CLIPImageProcessorPil", None) or transformers.CLIPImageProcessor
    return Preprocessor(pillow(), tokenizer=None, context=77)


class RowCrops:
    """The crops of the rows of one dataset.

    Args:
        crops: where they are kept.
    """

    def __init__(self, crops: Crops) -> None:
        self._crops = crops
        self._names: dict[int, str] = {}

    def pixels(self, number: int, row: pa.Table, boxes: Sequence[Box], place: int) -> Pixels:
        """What the model sees of one crop of a row.

        Args:
            number: of the row, to know its photo again.
            row: one, as Arrow.
            boxes: all crop boxes of the photo.
            place: which of them.

        Raises:
            ValueError: if the photo is missing or cannot be decoded.
        """
        if number not in self._names:
            self._names[number] = _name(photo_row(row), boxes)
        return self._crops.pixels(self._names[number], lambda: open_photo(photo_row(row)), boxes, place)


def _name(row: Mapping[str, Any], boxes: Sequence[Box]) -> str:
    """A name that changes whenever the photo of a row or the boxes do."""
    image = row.get("image") or {}
    photo: Any = row["image_id"]
    if image.get("bytes") is not None:
        photo = hashlib.sha256(image["bytes"]).hexdigest()
    elif image.get("path") and Path(image["path"]).is_file():
        status = Path(image["path"]).stat()
        photo = [image["path"], status.st_size, status.st_mtime_ns]
    identity = json.dumps([photo, [list(box) for box in boxes]])
    return hashlib.sha256(identity.encode()).hexdigest()[:32] + ".safetensors"


def _size(folder: Path) -> int:
    size = 0
    for file in folder.glob("*"):
        with suppress(OSError):  # another process has renamed it
            size += file.stat().st_size
    return size


def _corners(box: Box) -> tuple[int, int, int, int]:
    left, upper, right, lower = box
    return left, upper, right, lower
