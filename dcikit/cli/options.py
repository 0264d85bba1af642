"""Options that several commands have, so that each is called and described alike everywhere."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import typer

MODEL_PANEL, DATA_PANEL, RUN_PANEL, OUTPUT_PANEL = "Model", "Data", "Run", "Output"
SCM_PANEL = "SCM other than the paper's"


class SplitName(str, Enum):
    train = "train"
    validation = "validation"
    test = "test"


class OnError(str, Enum):
    stop = "raise"
    skip = "skip"


class Task(str, Enum):
    scm = "scm"
    retrieval = "retrieval"
    pairs = "pairs"
    grounding = "grounding"


class PatchMethodName(str, Enum):
    last_block = "last_block"
    maskclip = "maskclip"
    sclip = "sclip"
    naclip = "naclip"


class Unit(str, Enum):
    image = "image"
    region = "region"


class Grouping(str, Enum):
    consecutive = "consecutive"
    similar = "similar"
    similar_in_image = "similar-in-image"


class RegionView(str, Enum):
    crop = "crop"
    gray = "gray"
    blur = "blur"
    outline = "outline"
    pool = "pool"


class Reduce(str, Enum):
    max = "max"
    mean = "mean"


def names(text: str) -> tuple[str, ...]:
    """The names in a list with commas."""
    return tuple(name.strip() for name in text.split(",") if name.strip())


def numbers(text: str) -> tuple[int, ...]:
    """The numbers in a list with commas."""
    try:
        return tuple(int(number) for number in names(text))
    except ValueError:
        raise typer.BadParameter(f"give numbers with commas, such as 1,10,100, got {text!r}") from None


Model = Annotated[
    str | None,
    typer.Option(
        help="Hub id, folder, or open_clip:ARCHITECTURE/CHECKPOINT; default: a tiny CLIP.", rich_help_panel=MODEL_PANEL
    ),
]
Revision = Annotated[
    str | None, typer.Option(help="Of a model on the Hub: a branch, tag or commit.", rich_help_panel=MODEL_PANEL)
]
Adapter = Annotated[
    str | None,
    typer.Option(help="PEFT folder or Hub id (LoRA), merged into the model.", rich_help_panel=MODEL_PANEL),
]
PatchMethod = Annotated[
    PatchMethodName | None,
    typer.Option(
        help="Of --task grounding and --region-view pool: features of patches; default: last_block.",
        rich_help_panel=MODEL_PANEL,
    ),
]
Device = Annotated[
    str | None, typer.Option(help="cpu, cuda, mps, ...; default: the GPU if there is one.", rich_help_panel=RUN_PANEL)
]
Dtype = Annotated[str, typer.Option(help="float32, bfloat16 or float16.", rich_help_panel=RUN_PANEL)]
Dataset = Annotated[
    str | None,
    typer.Option(help="Release folder, export, or Hub id; default: a drawn sample.", rich_help_panel=DATA_PANEL),
]
DatasetRevision = Annotated[
    str | None, typer.Option(help="Of a dataset on the Hub: a branch, tag or commit.", rich_help_panel=DATA_PANEL)
]
Photos = Annotated[
    Path | None,
    typer.Option(help="Folder with the photos of an export or Hub id.", rich_help_panel=DATA_PANEL),
]
Limit = Annotated[int | None, typer.Option(min=1, help="Only the first images.", rich_help_panel=DATA_PANEL)]
OnErrorOption = Annotated[OnError, typer.Option(help="skip: skip images with defects.", rich_help_panel=DATA_PANEL)]
BatchSize = Annotated[
    int, typer.Option(min=1, help="Crops, and texts, of one forward pass.", rich_help_panel=RUN_PANEL)
]
NumWorkers = Annotated[
    int, typer.Option(min=0, help="Processes that prepare batches beside the model.", rich_help_panel=RUN_PANEL)
]
Cache = Annotated[
    bool, typer.Option(help="Keep embeddings, so that an interrupted run goes on.", rich_help_panel=RUN_PANEL)
]
Split = Annotated[
    SplitName | None, typer.Option(help="Default: test; for retrieval all of them.", rich_help_panel=DATA_PANEL)
]
TaskName = Annotated[
    Task, typer.Option(help="SCM and Neg, long-caption retrieval, a pair benchmark, or grounding of captions.")
]
Benchmark = Annotated[
    str | None, typer.Option(help="Of --task pairs: such as sugarcrepe, a Parquet or JSONL file, or all.")
]
Protocol = Annotated[str | None, typer.Option(help="What is scored; default: sdci, or lotlip (retrieval).")]
RetrievalUnit = Annotated[Unit | None, typer.Option(help="What is retrieved: whole images, or regions of sDCI.")]
RegionViewOption = Annotated[
    RegionView | None,
    typer.Option(help="What is seen of a region; default: the paper's crop.", rich_help_panel=SCM_PANEL),
]
Views = Annotated[
    Any,
    typer.Option(
        help="Some of region, parent, image: crops that score together.",
        parser=names,
        metavar="A,B",
        rich_help_panel=SCM_PANEL,
    ),
]
ReduceOption = Annotated[
    Reduce | None, typer.Option(help="Of the scores of several views; default: max.", rich_help_panel=SCM_PANEL)
]
GroupingOption = Annotated[
    Grouping | None,
    typer.Option(help="Groups of regions that look alike; default: consecutive ones.", rich_help_panel=SCM_PANEL),
]
SimilarModel = Annotated[
    str | None,
    typer.Option(
        help="Hub id or folder of the model that says what looks alike; default: openai/clip-vit-base-patch32.",
        rich_help_panel=SCM_PANEL,
    ),
]
Text = Annotated[
    Any,
    typer.Option(
        help="SCM with other texts: some of label, caption, summary, description.",
        parser=names,
        metavar="A,B",
        rich_help_panel=SCM_PANEL,
    ),
]
Distractors = Annotated[
    Any,
    typer.Option(
        help="SCM against so many random regions of the split, such as 1,10,100.",
        parser=numbers,
        metavar="N,N",
        rich_help_panel=SCM_PANEL,
    ),
]
Seed = Annotated[int | None, typer.Option(help="Of the random regions; default: 0.", rich_help_panel=SCM_PANEL)]
Blind = Annotated[bool, typer.Option("--blind", help="Show also what needs no image.")]
BlindEncoder = Annotated[
    str | None, typer.Option(help="A text encoder (Hub id, folder) that judges without the image; implies --blind.")
]
Output = Annotated[Path | None, typer.Option(help="Write a results file (JSON).", rich_help_panel=OUTPUT_PANEL)]
LogSamples = Annotated[Path | None, typer.Option(help="Write every decision (Parquet).", rich_help_panel=OUTPUT_PANEL)]
LogMaps = Annotated[
    Path | None,
    typer.Option(
        help="Of --task grounding: write the maps of captions into a new folder (PNG).", rich_help_panel=OUTPUT_PANEL
    ),
]


def arguments(context: typer.Context, *without: str) -> dict[str, Any]:
    """The options of a command as arguments of the library's function of the same name, but for some."""
    values = {name: value for name, value in context.params.items() if name not in without}
    return {name: value.value if isinstance(value, Enum) else value for name, value in values.items()}
