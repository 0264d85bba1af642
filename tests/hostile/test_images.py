"""Photos and masks that are none, start programs, hold more than memory, or never end."""

from __future__ import annotations

import io
import os
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from dcikit.data.bitmap import decode
from dcikit.data.pixels import decode_mask, mask_box, photo_size
from dcikit.engine.photo import open_photo
from dcikit.files import limits
from dcikit.files.annotation_file import open_annotations
from dcikit.files.images import PHOTO_FORMATS, ImageError, opened_image, rgb
from dcikit.files.json_node import load_json
from dcikit.files.json_stream import json_objects
from dcikit.files.json_values import Wrong
from dcikit.masks.photos import read_photo
from dcikit.schema.errors import DataError

POSTSCRIPT = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 8 8\n(ran) (w) file closefile showpage\n%%EOF\n"
DOS_HEADER = b"\xc5\xd0\xd3\xc6" + struct.pack("<IIIIIIH", 30, len(POSTSCRIPT), 0, 0, 0, 0, 0)


def encoded(kind: str, mode: str = "RGB", size: tuple[int, int] = (8, 8)) -> bytes:
    file = io.BytesIO()
    Image.new(mode, size).save(file, kind)
    return file.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def claimed(width: int, height: int, pixels: bytes = b"\0") -> bytes:
    """A 1-bit PNG whose header claims any size."""
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    data = chunk(b"IDAT", zlib.compress(pixels))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + data + chunk(b"IEND", b"")


NO_PHOTOS = {
    "nothing": b"",
    "text": b"hello",
    "PostScript": POSTSCRIPT,
    "PostScript with a preview": DOS_HEADER + POSTSCRIPT,
    "PDF": b"%PDF-1.7\n",
    "XML": b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>',
    "ICO": encoded("ICO"),
    "PCX": encoded("PCX"),
    "PPM": encoded("PPM"),
    "TGA": encoded("TGA"),
    "half a JPEG": encoded("JPEG", size=(64, 64))[:200],
    "half a PNG": encoded("PNG")[:40],
    "half a GIF": encoded("GIF")[:12],
    "half a TIFF": encoded("TIFF")[:12],
    "half a WebP": encoded("WEBP")[:20],
    "half a BMP": encoded("BMP")[:20],
    "a bomb": claimed(2**20, 2**20),
    "just too many pixels": claimed(20_000, 10_000),
    "a PNG of no width": claimed(0, 8),
    "text chunks that expand": (
        encoded("PNG")[:33] + chunk(b"zTXt", b"a\0\0" + zlib.compress(b"0" * 2**27)) + encoded("PNG")[33:]
    ),
}


@pytest.mark.parametrize("case", NO_PHOTOS)
def test_what_is_no_photo(tmp_path: Path, case: str) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(NO_PHOTOS[case])
    with pytest.raises(DataError, match="photo.jpg: the photo cannot be decoded: it "):
        open_photo({"image_id": "7", "file_name": "photo.jpg", "image": {"bytes": NO_PHOTOS[case], "path": None}})
    with pytest.raises(DataError, match="photo.jpg: the photo cannot be decoded: it "):
        open_photo({"image_id": "7", "file_name": "photo.jpg", "image": {"bytes": None, "path": str(path)}})
    with pytest.raises(DataError, match="photo.jpg"):
        read_photo(path)


@pytest.mark.parametrize("case", sorted({*NO_PHOTOS} - {"text chunks that expand"}))
def test_its_size_is_not_believed(case: str) -> None:
    with pytest.raises(ImageError):
        photo_size(NO_PHOTOS[case])


@pytest.mark.parametrize("case", NO_PHOTOS)
def test_nor_is_it_a_mask(case: str) -> None:
    for read in (decode, mask_box):
        with pytest.raises(ImageError):
            read(NO_PHOTOS[case])


@pytest.mark.parametrize("kind", PHOTO_FORMATS)
def test_formats_of_photos(kind: str) -> None:
    assert photo_size(encoded(kind, size=(9, 5))) == (9, 5)
    with opened_image(encoded(kind, size=(9, 5))) as image:
        assert rgb(image).size == (9, 5)


@pytest.mark.parametrize("kind", ["JPEG", "GIF", "TIFF", "BMP", "WEBP"])
def test_only_a_png_is_a_mask(kind: str) -> None:
    with pytest.raises(ImageError, match="is not an image that can be read .PNG."):
        decode(encoded(kind, "L"))


@pytest.mark.parametrize(("width", "height"), [(2**31 - 1, 2**31 - 1), (2**20, 2**20), (limits.PIXELS + 1, 1)])
def test_a_mask_in_an_annotation_that_claims_many_pixels(width: int, height: int) -> None:
    import base64

    with pytest.raises(Wrong, match="pixels, at most"):
        decode_mask(base64.b64encode(claimed(width, height)).decode())


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_16_bit_grey_keeps_its_high_byte(kind: str) -> None:
    levels = np.array([[0, 255, 256, 0x1234], [0x7FFF, 0x8000, 0xFFFF, 511]], np.uint16)
    file = io.BytesIO()
    Image.fromarray(levels).save(file, kind)
    photo = open_photo({"image_id": "7", "image": {"bytes": file.getvalue()}})
    expected = [[0, 0, 1, 0x12], [0x7F, 0x80, 0xFF, 1]]
    assert np.asarray(photo).tolist() == [[[grey] * 3 for grey in row] for row in expected]
    assert open_photo({"image_id": "7", "image": Image.fromarray(levels)}).tobytes() == photo.tobytes()


@pytest.mark.parametrize("dtype", [np.int32, np.float32])
def test_pixels_without_a_white(dtype: Any) -> None:
    file = io.BytesIO()
    Image.fromarray(np.zeros((4, 4), dtype)).save(file, "TIFF")
    with pytest.raises(DataError, match="have no known white; save it with 8 bits"):
        open_photo({"image_id": "7", "image": {"bytes": file.getvalue()}})


@pytest.fixture(params=["pipe", "device", "folder", "endless"])
def no_file(request: Any, tmp_path: Path) -> Path:
    path = tmp_path / "thing"
    if request.param == "pipe":
        os.mkfifo(path)
    elif request.param == "folder":
        path.mkdir()
    else:
        path.symlink_to("/dev/zero" if request.param == "endless" else "/dev/tty")
    return path


def test_pipes_and_devices_for_photos(no_file: Path) -> None:
    with pytest.raises(DataError):
        open_photo({"image_id": "7", "image": {"bytes": None, "path": str(no_file)}})
    with pytest.raises(DataError, match="thing"):
        read_photo(no_file)


def test_pipes_and_devices_for_json(no_file: Path) -> None:
    with pytest.raises(DataError, match="thing: cannot be read"):
        load_json(no_file)
    with pytest.raises(DataError, match="thing: cannot be read"):
        list(json_objects(no_file))
    with pytest.raises(DataError, match="thing: cannot be read"):
        open_annotations(no_file)


def test_sparse_files_are_not_read_into_memory(tmp_path: Path) -> None:
    path = tmp_path / "large.json"
    with path.open("wb") as file:
        file.truncate(2**40)
    with pytest.raises(DataError, match="it has 1,099,511,627,776 bytes, at most"):
        load_json(path)
    with pytest.raises(DataError, match="1,099,511,627,776 bytes"):
        read_photo(path)
