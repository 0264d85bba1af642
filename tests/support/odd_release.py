"""A small release folder with every oddity that the protocol names, and the pieces to make others.

`make_odd_release(folder)` draws 12 images (4 train, 2 valid, 6 test); `ODDITIES` says where each oddity is.
`one_image_release(folder)` is a plain one-image release to break with `edit(folder, name, change)`.
"""

from __future__ import annotations

import base64
import io
import json
import random
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

Doc = dict[str, Any]
Box = tuple[int, int, int, int]

ONLY_COMPLETE = ("summaries", "negatives", "clip_scores")

ODDITIES = {
    "300207": "exactly 224 and 223 px; crops clamped at each edge; nested requirements; a bad mask as crop",
    "300013": "mode L; bounds that are a list, null, absent or lack x; no height, width or clip_scores",
    "300150": "no summaries, negatives or clip_scores: no entries",
    "90001": "CMYK; equal captions, a negative equal to its caption, no swaps, ties, regions half described",
    "300099": "a palette PNG in a .jpg; no masks; a single entry",
    "300004": "a palette GIF; no negatives for base; 7 captions; a caption and a negative of over 77 tokens",
    "400002": "a caption and its first swaps negative that differ only after 77 tokens (valid)",
}

ADJECTIVES = "red blue green old bright wooden small tall broken quiet".split()
NOUNS = "car tree boat door lamp horse bridge tower cat umbrella".split()
PLACES = (
    "beside a wall",
    "under some trees",
    "near the river",
    "behind two people",
    "facing a sign",
    "in snow",
)


