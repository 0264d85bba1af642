"""`dcikit.evaluate`: a model and a dataset -> results."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

import torch

from dcikit.encoders.encoder import Encoder
from dcikit.encoders.models import TINY_CLIP, load_encoder, torch_dtype
from dcikit.encoders.patch_encoder import patch_encoder
from dcikit.encoders.sentence_encoder import SentenceEncoder
from dcikit.engine.drift import Drift, cast_with_drift
from dcikit.engine.prepare import Reader
from dcikit.engine.processes import Processes
from dcikit.engine.progress import Progress, silent
from dcikit.engine.windows import Run
from dcikit.files.outputs import check_output, check_output_folder
from dcikit.files.workers import loader_errors
from dcikit.results.document import make_results
from dcikit.results.map_files import map_writer
from dcikit.results.sample_writer import SampleWriter
from dcikit.schema.errors import ArgumentError, check_on_error
from dcikit.schema.results import Blind, DtypeDrift, Results, TextEncoder
from dcikit.schema.suites import SDCI_ENTRIES
from dcikit.tasks.evaluation import evaluate as evaluate_task
from dcikit.tasks.evaluation import evaluate_with
from dcikit.tasks.grounding import Grounding
from dcikit.tasks.grounding.scorer import GroundingScorer
from dcikit.tasks.pairs import open_benchmark
from dcikit.tasks.retrieval import Retrieval
from dcikit.tasks.retrieval.protocols import missing_photos
from dcikit.tasks.retrieval.scorer import RetrievalScorer
from dcikit.tasks.scm import Scm
from dcikit.tasks.scm.blind import sentence_baseline, text_baselines, without_photo
from dcikit.tasks.scm.groups import CONSECUTIVE
from dcikit.tasks.task import Scorer, Task
from dcikit.tasks.tasks import check_settings, make_task

from .similar import with_similar_groups
from .source import PairsSource, Source, open_source

DRIFT_IMAGES = 8
"""Images on which a lower precision is compared with float32."""


def evaluate(
    model: Any = None,
    dataset: Any = None,
    *,
    task: str | Task = "scm",
    benchmark: str | None = None,
    split: str | None = None,
    photos: str | Path | None = None,
    processor: Any = None,
    adapter: str | None = None,
    patch_method: str | None = None,
    revision: str | None = None,
    dataset_revision: str | None = None,
    batch_size: int = 32,
    device: str | None = None,
    dtype: str = "float32",
    limit: int | None = None,
    on_error: str = "raise",
    num_workers: int = 0,
    cache: bool = True,
    log_samples: str | Path | None = None,
    log_maps: str | Path | None = None,
    blind: bool = False,
    blind_encoder: str | None = None,
    progress: Progress = silent,
    **settings: Any,
) -> Results:
    """Scores a model, in one pass.

    >>> import dcikit
    >>> results = dcikit.evaluate(limit=4)  # the embedded tiny CLIP on the drawn sample
    >>> results.task, results.dataset.images
    ('scm', 4)

    Args:
        model: a Hub id, a folder, `open_clip:ARCHITECTURE/CHECKPOINT`, a loaded model, or an `Encoder`; None: the tiny
            CLIP.
        dataset: a release folder, an export, another folder or Hub id with the same columns, or rows; None: the drawn
            sample. Of task pairs a folder with the benchmark's rows; None: the Hub.
        task: scm, retrieval, pairs, grounding, or a `Task` of your own.
        benchmark: of task pairs: a name such as sugarcrepe, or a Parquet or JSON Lines file of your own.
        split: train, validation or test; None: test, for retrieval all of them.
        photos: the folder with the photos of a dataset without.
        processor: of a loaded model; None: the one beside the model.
        adapter: a PEFT folder or Hub id (LoRA), merged into the model.
        patch_method: of task grounding and `region_view` pool: last_block (the default), maskclip, sclip or naclip.
        revision, dataset_revision: of a model and a dataset on the Hub: a branch, tag or commit; None: the newest.
        batch_size: crops, and texts, of one forward pass.
        device, dtype: where and how to run; None: the GPU if there is one.
        limit: only the first images.
        on_error: "raise", or "skip": skip images with defects; they are in the results.
        num_workers: processes that decode beside the model.
        cache: keep embeddings, so that an interrupted run goes on.
        log_samples: a Parquet file that gets every decision.
        log_maps: of task grounding: a folder, which must not exist, that gets the map of every scored region's caption.
        blind: measure also what needs no image (scm).
        blind_encoder: a text encoder that judges without the image; implies `blind`.
        progress: shows how far it is, in the first process.
        settings: of the task, such as `protocol`, see `tasks.make_task`.

    Raises:
        ArgumentError: if an argument cannot be.
        DataError: if the data have a defect.
        ModelError: if the model cannot be loaded, or cannot do what the task asks.
    """
    torch_dtype(dtype)  # refused before anything is loaded
    check_output(Path(log_samples) if log_samples else None, "log_samples")
    _check_maps(task, log_maps)
    blind = blind or blind_encoder is not None
    check_settings(task, settings)
    asked: Task
    if task == "pairs":
        if benchmark is None or split is not None:
            raise ArgumentError("`benchmark` must be given for task pairs, and `split` left out: it has its own")
        asked, rows = open_benchmark(benchmark, dataset, dataset_revision, photos)
        source: Source = PairsSource(rows, limit)
    else:
        if benchmark is not None:
            raise ArgumentError("`benchmark` is for task pairs")
        asked = make_task(task, **settings)
        splits = [split] if split else _default_splits(asked, dataset)
        photos = Path(photos) if photos else None
        source = open_source(dataset, asked.config, splits, photos=photos, revision=dataset_revision, limit=limit)
    _check(asked, on_error, log_samples, blind)
    if patch_method is not None and not asked.patches:
        raise ArgumentError("`patch_method` is for task grounding and `region_view` pool")
    if blind and asked.patches:
        raise ArgumentError("`blind` and `blind_encoder` are for crops, not for `region_view` pool")
    processes = Processes()
    progress = progress if processes.is_main else silent
    encoder = open_encoder(model, processor, adapter, revision, device)
    if asked.patches:
        encoder = patch_encoder(encoder, patch_method or "last_block")
    drift = _cast(encoder, dtype, asked, source)
    run = Run(batch_size, on_error == "skip", num_workers, processes=processes)
    if isinstance(asked, Scm) and asked.grouping != CONSECUTIVE:
        asked = with_similar_groups(asked, source, run, encoder.device, cache, progress)
    if cache:
        identity = {"task": asked.protocol(), "batch_size": batch_size, "skip": run.skip_errors}
        run.cache = source.cache(encoder, identity | {"patch_method": encoder.patch_method})
    results = _scored(asked, source, encoder, run, drift, limit, log_samples, log_maps, progress)
    if blind and isinstance(asked, Scm):
        reader = SentenceEncoder(blind_encoder, encoder.device, batch_size) if blind_encoder else None
        section = _blind(source, encoder, run, results, asked.protocol_name, reader, progress)
        results = results.model_copy(update={"blind": section})
    return results


def _check(task: Task, on_error: str, log_samples: Any, blind: bool) -> None:
    check_on_error(on_error)
    if blind and not isinstance(task, Scm):
        raise ArgumentError("`blind` and `blind_encoder` are for task scm")
    if log_samples is not None and isinstance(task, Retrieval):
        raise ArgumentError("`log_samples` is for tasks that decide region by region, not for retrieval")


def _check_maps(task: str | Task, log_maps: str | Path | None) -> None:
    if log_maps is None:
        return
    if task != Grounding.name and not isinstance(task, Grounding):
        raise ArgumentError("`log_maps` is for task grounding")
    if Path(log_maps).exists():
        raise ArgumentError(f"`log_maps` must be a folder that does not exist, {log_maps} does; give another name")
    check_output_folder(Path(log_maps), "log_maps")


def _default_splits(task: Task, dataset: Any) -> list[str] | None:
    return None if task.config in ("dci", "iiw") or not isinstance(dataset, (str, Path, type(None))) else ["test"]


def open_encoder(
    model: Any, processor: Any = None, adapter: str | None = None, revision: str | None = None, device: Any = None
) -> Encoder:
    """The encoder of a model, see `evaluate`; one that is an encoder already stays as it is."""
    if isinstance(model, Encoder):
        if processor is not None or adapter is not None or revision is not None:
            raise ArgumentError("`processor`, `adapter` and `revision` are for a model by its name, not for an encoder")
        return model
    if isinstance(model, str) and not model.strip():
        raise ArgumentError(
            "`model` must be a Hub id or a folder, got an empty name; without it, the tiny CLIP is scored"
        )
    named = str(TINY_CLIP) if model is None else model
    encoder = load_encoder(named, processor, adapter, device or Processes().device, revision=revision)
    if model is None:
        encoder.name = "the tiny CLIP"
    encoder.name = encoder.name or type(encoder.model).__name__  # a model that was loaded from nowhere
    return encoder


def _cast(encoder: Encoder, dtype: str, task: Task, source: Source) -> Drift | None:
    """Casts the model, and says how far that moves its scores; None for float32, or a stream."""
    wanted = torch_dtype(dtype)
    if wanted == torch.float32:
        return None
    readers = source.readers()
    if not isinstance(readers, list) or not isinstance(task, Scm):
        encoder.model.to(wanted)
        return None
    return cast_with_drift(encoder, wanted, readers[:DRIFT_IMAGES], Scm(("all",), protocol_name=SDCI_ENTRIES).items)


def _scored(
    task: Task,
    source: Source,
    encoder: Encoder,
    run: Run,
    drift: Drift | None,
    limit: int | None,
    log_samples: str | Path | None,
    log_maps: str | Path | None,
    progress: Progress,
) -> Results:
    with ExitStack() as stack:
        stack.enter_context(loader_errors())
        samples = maps = None
        if log_samples is not None and run.processes.is_main:
            of_regions = isinstance(task, (Scm, Grounding))
            look_up = source.facts if of_regions else None
            samples = stack.enter_context(SampleWriter(Path(log_samples), look_up, facts=of_regions))
        if log_maps is not None and run.processes.is_main:
            maps = stack.enter_context(map_writer(Path(log_maps)))
        shown = stack.enter_context(run.shown(progress, "Scoring", len(source.ids) or None))
        scorer = task.scorer(samples.add if samples else None)
        if maps and isinstance(scorer, GroundingScorer):
            scorer.on_map = maps.add
        found = evaluate_with(scorer, task, source.readers(), encoder, shown)
        skipped = source.skipped | {_name(source, index): why for index, why in found.skipped.items()}
        described = {**source.described, "limit": limit, "skipped": skipped, "missing_photos": _missing(task, scorer)}
        results = make_results(found, encoder, described)
        if drift:
            results = results.model_copy(update={"drift": DtypeDrift(**asdict(drift))})
        if samples:
            samples.finish(results)
        if maps:
            maps.finish(results)
    return results


def _missing(task: Task, scorer: Scorer) -> list[str]:
    """Photos that a retrieval protocol names and that were not scored."""
    if not isinstance(task, Retrieval) or not isinstance(scorer, RetrievalScorer) or task.unit != "image":
        return []
    return missing_photos(str(task.protocol_name), scorer.file_names)


def _name(source: Source, index: int) -> str:
    return source.ids[index] if source.ids else f"row {index}"


def _blind(
    source: Source,
    encoder: Encoder,
    run: Run,
    results: Results,
    protocol: str,
    reader: SentenceEncoder | None,
    progress: Progress,
) -> Blind:
    """What needs no image: the texts alone, and the model before a grey photo."""
    readable = [index for index, image_id in enumerate(source.ids) if image_id not in results.dataset.skipped]
    readers = list(source.readers())
    with replace(run, cache=None).shown(progress, "Without the image", len(readable)) as unseen:
        task = Scm(protocol_name=protocol)
        grey = evaluate_task(task, [partial(_blank, readers[index]) for index in readable], encoder, unseen)
    scores = {}
    if run.processes.is_main:
        rows = partial(map, source.texts, readable)
        scores = text_baselines(rows, task.protocol_name)
        if reader:
            with progress("Sentence encoder", len(readable)) as done:
                scores |= sentence_baseline(rows, reader, done, task.protocol_name)
    scores |= {f"blank_{name}": score for name, score in grey.scores.items() if "neg" in name}
    return Blind(scores=scores, encoder=TextEncoder(**reader.described) if reader else None)


def _blank(reader: Reader) -> Any:
    return without_photo(reader())
