"""Masks -> records: unions, the collapse, what is too small, ids and order."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image
from support.plain_masks import build_plainly

from dcikit.data.record import Mask
from dcikit.masks import BitMask, build_tree
from dcikit.masks.tree import Node, refine

HEIGHT, WIDTH = 300, 400


def box(x0: int, y0: int, x1: int, y1: int) -> np.ndarray:
    mask = np.zeros((HEIGHT, WIDTH), bool)
    mask[y0:y1, x0:x1] = True
    return mask


def drawn(mask: Mask) -> np.ndarray:
    with Image.open(io.BytesIO(mask.png)) as image:
        assert image.mode == "1"
        return np.asarray(image, bool)


def outline(records: tuple[Mask, ...]) -> list[tuple[str, str | None, tuple[int, ...]]]:
    return [(mask.mask_id, mask.parent_id, mask.bbox) for mask in records]


def test_records_of_nested_masks() -> None:
    house, door, window = box(0, 0, 300, 300), box(150, 120, 250, 290), box(20, 100, 120, 200)
    records = build_tree([door, window, house], [1, 1, 1])
    assert outline(records) == [
        ("0", None, (0, 0, 300, 300)),
        ("1", "0", (20, 100, 120, 200)),  # 100 x 5000 + 20 comes before 120 x 5000 + 150
        ("2", "0", (150, 120, 250, 290)),
    ]
    assert [mask.child_ids for mask in records] == [("1", "2"), (), ()]
    assert [mask.area for mask in records] == [90_000, 10_000, 17_000]
    assert {(mask.label, mask.caption, mask.quality) for mask in records} == {("", "", "ok")}
    assert all(np.array_equal(drawn(mask), true) for mask, true in zip(records, (house, window, door), strict=True))


def test_siblings_that_cross_get_their_union_as_parent() -> None:
    left, right, far = box(0, 0, 200, 200), box(180, 100, 320, 220), box(330, 0, 400, 300)
    inside = box(20, 20, 120, 120)
    records = build_tree([left, right, far, inside], [1, 1, 1, 1])
    # 20 x 100 px are 12% of the smaller one. The later (smaller) one stays as a child, of the other one its children.
    assert outline(records) == [
        ("0", None, (0, 0, 320, 220)),
        ("1", "0", (20, 20, 120, 120)),
        ("2", "0", (180, 100, 320, 220)),
        ("3", None, (330, 0, 400, 300)),
    ]
    assert np.array_equal(drawn(records[0]), left | right)


def test_three_percent_of_neither_is_no_crossing() -> None:
    # 3 x 100 of 100 x 100 px: 300 of 10,001
    assert len(build_tree([box(0, 0, 200, 100), box(197, 0, 297, 100)], [1, 1])) == 2
    assert outline(build_tree([box(0, 0, 200, 100), box(196, 0, 296, 100)], [1, 1])) == [
        ("0", None, (0, 0, 296, 100)),
        ("1", "0", (196, 0, 296, 100)),
    ]


def test_no_mask_is_lost_where_two_unions_meet() -> None:
    # Two crossing pairs, then a bridge that crosses both: the unions' children all come below the last union.
    pairs = [box(0, 0, 150, 100), box(140, 0, 190, 110), box(0, 200, 140, 295), box(130, 200, 185, 299)]
    bridge = box(60, 60, 90, 240)
    records = build_tree([*pairs, bridge], [1] * 5)
    assert records[0].child_ids == ("1", "2", "3")
    assert [mask.bbox for mask in records[1:]] == [(140, 0, 190, 110), (60, 60, 90, 240), (130, 200, 185, 299)]
    assert np.array_equal(drawn(records[0]), np.any([*pairs, bridge], axis=0))


def test_an_only_child_that_repeats_its_parent_is_dropped_for_its_children() -> None:
    def node(mask: np.ndarray, *children: Node) -> Node:
        return Node(BitMask.pack(mask), list(children))

    inner = node(box(10, 10, 50, 50))
    (top,) = refine([node(box(0, 0, 100, 100), node(box(0, 0, 94, 100), inner))])
    assert top.children == [inner]
    (top,) = refine([node(box(0, 0, 100, 100), node(box(0, 0, 92, 100), inner))])
    assert [child.mask.area for child in top.children] == [9200]
    pair = [node(box(0, 0, 94, 100), inner), node(box(95, 0, 100, 100))]
    (top,) = refine([node(box(0, 0, 100, 100), *pair)])
    assert [child.mask.area for child in top.children] == [9400, 500]


def test_small_masks_go_with_all_below_them_and_use_up_an_id() -> None:
    masks = [box(0, 0, 70, 71), box(0, 100, 200, 300), box(100, 200, 190, 290), box(0, 110, 60, 170)]
    assert [mask.mask_id for mask in build_tree(masks, [1] * 4)] == ["1", "3"]  # 4,970 and 3,600 px are too small
    assert len(build_tree(masks, [1] * 4, min_area=3000)) == 4
    assert build_tree([], []) == ()


@pytest.mark.parametrize("seed", range(40))
def test_random_masks_against_the_plain_rules(seed: int) -> None:
    rng = np.random.default_rng(seed)
    masks = []
    for _ in range(rng.integers(1, 20)):
        mask = np.zeros((60, 90), bool)
        y, x = rng.integers(0, 50), rng.integers(0, 80)
        mask[y : y + rng.integers(5, 60), x : x + rng.integers(5, 90)] = True
        masks.append(mask & (rng.random(mask.shape) < rng.choice([1.0, 0.97])))
    scores = rng.random(len(masks)).tolist()
    expected = build_plainly(masks, scores, 100)
    records = build_tree(masks, scores, min_area=100)
    assert [mask.mask_id for mask in records] == [str(number) for number in expected]
    for mask, plain in zip(records, expected.values(), strict=True):
        assert np.array_equal(drawn(mask), plain["mask"])
        assert mask.parent_id == (None if plain["parent"] < 0 else str(plain["parent"]))
        assert mask.child_ids == tuple(map(str, plain["children"]))
        assert mask.area == plain["mask"].sum()
