"""Loads a model by its name, or takes a loaded one, ready to be scored."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path
from typing import Any

import torch
import transformers

from dcikit.schema.errors import ArgumentError, ModelError

from .device import available_device
from .encoder import Encoder
from .families import FAMILIES
from .loading import (
    Unloadable,
    Unreachable,
    check_tokenizer,
    load_config,
    load_image_processor,
    load_model,
    load_tokenizer,
    merge_adapter,
)
from .open_clip_encoder import PREFIX, load_open_clip
from .preprocessor import Preprocessor

TINY_CLIP = Path(__file__).parent / "tiny_clip"
"""The embedded demonstration model, trained on the sample."""


_TRANSFORMERS = int(transformers.__version__.split(".")[0])


def load_encoder(
    model: Any,
    processor: Any = None,
    adapter: str | None = None,
    device: str | torch.device | None = None,
    dtype: str | torch.dtype | None = None,
    revision: str | None = None,
) -> Encoder:
    """A model, ready to be scored.

    Args:
        model: a Hub id, a local folder, a loaded model of one of `FAMILIES`, or `open_clip:ARCHITECTURE/CHECKPOINT`.
        processor: its processor, with `image_processor` and `tokenizer`; None: the one beside the model.
        adapter: a PEFT folder or Hub id (LoRA), merged into the model, which must then be given by name.
        device: None: the loaded model's own; for a name, the GPU if there is one.
        dtype: name of a torch dtype; None: the loaded model's own; for a name, float32.
        revision: of a model on the Hub: a branch, tag or commit; None: the newest.

    Raises:
        ArgumentError: if an argument is empty, or they cannot go together.
        ModelError: if the model is of no supported family, cannot be loaded whole from its safetensors weights, or
            its tokenizer or adapter is another model's.
    """
    for argument, value in (("model", model), ("adapter", adapter)):
        if isinstance(value, str) and not value.strip():
            raise ArgumentError(f"`{argument}` must be a Hub id or a folder, got {value!r} (an unset variable?)")
    if isinstance(model, (str, Path)) and str(model).startswith(PREFIX):
        if processor is not None or adapter is not None:
            raise ArgumentError(f"`processor` and `adapter` are for models of transformers, not for {model}")
        return load_open_clip(str(model), available_device(device), torch_dtype(dtype or "float32"))
    if isinstance(model, (str, Path)):
        name = str(model)
        device = available_device(device)
        module = _load_model(name, adapter, revision)
        dtype = dtype or "float32"
    else:
        if adapter is not None:
            raise ArgumentError("`adapter` needs `model` as a name; apply it yourself to a loaded model")
        name = str(getattr(getattr(model, "config", None), "_name_or_path", ""))
        device = available_device(device) if device is not None else None
        module = model.get_base_model() if hasattr(model, "get_base_model") else model  # a PEFT model
    family = FAMILIES.get(type(module).__name__)
    if family is None:
        raise ModelError(f"`model` must be one of {_supported()}; got a {type(module).__name__}")
    if family.since > _TRANSFORMERS:
        raise ModelError(
            f"`model` {type(module).__name__} needs transformers {family.since}, got {transformers.__version__}"
        )
    image_processor, tokenizer = _processor(name, revision) if processor is None else _parts(processor)
    read = module.config.text_config
    try:
        check_tokenizer(tokenizer, read, counts_from_padding=family.first_position > 0, given=processor is not None)
    except Unloadable as error:
        raise ModelError(f"`processor` does not fit the model {name!r}: {error}") from None
    context = int(read.max_position_embeddings) - family.first_position
    encoder = family.encoder(
        module.to(device=device, dtype=torch_dtype(dtype) if dtype else None),
        Preprocessor(image_processor, tokenizer, context, family.pad_to_context),
        image_size=_image_size(module.config),
    )
    encoder.name, encoder.adapter = name, adapter
    return encoder


def torch_dtype(name: str | torch.dtype) -> torch.dtype:
    """The floating point type of a name.

    Raises:
        ArgumentError: if it is none of float32, float16, bfloat16, float64.
    """
    names = ("float32", "float16", "bfloat16", "float64")
    text = str(name).removeprefix("torch.")
    if text not in names:
        likely = get_close_matches(text, names, n=1, cutoff=0.5)
        hint = f"; did you mean {likely[0]}?" if likely else ""
        raise ArgumentError(f"`dtype` must be one of {', '.join(names)}, got {text}{hint}")
    return getattr(torch, text)


def _supported() -> str:
    return ", ".join([*FAMILIES, f"{PREFIX}ARCHITECTURE/CHECKPOINT"])


def _image_size(config: Any) -> int | None:
    vision = getattr(config, "vision_config", None) or config.image_config
    size = getattr(vision, "image_size", None)
    return int(size) if size is not None else None


def _load_model(name: str, adapter: str | None, revision: str | None) -> Any:
    try:
        config = load_config(name, revision)
    except Unreachable as error:
        raise ModelError(f"`model` {name!r} {error}") from None
    except Unloadable as error:
        raise ModelError(f"`model` {name!r} is no folder of a model, nor one on the Hub: {error}") from None
    written = config.architectures or []
    known = [known for known, family in FAMILIES.items() if family.model_type == config.model_type]
    if not known:
        raise ModelError(f"`model` must be one of {_supported()}; {name} is a {config.model_type} model")
    # Of two classes for one type, the config says which.
    model_class = next((each for each in known if each in written), known[0])
    if not hasattr(transformers, model_class):
        raise ModelError(f"`model` {name!r} is a {model_class}, which transformers {transformers.__version__} lacks")
    try:
        model = load_model(getattr(transformers, model_class), name, config, revision)
    except Unloadable as error:
        raise ModelError(f"`model` {name!r} has no safetensors weights that can be used: {error}") from None
    try:
        return model if adapter is None else merge_adapter(model, adapter)
    except Unloadable as error:
        raise ModelError(f"`adapter` {adapter!r} cannot be applied to {name!r}: {error}") from None


def _processor(name: str, revision: str | None) -> tuple[Any, Any]:
    """The image processor and tokenizer beside a model.

    Always Pillow's: the published numbers are Pillow bicubic, and torchvision's resizing differs.
    """
    try:
        pillow = {"backend": "pil"} if _TRANSFORMERS >= 5 else {"use_fast": False}
        return load_image_processor(name, revision, **pillow), load_tokenizer(name, revision)
    except Unloadable as error:
        raise ModelError(f"`processor` must be given, none can be loaded from {name!r}: {error}") from None


def _parts(processor: Any) -> tuple[Any, Any]:
    try:
        return processor.image_processor, processor.tokenizer
    except AttributeError:
        raise ArgumentError(
            f"`processor` must have an image_processor and a tokenizer, got a {type(processor).__name__}"
        ) from None
