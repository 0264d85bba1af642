"""What a training sees: which regions, in which order, with which crop, captions and negative."""

from __future__ import annotations

import io
import itertools
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest
import torch
from datasets import Dataset
from PIL import Image

from dcikit.encoders.models import load_encoder
from dcikit.engine.photo import open_photo
from dcikit.training import Batches, Crops, TrainingRegions
from dcikit.training.batches import Draw
from dcikit.training.choices import caption_choice, negative_choice
from dcikit.training.collate import Collator
from dcikit.training.regions import Example

IMAGES = [0, 0, 0, 1, 2, 2, 3, 3, 3, 3, 4]
"""Eleven regions of five images."""


def epoch(number: int = 0, count: int = 1, **options: Any) -> list[list[list[Draw]]]:
    """Batches of an epoch, of each process."""
    every = []
    for rank in range(count):
        batches = Batches(IMAGES, 4, rank=rank, count=count, **options)
        batches.set_epoch(number)
        assert len(batches) == 3
        every.append(list(batches))
    return every


@pytest.mark.parametrize("order", ["random", "image-grouped"])
@pytest.mark.parametrize("count", [1, 2, 4])
def test_every_entry_once_an_epoch(order: str, count: int) -> None:
    shares = epoch(count=count, order=order)
    drawn = [draw for share in shares for batch in share for draw in batch]
    assert sorted(draw.index for draw in drawn if draw.counts) == list(range(11))
    assert all(len({len(batch) for batch in step}) == 1 for step in zip(*shares, strict=True)), "one shape"
    assert sum(not draw.counts for draw in drawn) == (0 if count == 1 else 1)  # three are left for the last batch


@pytest.mark.parametrize("order", ["random", "image-grouped"])
def test_many_processes_share_the_batches_of_one(order: str) -> None:
    [alone] = epoch(3, order=order)
    for count in (2, 4):
        shares = epoch(3, count, order=order)
        for step, batch in enumerate(alone):
            together = [draw for share in shares for draw in share[step] if draw.counts]
            assert together == batch


def test_epochs_and_seeds_differ_and_repeat() -> None:
    assert epoch(0) == epoch(0)
    assert epoch(0) != epoch(1)
    assert epoch(0, seed=1) != epoch(0, seed=2)
    assert all(draw.epoch == 7 for share in epoch(7) for batch in share for draw in batch)


def test_a_smaller_last_batch_can_be_dropped() -> None:
    for count in (1, 2):
        shares = [list(Batches(IMAGES, 4, rank=rank, count=count, drop_last=True)) for rank in range(count)]
        assert [len(Batches(IMAGES, 4, drop_last=True)), *map(len, shares)] == [2] * (count + 1)
        drawn = [draw for share in shares for batch in share for draw in batch]
        assert len(drawn) == len({draw.index for draw in drawn}) == 8 and all(draw.counts for draw in drawn)
    assert len(Batches(IMAGES, 11, drop_last=True)) == 1
    with pytest.raises(ValueError, match="`batch_size` must be at most 11, the regions there are"):
        Batches(IMAGES, 12, drop_last=True)


def test_image_grouped_keeps_images_together() -> None:
    [batches] = epoch(order="image-grouped")
    order = [draw.index for batch in batches for draw in batch]
    assert [image for image, _ in itertools.groupby(IMAGES[index] for index in order)] != [0, 1, 2, 3, 4]
    for image in range(5):
        places = [place for place, index in enumerate(order) if IMAGES[index] == image]
        assert places == list(range(places[0], places[0] + IMAGES.count(image)))
        assert [order[place] for place in places] == sorted(order[place] for place in places)


def test_batches_refuse() -> None:
    with pytest.raises(ValueError, match="`batches` must be one of random, image-grouped"):
        Batches(IMAGES, 4, "sorted")
    with pytest.raises(ValueError, match="`batch_size` must be a multiple of the 3 processes, got 4"):
        Batches(IMAGES, 4, count=3)


CAPTIONS = ["a", "b", "c"]


