"""What a reader must know before comparing the numbers of the page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from .measured import Measured, letter

if TYPE_CHECKING:
    from .gallery import Gallery


def notices(measured: Sequence[Measured], gallery: Gallery | None) -> list[str]:
    """The warnings, a sentence each; results go by their letters."""
    from dcikit.schema.comparable import comparable_groups, obstacles

    documents = [each.document for each in measured]
    groups = comparable_groups(documents)
    found = []
    for group in groups[1:]:
        those = ", ".join(map(letter, group))
        first = ", ".join(map(letter, groups[0]))
        reasons = "; ".join(obstacles(documents[groups[0][0]], documents[group[0]]))
        found.append(f"{those} cannot be compared with {first}: {reasons}.")
    sample = [letter(place) for place, each in enumerate(documents) if each["dataset"].get("name") == "sample"]
    if sample:
        found.append(f"{', '.join(sample)}: measured on the drawn sample, which says nothing about photographs.")
    for place, document in enumerate(documents):
        limit, skipped = (document["dataset"].get(key) for key in ("limit", "images_skipped"))
        if limit:
            found.append(
                f"{letter(place)}: measured on the first {limit} images only, not comparable with published numbers."
            )
        if skipped:
            more = f"; and {len(skipped) - 5} more" if len(skipped) > 5 else ""
            found.append(
                f"{letter(place)}: images with defects were left out: {'; '.join(map(str, skipped[:5]))}{more}."
            )
    if gallery is not None and not any(gallery.is_of(document) for document in documents):
        found.append(
            f"The failures below are of {gallery.model}, none of these results: weights, data or protocol differ."
        )
    return found
