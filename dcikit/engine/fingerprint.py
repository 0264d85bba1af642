"""What was scored, as one hash: two results are comparable only where it agrees (docs/protocol.md §9)."""

from __future__ import annotations

import hashlib
import json

from dcikit.tasks.scm.entries import Entry


class Fingerprint:
    """A running hash of image, key, box, captions, negatives and which of them is the hard one, entry by entry."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256()

    def add(self, entry: Entry) -> None:
        """Takes the next entry."""
        parts = [
            entry.image_id,
            entry.key,
            entry.crop_box,
            entry.captions,
            {kind: entry.negatives[kind] for kind in sorted(entry.negatives)},
            entry.hard_negative,
        ]
        self._digest.update(json.dumps(parts).encode() + b"\n")

    def hexdigest(self) -> str:
        return self._digest.hexdigest()
