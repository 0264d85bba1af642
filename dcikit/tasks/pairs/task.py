"""The task: every row of a benchmark as an item, or as excluded with the reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dcikit.engine.items import Excluded, Item, Label, Row

from ..task import OnDecision
from .benchmark import Benchmark
from .scorer import CAPTION, NEGATIVE, PairsScorer, SquareScorer


@dataclass(frozen=True)
class Pairs:
    """Is a photo nearer to what is true of it than to what is not?

    Args:
        benchmark: which one; see `load.open_benchmark`.
    """

    benchmark: Benchmark

    name = "pairs"
    config = "pairs"
    needs = "photo with a caption and a negative"
    joint = True
    patches = False

    def items(self, row: Row) -> Sequence[Item | Excluded]:
        try:
            image_id, key, box = row["image_id"], row["key"], row["box"]
            captions, negatives = row["captions"], row["negatives"]
        except (KeyError, TypeError):
            raise ValueError("`dataset` must have rows of a pair benchmark, as `open_benchmark` gives them") from None
        if reason := self._unusable(row):
            # A case is excluded once, with its first photo.
            return [Excluded(image_id, key, reason)] if not self.benchmark.square or key.endswith("/0") else []
        texts: dict[Label, str] = {(CAPTION, number): text for number, text in enumerate(captions)}
        texts |= {(NEGATIVE, number): text for number, text in enumerate(negatives)}
        facts = {"captions": len(captions), "negatives": len(negatives), "group": row["group"]}
        identity = [image_id, key, box, captions, negatives]
        return [Item(image_id, key, box, texts, identity, {**facts, "subset": row["subset"]})]

    def scorer(self, on_decision: OnDecision | None = None) -> PairsScorer | SquareScorer:
        kind = SquareScorer if self.benchmark.square else PairsScorer
        return kind(self.benchmark, on_decision)

    def protocol(self) -> dict[str, Any]:
        benchmark = self.benchmark
        facts: dict[str, Any] = {
            "name": benchmark.name,
            "captions": benchmark.captions,
            "negatives": benchmark.negatives,
            "ties": "wrong; pairs_ties_right: right" if benchmark.ties_right else "wrong",
            "interval": "95%, bootstrap over images",
        }
        if benchmark.macro:
            facts["macro"] = "mean over groups of the share that is right"
            facts["unscored_groups"] = len(benchmark.unscored_groups)
            facts["min_cases"] = benchmark.min_cases
        return facts

    def _unusable(self, row: Row) -> str | None:
        if row["image"] is None or not row.get("complete", True):
            return "no photo"
        if not row["captions"] or None in row["captions"]:
            return "no caption"
        if not row["negatives"] or None in row["negatives"]:
            return "no negative"
        if row["box"] and not (row["box"][0] < row["box"][2] and row["box"][1] < row["box"][3]):
            return "empty box"
        return None
