"""The engine without a language model: summaries are extracts, and negatives are made of any English caption."""

from .caption_negatives import caption_negatives
from .negatives import candidates
from .summaries import extracts
from .writer import Rules

__all__ = ["Rules", "candidates", "caption_negatives", "extracts"]
