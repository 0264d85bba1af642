"""`dci score-negatives`: the scores of captions and negatives, and which negative is then the hardest."""

from __future__ import annotations

import io
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image
from support.generation_runs import command, plain_release, run

from dcikit.captions import Rules, Tokens
from dcikit.data.regions import scored_regions
from dcikit.data.release import Release
from dcikit.encoders.models import TINY_CLIP


@pytest.fixture
def made(sample: Path, tmp_path: Path, processor: Any) -> Path:
    """Four images with summaries and negatives by rule."""
    folder = plain_release(sample, tmp_path / "plain", images=4)
    run(folder, Rules(Tokens(processor.tokenizer)))
    return folder


def docs(folder: Path) -> dict[str, dict[str, Any]]:
    return {path.name: json.loads(path.read_text()) for path in sorted((folder / "complete").iterdir())}


def test_scores_are_those_of_clip(made: Path, processor: Any, capsys: Any, metric: Any, load: Any) -> None:
    from transformers import CLIPModel

    status, out, err = command("score-negatives", made, "--model", TINY_CLIP, "--batch-size", "5", capsys=capsys)
    assert status == 0, err
    model = CLIPModel.from_pretrained(TINY_CLIP).eval()
    release, regions = Release(made), 0
    for name in [name for names in release.splits.values() for name in names]:
        doc = json.loads((made / "complete" / name).read_text())
        assert list(doc["clip_scores"]) == list(doc["summaries"])
        record = release.read(name, summaries=True)
        photo = Image.open(io.BytesIO(record.photo or b"")).convert("RGB")
        for region in scored_regions(record):
            regions += 1
            texts = {"sum": region.captions[0]}
            for kind, negatives in region.negatives.items():
                texts |= {f"{kind}_{i}": text for i, text in enumerate(negatives)}
            crop = photo.crop(region.crop_box)
            inputs = processor(text=list(texts.values()), images=crop, return_tensors="pt", padding=True)
            with torch.inference_mode():
                logits = model(**inputs).logits_per_image[0]
            assert list(doc["clip_scores"][region.key]) == list(texts)
            assert list(doc["clip_scores"][region.key].values()) == pytest.approx(logits.tolist(), abs=2e-3)
    assert f"{regions} regions scored, 0 had scores before" in out
    scores = metric.compute(model=model, processor=processor, dataset=load("sdci", made, split="test"))
    assert 0 <= scores["hard_neg"] <= 1


def test_only_what_is_missing_is_scored(made: Path, capsys: Any) -> None:
    options = ["--model", TINY_CLIP]
    command("score-negatives", made, *options, capsys=capsys)
    first = docs(made)
    name = next(iter(first))
    doc = json.loads((made / "complete" / name).read_text())
    doc["clip_scores"]["base"].pop("swaps_1")
    (made / "complete" / name).write_text(json.dumps(doc))
    _, out, _ = command("score-negatives", made, *options, capsys=capsys)
    assert out.startswith("1 regions scored")
    assert docs(made) == first


def test_scores_of_others_stay_unless_told(made: Path, capsys: Any) -> None:
    options = ["--model", TINY_CLIP]
    command("score-negatives", made, *options, capsys=capsys)
    first = docs(made)
    name = next(iter(first))
    (made / "generation" / "scores" / name).unlink()  # as if they had come with the release
    _, out, _ = command("score-negatives", made, *options, capsys=capsys)
    assert out.startswith("0 regions scored")
    _, out, _ = command("score-negatives", made, *options, "--overwrite", capsys=capsys)
    assert out.startswith(f"{len(first[name]['summaries'])} regions scored")
    assert docs(made) == first


def test_new_negatives_lose_their_old_scores(made: Path, capsys: Any, processor: Any) -> None:
    command("score-negatives", made, "--model", TINY_CLIP, capsys=capsys)
    before = docs(made)
    run(made, Rules(Tokens(processor.tokenizer), seed=5), steps=["negatives"], overwrite=True)
    for name, doc in docs(made).items():
        for key in doc["summaries"]:
            same = doc["negatives"][key] == before[name]["negatives"][key]
            assert (key in doc.get("clip_scores", {})) == same


def test_scores_of_two_models_are_not_mixed(made: Path, capsys: Any, random_clip: Any, tmp_path: Path) -> None:
    other = tmp_path / "other"
    random_clip.save_pretrained(other)
    for path in TINY_CLIP.iterdir():
        if path.suffix == ".json" and not (other / path.name).exists():
            shutil.copy(path, other)
    command("score-negatives", made, "--model", TINY_CLIP, capsys=capsys)
    status, _, err = command("score-negatives", made, "--model", other, capsys=capsys)
    assert status == 1 and "come from" in err and "--overwrite" in err
    before = docs(made)
    options = ["--model", other, "--limit", "1"]
    assert command("score-negatives", made, *options, "--overwrite", capsys=capsys)[0] == 0
    # Interrupted, as it were, after one image: the rest still has the scores of the first model.
    assert command("score-negatives", made, "--model", other, capsys=capsys)[0] == 0
    for name, doc in docs(made).items():
        assert doc["clip_scores"]["base"] != before[name]["clip_scores"]["base"]
