"""The results file: scores with everything that is needed to compare them (docs/protocol.md §9)."""

from __future__ import annotations

import dataclasses
import json
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

from dcikit.encoders.encoder import Encoder
from dcikit.files.whole_file import write_whole

from .tally import Score

SCHEMA = 2
"""Version of the file's layout."""

_PACKAGES = ("dcikit", "torch", "transformers", "datasets", "evaluate", "pillow", "numpy")


class Scored(Protocol):
    """What an evaluation, of any task, says of itself."""

    scores: dict[str, Score]
    images: int
    regions: int
    empty_images: int
    fingerprint: str | None

    def protocol_facts(self) -> dict[str, Any]: ...


def results_document(evaluation: Scored, encoder: Encoder, dataset: dict[str, Any]) -> dict[str, Any]:
    """The contents of a results file.

    Args:
        evaluation: the scores.
        encoder: the model that was scored.
        dataset: where the rows came from: name, revision, split, limit, images_skipped (id -> why).
    """
    return {
        "dci_results": SCHEMA,
        "date": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "model": {
            "name": encoder.name,
            "revision": encoder.revision,
            "weights_sha256": encoder.weights_hash,
            "adapter": encoder.adapter,
            "dtype": encoder.dtype,
            "device": encoder.device.type,
            "context_length": encoder.context,
            "image_size": encoder.image_size,
        },
        "processes": encoder.processes.count,
        "dataset": {
            **dataset,
            "images": evaluation.images,
            "images_without_regions": evaluation.empty_images,
            "regions": evaluation.regions,
            "fingerprint": evaluation.fingerprint,
        },
        "protocol": evaluation.protocol_facts(),
        "scores": scores_section(evaluation.scores),
        "versions": {package: version(package) for package in _PACKAGES},
    }


def scores_section(scores: dict[str, Score]) -> dict[str, Any]:
    """Scores as they stand in a results file."""
    return {name: dataclasses.asdict(score) for name, score in scores.items()}


def write_results(document: dict[str, Any], path: Path) -> None:
    """Writes a results file, whole or not at all."""
    write_whole(path, (json.dumps(document, indent=2, allow_nan=False) + "\n").encode())


def read_results(path: Path) -> dict[str, Any]:
    """Reads a results file.

    Raises:
        ValueError: if it is none, or one of another version.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path} is not JSON: {error}") from None
    if not isinstance(document, dict) or "dci_results" not in document:
        raise ValueError(f"{path} is no results file of `dci eval --output`")
    if document["dci_results"] != SCHEMA:
        raise ValueError(f"{path} has version {document['dci_results']} of the results file, {SCHEMA} is read here")
    return document
