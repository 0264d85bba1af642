"""A text encoder of transformers that never sees an image: texts -> vectors, for `tasks.scm.blind`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
import transformers
from torch import Tensor
from torch.nn.functional import normalize

from .preprocessor import Preprocessor


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
        ValueError: if the name is none of a text encoder that can be loaded.
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
            ValueError: if the model answers with NaN.
        """
        tokens, cut = self._preprocessor.tokens(texts) if texts else ([], [])
        distinct = sorted(set(tokens), key=lambda text: (len(text), text))  # alike in length they need little padding
        vectors = torch.empty(len(distinct), self._model.config.hidden_size)
        for start in range(0, len(distinct), self.batch_size):
            batch = distinct[start : start + self.batch_size]
            vectors[start : start + len(batch)] = self._forward(self._preprocessor.padded(batch))
        if not vectors.isfinite().all():
            raise ValueError(f"`encoder` {self.name} answers with NaN; name another one")
        place = {text: at for at, text in enumerate(distinct)}
        return vectors[[place[text] for text in tokens]], cut

    @torch.inference_mode()
    def _forward(self, inputs: dict[str, Tensor]) -> Tensor:
        inputs = {name: value.to(self._model.device) for name, value in inputs.items()}
        states = self._model(**inputs).last_hidden_state
        mask = inputs["attention_mask"][:, :, None]
        return normalize((states * mask).sum(1) / mask.sum(1), dim=1).cpu()


def _load(name: str) -> tuple[Any, Any]:
    """The model and its tokenizer; code of the repository is never run."""
    try:
        config = transformers.AutoConfig.from_pretrained(name, trust_remote_code=False)
        if config.is_encoder_decoder or not hasattr(config, "max_position_embeddings"):
            raise ValueError(f"a {config.model_type} model is no text encoder with a context of its own")
        tokenizer = transformers.AutoTokenizer.from_pretrained(name, trust_remote_code=False)
        if tokenizer.pad_token_id is None:
            raise ValueError("its tokenizer does not pad")
        model, info = transformers.AutoModel.from_pretrained(
            name, use_safetensors=True, trust_remote_code=False, output_loading_info=True
        )
        missing = [key for key in info["missing_keys"] if "pooler" not in key]  # mean pooling reads no pooler
        if missing:
            raise ValueError(f"it has no weights for {', '.join(sorted(missing)[:3])}")
    except (OSError, ValueError) as error:
        reason = str(error).strip().split("\n")[0]
        raise ValueError(f"`encoder` {name!r} is no text encoder that can be loaded: {reason}") from None
    return model, tokenizer
