"""Each region against ever more captions of other regions of the split (docs/protocol.md §11)."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from dcikit.encoders.preprocessor import Tokens
from dcikit.engine.encodings import ManyViews, unit
from dcikit.engine.items import EncodedItem, Excluded, Item, Row
from dcikit.results.tally import Decision, Score
from dcikit.schema.errors import ArgumentError
from dcikit.schema.suites import SDCI

from ..sdci_items import CAPTION
from ..task import OnDecision, TallyScorer
from .task import Scm
from .views import CROP, Views

_NUMBERS = 2**22
"""Numbers of gathered embeddings that are held at once: 32 MB."""


@dataclass(frozen=True)
class Distractors:
    """Does a crop score higher with its own caption than with those of N other regions, drawn at random?

    Args:
        counts: the N of the curve.
        seed: of what is drawn.
        protocol_name, views: as of `Scm`; the regions are those of its suite all.

    Raises:
        ArgumentError: if a count is below 1, or there is none.
    """

    counts: tuple[int, ...]
    seed: int = 0
    protocol_name: str = SDCI
    views: Views = CROP

    name = "distractors"
    joint = False

    def __post_init__(self) -> None:
        if not self.counts or min(self.counts) < 1:
            got = ", ".join(map(str, self.counts)) or "none"
            raise ArgumentError(f"`distractors` must be numbers of at least 1, got {got}")
        object.__setattr__(self, "counts", tuple(sorted(set(self.counts))))

    @property
    def patches(self) -> bool:
        return self.views.patches

    @property
    def config(self) -> str:
        return self.views.config

    @property
    def _regions(self) -> Scm:
        return Scm(("image",), protocol_name=self.protocol_name, views=self.views)

    @property
    def needs(self) -> str:
        return self._regions.needs

    def items(self, row: Row) -> list[Item | Excluded]:
        return self._regions.items(row)

    def scorer(self, on_decision: OnDecision | None = None) -> DistractorScorer:
        return DistractorScorer(self, on_decision)

    def protocol(self) -> dict[str, Any]:
        return {
            "name": "distractors",
            "regions": self.protocol_name,
            "seed": self.seed,
            "ties": "wrong",
            "interval": "95%, bootstrap over images",
            **self.views.protocol(),
        }


class DistractorScorer(TallyScorer):
    """Collects a crop and a caption of every region, as embeddings, and draws at the end."""

    def __init__(self, task: Distractors, on_decision: OnDecision | None) -> None:
        super().__init__([f"distractors/{count}" for count in task.counts], on_decision)
        self.task = task
        self._items: list[Item] = []
        self._truncated: list[int] = []
        self._crops: list[Tensor] = []
        self._texts: list[Tensor] = []
        self._text_of: list[int] = []
        self._place: dict[Tokens, int] = {}

    def add(self, encoded: EncodedItem) -> None:
        encoding: Any = encoded.encoding
        views = encoding.views if isinstance(encoding, ManyViews) else [encoding]
        # A text that comes again in another window may differ in its last bits: the first one counts, for ties.
        place = self._place.setdefault(encoded.tokens[CAPTION], len(self._texts))
        if place == len(self._texts):
            self._texts.append(views[0].texts[CAPTION])
        self._text_of.append(place)
        self._crops.append(torch.stack([view.image for view in views]))
        self._items.append(encoded.item)
        self._truncated.append(len(encoded.truncated))

    def finish(self) -> dict[str, Score]:
        """Decides for each region, in order.

        Raises:
            ArgumentError: if there are fewer other regions than distractors are asked for.
        """
        regions, most = len(self._items), self.task.counts[-1]
        if regions <= most:
            raise ArgumentError(f"`distractors` must be at most {regions - 1}, as many as there are others, got {most}")
        keys = [f"{item.image_id}/{item.key}" for item in self._items]
        own, best, chosen = self._best(keys)
        for column, name in enumerate(self.tallies):
            for place, item in enumerate(self._items):
                value, rival = own[place].item(), best[place, column].item()
                choice = keys[place if value > rival else int(chosen[place, column])]
                truncated = self._truncated[place]
                self.count(name, Decision(item.image_id, item.key, value, rival, choice, value > rival, truncated))
        return super().finish()

    def _best(self, keys: list[str]) -> tuple[Tensor, Tensor, Tensor]:
        """(R,) each crop's score with its own caption; (R, counts) the best of its distractors, and which that is."""
        counts, regions = self.task.counts, len(keys)
        crops, texts = unit(torch.stack(self._crops)), unit(torch.stack(self._texts))
        text_of = torch.tensor(self._text_of)
        own = torch.empty(regions, dtype=torch.float64)
        best = torch.empty(regions, len(counts), dtype=torch.float64)
        chosen = torch.empty(regions, len(counts), dtype=torch.int64)
        at_once = max(_NUMBERS // ((counts[-1] + 1) * crops[0].numel()), 1)
        for places in torch.arange(regions).split(at_once):
            seeds = [(place, f"{self.task.seed} {keys[place]}") for place in places.tolist()]
            drawn = torch.tensor([drawn_others(place, regions, counts[-1], seed) for place, seed in seeds])
            compared = texts[text_of[torch.cat([places[:, None], drawn], 1)]]
            scores = self._reduced((crops[places][:, None] * compared[:, :, None]).sum(-1))
            own[places] = scores[:, 0]
            for column, count in enumerate(counts):
                highest = scores[:, 1 : count + 1].argmax(1, keepdim=True)
                best[places, column] = scores[:, 1:].gather(1, highest)[:, 0]
                chosen[places, column] = drawn.gather(1, highest)[:, 0]
        return own, best, chosen

    def _reduced(self, scores: Tensor) -> Tensor:
        """(..., views) -> (...)."""
        return scores.amax(-1) if self.task.views.reduce == "max" else scores.mean(-1)


def drawn_others(own: int, regions: int, count: int, seed: str) -> list[int]:
    """So many of all regions but one, each at most once: a shuffle that stops after `count`.

    A larger count begins with the same ones, so that a curve over it never rises.
    """
    generator = random.Random(seed)
    return [other + (other >= own) for other in _shuffled(regions - 1, count, generator)]


def _shuffled(length: int, count: int, generator: random.Random) -> Iterator[int]:
    """The first of a shuffle (Fisher and Yates) of range(length), holding only what has moved."""
    moved: dict[int, int] = {}
    for place in range(count):
        other = generator.randrange(place, length)
        yield moved.get(other, other)
        moved[other] = moved.get(place, place)
