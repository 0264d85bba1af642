"""Baselines without the image, on texts whose answers are worked out by hand."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from support import reference

from dcikit.encoders.sentence_encoder import SentenceEncoder
from dcikit.tasks.scm.blind import sentence_baseline, text_baselines, without_photo


def row(image_id: str, caption: str, negative: str) -> dict[str, Any]:
    region = {
        "key": "base",
        "crop_box": [0, 0, 9, 9],
        "captions": [caption],
        "negatives": {"basic": [], "layout": [], "swaps": [negative]},
        "clip_scores": None,
    }
    return {"image_id": image_id, "regions": [region], "excluded": [], "width": 20, "height": 10}


ROWS = [
    row("1", "a red dog", "a red dog here"),  # the negative is longer
    row("2", "a red cat", "a cat"),  # the caption is longer
    row("3", "a red bird", "a blue bird"),  # as long
]


def test_length_prefers_the_longer_text() -> None:
    score = text_baselines(lambda: ROWS)["length_swaps"]
    assert (score.value, score.regions, score.tied) == (1 / 3, 3, 1)


def test_missing_negatives_are_counted() -> None:
    scores = text_baselines(lambda: ROWS)
    assert scores["length_basic"].excluded == {"no such negative": 3}
    assert scores["unigram_hard"].value is None


def test_a_dropped_image_is_not_judged() -> None:
    rows = [*ROWS, row("4", "a red fox", "a fox") | {"excluded": [{"suite": "all", "reason": "no summaries"}]}]
    scores = text_baselines(lambda: rows)
    assert scores["length_swaps"].regions == 3
    assert scores["length_swaps"].excluded == {"the suite drops its image": 1}
    assert scores["length_hard"].excluded == {"no such negative": 4}
    assert text_baselines(lambda: rows, "sdci-entries")["length_swaps"].regions == 4


def test_unigram_prefers_common_words_of_the_other_images() -> None:
    # Words of the captions: a 3, red 3, dog, cat, bird 1 each: 9 in all, 5 kinds. Without those of image 3:
    # a 2, red 2, dog 1, cat 1, so 6 words, and 6 + 5 + 1 = 12 with smoothing. Of image 3, "a red bird" has the mean
    # log of 3/12, 3/12, 1/12, and "a blue bird" that of 3/12, 1/12, 1/12: the caption wins.
    score = text_baselines(lambda: ROWS)["unigram_swaps"]
    caption = [3, 3, 1]
    longer = [3, 3, 1, 1]
    assert sum(math.log(n / 12) for n in caption) / 3 > sum(math.log(n / 12) for n in longer) / 4
    # Image 2: "a red cat" is 3, 3, 1; "a cat" is 3, 1.
    assert sum(math.log(n / 12) for n in caption) / 3 > sum(math.log(n / 12) for n in [3, 1]) / 2
    assert score.value == 1.0


def test_a_row_without_its_photo() -> None:
    image = without_photo(ROWS[0])["image"]
    assert image.size == (20, 10)
    assert image.getextrema() == ((128, 128),) * 3


CONTEXT = 24
"""Tokens that the random BERT reads; some texts of the odd release have more."""


@pytest.fixture
def bert(tmp_path: Path, processor: Any) -> Path:
    """The folder of a small BERT at random weights."""
    from transformers import BertConfig, BertModel

    torch.manual_seed(0)
    tower = {"hidden_size": 32, "intermediate_size": 48, "num_attention_heads": 4, "num_hidden_layers": 2}
    config = BertConfig(
        **tower, vocab_size=len(processor.tokenizer), max_position_embeddings=CONTEXT, initializer_range=0.3
    )
    BertModel(config).save_pretrained(tmp_path / "bert")
    processor.tokenizer.save_pretrained(tmp_path / "bert")
    return tmp_path / "bert"


def slow_choices(folder: Path, entries: list[dict[str, Any]]) -> dict[str, list[int]]:
    """One text and one token at a time: kind -> how many are right, judged, tied, cut."""
    from transformers import BertModel, CLIPTokenizerFast

    model, tokenizer = BertModel.from_pretrained(folder).eval(), CLIPTokenizerFast.from_pretrained(folder)

    def embed(text: str) -> torch.Tensor:
        ids = tokenizer([text], truncation=True, max_length=CONTEXT, return_tensors="pt")["input_ids"]
        with torch.no_grad():
            states = model(input_ids=ids).last_hidden_state[0].double()
        mean = sum(states) / len(states)
        return mean / mean.norm()

    pairs = []
    vectors: dict[tuple[str, str], torch.Tensor] = {}
    for entry in entries:
        negatives = {kind: reference.first_negative(entry, kind) for kind in reference.KINDS}
        for kind, negative in {**negatives, "hard": reference.hard_negative(entry)}.items():
            if negative is not None:
                texts = [(entry["image_id"], text) for text in (entry["captions"][0], negative)]
                vectors |= {key: embed(key[1]) for key in texts if key not in vectors}
                pairs.append((kind, *texts))
    mean = sum(vectors.values()) / len(vectors)
    found = {kind: [0, 0, 0, 0] for kind in (*reference.KINDS, "hard")}
    for kind, *texts in pairs:
        caption, negative = (torch.cosine_similarity(vectors[text], mean, dim=0).item() for text in texts)
        cut = sum(len(tokenizer(text)["input_ids"]) > CONTEXT for _, text in texts)
        for at, counted in enumerate((caption > negative, 1, texts[0] == texts[1], cut)):
            found[kind][at] += counted
    return found


@pytest.mark.parametrize("batch_size", [1, 7])
def test_a_sentence_encoder_prefers_the_typical_text(
    odd: Path, load: Callable[..., Any], bert: Path, batch_size: int
) -> None:
    rows = load("sdci", odd, photos=False)
    ticks: list[int] = []
    encoder = SentenceEncoder(str(bert), batch_size=batch_size)
    scores = sentence_baseline(lambda: rows, encoder, ticks.append, "sdci-entries")
    assert ticks == [1] * len(rows)
    found = {
        kind: [sum(right for right, _ in score.images.values()), score.regions, score.tied, score.truncated]
        for kind, score in ((name.removeprefix("sentence_encoder_"), score) for name, score in scores.items())
    }
    assert found == slow_choices(bert, reference.entries(odd, "test"))
    assert all(score.truncated for score in scores.values())
    assert (
        scores["sentence_encoder_hard"].excluded == text_baselines(lambda: rows, "sdci-entries")["length_hard"].excluded
    )


def test_texts_that_the_encoder_reads_alike_are_tied(bert: Path) -> None:
    rows = [row("1", "a red dog", "A RED dog"), row("2", "a cat", "a blue bird here")]
    score = sentence_baseline(lambda: rows, SentenceEncoder(str(bert), batch_size=2))["sentence_encoder_swaps"]
    assert (score.regions, score.tied) == (2, 1)


def test_nothing_to_judge(bert: Path) -> None:
    assert sentence_baseline(lambda: [], SentenceEncoder(str(bert)))["sentence_encoder_hard"].value is None


def test_what_is_no_sentence_encoder(bert: Path, tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    from dcikit.encoders.models import TINY_CLIP

    with pytest.raises(ValueError, match="`encoder` .*absent.* is no text encoder that can be loaded"):
        SentenceEncoder(str(tmp_path / "absent"))
    with pytest.raises(ValueError, match="a clip model is no text encoder"):
        SentenceEncoder(str(TINY_CLIP))
    weights = load_file(bert / "model.safetensors")
    no_words = {key: value for key, value in weights.items() if "word_embeddings" not in key and "pooler" not in key}
    save_file(no_words, bert / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ValueError, match="its weights lack embeddings.word_embeddings.weight;"):
        SentenceEncoder(str(bert))
    broken = {key: torch.full_like(value, math.nan) for key, value in weights.items()}
    save_file(broken, bert / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ValueError, match="answers with NaN"):
        SentenceEncoder(str(bert)).embed(["a dog"])
    (bert / "model.safetensors").unlink()
    torch.save(weights, bert / "pytorch_model.bin")
    with pytest.raises(ValueError, match="is no text encoder that can be loaded: .*safetensors"):
        SentenceEncoder(str(bert))


def test_the_command_with_a_sentence_encoder(sample: Path, bert: Path, tmp_path: Path, capsys: Any) -> None:
    import json

    from dcikit.cli.main import main

    output = tmp_path / "results.json"
    assert main(["eval", "--limit", "2", "--blind-encoder", str(bert), "--output", str(output)]) == 0
    assert "the more typical sentence" in capsys.readouterr().out
    results = json.loads(output.read_text())
    assert results["blind"]["encoder"] == {"id": str(bert), "revision": None, "context_length": CONTEXT}
    assert {f"sentence_encoder_{kind}" for kind in ("basic", "layout", "swaps", "hard")} < results["blind"][
        "scores"
    ].keys()


def test_the_command(sample: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import json

    from dcikit.cli.main import main

    assert main(["eval", "--limit", "8", "--blind", "--output", str(tmp_path / "results.json")]) == 0
    assert "Without the image" in capsys.readouterr().out
    results = json.loads((tmp_path / "results.json").read_text())
    blind = results["blind"]["scores"]
    assert {"length_swaps", "unigram_hard", "blank_all_neg", "blank_hard_neg"} <= blind.keys()
    assert blind["blank_all_neg"]["regions"] == results["scores"]["all_neg"]["regions"]
    assert blind["blank_all_neg"]["value"] < results["scores"]["all_neg"]["value"]


def test_a_model_that_sees_nothing_needs_no_image(
    odd: Path, load: Callable[..., Any], metric: Any, random_clip: Any, processor: Any
) -> None:
    rows = [{**each, "image": each["image"]} for each in load("sdci", odd)]
    grey = map(without_photo, rows)
    blank = metric.compute(model=random_clip, processor=processor, dataset=grey, protocol="sdci-entries")
    assert blank["all_caption_to_subcrop_tied"] == blank["regions"], "all crops look the same"
