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
from dcikit.schema.suites import SDCI

from ..sdci_items import CAPTION, row_items
from .items import protocol_items

if TYPE_CHECKING:
    from dcikit.encoders.sentence_encoder import SentenceEncoder

Count = Counter[str]

KINDS: tuple[Label | None, ...] = (*((kind, 0) for kind in NEGATIVE_KINDS), None)
"""The first negative of each type, and the hard one."""

Judged = tuple[Item, Label | None, str | None]
"""A region, one of `KINDS`, and why the baselines may not judge it; None: they may."""


def text_baselines(rows: Callable[[], Iterable[Row]], protocol: str = SDCI) -> dict[str, Score]:
    """Two baselines on each type of negative and on the hard one.

    `length_*` prefers the text with more words. `unigram_*` prefers the text whose words are commoner in the first
    captions of all other images (mean log frequency, add-one smoothed).

    Args:
        rows: gives the rows of config `sdci`, as often as it is called; their photos are not read.
        protocol: which regions are judged, see `Scm`.

    Returns:
        length_basic, length_layout, length_swaps, length_hard, and the same for unigram.
    """
    images = {row["image_id"]: _caption_words(row) for row in rows()}
    everything: Count = Counter()
    for words in images.values():
        everything.update(words)
    tallies = _tallies("length", "unigram")
    for row in rows():
        judged = _judged(row, protocol)
        _judge(judged, "length", _length, tallies)
        _judge(judged, "unigram", _commonness(everything, images[row["image_id"]]), tallies)
    return {name: tally.score() for name, tally in tallies.items()}


def sentence_baseline(
    rows: Callable[[], Iterable[Row]],
    encoder: SentenceEncoder,
    callback: Callable[[int], None] = lambda images: None,
    protocol: str = SDCI,
) -> dict[str, Score]:
    """A baseline that prefers the more typical text: the one whose vector has the higher cosine with the mean one.

    The mean is over all first captions and negatives that are judged, those of an image without repetition. Held are
    their vectors only.

    Args:
        rows, protocol: see `text_baselines`.
        encoder: the text encoder.
        callback: is called with the number of images whose texts were embedded.

    Returns:
        sentence_encoder_basic, sentence_encoder_layout, sentence_encoder_swaps, sentence_encoder_hard.
    """
    embedded = []
    for row in rows():
        embedded.append(encoder.embed(_judged_texts(_judged(row, protocol))))
        callback(1)
    mean = normalize(sum((vectors.double().sum(0) for vectors, _ in embedded), start=torch.zeros(1)), dim=0)
    tallies = _tallies("sentence_encoder")
    for row, (vectors, cut) in zip(rows(), embedded, strict=True):
        judged = _judged(row, protocol)
        texts = _judged_texts(judged)
        cosines = dict(zip(texts, (vectors.double() * mean).sum(1).tolist(), strict=True))
        truncated = {text for text, is_cut in zip(texts, cut, strict=True) if is_cut}
        _judge(judged, "sentence_encoder", cosines.__getitem__, tallies, truncated)
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


def _judged(row: Row, protocol: str) -> list[Judged]:
    """What is judged of a row. The hard negative is that of suite hard, the others are those of suite all."""
    return [
        (item, which, excluded.get("all" if which else "hard"))
        for item, excluded in protocol_items(row, protocol)
        for which in KINDS
    ]


def _judged_texts(judged: Iterable[Judged]) -> list[str]:
    """The texts that `_judge` scores, each once."""
    texts: dict[str, None] = {}
    for item, which, reason in judged:
        if reason is None and (negative := _negative(item, which)) is not None:
            texts |= dict.fromkeys([item.texts[CAPTION], negative])
    return list(texts)


def _judge(
    judged: Iterable[Judged],
    name: str,
    score: Callable[[str], float],
    tallies: Mapping[str, Tally],
    truncated: Collection[str] = (),
) -> None:
    """Counts the decisions of the baseline `name`; `truncated` texts were cut before they were scored."""
    for item, which, reason in judged:
        tally = tallies[f"{name}_{_label(which)}"]
        negative = _negative(item, which)
        if reason or negative is None:
            tally.exclude(reason or "no such negative")
            continue
        caption = item.texts[CAPTION]
        cut = (caption in truncated) + (negative in truncated)
        tally.count(_decide(item, score(caption), score(negative), cut))


def _decide(item: Item, caption: float, negative: float, truncated: int) -> Decision:
    correct = caption > negative
    chosen = "caption" if correct else "negative"
    return Decision(item.image_id, item.key, caption, negative, chosen, correct, truncated)
