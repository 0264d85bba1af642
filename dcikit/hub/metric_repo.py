"""The files of a Space that `evaluate.load` can load, and that shows a page."""

from __future__ import annotations

import importlib.metadata
import io
import json
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from dcikit.data.record import Record
from dcikit.files.images import opened_image, rgb

from .flatten import flatten, libraries

PAGES = {
    "dci_scm": "dcikit.hub.space.scm_page",
    "dci_retrieval": "dcikit.hub.space.retrieval_page",
    "dci_grounding": "dcikit.hub.space.grounding_page",
}
"""Metric -> the module that builds the page of its Space."""

_QUESTION = {
    "dci_scm": "Do models tell the parts of an image apart?",
    "dci_retrieval": "Do long captions find their images?",
    "dci_grounding": "Do models see a caption where it belongs?",
}

GRADIO = "6.31.0"
"""The version that the page was tested with."""

_SPACE = Path(__file__).parent / "space"
_EXAMPLES = 4
_SUBCROPS = 6
_POOL = 8

Files = dict[str, bytes]

Example = tuple[Record, dict[str, Any]]
"""An image of the sample, and what its page shows of it."""


def metric_files(repo_id: str) -> Files:
    """Path in the Space -> contents, for the metric that the Space is called after.

    Raises:
        ValueError: if the Space has another name than a metric.
    """
    from dcikit.encoders.models import TINY_CLIP

    name = repo_id.split("/")[-1]
    if name not in PAGES:
        raise ValueError(f"`repo_id` must be ORG/{' or ORG/'.join(PAGES)}, as evaluate wants it, got {repo_id}")
    sources = flatten(PAGES[name], "page") | flatten(f"dci_metric.{name}")
    files = {path: source.encode() for path, source in sorted(sources.items())}
    files |= {f"tiny_clip/{path.name}": path.read_bytes() for path in sorted(TINY_CLIP.iterdir())}
    files |= _EXAMPLES_OF[name]()
    files["app.py"] = (_SPACE / "app.py").read_bytes()
    files["requirements.txt"] = _requirements(sources.values()).encode()
    files["README.md"] = _readme(name, repo_id).encode()
    return files


def _requirements(sources: Iterable[str]) -> str:
    """The packages that the files import, in the versions of this package's metadata; gradio comes with the Space."""
    imported = set().union(*map(libraries, sources))
    packages = importlib.metadata.packages_distributions()
    needed = {package.lower() for name in imported for package in packages.get(name, ())}
    lines = [line for line in importlib.metadata.requires("dcikit") or [] if "extra ==" not in line]
    return "".join(f"{line}\n" for line in sorted(lines) if re.split(r"[\s<>=!~;\[]", line)[0].lower() in needed)


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
        short_description=_QUESTION[name],
        tags=["evaluate", "metric"],
    )
    body = (_SPACE / f"{name}.md").read_text(encoding="utf-8")
    body = body.format(name=name, repo_id=repo_id, dataset=f"{repo_id.split('/')[0]}/dci")
    return str(RepoCard(f"---\n{data.to_yaml()}\n---\n\n{body}"))


def _scm_examples() -> Files:
    """Images of the drawn sample, which may be passed on, with their subcrops."""
    from dcikit.data.regions import scored_regions

    examples: list[Example] = []
    for record in _sample_records(summaries=True):
        regions = list(scored_regions(record))[:_SUBCROPS]
        if len(regions) < 4:
            continue
        subcrops = [
            {
                "box": region.crop_box,
                "caption": region.captions[0],
                "negative": next(iter(region.negatives["swaps"]), ""),
            }
            for region in regions
        ]
        examples.append((record, {"subcrops": subcrops}))
        if len(examples) == _EXAMPLES:
            break
    return _example_files(examples)


def _retrieval_examples() -> Files:
    """Images of the drawn sample with their long captions, as the default protocol cleans them."""
    from dcikit.tasks.retrieval.protocols import protocol_text

    records = islice(_sample_records(summaries=False), _POOL)
    return _example_files(
        (record, {"caption": protocol_text("lotlip", record.short_caption, record.extra_caption)}) for record in records
    )


def _grounding_examples() -> Files:
    """Images of the drawn sample, each with the box of its first subcrop that lies in the middle square."""
    from dcikit.data.regions import scored_regions
    from dcikit.schema.regions import BASE
    from dcikit.tasks.frame import middle_square

    examples: list[Example] = []
    for record in _sample_records(summaries=True):
        left, top, right, bottom = middle_square(record.width, record.height)
        for region in scored_regions(record):
            x0, y0, x1, y1 = region.bbox
            if region.key != BASE and left <= x0 and top <= y0 and x1 <= right and y1 <= bottom:
                examples.append((record, {"box": region.bbox, "caption": region.captions[0]}))
                break
        if len(examples) == _EXAMPLES:
            break
    return _example_files(examples)


_EXAMPLES_OF = {
    "dci_scm": _scm_examples,
    "dci_retrieval": _retrieval_examples,
    "dci_grounding": _grounding_examples,
}


def _sample_records(*, summaries: bool) -> Iterator[Record]:
    from dcikit.data.release import Release
    from dcikit.data.sample import sample_folder

    release = Release(sample_folder())
    return (release.read(name, summaries=summaries) for name in release.names("test"))


def _example_files(examples: Iterable[Example]) -> Files:
    files: Files = {}
    index = []
    for record, facts in examples:
        index.append({"file": record.file_name, **facts})
        files[f"examples/{record.file_name}"] = _jpeg(record.photo or b"")
    files["examples/examples.json"] = json.dumps(index, indent=1).encode()
    return files


def _jpeg(data: bytes) -> bytes:
    with opened_image(data) as image:
        out = io.BytesIO()
        rgb(image).save(out, "JPEG", quality=85)
    return out.getvalue()
