"""`dci review` without a page, and `dci export --accepted-only`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.drawn_release import write_drawn_release

from dcikit.cli.main import main
from dcikit.data.decisions import FILE, Decision, region_digest
from dcikit.data.release import Release
from dcikit.studio.store.store import Change, Store


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Image 1 with a caption by Ada, accepted; image 2 with one that was rejected."""
    folder = write_drawn_release(tmp_path / "release", images=2)
    with Store(Release(folder)) as store:
        for image_id, text in (("1", "a red hut"), ("2", "a tree")):
            payload = {"mask": "0", "field": "caption", "text": text}
            store.change(Change(image_id, image_id, "tab", "Ada", 0, "write", payload))
    (folder / FILE).parent.mkdir()
    with (folder / FILE).open("ab") as file:
        for image_id, verdict, reasons in (("1", "accepted", ()), ("2", "rejected", ("caption",))):
            record = Release(folder).read(f"{image_id}-data.json", summaries=False)
            digest = region_digest(record, "m-0-sc") or ""
            file.write(Decision(image_id, image_id, "m-0-sc", digest, verdict, reasons, "", "Rita", "Ada", "t").line())
    return folder


def test_rates_and_agreement(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    gold = write_drawn_release(tmp_path / "gold" / "release")
    with Store(Release(gold)) as store:
        payload = {"mask": "0", "field": "caption", "text": "a blue hut"}
        store.change(Change("g", "1", "tab", "Gold", 0, "write", payload))
    assert main(["review", str(folder), "--rates", "--against", str(gold), "--format", "json"]) == 0
    rates, agreement = json.loads(capsys.readouterr().out)["tables"]
    assert rates["rows"] == [
        {
            "annotator": "Ada", "reviewed": 2, "accepted": 1, "fixed": 0, "rejected": 1, "accepted_share": 0.5,
            "reasons": "caption 1",
        }
    ]  # fmt: skip
    [row] = agreement["rows"]
    assert (row["annotator"], row["images"], row["masks"], row["matched"], row["iou"]) == ("Ada", 1, 3, 3, 1.0)
    assert (row["label_f1"], row["caption_f1"], row["same_quality"]) == (None, pytest.approx(4 / 6), 1.0)


def test_only_what_was_accepted_is_exported(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "coco"
    command = ["export", str(folder), "--accepted-only", "--format", "coco", "--out", str(out), "--num-proc", "1"]
    assert main(command) == 0
    assert "Accepted: 1 regions of 1 images" in capsys.readouterr().out
    found = json.loads((out / "instances_test.json").read_text())
    assert [image["file_name"] for image in found["images"]] == ["1.png"]
    assert [each["caption"] for each in found["annotations"]] == ["a red hut"]