def test_captions() -> None:
    rng = Random(0)
    assert caption_choice("first")(CAPTIONS, rng) == ["a"]
    singles = Counter(caption_choice("pick1")(CAPTIONS, rng)[0] for _ in range(300))
    assert set(singles) == set(CAPTIONS) and min(singles.values()) > 60
    assert sorted(caption_choice("pick3")(CAPTIONS, rng)) == CAPTIONS
    five = Counter(caption_choice("pick5")(CAPTIONS, rng))
    assert sum(five.values()) == 5 and set(five.values()) <= {1, 2}, "none twice before all were taken"
    for name in ("pick", "pick0", "all"):
        with pytest.raises(ValueError, match="`captions` must be first, or pickN"):
            caption_choice(name)


NEGATIVES = {"basic": ["b0", "b1"], "layout": [], "swaps": ["s0", "s1", "s2"]}
SCORES = {"caption": 30.0, "basic": [9.0, 1.0], "layout": [], "swaps": [2.0, 7.0, 7.0]}


def test_negatives() -> None:
    rng = Random(0)
    assert {negative_choice("swaps", "random")(NEGATIVES, None, rng) for _ in range(50)} == {"s0", "s1", "s2"}
    assert {negative_choice("any", "random")(NEGATIVES, None, rng) for _ in range(99)} == {
        "b0",
        "b1",
        "s0",
        "s1",
        "s2",
    }
    assert negative_choice("swaps", "first")(NEGATIVES, None, rng) == "s0"
    assert negative_choice("any", "first")(NEGATIVES, None, rng) == "b0"
    assert negative_choice("swaps", "hardest")(NEGATIVES, SCORES, rng) == "s2", "the last of equals"
    assert negative_choice("any", "hardest")(NEGATIVES, SCORES, rng) == "b0"
    assert negative_choice("layout", "random")(NEGATIVES, None, rng) is None
    with pytest.raises(ValueError, match="without clip_scores"):
        negative_choice("swaps", "hardest")(NEGATIVES, None, rng)
    with pytest.raises(ValueError, match="`negatives` must be one of basic, layout, swaps, any"):
        negative_choice("all", "random")
    with pytest.raises(ValueError, match="`negatives_choice` must be one of random, random-once, first, hardest"):
        negative_choice("any", "last")


@pytest.fixture
def crops(tmp_path: Path, random_clip: Any, processor: Any) -> Crops:
    return Crops(load_encoder(random_clip, processor).preprocessor, tmp_path / "crops")


@pytest.fixture
def rows(load: Callable[..., Any], odd: Path) -> Dataset:
    return load("sdci", odd, split="train")


def test_items_are_the_entries(rows: Dataset, crops: Crops) -> None:
    """All regions in order, each with what `dci eval` sees of its crop, bit for bit."""
    regions = TrainingRegions(rows, crops, captions="first", negatives="any", negatives_choice="first")
    expected = [
        (number, row, region)
        for number, row in enumerate(rows.with_format("arrow")[:].to_pylist())
        for region in row["regions"]
    ]
    assert len(regions) == len(expected) > 3
    assert regions.images == [number for number, _, _ in expected]
    for again in range(2):  # made, then kept
        for index, (_, row, region) in enumerate(expected):
            example = regions[index]
            crop = open_photo(row).crop(region["crop_box"])
            assert torch.equal(example.pixels["pixel_values"], crops.preprocessor.pixels(crop)["pixel_values"]), again
            assert example.captions == region["captions"][:1]
            negatives = [text for kind in ("basic", "layout", "swaps") for text in region["negatives"][kind]]
            assert example.negative == next(iter(negatives), None)


@pytest.mark.parametrize("part", [None, 3])
def test_collated_texts_can_be_put_in_order(crops: Crops, part: int | None) -> None:
    """All captions, then the negatives, or a caption in place of one; padded in parts of texts alike in length."""
    pixels = {"pixel_values": torch.zeros(3, 64, 64)}
    examples = [
        Example(pixels, ["red", "a red ball on a table"], "a blue ball"),
        Example(pixels, ["a boat under two green trees by a house", "a boat"], None, counts=False),
    ]
    inputs = Collator(crops.preprocessor, True, part)(examples)
    expected = ["red", "a red ball on a table", "a boat under two green trees by a house", "a boat", "a blue ball"]
    expected.append("a boat under two green trees by a house")
    read = [
        tuple(ids[: int(mask.sum())].tolist())
        for part in inputs["texts"]
        for ids, mask in zip(part["input_ids"], part["attention_mask"], strict=True)
    ]
    assert [read[place] for place in inputs["order"].tolist()] == crops.preprocessor.tokens(expected)[0]
    assert [len(part["input_ids"]) for part in inputs["texts"]] == ([6] if part is None else [3, 3])
    widths = [part["input_ids"].shape[1] for part in inputs["texts"]]
    assert widths == sorted(widths) and len(set(widths)) == len(widths)
    assert inputs["counts"].tolist() == [True, False]
    assert inputs["has_negative"].tolist() == [True, False]
    assert inputs["pixels"]["pixel_values"].shape == (2, 3, 64, 64)


