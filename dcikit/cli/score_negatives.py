"""`dci score-negatives`."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from .progress import progress
from .split import Split, chosen_names
from .tokenizer import CLIP

if TYPE_CHECKING:
    from torch import Tensor

    from dcikit.captions.clip_scores import ScoreStore
    from dcikit.data.regions import Region
    from dcikit.encoders.dual_encoder import DualEncoder
    from dcikit.encoders.preprocessor import Pixels

Scores = dict[str, float]

_IMAGES_AT_ONCE = 16


def score_negatives_command(
    folder: Annotated[Path, typer.Argument(help="A release folder; complete/ gets `clip_scores`.")],
    model: Annotated[str, typer.Option(help="Hub id or folder of a CLIP model.")] = CLIP,
    split: Annotated[Split, typer.Option(help="Which images.")] = Split.all,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first images.")] = None,
    overwrite: Annotated[bool, typer.Option(help="Replace scores that others, or another model, made.")] = False,
    batch_size: Annotated[int, typer.Option(min=1, help="Crops, and texts, of one forward pass.")] = 32,
    device: Annotated[str | None, typer.Option(help="cpu, cuda, ...; default: the GPU if there is one.")] = None,
) -> None:
    """Score captions and negatives with CLIP, so that the hardest negative of a region is known."""
    from dcikit.captions.clip_scores import ScoreStore
    from dcikit.data.release import Release

    release = Release(folder)
    names = chosen_names(release, split, limit)
    with Console(stderr=True).status("Loading the model"):
        import transformers

        from dcikit.encoders.dual_encoder import DualEncoder
        from dcikit.encoders.models import load_encoder

        transformers.utils.logging.disable_progress_bar()
        encoder = load_encoder(model, device=device, dtype="float32")
        if not isinstance(encoder, DualEncoder) or not hasattr(encoder.model, "logit_scale"):
            raise ValueError(f"`--model` must be a CLIP or SigLIP model, {model} has no logit_scale")
    store = ScoreStore(release, overwrite=overwrite)
    with store.lock():
        store.begin({"model": model, "revision": encoder.revision, "weights_sha256": encoder.weights_hash})
        waiting: dict[str, list[tuple[Region, Pixels]]] = {}
        counts = {"scored": 0, "scored before": 0}
        for number, name in enumerate(progress(names, "Scoring", len(names)), 1):
            missing, before = store.missing(name)
            counts["scored before"] += before
            counts["scored"] += len(missing)
            if missing:
                waiting[name] = list(_crops(name, store.photo(name), missing, encoder))
            if len(waiting) == _IMAGES_AT_ONCE or number == len(names):
                _finish(waiting, encoder, batch_size, store)
                waiting = {}
    console = Console()
    console.print(f"{counts['scored']:,} regions scored, {counts['scored before']:,} had scores before")
    console.print(f"Written to {folder / 'complete'}", highlight=False, soft_wrap=True)


def _crops(name: str, photo: bytes, regions: Sequence[Region], encoder: DualEncoder) -> Iterator[tuple[Region, Pixels]]:
    from PIL import Image

    try:
        image = Image.open(io.BytesIO(photo)).convert("RGB")
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise ValueError(f"the photo of {name} cannot be decoded: {error}; put it there again") from None
    for region in regions:
        yield region, encoder.pixels(image.crop(region.crop_box))


def _finish(
    waiting: Mapping[str, Sequence[tuple[Region, Pixels]]], encoder: DualEncoder, batch_size: int, store: ScoreStore
) -> None:
    pairs = [pair for found in waiting.values() for pair in found]
    scores = iter(clip_scores(pairs, encoder, batch_size))
    for name, found in waiting.items():
        store.write(name, {region.key: next(scores) for region, _ in found})


def clip_scores(pairs: Sequence[tuple[Region, Pixels]], encoder: DualEncoder, batch_size: int) -> list[Scores]:
    """`logits_per_image` of each region's crop with its first caption ("sum") and its negatives ("basic_0", ...).

    Args:
        pairs: regions with their crops, as the model sees them.
        batch_size: crops, and texts, of one forward pass.

    Raises:
        ValueError: if a score is not a number.
    """
    import torch

    named = [region_texts(region) for region, _ in pairs]
    texts = sorted({text for found in named for text in found.values()})
    tokens, _ = encoder.tokens(texts) if texts else ([], [])
    with encoder.inference():
        order = sorted(range(len(tokens)), key=lambda index: len(tokens[index]))  # alike in length: little padding
        embedded: dict[str, Tensor] = {}
        for start in range(0, len(order), batch_size):
            batch = order[start : start + batch_size]
            features = _normal(encoder.embed_texts([tokens[index] for index in batch]))
            embedded.update(zip((texts[index] for index in batch), features, strict=True))
        crops = [pixels for _, pixels in pairs]
        images = [
            image
            for start in range(0, len(crops), batch_size)
            for image in _normal(encoder.embed_images(crops[start : start + batch_size]))
        ]
        scale = encoder.model.logit_scale.detach().exp().float().cpu()
        bias = getattr(encoder.model, "logit_bias", torch.zeros(1)).detach().float().cpu()
    scores = []
    for found, image, (region, _) in zip(named, images, pairs, strict=True):
        logits = scale * torch.stack([embedded[text] for text in found.values()]) @ image + bias
        if not logits.isfinite().all():
            raise ValueError(f"`model` gives a score that is not a number for region {region.key}; use another model")
        scores.append({name: round(value, 4) for name, value in zip(found, logits.tolist(), strict=True)})
    return scores


def region_texts(region: Region) -> dict[str, str]:
    """docs/protocol.md §1: name of the score -> text."""
    texts = {"sum": region.captions[0]}
    for kind, negatives in region.negatives.items():
        texts |= {f"{kind}_{index}": text for index, text in enumerate(negatives)}
    return texts


def _normal(features: Tensor) -> Tensor:
    return features / features.norm(dim=-1, keepdim=True)
