"""MetaCLIP 2 (arXiv 2507.22062)."""

from .family import Family

FAMILY = Family("MetaClip2Model", "metaclip_2")
