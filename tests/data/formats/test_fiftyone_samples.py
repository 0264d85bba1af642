"""FiftyOne's serialized samples: against their documented form, and read by FiftyOne where it is installed."""

from __future__ import annotations

import base64
import io
import json
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dcikit.cli.main import main
from dcikit.data.attach import attach_photos
from dcikit.data.bitmap import decode
from dcikit.data.formats.fiftyone_samples import serialized
from dcikit.data.record import Record
from dcikit.data.release import Release


@pytest.fixture(scope="module")
def records(odd: Path) -> list[Record]:
    release = Release(odd)
    return [release.read(name, summaries=False, photo=False) for name in release.names("test")]


@pytest.fixture(scope="module")
def exported(odd: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("fiftyone") / "out"
    assert main(["export", str(odd), "--format", "fiftyone", "--out", str(out), "--num-proc", "1"]) == 0
    return out / "test"


def in_the_image(detection: dict[str, Any], record: Record) -> np.ndarray:
    """The pixels of a detection's mask, as FiftyOne draws it: the array fills the box, which is relative."""
    pixels = np.zeros((record.height, record.width), bool)
    if detection["mask"] is not None:
        x, y, width, height = detection["bounding_box"]
        x0, x1 = round(x * record.width), round((x + width) * record.width)
        y0, y1 = round(y * record.height), round((y + height) * record.height)
        data = zlib.decompress(base64.b64decode(detection["mask"]["$binary"]["base64"]))
        pixels[y0:y1, x0:x1] = np.load(io.BytesIO(data))
    return pixels


def test_masks_texts_and_tree(exported: Path, odd: Path, records: list[Record]) -> None:
    samples = json.loads((exported / "samples.json").read_text(encoding="utf-8"))["samples"]
    assert "version" not in json.loads((exported / "metadata.json").read_text()), "then it is MongoDB's own dump"
    for sample, record in zip(samples, records, strict=True):
        assert Path(sample["filepath"]) == (odd / "photos" / record.file_name).absolute()
        assert (sample["tags"], sample["metadata"]["width"]) == (["test"], record.width)
        assert [sample[name] for name in ("image_id", "short_caption", "extra_caption")] == [
            record.image_id,
            record.short_caption,
            record.extra_caption,
        ]
        for detection, mask in zip(sample["masks"]["detections"], record.masks, strict=True):
            assert detection["_cls"] == "Detection"
            for name in ("label", "caption", "quality", "mask_id", "parent_id", "area"):
                assert detection[name] == getattr(mask, name)
            assert np.array_equal(in_the_image(detection, record), decode(mask.png))


def test_rows_give_the_same_samples(exported: Path, odd: Path, load: Any) -> None:
    samples = json.loads((exported / "samples.json").read_text(encoding="utf-8"))["samples"]
    rows = load("dci", odd, photos=False)
    assert list(serialized(rows, odd)) == samples
    assert list(serialized(attach_photos(rows, odd))) == samples
    with pytest.raises(ValueError, match="`photos_dir` must be the folder with the photos"):
        next(serialized(rows))
    with pytest.raises(ValueError, match="`dataset` must be rows of config dci, got rows without description, "):
        serialized(load("sdci", odd, photos=False))


def test_fiftyone_reads_them(exported: Path, records: list[Record]) -> None:
    pytest.importorskip("fiftyone")
    from fiftyone.utils.data.importers import LegacyFiftyOneDatasetImporter

    with LegacyFiftyOneDatasetImporter(str(exported)) as importer:  # what the type FiftyOneDataset reads them by
        for sample, record in zip(importer, records, strict=True):
            assert sample.short_caption == record.short_caption
            for detection, mask in zip(sample.masks.detections, record.masks, strict=True):
                assert (detection.label, detection["caption"]) == (mask.label, mask.caption)
                if detection.mask is not None:
                    x, y, height, width = *detection.bounding_box[:2], *detection.mask.shape
                    x0, y0 = round(x * record.width), round(y * record.height)
                    assert np.array_equal(detection.mask, decode(mask.png)[y0 : y0 + height, x0 : x0 + width])
