"""Images and their long captions, or regions and their captions, found among all others (docs/protocol.md §6)."""

from .task import Retrieval

__all__ = ["Retrieval"]
