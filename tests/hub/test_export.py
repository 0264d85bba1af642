"""`dci export`: read back by plain `datasets`, pandas and others, resumed after a kill, and joined with the photos."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import datasets
import pyarrow.parquet as pq
import pytest
import yaml
from huggingface_hub import DatasetCard
from support.hub_command import dci, fails
from support.odd_release import NAME, edit
from support.plain_rows import plain_rows

from dcikit.data.attach import attach_photos
from dcikit.data.release import Release
from dcikit.hub.export import export_release
from dcikit.hub.manifest import check_export
from dcikit.hub.plan import make_plan
from dcikit.hub.rows import exported_split, is_exported
from dcikit.hub.tasks import TASKS
from dcikit.schema.errors import DataError

Load = Callable[..., Any]
SMALL = 6_000
"""Bytes of a shard: several a split."""


@pytest.fixture(scope="module")
def exported(odd: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An export without photos, several shards a split; not to be changed."""
    out = tmp_path_factory.mktemp("export") / "dci"
    export_release(Release(odd), out, num_proc=1, shard_bytes=SMALL)
    return out


@pytest.fixture(scope="module")
def with_photos(odd: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("photos") / "dci"
    export_release(Release(odd), out, photos=True, num_proc=1)
    return out


def read(folder: Path, config: str, tmp_path: Path, **options: Any) -> Any:
    options = {"split": "test", "cache_dir": str(tmp_path / "plain"), **options}
    return datasets.load_dataset(str(folder), config, **options)


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a folder; the manifest without its identity, which holds paths and times."""
    found = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    if "dci_export.json" in found:
        found["dci_export.json"] = json.dumps(json.loads(found["dci_export.json"]) | {"identity": ""}).encode()
    return found


@pytest.mark.parametrize("config", ["dci", "sdci", "regions"])
@pytest.mark.parametrize("split", ["train", "validation", "test"])
def test_same_rows_as_the_builder(
    exported: Path, odd: Path, load: Load, tmp_path: Path, config: str, split: str
) -> None:
    found, expected = read(exported, config, tmp_path, split=split), load(config, odd, split=split, photos=False)
    assert found.features == expected.features and len(found) > 0
    assert plain_rows(found) == plain_rows(expected)
    assert plain_rows(read(exported, config, tmp_path, split=split, streaming=True)) == plain_rows(expected)


@pytest.mark.parametrize("config", ["dci", "sdci", "regions"])
def test_same_rows_with_photos(with_photos: Path, odd: Path, load: Load, tmp_path: Path, config: str) -> None:
    found = read(with_photos, config, tmp_path)
    assert plain_rows(found) == plain_rows(load(config, odd))
    if config != "regions":
        assert found[0]["image"].size == (found[0]["width"], found[0]["height"])


def test_default_config_and_relative_path(exported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(exported.parent)
    rows = datasets.load_dataset("./dci", split="test", cache_dir=str(tmp_path / "plain"))
    assert "masks" in rows.features


def test_plain_datasets_needs_no_code_of_ours(exported: Path, tmp_path: Path) -> None:
    code = (
        "import sys, datasets; ds = datasets.load_dataset(sys.argv[1], 'sdci', split='test', cache_dir=sys.argv[2]);"
        "print(len(ds), ds[0]['regions'][0]['key'], sorted(m for m in sys.modules if m.startswith('dci_')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, exported, tmp_path / "plain"], capture_output=True, text=True, cwd=tmp_path
    )
    assert done.stdout.strip() == "6 base []", done.stderr


def test_pandas_polars_and_duckdb_read_it(exported: Path) -> None:
    import pandas

    files = sorted((exported / "sdci").glob("test-*.parquet"))
    frame = pandas.concat([pandas.read_parquet(path) for path in files], ignore_index=True)
    regions = [len(row) for row in frame["regions"]]
    assert sum(regions) == 19
    assert frame["regions"][0][0]["captions"][0]
    pattern = str(exported / "sdci" / "test-*.parquet")
    polars = pytest.importorskip("polars")
    assert polars.read_parquet(pattern)["regions"].list.len().to_list() == regions
    duckdb = pytest.importorskip("duckdb")
    assert [n for (n,) in duckdb.sql(f"select len(regions) from '{pattern}'").fetchall()] == regions
    [(key,)] = duckdb.sql(f"select regions[1].key from '{pattern}' limit 1").fetchall()
    assert key == "base"


def test_files_suit_the_hub(exported: Path) -> None:
    assert len(list(exported.glob("dci/test-*-of-*.parquet"))) > 1
    for path in exported.rglob("*.parquet"):
        found = pq.ParquetFile(path)
        column = found.metadata.row_group(0).column(0)
        assert column.compression == "ZSTD"
        assert column.has_offset_index
        assert all(found.metadata.row_group(i).num_rows <= 100 for i in range(found.metadata.num_row_groups))
        assert json.loads(found.schema_arrow.metadata[b"huggingface"])["info"]["features"][
            "crop" if path.parent.name == "regions" else "image"
        ] == {"_type": "Image"}
        assert "List" not in found.schema_arrow.metadata[b"huggingface"].decode(), "datasets 3 does not know it"
    assert not [path for path in exported.rglob("*") if path.name.startswith(".")]
    assert [path.name for path in exported.parent.iterdir()] == ["dci"]


def test_an_image_less_moves_the_rows_of_one_group_only(tmp_path: Path, one_image: Path) -> None:
    """What the Hub has already need not be uploaded again: all other groups keep their rows, and their bytes."""
    names = [f"{number}-data.json" for number in range(1, 251)]
    for folder in ("annotations", "complete"):
        for name in names[1:]:
            (one_image / folder / name).symlink_to(NAME)

    def groups(skipped: str) -> list[tuple[list[str], str]]:
        (one_image / "splits.json").write_text(json.dumps({"test": [name for name in names if name != skipped]}))
        out = tmp_path / f"without-{skipped}"
        export_release(Release(one_image), out, ["sdci"], num_proc=1)
        path = out / "sdci" / "test-00000-of-00001.parquet"
        found, data = pq.ParquetFile(path), path.read_bytes()
        every = []
        for number in range(found.num_row_groups):
            digest = hashlib.sha256()
            for place in range(found.metadata.row_group(number).num_columns):
                column = found.metadata.row_group(number).column(place)
                start = column.dictionary_page_offset or column.data_page_offset
                digest.update(data[start : start + column.total_compressed_size])
            ids = found.read_row_group(number, columns=["image_id"])["image_id"].to_pylist()
            every.append((ids, digest.hexdigest()))
        return every

    whole, less = groups("none"), groups("20-data.json")
    assert [image for ids, _ in whole for image in ids] == [str(number) for number in range(1, 251)]
    assert all(len(ids) <= 100 for ids, _ in whole) and len(whole) > 3
    changed = [place for place, (before, after) in enumerate(zip(whole, less, strict=True)) if before != after]
    assert changed == [place for place, (ids, _) in enumerate(whole) if "20" in ids]


def test_card(exported: Path, odd: Path) -> None:
    card = DatasetCard.load(exported / "README.md")
    data = card.data.to_dict()
    assert data["license"] == "cc-by-nc-4.0"
    assert [config["config_name"] for config in data["configs"] if config.get("default")] == ["dci"]
    sizes = {
        info["config_name"]: {s["name"]: s["num_examples"] for s in info["splits"]} for info in data["dataset_info"]
    }
    regions = sizes.pop("regions")
    assert sizes == {config: {"train": 4, "validation": 2, "test": 6} for config in ("dci", "sdci")}
    release = Release(odd)
    masks = [len(release.read(name, summaries=True, photo=False).masks) for name in release.names("test")]
    assert regions["test"] == sum(masks) + 6
    for info in data["dataset_info"]:
        files = exported.glob(f"{info['config_name']}/*.parquet")
        assert info["download_size"] == sum(path.stat().st_size for path in files)
    from datasets.utils.metadata import known_task_ids

    assert set(data["task_categories"]) <= set(known_task_ids)
    assert "may not be passed on" in card.text
    assert Release(odd).revision in card.text
    in_the_repository = (Path(__file__).parents[2] / "dataset_card.md").read_text(encoding="utf-8")
    assert card.text.strip().startswith(in_the_repository.strip())


def test_eval_yaml(exported: Path) -> None:
    document = yaml.safe_load((exported / "eval.yaml").read_text())
    assert document.keys() == {"name", "description", "evaluation_framework", "tasks"}
    assert [task["id"] for task in document["tasks"]] == [task.id for task in TASKS]
    assert all(task.keys() == {"id", "config", "split"} for task in document["tasks"])


def test_processes_and_runs_give_the_same_bytes(exported: Path, odd: Path, tmp_path: Path) -> None:
    export_release(Release(odd), tmp_path / "dci", num_proc=2, shard_bytes=SMALL)
    assert contents(tmp_path / "dci") == contents(exported)


def test_a_process_starts_without_models() -> None:
    code = "import sys, dcikit.hub.shards; print({'torch', 'transformers', 'evaluate'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=Path(__file__).parents[2])
    assert done.stdout == "set()\n", "importing them takes as long as writing a shard"


def test_a_second_export_is_left_as_it_is(odd: Path, tmp_path: Path) -> None:
    out = tmp_path / "dci"
    first = export_release(Release(odd), out, num_proc=1)
    times = {path: path.stat().st_mtime_ns for path in out.rglob("*")}
    assert export_release(Release(odd), out, num_proc=1) == first
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*")} == times
    with pytest.raises(ValueError, match=r"`out` .* holds something else"):
        export_release(Release(odd), out, ["sdci"])


def test_a_defect_stops_the_export_and_another_run_goes_on(odd: Path, tmp_path: Path, exported: Path) -> None:
    shutil.copytree(odd, tmp_path / "bad")
    path = tmp_path / "bad" / "complete" / "300004-data.json"
    good, stat = path.read_bytes(), path.stat()
    path.write_bytes(b"{" + good[1:].replace(b'"short_caption"', b'"short_kaption"'))
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))  # as if nothing had changed: the rest is kept
    with pytest.raises(DataError, match=r"300004-data\.json: `short_caption`"):
        export_release(Release(tmp_path / "bad"), tmp_path / "dci", num_proc=1, shard_bytes=SMALL)
    assert not (tmp_path / "dci").exists()
    done = {path: path.stat().st_mtime_ns for path in (tmp_path / ".dci.export").rglob("*.parquet")}
    assert done
    path.write_bytes(good)
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    export_release(Release(tmp_path / "bad"), tmp_path / "dci", num_proc=1, shard_bytes=SMALL)
    moved = {
        tmp_path / "dci" / path.relative_to(tmp_path / ".dci.export" / "tree"): when for path, when in done.items()
    }
    assert {path: path.stat().st_mtime_ns for path in moved} == moved, "not written again"
    assert contents(tmp_path / "dci") == contents(exported)


def test_a_changed_release_is_exported_anew(odd: Path, tmp_path: Path) -> None:
    shutil.copytree(odd, tmp_path / "release")
    (tmp_path / ".dci.export" / "done" / "sdci").mkdir(parents=True)
    (tmp_path / ".dci.export" / "identity").write_text("another")
    (tmp_path / ".dci.export" / "tree" / "sdci").mkdir(parents=True)
    (tmp_path / ".dci.export" / "tree" / "sdci" / "old.parquet").write_bytes(b"")
    export_release(Release(tmp_path / "release"), tmp_path / "dci", num_proc=1)
    assert not list((tmp_path / "dci").rglob("old.parquet"))


_KILLED = """
import sys
from pathlib import Path
from dci_dataset import Release
from dcikit.hub.export import export_plan
from dcikit.hub.plan import make_plan
plan = make_plan(Release(sys.argv[1]), shard_bytes=int(sys.argv[3]))
print("begin", flush=True)
for written in export_plan(plan, Path(sys.argv[2]), num_proc=1):
    print(written.path, flush=True)
"""


def test_killed_at_any_moment_it_is_not_there_and_a_re_run_completes_it(
    odd: Path, tmp_path: Path, exported: Path
) -> None:
    out = tmp_path / "dci"
    shards = len(make_plan(Release(odd), shard_bytes=SMALL).shards)
    for wait_for in (0, 2, shards - 1):
        process = subprocess.Popen(
            [sys.executable, "-c", _KILLED, odd, out, str(SMALL)],
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
        )
        assert process.stdout is not None
        for _ in range(wait_for + 1):
            process.stdout.readline()
        if wait_for == 0:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert not out.exists()
    export_release(Release(odd), out, num_proc=1, shard_bytes=SMALL)
    assert contents(out) == contents(exported)
    assert [path.name for path in tmp_path.iterdir()] == ["dci"]


def test_a_half_written_shard_is_written_again(odd: Path, tmp_path: Path, exported: Path) -> None:
    shutil.copytree(exported, tmp_path / "broken")
    path = next((tmp_path / "broken" / "sdci").iterdir())
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(DataError, match="not the file that was exported"):
        check_export(tmp_path / "broken")
    path.unlink()
    with pytest.raises(DataError, match="missing"):
        check_export(tmp_path / "broken")


def test_only_one_process_writes(odd: Path, tmp_path: Path) -> None:
    from filelock import FileLock

    (tmp_path / ".dci.export").mkdir()
    with FileLock(tmp_path / ".dci.export" / "lock"), pytest.raises(ValueError, match="another process"):
        export_release(Release(odd), tmp_path / "dci")


def test_skipped_images_are_stated(odd: Path, tmp_path: Path) -> None:
    shutil.copytree(odd, tmp_path / "bad")
    edit(tmp_path / "bad", "300004-data.json", lambda doc: doc.pop("short_caption"))
    out = tmp_path / "dci"
    done = dci("export", tmp_path / "bad", "--out", out, "--on-error", "skip", "--num-proc", 1)
    assert done.returncode == 0, done.stderr
    assert "Skipped 300004" in done.stdout
    assert "were skipped: 300004." in (out / "README.md").read_text()
    split = exported_split(out, "test", odd)
    assert (split.images, split.skipped) == (5, ("300004",))


def test_attach_photos(exported: Path, odd: Path, load: Load, tmp_path: Path) -> None:
    for config in ("dci", "sdci"):
        expected = plain_rows(load(config, odd))
        joined = attach_photos(read(exported, config, tmp_path), odd / "photos")
        assert joined.column_names == list(expected[0])
        for row, other in zip(plain_rows(joined), expected, strict=True):
            assert Path(row["image"].pop("path")).read_bytes() == other.pop("image")["bytes"]
            row.pop("image")
            assert row == other
        assert joined[1]["image"].tobytes() == load(config, odd)[1]["image"].tobytes()


def test_attach_photos_to_streams_and_splits(exported: Path, odd: Path, tmp_path: Path) -> None:
    expected = plain_rows(attach_photos(read(exported, "sdci", tmp_path), odd / "photos"))
    stream = attach_photos(read(exported, "sdci", tmp_path, streaming=True), odd)
    assert stream.features == read(exported, "sdci", tmp_path).features
    assert [row["image"].size for row in stream] == [(row["width"], row["height"]) for row in expected]
    assert plain_rows(stream) == expected, "masks keep their bytes"
    splits = attach_photos(read(exported, "sdci", tmp_path, split=None), odd)
    assert plain_rows(splits["test"]) == expected
    chosen = attach_photos(read(exported, "sdci", tmp_path).select([4, 1]), odd)
    assert plain_rows(chosen) == [expected[4], expected[1]]


def test_attach_photos_says_what_is_missing(exported: Path, odd: Path, tmp_path: Path) -> None:
    shutil.copytree(odd / "photos", tmp_path / "photos")
    for name in ("sa_300013.jpg", "sa_90001.jpg"):
        (tmp_path / "photos" / name).unlink()
    dataset = read(exported, "sdci", tmp_path)
    with pytest.raises(DataError, match=r"2 of 6 photos are missing: sa_300013\.jpg, sa_90001\.jpg; .*dci photos"):
        attach_photos(dataset, tmp_path / "photos")
    stream = attach_photos(read(exported, "sdci", tmp_path, streaming=True), tmp_path / "photos")
    with pytest.raises(DataError, match=r"photos are missing: sa_300013\.jpg"):
        list(stream)
    shutil.copy(odd / "photos" / "sa_300207.jpg", tmp_path / "photos" / "sa_300013.jpg")
    with pytest.raises(DataError, match="is 700x560, but the dataset says 560x700"):
        attach_photos(dataset, tmp_path / "photos")
    with pytest.raises(DataError, match="is not a folder"):
        attach_photos(dataset, tmp_path / "nowhere")
    with pytest.raises(ValueError, match="file_name and image"):
        attach_photos(dataset.remove_columns("image"), tmp_path / "photos")
    led_out = dataset.map(lambda row: {"file_name": "../photos/sa_300207.jpg"})
    with pytest.raises(DataError, match="not a plain file name"):
        attach_photos(led_out, tmp_path / "photos")


def test_exported_split_gives_rows_to_score(exported: Path, with_photos: Path, odd: Path, load: Load) -> None:
    split = exported_split(exported, "test", odd)
    assert (split.images, split.skipped, split.revision) == (6, (), Release(odd).revision)
    rows, expected = list(split.rows()), plain_rows(load("sdci", odd))
    assert [row["regions"] for row in rows] == [row["regions"] for row in expected]
    assert Path(rows[0]["image"]["path"]).name == "sa_300207.jpg"
    assert len(list(split.rows(limit=2))) == 2
    assert list(exported_split(with_photos, "test").rows()) == expected
    with pytest.raises(ValueError, match="--photos DIR"):
        exported_split(exported, "test")
    with pytest.raises(ValueError, match="train, validation"):
        exported_split(exported, "tests", odd)
    assert is_exported(exported) and is_exported("ORG/dci") and not is_exported(odd)


def test_command(odd: Path, tmp_path: Path, exported: Path) -> None:
    out = tmp_path / "new" / "dci"
    done = dci("export", odd, "--out", out, "--num-proc", 1)
    assert done.returncode == 0, done.stderr
    assert "sdci: 12 rows in 3 files" in done.stdout
    assert "load_dataset(" in done.stdout
    only = dci("export", odd, "--out", tmp_path / "sdci", "--config", "sdci", "--photos", "--num-proc", 1)
    assert only.returncode == 0, only.stderr
    assert {path.name for path in (tmp_path / "sdci").iterdir()} == {
        "README.md",
        "eval.yaml",
        "croissant.json",
        "dci_export.json",
        "sdci",
    }
    rows = datasets.load_dataset(str(tmp_path / "sdci"), split="test", cache_dir=str(tmp_path / "cache"))
    assert rows[0]["image"] is not None
    fails("must not exist", "export", odd, "--out", odd)
    fails("is not a folder", "export", tmp_path / "nowhere")


def test_an_export_scores_like_its_release(odd: Path, tmp_path: Path) -> None:
    from dcikit.cli.main import main

    def scores(*options: str | Path) -> tuple[dict, str]:
        path = tmp_path / "results.json"
        assert main(["eval", *map(str, options), "--output", str(path)]) == 0
        document = json.loads(path.read_text())
        return document["scores"], document["dataset"]["fingerprint"]

    out = tmp_path / "exported"
    assert main(["export", str(odd), "--out", str(out)]) == 0
    expected = scores("--dataset", odd)
    entries = tmp_path / "entries.parquet"
    assert scores("--dataset", out, "--photos", odd / "photos", "--log-samples", entries) == expected
    assert entries.is_file()
    assert main(["eval", "--dataset", str(out)]) == 1, "an export has no photos"
