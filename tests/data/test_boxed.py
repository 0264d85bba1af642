"""Masks inside their box, and 1-bit PNGs read without Pillow: against Pillow and slow readings."""

from __future__ import annotations

import io
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from dcikit.data.bitmap import decode, encode
from dcikit.data.boxed import boxed, boxed_png
from dcikit.files.packed_png import packed_rows

masks = st.tuples(st.integers(1, 21), st.integers(1, 9), st.sampled_from([0, 0.03, 0.5, 1]), st.integers(0, 50)).map(
    lambda m: np.random.default_rng(m[3]).random((m[1], m[0])) < m[2]
)


def by_pillow(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)).convert("L")) > 0


def slow_runs(flat: list[bool]) -> list[tuple[int, int]]:
    """Start and end of every run of set pixels, one pixel after another."""
    runs, start = [], None
    for place, value in enumerate([*flat, False]):
        if value and start is None:
            start = place
        elif not value and start is not None:
            runs.append((start, place))
            start = None
    return runs


@given(masks)
def test_a_boxed_mask_is_the_mask(pixels: np.ndarray) -> None:
    png = encode(pixels)
    assert packed_rows(png) is not None
    assert np.array_equal(decode(png), by_pillow(png))
    for found in (boxed(pixels), boxed_png(png)):
        x0, y0, x1, y1 = found.box
        again = np.zeros((found.height, found.width), bool)
        again[y0:y1, x0:x1] = found.pixels
        assert np.array_equal(again, pixels)
        assert not pixels.any() or (found.pixels[0].any() and found.pixels[:, -1].any())
        for (starts, ends), flat in ((found.row_runs(), pixels.ravel()), (found.column_runs(), pixels.T.ravel())):
            assert list(zip(starts.tolist(), ends.tolist(), strict=True)) == slow_runs(flat.tolist())


@pytest.mark.parametrize("size", [(97, 80), (801, 300)])
def test_every_filter_of_png_is_undone(size: tuple[int, int]) -> None:
    """Pillow writes all of them for the outline of a disc over stripes."""
    width, height = size
    y, x = np.mgrid[:height, :width]
    disc = (x - width / 2) ** 2 + (y - height / 2) ** 2 < (min(size) / 2.5) ** 2
    pixels = (disc ^ (x // 11 + y // 7) % 5 == 0) & ((x + y) % 3 > 0)
    assert np.array_equal(decode(encode(pixels)), pixels)
    rows = np.packbits(pixels, axis=1)
    kinds = np.arange(height) % 5
    filtered = b"".join(bytes([kind]) + slow_filter(rows, place, kind) for place, kind in enumerate(kinds.tolist()))
    found = packed_rows(changed(encode(pixels), filtered))
    assert found is not None and np.array_equal(found[0], rows)


def slow_filter(rows: np.ndarray, place: int, kind: int) -> bytes:
    """A row filtered, byte by byte, as the PNG specification says (filters 0 to 4)."""
    row, above = rows[place].tolist(), (rows[place - 1].tolist() if place else [0] * rows.shape[1])
    found = []
    for at, value in enumerate(row):
        a, b, c = (row[at - 1] if at else 0), above[at], (above[at - 1] if at else 0)
        nearest = min((abs(b - c), 0, a), (abs(a - c), 1, b), (abs(a + b - 2 * c), 2, c))[2]
        found.append((value - [0, a, b, (a + b) // 2, nearest][kind]) % 256)
    return bytes(found)


def other_png(mode: str, **options: object) -> bytes:
    file = io.BytesIO()
    Image.fromarray(np.eye(9, 20) > 0).convert(mode).save(file, "PNG", **options)
    return file.getvalue()


@pytest.mark.parametrize("mode", ["L", "RGB", "P", "LA"])
def test_pillow_reads_what_is_not_one_bit_grey(mode: str) -> None:
    png = other_png(mode)
    assert packed_rows(png) is None
    if mode in ("L", "P"):
        assert np.array_equal(decode(png), by_pillow(png))


def changed(png: bytes, rows: bytes) -> bytes:
    """The PNG with other image data; Pillow is not asked to read it, so checksums are left as they are."""
    start, end = png.index(b"IDAT") - 4, png.index(b"IEND") - 4
    data = zlib.compress(rows)
    return png[:start] + len(data).to_bytes(4, "big") + b"IDAT" + data + b"\0\0\0\0" + png[end:]


def test_data_that_lie_are_left_to_pillow() -> None:
    png = encode(np.eye(9, 20) > 0)
    whole = 9 * (1 + 3)
    assert packed_rows(changed(png, bytes(whole))) is not None
    assert packed_rows(changed(png, bytes(whole - 1))) is None, "too few rows"
    assert packed_rows(changed(png, bytes(whole + 10**6))) is None, (
        "more than it says: inflated to its size and no further"
    )
    assert packed_rows(changed(png, b"\5" + bytes(whole - 1))) is None, "no such filter"
    assert packed_rows(png[:16] + (2**31 - 1).to_bytes(4, "big") * 2 + png[24:]) is None, "too large to be decoded"
    assert packed_rows(png[: len(png) // 2]) is None
    large = encode(np.zeros((300, 8000), bool))
    assert packed_rows(changed(large, (b"\4" + bytes(1000)) * 300)) is None, "too many steps, one byte after another"
    with pytest.raises(ValueError, match="is not a readable image"):
        decode(changed(png, bytes(whole - 1)))
