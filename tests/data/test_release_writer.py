"""Records written as a release folder, and read back."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dcikit.data.annotation import write_annotation
from dcikit.data.bitmap import box_of, decode, filled, mask_of
from dcikit.data.record import Record
from dcikit.data.release import Release
from dcikit.data.release_writer import ReleaseWriter
from dcikit.data.verify import verify


def record(number: int, **changes: object) -> Record:
    mask = mask_of("7", filled((1, 2, 5, 4), 8, 6), label="box", caption="A box.\nIt is grey.")
    return replace(Record(str(number), f"{number}.jpg", 8, 6, "Short.", "Extra.", (mask,)), **changes)  # type: ignore


@pytest.mark.parametrize("release", ["sample", "odd"])
@pytest.mark.parametrize("summaries", [False, True])
def test_a_release_written_anew_reads_the_same(
    request: pytest.FixtureRequest, tmp_path: Path, release: str, summaries: bool
) -> None:
    source = Release(request.getfixturevalue(release))
    copy = tmp_path / "copy"
    for part in ("annotations", "complete"):
        (copy / part).mkdir(parents=True)
    (copy / "splits.json").write_text(json.dumps({"test": source.names("test")}))
    for name in source.names("test")[:12]:
        read = source.read(name, summaries=summaries, photo=False)
        write_annotation(copy, read, with_complete=summaries)
        assert Release(copy).read(name, summaries=summaries, photo=False) == read


def test_a_drawn_mask_has_the_box_and_area_of_its_pixels() -> None:
    pixels = np.zeros((6, 8), bool)
    pixels[2, 1] = pixels[4, 6] = True
    mask = mask_of("1", pixels)
    assert (mask.bbox, mask.area, mask.parent_id, mask.quality) == ((1, 2, 7, 5), 2, None, "ok")
    assert np.array_equal(decode(mask.png), pixels)
    assert box_of(np.zeros((2, 2), bool)) == (0, 0, 0, 0)


def write(folder: Path, numbers: list[int], identity: str = "a", finish: bool = True) -> dict[str, int]:
    with ReleaseWriter(folder, identity) as writer:
        for number in numbers:
            if writer.wants_next():
                writer.add(record(number), "test", notes=[("crowd segments", "segment 3")])
        return dict(writer.finish()) if finish else {}


def test_a_written_folder_is_a_release_without_defects(tmp_path: Path) -> None:
    counts = write(tmp_path / "out", [3, 1, 2])
    assert counts == {"images": 3, "masks": 3, "masks ok": 3, "crowd segments": 3}
    release = Release(tmp_path / "out")
    assert release.names("test") == ["3-data.json", "1-data.json", "2-data.json"]
    assert not [defect for part in verify(release, photos=False, num_proc=1) for defect in part.defects]


def test_an_interrupted_writing_goes_on_with_the_image_it_stopped_at(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    write(folder, [3, 1], finish=False)
    assert not (folder / "splits.json").exists()
    with (folder / "import.jsonl").open("a") as journal:
        journal.write('{"name": "2-da')  # killed in the middle of a line
    write_annotation(folder, record(2))
    first = (folder / "annotations" / "3-data.json").stat().st_mtime_ns
    assert write(folder, [3, 1, 2, 5])["images"] == 4
    assert (folder / "annotations" / "3-data.json").stat().st_mtime_ns == first
    assert Release(folder).names("test") == [f"{number}-data.json" for number in (3, 1, 2, 5)]


def test_the_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("kept")
    with pytest.raises(ValueError, match="`folder` must be absent or empty, .* is not; give another name"):
        write(tmp_path, [1])
    write(tmp_path / "out", [1], identity="a", finish=False)
    with pytest.raises(ValueError, match="must be absent or empty"):
        write(tmp_path / "out", [1], identity="b")


def test_two_images_of_one_number_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="two images have the number 4; give the file of one dataset at a time"):
        write(tmp_path / "out", [4, 5, 4])


def test_a_folder_is_written_by_one_process_at_a_time(tmp_path: Path) -> None:
    busy = pytest.raises(ValueError, match="is being written by another process")
    with ReleaseWriter(tmp_path / "out", "a"), busy:
        write(tmp_path / "out", [1])


def test_nothing_imported_is_an_error(tmp_path: Path) -> None:
    with ReleaseWriter(tmp_path / "out", "a") as writer:
        assert writer.wants_next()
        writer.leave_out("test", "missing photos", "one.jpg")
        with pytest.raises(ValueError, match=r"no image could be imported; see .*import\.jsonl"):
            writer.finish()


def test_photos_are_linked(tmp_path: Path) -> None:
    photo = tmp_path / "one.jpg"
    photo.write_bytes(b"photo")
    with ReleaseWriter(tmp_path / "out", "a") as writer:
        assert writer.wants_next()
        writer.add(record(1), "train", photo)
    assert (tmp_path / "out" / "photos" / "1.jpg").read_bytes() == b"photo"
