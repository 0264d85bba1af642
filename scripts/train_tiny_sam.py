"""Train the tiny SAM of the demo on drawn scenes, on a CPU.

    python scripts/train_tiny_sam.py --output first --encoder-steps 1000 --steps 2200
    python scripts/train_tiny_sam.py --output second --start first --steps 2000 --rate 6e-4 --seed 1
    python scripts/train_tiny_sam.py --output dcikit/masks/tiny_sam --start second --steps 1300 --rate 5e-4 --seed 2

About 100 minutes on 2 cores. The same seed, machine and torch give the same weights. Needs transformers 5; the result
loads with 4.57 too.

The scenes are drawn like those of the embedded sample, with other random numbers, anew at every step. A point lies on
at most three nested things: the first output learns the outermost, the last one the innermost, the middle one what is
between (or the innermost of two). Where there is nothing, all three learn to be empty and to say so.

The image encoder is also asked, through a linear layer that is thrown away, how deep the nesting is at every cell and
where the things lie that a patch is part of. It learns that first, and alone: no point has to be decoded for it.
"""

from __future__ import annotations

import argparse
import copy
import math
import time
from dataclasses import dataclass
from pathlib import Path
from random import Random

import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from torch.nn.functional import binary_cross_entropy_with_logits, mse_loss, pad, smooth_l1_loss
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from transformers import SamConfig, SamImageProcessorPil, SamModel

from dcikit.data.sample.compose import make_scene
from dcikit.data.sample.draw import paint, silhouette
from dcikit.data.sample.scene import Thing

SIZE = 128
"""Pixels of a side of the frame."""
PATCH = 4
CELLS_OF_PATCH = 4
"""Of a side: the decoder doubles it twice."""
CELLS = SIZE // PATCH * CELLS_OF_PATCH
"""Of a side of the decoder's masks."""
LEVELS = 3
"""Things that a point can lie on."""
HIDDEN, WIDTH = 96, 96
"""Of the encoder and of the decoder."""
SMALLEST = 3000
"""Pixels of the photo that a thing must have to be learned."""
MEAN, STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
ENCODER_BATCH, BATCH, POINTS = 8, 4, 12
WARM_UP = 100
SHARPER = 12.0
"""What logits are multiplied by at the end: outlines are crisp, and SAM's stability score is to find them so."""


@dataclass
class Drawing:
    """A photo (3, SIZE, SIZE) in bytes, and its things.

    `masks` (N, CELLS, CELLS) are shares of a cell in bytes, then an empty one; `boxes` (N + 1, 4) their x, y, width and
    height as shares of the frame; `things` (LEVELS, CELLS, CELLS) the index of what lies at each cell, N for nothing.
    """

    pixels: torch.Tensor
    masks: torch.Tensor
    boxes: torch.Tensor
    things: torch.Tensor


