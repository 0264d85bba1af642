"""The images that `load_dataset(..., on_error="skip")` skipped, as lines of `DatasetInfo.description`.

`datasets` keeps a description through selection, `map`, saving and streaming, and joins those of what it concatenates;
it has no other place for facts of ours.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from .splits import SPLITS

_MARK = "Skipped images: "


def skipped_line(split: str, skipped: Sequence[str], images: int) -> str:
    """One line for a split.

    Args:
        skipped: ids of the images.
        images: of the split, the skipped ones included.
    """
    return _MARK + json.dumps({"split": split, "images": images, "skipped": list(skipped)})


def skipped_in(description: str) -> list[str]:
    """Ids of all images that a description names, each once."""
    return list(dict.fromkeys(image_id for line in _lines(description) for image_id in line["skipped"]))


def describe_split(description: str, split: str) -> str:
    """The description without the lines of splits that have no part in `split`.

    Args:
        split: in the words of `datasets`: a name, `all`, `train+test`, `test[:10]`, or a `ReadInstruction` as text.
    """
    named = SPLITS if split == "all" else [name for name in SPLITS if name in split]
    kept = [line for line in description.split("\n") if not (facts := _facts(line)) or facts["split"] in named]
    return "\n".join(kept)


def _lines(description: str) -> list[dict[str, Any]]:
    return [facts for line in description.split("\n") if (facts := _facts(line))]


def _facts(line: str) -> dict[str, Any] | None:
    """What a line of ours says; None: another line."""
    if not line.startswith(_MARK):
        return None
    try:
        facts = json.loads(line.removeprefix(_MARK))
        return facts if isinstance(facts["split"], str) and isinstance(facts["skipped"], list) else None
    except (ValueError, TypeError, LookupError):
        return None
