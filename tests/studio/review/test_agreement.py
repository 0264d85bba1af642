"""Agreement and rates, by hand. Masks of 12 x 8 pixels: 0 is 6x6 pixels, 1 is 2x2 in it, 2 is 3x4 beside it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.drawn_release import BOXES, HEIGHT, WIDTH

from dcikit.data.bitmap import filled, mask_of
from dcikit.data.decisions import Decision
from dcikit.data.record import Record
from dcikit.studio.review.agreement import Agreement
from dcikit.studio.review.queue import Reviewed, annotators, drawn, regions_of
from dcikit.studio.review.rates import rates, suggestions
from dcikit.studio.store.document import Edit
from dcikit.studio.store.journal import Event
from dcikit.studio.text_similarity import similarity


def image(*masks: tuple[str, tuple[int, int, int, int], str], **texts: str) -> Record:
    made = tuple(mask_of(key, filled(box, WIDTH, HEIGHT), label=label) for key, box, label in masks)
    return Record("1", "1.png", WIDTH, HEIGHT, texts.get("short", ""), texts.get("extra", ""), made)


def test_similarity_of_words() -> None:
    assert similarity("A red hut", "a RED hut.") == 1
    assert similarity("a red hut", "a blue hut") == pytest.approx(4 / 6)
    assert similarity("the the cat", "the cat") == pytest.approx(4 / 5)
    assert similarity("", "hut") == 0
    assert similarity("", " ") == 1


def test_agreement_of_two_annotators() -> None:
    one = image(
        ("0", (1, 1, 7, 7), "red hut"), ("1", (2, 2, 4, 4), "door"), ("2", (8, 1, 11, 5), "tree"), short="A hut."
    )
    other = image(("5", (1, 1, 7, 5), "hut"), ("6", (8, 1, 11, 5), "tree"), short="A house.")
    other = replace(other, masks=(other.masks[0], replace(other.masks[1], quality="bad")))
    agreement = Agreement()
    agreement.add(one, other)
    assert agreement.ious == [1.0, 24 / 36]  # mask 1 finds no partner
    assert (agreement.images, agreement.masks, agreement.same_quality) == (1, 3, 1)
    assert agreement.labels == [pytest.approx(2 / 3)]  # "red hut" and "hut"; the tree is bad to one of them
    assert agreement.captions == []
    assert agreement.descriptions == [pytest.approx(1 / 2)]


def test_masks_that_hardly_meet_are_not_matched() -> None:
    agreement = Agreement()
    agreement.add(image(("0", (0, 0, 4, 2), "")), image(("0", (2, 0, 6, 2), "")))  # 4 of 12 pixels
    assert (agreement.ious, agreement.masks) == ([], 2)


def event(author: str, action: str, *paths: tuple[str, ...], mask: str = "") -> Event:
    return Event("id", "1", 1, author, "now", action, {"mask": mask}, tuple(Edit(path, "", "x") for path in paths))


def test_who_described_what() -> None:
    events = [
        event("Ada", "write", ("short_caption",)),
        event("Ada", "write", ("mask_data", "0", "label")),
        event("Bob", "write", ("mask_data", "0", "caption")),
        event("Ada", "accept", mask="2"),
        event("Bob", "merge", ("mask_data", "1"), ("mask_keys",)),
    ]
    assert annotators(events) == {"base": "Ada", "m-0-sc": "Bob", "m-1-sc": "Bob", "m-2-sc": "Ada"}


def test_regions_that_say_anything() -> None:
    record = image(*((key, box, "thing" if key == "2" else "") for key, box in BOXES.items()), extra="Grass.")
    record = replace(record, masks=(replace(record.masks[0], quality="bad"), *record.masks[1:]))
    found = list(regions_of(record, [event("Ada", "write", ("mask_data", "2", "label"))]))
    assert found == [Reviewed("1", "base", ""), Reviewed("1", "m-0-sc", ""), Reviewed("1", "m-2-sc", "Ada")]


def test_what_became_of_suggestions() -> None:
    texts = {"0": "red hut", "1": "door", "2": "tree"}
    record = image(*((key, box, texts[key]) for key, box in BOXES.items()))
    before = Event("id", "1", 1, "Ada", "now", "write", {}, (Edit(("mask_data", "0", "label"), "blue hut", "red hut"),))
    own = Event("id", "1", 1, "Ada", "now", "write", {}, (Edit(("mask_data", "2", "label"), "", "tree"),))
    found = list(regions_of(record, [before, event("Bob", "accept", mask="1"), own]))
    assert [(each.region, each.suggestion) for each in found] == [
        ("m-0-sc", "changed"),  # 1 of 2 words
        ("m-1-sc", "kept"),
        ("m-2-sc", ""),
    ]
    assert suggestions(found) == {"Ada": {"changed": 1}, "Bob": {"kept": 1}}


def test_a_sample_is_drawn_by_its_seed() -> None:
    regions = [Reviewed(str(number), "base", "") for number in range(100)]
    one = drawn(regions, 10, 0)
    assert one == drawn(regions, 10, 0) != drawn(regions, 10, 1)
    assert len(one) == 10 and one == sorted(one, key=lambda each: int(each.image_id))
    assert drawn(regions, None, 0) == drawn(regions, 100, 0) == regions


def test_rates() -> None:
    def decision(annotator: str, verdict: str, *reasons: str) -> Decision:
        return Decision("id", "1", "base", "", verdict, reasons, "", "Rita", annotator, "now")

    found = rates(
        [
            decision("Bob", "accepted"),
            decision("Ada", "rejected", "mask", "caption"),
            decision("Bob", "fixed", "caption"),
            decision("Bob", "accepted"),
            decision("Bob", "rejected", "mask"),
        ]
    )
    assert list(found) == ["Ada", "Bob"]
    assert (found["Bob"].reviewed, found["Bob"].accepted) == (4, 0.5)
    assert found["Bob"].reasons == {"caption": 1, "mask": 1}
    assert found["Ada"].accepted == 0
