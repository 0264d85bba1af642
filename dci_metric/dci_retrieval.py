"""The metric `dci_retrieval`: images and their long captions, or regions and their captions, found among all others."""

from __future__ import annotations

from typing import Any

import datasets
import evaluate
from tqdm.auto import tqdm

from dcikit.encoders.models import load_encoder
from dcikit.engine.prepare import row_readers
from dcikit.engine.rows import dataset_rows
from dcikit.engine.rows import skipped_images
from dcikit.engine.windows import Run
from dcikit.schema.paper import ARXIV
from dcikit.schema.paper import CITATION
from dcikit.schema.paper import HOMEPAGE
from dcikit.schema.score import Score
from dcikit.tasks.evaluation import evaluate_with
from dcikit.tasks.retrieval.embedded_pairs import add_precomputed
from dcikit.tasks.retrieval.protocols import COLUMNS
from dcikit.tasks.retrieval.scorer import RetrievalScorer
from dcikit.tasks.retrieval.task import Retrieval
from dcikit.tasks.add_batch import one_by_one

_DESCRIPTION = """
Does a vision-language model find the long caption of an image among those of all others, and the image of a caption?
Recall at 1, 5 and 10 in both directions on Densely Captioned Images (arXiv 2312.08578).
"""

_INPUTS = """
Either `compute(model=..., dataset=...)`, or crops that you encoded: `add` or `add_batch` each, then `compute()`.

Args:
    model: a Hub id, a local folder, or a loaded model that embeds images and texts apart, such as a CLIPModel.
    dataset: rows of config dci, all splits: `load_dataset("dci", "dci", ..., split="all")`, streamed or not; for unit
        "region" rows of config sdci, one split.
    protocol: lotlip (the default): the extended caption, as LoTLIP cleans it; extra: `extra_caption` alone, empty ones
        too; long-dci: the same without the images whose `extra_caption` is empty; fgclip, goal, plain, short: as
        docs/published.md has them; iiw: rows of config iiw. None for unit "region".
    unit: "image", or "region": the whole image and its subcrops, each with its first caption.
    processor: the model's processor; by default the one beside the model.
    adapter: a PEFT folder or Hub id that is merged into the model.
    batch_size: crops, and texts, of one forward pass (32).
    device, dtype: where and how to run: "cuda", "bfloat16"; by default the loaded model's own, else the GPU if there
        is one, in float32.

    image_id: of a crop that you encoded.
    image_embeds: (D,) its embedding, of any length.
    text_embeds: (D,) the embedding of its text, or (texts, D).
    key: for regions: "base" or "m-<mask_id>-sc".

Returns:
    A flat dict. Scores between 0 and 1, higher is better:
    i2t_r@1, i2t_r@5, i2t_r@10: images for which fewer than k other texts score strictly higher than their own.
    t2i_r@1, t2i_r@5, t2i_r@10: likewise, texts to images.
    For each score, its 95% interval over images: *_ci_low, *_ci_high.
    i2t_tied, t2i_tied: queries whose own is equalled exactly by another one: a constant encoder has R@1 = 1, all tied.
    images, regions, texts, excluded (by the protocol), truncated, images_without_regions, images_skipped.
    protocol, fingerprint (None for what you encoded): results compare only where these agree.
"""


class DciRetrieval(evaluate.Metric):
    """R@k of a model on DCI, image to text and text to image (docs/protocol.md §6)."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._scorer = RetrievalScorer()

    def _info(self) -> evaluate.MetricInfo:
        embeds = [datasets.Value("float32")]
        return evaluate.MetricInfo(
            description=_DESCRIPTION,
            citation=CITATION,
            inputs_description=_INPUTS,
            homepage=HOMEPAGE,
            reference_urls=[ARXIV],
            features=datasets.Features(
                {"image_id": datasets.Value("string"), "image_embeds": embeds, "text_embeds": embeds}
            ),
        )

    def add(self, **crop: Any) -> None:
        """Takes one crop that you encoded, with its text or texts."""
        add_precomputed(self._scorer.pairs, **crop)

    def add_batch(self, **crops: Any) -> None:
        """Takes several crops: every argument is a list or tensor, one item a crop."""
        for crop in one_by_one(crops):
            self.add(**crop)

    def compute(
        self,
        *,
        model: Any = None,
        dataset: Any = None,
        protocol: str | None = None,
        unit: str = "image",
        processor: Any = None,
        adapter: str | None = None,
        batch_size: int = 32,
        device: Any = None,
        dtype: Any = None,
        **crops: Any,
    ) -> dict[str, float | int | str | None]:
        """Scores a model, or the crops that were added."""
        task = Retrieval(protocol, unit)
        if (model is None) != (dataset is None):
            raise ValueError("`model` and `dataset` must be given together")
        if model is not None:
            if crops or self._scorer.pairs.keys:
                raise ValueError("give either `model` and `dataset`, or embeddings, not both")
            encoder = load_encoder(model, processor, adapter, device, dtype)
            rows = tqdm(dataset_rows(_needed(dataset, unit)), desc="Encoding", unit=" images", disable=None)
            scorer = task.scorer()
            found = evaluate_with(scorer, task, row_readers(rows), encoder, Run(batch_size))
            skipped = len(skipped_images(dataset))
            counts = {"images_without_regions": found.empty_images, "images_skipped": skipped}
            return flat_scores(found.scores, scorer, counts, str(found.protocol["name"]), found.fingerprint)
        if crops:
            self.add_batch(**crops)
        if not self._scorer.pairs.keys:
            raise ValueError("nothing to score: give `model` and `dataset`, or `add` crops first")
        scores, scorer = self._scorer.finish(), self._scorer
        self._scorer = RetrievalScorer()
        return flat_scores(scores, scorer, {"images_without_regions": 0, "images_skipped": 0}, None, None)

    def _compute(self, **_: Any) -> dict[str, Any]:
        raise NotImplementedError  # `compute` does not use evaluate's Arrow file


def flat_scores(
    scores: dict[str, Score],
    scorer: RetrievalScorer,
    counts: dict[str, int],
    protocol: str | None,
    fingerprint: str | None,
) -> dict[str, float | int | str | None]:
    """The scores as one flat dict, as `evaluate` users expect it."""
    flat: dict[str, float | int | str | None] = {name: score.value for name, score in scores.items()}
    for name, score in scores.items():
        low, high = score.interval or (None, None)
        flat |= {f"{name}_ci_low": low, f"{name}_ci_high": high}
    return flat | {
        "i2t_tied": scores["i2t_r@1"].tied,
        "t2i_tied": scores["t2i_r@1"].tied,
        "truncated": scorer.pairs.truncated,
        "images": len({image_id for image_id, _ in scorer.pairs.keys}),
        "regions": len(scorer.pairs.keys),
        "texts": len(scorer.pairs.image_of),
        "excluded": sum(scorer.excluded.values()),
        **counts,
        "protocol": protocol,
        "fingerprint": fingerprint,
    }


def _needed(dataset: Any, unit: str) -> Any:
    """The dataset without its masks, which would be copied for nothing; rows of another kind as they are."""
    columns = getattr(dataset, "column_names", None)
    if isinstance(dataset, (datasets.Dataset, datasets.IterableDataset)) and columns:
        return dataset.select_columns([name for name in columns if name in COLUMNS[unit]])
    return dataset
