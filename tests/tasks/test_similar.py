"""SCM among regions that look alike: the groups by hand and against a slow reading, and their scores."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from support import reference
from support.clip import make_clip
from support.tiny_families import build

import dcikit
from dcikit.cli.results_tables import results_notes, results_tables
from dcikit.tasks.scm.similar import similar_partition

LIMIT = 4


def slow_partition(vectors: list[list[int]], size: int) -> list[list[int]]:
    """Exact on whole numbers: a cosine by its sign and square, of equals the lower index."""

    def dot(a: list[int], b: list[int]) -> int:
        return sum(x * y for x, y in zip(a, b, strict=True))

    free, groups = list(range(len(vectors))), []
    while free:
        first = free[0]

        def unlike(other: int, first: int = first) -> tuple[float, int]:
            product = dot(vectors[first], vectors[other])
            return -product * abs(product) / dot(vectors[other], vectors[other]), other

        group = sorted([first, *sorted(free[1:], key=unlike)[: size - 1]])
        groups.append(group)
        free = [place for place in free if place not in group]
    return groups


def test_a_group_is_the_first_and_what_is_nearest_to_it() -> None:
    degrees = torch.tensor([0.0, 90.0, 50.0, 5.0, 80.0, 20.0, 300.0])
    embeds = torch.stack([degrees.deg2rad().cos(), degrees.deg2rad().sin()], 1) * torch.arange(1, 8)[:, None]
    assert similar_partition(embeds, 3) == [[0, 3, 5], [1, 2, 4], [6]]
    assert similar_partition(embeds, 1) == [[0], [1], [2], [3], [4], [5], [6]]
    assert similar_partition(embeds, 99) == [[0, 1, 2, 3, 4, 5, 6]]


def test_of_equals_the_earlier_is_nearer() -> None:
    same = torch.tensor([[1.0, 2.0]]).expand(5, 2)
    assert similar_partition(same, 2) == [[0, 1], [2, 3], [4]]


@pytest.mark.parametrize("size", [2, 3, 8])
def test_groups_equal_a_slow_reading(size: int) -> None:
    generator = torch.Generator().manual_seed(size)
    vectors = torch.randint(-3, 4, (60, 3), generator=generator)
    vectors[vectors.abs().sum(1) == 0] = 1
    assert similar_partition(vectors, size) == slow_partition(vectors.tolist(), size)


def test_nan_is_refused() -> None:
    with pytest.raises(ValueError, match="row 1 of `embeds` holds NaN"):
        similar_partition(torch.tensor([[1.0], [torch.nan]]), 2)


@pytest.fixture(scope="module")
def other_clip(processor: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of another random CLIP."""
    folder = tmp_path_factory.mktemp("other")
    make_clip(5).save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder


def groups_of(entries: list[reference.Entry], captions: int, size: int, processor: Any) -> list[reference.Group]:
    """The groups of some regions by the slow reading; of cosines, which here are never near each other."""
    model = make_clip(5)
    vectors = []
    for entry in entries:
        pixels = processor.image_processor(images=entry["crop"](), return_tensors="pt")["pixel_values"]
        with torch.no_grad():
            output = model.get_image_features(pixel_values=pixels)
        vectors.append(torch.nn.functional.normalize(getattr(output, "pooler_output", output)[0], dim=0))
    free, groups = list(range(len(entries))), []
    while free:
        first = free[0]
        near = sorted(free[1:], key=lambda place: -float(vectors[first] @ vectors[place]))[: size - 1]
        group = sorted([first, *near])
        free = [place for place in free if place not in group]
        groups.append([(entries[place], entries[place]["captions"][:captions]) for place in group])
    return [group for group in groups if len(group) > 1]


@pytest.mark.parametrize("grouping", ["similar", "similar-in-image"])
def test_scores_equal_the_reference(
    odd: Path, random_clip: Any, processor: Any, other_clip: Path, score: reference.Score, grouping: str
) -> None:
    settings = {"processor": processor, "protocol": "sdci-entries", "group_size": 3, "limit": LIMIT, "cache": False}
    found = dcikit.evaluate(random_clip, odd, grouping=grouping, similar_model=str(other_clip), **settings)
    images = [name.removesuffix("-data.json") for name in reference.names(odd, "test")[:LIMIT]]
    entries = [entry for entry in reference.entries(odd, "test") if entry["image_id"] in images]
    for suite, captions in (("all", 1), ("pick5", 5)):
        read = [entry for entry in entries if len(entry["captions"]) >= captions]
        parts = [read] if grouping == "similar" else [[e for e in read if e["image_id"] == image] for image in images]
        groups = [group for part in parts for group in groups_of(part, captions, 3, processor)]
        scored = sum(map(len, groups))
        for name, slow in (("scm", reference.scm), ("caption_to_subcrop", reference.caption_to_subcrop)):
            result, (correct, total) = found.scores[f"{suite}_{name}"], slow(groups, score)
            assert (result.value, result.regions, total) == (correct / total, scored, scored)
            assert result.excluded.get("alone in its group", 0) == len(read) - scored
    plain = dcikit.evaluate(random_clip, odd, **settings)
    assert {name: value for name, value in plain.scores.items() if "neg" in name or "image" in name} == {
        name: value for name, value in found.scores.items() if "neg" in name or "image" in name
    }


@pytest.fixture(scope="module")
def score(random_clip: Any, processor: Any) -> reference.Score:
    return reference.clip_score(random_clip, processor)


def test_the_protocol_names_who_says_what_is_alike(odd: Path, other_clip: Path) -> None:
    settings = {"dataset": odd, "protocol": "sdci-entries", "similar_model": str(other_clip), "limit": 2}
    results = dcikit.evaluate(grouping="similar-in-image", group_size=2, **settings)
    assert results.protocol.name == "sdci-entries-similar"
    parameters = results.protocol.parameters
    assert (parameters["within"], parameters["similar_model"]) == ("image", str(other_clip))
    assert len(parameters["similar_weights_sha256"]) == 64
    assert any(note.startswith("Groups: regions of one image that look alike to") for note in results_notes(results))
    by_chance = {record["score"]: record["chance"] for record in results_tables(results)[0].records()}
    assert by_chance["all_scm"] == 1 / 2 and by_chance["pick5_caption_to_subcrop"] == 1 / 2**5
    again = dcikit.evaluate(grouping="similar-in-image", group_size=2, batch_size=3, **settings)
    assert again.scores == results.scores


def test_what_cannot_be_asked(odd: Path, load: Any, processor: Any, tmp_path: Path) -> None:
    for settings, message in (
        ({"grouping": "alike"}, "`grouping` must be one of consecutive, similar, similar-in-image, got 'alike'"),
        ({"similar_model": "x"}, "`similar_model` is for `grouping` similar and similar-in-image; leave it out"),
        ({"grouping": "similar", "text": "label"}, "`grouping` does not go with `text`; leave it out"),
        ({"grouping": "similar", "dataset": iter([])}, "`grouping` similar reads `dataset` twice; give a folder"),
    ):
        with pytest.raises(dcikit.ArgumentError, match=message):
            dcikit.evaluate(cache=False, **{"dataset": odd, **settings})
    blip = build("BlipForImageTextRetrieval", processor.tokenizer)
    blip.save_pretrained(tmp_path / "blip")
    processor.save_pretrained(tmp_path / "blip")
    with pytest.raises(dcikit.ModelError, match="`similar_model` must embed images by themselves"):
        dcikit.evaluate(dataset=odd, grouping="similar", similar_model=str(tmp_path / "blip"), cache=False)
