"""A release's images in splits: by image, from a seed, and near-duplicate photos always in the same one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from dcikit.files.images import ImageError, opened_image, rgb
from dcikit.files.json_node import load_json
from dcikit.files.whole_file import write_whole
from dcikit.schema.errors import ArgumentError, DataError
from dcikit.schema.splits import SPLITS

from .release import SPLIT_KEYS, Release
from .similar_photos import difference_hash, similar_groups


@dataclass(frozen=True)
class Splitting:
    """What became of the photos of a release.

    Attributes:
        sizes: split -> images.
        similar: photos that are much like another one, and so in its split.
    """

    sizes: dict[str, int]
    similar: int


def split_photos(release: Release, shares: Mapping[str, float], *, similar: int, seed: int) -> Splitting:
    """Writes splits.json anew.

    Args:
        release: of photos that can be decoded.
        shares: split -> its share of the images, which add up to 1; see `assign`.
        similar: bits of two `difference_hash`es that may differ where the photos count as nearly the same.
        seed: another seed makes other splits.

    Raises:
        ArgumentError: if the shares are none.
        DataError: if a photo cannot be read.
    """
    if set(shares) - set(SPLITS) or min(shares.values()) < 0 or abs(sum(shares.values()) - 1) > 1e-6:
        raise ArgumentError(f"`shares` of {', '.join(SPLITS)} must add up to 1, got {dict(shares)}")
    names = sorted(name for part in release.splits.values() for name in part)
    groups = similar_groups(list(_hashes(release, names)), similar)
    splits = assign([[names[index] for index in group] for group in groups], shares, seed)
    document = {key: splits.get(split, []) for split, key in SPLIT_KEYS.items()}
    write_whole(release.folder / "splits.json", json.dumps(document).encode())
    sizes = {split: len(splits.get(split, [])) for split in SPLITS}
    return Splitting(sizes, sum(len(group) for group in groups if len(group) > 1))


def assign(groups: Sequence[Sequence[str]], shares: Mapping[str, float], seed: int) -> dict[str, list[str]]:
    """Split -> its names, shuffled: each group goes as a whole to the split that lacks most of its share.

    Where splits lack as much, test comes before validation, and validation before train; each split with a share gets
    a group as long as there are enough.
    """
    order = [split for split in ("test", "validation", "train") if shares.get(split, 0) > 0]
    shuffled = [list(group) for group in groups]
    Random(f"splits/{seed}").shuffle(shuffled)
    total = sum(map(len, shuffled))
    splits: dict[str, list[str]] = {split: [] for split in order}
    for group in shuffled:
        lacking = {split: shares[split] * total - len(found) for split, found in splits.items()}
        empty = [split for split in order if not splits[split]]
        splits[empty[0] if empty else max(order, key=lambda split: lacking[split])] += group
    return splits


def _hashes(release: Release, names: Sequence[str]) -> Iterator:
    for name in names:
        path = release.photo_path(load_json(release.annotations(summaries=False) / name)["image"])
        try:
            with opened_image(path) as image:
                yield difference_hash(rgb(image))
        except (ImageError, OSError) as error:
            raise DataError(str(path), "", str(error), "put the whole photo there") from None
