"""How much of a Neg score needs no image: baselines that never see one (PROTOCOL §9).

A negative that can be told from its caption by the text alone is a weak test of seeing. Each baseline scores the
first caption and the negative of an entry, and is right where the caption's score is strictly higher.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from PIL import Image

from .entries import NEGATIVE_TYPES, Entry, Negative, row_entries
from .tally import Decision, Score, Tally

Row = Mapping[str, Any]
Count = Counter[str]

KINDS: tuple[Negative | None, ...] = (*((kind, 0) for kind in NEGATIVE_TYPES), None)
"""The first negative of each type, and the hard one."""


def text_baselines(rows: Callable[[], Iterable[Row]]) -> dict[str, Score]:
    """Two baselines on each type of negative and on the hard one.

    `length_*` prefers the text with more words. `unigram_*` prefers the text whose words are commoner in the first
    captions of all other images (mean log frequency, add-one smoothed).

    Args:
        rows: gives the rows of config `sdci`, as often as it is called; their photos are not read.

    Returns:
        length_basic, length_layout, length_swaps, length_hard, and the same for unigram.
    """
    images = {row["image_id"]: _caption_words(row) for row in rows()}
    everything: Count = Counter()
    for words in images.values():
        everything.update(words)
    tallies = {f"{name}_{_label(which)}": Tally() for name in ("length", "unigram") for which in KINDS}
    for row in rows():
        own = images[row["image_id"]]
        for entry in row_entries(row):
            for which in KINDS:
                negative = _negative(entry, which)
                for name, score in (("length", _length), ("unigram", _commonness(everything, own))):
                    tally = tallies[f"{name}_{_label(which)}"]
                    if negative is None:
                        tally.leave_out("no such negative")
                    else:
                        tally.count(_decide(entry, score(entry.captions[0]), score(negative)))
    return {name: tally.score() for name, tally in tallies.items()}


def without_photo(row: Row) -> Row:
    """The row with a grey photo of the same size: what a model says of it, it says of the texts alone."""
    return {**row, "image": Image.new("RGB", (row["width"], row["height"]), (128, 128, 128))}


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def _caption_words(row: Row) -> Count:
    return Counter(word for entry in row_entries(row) for word in _words(entry.captions[0]))


def _length(text: str) -> float:
    return len(_words(text))


def _commonness(everything: Count, own: Count) -> Callable[[str], float]:
    """Scores a text by the words of all images but its own."""
    total = everything.total() - own.total() + len(everything) + 1

    def score(text: str) -> float:
        words = _words(text)
        logs = (math.log((everything[word] - own[word] + 1) / total) for word in words)
        return sum(logs) / len(words) if words else 0.0

    return score


def _label(which: Negative | None) -> str:
    return which[0] if which else "hard"


def _negative(entry: Entry, which: Negative | None) -> str | None:
    which = which or entry.hard_negative
    if which is None or which[1] >= len(entry.negatives[which[0]]):
        return None
    return entry.negatives[which[0]][which[1]]


def _decide(entry: Entry, caption: float, negative: float) -> Decision:
    correct = caption > negative
    chosen = "caption" if correct else "negative"
    return Decision(entry.image_id, entry.key, caption, negative, chosen, correct, truncated=0)
