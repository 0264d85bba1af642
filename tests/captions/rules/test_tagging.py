"""Parts of speech of sentences that were tagged by hand, and the phrases found in them."""

from __future__ import annotations

import pytest

from dcikit.captions.rules import spacy_tags
from dcikit.captions.rules.parsed import Parsed


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("A round plaque leans against the wall.", "DET ADJ NOUN VERB PREP DET NOUN MARK"),
        ("The awnings extend to the parked cars", "DET NOUN VERB PREP DET ADJ NOUN"),
        ("Stacks of brown cardboard boxes are visible", "NOUN PREP ADJ ADJ NOUN AUX ADJ"),
        ("Cups sitting on a table", "NOUN VERB PREP DET NOUN"),
        ("A glass on the glass table", "DET NOUN PREP DET ADJ NOUN"),
        ("The town Venice reads “Red house”", "DET NOUN NAME VERB OTHER OTHER OTHER OTHER"),
    ],
)
def test_parts_of_speech(text: str, parts: str) -> None:
    assert " ".join(word.part for word in Parsed.of(text).words) == parts


def phrases(text: str) -> list[tuple[str, list[str]]]:
    return [(phrase.noun, [each.text for each in phrase.attributes]) for phrase in Parsed.of(text).phrases]


def test_phrases_and_what_describes_them() -> None:
    assert phrases("Two tall, leafy green trees hang over white and pale blue vans.") == [
        ("tree", ["Two", "tall", "leafy", "green"]),
        ("van", ["white", "pale blue"]),
    ]


def test_what_is_said_of_a_subject_describes_it() -> None:
    assert phrases("The roof is black.") == [("roof", ["black"])]
    assert phrases("The buildings lining the street are grey.")[1] == ("street", [])
    assert phrases("A balcony is full of people.")[0] == ("balcony", [])


def test_a_phrase_with_an_uncertain_end_is_none() -> None:
    assert phrases("the Lin family") == []


def test_spacy_is_used_where_its_model_is_installed() -> None:
    if not spacy_tags.version():
        pytest.skip("no English model of spaCy is installed")
    words = {word.text: word.part for word in Parsed.of("A carved mahogany wardrobe leans on a wall.").words}
    assert words["carved"] == "ADJ" and words["wardrobe"] == "NOUN" and words["leans"] == "VERB"
