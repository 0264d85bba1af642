"""Records -> FiftyOne: a sample an image, a detection a mask with its texts and its place in the tree.

What is written is FiftyOne's serialized form, `samples.json` in a folder for each split, without FiftyOne itself:

    fiftyone.Dataset.from_dir("out/test", dataset_type=fiftyone.types.FiftyOneDataset, dynamic=True)
"""

from __future__ import annotations

import base64
import io
import json
import os
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from dcikit.files.whole_file import write_whole
from dcikit.schema.errors import ArgumentError

from ..attach import photos_folder
from ..boxed import boxed_png
from ..record import Record
from ..release import Release
from ..rows import Row, dci_row
from .parts import Format, Part

_TEXTS = ("image_id", "short_caption", "extra_caption", "description")
_OF_A_MASK = ("label", "caption", "quality", "mask_id", "parent_id", "child_ids", "area")


def sample(row: Row, filepath: str, tags: Iterable[str] = ()) -> dict[str, Any]:
    """A row of config `dci` as a serialized sample.

    Raises:
        ValueError: if a mask cannot be decoded.
    """
    return {
        "filepath": filepath,
        "tags": list(tags),
        "metadata": {"_cls": "ImageMetadata", "width": row["width"], "height": row["height"]},
        **{name: row[name] for name in _TEXTS},
        "masks": {"_cls": "Detections", "detections": [_detection(row, mask) for mask in row["masks"]]},
    }


def to_fiftyone(dataset: Any, photos_dir: str | os.PathLike[str] | None = None, name: str | None = None) -> Any:
    """A `fiftyone.Dataset` of rows of config `dci`; needs `pip install fiftyone`.

    Args:
        dataset: a `datasets.Dataset` of config `dci`.
        photos_dir: the folder with the photos, or a release folder; None: where `attach_photos` says that they are.
        name: of the new dataset; None: FiftyOne gives it one.

    Raises:
        ArgumentError: if rows are of another config, or it is not known where the photos are.
    """
    samples = serialized(dataset, photos_dir)
    import fiftyone

    found = fiftyone.Dataset(name)
    found.add_samples((fiftyone.Sample.from_dict(each) for each in samples), dynamic=True, num_samples=len(dataset))
    return found


def serialized(dataset: Any, photos_dir: str | os.PathLike[str] | None = None) -> Iterator[dict[str, Any]]:
    """The samples of `to_fiftyone`, as FiftyOne serializes them."""
    if missing := {"file_name", "masks", *_TEXTS} - set(dataset.column_names):
        raise ArgumentError(f"`dataset` must be rows of config dci, got rows without {', '.join(sorted(missing))}")
    return _samples(dataset, None if photos_dir is None else photos_folder(photos_dir))


def _samples(dataset: Any, folder: Path | None) -> Iterator[dict[str, Any]]:
    tags = [str(dataset.split)] if dataset.split else []
    for table in dataset.with_format("arrow").iter(batch_size=1):
        [row] = table.to_pylist()
        path = (row["image"] or {}).get("path") if folder is None else str(folder / row["file_name"])
        if path is None:
            raise ArgumentError("`photos_dir` must be the folder with the photos: the rows do not say where they are")
        yield sample(row, os.path.abspath(path), tags)


def _detection(row: Row, mask: Row) -> dict[str, Any]:
    """A mask inside the box of its pixels, which need not be the release's bounds; one without a pixel has none."""
    drawn = boxed_png(mask["mask"]["bytes"])
    x0, y0, x1, y1 = drawn.box
    width, height = row["width"], row["height"]
    return {
        "_cls": "Detection",
        "attributes": {},
        "tags": [],
        **{name: mask[name] for name in _OF_A_MASK},
        "bounding_box": [x0 / width, y0 / height, (x1 - x0) / width, (y1 - y0) / height],
        "mask": _array(drawn.pixels) if x0 < x1 else None,
    }


def _array(values: np.ndarray) -> dict[str, Any]:
    """An array as FiftyOne stores it: NumPy's file format, compressed, as binary JSON of MongoDB."""
    file = io.BytesIO()
    np.save(file, np.ascontiguousarray(values), allow_pickle=False)
    data = base64.b64encode(zlib.compress(file.getvalue())).decode("ascii")
    return {"$binary": {"base64": data, "subType": "00"}}


def _write(records: Iterable[Record], part: Part, path: Path) -> dict[str, int]:
    photos = os.path.abspath(part.folder / "photos")
    with path.open("w", encoding="utf-8") as file:
        file.write('{"samples": [')
        for index, record in enumerate(records):
            each = sample(dci_row(record), os.path.join(photos, record.file_name), [part.split])
            file.write((",\n" if index else "") + json.dumps(each, ensure_ascii=False))
        file.write("]}")
    return {}


def _path(part: Part) -> str:
    return f"{part.split}/samples.json"


def _finish(folder: Path, parts: list[Part], release: Release) -> None:
    for part in parts:
        write_whole(folder / part.split / "metadata.json", json.dumps({"media_type": "image"}).encode())


FIFTYONE = Format(name="fiftyone", path=_path, write=_write, finish=_finish)
