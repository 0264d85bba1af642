"""A vision-language model of transformers in this process."""

from __future__ import annotations

import io
from typing import Any

from PIL import Image

from .local_model import LocalModel
from .request import Request


class LocalVisionModel(LocalModel):
    """As `LocalModel`, of requests with an image."""

    _kind = "an image-text-to-text model"

    def _load(self, name: str, revision: str | None) -> Any:
        import transformers

        from dcikit.encoders.loading import load_config, load_model, load_processor

        self.processor = load_processor(name, revision)
        self.tokenizer = self.processor.tokenizer
        config = load_config(name, revision)
        return load_model(transformers.AutoModelForImageTextToText, name, config, revision, torch_dtype="auto")

    def _inputs(self, request: Request) -> Any:
        with Image.open(io.BytesIO(request.image), formats=("JPEG",)) as image:  # of our own making
            photo = image.convert("RGB")
        if getattr(self.processor, "chat_template", None):
            content = [{"type": "image"}, {"type": "text", "text": request.prompt}]
            prompt = self.processor.apply_chat_template(
                [{"role": "user", "content": content}], tokenize=False, add_generation_prompt=True
            )
        else:
            prompt = f"{getattr(self.processor, 'image_token', '')}\n{request.prompt}".lstrip()
        inputs = self.processor(images=[photo], text=[prompt], return_tensors="pt")
        return inputs.to(self.model.dtype)
