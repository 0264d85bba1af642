"""`dci caption-quality`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dcikit.files.outputs import check_output

from .caption_quality_table import look_at_table, misfits_table, quality_table
from .console import Console
from .progress import counter, progress
from .quiet import quiet_libraries
from .split import Split, chosen_names
from .tokenizer import TOKENIZER_HELP, caption_tokenizer

if TYPE_CHECKING:
    from dcikit.captions.quality.margins import Margin
    from dcikit.data.release import Release


def caption_quality_command(
    folder: Annotated[Path, typer.Argument(help="A release folder with complete/.")],
    split: Annotated[Split, typer.Option(help="Which images.")] = Split.all,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first images.")] = None,
    photos: Annotated[bool, typer.Option(help="Look at the photos too.")] = True,
    masks: Annotated[bool, typer.Option(help="Look at the masks too.")] = True,
    tokenizer: Annotated[str | None, typer.Option(help=TOKENIZER_HELP)] = None,
    context: Annotated[int | None, typer.Option(min=8, help="Tokens; default: the tokenizer's own limit.")] = None,
    model: Annotated[
        str | None,
        typer.Option(help="Hub id or folder of a CLIP that finds captions which fit a sibling. Default: none."),
    ] = None,
    output: Annotated[Path | None, typer.Option(help="Write all findings (JSON).")] = None,
    sheet: Annotated[Path | None, typer.Option(help="Write a page with 24 random regions to look at (HTML).")] = None,
    seed: Annotated[int, typer.Option(help="Of the random regions.")] = 0,
    show: Annotated[int, typer.Option(min=0, help="How many regions to look at are listed.")] = 10,
) -> None:
    """Look at the quality of summaries, negatives and masks: what they leave out, invent, repeat, or give away."""
    from dcikit.api.quality import ReleaseQuality
    from dcikit.captions import Tokens
    from dcikit.data.release import Release

    check_output(output)
    check_output(sheet, "sheet")
    release = Release(folder)
    names = chosen_names(release, split, limit)
    tokens = Tokens(caption_tokenizer(tokenizer), context)
    quality = ReleaseQuality(tokens) if masks else ReleaseQuality(tokens, masks=None)
    for name in progress(names, "Checking", len(names)):
        quality.add(release.read(name, summaries=True, photo=photos))
    if model is not None:
        quality.margins = _margins(release, names, model)
    console = Console()
    document = quality.document()
    console.print(quality_table(document, tokens.context))
    if show:
        console.print(look_at_table(document["look_at"][:show]))
        if document["margins"] and document["margins"]["misfits"]:
            console.print(misfits_table(document["margins"]["misfits"][:show]))
    if output is not None:
        _write(output, json.dumps(document, indent=1), "All findings")
    if sheet is not None:
        from dcikit.captions.quality.sheet import region_sheet

        _write(sheet, region_sheet(release, names, seed), "Random regions")


def _margins(release: Release, names: list[str], model: str) -> list[Margin]:
    with Console(stderr=True).status("Loading the model"):
        from dcikit.captions.quality.margins import sibling_margins
        from dcikit.encoders.models import load_encoder
        from dcikit.engine.windows import Run

        quiet_libraries()
        encoder = load_encoder(model, dtype="float32")
    with counter("Scoring", len(names)) as count:
        return list(sibling_margins(release, names, encoder, Run(callback=count)))


def _write(path: Path, text: str, what: str) -> None:
    from dcikit.files.whole_file import write_whole

    write_whole(path, text.encode())
    Console().print(f"{what} in {path}", highlight=False, soft_wrap=True)
