"""Results documents whose counts are drawn at random."""

from __future__ import annotations

import random
from typing import Any

Counts = dict[str, tuple[int, int]]


def document(scores: dict[str, Counts], name: str = "model", **dataset: Any) -> dict[str, Any]:
    """A results file with these counts of right and scored entries of each image."""
    return {
        "dci_results": 2,
        "date": "2026-11-20T12:00:00+00:00",
        "model": {"name": name},
        "dataset": {"name": "d", "split": "test", "fingerprint": "abc", "images_skipped": {}, **dataset},
        "protocol": {"name": "sdci", "suites": list(scores), "group_size": 8, "pooling": "p", "interval": "i"},
        "scores": {
            score: {
                "value": sum(right for right, _ in counts.values()) / max(1, sum(n for _, n in counts.values())),
                "interval": None,
                "regions": sum(n for _, n in counts.values()),
                "images": {image: list(pair) for image, pair in counts.items()},
            }
            for score, counts in scores.items()
        },
    }


def drawn(seed: int, chance: float, images: int = 80) -> Counts:
    """Counts of a model that is right that often; the same seed scores the same number of entries."""
    sizes, answers = random.Random(7), random.Random(seed)
    return {
        str(image): (sum(answers.random() < chance for _ in range(n)), n)
        for image in range(images)
        for n in [sizes.randint(1, 6)]
    }
