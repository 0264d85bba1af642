"""`dci eval`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from dcikit.files.outputs import check_output, check_output_folder
from dcikit.schema.errors import ArgumentError

from . import options
from .console import Console
from .eval_benchmarks import ALL, print_benchmarks
from .options import OnError, Task, arguments
from .progress import counter
from .quiet import quiet_libraries
from .results_tables import results_notes, results_tables
from .table import Format, FormatOption, print_tables


def eval_command(
    context: typer.Context,
    model: options.Model = None,
    revision: options.Revision = None,
    adapter: options.Adapter = None,
    patch_method: options.PatchMethod = None,
    dataset: options.Dataset = None,
    dataset_revision: options.DatasetRevision = None,
    photos: options.Photos = None,
    split: options.Split = None,
    limit: options.Limit = None,
    on_error: options.OnErrorOption = OnError.stop,
    task: options.TaskName = Task.scm,
    benchmark: options.Benchmark = None,
    protocol: options.Protocol = None,
    unit: options.RetrievalUnit = None,
    grouping: options.GroupingOption = None,
    similar_model: options.SimilarModel = None,
    region_view: options.RegionViewOption = None,
    views: options.Views = None,
    reduce: options.ReduceOption = None,
    text: options.Text = None,
    distractors: options.Distractors = None,
    seed: options.Seed = None,
    blind: options.Blind = False,
    blind_encoder: options.BlindEncoder = None,
    batch_size: options.BatchSize = 32,
    device: options.Device = None,
    dtype: options.Dtype = "float32",
    num_workers: options.NumWorkers = 0,
    cache: options.Cache = True,
    output: options.Output = None,
    log_samples: options.LogSamples = None,
    log_maps: options.LogMaps = None,
    form: FormatOption = Format.table,
) -> None:
    """Score a model and print the paper's six numbers, or its recall of long captions."""
    (check_output_folder if benchmark == ALL else check_output)(output, "output")
    with Console(stderr=True).status("Loading the model"):
        from dcikit.api.evaluate import evaluate
        from dcikit.engine.processes import Processes
        from dcikit.results.document import write_results

        quiet_libraries()
    if benchmark == ALL:
        _every_benchmark(arguments(context, "benchmark", "output", "form"), output, form)
        return
    results = evaluate(**arguments(context, "output", "form"), progress=counter)
    if not Processes().is_main:
        return
    try:
        if output is not None:  # before the table: whoever reads the pipe may close it
            write_results(results, output)
    finally:  # on a full disk there is the table at least
        print_tables(results_tables(results), results_notes(results), form)
    if output is not None:
        Console(stderr=form is not Format.table).print(f"Results in {output}", highlight=False, markup=False)


def _every_benchmark(given: dict[str, Any], folder: Path | None, form: Format) -> None:
    from dcikit.api.benchmarks import evaluate_benchmarks

    if given.pop("task") != "pairs" or given.pop("split") or given.pop("log_samples"):
        raise ArgumentError(f"`benchmark` {ALL} is for task pairs; `split` and `log_samples` are for one benchmark")
    if given.pop("log_maps"):
        raise ArgumentError("`log_maps` is for task grounding")
    print_benchmarks(evaluate_benchmarks(**given, progress=counter), folder, form)
