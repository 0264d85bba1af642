"""The metric `dci_grounding`: does the patch that matches a caption lie in that caption's mask?"""

from __future__ import annotations

from typing import Any

import datasets
import evaluate
from tqdm.auto import tqdm

from dcikit.encoders.models import load_encoder
from dcikit.encoders.patch_encoder import patch_encoder
from dcikit.engine.prepare import row_readers
from dcikit.engine.rows import dataset_rows
from dcikit.engine.rows import skipped_images
from dcikit.engine.windows import Run
from dcikit.schema.paper import ARXIV
from dcikit.schema.paper import CITATION
from dcikit.schema.paper import HOMEPAGE
from dcikit.schema.score import Score
from dcikit.tasks.add_batch import one_by_one
from dcikit.tasks.evaluation import evaluate as score
from dcikit.tasks.grounding.precomputed import add_precomputed
from dcikit.tasks.grounding.scorer import GroundingScorer
from dcikit.tasks.grounding.task import Grounding

_DESCRIPTION = """
Does the patch of an image that matches a caption lie in the mask of that caption? Pointing, region retrieval, IoU and
average precision of a vision-language model's patch maps on Densely Captioned Images (arXiv 2312.08578).
"""

_INPUTS = """
Either `compute(model=..., dataset=...)`, or maps that you computed: `add` or `add_batch` each image, then `compute()`.

Args:
    model: a Hub id, a local folder, or a loaded model with patches in the space of its texts: CLIPModel, SiglipModel,
        Siglip2Model, AltCLIPModel, ChineseCLIPModel, MetaClip2Model; or open_clip:ARCHITECTURE/CHECKPOINT.
    dataset: rows of config sdci: `load_dataset("dci", "sdci", ..., split="test")`, streamed or not.
    patch_method: last_block (the default), maskclip, sclip or naclip.
    processor: the model's processor; by default the one beside the model.
    adapter: a PEFT folder or Hub id that is merged into the model.
    batch_size: images, and texts, of one forward pass (32).
    device, dtype: where and how to run: "cuda", "bfloat16"; by default the loaded model's own, else the GPU if there
        is one, in float32.

    image_id: of an image whose maps you computed.
    keys: its regions, "base" or "m-<mask_id>-sc".
    maps: (regions, h, w): the score of every patch with the caption of every region; patches divide the masks evenly.
    masks: of every region a boolean (H, W) array; None for one whose caption alone counts, as one among the others.
    other_maps: (regions, h, w): for every region the map of a caption of another image; may be left out.

Returns:
    A flat dict. Scores between 0 and 1, higher is better, None where nothing could be scored:
    pointing: share of the mask in the patch that scores highest.
    region_retrieval: regions in whose mask no caption of the image has a higher mean than their own.
    iou: of the mask and as many pixels, those that score highest.
    ap: average precision of the pixels.
    pointing_centre, iou_centre, ap_centre: of a map that falls with the distance from the middle.
    pointing_other, iou_other, ap_other: of the map of a caption of another image.
    For each score: *_chance, what a constant map gets; *_regions, *_excluded, *_tied; its 95% interval, *_ci_low and
    *_ci_high.
    images, regions, images_without_regions, images_skipped, patch_method, protocol, fingerprint (None for what you
    computed): results compare only where protocol and fingerprint agree.
"""

_FIELDS = ("chance", "regions", "excluded", "tied", "ci_low", "ci_high")


class DciGrounding(evaluate.Metric):
    """Grounding of a model on sDCI (docs/protocol.md §13)."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._given = GroundingScorer()

    def _info(self) -> evaluate.MetricInfo:
        maps = [[[datasets.Value("float32")]]]
        return evaluate.MetricInfo(
            description=_DESCRIPTION,
            citation=CITATION,
            inputs_description=_INPUTS,
            homepage=HOMEPAGE,
            reference_urls=[ARXIV],
            features=datasets.Features(
                {
                    "image_id": datasets.Value("string"),
                    "keys": [datasets.Value("string")],
                    "maps": maps,
                    "masks": [[[datasets.Value("bool")]]],
                }
            ),
        )

    def add(self, **image: Any) -> None:
        """Takes the maps and masks of one image."""
        add_precomputed(self._given, **image)

    def add_batch(self, **images: Any) -> None:
        """Takes several images: every argument is a list, one item an image."""
        for image in one_by_one(images):
            self.add(**image)

    def compute(
        self,
        *,
        model: Any = None,
        dataset: Any = None,
        patch_method: str = "last_block",
        processor: Any = None,
        adapter: str | None = None,
        batch_size: int = 32,
        device: Any = None,
        dtype: Any = None,
        **images: Any,
    ) -> dict[str, float | int | str | None]:
        """Scores a model, or the images that were added."""
        if (model is None) != (dataset is None):
            raise ValueError("`model` and `dataset` must be given together")
        task = Grounding()
        if model is not None:
            if images or self._given.images:
                raise ValueError("give either `model` and `dataset`, or maps, not both")
            encoder = patch_encoder(load_encoder(model, processor, adapter, device, dtype), patch_method)
            rows = tqdm(dataset_rows(dataset), desc="Scoring", unit=" images", disable=None)
            found = score(task, row_readers(rows), encoder, Run(batch_size))
            return flat_scores(found.scores) | {
                "images": found.images,
                "regions": found.regions,
                "images_without_regions": found.empty_images,
                "images_skipped": len(skipped_images(dataset)),
                "patch_method": patch_method,
                "protocol": found.protocol["name"],
                "fingerprint": found.fingerprint,
            }
        if images:
            self.add_batch(**images)
        given, self._given = self._given, GroundingScorer()
        if not given.images:
            raise ValueError("nothing to score: give `model` and `dataset`, or `add` images first")
        return flat_scores(given.finish()) | {
            "images": given.images,
            "regions": given.regions,
            "images_without_regions": 0,
            "images_skipped": 0,
            "patch_method": None,
            "protocol": task.protocol()["name"],
            "fingerprint": None,
        }

    def _compute(self, **_: Any) -> dict[str, Any]:
        raise NotImplementedError  # `compute` does not use evaluate's Arrow file


def flat_scores(scores: dict[str, Score]) -> dict[str, float | int | str | None]:
    """The scores as one flat dict, as `evaluate` users expect it."""
    flat: dict[str, float | int | str | None] = {name: each.value for name, each in scores.items()}
    for name, each in scores.items():
        excluded = sum(each.excluded.values())
        fields = (each.chance, each.regions, excluded, each.tied, *(each.interval or (None, None)))
        flat |= {f"{name}_{field}": value for field, value in zip(_FIELDS, fields, strict=True)}
    return flat
