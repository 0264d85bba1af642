"""How much of a Neg score needs no image: baselines that never see one (docs/protocol.md §9).

A negative that can be told from its caption by the text alone is a weak test of seeing. Each baseline scores the
first caption and the negative of a region, and is right where the caption's score is strictly higher.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import TYPE_CHECKING

import torch
from PIL import Image
from torch.nn.functional import normalize

from dcikit.engine.items import Item, Label, Row
from dcikit.results.tally import Decision, Score, Tally
from dcikit.schema.regions import NEGATIVE_KINDS

from ..sdci_items import CAPTION, row_items

if TYPE_CHECKING:
    from dcikit.encoders.sentence_encoder import SentenceEncoder

Count = Counter[str]

KINDS: tuple[Label | None, ...] = (*((kind, 0) for kind in NEGATIVE_KINDS), None)
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
    tallies = _tallies("length", "unigram")
    for row in rows():
        _judge(row, "length", _length, tallies)
        _judge(row, "unigram", _commonness(everything, images[row["image_id"]]), tallies)
    return {name: tally.score() for name, tally in tallies.items()}


def sentence_baseline(
    rows: Callable[[], Iterable[Row]], encoder: SentenceEncoder, callback: Callable[[int], None] = lambda images: None
) -> dict[str, Score]:
    """A baseline that prefers the more typical text: the one whose vector has the higher cosine with the mean one.

    The mean is over all first captions and negatives that are judged, those of an image without repetition. Held are
    their vectors only.

    Args:
        rows: see `text_baselines`.
        encoder: the text encoder.
        callback: is called with the number of images whose texts were embedded.

    Returns:
        sentence_encoder_basic, sentence_encoder_layout, sentence_encoder_swaps, sentence_encoder_hard.
    """
    embedded = []
    for row in rows():
        embedded.append(encoder.embed(_judged_texts(row)))
        callback(1)
    mean = normalize(sum((vectors.double().sum(0) for vectors, _ in embedded), start=torch.zeros(1)), dim=0)
    tallies = _tallies("sentence_encoder")
    for row, (vectors, cut) in zip(rows(), embedded, strict=True):
        texts = _judged_texts(row)
        cosines = dict(zip(texts, (vectors.double() * mean).sum(1).tolist(), strict=True))
        truncated = {text for text, is_cut in zip(texts, cut, strict=True) if is_cut}
        _judge(row, "sentence_encoder", cosines.__getitem__, tallies, truncated)
    return {name: tally.score() for name, tally in tallies.items()}


def without_photo(row: Row) -> Row:
    """The row with a grey photo of the same size: what a model says of it, it says of the texts alone."""
    return {**row, "image": Image.new("RGB", (row["width"], row["height"]), (128, 128, 128))}


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def _caption_words(row: Row) -> Count:
    return Counter(word for item in row_items(row) for word in _words(item.texts[CAPTION]))


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


def _tallies(*names: str) -> dict[str, Tally]:
    return {f"{name}_{_label(which)}": Tally() for name in names for which in KINDS}


def _label(which: Label | None) -> str:
    return which[0] if which else "hard"


def _negative(item: Item, which: Label | None) -> str | None:
    return item.texts.get(which or item.facts["hard_negative"])


def _judged_texts(row: Row) -> list[str]:
    """The texts that `_judge` scores, each once."""
    texts: dict[str, None] = {}
    for item in row_items(row):
        negatives = [text for which in KINDS if (text := _negative(item, which)) is not None]
        if negatives:
            texts |= dict.fromkeys([item.texts[CAPTION], *negatives])
    return list(texts)


def _judge(
    row: Row,
    name: str,
    score: Callable[[str], float],
    tallies: Mapping[str, Tally],
    truncated: Collection[str] = (),
) -> None:
    """Counts the decisions of the baseline `name` on a row; `truncated` texts were cut before they were scored."""
    for item in row_items(row):
        for which in KINDS:
            tally = tallies[f"{name}_{_label(which)}"]
            negative = _negative(item, which)
            if negative is None:
                tally.exclude("no such negative")
                continue
            caption = item.texts[CAPTION]
            cut = (caption in truncated) + (negative in truncated)
            tally.count(_decide(item, score(caption), score(negative), cut))


def _decide(item: Item, caption: float, negative: float, truncated: int) -> Decision:
    correct = caption > negative
    chosen = "caption" if correct else "negative"
    return Decision(item.image_id, item.key, caption, negative, chosen, correct, truncated)
