"""Negatives that were worked out by hand: what each rule changes, and what it leaves alone."""

from __future__ import annotations

from random import Random

import pytest

from dcikit.captions.rules import candidates, caption_negatives
from dcikit.captions.words import words
from dcikit.schema.regions import NEGATIVE_KINDS


def made(caption: str, kind: str = "swaps", seed: int = 0) -> list[str]:
    return list(candidates(caption, kind, Random(seed)))


# --- swaps: attributes ---


def test_attributes_change_owners_everywhere() -> None:
    caption = "A red house and a blue car; the red house is old."
    assert "A blue house and a red car; the blue house is old." in made(caption)


def test_a_colour_takes_its_shade_along() -> None:
    assert made("A pale blue car and a white door.") == ["A white car and a pale blue door."]


def test_the_article_fits_the_word_that_follows() -> None:
    assert made("A red cat and an orange crate") == [], "red and orange are too near"
    assert "An orange cat and a green crate" in made("A green cat and an orange crate")


def test_a_sentence_keeps_its_capital() -> None:
    assert "White doors are near a green car." in made("Green doors are near a white car.")


@pytest.mark.parametrize(
    "caption",
    [
        "A beige car and a white door",  # near-synonyms
        "A red house and a blue house",  # the same as before
        "A red house and a blue building",  # a house is a building
        "A red and blue car",  # a list of one owner
        "A white car, a red car and a white door",  # the car is white already
        "A black man and a white woman",  # of people, colours mean something else
        'A sign that reads "red house blue car"',
    ],
)
def test_attributes_that_may_not_change_owners(caption: str) -> None:
    assert made(caption) == []


def test_numbers_change_owners() -> None:
    assert "Five cups and two plates." in made("Two cups and five plates.")


# --- swaps: things ---


@pytest.mark.parametrize(
    ("caption", "negative"),
    [
        ("A dog on a car", "A car on a dog"),
        ("The three balloons are behind the cups.", "The cups are behind the three balloons."),
        ("The lamp is behind the chairs.", "The chairs are behind the lamp."),
        ("The chairs stand behind the lamp.", "The lamp stands behind the chairs."),
        ("Behind the fence, trees are visible.", "Behind trees, the fence is visible."),
        ("White cups sitting on a table", "A table sitting on white cups"),
        ("The roofs of several houses are behind the bush.", "The bush is behind the roofs of several houses."),
        ("Wires hang from the buildings.", "The buildings hang from wires."),
        ("The buildings lining the streets are tall.", "The streets lining the buildings are tall."),
        ("To the left of the church is a barn.", "To the left of a barn is the church."),
    ],
)
def test_a_relation_is_turned_round_and_its_verb_agrees(caption: str, negative: str) -> None:
    assert negative in made(caption)


@pytest.mark.parametrize(
    "caption",
    [
        "A dog and a cat",
        "Cups, plates and bowls",
        "A dog next to a cat",
        "A tree beside his car",
        "A house behind a cottage",
        "A man on a bench",  # a bench on a man is no picture
        "The left side is behind the background.",
    ],
)
def test_things_that_may_not_change_places(caption: str) -> None:
    assert made(caption) == []


def test_things_of_a_kind_take_the_number_of_their_new_place() -> None:
    caption = "A car is parked on the left. Several large buses wait near the trees."
    assert "A bus is parked on the left. Several large cars wait near the trees." in made(caption)


# --- swaps: places and actions ---


def test_left_and_right_of_two_clauses_are_exchanged() -> None:
    caption = "A box is to his left, and a pole stands to the right."
    assert made(caption) == ["A box is to his right, and a pole stands to the left."]


def test_left_and_right_of_one_clause_are_not() -> None:
    assert made("Trees on both the left and right sides") == made("It goes from the left side to the right side.") == []


def test_actions_change_who_does_them_in_the_form_of_each_place() -> None:
    caption = "A man stands there. Two women are sitting."
    assert "A man sits there. Two women are standing." in made(caption)