def main() -> None:
    """Read the arguments, train, write the folder."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=Path("dcikit/masks/tiny_sam"))
    parser.add_argument("--encoder-steps", type=int, default=0, help="of the encoder alone")
    parser.add_argument("--steps", type=int, default=2200, help="of the whole model, after those")
    parser.add_argument("--rate", type=float, default=1e-3, help="of AdamW, at its highest")
    parser.add_argument("--start", type=Path, help="go on from this folder; default: from scratch")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(2)
    model = make_model()
    if args.start:
        model.load_state_dict(SamModel.from_pretrained(args.start).state_dict())
        sharpen(model, 1 / SHARPER)
    Training(model, args.seed, args.rate, args.encoder_steps, args.steps, args.output).run()


def make_model() -> SamModel:
    """A SAM of under a million weights."""
    vision = {
        "hidden_size": HIDDEN,
        "output_channels": WIDTH,
        "num_hidden_layers": 4,
        "num_attention_heads": 4,
        "image_size": SIZE,
        "patch_size": PATCH,
        "mlp_ratio": 2.0,
        "window_size": 8,
        "global_attn_indexes": [1, 3],
        "use_rel_pos": False,
        "num_pos_feats": WIDTH // 2,
        "initializer_range": 0.02,
    }
    prompts = {"hidden_size": WIDTH, "image_size": SIZE, "patch_size": PATCH}
    decoder = {"hidden_size": WIDTH, "mlp_dim": 128, "num_attention_heads": 4, "iou_head_hidden_dim": WIDTH}
    model = SamModel(SamConfig(vision_config=vision, prompt_encoder_config=prompts, mask_decoder_config=decoder))
    # Positions begin as waves of SAM's own scale: transformers begins with far shorter ones, and with none.
    waves = torch.randn(2, WIDTH // 2)
    for embedding in (model.shared_image_embedding, model.prompt_encoder.shared_embedding):
        embedding.positional_embedding.data.copy_(waves)
    side = (torch.arange(SIZE // PATCH) + 0.5) / (SIZE // PATCH)
    angles = torch.cartesian_prod(side, side).view(len(side), len(side), 2) @ (
        2 * math.pi * torch.randn(2, HIDDEN // 2)
    )
    model.vision_encoder.pos_embed.data.copy_(torch.cat([angles.sin(), angles.cos()], -1)[None] / 2)
    return model


def draw(seed: str) -> Drawing:
    """A scene that the seed decides."""
    scene = make_scene(Random(seed), 0)
    scale = SIZE / max(scene.width, scene.height)
    photo = framed(paint(scene, Random(f"{seed}/drawing")), SIZE)
    masks: list[torch.Tensor] = []
    boxes: list[torch.Tensor] = []
    things = torch.full((LEVELS, CELLS, CELLS), -1)

    def add(siblings: list[Thing], level: int) -> None:
        for thing in siblings:
            mask = silhouette(thing, (scene.width, scene.height)).convert("L")
            if mask.histogram()[255] >= SMALLEST:
                cells = framed(mask, CELLS)[0]
                things[level][cells > 127] = len(masks)
                masks.append(cells)
                x0, y0, x1, y1 = mask.getbbox() or (0, 0, 0, 0)
                boxes.append(torch.tensor([x0 + x1, y0 + y1, 2 * (x1 - x0), 2 * (y1 - y0)]) * scale / SIZE / 2)
                add(thing.parts, level + 1)

    add(scene.parts, 0)
    things[things < 0] = len(masks)
    return Drawing(
        photo,
        torch.stack([*masks, torch.zeros_like(masks[0])]),
        torch.stack([*boxes, torch.zeros(4)]),
        things,
    )


def framed(image: Image.Image, size: int) -> torch.Tensor:
    """(C, size, size) bytes: the longest edge is scaled to `size`, zeros follow, as SAM's own processor does it."""
    scale = size / max(image.size)
    width, height = (int(edge * scale + 0.5) for edge in image.size)
    small = image.resize((width, height), Image.Resampling.BILINEAR)
    levels = torch.frombuffer(bytearray(small.tobytes()), dtype=torch.uint8).view(height, width, -1)
    return pad(levels.permute(2, 0, 1), (0, size - width, 0, size - height))


def normalised(drawings: list[Drawing]) -> torch.Tensor:
    """The photos (B, 3, SIZE, SIZE) as the model takes them; what is outside of a photo is 0."""
    mean, std = (torch.tensor(values).view(3, 1, 1) for values in (MEAN, STD))
    pixels = torch.stack([drawing.pixels for drawing in drawings])
    return torch.where(pixels.amax(1, keepdim=True) > 0, (pixels / 255 - mean) / std, 0)


def on(drawing: Drawing, rows: torch.Tensor, columns: torch.Tensor) -> torch.Tensor:
    """Index (..., LEVELS) of the outermost, the second and the innermost thing at cells; N for nothing."""
    found = drawing.things[:, rows, columns]
    nothing = len(drawing.masks) - 1
    for level in range(1, LEVELS):
        found[level] = torch.where(found[level] == nothing, found[level - 1], found[level])
    return found.movedim(0, -1)


