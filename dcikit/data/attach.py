"""Joins photos to a dataset that was published without them."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import datasets
import pyarrow as pa

from dcikit.files.images import ImageError, opened_image
from dcikit.files.safe_names import is_plain_name
from dcikit.schema.errors import ArgumentError, DataError

_LISTED = 20
_ROWS_AT_ONCE = 8
_REMEDY = "take them out of SA-1B's archive: dci photos sa_000138.tar --output-dir FOLDER"


def attach_photos(dataset: Any, photos_dir: str | os.PathLike[str]) -> Any:
    """The same dataset with `image` from a folder, by `file_name`; no photo is copied or decoded.

    Args:
        dataset: a `Dataset`, `IterableDataset` or a dict of them, of config dci or sdci.
        photos_dir: the folder with the `sa_*.jpg`, or a release folder with `photos/`.

    Raises:
        DataError: if photos are missing, cannot be read or have another size than their row says. For a stream when the
            row is reached.
        ArgumentError: if the dataset has no photos to name.
    """
    folder = photos_folder(photos_dir)
    if isinstance(dataset, dict):
        return type(dataset)({split: attach_photos(each, folder) for split, each in dataset.items()})
    if isinstance(dataset, datasets.IterableDataset):
        # As Arrow: `map` over rows would decode every mask, and write it anew.
        tables = dataset.with_format("arrow")
        joined = tables.map(_attach_table, batched=True, batch_size=_ROWS_AT_ONCE, fn_kwargs={"folder": folder})
        return joined.with_format(None).cast(dataset.features)  # datasets 3 decodes only what was cast
    if not isinstance(dataset, datasets.Dataset) or not {"file_name", "image"} <= set(dataset.column_names):
        raise ArgumentError(f"`dataset` must have columns file_name and image, as dci and sdci do, got {dataset!r}")
    columns = dataset.select_columns(["file_name", "width", "height"]).with_format(None)
    paths = photo_paths(folder, ((row["file_name"], row["width"], row["height"]) for row in columns))
    images = [{"bytes": None, "path": path} for path in paths]
    joined = dataset.remove_columns("image").add_column("image", images, feature=dataset.features["image"])
    return joined.select_columns(dataset.column_names)


def photos_folder(folder: str | os.PathLike[str]) -> Path:
    """The folder of photos: itself, or `photos/` of a release.

    Raises:
        DataError: if it is no folder.
    """
    path = Path(folder).expanduser()
    if not path.is_dir():
        raise DataError(str(path), "", "is not a folder", "give the folder with the photos")
    return path / "photos" if (path / "photos").is_dir() else path


def photo_paths(folder: Path, photos: Iterable[tuple[str, int, int]]) -> list[str]:
    """The path of each photo, given its file name, width and height.

    Raises:
        DataError: naming all that are missing, or the first that is no such photo.
    """
    paths, missing = [], []
    for name, width, height in photos:
        if not is_plain_name(name):
            raise DataError(str(folder), name, "is not a plain file name", "get the dataset again")
        path = os.path.join(os.path.abspath(folder), name)
        try:
            with opened_image(path) as image:
                size = image.size
        except FileNotFoundError:
            missing.append(name)
            continue
        except (ImageError, OSError) as error:
            raise DataError(path, "", f"cannot be read: {error}", "put the photo there again") from None
        if size != (width, height):
            found = f"is {size[0]}x{size[1]}, but the dataset says {width}x{height}"
            raise DataError(path, "", found, "put the photo there that the annotation was made for")
        paths.append(path)
    if missing:
        listed = ", ".join(missing[:_LISTED]) + (f" and {len(missing) - _LISTED} more" if missing[_LISTED:] else "")
        count = f"{len(missing)} of {len(missing) + len(paths)} photos are missing"
        raise DataError(str(folder), "", f"{count}: {listed}", _REMEDY)
    return paths


def _attach_table(table: pa.Table, folder: Path) -> pa.Table:
    columns = (table[name].to_pylist() for name in ("file_name", "width", "height"))
    paths = photo_paths(folder, zip(*columns, strict=True))
    place, kind = table.column_names.index("image"), pa.struct({"bytes": pa.binary(), "path": pa.string()})
    images = pa.array([{"bytes": None, "path": path} for path in paths], kind)
    return table.set_column(place, "image", images)
