"""The suites of SCM and Neg, and what becomes of incomplete images (docs/protocol.md §4, §5)."""

from __future__ import annotations

PAPER_SUITES = ("all", "pick5", "base", "hard")
"""The four suites of the paper."""

SUITES = (*PAPER_SUITES, "image")
"""The four suites of the paper, and `image`, whose groups are the regions of one image of suite all."""

TEXT_LEVELS = ("label", "caption", "summary", "description")
"""What SCM can be asked with besides, from the shortest text of a region to the longest (docs/protocol.md §11)."""

PICKED = 5
"""Captions of a region in suite pick5."""

SDCI = "sdci"
"""The published rule: a suite drops a whole image where anything that it reads of it is missing."""

SDCI_ENTRIES = "sdci-entries"
"""A region is dropped alone. Not comparable with published numbers."""

PROTOCOLS = (SDCI, SDCI_ENTRIES)
