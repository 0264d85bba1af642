"""Time of `dci export`: of Parquet as a ratio to reading the same files and parsing their JSON in one process, of other
formats as a ratio to Parquet.

    python benchmarks/export.py [--dataset RELEASE] [--images 400] [--repeats 3] [--format coco ...]

Without a release it draws one with as many masks an image, and files as large, as the published one has: 40 masks, and
871 MB of archive over 7,805 images.
"""

from __future__ import annotations

import argparse
import base64
import io
import json
import math
import os
import random
import statistics
import tempfile
import time
from collections import deque
from pathlib import Path
from typing import Any

from full_size import SIZE
from PIL import Image, ImageDraw

from dcikit.data.formats.parts import export_parts
from dcikit.data.formats.registry import FORMATS
from dcikit.data.release import Release
from dcikit.hub.export import export_release

MASKS, SUBCROPS, VARIANTS = 40, 10, 8
WORDS = "red small house with a green door and two dogs under the old tree near a wide river at night".split()


def write_annotations(folder: Path, images: int) -> None:
    """Writes a release without photos."""
    names = [f"{number}-data.json" for number in range(images)]
    drawn = [[_mask(random.Random(-variant), idx) for idx in range(MASKS)] for variant in range(VARIANTS)]
    for part in ("annotations", "complete"):
        (folder / part).mkdir(parents=True)
    for number, name in enumerate(names):
        source = random.Random(number)
        masks = {str(idx): drawn[(number * 7 + idx) % VARIANTS][idx] for idx in range(MASKS)}
        plain = {
            "image": f"sa_{number}.jpg",
            "short_caption": _text(source, 20),
            "extra_caption": _text(source, 150),
            "width": SIZE[0],
            "height": SIZE[1],
            "mask_data": masks,
            "mask_keys": list(masks),
        }
        keys = ["base", *(f"m-{idx}-sc" for idx in range(SUBCROPS))]
        kinds = ("basic", "layout", "swaps")
        complete = plain | {
            "summaries": {key: [_text(source, 40) for _ in range(6)] for key in keys},
            "negatives": {key: {kind: [_text(source, 40)] for kind in kinds} for key in keys},
            "clip_scores": {key: {"sum": 30.1} | {f"{kind}_0": source.random() for kind in kinds} for key in keys},
        }
        (folder / "annotations" / name).write_text(json.dumps(plain))
        (folder / "complete" / name).write_text(json.dumps(complete))
    (folder / "splits.json").write_text(json.dumps({"train": names, "valid": [], "test": []}))


def _text(source: random.Random, words: int) -> str:
    return " ".join(source.choices(WORDS, k=words))


def _mask(source: random.Random, idx: int) -> dict[str, Any]:
    """The first `SUBCROPS` are large; outlines as rugged as those of Segment Anything."""
    radius = source.randint(250, 600) if idx < SUBCROPS else source.randint(20, 110)
    x, y = source.randint(radius, SIZE[0] - radius), source.randint(radius, SIZE[1] - radius)
    turns = [2 * math.pi * step / 240 for step in range(240)]
    radii = [radius * source.uniform(0.8, 1) for _ in turns]
    outline = [(x + r * math.cos(turn), y + r * math.sin(turn)) for turn, r in zip(turns, radii, strict=True)]
    image = Image.new("1", SIZE)
    ImageDraw.Draw(image).polygon(outline, fill=1)
    png = io.BytesIO()
    image.save(png, "PNG", optimize=True)
    x0, y0, x1, y1 = image.getbbox() or (0, 0, 0, 0)
    return {
        "idx": idx,
        "outer_mask": base64.b64encode(png.getvalue()).decode(),
        "area": image.histogram()[255],
        "bounds": {"topLeft": {"x": x0, "y": y0}, "bottomRight": {"x": x1, "y": y1}},
        "parent": -1 if idx < SUBCROPS else source.randrange(SUBCROPS),
        "requirements": [],
        "label": _text(source, 2),
        "caption": _text(source, 25),
        "mask_quality": 0,
    }


def parse_json(release: Release) -> float:
    """Seconds to read and parse every annotation file of both configs."""
    start = time.perf_counter()
    for summaries in (False, True):
        folder = release.annotations(summaries)
        for names in release.splits.values():
            for name in names:
                json.loads((folder / name).read_bytes())
    return time.perf_counter() - start


def export(release: Release, num_proc: int) -> float:
    """Seconds to export it without photos."""
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        export_release(release, Path(folder) / "dci", num_proc=num_proc)
        return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dataset", type=Path, help="release folder; default: a drawn one")
    parser.add_argument("--images", type=int, default=400, help="of the drawn one")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--format", nargs="*", choices=[name for name in FORMATS if not FORMATS[name].photos])
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as drawn:
        if options.dataset is None:
            write_annotations(Path(drawn), options.images)
        release = Release(options.dataset or drawn)
        if options.format:
            measure_formats(release, options.repeats, options.format)
        else:
            measure(release, options.repeats)


def export_format(release: Release, name: str) -> float:
    """Seconds of the processor to export it for a tool, without photos, in one process."""
    with tempfile.TemporaryDirectory() as folder:
        start = time.process_time()
        if name == "parquet":
            export_release(release, Path(folder) / "dci", num_proc=1)
        else:
            deque(export_parts(release, FORMATS[name], Path(folder) / "out", num_proc=1), maxlen=0)
        return time.process_time() - start


def measure_formats(release: Release, repeats: int, names: list[str]) -> None:
    """Formats with photos are left out: their time is that of encoding crops."""
    turns = [[export_format(release, name) for name in ("parquet", *names)] for _ in range(repeats)]
    parquet, *others = (statistics.median(times) for times in zip(*turns, strict=True))
    for name, seconds in zip(("parquet", *names), (parquet, *others), strict=True):
        print(f"{name}: {seconds:.2f} s of the processor, ratio to Parquet {seconds / parquet:.2f}")


def measure(release: Release, repeats: int) -> None:
    """Takes all times by turns, so that a busy machine slows all of them."""
    parse_json(release)  # from here on the files are in memory
    processes = sorted({1, os.cpu_count() or 1})
    turns = [[parse_json(release), *(export(release, num_proc) for num_proc in processes)] for _ in range(repeats)]
    parsing, *exporting = (statistics.median(times) for times in zip(*turns, strict=True))
    images = sum(map(len, release.splits.values()))
    size = sum(path.stat().st_size for path in release.folder.rglob("*-data.json"))
    print(f"{images} images, {size / 1e6:.0f} MB of JSON: read and parsed in {parsing:.2f} s")
    for num_proc, seconds in zip(processes, exporting, strict=True):
        print(f"export, {num_proc} processes: {seconds:.2f} s, ratio {seconds / parsing:.2f}")


if __name__ == "__main__":
    main()
