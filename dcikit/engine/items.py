"""What a task asks of the engine, an `Item`, and what it gets back, an `EncodedItem`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from torch import Tensor

from dcikit.encoders.preprocessor import Tokens

from .views import View

Row = Mapping[str, Any]

Box = tuple[int, int, int, int]
"""[x0, y0, x1, y1] pixels of a photo, x1 and y1 exclusive."""

Label = tuple[str, int]
"""Names a text of an item by its kind and number, such as `("caption", 0)` or `("swaps", 0)`."""


@dataclass(frozen=True)
class Item:
    """A crop of a photo, and the texts that it is to be compared with.

    Attributes:
        image_id, key: which region of which image; unique together.
        box: of the photo; None: the whole photo.
        texts: what is encoded beside the crop; empty: the crop is not encoded either.
        identity: what the fingerprint is made of, as JSON; empty: nothing.
        facts: whatever else the task wants back with the encoded item, as JSON.
        views: how the region is looked at, a crop each; empty: the pixels of the box, as they are.
        reduce: "max" or "mean": how the scores of several views become one.
        mask: booleans (H, W), as large as the photo: its part of the crop is wanted, as a model that answers with
            patches sees it; None: all of the crop is.
    """

    image_id: str
    key: str
    box: Box | None
    texts: Mapping[Label, str]
    identity: Sequence[Any] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    views: Sequence[View] = ()
    reduce: str = "max"
    mask: np.ndarray | None = field(default=None, repr=False, compare=False)

    def __str__(self) -> str:
        return f"image {self.image_id} region {self.key}"


@dataclass(frozen=True)
class Excluded:
    """A region that the task cannot use, or a whole image that one of its suites drops, and why.

    Attributes:
        key: of the region; the whole image where a suite drops it.
        suite: which drops the image; None: the task cannot use the region at all.
    """

    image_id: str
    key: str
    reason: str
    suite: str | None = None


Items = Callable[[Row], Sequence[Item | Excluded]]
"""What a task wants of a row. It is sent to worker processes, so it must be picklable."""


class Encoding(Protocol):
    """The scores of one crop. Those of a group are all of one kind."""

    def own(self, labels: Sequence[Label]) -> Tensor:
        """Scores (n,), float64, with texts of its own item."""

    def between(self, group: Sequence[Any], labels: Sequence[Label]) -> Tensor:
        """Scores (G, G, n), float64, of every crop of a group with these texts of every item."""


@dataclass(frozen=True)
class EncodedItem:
    """An item and what a model makes of it.

    Attributes:
        tokens: what the model reads of each text.
        truncated: the texts that were cut at the model's context.
        encoding: the scores of its crop; None where the item has no texts.
    """

    item: Item
    tokens: Mapping[Label, Tokens]
    truncated: frozenset[Label]
    encoding: Any
