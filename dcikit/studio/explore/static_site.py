"""The same page as a folder of files that any web server serves: it reads JSON files instead of the API."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from dcikit.data.record import Record
from dcikit.files.whole_file import whole_folder
from dcikit.schema.errors import ArgumentError, DataError

from ..answers import json_bytes
from ..app import ASSETS
from .collection import Collection
from .document import image_document, masks_document
from .index import regions_of
from .media import THUMBNAIL, shown_photo, small_photo
from .routes import explore_page

MOST_IMAGES = 1000
"""Images of a site: its texts are searched in the browser, which reads all of them."""

_ASSETS = ("base.css", "dom.js", "fetch_json.js", "icon.svg", "theme.js", "explore")
_ENDINGS = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "image/gif": "gif", "image/bmp": "bmp"}

Doc = dict[str, Any]


def write_site(collection: Collection, out: Path) -> Iterator[str]:
    """Writes the site, whole or not at all; files are called by the place of their image, whatever its id.

    Args:
        out: the folder to make.

    Yields:
        The id of each image that is written.

    Raises:
        ArgumentError: if `out` exists, or there are more than `MOST_IMAGES`.
    """
    images = list(collection.splits)
    if len(images) > MOST_IMAGES:
        raise ArgumentError(f"`limit` must be at most {MOST_IMAGES:,} for a site, got {len(images):,} images; give one")
    if out.exists():
        raise ArgumentError(f"`export` must be a folder that does not exist, {out} does; give another name")
    with whole_folder(out) as unfinished:
        yield from _fill(unfinished, collection, images)


def _fill(folder: Path, collection: Collection, images: Iterable[str]) -> Iterator[str]:
    for part in ("images", "masks", "photos", "thumbnails"):
        (folder / "data" / part).mkdir(parents=True)
    for name in _ASSETS:
        copy = shutil.copytree if (ASSETS / name).is_dir() else shutil.copyfile
        (folder / "assets").mkdir(exist_ok=True)
        copy(ASSETS / name, folder / "assets" / name)
    (folder / "index.html").write_text(explore_page(collection, "static"), encoding="utf-8")
    (folder / ".nojekyll").touch()  # GitHub Pages would leave files out
    rows, texts = [], []
    for place, image_id in enumerate(images):
        record, defects = collection.examine(image_id)
        document = json_bytes(image_document(image_id, collection.splits[image_id], record, defects))
        (folder / "data" / "images" / f"{place}.json").write_bytes(document)
        (folder / "data" / "masks" / f"{place}.json").write_bytes(json_bytes(masks_document(record)))
        photo = _write_photo(folder / "data", place, collection, image_id)
        facts = {"caption": record.short_caption if record else "", "masks": len(record.masks) if record else 0}
        row = {"image_id": image_id, "split": collection.splits[image_id], **facts, "defects": len(defects)}
        rows.append(row | {"photo": photo})
        texts.append(_texts(record))
        yield image_id
    (folder / "data" / "list.json").write_bytes(json_bytes(rows))
    (folder / "data" / "texts.json").write_bytes(json_bytes(texts))


def _write_photo(folder: Path, place: int, collection: Collection, image_id: str) -> str | None:
    """Writes photo and thumbnail; the photo's file name, None if it cannot be shown."""
    try:
        data = collection.photo(image_id)
        shown, media_type = shown_photo(data, image_id)
        (folder / "thumbnails" / f"{place}.jpg").write_bytes(small_photo(data, image_id, THUMBNAIL))
    except DataError:  # the page says so
        return None
    name = f"{place}.{_ENDINGS[media_type]}"
    (folder / "photos" / name).write_bytes(shown)
    return name


def _texts(record: Record | None) -> list[Doc]:
    """What its regions are found by."""
    return [facts._asdict() | {"texts": list(texts)} for facts, texts in regions_of(record)]
