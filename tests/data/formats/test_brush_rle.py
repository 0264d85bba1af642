"""Label Studio's run lengths, against its own library and a slow reading of the documented bits."""

from __future__ import annotations

import numpy as np
import pytest

from dcikit.data.formats.brush_rle import decode, encode


def slow_decode(rle: list[int]) -> list[int]:
    """The values, bit by bit."""
    stream = iter("".join(f"{byte:08b}" for byte in rle))

    def take(count: int) -> int:
        return int("".join(next(stream) for _ in range(count)), 2)

    total, word = take(32), take(5) + 1
    sizes = [take(4) + 1 for _ in range(4)]
    values: list[int] = []
    while len(values) < total:
        repeated = take(1)
        length = take(sizes[take(2)]) + 1
        values += [take(word)] * length if repeated else [take(word) for _ in range(length)]
    return values


def masks() -> list[np.ndarray]:
    random = np.random.default_rng(0)
    noise = [random.random((height, width)) < 0.5 for height, width in ((1, 1), (7, 5), (33, 64))]
    large = np.zeros((150, 300), bool)
    large[20:100, 5:280] = True
    return [*noise, large, np.zeros((200, 200), bool), np.ones((200, 200), bool)]


@pytest.mark.parametrize("mask", masks(), ids=lambda mask: "x".join(map(str, mask.shape)))
def test_run_lengths_are_the_documented_ones(mask: np.ndarray) -> None:
    rle = encode(mask)
    assert slow_decode(rle) == np.repeat(mask.ravel() * 255, 4).tolist()
    assert np.array_equal(decode(rle, mask.shape[1], mask.shape[0]), mask)


@pytest.mark.parametrize("mask", masks(), ids=lambda mask: "x".join(map(str, mask.shape)))
def test_label_studio_itself_reads_and_writes_the_same(mask: np.ndarray) -> None:
    brush = pytest.importorskip("label_studio_sdk.converter.brush")
    height, width = mask.shape
    assert np.array_equal(brush.decode_rle(encode(mask)).reshape(height, width, 4)[:, :, 3] > 0, mask)
    rgba = np.repeat(mask.ravel().astype(np.uint8) * 255, 4)
    assert np.array_equal(decode(list(brush.encode_rle(rgba)), width, height), mask)


def bits(*fields: tuple[int, int]) -> list[int]:
    text = "".join(f"{value:0{width}b}" for value, width in fields)
    text += "0" * (-len(text) % 8)
    return [int(text[at : at + 8], 2) for at in range(0, len(text), 8)]


def head(total: int, word: int = 8) -> list[tuple[int, int]]:
    return [(total, 32), (word - 1, 5), (2, 4), (3, 4), (7, 4), (15, 4)]


def test_literal_values_and_soft_edges() -> None:
    values = [0, 0, 0, 127, 9, 9, 9, 128]  # alpha is the fourth of a pixel
    rle = bits(*head(8), (0, 1), (0, 2), (7, 3), *((value, 8) for value in values))
    assert decode(rle, 2, 1).tolist() == [[False, True]]


@pytest.mark.parametrize(
    ("rle", "error"),
    [
        ([], "ends inside its header"),
        ([1, 2, 300], "must be a list of bytes, 0 to 255"),
        ([1, True], "must be a list of bytes, 0 to 255"),
        (bits(*head(2**32 - 1), (1, 1), (3, 2), (65535, 16), (255, 8)), "says that it has 4294967295 values, but 2x2"),
        (bits(*head(16)), "ends after 0 of 16 values"),
        (bits(*head(16), (0, 1), (3, 2), (65535, 16), (255, 8)), "ends after 0 of 16 values"),
        (bits(*head(16), (1, 1), (3, 2), (65535, 16), (255, 8)), "goes on after its 16 values"),
        (bits(*head(16, word=4)), "has values that are not of 8 bits"),
    ],
)
def test_run_lengths_that_lie_are_refused(rle: list[int], error: str) -> None:
    with pytest.raises(ValueError, match=error):
        decode(rle, 2, 2)


def test_a_bomb_is_refused_before_it_unpacks() -> None:
    with pytest.raises(ValueError, match="is a mask of 60000x60000, but at most"):
        decode(bits(*head(2**32 - 1)), 60000, 60000)
