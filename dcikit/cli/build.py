"""`dci build`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from . import llm_options
from .console import Console
from .engine import Engine
from .masks import PHOTOS_HELP
from .progress import counter
from .quiet import quiet_libraries


def build_command(
    output_dir: Annotated[Path, typer.Option("--output-dir", "--out", help="Release folder; the same run goes on.")],
    photos: Annotated[str | None, typer.Argument(help=f"{PHOTOS_HELP} Default: that of --config.")] = None,
    llm: llm_options.Url = None,
    llm_model: Annotated[
        str | None, typer.Option(help="A vision-language model: its name there; without --llm, Hub id or folder.")
    ] = None,
    masks_from: Annotated[Path | None, typer.Option(help="Masks of another tool, as `dci masks` takes them.")] = None,
    config: Annotated[Path | None, typer.Option(help="A build.yaml: the same settings build the same data.")] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", help="NAME=VALUE of build.yaml, such as seed=1; can be repeated.")
    ] = None,
    concurrency: llm_options.Concurrency = 16,
    timeout: llm_options.Timeout = 120.0,
    retries: llm_options.Retries = 5,
    max_requests: llm_options.MaxRequests = None,
    max_tokens: llm_options.MaxTokens = None,
    llm_key: llm_options.Key = None,
    device: Annotated[str | None, typer.Option(help="Such as cuda:1; default: the GPU if there is one.")] = None,
    engine: Annotated[
        Engine, typer.Option(help="ray: masks and words are made on all machines of a Ray cluster.")
    ] = Engine.local,
) -> None:
    """Make a benchmark of your own photos, from masks to sDCI. The same command goes on where it ended."""
    from dcikit.api.build import build
    from dcikit.api.build_settings import BuildSettings
    from dcikit.api.language_model import LanguageModel
    from dcikit.captions import Budget
    from dcikit.files.settings_file import read_settings, read_settings_file

    llm_options.check_budget(engine, max_requests, max_tokens)
    given = {"photos": photos, "llm": llm, "llm_model": llm_model, "masks_from": masks_from}
    chosen = BuildSettings(
        **{
            **(read_settings_file(config, BuildSettings) if config else {}),
            **{name: str(value) for name, value in given.items() if value is not None},
            **read_settings(settings or [], BuildSettings),
        }
    )
    asking = LanguageModel(
        "",
        key=llm_key,
        timeout=timeout,
        concurrency=concurrency,
        retries=retries,
        budget=Budget(max_requests, max_tokens),
    )
    quiet_libraries()
    console = Console()
    is_complete = True
    for step in build(
        chosen, output_dir, asking=asking, device=device, on_cluster=engine is Engine.ray, progress=counter
    ):
        console.print(f"{step.name:<16} {step.told} ({step.seconds:,.1f} s)", highlight=False, soft_wrap=True)
        for problem in step.problems:
            console.print(f"{'':<16} {problem}", style="yellow", highlight=False, soft_wrap=True)
        is_complete = step.is_complete
    if not is_complete:
        console.print(f"Not complete: {step.name} has to be put right; the same command goes on there.")
        raise typer.Exit(1)
    console.print(
        f'Load it with load_dataset("dci", "sdci", data_dir="{output_dir}"), score a model on it with', soft_wrap=True
    )
    console.print(f"dci eval --dataset {output_dir} --model NAME", highlight=False, soft_wrap=True)
