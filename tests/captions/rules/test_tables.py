"""Forms of words, worked out by hand from an English grammar."""

from __future__ import annotations

import subprocess
import sys

import pytest

from dcikit.captions.rules import tables


@pytest.mark.parametrize(
    ("single", "plural"),
    [("sky", "skies"), ("bus", "buses"), ("man", "men"), ("leaf", "leaves"), ("glass", "glasses"), ("box", "boxes"),
     ("balcony", "balconies"), ("shelf", "shelves"), ("child", "children"), ("polka-dot", "polka-dots")],
)  # fmt: skip
def test_numbers_of_nouns(single: str, plural: str) -> None:
    assert tables.in_number(single, True) == tables.in_number(plural, True) == plural
    assert tables.in_number(single, False) == tables.in_number(plural, False) == single
    assert tables.is_plural(plural) and not tables.is_plural(single)


def test_nouns_without_a_singular_stay_plural() -> None:
    assert tables.in_number("trousers", False) == "trousers"


@pytest.mark.parametrize(
    ("verb", "tag", "form"),
    [("sits", "VBG", "sitting"), ("standing", "VBZ", "stands"), ("lie", "VBG", "lying"), ("hang", "VBZ", "hangs")],
)
def test_forms_of_verbs(verb: str, tag: str, form: str) -> None:
    assert tables.in_form(verb, tag) == form


@pytest.mark.parametrize(
    ("word", "article"),
    [("orange", "an"), ("unicorn", "a"), ("umbrella", "an"), ("hour", "an"), ("one-way street", "a"), ("house", "a")],
)
def test_articles_go_by_sound(word: str, article: str) -> None:
    assert tables.article(word) == article


def test_without_the_tables_one_error_says_what_to_install() -> None:
    program = (
        "import sys; sys.modules['lemminflect'] = None\n"
        "from random import Random\n"
        "from dcikit.captions.rules import candidates\n"
        "try: list(candidates('A dog on a car', 'swaps', Random(0)))\n"
        "except ValueError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "pip install 'dcikit[nlp]'" in done.stdout
