"""A stand-in for a language model that reads the drawn sample's language and answers the prompts of `dci generate`."""

from __future__ import annotations

import re
from random import Random

from dcikit.data.sample.scene import Scene, Thing
from dcikit.data.sample.vocabulary import BACKDROPS, COLOURS
from dcikit.data.sample.words import summaries

from . import llm_server

_THING = rf"an? ({'|'.join(COLOURS)}) (\w+)"
_PLACES = {"on its left": "left", "on its right": "right", "at its top": "top", "at its bottom": "bottom"}
_PLACES |= {"on the left": "left", "on the right": "right", "at the top": "top", "at the bottom": "bottom"}
_MIRRORED = {"left": "right", "right": "left", "top": "bottom", "bottom": "top", "with": "beside"}
_NO_BOX = (0, 0, 0, 0)


def rewrite(prompt: str, seed: int, manner: str | None) -> tuple[str, str]:
    """Captions of a text, or a wrong caption; of what it cannot read, those of `llm_server.answer`."""
    text = re.split(r"\n(?:Text|Caption|True caption):\n", prompt)[-1].rsplit("\n\n", 1)[0].strip()
    if prompt.endswith("Wrong caption:") and manner is None:
        return _wrong(prompt, text, Random(seed)), "stop"
    root = _read(text) if manner is None else None
    if root is None:
        return llm_server.answer(prompt, seed, manner)
    first, *others = summaries(root)
    return "\n".join(others) if prompt.endswith("Captions:") else first, "stop"


def _read(text: str) -> Scene | Thing | None:
    """The drawn thing or scene of a dense text, as far as its first sentences tell."""
    text = re.sub(r"^This is an image of [^.]*\. ", "", text).split("\n")[0].split(".")[0]
    text = text[:1].lower() + text[1:]
    for backdrop in BACKDROPS:
        if text.startswith(f"{backdrop.name} with "):
            things = _things(text.removeprefix(f"{backdrop.name} with "))
            return Scene(0, 0, 0, backdrop, "grid", things) if len(things) > 1 else None
    if match := re.fullmatch(rf"{_THING} with an? (\w+) edge", text):
        return Thing(match[2], match[1], _NO_BOX, rim=match[3])
    if (match := re.match(rf"{_THING} with ", text)) and (parts := _things(text[match.end() :])):
        return Thing(match[2], match[1], _NO_BOX, parts=parts)
    return None


def _things(text: str) -> list[Thing]:
    found = re.findall(rf"{_THING} ({'|'.join(_PLACES)})", text)
    return [Thing(kind, colour, _NO_BOX, _PLACES[place]) for colour, kind, place in found]


def _wrong(prompt: str, caption: str, rng: Random) -> str:
    colours = list(dict.fromkeys(re.findall("|".join(COLOURS), caption)))
    if "pair them anew" in prompt and len(colours) > 1:
        one, other = rng.sample(colours, 2)
        return _replaced(caption, {one: other, other: one})
    if "how the picture is arranged" in prompt:
        found = [word for word in _MIRRORED if re.search(rf"\b{word}\b", caption)]
        return _replaced(caption, {word: _MIRRORED[word] for word in rng.sample(found, min(1, len(found)))})
    absent = [colour for colour in COLOURS if colour not in colours]
    rng.shuffle(absent)
    return _replaced(caption, dict(zip(colours, absent, strict=False)))


def _replaced(text: str, words: dict[str, str]) -> str:
    return re.sub("|".join(rf"\b{word}\b" for word in words) or "$^", lambda match: words[match[0]], text)
