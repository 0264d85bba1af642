"""The page of `dci report`: one HTML file that needs nothing else. Whatever it shows is escaped by the template."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dcikit.schema.titles import interval_text, percent, title

from .blind import blind
from .measured import Measured, letter, side_by_side_of
from .notices import notices
from .plot import plot
from .provenance import provenance
from .side_by_side import side_by_side

if TYPE_CHECKING:
    from .gallery import Gallery

__all__ = ["Measured", "render", "side_by_side_of"]


def render(
    measured: Sequence[Measured], gallery: Gallery | None = None, sample_images: Collection[str] = frozenset()
) -> str:
    """The page.

    Args:
        measured: the results, side by side in this order; the first one is what the others are compared with.
        gallery: the failures and slices; None: the page says how to get them.
        sample_images: the images of the drawn sample, by which it is known.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["groupby_in_order"] = groupby_in_order
    return environment.get_template("page.html").render(
        measured=measured,
        letters=[letter(index) for index in range(len(measured))],
        notices=notices(measured, sample_images),
        table=side_by_side(measured),
        plot=plot,
        blind=blind(measured),
        provenance=provenance(measured),
        gallery=gallery,
        title=title,
        percent=percent,
        interval_text=interval_text,
    )


def groupby_in_order(items: Iterable[Any], attribute: str) -> list[tuple[Any, list[Any]]]:
    """Neighbours that share an attribute together, in their order; jinja's own `groupby` sorts them."""
    return [(value, list(found)) for value, found in groupby(items, attrgetter(attribute))]
