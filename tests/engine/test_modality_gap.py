"""The distance of a model's crops from its texts, against numpy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from support import reference
from support.tiny_families import build, image_processor_of

import dcikit
from dcikit.cli.results_tables import results_notes


@torch.no_grad()
def test_gap_of_the_means_of_unit_embeddings(odd: Path, random_clip: Any, processor: Any) -> None:
    found = dcikit.evaluate(random_clip, odd, processor=processor, protocol="sdci-entries", cache=False).modality_gap
    crops, texts = [], []
    for entry in reference.entries(odd, "test"):
        pixels = processor.image_processor(images=entry["crop"](), return_tensors="pt")["pixel_values"]
        crops.append(embedding(random_clip.get_image_features(pixel_values=pixels)))
        tokens = processor.tokenizer(entry["captions"][:1], truncation=True, max_length=77, return_tensors="pt")
        texts.append(embedding(random_clip.get_text_features(**tokens)))
    crop, text = np.mean(crops, 0), np.mean(texts, 0)
    assert found is not None and found.crops == len(crops)
    assert found.distance == pytest.approx(np.sqrt(((crop - text) ** 2).sum()), abs=1e-6)
    assert found.cosine == pytest.approx(crop @ text / np.linalg.norm(crop) / np.linalg.norm(text), abs=1e-6)


def embedding(output: Any) -> np.ndarray:
    """One, at length 1."""
    features = getattr(output, "pooler_output", output)[0].double().numpy()
    return features / np.sqrt((features**2).sum())


def test_a_model_that_scores_pairs_has_none(odd: Path, processor: Any) -> None:
    family = "BlipForImageTextRetrieval"
    both = type("Processor", (), {"image_processor": image_processor_of(family), "tokenizer": processor.tokenizer})
    model = build(family, processor.tokenizer)
    results = dcikit.evaluate(model, odd, processor=both, protocol="sdci-entries", limit=1, cache=False)
    assert results.modality_gap is None
    assert "Modality gap" not in "\n".join(results_notes(results))


def test_it_stands_under_the_table(odd: Path) -> None:
    results = dcikit.evaluate(dataset=odd, protocol="sdci-entries", limit=1, cache=False)
    gap = results.modality_gap
    assert gap is not None
    expected = f"Modality gap: the mean crop and the mean text are {gap.distance:.3f} apart, cosine {gap.cosine:.3f}"
    assert expected in results_notes(results)
