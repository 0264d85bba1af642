"""A text-generation model of transformers in this process: for small models, and without a server."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from dcikit.schema.errors import ModelError

from .request import Answer, Request, RequestError


class LocalModel:
    """Answers one question after another, so that an answer follows from its request and seed alone.

    Args:
        model: Hub id or folder; weights load from safetensors only.
        temperature: of the sampling; 0: the likeliest token each time.
        device: None: the GPU if there is one.
        revision: of a model on the Hub: a branch, tag or commit; None: the newest.

    Raises:
        ModelError: if it cannot be loaded.
    """

    _kind = "a text-generation model"

    def __init__(
        self, model: str, *, temperature: float = 0.7, device: str | None = None, revision: str | None = None
    ) -> None:
        import torch

        from dcikit.encoders.loading import Unloadable

        try:
            self.model = self._load(model, revision)
        except Unloadable as error:
            raise ModelError(
                f"`llm_model` must be {self._kind} of transformers with safetensors weights, got {model!r}: {error}"
            ) from None
        self.model.eval().to(device or ("cuda" if torch.cuda.is_available() else "cpu"))
        self.name = model
        self.temperature = temperature
        self._thread: ThreadPoolExecutor | None = None

    def _load(self, name: str, revision: str | None) -> Any:
        """The model; its tokenizer is kept."""
        import transformers

        from dcikit.encoders.loading import load_config, load_model, load_tokenizer

        self.tokenizer = load_tokenizer(name, revision)
        config = load_config(name, revision)
        return load_model(transformers.AutoModelForCausalLM, name, config, revision, torch_dtype="auto")

    @property
    def identity(self) -> dict[str, Any]:
        revision = getattr(self.model.config, "_commit_hash", None)
        return {"engine": "local", "model": self.name, "revision": revision, "temperature": self.temperature}

    async def answer(self, request: Request) -> Answer:
        """Raises RequestError if the question does not fit the model's context."""
        self._thread = self._thread or ThreadPoolExecutor(1)
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._generate, request)

    async def close(self) -> None:
        if self._thread is not None:
            self._thread.shutdown(cancel_futures=True)
            self._thread = None

    def _generate(self, request: Request) -> Answer:
        import torch

        inputs = self._inputs(request).to(self.model.device)
        context = getattr(self.model.config.get_text_config(), "max_position_embeddings", None)
        length = inputs["input_ids"].shape[1]
        if context is not None and length + 1 > context:
            message = f"{self.name} has a context of {context} tokens, the question has {length}"
            raise RequestError(message, "question longer than the model's context", retry=False)
        longest = request.max_tokens if context is None else min(request.max_tokens, context - length)
        sampling = {"do_sample": True, "temperature": self.temperature} if self.temperature else {"do_sample": False}
        torch.manual_seed(request.seed)
        with torch.inference_mode():
            output = self.model.generate(**inputs, max_new_tokens=longest, pad_token_id=self._pad_token(), **sampling)
        new = output[0, length:]
        ends = self.model.generation_config.eos_token_id
        stops = set(ends if isinstance(ends, list) else [ends])
        finished = bool(len(new)) and int(new[-1]) in stops
        return Answer(self.tokenizer.decode(new, skip_special_tokens=True), finished, int(output.shape[1]))

    def _inputs(self, request: Request) -> Any:
        """The question as the model takes it; in its chat format if it has one."""
        options = {"return_tensors": "pt", "return_token_type_ids": False, "verbose": False}
        if getattr(self.tokenizer, "chat_template", None):
            prompt = self.tokenizer.apply_chat_template(
                [{"role": "user", "content": request.prompt}], tokenize=False, add_generation_prompt=True
            )
            return self.tokenizer(prompt, add_special_tokens=False, **options)
        return self.tokenizer(request.prompt, **options)

    def _pad_token(self) -> int | None:
        pad = self.tokenizer.pad_token_id
        return self.tokenizer.eos_token_id if pad is None else pad
