"""`dci eval`."""

from __future__ import annotations

from contextlib import nullcontext
from enum import Enum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from .entry_facts import release_facts
from .progress import counter
from .table import results_table

if TYPE_CHECKING:
    from dci_dataset import Release
    from dci_metric.cache import WindowCache
    from dci_metric.encoder import Encoder


class Split(str, Enum):
    train = "train"
    validation = "validation"
    test = "test"


class OnError(str, Enum):
    stop = "raise"
    skip = "skip"


def eval_command(
    model: Annotated[str | None, typer.Option(help="Hub id or folder of a CLIP model; default: a tiny one.")] = None,
    adapter: Annotated[str | None, typer.Option(help="PEFT folder or Hub id (LoRA), merged into the model.")] = None,
    data: Annotated[Path | None, typer.Option(help="The release folder; default: a drawn sample.")] = None,
    split: Annotated[Split, typer.Option(help="Which images.")] = Split.test,
    batch_size: Annotated[int, typer.Option(min=1, help="Crops, and texts, of one forward pass.")] = 32,
    device: Annotated[str | None, typer.Option(help="cpu, cuda, ...; default: the GPU if there is one.")] = None,
    dtype: Annotated[str, typer.Option(help="float32, bfloat16 or float16.")] = "float32",
    output: Annotated[Path | None, typer.Option(help="Write a results file (JSON).")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first images of the split.")] = None,
    on_error: Annotated[OnError, typer.Option(help="skip leaves images with defects out.")] = OnError.stop,
    num_workers: Annotated[int, typer.Option(min=0, help="Processes that decode beside the model.")] = 0,
    per_entry: Annotated[Path | None, typer.Option(help="Write every decision (Parquet).")] = None,
    cache: Annotated[bool, typer.Option(help="Keep embeddings, so that an interrupted run goes on.")] = True,
) -> None:
    """Score a model on sDCI and print the paper's six numbers."""
    from dci_dataset import Release
    from dci_dataset.sample import sample_folder

    for option, path in (("--output", output), ("--per-entry", per_entry)):
        if path is not None and not path.parent.is_dir():
            raise ValueError(f"`{option}` must be in a folder that exists, got {path}")
    release = Release(data or sample_folder())
    names = release.names(split.value)[:limit]
    with Console(stderr=True).status("Loading the model"):
        import transformers

        from dci_metric.evaluation import evaluate
        from dci_metric.models import TINY_CLIP, load_encoder
        from dci_metric.per_entry import EntryWriter
        from dci_metric.processes import Processes
        from dci_metric.results import results_document, write_results
        from dci_metric.windows import Run

        transformers.utils.logging.disable_progress_bar()
        processes = Processes()
        encoder = load_encoder(model or str(TINY_CLIP), adapter=adapter, device=device or processes.device, dtype=dtype)
        if model is None:
            encoder.name = "the tiny CLIP"
    skip = on_error is OnError.skip
    kept = embedding_cache(encoder, release, names, batch_size, skip) if cache else None
    facts = release_facts(release)
    writer = EntryWriter(per_entry, facts) if per_entry and processes.is_main else nullcontext()
    with writer as entries, counter("Scoring", len(names)) as count:
        run = Run(batch_size, skip, num_workers, processes, kept, lambda done: count(done * processes.count))
        readers = [partial(read_row, release, name) for name in names]
        evaluation = evaluate(readers, encoder, run=run, watch=entries.watch if entries else None)
        dataset = {
            "name": str(data) if data else "sample",
            "revision": release.revision,
            "split": split.value,
            "limit": limit,
            "images_skipped": {
                names[place].removesuffix("-data.json"): why for place, why in evaluation.skipped.items()
            },
        }
        document = results_document(evaluation, encoder, dataset)
        if entries:
            entries.finish(document)
    if not processes.is_main:
        return
    console = Console()
    for renderable in results_table(document):
        console.print(renderable)
    if output is not None:
        write_results(document, output)
        console.print(f"Results in {output}", highlight=False)


def read_row(release: Release, name: str) -> dict[str, Any]:
    """Straight from the release: `load_dataset` would list and hash all its files first."""
    from dci_dataset.rows import sdci_row

    return sdci_row(release.read(name, summaries=True))


def embedding_cache(encoder: Encoder, release: Release, names: list[str], batch_size: int, skip: bool) -> WindowCache:
    """The cache of this very run: another model, release, split or batch size has another one."""
    from importlib.metadata import version

    from huggingface_hub.constants import HF_HOME

    from dci_metric.cache import WindowCache
    from dci_metric.suites import SUITES

    identity = {
        "model": encoder.weights_hash(),
        "dtype": encoder.dtype,
        "device": encoder.device.type,
        "context": encoder.context,
        "image_processor": str(encoder.preprocessor.image_processor),
        "data": release.fingerprint(summaries=True, photos=True),
        "names": names,
        "suites": SUITES,
        "batch_size": batch_size,
        "skip": skip,
        "versions": [version(package) for package in ("dci", "torch", "transformers", "pillow")],
    }
    return WindowCache(Path(HF_HOME) / "dci" / "embeddings", identity)
