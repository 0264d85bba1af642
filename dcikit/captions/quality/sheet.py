"""A page with random regions and their texts, for somebody to look at; one HTML file that needs nothing else."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from PIL import Image

from dcikit.data.record import Mask, Record
from dcikit.data.release import Release
from dcikit.files.images import ImageError, opened_image, rgb
from dcikit.schema.errors import DataError

from ..describe.views import region_view

REGIONS = 24

_SIDE = 480
_QUALITY = 80


@dataclass(frozen=True)
class Card:
    """A region on the page.

    Attributes:
        image_id, key: which.
        jpeg: the mask outlined in its surroundings, base64.
        share: of the image's pixels that are in the mask.
        label, caption: the annotators'.
        summary: the first of its short captions; empty without any.
    """

    image_id: str
    key: str
    jpeg: str
    share: float
    label: str
    caption: str
    summary: str


def region_sheet(release: Release, names: Sequence[str], seed: int) -> str:
    """A page with `REGIONS` random regions of as many random images, or all there are. Bad masks are not shown.

    Args:
        names: annotation files of `complete/`.

    Raises:
        DataError: if an image cannot be read.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    random = Random(seed)
    chosen = random.sample(list(names), min(REGIONS, len(names)))
    records = [release.read(name, summaries=True, photo=False) for name in chosen]
    regions = [
        (name, mask.key)
        for name, record in zip(chosen, records, strict=True)
        for mask in record.masks
        if mask.quality != "bad"
    ]
    shown = random.sample(regions, min(REGIONS, len(regions)))
    cards = [card for name in chosen for card in _cards(release, name, {key for of, key in shown if of == name})]
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    return environment.get_template("sheet.html").render(cards=cards, seed=seed)


def _cards(release: Release, name: str, keys: set[str]) -> list[Card]:
    if not keys:
        return []
    record = release.read(name, summaries=True)
    try:
        with opened_image(record.photo or b"") as opened:
            photo = rgb(opened)
    except ImageError as error:
        problem = f"cannot be decoded: {error}"
        raise DataError(f"photos/{record.file_name}", "", problem, "put the photo there again") from None
    return [_card(record, mask, photo) for mask in record.masks if mask.key in keys]


def _card(record: Record, mask: Mask, photo: Image.Image) -> Card:
    summaries = record.captions.get(mask.key, [])
    return Card(
        image_id=record.image_id,
        key=mask.key,
        jpeg=_small(region_view(photo, mask, "outline")),
        share=mask.area / (record.width * record.height),
        label=mask.label,
        caption=mask.caption,
        summary=summaries[0] if summaries else "",
    )


def _small(jpeg: bytes) -> str:
    file = io.BytesIO()
    with Image.open(io.BytesIO(jpeg)) as image:
        image.thumbnail((_SIDE, _SIDE), Image.Resampling.LANCZOS)
        image.save(file, "JPEG", quality=_QUALITY, subsampling=0)
    return base64.b64encode(file.getvalue()).decode("ascii")
