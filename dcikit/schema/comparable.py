"""Whether two results may be compared at all: same regions, same protocol (docs/protocol.md §9)."""

from __future__ import annotations

from collections.abc import Sequence

from .results import Results

_NOT_THE_PROTOCOL = ("suites", "interval")
"""Parameters of a protocol: which scores were asked for, and how their intervals were made. Neither changes a score."""


def obstacles(a: Results, b: Results) -> list[str]:
    """Why the scores of two results cannot be compared, a phrase each; nothing if they can."""
    found = []
    fingerprints = (a.dataset.fingerprint, b.dataset.fingerprint)
    if None in fingerprints:
        found.append("without a fingerprint nobody knows what was scored")
    elif fingerprints[0] != fingerprints[1]:
        found.append("the fingerprints differ: " + " and ".join(str(each)[:12] for each in fingerprints))
    if a.dataset.split != b.dataset.split:
        found.append(f"the splits differ: {a.dataset.split} and {b.dataset.split}")
    if odd := set(a.dataset.skipped) ^ set(b.dataset.skipped):
        found.append(f"image {_some(odd)} was skipped in one of them only")
    if a.protocol.name != b.protocol.name:  # then their parameters say nothing more
        found.append(f"the protocols differ: {a.protocol.name} and {b.protocol.name}")
    else:
        found += _differing_parameters(a, b)
    return found


def comparable_groups(documents: Sequence[Results]) -> list[list[int]]:
    """The indices of the results, those that can be compared with each other together, in order."""
    groups: list[list[int]] = []
    for index, document in enumerate(documents):
        for group in groups:
            if not obstacles(documents[group[0]], document):
                group.append(index)
                break
        else:
            groups.append([index])
    return groups


def _differing_parameters(a: Results, b: Results) -> list[str]:
    of_a, of_b = a.protocol.parameters, b.protocol.parameters
    names = [name for name in {**of_a, **of_b} if name not in _NOT_THE_PROTOCOL]
    return [
        f"the protocols differ in {name}: {of_a.get(name)!r} and {of_b.get(name)!r}"
        for name in names
        if of_a.get(name) != of_b.get(name)
    ]


def _some(images: set[str], most: int = 5) -> str:
    named = sorted(images)
    return ", ".join(named[:most]) + (f" and {len(named) - most} more" if len(named) > most else "")
