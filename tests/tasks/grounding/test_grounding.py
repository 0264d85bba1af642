"""Grounding end to end: rows, a model and masks -> scores."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from support.grounding_rows import mask, region, row, rows
from support.slow_grounding import slow_retrieval, slow_scores
from support.tiny_families import build, image_processor_of

from dcikit.data.bitmap import decode
from dcikit.encoders.models import load_encoder
from dcikit.encoders.patch_encoder import PatchEncoder, patch_encoder
from dcikit.engine.cache import WindowCache
from dcikit.engine.prepare import row_readers
from dcikit.engine.windows import Run
from dcikit.results.map_files import map_writer
from dcikit.schema.errors import ArgumentError, DataError, ModelError
from dcikit.schema.score import Decision
from dcikit.tasks.evaluation import Evaluation, evaluate, evaluate_with
from dcikit.tasks.grounding import Grounding
from dcikit.tasks.grounding.scorer import GroundingScorer, MappedImage

OUTSIDE = "less than half of its mask in the frame"
SCORED = [("1", "m-1-sc"), ("1", "m-2-sc"), ("2", "m-1-sc"), ("2", "m-2-sc"), ("3", "m-7-sc")]
OF_MAPS = ("pointing", "iou", "ap")


@pytest.fixture(scope="module")
def encoder(processor: Any) -> PatchEncoder:
    model = build("CLIPModel", processor.tokenizer)
    images = image_processor_of("CLIPModel")
    parts = type("Processor", (), {"image_processor": images, "tokenizer": processor.tokenizer})
    return patch_encoder(load_encoder(model, parts))


def found(encoder: Any, run: Run | None = None, data: Any = None) -> tuple[Evaluation, dict[Any, Decision]]:
    decisions: dict[Any, Decision] = {}

    def keep(name: str, decision: Decision) -> None:
        decisions[name, decision.image_id, decision.key] = decision

    return evaluate(Grounding(), row_readers(data or rows()), encoder, run or Run(), keep), decisions


@torch.inference_mode()
def slow_map(encoder: PatchEncoder, photo: Any, caption: str) -> np.ndarray:
    """(4, 4): cosines of the patches of the middle square with a caption, by the model's own parts."""
    model, processor = encoder.model, encoder.preprocessor
    pixels = processor.image_processor(images=photo.crop((5, 0, 35, 30)), return_tensors="pt")["pixel_values"]
    states = model.vision_model(pixel_values=pixels).last_hidden_state[0, 1:]
    patches = model.visual_projection(model.vision_model.post_layernorm(states)).double()
    output = model.get_text_features(**processor.tokenizer([caption], return_tensors="pt"))
    text = getattr(output, "pooler_output", output)[0].double()
    return torch.cosine_similarity(patches, text[None]).reshape(4, 4).numpy()


def test_scores_equal_those_of_single_pixels(encoder: PatchEncoder) -> None:
    from dcikit.engine.photo import open_photo

    evaluation, decisions = found(encoder)
    data = {each["image_id"]: each for each in rows()}
    captions = {image: [r["captions"][0] for r in each["regions"] if r["captions"]] for image, each in data.items()}
    before = {"1": "3", "2": "1", "3": "2"}
    expected: dict[str, list[float]] = {}
    for image_id, key in SCORED:
        photo = open_photo(data[image_id])
        own = next(each for each in data[image_id]["regions"] if each["key"] == key)
        inside = decode(own["mask"]["bytes"])[:, 5:35]
        maps = np.stack([slow_map(encoder, photo, caption) for caption in captions[image_id]])
        others = captions[before[image_id]]
        drawn = int.from_bytes(hashlib.sha256(f"{image_id}/{key}".encode()).digest()[:8], "big") % len(others)
        of_maps = {
            "": slow_map(encoder, photo, own["captions"][0]),
            "_centre": -np.hypot(*np.meshgrid(np.arange(4) - 1.5, np.arange(4) - 1.5)).round(9),
            "_other": slow_map(encoder, photo, others[drawn]),
        }
        for suffix, scores in of_maps.items():
            for name, value in slow_scores(scores, inside).items():
                decision = decisions[name + suffix, image_id, key]
                assert decision.share == pytest.approx(value, abs=1e-9), (name + suffix, image_id, key)
                assert decision.chance == pytest.approx(slow_scores(np.zeros((4, 4)), inside)[name])
                expected.setdefault(name + suffix, []).append(value)
        if len(captions[image_id]) > 1:
            means = slow_retrieval(maps, inside).round(9)
            best = [caption for caption, mean in zip(captions[image_id], means, strict=True) if mean == means.max()]
            share = (own["captions"][0] in best) / len(best)
            assert decisions["region_retrieval", image_id, key].share == share
            expected.setdefault("region_retrieval", []).append(share)
    for name, values in expected.items():
        assert evaluation.scores[name].value == pytest.approx(np.mean(values), abs=1e-9), name
        assert evaluation.scores[name].regions == len(values)
    assert evaluation.scores["region_retrieval"].chance == pytest.approx((1 / 4 + 1 / 4 + 1 / 4 + 1 / 4) / 4)
    assert set(expected) == set(evaluation.scores)


def test_the_maps_of_scored_captions_can_be_kept(encoder: PatchEncoder, tmp_path: Path) -> None:
    from dcikit.engine.photo import open_photo

    scorer = GroundingScorer()
    with map_writer(tmp_path / "maps") as maps:
        scorer.on_map = maps.add
        evaluate_with(scorer, Grounding(), row_readers(rows()), encoder, Run())
    assert sorted((path.parent.name, path.stem) for path in (tmp_path / "maps").glob("*/*")) == SCORED
    data = {each["image_id"]: each for each in rows()}
    for image_id, key in SCORED:
        own = next(each for each in data[image_id]["regions"] if each["key"] == key)
        expected = slow_map(encoder, open_photo(data[image_id]), own["captions"][0])
        with Image.open(tmp_path / "maps" / image_id / f"{key}.png") as image:
            assert np.asarray(image).astype(float) * 2 / 65535 - 1 == pytest.approx(expected, abs=2e-5)


