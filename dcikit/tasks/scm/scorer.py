"""The suites: which regions stand in which groups, with which captions and negatives (docs/protocol.md §5)."""

from __future__ import annotations

from dcikit.engine.items import EncodedItem, Excluded, Label
from dcikit.results.tally import Decision, Score
from dcikit.schema.regions import BASE, NEGATIVE_KINDS, OTHER_KINDS
from dcikit.schema.suites import PICKED

from ..task import OnDecision, TallyScorer
from .decisions import beats_negative
from .groups import DIRECTIONS, Place, SimilarGroups, group_decisions
from .items import SWAPS, captions

SCORES = {
    "all_scm": "all",
    "all_neg": "all",
    "pick5_scm": "pick5",
    "pick5_neg": "pick5",
    "base_neg": "base",
    "hard_neg": "hard",
    "image_scm": "image",
    "all_caption_to_subcrop": "all",
    "pick5_caption_to_subcrop": "pick5",
    "image_caption_to_subcrop": "image",
    "neg_basic": "all",
    "neg_layout": "all",
    "neg_swaps": "all",
    "neg_attribute": "all",
}
"""Each score and its suite: the paper's six, then the variants, in the order of a table."""

ALONE = "alone in its group"
"""Why SCM excludes a region that no similar one is left for."""

_OTHERS = tuple(f"neg_{kind}" for kind in OTHER_KINDS)
"""Reported only if there are such negatives."""


class ScmScorer(TallyScorer):
    """Takes encoded regions in order, one at a time, and keeps of each only its decisions.

    Args:
        suites: some of `SUITES`.
        group_size: regions in a group of SCM.
        groups: those of suites all and pick5; None: consecutive regions.
        on_decision: is called with the name of a score and each of its decisions.

    Attributes:
        images, regions: how many were seen.
    """

    def __init__(
        self,
        suites: tuple[str, ...],
        group_size: int = 8,
        groups: SimilarGroups | None = None,
        on_decision: OnDecision | None = None,
    ) -> None:
        super().__init__([name for name, suite in SCORES.items() if suite in suites], on_decision)
        self.suites = suites
        self.group_size = group_size
        self.groups = groups
        self.images = 0
        self.regions = 0
        self._seen: set[str] = set()
        self._keys: set[str] = set()
        self._waiting: dict[str, dict[int, list[EncodedItem]]] = {"all": {}, "pick5": {}, "image": {}}
        self._image_id: str | None = None

    def add(self, encoded: EncodedItem) -> None:
        """Takes the next region.

        Raises:
            ValueError: if a region comes twice, or the regions of an image are not one after another.
        """
        item = encoded.item
        if item.image_id != self._image_id:
            self._start_image(item.image_id)
        if item.key in self._keys:
            raise ValueError(f"image {item.image_id} has region {item.key} twice")
        self._keys.add(item.key)
        self.regions += 1
        excluded = item.facts.get("excluded") or {}
        for suite, reason in excluded.items():
            self._exclude(suite, item.key, reason)
        suites = [suite for suite in self.suites if suite not in excluded]
        if "all" in suites:
            self._queue("all", encoded)
            self._negative("all_neg", encoded, 1, SWAPS)
            for kind in NEGATIVE_KINDS:
                self._negative(f"neg_{kind}", encoded, 1, (kind, 0))
            for kind in OTHER_KINDS:
                found = [label for label in item.texts if label[0] == kind]
                self._negative(f"neg_{kind}", encoded, 1, *(found or [(kind, 0)]))
        if "pick5" in suites:
            self._pick5(encoded)
        if "base" in suites and item.key == BASE:
            self._negative("base_neg", encoded, 1, SWAPS)
        if "hard" in suites:
            hard = item.facts["hard_negative"]
            self._negative("hard_neg", encoded, 1, *([(hard[0], hard[1])] if hard else []))
        if "image" in suites:
            self._waiting["image"].setdefault(0, []).append(encoded)

    def exclude(self, excluded: Excluded) -> None:
        for suite in self.suites:
            self._exclude(suite, excluded.key, excluded.reason)

    def finish(self) -> dict[str, Score]:
        """Scores the last groups, which may be smaller."""
        self._match_all("all")
        self._match_all("pick5")
        self._match_image()
        scores = super().finish()
        absent = [name for name in _OTHERS if name in scores and not scores[name].regions]
        return {name: score for name, score in scores.items() if name not in absent}

    def _start_image(self, image_id: str) -> None:
        if image_id in self._seen:
            raise ValueError(f"image {image_id} comes twice; give each image once, its regions one after another")
        self._match_image()
        self._seen.add(image_id)
        self._keys = set()
        self._image_id = image_id
        self.images += 1

    def _exclude(self, suite: str, key: str, reason: str) -> None:
        """Counts a region that a suite would read but may not."""
        if suite in self.suites and (suite != BASE or key == BASE):
            for name in (name for name, of in SCORES.items() if of == suite):
                self.tallies[name].exclude(reason)

    def _pick5(self, encoded: EncodedItem) -> None:
        if encoded.item.facts["captions"] >= PICKED:
            self._queue("pick5", encoded)
            self._negative("pick5_neg", encoded, PICKED, SWAPS)
        else:
            for name in ("pick5_scm", "pick5_caption_to_subcrop", "pick5_neg"):
                self.tallies[name].exclude(f"fewer than {PICKED} captions")

    def _queue(self, suite: str, encoded: EncodedItem) -> None:
        item = encoded.item
        place = self.groups.places[suite][item.image_id, item.key] if self.groups else Place(0, self.group_size)
        if place.size == 1 < self.group_size:
            for direction in DIRECTIONS:
                self.tallies[f"{suite}_{direction}"].exclude(ALONE)
            return
        waiting = self._waiting[suite].setdefault(place.group, [])
        waiting.append(encoded)
        if len(waiting) == place.size:
            self._match(suite, place.group)

    def _match_image(self) -> None:
        if len(self._waiting["image"].get(0, ())) == 1:
            self._waiting["image"].clear()
            for name in ("image_scm", "image_caption_to_subcrop"):
                self.tallies[name].exclude("the only region of its image")
        self._match_all("image")

    def _match_all(self, suite: str) -> None:
        for group in list(self._waiting[suite]):
            self._match(suite, group)

    def _match(self, suite: str, number: int) -> None:
        group = self._waiting[suite].pop(number)
        for direction, decision in group_decisions(group, captions(PICKED if suite == "pick5" else 1)):
            self.count(f"{suite}_{direction}", decision)

    def _negative(self, name: str, encoded: EncodedItem, n: int, *negatives: Label) -> None:
        """The first n captions against negatives, each of which they must beat; no negative is known: no scores."""
        if not negatives:
            self.tallies[name].exclude("no clip_scores")
            return
        if negatives[0] not in encoded.item.texts:
            self.tallies[name].exclude(f"no {negatives[0][0]} negative")
            return
        own, others = encoded.encoding.own(captions(n)), encoded.encoding.own(negatives)
        highest = int(others.argmax())
        correct = beats_negative(own, others[highest])
        decision = Decision(
            image_id=encoded.item.image_id,
            key=encoded.item.key,
            own=own.min().item(),
            rival=others[highest].item(),
            chosen="caption" if correct else "_".join(map(str, negatives[highest])),
            correct=correct,
            truncated=len(encoded.truncated.intersection([*captions(n), *negatives])),
        )
        self.count(name, decision)
