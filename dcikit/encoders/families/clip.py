"""CLIP (arXiv 2103.00020), and what is fine-tuned from it."""

from .family import Family

FAMILY = Family("CLIPModel", "clip")
