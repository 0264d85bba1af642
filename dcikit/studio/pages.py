"""The HTML of pages: values in templates are escaped, and texts of the data are in none, scripts fetch them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from .safety import CONTENT_POLICY

_ENVIRONMENT = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def render(template: str, **values: Any) -> str:
    """A template of `templates/`, which extends `base.html`, as HTML."""
    return _ENVIRONMENT.get_template(template).render(content_policy=CONTENT_POLICY, **values)
