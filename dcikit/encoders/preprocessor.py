"""The part of a model that needs no weights: how it sees a crop and reads a text."""

from __future__ import annotations

import reprlib
from collections.abc import Sequence
from typing import Any

import torch
from PIL import Image
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from dcikit.schema.errors import ArgumentError

Pixels = dict[str, Tensor]
"""The inputs of an image tower for one crop, without the batch dimension."""

Tokens = tuple[int, ...]
"""Token ids of one text, cut at the model's context."""


class Preprocessor:
    """An image processor and a tokenizer; light enough to be sent to worker processes.

    Args:
        image_processor, tokenizer: as transformers has them.
        context: tokens of a text that the model reads, special ones included.
        pad_to_context: whether texts must be padded to the context, not to the longest of a batch.

    Attributes:
        patch_size: pixels of a side of a patch as the model sees it; None: nobody reads its patches.
    """

    patch_size: int | None = None

    def __init__(self, image_processor: Any, tokenizer: Any, context: int, pad_to_context: bool = False) -> None:
        self.image_processor = image_processor
        self.tokenizer = tokenizer
        self.context = context
        self.pad_to_context = pad_to_context

    def pixels(self, image: Image.Image) -> Pixels:
        """An RGB crop as the model sees it."""
        inputs = self.image_processor(images=image, return_tensors="pt")
        return {name: value[0] for name, value in inputs.items() if name.startswith(("pixel", "spatial"))}

    def grid(self, pixels: Pixels) -> tuple[int, int]:
        """Rows and columns of the patches of a crop.

        Raises:
            ArgumentError: if the model is not read by patches.
        """
        if self.patch_size is None:
            raise ArgumentError("`encoder` must answer with patches where a mask is asked for; see `patch_encoder`")
        if "spatial_shapes" in pixels:
            rows, columns = pixels["spatial_shapes"].tolist()
            return rows, columns
        height, width = pixels["pixel_values"].shape[-2:]
        return height // self.patch_size, width // self.patch_size

    def tokens(self, texts: Sequence[str]) -> tuple[list[Tokens], list[bool]]:
        """Token ids of each text, cut at the model's context, and which of them were cut.

        Raises:
            ArgumentError: if one of them is no text.
        """
        if isinstance(texts, str) or not all(isinstance(text, str) for text in texts):
            raise ArgumentError(f"`texts` must be a list of strings, got {reprlib.repr(texts)}")
        cut = self.tokenizer(list(texts), truncation=True, max_length=self.context)["input_ids"]
        # Only a text that fills the context can have been cut: those are tokenized again, whole.
        full = [index for index, ids in enumerate(cut) if len(ids) == self.context]
        whole = self.tokenizer([texts[index] for index in full], verbose=False)["input_ids"] if full else []
        truncated = {index for index, ids in zip(full, whole, strict=True) if len(ids) > self.context}
        return [tuple(ids) for ids in cut], [index in truncated for index in range(len(cut))]

    def padded(self, tokens: Sequence[Tokens]) -> dict[str, Tensor]:
        """A batch of texts: `input_ids` and, where the model reads one, `attention_mask`, (texts, longest)."""
        ids = [torch.tensor(text) for text in tokens]
        pad = self.tokenizer.pad_token_id
        if self.pad_to_context:
            ids.append(torch.full((self.context,), pad))
            return {"input_ids": pad_sequence(ids, batch_first=True, padding_value=pad)[:-1]}
        mask = [torch.ones_like(text) for text in ids]
        return {
            "input_ids": pad_sequence(ids, batch_first=True, padding_value=pad),
            "attention_mask": pad_sequence(mask, batch_first=True),
        }
