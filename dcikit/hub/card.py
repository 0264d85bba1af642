"""The README.md of an export: `dataset_card.md` and the metadata that `datasets` and the Hub read."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from datasets import DatasetInfo, SplitDict, SplitInfo
from datasets.info import DatasetInfosDict
from datasets.utils.metadata import MetadataConfigs
from huggingface_hub import DatasetCard, DatasetCardData

from dcikit.files.markdown import markdown_code, markdown_text
from dcikit.schema.features import schema

from .plan import CONFIGS
from .shards import Written

BODY = Path(__file__).parent / "dataset_card.md"

_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"))


def dataset_card(
    written: Iterable[Written],
    *,
    photos: bool,
    release_revision: str,
    source: Mapping[str, str] | None = None,
    kinds: Collection[str] = (),
) -> str:
    """The whole README.md.

    Args:
        written: what became of every shard.
        photos: whether the photos are in the export.
        release_revision: see `Release.revision`.
        source: what the release was imported from, see `read_source`; None: it is DCI.
        kinds: of its negatives, see `kinds_of`.
    """
    written = tuple(written)
    infos, configs = DatasetInfosDict(), MetadataConfigs()
    for config in CONFIGS:
        splits = _splits(config, written)
        if not splits:
            continue
        infos[config] = DatasetInfo(
            features=schema(config, kinds),
            splits=splits,
            config_name=config,
            download_size=sum(each.size for each in written if each.path.startswith(f"{config}/")),
            dataset_size=sum(split.num_bytes for split in splits.values()),
        )
        configs[config] = {
            "data_files": [{"split": split, "path": f"{config}/{split}-*.parquet"} for split in splits],
            **({"default": True} if len(configs) == 0 else {}),
        }
    rows = {config: sum(split.num_examples for split in info.splits.values()) for config, info in infos.items()}
    images = max((rows[config] for config in rows if config != "regions"), default=sum(rows.values()))
    size = next((name for limit, name in _SIZES if images < limit), "100K<n<1M")
    data = _dci(size) if source is None else _imported(source, size)
    infos.to_dataset_card_data(data)
    configs.to_dataset_card_data(data)
    body = BODY.read_text(encoding="utf-8") if source is None else _imported_body(source)
    body += _about(written, photos, release_revision)
    return str(DatasetCard(f"---\n{data.to_yaml()}\n---\n\n{body}"))


def _dci(size: str) -> DatasetCardData:
    return DatasetCardData(
        pretty_name="Densely Captioned Images",
        language="en",
        license="cc-by-nc-4.0",
        annotations_creators=["crowdsourced", "machine-generated"],
        language_creators=["crowdsourced", "machine-generated"],
        multilinguality="monolingual",
        size_categories=size,
        source_datasets=["extended|other-sa-1b"],
        task_categories=["image-to-text", "text-to-image", "zero-shot-image-classification", "image-segmentation"],
        tags=["dense-captions", "long-captions", "vision-language", "clip", "benchmark", "sa-1b", "arxiv:2312.08578"],
    )


def _imported(source: Mapping[str, str], size: str) -> DatasetCardData:
    return DatasetCardData(
        pretty_name=source["title"],
        license="other",
        license_name=source["licence"],
        size_categories=size,
        task_categories=["image-to-text", "text-to-image"],
        tags=["dense-captions", "vision-language"],
    )


def _imported_body(source: Mapping[str, str]) -> str:
    command = markdown_code(f"dci import {source['name']}")
    lines = [
        f"# {markdown_text(source['title'])}",
        "",
        f"Imported by {command}, with the columns of Densely Captioned Images.",
        "",
        f"Source: {markdown_text(source['homepage'])}",
        "",
        f"Licence: {markdown_text(source['licence'])}",
    ]
    return "\n".join(lines) + "\n"


def _about(written: tuple[Written, ...], photos: bool, release_revision: str) -> str:
    """The section on this very export."""
    lines = [
        "",
        "## This copy",
        "",
        f"Made by `dci export` from the release whose `splits.json` has the sha256 `{release_revision}`.",
        "The photos are in it: it may not be passed on." if photos else "The photos are not in it: `image` is null.",
    ]
    skipped = {image_id: why for each in written for image_id, why in each.skipped.items()}
    if skipped:
        lines += ["", f"{len(skipped)} images have defects and were skipped: {', '.join(skipped)}."]
    return "\n".join(lines) + "\n"


def _splits(config: str, written: tuple[Written, ...]) -> SplitDict:
    splits = SplitDict()
    for each in written:
        match = re.fullmatch(rf"{config}/(\w+)-\d+-of-\d+\.parquet", each.path)
        if match:
            before = splits.get(match[1]) or SplitInfo(match[1])
            total = (before.num_bytes + each.num_bytes, before.num_examples + each.rows)
            splits[match[1]] = SplitInfo(match[1], *total)
    return splits
