"""SCM by what the annotators, or a language model, wrote of a region: a ladder of texts (docs/protocol.md §11)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from dcikit.engine.items import EncodedItem, Excluded, Item, Row
from dcikit.results.tally import Score
from dcikit.schema.configs import DCI_AND_SDCI
from dcikit.schema.errors import ArgumentError
from dcikit.schema.regions import BASE
from dcikit.schema.suites import SDCI, TEXT_LEVELS

from ..sdci_items import CAPTION
from ..task import OnDecision, TallyScorer
from .groups import group_decisions
from .task import Scm
from .views import CROP, Views


@dataclass(frozen=True)
class TextLevels:
    """SCM with one text of a region after the other, each time in the same groups of the same regions.

    Args:
        levels: some of `TEXT_LEVELS`; a region without one of these texts is excluded from all.
        group_size, protocol_name, views: as of `Scm`; the regions are those of its suite all.

    Raises:
        ValueError: if a level is unknown, or there is none, or as `Scm`.
    """

    levels: tuple[str, ...]
    group_size: int = 8
    protocol_name: str = SDCI
    views: Views = CROP

    name = "text-levels"
    config = DCI_AND_SDCI
    joint = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "levels", (self.levels,) if isinstance(self.levels, str) else tuple(self.levels))
        if not self.levels or not set(self.levels) <= set(TEXT_LEVELS):
            got = ", ".join(self.levels) or "none"
            raise ArgumentError(f"`text` must be some of {', '.join(TEXT_LEVELS)}, got {got}")
        object.__setattr__(self, "levels", tuple(level for level in TEXT_LEVELS if level in self.levels))
        Scm(("image",), self.group_size, self.protocol_name)  # checks the rest

    @property
    def patches(self) -> bool:
        return self.views.patches

    @property
    def _regions(self) -> Scm:
        return Scm(("image",), self.group_size, self.protocol_name, self.views)

    @property
    def needs(self) -> str:
        return f"region with a text at each of the levels {', '.join(self.levels)}"

    def items(self, row: Row) -> list[Item | Excluded]:
        regions = self._regions.items(row)
        if "masks" not in row or "description" not in row:
            raise ValueError(
                "`dataset` must have the columns of config dci beside those of sdci for `text`, image "
                f"{row['image_id']} has no `masks`"
            )
        masks = {mask["mask_id"]: mask for mask in row["masks"]}
        ids = {region["key"]: region["mask_id"] for region in row["regions"]}
        return [
            self._item(found, row, masks.get(ids[found.key])) if isinstance(found, Item) else found for found in regions
        ]

    def _item(self, item: Item, row: Row, mask: Mapping[str, Any] | None) -> Item | Excluded:
        written = _image_texts(row) if item.key == BASE else _mask_texts(mask or {})
        written["summary"] = item.texts.get(CAPTION)
        texts = {level: written.get(level) or "" for level in self.levels}
        for level, text in texts.items():
            if not text.strip():
                return Excluded(item.image_id, item.key, f"no {level}")
        labels = {(level, 0): text for level, text in texts.items()}
        return replace(item, texts=labels, identity=[*item.identity, texts])

    def scorer(self, on_decision: OnDecision | None = None) -> LevelScorer:
        return LevelScorer(self, on_decision)

    def protocol(self) -> dict[str, Any]:
        return {
            "name": "text-levels",
            "regions": self.protocol_name,
            "levels": list(self.levels),
            "group_size": self.group_size,
            "grouping": "consecutive regions that have a text at each of the levels",
            "ties": "first maximum wins",
            "interval": "95%, bootstrap over images",
            **self.views.protocol(),
        }


class LevelScorer(TallyScorer):
    """Scores each group at every level as soon as it is full."""

    def __init__(self, task: TextLevels, on_decision: OnDecision | None) -> None:
        super().__init__([f"{level}_scm" for level in task.levels], on_decision)
        self.task = task
        self._waiting: list[EncodedItem] = []

    def add(self, encoded: EncodedItem) -> None:
        self._waiting.append(encoded)
        if len(self._waiting) == self.task.group_size:
            self._match()

    def finish(self) -> dict[str, Score]:
        """Scores the last group, which may be smaller."""
        if self._waiting:
            self._match()
        return super().finish()

    def _match(self) -> None:
        for level in self.task.levels:
            for direction, decision in group_decisions(self._waiting, [(level, 0)], ["scm"]):
                self.count(f"{level}_{direction}", decision)
        self._waiting = []


def _image_texts(row: Row) -> dict[str, str | None]:
    return {"caption": row["short_caption"], "description": row["description"]}


def _mask_texts(mask: Mapping[str, Any]) -> dict[str, str | None]:
    """What a mask of its quality may say (docs/protocol.md §2)."""
    if not mask or mask["quality"] == "bad":
        return {}
    caption = mask["caption"] if mask["quality"] == "ok" else None
    return {"label": mask["label"], "caption": caption, "description": mask["description"]}
