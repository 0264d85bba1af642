"""Releases as tables."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from rich.table import Table

from dcikit.schema.suites import PAPER_SUITES

if TYPE_CHECKING:
    from dcikit.files.json_node import Node
    from dcikit.hub.manifest import Manifest


def verify_table(counts: Counter[str], splits: dict[str, int]) -> Table:
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
        "captions over 77 tokens": f"{counts['long_captions']:,}",
        "negatives": f"{counts['negatives']:,}",
        "words an image": f"{counts['words'] / images:,.0f}" if images else "-",
    }
    return _two_columns("Release", rows)


def excluded_table(images: Counter[tuple[str, str]], regions: Counter[tuple[str, str]]) -> Table:
    """What each suite drops, by either protocol."""
    title = "Dropped: whole images (protocol sdci), regions alone (sdci-entries)"
    table = Table("suite", "reason", title=title, title_justify="left")
    for name in ("images", "regions"):
        table.add_column(name, justify="right")
    for suite in PAPER_SUITES:
        for _, reason in sorted(each for each in {*images, *regions} if each[0] == suite):
            counts = (found[suite, reason] for found in (images, regions))
            table.add_row(suite, reason, *(f"{count:,}" if count else "-" for count in counts))
    return table


def release_table(folder: Path, splits: dict[str, int], found: dict[str, int]) -> Table:
    """What `dci info` says of a release folder."""
    rows = {f"split {split}": f"{size:,} images" for split, size in splits.items()}
    return _two_columns(f"Release {folder}", rows | {f"{part}/": f"{count:,} files" for part, count in found.items()})


def export_table(folder: Path, manifest: Manifest) -> Table:
    """What `dci info` says of an export."""
    rows = Counter[str]()
    for written in manifest.files:
        config, name = written.path.split("/", 1)
        rows[f"config {config}, split {name.split('-')[0]}"] += written.rows
    counted = {name: f"{count:,} images" for name, count in rows.items()}
    skipped = len({image_id for written in manifest.files for image_id in written.skipped})
    facts = {"photos": "in it" if manifest.photos else "not in it", "skipped": f"{skipped:,} images"}
    return _two_columns(f"Export {folder}", counted | facts)


def adapter_table(folder: Path, config: Node) -> Table:
    """What `dci info` says of an adapter."""
    names = {"base_model_name_or_path": "adapts", "peft_type": "type", "r": "rank", "lora_alpha": "alpha"}
    rows = {title: str(config[key].value) for key, title in names.items() if key in config}
    return _two_columns(f"Adapter {folder}", rows)


def _two_columns(title: str, rows: dict[str, str]) -> Table:
    table = Table(title=title, show_header=False, title_justify="left")
    table.add_column()
    table.add_column(justify="right")
    for name, value in rows.items():
        table.add_row(name, value)
    return table
