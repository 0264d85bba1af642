"""The embedded sample: a release of drawn pictures in the exact layout of the published one.

    write_sample("sample")      # sample/{splits.json,annotations,complete,photos}
    sample_folder()             # the same, drawn once and kept under HF_HOME

Captions and negatives are derived from the symbolic scene that is painted: true and false by construction.
`clip_scores` are lexical stand-ins (see `release.likeness`): nothing here runs a model.
"""

from __future__ import annotations

import hashlib
import json
import os
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from random import Random

from dcikit.files.whole_file import whole_folder

from .compose import make_scene
from .release import write_image
from .scene import Scene
from .words import dense_caption

__all__ = ["NUMBERS", "SPLITS", "sample_folder", "write_sample"]

SPLITS = {"train": 480, "valid": 32, "test": 64}

NUMBERS = range(100001, 100001 + sum(SPLITS.values()))
"""The images' numbers, with every seed: by them a sample is known wherever it was written, exported or published."""


def _scenes(seed: int) -> dict[str, list[Scene]]:
    """The scenes of every split; each has its own random numbers, and no scene comes twice."""
    seen: set[str] = set()
    scenes: dict[str, list[Scene]] = {split: [] for split in SPLITS}
    numbers = iter(NUMBERS)
    for split, count in SPLITS.items():
        for number in islice(numbers, count):
            attempt = 0
            while True:
                scene = make_scene(Random(f"{seed}/{number}/{attempt}"), number)
                told = " ".join([scene.backdrop.name, *sorted(dense_caption(thing, []) for thing in scene.parts)])
                if told not in seen:
                    break
                attempt += 1
            seen.add(told)
            scenes[split].append(scene)
    return scenes


def _fill(folder: Path, seed: int) -> None:
    for name in ("annotations", "complete", "photos"):
        (folder / name).mkdir(parents=True)
    scenes = _scenes(seed)
    with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
        drawn = [
            pool.submit(write_image, folder, scene, Random(f"{seed}/{scene.number}/drawing"))
            for split in scenes.values()
            for scene in split
        ]
        try:
            for job in drawn:
                job.result()
        finally:
            pool.shutdown(cancel_futures=True)  # after an error, such as of a full disk
    splits = {}
    for split, found in scenes.items():
        splits[split] = [f"{scene.number}-data.json" for scene in found]
        Random(f"{seed}/{split}").shuffle(splits[split])
    (folder / "splits.json").write_text(json.dumps(splits), encoding="utf-8")


def write_sample(folder: str | os.PathLike[str], *, seed: int = 0) -> None:
    """Write the sample release to `folder`, which must be absent or empty.

    The files are written beside it and moved at the end: there is never half a release. The same seed and
    the same Pillow give the same bytes.

    Raises:
        FileExistsError: `folder` has something in it, or another process was first.
    """
    folder = Path(folder)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        msg = f"`folder` must be absent or empty, got {folder}; remove it or name another one"
        raise FileExistsError(msg)
    try:
        with whole_folder(folder) as unfinished:
            _fill(unfinished, seed)
    except OSError as error:
        if folder.is_dir() and any(folder.iterdir()):
            msg = f"`folder` must be absent or empty, got {folder}, which another process has just written"
            raise FileExistsError(msg) from error
        raise


def _version() -> str:
    """A short hash of the sources of the sample."""
    digest = hashlib.sha256()
    for source in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(source.name.encode() + b"\0" + source.read_bytes())
    return digest.hexdigest()[:12]


def sample_folder() -> Path:
    """The cached sample release, drawn at the first use (some seconds)."""
    from huggingface_hub.constants import HF_HOME

    folder = Path(HF_HOME) / "dci" / f"sample-{_version()}"
    if not (folder / "splits.json").is_file():
        try:
            write_sample(folder)
        except FileExistsError:
            if not (folder / "splits.json").is_file():
                raise
    return folder
