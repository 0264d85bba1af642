"""What every model can do here: see a crop, read a text, say what it is."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import torch
from PIL import Image
from torch import Tensor

from .preprocessor import Pixels, Preprocessor, Tokens


class Encoder(ABC):
    """A model with its preprocessor.

    Args:
        model: the module.
        preprocessor: how it sees crops and reads texts.
        image_size: pixels of a side of the image that it sees; None if that varies.

    Attributes:
        name, adapter: what the model was loaded from, for reports.
        patch_method: how it finds features of patches; None: it has none.
    """

    name = ""
    adapter: str | None = None
    patch_method: str | None = None

    def __init__(self, model: Any, preprocessor: Preprocessor, *, image_size: int | None) -> None:
        self.model = model
        self.preprocessor = preprocessor
        self.context = preprocessor.context
        self.image_size = image_size

    @abstractmethod
    def embed_images(self, pixels: Sequence[Pixels]) -> Tensor:
        """What is kept of B crops, float32 on the CPU, one row a crop."""

    @abstractmethod
    def embed_texts(self, tokens: Sequence[Tokens]) -> Tensor:
        """What is kept of B texts, float32 on the CPU, one row a text."""

    @property
    def device(self) -> torch.device:
        return next(self.model.parameters()).device

    @property
    def dtype(self) -> str:
        return str(next(self.model.parameters()).dtype).removeprefix("torch.")

    @property
    def revision(self) -> str | None:
        """The commit of a model from the Hub, None for a local one."""
        return getattr(getattr(self.model, "config", None), "_commit_hash", None)

    @cached_property
    def weights_hash(self) -> str:
        """A hash of the weights as they were when it was first asked for, adapter included."""
        digest = hashlib.sha256()
        for name, tensor in sorted(self.model.state_dict().items()):
            digest.update(name.encode())
            digest.update(tensor.detach().cpu().reshape(-1).view(torch.uint8).numpy().tobytes())
        return digest.hexdigest()

    @contextmanager
    def inference(self) -> Iterator[None]:
        """Evaluation mode without gradients; a model that was in training is put back."""
        training = self.model.training
        self.model.eval()
        try:
            with torch.inference_mode():
                yield
        finally:
            self.model.train(training)

    def pixels(self, image: Image.Image) -> Pixels:
        """An RGB crop as the model sees it."""
        return self.preprocessor.pixels(image)

    def tokens(self, texts: Sequence[str]) -> tuple[list[Tokens], list[bool]]:
        """Token ids of each text, cut at the model's context, and which of them were cut."""
        return self.preprocessor.tokens(texts)

    def image_inputs(self, pixels: Sequence[Pixels]) -> dict[str, Tensor]:
        """A batch of crops, on the model's device."""
        batch = {name: torch.stack([each[name] for each in pixels]) for name in pixels[0]}
        dtype = next(self.model.parameters()).dtype
        return {
            name: value.to(self.device, dtype if value.is_floating_point() else None) for name, value in batch.items()
        }

    def text_inputs(self, tokens: Sequence[Tokens]) -> dict[str, Tensor]:
        """A batch of texts, padded, on the model's device."""
        return {name: value.to(self.device) for name, value in self.preprocessor.padded(tokens).items()}
