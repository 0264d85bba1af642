"""A module and what it imports as sibling files, and metrics that score where nothing else of ours can be imported."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support.elsewhere import elsewhere

from dcikit.data.sample import sample_folder
from dcikit.hub.flatten import flatten, libraries

_SCORE = """
import json
import datasets, evaluate
script, rows, model = sys.argv[1:]
result = evaluate.load(script).compute(model=model, dataset=datasets.load_from_disk(rows))
print(json.dumps(result, sort_keys=True))
"""

CONFIGS = {"dci_scm": "sdci", "dci_retrieval": "dci", "dci_grounding": "sdci"}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A package with every kind of import."""
    files = {
        "dcikit/__init__.py": "from .low.numbers import ONE\n",
        "dcikit/low/__init__.py": "from .numbers import twice\nfrom .hidden import hidden\n",
        "dcikit/low/numbers.py": "ONE = 1\n\n\ndef twice(n):\n    return 2 * n\n",
        "dcikit/low/hidden.py": "def hidden():\n    return 'the function'\n",
        "dcikit/low/lazy.py": "from .. import ONE\n\nTHREE = 3 * ONE\n",
        "dcikit/high.py": "import rich\n\n\nclass Table:\n    pass\n",
        "dci_metric/__init__.py": "raise RuntimeError('not to be run')\n",
        "dci_metric/door.py": '''"""Grüße; from dcikit.high import Table: prose stays."""
from __future__ import annotations

import json
from typing import TYPE_CHECKING

from dcikit import ONE  # noqa: F401
from dcikit.low import (
    hidden,  # a function, though a module is called so too
    numbers as n,
    twice,
)
import dcikit.low.numbers as again

if TYPE_CHECKING:
    from dcikit.high import Table


def answer(table: Table | None = None):
    ü = "ü"; from dcikit.low.lazy import THREE
    return json.dumps([ONE, hidden(), n.ONE, twice(2), again.twice(3), THREE, ü], ensure_ascii=False)
''',
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def write(files: dict[str, str], folder: Path) -> Path:
    folder.mkdir(parents=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_every_kind_of_import(project: Path, tmp_path: Path) -> None:
    files = flatten("dci_metric.door", root=project)
    assert next(iter(files)) == "door.py"
    siblings = ["dcikit", "dcikit_low", "dcikit_low_hidden", "dcikit_low_lazy", "dcikit_low_numbers"]
    assert sorted(files) == sorted(["door.py", *(f"{name}.py" for name in siblings)])
    write({**files, "__init__.py": ""}, tmp_path / "flat")
    out = elsewhere("sys.path.insert(0, '.')\nfrom flat.door import answer\nprint(answer())", tmp_path)
    assert json.loads(out) == [1, "the function", 1, 4, 6, 3, "ü"]
    assert "prose stays" in files["door.py"] and "from dcikit.high import Table: prose" in files["door.py"]
    assert not libraries("".join(files.values())) & {"dcikit", "dci_metric", "rich"}


def test_evaluate_finds_every_sibling_in_the_first_file(project: Path, tmp_path: Path) -> None:
    from evaluate.loading import get_imports

    files = flatten("dci_metric.door", root=project)
    found = get_imports(str(write(files, tmp_path / "flat") / "door.py"))
    assert {name for kind, name, _, _ in found if kind == "internal"} == {Path(name).stem for name in files} - {"door"}
    assert not [each for each in found if each[0] == "external"], "a comment is taken for an address"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("import dcikit.low.numbers", "line 1: only `from MODULE import NAME`"),
        ("from dcikit.nothing import x", "line 1: dcikit.nothing is no module"),
    ],
)
def test_an_import_that_cannot_be_flattened(project: Path, line: str, message: str) -> None:
    (project / "dci_metric" / "door.py").write_text(line + "\n")
    with pytest.raises(ValueError, match=message):
        flatten("dci_metric.door", root=project)


def test_two_modules_with_one_name(project: Path) -> None:
    (project / "dcikit" / "low_lazy.py").write_text("")
    (project / "dci_metric" / "door.py").write_text("from dcikit import low_lazy\nfrom dcikit.low import lazy\n")
    with pytest.raises(ValueError, match="dcikit.low.lazy and dcikit.low_lazy, which have one name"):
        flatten("dci_metric.door", root=project)


@pytest.mark.parametrize(
    "metric", [name if name == "dci_scm" else pytest.param(name, marks=pytest.mark.slow) for name in CONFIGS]
)
def test_a_flat_metric_scores_as_its_door(metric: str, tmp_path: Path, load: Any) -> None:
    import evaluate

    import dci_metric  # noqa: F401 - registers
    from dcikit.encoders.models import TINY_CLIP

    files = flatten(f"dci_metric.{metric}")
    upper = ("dcikit_cli", "dcikit_hub", "dcikit_api", "dcikit_data", "dcikit_training", "dcikit_studio")
    assert not [name for name in files if name.startswith(upper)]
    rows = load(CONFIGS[metric], sample_folder()).select(range(8))
    rows.save_to_disk(tmp_path / "rows")
    out = elsewhere(_SCORE, tmp_path, write(files, tmp_path / metric), tmp_path / "rows", TINY_CLIP)
    own = evaluate.load(metric).compute(model=str(TINY_CLIP), dataset=rows)
    assert json.loads(out.splitlines()[-1]) == own
    assert own["images"] == 8
