"""The page of `dci report`: one HTML file that needs nothing else. Whatever it shows is escaped by the template."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from .measured import Measured, letter
from .notices import notices
from .plot import plot
from .provenance import provenance
from .side_by_side import side_by_side

if TYPE_CHECKING:
    from .gallery import Gallery

__all__ = ["Measured", "render"]


def render(measured: Sequence[Measured], gallery: Gallery | None = None) -> str:
    """The page.

    Args:
        measured: the results, side by side in this order; the first one is what the others are compared with.
        gallery: the failures; None: the page says how to get them.

    Raises:
        ValueError: if a results file lacks something.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html").render(
        measured=measured,
        letters=[letter(place) for place in range(len(measured))],
        notices=notices(measured, gallery),
        table=side_by_side(measured),
        plot=plot,
        provenance=provenance(measured),
        gallery=gallery,
    )
