"""WebDataset shards, read by webdataset."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageChops
from support.odd_release import edit

from dcikit.cli.main import main
from dcikit.data.formats.parts import export_parts
from dcikit.data.formats.tar_shards import CLIP_BENCHMARK, WEBDATASET
from dcikit.data.regions import scored_regions
from dcikit.data.release import Release
from dcikit.schema.errors import DataError

webdataset = pytest.importorskip("webdataset")


def samples(shard: Path) -> list[dict[str, Any]]:
    return list(webdataset.WebDataset(str(shard), shardshuffle=False, empty_check=False))


def export(source: Path, form: str, out: Path) -> Path:
    assert main(["export", str(source), "--format", form, "--out", str(out), "--num-proc", "1"]) == 0
    return out


def test_clip_benchmark_gets_the_photos_and_one_line_each(odd: Path, tmp_path: Path) -> None:
    out = export(odd, "clip-benchmark", tmp_path / "out")
    assert (out / "dataset_type.txt").read_text() == "retrieval"
    assert (out / "test" / "nshards.txt").read_text() == "1"
    release = Release(odd)
    found = samples(out / "test" / "0.tar")
    assert [f"{each['__key__']}-data.json" for each in found] == release.names("test")
    for each in found:
        record = release.read(f"{each['__key__']}-data.json", summaries=False)
        (kind,) = {"jpg", "png", "webp"} & each.keys()
        lines = each["txt"].decode().splitlines()
        whole = f"{record.short_caption}\n{record.extra_caption}"
        assert [re.sub(r"\s+", " ", whole).strip()] == lines
        assert record.photo is not None
        before = Image.open(io.BytesIO(record.photo))
        after = Image.open(io.BytesIO(each[kind]))
        assert not ImageChops.difference(before.convert("RGB"), after.convert("RGB")).getbbox()


def test_an_image_without_text_is_counted(one_image: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit(one_image, "1-data.json", lambda doc: doc.update(short_caption=" ", extra_caption=""))
    out = export(one_image, "clip-benchmark", tmp_path / "out")
    assert not samples(out / "test" / "0.tar")
    assert "regions without caption: 1" in capsys.readouterr().out


def test_webdataset_has_the_crops_of_sdci(odd: Path, tmp_path: Path) -> None:
    out = export(odd, "webdataset", tmp_path / "out")
    release = Release(odd)
    expected = [
        (
            f"{record.image_id}_{region.key}",
            list(region.crop_box),
            [" ".join(text.split("\n")) for text in region.captions],
        )
        for record in (release.read(name, summaries=True) for name in release.names("test"))
        for region in scored_regions(record)
    ]
    found = samples(out / "test" / "0.tar")
    about = [json.loads(each["json"]) for each in found]
    keys = [each["__key__"] for each in found]
    assert (
        list(zip(keys, [each["crop_box"] for each in about], [each["captions"] for each in about], strict=True))
        == expected
    )
    for each, told in zip(found, about, strict=True):
        x0, y0, x1, y1 = told["crop_box"]
        assert Image.open(io.BytesIO(each["jpg"])).size == (x1 - x0, y1 - y0)
        assert each["txt"].decode() == told["captions"][0]


def test_webdataset_without_summaries_has_the_masks_own_texts(one_image: Path, tmp_path: Path) -> None:
    for path in (one_image / "complete").iterdir():
        path.unlink()
    (one_image / "complete").rmdir()
    found = samples(export(one_image, "webdataset", tmp_path / "out") / "test" / "0.tar")
    texts = {each["__key__"]: each["txt"].decode() for each in found}
    assert texts["1_m-0-sc"] == "thing 0: The thing numbered 0, seen from the front."
    assert sorted(texts) == ["1_base", "1_m-0-sc", "1_m-1-sc"]


def test_shards_are_cut_by_the_bytes_of_their_photos(odd: Path, tmp_path: Path) -> None:
    release = Release(odd)
    mean = sum(path.stat().st_size for path in (odd / "photos").iterdir()) // len(list((odd / "photos").iterdir()))
    form = replace(CLIP_BENCHMARK, shard_bytes=2 * mean + 1)
    steps = export_parts(release, form, tmp_path / "out", num_proc=1)
    next(steps)
    steps.close()  # killed after the first shard
    assert not (tmp_path / "out").exists()
    written = list(export_parts(release, form, tmp_path / "out", num_proc=1))
    assert [part.images for part in written if part.path.startswith("test/")] == [2, 2, 2]
    assert (tmp_path / "out" / "test" / "nshards.txt").read_text() == "3"
    found = [each["__key__"] for shard in range(3) for each in samples(tmp_path / "out" / "test" / f"{shard}.tar")]
    assert [f"{key}-data.json" for key in found] == release.names("test")


def test_a_photo_without_a_known_white_is_one_error(one_image: Path, tmp_path: Path) -> None:
    [photo] = (one_image / "photos").iterdir()
    Image.new("F", (700, 560)).save(photo, "TIFF")
    with pytest.raises(DataError, match=rf"photos/{photo.name}: cannot be decoded: has pixels of the mode F, .*again"):
        list(export_parts(Release(one_image), WEBDATASET, tmp_path / "out", num_proc=1))
