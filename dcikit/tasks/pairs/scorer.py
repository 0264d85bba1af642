"""Scores of a photo with its texts -> right or wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor
from torch.nn.functional import cosine_similarity

from dcikit.engine.encodings import Embeddings
from dcikit.engine.items import EncodedItem, Excluded, Item, Label
from dcikit.results.macro import MacroTally
from dcikit.results.tally import Decision, Score, Tally

from ..task import OnDecision, TallyScorer
from .benchmark import Benchmark

CAPTION, NEGATIVE = "caption", "negative"
"""Kinds of texts."""

PAIRS, MACRO, TIES_RIGHT, TEXT_ONLY = "pairs", "pairs_macro", "pairs_ties_right", "pairs_text_only"
TEXT, IMAGE, GROUP = "pairs_text", "pairs_image", "pairs_group"
"""Names of scores; those of a subset end in "/" and its name."""


class _SubsetScorer(TallyScorer):
    """Counts each decision twice: in its score, and in that of its subset."""

    def __init__(self, names: Sequence[str], on_decision: OnDecision | None = None) -> None:
        super().__init__(names, on_decision)
        self.of_subsets: dict[str, Tally] = {}

    def count_both(self, name: str, subset: str, decision: Decision) -> None:
        self.count(name, decision)
        if subset:
            self.of_subsets.setdefault(f"{name}/{subset}", Tally()).count(decision)

    def exclude(self, excluded: Excluded) -> None:
        subset = excluded.key.partition("/")[0] if "/" in excluded.key else ""
        self.exclude_case(subset, excluded.reason)

    def exclude_case(self, subset: str, reason: str) -> None:
        for name, tally in self.tallies.items():
            tally.exclude(reason)
            if subset:
                self.of_subsets.setdefault(f"{name}/{subset}", Tally()).exclude(reason)

    def finish(self) -> dict[str, Score]:
        return super().finish() | {name: tally.score() for name, tally in self.of_subsets.items()}


class PairsScorer(_SubsetScorer):
    """A row is right if the lowest score of its captions is strictly above the highest of its negatives.

    Args:
        benchmark: how its scores are made.
        on_decision: see `OnDecision`; a mean over groups has no decisions of its own.
    """

    def __init__(self, benchmark: Benchmark, on_decision: OnDecision | None = None) -> None:
        extra = {TIES_RIGHT: benchmark.ties_right, TEXT_ONLY: benchmark.text_only}
        super().__init__([PAIRS, *(name for name, wanted in extra.items() if wanted)], on_decision)
        self.benchmark = benchmark
        self.macros: dict[str, MacroTally] = {}

    def add(self, encoded: EncodedItem) -> None:
        item, subset = encoded.item, encoded.item.facts["subset"]
        own = encoded.encoding.own(_labels(item, CAPTION))
        negatives = encoded.encoding.own(_labels(item, NEGATIVE))
        decision = _decision(encoded, own, negatives)
        self.count_both(PAIRS, subset, decision)
        if self.benchmark.ties_right:
            self.count_both(TIES_RIGHT, subset, _decision(encoded, own, negatives, ties_right=True))
        if self.benchmark.text_only:
            self._judge_texts(encoded)
        if self.benchmark.macro:
            self._count_group(item, subset, decision)

    def exclude_case(self, subset: str, reason: str) -> None:
        super().exclude_case(subset, reason)
        for macro in self._macros(subset):
            macro.exclude(reason)

    def finish(self) -> dict[str, Score]:
        scores = super().finish()
        return scores | {name: macro.score(self.benchmark.min_cases) for name, macro in self.macros.items()}

    def _judge_texts(self, encoded: EncodedItem) -> None:
        """The captions must be nearer to each other than either is to the negative."""
        item, subset = encoded.item, encoded.item.facts["subset"]
        if not isinstance(encoded.encoding, Embeddings):
            for tally in (self.tallies[TEXT_ONLY], self.of_subsets.setdefault(f"{TEXT_ONLY}/{subset}", Tally())):
                tally.exclude("the model embeds no texts apart")
            return
        texts = encoded.encoding.texts
        first, second = (texts[label].double() for label in _labels(item, CAPTION))
        negative = texts[_labels(item, NEGATIVE)[0]].double()
        own = cosine_similarity(first, second, dim=0)[None]
        others = cosine_similarity(torch.stack([first, second]), negative[None])
        self.count_both(TEXT_ONLY, subset, _decision(encoded, own, others))

    def _count_group(self, item: Item, subset: str, decision: Decision) -> None:
        group = item.facts["group"]
        for macro in self._macros(subset):
            if group is None:
                macro.exclude("no group")
            elif group in self.benchmark.unscored_groups:
                macro.exclude("a group that the mean leaves out")
            else:
                macro.count(f"{subset}/{group}" if subset else str(group), decision)

    def _macros(self, subset: str) -> Iterator[MacroTally]:
        if self.benchmark.macro:
            for name in (MACRO, f"{MACRO}/{subset}") if subset else (MACRO,):
                yield self.macros.setdefault(name, MacroTally())


class SquareScorer(_SubsetScorer):
    """Two photos with two captions: every comparison must be won strictly.

    `text`: each photo prefers its caption to the other one. `image`: each caption prefers its photo. `group`: both.
    """

    def __init__(self, benchmark: Benchmark, on_decision: OnDecision | None = None) -> None:
        super().__init__([TEXT, IMAGE, GROUP], on_decision)
        self._waiting: EncodedItem | None = None

    def add(self, encoded: EncodedItem) -> None:
        first, self._waiting = self._waiting, None
        if first is None or first.item.image_id != encoded.item.image_id:
            self._alone(first)
            self._waiting = encoded
            return
        labels = [(CAPTION, 0), (NEGATIVE, 0)]
        (own_0, other_0), (own_1, other_1) = (each.encoding.own(labels).tolist() for each in (first, encoded))
        by_photo = [(own_0, other_0), (own_1, other_1)]
        by_caption = [(own_0, other_1), (own_1, other_0)]
        for name, compared in ((TEXT, by_photo), (IMAGE, by_caption), (GROUP, by_photo + by_caption)):
            worst = min(range(len(compared)), key=lambda number: compared[number][0] - compared[number][1])
            own, rival = compared[worst]
            decision = Decision(
                image_id=first.item.image_id,
                key=first.item.key.rpartition("/")[0],
                own=own,
                rival=rival,
                chosen=CAPTION if own > rival else f"other_{worst % 2}",
                correct=own > rival,
                truncated=len(first.truncated),
            )
            self.count_both(name, first.item.facts["subset"], decision)

    def finish(self) -> dict[str, Score]:
        self._alone(self._waiting)
        self._waiting = None
        return super().finish()

    def _alone(self, encoded: EncodedItem | None) -> None:
        if encoded is not None:
            self.exclude_case(encoded.item.facts["subset"], "its other photo was skipped")


def _labels(item: Item, kind: str) -> list[Label]:
    return [(kind, number) for number in range(item.facts[f"{kind}s"])]


def _decision(encoded: EncodedItem, own: Tensor, negatives: Tensor, ties_right: bool = False) -> Decision:
    lowest, highest = own.min().item(), negatives.max().item()
    correct = lowest > highest or (ties_right and lowest == highest)
    return Decision(
        image_id=encoded.item.image_id,
        key=encoded.item.key,
        own=lowest,
        rival=highest,
        chosen=CAPTION if correct else f"{NEGATIVE}_{int(negatives.argmax())}",
        correct=correct,
        truncated=len(encoded.truncated),
    )
