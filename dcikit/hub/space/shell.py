"""What the pages of all metrics share: the theme, the model, the name of the Space."""

from __future__ import annotations

import json
import os
from functools import lru_cache
from pathlib import Path
from typing import Any

import gradio as gr
from PIL import Image

from dcikit.files.images import ImageError, opened_image, rgb

THEME = gr.themes.Soft(primary_hue="indigo", font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"])

STYLE = """
.gradio-container { max-width: min(1320px, 100vw) !important; margin: 0 auto !important; }
.gradio-container .column { max-width: 100%; }
.gradio-container code { overflow-wrap: anywhere !important; white-space: normal !important; }
#texts { max-width: 100%; overflow-x: auto; }
.dci .good { color: #15803d; font-weight: 600; white-space: nowrap; }
.dci .bad { color: #dc2626; font-weight: 600; white-space: nowrap; }
.dark .dci .good { color: #4ade80; }
.dark .dci .bad { color: #f87171; }
.dci .scroll { overflow-x: auto; }
.dci #summary { font-size: 1.05rem; line-height: 1.6; margin-bottom: 12px; }
.dci .hint { opacity: 0.75; font-size: 0.9rem; }
"""


def examples(folder: Path) -> list[dict[str, Any]]:
    """The examples of the Space, with the path of each image."""
    listed = json.loads((folder / "examples" / "examples.json").read_text(encoding="utf-8"))
    return [{**each, "path": str(folder / "examples" / each["file"])} for each in listed]


def gallery(shown: list[dict[str, Any]]) -> gr.Gallery:
    """The examples, in a row, to be picked from."""
    paths = [each["path"] for each in shown]
    return gr.Gallery(paths, label="Pick an image", columns=len(shown), height=130, allow_preview=False)


def canvas(label: str) -> gr.Image:
    """An image whose corners of boxes are clicked."""
    return gr.Image(type="pil", label=label, show_label=False, interactive=False, buttons=[], elem_id="canvas")


def uploaded_image(file: str) -> Image.Image:
    """An image of the visitor."""
    try:
        with opened_image(file) as opened:
            return rgb(opened)
    except (OSError, ImageError):
        raise gr.Error("This file is no image that can be read; upload a JPEG or PNG.") from None


def metric_name(default: str) -> str:
    """What `evaluate.load` calls the metric: the Space knows its own name."""
    return os.environ.get("SPACE_ID") or default


def model_name(folder: Path) -> str:
    """The model that the page runs: the tiny one beside it, or DCI_MODEL."""
    return os.environ.get("DCI_MODEL") or str(folder / "tiny_clip")


@lru_cache(maxsize=1)
def encoder(model: str) -> Any:
    """The model, loaded once."""
    from dcikit.encoders.models import load_encoder

    return load_encoder(model)
