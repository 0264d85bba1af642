"""SigLIP (arXiv 2303.15343)."""

from .family import Family

FAMILY = Family("SiglipModel", "siglip", pad_to_context=True)
