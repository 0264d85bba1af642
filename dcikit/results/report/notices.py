"""What a reader must know before comparing the numbers of the page."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from .measured import Measured, letter

_SHOWN = 5
"""Skipped images that are named."""


def notices(measured: Sequence[Measured], sample_images: Collection[str]) -> list[str]:
    """The warnings, a sentence each; results go by their letters.

    Args:
        measured: the results.
        sample_images: the images of the drawn sample.
    """
    return [*_groups(measured), *_sample(measured, sample_images), *_partial(measured)]


def _groups(measured: Sequence[Measured]) -> list[str]:
    from dcikit.schema.comparable import comparable_groups, obstacles

    documents = [each.results for each in measured]
    groups = comparable_groups(documents)
    found = []
    for group in groups[1:]:
        those, first = (", ".join(map(letter, each)) for each in (group, groups[0]))
        reasons = "; ".join(obstacles(documents[groups[0][0]], documents[group[0]]))
        found.append(f"{those} cannot be compared with {first}: {reasons}.")
    return found


def _sample(measured: Sequence[Measured], sample_images: Collection[str]) -> list[str]:
    drawn = [letter(index) for index, each in enumerate(measured) if is_drawn(each, sample_images)]
    if not drawn:
        return []
    return [f"{', '.join(drawn)}: measured on the drawn sample, which says nothing about photographs."]


def is_drawn(measured: Measured, sample_images: Collection[str]) -> bool:
    """Whether every image that was scored is one of the drawn sample's, whatever its folder is called."""
    images = measured.results.scored_images
    return bool(images) and images <= set(sample_images)


def _partial(measured: Sequence[Measured]) -> list[str]:
    found = []
    for index, each in enumerate(measured):
        dataset = each.results.dataset
        if dataset.limit:
            found.append(
                f"{letter(index)}: measured on the first {dataset.limit} images only, not comparable with published "
                "numbers."
            )
        if dataset.skipped:
            some = "; ".join(f"{image} ({why})" for image, why in list(dataset.skipped.items())[:_SHOWN])
            more = f"; and {len(dataset.skipped) - _SHOWN} more" if len(dataset.skipped) > _SHOWN else ""
            found.append(f"{letter(index)}: images were skipped, for they have defects: {some}{more}.")
    return found
