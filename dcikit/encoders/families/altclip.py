"""AltCLIP (arXiv 2211.06679)."""

from .family import Family

FAMILY = Family("AltCLIPModel", "altclip", first_position=2)
