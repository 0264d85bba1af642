"""The `dci` command, run as a user runs it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image
from support.odd_release import NAME, edit

from dcikit.cli.main import main

SCORES = 13


@dataclass
class Done:
    """A command that ended."""

    returncode: int
    stdout: str
    stderr: str


Dci = Callable[..., Done]


ENTRIES = ["--protocol", "sdci-entries"]
"""What is odd in the release `odd` are regions."""


@pytest.fixture
def dci(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Dci:
    """Runs the command, 200 columns wide, in this process: importing torch for each would take seconds."""
    monkeypatch.setenv("COLUMNS", "200")

    def run(*arguments: str | Path) -> Done:
        status = main([str(argument) for argument in arguments])
        return Done(status, *capsys.readouterr())

    return run


@pytest.fixture
def fails(dci: Dci) -> Callable[..., None]:
    """The command ends with a message on stderr, and no traceback."""

    def check(message: str, *arguments: str | Path, status: int = 1) -> None:
        done = dci(*arguments)
        assert done.returncode == status, done.stderr
        assert message in done.stderr
        assert "Traceback" not in done.stderr
        assert done.stdout == ""

    return check


@pytest.mark.parametrize("arguments", [["--help"], ["eval", "--help"], ["verify", "--help"], []])
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    code = (
        "import sys; from dcikit.cli.main import main; status = main(sys.argv[1:]);"
        "heavy = {'torch', 'transformers', 'datasets', 'evaluate', 'numpy', 'PIL'} & sys.modules.keys();"
        "print(heavy or 'light', status)"
    )
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True)
    assert done.stdout.splitlines()[-1].startswith("light"), done.stdout + done.stderr
    assert "Usage" in done.stdout


def test_eval_with_no_arguments_scores_the_tiny_clip_on_the_sample(dci: Dci, sample: Path, tmp_path: Path) -> None:
    done = dci("eval", "--output", tmp_path / "results.json")
    assert done.returncode == 0, done.stderr
    assert "All SCM" in done.stdout
    results = json.loads((tmp_path / "results.json").read_text())
    assert results["dataset"]["id"] == "sample"
    assert len(results["scores"]) == SCORES
    table = next(line for line in done.stdout.splitlines() if "All SCM" in line)
    assert f"{100 * results['scores']['all_scm']['value']:.2f}" in table
    shown = dci("info", tmp_path / "results.json")
    assert shown.returncode == 0
    assert table in shown.stdout


def test_results_hold_all_of_the_protocol(dci: Dci, odd: Path, tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    done = dci("eval", "--dataset", odd, *ENTRIES, "--output", path, "--batch-size", "3")
    assert done.returncode == 0, done.stderr
    results = json.loads(path.read_text())
    assert results["model"].keys() >= {
        "id", "revision", "weights_sha256", "adapter", "dtype", "context_length", "image_size"
    }  # fmt: skip
    assert results["dataset"].keys() >= {"id", "revision", "split", "limit", "images", "regions", "fingerprint"}
    assert results["protocol"].keys() == {"name", "parameters"}
    assert results["protocol"]["parameters"].keys() >= {"group_size", "grouping", "pooling"}
    assert results["versions"].keys() >= {"torch", "transformers", "datasets", "dcikit"}
    assert results["date"].startswith("20")
    for score in results["scores"].values():
        assert score.keys() >= {"value", "interval", "regions", "excluded", "tied", "truncated", "images", "groups"}
        assert score["interval"][0] <= score["value"] <= score["interval"][1]
    assert results["scores"]["hard_neg"]["excluded"] == {"no clip_scores": 7}
    assert not list(tmp_path.glob(".*")), "no temporary file is left"

    again = dci("eval", "--dataset", odd, *ENTRIES, "--output", tmp_path / "again.json", "--batch-size", "50")
    assert again.returncode == 0
    second = json.loads((tmp_path / "again.json").read_text())
    assert {**results, "date": 0} == {**second, "date": 0}


def test_fingerprint_follows_what_is_scored(dci: Dci, odd: Path, tmp_path: Path) -> None:
    def fingerprint(folder: Path, *options: str) -> str:
        path = tmp_path / "results.json"
        assert dci("eval", "--dataset", folder, "--output", path, *options).returncode == 0
        return json.loads(path.read_text())["dataset"]["fingerprint"]

    shutil.copytree(odd, tmp_path / "changed")
    whole = fingerprint(tmp_path / "changed")
    assert whole == fingerprint(odd)
    assert whole != fingerprint(odd, "--limit", "2")
    name = "300099-data.json"
    edit(tmp_path / "changed", name, lambda doc: doc["negatives"]["base"].update(basic=["x"]), kinds=("complete",))
    assert whole != fingerprint(tmp_path / "changed")


def test_skipped_images_are_named_in_table_and_results(
    dci: Dci, fails: Callable[..., None], odd: Path, tmp_path: Path
) -> None:
    shutil.copytree(odd, tmp_path / "bad")
    (tmp_path / "bad" / "photos" / "sa_300013.jpg").unlink()
    fails("sa_300013.jpg is missing", "eval", "--dataset", tmp_path / "bad")
    done = dci("eval", "--dataset", tmp_path / "bad", "--on-error", "skip", "--output", tmp_path / "results.json")
    assert done.returncode == 0
    assert "300013" in done.stdout
    assert json.loads((tmp_path / "results.json").read_text())["dataset"]["skipped"].keys() == {"300013"}


def test_every_decision_can_be_kept(dci: Dci, odd: Path, tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    files = ["--log-samples", tmp_path / "samples.parquet", "--output", tmp_path / "r.json"]
    done = dci("eval", "--dataset", odd, *ENTRIES, *files)
    assert done.returncode == 0, done.stderr
    rows = pq.read_table(tmp_path / "samples.parquet").to_pylist()
    scores = json.loads((tmp_path / "r.json").read_text())["scores"]
    for name, score in scores.items():
        of_this = [row for row in rows if row["score"] == name]
        assert len(of_this) == score["regions"]
        assert sum(row["correct"] for row in of_this) / len(of_this) == score["value"]
    deep = {row["key"]: row["mask_depth"] for row in rows if row["image_id"] == "300207"}
    assert deep["base"] == 0
    assert max(deep.values()) > 1


def test_a_type_that_is_misspelt_is_refused_before_anything_is_loaded(fails: Callable[..., None]) -> None:
    fails("got fp16; did you mean float16?", "eval", "--dtype", "fp16", "--model", "nowhere", "--dataset", "nowhere")
    fails("got bf16; did you mean bfloat16?", "eval", "--dtype", "bf16", "--model", "nowhere")


def test_an_interrupted_eval_says_how_to_go_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from dcikit.api import evaluate

    def interrupt(*args: object, **options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(evaluate, "open_source", interrupt)
    assert main(["eval"]) == 130
    assert "embeddings are kept, the same command goes on" in " ".join(capsys.readouterr().err.split())
    assert main(["eval", "--no-cache"]) == 130
    assert "error: interrupted\n" in capsys.readouterr().err


def test_limit(dci: Dci, odd: Path) -> None:
    done = dci("eval", "--dataset", odd, "--limit", "1", "--split", "validation")
    assert done.returncode == 0
    assert "not comparable" in done.stdout


def test_verify_a_good_release(dci: Dci, odd: Path) -> None:
    done = dci("verify", odd, "--num-proc", "2")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "No defects." in done.stdout
    rows = {line.split("│")[1].strip(): line.split("│")[2].strip() for line in done.stdout.splitlines() if "│" in line}
    assert rows["images"] == "12 (train 4, validation 2, test 6)"
    assert rows["regions that are scored"] == "36"  # 12 train, 5 validation, 19 test
    assert "Tokens are those of CLIP" in done.stderr


def test_verify_counts_long_captions_in_the_tokens_of_clip(dci: Dci, one_image: Path) -> None:
    texts = ["cat " * 75, "cat " * 76]  # with start and end 77 and 78 tokens
    edit(one_image, NAME, lambda doc: doc["summaries"].update(dict.fromkeys(doc["summaries"], texts)), ("complete",))
    done = dci("verify", one_image, "--num-proc", "1")
    rows = {line.split("│")[1].strip(): line.split("│")[2].strip() for line in done.stdout.splitlines() if "│" in line}
    assert int(rows["captions over 77 tokens"]) == int(rows["regions that are scored"])


def test_verify_counts_long_captions(dci: Dci, odd: Path) -> None:
    from dcikit.encoders.models import TINY_CLIP

    done = dci("verify", odd, "--num-proc", "1", "--tokenizer", TINY_CLIP)
    long = next(line for line in done.stdout.splitlines() if "over 77" in line)
    assert int(long.split("│")[2]) > 0


def test_verify_lists_every_defect(dci: Dci, one_image: Path) -> None:
    def spoil(doc: dict) -> None:
        doc["short_caption"] = None
        next(iter(doc["mask_data"].values()))["area"] = "large"

    edit(one_image, NAME, spoil)
    done = dci("verify", one_image, "--num-proc", "1")
    assert done.returncode == 1
    assert f"complete/{NAME}: `short_caption`" in done.stdout
    assert ".area`" in done.stdout
    assert "Traceback" not in done.stderr


def test_verify_decodes_photos(dci: Dci, fails: Callable[..., None], one_image: Path) -> None:
    path = next((one_image / "photos").iterdir())
    with Image.open(path) as image:
        image.save(path, "GIF")  # without a checksum or an end marker that could be looked at
    path.write_bytes(path.read_bytes()[:-5000])
    done = dci("verify", one_image, "--num-proc", "1")
    assert done.returncode == 1
    assert "cannot be decoded" in done.stdout
    fails("cannot be decoded", "eval", "--dataset", one_image)


def test_as_a_module_of_its_own() -> None:
    done = subprocess.run([sys.executable, "-m", "dcikit", "info", "nothing"], capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.startswith("error: ")


def test_sample_and_info(dci: Dci, fails: Callable[..., None], sample: Path, tmp_path: Path) -> None:
    assert dci("sample", tmp_path / "drawn").returncode == 0
    files = [path.relative_to(sample) for path in sample.rglob("*") if path.is_file()]
    assert len(files) > 1000
    assert all((tmp_path / "drawn" / path).read_bytes() == (sample / path).read_bytes() for path in files)
    done = dci("info", tmp_path / "drawn")
    assert done.returncode == 0
    assert "photos/" in done.stdout
    fails("must not exist", "sample", tmp_path / "drawn")


def test_info_on_an_export_an_adapter_and_samples(dci: Dci, odd: Path, tmp_path: Path) -> None:
    assert dci("export", odd, "--out", tmp_path / "export", "--num-proc", "1").returncode == 0
    shown = dci("info", tmp_path / "export").stdout
    assert "config sdci, split test" in shown and "6 images" in shown and "not in it" in shown
    (tmp_path / "adapter").mkdir()
    config = {"base_model_name_or_path": "some/clip", "peft_type": "LORA", "r": 8}
    (tmp_path / "adapter" / "adapter_config.json").write_text(json.dumps(config))
    shown = dci("info", tmp_path / "adapter").stdout
    assert "some/clip" in shown and "LORA" in shown and "rank" in shown
    samples = tmp_path / "samples.parquet"
    assert dci("eval", "--dataset", odd, "--log-samples", samples).returncode == 0
    done = dci("info", samples)
    assert done.returncode == 0, done.stderr
    assert "Decisions of " in done.stdout and "base_neg" in done.stdout


def test_a_missing_photo_advises_what_the_command_has(
    dci: Dci, fails: Callable[..., None], odd: Path, tmp_path: Path
) -> None:
    shutil.copytree(odd, tmp_path / "bad")
    (tmp_path / "bad" / "photos" / "sa_300013.jpg").unlink()
    done = dci("eval", "--dataset", tmp_path / "bad")
    assert "put the photo there" in done.stderr and "photos=False" not in done.stderr
    done = dci("caption-quality", tmp_path / "bad")
    assert "put the photo there, or give --no-photos" in " ".join(done.stderr.split())


def test_a_model_that_cannot_be_fetched_is_one_line_at_once(odd: Path, tmp_path: Path) -> None:
    offline = {"HF_ENDPOINT": "http://127.0.0.1:9", "HF_HUB_OFFLINE": "0", "HF_HOME": str(tmp_path)}
    command = [sys.executable, "-m", "dcikit", "eval", "--model", "some/clip", "--dataset", str(odd)]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **offline})
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "error: `--model` 'some/clip' is neither a folder nor in the cache, and http://127.0.0.1:9 cannot be reached; "
        "connect to the network, or give a folder"
    ]


def test_wrong_calls(fails: Callable[..., None], odd: Path, tmp_path: Path) -> None:
    fails("no-such-folder", "eval", "--dataset", tmp_path / "no-such-folder")
    fails("splits.json", "eval", "--dataset", tmp_path)
    fails("'tset'", "eval", "--split", "tset", status=2)
    fails("no/such-model", "eval", "--dataset", odd, "--model", "no/such-model")
    fails("dtype", "eval", "--dataset", odd, "--dtype", "int4")
    fails("--output", "eval", "--dataset", odd, "--output", tmp_path / "no" / "results.json")
    fails("must be a release folder (with splits.json), an export", "info", tmp_path)
    (tmp_path / "other.json").write_text("{}")
    fails("other.json", "info", tmp_path / "other.json")


def test_retrieval_over_all_splits(dci: Dci, fails: Callable[..., None], odd: Path, tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    done = dci("eval", "--task", "retrieval", "--dataset", odd, "--output", path)
    assert done.returncode == 0, done.stderr
    results = json.loads(path.read_text())
    assert results["dataset"]["split"] == "all"
    assert results["dataset"]["images"] == 12
    assert results["protocol"]["name"] == "lotlip"
    assert list(results["scores"]) == [f"{way}_r@{k}" for way in ("i2t", "t2i") for k in (1, 5, 10)]
    assert (
        dci("eval", "--task", "retrieval", "--dataset", odd, "--protocol", "long-dci", "--output", path).returncode == 0
    )
    assert json.loads(path.read_text())["protocol"]["name"] == "long-dci"
    regions = dci(
        "eval", "--task", "retrieval", "--dataset", odd, "--unit", "region", "--split", "test", "--output", path
    )
    assert regions.returncode == 0, regions.stderr
    assert json.loads(path.read_text())["dataset"]["regions"] == 19
    fails("must be one of sdci, sdci-entries", "eval", "--dataset", odd, "--protocol", "extra")
    fails("are for task scm", "eval", "--dataset", odd, "--task", "retrieval", "--blind")


def test_the_drift_of_a_lower_precision_is_reported(dci: Dci, odd: Path, tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    done = dci("eval", "--dataset", odd, "--dtype", "bfloat16", "--output", path)
    assert done.returncode == 0, done.stderr
    assert "bfloat16 moves the score" in done.stdout
    results = json.loads(path.read_text())
    assert results["model"]["dtype"] == "bfloat16"
    assert results["drift"]["pairs"] == 19  # all entries of the six images
    assert 0 < results["drift"]["mean"] <= results["drift"]["largest"] < 0.1
    assert dci("eval", "--dataset", odd, "--output", path).returncode == 0
    assert json.loads(path.read_text())["drift"] is None
