"""Features of patches, compared with each family's own parts and with the papers' formulas, written out slowly."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from support.tiny_families import build, image_processor_of, tokenizer_of
from transformers import CLIPImageProcessor

from dcikit.encoders.models import load_encoder
from dcikit.encoders.patch_encoder import PatchEncoder, patch_encoder
from dcikit.schema.errors import ArgumentError, ModelError

PHOTO = Image.fromarray(np.random.default_rng(0).integers(0, 256, (50, 50, 3), dtype=np.uint8))


def encoder_of(name: str, processor: Any, method: str = "last_block") -> PatchEncoder:
    parts = {"image_processor": image_processor_of(name), "tokenizer": tokenizer_of(name, processor.tokenizer)}
    return patch_encoder(load_encoder(build(name, processor.tokenizer), type("Processor", (), parts)), method)


def features(encoder: PatchEncoder) -> torch.Tensor:
    with encoder.inference():
        return encoder.embed_images([encoder.pixels(PHOTO)])[0].flatten(0, 1)


@torch.inference_mode()
def slow_tokens(encoder: PatchEncoder, method: str) -> torch.Tensor:
    """(16, D): what the last block makes of the patches, token by token and head by head."""
    tower, pixels = encoder.model.vision_model, encoder.image_inputs([encoder.pixels(PHOTO)])
    block = tower.encoder.layers[-1]
    seen: list[torch.Tensor] = []
    hook = block.layer_norm1.register_forward_pre_hook(lambda module, args: seen.append(args[0][0].clone()))
    encoder.model.get_image_features(**pixels)
    hook.remove()
    [before] = seen
    normed, attention = block.layer_norm1(before), block.self_attn
    q, k, v = (project(normed) for project in (attention.q_proj, attention.k_proj, attention.v_proj))
    count, width = before.shape
    size = width // attention.num_heads
    mixed = torch.zeros_like(before)
    for start in range(0, width, size):
        head = slice(start, start + size)
        for token in range(count):
            if method == "maskclip":
                weights = torch.eye(count)[token]
            elif method == "sclip":
                weights = sum((x[:, head] @ x[token, head] / size**0.5).softmax(0) for x in (q, k))
            else:
                scores = k[:, head] @ k[token, head] / size**0.5
                first = count - 16  # a class token has no neighbours
                for other in range(first, count) if token >= first else ():
                    (y, x), (b, a) = divmod(token - first, 4), divmod(other - first, 4)
                    scores[other] += np.exp(-((y - b) ** 2 + (x - a) ** 2) / (2 * 5.0**2))
                weights = scores.softmax(0)
            mixed[token, head] = weights @ v[:, head]
    tokens = attention.out_proj(mixed)
    if method != "naclip":
        tokens = before + tokens
        tokens = tokens + block.mlp(block.layer_norm2(tokens))
    return tokens[-16:]


@torch.inference_mode()
def projected(encoder: PatchEncoder, tokens: torch.Tensor) -> torch.Tensor:
    """Each token as the model treats the one that it makes its embedding of."""
    tower = encoder.model.vision_model
    normed = tower.post_layernorm(tokens)
    if hasattr(encoder.model, "visual_projection"):
        return encoder.model.visual_projection(normed)
    return torch.cat([tower.head(each[None, None]) for each in normed])


@pytest.mark.parametrize("method", ["maskclip", "sclip", "naclip"])
@pytest.mark.parametrize("name", ["CLIPModel", "SiglipModel", "Siglip2Model"])
def test_methods_equal_their_formulas(name: str, method: str, processor: Any) -> None:
    encoder = encoder_of(name, processor, method)
    expected = projected(encoder, slow_tokens(encoder, method))
    torch.testing.assert_close(features(encoder), expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", ["CLIPModel", "MetaClip2Model", "AltCLIPModel"])
def test_the_last_block_as_it_is(name: str, processor: Any) -> None:
    encoder = encoder_of(name, processor)
    with torch.inference_mode():
        states = encoder.model.vision_model(**encoder.image_inputs([encoder.pixels(PHOTO)])).last_hidden_state
    torch.testing.assert_close(features(encoder), projected(encoder, states[0, 1:]))


@pytest.mark.parametrize("name", ["SiglipModel", "Siglip2Model"])
def test_the_last_block_of_siglip(name: str, processor: Any) -> None:
    """Its towers give their tokens normed."""
    encoder = encoder_of(name, processor)
    with torch.inference_mode():
        outputs = encoder.model.get_image_features(**encoder.image_inputs([encoder.pixels(PHOTO)]))
        if isinstance(outputs, torch.Tensor):  # transformers 4
            pytest.skip("transformers 4 does not show the tokens")
        expected = torch.cat(
            [encoder.model.vision_model.head(each[None, None]) for each in outputs.last_hidden_state[0]]
        )
    torch.testing.assert_close(features(encoder), expected, rtol=1e-4, atol=1e-4)


def test_the_grid_is_that_of_the_pixels(processor: Any) -> None:
    """A patch that is painted over changes its own place of a map most, whatever the family."""
    for name in ("CLIPModel", "Siglip2Model"):
        encoder = encoder_of(name, processor, "maskclip")
        painted = PHOTO.resize((32, 32)).copy()
        plain = painted.copy()
        painted.paste((255, 0, 0), (8, 16, 16, 24))  # row 2, column 1
        with encoder.inference():
            before, after = encoder.embed_images([encoder.pixels(each) for each in (plain, painted)])
        assert before.shape[:2] == (4, 4)
        assert divmod(int((after - before).norm(dim=-1).argmax()), 4) == (2, 1), name


def test_what_is_refused(processor: Any) -> None:
    with pytest.raises(
        ArgumentError, match="`patch_method` must be one of last_block, maskclip, sclip, naclip, got 'x'"
    ):
        encoder_of("CLIPModel", processor, "x")
    images = CLIPImageProcessor(size={"shortest_edge": 40}, crop_size={"height": 32, "width": 32})
    parts = type("Processor", (), {"image_processor": images, "tokenizer": processor.tokenizer})
    encoder = load_encoder(build("CLIPModel", processor.tokenizer), parts)
    with pytest.raises(ModelError, match="scales to 40x40 and cuts out 32x32; set its `size` to its `crop_size`"):
        patch_encoder(encoder)
