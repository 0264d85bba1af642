"""The page of dci_grounding: a box on an image and its caption, and where a model sees what the caption says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr
from PIL import Image

from dcikit.tasks.frame import middle_square

from .boxes import Box, add_corner
from .pointing import find
from .pointing_view import POINTING_STYLE, framed, pointing_html
from .shell import STYLE, THEME, canvas, encoder, examples, gallery, metric_name, model_name, uploaded_image
from .view import with_boxes

__all__ = ["THEME", "build"]

_TITLE = "# Does a model see a caption where it belongs?"
_INTRODUCTION = """Grounding on Densely Captioned Images ([arXiv 2312.08578](https://arxiv.org/abs/2312.08578)): of all
patches of an image, those in the mask of a caption should score highest with it. Here a box takes the place of the
mask. The model is tiny and knows only drawn images like the examples; score real ones with
`evaluate.load("{metric}").compute(model="openai/clip-vit-base-patch32", dataset=ds)`."""
_HOW = "**Draw a box**: click one corner on the image, then the opposite one. The model sees the bright square."


def build(folder: Path) -> gr.Blocks:
    """The page of the Space in `folder`, with `tiny_clip/` and `examples/`; DCI_MODEL names another model."""
    shown = examples(folder)
    model = model_name(folder)

    def show(index: int) -> tuple[Any, ...]:
        image = Image.open(shown[index]["path"]).convert("RGB")
        boxes, caption = [tuple(shown[index]["box"])], shown[index]["caption"]
        return image, boxes, None, _drawn(image, boxes), caption, _HOW, answer(image, boxes, caption)

    def pick(event: gr.SelectData) -> tuple[Any, ...]:
        return show(event.index)

    def upload(file: str) -> tuple[Any, ...]:
        image = uploaded_image(file)
        return image, [], None, _drawn(image, []), "", _HOW, ""

    def click(
        image: Image.Image | None, boxes: list[Box], corner: tuple[int, int] | None, event: gr.SelectData
    ) -> tuple[Any, ...]:
        if image is None:
            raise gr.Error("Pick or upload an image first.")
        boxes, corner = add_corner([], corner, (int(event.index[0]), int(event.index[1])), image.size)
        how = "Now click the **opposite corner**." if corner else f"Write what is in the box, then **Find**. {_HOW}"
        return boxes, corner, _drawn(image, boxes, corner), how, ""

    def answer(image: Image.Image | None, boxes: list[Box], caption: str) -> str:
        if image is None:
            raise gr.Error("Pick or upload an image first.")
        if not boxes:
            raise gr.Error("Draw a box first: click two opposite corners on the image.")
        if not caption.strip():
            raise gr.Error("Write a caption first.")
        try:
            found = find(image, boxes[0], caption.strip(), encoder(model))
        except ValueError as error:
            raise gr.Error(str(error)) from None
        return pointing_html(image, boxes[0], caption.strip(), found)

    with gr.Blocks(title="DCI: grounding") as page:
        gr.HTML(f"<style>{STYLE}{POINTING_STYLE}</style>", padding=False)
        gr.Markdown(_TITLE)
        gr.Markdown(_INTRODUCTION.format(metric=metric_name("dci_grounding")))
        image, boxes, corner = gr.State(None), gr.State([]), gr.State(None)
        with gr.Row():
            with gr.Column(scale=6, min_width=320):
                picked = gallery(shown)
                how = gr.Markdown(_HOW)
                drawn = canvas("The box")
                uploaded = gr.UploadButton("Upload an image", file_types=["image"], size="sm")
            with gr.Column(scale=6, min_width=320):
                caption = gr.Textbox(label="What is in the box", lines=3, max_lines=6)
                button = gr.Button("Find", variant="primary")
                result = gr.HTML()
        everything = [image, boxes, corner, drawn, caption, how, result]
        picked.select(pick, None, everything)
        uploaded.upload(upload, uploaded, everything)
        drawn.select(click, [image, boxes, corner], [boxes, corner, drawn, how, result])
        button.click(answer, [image, boxes, caption], result)
        page.load(lambda: show(0), None, everything)
    return page


def _drawn(image: Image.Image, boxes: list[Box], corner: tuple[int, int] | None = None) -> Image.Image:
    return with_boxes(framed(image, middle_square(*image.size)), boxes, corner)
