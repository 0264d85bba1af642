"""The metric `dci_scm`: subcrop-caption matching and negatives on sDCI."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import datasets
import evaluate
from tqdm.auto import tqdm

from dcikit.encoders.models import load_encoder
from dcikit.engine.items import EncodedItem
from dcikit.engine.prepare import row_readers
from dcikit.engine.rows import dataset_rows
from dcikit.engine.rows import skipped_images
from dcikit.engine.windows import Run
from dcikit.schema.paper import ARXIV
from dcikit.schema.paper import CITATION
from dcikit.schema.paper import HOMEPAGE
from dcikit.schema.regions import NEGATIVE_KINDS
from dcikit.schema.suites import SDCI
from dcikit.schema.suites import SUITES
from dcikit.tasks.evaluation import Evaluation
from dcikit.tasks.evaluation import evaluate as score
from dcikit.tasks.add_batch import one_by_one
from dcikit.tasks.scm.precomputed import evaluate_precomputed
from dcikit.tasks.scm.precomputed import known_protocol
from dcikit.tasks.scm.precomputed import precomputed_region
from dcikit.tasks.scm.task import Scm

_DESCRIPTION = """
Does a vision-language model tell the parts of a picture, and true captions from false ones, apart? Subcrop-caption
matching (SCM) and negatives (Neg) on summarised Densely Captioned Images (arXiv 2312.08578).
"""

_INPUTS = """
Either `compute(model=..., dataset=...)`, or regions that you encoded: `add` or `add_batch` each, then `compute()`.

Args:
    model: a Hub id, a local folder, or a loaded model: CLIPModel, SiglipModel, Siglip2Model, AlignModel, AltCLIPModel,
        ChineseCLIPModel, MetaClip2Model, FlavaModel; BlipForImageTextRetrieval, FlavaForPreTraining (ITM heads);
        or open_clip:ARCHITECTURE/CHECKPOINT.
    dataset: rows of config sdci: `load_dataset("dci", "sdci", ..., split="test")`, streamed or not.
    processor: the model's processor; by default the one beside the model.
    adapter: a PEFT folder or Hub id that is merged into the model.
    batch_size: crops, and texts, of one forward pass (32).
    device, dtype: where and how to run: "cuda", "bfloat16"; by default the loaded model's own, else the GPU if there
        is one, in float32.
    group_size: regions in a group of SCM (8; another one is not comparable with published numbers).
    suites: some of all, pick5, base, hard, image.
    protocol: sdci (a suite drops every image that lacks anything it reads, as the published evaluator does), or
        sdci-entries (it excludes the region alone; not comparable with published numbers); sdci by default.

    image_id, key: of a region that you encoded: the image, and "base" or "m-<mask_id>-sc". Regions come in the order
        of the dataset, those of an image one after another.
    image_embeds: (D,) embedding of its crop.
    caption_embeds: (captions, D) embeddings of its captions, the first one first.
    negative_embeds: {"basic": (n, D), "layout": (n, D), "swaps": (n, D)}.
    caption_scores: instead of embeddings: for every region of the dataset, in order, this crop's scores with its
        captions. Only regions of the same groups are read, the others may be empty lists.
    negative_scores: {"basic": (n,), "layout": (n,), "swaps": (n,)} scores with its own negatives.
    clip_scores: the region's `clip_scores`, which choose the hard negative.
    excluded: the row's `excluded`, the suites that drop the image; protocol sdci needs it. Where a region comes without
        it, the default is sdci-entries.

Returns:
    A flat dict. Scores between 0 and 1, higher is better, None where nothing could be scored:
    all_scm, all_neg, pick5_scm, pick5_neg, base_neg, hard_neg: the six of the paper.
    image_scm: SCM with all regions of one image as a group; *_caption_to_subcrop: groups read the other way.
    neg_basic, neg_layout, neg_swaps: the first negative of each kind.
    For each score: *_regions, *_excluded, *_tied, *_truncated, and its 95% interval *_ci_low, *_ci_high.
    images, regions, images_without_regions, images_skipped; for each suite *_images_excluded.
    protocol, group_size, fingerprint (None for what you encoded): results compare only where these agree.
