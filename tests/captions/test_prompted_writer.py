"""Which question a region gets, and how many captions are asked for (docs/protocol.md §8)."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from dcikit.captions import PromptedWriter, Tokens, load_prompts
from dcikit.captions.generation_result import alternatives_wanted
from dcikit.captions.request import Answer, Request
from dcikit.captions.source import Source
from dcikit.data.record import Mask, Record


class Words:
    """A tokenizer with a token a word, and one at either end."""

    model_max_length = 77

    def __len__(self) -> int:
        return 1

    def __call__(self, text: str, **options: Any) -> dict[str, list[int]]:
        return {"input_ids": [0] * (len(text.split()) + 2)}


class Listener:
    """Keeps what it is asked; answers with captions that pass every check."""

    def __init__(self) -> None:
        self.prompts: list[str] = []

    async def ask(self, request: Request) -> Answer:
        self.prompts.append(request.prompt)
        number = len(self.prompts)
        items = [f"A dog number {number * 10 + item}" for item in range(5)]
        return Answer(json.dumps(items) if number > 1 else "A dog", True, 1)


def mask(words: int) -> Source:
    """A mask with a text of so many words: "This is an image of dog." are six of them."""
    found = Mask("1", None, (), "dog", " ".join(["runs"] * (words - 6)), "ok", (0, 0, 9, 9), 81, b"")
    return Source("1", found.key, Record("1", "sa_1.jpg", 9, 9, "", "", (found,)), found)


def image(words: int) -> Source:
    return Source("1", "base", Record("1", "sa_1.jpg", 9, 9, "a", "b " * (words - 1), ()), None)


@pytest.mark.parametrize(("words", "at_most"), [(20, 20), (75, 75)])
def test_a_text_that_fits_is_asked_for_no_more_words_than_it_has(words: int, at_most: int) -> None:
    assert f"no longer than the text itself: at most {at_most} words" in asked(mask(words)).prompts[0]


def test_a_longer_text_is_asked_for_65_words() -> None:
    assert "about 65 words long" in asked(mask(76)).prompts[0]


def asked(source: Source) -> Listener:
    listener = Listener()
    asyncio.run(PromptedWriter({}, load_prompts(), Tokens(Words())).summaries(source, listener))
    return listener


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        (image(20), 9),  # more than 8
        (mask(20), 5),  # more than 4
        (mask(146), 5),  # ln 148 = 4.997
        (mask(147), 6),  # ln 149 = 5.004
        (mask(401), 6),  # ln 403 = 5.9989
        (mask(402), 7),  # ln 404 = 6.0014
    ],
)
def test_captions_wanted_beside_the_first(source: Source, wanted: int) -> None:
    tokens = Tokens(Words())
    assert alternatives_wanted(source, tokens) == wanted
    result = asyncio.run(PromptedWriter({}, load_prompts(), tokens).summaries(source, Listener()))
    assert len(result.captions) == 1 + wanted and result.missing == []
