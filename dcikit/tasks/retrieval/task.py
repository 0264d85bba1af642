"""The task: which texts of which images, or of which regions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dcikit.engine.items import Excluded, Item, Row

from ..task import OnDecision
from .protocols import PROTOCOLS, check_protocol, retrieval_items
from .scorer import RetrievalScorer


@dataclass(frozen=True)
class Retrieval:
    """Recall at k in both directions.

    Args:
        protocol_name: one of `protocols.PROTOCOLS` for unit "image" (None: lotlip); None for unit "region".
        unit: "image": rows of config `dci` (protocol iiw: `iiw`), all splits; "region": rows of config `sdci`.

    Raises:
        ValueError: if one is unknown, or they do not go together.
    """

    protocol_name: str | None = None
    unit: str = "image"

    name = "retrieval"
    needs = "image with a text"
    joint = False
    patches = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "protocol_name", check_protocol(self.protocol_name, self.unit))

    @property
    def config(self) -> str:
        return PROTOCOLS[str(self.protocol_name)].config if self.unit == "image" else "sdci"

    def items(self, row: Row) -> Sequence[Item | Excluded]:
        return retrieval_items(row, str(self.protocol_name))

    def scorer(self, on_decision: OnDecision | None = None) -> RetrievalScorer:
        return RetrievalScorer()

    def protocol(self) -> dict[str, Any]:
        gallery = {"gallery": PROTOCOLS[str(self.protocol_name)].gallery} if self.unit == "image" else {}
        return {
            "name": self.protocol_name,
            **gallery,
            "score": "cosine similarity",
            "ties": "right if fewer than k others score strictly higher",
            "interval": "95%, bootstrap over images",
        }
