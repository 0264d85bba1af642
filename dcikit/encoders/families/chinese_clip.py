"""Chinese CLIP (arXiv 2211.01335)."""

from .family import Family

FAMILY = Family("ChineseCLIPModel", "chinese_clip", since=5)
