"""How fast is `dci eval`'s scoring? ViT-B/32 at random weights, full-size photos, all in one run:

- its wall time as a ratio to the bare forwards of the model on each crop and text, ready-made;
- the speed-up over scoring suite by suite, entry by entry, as evaluation scripts do: each photo opened anew, its
  crop encoded once with the captions and once with the negative, all texts padded to 77 tokens.

    python benchmarks/eval.py [--images 6] [--rounds 3]
"""

from __future__ import annotations

import argparse
import resource
import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from bare import BATCH, bare_forwards, seconds, vit_b_32
from full_size import write_full_size
from PIL import Image
from transformers import CLIPModel, CLIPProcessor

from dcikit.data.release import Release
from dcikit.data.rows import sdci_row
from dcikit.encoders.encoder import Encoder
from dcikit.encoders.models import load_encoder
from dcikit.engine.items import Item
from dcikit.engine.prepare import row_readers
from dcikit.engine.windows import Run
from dcikit.schema.suites import PICKED
from dcikit.tasks.evaluation import evaluate
from dcikit.tasks.scm import Scm
from dcikit.tasks.scm.items import SWAPS, captions
from dcikit.tasks.sdci_items import row_items


def rows(release: Release) -> Any:
    return (sdci_row(release.read(name, summaries=True)) for name in release.names("test"))


def crops(release: Release, encoder: Encoder) -> tuple[list[Item], list[Any]]:
    """All regions, and the pixels of each."""
    items, pixels = [], []
    for row in rows(release):
        with Image.open(release.folder / "photos" / row["file_name"]) as photo:
            for item in (item for item in Scm().items(row) if isinstance(item, Item)):
                items.append(item)
                pixels.append(encoder.pixels(photo.convert("RGB").crop(item.box)))
    return items, pixels


def suite_by_suite(release: Release, model: CLIPModel, processor: CLIPProcessor) -> Callable[[], None]:
    """Every suite anew, one region at a time."""
    items = [(row["file_name"], item) for row in rows(release) for item in row_items(row)]

    def score(file_name: str, box: Any, captions: list[str], negative: str) -> None:
        with Image.open(release.folder / "photos" / file_name) as photo:
            crop = photo.convert("RGB").crop(box)
        pixels = processor.image_processor(images=crop, return_tensors="pt")
        for texts in (captions, [negative]):
            tokens = processor.tokenizer(
                texts, return_tensors="pt", padding="max_length", truncation=True, max_length=77
            )
            with torch.inference_mode():
                model(**tokens, **pixels)

    def run() -> None:
        for suite in ("all", "pick5", "base", "hard"):
            for file_name, item in items:
                if suite == "base" and item.key != "base":
                    continue
                negative = item.facts["hard_negative"] if suite == "hard" else SWAPS
                own = [item.texts[label] for label in captions(PICKED if suite == "pick5" else 1)]
                score(file_name, item.box, own, item.texts[negative])

    return run


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=6)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    model, processor = vit_b_32()
    encoder = load_encoder(model, processor)
    with tempfile.TemporaryDirectory() as folder:
        write_full_size(Path(folder) / "release", arguments.images)
        release = Release(Path(folder) / "release")
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

        def ours() -> None:
            evaluate(Scm(), row_readers(rows(release)), encoder, Run(BATCH))

        ours()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        items, pixels = crops(release, encoder)
        bare = bare_forwards(pixels, items, encoder)
        published = suite_by_suite(release, model, processor)
        timed = [(seconds(ours), seconds(bare), seconds(published)) for _ in range(arguments.rounds)]
    regions = arguments.images * 11
    ratio = statistics.median(own / forwards for own, forwards, _ in timed)
    speed_up = statistics.median(naive / own for own, _, naive in timed)
    print(f"{arguments.images} photos of 2250x1500, {regions} regions, {torch.get_num_threads()} threads")
    for name, column in zip(("dci eval", "bare forwards", "suite by suite"), zip(*timed, strict=True), strict=True):
        print(f"{name:>15}: {statistics.median(column):6.1f} s (median of {arguments.rounds})")
    print(f"ratio to bare forwards: {ratio:.3f}")
    print(f"speed-up over suite by suite: {speed_up:.2f}x")
    print(f"peak memory above the loaded model: {peak / 1024:.0f} MB")


if __name__ == "__main__":
    main()
