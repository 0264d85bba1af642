"""CLIP's tokenizer against ids that are known, and against byte-pair encoding written out slowly."""

from __future__ import annotations

import gzip
import pickle
import random
from itertools import pairwise
from pathlib import Path

import pytest

import dcikit.captions
from dcikit.captions import Tokens, clip_tokenizer

FOLDER = Path(dcikit.captions.__file__).parent / "clip_tokenizer"


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("", []),
        ("a photo of a cat", [320, 1125, 539, 320, 2368]),
        ("A  Photo\tof a\nCAT ", [320, 1125, 539, 320, 2368]),
        ("hello world!!", [3306, 1002, 748]),
    ],
)
def test_known_ids(text: str, ids: list[int]) -> None:
    assert clip_tokenizer()(text)["input_ids"] == [49406, *ids, 49407]


def slow_ids(word: str, merges: list[tuple[str, str]], ranks: dict[tuple[str, str], int]) -> list[int]:
    """Ids of an ASCII word: merge the pair that comes first in the list, as long as there is one."""
    parts = [*word[:-1], word[-1] + "</w>"]
    while pairs := [pair for pair in pairwise(parts) if pair in ranks]:
        best = min(pairs, key=ranks.__getitem__)
        place = next(i for i in range(len(parts)) if tuple(parts[i : i + 2]) == best)
        parts[place : place + 2] = ["".join(best)]
    return [letter_or_merge(part, merges) for part in parts]


def letter_or_merge(part: str, merges: list[tuple[str, str]]) -> int:
    """256 bytes, "!" first, the same as ends of words, then what the merges make."""
    if len(part.removesuffix("</w>")) == 1:
        return ord(part[0]) - ord("!") + 256 * part.endswith("</w>")
    return 512 + next(place for place, merge in enumerate(merges) if "".join(merge) == part)


def test_words_equal_slow_byte_pair_encoding() -> None:
    lines = gzip.decompress((FOLDER / "merges.txt.gz").read_bytes()).decode().splitlines()
    merges = [(line.split(" ")[0], line.split(" ")[1]) for line in lines]
    assert len(merges) == 49_408 - 512 - 2
    ranks = {merge: rank for rank, merge in enumerate(merges)}
    tokenizer, draw = clip_tokenizer(), random.Random(0)
    words = "densely captioned subcrops annotators overexposed windowsill antidisestablishmentarianism".split()
    words += ["".join(draw.choices("etaoinshrdlu", k=draw.randint(1, 14))) for _ in range(150)]
    for word in words:
        assert tokenizer(word)["input_ids"][1:-1] == slow_ids(word, merges, ranks), word
    found = tokenizer(" ".join(words), verbose=False)["input_ids"][1:-1]
    assert found == [token for word in words for token in slow_ids(word, merges, ranks)]


def test_it_is_a_tokenizer_with_clips_context() -> None:
    tokenizer = clip_tokenizer()
    assert len(tokenizer) == 49_408
    assert Tokens(tokenizer).context == 77
    assert tokenizer.decode(tokenizer("it's a dog, isn't it?")["input_ids"], skip_special_tokens=True).strip()
    assert pickle.loads(pickle.dumps(tokenizer))("dogs")["input_ids"] == tokenizer("dogs")["input_ids"]


def test_its_licence_is_beside_it() -> None:
    text = (FOLDER / "LICENSE").read_text()
    assert "https://github.com/openai/CLIP" in text
    assert "MIT License" in text
