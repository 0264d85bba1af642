"""Parts of speech and forms of English words, looked up: tables of `lemminflect`, rules of `inflect`.

Nothing is downloaded, and the guessing models of `lemminflect` are not used: a word that is not in its tables has no
known form.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from dcikit.schema.errors import DciError

MISSING = (
    "negatives by rules need tables of words, which are not installed; pip install 'dcikit[nlp]' "
    "(summaries by rules need none: make that step alone)"
)

_PLURALS = frozenset(
    "people men women children feet teeth mice geese pants trousers jeans shorts stairs clothes".split()
)
_SINGULARS = frozenset("bus glass grass moss dress gas lens canvas compass cactus campus walrus".split())


@lru_cache(maxsize=1)
def _lemminflect() -> Any:
    try:
        import lemminflect
    except ImportError:
        raise DciError(MISSING) from None
    return lemminflect


@lru_cache(maxsize=1)
def _inflect() -> Any:
    try:
        import inflect
    except ImportError:
        raise DciError(MISSING) from None
    return inflect.engine()


def version() -> str:
    """The tables' version, "" if they are not installed."""
    try:
        return str(_lemminflect().__version__)
    except DciError:
        return ""


@lru_cache(maxsize=1 << 14)
def parts_of_speech(word: str) -> frozenset[str]:
    """Of NOUN, VERB, ADJ, ADV those that a word in lower case can be; empty if the tables do not have it."""
    return frozenset(_lemminflect().getAllLemmas(word)) & {"NOUN", "VERB", "ADJ", "ADV"}


@lru_cache(maxsize=1 << 14)
def base(word: str, part: str) -> str:
    """The base form of a NOUN or VERB in lower case; the word itself if the tables do not have it."""
    if part == "NOUN" and word in _SINGULARS | _PLURALS - {"people", "men", "women", "children", "feet", "teeth"}:
        return word
    if part == "NOUN" and "-" in word:
        first, _, last = word.rpartition("-")
        return f"{first}-{base(last, part)}"
    lemmas = _lemminflect().getAllLemmas(word, part).get(part, ())
    return min(lemmas, key=len, default=word)


@lru_cache(maxsize=1 << 14)
def is_plural(noun: str) -> bool:
    return noun in _PLURALS or base(noun, "NOUN") != noun


@lru_cache(maxsize=1 << 14)
def in_number(noun: str, plural: bool) -> str:
    """A noun, of any number, as singular or plural: sky, skies."""
    single = base(noun, "NOUN")
    if not plural or single in _PLURALS:
        return single
    return str(_inflect().plural_noun(single))


@lru_cache(maxsize=1 << 14)
def verb_tag(verb: str) -> str:
    """Penn tag of a verb's form, the participle where it can be the past tense too."""
    forms = _lemminflect().getAllInflections(base(verb, "VERB"), "VERB")
    return next((tag for tag in ("VBG", "VBZ", "VBN", "VBD", "VB") if verb in forms.get(tag, ())), "")


@lru_cache(maxsize=1 << 14)
def in_form(verb: str, tag: str) -> str:
    """A verb in the form of a Penn tag; empty if the tables do not have it."""
    return next(iter(_lemminflect().getInflection(base(verb, "VERB"), tag, inflect_oov=False)), "")


@lru_cache(maxsize=1 << 14)
def article(following: str) -> str:
    """`a` or `an`, by the sound of the word that follows."""
    return str(_inflect().a(following)).split()[0]
