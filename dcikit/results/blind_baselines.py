"""The baselines that see no image, as they are shown."""

from __future__ import annotations

from dcikit.schema.results import Blind
from dcikit.schema.score import Score

BASELINES = {
    "length": "prefers the longer text",
    "unigram": "prefers commoner words",
    "sentence_encoder": "prefers the more typical sentence",
    "blank": "the model, before a grey photo",
}
"""Name of a baseline -> what it does."""

KINDS = {"swaps": "all_neg", "hard": "hard_neg", "basic": "neg_basic", "layout": "neg_layout"}
"""Kind of negative -> the score that asks for it."""


def baseline(blind: Blind, name: str) -> list[Score | None]:
    """The scores of a baseline, in the order of `KINDS`: the model's go by the names of scores, others by the kinds."""
    return [blind.scores.get(f"{name}_{score if name == 'blank' else kind}") for kind, score in KINDS.items()]
