"""What `dci caption-quality` found, as tables."""

from __future__ import annotations

from typing import Any

from rich.table import Table


def quality_table(document: dict[str, Any], context: int) -> Table:
    """A document of `QualityReport`."""
    words = document["words_an_image"] or {}
    rows = {
        "images": f"{document['images']:,}",
        "regions that are scored": f"{document['regions']:,}",
        "captions": f"{document['captions']:,}",
        "negatives": f"{document['negatives']:,}",
        "words an image, mean (least to most)": (
            f"{words['mean']:,.0f} ({words['least']:,} to {words['most']:,})" if words else "-"
        ),
        "portrait images": _percent(document["portrait"]),
        "greyscale images": _percent(document["greyscale"]),
        "labels named in the first caption": _percent(document["labels_in_first_caption"]),
        "labels named in any caption": _percent(document["labels_in_any_caption"]),
    }
    for kind, share in document["length_alone"].items():
        rows[f"{kind}: caption found by length alone (chance 50%)"] = _percent(share)
    for kind, count in document["regions_with"].items():
        title = f"regions with {kind}" + (f" (over {context} tokens)" if kind == "too long" else "")
        rows[title] = f"{count:,}"
    table = Table(title="Quality", show_header=False, title_justify="left")
    table.add_column()
    table.add_column(justify="right")
    for name, value in rows.items():
        table.add_row(name, value)
    for title, key in (("most left out", "most_left_out"), ("most invented", "most_invented")):
        table.add_row(title, ", ".join(list(document[key])[:8]) or "-")
    return table


def look_at_table(regions: list[dict[str, Any]]) -> Table:
    """The regions to look at first."""
    table = Table("image", "region", "findings", title="To look at", title_justify="left")
    for region in regions:
        table.add_row(region["image_id"], region["key"], ", ".join(region["kinds"]))
    return table


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f}%"
