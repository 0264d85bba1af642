"""`dci prompts`."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml

from dcikit.cli.main import main


def first_captions(folder: Path) -> dict[str, str]:
    found = {}
    splits = json.loads((folder / "splits.json").read_text())
    for split in ("train", "valid", "test"):
        for name in splits[split]:
            doc = json.loads((folder / "complete" / name).read_text())
            if "base" in doc.get("summaries", {}):
                found[doc["image"]] = doc["summaries"]["base"][0]
    return found


def test_all_prompts_in_the_order_of_the_splits(odd: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "prompts.yaml"
    assert main(["prompts", str(odd), "--output", str(path)]) == 0
    found = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert list(found.items()) == list(first_captions(odd).items())
    said = capsys.readouterr().out
    assert "1 images have no caption: sa_300150.jpg" in said
    assert path.read_text(encoding="utf-8").splitlines()[0].removeprefix("# sha256: ") in said


def test_some_prompts_as_benchmarks_draw_them(odd: Path, tmp_path: Path) -> None:
    path = tmp_path / "prompts.parquet"
    assert main(["prompts", str(odd), "--output", str(path), "--count", "5"]) == 0
    expected = first_captions(odd)
    names = list(expected)
    random.Random(0).shuffle(names)
    rows = pq.read_table(path).to_pylist()
    assert [(row["file_name"], row["prompt"]) for row in rows] == [(n, expected[n]) for n in sorted(names[:5])]
    assert len(pq.read_schema(path).metadata[b"sha256"]) == 64


@pytest.mark.parametrize(
    ("options", "error"),
    [
        (["--count", "99"], "must be from 1 to 11, the images with a caption, got 99"),
        (["--output", "prompts.txt"], "`--output` must end in .yaml or .parquet, got prompts.txt"),
        (["--split", "tests"], "must be one of train, validation, test"),
    ],
)
def test_options_that_cannot_be(
    odd: Path,
    tmp_path: Path,
    options: list[str],
    error: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["prompts", str(odd), *options]) == 1
    assert error in capsys.readouterr().err
