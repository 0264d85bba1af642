"""What `dci masks --against` found, as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table

if TYPE_CHECKING:
    from dcikit.masks.against import Recall


def recall_table(recall: Recall, min_area: int) -> Table:
    """How many masks of a release were found, and how well."""
    from dcikit.masks.against import THRESHOLDS

    table = Table(title="Masks of the release that are found", show_header=False, title_justify="left")
    table.add_column()
    table.add_column(justify="right")
    table.add_row(f"masks of at least {min_area:,} px", f"{len(recall.best):,}")
    table.add_row("photos", f"{recall.photos:,} ({recall.missing:,} others not compared)")
    for threshold in THRESHOLDS:
        table.add_row(f"recall at IoU {threshold:g}", f"{recall.at(threshold):.3f}")
    table.add_row("mean best IoU", f"{recall.mean:.3f}")
    return table
