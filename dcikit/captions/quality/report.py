"""The findings of many images, added up."""

from __future__ import annotations

import statistics
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from dcikit.schema.regions import NEGATIVE_KINDS

from .image import KINDS, Finding, ImageQuality

_MOST = 20


@dataclass
class QualityReport:
    """What was found in the images added so far."""

    words: list[int] = field(default_factory=list)
    portrait: int = 0
    greyscale: int = 0
    photos: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)

    def add(self, image: ImageQuality) -> None:
        self.words.append(image.words)
        self.portrait += image.is_portrait
        self.photos += image.is_greyscale is not None
        self.greyscale += bool(image.is_greyscale)
        self.counts += image.counts
        self.findings += image.findings

    def document(self) -> dict[str, Any]:
        """All of it as JSON: shares are 0 to 1, null where there is nothing to divide by.

        length_alone: by kind of negative, how often a rule that knows lengths only ("the caption is always the shorter
        one", or the longer one, whichever is better) picks the caption; 0.5 is chance.
        """
        regions = self.counts["regions"]
        by_kind = {kind: [finding for finding in self.findings if finding.kind == kind] for kind in KINDS}
        return {
            "images": len(self.words),
            "regions": regions,
            "captions": self.counts["captions"],
            "negatives": self.counts["negatives"],
            "words_an_image": self._words(),
            "portrait": _share(self.portrait, len(self.words)),
            "greyscale": _share(self.greyscale, self.photos),
            "labels_in_first_caption": _share(self.counts["labels_first"], self.counts["labels"]),
            "labels_in_any_caption": _share(self.counts["labels_any"], self.counts["labels"]),
            "length_alone": {kind: self._length_alone(kind) for kind in NEGATIVE_KINDS},
            "regions_with": {kind: len(found) for kind, found in by_kind.items()},
            "share_of_regions_with": {kind: _share(len(found), regions) for kind, found in by_kind.items()},
            "most_left_out": _most(by_kind["labels left out"]),
            "most_invented": _most(by_kind["possible inventions"]),
            "look_at": self.look_at(),
            "findings": [
                {"image_id": f.image_id, "key": f.key, "kind": f.kind, "details": list(f.details), "weight": f.weight}
                for f in self.findings
            ],
        }

    def look_at(self, most: int = 50) -> list[dict[str, Any]]:
        """The regions with the gravest findings, those of several kinds first."""
        regions: dict[tuple[str, str], list[Finding]] = {}
        for finding in self.findings:
            regions.setdefault((finding.image_id, finding.key), []).append(finding)
        # Labels are left out by every summary: that alone is no reason to look.
        ranked = sorted(
            regions.items(),
            key=lambda item: (
                -sum(finding.kind != "labels left out" for finding in item[1]),
                -sum(finding.weight for finding in item[1]),
            ),
        )
        return [
            {"image_id": image_id, "key": key, "kinds": [finding.kind for finding in found]}
            for (image_id, key), found in ranked[:most]
        ]

    def _words(self) -> dict[str, float] | None:
        if not self.words:
            return None
        return {
            "mean": round(statistics.fmean(self.words), 1),
            "median": statistics.median(self.words),
            "least": min(self.words),
            "most": max(self.words),
        }

    def _length_alone(self, kind: str) -> float | None:
        longer, shorter, equal = (self.counts[f"{kind} {how}"] for how in ("longer", "shorter", "equal"))
        return _share(max(longer, shorter) + equal / 2, longer + shorter + equal)


def _share(part: float, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _most(findings: list[Finding]) -> dict[str, int]:
    counted = Counter(detail.casefold() for finding in findings for detail in finding.details)
    return dict(sorted(counted.items(), key=lambda item: (-item[1], item[0]))[:_MOST])
