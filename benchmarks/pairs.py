"""How fast is `dci eval --task pairs`? ViT-B/32 at random weights, photos of COCO's size.

Its wall time is a ratio to the bare forwards of the model on each photo and each distinct text, ready-made.

    python benchmarks/pairs.py [--pairs 96] [--rounds 3]
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
from pathlib import Path

import numpy as np
from bare import BATCH, bare_forwards, seconds, vit_b_32
from PIL import Image

from dcikit.encoders.models import load_encoder
from dcikit.engine.photo import open_photo
from dcikit.engine.windows import Run
from dcikit.tasks.evaluation import evaluate
from dcikit.tasks.pairs import open_benchmark

SIZE = (640, 480)
WORDS = "a the man dog red blue on under holds table".split()


def write_pairs(folder: Path, count: int) -> Path:
    """Photos of smooth noise, which compresses like a photo, with captions and negatives of 12 words."""
    draw = np.random.default_rng(0)
    lines = []
    for number in range(count):
        coarse = draw.integers(0, 256, (24, 32, 3), dtype=np.uint8)
        Image.fromarray(coarse).resize(SIZE, Image.Resampling.BICUBIC).save(folder / f"{number}.jpg", quality=90)
        own, other = (" ".join(draw.choice(WORDS, 12)) for _ in range(2))
        lines.append(json.dumps({"image": f"{number}.jpg", "captions": [own], "negatives": [other]}))
    (folder / "pairs.jsonl").write_text("\n".join(lines))
    return folder / "pairs.jsonl"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=96)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    encoder = load_encoder(*vit_b_32())
    with tempfile.TemporaryDirectory() as folder:
        task, rows = open_benchmark(str(write_pairs(Path(folder), arguments.pairs)))
        items = [item for row in rows for item in task.items(row)]
        bare = bare_forwards([encoder.pixels(open_photo(row)) for row in rows], items, encoder)
        bare()
        timed = [
            (seconds(lambda: evaluate(task, rows.readers(), encoder, Run(BATCH))), seconds(bare))
            for _ in range(arguments.rounds)
        ]
    own, forwards = (statistics.median(column) for column in zip(*timed, strict=True))
    ratio = statistics.median(own / forwards for own, forwards in timed)
    print(f"{arguments.pairs} pairs, photos of {SIZE[0]}x{SIZE[1]}: {own:.1f} s, bare forwards {forwards:.1f} s")
    print(f"ratio to bare forwards: {ratio:.3f} (median of {arguments.rounds})")


if __name__ == "__main__":
    main()
