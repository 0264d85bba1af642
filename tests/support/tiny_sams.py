"""Small Segment Anything models at random weights, and what they propose by a plain loop over whole masks."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import torch
import transformers
from PIL import Image
from torch.nn.functional import interpolate

from dcikit.masks import Sam
from dcikit.masks.points import grid_points
from dcikit.masks.sam import PADDED

FRAME = 64
MEAN, STD = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])


def make_sam(model_type: str) -> Sam:
    """A model of one of the types `sam`, `sam_hq`, `sam2` and `sam3_tracker`; the same one each time."""
    torch.manual_seed(0)
    model = {"sam": _sam, "sam_hq": _sam_hq, "sam2": _sam2, "sam3_tracker": _sam3}[model_type]()
    # As initialised, every point has the same faint masks: spread what differs, then logits and predicted IoUs.
    decoder = model.mask_decoder
    for name, weights in model.named_parameters():
        if weights.ndim > 1 and "embed" not in name:
            sharper = 3.0 if "q_proj" in name or "k_proj" in name else 1.4
            torch.nn.init.normal_(weights, std=sharper * weights[0].numel() ** -0.5)
    sam = Sam(model, is_padded=model_type in PADDED)
    logits, pred_ious = sam.embed(noise(90, 60)).predict(grid_points((90, 60), 5))
    for head in decoder.output_hypernetworks_mlps:
        head.proj_out.weight.data *= 4 / logits.std()
    head = decoder.iou_prediction_head.proj_out
    head.weight.data *= 0.2 / pred_ious.std()
    head.bias.data += 0.5
    return sam


def noise(width: int, height: int, resample: Image.Resampling = Image.Resampling.BICUBIC) -> Image.Image:
    """A photo of spots, blurred ones as a default."""
    spots = np.random.default_rng(1).integers(0, 256, (9, 12, 3), dtype=np.uint8)
    return Image.fromarray(spots).resize((width, height), resample)


def _parts() -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    vision = {
        "hidden_size": 32,
        "output_channels": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "image_size": FRAME,
        "patch_size": 8,
        "window_size": 0,
        "global_attn_indexes": [0, 1],
        "num_pos_feats": 16,
        "initializer_range": 0.5,
    }
    prompts = {"hidden_size": 32, "image_size": FRAME, "patch_size": 8, "mask_input_channels": 8}
    decoder = {"hidden_size": 32, "mlp_dim": 64, "num_attention_heads": 2, "iou_head_hidden_dim": 32}
    return vision, prompts, decoder


def _sam() -> Any:
    vision, prompts, decoder = _parts()
    config = transformers.SamConfig(vision_config=vision, prompt_encoder_config=prompts, mask_decoder_config=decoder)
    return transformers.SamModel(config)


def _sam_hq() -> Any:
    vision, prompts, decoder = _parts()
    decoder["vit_dim"] = 32
    config = transformers.SamHQConfig(vision_config=vision, prompt_encoder_config=prompts, mask_decoder_config=decoder)
    return transformers.SamHQModel(config)


def _sam2() -> Any:
    _, prompts, decoder = _parts()
    backbone = {
        "hidden_size": 8,
        "image_size": [FRAME, FRAME],
        "blocks_per_stage": [1, 1, 2, 1],
        "embed_dim_per_stage": [8, 16, 32, 64],
        "num_attention_heads_per_stage": [1, 1, 2, 2],
        "window_size_per_stage": [4, 4, 4, 2],
        "global_attention_blocks": [3],
        "model_type": "sam2_hiera_det_model",
        "initializer_range": 0.3,
    }
    vision = {
        "backbone_config": backbone,
        "backbone_channel_list": [64, 32, 16, 8],
        "backbone_feature_sizes": [[16, 16], [8, 8], [4, 4]],
        "fpn_hidden_size": 32,
        "model_type": "sam2_vision_model",
    }
    config = transformers.Sam2Config(
        vision_config=vision, prompt_encoder_config={**prompts, "patch_size": 16}, mask_decoder_config=decoder
    )
    return transformers.Sam2Model(config)


def _sam3() -> Any:
    _, prompts, decoder = _parts()
    backbone = {
        "model_type": "sam3_vit_model",
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "image_size": FRAME,
        "pretrain_image_size": FRAME,
        "patch_size": 16,
        "window_size": 2,
        "global_attn_indexes": [1],
    }
    vision = {
        "model_type": "sam3_vision_model",
        "backbone_config": backbone,
        "fpn_hidden_size": 32,
        "backbone_feature_sizes": [[16, 16], [8, 8], [4, 4]],
    }
    config = transformers.Sam3TrackerConfig(
        vision_config=vision, prompt_encoder_config={**prompts, "patch_size": 16}, mask_decoder_config=decoder
    )
    return transformers.Sam3TrackerModel(config)


class Plain(NamedTuple):
    """A mask, its logits of the photo's size before specks went, and its score."""

    mask: np.ndarray
    logits: np.ndarray
    score: float


