"""The rule of each benchmark on cases worked by hand: who wins, who ties, what is averaged over what."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from PIL import Image
from support.pair_scores import PHOTO, encoded, judged, rows_of, text

from dcikit.engine.encodings import Embeddings
from dcikit.engine.items import EncodedItem, Excluded, Item
from dcikit.tasks.pairs import BENCHMARKS, Pairs
from dcikit.tasks.pairs.benchmarks.own import own_benchmark

GREY = Image.new("RGB", (8, 8))
OWN = own_benchmark("pairs.jsonl", ["image", "captions", "negatives", "group"])


def own_row(**facts: Any) -> dict[str, Any]:
    return {"image": GREY, "captions": "a", "negatives": "b", **facts}


def relation(name: str, image: Any = GREY) -> dict[str, Any]:
    box = {"x": 1, "y": 2, "w": 3, "h": 4}
    return {"image": image, "true_caption": "a", "false_caption": "b", "bbox": box, "relation_name": name}


def order() -> dict[str, Any]:
    shuffles = {f"hard_text_{number}": f"shuffled {number}" for number in range(1, 5)}
    return {"images": GREY, "correct_caption": "in order", **shuffles}


def square() -> dict[str, Any]:
    return {"image_0": GREY, "image_1": GREY, "caption_0": "a b", "caption_1": "b a"}


def test_a_pair_is_right_if_the_caption_wins_strictly() -> None:
    rows = rows_of(OWN, [own_row(image_id=name) for name in ("x", "y", "y")])
    score = judged(OWN, rows, [[0.5, 0.4], [0.4, 0.5], [0.5, 0.5]])["pairs"]
    assert score.value == 1 / 3 and score.tied == 1
    assert score.images == {"x": (1, 1), "y": (0, 2)}


@pytest.mark.parametrize(("scores", "right"), [([0.5, 0.6, 0.4, 0.3], 1), ([0.5, 0.6, 0.55, 0.3], 0)])
def test_the_lowest_caption_must_beat_the_highest_negative(scores: list[float], right: int) -> None:
    rows = rows_of(OWN, [own_row(captions=["a", "b"], negatives=["c", "d"])])
    assert judged(OWN, rows, [scores])["pairs"].value == right


def test_the_mean_over_relations_leaves_out_the_symmetric_ones() -> None:
    """on: 1 of 2; under: 1 of 1; "next to" is symmetric: of all rows 2 of 5, of the groups (1/2 + 1) / 2."""
    benchmark = BENCHMARKS["aro-vg-relation"]
    assert len(benchmark.unscored_groups) == 157
    rows = rows_of(benchmark, [relation(name) for name in ("on", "on", "under", "next to", "next to")])
    scores = judged(benchmark, rows, [[0.5, 0.4], [0.4, 0.5], [0.5, 0.4], [0.4, 0.5], [0.5, 0.5]])
    assert scores["pairs"].value == 2 / 5 and scores["pairs"].regions == 5
    assert scores["pairs_macro"].value == 0.75 and scores["pairs_macro"].regions == 3
    assert scores["pairs_macro"].excluded == {"a group that the mean leaves out": 2}


def test_relations_are_judged_on_the_box_around_both_things() -> None:
    [item] = Pairs(BENCHMARKS["aro-vg-relation"]).items(rows_of(BENCHMARKS["aro-vg-relation"], [relation("on")])[0])
    assert isinstance(item, Item) and item.box == (1, 2, 4, 6)
    flat = {**relation("on"), "bbox": None, "bbox_x": 1, "bbox_y": 2, "bbox_w": 3, "bbox_h": 4}
    [item] = Pairs(BENCHMARKS["aro-vg-relation"]).items(rows_of(BENCHMARKS["aro-vg-relation"], [flat])[0])
    assert isinstance(item, Item) and item.box == (1, 2, 4, 6)


def test_attributes_need_25_cases_of_a_pair() -> None:
    """red_small has 25, 20 of them right; blue_big has 24, all of them right."""
    benchmark = BENCHMARKS["aro-vg-attribution"]
    raws = [{**relation(""), "attributes": ["red", "small"]}] * 25 + [
        {**relation(""), "attributes": ["blue", "big"]}
    ] * 24
    scores = judged(benchmark, rows_of(benchmark, raws), [[0.5, 0.4]] * 20 + [[0.4, 0.5]] * 5 + [[0.5, 0.4]] * 24)
    assert scores["pairs"].value == 44 / 49
    assert scores["pairs_macro"].value == 0.8
    assert scores["pairs_macro"].excluded == {"a group of fewer than 25": 24}


def test_of_orders_a_tie_is_right_upstream_and_wrong_here() -> None:
    benchmark = BENCHMARKS["aro-coco-order"]
    rows = rows_of(benchmark, [order()] * 3)
    ways = [[0.5, 0.4, 0.3, 0.2, 0.1], [0.5, 0.5, 0.3, 0.2, 0.1], [0.5, 0.4, 0.3, 0.2, 0.6]]
    scores = judged(benchmark, rows, ways)
    assert (scores["pairs"].value, scores["pairs"].tied) == (1 / 3, 1)
    assert scores["pairs_ties_right"].value == 2 / 3


@pytest.mark.parametrize(
    ("photo_0", "photo_1", "expected"),
    [
        ((0.9, 0.1), (0.9, 0.1), (1, 1, 1)),
        ((0.9, 0.8), (0.7, 0.6), (1, 0, 0)),  # caption 1: photo 1 has 0.7, photo 0 has 0.8
        ((0.5, 0.6), (0.9, 0.4), (0, 1, 0)),  # photo 0 prefers caption 1
        ((0.5, 0.5), (0.5, 0.5), (0, 0, 0)),
        ((0.6, 0.5), (0.5, 0.4), (1, 0, 0)),  # caption 1 ties
        ((0.6, 0.4), (0.5, 0.5), (0, 1, 0)),  # photo 1 ties
    ],
)
@pytest.mark.parametrize("name", ["winoground", "bivlc"])
def test_of_a_square_every_comparison_must_be_won(
    name: str, photo_0: tuple[float, float], photo_1: tuple[float, float], expected: tuple[int, int, int]
) -> None:
    """Of each photo: its score with its own caption, and with the other one."""
    benchmark = BENCHMARKS[name]
    names = {"image": GREY, "negative_image": GREY, "caption": "a", "negative_caption": "b", "type": "swap"}
    scores = judged(benchmark, rows_of(benchmark, [{**square(), **names}]), [photo_0, photo_1])
    assert tuple(scores[each].value for each in ("pairs_text", "pairs_image", "pairs_group")) == expected
    if name == "bivlc":
        assert scores["pairs_group/swap"] == scores["pairs_group"]


def test_a_tie_within_a_square_is_counted() -> None:
    benchmark = BENCHMARKS["winoground"]
    scores = judged(benchmark, rows_of(benchmark, [square()]), [(0.6, 0.5), (0.5, 0.4)])
    assert [scores[name].tied for name in ("pairs_text", "pairs_image", "pairs_group")] == [0, 1, 1]


def test_text_alone_of_sugarcrepe_pp() -> None:
    """Captions at 0 and 20 degrees: negatives at 50 and 45 are farther from both, one at 35 is nearer to the second."""
    benchmark = BENCHMARKS["sugarcrepe-pp"]
    raws = [{"image": GREY, "filename": "1.jpg", "caption": "a", "caption2": "b", "negative_caption": "c"}] * 3
    scorer = Pairs(benchmark).scorer()
    for row, degrees in zip(rows_of(benchmark, raws, "swap_object"), (50, 35, 45), strict=True):
        [item] = Pairs(benchmark).items(row)
        assert isinstance(item, Item)
        angles = torch.deg2rad(torch.tensor([0.0, 20.0, float(degrees)], dtype=torch.float64))
        texts = dict(zip(item.texts, torch.stack([angles.cos(), angles.sin()], dim=1), strict=True))
        scorer.add(EncodedItem(item, {}, frozenset(), Embeddings(str(item), PHOTO.double(), texts)))
    scores = scorer.finish()
    assert scores["pairs"].value == 1.0  # the photo is at 0: both captions are nearer
    assert scores["pairs_text_only"].images == {"1.jpg": (2, 3)}
    assert scores["pairs_text_only/swap_object"].value == scores["pairs_text_only"].value


def test_what_cannot_be_scored_is_counted_with_its_reason() -> None:
    rows = rows_of(
        OWN,
        [
            own_row(image=None),
            own_row(image="lost.jpg"),
            own_row(captions=None),
            own_row(negatives=[]),
            own_row(box=[3, 3, 3, 9]),
            own_row(group="g"),
        ],
    )
    scores = judged(OWN, rows, [[0.5, 0.4]])
    expected = {"no photo": 2, "no caption": 1, "no negative": 1, "empty box": 1}
    assert scores["pairs"].excluded == expected and scores["pairs"].regions == 1


def test_a_square_without_one_of_its_photos_is_excluded_once() -> None:
    benchmark = BENCHMARKS["winoground"]
    rows = rows_of(benchmark, [{**square(), "image_1": None}, square()])
    scores = judged(benchmark, rows, [(0.9, 0.1), (0.9, 0.1)])
    assert scores["pairs_group"].excluded == {"no photo": 1} and scores["pairs_group"].regions == 1


def test_a_square_whose_other_photo_was_skipped_is_excluded() -> None:
    task = Pairs(BENCHMARKS["winoground"])
    scorer = task.scorer()
    rows = rows_of(task.benchmark, [square()] * 3)
    for index in (0, 2, 3, 4):  # the second photo of the first and of the last case could not be decoded
        [item] = task.items(rows[index])
        assert isinstance(item, Item)
        scorer.add(encoded(item, (0.9, 0.1)))
    score = scorer.finish()["pairs_text"]
    assert score.regions == 1 and score.excluded == {"its other photo was skipped": 2}


def test_truncated_texts_are_counted() -> None:
    task = Pairs(OWN)
    scorer = task.scorer()
    [item] = task.items(rows_of(OWN, [own_row()])[0])
    assert isinstance(item, Item)
    scorer.add(encoded(item, (0.9, 0.1), truncated=2))
    assert scorer.finish()["pairs"].truncated == 2


def test_subsets_have_scores_of_their_own() -> None:
    benchmark = BENCHMARKS["sugarcrepe"]
    raw = {"image": GREY, "tested_labels": ["a", "b"], "true_label": 0}
    rows = rows_of(benchmark, [raw, raw, {**raw, "image": None}], "add_att")
    scores = judged(benchmark, rows, [[0.5, 0.4], [0.4, 0.5]])
    assert list(scores) == ["pairs", "pairs/add_att"]
    assert scores["pairs/add_att"].value == 0.5 and scores["pairs/add_att"].excluded == {"no photo": 1}


def test_vl_checklist_averages_what_its_files_are_about() -> None:
    """Object: center 1 of 1, small 0 of 2."""
    benchmark = BENCHMARKS["vl-checklist"]
    raws = [
        {"path": "1.jpg", "texts": {"POS": ["a", "ignored"], "NEG": ["b"]}, "about": about}
        for about in ("center", "small", "small")
    ]
    rows = rows_of(benchmark, raws, "Object")
    scores = judged(benchmark, rows, [])
    assert scores["pairs"].excluded == {"no photo": 3} and scores["pairs"].value is None
    task = Pairs(benchmark)
    scorer = task.scorer()
    for row, ways in zip(rows, ((0.5, 0.4), (0.4, 0.5), (0.4, 0.4)), strict=True):
        [item] = task.items({**row, "image": GREY})
        assert isinstance(item, Item) and len(item.texts) == 2
        scorer.add(encoded(item, ways))
    found = scorer.finish()
    assert (found["pairs/Object"].value, found["pairs_macro/Object"].value) == (1 / 3, 0.5)


def test_rows_of_another_kind_are_refused() -> None:
    with pytest.raises(ValueError, match="open_benchmark"):
        Pairs(OWN).items({"image_id": "7", "regions": []})
    assert isinstance(Pairs(OWN).items(rows_of(OWN, [own_row(image=None)])[0])[0], Excluded)
    assert text(0.5)[0] == 0.5
