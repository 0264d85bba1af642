"""The prompts: text files of their own, one a question, in a folder that is a version."""

from __future__ import annotations

import hashlib
import string
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dcikit.schema.errors import ArgumentError

VERSION = "v2"
"""The newest prompts of `dci generate`; a version that was released is never changed."""

_FOLDER = Path(__file__).parent / "prompts"

FIELDS = {
    "summary": {"text", "words"},
    "brief": {"text", "words"},
    "alternatives": {"text", "words", "count"},
    "shorten": {"text", "words"},
    "basic": {"text", "words"},
    "layout": {"text", "words"},
    "swaps": {"text", "words"},
    "different": {"others"},
    "again": {"why"},
}
"""Prompt -> the {fields} that are filled in."""

DESCRIBE_VERSION = "describe-v1"
"""The newest prompts of `dci describe`."""

DESCRIBE_FIELDS = {
    "region": {"shown", "parts"},
    "image": {"parts"},
    "parts": {"labels"},
    "boxes": set[str](),
    "outline": set[str](),
    "blur": set[str](),
    "again": {"why"},
}


@dataclass(frozen=True)
class Prompts:
    """The texts of a version by name."""

    version: str
    texts: dict[str, str]

    @property
    def hashes(self) -> dict[str, str]:
        """Name -> sha256 of the prompt's text, for the output."""
        return {name: hashlib.sha256(text.encode()).hexdigest() for name, text in self.texts.items()}

    def fill(self, name: str, **fields: object) -> str:
        return self.texts[name].format(**fields).strip()


def load_prompts(
    folder: Path | None = None, *, version: str = VERSION, fields: Mapping[str, set[str]] = FIELDS
) -> Prompts:
    """Reads the prompts of a folder; None: our own, of `version`.

    Raises:
        ArgumentError: if one is missing, or its {fields} are not those of `fields`.
    """
    where = _FOLDER / version if folder is None else folder
    texts = {}
    for name, expected in fields.items():
        path = where / f"{name}.txt"
        try:
            texts[name] = path.read_text(encoding="utf-8")
            found = {field for _, field, _, _ in string.Formatter().parse(texts[name]) if field is not None}
        except FileNotFoundError:
            raise ArgumentError(f"`prompts` must hold {', '.join(fields)} as .txt, {path} is missing") from None
        except ValueError as error:
            raise ArgumentError(f"`prompts`: {path} is no template: {error}; write {{{{ for a brace") from None
        if found != expected:
            wanted = ", ".join(f"{{{field}}}" for field in sorted(expected)) or "none"
            raise ArgumentError(f"`prompts`: {path} must use {wanted}, it uses {', '.join(sorted(found)) or 'none'}")
    return Prompts(version if folder is None else str(folder.name), texts)
