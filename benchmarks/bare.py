"""What the ratios of this folder are measured against: a model's forward passes, and nothing else."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import torch
from transformers import CLIPConfig, CLIPModel, CLIPProcessor

from dcikit.encoders.encoder import Encoder
from dcikit.encoders.models import TINY_CLIP
from dcikit.engine.items import Item

BATCH = 32


def vit_b_32() -> tuple[CLIPModel, CLIPProcessor]:
    """ViT-B/32's shape; the tokenizer is the tiny CLIP's, whose ids are below the real one's."""
    processor = CLIPProcessor.from_pretrained(TINY_CLIP)
    processor.image_processor.size = {"shortest_edge": 224}
    processor.image_processor.crop_size = {"height": 224, "width": 224}
    config = CLIPConfig()
    config.text_config.eos_token_id = processor.tokenizer.eos_token_id
    torch.manual_seed(0)
    return CLIPModel(config).eval(), processor


def bare_forwards(pixels: Sequence[Any], items: Iterable[Item], encoder: Encoder) -> Callable[[], None]:
    """The model alone, on pixels and the items' distinct texts, all prepared; texts of like length in a batch."""
    texts = sorted({tokens for item in items for tokens in encoder.tokens(list(item.texts.values()))[0]}, key=len)

    def run() -> None:
        with encoder.inference():
            for start in range(0, len(pixels), BATCH):
                encoder.embed_images(pixels[start : start + BATCH])
            for start in range(0, len(texts), BATCH):
                encoder.embed_texts(texts[start : start + BATCH])

    return run


def seconds(run: Callable[[], Any]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start
