"""Every supported family as a tiny random model."""

from __future__ import annotations

from typing import Any

import torch
import transformers
from transformers import CLIPImageProcessor

TOWER = {
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_attention_heads": 4,
    "num_hidden_layers": 2,
    "attention_dropout": 0.0,
}


EYES = {**TOWER, "image_size": 32, "patch_size": 8}


def words(tokenizer: Any, context: int = 64, **more: Any) -> dict[str, Any]:
    return {
        **TOWER,
        "vocab_size": len(tokenizer),
        "max_position_embeddings": context,
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
        **more,
    }


def build(name: str, tokenizer: Any) -> Any:
    """A random model of a family, small."""
    text, bert = words(tokenizer), words(tokenizer, type_vocab_size=2, layer_norm_eps=1e-5)
    if name in ("CLIPModel", "SiglipModel", "MetaClip2Model"):
        config_class = getattr(transformers, name.replace("Model", "Config"))
        more = {} if name == "SiglipModel" else {"projection_dim": 24}
        config = config_class(text_config={**text, **more}, vision_config={**EYES, **more}, **more)
    elif name == "Siglip2Model":
        eyes = {**TOWER, "patch_size": 8, "num_patches": 16}
        config = transformers.Siglip2Config(text_config=text, vision_config=eyes)
    elif name == "AlignModel":
        eyes = {"image_size": 32, "width_coefficient": 0.25, "depth_coefficient": 0.1, "hidden_dim": 32}
        config = transformers.AlignConfig(text_config=bert, vision_config=eyes, projection_dim=80)
    elif name == "AltCLIPModel":
        roberta = {**bert, "max_position_embeddings": 66, "pad_token_id": 1, "project_dim": 24}
        config = transformers.AltCLIPConfig(text_config=roberta, vision_config=EYES, projection_dim=24)
    elif name == "ChineseCLIPModel":
        config = transformers.ChineseCLIPConfig(text_config=bert, vision_config=EYES, projection_dim=24)
    elif name in ("FlavaModel", "FlavaForPreTraining"):
        config = transformers.FlavaConfig(
            text_config=bert,
            image_config=EYES,
            multimodal_config=TOWER,
            hidden_size=32,
            projection_dim=24,
            init_codebook=False,
        )
    else:
        eyes = {**EYES, "projection_dim": 24}
        heard = {**bert, "encoder_hidden_size": 32, "projection_dim": 24}
        config = transformers.BlipConfig(text_config=heard, vision_config=eyes, image_text_hidden_size=24)
    torch.manual_seed(0)
    model = getattr(transformers, name)(config).eval()
    for parameter in model.parameters():  # as they are initialised, some score all pairs alike, but for rounding
        if parameter.ndim > 1:
            torch.nn.init.normal_(parameter, std=0.3)
    return model


FAMILIES = [
    "CLIPModel",
    "SiglipModel",
    "Siglip2Model",
    "MetaClip2Model",
    "AlignModel",
    "AltCLIPModel",
    "ChineseCLIPModel",
    "FlavaModel",
    "FlavaForPreTraining",
    "BlipForImageTextRetrieval",
]


def tokenizer_of(name: str, tokenizer: Any) -> Any:
    """XLM-R's padding id is 1: places are counted from there."""
    if name != "AltCLIPModel":
        return tokenizer
    import copy

    moved = copy.deepcopy(tokenizer)
    moved.pad_token = moved.convert_ids_to_tokens(1)
    return moved


def image_processor_of(name: str) -> Any:
    """Pillow's; NaFlex cuts a picture of any shape into at most so many patches, and says which there are."""
    if name != "Siglip2Model":
        return CLIPImageProcessor(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32})
    pillow = getattr(transformers, "Siglip2ImageProcessorPil", transformers.Siglip2ImageProcessor)
    return pillow(patch_size=8, max_num_patches=16)
