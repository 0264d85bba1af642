"""`dci describe`."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from . import llm_options
from .rate import rate
from .split import Split, chosen_names


class EngineName(str, Enum):
    server = "server"
    local = "local"
    ray = "ray"


class Crops(str, Enum):
    outline = "outline"
    blur = "blur"
    boxes = "boxes"


def describe_command(
    folder: Annotated[Path, typer.Argument(help="A release folder of `dci masks`; annotations/ gets the texts.")],
    llm: llm_options.Url = None,
    llm_model: llm_options.ModelName = None,
    engine: Annotated[
        EngineName, typer.Option(help="Who looks: that server, transformers here, or on all machines of a Ray cluster.")
    ] = EngineName.server,
    crops: Annotated[
        Crops, typer.Option(help="What is shown of a mask: it outlined, its surroundings blurred, its box alone.")
    ] = Crops.outline,
    split: Annotated[Split, typer.Option(help="Which images.")] = Split.all,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first images.")] = None,
    overwrite: llm_options.Overwrite = False,
    seed: llm_options.Seed = 0,
    temperature: llm_options.Temperature = 0.7,
    prompts: llm_options.Prompts = None,
    attempts: llm_options.Attempts = 3,
    answer_tokens: llm_options.AnswerTokens = 1024,
    concurrency: llm_options.Concurrency = 16,
    timeout: llm_options.Timeout = 120.0,
    retries: llm_options.Retries = 5,
    max_requests: llm_options.MaxRequests = None,
    max_tokens: llm_options.MaxTokens = None,
    llm_key: llm_options.Key = None,
) -> None:
    """Describe every mask and photo with a vision-language model. The same command goes on where it ended."""
    from dcikit.captions.describe import STEP, Describer, describe, description_prompts
    from dcikit.data.release import Release

    llm_options.check_model(engine, llm, llm_model)
    llm_options.check_budget(engine, max_requests, max_tokens)
    release = Release(folder)
    names = chosen_names(release, split, limit)
    url = llm if engine is EngineName.server else None
    model = llm_options.language_model(
        llm_model, url, llm_key, temperature, timeout, concurrency, retries, max_requests, max_tokens
    )
    client = model.client(sees=True)
    describer = Describer(
        client.model.identity,
        description_prompts(prompts),
        crops=crops.value,
        seed=seed,
        attempts=attempts,
        answer_tokens=answer_tokens,
    )
    elsewhere = model.workers(client, sees=True) if engine is EngineName.ray else None
    with rate(len(names), "Describing", lambda: client.counts) as advance:
        outcome = describe(
            release,
            describer,
            names,
            client=client,
            overwrite=overwrite,
            listen=lambda _: advance(),
            elsewhere=elsewhere,
        )
    llm_options.show_outcome(outcome, "Described", folder / "annotations", folder / STEP)
