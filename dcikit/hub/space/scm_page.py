"""The page of dci_scm: draw boxes on an image, describe each, see what a model matches."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr
from PIL import Image

from .boxes import Box, add_corner
from .scoring import check_subcrops, score
from .shell import STYLE, THEME, canvas, encoder, examples, gallery, metric_name, model_name, uploaded_image
from .view import MATRIX_STYLE, outcome_html, with_boxes

__all__ = ["THEME", "build"]

_TITLE = "# Does a model tell the parts of an image apart?"
_INTRODUCTION = """Subcrop-caption matching on Densely Captioned Images
([arXiv 2312.08578](https://arxiv.org/abs/2312.08578)): every subcrop should score highest with its own caption, and
every caption higher than its negative. The model here is tiny and knows only drawn images like the examples; score
real ones with `evaluate.load("{metric}").compute(model="openai/clip-vit-base-patch32", dataset=ds)`."""
_HOW = "**Draw a box**: click one corner on the image, then the opposite one."
_HEADERS = ("caption", "negative")


def build(folder: Path) -> gr.Blocks:
    """The page of the Space in `folder`, with `tiny_clip/` and `examples/`; DCI_MODEL names another model."""
    shown = examples(folder)
    model = model_name(folder)

    def show(index: int) -> tuple[Any, ...]:
        image = Image.open(shown[index]["path"]).convert("RGB")
        boxes = [tuple(each["box"]) for each in shown[index]["subcrops"]]
        table = [[each["caption"], each["negative"]] for each in shown[index]["subcrops"]]
        return image, boxes, None, with_boxes(image, boxes), table, _HOW, answer(image, boxes, table)

    def pick(event: gr.SelectData) -> tuple[Any, ...]:
        return show(event.index)

    def upload(file: str) -> tuple[Any, ...]:
        image = uploaded_image(file)
        return image, [], None, image, [], _HOW, ""

    def click(
        image: Image.Image | None, boxes: list[Box], corner: tuple[int, int] | None, table: Any, event: gr.SelectData
    ) -> tuple[Any, ...]:
        if image is None:
            raise gr.Error("Pick or upload an image first.")
        boxes, corner = add_corner(boxes, corner, (int(event.index[0]), int(event.index[1])), image.size)
        rows = _rows(table, len(boxes))
        how = "Now click the **opposite corner**." if corner else f"Write the caption of **box {len(boxes)}**. {_HOW}"
        return boxes, corner, with_boxes(image, boxes, corner), rows, how

    def remove(image: Image.Image | None, boxes: list[Box], corner: Any, table: Any) -> tuple[Any, ...]:
        boxes = boxes if corner else boxes[:-1]
        return boxes, None, with_boxes(image, boxes) if image else None, _rows(table, len(boxes)), _HOW

    def answer(image: Image.Image | None, boxes: list[Box], table: Any) -> str:
        if image is None:
            raise gr.Error("Pick or upload an image first.")
        try:
            subcrops = check_subcrops(boxes, _rows(table, len(boxes)))
        except ValueError as error:
            raise gr.Error(str(error)) from None
        return outcome_html(image, subcrops, score(image, subcrops, encoder(model)))

    with gr.Blocks(title="DCI: subcrop-caption matching") as page:
        gr.HTML(f"<style>{STYLE}{MATRIX_STYLE}</style>", padding=False)
        gr.Markdown(_TITLE)
        gr.Markdown(_INTRODUCTION.format(metric=metric_name("dci_scm")))
        image, boxes, corner = gr.State(None), gr.State([]), gr.State(None)
        with gr.Row():
            with gr.Column(scale=6, min_width=320):
                picked = gallery(shown)
                how = gr.Markdown(_HOW)
                drawn = canvas("Boxes")
                with gr.Row():
                    uploaded = gr.UploadButton("Upload an image", file_types=["image"], size="sm")
                    removed = gr.Button("Remove the last box", size="sm")
            with gr.Column(scale=7, min_width=320):
                table = gr.Dataframe(
                    headers=list(_HEADERS),
                    datatype="str",
                    type="array",
                    column_count=2,
                    column_widths=["50%", "50%"],
                    elem_id="texts",
                    show_row_numbers=True,
                    label="What is true of each box, and what is not (may be empty)",
                    wrap=True,
                    interactive=True,
                    max_height=320,
                )
                button = gr.Button("Score", variant="primary")
                result = gr.HTML()
        everything = [image, boxes, corner, drawn, table, how, result]
        picked.select(pick, None, everything)
        uploaded.upload(upload, uploaded, everything)
        drawn.select(click, [image, boxes, corner, table], [boxes, corner, drawn, table, how])
        removed.click(remove, [image, boxes, corner, table], [boxes, corner, drawn, table, how])
        button.click(answer, [image, boxes, table], result)
        page.load(lambda: show(0), None, everything)
    return page


def _rows(table: list[list[Any]] | None, count: int) -> list[list[str]]:
    """The texts of the first boxes, empty where none were written."""
    rows = [[str(cell or "") for cell in row[:2]] for row in table or []][:count]
    return rows + [["", ""]] * (count - len(rows))
