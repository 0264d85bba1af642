"""How fast is `dci eval --task grounding`? ViT-B/32 at random weights, full-size photos, ten masks each.

Its wall time is a ratio to the bare forwards of the model on each photo and each caption, ready-made.

    python benchmarks/grounding.py [--images 2] [--rounds 3]
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from pathlib import Path

from bare import BATCH, bare_forwards, seconds, vit_b_32
from eval import rows
from full_size import write_full_size

from dcikit.data.release import Release
from dcikit.encoders.models import load_encoder
from dcikit.encoders.patch_encoder import patch_encoder
from dcikit.engine.items import Item
from dcikit.engine.photo import open_photo
from dcikit.engine.prepare import row_readers
from dcikit.engine.windows import Run
from dcikit.tasks.evaluation import evaluate
from dcikit.tasks.grounding import Grounding


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    encoder = load_encoder(*vit_b_32())
    patches = patch_encoder(encoder)
    with tempfile.TemporaryDirectory() as folder:
        write_full_size(Path(folder), arguments.images)
        given = list(rows(Release(folder)))
        items = [item for row in given for item in Grounding().items(row) if isinstance(item, Item)]
        bare = bare_forwards([encoder.pixels(open_photo(row)) for row in given], items, encoder)
        bare()
        timed = [
            (seconds(lambda: evaluate(Grounding(), row_readers(given), patches, Run(BATCH))), seconds(bare))
            for _ in range(arguments.rounds)
        ]
    own, forwards = (statistics.median(column) for column in zip(*timed, strict=True))
    ratio = statistics.median(own / forwards for own, forwards in timed)
    print(f"{arguments.images} photos of 2250x1500, 11 captions each: {own:.2f} s, bare forwards {forwards:.2f} s")
    print(f"ratio to bare forwards: {ratio:.3f} (median of {arguments.rounds})")


if __name__ == "__main__":
    main()
