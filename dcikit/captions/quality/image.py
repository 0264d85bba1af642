"""What can be found in the texts of one image without a model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from dcikit.data.record import Record
from dcikit.data.regions import scored_regions
from dcikit.data.text import image_description, submasks
from dcikit.schema.regions import NEGATIVE_KINDS

from ..checks import KEPT_LONGER, SHORTER
from ..source import Source, sources
from ..tokens import Tokens
from ..words import content_stems, normal, stem, words
from .photo import is_greyscale

KINDS = ("no texts", "labels left out", "possible inventions", "duplicates", "lengths apart", "too long")
"""The kinds of findings."""


@dataclass(frozen=True)
class Finding:
    """Something to look at.

    Attributes:
        image_id, key: the region.
        kind: one of `KINDS`.
        details: labels, words, or texts, depending on the kind.
        weight: of what is found, as a share of what was looked at.
    """

    image_id: str
    key: str
    kind: str
    details: tuple[str, ...]
    weight: float


@dataclass
class ImageQuality:
    """The counts and findings of one image.

    Attributes:
        words: of its whole description.
        is_portrait: whether it is higher than wide.
        is_greyscale: whether the photo has no colours; None: it was not looked at.
        counts: regions, captions, negatives, labels, labels_first, labels_any (named in the first, in any caption),
            and by kind of negative longer, shorter and equal (than the caption, in words).
        findings: in the order of the regions.
    """

    words: int
    is_portrait: bool
    is_greyscale: bool | None
    counts: Counter[str] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)


def check_image(record: Record, tokens: Tokens | None = None) -> ImageQuality:
    """Looks at all regions that sDCI scores.

    Args:
        record: of `complete/`; its photo is looked at if it is there.
        tokens: what texts must fit; None: lengths in tokens are not looked at.
    """
    quality = ImageQuality(
        words=len(image_description(record).split()),
        is_portrait=record.height > record.width,
        is_greyscale=None if record.photo is None else is_greyscale(record.photo),
    )
    seen: dict[str, str] = {}
    told = {region.key for region in scored_regions(record)}
    for source in sources(record, record.image_id):
        captions = record.captions.get(source.key, [])
        negatives = record.negatives.get(source.key, {})
        quality.counts["regions"] += 1
        if source.key not in told:
            if not source.is_empty:
                quality.findings.append(Finding(record.image_id, source.key, "no texts", (), 1.0))
            continue
        quality.counts["captions"] += len(captions)
        quality.counts["negatives"] += sum(map(len, negatives.values()))
        for kind, details, looked_at in (
            ("labels left out", _left_out(source, captions, quality.counts), len(_labels(source))),
            ("possible inventions", _inventions(source, captions), len(captions)),
            ("duplicates", _duplicates(source.key, captions, negatives, seen), len(captions)),
            ("lengths apart", _lengths_apart(captions[0], negatives, tokens, quality.counts), len(captions)),
            ("too long", _too_long(captions, negatives, tokens), len(captions)),
        ):
            if details:
                weight = round(min(1.0, len(details) / max(1, looked_at)), 4)
                quality.findings.append(Finding(record.image_id, source.key, kind, tuple(details), weight))
    return quality


def _labels(source: Source) -> list[str]:
    """What a summary of the region could name: itself and its direct parts."""
    if source.mask is None:
        masks = [mask for mask in source.record.masks if mask.parent_id is None]
    else:
        masks = [source.mask, *(mask for mask, depth in submasks(source.record, source.mask) if depth == 1)]
    labels = (mask.label.strip() for mask in masks if mask.quality != "bad")
    return list(dict.fromkeys(label for label in labels if words(label)))


def _left_out(source: Source, captions: Sequence[str], counts: Counter[str]) -> list[str]:
    """The labels that the first caption does not name. A label is named where its last word is, in any form."""
    labels = _labels(source)
    first, anywhere = set(map(stem, words(captions[0]))), {stem(word) for text in captions for word in words(text)}
    missing = [label for label in labels if stem(words(label)[-1]) not in first]
    counts["labels"] += len(labels)
    counts["labels_first"] += len(labels) - len(missing)
    counts["labels_any"] += sum(stem(words(label)[-1]) in anywhere for label in labels)
    return missing


def _inventions(source: Source, captions: Sequence[str]) -> list[str]:
    """Content words of captions that are nowhere in the region's dense text."""
    known = set(content_stems(source.text))
    said = {stem(word): word for text in captions for word in words(text)}
    return [
        said[word] for word in dict.fromkeys(s for text in captions for s in content_stems(text)) if word not in known
    ]


def _duplicates(key: str, captions: Sequence[str], negatives: dict[str, list[str]], seen: dict[str, str]) -> list[str]:
    """Texts that come twice in a region, and first captions that another region of the image has too."""
    found = []
    texts: set[str] = set()
    for text in (*captions, *(text for kind in NEGATIVE_KINDS for text in negatives.get(kind, []))):
        if normal(text) in texts:
            found.append(text)
        texts.add(normal(text))
    other = seen.setdefault(normal(captions[0]), key)
    return found + ([f"{captions[0]} (also of {other})"] if other != key else [])


def _lengths_apart(
    caption: str, negatives: dict[str, list[str]], tokens: Tokens | None, counts: Counter[str]
) -> list[str]:
    """Negatives much shorter or longer than their caption (docs/protocol.md §8)."""
    own, found = len(words(caption)), []
    for kind, texts in negatives.items():
        for text in texts:
            length = len(words(text))
            counts[f"{kind} {'equal' if length == own else 'longer' if length > own else 'shorter'}"] += 1
            if tokens is not None:
                difference = tokens.count(text) - tokens.count(caption)
                if not -SHORTER <= difference <= KEPT_LONGER:
                    found.append(f"{kind}: {difference:+d} tokens")
    return found


def _too_long(captions: Sequence[str], negatives: dict[str, list[str]], tokens: Tokens | None) -> list[str]:
    if tokens is None:
        return []
    texts = [*captions, *(text for kind in negatives.values() for text in kind)]
    return [text for text in texts if not tokens.fits(text)]
