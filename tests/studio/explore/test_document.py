"""Images as the page reads them."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pycocotools import mask as coco
from support.odd_release import NAME, edit

from dcikit.data.bitmap import mask_of
from dcikit.data.record import Mask
from dcikit.data.release import Release
from dcikit.studio.explore.collection import ReleaseCollection
from dcikit.studio.explore.document import image_document, masks_document, tree_order


def a_mask(mask_id: str, parent: str | None) -> Mask:
    return mask_of(mask_id, np.ones((1, 1), bool), parent_id=parent)


@pytest.mark.parametrize(
    ("parents", "expected"),
    [
        ({"1": None, "2": "1", "3": None, "4": "1", "5": "2"}, "1.1 2.2 5.3 4.2 3.1"),
        ({"5": "2", "2": None}, "2.1 5.2"),
        ({"1": "99"}, "1.1"),  # no such parent
        ({"1": "2", "2": "1", "3": None}, "3.1 1.1 2.2"),  # a cycle
        ({"1": "1"}, "1.1"),
    ],
)
def test_tree_order(parents: dict[str, str | None], expected: str) -> None:
    places = tree_order([a_mask(mask_id, parent) for mask_id, parent in parents.items()])
    assert " ".join(f"{place.mask.mask_id}.{place.depth}" for place in places) == expected


def test_regions_have_their_texts_and_their_place(odd: Path) -> None:
    record, defects = ReleaseCollection(Release(odd), "odd").examine("300207")
    document = image_document("300207", "test", record, defects)
    regions = {region["key"]: region for region in document["regions"]}
    order = "base m-3-sc m-10-sc m-1-sc m-7-sc m-8-sc m-5-sc m-4-sc m-0-sc m-2-sc".split()
    assert list(regions) == order
    assert [regions[key]["depth"] for key in order[:6]] == [*range(6)]
    assert regions["m-8-sc"]["parent"] == "m-7-sc"
    assert (regions["m-7-sc"]["quality"], regions["m-5-sc"]["quality"]) == ("bad", "low_quality")
    assert regions["m-2-sc"]["label"] == "café 🍰"
    assert regions["m-3-sc"]["area"] == 224 * 224 / (700 * 560)
    assert (regions["m-3-sc"]["too_small"], regions["m-0-sc"]["too_small"]) == (False, True)
    assert len(regions["base"]["summaries"]) == 7
    assert regions["m-3-sc"]["clip_scores"]["layout"] == [33.25]
    assert regions["m-2-sc"]["clip_scores"] is None


def test_masks_are_those_of_the_release(odd: Path) -> None:
    record, _ = ReleaseCollection(Release(odd), "odd").examine("300207")
    assert record is not None
    found = masks_document(record)
    for mask in record.masks:
        x0, y0, x1, y1 = found[mask.key]["box"]
        inside = coco.decode({"size": [y1 - y0, x1 - x0], "counts": found[mask.key]["counts"].encode()})
        pixels = np.zeros((record.height, record.width), bool)
        pixels[y0:y1, x0:x1] = inside
        with Image.open(io.BytesIO(mask.png)) as image:
            assert (pixels == np.asarray(image)).all()


def test_what_cannot_be_read_is_said(one_image: Path) -> None:
    collection = ReleaseCollection(Release(one_image), "one")
    (one_image / "photos" / "sa_1.jpg").unlink()
    record, defects = collection.examine("1")
    document = image_document("1", "test", record, defects)
    assert len(document["regions"]) == 4
    assert "sa_1.jpg is missing" in document["defects"][0]
    edit(one_image, NAME, lambda doc: doc["mask_data"]["0"].update(mask_quality=7))
    document = image_document("1", "test", *collection.examine("1"))
    assert document["regions"] == []
    assert "mask_data.0.mask_quality" in document["defects"][0]
    assert masks_document(None) == {}


def test_a_mask_that_cannot_be_decoded_has_the_reason(odd: Path) -> None:
    record, _ = ReleaseCollection(Release(odd), "odd").examine("300150")
    assert record is not None
    coloured = io.BytesIO()
    Image.new("RGB", (640, 480), "red").save(coloured, "PNG")
    for png in (record.masks[0].png[:60], coloured.getvalue()):
        broken = replace(record.masks[0], png=png)
        found = masks_document(replace(record, masks=(broken, record.masks[1])))
        assert "error" in found["m-0-sc"]
        assert found["m-1-sc"]["box"] == [30, 30, 90, 90]
