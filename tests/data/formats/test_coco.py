"""COCO files, read by pycocotools."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dcikit.cli.main import main
from dcikit.data.bitmap import decode
from dcikit.data.formats import coco_rle
from dcikit.data.release import Release

coco_mask = pytest.importorskip("pycocotools.mask")


@pytest.mark.parametrize("shape", [(1, 1), (5, 7), (64, 33), (300, 500)])
@pytest.mark.parametrize("share", [0, 0.001, 0.5, 1])
def test_run_lengths_are_those_of_pycocotools(shape: tuple[int, int], share: float) -> None:
    mask = np.random.default_rng(0).random(shape) < share
    found = coco_rle.encode(mask)
    expected = coco_mask.encode(np.asfortranarray(mask, np.uint8))
    assert found == {"size": list(expected["size"]), "counts": expected["counts"].decode()}
    assert np.array_equal(coco_rle.decode(found["counts"], shape[1], shape[0]), mask)


@pytest.mark.parametrize(
    ("counts", "error"),
    [
        ("", "ends after 0 of 6 pixels"),
        ("5", "ends after 5 of 6 pixels"),
        ("oooooooooo0", "has the character 'o' where no run length has it"),
        ("7", "has run lengths that are not those of 3x2 pixels"),
        ("N", "has run lengths that are not those of 3x2 pixels"),
        ("6o", "ends after 6 of 6 pixels"),
        ("é", "has the character 'é'"),
    ],
)
def test_run_lengths_that_lie_are_refused(counts: str, error: str) -> None:
    with pytest.raises(ValueError, match=error):
        coco_rle.decode(counts, 3, 2)


def test_pycocotools_reads_masks_texts_and_tree(odd: Path, tmp_path: Path) -> None:
    from pycocotools.coco import COCO

    assert main(["export", str(odd), "--format", "coco", "--out", str(tmp_path / "coco"), "--num-proc", "1"]) == 0
    release = Release(odd)
    coco = COCO(tmp_path / "coco" / "instances_test.json")
    records = [release.read(name, summaries=False, photo=False) for name in release.names("test")]
    assert [image["file_name"] for image in coco.loadImgs(coco.getImgIds())] == [each.file_name for each in records]
    for record in records:
        annotations = coco.loadAnns(coco.getAnnIds(imgIds=int(record.image_id)))
        ids = {each["mask_id"]: each["id"] for each in annotations}
        assert [each["mask_id"] for each in annotations] == [mask.mask_id for mask in record.masks]
        for mask, each in zip(record.masks, annotations, strict=True):
            assert np.array_equal(coco.annToMask(each), decode(mask.png))
            assert (each["label"], each["caption"], each["quality"]) == (mask.label, mask.caption, mask.quality)
            assert each["parent_id"] == (None if mask.parent_id is None else ids[mask.parent_id])
            x, y, width, height = each["bbox"]
            assert (x, y, x + width, y + height) == mask.bbox
    captions = COCO(tmp_path / "coco" / "captions_test.json")
    first = captions.loadAnns(captions.getAnnIds(imgIds=int(records[0].image_id)))
    assert [each["caption"] for each in first] == [f"{records[0].short_caption}\n{records[0].extra_caption}"]


def test_an_export_is_resumed_and_never_half_there(odd: Path, tmp_path: Path) -> None:
    from dcikit.data.formats import parts
    from dcikit.data.formats.coco import COCO

    out = tmp_path / "coco"
    steps = parts.export_parts(Release(odd), COCO, out, num_proc=1)
    first = next(steps)
    steps.close()  # killed after the first split
    assert not out.exists()
    staged = next(tmp_path.glob(".coco.coco.*")) / "tree" / first.path
    before = staged.stat().st_mtime_ns
    written = list(parts.export_parts(Release(odd), COCO, out, num_proc=1))
    assert (out / first.path).stat().st_mtime_ns == before
    assert sum(part.images for part in written) == 12
    assert [path.name for path in tmp_path.iterdir()] == ["coco"]
    assert list(parts.export_parts(Release(odd), COCO, out, num_proc=1)) == written
    with pytest.raises(ValueError, match="holds something else"):
        list(parts.export_parts(Release(odd), COCO, out, on_error="skip"))
