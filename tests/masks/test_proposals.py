"""Proposed masks: small random models against a plain loop, one point and one whole mask at a time."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
import transformers
from PIL import Image
from support.tiny_sams import FRAME, make_sam, noise, propose_plainly
from torch.nn.functional import interpolate

import dcikit.masks.canny
import dcikit.masks.draw
from dcikit.masks import BitMask, ProposeSettings, Sam, load_sam, propose
from dcikit.masks.boxes import suppress
from dcikit.masks.canny import canny_edges
from dcikit.masks.draw import draw_mask
from dcikit.masks.islands import without_specks
from dcikit.masks.points import edge_points, grid_points
from dcikit.masks.sam import EmbeddedPhoto

FAMILIES = ["sam", "sam_hq", "sam2"]
if hasattr(transformers, "Sam3TrackerModel"):
    FAMILIES.append("sam3_tracker")
SHARP = Image.Resampling.NEAREST


@pytest.fixture(scope="module")
def sam_of() -> Callable[[str], Sam]:
    known: dict[str, Sam] = {}

    def sam(name: str) -> Sam:
        if name not in known:
            known[name] = make_sam(name)
        return known[name]

    return sam


@pytest.mark.parametrize("nms", [0.97, 1.0])
@pytest.mark.parametrize("size", [(130, 90), (50, 81)])
@pytest.mark.parametrize("family", FAMILIES)
def test_proposals_equal_a_plain_loop(
    sam_of: Callable[[str], Sam],
    monkeypatch: pytest.MonkeyPatch,
    family: str,
    size: tuple[int, int],
    nms: float,
) -> None:
    photo = noise(*size)
    some_pass = {"sam": 0.45, "sam_hq": 0.3, "sam2": 0.2, "sam3_tracker": 0.2}[family]
    thresholds = {"pred_iou": some_pass, "stability": 0.2, "min_region_area": 20, "nms": nms}
    expected = propose_plainly(sam_of(family), photo, grid_points(size, 4), **thresholds)
    assert len(expected) >= (5 if nms == 1 else 1)
    for batch, strip in ((64, 1 << 22), (5, 700)):  # whole masks, and strips of some rows
        monkeypatch.setattr(dcikit.masks.draw, "_STRIP", strip)
        settings = ProposeSettings(
            points_per_side=4,
            edges=False,
            points_per_batch=batch,
            pred_iou_threshold=thresholds["pred_iou"],
            stability_threshold=thresholds["stability"],
            min_region_area=20,
            nms_threshold=nms,
        )
        found = propose(photo, sam_of(family), settings)
        assert found.scores == pytest.approx([plain.score for plain in expected], abs=2e-3)
        for mask, plain in zip(found.masks, expected, strict=True):
            differs = np.asarray(mask) != plain.mask
            assert not differs[np.abs(plain.logits) > 1e-3].any()


def test_a_mask_far_from_the_left_is_as_stable_as_it_is_drawn(sam_of: Callable[[str], Sam]) -> None:
    """Masks are packed in words of 64 pixels: the columns before the first one of the mask are no part of it."""
    sam = sam_of("sam2")
    photo = EmbeddedPhoto(sam, (320, 160), (FRAME, FRAME), {})
    logits = torch.full((16, 16), -20.0)
    logits[5:12, 6:13] = 20.0
    whole = interpolate(logits[None, None], (160, 320), mode="bilinear", align_corners=False)[0, 0].numpy()
    mask, stability = draw_mask(photo, logits, 1.0)
    assert mask is not None and mask.box[0] % 64 > 32
    assert np.array_equal(np.asarray(mask), whole > 0)
    assert stability == (whole > 1).sum() / (whole > -1).sum()
    assert stability > 0.9


def test_edge_points_add_their_own_list(sam_of: Callable[[str], Sam]) -> None:
    pixels = np.full((90, 130, 3), 40, np.uint8)
    pixels[30:60, 40:90] = 220
    photo = Image.fromarray(pixels)
    free = {"pred_iou_threshold": -9.0, "stability_threshold": 0.0, "nms_threshold": 1.0, "points_per_side": 2}
    grid = propose(photo, sam_of("sam"), ProposeSettings(**free, edges=False))
    both = propose(photo, sam_of("sam"), ProposeSettings(**free))
    again = propose(photo, sam_of("sam"), ProposeSettings(**free, points_per_batch=7))
    assert both.scores[: len(grid.scores)] == grid.scores and len(both.scores) > 2 * len(grid.scores)
    assert again.scores == pytest.approx(both.scores, abs=2e-3)


def test_grid_points_are_the_centres_of_cells() -> None:
    assert grid_points((40, 20), 2).tolist() == [[10, 5], [30, 5], [10, 15], [30, 15]]


def test_edges_of_a_square() -> None:
    pixels = np.zeros((60, 80, 3), np.uint8)
    pixels[20:40, 30:50] = (0, 255, 0)  # in one channel alone
    edges = canny_edges(Image.fromarray(pixels))
    rows, columns = np.nonzero(edges)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) in {(19, 39, 29, 49), (20, 40, 30, 50)}
    assert not edges[23:37, 33:47].any()
    assert 60 <= edges.sum() <= 84


def test_a_faint_edge_counts_only_beside_a_strong_one() -> None:
    pixels = np.zeros((60, 200, 3), np.uint8)
    pixels[:, 100:] = 45  # the gradient of a step is 4 times its height: between 100 and 250
    assert not canny_edges(Image.fromarray(pixels)).any()
    pixels[:20, 100:] = 255
    edges = canny_edges(Image.fromarray(pixels))
    assert edges[45:55, 95:105].any(axis=1).all()


def test_edges_are_the_same_in_strips(monkeypatch: pytest.MonkeyPatch) -> None:
    photo = noise(300, 220, SHARP)
    whole = canny_edges(photo)
    monkeypatch.setattr(dcikit.masks.canny, "_STRIP", 300 * 17)
    assert whole.any() and np.array_equal(canny_edges(photo), whole)


@pytest.mark.parametrize("size", [(400, 90), (90, 400)])
def test_edge_points_stay_inside_by_their_own_side(size: tuple[int, int]) -> None:
    photo = noise(*size, SHARP)
    points = edge_points(photo, seed=3)
    assert np.array_equal(points, edge_points(photo, seed=3))
    assert not np.array_equal(points, edge_points(photo, seed=4))
    assert points.min() >= 10 and (points.max(axis=0) <= np.array(size) - 10).all()
    assert points.max() > 200  # the bounds of x are not those of y
    chosen = points[::9]  # each is followed by eight around it
    assert (np.abs(points.reshape(-1, 9, 2) - chosen[:, None]).max() <= 18) and len(points) % 9 == 0
    apart = np.abs(chosen[:, None] - chosen[None]).max(axis=2) + 99 * np.eye(len(chosen))
    assert apart.min() >= 12


def test_a_photo_without_edges_or_too_small_for_them() -> None:
    assert len(edge_points(Image.new("RGB", (50, 50), "red"), 0)) == 0
    assert len(edge_points(noise(15, 15), 0)) == 0


def test_suppression_keeps_the_better_box() -> None:
    boxes = [(0, 0, 101, 101), (0, 0, 101, 100), (0, 0, 101, 90), (200, 200, 301, 301)]
    assert suppress(boxes, [0.5, 0.9, 0.8, 0.1], 0.97) == [1, 2, 3]  # 100 x 99 of 100 x 100 is 0.99
    assert suppress(boxes, [0.9, 0.9, 0.8, 0.1], 0.97) == [0, 2, 3]
    assert suppress([], [], 0.97) == []


def test_specks_are_cleaned() -> None:
    mask = np.zeros((60, 90), bool)
    mask[10:40, 70:88] = True
    mask[20:22, 74:76] = False  # a hole of 4
    mask[30:35, 78:84] = False  # one of 30
    mask[41, 69] = True  # touches nothing
    mask[40, 69] = True  # touches the corner
    cleaned = np.asarray(without_specks(BitMask.pack(mask), 10))
    expected = mask.copy()
    expected[20:22, 74:76] = True
    assert np.array_equal(cleaned, expected)
    islands = np.zeros((60, 90), bool)
    islands[5, 5:8] = islands[50, 70:75] = True
    only = np.zeros((60, 90), bool)
    only[50, 70:75] = True
    assert np.array_equal(np.asarray(without_specks(BitMask.pack(islands), 10)), only)
    clean = BitMask.pack(only)
    assert without_specks(clean, 5) is clean


def test_what_is_open_to_the_outside_is_no_hole() -> None:
    ring = np.ones((30, 30), bool)
    ring[14:16, 5:] = False  # a slit to the photo's border, closed by it
    assert np.asarray(without_specks(BitMask.pack(ring), 100)).all()
    moved = np.zeros((30, 40), bool)
    moved[:, :30] = ring
    assert np.array_equal(np.asarray(without_specks(BitMask.pack(moved), 100)), moved)


@pytest.mark.parametrize("family", ["sam", "sam2"])
def test_a_saved_model_is_loaded_without_torchvision(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sam_of: Callable[[str], Sam], family: str
) -> None:
    monkeypatch.setitem(sys.modules, "torchvision", None)
    sam = sam_of(family)
    sam.model.save_pretrained(tmp_path)
    (tmp_path / "preprocessor_config.json").write_text(
        '{"image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225]}'
    )
    loaded = load_sam(tmp_path, "cpu")
    assert (loaded.is_padded, loaded.frame) == (sam.is_padded, 64)
    found, expected = (each.embed(noise(90, 60)).predict(grid_points((90, 60), 2)) for each in (loaded, sam))
    torch.testing.assert_close(found, expected)


def test_models_that_are_none_are_refused(tmp_path: Path) -> None:
    transformers.BertConfig().save_pretrained(tmp_path)
    with pytest.raises(ValueError, match="is a bert model, not one of sam, sam_hq, sam2, sam2_video, sam3_tracker"):
        load_sam(tmp_path)
    with pytest.raises(ValueError, match="give a Segment Anything model"):
        load_sam(tmp_path / "nothing")
    with pytest.raises(ValueError, match="`points_per_side` must be at least 1, got 0"):
        ProposeSettings(points_per_side=0)


def test_pixels_are_those_of_sams_own_processor(sam_of: Callable[[str], Sam], monkeypatch: pytest.MonkeyPatch) -> None:
    """Scaled, normalised and padded as transformers' Pillow processor does it."""
    processor_class = getattr(transformers, "SamImageProcessorPil", transformers.SamImageProcessor)
    processor = processor_class(size={"longest_edge": 64}, pad_size={"height": 64, "width": 64}, do_convert_rgb=True)
    sam, seen = sam_of("sam"), []
    monkeypatch.setattr(sam.model, "get_image_embeddings", lambda pixels: seen.append(pixels) or pixels)
    for size in ((130, 90), (51, 200)):
        photo = noise(*size)
        sam.embed(photo)
        expected = processor(images=photo, return_tensors="pt")["pixel_values"]
        torch.testing.assert_close(seen[-1], torch.as_tensor(expected, dtype=torch.float32), atol=1e-5, rtol=0)
