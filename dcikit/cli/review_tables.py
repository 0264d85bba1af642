"""What `dci review` found, as tables."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from dcikit.schema.titles import percent

from .table import Column, Table

if TYPE_CHECKING:
    from dcikit.studio.review.agreement import Agreement
    from dcikit.studio.review.rates import Rate

UNKNOWN = "(unknown)"


def rates_table(found: dict[str, Rate]) -> Table:
    """The decisions by annotator."""
    columns = [
        Column("Annotator", "annotator", text=True),
        *(Column(name, name.lower()) for name in ("Reviewed", "Accepted", "Fixed", "Rejected")),
        Column("Accepted as written", "accepted_share", percent),
        Column("Reasons", "reasons", text=True),
    ]
    rows = [
        [name or UNKNOWN, rate.reviewed, *_verdicts(rate), rate.accepted, _reasons(rate)]
        for name, rate in found.items()
    ]
    return Table(columns, rows, "Decisions")


def suggestions_table(found: dict[str, Counter[str]]) -> Table:
    """What became of suggested texts, by annotator."""
    from dcikit.studio.store.suggestions import VERDICTS

    columns = [Column("Annotator", "annotator", text=True), *(Column(name.capitalize(), name) for name in VERDICTS)]
    rows = [[name or UNKNOWN, *(counts[each] for each in VERDICTS)] for name, counts in found.items()]
    return Table(columns, rows, "Suggestions")


def agreement_table(found: dict[str, Agreement]) -> Table:
    """The agreement with another annotation, by annotator."""
    columns = [
        Column("Annotator", "annotator", text=True),
        *(Column(name, name.lower()) for name in ("Images", "Masks", "Matched")),
        Column("Mean IoU", "iou", percent),
        *(Column(f"{name} F1", f"{name.lower()}_f1", percent) for name in ("Label", "Caption", "Description")),
        Column("Same quality", "same_quality", percent),
    ]
    rows = [
        [
            name or UNKNOWN,
            each.images,
            each.masks,
            len(each.ious),
            *(_mean(values) for values in (each.ious, each.labels, each.captions, each.descriptions)),
            each.same_quality / len(each.ious) if each.ious else None,
        ]
        for name, each in found.items()
    ]
    return Table(columns, rows, "Agreement")


def _verdicts(rate: Rate) -> list[int]:
    return [rate.verdicts[name] for name in ("accepted", "fixed", "rejected")]


def _reasons(rate: Rate) -> str:
    return ", ".join(f"{name} {count}" for name, count in rate.reasons.most_common())


def _mean(values: list[float]) -> Any:
    return sum(values) / len(values) if values else None
