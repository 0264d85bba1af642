"""Trainings: what they write, and that processes and interruptions change nothing."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import peft
import pytest
import torch
import transformers
from datasets import Dataset
from safetensors.torch import load_file
from transformers import CLIPModel, CLIPProcessor, TrainerCallback

from dcikit.cli.main import main
from dcikit.encoders.models import TINY_CLIP, load_encoder
from dcikit.engine.prepare import row_readers
from dcikit.results.document import read_results
from dcikit.schema.errors import DciError
from dcikit.training import Batches, EvalSplit, Trained, load_recipe, train
from dcikit.training.examples import examples_and_objective

SMALL = ("num_train_epochs=2", "batch_size=16")
"""Over a recipe: 20 images are five steps an epoch."""

Train = Callable[..., Trained]


@pytest.fixture(scope="module")
def release(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty images of the sample's split train, six of the others."""
    folder = tmp_path_factory.mktemp("release")
    splits = json.loads((sample / "splits.json").read_text())
    chosen = {split: names[: 20 if split == "train" else 6] for split, names in splits.items()}
    (folder / "splits.json").write_text(json.dumps(chosen))
    for part in ("annotations", "complete", "photos"):
        (folder / part).mkdir()
    for name in (name for names in chosen.values() for name in names):
        for part in ("annotations", "complete"):
            shutil.copy(sample / part / name, folder / part)
        shutil.copy(
            sample / "photos" / json.loads((folder / "complete" / name).read_text())["image"], folder / "photos"
        )
    return folder


@pytest.fixture(scope="module")
def splits(release: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Dataset]:
    """Its rows, photos as files."""
    import datasets

    import dci_dataset

    cache = str(tmp_path_factory.mktemp("cache"))
    every = datasets.load_dataset("dci", "sdci", data_dir=str(release), photos=False, cache_dir=cache)
    return dict(dci_dataset.attach_photos(every, release))


@pytest.fixture
def training(splits: dict[str, Dataset], tmp_path: Path) -> Train:
    """`train` of the tiny CLIP on a few images."""

    def run(
        *settings: str,
        recipe: str = "p1",
        output: str = "out",
        rows: Any = None,
        callbacks: tuple[TrainerCallback, ...] = (),
        num_workers: int = 0,
    ) -> Trained:
        evals = {
            name: EvalSplit(
                list(row_readers(splits[name].with_format("arrow")[:].to_pylist())),
                {"id": "sample", "revision": "1", "split": name},
            )
            for name in ("validation", "test")
        }
        chosen = load_recipe(recipe, [*SMALL, *settings])
        rows = splits["train"] if rows is None else rows
        options: dict[str, Any] = {"num_workers": num_workers, "callbacks": callbacks, **evals}
        return train(str(TINY_CLIP), rows, chosen, tmp_path / output, **options)

    return run


def weights(folder: Path) -> dict[str, torch.Tensor]:
    return load_file(folder / "adapter_model.safetensors")


def same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def test_what_a_training_leaves(training: Train, tmp_path: Path) -> None:
    trained = training()
    out = tmp_path / "out"
    assert {path.name for path in out.iterdir()} == {
        "README.md",
        "adapter_config.json",
        "adapter_model.safetensors",
        "before.json",
        "after.json",
        "result.json",
        "training.json",
        "logs",
    }
    assert [line["epoch"] for line in trained.history] == [1, 2]
    assert trained.best in (1, 2)
    assert trained.images == 20
    card = (out / "README.md").read_text()
    assert trained.fingerprint in card
    assert "# tiny_clip, trained on" in card and str(TINY_CLIP) not in card, "a path says nothing to others"
    assert f"| All SCM | {100 * trained.before.scores['all_scm'].value:.1f}" in card
    assert transformers.__version__ in trained.after.versions["transformers"]
    assert any((out / "logs").iterdir()), "TensorBoard"
    # The base layers' biases are trained, the base weights are not.
    names = {name.rpartition(".")[2] if "lora_" not in name else "lora" for name in weights(out)}
    assert names == {"lora", "bias"}


