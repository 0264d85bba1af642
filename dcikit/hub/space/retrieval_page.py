"""The page of dci_retrieval: an image and its long caption, each to be found among others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr
from PIL import Image

from .ranking import rank
from .ranking_view import RANKING_STYLE, ranking_html
from .shell import STYLE, THEME, encoder, examples, metric_name, model_name

__all__ = ["THEME", "build"]

_TITLE = "# Does a long caption find its image?"
_INTRODUCTION = """Long-caption retrieval on Densely Captioned Images
([arXiv 2312.08578](https://arxiv.org/abs/2312.08578)): of all images, the one that a caption describes should score
highest with it, and of all captions its own with an image. Pick one of the drawn images, change its caption, or upload
an image of yours. The model here is tiny and knows only drawn images; score real ones with
`evaluate.load("{metric}").compute(model="openai/clip-vit-base-patch32", dataset=ds)`."""


def build(folder: Path) -> gr.Blocks:
    """The page of the Space in `folder`, with `tiny_clip/` and `examples/`; DCI_MODEL names another model."""
    shown = examples(folder)
    pool = [Image.open(each["path"]).convert("RGB") for each in shown]
    model = model_name(folder)

    def show(index: int) -> tuple[Any, ...]:
        caption = shown[index]["caption"]
        return pool[index], caption, index, answer(pool[index], caption, index)

    def pick(event: gr.SelectData) -> tuple[Any, ...]:
        return show(event.index)

    def answer(image: Image.Image | None, caption: str, index: int | None) -> str:
        if image is None:
            raise gr.Error("Pick or upload an image first.")
        if not caption.strip():
            raise gr.Error("Write a caption first.")
        others = [other for other in range(len(pool)) if other != index]
        images = [image, *(pool[other] for other in others)]
        captions = [caption.strip(), *(shown[other]["caption"] for other in others)]
        return ranking_html(images, captions, rank(images, captions, encoder(model)))

    with gr.Blocks(title="DCI: long-caption retrieval") as page:
        gr.HTML(f"<style>{STYLE}{RANKING_STYLE}</style>", padding=False)
        gr.Markdown(_TITLE)
        gr.Markdown(_INTRODUCTION.format(metric=metric_name("dci_retrieval")))
        index = gr.State(None)
        with gr.Row():
            with gr.Column(scale=5, min_width=320):
                gallery = gr.Gallery(
                    [each["path"] for each in shown], label="Pick an image", columns=4, height=250, allow_preview=False
                )
                image = gr.Image(type="pil", label="The image; clear it to upload yours", height=300)
                caption = gr.Textbox(label="Its caption", lines=8, max_lines=14)
                button = gr.Button("Rank", variant="primary")
            with gr.Column(scale=7, min_width=320):
                result = gr.HTML()
        everything = [image, caption, index, result]
        gallery.select(pick, None, everything)
        image.upload(lambda: ("", None, ""), None, [caption, index, result])
        button.click(answer, [image, caption, index], result)
        page.load(lambda: show(0), None, everything)
    return page
