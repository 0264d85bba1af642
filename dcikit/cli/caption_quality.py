"""`dci caption-quality`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from .caption_quality_table import look_at_table, quality_table
from .console import Console
from .output import check_output
from .progress import progress
from .split import Split, chosen_names
from .tokenizer import TOKENIZER_HELP, caption_tokenizer


def caption_quality_command(
    folder: Annotated[Path, typer.Argument(help="A release folder with complete/.")],
    split: Annotated[Split, typer.Option(help="Which images.")] = Split.all,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first images.")] = None,
    photos: Annotated[bool, typer.Option(help="Look at the photos too.")] = True,
    tokenizer: Annotated[str | None, typer.Option(help=TOKENIZER_HELP)] = None,
    context: Annotated[int | None, typer.Option(min=8, help="Tokens; default: the tokenizer's own limit.")] = None,
    output: Annotated[Path | None, typer.Option(help="Write all findings (JSON).")] = None,
    show: Annotated[int, typer.Option(min=0, help="How many regions to look at are listed.")] = 10,
) -> None:
    """Look at the quality of summaries and negatives: what they leave out, invent, repeat, or give away."""
    from dcikit.captions import Tokens
    from dcikit.captions.quality import QualityReport, check_image
    from dcikit.data.release import Release

    check_output(output)
    release = Release(folder)
    names = chosen_names(release, split, limit)
    tokens = Tokens(caption_tokenizer(tokenizer), context)
    report = QualityReport()
    for name in progress(names, "Checking", len(names)):
        report.add(check_image(release.read(name, summaries=True, photo=photos), tokens))
    console = Console()
    document = report.document()
    console.print(quality_table(document, tokens.context))
    if show:
        console.print(look_at_table(document["look_at"][:show]))
    if output is not None:
        from dcikit.files.whole_file import write_whole

        write_whole(output, json.dumps(document, indent=1).encode())
        console.print(f"All findings in {output}", highlight=False, soft_wrap=True)
