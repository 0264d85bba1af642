"""`dci eval`."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import asdict, replace
from enum import Enum
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from dcikit.api.dataset_source import blank, open_data

from .output import check_output
from .progress import counter
from .results_tables import results_notes, results_tables
from .table import Format, FormatOption, print_tables

DRIFT_IMAGES = 8
"""Images on which a lower precision is compared with float32."""


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
    data: Annotated[
        str | None, typer.Option(help="Release folder, export, or Hub id; default: a drawn sample.")
    ] = None,
    photos: Annotated[Path | None, typer.Option(help="Folder with the photos of an export or Hub id.")] = None,
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
    log_samples: Annotated[Path | None, typer.Option(help="Write every decision (Parquet).")] = None,
    blind: Annotated[bool, typer.Option("--blind", help="Show also what needs no image.")] = False,
    blind_encoder: Annotated[
        str | None, typer.Option(help="A text encoder (Hub id, folder) that judges without the image; implies --blind.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first images of the split.")] = None,
    on_error: Annotated[OnError, typer.Option(help="skip leaves images with defects out.")] = OnError.stop,
    num_workers: Annotated[int, typer.Option(min=0, help="Processes that decode beside the model.")] = 0,
    cache: Annotated[bool, typer.Option(help="Keep embeddings, so that an interrupted run goes on.")] = True,
    form: FormatOption = Format.table,
) -> None:
    """Score a model and print the paper's six numbers, or its recall of long captions."""
    check_output(output)
    check_output(log_samples, "--log-samples")
    retrieval = task is Task.retrieval
    blind = blind or blind_encoder is not None
    if retrieval and (log_samples or blind):
        raise ValueError("`--log-samples`, `--blind` and `--blind-encoder` are for `--task scm`")
    if not retrieval and (protocol or unit is Unit.region):
        raise ValueError("`--protocol` and `--unit` are for `--task retrieval`")
    config = "dci" if retrieval and unit is Unit.image else "sdci"
    splits = [split.value] if split else None if retrieval else ["test"]
    source = open_data(data, photos, config, splits, limit)

    with Console(stderr=True).status("Loading the model"):
        import torch
        import transformers

        from dcikit.encoders.models import TINY_CLIP, load_encoder, torch_dtype
        from dcikit.encoders.sentence_encoder import SentenceEncoder
        from dcikit.engine.drift import cast_with_drift
        from dcikit.engine.processes import Processes
        from dcikit.engine.windows import Run
        from dcikit.results.document import make_results, write_results
        from dcikit.results.sample_writer import SampleWriter
        from dcikit.schema.results import Blind, DtypeDrift, TextEncoder
        from dcikit.tasks.evaluation import evaluate
        from dcikit.tasks.retrieval import Retrieval
        from dcikit.tasks.scm import Scm
        from dcikit.tasks.scm.blind import sentence_baseline, text_baselines

        transformers.utils.logging.disable_progress_bar()
        wanted = torch_dtype(dtype)
        processes = Processes()
        encoder = load_encoder(model or str(TINY_CLIP), adapter=adapter, device=device or processes.device)
        if model is None:
            encoder.name = "the tiny CLIP"
        reader = None
        if blind_encoder and processes.is_main:
            reader = SentenceEncoder(blind_encoder, encoder.device, batch_size)
    readers = source.readers()
    drift = None
    if wanted != torch.float32:
        drift = cast_with_drift(encoder, wanted, readers[:DRIFT_IMAGES], Scm(("all",)).items) if not retrieval else None
        encoder.model.to(wanted)
    run = Run(batch_size, on_error is OnError.skip, num_workers)
    if cache:
        what = [task.value, unit.value, protocol.value if protocol else None]
        run.cache = source.cache(encoder, {"what": what, "batch_size": batch_size, "skip": run.skip_errors})

    writer = SampleWriter(log_samples, source.facts) if log_samples and processes.is_main else nullcontext()
    with writer as samples, counter("Scoring", len(readers)) as count:
        run.callback = lambda done: count(done * processes.count)
        asked: Any = Retrieval(protocol.value if protocol else None, unit.value) if retrieval else Scm()
        evaluation = evaluate(asked, readers, encoder, run, samples.add if samples else None)
        skipped = source.left_out | {source.ids[at]: why for at, why in evaluation.skipped.items()}
        dataset = {**source.described, "limit": limit, "skipped": skipped}
        document = make_results(evaluation, encoder, dataset)
        if drift:
            document = document.model_copy(update={"drift": DtypeDrift(**asdict(drift))})
        if samples:
            samples.finish(document)
    if blind:
        readable = [at for at in range(len(readers)) if at not in evaluation.skipped]
        blank_readers = [partial(blank, readers[at]) for at in readable]
        with counter("Without the image", len(readable)) as count:
            unseen = replace(run, cache=None, callback=lambda done: count(done * processes.count))
            grey = evaluate(Scm(), blank_readers, encoder, unseen)
    if not processes.is_main:
        return
    if blind:
        rows = partial(map, source.texts, readable)
        texts = text_baselines(rows)
        if reader:
            with counter("Sentence encoder", len(readable)) as count:
                texts |= sentence_baseline(rows, reader, count)
        seen = {f"blank_{name}": score for name, score in grey.scores.items() if "neg" in name}
        text_encoder = TextEncoder(**reader.described) if reader else None
        document = document.model_copy(update={"blind": Blind(scores={**texts, **seen}, encoder=text_encoder)})
    print_tables(results_tables(document), results_notes(document), form)
    if output is not None:
        write_results(document, output)
        Console(stderr=form is not Format.table).print(f"Results in {output}", highlight=False)