def test_the_best_epoch_is_kept(splits: dict[str, Dataset], tmp_path: Path) -> None:
    """By SCM + Neg on the validation split: what is loaded afterwards has just these scores."""
    readers = list(row_readers(splits["validation"].with_format("arrow")[:].to_pylist()))
    shown: list[list[Any]] = []

    @contextmanager
    def progress(what: str, total: int | None) -> Iterator[Callable[[int], None]]:
        shown.append([what, total, 0])
        yield lambda done: shown[-1].__setitem__(2, shown[-1][2] + done)

    described = {"id": "sample", "revision": "1", "split": "validation"}
    split = EvalSplit(readers, described, progress=progress)
    recipe = load_recipe(
        "p1", ["num_train_epochs=4", "batch_size=16", "learning_rate=5e-2", "lr_scheduler_type=constant"]
    )
    trained = train(str(TINY_CLIP), splits["train"], recipe, tmp_path / "out", validation=split, test=split)
    sums = [line["all_scm"] + line["all_neg"] for line in trained.history]
    assert len(sums) == 4 and sums[-1] < max(sums), "the last one is not the best"
    best = trained.history[sums.index(max(sums))]
    assert trained.best == best["epoch"]
    assert {name: trained.after.scores[name].value for name in ("all_scm", "all_neg")} == {
        name: best[name] for name in ("all_scm", "all_neg")
    }
    assert shown == [["Scoring split validation", 6, 6]] * 6, "before, four epochs, after"


@pytest.mark.slow
def test_the_lowest_validation_loss_is_kept(splits: dict[str, Dataset], tmp_path: Path) -> None:
    """Of thirty validations, as the released trainer has it."""
    readers = list(row_readers(splits["validation"].with_format("arrow")[:].to_pylist()))
    split = EvalSplit(readers, {"id": "sample", "revision": "1", "split": "validation"})
    settings = ["num_train_epochs=30", "batch_size=16", "learning_rate=3e-2", "lr_scheduler_type=constant"]
    rows = splits["train"].select(range(8))
    recipe = load_recipe("p1-released", settings)
    trained = train(str(TINY_CLIP), rows, recipe, tmp_path / "out", validation=split)
    assert len(trained.history) == 30
    losses = [line["loss"] for line in trained.history]
    assert losses.index(min(losses)) < 29, "the last one is not the best"
    assert trained.best == trained.history[losses.index(min(losses))]["epoch"]
    # What was kept has just that loss: of one batch, without dropout, with the texts of epoch 0.
    encoder = load_encoder(str(TINY_CLIP), adapter=str(tmp_path / "out"))
    examples, objective = examples_and_objective(recipe, split.rows(), encoder)
    batches = Batches(examples.images, 16, seed=42)
    with torch.no_grad():
        found = [
            objective.loss(objective.towers(encoder.model), objective.collate([examples[draw] for draw in batch]))
            for batch in batches
        ]
    assert min(losses) == pytest.approx(float(sum(found) / len(found)), rel=1e-4)


def test_the_adapter_loads_everywhere(training: Train, release: Path, tmp_path: Path) -> None:
    """`dci eval --adapter`, `PeftModel` and its merged model agree."""
    trained = training("learning_rate=1e-2")
    out = tmp_path / "out"
    base = CLIPModel.from_pretrained(TINY_CLIP)
    processor = CLIPProcessor.from_pretrained(TINY_CLIP)
    inputs = {
        **processor.tokenizer(["a red ball", "two blue boxes"], padding=True, return_tensors="pt"),
        "pixel_values": torch.randn(3, 3, 64, 64, generator=torch.Generator().manual_seed(0)),
    }
    with torch.no_grad():
        plain = base(**inputs).logits_per_image
        tuned = peft.PeftModel.from_pretrained(base, out).eval()
        adapted = tuned(**inputs).logits_per_image
        merged = tuned.merge_and_unload()(**inputs).logits_per_image
    assert (adapted - plain).abs().max() > 0.5
    assert torch.allclose(merged, adapted, atol=1e-4)
    results = tmp_path / "results.json"
    assert (
        main(
            [
                "eval",
                "--adapter",
                str(out),
                "--model",
                str(TINY_CLIP),
                "--dataset",
                str(release),
                "--output",
                str(results),
            ]
        )
        == 0
    )
    assert read_results(results).scores == trained.after.scores


