"""A CLIP model of transformers: loading it, and its two towers."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
import transformers
from PIL import Image
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

TINY_CLIP = Path(__file__).parent / "tiny_clip"
"""The embedded demonstration model, trained on the sample."""

_SUPPORTED = "a CLIPModel of transformers, such as openai/clip-vit-base-patch32"


class ClipEncoder:
    """A CLIP model with its image processor and tokenizer.

    Args:
        model: a Hub id, a local folder, or a loaded `CLIPModel`.
        processor: its `CLIPProcessor`; None: the one beside the model.
        adapter: a PEFT folder or Hub id (LoRA), merged into the model, which must then be given by name.
        device: None: the loaded model's own; for a name, the GPU if there is one.
        dtype: name of a torch dtype; None: the loaded model's own; for a name, float32.

    Raises:
        ValueError: if the model is no CLIP, cannot be loaded, or has no safetensors weights.
    """

    def __init__(
        self,
        model: Any,
        processor: Any = None,
        adapter: str | None = None,
        device: str | torch.device | None = None,
        dtype: str | torch.dtype | None = None,
    ) -> None:
        self.name = model if isinstance(model, str) else model_name(model)
        self.adapter = adapter
        if isinstance(model, (str, Path)):
            model = load_model(str(model), adapter)
            device = device or ("cuda" if torch.cuda.is_available() else "cpu")
            dtype = dtype or "float32"
        elif not isinstance(model, transformers.CLIPModel):
            raise ValueError(f"`model` must be {_SUPPORTED}, got a {type(model).__name__}")
        elif adapter is not None:
            raise ValueError("`adapter` needs `model` as a name; apply it yourself to a loaded model")
        self.model = model.to(device=device, dtype=torch_dtype(dtype) if dtype else None)
        if processor is None:
            self.image_processor, self.tokenizer = load_processor(self.name)
        else:
            self.image_processor, self.tokenizer = processor.image_processor, processor.tokenizer
        self.context = int(model.config.text_config.max_position_embeddings)
        self.image_size = int(model.config.vision_config.image_size)

    @property
    def dtype(self) -> str:
        return str(self.model.dtype).removeprefix("torch.")

    @property
    def revision(self) -> str | None:
        """The commit of a model from the Hub, None for a local one."""
        return getattr(self.model.config, "_commit_hash", None)

    def weights_hash(self) -> str:
        """A hash of the weights as they are scored, adapter included."""
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

    def pixels(self, image: Image.Image) -> Tensor:
        """An RGB crop as the model sees it, (3, H, W)."""
        return self.image_processor(images=image, return_tensors="pt")["pixel_values"][0]

    def tokens(self, texts: Sequence[str]) -> tuple[list[tuple[int, ...]], list[bool]]:
        """Token ids of each text, cut at the model's context, and which of them were cut."""
        cut = self.tokenizer(list(texts), truncation=True, max_length=self.context)["input_ids"]
        # Only a text that fills the context can have been cut: those are tokenized again, whole.
        full = [index for index, ids in enumerate(cut) if len(ids) == self.context]
        whole = self.tokenizer([texts[index] for index in full], verbose=False)["input_ids"] if full else []
        truncated = {index for index, ids in zip(full, whole, strict=True) if len(ids) > self.context}
        return [tuple(ids) for ids in cut], [index in truncated for index in range(len(cut))]

    def embed_images(self, pixels: Sequence[Tensor]) -> Tensor:
        """Embeddings (B, D), float32 on the CPU, of B crops (3, H, W)."""
        batch = torch.stack(list(pixels)).to(self.model.device, self.model.dtype)
        return _features(self.model.get_image_features(pixel_values=batch))

    def embed_texts(self, tokens: Sequence[tuple[int, ...]]) -> Tensor:
        """Embeddings (B, D), float32 on the CPU, of B texts, padded to the longest of them."""
        ids = [torch.tensor(text) for text in tokens]
        mask = pad_sequence([torch.ones_like(text) for text in ids], batch_first=True)
        padded = pad_sequence(ids, batch_first=True, padding_value=self.tokenizer.pad_token_id)
        device = self.model.device
        return _features(self.model.get_text_features(input_ids=padded.to(device), attention_mask=mask.to(device)))


def _features(output: Any) -> Tensor:
    """transformers 5 wraps the projected features, 4 returns them."""
    return getattr(output, "pooler_output", output).float().cpu()


def model_name(model: Any) -> str:
    """The name or folder that a loaded model came from; empty if it was built in memory."""
    return str(getattr(getattr(model, "config", None), "_name_or_path", ""))


def torch_dtype(name: str | torch.dtype) -> torch.dtype:
    """The floating point type of a name.

    Raises:
        ValueError: if it is none of float32, float16, bfloat16, float64.
    """
    names = ("float32", "float16", "bfloat16", "float64")
    text = str(name).removeprefix("torch.")
    if text not in names:
        raise ValueError(f"`dtype` must be one of {', '.join(names)}, got {text}")
    return getattr(torch, text)


def load_model(name: str, adapter: str | None = None) -> transformers.CLIPModel:
    """Loads a CLIP model, safetensors only, and merges an adapter into it.

    Raises:
        ValueError: with the reason, if it cannot be loaded.
    """
    try:
        config = transformers.AutoConfig.from_pretrained(name)
    except (OSError, ValueError) as error:
        raise ValueError(
            f"`model` {name!r} is no folder of a model, nor one on the Hub: {_first_line(error)}"
        ) from None
    if config.model_type != "clip":
        raise ValueError(f"`model` must be {_SUPPORTED}; {name} is a {config.model_type} model")
    try:
        model = transformers.CLIPModel.from_pretrained(name, use_safetensors=True)
    except OSError as error:
        raise ValueError(
            f"`model` {name!r} has no safetensors weights that can be read: {_first_line(error)}"
        ) from None
    return _merge(model, adapter) if adapter is not None else model


def _merge(model: transformers.CLIPModel, adapter: str) -> transformers.CLIPModel:
    import peft

    weights = Path(adapter) / "adapter_model.safetensors"
    if Path(adapter).is_dir() and not weights.is_file():
        raise ValueError(
            f"`adapter` has no {weights}; pickled weights (adapter_model.bin) are not loaded, convert them with "
            "torch.load(..., weights_only=True) and safetensors.torch.save_file"
        )
    try:
        return peft.PeftModel.from_pretrained(model, adapter, use_safetensors=True).merge_and_unload()
    except (OSError, ValueError, RuntimeError) as error:
        raise ValueError(f"`adapter` {adapter!r} cannot be applied to the model: {_first_line(error)}") from None


def load_processor(name: str) -> tuple[Any, Any]:
    """The image processor and tokenizer beside a model.

    Always Pillow's: the published numbers are Pillow bicubic, and torchvision's resizing differs.
    """
    try:
        pillow = {"backend": "pil"} if int(transformers.__version__.split(".")[0]) >= 5 else {"use_fast": False}
        return (
            transformers.AutoImageProcessor.from_pretrained(name, **pillow),
            transformers.AutoTokenizer.from_pretrained(name),
        )
    except (OSError, ValueError) as error:
        raise ValueError(f"`processor` must be given, none can be loaded from {name!r}: {_first_line(error)}") from None


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n")[0]
