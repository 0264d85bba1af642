"""What the page of dci_grounding says of a box and its caption."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from support.elsewhere import elsewhere
from support.space import write_space

from dcikit.encoders.encoder import Encoder
from dcikit.encoders.models import TINY_CLIP, load_encoder
from dcikit.encoders.patch_encoder import patch_encoder
from dcikit.engine.prepare import row_readers
from dcikit.engine.windows import Run
from dcikit.hub.space.pointing import PatchScores, find
from dcikit.hub.space.pointing_view import framed, laid_over, pointing_html
from dcikit.tasks.evaluation import evaluate
from dcikit.tasks.grounding import Grounding
from dcikit.tasks.grounding.maps import Grounded

BOX = (20, 0, 35, 15)
FOUND = PatchScores((5, 0, 35, 30), ((0.1, 0.9), (0.3, 0.2)), Grounded(1, 1, 1), Grounded(0.25, 0.14, 0.25), False)
"""The frame of an image of 40x30: of its 2x2 patches, the one that the box fills scores highest."""


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return load_encoder(str(TINY_CLIP))


@pytest.fixture(scope="module")
def photo(sample: Path) -> Image.Image:
    return Image.open(min((sample / "photos").iterdir())).convert("RGB")


def test_the_page_judges_as_the_metric(photo: Image.Image, encoder: Encoder) -> None:
    x0, y0, x1, y1 = box = (300, 101, 500, 480)
    mask = np.zeros((photo.height, photo.width), bool)
    mask[y0:y1, x0:x1] = True
    region = {"key": "m-1-sc", "captions": ["a green castle"], "mask": Image.fromarray(mask)}
    row = {"image_id": "1", "width": photo.width, "height": photo.height, "image": photo, "regions": [region]}
    scores = evaluate(Grounding(), row_readers([row]), patch_encoder(encoder), Run()).scores
    found = find(photo, box, "a green castle", encoder)
    assert found.found._asdict() == {name: scores[name].value for name in Grounded._fields}
    assert found.chance._asdict() == {name: scores[name].chance for name in Grounded._fields}
    assert not found.truncated and find(photo, box, "a green castle. " * 40, encoder).truncated


def test_a_box_that_the_model_does_not_see(photo: Image.Image, encoder: Encoder) -> None:
    with pytest.raises(ValueError, match="At least half of the box must lie in the middle square"):
        find(photo, (0, 0, 50, 50), "sky", encoder)


def test_the_map_lies_over_the_middle_square() -> None:
    image = Image.new("RGB", (40, 30), "white")
    assert FOUND.peak == (0, 1)
    shown = laid_over(image, BOX, FOUND)
    low, high = (0x31, 0x2E, 0x81), (0xFD, 0xE0, 0x47)
    assert (shown.getpixel((180, 180)), shown.getpixel((540, 100))) == (low, high)
    white = (255, 255, 255)
    assert (shown.getpixel((361, 100)), shown.getpixel((350, 100))) == (white, low), "the box starts in the middle"
    dark = framed(image, FOUND.frame)
    assert dark.getpixel((4, 10)) == dark.getpixel((35, 10)) != white
    assert dark.getpixel((5, 10)) == dark.getpixel((34, 10)) == white


def test_a_map_of_one_score_has_one_colour() -> None:
    flat = PatchScores(FOUND.frame, ((0.5, 0.5), (0.5, 0.5)), FOUND.chance, FOUND.chance, False)
    shown = laid_over(Image.new("RGB", (40, 30), "white"), BOX, flat)
    assert shown.getpixel((540, 100)) == shown.getpixel((180, 540)) == (0x31, 0x2E, 0x81)


def test_the_page_says_whether_the_caption_was_found() -> None:
    image = Image.new("RGB", (40, 30), "white")
    html = pointing_html(image, BOX, "<i>a window</i>", FOUND)
    assert "✓ in the box" in html and "longer than the model reads" not in html
    assert "&lt;i&gt;a window&lt;/i&gt;" in html and "<i>" not in html
    assert "0.100<span" in html and "</span>0.900" in html and "<td>0.140</td>" in html
    missed = PatchScores(FOUND.frame, FOUND.scores, Grounded(0.49, 0.3, 0.3), FOUND.chance, True)
    html = pointing_html(image, BOX, "a window", missed)
    assert "✗ not in the box" in html and "longer than the model reads" in html


_FIND = """
import json
from importlib import import_module
from types import ModuleType
from PIL import Image
package = ModuleType("space")
package.__path__ = [sys.argv[1]]
sys.modules["space"] = package
each = json.load(open(sys.argv[1] + "/examples/examples.json"))[0]
image = Image.open(sys.argv[1] + "/examples/" + each["file"]).convert("RGB")
encoder = import_module("space.dcikit_encoders_models").load_encoder(sys.argv[1] + "/tiny_clip")
found = import_module("space.dcikit_hub_space_pointing").find(image, each["box"], each["caption"], encoder)
print(json.dumps([found.scores, found.found]))
"""


def test_the_published_files_find_what_ours_do(encoder: Encoder, tmp_path: Path) -> None:
    space = write_space("org/dci_grounding", tmp_path)
    examples = json.loads((space / "examples" / "examples.json").read_text())
    assert len(examples) == 4
    first = examples[0]
    image = Image.open(space / "examples" / first["file"]).convert("RGB")
    own = find(image, first["box"], first["caption"], encoder)
    out = elsewhere(_FIND, tmp_path, space)
    assert json.loads(out.splitlines()[-1]) == json.loads(json.dumps([own.scores, own.found]))
