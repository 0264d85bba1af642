"""Scores that others have published, by protocol, and which of them a result may stand beside (docs/published.md)."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from dcikit.schema.results import Results

_NO_PHOTO = "no photo"


@dataclass(frozen=True)
class Published:
    """One published score.

    Attributes:
        protocol: of docs/published.md.
        n: images, or rows, of the protocol; None: it depends on what is at hand.
        source: the paper or repository that measured it, or that quotes it where it says so.
        model: as the source calls it.
        id: the same weights on the Hub; None: not known.
        note: what else is to be known.
        score: by our name.
        percent: as it is printed there.
    """

    protocol: str
    n: int | None
    source: str
    model: str
    id: str | None
    note: str
    score: str
    percent: str


@cache
def published_scores() -> tuple[Published, ...]:
    """All of them, in the order of docs/published.md."""
    text = files("dcikit.results").joinpath("published.csv").read_text(encoding="utf-8")
    rows = csv.reader(text.splitlines()[1:])
    return tuple(
        Published(protocol, int(n) if n else None, source, model, id_ or None, note, score, percent)
        for protocol, n, source, model, id_, note, score, percent in rows
    )


def published_beside(results: Results) -> list[Published]:
    """What others measured of the same weights, by the same protocol, of the scores that a result has.

    Empty where nothing is known, and where the result cannot be compared with it: see `why_not_published`.
    """
    if why_not_published(results):
        return []
    model, protocol = results.model.id, results.protocol.name
    return [
        each
        for each in published_scores()
        if each.protocol == protocol and each.id == model and each.score in results.scores
    ]


def why_not_published(results: Results) -> str | None:
    """Why no published number of its protocol may stand beside a result; None if one may."""
    if results.dataset.limit:
        return f"only the first {results.dataset.limit} images were scored"
    if results.dataset.skipped:
        return f"{len(results.dataset.skipped)} images were skipped"
    if results.model.adapter:
        return "an adapter was merged into the model"
    if results.task == "pairs" and any(_NO_PHOTO in score.excluded for score in results.scores.values()):
        return "rows without a photo were excluded"
    return gallery_differs(results)


def gallery_differs(results: Results) -> str | None:
    """How the gallery of a retrieval result differs from that of its protocol; None if it does not.

    A recall depends on how many others there are: on another gallery it compares with no published one.
    """
    expected = results.protocol.parameters.get("gallery")
    if not isinstance(expected, int) or results.dataset.regions == expected:
        return None
    return (
        f"the gallery has {results.dataset.regions:,} images, that of protocol {results.protocol.name} {expected:,}: "
        "not comparable with published numbers"
    )
