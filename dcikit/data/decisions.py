"""What reviewers decided about regions: `review/decisions.jsonl`, a line a decision; the last one counts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from dcikit.files.annotation_file import defect, open_annotations, parse_json
from dcikit.files.json_node import Node
from dcikit.files.json_values import text, texts
from dcikit.schema.regions import BASE

from .record import Record

FILE = Path("review") / "decisions.jsonl"

ACCEPTED, FIXED, REJECTED = VERDICTS = ("accepted", "fixed", "rejected")
"""What is decided; a fixed region is accepted as it is after the fix."""


@dataclass(frozen=True)
class Decision:
    """One decision.

    Attributes:
        decision_id: given by the page, so that what it sends twice counts once.
        region: "base" or the key of a mask.
        digest: of what was decided about, see `region_digest`.
        verdict: one of `VERDICTS`.
        reasons: why it is rejected, or was fixed.
        reviewer, annotator: names; the annotator's is empty where nobody knows it.
        time: UTC, ISO 8601.
    """

    decision_id: str
    image_id: str
    region: str
    digest: str
    verdict: str
    reasons: tuple[str, ...]
    note: str
    reviewer: str
    annotator: str
    time: str

    def line(self) -> bytes:
        return json.dumps(asdict(self), ensure_ascii=False).encode() + b"\n"


def region_digest(record: Record, region: str) -> str | None:
    """A hash of a region's texts, quality and pixels; None if the image has no such region."""
    if region == BASE:
        return _hash(record.short_caption, record.extra_caption)
    for mask in record.masks:
        if mask.key == region:
            return _hash(mask.label, mask.caption, mask.quality, hashlib.sha256(mask.png).hexdigest())
    return None


def read_decisions(folder: Path) -> Iterator[Decision]:
    """All decisions about a release, first to last; none if nobody reviewed it. Half a line at the end is passed over.

    Raises:
        DataError: at the first line that is no decision.
    """
    path = folder / FILE
    if not path.is_file():
        return
    with open_annotations(path) as lines:
        for number, line in enumerate(lines, start=1):
            if line.endswith(b"\n"):
                yield _decision(Node(parse_json(line, path, f"line {number}"), str(path), f"line {number}"))


def last_decisions(decisions: Iterable[Decision]) -> dict[tuple[str, str], Decision]:
    """(image_id, region) -> the last decision about it."""
    return {(decision.image_id, decision.region): decision for decision in decisions}


def _decision(node: Node) -> Decision:
    names = ("decision_id", "image_id", "region", "digest", "verdict", "note", "reviewer", "annotator", "time")
    found = {name: node.get(name, text) for name in names}
    if found["verdict"] not in VERDICTS:
        remedy = "correct it, or remove the line"
        raise defect(Path(node.file), f"{node.key}.verdict", f"must be one of {', '.join(VERDICTS)}", remedy)
    return Decision(reasons=tuple(node.get("reasons", texts)), **found)


def _hash(*parts: str) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]
