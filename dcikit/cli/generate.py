"""`dci generate`."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import typer

from dcikit.files.outputs import check_output_folder

from . import llm_options
from .rate import rate
from .split import Split, chosen_names
from .tokenizer import TOKENIZER_HELP, caption_tokenizer


class EngineName(str, Enum):
    server = "server"
    local = "local"
    ray = "ray"
    rules = "rules"


class Steps(str, Enum):
    all = "all"
    summaries = "summaries"
    negatives = "negatives"


def generate_command(
    folder: Annotated[Path, typer.Argument(help="A release folder; annotations/ is read, complete/ written.")],
    llm: llm_options.Url = None,
    llm_model: llm_options.ModelName = None,
    engine: Annotated[
        EngineName,
        typer.Option(help="Who writes: that server, transformers here or on all machines of a Ray cluster, rules."),
    ] = EngineName.server,
    tokenizer: Annotated[str | None, typer.Option(help=TOKENIZER_HELP)] = None,
    context: Annotated[int | None, typer.Option(min=8, help="Tokens; default: the tokenizer's own limit.")] = None,
    steps: Annotated[Steps, typer.Option(help="Which steps to take.")] = Steps.all,
    split: Annotated[Split, typer.Option(help="Which images.")] = Split.all,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first images.")] = None,
    output_dir: Annotated[Path | None, typer.Option(help="Write to another folder, linked to the same photos.")] = None,
    overwrite: llm_options.Overwrite = False,
    seed: llm_options.Seed = 0,
    temperature: llm_options.Temperature = 0.7,
    prompts: llm_options.Prompts = None,
    attempts: llm_options.Attempts = 3,
    own_words: Annotated[float, typer.Option(min=0.0, max=1.0, help="Share of a swap's words from its caption.")] = 0.8,
    answer_tokens: llm_options.AnswerTokens = 512,
    concurrency: llm_options.Concurrency = 16,
    timeout: llm_options.Timeout = 120.0,
    retries: llm_options.Retries = 5,
    max_requests: llm_options.MaxRequests = None,
    max_tokens: llm_options.MaxTokens = None,
    llm_key: llm_options.Key = None,
) -> None:
    """Make summaries and negatives (sDCI) from dense captions. The same command goes on where it ended."""
    from dcikit.captions import STEPS, Limits, PromptedWriter, Rules, Store, Tokens, generate, load_prompts
    from dcikit.data.release import Release

    if engine is not EngineName.rules:
        llm_options.check_model(engine, llm, llm_model, "`--engine rules` to go without a language model")
    llm_options.check_budget(engine, max_requests, max_tokens)
    check_output_folder(output_dir or folder, "output_dir" if output_dir else "FOLDER")
    release = Release(folder)
    names = chosen_names(release, split, limit)
    tokens = Tokens(caption_tokenizer(tokenizer), context)
    writer: Any = Rules(tokens, seed=seed, own_words=own_words)
    client: Any = None
    elsewhere = None
    if engine is not EngineName.rules:
        url = llm if engine is EngineName.server else None
        model = llm_options.language_model(
            llm_model, url, llm_key, temperature, timeout, concurrency, retries, max_requests, max_tokens
        )
        client = model.client()
        elsewhere = model.workers(client) if engine is EngineName.ray else None
        limits = Limits(attempts=attempts, answer_tokens=answer_tokens, own_words=own_words)
        writer = PromptedWriter(client.model.identity, load_prompts(prompts), tokens, limits=limits, seed=seed)
    chosen = STEPS if steps is Steps.all else (steps.value,)
    with rate(len(names), "Generating", lambda: client.counts if client else {}) as advance:
        outcome = generate(
            Store(release, output_dir),
            writer,
            names,
            steps=chosen,
            client=client,
            images_at_once=1 if client is None else concurrency,
            overwrite=overwrite,
            listen=lambda _: advance(),
            elsewhere=elsewhere,
        )
    written = output_dir or folder
    llm_options.show_outcome(outcome, "Generated", written / "complete", written / "generation")
