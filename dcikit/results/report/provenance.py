"""Where the numbers come from: all of the results files but the scores."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .measured import Measured

_SECTIONS: dict[str, tuple[str, ...]] = {"model": (), "dataset": ("skipped",), "protocol": (), "versions": ()}
"""Sections of the document -> fields of them that are shown elsewhere."""


@dataclass(frozen=True)
class Fact:
    """One field, a text for each result; `differs`: they are not all equal."""

    name: str
    values: list[str]

    @property
    def differs(self) -> bool:
        return len(set(self.values)) > 1


def provenance(measured: Sequence[Measured]) -> dict[str, list[Fact]]:
    """Section -> its fields, those of all results."""
    documents = [each.results.model_dump(mode="json") for each in measured]
    facts = {"file": [Fact("path", [each.path for each in measured]), Fact("date", _values(documents, "date"))]}
    for section, fields in _SECTIONS.items():
        parts = [_part(document, section) for document in documents]
        names = dict.fromkeys(name for part in parts for name in part if name not in fields)
        facts[section] = [Fact(name.replace("_", " "), _values(parts, name)) for name in names]
    return {section: found for section, found in facts.items() if found}


def _part(document: Mapping[str, Any], section: str) -> Mapping[str, Any]:
    """A section of the document, flat."""
    part = document[section]
    return {"name": part["name"], **part["parameters"]} if section == "protocol" else part


def _values(parts: Sequence[Mapping[str, Any]], name: str) -> list[str]:
    return [_text(part.get(name)) for part in parts]


def _text(value: Any) -> str:
    if value is None or value == []:
        return "-"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return json.dumps(value) if isinstance(value, Mapping) else str(value)
