"""Every pair benchmark in one call."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.pair_benchmarks import COLOURS, FORMATS, write

import dcikit
from dcikit.cli.main import main
from dcikit.results.document import read_results
from dcikit.tasks.pairs import BENCHMARKS

COPIED = ("aro-coco-order", "winoground")


@pytest.fixture
def copies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "cache")
    for name in COPIED:
        write(tmp_path / "copies" / name, [FORMATS[name][1](colour) for colour in COLOURS])
    return tmp_path / "copies"


def test_what_can_be_read_is_scored_and_the_rest_is_named(
    copies: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["eval", "--task", "pairs", "--benchmark", "all", "--dataset", str(copies), "--format", "json"]
    assert main([*command, "--output", str(tmp_path / "results")]) == 0
    printed = json.loads(capsys.readouterr().out)

    alone = {
        name: dcikit.evaluate(dataset=copies / name, task="pairs", benchmark=name, cache=False).scores
        for name in COPIED
    }
    expected = [(name, score, found.value) for name, scores in alone.items() for score, found in scores.items()]
    rows = printed["tables"][0]["rows"]
    assert [(row["benchmark"], row["score"], row["value"]) for row in rows] == expected
    assert len(printed["notes"]) == len(BENCHMARKS) - len(COPIED)
    assert any(
        note.startswith("Not scored: sugarcrepe: `data` must have the rows of sugarcrepe") for note in printed["notes"]
    )
    written = {path.name: read_results(path).scores for path in (tmp_path / "results").iterdir()}
    assert written == {f"{name}.json": scores for name, scores in alone.items()}


def test_none_can_be_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["eval", "--task", "pairs", "--benchmark", "all", "--dataset", str(tmp_path)]) == 1
    error = capsys.readouterr().err
    assert "no benchmark could be read" in error and all(name in error for name in BENCHMARKS)


@pytest.mark.parametrize("options", [["--task", "scm"], ["--task", "pairs", "--split", "test"]])
def test_refused_calls(options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["eval", "--benchmark", "all", *options]) == 1
    assert "`--benchmark` all is for task pairs" in capsys.readouterr().err
