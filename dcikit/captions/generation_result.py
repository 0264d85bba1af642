"""What a step gives for a region, and the interface of what gives it."""

from __future__ import annotations

import hashlib
import json
import math
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Protocol

from dcikit.schema.regions import BASE

from .request import ChatClient
from .source import Source
from .tokens import Tokens

STEPS = ("summaries", "negatives")
"""The steps of `dci generate`, in order."""

NO_TEXT = "no text to summarize"
NO_CAPTION = "no caption to alter"
FEW = "fewer captions than asked for"


@dataclass
class GenerationResult:
    """What one step gave for one region.

    Attributes:
        captions: of step summaries, the first one first; empty: the region is left out.
        negatives: of step negatives, kind -> texts.
        requests: answers that were read.
        refused: reason -> answers that did not pass the checks.
        missing: what could not be made, such as "no caption that passes the checks".
    """

    captions: list[str] = field(default_factory=list)
    negatives: dict[str, list[str]] = field(default_factory=dict)
    requests: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    missing: list[str] = field(default_factory=list)

    def notes(self, kept: int) -> dict[str, Any]:
        """What the report counts of the region; `kept` is the number of its texts."""
        refused = dict(sorted(self.refused.items()))
        return {"kept": kept, "answers": self.requests, "refused": refused, "missing": self.missing}


class Writer(Protocol):
    """Writes captions and negatives: a language model behind prompts, or rules."""

    @property
    def identity(self) -> dict[str, Any]:
        """What the texts depend on."""

    async def summaries(self, source: Source, client: ChatClient) -> GenerationResult: ...

    async def negatives(self, source: Source, captions: list[str], client: ChatClient) -> GenerationResult: ...


def alternatives_wanted(source: Source, tokens: Tokens) -> int:
    """Captions beside the first: more than 8 for the image; for a mask more than max(4, ln of its text's tokens)."""
    return 9 if source.key == BASE else 1 + int(max(4, math.log(tokens.count(source.text))))


def negatives_wanted(source: Source) -> int:
    """Negatives of each kind: 3 for the image, 1 for a mask."""
    return 3 if source.key == BASE else 1


def settings_hash(settings: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:16]


def derived_seed(*parts: object) -> int:
    """A seed of 31 bits that follows from the parts."""
    return int.from_bytes(hashlib.sha256(repr(parts).encode()).digest()[:4], "big") >> 1
