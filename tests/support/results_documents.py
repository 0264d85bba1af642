"""Results whose counts are drawn at random."""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dcikit.results.document import write_results
from dcikit.schema.results import Protocol, Results, ScoredDataset, ScoredModel
from dcikit.schema.score import Score

Counts = dict[str, tuple[int, int]]

DATE = "2026-11-20T12:00:00Z"


def score(counts: Counts, **facts: Any) -> Score:
    """A score of these counts of right and scored regions of each image; it has no interval unless that is given."""
    right, scored = (sum(pair[i] for pair in counts.values()) for i in (0, 1))
    return Score(
        value=right / scored if scored else None,
        regions=scored,
        images=counts,
        **{"interval": None, "excluded": {}, "tied": 0, "truncated": 0, **facts},
    )


def document(scores: Mapping[str, Counts | Score], name: str = "model", **changes: Any) -> Results:
    """Results of these scores; `section__field=value` changes a field, `field=value` one of the document's own."""
    found = {key: each if isinstance(each, Score) else score(each) for key, each in scores.items()}
    images = {image for each in found.values() for image in each.images}
    sections: dict[str, Any] = {
        "model": {
            "id": name,
            "revision": None,
            "weights_sha256": name,
            "adapter": None,
            "dtype": "float32",
            "device": "cpu",
            "context_length": 77,
            "image_size": 224,
        },
        "dataset": {
            "id": "d",
            "revision": "r",
            "split": "test",
            "limit": None,
            "fingerprint": "abc",
            "images": len(images),
            "regions": max((each.regions for each in found.values()), default=0),
            "images_without_regions": 0,
            "skipped": {},
        },
        "protocol": {
            "name": "sdci",
            "parameters": {"suites": list(found), "group_size": 8, "pooling": "p", "interval": "i"},
        },
    }
    top: dict[str, Any] = {"versions": {"dcikit": "0.1.0"}, "task": "scm", "date": DATE}
    for key, value in changes.items():
        section, _, field = key.partition("__")
        if field:
            sections[section][field] = value
        else:
            top[key] = value
    return Results.model_validate(
        {
            "dci_results": 2,
            "model": ScoredModel(**sections["model"]),
            "dataset": ScoredDataset(**sections["dataset"]),
            "protocol": Protocol(**sections["protocol"]),
            "scores": found,
            "processes": 1,
            **top,
        },
        strict=False,
    )


def written(results: Results, path: Path) -> Path:
    """The path, after the results were written there."""
    write_results(results, path)
    return path


def drawn(seed: int, chance: float, images: int = 80) -> Counts:
    """Counts of a model that is right that often; the same seed scores the same number of regions."""
    sizes, answers = random.Random(7), random.Random(seed)
    return {
        str(image): (sum(answers.random() < chance for _ in range(n)), n)
        for image in range(images)
        for n in [sizes.randint(1, 6)]
    }
