"""The objective `long-clip`: positions by hand, components by numpy, and a model that reads 248 tokens afterwards."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from datasets import Dataset
from support.clip import make_clip
from support.slow_losses import cross_entropy
from transformers import AutoTokenizer, CLIPModel

from dcikit.cli.main import main
from dcikit.encoders.models import TINY_CLIP, load_encoder
from dcikit.results.document import read_results
from dcikit.training import Crops, Recipe, load_recipe, train
from dcikit.training.long_clip import (
    LongClipObjective,
    LongTexts,
    lengthen,
    longer,
    principal_features,
    short_text,
    stretched,
    unfreeze,
)


def test_positions_by_hand() -> None:
    """77 -> 248: of a straight line 0, 1, .. 76 the first 20 stay, then it goes on in quarters."""
    line = torch.arange(77, dtype=torch.float64)[:, None]
    expected = [*range(20), *(20 + step / 4 for step in range(228))]
    assert stretched(line).flatten().tolist() == expected
    # The last ones are 5 and 9: in between 6, 7, 8, and it goes on to 10, 11, 12.
    bent = torch.tensor([[float(place)] for place in (*range(20), 1, 5, 9)])
    assert stretched(bent)[20:].flatten().tolist() == [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]
    assert stretched(torch.zeros(77, 5)).shape == (248, 5)


def test_components_are_those_of_numpy() -> None:
    features = torch.randn(12, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    exact = features.numpy()
    _, vectors = np.linalg.eigh(np.cov(exact.T))  # the largest last
    for components in (1, 3):
        kept = vectors[:, -components:]
        expected = (exact - exact.mean(0)) @ kept @ kept.T + exact.mean(0)
        np.testing.assert_allclose(principal_features(features, components).numpy(), expected, atol=1e-12)
    torch.testing.assert_close(principal_features(features, 32), features)


def test_components_by_hand_and_of_equal_features() -> None:
    # Two coordinates far apart on the first axis, close on the second: which is set to its mean, 2.
    square = torch.tensor([[9.0, 1.0], [9.0, 3.0], [-9.0, 1.0], [-9.0, 3.0]])
    expected = torch.tensor([[9.0, 2.0], [9.0, 2.0], [-9.0, 2.0], [-9.0, 2.0]])
    torch.testing.assert_close(principal_features(square, 1), expected)
    same = torch.ones(3, 4, requires_grad=True)
    principal_features(same, 2).sum().backward()
    assert same.grad is not None and same.grad.isfinite().all()


def test_short_texts() -> None:
    assert short_text("A room. It is 3.5 m wide. Empty.") == "A room"
    assert short_text("It is 3.5 m wide") == "It is 3.5 m wide"


def row(short: str, extra: str, image_id: str = "1") -> dict[str, Any]:
    return {
        "image_id": image_id,
        "image": None,
        "width": 6,
        "height": 4,
        "short_caption": short,
        "extra_caption": extra,
    }


def test_texts_are_those_that_retrieval_scores(load: Callable[..., Any], sample: Path, crops: Crops) -> None:
    from dcikit.tasks.retrieval.protocols import protocol_text

    rows = load("dci", sample).select(range(3))
    texts = LongTexts(rows, crops)
    for index, plain in enumerate(rows):
        long = protocol_text("lotlip", plain["short_caption"], plain["extra_caption"])
        assert texts[index].captions == [long, str(long).split(". ")[0]]
        pixels = crops.preprocessor.pixels(plain["image"].convert("RGB"))["pixel_values"]
        assert torch.equal(texts[index].pixels["pixel_values"], pixels)


def test_images_without_a_text_are_excluded(crops: Crops) -> None:
    texts = LongTexts(Dataset.from_list([row("", " \n"), row("A room.", "", "2")]), crops)
    assert (texts.images, texts.excluded) == ([1], {"images without a long caption": 1})
    with pytest.raises(ValueError, match="no image with a long caption, so there is nothing to train on"):
        LongTexts(Dataset.from_list([row("", "")]), crops)
    with pytest.raises(ValueError, match="`rows` must be of config dci, but has no width"):
        LongTexts(Dataset.from_list([{"image_id": "1"}]), crops)


@pytest.fixture
def crops(processor: Any, tmp_path: Path) -> Crops:
    return Crops(load_encoder(make_clip(), processor).preprocessor, tmp_path / "crops")


def slow_itc(images: torch.Tensor, texts: torch.Tensor, scale: float, smoothing: float) -> float:
    """Both ways, row by row."""
    total, size = 0.0, len(images)
    for own, other in ((images, texts), (texts, images)):
        for at in range(size):
            scores = [scale * float(own[at] @ each) for each in other]
            shares = [smoothing / size + (1 - smoothing) * (at == place) for place in range(size)]
            total += sum(share * cross_entropy(scores, place) for place, share in enumerate(shares))
    return total / (2 * size)


def test_terms_are_those_of_loops(load: Callable[..., Any], sample: Path, crops: Crops, processor: Any) -> None:
    encoder = load_encoder(make_clip(2), processor)
    recipe = load_recipe("long-clip", ["image_components=2", "chunk_size=2"])
    texts = LongTexts(load("dci", sample).select(range(5)), crops)
    objective = LongClipObjective(recipe, longer(encoder.preprocessor), part=3)
    lengthen(encoder)
    examples = [texts[index] for index in range(5)]
    terms = objective.terms(objective.towers(encoder.model), objective.collate(examples))

    def unit(embeds: torch.Tensor) -> torch.Tensor:
        return embeds.double() / embeds.double().norm(dim=-1, keepdim=True)

    with encoder.inference():
        images = unit(encoder.embed_images([example.pixels for example in examples]))
        long, short = (
            unit(encoder.embed_texts(encoder.tokens([example.captions[at] for example in examples])[0]))
            for at in (0, 1)
        )
    centred = images - images.mean(0)
    kept = torch.linalg.eigh(centred.T @ centred).eigenvectors[:, -2:]
    scale = encoder.model.logit_scale.exp().item()
    assert {name: weight for name, (weight, _) in terms.items()} == {"long": 1.0, "short": 1.0}
    assert terms["long"][1].item() == pytest.approx(slow_itc(images, long, scale, 0.1), rel=1e-4)
    coarse = centred @ kept @ kept.T + images.mean(0)
    assert terms["short"][1].item() == pytest.approx(slow_itc(coarse, short, scale, 0.1), rel=1e-4)


def test_a_lengthened_model_is_what_it_was(processor: Any) -> None:
    """A text of up to 20 tokens has the embedding that it had, and the first positions do not move, decay or not."""
    encoder = load_encoder(make_clip(1), processor)
    plain = load_encoder(make_clip(1), processor)
    tokens = encoder.tokens(["a red ball on a table"])[0]
    lengthen(encoder)
    assert encoder.context == encoder.preprocessor.context == 248
    with torch.no_grad():
        torch.testing.assert_close(encoder.embed_texts(tokens), plain.embed_texts(tokens))
    optimizer = torch.optim.AdamW(encoder.model.parameters(), lr=0.1, weight_decay=0.5)
    long = encoder.tokens(["a red ball and " * 100])[0]
    assert len(long[0]) == 248
    encoder.embed_texts(long).sum().backward()
    optimizer.step()
    weight = unfreeze(encoder.model).text_model.embeddings.position_embedding.weight
    before = plain.model.text_model.embeddings.position_embedding.weight
    assert torch.equal(weight[:20], before[:20])
    assert not torch.isclose(weight[20:], stretched(before)[20:]).all(1).any()


def test_a_training_makes_a_model_that_reads_248_tokens(
    load: Callable[..., Any], sample: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = load("dci", sample).select(range(4))
    settings = ["num_train_epochs=1", "batch_size=4", "warmup_steps=0", "learning_rate=1e-3", "chunk_size=3"]
    out = tmp_path / "out"
    train(str(TINY_CLIP), rows, load_recipe("long-clip", settings), out)
    config = json.loads((out / "config.json").read_text())
    assert config["text_config"]["max_position_embeddings"] == 248
    model, before = CLIPModel.from_pretrained(out), CLIPModel.from_pretrained(TINY_CLIP)
    weight, old = (each.text_model.embeddings.position_embedding.weight for each in (model, before))
    assert weight.shape == (248, old.shape[1])
    assert torch.equal(weight[:20], old[:20]) and not torch.equal(weight[20:], stretched(old)[20:])
    assert AutoTokenizer.from_pretrained(out).model_max_length == 248
    results = tmp_path / "results.json"
    command = ["eval", "--model", str(out), "--dataset", str(sample), "--task", "retrieval", "--limit", "4"]
    assert main([*command, "--output", str(results)]) == 0
    assert read_results(results).model.context_length == 248


def test_what_cannot_be_stretched() -> None:
    from dcikit.training.adapt import check_trainable

    encoder = load_encoder(str(TINY_CLIP))
    encoder.context = 21
    with pytest.raises(
        ValueError, match="long-clip needs a CLIPModel of more than 21 positions to stretch, got a CLIP"
    ):
        check_trainable(encoder, Recipe(objective="long-clip", tuning="full"))
