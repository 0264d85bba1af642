"""Splits by image, and near-duplicates that stay together."""

from __future__ import annotations

import io
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageEnhance
from support.generation_runs import plain_release

from dcikit.data.release import Release
from dcikit.data.similar_photos import BITS, difference_hash, similar_groups
from dcikit.data.split_photos import assign, split_photos
from dcikit.schema.errors import ArgumentError, DataError


def bits(*hashes: np.ndarray) -> int:
    one, other = (np.unpackbits(each) for each in hashes)
    return int((one != other).sum())


def test_the_hash_is_which_neighbour_is_brighter() -> None:
    stairs = Image.fromarray(np.tile(np.arange(0, 180, 20, np.uint8), (9, 1)))  # brighter to the right alone
    assert np.unpackbits(difference_hash(stairs)).tolist() == [1] * 64 + [0] * 64
    assert bits(difference_hash(stairs), difference_hash(stairs.rotate(-90))) == BITS


def test_the_same_photo_in_other_sizes_and_qualities_is_near(sample: Path) -> None:
    photos = [Image.open(path).convert("RGB") for path in sorted((sample / "photos").iterdir())[:30]]
    hashes = [difference_hash(photo) for photo in photos]
    for photo, own in zip(photos, hashes, strict=True):
        file = io.BytesIO()
        photo.resize((photo.width // 2, photo.height // 2)).save(file, "JPEG", quality=50)
        assert bits(difference_hash(Image.open(file)), own) <= 6
        assert bits(difference_hash(ImageEnhance.Brightness(photo).enhance(0.8)), own) <= 6
    assert min(bits(one, other) for at, one in enumerate(hashes) for other in hashes[:at]) > 6


def test_groups_are_linked_by_pairs() -> None:
    def with_bits(count: int) -> np.ndarray:
        return np.packbits(np.arange(128) < count)

    hashes = [with_bits(count) for count in (0, 50, 4, 100, 8, 104)]
    assert similar_groups(hashes, 4) == [[0, 2, 4], [1], [3, 5]]
    assert similar_groups(hashes, 3) == [[0], [1], [2], [3], [4], [5]]
    assert similar_groups(list(reversed(hashes)), 4) == [[0, 2], [1, 3, 5], [4]]
    assert similar_groups([], 4) == []


def test_shares_are_met_and_groups_are_whole() -> None:
    groups = [[f"{number}"] for number in range(90)] + [[f"{number}", f"{number}b"] for number in range(90, 95)]
    splits = assign(groups, {"train": 0.8, "validation": 0.1, "test": 0.1}, seed=0)
    assert {split: len(names) for split, names in splits.items()} == {"train": 80, "validation": 10, "test": 10}
    home = {name: split for split, names in splits.items() for name in names}
    assert all(home[f"{number}"] == home[f"{number}b"] for number in range(90, 95))
    assert splits == assign(groups, {"train": 0.8, "validation": 0.1, "test": 0.1}, seed=0)
    assert splits != assign(groups, {"train": 0.8, "validation": 0.1, "test": 0.1}, seed=1)


@pytest.mark.parametrize(("count", "sizes"), [(1, (0, 0, 1)), (2, (0, 1, 1)), (3, (1, 1, 1)), (10, (8, 1, 1))])
def test_few_images_go_to_test_first(count: int, sizes: tuple[int, int, int]) -> None:
    splits = assign([[str(number)] for number in range(count)], {"train": 0.8, "validation": 0.1, "test": 0.1}, seed=0)
    assert (len(splits["train"]), len(splits["validation"]), len(splits["test"])) == sizes


def test_a_release_is_split_anew(sample: Path, tmp_path: Path) -> None:
    folder = plain_release(sample, tmp_path / "plain", 6)
    first, *_, last = sorted(path.name for path in (folder / "photos").iterdir())
    shutil.copy(folder / "photos" / first, folder / "photos" / last)
    made = split_photos(Release(folder), {"train": 0.5, "test": 0.5}, similar=6, seed=0)
    assert made.sizes == {"train": 3, "validation": 0, "test": 3}
    assert made.similar == 2
    splits = json.loads((folder / "splits.json").read_text())
    pair = {f"{Path(name).stem.removeprefix('sa_')}-data.json" for name in (first, last)}
    assert pair <= set(splits["train"]) or pair <= set(splits["test"])


def test_what_cannot_be_split(sample: Path, tmp_path: Path) -> None:
    folder = plain_release(sample, tmp_path / "plain", 2)
    with pytest.raises(ArgumentError, match="must add up to 1"):
        split_photos(Release(folder), {"train": 0.5, "test": 0.4}, similar=6, seed=0)
    photo = next((folder / "photos").iterdir())
    photo.write_bytes(photo.read_bytes()[:200])
    with pytest.raises(DataError, match=photo.name):
        split_photos(Release(folder), {"test": 1.0}, similar=6, seed=0)
