"""Train the tiny CLIP of the demo on the train split of the embedded sample, on a CPU.

    python scripts/train_tiny_clip.py --output dcikit/encoders/tiny_clip

The same seed, machine and torch give the same weights. Needs transformers 5; the result loads with 4.5x too.

Every picture is told from the other captions of its batch, which has all entries of its images, and from
false captions of its own. Pictures are moved, zoomed and lit a little, never mirrored. Colours are traded for
others throughout a picture and its texts: what is learned is which thing has a colour, not which ones go
together.
"""

from __future__ import annotations

import argparse
import math
import re
import time
from collections import Counter
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import torch
from datasets import load_dataset
from PIL import Image
from safetensors.torch import load_file, save_file
from tokenizers.pre_tokenizers import ByteLevel
from torch.nn.functional import affine_grid, cross_entropy, grid_sample, normalize
from transformers import CLIPConfig, CLIPImageProcessor, CLIPModel, CLIPProcessor, CLIPTokenizer

import dci_dataset  # noqa: F401  (registers "dci")
from dcikit.data.sample import sample_folder
from dcikit.data.sample.vocabulary import COLOURS

SIZE = 64
STORED = 80
BATCH = 64
RATE = 1.5e-3
MEAN, STD = [0.5, 0.5, 0.5], [0.25, 0.25, 0.25]
TEXT = {"hidden_size": 96, "intermediate_size": 384, "num_hidden_layers": 2, "num_attention_heads": 4}
VISION = {"hidden_size": 128, "intermediate_size": 256, "num_hidden_layers": 4, "num_attention_heads": 4}
PALETTE = torch.tensor(list(COLOURS.values()), dtype=torch.float32)
NAMES = list(COLOURS)
COLOUR = re.compile(rf"\b(?:(an?) )?({'|'.join(NAMES)})\b")


def main() -> None:
    """Read the arguments, train, write the folder."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=Path("dcikit/encoders/tiny_clip"))
    parser.add_argument("--epochs", type=int, default=80)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--like-clip", action="store_true", help="whole images with one caption each, and no false captions"
    )
    parser.add_argument("--sample", type=Path, help="a release folder; default: the embedded sample")
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(2)
    folder = str(args.sample or sample_folder())
    rows = load_dataset("dci", "sdci", data_dir=folder, split="train")
    images, entries = read(rows, args.like_clip)
    tokenizer = make_tokenizer(entries)
    processor = CLIPProcessor(make_image_processor(), tokenizer)
    model = make_model(tokenizer)
    train(model, tokenizer, images, entries, args.epochs, Random(args.seed), args.like_clip)
    write(args.output, model, processor)


def make_image_processor() -> CLIPImageProcessor:
    """CLIP's own preprocessing, for small pictures."""
    return CLIPImageProcessor(
        size={"shortest_edge": SIZE},
        crop_size={"height": SIZE, "width": SIZE},
        resample=Image.Resampling.BICUBIC,
        image_mean=MEAN,
        image_std=STD,
    )


def read(rows: Any, like_clip: bool) -> tuple[torch.Tensor, list[dict[str, Any]]]:
    """All crops as (N, 3, STORED, STORED) bytes, and their regions with the index of the image."""
    crops, entries = [], []
    for number, row in enumerate(rows):
        photo = row["image"].convert("RGB")
        for region in row["regions"][:1] if like_clip else row["regions"]:
            crop = photo.crop(region["crop_box"])
            side = min(crop.size)
            left, top = (crop.width - side) // 2, (crop.height - side) // 2
            small = crop.resize((STORED, STORED), Image.Resampling.BICUBIC, (left, top, left + side, top + side))
            crops.append(torch.frombuffer(bytearray(small.tobytes()), dtype=torch.uint8).view(STORED, STORED, 3))
            captions = region["captions"][:1] if like_clip else region["captions"]
            entries.append({"image": number, "captions": captions, "negatives": region["negatives"]})
    return torch.stack(crops).permute(0, 3, 1, 2).contiguous(), entries


def learn_merges(words: list[str]) -> list[tuple[str, str]]:
    """Byte-pair merges that make each word one token; of equally frequent pairs the first in the alphabet."""
    pieces = [[*word[:-1], word[-1] + "</w>"] for word in words]
    merges = []
    while counts := Counter(pair for piece in pieces for pair in pairwise(piece)):
        best = min(counts, key=lambda pair: (-counts[pair], pair))
        merges.append(best)
        for piece in pieces:
            for start in range(len(piece) - 2, -1, -1):
                if tuple(piece[start : start + 2]) == best:
                    piece[start : start + 2] = ["".join(best)]
    return merges