def test_two_pairs_at_most_come_after_single_ones() -> None:
    caption = "A red door and a blue car; a stone wall and a wooden chair."
    found = made(caption)
    changed = [sum(old != new for old, new in zip(words(caption), words(text), strict=True)) for text in found]
    assert changed == sorted(changed) and set(changed) == {2, 4}


# --- layout ---


@pytest.mark.parametrize(
    ("caption", "negatives"),
    [
        ("A dog to the left of a car", {"A dog to the right of a car"}),
        (
            "A sign in the lower right corner",  # one word, and then two
            {f"A sign in the {place} corner" for place in ("upper right", "lower left", "upper left")},
        ),
        ("Trees in the distance", {"Trees in the foreground"}),
        ("Shrubs along both sides", {"Shrubs along one side"}),
        ("Roofs under a grey sky", set()),  # nothing is above the sky
        ("He left the room. That is right.", set()),
        ("Windows on the left and right", set()),
        ("A red apple", set()),
    ],
)
def test_one_word_of_place_is_turned(caption: str, negatives: set[str]) -> None:
    assert set(made(caption, "layout")) == negatives


def test_in_front_of_and_behind() -> None:
    seen = {text for seed in range(20) for text in made("A dog in front of a car.", "layout", seed)}
    assert seen == {"A dog behind a car.", "A dog on top of a car."}
    seen = {text for seed in range(40) for text in made("Behind a car is a dog.", "layout", seed)}
    assert seen == {"In front of a car is a dog.", "Below a car is a dog.", "Above a car is a dog."}


# --- basic ---


def test_basic_keeps_the_category_and_the_form() -> None:
    colours = {"yellow", "green", "blue", "purple", "brown", "black", "white", "grey"}
    vehicles = {"trucks", "buses", "motorcycles", "bicycles"}
    for seed in range(30):
        first = made("The red cars", "basic", seed)[0].split()
        assert first[0] == "The" and first[1] in colours and first[2] in vehicles


def test_basic_says_nothing_that_the_caption_says_already() -> None:
    for seed in range(30):
        for text in made("A red sedan near a green pickup truck", "basic", seed):
            assert not {"car", "blue-green"} & set(words(text)) and text.count("green") < 2 and text.count("red") < 2


def test_basic_changes_numbers_and_articles() -> None:
    seen = {text for seed in range(60) for text in made("An oval sign", "basic", seed)}
    assert {"A square sign", "A triangular sign"} <= seen
    assert "Nine cups" in {text for seed in range(200) for text in made("Two cups", "basic", seed)}


def test_what_describes_only_one_kind_of_thing_is_not_put_to_another() -> None:
    for seed in range(10):
        for text in made("A leafy green tree", "basic", seed):
            assert text.startswith("A leafy") and text.endswith(" tree")


# --- all kinds ---


def test_the_same_seed_gives_the_same_texts() -> None:
    caption = "A red house on the left of a blue car, and two white doors behind a wooden fence."
    for kind in NEGATIVE_KINDS:
        assert made(caption, kind) == made(caption, kind)
        assert len({tuple(made(caption, kind, seed)) for seed in range(20)}) > 1


def test_negatives_of_captions_that_come_without() -> None:
    captions = ["A nice day", "A red house and a blue car on the left"]
    found = caption_negatives(captions, "42")
    assert found == caption_negatives(captions, "42")
    assert found["swaps"] == ["A blue house and a red car on the left"]
    assert found["layout"] == ["A red house and a blue car on the right"]
    assert len(found["basic"]) == 1
    assert caption_negatives(["A nice day"], "42") == {"basic": [], "layout": [], "swaps": []}


def test_a_change_that_a_model_would_not_read_is_none() -> None:
    long = "We see " + "and so on " * 20 + "a red house and a blue car on the left."
    assert caption_negatives([long], "42") == {"basic": [], "layout": [], "swaps": []}
