"""Whether two results files may be compared at all: same entries, same protocol (docs/protocol.md §9)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

_NOT_THE_PROTOCOL = ("suites", "interval")
"""Of `protocol`: which scores were asked for, and how their intervals were made. Neither changes a score."""


def obstacles(a: Mapping[str, Any], b: Mapping[str, Any]) -> list[str]:
    """Why the scores of two results files cannot be compared, a phrase each; nothing if they can.

    Args:
        a, b: contents of results files.

    Raises:
        ValueError: if one of them has no `dataset` or `protocol`.
    """
    data = [_section(each, "dataset") for each in (a, b)]
    protocols = [_section(each, "protocol") for each in (a, b)]
    found = []
    fingerprints = [each.get("fingerprint") for each in data]
    if None in fingerprints:
        found.append("without a fingerprint nobody knows what was scored")
    elif fingerprints[0] != fingerprints[1]:
        found.append("the fingerprints differ: " + " and ".join(str(each)[:12] for each in fingerprints))
    if data[0].get("split") != data[1].get("split"):
        found.append(f"the splits differ: {data[0].get('split')} and {data[1].get('split')}")
    skipped = [set(part.get("images_skipped") or ()) for part in data]
    if skipped[0] != skipped[1]:
        found.append(f"image {_some(skipped[0] ^ skipped[1])} was skipped in one of them only")
    keys = [key for key in {**protocols[0], **protocols[1]} if key not in _NOT_THE_PROTOCOL]
    for key in keys:
        values = [each.get(key) for each in protocols]
        if values[0] != values[1]:
            found.append(f"the protocols differ in {key}: {values[0]!r} and {values[1]!r}")
    return found


def comparable_groups(documents: Sequence[Mapping[str, Any]]) -> list[list[int]]:
    """The places of the documents, those that can be compared with each other together, in order."""
    groups: list[list[int]] = []
    for place, document in enumerate(documents):
        for group in groups:
            if not obstacles(documents[group[0]], document):
                group.append(place)
                break
        else:
            groups.append([place])
    return groups


def _section(document: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    section = document.get(key)
    if not isinstance(section, Mapping):
        raise ValueError(f"the results have no `{key}`: they cannot be traced; measure again with `dci eval --output`")
    return section


def _some(images: set[str], most: int = 5) -> str:
    named = sorted(map(str, images))
    return ", ".join(named[:most]) + (f" and {len(named) - most} more" if len(named) > most else "")