def prompts_of(drawing: Drawing) -> tuple[torch.Tensor, torch.Tensor]:
    """Points (POINTS, 2) as x, y of the frame, three quarters of them in things, and the masks of each.

    Returns:
        The points, and the masks (POINTS, LEVELS, CELLS, CELLS).
    """
    cells = []
    for number in range(POINTS):
        inside = drawing.masks[torch.randint(len(drawing.masks) - 1, ())] > 127
        if number >= POINTS * 3 // 4:
            inside = drawing.things[0] >= 0
        places = inside.nonzero()
        cells.append(places[torch.randint(len(places), ())])
    rows, columns = torch.stack(cells).T
    points = (torch.stack([columns, rows], -1) + torch.rand(POINTS, 2)) * SIZE / CELLS - 0.5
    return points, drawing.masks[on(drawing, rows, columns)] / 255


def encoder_loss(found: torch.Tensor, drawings: list[Drawing]) -> torch.Tensor:
    """How deep each cell lies, as shares of it, and the boxes of what the middle of each patch lies on.

    Args:
        found: (B, PATCHES, PATCHES, LEVELS * 16 + LEVELS * 4).
    """
    depths, boxes, there = [], [], []
    middle = torch.arange(CELLS_OF_PATCH // 2, CELLS, CELLS_OF_PATCH)
    for drawing in drawings:
        at = on(drawing, *torch.meshgrid(middle, middle, indexing="ij"))
        boxes.append(drawing.boxes[at].flatten(2))
        there.append((at < len(drawing.masks) - 1).repeat_interleave(4, -1))
        depths.append((drawing.things < len(drawing.masks) - 1).float())
    depth = (
        torch.stack(depths)
        .unflatten(3, (-1, CELLS_OF_PATCH))
        .unflatten(2, (-1, CELLS_OF_PATCH))
        .permute(0, 2, 4, 1, 3, 5)
        .flatten(3)
    )
    depth_loss = binary_cross_entropy_with_logits(found[..., : depth.shape[-1]], depth)
    apart = smooth_l1_loss(found[..., depth.shape[-1] :], torch.stack(boxes), reduction="none", beta=0.05)
    return 2 * depth_loss + 4 * apart[torch.stack(there)].mean()


def mask_loss(logits: torch.Tensor, said: torch.Tensor, target: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The loss of all masks, and the mean IoU of those of points that lie on something."""
    area = target.sum((-2, -1))
    shares = logits.sigmoid()
    cross = binary_cross_entropy_with_logits(logits, target, reduction="none").sum((-2, -1)) / (area + 100)
    dice = 1 - (2 * (shares * target).sum((-2, -1)) + 1) / (shares.sum((-2, -1)) + area + 1)
    with torch.no_grad():
        found, true = logits > 0, target > 0.5
        iou = (found & true).sum((-2, -1)) / (found | true).sum((-2, -1)).clamp(min=1)
    is_thing = area > 0
    return cross.mean() + (dice * is_thing).mean() + 2 * mse_loss(said, iou), iou[is_thing].mean()


class Training:
    """The encoder's steps, then those of the whole model; the average of the last weights is written now and then."""

    def __init__(self, model: SamModel, seed: int, rate: float, encoder_steps: int, steps: int, folder: Path) -> None:
        self.model, self.seed, self.rate, self.folder = model, seed, rate, folder
        self.encoder_steps, self.steps = encoder_steps, steps
        self.asked = torch.nn.Linear(WIDTH, LEVELS * (CELLS_OF_PATCH**2 + 4))
        self.parameters = [*model.parameters(), *self.asked.parameters()]
        groups = [
            {"params": [p for p in self.parameters if p.ndim > 1], "weight_decay": 0.02},
            {"params": [p for p in self.parameters if p.ndim < 2], "weight_decay": 0.0},
        ]
        self.optimizer = torch.optim.AdamW(groups, lr=rate, betas=(0.9, 0.98))
        self.scenes = 0
        self.start = time.monotonic()

    def run(self) -> None:
        for step in range(self.encoder_steps):
            loss = self.encoder_loss(self.draw(ENCODER_BATCH))[0]
            self.step(loss, min(1, (step + 1) / WARM_UP))
            self.tell("encoder", step, encoder=loss)
        average = AveragedModel(self.model, multi_avg_fn=get_ema_multi_avg_fn(0.99))
        for step in range(self.steps):
            masks, encoder, iou = self.losses(self.draw(BATCH))
            falling = (1 + math.cos(math.pi * step / self.steps)) / 2
            self.step(masks + encoder / 2, min(1, (step + 1) / WARM_UP) * (0.01 + 0.99 * falling))
            average.update_parameters(self.model)
            self.tell("model", step, masks=masks, encoder=encoder, iou=iou)
            if (step + 1) % 250 == 0 or step + 1 == self.steps:
                write(self.folder, average.module)

    def draw(self, count: int) -> list[Drawing]:
        self.scenes += count
        return [draw(f"tiny sam/{self.seed}/{number}") for number in range(self.scenes - count, self.scenes)]

    def encoder_loss(self, drawings: list[Drawing]) -> tuple[torch.Tensor, torch.Tensor]:
        """The loss, and the embeddings (B, WIDTH, PATCHES, PATCHES)."""
        with torch.autocast("cpu", torch.bfloat16):
            embeddings = self.model.vision_encoder(normalised(drawings)).last_hidden_state.float()
        return encoder_loss(self.asked(embeddings.permute(0, 2, 3, 1)), drawings), embeddings

    def losses(self, drawings: list[Drawing]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """The loss of the masks, that of the encoder, and the mean IoU of the masks."""
        encoder, embeddings = self.encoder_loss(drawings)
        points, targets = (torch.stack(part) for part in zip(*map(prompts_of, drawings), strict=True))
        labels = torch.ones(points.shape[:2], dtype=torch.int64)
        with torch.autocast("cpu", torch.bfloat16):
            outputs = self.model(
                image_embeddings=embeddings, input_points=points[:, :, None], input_labels=labels[..., None]
            )
        masks, iou = mask_loss(outputs.pred_masks.float(), outputs.iou_scores.float(), targets)
        return masks, encoder, iou

    def step(self, loss: torch.Tensor, share: float) -> None:
        """A step at a share of the rate."""
        for group in self.optimizer.param_groups:
            group["lr"] = self.rate * share
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.parameters, 1.0)
        self.optimizer.step()

    def tell(self, phase: str, step: int, **values: torch.Tensor) -> None:
        if (step + 1) % 50 == 0:
            told = " ".join(f"{name} {value.item():.3f}" for name, value in values.items())
            print(f"{phase} {step + 1} {told} after {time.monotonic() - self.start:.0f} s", flush=True)


def write(folder: Path, model: SamModel) -> None:
    """Save all that `from_pretrained` reads; the weights as float16, which are read as float32."""
    sharp = copy.deepcopy(model)
    sharpen(sharp, SHARPER)
    sharp.save_pretrained(folder)
    weights = load_file(folder / "model.safetensors")
    small = {key: value.half() if value.is_floating_point() else value for key, value in weights.items()}
    save_file(small, folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "model.safetensors").chmod(0o644)
    make_image_processor().save_pretrained(folder)


def sharpen(model: SamModel, factor: float) -> None:
    """Multiplies the logits of all masks."""
    for network in model.mask_decoder.output_hypernetworks_mlps:
        network.proj_out.weight.data *= factor
        network.proj_out.bias.data *= factor


def make_image_processor() -> SamImageProcessorPil:
    """SAM's own preprocessing, for small photos."""
    return SamImageProcessorPil(
        size={"longest_edge": SIZE},
        pad_size={"height": SIZE, "width": SIZE},
        mask_size={"longest_edge": CELLS},
        mask_pad_size={"height": CELLS, "width": CELLS},
        image_mean=MEAN,
        image_std=STD,
    )


if __name__ == "__main__":
    main()
