"""Checkpoints to damage: a folder as `save_pretrained` writes it, with one thing about it changed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from safetensors.torch import load_file, save_file

from dcikit.encoders.models import TINY_CLIP

Weights = dict[str, Any]


def copy_of_tiny_clip(folder: Path) -> Path:
    shutil.copytree(TINY_CLIP, folder)
    return folder


def change_json(path: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    """Changes an object in place, or replaces it by what `change` gives."""
    value = json.loads(path.read_text(encoding="utf-8"))
    changed = change(value)
    path.write_text(json.dumps(value if changed is None else changed), encoding="utf-8")


def change_weights(path: Path, change: Callable[[Weights], Weights]) -> None:
    save_file(change(load_file(path)), path, metadata={"format": "pt"})