def propose_plainly(
    sam: Sam,
    photo: Image.Image,
    points: np.ndarray,
    *,
    pred_iou: float,
    stability: float,
    min_region_area: int,
    nms: float = 0.97,
) -> list[Plain]:
    """One point at a time, each mask scaled as a whole by torch, boxes compared in pairs, pieces found by flooding."""
    width, height = photo.size
    scale = FRAME / max(photo.size)
    inner = (round(width * scale), round(height * scale)) if sam.is_padded else (FRAME, FRAME)
    pixels = (np.asarray(photo.resize(inner, Image.Resampling.BILINEAR)) / 255 - MEAN) / STD
    framed = np.zeros((FRAME, FRAME, 3))
    framed[: inner[1], : inner[0]] = pixels
    inputs = torch.tensor(framed, dtype=torch.float32).permute(2, 0, 1)[None]
    found: list[tuple[Plain, float]] = []
    for x, y in points.tolist():
        prompt = torch.tensor([[[[x * inner[0] / width, y * inner[1] / height]]]])
        with torch.no_grad():
            outputs = sam.model(pixel_values=inputs, input_points=prompt, multimask_output=True)
        for cells, said in zip(outputs.pred_masks[0, 0], outputs.iou_scores[0, 0].tolist(), strict=True):
            if sam.is_padded:
                cells = interpolate(cells[None, None], (FRAME, FRAME), mode="bilinear", align_corners=False)[0, 0]
                cells = cells[: inner[1], : inner[0]]
            whole = interpolate(cells[None, None], (height, width), mode="bilinear", align_corners=False)[0, 0].numpy()
            steady = (whole > 1).sum() / max((whole > -1).sum(), 1)
            if said > pred_iou and steady >= stability and (whole > 0).any():
                found.append((Plain(whole > 0, whole, said * steady**2), said))
    stay = _stay([plain.mask for plain, _ in found], [said for _, said in found], nms)
    cleaned = []
    for index in stay:
        plain = found[index][0]
        mask = _keep_large(~_keep_large(~plain.mask, min_region_area, or_largest=False), min_region_area)
        cleaned.append(plain._replace(mask=mask))
    clean = [float((new.mask == found[index][0].mask).all()) for new, index in zip(cleaned, stay, strict=True)]
    return [cleaned[index] for index in _stay([plain.mask for plain in cleaned], clean, nms)]


def _stay(masks: list[np.ndarray], scores: list[float], threshold: float) -> list[int]:
    boxes = []
    for mask in masks:
        rows, columns = np.nonzero(mask)
        boxes.append((columns.min(), rows.min(), columns.max(), rows.max()))

    def iou(one: int, other: int) -> float:
        a, b = boxes[one], boxes[other]
        across, down = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
        both = max(across, 0) * max(down, 0)
        areas = sum((box[2] - box[0]) * (box[3] - box[1]) for box in (a, b))
        return both / (areas - both) if areas > both else 0.0

    kept: list[int] = []
    for index in sorted(range(len(masks)), key=lambda index: -scores[index]):
        if all(iou(index, other) <= threshold for other in kept):
            kept.append(index)
    return kept


def _keep_large(mask: np.ndarray, least: int, or_largest: bool = True) -> np.ndarray:
    """Without the pieces, connected at corners too, of fewer than `least` pixels."""
    left = {tuple(pixel) for pixel in np.argwhere(mask).tolist()}
    pieces = []
    while left:
        start = min(left)
        left.remove(start)
        piece, edge = [start], [start]
        while edge:
            y, x = edge.pop()
            for near in ((y + dy, x + dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1)):
                if near in left:
                    left.remove(near)
                    piece.append(near)
                    edge.append(near)
        pieces.append(piece)
    large = [piece for piece in pieces if len(piece) >= least]
    if not large and pieces and or_largest:
        large = [max(pieces, key=len)]
    kept = np.zeros_like(mask)
    for piece in large:
        kept[tuple(np.array(piece).T)] = True
    return kept
