"""A text encoder of transformers that never sees an image: texts -> vectors, for `tasks.scm.blind`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import torch
import transformers
from torch import Tensor
from torch.nn.functional import normalize

from dcikit.schema.errors import ArgumentError, ModelError

from .loading import Unloadable, check_tokenizer, load_config, load_model, load_tokenizer
from .preprocessor import Preprocessor

_UNREAD = re.compile(r"(^|\.)(position_ids|pooler\..*)$|^(cls|lm_head|vocab_\w+)\.")
"""What mean pooling does not read, and a checkpoint may have or not: poolers and the heads of masked words."""


class SentenceEncoder:
    """Embeds a text as the mean of its tokens' last hidden states, at length 1.

    Args:
        name: Hub id or folder, with safetensors weights.
        device: where it runs.
        batch_size: texts of one forward pass.

    Attributes:
        name, revision: what was loaded; the commit of a model from the Hub, None for a local one.
        context: tokens of a text that it reads, special ones included.

    Raises:
        ModelError: if the name is none of a text encoder that can be loaded.
    """

    def __init__(self, name: str, device: str | torch.device = "cpu", batch_size: int = 32) -> None:
        self.name = name
        self.batch_size = batch_size
        self._model, tokenizer = _load(name)
        self._model = self._model.float().eval().to(device)
        self.revision: str | None = getattr(self._model.config, "_commit_hash", None)
        self.context = int(min(tokenizer.model_max_length, self._model.config.max_position_embeddings))
        self._preprocessor = Preprocessor(None, tokenizer, self.context)

    @property
    def described(self) -> dict[str, Any]:
        """What a results file says of it."""
        return {"id": self.name, "revision": self.revision, "context_length": self.context}

    def embed(self, texts: Sequence[str]) -> tuple[Tensor, list[bool]]:
        """Vectors (texts, D), float32 on the CPU, and which of the texts were cut at the context.

        Raises:
            ModelError: if the model answers with NaN.
        """
        tokens, cut = self._preprocessor.tokens(texts) if texts else ([], [])
        distinct = sorted(set(tokens), key=lambda text: (len(text), text))  # alike in length they need little padding
        vectors = torch.empty(len(distinct), self._model.config.hidden_size)
        for start in range(0, len(distinct), self.batch_size):
            batch = distinct[start : start + self.batch_size]
            vectors[start : start + len(batch)] = self._forward(self._preprocessor.padded(batch))
        if not vectors.isfinite().all():
            raise ModelError(f"`encoder` {self.name} answers with NaN; name another one")
        place = {text: at for at, text in enumerate(distinct)}
        return vectors[[place[text] for text in tokens]], cut

    @torch.inference_mode()
    def _forward(self, inputs: dict[str, Tensor]) -> Tensor:
        inputs = {name: value.to(self._model.device) for name, value in inputs.items()}
        states = self._model(**inputs).last_hidden_state
        mask = inputs["attention_mask"][:, :, None]
        return normalize((states * mask).sum(1) / mask.sum(1), dim=1).cpu()


def _load(name: str) -> tuple[Any, Any]:
    """The model and its tokenizer."""
    if not name.strip():
        raise ArgumentError("`encoder` must be a Hub id or a folder, got nothing")
    try:
        config = load_config(name)
        if config.is_encoder_decoder or not hasattr(config, "max_position_embeddings"):
            raise Unloadable(f"a {config.model_type} model is no text encoder with a context of its own")
        tokenizer = load_tokenizer(name)
        check_tokenizer(tokenizer, config)
        return load_model(transformers.AutoModel, name, config, harmless=_UNREAD), tokenizer
    except Unloadable as error:
        raise ModelError(f"`encoder` {name!r} is no text encoder that can be loaded: {error}") from None