def test_full_fine_tuning(training: Train, tmp_path: Path) -> None:
    trained = training("tuning=full", "learning_rate=1e-4", "bf16=true", "gradient_checkpointing=true")
    model = CLIPModel.from_pretrained(tmp_path / "out")
    before = CLIPModel.from_pretrained(TINY_CLIP)
    name = "vision_model.encoder.layers.0.mlp.fc1.weight"
    assert not torch.equal(model.get_parameter(name), before.get_parameter(name))
    assert trained.after.model.id == str(tmp_path / "out")


class At(TrainerCallback):
    """Does something in a step."""

    def __init__(self, step: int, do: Callable[[], Any]) -> None:
        self.step, self.do = step, do

    def on_step_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        if state.global_step + 1 == self.step:
            self.do()


def interrupt() -> None:
    os.kill(os.getpid(), signal.SIGINT)


@pytest.mark.parametrize("options", [(), ("captions=pick5", "batches=image-grouped", "negatives=any")])
def test_an_interrupted_training_goes_on(training: Train, tmp_path: Path, options: tuple[str, ...]) -> None:
    """In the middle of an epoch, twice: bit for bit what an uninterrupted one gives."""
    whole = training(*options, output="whole")
    for step in (2, 7):
        with pytest.raises(KeyboardInterrupt):
            training(*options, callbacks=(At(step, interrupt),))
        assert (tmp_path / "out" / "checkpoints" / f"checkpoint-{step}").is_dir()
        assert not (tmp_path / "out" / "README.md").exists()
    resumed = training(*options)
    assert resumed.history == whole.history
    assert resumed.best == whole.best
    assert same(weights(tmp_path / "out"), weights(tmp_path / "whole"))
    assert resumed.after.scores == whole.after.scores


def test_two_trainings_in_one_folder(training: Train, tmp_path: Path) -> None:
    """The second one ends at once, and the first one does not notice."""
    told: list[str] = []

    def second() -> None:
        with pytest.raises(DciError) as error:
            training()
        told.append(str(error.value))

    first = training(callbacks=(At(2, second),))
    assert told == [f"another training is writing to {tmp_path / 'out'}; wait for it, or choose another folder"]
    assert first.history == training(output="alone").history
    assert not (tmp_path / "out" / ".lock").exists()


SETTINGS = [*(part for setting in SMALL for part in ("--set", setting))]


@pytest.mark.slow
def test_a_killed_training_goes_on(release: Path, tmp_path: Path) -> None:
    """After kill -9; a checkpoint that was cut off is not taken."""
    arguments = ["train", "--dataset", str(release), *SETTINGS, "--set", "num_train_epochs=3", "--output-dir"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(
        [sys.executable, "-m", "dcikit", *arguments, str(tmp_path / "out")], env=environment, stderr=subprocess.DEVNULL
    )
    checkpoints = tmp_path / "out" / "checkpoints"
    deadline = time.monotonic() + 120
    while not list(checkpoints.glob("checkpoint-*/trainer_state.json")) and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    kept = sorted(checkpoints.iterdir())
    assert kept and not (tmp_path / "out" / "README.md").exists()
    cut = checkpoints / "checkpoint-999"
    cut.mkdir()
    (cut / "trainer_state.json").write_text('{"epoch": ')
    for folder in ("out", "whole"):
        assert main([*arguments, str(tmp_path / folder)]) == 0
    assert same(weights(tmp_path / "out"), weights(tmp_path / "whole"))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("recipe", "options"),
    [("p1", ["--set", "captions=pick5"]), ("dreamlip", ["--set", "masks=true", "--set", "sub_captions=3"])],
)
def test_two_processes_train_as_one(release: Path, tmp_path: Path, recipe: str, options: list[str]) -> None:
    """The same global batches, losses and, up to rounding, weights; also where a batch cannot be shared evenly."""
    small = ["--set", "lora_dropout=0", "--set", "batch_size=6", "--set", "num_train_epochs=1"]
    options = ["--recipe", recipe, *small, *options]
    options = ["train", "--dataset", str(release), *SETTINGS, *options, "--output-dir"]
    assert main([*options, str(tmp_path / "one")]) == 0
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2", "-m", "dcikit"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run([*launch, *options, str(tmp_path / "two")], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("All SCM") == 1
    one, two = weights(tmp_path / "one"), weights(tmp_path / "two")
    assert one.keys() == two.keys()
    for name in one:
        if "lora_B" in name:  # they begin at 0: their size is how far they went
            # Adam divides by the size of a gradient: where it is about 0, rounding decides its sign.
            assert (one[name] - two[name]).abs().mean() < 0.01 * one[name].abs().mean(), name
    after = [json.loads((tmp_path / folder / "after.json").read_text()) for folder in ("one", "two")]
    assert after[0]["scores"] == after[1]["scores"]
    assert [document["processes"] for document in after] == [1, 2]


