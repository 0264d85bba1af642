"""Any bytes: a reader gives a value or its own error. Seeded and bounded."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from PIL import Image

from dcikit.captions.checks import split_list
from dcikit.data.bitmap import decode
from dcikit.data.parse import parse_record
from dcikit.data.pixels import photo_size
from dcikit.engine.photo import open_photo
from dcikit.files.json_node import Node
from dcikit.files.strict_json import parse_strictly
from dcikit.files.strict_yaml import parse_yaml
from dcikit.hub.photos import extract_photos

pytestmark = pytest.mark.slow

BOUNDED = settings(
    max_examples=300, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)
KEYS = (
    "image",
    "short_caption",
    "extra_caption",
    "mask_data",
    "mask_keys",
    "width",
    "height",
    "summaries",
    "negatives",
)


def valid(kind: str) -> bytes:
    file = io.BytesIO()
    Image.linear_gradient("L").resize((12, 9)).convert("RGB").save(file, kind)
    return file.getvalue()


@st.composite
def damaged(draw: Any) -> bytes:
    """A photo of one of the formats with some bytes changed, perhaps cut."""
    data = bytearray(valid(draw(st.sampled_from(["JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP"]))))
    for at in draw(st.lists(st.integers(0, len(data) - 1), max_size=6)):
        data[at] = draw(st.integers(0, 255))
    return bytes(data[: draw(st.integers(0, len(data)))]) if draw(st.booleans()) else bytes(data)


def survives(read: Callable[[], Any], *errors: type[Exception]) -> None:
    with contextlib.suppress(errors):
        read()


@seed(1)
@BOUNDED
@given(st.binary() | damaged())
def test_images(data: bytes) -> None:
    survives(lambda: photo_size(data), ValueError)
    survives(lambda: decode(data), ValueError)
    survives(lambda: open_photo({"image_id": "7", "image": {"bytes": data}}), ValueError)


@seed(1)
@BOUNDED
@given(st.binary() | st.text())
def test_texts(data: Any) -> None:
    survives(lambda: parse_strictly(data), ValueError)
    if isinstance(data, str):
        survives(lambda: parse_yaml(data), yaml.YAMLError)
        split_list(data)


@seed(1)
@BOUNDED
@given(st.dictionaries(st.sampled_from(KEYS), JSON) | JSON)
def test_annotations(document: Any) -> None:
    record, defects = parse_record(Node(document, "a.json"), "a")
    assert (record is None) == bool(defects)


@seed(1)
@BOUNDED
@given(st.binary(max_size=3000))
def test_archives(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.tar"
    path.write_bytes(data)
    survives(lambda: extract_photos(path, tmp_path / "photos", ["a.jpg"]), ValueError)
