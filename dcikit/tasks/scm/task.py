"""The task: which suites of sDCI, in groups of what size, of which images."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from dcikit.engine.items import Excluded, Item, Row
from dcikit.schema.errors import ArgumentError
from dcikit.schema.regions import BASE
from dcikit.schema.suites import PROTOCOLS, SDCI, SUITES

from ..task import OnDecision
from .groups import CONSECUTIVE, GROUPINGS, IN_IMAGE, SIMILAR, SimilarGroups
from .items import excluded_images, narrowed, protocol_items
from .scorer import ScmScorer
from .views import CROP, Views


@dataclass(frozen=True)
class Scm:
    """SCM and Neg.

    Args:
        suites: some of `SUITES`.
        group_size: regions in a group of SCM; the protocol's is 8.
        protocol_name: what becomes of incomplete images. `sdci`, the published rule: a suite drops the whole image;
            `sdci-entries`, not comparable with published numbers: it drops the region alone (docs/protocol.md §4).
        views: what the model is shown of a region; the paper's is its crop.
        grouping: one of `GROUPINGS`: consecutive regions, as the paper has them, or those of the split, or of one
            image, that look alike.
        similar_model: Hub id or folder of the model that says what looks alike. It is not the one that is scored: each
            would have distractors of its own. The default chose the release's hard negatives.
        groups: its groups, see `similar.similar_groups`.

    Raises:
        ValueError: if a suite or the protocol is unknown, or there is no suite, or a group would be empty.
    """

    suites: tuple[str, ...] = SUITES
    group_size: int = 8
    protocol_name: str = SDCI
    views: Views = CROP
    grouping: str = CONSECUTIVE
    similar_model: str = "openai/clip-vit-base-patch32"
    groups: SimilarGroups | None = None

    name = "scm"

    def __post_init__(self) -> None:
        object.__setattr__(self, "suites", check_suites(self.suites))
        if self.group_size < 1:
            raise ValueError(f"`group_size` must be at least 1, got {self.group_size}")
        if self.protocol_name not in PROTOCOLS:
            raise ArgumentError(f"`protocol` must be one of {', '.join(PROTOCOLS)}, got {self.protocol_name!r}")
        if self.grouping not in GROUPINGS:
            raise ArgumentError(f"`grouping` must be one of {', '.join(GROUPINGS)}, got {self.grouping!r}")
        if self.patches and self.grouping != CONSECUTIVE:
            raise ArgumentError(f"`grouping` must be {CONSECUTIVE} with `region_view` pool, which excludes regions")

    @property
    def joint(self) -> bool:
        return self.grouping != SIMILAR  # the regions that wait would be all of the split, with all their patches

    @property
    def patches(self) -> bool:
        return self.views.patches

    @property
    def config(self) -> str:
        return self.views.config

    @property
    def needs(self) -> str:
        return f"region with a summary and negatives that protocol {self.protocol_name} keeps"

    def items(self, row: Row) -> list[Item | Excluded]:
        found: list[Item | Excluded] = []
        for item, excluded in protocol_items(row, self.protocol_name):
            if set(SUITES) <= set(excluded):
                found.append(Excluded(item.image_id, item.key, excluded["all"]))
            else:
                found.append(self.views.show(narrowed(item, self.suites, excluded), row))
        images = excluded_images(row, self.protocol_name)
        dropped = [suite for suite in self.suites if suite in images]
        return found + [Excluded(row["image_id"], BASE, images[suite], suite) for suite in dropped]

    def scorer(self, on_decision: OnDecision | None = None) -> ScmScorer:
        if self.grouping != CONSECUTIVE and self.groups is None:
            raise ValueError(f"`groups` must be given for `grouping` {self.grouping}; see `similar_groups`")
        return ScmScorer(self.suites, self.group_size, self.groups, on_decision)

    def protocol(self) -> dict[str, Any]:
        groups, views = self._groups(), self.views.protocol()
        other = [word for word, what in (("similar", groups), ("views", views)) if what]
        return {
            "name": "-".join([self.protocol_name, *other]),
            "suites": list(self.suites),
            "group_size": self.group_size,
            "grouping": "consecutive regions; image_*: the regions of one image",
            "pooling": "own captions: minimum; others: maximum",
            "ties": "first maximum wins; a negative must be beaten strictly",
            "interval": "95%, bootstrap over images",
            **groups,
            **views,
        }

    def _groups(self) -> dict[str, Any]:
        """How other groups than the paper's come about, as parameters of the protocol."""
        if self.grouping == CONSECUTIVE:
            return {}
        groups = {
            "grouping": "similar regions; image_*: the regions of one image",
            "within": "image" if self.grouping == IN_IMAGE else "split",
            "similar_model": self.similar_model,
        }
        return groups | ({"similar_weights_sha256": self.groups.weights_sha256} if self.groups else {})


def check_suites(suites: Iterable[str]) -> tuple[str, ...]:
    """The suites in the order of `SUITES`.

    Raises:
        ValueError: if one is unknown, or there is none.
    """
    chosen = (suites,) if isinstance(suites, str) else tuple(suites)
    if not chosen or not set(chosen) <= set(SUITES):
        raise ValueError(f"`suites` must be some of {', '.join(SUITES)}, got {', '.join(map(str, chosen)) or 'none'}")
    return tuple(suite for suite in SUITES if suite in chosen)
