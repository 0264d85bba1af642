"""The regions of sDCI as a map-style dataset: one item is a crop, its captions and its negative."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Any

from torch.utils.data import Dataset

from dcikit.encoders.preprocessor import Pixels
from dcikit.engine.fingerprint import Fingerprint
from dcikit.schema.regions import BASE, NEGATIVE_KINDS
from dcikit.tasks.sdci_items import row_items

from .arrow_rows import text_rows
from .batches import Draw
from .choices import caption_choice, caption_count, negative_choice
from .crops import Crops, RowCrops, clip_preprocessor

REGIONS = ("all", "base")
_FIELDS = ("key", "crop_box", "captions", "negatives", "clip_scores")


@dataclass(frozen=True)
class Example:
    """What a step sees of a region.

    Attributes:
        pixels: of its crop.
        captions: as many of every region.
        negative: None if it has none of the kind that was asked for.
        counts: False if it only fills up a batch.
    """

    pixels: Pixels
    captions: list[str]
    negative: str | None
    counts: bool = True


class TrainingRegions(Dataset[Example]):
    """The regions of rows of config `sdci`, base images and subcrops in order (docs/protocol.md §4, §7).

    An item depends on its index, the epoch and the seed alone: not on the process, nor on what was drawn before. The
    index is an int, for epoch 0, or a `Draw`.

    Args:
        rows: a `datasets.Dataset` of config `sdci`, with photos.
        crops: of the model's preprocessor; None: as CLIP ViT-B/32 sees them.
        captions: `first`, or `pickN`: N of them at random, anew in each epoch.
        repeat_captions: a region with fewer than N repeats some; false: it is excluded.
        negatives: `swaps`, `layout`, `basic` or `any`; None: none.
        negatives_choice: `random`, anew in each epoch, `random-once`, `first` or `hardest`.
        regions: `all`, or `base`: whole images only.
        whole_image_rule: exclude the images that the published evaluator drops as a whole (docs/protocol.md §4): from
            suite `pick5` where several captions are read, else from `all`.
        seed: of what is chosen.

    Attributes:
        images: of each region the number of its row.
        excluded: why regions are excluded from a loss -> how many.
        fingerprint: of all regions, see `engine.fingerprint`.

    Raises:
        ValueError: if an argument is none of these, or there is no region, or none with a negative.
    """

    def __init__(
        self,
        rows: Any,
        crops: Crops | None = None,
        *,
        captions: str = "pick1",
        repeat_captions: bool = True,
        negatives: str | None = "swaps",
        negatives_choice: str = "random",
        regions: str = "all",
        whole_image_rule: bool = False,
        seed: int = 0,
    ) -> None:
        if regions not in REGIONS:
            raise ValueError(f"`regions` must be one of {', '.join(REGIONS)}, got {regions!r}")
        self.rows = rows.with_format("arrow")
        self.crops = RowCrops(crops or Crops(clip_preprocessor()))
        self.choose_captions = caption_choice(captions)
        self.choose_negative = negative_choice(negatives, negatives_choice) if negatives else None
        self.negatives_once = negatives_choice == "random-once"
        self.seed = seed
        self.images: list[int] = []
        self._places: list[int] = []
        self._boxes: list[list[list[int]]] = []
        dropped = _dropped(rows, "pick5" if caption_count(captions) > 1 else "all") if whole_image_rule else set()
        needed = 1 if repeat_captions else caption_count(captions)
        few_captions = without_negative = 0
        kinds = NEGATIVE_KINDS if negatives == "any" else (negatives,) if negatives else ()
        fingerprint = Fingerprint()
        for number, row in enumerate(text_rows(rows, ("image_id", "regions"), "regions", _FIELDS)):
            boxes = []
            for place, (item, region) in enumerate(zip(row_items(row), row["regions"], strict=True)):
                wanted = number not in dropped and (regions == "all" or item.key == BASE)
                count = item.facts["captions"] if wanted else 0
                few_captions += 0 < count < needed
                if count >= needed:
                    fingerprint.add(item.identity)
                    self.images.append(number)
                    self._places.append(place)
                    without_negative += not any((kind, 0) in item.texts for kind in kinds)
                boxes.append(region["crop_box"])
            self._boxes.append(boxes)
        if not self.images:
            raise ValueError("`rows` has no region with captions, so there is nothing to train on")
        if negatives and without_negative == len(self):
            raise ValueError(f"no region has a negative of {negatives}; train without: negatives_weight=0")
        why = f"regions without a negative of {negatives} are not in the loss on negatives"
        self.excluded = {why: without_negative} if negatives and without_negative else {}
        if dropped:
            self.excluded["images by the whole-image rule"] = len(dropped)
        if few_captions:
            self.excluded[f"regions with fewer than {needed} captions"] = few_captions
        self.fingerprint = fingerprint.hexdigest()

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, draw: Draw | int) -> Example:
        draw = Draw(draw) if isinstance(draw, int) else draw
        number, place = self.images[draw.index], self._places[draw.index]
        rng = Random(f"{self.seed}/{draw.epoch}/{draw.index}")
        row = self.rows[number]
        region = row["regions"][0].values[place]
        captions = self.choose_captions(region["captions"].as_py(), rng)
        negative = None
        if self.choose_negative:
            if self.negatives_once:
                rng = Random(f"{self.seed}/{draw.index}")
            try:
                negative = self.choose_negative(region["negatives"].as_py(), region["clip_scores"].as_py(), rng)
            except ValueError as error:
                raise ValueError(f"image {row['image_id'][0]} region {region['key']} {error}") from None
        pixels = self.crops.pixels(number, row, self._boxes[number], place)
        return Example(pixels, captions, negative, draw.counts)


def _dropped(rows: Any, suite: str) -> set[int]:
    """The numbers of the rows that a suite of the published evaluator drops."""
    if "excluded" not in rows.column_names:
        raise ValueError("`rows` have no column excluded, which whole_image_rule=true needs; load or export them again")
    return {number for number, each in enumerate(rows["excluded"]) if any(reason["suite"] == suite for reason in each)}
