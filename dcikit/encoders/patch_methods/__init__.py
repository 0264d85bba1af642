"""What becomes of the last block of a vision tower, so that its tokens say what is where; one file a method."""

from .last_block import last_block
from .maskclip import maskclip
from .naclip import naclip
from .sclip import sclip

PATCH_METHODS = {"last_block": last_block, "maskclip": maskclip, "sclip": sclip, "naclip": naclip}
"""Name -> the method: block, its input and output (B, N, D), and its grid of patches -> tokens (B, N, D).

The last h * w of the N tokens are those of the patches, row by row; a class token stands before them.
"""

__all__ = ["PATCH_METHODS"]
