"""Results and reports as tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rich.table import Table

from dcikit.schema.titles import interval_text, percent, title


def results_table(document: dict[str, Any]) -> Iterator[Table | str]:
    """The scores of a results file, and what they were measured on."""
    model, dataset, protocol = document["model"], document["dataset"], document["protocol"]
    table = Table(
        "Score", title=f"{model['name']} on {dataset['name']}, split {dataset['split']}", title_justify="left"
    )
    for column in ("%", "95% interval", "regions", "excluded", "tied", "cut"):
        table.add_column(column, justify="right")
    for name, score in document["scores"].items():
        table.add_row(
            title(name),
            percent(score["value"]),
            interval_text(score["interval"]),
            str(score["regions"]),
            str(sum(score["excluded"].values()) or "-"),
            str(score["tied"] or "-"),
            str(score["truncated"] or "-"),
            end_section=name in ("hard_neg", "image_caption_to_subcrop"),
        )
    yield table
    if "blind" in document:
        yield blind_table(document["blind"])
    excluded = Counter[str]()
    for score in document["scores"].values():
        for reason, count in score["excluded"].items():
            excluded[reason] = max(excluded[reason], count)
    groups = f" in groups of {protocol['group_size']}" if "group_size" in protocol else ""
    yield (
        f"{dataset['regions']} regions of {dataset['images']} images{groups}; protocol {protocol['name']}; "
        f"{model['dtype']}, context {model['context_length']}, {model['image_size']} px"
    )
    if protocol["name"] == "sdci":
        yield "Image: groups are the regions of one image. By caption: each caption chooses its subcrop."
    if drift := document.get("drift"):
        yield (
            f"{drift['dtype']} moves the score of a crop and its caption by {drift['mean']:.1e} on average, "
            f"{drift['largest']:.1e} at most ({drift['pairs']} pairs)"
        )
    if excluded:
        yield "Excluded: " + ", ".join(f"{reason} ({count})" for reason, count in excluded.items())
    if dataset["limit"]:
        yield f"Only the first {dataset['limit']} images of the split: not comparable with published numbers"
    if dataset["images_skipped"]:
        yield "\n".join([f"{len(dataset['images_skipped'])} images left out:", *dataset["images_skipped"].values()])


def blind_table(scores: dict[str, Any]) -> Table:
    """What needs no image: text-only baselines, and the model before a grey photo."""
    rows = {
        "length": "prefers the longer text",
        "unigram": "prefers commoner words",
        "sentence_encoder": "prefers the more typical sentence",
        "blank": "the model, before a grey photo",
    }
    kinds = {"swaps": "all_neg", "hard": "hard_neg", "basic": "neg_basic", "layout": "neg_layout"}
    table = Table("Without the image, Neg in %", *kinds, title_justify="left")
    for name, text in rows.items():
        if not any(score.startswith(name) for score in scores):
            continue
        found = (scores.get(f"{name}_{kind}") or scores.get(f"{name}_{score}") for kind, score in kinds.items())
        table.add_row(text, *(percent(score["value"]) if score else "-" for score in found))
    return table


def verify_table(counts: Counter[str], splits: dict[str, int], counts_tokens: bool) -> Table:
    """What `dci verify` found."""
    images = counts["images"]
    rows = {
        "images": f"{images:,} ({', '.join(f'{split} {size:,}' for split, size in splits.items())})",
        "images without summaries": f"{counts['without_summaries']:,}",
        "masks": f"{counts['masks']:,}",
        "  ok": f"{counts['ok']:,}",
        "  low quality": f"{counts['low_quality']:,}",
        "  bad": f"{counts['bad']:,}",
        "regions that are scored": f"{counts['regions']:,}",
        "captions": f"{counts['captions']:,}",
        "captions over 77 tokens": f"{counts['long_captions']:,}" if counts_tokens else "not counted",
        "negatives": f"{counts['negatives']:,}",
        "words an image": f"{counts['words'] / images:,.0f}" if images else "-",
    }
    return _two_columns("Release", rows)


def release_table(folder: Path, splits: dict[str, int], found: dict[str, int]) -> Table:
    """What `dci info` says of a release folder."""
    rows = {f"split {split}": f"{size:,} images" for split, size in splits.items()}
    return _two_columns(f"Release {folder}", rows | {f"{part}/": f"{count:,} files" for part, count in found.items()})


def _two_columns(title: str, rows: dict[str, str]) -> Table:
    table = Table(title=title, show_header=False, title_justify="left")
    table.add_column()
    table.add_column(justify="right")
    for name, value in rows.items():
        table.add_row(name, value)
    return table
