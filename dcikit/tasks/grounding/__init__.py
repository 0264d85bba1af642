"""Does the patch that matches a caption lie in that caption's mask? (docs/protocol.md §13)"""

from .task import Grounding

__all__ = ["Grounding"]
