"""README.md of a trained model: the recipe, the data, and the scores before and after."""

from __future__ import annotations

import dataclasses
import json
import shlex
from pathlib import Path
from typing import Any

import yaml
from huggingface_hub import ModelCard, ModelCardData

from dcikit.files.markdown import markdown_code, markdown_text
from dcikit.schema.score import Score
from dcikit.schema.titles import PAPER, interval_text, percent

from .recipe import Recipe
from .trained import Trained

DCI = "Densely Captioned Images"


def model_card(model: str, recipe: Recipe, trained: Trained, data_name: str) -> str:
    """The text of README.md."""
    lora = recipe.tuning == "lora"
    name = Path(model).name if Path(model).exists() else model  # a path says nothing to whoever reads the card
    data = ModelCardData(
        base_model=None if Path(model).exists() else model,  # the Hub takes no paths
        library_name="peft" if lora else "transformers",
        pipeline_tag="zero-shot-image-classification",
        tags=["densely-captioned-images", "arxiv:2312.08578", *(["lora"] if lora else [])],
        license="cc-by-nc-4.0" if data_name == DCI else None,
    )
    parts = [
        f"---\n{data.to_yaml()}\n---",
        f"# {markdown_text(name)}, trained on {markdown_text(data_name)}",
        f"{'A LoRA adapter for' if lora else 'A fine-tuned'} {markdown_code(name)}, trained by `dci train` on "
        f"{trained.regions:,} regions of {trained.images:,} images of {markdown_text(data_name)}."
        + (" Its annotations are CC-BY-NC 4.0 (arXiv 2312.08578)." if data_name == DCI else ""),
        _before_after(trained),
        _use(name, lora),
        _history(trained),
        f"## Recipe\n\n```yaml\n{yaml.safe_dump(_plain(recipe), sort_keys=False).strip()}\n```",
        f"Fingerprint of the training data: `{trained.fingerprint}`."
        + "".join(f" Excluded: {count:,} {markdown_text(why)}." for why, count in trained.excluded.items()),
    ]
    return str(ModelCard("\n\n".join(part for part in parts if part) + "\n"))


def _before_after(trained: Trained) -> str:
    if not (trained.before and trained.after):
        return ""
    dataset = trained.after.dataset
    lines = [
        f"## Before and after\n\nOn {markdown_text(dataset.id)}, split {dataset.split} ({dataset.regions} regions of "
        f"{dataset.images} images), %, with 95% bootstrap intervals over images:\n",
        "| score | before | after |",
        "| --- | --- | --- |",
    ]
    for name, title in PAPER.items():
        lines.append(f"| {title} | {_score(trained.before.scores[name])} | {_score(trained.after.scores[name])} |")
    before, after = trained.before.zero_shot, trained.after.zero_shot
    if before and after:
        lines.append(f"| Zero-shot accuracy | {_score(before.accuracy)} | {_score(after.accuracy)} |")
    return "\n".join(lines)


def _score(score: Score) -> str:
    interval = f" ({interval_text(score.interval)})" if score.interval else ""
    return percent(score.value, places=1) + interval


def _use(model: str, lora: bool) -> str:
    if not lora:
        return "## Use\n\nLoad this folder as you load the base model, with its processor."
    return (
        "## Use\n\n```python\nfrom peft import PeftModel\nfrom transformers import AutoModel\n\n"
        f"model = PeftModel.from_pretrained(AutoModel.from_pretrained({json.dumps(model)}), "
        '"PATH_OR_HUB_ID_OF_THIS")\n```\n\n'
        + markdown_code(f"dci eval --model {shlex.quote(model)} --adapter PATH_OR_HUB_ID_OF_THIS --dataset DIR")
        + " scores it."
    )


def _history(trained: Trained) -> str:
    if not trained.history:
        return ""
    lines = ["## Validation\n", "| epoch | All SCM | All Neg | |", "| --- | --- | --- | --- |"]
    for line in trained.history:
        kept = "kept" if line["epoch"] == trained.best else ""
        lines.append(f"| {line['epoch']:.4g} | {100 * line['all_scm']:.1f} | {100 * line['all_neg']:.1f} | {kept} |")
    return "\n".join(lines)


def _plain(recipe: Recipe) -> dict[str, Any]:
    return {
        name: list(value) if isinstance(value, tuple) else value for name, value in dataclasses.asdict(recipe).items()
    }
