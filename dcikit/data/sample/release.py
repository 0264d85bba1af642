"""One drawn scene as the files of a release: the photo and both annotations."""

from __future__ import annotations

import base64
import json
from difflib import SequenceMatcher
from io import BytesIO
from pathlib import Path
from random import Random

from PIL import Image

from dcikit.schema.regions import BASE, mask_key

from .draw import paint, silhouette
from .negatives import negatives
from .scene import Scene, Thing, walk
from .words import dense_caption, image_texts, name, summaries

__all__ = ["likeness", "write_image"]


def likeness(caption: str, text: str) -> float:
    """A stand-in for CLIP's score, which needs a model: 100 x the share of the words kept in order."""
    words, others = caption.split(), text.split()
    blocks = SequenceMatcher(None, words, others, autojunk=False).get_matching_blocks()
    return round(100 * sum(block.size for block in blocks) / max(len(words), len(others)), 1)


def _mask(image: Image.Image) -> dict:
    """The release's fields of a 1-bit mask: its PNG, pixel count and box."""
    png = BytesIO()
    image.save(png, "PNG")
    x0, y0, x1, y1 = image.getbbox() or (0, 0, 0, 0)
    return {
        "outer_mask": base64.b64encode(png.getvalue()).decode("ascii"),
        "area": sum(image.histogram()[1:]),
        "bounds": {"topLeft": {"x": x0, "y": y0}, "bottomRight": {"x": x1, "y": y1}},
    }


def _masks(scene: Scene, rng: Random) -> tuple[dict[str, dict], dict[str, Thing]]:
    """The masks by id in a shuffled file order, and the things that are described."""
    size = (scene.width, scene.height)
    write = rng.choice((int, str, str))
    things = list(walk(scene.parts))
    ids = {id(thing): str(number) for number, thing in enumerate([*things, *scene.stones])}
    masks: dict[str, dict] = {}
    for siblings, parent in [(scene.parts, "-1"), *((thing.parts, ids[id(thing)]) for thing in things)]:
        for thing in siblings:
            beside = [other for other in siblings if other is not thing]
            masks[ids[id(thing)]] = {
                "parent": -1 if parent == "-1" else write(parent),
                "requirements": [write(ids[id(part)]) for part in thing.parts],
                "label": name(thing),
                "caption": dense_caption(thing, beside),
                "mask_quality": 0,
                **_mask(silhouette(thing, size)),
            }
    for stone in scene.stones:
        masks[ids[id(stone)]] = {
            "parent": -1,
            "requirements": [],
            "label": "stone",
            "caption": "",
            "mask_quality": 1,
            **_mask(silhouette(stone, size)),
        }
    if rng.random() < 0.2:
        _add_bad(scene, rng, masks, [ids[id(stone)] for stone in scene.stones])
    order = list(masks)
    rng.shuffle(order)
    return {key: {"idx": int(key), **masks[key]} for key in order}, {ids[id(thing)]: thing for thing in things}


def _add_bad(scene: Scene, rng: Random, masks: dict[str, dict], stones: list[str]) -> None:
    """An unlabelled mask of quality 2 along the lower edge; the stones on it become its children."""
    image = Image.new("1", (scene.width, scene.height))
    image.paste(1, (0, scene.height - rng.randint(40, 60), scene.width, scene.height))
    key = str(len(masks))
    masks[key] = {
        "parent": -1,
        "requirements": [int(stone) for stone in stones],
        "mask_quality": 2,
        **_mask(image),
    }
    for stone in stones:
        masks[stone]["parent"] = int(key)


def _scores(summary: str, altered: dict[str, list[str]]) -> dict[str, float]:
    texts = {f"{kind}_{n}": text for kind, found in altered.items() for n, text in enumerate(found)}
    return {key: likeness(summary, text) for key, text in {"sum": summary, **texts}.items()}


def write_image(folder: Path, scene: Scene, rng: Random) -> None:
    """Write the photo and both annotation files of one scene."""
    file_name = f"sa_{scene.number}.jpg"
    paint(scene, rng).save(folder / "photos" / file_name, "JPEG", quality=82)
    short, extra = image_texts(scene)
    masks, things = _masks(scene, rng)
    annotation = {
        "image": file_name,
        "short_caption": short,
        "extra_caption": extra,
        "height": scene.height,
        "width": scene.width,
        "mask_data": masks,
        "mask_keys": list(masks),
    }
    regions = {BASE: scene} | {mask_key(key): things[key] for key in masks if key in things}
    captions = {key: summaries(root) for key, root in regions.items()}
    altered = {key: negatives(rng, root) for key, root in regions.items()}
    scores = {key: _scores(captions[key][0], altered[key]) for key in regions}
    complete = {**annotation, "summaries": captions, "negatives": altered, "clip_scores": scores}
    target = f"{scene.number}-data.json"
    (folder / "annotations" / target).write_text(json.dumps(annotation), encoding="utf-8")
    (folder / "complete" / target).write_text(json.dumps(complete), encoding="utf-8")
