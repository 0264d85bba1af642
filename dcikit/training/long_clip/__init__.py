"""Fine-tuning on whole long captions, with 248 positions for texts: the objective `long-clip` (arXiv 2403.15378)."""

from .losses import principal_features
from .objective import LongClipObjective
from .positions import KEPT, lengthen, longer, stretched, unfreeze
from .texts import LongTexts, short_text

__all__ = [
    "KEPT",
    "LongClipObjective",
    "LongTexts",
    "lengthen",
    "longer",
    "principal_features",
    "short_text",
    "stretched",
    "unfreeze",
]
