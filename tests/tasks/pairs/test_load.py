"""Benchmarks from folders and files in their own formats, through `load_dataset`, and scored with a real model."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import datasets
import pytest
import torch
from PIL import Image
from support.clip import make_clip
from support.pair_benchmarks import COLOURS, FORMATS, photo, write

from dcikit.encoders.models import load_encoder
from dcikit.engine.items import Excluded, Item
from dcikit.engine.prepare import row_readers
from dcikit.engine.windows import Run
from dcikit.results.chance import chance
from dcikit.results.document import make_results
from dcikit.results.sample_writer import SampleWriter
from dcikit.results.slices import slices
from dcikit.schema.errors import ArgumentError, DataError
from dcikit.tasks.evaluation import Evaluation, evaluate
from dcikit.tasks.pairs import BENCHMARKS, open_benchmark
from dcikit.tasks.task import OnDecision


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "cache")


@pytest.mark.usefixtures("cache")
@pytest.mark.parametrize("name", FORMATS)
def test_a_copy_in_a_folder(name: str, tmp_path: Path, random_clip: Any, processor: Any) -> None:
    parts, row = FORMATS[name]
    for part in parts:
        write(tmp_path / "copy" / part, [row(colour) for colour in COLOURS])
    task, rows = open_benchmark(name, tmp_path / "copy")
    each = 2 if task.benchmark.square else 1
    assert len(rows) == len(parts) * len(COLOURS) * each
    assert rows[0]["image"]["bytes"]  # not decoded
    found = evaluate(task, row_readers(rows), load_encoder(random_clip, processor), Run(4))
    assert found.regions == len(rows) and found.fingerprint
    first = next(iter(found.scores.values()))
    assert first.regions == len(parts) * len(COLOURS)
    assert first.value == slow_value(task, rows, random_clip, processor)
    assert found.protocol["name"] == name


def slow_value(task: Any, rows: Any, model: Any, processor: Any) -> float:
    """The share of the cases whose texts win, by the model's own forward on one photo and its texts."""
    right = []
    for row in rows:
        picture = Image.open(io.BytesIO(row["image"]["bytes"])).convert("RGB")
        picture = picture.crop(row["box"]) if row["box"] else picture
        texts = [*row["captions"], *row["negatives"]]
        with torch.inference_mode():
            inputs = processor(text=texts, images=picture, return_tensors="pt", padding=True, truncation=True)
            scores = model(**inputs).logits_per_image[0].tolist()
        n = len(row["captions"])
        right.append(min(scores[:n]) > max(scores[n:]))
    if task.benchmark.square:
        right = [one and other for one, other in zip(right[::2], right[1::2], strict=True)]
    return sum(right) / len(right)


@pytest.mark.usefixtures("cache")
def test_sugarcrepe_pp_names_photos_of_a_folder(tmp_path: Path) -> None:
    """Of four rows a part one names a photo that the folder lacks."""
    (tmp_path / "val2017").mkdir()
    for name in ("1.jpg", "2.jpg", "3.jpg"):
        photo("red").save(tmp_path / "val2017" / name)
    for source in BENCHMARKS["sugarcrepe-pp"].sources:
        rows = [
            {"id": n, "filename": f"{n}.jpg", "caption": "a", "caption2": "b", "negative_caption": "c"}
            for n in range(1, 5)
        ]
        write(tmp_path / "copy" / source.subset, rows)
    task, found = open_benchmark("sugarcrepe-pp", tmp_path / "copy", photos=tmp_path / "val2017")
    items = [item for row in found for item in task.items(row)]
    assert [type(item) for item in items] == [Item, Item, Item, Excluded] * 5
    assert [(item.image_id, item.key) for item in items[4:6]] == [
        ("1.jpg", "replace_obj/0"),
        ("2.jpg", "replace_obj/1"),
    ]


def test_vl_checklist_reads_the_first_thousand_rows_of_a_file(tmp_path: Path) -> None:
    data, photos = tmp_path / "data", tmp_path / "photos"
    for name, count in (
        ("Object/Size/vg_size/vg_obj_small", 1003),
        ("Relation/swig_action", 2),
        ("Attribute/vg/size", 1),
    ):
        path = data / f"{name}.json"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps([[f"{n}.jpg", {"POS": ["a", "b"], "NEG": ["c", "d"]}] for n in range(count)]))
    photos.mkdir()
    photo("red").save(photos / "0.jpg")
    task, rows = open_benchmark("vl-checklist", data, photos=photos)
    assert len(rows) == 1000 + 2 + 1
    items = [item for row in rows for item in task.items(row)]
    kept = [item for item in items if isinstance(item, Item)]
    assert [(item.facts["subset"], item.facts["group"]) for item in kept] == [
        ("Object", "small"),
        ("Attribute", "size"),
        ("Relation", "action"),
    ]
    assert list(kept[0].texts.values()) == ["a", "c"]


