"""ALIGN (arXiv 2102.05918)."""

from .family import Family

FAMILY = Family("AlignModel", "align")
