"""SigLIP 2 with NaFlex (arXiv 2502.14786)."""

from .family import Family

FAMILY = Family("Siglip2Model", "siglip2", pad_to_context=True)
