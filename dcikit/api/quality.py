"""The quality of a release: its texts, its masks, and whether each text fits its own mask best."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dcikit.captions import Tokens
from dcikit.captions.quality import QualityReport, check_image
from dcikit.data.record import Record
from dcikit.masks.quality import MaskReport, measure_masks

if TYPE_CHECKING:
    from dcikit.captions.quality.margins import Margin


@dataclass
class ReleaseQuality:
    """What was found in the images added so far.

    Attributes:
        tokens: what texts must fit; None: their lengths in tokens are not looked at.
        masks: None: they are not looked at.
        margins: of `sibling_margins`; None: no model was asked.
    """

    tokens: Tokens | None = None
    texts: QualityReport = field(default_factory=QualityReport)
    masks: MaskReport | None = field(default_factory=MaskReport)
    margins: list[Margin] | None = None

    def add(self, record: Record) -> None:
        """Looks at an image of `complete/`; at its photo if it is there.

        Raises:
            DataError: if a mask cannot be decoded.
        """
        self.texts.add(check_image(record, self.tokens))
        if self.masks is not None:
            self.masks.add(measure_masks(record))

    def document(self) -> dict[str, Any]:
        """That of `QualityReport`, with `masks` and `margins`; null where nobody looked."""
        margins = None
        if self.margins is not None:
            from dcikit.captions.quality.margins import margins_document

            margins = margins_document(self.margins)
        masks = None if self.masks is None else self.masks.document()
        return {**self.texts.document(), "masks": masks, "margins": margins}