@pytest.mark.parametrize(
    "text", ["{}", '[["1.jpg"]]', '[["1.jpg", {"POS": ["a"]}]]', '[["1.jpg", {"POS": 1, "NEG": []}]]']
)
def test_a_broken_file_of_vl_checklist(tmp_path: Path, text: str) -> None:
    (tmp_path / "Object").mkdir()
    (tmp_path / "Object" / "vg_small.json").write_text(text)
    with pytest.raises(DataError, match=r"vg_small\.json"):
        open_benchmark("vl-checklist", tmp_path)


@pytest.mark.usefixtures("cache")
@pytest.mark.parametrize("suffix", [".jsonl", ".parquet"])
def test_pairs_of_ones_own(tmp_path: Path, suffix: str) -> None:
    photo("red").save(tmp_path / "red.png")
    rows = [
        {
            "image": "red.png",
            "captions": ["a red wall", "red"],
            "negatives": ["a blue wall"],
            "group": "g",
            "box": [1, 1, 9, 9],
        },
        {"image": "gone.png", "captions": ["a"], "negatives": ["b"], "group": "g", "box": None},
    ]
    path = tmp_path / f"mine{suffix}"
    table = datasets.Dataset.from_list(rows)
    table.to_parquet(path) if suffix == ".parquet" else table.to_json(path)
    task, found = open_benchmark(str(path))
    items = [item for row in found for item in task.items(row)]
    assert isinstance(items[0], Item) and items[0].box == (1, 1, 9, 9)
    assert list(items[0].texts.values()) == ["a red wall", "red", "a blue wall"]
    assert isinstance(items[1], Excluded) and items[1].reason == "no photo"
    assert list(task.scorer().finish()) == ["pairs"] and task.benchmark.macro


@pytest.mark.usefixtures("cache")
def test_two_photos_with_two_captions_of_ones_own(tmp_path: Path, random_clip: Any, processor: Any) -> None:
    for colour in ("red", "blue"):
        photo(colour).save(tmp_path / f"{colour}.png")
    path = tmp_path / "mine.jsonl"
    row = {"image_0": "red.png", "image_1": "blue.png", "caption_0": "red", "caption_1": "blue"}
    path.write_text(json.dumps(row) + "\n")
    task, rows = open_benchmark(str(path))
    assert [row["key"] for row in rows] == ["0/0", "0/1"]
    found = evaluate(task, rows.readers(), load_encoder(random_clip, processor), Run())
    assert list(found.scores) == ["pairs_text", "pairs_image", "pairs_group"]


@pytest.mark.usefixtures("cache")
def test_a_photo_outside_the_folder_is_refused(tmp_path: Path) -> None:
    photo("red").save(tmp_path / "red.png")
    (tmp_path / "mine").mkdir()
    path = tmp_path / "mine" / "mine.jsonl"
    path.write_text(json.dumps({"image": "../red.png", "captions": "a", "negatives": "b"}) + "\n")
    _, rows = open_benchmark(str(path))
    with pytest.raises(DataError, match="which is not in"):
        rows[0]


@pytest.mark.usefixtures("cache")
def test_rows_without_a_field_are_named(tmp_path: Path) -> None:
    write(tmp_path / "copy", [{"image": photo("red"), "caption": "a"}])
    _, rows = open_benchmark("bivlc", tmp_path / "copy")
    with pytest.raises(DataError, match="row 0 has no `negative_caption`"):
        rows[0]


def test_what_cannot_be_opened(tmp_path: Path) -> None:
    for arguments, message in (
        (("sugarcrepe2",), "must be one of sugarcrepe, "),
        (("sugarcrepe", tmp_path), "must have the rows of sugarcrepe, got no folder"),
        (("vl-checklist",), "must be the folder"),
        (("vl-checklist", tmp_path), "must have the folders Object"),
        (("bivlc", None, None, tmp_path / "none"), "`photos` must be a folder"),
        (("bivlc",), "imirandam/BiVLC cannot be loaded"),
    ):
        with pytest.raises(ArgumentError, match=message):
            open_benchmark(*arguments)


