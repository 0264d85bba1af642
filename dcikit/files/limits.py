"""How much of somebody else's file is taken: each limit is far above what real data needs, and named in its error."""

from __future__ import annotations

PIXELS = 178_956_970
"""Pixels of a photo or mask: where Pillow, too, takes a file for a decompression bomb."""

PHOTO_BYTES = 2**30
"""Bytes of a photo's file."""

JSON_BYTES = 2**30
"""Bytes of a JSON document that is read as a whole."""

YAML_BYTES = 2**20
"""Bytes of a YAML text; with aliases, even a short one would grow without end, so there may be none."""

YAML_DEPTH = 100
"""Lists and mappings inside each other in a YAML text, whose reader takes a second for each thousand."""

SUBMASKS = 100_000
"""Visits of masks in one description: masks that are named twice as children have 2^n paths."""

MEMBER_NAME = 2**16
"""Bytes of a name in an archive, with what else a header says of a member."""

EXPANSION = 200
"""Bytes that come out of a byte of a compressed archive."""

DOWNLOAD_BYTES = 2**36
"""Bytes of an archive from a server, which may not say how many it sends."""

ANSWER_BYTES = 2**21
"""Bytes of the body in which a server sends one answer."""

ANSWER_CHARACTERS = 2**16
"""Characters of one answer of a language model."""

WAIT_SECONDS = 600.0
"""Seconds that a server may ask us to wait."""

CONFIG_NUMBER = 2**24
"""The largest number in the config of a model, such as its vocabulary."""

CONFIG_LAYERS = 1000
"""Layers of a tower, or experts of a layer."""

PARAMETERS_PER_BYTE = 2
"""Parameters of a model for each byte of its weights: 4-bit weights have so many."""

IMAGE_SIDE = 4096
"""Pixels of a side that an image processor may ask for."""

ADAPTER_RANK = 4096
"""Rank of a LoRA."""
