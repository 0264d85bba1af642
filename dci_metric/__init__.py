"""The scores of Densely Captioned Images: `import dci_metric` registers them with `evaluate`.

- `evaluate.load("dci_scm")`, the class `DciScm`: of the captions of several regions, does each region find its own
  (SCM), and does a caption score higher than its negative (Neg)? Rows of config `sdci`.
- `evaluate.load("dci_retrieval")`, the class `DciRetrieval`: is an image found by its long caption among all others,
  and the caption by its image (R@1, R@5, R@10)? Rows of config `dci`, or the regions of config `sdci`.
- `evaluate.load("dci_grounding")`, the class `DciGrounding`: does the patch that matches a caption lie in the mask of
  that caption? Rows of config `sdci`.

All either run a model over a dataset, `compute(model="openai/clip-vit-base-patch32", dataset=ds)`, or score what you
encoded: `add` every region or image, an embedding of (D,) and those of its texts, (texts, D), or for grounding maps and
masks, then `compute()`. They return a flat dict of scores between 0 and 1, higher is better, with 95% intervals and
counts; `inputs_description` of a loaded metric lists every argument and result. Bad arguments and rows raise
ValueError, which names the argument or row.

>>> import evaluate
>>> import dci_metric
>>> scm = evaluate.load("dci_scm")
>>> whole, part = {"swaps": [[0, 1]]}, {"swaps": [[0, 2]]}
>>> scm.add(image_id="1", key="base", image_embeds=[1, 0], caption_embeds=[[1, 0]], negative_embeds=whole)
>>> scm.add(image_id="1", key="m-3-sc", image_embeds=[0, 1], caption_embeds=[[1, 1]], negative_embeds=part)
>>> scores = scm.compute(suites=["all"])
>>> scores["all_scm"], scores["all_neg"]
(1.0, 0.5)

Each region scores highest with its own caption; the second scores higher with its negative.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .register import register

if TYPE_CHECKING:
    from .dci_grounding import DciGrounding
    from .dci_retrieval import DciRetrieval
    from .dci_scm import DciScm

__all__ = ["DciGrounding", "DciRetrieval", "DciScm"]

_MODULES = {"DciGrounding": "dci_grounding", "DciRetrieval": "dci_retrieval", "DciScm": "dci_scm"}

register()


def __getattr__(name: str) -> Any:
    """Imports a metric's class, and with it torch and transformers, when it is asked for."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_MODULES[name]}", __name__), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
