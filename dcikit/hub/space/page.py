"""The page: pick or upload a picture, describe its subcrops, see what a model matches."""

from __future__ import annotations

import json
import os
from functools import lru_cache
from pathlib import Path
from typing import Any

import gradio as gr
from PIL import Image

from .scoring import check_subcrops, score
from .view import STYLE, outcome_html, with_boxes

COLUMNS = ("x0", "y0", "x1", "y1", "caption", "negative")
THEME = gr.themes.Soft()

_TITLE = "# Does a model tell the parts of a picture apart?"
_INTRODUCTION = """Subcrop-caption matching on Densely Captioned Images
([arXiv 2312.08578](https://arxiv.org/abs/2312.08578)): every subcrop should score highest with its own caption, and
every caption higher than its negative. The model here is tiny and knows only drawn pictures like the examples; score
real ones with `evaluate.load("{metric}").compute(model="openai/clip-vit-base-patch32", dataset=ds)`."""


def build(folder: Path) -> gr.Blocks:
    """The page of the Space in `folder`, with `tiny_clip/` and `examples/`; DCI_MODEL names another model."""
    model = os.environ.get("DCI_MODEL") or str(folder / "tiny_clip")
    examples = json.loads((folder / "examples" / "examples.json").read_text(encoding="utf-8"))

    def pick(event: gr.SelectData) -> tuple[Any, ...]:
        return show(event.index)

    def show(index: int) -> tuple[Any, ...]:
        example = examples[index]
        image = Image.open(folder / "examples" / example["file"]).convert("RGB")
        table = [[*each["box"], each["caption"], each["negative"]] for each in example["subcrops"]]
        return (image, table, *answer(image, table))

    def answer(image: Image.Image | None, table: Any) -> tuple[Image.Image, str]:
        if image is None:
            raise gr.Error("Pick or upload a picture first.")
        rows = table.values.tolist() if hasattr(table, "values") else table
        try:
            subcrops = check_subcrops(rows, image.size)
        except ValueError as error:
            raise gr.Error(str(error)) from None
        return with_boxes(image, subcrops), outcome_html(image, subcrops, score(image, subcrops, _encoder(model)))

    def start(image: Image.Image) -> tuple[list[list[Any]], None, str]:
        whole = [0, 0, image.width, image.height, "", ""]
        return [whole, ["", "", "", "", "", ""]], None, "Describe at least two subcrops, then press Score."

    with gr.Blocks(title="DCI: subcrop-caption matching") as page:
        gr.HTML(f"<style>{STYLE}</style>", padding=False)
        gr.Markdown(_TITLE)
        gr.Markdown(_INTRODUCTION.format(metric=os.environ.get("SPACE_ID", "ORG/dci_scm")))
        with gr.Row():
            with gr.Column(scale=5):
                gallery = gr.Gallery(
                    [str(folder / "examples" / each["file"]) for each in examples],
                    label="Pick a picture",
                    columns=len(examples),
                    height=150,
                    allow_preview=False,
                )
                image = gr.Image(type="pil", label="or upload one", height=300)
                table = gr.Dataframe(
                    headers=list(COLUMNS),
                    datatype=["number"] * 4 + ["str"] * 2,
                    label="Subcrops, in pixels, with what is true of each, and what is not",
                    wrap=True,
                    column_widths=["58px"] * 4 + ["240px"] * 2,
                    interactive=True,
                )
                button = gr.Button("Score", variant="primary")
            with gr.Column(scale=6):
                boxes = gr.Image(label="Subcrops", interactive=False, height=420)
                result = gr.HTML()
        gallery.select(pick, None, [image, table, boxes, result])
        image.upload(start, image, [table, boxes, result])
        button.click(answer, [image, table], [boxes, result], api_name="score")
        page.load(lambda: show(0), None, [image, table, boxes, result])
    return page


@lru_cache(maxsize=1)
def _encoder(model: str) -> Any:
    from dcikit.encoders.models import load_encoder

    return load_encoder(model)