"""


class DciScm(evaluate.Metric):
    """SCM and Neg of a model on sDCI (docs/protocol.md §5)."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._regions: list[EncodedItem] = []

    def _info(self) -> evaluate.MetricInfo:
        embeds = [datasets.Value("float32")]
        return evaluate.MetricInfo(
            description=_DESCRIPTION,
            citation=CITATION,
            inputs_description=_INPUTS,
            homepage=HOMEPAGE,
            reference_urls=[ARXIV],
            features=datasets.Features(
                {
                    "image_id": datasets.Value("string"),
                    "key": datasets.Value("string"),
                    "image_embeds": embeds,
                    "caption_embeds": [embeds],
                    "negative_embeds": {kind: [embeds] for kind in NEGATIVE_KINDS},
                }
            ),
        )

    def add(self, **region: Any) -> None:
        """Takes one region that you encoded."""
        self._regions.append(precomputed_region(len(self._regions), **region))

    def add_batch(self, **regions: Any) -> None:
        """Takes several regions, all or none: every argument is a list, one item a region."""
        first = len(self._regions)
        self._regions += [precomputed_region(first + i, **region) for i, region in enumerate(one_by_one(regions))]

    def compute(
        self,
        *,
        model: Any = None,
        dataset: Any = None,
        processor: Any = None,
        adapter: str | None = None,
        batch_size: int = 32,
        device: Any = None,
        dtype: Any = None,
        group_size: int = 8,
        suites: Sequence[str] = SUITES,
        protocol: str | None = None,
        **regions: Any,
    ) -> dict[str, float | int | str | None]:
        """Scores a model, or the regions that were added."""
        chosen = tuple(suites) if not isinstance(suites, str) else (suites,)
        if (model is None) != (dataset is None):
            raise ValueError("`model` and `dataset` must be given together")
        if model is not None:
            if regions or self._regions:
                raise ValueError("give either `model` and `dataset`, or embeddings, not both")
            task = Scm(chosen, group_size, protocol or SDCI)
            encoder = load_encoder(model, processor, adapter, device, dtype)
            rows = tqdm(dataset_rows(dataset), desc="Scoring", unit=" images", disable=None)
            found = score(task, row_readers(rows), encoder, Run(batch_size))
            return flat_scores(found, task.group_size, skipped=len(skipped_images(dataset)))
        if regions:
            self.add_batch(**regions)
        if not self._regions:
            raise ValueError("nothing to score: give `model` and `dataset`, or `add` regions first")
        task = Scm(chosen, group_size, protocol or known_protocol(self._regions))
        found = evaluate_precomputed(task, self._regions)
        self._regions = []
        return flat_scores(found, task.group_size, skipped=0)

    def _compute(self, **_: Any) -> dict[str, Any]:
        raise NotImplementedError  # `compute` does not use evaluate's Arrow file


def flat_scores(found: Evaluation, group_size: int, skipped: int) -> dict[str, float | int | str | None]:
    """The scores as one flat dict, as `evaluate` users expect it."""
    flat: dict[str, float | int | str | None] = {name: each.value for name, each in found.scores.items()}
    for name, each in found.scores.items():
        low, high = each.interval or (None, None)
        flat |= {
            f"{name}_regions": each.regions,
            f"{name}_excluded": sum(each.excluded.values()),
            f"{name}_tied": each.tied,
            f"{name}_truncated": each.truncated,
            f"{name}_ci_low": low,
            f"{name}_ci_high": high,
        }
    for suite in found.protocol["suites"]:
        flat[f"{suite}_images_excluded"] = len(found.excluded_images.get(suite, {}))
    return flat | {
        "images": found.images,
        "regions": found.regions,
        "images_without_regions": found.empty_images,
        "images_skipped": skipped,
        "protocol": found.protocol["name"],
        "group_size": group_size,
        "fingerprint": found.fingerprint,
    }
