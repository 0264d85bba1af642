"""`dci mine`: crops without captions, and sentences without photos -> pairs to train on (docs/protocol.md §12)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from dcikit.captions.mining import mine_pairs
from dcikit.data.regions import MIN_SIDE
from dcikit.encoders.cross_encoder import CrossEncoder
from dcikit.encoders.encoder import Encoder
from dcikit.encoders.preprocessor import Tokens
from dcikit.engine.encode import embed_tokens
from dcikit.engine.items import Item, Row
from dcikit.engine.progress import Progress, silent
from dcikit.engine.windows import Run, encoded_windows
from dcikit.files.annotation_file import defect, open_annotations
from dcikit.files.workers import loader_errors
from dcikit.schema.errors import ArgumentError, ModelError, NothingToScoreError, check_on_error
from dcikit.schema.regions import BASE, crop_box, mask_key

from .evaluate import open_encoder
from .mined_files import CAPTIONS, IMAGES, write_captions, write_crops
from .photo_folder import PhotoSource
from .source import Source, open_source

_TOKENS_AT_ONCE = 1024
"""Sentences between two reports of progress."""


@dataclass(frozen=True)
class Mined:
    """What came of mining.

    Attributes:
        captions: the file of the pairs, COCO captions.
        images: the folder that its file names are relative to.
        pairs: how many there are, of so many `crops` and `sentences`.
        truncated: sentences that were cut at the model's context.
        skipped: image -> why it could not be read.
    """

    captions: Path
    images: Path
    pairs: int
    crops: int
    sentences: int
    truncated: int
    skipped: dict[str, str]


def mine(
    sentences: str | Path,
    output_dir: str | Path,
    model: Any = None,
    *,
    photos: str | Path | None = None,
    dataset: str | Path | None = None,
    split: str | None = None,
    limit: int | None = None,
    neighbours: int = 4,
    margin: float = 1.0,
    revision: str | None = None,
    adapter: str | None = None,
    batch_size: int = 32,
    device: str | None = None,
    on_error: str = "raise",
    num_workers: int = 0,
    cache: bool = True,
    progress: Progress = silent,
) -> Mined:
    """Pairs crops with sentences, and writes them as COCO captions, which `dcikit.train` reads.

    Args:
        sentences: a text file, one a line; empty lines and repetitions are not read.
        output_dir: a folder for the pairs.
        model: that embeds both, see `dcikit.evaluate`.
        photos: a folder of photos or crops, each taken whole; or
        dataset: a release or export, see `dcikit.evaluate`: its photos, and the crops of its masks as sDCI cuts them.
        split: of the dataset; None: all of them.
        limit: only the first photos.
        neighbours, margin: see `captions.mining.mine_pairs`.
        revision, adapter, batch_size, device, on_error, num_workers, cache, progress: see `dcikit.evaluate`.

    Raises:
        ArgumentError: if an argument cannot be, or the folder holds pairs already.
        DataError: if the sentences or a photo cannot be read.
        ModelError: if the model scores pairs only.
    """
    out = Path(output_dir)
    _check(out, neighbours, on_error)
    texts = read_sentences(Path(sentences))
    source = _source(photos, dataset, split, limit)
    encoder = open_encoder(model, None, adapter, revision, device)
    if isinstance(encoder, CrossEncoder):
        raise ModelError(f"`model` must embed crops and sentences apart, a {type(encoder.model).__name__} scores pairs")
    run = Run(batch_size, on_error == "skip", num_workers)
    if not run.processes.is_main:
        progress = silent
    if cache:
        run.cache = source.cache(encoder, {"task": "mine", "batch_size": batch_size, "skip": run.skip_errors})
    items, crops, skipped = _embedded_crops(source, encoder, run, progress)
    vectors, truncated = _embedded_sentences(texts, encoder, batch_size, progress)
    if encoder.device.type == "cuda":  # other accelerators have no float64
        crops, vectors = crops.to(encoder.device), vectors.to(encoder.device)
    with progress("Comparing", len(crops)) as done:
        pairs = mine_pairs(crops, vectors, neighbours, margin, done)
    images = out / IMAGES if photos is None else Path(photos)
    if run.processes.is_main:
        found = [(items[pair.crop], texts[pair.sentence], pair) for pair in pairs]
        if photos is None:
            with progress("Writing crops", len(found)) as done:
                write_crops([item for item, _, _ in found], source, images, done)
        write_captions(out, found, encoder, neighbours, margin, crops=photos is None)
    return Mined(out / CAPTIONS, images, len(pairs), len(items), len(texts), truncated, skipped)


def _check(out: Path, neighbours: int, on_error: str) -> None:
    check_on_error(on_error)
    if neighbours < 1:
        raise ArgumentError(f"`neighbours` must be at least 1, got {neighbours}")
    if (out / CAPTIONS).exists():
        raise ArgumentError(f"`output_dir` must have no {CAPTIONS}, got {out}; remove it, or give another folder")


def read_sentences(path: Path) -> list[str]:
    """The lines of a text file, stripped, each once, in order.

    Raises:
        DataError: if it cannot be read, is not UTF-8, or has none.
    """
    with open_annotations(path) as file:
        try:
            lines = file.read().decode("utf-8-sig").splitlines()
        except UnicodeDecodeError as error:
            raise defect(path, f"byte {error.start}", "is not UTF-8", "save the file as UTF-8") from None
    found = list(dict.fromkeys(line.strip() for line in lines if line.strip()))
    if not found:
        raise defect(path, "", "has no sentence", "give a text file with one a line")
    return found


def _source(photos: str | Path | None, dataset: str | Path | None, split: str | None, limit: int | None) -> Source:
    if (photos is None) == (dataset is None):
        raise ArgumentError("`photos` or `dataset` must be given: what has no captions yet")
    if photos is None:
        return open_source(dataset, "dci", [split] if split else None, limit=limit)
    if split is not None:
        raise ArgumentError("`split` is of `dataset`; leave it out")
    return PhotoSource(Path(photos), limit)


def crop_items(row: Row) -> list[Item]:
    """The photo of a row, and the crop of every mask that is large enough (docs/protocol.md §3); their text says
    nothing."""
    boxes = {BASE: None} | {
        mask_key(mask["mask_id"]): crop_box(tuple(mask["bbox"]), row["width"], row["height"])
        for mask in row["masks"]
        if _is_large(mask["bbox"])
    }
    return [Item(row["image_id"], key, box, {("text", 0): "photo"}) for key, box in boxes.items()]


def _is_large(box: Sequence[int]) -> bool:
    return box[2] - box[0] >= MIN_SIDE and box[3] - box[1] >= MIN_SIDE


def _embedded_crops(
    source: Source, encoder: Encoder, run: Run, progress: Progress
) -> tuple[list[Item], Tensor, dict[str, str]]:
    items, crops, skipped = [], [], dict(source.skipped)
    with loader_errors(), run.shown(progress, "Crops", len(source.ids)) as shown:
        for window in encoded_windows(source.readers(), encoder, crop_items, shown):
            items += window.items
            crops += [window.images] if window.items else []
            skipped |= {source.ids[index]: why for index, why in window.skipped.items()}
    if not items:
        raise NothingToScoreError("`photos` or `dataset` has no photo that can be read")
    return items, torch.cat(crops), skipped


def _embedded_sentences(
    texts: Sequence[str], encoder: Encoder, batch_size: int, progress: Progress
) -> tuple[Tensor, int]:
    """Their embeddings, in order, and how many were cut at the model's context."""
    tokens, cut = encoder.tokens(texts)
    order = sorted(range(len(tokens)), key=lambda place: (len(tokens[place]), place))  # they need little padding
    found = []
    with progress("Sentences", len(texts)) as done:
        for start in range(0, len(order), _TOKENS_AT_ONCE):
            some: list[Tokens] = [tokens[place] for place in order[start : start + _TOKENS_AT_ONCE]]
            found.append(embed_tokens(some, encoder, batch_size))
            done(len(some))
    embedded = torch.cat(found)
    return embedded[torch.tensor(order).argsort()], sum(cut)