def test_base_images_only(rows: Dataset, crops: Crops) -> None:
    regions = TrainingRegions(rows, crops, regions="base", negatives=None)
    bases = [row for row in rows.with_format("arrow")[:].to_pylist() if row["regions"]]
    assert len(regions) == len(bases)
    assert regions[0].negative is None
    boxes = [row["regions"][0]["crop_box"] for row in bases]
    assert torch.equal(
        regions[1].pixels["pixel_values"],
        crops.preprocessor.pixels(open_photo(bases[1]).crop(boxes[1]))["pixel_values"],
    )


def test_an_item_depends_on_nothing_but_seed_and_epoch(sample: Path, load: Callable[..., Any], crops: Crops) -> None:
    rows = load("sdci", sample, split="validation")

    def texts(order: range, seed: int = 0, epoch: int = 0) -> dict[int, tuple[list[str], str | None]]:
        regions = TrainingRegions(rows, crops, captions="pick1", seed=seed)
        drawn = {index: regions[Draw(index, epoch)] for index in order}
        return {index: (drawn[index].captions, drawn[index].negative) for index in sorted(drawn)}

    forward = texts(range(12))
    assert texts(range(11, -1, -1)) == forward
    assert texts(range(12), epoch=1) != forward
    assert texts(range(12), seed=1) != forward


def test_negatives_can_be_drawn_once(sample: Path, load: Callable[..., Any], crops: Crops) -> None:
    """The caption is another one in each epoch, the negative is not, but another one with another seed."""
    rows = load("sdci", sample, split="validation").select(range(4))

    def drawn(seed: int, epoch: int) -> list[tuple[list[str], str | None]]:
        regions = TrainingRegions(rows, crops, negatives="any", negatives_choice="random-once", seed=seed)
        return [
            (example.captions, example.negative) for example in (regions[Draw(i, epoch)] for i in range(len(regions)))
        ]

    first, later, other = drawn(0, 0), drawn(0, 1), drawn(1, 0)
    assert [negative for _, negative in first] == [negative for _, negative in later]
    assert [captions for captions, _ in first] != [captions for captions, _ in later]
    assert [negative for _, negative in first] != [negative for _, negative in other]


def test_regions_with_too_few_captions_can_be_excluded(rows: Dataset, crops: Crops) -> None:
    counts = [len(region["captions"]) for row in rows.with_format("arrow")[:].to_pylist() for region in row["regions"]]
    enough, few = sum(count >= 5 for count in counts), sum(0 < count < 5 for count in counts)
    assert enough and few, "the release has both"
    regions = TrainingRegions(rows, crops, captions="pick5", repeat_captions=False, negatives=None)
    assert (len(regions), regions.excluded) == (enough, {"regions with fewer than 5 captions": few})
    assert all(len(set(regions[index].captions)) == 5 for index in range(enough))
    every = TrainingRegions(rows, crops, captions="pick5", negatives=None)
    assert (len(every), every.excluded) == (enough + few, {})


def test_the_whole_image_rule_excludes_whole_images(rows: Dataset, crops: Crops) -> None:
    """Of suite `all`, or `pick5` where several captions are read."""
    marks = [[{"suite": "all", "reason": "x"}], [{"suite": "pick5", "reason": "x"}]]
    marks += [[] for _ in range(len(rows) - 2)]
    marked = rows.remove_columns("excluded").add_column("excluded", marks)
    every = TrainingRegions(marked, crops, negatives=None)
    for captions, left in (("pick1", 0), ("first", 0), ("pick5", 1)):
        regions = TrainingRegions(marked, crops, captions=captions, negatives=None, whole_image_rule=True)
        assert regions.images == [image for image in every.images if image != left] != every.images
        assert regions.excluded == {"images by the whole-image rule": 1}
    with pytest.raises(ValueError, match="`rows` have no column excluded"):
        TrainingRegions(rows.remove_columns("excluded"), crops, whole_image_rule=True)