def test_what_cannot_be_scored_is_counted(encoder: PatchEncoder) -> None:
    evaluation, _ = found(encoder)
    excluded = {"no caption": 1, OUTSIDE: 1, "no mask": 1, "an empty mask": 1}
    assert evaluation.scores["pointing"].excluded == excluded
    assert evaluation.scores["region_retrieval"].excluded == {**excluded, "the only caption of its image": 1}
    assert evaluation.scores["iou_other"].excluded == excluded
    alone, _ = found(encoder, data=rows()[:1])
    assert alone.scores["ap_other"].excluded == {"no caption": 1, OUTSIDE: 1, "no caption of another image": 2}
    assert (alone.scores["ap_other"].value, alone.scores["ap_other"].chance) == (None, None)


def test_equal_captions_share_a_region(encoder: PatchEncoder) -> None:
    _, decisions = found(encoder)
    both = [decisions["region_retrieval", "2", key] for key in ("m-1-sc", "m-2-sc")]
    assert all(each.tied or each.share == 0 for each in both)
    assert {each.share for each in both} <= {0.0, 0.5}


@pytest.mark.parametrize("run", [Run(1), Run(2, num_workers=1)])
def test_scores_do_not_depend_on_batches_or_workers(encoder: PatchEncoder, run: Run) -> None:
    expected, _ = found(encoder)
    other, _ = found(encoder, run)
    assert other.fingerprint == expected.fingerprint
    for name, score in expected.scores.items():
        assert other.scores[name].value == pytest.approx(score.value, abs=1e-6), name


def test_cached_maps_are_those_that_were_kept(encoder: PatchEncoder, tmp_path: Path) -> None:
    run = Run(cache=WindowCache(tmp_path, {"run": "of this test"}))
    first, _ = found(encoder, run)
    broken = replace_forward(encoder)
    again, _ = found(broken, run)
    assert again.scores == first.scores and again.fingerprint == first.fingerprint


def replace_forward(encoder: PatchEncoder) -> PatchEncoder:
    """The same, which cannot encode anything."""
    import copy

    broken = copy.copy(encoder)
    broken.embed_images = broken.embed_texts = None  # type: ignore[assignment, method-assign]
    return broken


def test_one_forward_an_image(encoder: PatchEncoder) -> None:
    crops = []
    handle = encoder.model.vision_model.register_forward_hook(
        lambda module, args, output: crops.append(output[0].shape[0])
    )
    try:
        found(encoder)
    finally:
        handle.remove()
    assert sum(crops) == 3


def test_a_mask_of_another_size_is_a_defect_of_its_image(encoder: PatchEncoder) -> None:
    wrong = region("m-1-sc", "a dog", mask(0, 0, 20, 20)[:20])
    data = [*rows(), row("4", wrong)]
    with pytest.raises(DataError, match="image 4 region m-1-sc: `mask`: the mask has 40x20 pixels, the photo 40x30"):
        found(encoder, data=data)
    evaluation, _ = found(encoder, Run(skip_errors=True), data)
    assert list(evaluation.skipped) == [3] and evaluation.scores["pointing"].regions == 5


def test_an_image_that_comes_twice_is_refused(encoder: PatchEncoder) -> None:
    with pytest.raises(ValueError, match="image 1 comes twice"):
        found(encoder, data=[*rows(), rows()[0]])


def test_models_without_patches_are_refused(processor: Any) -> None:
    for name in ("BlipForImageTextRetrieval", "AlignModel"):
        parts = {"image_processor": image_processor_of(name), "tokenizer": processor.tokenizer}
        encoder = load_encoder(build(name, processor.tokenizer), type("Processor", (), parts))
        with pytest.raises(ModelError, match=f"`model` must have patch tokens in the space of its texts.*got {name}"):
            patch_encoder(encoder)
        if name == "AlignModel":
            with pytest.raises(ArgumentError, match="`encoder` must answer with patches for task grounding"):
                found(encoder)


@pytest.mark.parametrize("kind", ["oracle", "constant", "random"])
def test_maps_whose_scores_are_known(kind: str) -> None:
    """An oracle finds everything, a constant map gets chance, a random one something around it."""
    random = np.random.default_rng(0)
    scorer = GroundingScorer()
    for image in range(40):
        masks = np.zeros((3, 8, 8), bool)
        masks[0, :4], masks[1, 4:, :5], masks[2, 2:4, 2:7] = True, True, True
        unit_masks = masks / np.sqrt(masks.sum((1, 2), keepdims=True))  # one mask is in another
        maps = {"oracle": unit_masks, "constant": np.ones_like(masks, float)}
        scores = torch.from_numpy(maps.get(kind, random.random(masks.shape))).double()
        covered = {number: torch.from_numpy(each * 64) for number, each in enumerate(masks)}
        mapped = MappedImage(str(image), ["a", "b", "c"], [False] * 3, scores, covered, (0, 0, 8, 8))
        scorer.judge(mapped)
        scorer.judge_others(mapped, {number: scores[(number + 1) % 3] for number in range(3)})
    for name in ("pointing", "region_retrieval", "iou", "ap"):
        score = scorer.finish()[name]
        expected = {"oracle": pytest.approx(1), "constant": pytest.approx(score.chance)}
        assert score.value == expected.get(kind, pytest.approx(score.chance, abs=0.12)), name
        if kind == "constant":
            assert score.tied == (120 if name in ("pointing", "region_retrieval") else 0)