class Maker:
    """Draws the words, scores and pictures of one release; the same seed gives the same release."""

    def __init__(self, seed: int = 0) -> None:
        self.random = random.Random(seed)

    def phrase(self) -> str:
        """Such as "a red car near the river, number 4711"; two are hardly ever equal."""
        adjective, noun, place = (self.random.choice(words) for words in (ADJECTIVES, NOUNS, PLACES))
        return f"a {adjective} {noun} {place}, number {self.random.randrange(10**6)}"

    def negatives(self, count: int) -> dict[str, list[str]]:
        return {kind: [self.phrase() for _ in range(count)] for kind in ("basic", "layout", "swaps")}

    def clip_scores(self, negatives: Mapping[str, Sequence[str]]) -> dict[str, float]:
        """§1: "sum", "basic_0", ...: one score for the caption and one for each negative."""
        names = [f"{kind}_{number}" for kind, texts in negatives.items() for number in range(len(texts))]
        return {name: round(self.random.uniform(18, 36), 4) for name in ["sum", *names]}

    def photo(self, size: tuple[int, int], mode: str = "RGB") -> Image.Image:
        """Coarse noise under random rectangles, so that no two crops look the same."""
        cells = (size[0] // 20, size[1] // 20)
        noise = Image.frombytes("RGB", cells, self.random.randbytes(cells[0] * cells[1] * 3))
        image = noise.resize(size, Image.Resampling.NEAREST)
        draw = ImageDraw.Draw(image)
        for _ in range(25):
            x, y = self.random.randrange(size[0] - 30), self.random.randrange(size[1] - 30)
            corner = (x + self.random.randrange(20, 200), y + self.random.randrange(20, 200))
            draw.rectangle(((x, y), corner), fill=tuple(self.random.randbytes(3)))
        return image.convert(mode)

    def describe(self, doc: Doc, key: str, captions: int, negatives: int = 1, one_string: bool = False) -> None:
        """Give a region its summaries, negatives and CLIP scores."""
        texts = [self.phrase() for _ in range(captions)]
        doc["summaries"][key] = texts[0] if one_string else texts
        doc["negatives"][key] = self.negatives(negatives)
        doc["clip_scores"][key] = self.clip_scores(doc["negatives"][key])


NAME = "1-data.json"
"""The annotation of the fixture `one_image`."""


def file_bytes(image: Image.Image, kind: str = "JPEG") -> bytes:
    """The image as the bytes of a file of that kind (Pillow's name for it)."""
    buffer = io.BytesIO()
    image.save(buffer, kind)
    return buffer.getvalue()


def mask_png(size: tuple[int, int], box: Box) -> str:
    """§1 `outer_mask`: base64 of a 1-bit PNG as large as the image, 1 inside the box (x1, y1 exclusive)."""
    image = Image.new("1", size, 0)
    image.paste(1, box)
    return base64.b64encode(file_bytes(image, "PNG")).decode("ascii")


def corners(box: Box) -> Doc:
    """§1 `bounds`."""
    return {"topLeft": {"x": box[0], "y": box[1]}, "bottomRight": {"x": box[2], "y": box[3]}}


def make_mask(size: tuple[int, int], idx: int | str, box: Box, pixels: Box | None = None, **changes: Any) -> Doc:
    """A mask record of quality 0 whose mask fills `pixels` (the box unless told); `changes` replace keys, and
    a key changed to `...` is left out."""
    x0, y0, x1, y1 = pixels or box
    mask: Doc = {
        "outer_mask": mask_png(size, (x0, y0, x1, y1)),
        "area": (x1 - x0) * (y1 - y0),
        "bounds": corners(box),
        "idx": idx,
        "parent": -1,
        "requirements": [],
        "label": f"thing {idx}",
        "caption": f"The thing numbered {idx}, seen from the front.",
        "mask_quality": 0,
    } | changes
    return {key: value for key, value in mask.items() if value is not ...}


def make_doc(image: str, size: tuple[int, int], masks: Sequence[Doc], **changes: Any) -> Doc:
    """A file of `complete/`, masks in the order given, with nothing described yet; `...` leaves a key out."""
    doc: Doc = {
        "image": image,
        "short_caption": f"A photo called {image}.",
        "extra_caption": "Rectangles of many colours.\nThey overlap, and behind them is noise.",
        "height": size[1],
        "width": size[0],
        "mask_data": {str(mask["idx"]): mask for mask in masks},
        "mask_keys": [str(mask["idx"]) for mask in masks],
        "summaries": {},
        "negatives": {},
        "clip_scores": {},
    } | changes
    return {key: value for key, value in doc.items() if value is not ...}


def write_release(
    folder: str | Path,
    docs: Mapping[str, Doc],
    photos: Mapping[str, bytes],
    splits: Mapping[str, Sequence[str]],
) -> Path:
    """Write a release: docs by annotation name (as in `complete/`), photos by file name, names by split."""
    folder = Path(folder)
    for part in ("annotations", "complete", "photos"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    for name, doc in docs.items():
        plain = {key: value for key, value in doc.items() if key not in ONLY_COMPLETE}
        write_json(folder / "annotations" / name, plain)
        write_json(folder / "complete" / name, doc)
    for name, data in photos.items():
        (folder / "photos" / name).write_bytes(data)
    write_json(folder / "splits.json", splits)
    return folder


def write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")


def edit(
    folder: str | Path,
    name: str,
    change: Callable[[Doc], Any],
    kinds: Sequence[str] = ("annotations", "complete"),
) -> None:
    """Apply `change(doc)` in place to both JSON files of an image; `summaries`, `negatives` and `clip_scores`
    are in `complete` only."""
    for kind in kinds:
        path = Path(folder) / kind / name
        doc = json.loads(path.read_text(encoding="utf-8"))
        change(doc)
        write_json(path, doc)


def one_image_release(folder: str | Path, name: str = "1-data.json", split: str = "test", seed: int = 0) -> Path:
    """A release without oddities: one image with base, two subcrops (m-0-sc, m-1-sc; 1 is a child of 0) and a
    mask too small for a subcrop (2), each region with 5 captions, negatives and scores."""
    maker, size = Maker(seed), (700, 560)
    image = f"sa_{name.removesuffix('-data.json')}.jpg"
    masks = [
        make_mask(size, 0, (40, 30, 440, 400), requirements=[1]),
        make_mask(size, 1, (100, 60, 380, 320), parent=0),
        make_mask(size, 2, (500, 300, 560, 400)),
    ]
    doc = make_doc(image, size, masks)
    maker.describe(doc, "base", captions=5, negatives=3)
    maker.describe(doc, "m-0-sc", captions=5)
    maker.describe(doc, "m-1-sc", captions=5)
    splits = {part: [name] if part == split else [] for part in ("train", "valid", "test")}
    return write_release(folder, {name: doc}, {image: file_bytes(maker.photo(size))}, splits)


def sizes_and_nesting(maker: Maker) -> tuple[Doc, bytes]:
    """300207: 6 entries: base, m-3-sc, m-1-sc, m-2-sc, m-7-sc, m-5-sc. Mask 3 holds "10", which holds 1,
    which holds 7 (bad: left out with its child 8); 3 also names 99, which does not exist."""
    size = (700, 560)
    bad: Doc = {"mask_quality": 2, "label": ..., "caption": ...}
    text: Doc = {"label": "café 🍰", "caption": "日本語の看板。"}
    masks = [
        make_mask(size, 3, (200, 150, 424, 374), requirements=["10", 99, "4"]),
        make_mask(size, "0", (250, 100, 473, 400), parent="-1"),
        make_mask(size, "10", (210, 150, 434, 373), parent="3", requirements=[1]),
        make_mask(size, 1, (10, 8, 300, 290), parent="10", requirements=["7", 5]),
        make_mask(size, "2", (400, 300, 690, 555), (420, 310, 600, 500), **text),
        make_mask(size, "7", (60, 40, 500, 500), parent=1, requirements=[8], **bad),
        make_mask(size, 8, (70, 50, 90, 90), parent="7"),
        make_mask(size, 5, (0, 0, 700, 230), parent=1, mask_quality=1, caption=...),
        make_mask(size, "4", (30, 30, 60, 60), parent=3, mask_quality=1, label="", caption=""),
    ]
    doc = make_doc("sa_300207.jpg", size, masks, mask_keys=[0, 1, 2, 3, 4, 5, 7, 8, 10])
    maker.describe(doc, "base", captions=7, negatives=3)
    maker.describe(doc, "m-3-sc", captions=5)
    maker.describe(doc, "m-0-sc", captions=4)  # 223 px: described, and yet no entry
    maker.describe(doc, "m-10-sc", captions=4)  # 223 px
    maker.describe(doc, "m-1-sc", captions=1, one_string=True)
    maker.describe(doc, "m-2-sc", captions=4)
    maker.describe(doc, "m-7-sc", captions=4)
    maker.describe(doc, "m-5-sc", captions=1)
    del doc["clip_scores"]["m-2-sc"]
    doc["clip_scores"]["base"] |= {"basic_1": 40.5, "layout_2": 40.5, "swaps_1": 40.5}  # swaps_1 is hardest
    doc["clip_scores"]["m-3-sc"] |= {"basic_0": 33.25, "layout_0": 33.25, "swaps_0": 20.0}  # layout_0 is
    doc["clip_scores"]["m-7-sc"] |= {"basic_0": 27.0, "layout_0": 27.0, "swaps_0": 27.0}  # swaps_0 is
    return doc, file_bytes(maker.photo(size))


def other_bounds(maker: Maker) -> tuple[Doc, bytes]:
    """300013: 5 entries: base, m-9-sc, m-4-sc, m-2-sc, m-1-sc. What stands in `bounds` is wrong wherever it
    has another shape: the box of the mask counts (mask 6 would be a subcrop by its list, and is none)."""
    size = (560, 700)
    no_x = {"topLeft": {"y": 0}, "bottomRight": {"x": 560, "y": 700}}
    null_x = {"topLeft": {"x": None, "y": 0}, "bottomRight": {"x": 560, "y": 700}}
    masks = [
        make_mask(size, "9", (100, 200, 400, 500), bounds=None),
        make_mask(size, 4, (12, 310, 300, 690), bounds=[0, 0, 50, 50]),
        make_mask(size, 6, (12, 310, 100, 690), bounds=[0, 0, 500, 500]),
        make_mask(size, "2", (290, 20, 550, 260), bounds=no_x, mask_quality=1, caption=""),
        make_mask(size, 8, (290, 20, 400, 200), bounds=null_x, mask_quality=2, label="", caption=""),
        make_mask(size, 1, (150, 150, 374, 380), bounds=...),
    ]
    doc = make_doc("sa_300013.jpg", size, masks, height=..., width=...)
    maker.describe(doc, "base", captions=5, negatives=3)
    maker.describe(doc, "m-9-sc", captions=7)
    maker.describe(doc, "m-4-sc", captions=4)
    maker.describe(doc, "m-6-sc", captions=4)
    maker.describe(doc, "m-2-sc", captions=1, one_string=True)
    maker.describe(doc, "m-1-sc", captions=4)
    del doc["clip_scores"]
    return doc, file_bytes(maker.photo(size, "L"))


def nothing_described(maker: Maker) -> tuple[Doc, bytes]:
    """300150: no entries at all."""
    size = (640, 480)
    masks = [make_mask(size, 0, (20, 20, 400, 400)), make_mask(size, 1, (30, 30, 90, 90), parent="0")]
    doc = make_doc("sa_300150.jpg", size, masks, summaries=..., negatives=..., clip_scores=...)
    return doc, file_bytes(maker.photo(size))


def equals(maker: Maker) -> tuple[Doc, bytes]:
    """90001: 4 entries: base, m-6-sc (its first caption is the one of base), m-2-sc (no swaps), m-0-sc (its
    swaps negative is its caption); m-4-sc has no negatives, m-1-sc no summary."""
    size = (720, 560)
    masks = [
        make_mask(size, 6, (300, 100, 640, 500), requirements=["2"]),
        make_mask(size, 4, (20, 20, 320, 320)),
        make_mask(size, "2", (310, 110, 600, 460), parent="6"),
        make_mask(size, 1, (200, 200, 500, 500)),
        make_mask(size, "0", (5, 200, 300, 540), mask_quality=2, label=None, caption=None),
    ]
    doc = make_doc("sa_90001.jpg", size, masks, short_caption="Ein Straßenschild – «здесь»", extra_caption="")
    maker.describe(doc, "base", captions=5, negatives=3)
    for key, captions in (("m-6-sc", 5), ("m-4-sc", 4), ("m-2-sc", 4), ("m-1-sc", 4), ("m-0-sc", 1)):
        maker.describe(doc, key, captions)
    doc["summaries"]["base"][0] = doc["summaries"]["m-6-sc"][0] = "Ein Straßenschild – «здесь», 看板 🚧"
    doc["negatives"]["base"]["swaps"][0] = "Ein Zebrastreifen – «здесь», naïve 看板 🚧"
    doc["negatives"]["m-0-sc"]["swaps"][0] = doc["summaries"]["m-0-sc"][0]
    doc["negatives"]["m-2-sc"]["swaps"] = []
    doc["clip_scores"]["m-2-sc"] = {"sum": 30.0, "basic_0": 25.5, "layout_0": 25.5}  # layout_0 is hardest
    doc["clip_scores"]["m-0-sc"] |= {"basic_0": 31.0, "layout_0": 19.0, "swaps_0": 31.0}  # swaps_0 is hardest
    del doc["clip_scores"]["m-6-sc"]["layout_0"]  # one score short: no hard negative
    del doc["negatives"]["m-4-sc"], doc["clip_scores"]["m-4-sc"], doc["summaries"]["m-1-sc"]
    return doc, file_bytes(maker.photo(size, "CMYK"))


def no_masks(maker: Maker) -> tuple[Doc, bytes]:
    """300099: 1 entry: base. The file is a palette PNG, whatever its name says."""
    size = (700, 540)
    doc = make_doc("sa_300099.jpg", size, [])
    maker.describe(doc, "base", captions=5, negatives=3)
    return doc, file_bytes(maker.photo(size, "P"), "PNG")


def long_texts(maker: Maker) -> tuple[Doc, bytes]:
    """300004: 3 entries: m-5-sc, m-3-sc, m-11-sc; base has a summary and no negatives."""
    size = (560, 720)
    masks = [
        make_mask(size, "5", (8, 450, 260, 712), requirements=["11", 3]),
        make_mask(size, "3", (320, 60, 552, 300), parent=5, mask_quality=1, caption=...),
        make_mask(size, 11, (100, 100, 460, 640), parent="5", mask_quality=2, label=""),
    ]
    doc = make_doc("sa_300004.gif", size, masks, width=...)
    maker.describe(doc, "base", captions=4, negatives=3)
    del doc["negatives"]["base"], doc["clip_scores"]["base"]
    maker.describe(doc, "m-5-sc", captions=7)
    maker.describe(doc, "m-3-sc", captions=5)
    maker.describe(doc, "m-11-sc", captions=4)
    doc["summaries"]["m-5-sc"][0] = "; ".join(maker.phrase() for _ in range(12))
    doc["negatives"]["m-5-sc"]["swaps"] = ["; ".join(maker.phrase() for _ in range(12))]
    return doc, file_bytes(maker.photo(size, "P"), "GIF")


def equal_when_cut(maker: Maker) -> tuple[Doc, bytes]:
    """400002: 2 entries: base, m-0-sc; base's first caption and swaps negative are equal once cut at 77."""
    size = (560, 700)
    doc = make_doc("sa_400002.jpg", size, [make_mask(size, "0", (50, 50, 350, 380))])
    maker.describe(doc, "base", captions=5, negatives=3)
    maker.describe(doc, "m-0-sc", captions=4)
    start = "; ".join(maker.phrase() for _ in range(12))
    doc["summaries"]["base"][0], doc["negatives"]["base"]["swaps"][0] = start + "; a dog", start + "; a cat"
    return doc, file_bytes(maker.photo(size))


def plain(maker: Maker, number: str) -> tuple[Doc, bytes]:
    """3 entries: base, m-1-sc, m-0-sc. Complete: no suite drops the image."""
    size = (700, 560) if maker.random.random() < 0.5 else (560, 700)
    masks = [
        make_mask(size, 1, (150, 120, 450, 420), requirements=["0"]),
        make_mask(size, "0", (160, 130, 420, 390), parent=1, mask_quality=1, caption=""),
        make_mask(size, 2, (20, 20, 60, 90)),
    ]
    doc = make_doc(f"sa_{number}.jpg", size, masks)
    maker.describe(doc, "base", captions=8, negatives=3)
    maker.describe(doc, "m-1-sc", captions=5)
    maker.describe(doc, "m-0-sc", captions=4)
    return doc, file_bytes(maker.photo(size))


def make_odd_release(folder: str | Path, seed: int = 0) -> None:
    """Write the release of `ODDITIES`: 19 entries of 6 test images (groups of 8, 8, 3), 2 valid, 4 train."""
    maker = Maker(seed)
    made = {
        "300207": sizes_and_nesting(maker),
        "300013": other_bounds(maker),
        "300150": nothing_described(maker),
        "90001": equals(maker),
        "300099": no_masks(maker),
        "300004": long_texts(maker),
        "400002": equal_when_cut(maker),
    }
    for number in ("400001", "500003", "500001", "70002", "500002"):
        made[number] = plain(maker, number)
    numbers = {"train": ["500003", "500001", "70002", "500002"], "valid": ["400002", "400001"]}
    numbers["test"] = ["300207", "300013", "300150", "90001", "300099", "300004"]
    write_release(
        folder,
        {f"{number}-data.json": doc for number, (doc, _) in made.items()},
        {doc["image"]: data for doc, data in made.values()},
        {split: [f"{number}-data.json" for number in names] for split, names in numbers.items()},
    )
