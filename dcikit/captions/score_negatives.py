"""`clip_scores`: a model's scores of each region's first caption and of its negatives (docs/protocol.md §1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby

import torch

from dcikit.data.regions import Region
from dcikit.encoders.dual_encoder import DualEncoder
from dcikit.encoders.encoder import Encoder
from dcikit.engine.items import EncodedItem, Item, Label, Row
from dcikit.engine.windows import Run, encoded_windows

from .clip_scores import ScoreStore


@dataclass
class Counts:
    """Regions that were scored, and those that had all their scores before."""

    scored: int = 0
    before: int = 0


def score_negatives(store: ScoreStore, names: Sequence[str], model: str, encoder: Encoder, run: Run) -> Counts:
    """Scores what is not scored yet, and writes it image by image.

    A score is `logits_per_image` of the region's crop with the text, rounded to four places.

    Args:
        store: where to; it is locked.
        names: annotation files.
        model: what the encoder was loaded from.
        encoder: a CLIP or SigLIP model.
        run: batch size and callback.

    Raises:
        ValueError: if the model has no temperature, or gives a score that is not a number.
        DataError: if scores of another model are there already, or a file has a defect.
    """
    if not isinstance(encoder, DualEncoder) or not hasattr(encoder.model, "logit_scale"):
        raise ValueError(f"`model` must be a CLIP or SigLIP model, {model} has no logit_scale")
    scale = float(encoder.model.logit_scale.detach().float().exp())
    bias = float(getattr(encoder.model, "logit_bias", torch.zeros(1)).detach().float())
    store.begin({"model": model, "revision": encoder.revision, "weights_sha256": encoder.weights_hash})
    counts = Counts()
    readers = (partial(_row, store, name, counts) for name in names)
    for window in encoded_windows(readers, encoder, _items, run):
        for name, regions in groupby(window.encoded(encoder), key=lambda encoded: encoded.item.image_id):
            scores = {encoded.item.key: _scores(encoded, scale, bias) for encoded in regions}
            store.write(name, scores)
            counts.scored += len(scores)
    return counts


def _row(store: ScoreStore, name: str, counts: Counts) -> Row:
    record, regions, before = store.missing(name)
    counts.before += before
    photo = {"bytes": record.photo, "path": None}
    return {"image_id": name, "file_name": record.file_name, "image": photo, "regions": regions}


def _items(row: Row) -> list[Item]:
    return [Item(row["image_id"], region.key, region.crop_box, _texts(region)) for region in row["regions"]]


def _texts(region: Region) -> dict[Label, str]:
    texts: dict[Label, str] = {("sum", 0): region.captions[0]}
    for kind, negatives in region.negatives.items():
        texts |= {(kind, index): text for index, text in enumerate(negatives)}
    return texts


def _scores(encoded: EncodedItem, scale: float, bias: float) -> dict[str, float]:
    """Name of each score -> score: "sum", "basic_0", ..."""
    labels = list(encoded.item.texts)
    logits = (scale * encoded.encoding.own(labels) + bias).tolist()
    names = ("sum" if kind == "sum" else f"{kind}_{index}" for kind, index in labels)
    return {name: round(logit, 4) for name, logit in zip(names, logits, strict=True)}
