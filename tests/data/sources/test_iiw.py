"""ImageInWords: a config and a retrieval protocol on photos of DCI."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support.odd_release import edit, one_image_release

from dcikit.cli.main import main

ROWS = [
    {
        "IIW": "Better.\nLonger.",
        "ex_id": "113029-data.json",
        "image": "sa_1545038.jpg",
        "metrics/Comprehensiveness": "IIW is substantially better",
        "metrics/Human Like": "Neutral",
    },
    {"IIW": "Gone.", "ex_id": "122236-data.json", "image": "sa_2.jpg", "metrics/Human Like": "Neutral"},
]


@pytest.fixture
def release(tmp_path: Path) -> Path:
    """DCI with one of ImageInWords' photos."""
    folder = one_image_release(tmp_path / "dci", name="113029-data.json")
    [photo] = (folder / "photos").iterdir()
    photo.rename(folder / "photos" / "sa_1545038.jpg")
    edit(folder, "113029-data.json", lambda doc: doc.update(image="sa_1545038.jpg"))
    return folder


@pytest.fixture
def imported(tmp_path: Path, release: Path) -> Path:
    source, out = tmp_path / "data.jsonl", tmp_path / "iiw"
    source.write_text("\n".join(map(json.dumps, ROWS)))
    assert main(["import", "iiw-dci-test", str(source), "--images", str(release), "--output-dir", str(out)]) == 0
    return out


def test_the_config(imported: Path, release: Path, load: Any) -> None:
    [row] = load("iiw", imported)
    assert (row["image_id"], row["file_name"], row["image"].size) == ("113029", "sa_1545038.jpg", (700, 560))
    assert row["iiw_description"] == "Better.\nLonger."
    assert row["side_by_side"] == [
        {"question": "Comprehensiveness", "answer": "IIW is substantially better"},
        {"question": "Human Like", "answer": "Neutral"},
    ]
    with pytest.raises(ValueError, match=r"config iiw must be of what `dci import iiw-dci-test` wrote, got .*dci"):
        load("iiw", release)


def test_no_photos_are_needed(tmp_path: Path, release: Path, load: Any) -> None:
    for photo in (release / "photos").iterdir():
        photo.unlink()
    (release / "photos").rmdir()
    source, out = tmp_path / "data.jsonl", tmp_path / "iiw"
    source.write_text(json.dumps(ROWS[0]))
    assert main(["import", "iiw-dci-test", str(source), "--images", str(release), "--output-dir", str(out)]) == 0
    [row] = load("iiw", out, photos=False)
    assert (row["image"], row["width"], row["height"], row["iiw_description"]) == (None, 700, 560, "Better.\nLonger.")


def test_an_export_of_it_is_scored(
    imported: Path, release: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = str(tmp_path / "parquet")
    assert main(["export", str(imported), "--out", out, "--num-proc", "1"]) == 0
    assert "iiw: 1 rows in 1 files" in capsys.readouterr().out
    retrieve = ["eval", "--task", "retrieval", "--no-cache", "--photos", str(release / "photos"), "--dataset", out]
    assert main([*retrieve, "--protocol", "iiw"]) == 0
    assert "1 regions of 1 images; protocol iiw" in capsys.readouterr().out
    assert main(["eval", "--photos", str(release / "photos"), "--dataset", out]) == 1
    assert "has no config sdci, only dci, iiw, regions" in capsys.readouterr().err
    assert main(["export", str(release), "--out", out + "2", "--config", "iiw"]) == 1
    assert "config iiw must be of what `dci import iiw-dci-test` wrote" in capsys.readouterr().err


def test_retrieval_says_which_photos_are_missing(
    imported: Path, release: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    results = tmp_path / "results.json"
    retrieve = ["eval", "--task", "retrieval", "--no-cache", "--output", str(results), "--dataset"]
    assert main([*retrieve, str(imported), "--protocol", "iiw"]) == 0
    assert "111 of the 112 photos of the protocol are missing: sa_154" in capsys.readouterr().out
    document = json.loads(results.read_text())
    assert document["dataset"]["regions"] == 1
    assert "sa_1545038.jpg" not in document["dataset"]["missing_photos"]
    assert len(document["dataset"]["missing_photos"]) == 111
    assert main([*retrieve, str(release), "--protocol", "iiw"]) == 1
    assert "config iiw must be of what `dci import iiw-dci-test` wrote" in capsys.readouterr().err
    assert main([*retrieve, str(release), "--protocol", "goal"]) == 0
    assert "1,998 of the 1,999 photos of the protocol are missing: sa_1543972.jpg" in capsys.readouterr().out
