"""Encoded items, or embeddings that somebody else computed -> crops, texts, and which belong together."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from dcikit.encoders.preprocessor import Tokens
from dcikit.engine.encodings import given_embeddings
from dcikit.engine.items import EncodedItem
from dcikit.schema.regions import BASE

from ..sdci_items import CAPTION


class EmbeddedPairs:
    """Collects crops and texts, as embeddings, in order.

    Attributes:
        keys: (image_id, key) of each region; unique.
        image_of: the index of each text's crop.
        truncated: texts that were cut at the model's context.
    """

    def __init__(self) -> None:
        self.keys: list[tuple[str, str]] = []
        self.image_of: list[int] = []
        self.truncated = 0
        self._seen: set[tuple[str, str]] = set()
        self._images: list[Tensor] = []
        self._texts: list[Tensor] = []
        self._index: dict[bytes, int] = {}

    def add_encoded(self, encoded: EncodedItem) -> None:
        """Takes a crop with its one text.

        Raises:
            ValueError: if it comes twice.
        """
        item, encoding = encoded.item, encoded.encoding
        # A text that comes again in another window may differ in its last bits: the first one counts, for ties.
        index = self._index.setdefault(_read(encoded.tokens[CAPTION]), len(self._texts))
        text = self._texts[index] if index < len(self._texts) else encoding.texts[CAPTION]
        self.add(item.image_id, item.key, encoding.image, text[None])
        self.truncated += len(encoded.truncated)

    def add(self, image_id: Any, key: Any, image: Tensor, texts: Tensor) -> None:
        """Takes a crop (D,) with its texts (n, D).

        Raises:
            ValueError: if it comes twice, a shape is wrong, or a number is none.
        """
        where = f"image {image_id} region {key}"
        widths = {len(each) for each in self._images[:1]} | {image.shape[-1], texts.shape[-1]}
        if image.ndim != 1 or texts.ndim != 2 or not len(texts) or len(widths) > 1:
            raise ValueError(
                f"{where} must have an image embedding (D,) and text embeddings (texts, D), of one D, "
                f"got {tuple(image.shape)} and {tuple(texts.shape)}"
            )
        if not (torch.isfinite(image).all() and torch.isfinite(texts).all()):
            raise ValueError(f"the embeddings of {where} hold NaN or infinity; try the model in float32")
        identity = (str(image_id), str(key))
        if identity in self._seen:
            raise ValueError(f"{where} comes twice; give it once, with all its texts")
        self._seen.add(identity)
        self.image_of += [len(self.keys)] * len(texts)
        self.keys.append(identity)
        self._images.append(image)
        self._texts += texts

    def tensors(self) -> tuple[Tensor, Tensor, Tensor]:
        """Crops (N, D), texts (M, D) and the index of each text's crop (M,)."""
        return torch.stack(self._images), torch.stack(self._texts), torch.tensor(self.image_of)

    def text_keys(self) -> Iterator[tuple[str, str]]:
        """(image_id, key) of each text's region."""
        return (self.keys[place] for place in self.image_of)


def add_precomputed(pairs: EmbeddedPairs, image_id: Any, image_embeds: Any, text_embeds: Any, key: Any = BASE) -> None:
    """Adds a crop from the arguments of `dci_retrieval`'s `add`."""
    where = f"image {image_id} region {key}"
    image = given_embeddings(image_embeds, "image_embeds", where)
    texts = given_embeddings(text_embeds, "text_embeds", where)
    pairs.add(image_id, key, image, texts[None] if texts.ndim == 1 else texts)


def _read(tokens: Tokens) -> bytes:
    """What the model reads of a text, shorter than the ids themselves, for all texts are remembered."""
    return hashlib.blake2b(repr(tokens).encode(), digest_size=16).digest()