@pytest.mark.usefixtures("cache")
@pytest.mark.parametrize("changes", [{"num_workers": 2}, {"batch_size": 1}, {"batch_size": 100}])
def test_workers_and_batches_change_nothing(
    tmp_path: Path, random_clip: Any, processor: Any, changes: dict[str, int]
) -> None:
    copy = write(tmp_path / "copy", [FORMATS["bivlc"][1](colour) for colour in COLOURS])
    task, rows = open_benchmark("bivlc", copy)
    encoder = load_encoder(random_clip, processor)
    one = evaluate(task, rows.readers(), encoder, Run())
    other = evaluate(task, rows.readers(), encoder, Run(**changes))
    assert (other.scores, other.fingerprint) == (one.scores, one.fingerprint)


@pytest.mark.usefixtures("cache")
def test_a_photo_that_cannot_be_decoded_can_be_skipped(tmp_path: Path, random_clip: Any, processor: Any) -> None:
    """The second photo of the second case: its first one has nothing to be compared with."""
    rows = [FORMATS["bivlc"][1](colour) for colour in COLOURS]
    rows[1]["negative_image"] = {"bytes": b"no photo", "path": None}
    task, found = open_benchmark("bivlc", write(tmp_path / "copy", rows))
    encoder = load_encoder(random_clip, processor)
    with pytest.raises(DataError, match="cannot be decoded"):
        evaluate(task, found.readers(), encoder, Run())
    evaluation = evaluate(task, found.readers(), encoder, Run(skip_errors=True))
    assert list(evaluation.skipped) == [3]
    score = evaluation.scores["pairs_group"]
    assert score.regions == 3 and score.excluded == {"its other photo was skipped": 1}


@pytest.mark.usefixtures("cache")
def test_a_constant_model_is_right_nowhere(tmp_path: Path, processor: Any) -> None:
    model = make_clip()
    with torch.no_grad():
        for tower in (model.vision_model.post_layernorm, model.text_model.final_layer_norm):
            tower.weight.zero_()
            tower.bias.fill_(1.0)
    for name in ("winoground", "aro-coco-order"):
        write(tmp_path / name, [FORMATS[name][1](colour) for colour in COLOURS])
        task, rows = open_benchmark(name, tmp_path / name)
        scores = evaluate(task, row_readers(rows), load_encoder(model, processor), Run()).scores
        for score in scores.values():
            assert score.tied == score.regions == 4
        values = {name: score.value for name, score in scores.items()}
        assert values.pop("pairs_ties_right", 1.0) == 1.0  # upstream's rule
        assert set(values.values()) == {0.0}


@pytest.mark.usefixtures("cache")
def test_results_name_the_data_and_chance(tmp_path: Path, random_clip: Any, processor: Any) -> None:
    expected = {"pairs": 1 / 5, "pairs_ties_right": 1 / 5}
    found = results(tmp_path, "aro-coco-order", random_clip, processor)
    assert {name: chance(found, name) for name in found.scores} == expected
    assert found.dataset.revision and found.dataset.id == str(tmp_path / "aro-coco-order")
    found = results(tmp_path, "winoground", random_clip, processor)
    expected = {"pairs_text": 1 / 4, "pairs_image": 1 / 4, "pairs_group": 1 / 6}
    assert {name: chance(found, name) for name in found.scores} == expected


@pytest.mark.usefixtures("cache")
def test_every_decision_is_in_the_file_of_samples(tmp_path: Path, random_clip: Any, processor: Any) -> None:
    path = tmp_path / "samples.parquet"
    with SampleWriter(path, facts=False) as samples:
        found = results(tmp_path, "winoground", random_clip, processor, samples.add)
        samples.finish(found)
    for name, score in found.scores.items():
        [every, *others] = slices(path, name)
        assert (every.value, every.regions, every.interval) == (score.value, 4, score.interval)
        assert {each.name for each in others} == {"not known"}


def results(tmp_path: Path, name: str, model: Any, processor: Any, on_decision: OnDecision | None = None) -> Any:
    write(tmp_path / name, [FORMATS[name][1](colour) for colour in COLOURS])
    task, rows = open_benchmark(name, tmp_path / name)
    encoder = load_encoder(model, processor)
    encoder.name = "random"
    found: Evaluation = evaluate(task, row_readers(rows), encoder, Run(), on_decision)
    return make_results(found, encoder, {**rows.described, "limit": None, "skipped": {}})
