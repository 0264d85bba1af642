"""What was scored, as one hash: two results are comparable only where it agrees (docs/protocol.md §9)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any


class Fingerprint:
    """A running hash of the identities of items, in order."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256()

    def add(self, identity: Sequence[Any]) -> None:
        """Takes what the next item is, as JSON: see `Item.identity`."""
        self._digest.update(json.dumps(identity).encode() + b"\n")

    def hexdigest(self) -> str:
        return self._digest.hexdigest()
