"""Captions that are not DCI's, as rows of config `sdci`: for the equal-size comparison of the paper."""

from .coco import coco_captions
from .localized_narratives import localized_narratives

__all__ = ["coco_captions", "localized_narratives"]
