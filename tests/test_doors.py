"""What importing the doors brings, and what it does not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest


def python(code: str) -> str:
    """What a fresh interpreter prints."""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=Path(__file__).parents[1], env=os.environ
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("door", ["dci_dataset", "dci_metric", "dcikit"])
def test_a_door_imports_no_model_library(door: str) -> None:
    loaded = python(f"import sys, {door}\nprint(*sys.modules)").split()
    assert door in loaded
    assert not {"torch", "transformers", "evaluate", "accelerate", "peft"} & set(loaded)


_LOADED = """
for name in ("dci_scm", "dci_retrieval", "dci_grounding"):
    metric = evaluate.load(name)
    print(type(metric).__name__, type(metric).__module__)
print(evaluate.loading.evaluation_module_factory.__name__)
"""


@pytest.mark.parametrize(
    "imports",
    [
        "import dci_metric, evaluate",
        "import evaluate, dci_metric",
        pytest.param("import evaluate.loading\nimport dci_metric", marks=pytest.mark.slow),
        pytest.param(
            "import dci_metric\nfrom evaluate import loading\nimport evaluate, importlib\nimportlib.reload(dci_metric)",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_metrics_are_registered_in_whatever_order(imports: str) -> None:
    lines = python(f"{imports}\n{_LOADED}").splitlines()
    assert lines == [
        "DciScm dci_metric.dci_scm",
        "DciRetrieval dci_metric.dci_retrieval",
        "DciGrounding dci_metric.dci_grounding",
        "evaluation_module_factory",
    ]


def test_other_metrics_are_found_as_before(tmp_path: Path) -> None:
    script = tmp_path / "other.py"
    script.write_text(
        "import datasets\nimport evaluate\n\n\nclass Other(evaluate.Metric):\n"
        "    def _info(self):\n"
        "        features = datasets.Features({'predictions': datasets.Value('int32')})\n"
        "        return evaluate.MetricInfo(description='', citation='', inputs_description='', features=features)\n\n"
        "    def _compute(self, predictions):\n        return {'n': len(predictions)}\n"
    )
    code = f"import dci_metric, evaluate\nprint(evaluate.load({str(script)!r}).compute(predictions=[1, 2]))"
    assert python(code).strip() == "{'n': 2}"


@pytest.mark.parametrize(
    ("door", "names"),
    [
        ("dci_dataset", ["attach_photos", "Release", "DataError"]),
        ("dci_metric", ["class DciScm", "class DciRetrieval"]),
    ],
)
def test_help_lists_the_public_names(door: str, names: list[str]) -> None:
    text = python(f"import pydoc, {door}\nprint(pydoc.plain(pydoc.render_doc({door})))")
    assert all(name in text for name in names)
    assert ">>> import" in text, "an example"


def test_a_name_that_is_not_there() -> None:
    import dci_metric

    with pytest.raises(AttributeError, match="'dci_metric' has no attribute 'Nothing'"):
        dci_metric.Nothing  # noqa: B018
