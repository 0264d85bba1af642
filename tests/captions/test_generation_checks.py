"""The checks on answers, the prompts, and the cutting of descriptions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dcikit.captions.checks import Reason, clean, defect, negative_defect, split_list
from dcikit.captions.prompt_files import FIELDS, load_prompts
from dcikit.captions.sentences import sentences, sentences_at_marks
from dcikit.captions.source import sources, truncated_description
from dcikit.captions.tokens import Tokens
from dcikit.captions.words import content_stems, shared_words
from dcikit.data.release import Release
from dcikit.data.text import submasks

CAPTION = "A red house stands to the left of a blue car."
PROMPT = load_prompts().texts["summary"]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (CAPTION, None),
        (f'"{CAPTION}"', None),
        (f"Caption: {CAPTION}", None),
        (f"<think>What could it be?\nA house.</think>\n{CAPTION}", None),
        ("<think>What could it be?", Reason.cut_off),
        ('A sign that says "Here is the shop: sorry, we\'re closed" on a wall.', None),
        ("A note on the fridge, and a model of a car.", None),
        ("", Reason.empty),
        ("...", Reason.empty),
        (f"Sure! {CAPTION}", Reason.remark),
        (f"Here is a caption of 10 words: {CAPTION}", Reason.remark),
        (f"{CAPTION} (10 words)", Reason.remark),
        (f"{CAPTION} Note: I swapped the colours.", Reason.remark),
        (f"{CAPTION}\nIt is day.", Reason.several_lines),
        ("I'm sorry, but I can't help with that.", Reason.refusal),
        ("I’m afraid I cannot see any image.", Reason.refusal),
        ("As an AI language model I have no eyes.", Reason.refusal),
        (f"Write a single caption for it, about 65 words long. {CAPTION}", Reason.echo),
        ('{"caption": "A red house', Reason.markup),
        (f"```\n{CAPTION}\n```", Reason.several_lines),
        (f"**{CAPTION}**", Reason.markup),
        ("A red house \ud83d", Reason.markup),
    ],
)
def test_defect(answer: str, reason: Reason | None) -> None:
    assert defect(clean(answer), PROMPT) is reason


def test_clean_leaves_the_caption() -> None:
    for answer in (f' "{CAPTION}"\n', f"Caption: {CAPTION}", f"<think>hm</think>{CAPTION}", f"“{CAPTION}”"):
        assert clean(answer) == CAPTION
    two = '"A" is next to "B"'
    assert clean(two) == two
    assert defect(CAPTION, PROMPT, finished=False) is Reason.cut_off


def test_negative_defect() -> None:
    def found(text: str, kind: str = "swaps", others: tuple[str, ...] = ()) -> Reason | None:
        return negative_defect(text, CAPTION, others, kind, 0.8)

    swapped = "A blue house stands to the left of a red car."
    assert found(swapped) is None
    assert found("a red house stands to the left of a blue car") is Reason.unchanged
    assert found(swapped, others=(swapped.upper(),)) is Reason.repeated
    assert found("A green barn stands to the left of a yellow bus.") is Reason.other_words
    assert found("A green barn stands to the left of a yellow bus.", kind="basic") is None
    assert found("A red house.") is Reason.other_words  # its own words, but not most of them


def test_shared_words() -> None:
    assert shared_words("a red dog", "the dog, red") == 1
    assert shared_words("red red dog", "red dog") == pytest.approx(2 / 3)
    assert shared_words("cat", "dog") == 0


@pytest.mark.parametrize(
    "answer",
    [
        '["one dog", "two cats"]',
        '```json\n["one dog", "two cats"]\n```',
        "1. one dog\n2) two cats",
        "- one dog\n\n• two cats",
    ],
)
def test_split_list(answer: str) -> None:
    assert split_list(answer) == ["one dog", "two cats"]


def test_a_number_at_the_start_of_a_caption_is_no_bullet() -> None:
    assert split_list("3 dogs in a yard\n12 people") == ["3 dogs in a yard", "12 people"]


def test_broken_json_list_is_refused() -> None:
    assert {defect(item, PROMPT) for item in split_list('["one dog", "two')} == {Reason.markup}


def test_words() -> None:
    assert content_stems("A picture of the red houses") == content_stems("red house")
    assert set(content_stems("windows, houses and churches")) == set(content_stems("window house church"))
    assert sentences("A dog runs. It is 3.5 m long! Why?\nNew line") == [
        "A dog runs.",
        "It is 3.5 m long!",
        "Why?",
        "New line",
    ]


def test_prompts_are_complete_and_hashed(tmp_path: Path) -> None:
    prompts = load_prompts()
    assert prompts.texts.keys() == FIELDS.keys() == prompts.hashes.keys()
    assert "{" not in prompts.fill("summary", text="x", words=65)
    with pytest.raises(ValueError, match=r"summary\.txt is missing"):
        load_prompts(tmp_path)
    for name, text in prompts.texts.items():
        (tmp_path / f"{name}.txt").write_text(text)
    assert load_prompts(tmp_path).hashes == prompts.hashes
    (tmp_path / "again.txt").write_text("Again, {whatever}.")
    with pytest.raises(ValueError, match=r"again\.txt must use \{why\}"):
        load_prompts(tmp_path)


def test_tokens(processor: Any) -> None:
    tokens = Tokens(processor.tokenizer)
    assert tokens.context == 77
    assert tokens.words(77) == 65
    assert tokens.count("") == 2  # the special ones
    with pytest.raises(ValueError, match="at least 8"):
        Tokens(processor.tokenizer, 3)


def test_descriptions_are_cut_by_lines_and_by_depth(odd: Path, processor: Any) -> None:
    tokens = Tokens(processor.tokenizer)
    record = Release(odd).read("300207-data.json", summaries=False, photo=False)
    found = {source.key: source for source in sources(record, "300207-data.json")}
    assert list(found) == ["base", "m-3-sc", "m-1-sc", "m-2-sc", "m-7-sc", "m-5-sc"]
    base, mask = found["base"], found["m-3-sc"]
    assert mask.mask is not None
    assert [(m.mask_id, depth) for m, depth in submasks(record, mask.mask)] == [
        ("10", 1),
        ("1", 2),
        ("5", 3),
        ("4", 1),
    ]

    assert truncated_description(base, tokens, 2000) == base.text
    shorter = truncated_description(base, tokens, tokens.count(base.text) - 1)
    assert base.text.startswith(shorter + "\n")
    assert truncated_description(mask, tokens, 2000) == mask.text
    shallower = truncated_description(mask, tokens, tokens.count(mask.text) - 1)
    assert "thing 10: " in shallower and "thing 1: " in shallower and "thing 5" not in shallower
    for limit in (30, 40, 60):
        assert tokens.count(truncated_description(mask, tokens, limit)) <= limit
    assert not found["m-7-sc"].is_empty  # bad and without words, but what it holds has some


def test_where_sentences_end() -> None:
    text = 'It is 3.5 m high. "Red!" she said\nA pole... '
    assert sentences(text) == ["It is 3.5 m high.", '"Red!', "she said", "A pole..."]
    assert sentences_at_marks(text) == ["It is 3", "5 m high", '"Red', '" she said', "A pole"]
