"""`dci eval`."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from .progress import progress
from .table import results_table

if TYPE_CHECKING:
    from dci_dataset import Release


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
) -> None:
    """Score a CLIP model on sDCI and print the paper's six numbers."""
    from dci_dataset import Release
    from dci_dataset.sample import sample_folder

    if output is not None and not output.parent.is_dir():
        raise ValueError(f"`--output` must be in a folder that exists, got {output}")
    release = Release(data or sample_folder())
    names = release.names(split.value)[:limit]
    console = Console()
    with Console(stderr=True).status("Loading the model"):
        import transformers

        from dci_metric.clip import TINY_CLIP, ClipEncoder
        from dci_metric.evaluation import evaluate_rows
        from dci_metric.results import results_document, write_results

        transformers.utils.logging.disable_progress_bar()
        encoder = ClipEncoder(model or str(TINY_CLIP), adapter=adapter, device=device, dtype=dtype)
        if model is None:
            encoder.name = "the tiny CLIP"
    skipped: list[str] = []
    rows = _rows(release, progress(names, "Scoring", len(names)), on_error, skipped)
    evaluation = evaluate_rows(rows, encoder, batch_size=batch_size)
    dataset = {
        "name": str(data) if data else "sample",
        "revision": release.revision,
        "split": split.value,
        "limit": limit,
        "images_skipped": skipped,
    }
    document = results_document(evaluation, encoder, dataset)
    for renderable in results_table(document):
        console.print(renderable)
    if output is not None:
        write_results(document, output)
        console.print(f"Results in {output}", highlight=False)


def _rows(release: Release, names: Iterator[str], on_error: OnError, skipped: list[str]) -> Iterator[dict[str, Any]]:
    """Straight from the release: `load_dataset` would list and hash all its files first."""
    from dci_dataset import DataError
    from dci_dataset.rows import sdci_row

    for name in names:
        try:
            yield sdci_row(release.read(name, summaries=True))
        except DataError as error:
            if on_error is OnError.stop:
                raise
            skipped.append(name.removesuffix("-data.json"))
            Console(stderr=True).print(f"Left out: {error}", style="yellow", markup=False, soft_wrap=True)
