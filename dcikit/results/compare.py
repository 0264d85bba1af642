"""Is one result better than another? A paired bootstrap over the images that both scored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from dcikit.schema.comparable import obstacles
from dcikit.schema.errors import ArgumentError
from dcikit.schema.results import Results

from .bootstrap import mean_share, resampled_sums
from .macro import group_columns

LEVEL = 0.05
"""A corrected p below this is called real."""

RESAMPLES = 10_000


@dataclass(frozen=True)
class Difference:
    """What one score says of two results, A and B.

    Attributes:
        a, b: the values; None if no region was scored.
        difference: b - a.
        interval: its 95% interval; None, like all that follows, with fewer than two images.
        p: two-sided, for this score by itself.
        real: whether the interval excludes 0.
        p_holm: `p`, corrected for the number of scores that are compared (Holm).
        real_holm: whether that is below `LEVEL`.
    """

    a: float | None
    b: float | None
    difference: float | None
    interval: tuple[float, float] | None = None
    p: float | None = None
    real: bool | None = None
    p_holm: float | None = None
    real_holm: bool | None = None


def compare_results(
    a: Results,
    b: Results,
    names: tuple[str, str] = ("A", "B"),
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> dict[str, Difference]:
    """Compares two results of the same regions, score by score.

    Args:
        a, b: the results.
        names: what to call them in errors.
        resamples: how often the images are drawn.

    Returns:
        Name -> difference, of the scores that both have, in the order of `a`.

    Raises:
        ValueError: if they are not comparable, with what differs.
    """
    reasons = obstacles(a, b)
    if reasons:
        raise ArgumentError(f"{names[0]} and {names[1]} cannot be compared: {'; '.join(reasons)}")
    shared = [name for name in a.scores if name in b.scores]
    if not shared:
        raise ArgumentError(f"{names[0]} and {names[1]} have no score in common; measure the same suites")
    counts = {name: _paired(name, a, b, names) for name in shared}
    resampled = _resampled(counts, resamples, seed)
    found = {name: _difference(counts[name], resampled.get(name)) for name in shared}
    corrected = holm({name: each.p for name, each in found.items() if each.p is not None})
    return {
        name: replace(each, p_holm=corrected[name], real_holm=corrected[name] < LEVEL) if name in corrected else each
        for name, each in found.items()
    }


def holm(p: Mapping[str, float]) -> dict[str, float]:
    """p-values corrected so that all that fall below a level do so together (Holm's step-down)."""
    corrected: dict[str, float] = {}
    highest = 0.0
    for place, name in enumerate(sorted(p, key=lambda name: p[name])):
        highest = max(highest, min(1.0, p[name] * (len(p) - place)))
        corrected[name] = highest
    return corrected


@dataclass(frozen=True)
class _Counts:
    """One score of both, (images, groups) each, the images in one order, whatever the files'; most have one group."""

    images: tuple[str, ...]
    a: np.ndarray
    b: np.ndarray
    scored: np.ndarray


def _paired(name: str, a: Results, b: Results, names: tuple[str, str]) -> _Counts:
    of_a, of_b = a.scores[name].images, b.scores[name].images
    if {image: scored for image, (_, scored) in of_a.items()} != {image: scored for image, (_, scored) in of_b.items()}:
        raise ArgumentError(
            f"{names[0]} and {names[1]} cannot be compared: `scores.{name}.images` has other images or regions in each"
        )
    images = tuple(sorted(of_a))
    groups_a, groups_b = (score.groups or {"": score.images} for score in (a.scores[name], b.scores[name]))
    right_a, scored = group_columns(groups_a, list(images))
    right_b, scored_b = group_columns({group: groups_b.get(group, {}) for group in groups_a}, list(images))
    if not np.array_equal(scored, scored_b):
        raise ArgumentError(f"{names[0]} and {names[1]} cannot be compared: `scores.{name}.groups` differs")
    return _Counts(images, a=right_a, b=right_b, scored=scored)


def _resampled(counts: Mapping[str, _Counts], resamples: int, seed: int) -> dict[str, np.ndarray]:
    """Name -> (resamples,) differences of the shares. Scores of the same images share the work of drawing them."""
    by_images: dict[tuple[str, ...], list[str]] = {}
    for name, each in counts.items():
        if len(each.images) > 1:
            by_images.setdefault(each.images, []).append(name)
    differences = {}
    for names in by_images.values():
        columns = [part for name in names for part in (counts[name].b - counts[name].a, counts[name].scored)]
        sums = resampled_sums(np.concatenate(columns, axis=1), resamples, seed)
        parts = np.split(sums, np.cumsum([part.shape[1] for part in columns])[:-1], axis=1)
        for place, name in enumerate(names):
            differences[name] = mean_share(parts[2 * place], parts[2 * place + 1])
    return differences


def _difference(counts: _Counts, resampled: np.ndarray | None) -> Difference:
    scored = counts.scored.sum(0)
    if not scored.sum():
        return Difference(None, None, None)
    a, b = counts.a.sum(0), counts.b.sum(0)
    values = (float(mean_share(a, scored)), float(mean_share(b, scored)), float(mean_share(b - a, scored)))
    if resampled is None:
        return Difference(*values)
    low, high = (float(end) for end in np.percentile(resampled, [2.5, 97.5]))
    # The +1 counts what was measured among the resamples: no p is 0.
    tails = ((resampled <= 0).sum() + 1, (resampled >= 0).sum() + 1)
    p = min(1.0, 2 * int(min(tails)) / (len(resampled) + 1))
    return Difference(*values, interval=(low, high), p=p, real=not low <= 0 <= high)
