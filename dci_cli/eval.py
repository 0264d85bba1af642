"""`dci eval`."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from enum import Enum
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from .entry_facts import release_facts
from .eval_data import blank_reader, dci_reader, embedding_cache, sdci_reader
from .progress import counter
from .table import results_table


class Split(str, Enum):
    train = "train"
    validation = "validation"
    test = "test"


class OnError(str, Enum):
    stop = "raise"
    skip = "skip"


class Task(str, Enum):
    scm = "scm"
    retrieval = "retrieval"


class RetrievalProtocol(str, Enum):
    lotlip = "lotlip"
    extra = "extra"
    long_dci = "long-dci"


class Unit(str, Enum):
    image = "image"
    region = "region"


def eval_command(
    model: Annotated[
        str | None, typer.Option(help="Hub id, folder, or open_clip:ARCHITECTURE/CHECKPOINT; default: a tiny CLIP.")
    ] = None,
    adapter: Annotated[str | None, typer.Option(help="PEFT folder or Hub id (LoRA), merged into the model.")] = None,
    data: Annotated[Path | None, typer.Option(help="The release folder; default: a drawn sample.")] = None,
    task: Annotated[Task, typer.Option(help="SCM and Neg, or long-caption retrieval.")] = Task.scm,
    split: Annotated[Split | None, typer.Option(help="Default: test; for retrieval all of them.")] = None,
    protocol: Annotated[
        RetrievalProtocol | None, typer.Option(help="Which text is retrieved; default: lotlip.")
    ] = None,
    unit: Annotated[Unit, typer.Option(help="What is retrieved: whole images, or regions of sDCI.")] = Unit.image,
    batch_size: Annotated[int, typer.Option(min=1, help="Crops, and texts, of one forward pass.")] = 32,
    device: Annotated[str | None, typer.Option(help="cpu, cuda, ...; default: the GPU if there is one.")] = None,
    dtype: Annotated[str, typer.Option(help="float32, bfloat16 or float16.")] = "float32",
    output: Annotated[Path | None, typer.Option(help="Write a results file (JSON).")] = None,
    per_entry: Annotated[Path | None, typer.Option(help="Write every decision (Parquet).")] = None,
    blind: Annotated[bool, typer.Option("--blind", help="Show also what needs no image.")] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first images of the split.")] = None,
    on_error: Annotated[OnError, typer.Option(help="skip leaves images with defects out.")] = OnError.stop,
    num_workers: Annotated[int, typer.Option(min=0, help="Processes that decode beside the model.")] = 0,
    cache: Annotated[bool, typer.Option(help="Keep embeddings, so that an interrupted run goes on.")] = True,
) -> None:
    """Score a model and print the paper's six numbers, or its recall of long captions."""
    from dci_dataset import Release
    from dci_dataset.sample import sample_folder

    for option, path in (("--output", output), ("--per-entry", per_entry)):
        if path is not None and not path.parent.is_dir():
            raise ValueError(f"`{option}` must be in a folder that exists, got {path}")
    retrieval = task is Task.retrieval
    if retrieval and (per_entry or blind):
        raise ValueError("`--per-entry` and `--blind` are for `--task scm`")
    if not retrieval and (protocol or unit is Unit.region):
        raise ValueError("`--protocol` and `--unit` are for `--task retrieval`")
    release = Release(data or sample_folder())
    splits = [split.value] if split else [each for each, found in release.splits.items() if found]
    if not retrieval and split is None:
        splits = ["test"]
    names = [name for each in splits for name in release.names(each)][:limit]

    with Console(stderr=True).status("Loading the model"):
        import transformers

        from dci_metric.blind import text_baselines
        from dci_metric.evaluation import evaluate
        from dci_metric.models import TINY_CLIP, load_encoder
        from dci_metric.per_entry import EntryWriter
        from dci_metric.processes import Processes
        from dci_metric.results import results_document, scores_section, write_results
        from dci_metric.retrieval import retrieve
        from dci_metric.windows import Run

        transformers.utils.logging.disable_progress_bar()
        processes = Processes()
        encoder = load_encoder(model or str(TINY_CLIP), adapter=adapter, device=device or processes.device, dtype=dtype)
        if model is None:
            encoder.name = "the tiny CLIP"
    summaries = not retrieval or unit is Unit.region
    run = Run(batch_size, on_error is OnError.skip, num_workers, processes)
    if cache:
        what = [task.value, unit.value, protocol.value if protocol else None]
        choices = {"what": what, "names": names, "batch_size": batch_size, "skip": run.skip_errors}
        run.cache = embedding_cache(encoder, release, summaries, choices)
    readers = [partial(sdci_reader if summaries else dci_reader, release, name) for name in names]

    writer = EntryWriter(per_entry, release_facts(release)) if per_entry and processes.is_main else nullcontext()
    with writer as entries, counter("Scoring", len(names)) as count:
        run.tick = lambda done: count(done * processes.count)
        evaluation: Any
        if retrieval:
            evaluation = retrieve(readers, encoder, protocol.value if protocol else None, unit.value, run=run)
        else:
            evaluation = evaluate(readers, encoder, run=run, watch=entries.watch if entries else None)
        dataset = {
            "name": str(data) if data else "sample",
            "revision": release.revision,
            "split": "+".join(splits),
            "limit": limit,
            "images_skipped": {names[at].removesuffix("-data.json"): why for at, why in evaluation.skipped.items()},
        }
        document = results_document(evaluation, encoder, dataset)
        if entries:
            entries.finish(document)
    if blind:
        read = [name for at, name in enumerate(names) if at not in evaluation.skipped]
        with counter("Without the image", len(read)) as count:
            unseen = replace(run, cache=None, tick=lambda done: count(done * processes.count))
            blank = evaluate([partial(blank_reader, release, name) for name in read], encoder, run=unseen)
        texts = text_baselines(lambda: (sdci_reader(release, name, photo=False) for name in read))
        seen = {f"blank_{name}": score for name, score in blank.scores.items() if "neg" in name}
        document["blind"] = scores_section({**texts, **seen})
    if not processes.is_main:
        return
    console = Console()
    for renderable in results_table(document):
        console.print(renderable)
    if output is not None:
        write_results(document, output)
        console.print(f"Results in {output}", highlight=False)
