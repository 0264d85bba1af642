"""`log_maps`: the maps behind the scores of grounding, as files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from datasets import Dataset
from PIL import Image
from support.grounding_rows import HEIGHT, WIDTH, rows

import dcikit
from dcikit.cli.main import main


def test_the_maps_are_those_that_were_scored(tmp_path: Path) -> None:
    kept = {"log_maps": tmp_path / "new" / "maps", "log_samples": tmp_path / "samples.parquet"}
    results = dcikit.evaluate(dataset=Dataset.from_list(rows()), task="grounding", cache=False, **kept)
    decisions = pq.read_table(kept["log_samples"], filters=[("score", "==", "pointing")]).to_pylist()
    files = {f"{each['image_id']}/{each['key']}.png" for each in decisions}
    assert {str(path.relative_to(kept["log_maps"])) for path in kept["log_maps"].glob("*/*")} == files
    assert len(files) == results.scores["pointing"].regions == 5
    for decision in decisions:
        with Image.open(kept["log_maps"] / decision["image_id"] / f"{decision['key']}.png") as image:
            cosines = np.asarray(image).astype(float) * 2 / 65535 - 1
        assert cosines.max() == pytest.approx(decision["own"], abs=2e-5)
        row, column = np.unravel_index(cosines.argmax(), cosines.shape)
        left, patch = (WIDTH - HEIGHT) // 2, HEIGHT / cosines.shape[0]
        x, y = map(int, decision["chosen"].split(","))
        assert abs(left + (column + 0.5) * patch - x) <= 1 and abs((row + 0.5) * patch - y) <= 1
    header = json.loads((kept["log_maps"] / "maps.json").read_text())
    assert header["frame"] == results.protocol.parameters["frame"] == "the middle square of the photo"
    assert header["results"]["model"]["patch_method"] == "last_block"
    assert header["results"]["dataset"]["fingerprint"] == results.dataset.fingerprint
    assert [path.name for path in kept["log_maps"].parent.iterdir()] == ["maps"]


@pytest.mark.parametrize(
    ("task", "folder", "message"),
    [
        ("scm", "maps", "`log_maps` is for task grounding"),
        ("grounding", ".", "`log_maps` must be a folder that does not exist"),
        ("grounding", "file/maps", "`log_maps` must be a folder, got"),
    ],
)
def test_folders_that_cannot_be(task: str, folder: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(dcikit.ArgumentError, match=message):
        dcikit.evaluate("nowhere/none", task=task, log_maps=tmp_path / folder)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_all_benchmarks_have_none(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["eval", "--task", "pairs", "--benchmark", "all", "--log-maps", "maps"]) != 0
    assert "is for task grounding" in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize("name", ["../out", "a/b", ""])
def test_an_image_cannot_name_a_file_elsewhere(name: str, tmp_path: Path) -> None:
    data: list[dict[str, Any]] = [{**rows()[0], "image_id": name}]
    with pytest.raises(dcikit.DataError, match="cannot be that of a file; leave out `log_maps`"):
        dcikit.evaluate(dataset=data, task="grounding", cache=False, log_maps=tmp_path / "maps")
    assert list(tmp_path.iterdir()) == []
