"""`dcikit.evaluate` and `dcikit.compare`: what the command line can, Python can, in one call."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from PIL import Image

import dcikit
from dcikit.cli.main import main
from dcikit.engine.items import EncodedItem, Item, Row
from dcikit.schema.score import Decision
from dcikit.tasks.task import OnDecision, TallyScorer


def test_the_call_and_the_command_give_one_document(sample: Path, tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    assert main(["eval", "--dataset", str(sample), "--limit", "3", "--no-cache", "--output", str(path)]) == 0
    written = json.loads(path.read_text())
    found = json.loads(dcikit.evaluate(dataset=sample, limit=3, cache=False).model_dump_json())
    assert {**found, "date": None} == {**written, "date": None}


def test_rows_of_any_kind_score_as_the_release(odd: Path, load: Any, random_clip: Any, processor: Any) -> None:
    def scores(dataset: Any, **more: Any) -> Any:
        found = dcikit.evaluate(random_clip, dataset, processor=processor, cache=False, **more)
        return found.scores, found.dataset.fingerprint

    expected = scores(odd)
    rows = load("sdci", odd)
    assert scores(rows) == scores(load("sdci", odd, streaming=True)) == scores(list(rows)) == expected
    retrieval = scores(odd, task="retrieval", protocol="extra")
    assert scores(load("dci", odd, split="all"), task="retrieval", protocol="extra") == retrieval


def plain_dataset(folder: Path, rows: Any) -> Path:
    """Parquet with a card, as anybody publishes it."""
    (folder / "sdci").mkdir(parents=True)
    rows.to_parquet(folder / "sdci" / "test-00000-of-00001.parquet")
    files = "\n".join(["  data_files:", "  - split: test", "    path: sdci/test-*"])
    (folder / "README.md").write_text(f"---\nconfigs:\n- config_name: sdci\n{files}\n---\n")
    return folder


def test_a_dataset_without_our_manifest_is_read_and_says_so(odd: Path, load: Any, tmp_path: Path) -> None:
    found = dcikit.evaluate(dataset=plain_dataset(tmp_path / "plain", load("sdci", odd)), cache=False)
    assert found.scores == dcikit.evaluate(dataset=odd, cache=False).scores
    assert not found.dataset.skips_known and found.dataset.revision is None
    other = plain_dataset(tmp_path / "other", load("sdci", odd).remove_columns("regions"))
    with pytest.raises(dcikit.ArgumentError, match="has no column regions"):
        dcikit.evaluate(dataset=other, cache=False)


@dataclass(frozen=True)
class Brightest:
    """Is a photo nearer to "bright" than to "dark"?"""

    name = "brightest"
    config = "photos"
    needs = "photo"
    joint = True
    patches = False

    def items(self, row: Row) -> list[Item]:
        return [Item(row["image_id"], "photo", None, {("bright", 0): "bright", ("dark", 0): "dark"})]

    def scorer(self, on_decision: OnDecision | None = None) -> BrightScorer:
        return BrightScorer(["bright"], on_decision)

    def protocol(self) -> dict[str, Any]:
        return {"name": "brightest"}


class BrightScorer(TallyScorer):
    def add(self, encoded: EncodedItem) -> None:
        bright, dark = encoded.encoding.own([("bright", 0), ("dark", 0)]).tolist()
        item = encoded.item
        self.count("bright", Decision(item.image_id, item.key, bright, dark, "", bright > dark, 0))


def test_a_task_of_ones_own(tmp_path: Path) -> None:
    rows = [{"image_id": str(level), "image": Image.new("RGB", (8, 8), (level,) * 3)} for level in (0, 128, 255)]
    found = dcikit.evaluate(dataset=rows, task=Brightest(), log_samples=tmp_path / "samples.parquet")
    assert (found.task, found.dataset.images, found.scores["bright"].regions) == ("brightest", 3, 3)
    assert pq.read_table(tmp_path / "samples.parquet")["image_id"].to_pylist() == ["0", "128", "255"]


def test_pairs_of_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = []
    for colour in ("red", "blue", "green"):
        Image.new("RGB", (40, 40), colour).save(tmp_path / f"{colour}.png")
        lines.append({"image": f"{colour}.png", "captions": [f"a {colour} wall"], "negatives": ["a lamp"]})
    (tmp_path / "pairs.jsonl").write_text("\n".join(map(json.dumps, lines)))
    command = ["eval", "--task", "pairs", "--benchmark", str(tmp_path / "pairs.jsonl"), "--format", "json"]
    assert main([*command, "--output", str(tmp_path / "results.json")]) == 0
    document = json.loads((tmp_path / "results.json").read_text())
    assert (document["task"], document["dataset"]["images"]) == ("pairs", 3)
    assert all(score["regions"] == 3 for score in document["scores"].values())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"model": ""}, "`model` must be a Hub id or a folder, got an empty name"),
        ({"dataset": " "}, "`dataset` must be a folder or a Hub id, got an empty name"),
        ({"task": "scn"}, "`task` must be one of scm, retrieval, pairs, grounding, or a Task, got 'scn'"),
        ({"task": "pairs"}, "`benchmark` must be given for task pairs"),
        ({"benchmark": "sugarcrepe"}, "`benchmark` is for task pairs"),
        ({"protocol": "extra"}, "`protocol` must be one of sdci, sdci-entries"),
        ({"task": "retrieval", "suites": ("all",)}, "`suites` is for task scm"),
        ({"group_sise": 4}, "`group_sise` is no argument, and no setting of a task; did you mean `group_size`?"),
        ({"task": "pairs", "benchmark": "x", "unit": "region"}, "`unit` is for task retrieval"),
        ({"task": "retrieval", "blind": True}, "`blind` and `blind_encoder` are for task scm"),
        ({"on_error": "ignore"}, "`on_error` must be raise or skip, got 'ignore'"),
        ({"log_samples": "nowhere/samples.parquet"}, "`log_samples` must be where files can be written"),
        ({"device": "cuda:7"}, "`device` must be one of this machine, cpu"),
    ],
)
def test_arguments_that_cannot_be(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(dcikit.ArgumentError, match=re.escape(message)):
        dcikit.evaluate(limit=1, cache=False, **arguments)


def test_comparing_results_and_their_files(sample: Path, tmp_path: Path) -> None:
    from dcikit.results.document import write_results

    one = dcikit.evaluate(dataset=sample, limit=4, cache=False)
    write_results(one, tmp_path / "one.json")
    found = dcikit.compare(one, tmp_path / "one.json")
    assert found["all_scm"].difference == 0 and not found["all_scm"].real
    with pytest.raises(dcikit.ArgumentError, match="cannot be compared"):
        dcikit.compare(one, dcikit.evaluate(dataset=sample, limit=5, cache=False))
