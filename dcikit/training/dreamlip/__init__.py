"""Fine-tuning on long captions, sentence by sentence: the objective `dreamlip` (arXiv 2403.17007)."""

from .long_captions import LongCaptions, LongExample
from .losses import grouping_loss, multi_positive_loss, patch_weights
from .objective import DreamLipObjective
from .patches import patch_grid
from .sub_captions import SubCaption, row_sub_captions

__all__ = [
    "DreamLipObjective",
    "LongCaptions",
    "LongExample",
    "SubCaption",
    "grouping_loss",
    "multi_positive_loss",
    "patch_grid",
    "patch_weights",
    "row_sub_captions",
]
