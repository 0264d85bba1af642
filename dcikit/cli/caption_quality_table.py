"""What `dci caption-quality` found, as tables."""

from __future__ import annotations

from typing import Any

from rich.table import Table


def quality_table(document: dict[str, Any], context: int) -> Table:
    """A document of `ReleaseQuality`."""
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
    if document["masks"]:
        rows |= _mask_rows(document["masks"])
    if margins := document["margins"]:
        of = f"{margins['regions']:,} with siblings"
        rows[f"regions that a sibling's caption fits better (of {of})"] = f"{len(margins['misfits']):,}"
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


def misfits_table(misfits: list[dict[str, Any]]) -> Table:
    """The regions that the caption of a sibling fits better than their own does."""
    columns = ("image", "region", "better caption", "margin")
    table = Table(*columns, title="Captions of siblings that fit better", title_justify="left")
    for each in misfits:
        table.add_row(each["image_id"], each["key"], each["sibling"], f"{each['margin']:.3f}")
    return table


def _mask_rows(masks: dict[str, Any]) -> dict[str, str]:
    covered = masks["covered"]
    depths = ", ".join(f"{depth}: {images:,}" for depth, images in masks["depth"].items())
    return {
        "masks": f"{masks['masks']:,} ({masks['images_without_masks']:,} images without any)",
        "share of an image in masks, mean (least to most)": (
            f"{_percent(covered['mean'])} ({_percent(covered['least'])} to {_percent(covered['most'])})"
            if covered
            else "-"
        ),
        "images by depth of the tree": depths or "-",
        "pairs of near-equal masks": f"{len(masks['near_equal']):,}",
    }


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f}%"
