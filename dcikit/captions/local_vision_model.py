"""A vision-language model of transformers in this process."""

from __future__ import annotations

import io
from typing import Any

from PIL import Image

from .local_model import LocalModel
from .request import Request


class LocalVisionModel(LocalModel):
    """As `LocalModel`, of requests with or without an image."""

    _kind = "an image-text-to-text model"

    def _load(self, name: str, revision: str | None) -> Any:
        import transformers

        from dcikit.encoders.loading import load_config, load_model, load_processor

        self.processor = load_processor(name, revision)
        self.tokenizer = self.processor.tokenizer
        config = load_config(name, revision)
        return load_model(transformers.AutoModelForImageTextToText, name, config, revision, torch_dtype="auto")

    def _inputs(self, request: Request) -> Any:
        photos = [_photo(request.image)] if request.image else []
        if getattr(self.processor, "chat_template", None):
            content = [*({"type": "image"} for _ in photos), {"type": "text", "text": request.prompt}]
            prompt = self.processor.apply_chat_template(
                [{"role": "user", "content": content}], tokenize=False, add_generation_prompt=True
            )
        else:
            prompt = "\n".join([*(getattr(self.processor, "image_token", "") for _ in photos), request.prompt])
        return self.processor(images=photos or None, text=[prompt], return_tensors="pt").to(self.model.dtype)


def _photo(data: bytes) -> Image.Image:
    with Image.open(io.BytesIO(data), formats=("JPEG",)) as image:  # of our own making
        return image.convert("RGB")
