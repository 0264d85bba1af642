"""The same parts of speech from spaCy's English model, where the user has one (`python -m spacy download ...`)."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from .tagging import CLOSED, Word

MODELS = ("en_core_web_trf", "en_core_web_lg", "en_core_web_md", "en_core_web_sm")

_PARTS = {
    "ADJ": "ADJ",
    "ADP": "PREP",
    "ADV": "ADV",
    "AUX": "AUX",
    "CCONJ": "CONJ",
    "DET": "DET",
    "NOUN": "NOUN",
    "NUM": "NUM",
    "PRON": "PRON",
    "PROPN": "NAME",
    "PUNCT": "MARK",
    "SCONJ": "PREP",
    "VERB": "VERB",
}


@lru_cache(maxsize=1)
def model() -> Any | None:
    """The first of `MODELS` that is installed; None if none is. Nothing is downloaded."""
    try:
        import spacy
    except ImportError:
        return None
    name = next((name for name in MODELS if spacy.util.is_package(name)), None)
    return None if name is None else spacy.load(name, exclude=["ner", "textcat"])


def version() -> str:
    """Such as "en_core_web_sm 3.8.0"; empty without a model."""
    found = model()
    return f"{found.meta['lang']}_{found.meta['name']} {found.meta['version']}" if found else ""


def retagged(text: str, words: list[Word]) -> list[Word]:
    """The words with spaCy's parts of speech, for those that are no closed class and not quoted.

    Participles before their noun count as adjectives, and words of place stay what they are.
    """
    found = model()
    if found is None:
        return words
    tokens = {token.idx: token for token in found(text)}
    return [_retagged(word, tokens.get(word.start)) for word in words]


def _retagged(word: Word, token: Any) -> Word:
    if token is None or len(token) != len(word.text) or word.part in ("OTHER", "MARK") or word.lower in CLOSED:
        return word
    part = "ADJ" if token.dep_ == "amod" else _PARTS.get(token.pos_, "OTHER")
    return Word(word.text, word.start, word.end, part)