def make_tokenizer(entries: list[dict[str, Any]]) -> CLIPTokenizer:
    """A CLIP tokenizer that makes one token of every word of the captions."""
    alphabet = sorted(ByteLevel.alphabet())
    texts = [text for entry in entries for text in entry["captions"]]
    merges = learn_merges(sorted({word for text in texts for word in re.findall(r"[a-z]+", text)}))
    tokens = [*alphabet, *(letter + "</w>" for letter in alphabet), *("".join(pair) for pair in merges)]
    tokens += ["<|startoftext|>", "<|endoftext|>"]
    vocabulary = {token: number for number, token in enumerate(dict.fromkeys(tokens))}
    return CLIPTokenizer(vocab=vocabulary, merges=merges, model_max_length=77)


def make_model(tokenizer: CLIPTokenizer) -> CLIPModel:
    """A CLIP of under a million weights."""
    ids = {
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
    }
    text = {**TEXT, **ids, "vocab_size": len(tokenizer), "max_position_embeddings": 77, "projection_dim": 96}
    vision = {**VISION, "image_size": SIZE, "patch_size": 8, "projection_dim": 96}
    return CLIPModel(CLIPConfig(text_config=text, vision_config=vision, projection_dim=96))


def palette_map(images: torch.Tensor) -> torch.Tensor:
    """(N, H, W) number of the colour that a pixel clearly has; len(NAMES) where it has none of them."""
    found = []
    for chunk in images.split(64):
        pixels = chunk.permute(0, 2, 3, 1).float()
        distance, colour = torch.cdist(pixels.flatten(0, 2), PALETTE).min(1)
        colour[distance > 26] = len(NAMES)
        found.append(colour.view(pixels.shape[:3]))
    return torch.cat(found)


def recolour(text: str, trade: dict[str, str]) -> str:
    """The text with every colour replaced, and `a` or `an` as the new one needs it."""

    def replace(match: re.Match[str]) -> str:
        new = trade[match[2]]
        article = "" if match[1] is None else "an " if new[0] in "aeiou" else "a "
        return article + new

    return COLOUR.sub(replace, text)


def swap_colours(text: str, rng: Random) -> str:
    """The text with two different colours traded; itself if it has only one."""
    found = sorted({match[2] for match in COLOUR.finditer(text)})
    if len(found) < 2:
        return text
    one, other = rng.sample(found, 2)
    return recolour(text, {**{name: name for name in NAMES}, one: other, other: one})


def views(images: torch.Tensor, colours: torch.Tensor, trades: torch.Tensor) -> torch.Tensor:
    """(B, 3, SIZE, SIZE) model inputs: recoloured, moved, zoomed and lit a little."""
    count = len(images)
    change = torch.cat([PALETTE[trades] - PALETTE, torch.zeros(count, 1, 3)], 1)
    moved = change.gather(1, colours.flatten(1)[..., None].expand(-1, -1, 3)).view(count, STORED, STORED, 3)
    pixels = images.float() + moved.permute(0, 3, 1, 2)
    zoom = torch.empty(count).uniform_(0.86, 1.04)
    shift = torch.empty(count, 2).uniform_(-0.07, 0.07)
    theta = torch.zeros(count, 2, 3)
    theta[:, 0, 0] = theta[:, 1, 1] = zoom
    theta[:, :, 2] = shift
    grid = affine_grid(theta, [count, 3, SIZE, SIZE], align_corners=False)
    seen = grid_sample(pixels, grid, padding_mode="border", align_corners=False)
    light = torch.empty(count, 3, 1, 1).uniform_(0.95, 1.05) * torch.empty(count, 1, 1, 1).uniform_(0.93, 1.07)
    return ((seen * light).clamp(0, 255) / 255 - torch.tensor(MEAN).view(3, 1, 1)) / torch.tensor(STD).view(3, 1, 1)


def texts_of(entry: dict[str, Any], trade: dict[str, str], rng: Random) -> list[str]:
    """One caption and two false ones: altered in layout or kind, and with two colours traded."""
    captions, negatives = entry["captions"], entry["negatives"]
    caption = captions[0] if rng.random() < 0.5 else rng.choice(captions)
    altered = rng.choice(negatives["layout" if rng.random() < 0.7 else "basic"])
    swapped = rng.choice(negatives["swaps"]) if rng.random() < 0.5 else swap_colours(caption, rng)
    return [recolour(text, trade) for text in (caption, altered, swapped)]


