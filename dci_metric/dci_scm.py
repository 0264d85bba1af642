"""The metric `dci_scm`: subcrop-caption matching and negatives on sDCI.

`evaluate.load` copies this file and the siblings that it imports, one a line: hence the ones that only the siblings
use.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import datasets
import evaluate
from tqdm.auto import tqdm

from dcikit.engine.dataset_rows import dataset_rows
from dcikit.engine.dataset_rows import skipped_images
from dcikit.tasks.scm.entries import NEGATIVE_TYPES
from dcikit.tasks.scm.evaluation import Evaluation
from dcikit.tasks.scm.evaluation import evaluate_rows
from dcikit.tasks.scm.evaluation import finish
from dcikit.encoders.models import load_encoder
from dcikit.schema.paper import ARXIV
from dcikit.schema.paper import CITATION
from dcikit.schema.paper import HOMEPAGE
from dcikit.tasks.scm.precomputed import one_by_one
from dcikit.tasks.scm.precomputed import precomputed_entry
from dcikit.engine.scored import ScoredEntry
from dcikit.tasks.scm.suites import SUITES
from dcikit.tasks.scm.suites import SuiteRunner
from dcikit.tasks.scm.suites import check_suites

_DESCRIPTION = """
Does a vision-language model tell the parts of a picture, and true captions from false ones, apart? Subcrop-caption
matching (SCM) and negatives (Neg) on summarised Densely Captioned Images (arXiv 2312.08578).
"""

_INPUTS = """
Either `compute(model=..., dataset=...)`, or entries that you encoded: `add` or `add_batch` each, then `compute()`.

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
    group_size: entries in a group of SCM (8; another one is not comparable with published numbers).
    suites: some of all, pick5, base, hard, image.

    image_id, key: of an entry that you encoded: the image, and "base" or "m-<mask_id>-sc". Entries come in the order
        of the dataset, those of an image one after another.
    image_embeds: (D,) embedding of its crop.
    caption_embeds: (captions, D) embeddings of its captions, the first one first.
    negative_embeds: {"basic": (n, D), "layout": (n, D), "swaps": (n, D)}.
    caption_scores: instead of embeddings: for every entry of the dataset, in order, this crop's scores with its
        captions. Only entries of the same groups are read, the others may be empty lists.
    negative_scores: {"basic": (n,), "layout": (n,), "swaps": (n,)} scores with its own negatives.
    clip_scores: the region's `clip_scores`, which choose the hard negative.

Returns:
    A flat dict. Scores between 0 and 1, higher is better, None where nothing could be scored:
    all_scm, all_neg, pick5_scm, pick5_neg, base_neg, hard_neg: the six of the paper.
    image_scm: SCM with all entries of one image as a group; *_caption_to_subcrop: groups read the other way.
    neg_basic, neg_layout, neg_swaps: the first negative of each kind.
    For each score: *_regions, *_excluded, *_tied, *_truncated, and its 95% interval *_ci_low, *_ci_high.
    images, regions, images_without_regions, images_skipped.
"""


class DciScm(evaluate.Metric):
    """SCM and Neg of a model on sDCI (docs/protocol.md §5)."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._entries: list[ScoredEntry] = []

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
                    "negative_embeds": {kind: [embeds] for kind in NEGATIVE_TYPES},
                }
            ),
        )

    def add(self, **entry: Any) -> None:
        """Takes one entry that you encoded."""
        self._entries.append(precomputed_entry(len(self._entries), **entry))

    def add_batch(self, **entries: Any) -> None:
        """Takes several entries: every argument is a list, one item an entry."""
        for entry in one_by_one(entries):
            self.add(**entry)

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
        **entries: Any,
    ) -> dict[str, float | int | None]:
        """Scores a model, or the entries that were added."""
        chosen = check_suites(suites)
        if (model is None) != (dataset is None):
            raise ValueError("`model` and `dataset` must be given together")
        if model is not None:
            if entries or self._entries:
                raise ValueError("give either `model` and `dataset`, or embeddings, not both")
            encoder = load_encoder(model, processor, adapter, device, dtype)
            rows = tqdm(dataset_rows(dataset), desc="Scoring", unit=" images", disable=None)
            result = evaluate_rows(rows, encoder, suites=chosen, group_size=group_size, batch_size=batch_size)
            return flatten(result, skipped=len(skipped_images(dataset)))
        if entries:
            self.add_batch(**entries)
        if not self._entries:
            raise ValueError("nothing to score: give `model` and `dataset`, or `add` entries first")
        runner = SuiteRunner(chosen, group_size)
        added, self._entries = self._entries, []
        for entry in added:
            runner.add(entry)
        return flatten(finish(runner), skipped=0)

    def _compute(self, **_: Any) -> dict[str, Any]:
        raise NotImplementedError  # `compute` does not use evaluate's Arrow file


def flatten(result: Evaluation, skipped: int) -> dict[str, float | int | None]:
    """The scores as one flat dict, as `evaluate` users expect it."""
    flat: dict[str, float | int | None] = {name: score.value for name, score in result.scores.items()}
    for name, score in result.scores.items():
        low, high = score.interval or (None, None)
        flat |= {
            f"{name}_regions": score.regions,
            f"{name}_excluded": sum(score.excluded.values()),
            f"{name}_tied": score.tied,
            f"{name}_truncated": score.truncated,
            f"{name}_ci_low": low,
            f"{name}_ci_high": high,
        }
    return flat | {
        "images": result.images,
        "regions": result.regions,
        "images_without_regions": result.empty_images,
        "images_skipped": skipped,
    }
