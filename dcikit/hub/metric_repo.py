"""The files of a Space that `evaluate.load` can load, and that shows a page."""

from __future__ import annotations

import importlib.metadata
import io
import json
import re
from pathlib import Path

from PIL import Image

import dci_metric

METRICS = ("dci_scm", "dci_retrieval")
GRADIO = "6.31.0"
"""The version that the page was tested with."""

_PACKAGE = Path(dci_metric.__file__).parent
_SPACE = Path(__file__).parent / "space"
_RELATIVE = re.compile(r"^\s*from \.(\w+) import", flags=re.MULTILINE)
_OURS = re.compile(r"^\s*from dci_metric\.(\w+) import", flags=re.MULTILINE)
_EXAMPLES = 4
_SUBCROPS = 6
_ONLY_HERE = ("dci", "rich", "typer", "huggingface_hub")

Files = dict[str, bytes]


def metric_files(repo_id: str) -> Files:
    """Path in the Space -> contents, for the metric that the Space is called after.

    Raises:
        ValueError: if the Space has another name than a metric, or the metric cannot be loaded alone.
    """
    name = repo_id.split("/")[-1]
    available = [metric for metric in METRICS if (_PACKAGE / f"{metric}.py").is_file()]
    if name not in available:
        raise ValueError(f"`repo_id` must be ORG/{' or ORG/'.join(available)}, as evaluate wants it, got {repo_id}")
    shown = {module for path in _SPACE.glob("*.py") for module in _OURS.findall(path.read_text(encoding="utf-8"))}
    modules = _closure({name})
    _check_imports(name, modules)
    files = {f"{module}.py": _source(module) for module in sorted(modules | _closure(shown))}
    files |= {f"tiny_clip/{path.name}": path.read_bytes() for path in sorted((_PACKAGE / "tiny_clip").iterdir())}
    files |= {f"space/{path.name}": path.read_bytes() for path in sorted(_SPACE.glob("*.py")) if path.name != "app.py"}
    files |= _examples()
    files["app.py"] = (_SPACE / "app.py").read_bytes()
    files["requirements.txt"] = _requirements().encode()
    files["README.md"] = _readme(name, repo_id).encode()
    return files


def _closure(modules: set[str]) -> set[str]:
    """The modules of dci_metric and all that they import from each other."""
    found: set[str] = set()
    waiting = set(modules)
    while waiting:
        module = waiting.pop()
        found.add(module)
        waiting |= set(_RELATIVE.findall(_source(module).decode())) - found
    return found


def _source(module: str) -> bytes:
    return (_PACKAGE / f"{module}.py").read_bytes()


def _check_imports(name: str, modules: set[str]) -> None:
    """`evaluate.load` fetches only what the script itself imports."""
    missing = modules - {name} - set(_RELATIVE.findall(_source(name).decode()))
    if missing:
        raise ValueError(
            f"dci_metric/{name}.py must import {', '.join(sorted(missing))} too, or evaluate cannot load it"
        )


def _requirements() -> str:
    """What the metric needs, as this package's metadata has it; gradio comes with the Space."""
    lines = importlib.metadata.requires("dcikit") or []
    needed = [line for line in lines if "extra ==" not in line and re.split(r"[\s<>=!~;\[]", line)[0] not in _ONLY_HERE]
    return "\n".join(sorted(needed)) + "\n"


def _readme(name: str, repo_id: str) -> str:
    from huggingface_hub import RepoCard, SpaceCardData

    data = SpaceCardData(
        title=f"DCI: {name}",
        emoji="🧩",
        colorFrom="indigo",
        colorTo="green",
        sdk="gradio",
        sdk_version=GRADIO,
        app_file="app.py",
        pinned=False,
        license="apache-2.0",
        short_description="Do models tell the parts of a picture apart?",
        tags=["evaluate", "metric"],
    )
    body = (_SPACE / "README.md").read_text(encoding="utf-8").format(name=name, repo_id=repo_id)
    return str(RepoCard(f"---\n{data.to_yaml()}\n---\n\n{body}"))


def _examples() -> Files:
    """Pictures of the drawn sample, with their subcrops: they may be passed on."""
    from dcikit.data.regions import entries
    from dcikit.data.release import Release
    from dcikit.data.sample import sample_folder

    release = Release(sample_folder())
    files: Files = {}
    index = []
    for name in release.names("test"):
        record = release.read(name, summaries=True)
        regions = list(entries(record))[:_SUBCROPS]
        if len(regions) < 4 or record.photo is None:
            continue
        subcrops = [
            {
                "box": region.crop_box,
                "caption": region.captions[0],
                "negative": next(iter(region.negatives["swaps"]), ""),
            }
            for region in regions
        ]
        index.append({"file": record.file_name, "subcrops": subcrops})
        files[f"examples/{record.file_name}"] = _jpeg(record.photo)
        if len(index) == _EXAMPLES:
            break
    files["examples/examples.json"] = json.dumps(index, indent=1).encode()
    return files


def _jpeg(data: bytes) -> bytes:
    with Image.open(io.BytesIO(data)) as image:
        out = io.BytesIO()
        image.convert("RGB").save(out, "JPEG", quality=85)
    return out.getvalue()
