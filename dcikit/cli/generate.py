"""`dci generate`."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dcikit.schema.errors import ArgumentError

from .console import Console
from .generate_table import generation_table
from .rate import rate
from .split import Split, chosen_names
from .tokenizer import TOKENIZER_HELP, caption_tokenizer

if TYPE_CHECKING:
    from dcikit.captions import Outcome
    from dcikit.captions.request import ChatModel


_MOST_IMAGES = 256
"""Worked on at a time: each has a file open."""


class EngineName(str, Enum):
    server = "server"
    local = "local"
    rules = "rules"


class Steps(str, Enum):
    all = "all"
    summaries = "summaries"
    negatives = "negatives"


def generate_command(
    folder: Annotated[Path, typer.Argument(help="A release folder; annotations/ is read, complete/ written.")],
    llm: Annotated[str | None, typer.Option(help="URL of an OpenAI-compatible server, such as .../v1.")] = None,
    llm_model: Annotated[str | None, typer.Option(help="The model's name there; with local: Hub id or folder.")] = None,
    engine: Annotated[EngineName, typer.Option(help="Who writes: that server, transformers here, rules.")] = (
        EngineName.server
    ),
    tokenizer: Annotated[str | None, typer.Option(help=TOKENIZER_HELP)] = None,
    context: Annotated[int | None, typer.Option(min=8, help="Tokens; default: the tokenizer's own limit.")] = None,
    steps: Annotated[Steps, typer.Option(help="Which steps to take.")] = Steps.all,
    split: Annotated[Split, typer.Option(help="Which images.")] = Split.all,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first images.")] = None,
    output_dir: Annotated[Path | None, typer.Option(help="Write to another folder, linked to the same photos.")] = None,
    overwrite: Annotated[bool, typer.Option(help="Replace texts that others, or other settings, made.")] = False,
    seed: Annotated[int, typer.Option(help="Another seed makes other texts.")] = 0,
    temperature: Annotated[float, typer.Option(min=0.0, help="Of the model's sampling.")] = 0.7,
    prompts: Annotated[Path | None, typer.Option(help="A folder of prompts instead of ours.")] = None,
    attempts: Annotated[int, typer.Option(min=1, help="Answers that may fail the checks, for each text.")] = 3,
    own_words: Annotated[float, typer.Option(min=0.0, max=1.0, help="Share of a swap's words from its caption.")] = 0.8,
    answer_tokens: Annotated[int, typer.Option(min=8, help="The longest answer; more for models that think.")] = 512,
    concurrency: Annotated[int, typer.Option(min=1, help="Requests in flight.")] = 16,
    timeout: Annotated[float, typer.Option(min=0.01, help="Seconds for one answer.")] = 120.0,
    retries: Annotated[int, typer.Option(min=0, help="Of a request that failed, with growing pauses.")] = 5,
    max_requests: Annotated[int | None, typer.Option(min=1, help="Stop after so many requests.")] = None,
    max_tokens: Annotated[int | None, typer.Option(min=1, help="Stop before so many tokens are spent.")] = None,
    llm_key: Annotated[str | None, typer.Option(envvar="DCI_LLM_KEY", help="The server's API key.")] = None,
) -> None:
    """Make summaries and negatives (sDCI) from dense captions. The same command goes on where it ended."""
    from dcikit.captions import (
        STEPS,
        Budget,
        Dispatcher,
        Limits,
        PromptedWriter,
        Rules,
        Store,
        Tokens,
        generate,
        load_prompts,
    )
    from dcikit.data.release import Release

    if engine is not EngineName.rules and llm_model is None:
        raise ArgumentError("`--llm-model` must be given, or `--engine rules` to go without a language model")
    if engine is EngineName.server and llm is None:
        raise ArgumentError("`--llm` must be the URL of a server, or choose `--engine local` or `--engine rules`")
    release = Release(folder)
    names = chosen_names(release, split, limit)
    if not names:
        raise ArgumentError(f"`--split` must be one with images, {split.value} has none")
    tokens = Tokens(caption_tokenizer(tokenizer), context)
    writer: Any = Rules(tokens, seed=seed, own_words=own_words)
    client: Any = None
    if engine is not EngineName.rules:
        model = _chat_model(engine, llm or "", llm_model or "", llm_key, temperature, timeout, concurrency)
        budget = Budget(max_requests, max_tokens)
        client = Dispatcher(model, concurrency=concurrency, retries=retries, budget=budget)
        limits = Limits(attempts=attempts, answer_tokens=answer_tokens, own_words=own_words)
        writer = PromptedWriter(model.identity, load_prompts(prompts), tokens, limits=limits, seed=seed)
    chosen = STEPS if steps is Steps.all else (steps.value,)
    with rate(len(names), "Generating", lambda: client.counts if client else {}) as advance:
        outcome = generate(
            Store(release, output_dir),
            writer,
            names,
            steps=chosen,
            client=client,
            images_at_once=1 if client is None else min(concurrency, _MOST_IMAGES),
            overwrite=overwrite,
            listen=lambda _: advance(),
        )
    _show(outcome, output_dir or folder)


def _chat_model(
    engine: EngineName, llm: str, model: str, key: str | None, temperature: float, timeout: float, concurrency: int
) -> ChatModel:
    if engine is EngineName.local:
        from dcikit.captions.local_model import LocalModel

        return LocalModel(model, temperature=temperature)
    from dcikit.captions import ChatServer

    return ChatServer(llm, model, api_key=key, temperature=temperature, timeout=timeout, concurrency=concurrency)


def _show(outcome: Outcome, folder: Path) -> None:
    console = Console()
    console.print(generation_table(outcome.report))
    console.print(f"{outcome.images:,} images, {outcome.skipped:,} steps of regions were done before", highlight=False)
    console.print(
        f"Written to {folder / 'complete'}; details in {folder / 'generation'}", highlight=False, soft_wrap=True
    )
    for reason, count in sorted(outcome.failed.items()):
        console.print(
            f"{count:,} steps of regions got no answer: {reason}", style="yellow", markup=False, highlight=False
        )
    if outcome.stopped:
        console.print(f"Stopped: {outcome.stopped}", style="yellow", markup=False, highlight=False, soft_wrap=True)
    if not outcome.is_complete:
        console.print("Run the same command again to go on.")
        raise typer.Exit(1)
