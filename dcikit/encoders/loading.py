"""The one way in which transformers and peft load anything here, and what vouches for what was loaded.

Both libraries replace what they do not find by random numbers, and tell of it in a log only. Code of a repository is
never run, and nobody is asked whether it may.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

import torch
import transformers
from transformers.image_processing_base import ImageProcessingMixin
from transformers.utils import cached_file

from dcikit.files import limits
from dcikit.files.json_node import Node, load_json
from dcikit.files.json_values import Wrong, array, number, text
from dcikit.files.safe_names import is_plain_name
from dcikit.schema.errors import DciError, ModelError, first_line

T = TypeVar("T")

_WEIGHTS = "model.safetensors"
_INDEX = "model.safetensors.index.json"

_HARMLESS = re.compile(r"(^|\.)(position_ids|token_type_ids|num_batches_tracked)$")
"""Buffers that follow from the config, which older checkpoints hold and newer models do not, or the other way."""

_DEEP = re.compile(r"(num|n)_(\w+_)?(layers?|blocks?|experts)$|depths?$|repeats$|(depth|width)_coefficient$")
"""Names of numbers in a config of which each adds modules."""

_SECONDS_TO_ANSWER = 10

_NAMED = 3
"""Names in an error."""

_PROBE = "two dogs on a beach"


class Unloadable(ModelError):
    """What is wrong with a model, an adapter or a tokenizer; the caller says whose argument it is."""


class Unreachable(Unloadable):
    """A model that is neither a folder nor in the cache, and there is no way to the Hub."""


def load_config(name: str, revision: str | None = None, config_class: Any = transformers.AutoConfig) -> Any:
    """The config of a model, its numbers within limits.

    Args:
        name: Hub id or folder.
        revision: of a model on the Hub; None: the newest.
        config_class: of transformers, where another model's than its own class is built from it.

    Raises:
        Unloadable: if there is none that can be used.
    """
    _check_reachable(name, revision)
    if _cached(name, "adapter_config.json", revision) is not None:
        raise Unloadable("it is an adapter: give it as `adapter`, and the model that it is for as `model`")
    config = _guarded(lambda: config_class.from_pretrained(name, revision=revision, trust_remote_code=False))
    _check_numbers(config.to_dict())
    written = transformers.PretrainedConfig.get_config_dict(name, revision=revision)[0]
    for key in ("attn_implementation", "_attn_implementation"):
        if "/" in str(written.get(key) or getattr(config, key, None) or ""):  # a kernel, which is code, from the Hub
            raise Unloadable(f"its config.json names code to run at `{key}`; remove the key")
    return config


def load_model(
    model_class: Any,
    name: str,
    config: Any,
    revision: str | None = None,
    harmless: re.Pattern[str] = _HARMLESS,
    same: Mapping[str, str] = MappingProxyType({}),
    **options: Any,
) -> Any:
    """A model whose weights, all of them and no others, come from its safetensors files.

    Args:
        model_class: of transformers; an auto class will do.
        name: Hub id or folder.
        config, revision: `load_config(name, revision)`.
        harmless: parameters that may be missing or left over.
        same: parameter -> another that is the same by design, and is taken for it where it is missing.
        options: further ones of `from_pretrained`.

    Raises:
        Unloadable: if the files are missing or damaged, or hold other parameters than the config describes.
    """
    _check_size(model_class, config, _weight_files(name, revision))
    model, info = _guarded(
        lambda: model_class.from_pretrained(
            name,
            revision=revision,
            config=config,
            use_safetensors=True,
            trust_remote_code=False,
            output_loading_info=True,
            ignore_mismatched_sizes=True,
            **options,
        )
    )
    weights = model.state_dict()
    missing = {*_names(info["missing_keys"], harmless), *(key for key, value in weights.items() if value.is_meta)}
    doubled = {key for key in missing & same.keys() if same[key] not in missing}
    for key in doubled:
        weights[key].copy_(weights[same[key]])
    for problem, keys in (
        ("its weights lack {}", missing - doubled),
        ("its config describes no place for the weights {}", _names(info["unexpected_keys"], harmless)),
        ("its config describes other shapes than the weights have: {}", _names(info["mismatched_keys"])),
        ("its weights cannot be read: {}", _names(info["error_msgs"])),
    ):
        if keys:
            raise Unloadable(f"{problem.format(_some(keys))}; get the checkpoint that belongs to the config")
    return model


def load_tokenizer(name: str, revision: str | None = None) -> Any:
    """The tokenizer beside a model, which must read text.

    Raises:
        Unloadable: if there is none, or it knows no words.
    """
    tokenizer = _guarded(
        lambda: transformers.AutoTokenizer.from_pretrained(name, revision=revision, trust_remote_code=False)
    )
    check_reads(tokenizer)
    return tokenizer


def load_processor(name: str, revision: str | None = None) -> Any:
    """The processor beside a model that reads images and text.

    Raises:
        Unloadable: if there is none that can be used.
    """
    load = transformers.AutoProcessor.from_pretrained
    processor = _guarded(lambda: load(name, revision=revision, trust_remote_code=False))
    tokenizer, image_processor = (getattr(processor, part, None) for part in ("tokenizer", "image_processor"))
    if tokenizer is None or image_processor is None:
        raise Unloadable("it has no processor of images and text; get the processor's files beside the model")
    check_reads(tokenizer)
    _check_sizes(image_processor)
    return processor


def load_image_processor(name: str, revision: str | None = None, **options: Any) -> Any:
    """The image processor beside a model, with sizes within limits.

    Raises:
        Unloadable: if there is none that can be used.
    """
    load = transformers.AutoImageProcessor.from_pretrained
    processor = _guarded(lambda: load(name, revision=revision, trust_remote_code=False, **options))
    _check_sizes(processor)
    return processor


def _check_sizes(image_processor: Any) -> None:
    for field in ("size", "crop_size", "pad_size"):
        sides = getattr(image_processor, field, None) or {}
        for side, value in _guarded(lambda: dict(sides)).items():  # noqa: B023 - called at once
            if isinstance(value, (int, float)) and not 0 < value <= limits.IMAGE_SIDE:
                raise Unloadable(
                    f"its image processor's `{field}` must be 1 to {limits.IMAGE_SIDE} pixels, got {value} for {side}"
                )


def load_processing(name: str, revision: str | None = None) -> dict[str, list[float]]:
    """`image_mean` and `image_std`, a number for each colour, of the image processor beside a model; those it has.

    Raises:
        Unloadable, DataError: if there is no image processor, or they are none.
    """
    described, _ = _guarded(lambda: ImageProcessingMixin.get_image_processor_dict(name, revision=revision))
    node = Node(described, f"{name}: its image processor")
    found = {key: node.find(key, check) for key, check in (("image_mean", _colours), ("image_std", _deviations))}
    return {key: values for key, values in found.items() if values}


def _colours(value: Any) -> list[float]:
    values = [number(colour) for colour in array(value)]
    if len(values) != 3:
        raise Wrong(f"must be three numbers, one of each colour, got {len(values)}", "get the model again")
    return values


def _deviations(value: Any) -> list[float]:
    values = _colours(value)
    if min(values) <= 0:
        raise Wrong(f"must be above 0, got {min(values)}", "get the model again")
    return values


def merge_adapter(model: Any, adapter: str) -> Any:
    """The model with an adapter of peft merged into it.

    Raises:
        Unloadable: if the adapter cannot be read, or its weights are not exactly those that its config puts into
            this model.
    """
    import peft

    folder = Path(adapter)
    if folder.is_dir() and not (folder / "adapter_model.safetensors").is_file():
        raise Unloadable(
            f"has no {folder / 'adapter_model.safetensors'}; pickled weights (adapter_model.bin) are not loaded, "
            "convert them with torch.load(..., weights_only=True) and safetensors.torch.save_file"
        )
    config = _guarded(lambda: peft.PeftConfig.from_pretrained(adapter))
    rank = getattr(config, "r", 1)
    if not isinstance(rank, int) or not 0 < rank <= limits.ADAPTER_RANK:
        raise Unloadable(f"`r` of its config must be 1 to {limits.ADAPTER_RANK}, got {rank}")
    if getattr(config, "megatron_config", None) is not None:  # peft would import the module that the file names
        raise Unloadable("its config names code to run at `megatron_core`; remove `megatron_config`")
    given = _guarded(lambda: peft.load_peft_weights(adapter, device="cpu", use_safetensors=True))
    adapted = _guarded(lambda: peft.PeftModel.from_pretrained(model, adapter, config=config, use_safetensors=True))
    taken = {key: value.cpu() for key, value in peft.get_peft_model_state_dict(adapted).items()}
    other = [key for key in taken.keys() & given.keys() if not torch.equal(taken[key].to(given[key]), given[key])]
    for problem, keys in (
        ("lacks weights that its config asks for: {}", taken.keys() - given.keys()),
        ("holds weights that the model has no place for: {}", given.keys() - taken.keys()),
        ("was not taken over at {}", other),
    ):
        if keys:
            raise Unloadable(f"{problem.format(_some(keys))}; get the adapter that was trained for this model")
    return _guarded(adapted.merge_and_unload)


def check_reads(tokenizer: Any) -> None:
    """Checks that a tokenizer tells words apart.

    Raises:
        Unloadable: if it does not.
    """
    ids = _guarded(lambda: tokenizer(_PROBE)["input_ids"])
    special = {*getattr(tokenizer, "all_special_ids", ()), None}
    words = [each for each in ids if each not in special]
    if len(set(words)) < 2:
        raise Unloadable("its tokenizer is empty: it reads no words; put the tokenizer's files beside the model")


def check_tokenizer(tokenizer: Any, config: Any, *, counts_from_padding: bool = False, given: bool = False) -> None:
    """Checks that a tokenizer is the one that a text tower was trained with, as far as its config tells.

    Args:
        config: of the text tower.
        counts_from_padding: whether the tower finds the place of a token by counting those that are no padding.
        given: whether the user gave it: then it may use a small part of the tower's vocabulary.

    Raises:
        Unloadable: if it is another one.
    """
    check_reads(tokenizer)
    special = {*getattr(tokenizer, "all_special_tokens", ())}  # one that no text gets may lie beyond the embedding
    known = 1 + max(place for token, place in tokenizer.get_vocab().items() if token not in special)
    places = int(config.vocab_size)
    if known > places or (4 * known < 3 * places and not given):
        raise Unloadable(
            f"its tokenizer has {known:,} tokens, the text tower {places:,}; give the model's own tokenizer"
        )
    pad, expected = tokenizer.pad_token_id, getattr(config, "pad_token_id", None)
    if pad is None:
        raise Unloadable("its tokenizer has no padding token; set tokenizer.pad_token")
    ids = _guarded(lambda: tokenizer(_PROBE)["input_ids"])
    if max(pad, *ids) >= places:
        raise Unloadable(f"its tokenizer gives ids up to {max(pad, *ids):,}, the text tower has {places:,} tokens")
    if counts_from_padding and pad != expected:
        raise Unloadable(f"its tokenizer pads with {pad}, the text tower expects {expected}; correct `pad_token`")
    _check_end(ids, config)


def _check_end(ids: list[int], config: Any) -> None:
    """A tower of CLIP reads the state of the end token: where that is missing, all texts are alike."""
    if config.model_type not in ("clip_text_model", "metaclip_2_text_model"):
        return
    end = config.eos_token_id
    if end == 2 and config.model_type == "clip_text_model":  # transformers then takes the largest id
        end = max(ids)
    if not ids or ids[-1] != end:
        raise Unloadable(f"its tokenizer ends a text with {ids[-1:]}, the text tower expects [{end}]; give its own")


def _check_reachable(name: str, revision: str | None) -> None:
    """Asks the Hub once for a model that is not here; its client would try for half a minute, file by file."""
    from huggingface_hub import constants, try_to_load_from_cache
    from huggingface_hub.utils import get_session

    if constants.HF_HUB_OFFLINE or name.count("/") > 1 or Path(name).is_dir():
        return
    if isinstance(_guarded(lambda: try_to_load_from_cache(name, "config.json", revision=revision)), str):
        return
    try:
        get_session().head(constants.ENDPOINT, timeout=_SECONDS_TO_ANSWER)
    except Exception:  # of requests or of httpx, as the version of huggingface_hub has it
        raise Unreachable(
            f"is neither a folder nor in the cache, and {constants.ENDPOINT} cannot be reached; "
            "connect to the network, or give a folder"
        ) from None


def _weight_files(name: str, revision: str | None) -> list[Path]:
    """The safetensors files of a model; none if transformers has to look elsewhere (or finds none)."""
    index = _cached(name, _INDEX, revision)
    if index is None or _cached(name, _WEIGHTS, revision) is not None:
        return [path for path in [_cached(name, _WEIGHTS, revision)] if path is not None]
    shards = set()
    for key, node in load_json(index, "get the model again")["weight_map"].members():
        shard = node.read(text)
        if not is_plain_name(shard) or not shard.endswith(".safetensors"):
            raise Unloadable(f"its {_INDEX} gives {shard!r} for {key}, which is no safetensors file beside it")
        shards.add(shard)
    return [path for shard in sorted(shards) if (path := _cached(name, shard, revision)) is not None]


def _cached(name: str, file: str, revision: str | None) -> Path | None:
    found = _guarded(
        lambda: cached_file(
            name,
            file,
            revision=revision,
            _raise_exceptions_for_missing_entries=False,
            _raise_exceptions_for_connection_errors=False,
        )
    )
    return Path(found) if found else None


def _check_size(model_class: Any, config: Any, files: list[Path]) -> None:
    """Checks, before memory is taken, that a model is not much larger than its weights."""
    if not files:
        return
    build = getattr(model_class, "_from_config", None) or model_class.from_config

    def count() -> int:
        with torch.device("meta"):
            return sum(parameter.numel() for parameter in build(config).parameters())

    parameters, size = _guarded(count), sum(path.stat().st_size for path in files)
    if parameters > size * limits.PARAMETERS_PER_BYTE:
        raise Unloadable(f"its config describes {parameters:,} parameters, its weights have {size:,} bytes only")


def _check_numbers(value: Any, key: str = "") -> None:
    for name, each in _entries(value):
        where = f"{key}.{name}" if key else str(name)
        if isinstance(each, (Mapping, list, tuple)):
            _check_numbers(each, where)
        deep = _DEEP.search(where.rstrip(".0123456789"))  # the name of a list counts for what is in it
        limit = limits.CONFIG_LAYERS if deep else limits.CONFIG_NUMBER
        if (type(each) is int or (deep and type(each) is float)) and not abs(each) <= limit:
            raise Unloadable(f"`{where}` of its config must be at most {limit:,}, got {each:,}")


def _entries(value: Any) -> Iterable[tuple[Any, Any]]:
    if isinstance(value, (list, tuple)):
        return enumerate(value)
    return value.items() if isinstance(value, Mapping) else ()


def _names(keys: Any, harmless: re.Pattern[str] | None = None) -> list[str]:
    """What transformers reports, names or tuples that begin with one, without the harmless."""
    keys = [keys] if isinstance(keys, str) else keys
    names = sorted(str(key[0] if isinstance(key, tuple) else key) for key in keys)
    return [name for name in names if not (harmless and harmless.search(name))]


def _some(keys: Iterable[str]) -> str:
    names = sorted(keys)
    return ", ".join(names[:_NAMED]) + (f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else "")


def _guarded(load: Callable[[], T]) -> T:
    """What `load` gives. The libraries raise whatever a damaged file makes them stumble over."""
    try:
        return load()
    except DciError:
        raise
    except Exception as error:
        reason = first_line(error)
        raise Unloadable(
            reason if isinstance(error, (OSError, ValueError)) else f"{type(error).__name__}: {reason}"
        ) from error