def test_what_readme_says(sample: Path, load: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Its code runs as it stands, after `ds` and a matrix of logits."""
    readme = (Path(__file__).parents[2] / "README.md").read_text()
    [code] = [block for block in re.findall(r"```python\n(.*?)```", readme, re.DOTALL) if "TrainingRegions(" in block]
    names: dict[str, Any] = {"ds": {"train": load("sdci", sample, split="validation").select(range(2))}}
    exec(code, names)
    example = names["example"]
    assert example.pixels["pixel_values"].shape == (3, 224, 224)
    assert len(example.captions) == 1 and example.negative
    assert names["loss"].item() > 0


def test_photos_are_decoded_once(rows: Dataset, crops: Crops, monkeypatch: pytest.MonkeyPatch) -> None:
    decoded: Counter[str] = Counter()

    def counting(row: Any) -> Image.Image:
        decoded[row["image_id"]] += 1
        return open_photo(row)

    monkeypatch.setattr("dcikit.training.crops.open_photo", counting)
    for _ in range(2):  # a new view finds what the first one kept
        regions = TrainingRegions(rows, crops, negatives=None)
        for index in [*range(len(regions))[::-1], *range(len(regions))]:
            regions[index]
    assert set(decoded.values()) == {1}
    assert len(decoded) == len(set(regions.images))


def test_the_kept_crops_are_bounded_and_not_missed(
    rows: Dataset, crops: Crops, monkeypatch: pytest.MonkeyPatch
) -> None:
    regions = TrainingRegions(rows, crops, negatives=None)
    expected = [regions[index].pixels["pixel_values"] for index in range(len(regions))]
    size = max(file.stat().st_size for file in crops.folder.iterdir())
    for file in crops.folder.iterdir():
        file.unlink()
    monkeypatch.setattr("dcikit.training.crops.MAX_BYTES", size + 1)
    fresh = Crops(crops.preprocessor, crops.folder.parent)
    regions = TrainingRegions(rows, fresh, negatives=None)
    for index, pixels in enumerate(expected):
        assert torch.equal(regions[index].pixels["pixel_values"], pixels)
    assert 0 < sum(file.stat().st_size for file in fresh.folder.iterdir()) <= size + 1


def test_damaged_crops_are_made_again(rows: Dataset, crops: Crops) -> None:
    regions = TrainingRegions(rows, crops, negatives=None)
    expected = regions[0].pixels["pixel_values"]
    [file] = crops.folder.iterdir()
    file.write_bytes(file.read_bytes()[:100])
    assert torch.equal(regions[0].pixels["pixel_values"], expected)


def test_another_photo_is_another_crop(crops: Crops) -> None:
    def regions(colour: str) -> TrainingRegions:
        photo = io.BytesIO()
        Image.new("RGB", (300, 300), colour).save(photo, "PNG")
        region = {
            "key": "base",
            "crop_box": [0, 0, 300, 300],
            "captions": ["a square"],
            "negatives": {"basic": [], "layout": [], "swaps": ["a circle"]},
            "clip_scores": None,
            "mask": {"bytes": b"", "path": None},
        }
        row = {"image_id": "1", "image": {"bytes": photo.getvalue(), "path": None}, "regions": [region]}
        return TrainingRegions(Dataset.from_list([row]), crops)

    red, blue = (regions(colour)[0].pixels["pixel_values"] for colour in ("red", "blue"))
    assert red[0].mean() > red[2].mean() and blue[0].mean() < blue[2].mean()


def test_what_cannot_be_trained_on(rows: Dataset, crops: Crops, load: Callable[..., Any], odd: Path) -> None:
    with pytest.raises(ValueError, match="`regions` must be one of all, base"):
        TrainingRegions(rows, crops, regions="subcrops")
    with pytest.raises(ValueError, match="nothing to train on"):
        TrainingRegions(rows.select([]), crops)
    without = load("sdci", odd, split="train", photos=False)
    with pytest.raises(ValueError, match="has no photo"):
        TrainingRegions(without, crops)[0]
