"""The images of DCI as a map-style dataset: one item is an image, its long caption and the first sentence of it."""

from __future__ import annotations

from typing import Any

from torch.utils.data import Dataset

from dcikit.engine.fingerprint import Fingerprint
from dcikit.schema.errors import ArgumentError
from dcikit.schema.regions import BASE
from dcikit.tasks.retrieval.protocols import protocol_text

from ..batches import Draw
from ..crops import Crops, RowCrops
from ..regions import Example

_COLUMNS = ("image_id", "width", "height", "short_caption", "extra_caption")


class LongTexts(Dataset[Example]):
    """The images of rows of config `dci`, each with two captions: the text of retrieval protocol `lotlip`
    (docs/protocol.md §6), by which long captions are scored, and its first sentence.

    Args:
        rows: a `datasets.Dataset` of config `dci`, with photos.
        crops: of the model's preprocessor.

    Attributes:
        images: of each item the number of its row.
        excluded: why images are excluded -> how many.
        fingerprint: of all texts, see `engine.fingerprint`.

    Raises:
        ArgumentError: if the rows are of another config, or none has a text.
    """

    def __init__(self, rows: Any, crops: Crops) -> None:
        missing = [name for name in _COLUMNS if name not in rows.column_names]
        if missing:
            raise ArgumentError(
                f"`rows` must be of config dci, but has no {', '.join(missing)}; load them with "
                'load_dataset("dci", "dci", ...)'
            )
        self.rows = rows.with_format("arrow")
        self.crops = RowCrops(crops)
        self.images: list[int] = []
        self._texts: list[list[str]] = []
        self._sizes: list[tuple[int, int]] = []
        fingerprint = Fingerprint()
        for number, row in enumerate(rows.select_columns(list(_COLUMNS)).with_format(None)):
            text = protocol_text("lotlip", row["short_caption"] or "", row["extra_caption"] or "")
            if text:
                self.images.append(number)
                self._texts.append([text, short_text(text)])
                self._sizes.append((row["width"], row["height"]))
                fingerprint.add([row["image_id"], BASE, (0, 0, row["width"], row["height"]), [text], {}, None])
        if not self.images:
            raise ArgumentError("`rows` has no image with a long caption, so there is nothing to train on")
        silent = len(rows) - len(self.images)
        self.excluded = {"images without a long caption": silent} if silent else {}
        self.fingerprint = fingerprint.hexdigest()

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, draw: Draw | int) -> Example:
        draw = Draw(draw) if isinstance(draw, int) else draw
        number = self.images[draw.index]
        pixels = self.crops.pixels(number, self.rows[number], [(0, 0, *self._sizes[draw.index])], 0)
        return Example(pixels, self._texts[draw.index], None, draw.counts)


def short_text(text: str) -> str:
    """A text up to its first full stop with a space behind it, as Long-CLIP cuts it."""
    return text.partition(". ")[0]
