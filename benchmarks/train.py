"""How fast is a training step? ViT-B/32 at random weights with LoRA, full-size photos, both in one run:

- `dci train`'s step against a plain one, region by region: each photo opened anew and its crop made, texts padded to 77
  tokens, the image tower run once with the captions and once with the negatives; the same losses on the same regions.
  It is no measurement of the released trainer, which keeps all photos decoded (about 10 MB each) and preprocesses each
  crop two or three times;
- the share of a step that is not the model's forward, backward or the optimizer.

    python benchmarks/train.py [--images 12] [--steps 6] [--rounds 3]
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import datasets
import torch
from bare import vit_b_32
from full_size import write_full_size
from PIL import Image
from torch.utils.data import DataLoader

import dci_dataset
from dcikit.encoders.encoder import Encoder
from dcikit.encoders.models import load_encoder
from dcikit.training import Batches, Crops, Recipe, TrainingRegions, contrastive_loss, negatives_loss
from dcikit.training.adapt import adapted
from dcikit.training.examples import TEXTS_ON_CPU
from dcikit.training.objective import RegionObjective

RECIPE = Recipe()


class Timed:
    """Seconds of the forwards and backwards of a model, and of its optimizer."""

    def __init__(self, model: Any) -> None:
        self.model = model
        self.optimizer = torch.optim.AdamW((p for p in model.parameters() if p.requires_grad), lr=1e-3)
        self.computing = 0.0

    def __call__(self, **inputs: Any) -> Any:
        start = time.perf_counter()
        outputs = self.model(**inputs)
        self.computing += time.perf_counter() - start
        return outputs

    def update(self, loss: torch.Tensor) -> None:
        start = time.perf_counter()
        loss.backward()
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.computing += time.perf_counter() - start


def ours(regions: TrainingRegions, objective: RegionObjective, model: Timed, steps: int) -> list[float]:
    """The losses of some steps of an epoch."""
    batches = list(Batches(regions.images, RECIPE.batch_size))[:steps]
    losses = []
    for inputs in DataLoader(regions, batch_sampler=batches, collate_fn=objective.collate):
        loss = objective.loss(model, inputs)
        model.update(loss)
        losses.append(loss.item())
    return losses


def plain(rows: Any, examples: TrainingRegions, processor: Any, model: Timed, steps: int) -> list[float]:
    """The same steps, region by region."""
    losses = []
    regions = [(row["image"]["path"], region) for row in rows for region in row["regions"]]
    for batch in list(Batches(examples.images, RECIPE.batch_size))[:steps]:
        pixels, texts = [], {"captions": [], "negatives": []}
        for draw in batch:
            path, region = regions[draw.index]
            with Image.open(path) as photo:
                crop = photo.convert("RGB").crop(region["crop_box"])
            pixels.append(processor.image_processor(images=crop, return_tensors="pt")["pixel_values"])
            example = examples[draw]  # to choose the same texts
            for of, text in (("captions", example.captions[0]), ("negatives", example.negative)):
                texts[of].append(
                    processor.tokenizer(text, return_tensors="pt", padding="max_length", truncation=True, max_length=77)
                )
        images = torch.cat(pixels)
        logits = []
        for of in ("captions", "negatives"):
            tokens = {name: torch.cat([each[name] for each in texts[of]]) for name in texts[of][0]}
            logits.append(model(**tokens, pixel_values=images).logits_per_image)
        loss = contrastive_loss(logits[0]) + negatives_loss(*logits)
        model.update(loss)
        losses.append(loss.item())
    return losses


def fresh() -> tuple[Any, Encoder, Any]:
    """The same model each time; without dropout, so that the losses can be compared."""
    model, processor = vit_b_32()
    encoder = load_encoder(model, processor)
    torch.manual_seed(0)
    return adapted(model, RECIPE).eval(), encoder, processor


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=12)
    parser.add_argument("--steps", type=int, default=6)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        write_full_size(folder / "release", arguments.images)
        rows = datasets.load_dataset(
            "dci", "sdci", data_dir=str(folder / "release"), split="test", photos=False, cache_dir=str(folder / "cache")
        )
        rows = dci_dataset.attach_photos(rows, folder / "release")
        undecoded = rows.with_format("arrow")[:].to_pylist()
        first, later, slow, outside = [], [], [], []
        for number in range(arguments.rounds):
            _, encoder, processor = fresh()
            crops = Crops(encoder.preprocessor, folder / f"crops-{number}")
            regions = TrainingRegions(rows, crops)
            objective = RegionObjective(RECIPE, encoder.preprocessor, TEXTS_ON_CPU)
            for kept in (first, later):  # the first epoch decodes, the others find the crops
                model = Timed(objective.towers(fresh()[0]))
                start = time.perf_counter()
                losses = ours(regions, objective, model, arguments.steps)
                kept.append(time.perf_counter() - start)
            outside.append(1 - model.computing / later[-1])
            model = Timed(fresh()[0])
            start = time.perf_counter()
            expected = plain(undecoded, regions, processor, model, arguments.steps)
            slow.append(time.perf_counter() - start)
            torch.testing.assert_close(losses, expected, rtol=1e-3, atol=1e-3)
    steps = min(arguments.steps, len(Batches(regions.images, RECIPE.batch_size)))
    print(f"{arguments.images} photos of 2250x1500, {len(regions)} regions, {torch.get_num_threads()} threads")
    for name, column in (("dci train, first epoch", first), ("later epochs", later), ("plain step", slow)):
        print(f"{name:>22}: {statistics.median(column) / steps:6.2f} s a step (median of {arguments.rounds})")
    for name, column in (("first epoch", first), ("later epochs", later)):
        ratio = statistics.median(naive / own for own, naive in zip(column, slow, strict=True))
        print(f"speed-up over the plain step, {name}: {ratio:.2f}x")
    print(f"outside forward, backward and optimizer, later epochs: {100 * statistics.median(outside):.1f}%")


if __name__ == "__main__":
    main()