def test_workers_change_nothing(training: Train, tmp_path: Path) -> None:
    alone, beside = training(output="alone"), training(output="beside", num_workers=2)
    assert alone.history == beside.history
    assert same(weights(tmp_path / "alone"), weights(tmp_path / "beside"))


def test_the_folder_of_another_training_is_left_alone(training: Train, tmp_path: Path) -> None:
    first = training("num_train_epochs=1")
    written = (tmp_path / "out" / "README.md").stat().st_mtime_ns
    assert training("num_train_epochs=1") == first, "it is finished: nothing is trained again"
    assert (tmp_path / "out" / "README.md").stat().st_mtime_ns == written
    with pytest.raises(ValueError, match="holds another training, which differs in num_train_epochs \\(1, not 2\\)"):
        training()
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    with pytest.raises(ValueError, match="mine is not empty and holds no training"):
        training(output="mine")


def test_early_stopping(training: Train) -> None:
    trained = training("num_train_epochs=6", "learning_rate=0", "early_stopping_patience=1")
    assert len(trained.history) == 2, "nothing is learned, so the second is no better"


def test_no_loss_on_negatives_reads_no_negatives(training: Train, splits: dict[str, Dataset]) -> None:
    """Captions without any negative, as of COCO."""

    def without(row: dict[str, Any]) -> dict[str, Any]:
        for region in row["regions"]:
            region["negatives"] = {"basic": [], "layout": [], "swaps": []}
        return row

    bare = splits["train"].map(without, features=splits["train"].features)
    assert training("num_train_epochs=1", recipe="p1-nl0", rows=bare).images == 20
    with pytest.raises(ValueError, match="no region has a negative of swaps"):
        training("num_train_epochs=1", rows=bare, output="other")


def test_what_cannot_be_trained(training: Train, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(
        ValueError, match="`objective` must be contrastive, dreamlip or long-clip for a CLIPModel, got sigmoid"
    ):
        training(recipe="sigmoid")
    with pytest.raises(ValueError, match="no longer a finite number"):
        training("learning_rate=1e30", "num_train_epochs=1")
    with pytest.raises(ValueError, match="lora_target_modules"):
        training("lora_target_modules=nothing", output="other")
    assert main(["train", "--output-dir", str(tmp_path / "x"), "--recipe", "p2"]) == 1
    assert "`--recipe` must be a YAML file or one of" in capsys.readouterr().err


@pytest.mark.slow
def test_ctrl_c(release: Path, tmp_path: Path) -> None:
    """On the command line: exit status 130, a word on how to go on, and a checkpoint."""
    out = tmp_path / "out"
    arguments = [
        sys.executable,
        "-m",
        "dcikit",
        "train",
        "--dataset",
        str(release),
        *SETTINGS,
        "--set",
        "num_train_epochs=50",
    ]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(
        [*arguments, "--output-dir", str(out)],
        env=environment,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    deadline = time.monotonic() + 120
    checkpoints = out / "checkpoints"
    while not list(checkpoints.glob("checkpoint-*/trainer_state.json")) and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    told = process.communicate(timeout=60)[1]
    assert process.returncode == 130
    assert "the same command goes on from the last step" in told and "Traceback" not in told
    steps = {int(path.parent.name.split("-")[1]) for path in checkpoints.glob("checkpoint-*/weights.safetensors")}
    assert max(steps) >= 5
