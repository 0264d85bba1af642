"""SCM with `region_view` pool: one forward an image, and the mean of the patches in each mask."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from support.grounding_rows import rows
from support.slow_grounding import slow_covered
from support.tiny_families import build, image_processor_of

import dcikit
from dcikit.data.bitmap import decode
from dcikit.encoders.models import load_encoder
from dcikit.encoders.patch_encoder import PatchEncoder, patch_encoder
from dcikit.engine.photo import open_photo
from dcikit.engine.prepare import row_readers
from dcikit.engine.windows import Run
from dcikit.schema.score import Decision
from dcikit.tasks.evaluation import evaluate
from dcikit.tasks.scm import Scm, Views


@pytest.fixture(scope="module")
def encoder(processor: Any) -> PatchEncoder:
    parts = {"image_processor": image_processor_of("CLIPModel"), "tokenizer": processor.tokenizer}
    return patch_encoder(load_encoder(build("CLIPModel", processor.tokenizer), type("Processor", (), parts)))


def with_masks() -> list[dict[str, Any]]:
    return [
        row | {"regions": [each for each in row["regions"] if each["mask"] or each["key"] == "base"]} for row in rows()
    ]


def slow_score(encoder: PatchEncoder, row: dict[str, Any], region: dict[str, Any], caption: str) -> float:
    """A region and a caption."""
    with encoder.inference():
        crop = open_photo(row).crop((5, 0, 35, 30))
        patches = encoder.embed_images([encoder.pixels(crop)])[0].double()
        text = encoder.embed_texts(encoder.tokens([caption])[0])[0].double()
    weights = [[1] * 4] * 4
    if region["mask"]:
        weights = slow_covered(decode(region["mask"]["bytes"])[:, 5:35], (4, 4))
    total = torch.zeros(patches.shape[-1], dtype=torch.float64)
    for r in range(4):
        for c in range(4):
            total += weights[r][c] * patches[r, c] / patches[r, c].norm()
    return torch.cosine_similarity(total, text, dim=0).item()


def test_pooled_regions_equal_a_mean_patch_by_patch(encoder: PatchEncoder) -> None:
    decisions: list[Decision] = []
    forwards = []
    hook = encoder.model.vision_model.register_forward_hook(
        lambda module, args, output: forwards.append(len(output[0]))
    )
    task = Scm(("image",), protocol_name="sdci-entries", views=Views("pool"))
    try:
        found = evaluate(task, row_readers(with_masks()), encoder, Run(), lambda name, each: decisions.append(each))
    finally:
        hook.remove()
    assert sum(forwards) == 3
    of_image = [each for each in decisions if each.image_id == "1"]
    own = rows()[0]
    kept = [region for region in own["regions"] if region["key"] in ("base", "m-1-sc", "m-2-sc")]
    scores = np.array([[slow_score(encoder, own, region, other["captions"][0]) for other in kept] for region in kept])
    for number, region in enumerate(kept):
        decision = next(each for each in of_image if each.key == region["key"])
        assert decision.own == pytest.approx(scores[number, number], abs=1e-6)
        assert decision.chosen == f"1/{kept[int(scores[number].argmax())]['key']}"
    excluded = found.scores["image_scm"].excluded
    assert excluded["less than half of its mask in the frame"] == 1
    assert excluded["an empty mask"] == 1
    assert found.protocol["region_view"] == "pool" and found.protocol["name"] == "sdci-entries-views"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"views": ("region", "image")}, "`views` must be region alone with `region_view` pool"),
        ({"grouping": "similar"}, "`grouping` must be consecutive with `region_view` pool"),
        ({"blind": True}, "`blind` and `blind_encoder` are for crops, not for `region_view` pool"),
    ],
)
def test_what_does_not_go_with_pool(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(dcikit.ArgumentError, match=message):
        dcikit.evaluate(limit=1, region_view="pool", **settings)


def test_a_patch_method_needs_patches() -> None:
    with pytest.raises(dcikit.ArgumentError, match="`patch_method` is for task grounding and `region_view` pool"):
        dcikit.evaluate(limit=1, patch_method="sclip")
