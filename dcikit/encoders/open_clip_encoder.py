"""Models of the open_clip library, such as NegCLIP and DAC checkpoints."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from safetensors import safe_open
from torch import Tensor

from dcikit.schema.errors import ModelError, first_line

from .dual_encoder import DualEncoder
from .preprocessor import Pixels, Preprocessor, Tokens

PREFIX = "open_clip:"
"""How a model of open_clip is named: `open_clip:ARCHITECTURE/CHECKPOINT`, such as `open_clip:ViT-B-32/negclip.pt`."""


class OpenClipPreprocessor(Preprocessor):
    """open_clip's own transform and tokenizer, which pads and cuts at the context."""

    def pixels(self, image: Image.Image) -> Pixels:
        return {"pixel_values": self.image_processor(image)}

    def tokens(self, texts: Sequence[str]) -> tuple[list[Tokens], list[bool]]:
        cut = [tuple(row) for row in self.tokenizer(list(texts), context_length=self.context).tolist()]
        # With room for one token more than the context, a text that was not cut ends in padding.
        *whole, empty = self.tokenizer([*texts, ""], context_length=self.context + 1)[:, -1].tolist()
        return cut, [last != empty for last in whole]


class OpenClipEncoder(DualEncoder):
    """A CLIP of open_clip: `encode_image` and `encode_text`."""

    def embed_images(self, pixels: Sequence[Pixels]) -> Tensor:
        """Embeddings (B, D) of B crops."""
        return self.model.encode_image(self.image_inputs(pixels)["pixel_values"]).float().cpu()

    def embed_texts(self, tokens: Sequence[Tokens]) -> Tensor:
        """Embeddings (B, D) of B texts."""
        return self.model.encode_text(torch.tensor(tokens, device=self.device)).float().cpu()


def stretched_weights(checkpoint: Path, model: torch.nn.Module) -> list[str]:
    """Position embeddings that the file has in other shapes than the model, to which open_clip fits them by itself."""
    if checkpoint.suffix == ".safetensors":
        with safe_open(checkpoint, framework="pt") as file:
            names = file.keys()
            shapes = {key: tuple(file.get_slice(key).get_shape()) for key in names}
    else:
        found = torch.load(checkpoint, map_location="meta", weights_only=True)
        state = found.get("state_dict", found)
        shapes = {key.removeprefix("module."): tuple(value.shape) for key, value in state.items()}
    expected = {key: tuple(value.shape) for key, value in model.state_dict().items()}
    return [
        f"`{key}` {shapes[key]} (the architecture: {expected[key]})"
        for key in shapes.keys() & expected.keys()
        if key.endswith(("positional_embedding", "pos_embed")) and shapes[key] != expected[key]
    ]


def load_open_clip(name: str, device: Any = None, dtype: torch.dtype = torch.float32) -> OpenClipEncoder:
    """Loads `open_clip:ARCHITECTURE/CHECKPOINT`.

    Args:
        name: the checkpoint is a file (safetensors, or tensors that torch reads without unpickling code), or a name
            that open_clip knows for the architecture.

    Raises:
        ModelError: if open_clip is not installed, does not know the architecture or the checkpoint, or would fit the
            positions of a file to another image or context size.
    """
    try:
        import open_clip
    except ImportError:
        raise ModelError(f"`model` {name!r} needs open_clip: pip install 'dcikit[open-clip]'") from None
    architecture, _, checkpoint = name.removeprefix(PREFIX).partition("/")
    if architecture not in open_clip.list_models() or not checkpoint:
        raise ModelError(f"`model` must be {PREFIX}ARCHITECTURE/CHECKPOINT of open_clip, got {name!r}")
    try:
        model, _, transform = open_clip.create_model_and_transforms(
            architecture, pretrained=checkpoint, weights_only=True
        )
        stretched = stretched_weights(Path(checkpoint), model) if Path(checkpoint).is_file() else []
    except Exception as error:  # torch and safetensors raise whatever a damaged file makes them stumble over
        raise ModelError(f"`model` {name!r} cannot be loaded: {first_line(error)}") from None
    if stretched:
        raise ModelError(
            f"`model` {name!r}: {checkpoint} has {stretched[0]} of another size, which open_clip would stretch; "
            "name the architecture that the checkpoint was trained with"
        )
    tokenizer = open_clip.get_tokenizer(architecture)
    context = int(getattr(model, "context_length", tokenizer.context_length))
    size = model.visual.image_size
    encoder = OpenClipEncoder(
        model.to(device=device, dtype=dtype),
        OpenClipPreprocessor(transform, tokenizer, context),
        image_size=int(size if isinstance(size, int) else size[0]),
    )
    encoder.name = name
    return encoder
