"""Options of the commands that ask a language model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dcikit.schema.errors import ArgumentError

from .console import Console
from .generate_table import generation_table

if TYPE_CHECKING:
    from dcikit.api.language_model import LanguageModel
    from dcikit.captions import Outcome

SERVER = "server"
"""The engine that needs a URL."""

RAY = "ray"
"""The engine that asks in many processes."""

Url = Annotated[str | None, typer.Option(help="URL of an OpenAI-compatible server, such as .../v1.")]
ModelName = Annotated[str | None, typer.Option(help="The model's name there; with local: Hub id or folder.")]
Seed = Annotated[int, typer.Option(help="Another seed makes other texts.")]
Temperature = Annotated[float, typer.Option(min=0.0, help="Of the model's sampling.")]
Prompts = Annotated[Path | None, typer.Option(help="A folder of prompts instead of ours.")]
Attempts = Annotated[int, typer.Option(min=1, help="Answers that may fail the checks, for each text.")]
AnswerTokens = Annotated[int, typer.Option(min=8, help="The longest answer; more for models that think.")]
Concurrency = Annotated[int, typer.Option(min=1, help="Requests in flight.")]
Timeout = Annotated[float, typer.Option(min=0.01, help="Seconds for one answer.")]
Retries = Annotated[int, typer.Option(min=0, help="Of a request that failed, with growing pauses.")]
MaxRequests = Annotated[int | None, typer.Option(min=1, help="Stop after so many requests.")]
MaxTokens = Annotated[int | None, typer.Option(min=1, help="Stop before so many tokens are spent.")]
Key = Annotated[str | None, typer.Option(envvar="DCI_LLM_KEY", help="The server's API key.")]
Overwrite = Annotated[bool, typer.Option(help="Replace texts that others, or other settings, made.")]


def check_model(engine: str, url: str | None, model: str | None, otherwise: str = "") -> None:
    """Refuses a call that names no model.

    Args:
        otherwise: what else may be given instead, the end of a sentence.

    Raises:
        ArgumentError: if something is missing.
    """
    if model is None:
        raise ArgumentError(f"`--llm-model` must be given{otherwise and f', or {otherwise}'}")
    if engine == SERVER and url is None:
        raise ArgumentError("`--llm` must be the URL of a server, or choose another `--engine`")


def check_budget(engine: str, max_requests: int | None, max_tokens: int | None) -> None:
    """Refuses a budget that nobody would keep.

    Raises:
        ArgumentError: if there is one for the workers of Ray.
    """
    if engine == RAY and (max_requests or max_tokens):
        raise ArgumentError("`--max-requests` and `--max-tokens` are kept by one process; leave them out with ray")


def language_model(
    model: str | None,
    url: str | None,
    key: str | None,
    temperature: float,
    timeout: float,
    concurrency: int,
    retries: int,
    max_requests: int | None,
    max_tokens: int | None,
) -> LanguageModel:
    """The model that a command names."""
    from dcikit.api.language_model import LanguageModel
    from dcikit.captions import Budget

    budget = Budget(max_requests, max_tokens)
    return LanguageModel(
        model or "",
        url,
        key=key,
        temperature=temperature,
        timeout=timeout,
        concurrency=concurrency,
        retries=retries,
        budget=budget,
    )


def show_outcome(outcome: Outcome, title: str, written: Path, details: Path) -> None:
    """What a run made, and whether it has to go on.

    Raises:
        typer.Exit: with status 1, if it is not complete.
    """
    console = Console()
    console.print(generation_table(outcome.report, title))
    console.print(f"{outcome.images:,} images, {outcome.skipped:,} steps of regions were done before", highlight=False)
    console.print(f"Written to {written}; details in {details}", highlight=False, soft_wrap=True)
    for reason, count in sorted(outcome.failed.items()):
        console.print(
            f"{count:,} steps of regions got no answer: {reason}", style="yellow", markup=False, highlight=False
        )
    if outcome.stopped:
        console.print(f"Stopped: {outcome.stopped}", style="yellow", markup=False, highlight=False, soft_wrap=True)
    if not outcome.is_complete:
        console.print("Run the same command again to go on.")
        raise typer.Exit(1)