def batches(entries: list[dict[str, Any]], rng: Random) -> list[list[int]]:
    """All entries in batches, those of an image one after another, images shuffled."""
    images = sorted({entry["image"] for entry in entries})
    rng.shuffle(images)
    place = {image: number for number, image in enumerate(images)}
    order = sorted(range(len(entries)), key=lambda number: place[entries[number]["image"]])
    return [order[start : start + BATCH] for start in range(0, len(order) - BATCH + 1, BATCH)]


def loss_of(
    model: CLIPModel, pixels: torch.Tensor, tokens: Any, count: int, like_clip: bool
) -> tuple[torch.Tensor, torch.Tensor]:
    """The loss of a batch, and how many pictures find their caption and prefer it to each false one."""
    seen = normalize(model.visual_projection(model.vision_model(pixel_values=pixels).pooler_output), dim=-1)
    read = normalize(model.text_projection(model.text_model(**tokens).pooler_output), dim=-1)
    scale = model.logit_scale.exp().clamp(max=60)
    read = read.view(count, -1, read.shape[-1])
    logits = scale * seen @ read[:, 0].T
    own = scale * (seen[:, None] * read).sum(-1)
    target = torch.arange(count)
    columns = cross_entropy(logits.T, target) / 2
    if like_clip:
        loss = cross_entropy(logits, target) + columns
    else:
        against = cross_entropy(own, torch.zeros(count, dtype=torch.long))
        loss = cross_entropy(torch.cat([logits, own[:, 1:]], 1), target) + columns + against
    better = (own[:, :1] > own[:, 1:]).float().mean(0)
    matched = (logits.argmax(1) == target).float().mean()
    return loss, torch.cat([matched[None], better]).detach()


def train(
    model: CLIPModel,
    tokenizer: CLIPTokenizer,
    images: torch.Tensor,
    entries: list[dict[str, Any]],
    epochs: int,
    rng: Random,
    like_clip: bool,
) -> None:
    """Train for `epochs` passes, with progress on stdout."""
    colours = palette_map(images)
    groups = [
        {"params": [p for p in model.parameters() if p.ndim > 1], "weight_decay": 0.05},
        {"params": [p for p in model.parameters() if p.ndim < 2], "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW(groups, lr=RATE, betas=(0.9, 0.98))
    steps = epochs * len(batches(entries, Random(0)))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer,
        lambda step: min(1, (step + 1) / 100) * (0.02 + 0.98 * (1 + math.cos(math.pi * step / steps)) / 2),
    )
    model.train()
    start = time.monotonic()
    for epoch in range(epochs):
        told, total = torch.zeros(3), 0.0
        plan = batches(entries, rng)
        for batch in plan:
            trades = [rng.sample(range(len(NAMES)), len(NAMES)) for _ in batch]
            named = [{NAMES[old]: NAMES[new] for old, new in enumerate(trade)} for trade in trades]
            texts = [
                t for number, trade in zip(batch, named, strict=True) for t in texts_of(entries[number], trade, rng)
            ]
            tokens = tokenizer(texts, padding=True, truncation=True, return_tensors="pt")
            pixels = views(images[batch], colours[batch], torch.tensor(trades))
            loss, shares = loss_of(model, pixels, tokens, len(batch), like_clip)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            told, total = told + shares, total + loss.item()
        matched, altered, swapped = (told / len(plan)).tolist()
        print(
            f"epoch {epoch + 1}/{epochs} loss {total / len(plan):.3f} matched {matched:.2f} "
            f"altered {altered:.2f} swapped {swapped:.2f} after {time.monotonic() - start:.0f} s",
            flush=True,
        )


def write(folder: Path, model: CLIPModel, processor: CLIPProcessor) -> None:
    """Save all that `from_pretrained` reads; the weights as float16, which are read as float32."""
    model.eval().save_pretrained(folder)
    weights = load_file(folder / "model.safetensors")
    small = {key: value.half() if value.is_floating_point() else value for key, value in weights.items()}
    save_file(small, folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "model.safetensors").chmod(0o644)
    processor.save_pretrained(folder)
    processor.image_processor.save_pretrained(folder)


if __name__ == "__main__":
    main()
