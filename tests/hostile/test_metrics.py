"""What users hand to `add`, and rows that hold something else than texts."""

from __future__ import annotations

from typing import Any

import pytest
from support.clip import make_clip

from dcikit.encoders.models import load_encoder
from dcikit.schema.errors import ArgumentError, DataError
from dcikit.tasks.retrieval.embedded_pairs import EmbeddedPairs, add_precomputed
from dcikit.tasks.scm.precomputed import precomputed_region
from dcikit.tasks.sdci_items import region_item

NAN, INF = float("nan"), float("inf")

EMBEDDINGS = {
    "of width 0": ([], [[]]),
    "text": ("abc", ["abc"]),
    "null": ([None, 1.0], [[1.0, 1.0]]),
    "null for a caption": ([1.0, 1.0], [None]),
    "ragged": ([1.0, 1.0], [[1.0, 1.0], [1.0]]),
    "NaN": ([NAN, 1.0], [[1.0, 1.0]]),
    "infinite": ([1.0, 1.0], [[INF, 1.0]]),
    "booleans": ([True, False], [[True, False]]),
    "complex": ([1j, 1.0], [[1.0, 1.0]]),
    "of two widths": ([1.0, 1.0], [[1.0, 1.0, 1.0]]),
    "a matrix for the crop": ([[1.0, 1.0]], [[1.0, 1.0]]),
    "no caption": ([1.0, 1.0], []),
}


@pytest.mark.parametrize("case", EMBEDDINGS)
def test_embeddings_of_scm(case: str) -> None:
    image, texts = EMBEDDINGS[case]
    with pytest.raises(ValueError, match="image 7 region base"):
        precomputed_region(0, "7", "base", image_embeds=image, caption_embeds=texts)


@pytest.mark.parametrize("case", EMBEDDINGS)
def test_embeddings_of_retrieval(case: str) -> None:
    image, texts = EMBEDDINGS[case]
    with pytest.raises(ValueError, match="image 7 region base"):
        add_precomputed(EmbeddedPairs(), "7", image, texts)


@pytest.mark.parametrize("scores", [[["a"]], [[None]], [[NAN]], [[True]], [["0.5"]], [[]], ["0.5"]])
def test_scores(scores: Any) -> None:
    with pytest.raises(ValueError, match="image 7 region base"):
        precomputed_region(0, "7", "base", caption_scores=scores).encoding.own([("caption", 0)])


@pytest.mark.parametrize("captions", ["a dog", [3], [None], [b"a dog"], [["a dog"]], [NAN]])
def test_captions_that_are_no_texts(captions: Any) -> None:
    with pytest.raises(DataError, match="image 7: `regions.base`: `captions` must be a list of texts"):
        region_item("7", "base", (0, 0, 8, 8), captions, {})
    with pytest.raises(DataError, match="`swaps` must be a list of texts"):
        region_item("7", "base", (0, 0, 8, 8), ["a dog"], {"swaps": captions})


@pytest.mark.parametrize("texts", ["a dog", [3], [None], [b"a dog"], ["a dog", NAN]])
def test_texts_for_a_tokenizer(processor: Any, texts: Any) -> None:
    with pytest.raises(ArgumentError, match="`texts` must be a list of strings"):
        load_encoder(make_clip(), processor).tokens(texts)


def embedded(count: int, first: int = 0) -> dict[str, Any]:
    """Regions of one image each, whose captions match."""
    ids = [str(first + index) for index in range(count)]
    crops = [[1.0, float(first + index)] for index in range(count)]
    return {
        "image_id": ids,
        "key": ["base"] * count,
        "image_embeds": crops,
        "caption_embeds": [[crop] for crop in crops],
    }


def test_a_compute_of_scm_that_raises_forgets_nothing(metric: Any) -> None:
    metric.add_batch(**embedded(2))
    with pytest.raises(ValueError, match="nonsense"):
        metric.compute(suites=("nonsense",))
    spoilt = {**embedded(2, 2), "image_embeds": [[1.0, 2.0], [NAN, 1.0]]}
    with pytest.raises(ValueError, match="image 3 region base"):
        metric.compute(**spoilt)
    assert metric.compute(**embedded(2, 2), group_size=4)["regions"] == 4
    with pytest.raises(ValueError, match="nothing to score"):
        metric.compute()


def test_a_compute_of_retrieval_that_raises_forgets_nothing() -> None:
    import evaluate

    import dci_metric  # noqa: F401 - registers

    metric = evaluate.load("dci_retrieval")
    batch = embedded(3)
    texts = [captions[0] for captions in batch.pop("caption_embeds")]
    batch.pop("key")
    metric.add_batch(**batch, text_embeds=texts)
    for wrong in ({"protocol": "nonsense"}, {"model": "nowhere/none"}):
        with pytest.raises(ValueError):
            metric.compute(**wrong)
    assert metric.compute()["images"] == 3
