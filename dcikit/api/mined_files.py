"""Mined pairs on disk: COCO captions, and the crops that they name."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

from dcikit.captions.mining import MinedPair
from dcikit.encoders.encoder import Encoder
from dcikit.engine.items import Item
from dcikit.engine.photo import open_photo
from dcikit.files.safe_names import is_plain_name
from dcikit.files.whole_file import whole_file, write_whole
from dcikit.schema.errors import DataError

from .source import Source

CAPTIONS = "captions.json"
IMAGES = "images"
"""What a folder of pairs has: COCO captions, and their crops where they are not files already."""

_QUALITY = 95
"""Of JPEG."""


def write_crops(items: Sequence[Item], source: Source, folder: Path, done: Callable[[int], None]) -> None:
    """Writes each crop as a JPEG; one that is there already stays.

    Raises:
        DataError: if the id of an image cannot be a file's name.
    """
    folder.mkdir(parents=True, exist_ok=True)
    places = {image_id: place for place, image_id in enumerate(source.ids)}
    readers = list(source.readers())
    image_id, photo = None, None
    for item in items:
        path = folder / crop_name(item)
        if not path.exists():
            if photo is None or item.image_id != image_id:  # those of an image come one after another
                image_id, photo = item.image_id, open_photo(readers[places[item.image_id]]())
            with whole_file(path) as temporary:
                (photo.crop(item.box) if item.box else photo).save(temporary, "JPEG", quality=_QUALITY)
        done(1)


def crop_name(item: Item) -> str:
    """The file of a crop.

    Raises:
        DataError: if the id of its image cannot be part of a file's name.
    """
    name = f"{item.image_id}_{item.key}.jpg"
    if not is_plain_name(name):
        raise DataError(
            str(item), "image_id", f"{item.image_id!r} cannot be a file's name", "give the image another id"
        )
    return name


def write_captions(
    folder: Path,
    pairs: Sequence[tuple[Item, str, MinedPair]],
    encoder: Encoder,
    neighbours: int,
    margin: float,
    *,
    crops: bool,
) -> None:
    """Writes crops with their sentences as COCO captions, each with its margin and cosine.

    Args:
        folder: is made, if it is not there.
        crops: whether their files are those of `write_crops`; else they are the photos themselves.
    """
    folder.mkdir(parents=True, exist_ok=True)
    model = {"model": encoder.name, "weights_sha256": encoder.weights_hash}
    info = {"description": "mined by dci mine", **model, "neighbours": neighbours, "margin": margin}
    images, annotations = [], []
    for number, (item, text, pair) in enumerate(pairs, 1):
        images.append({"id": number, "file_name": crop_name(item) if crops else item.image_id})
        about = {"caption": text, "margin": pair.margin, "cosine": pair.cosine}
        annotations.append({"id": number, "image_id": number, **about})
    document = {"info": info, "images": images, "annotations": annotations}
    write_whole(folder / CAPTIONS, json.dumps(document, indent=1).encode())
