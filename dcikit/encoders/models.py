"""Loads a model by its name, or takes a loaded one, ready to be scored."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
import transformers

from .device import available_device
from .encoder import Encoder
from .families import FAMILIES
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
        ValueError: if the model is of no supported family, cannot be loaded, or has no safetensors weights.
    """
    if isinstance(model, (str, Path)) and str(model).startswith(PREFIX):
        if processor is not None or adapter is not None:
            raise ValueError(f"`processor` and `adapter` are for models of transformers, not for {model}")
        return load_open_clip(str(model), available_device(device), torch_dtype(dtype or "float32"))
    if isinstance(model, (str, Path)):
        name = str(model)
        device = available_device(device)
        module = _load_model(name, adapter, revision)
        dtype = dtype or "float32"
    else:
        if adapter is not None:
            raise ValueError("`adapter` needs `model` as a name; apply it yourself to a loaded model")
        name = str(getattr(getattr(model, "config", None), "_name_or_path", ""))
        device = available_device(device) if device is not None else None
        module = model.get_base_model() if hasattr(model, "get_base_model") else model  # a PEFT model
    family = FAMILIES.get(type(module).__name__)
    if family is None:
        raise ValueError(f"`model` must be one of {_supported()}; got a {type(module).__name__}")
    if family.since > _TRANSFORMERS:
        raise ValueError(
            f"`model` {type(module).__name__} needs transformers {family.since}, got {transformers.__version__}"
        )
    image_processor, tokenizer = _processor(name, revision) if processor is None else _parts(processor)
    context = int(module.config.text_config.max_position_embeddings) - family.first_position
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
        ValueError: if it is none of float32, float16, bfloat16, float64.
    """
    names = ("float32", "float16", "bfloat16", "float64")
    text = str(name).removeprefix("torch.")
    if text not in names:
        raise ValueError(f"`dtype` must be one of {', '.join(names)}, got {text}")
    return getattr(torch, text)


def _supported() -> str:
    return ", ".join([*FAMILIES, f"{PREFIX}ARCHITECTURE/CHECKPOINT"])


def _image_size(config: Any) -> int | None:
    vision = getattr(config, "vision_config", None) or config.image_config
    size = getattr(vision, "image_size", None)
    return int(size) if size is not None else None


def _load_model(name: str, adapter: str | None, revision: str | None) -> Any:
    try:
        config = transformers.AutoConfig.from_pretrained(name, revision=revision)
    except (OSError, ValueError) as error:
        raise ValueError(
            f"`model` {name!r} is no folder of a model, nor one on the Hub: {_first_line(error)}"
        ) from None
    written = config.architectures or []
    known = [known for known, family in FAMILIES.items() if family.model_type == config.model_type]
    if not known:
        raise ValueError(f"`model` must be one of {_supported()}; {name} is a {config.model_type} model")
    # Of two classes for one type, the config says which.
    model_class = next((each for each in known if each in written), known[0])
    if not hasattr(transformers, model_class):
        raise ValueError(f"`model` {name!r} is a {model_class}, which transformers {transformers.__version__} lacks")
    try:
        model = getattr(transformers, model_class).from_pretrained(name, use_safetensors=True, revision=revision)
    except OSError as error:
        raise ValueError(
            f"`model` {name!r} has no safetensors weights that can be read: {_first_line(error)}"
        ) from None
    return _merge(model, adapter) if adapter is not None else model


def _merge(model: Any, adapter: str) -> Any:
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


def _processor(name: str, revision: str | None) -> tuple[Any, Any]:
    """The image processor and tokenizer beside a model.

    Always Pillow's: the published numbers are Pillow bicubic, and torchvision's resizing differs.
    """
    try:
        pillow = {"backend": "pil"} if _TRANSFORMERS >= 5 else {"use_fast": False}
        return (
            transformers.AutoImageProcessor.from_pretrained(name, revision=revision, **pillow),
            transformers.AutoTokenizer.from_pretrained(name, revision=revision),
        )
    except (OSError, ValueError) as error:
        raise ValueError(f"`processor` must be given, none can be loaded from {name!r}: {_first_line(error)}") from None


def _parts(processor: Any) -> tuple[Any, Any]:
    try:
        return processor.image_processor, processor.tokenizer
    except AttributeError:
        raise ValueError(
            f"`processor` must have an image_processor and a tokenizer, got a {type(processor).__name__}"
        ) from None


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n")[0]
