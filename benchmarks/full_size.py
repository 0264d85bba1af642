"""A drawn release of full-size photos, with as many regions and as long texts as sDCI has."""

from __future__ import annotations

import base64
import io
import json
import random
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFilter

SIZE = (2250, 1500)
MASKS = 10
# One token each, of CLIP's tokenizer and of the tiny CLIP's.
WORDS = "a red house with blue door on its left side and green mug the yellow flag above purple wagon white".split()


def write_full_size(folder: Path, images: int, seed: int = 0) -> None:
    """Writes `images` photos of 2250x1500 px, all in split test, each with 10 subcrops; 8 captions an entry.

    The first caption has 40 to 60 words, as those of sDCI that fill CLIP's context; the others have 10 to 40. A
    negative is as long as the first caption, give or take 10 words.
    """
    names = []
    for part in ("annotations", "complete", "photos"):
        (folder / part).mkdir(parents=True)
    for number in range(1, images + 1):
        source = random.Random(f"{seed}-{number}")
        name = f"{number}-data.json"
        names.append(name)
        photo(source).save(folder / "photos" / f"sa_{number}.jpg", quality=92)
        doc = _document(source, f"sa_{number}.jpg")
        (folder / "annotations" / name).write_text(json.dumps(doc))
        (folder / "complete" / name).write_text(json.dumps(doc))
    (folder / "splits.json").write_text(json.dumps({"train": [], "valid": [], "test": names}))


def photo(source: random.Random) -> Image.Image:
    noise = Image.frombytes("RGB", (450, 300), source.randbytes(450 * 300 * 3))
    photo = noise.resize(SIZE, Image.Resampling.BICUBIC).filter(ImageFilter.GaussianBlur(2))
    draw = ImageDraw.Draw(photo)
    for _ in range(60):
        x, y = source.randrange(SIZE[0]), source.randrange(SIZE[1])
        corner = (x + source.randrange(20, 500), y + source.randrange(20, 500))
        draw.rectangle(((x, y), corner), fill=tuple(source.randbytes(3)))
    return photo


def _text(source: random.Random, low: int, high: int) -> str:
    return " ".join(source.choice(WORDS) for _ in range(source.randint(low, high)))


def _document(source: random.Random, file_name: str) -> dict[str, Any]:
    masks = {str(idx): _mask(source, idx) for idx in range(MASKS)}
    keys = ["base", *(f"m-{idx}-sc" for idx in range(MASKS))]
    summaries = {key: [_text(source, 40, 60), *(_text(source, 10, 40) for _ in range(7))] for key in keys}
    negatives = {}
    for key, captions in summaries.items():
        words = len(captions[0].split())
        count = 3 if key == "base" else 1
        negatives[key] = {
            kind: [_text(source, words - 10, words + 10) for _ in range(count)] for kind in ("basic", "layout", "swaps")
        }
    scores = {
        key: {f"{kind}_{i}": source.uniform(20, 30) for kind, texts in kinds.items() for i in range(len(texts))}
        for key, kinds in negatives.items()
    }
    return {
        "image": file_name,
        "short_caption": _text(source, 10, 20),
        "extra_caption": _text(source, 100, 200),
        "width": SIZE[0],
        "height": SIZE[1],
        "mask_data": masks,
        "mask_keys": list(masks),
        "summaries": summaries,
        "negatives": negatives,
        "clip_scores": scores,
    }


def _mask(source: random.Random, idx: int) -> dict[str, Any]:
    width, height = source.randint(224, 1200), source.randint(224, 900)
    x, y = source.randint(0, SIZE[0] - width), source.randint(0, SIZE[1] - height)
    mask = Image.new("1", SIZE)
    mask.paste(1, (x, y, x + width, y + height))
    buffer = io.BytesIO()
    mask.save(buffer, "PNG")
    return {
        "outer_mask": base64.b64encode(buffer.getvalue()).decode(),
        "area": width * height,
        "bounds": {"topLeft": {"x": x, "y": y}, "bottomRight": {"x": x + width, "y": y + height}},
        "idx": idx,
        "parent": -1,
        "requirements": [],
        "label": "thing",
        "caption": _text(source, 30, 60),
        "mask_quality": 0,
    }
