"""`evaluate.load("dci_grounding")`."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from support.grounding_rows import rows
from support.tiny_families import build, image_processor_of

from dcikit.encoders.models import load_encoder
from dcikit.encoders.patch_encoder import patch_encoder
from dcikit.engine.prepare import row_readers
from dcikit.engine.windows import Run
from dcikit.tasks.evaluation import evaluate as evaluate_task
from dcikit.tasks.grounding import Grounding


@pytest.fixture
def grounding() -> Any:
    import evaluate

    import dci_metric  # noqa: F401 - registers

    return evaluate.load("dci_grounding")


def image(**changes: Any) -> dict[str, Any]:
    """Two halves of an image, of which each caption finds its own, and a caption of the whole."""
    left, right = np.zeros((2, 4, 6), bool)
    left[:, :3], right[:, 3:] = True, True
    maps = [[[0.4, 0.4]], [[0.9, 0.1]], [[0.2, 0.3]]]
    whole = {"image_id": "1", "keys": ["base", "m-1-sc", "m-2-sc"], "maps": maps, "masks": [None, left, right]}
    return whole | changes


def test_maps_of_ones_own(grounding: Any) -> None:
    grounding.add(**image())
    found = grounding.compute()
    assert (found["pointing"], found["iou"], found["ap"]) == (1.0, 1.0, 1.0)
    assert found["region_retrieval"] == 0.5  # the caption of the whole has a higher mean in the right half
    assert (found["pointing_chance"], found["iou_chance"], found["ap_chance"]) == (0.5, pytest.approx(1 / 3), 0.5)
    assert found["region_retrieval_chance"] == pytest.approx(1 / 3)
    assert (found["pointing_centre"], found["pointing_centre_tied"]) == (0.5, 2)
    assert (found["pointing_other"], found["pointing_other_excluded"]) == (None, 2)
    assert (found["images"], found["regions"], found["pointing_regions"]) == (1, 3, 2)
    assert (found["protocol"], found["fingerprint"], found["patch_method"]) == ("grounding", None, None)
    with pytest.raises(ValueError, match="nothing to score"):
        grounding.compute()


def test_maps_of_another_caption(grounding: Any) -> None:
    swapped = [[[0.4, 0.4]], [[0.1, 0.9]], [[0.3, 0.2]]]
    found = grounding.compute(**{name: [value] for name, value in image(other_maps=swapped).items()})
    assert (found["pointing"], found["pointing_other"]) == (1.0, 0.0)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"maps": [[[0.4, 0.4]]]}, r"`maps` of image 1 must have the shape \(regions, h, w\).*got \(1, 1, 2\)"),
        ({"maps": [[[0.4, float("nan")]]] * 3}, "`maps` of image 1 hold NaN"),
        ({"masks": [None] * 3}, "`masks` of image 1 must be as many as its 3 `keys`.*got 3 of 0 sizes"),
        ({"masks": [np.ones((4, 6))] * 3}, r"`masks` of image 1 must be boolean \(H, W\) arrays.*got float64"),
        ({"masks": [np.zeros((4, 6), bool)] * 3}, "arrays with something in them"),
    ],
)
def test_bad_maps_and_masks(grounding: Any, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        grounding.add(**image(**changes))


def test_a_model_scores_as_the_task(grounding: Any, processor: Any) -> None:
    model = build("SiglipModel", processor.tokenizer)
    parts = {"image_processor": image_processor_of("SiglipModel"), "tokenizer": processor.tokenizer}
    own = type("Processor", (), parts)
    found = grounding.compute(model=model, dataset=rows(), processor=own, patch_method="naclip")
    encoder = patch_encoder(load_encoder(model, own), "naclip")
    expected = evaluate_task(Grounding(), row_readers(rows()), encoder, Run())
    for name, score in expected.scores.items():
        assert found[name] == score.value and found[f"{name}_chance"] == score.chance
    assert found["fingerprint"] == expected.fingerprint and found["patch_method"] == "naclip"
    assert torch.tensor(found["ap"]).isfinite()
