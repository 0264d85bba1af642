"""One file of `complete/`: what is taken over from an older one, and how it is put together."""

from __future__ import annotations

from typing import Any

from dcikit.data.release import Release
from dcikit.files.json_node import load_json

from .plan import Plan
from .work_folder import Doc


def released_summaries(release: Release, name: str) -> Doc:
    """The summaries that came with the release, for those who want negatives only."""
    path = release.folder / "complete" / name
    if not path.is_file():
        return {}
    return {"summaries": load_json(path).value.get("summaries", {})}


def caption_list(captions: Any) -> list[str]:
    """docs/protocol.md §1: one string, or a list of strings."""
    return [captions] if isinstance(captions, str) else list(captions or [])


def document(annotation: Doc, old: Doc, texts: dict[str, Doc], plan: Plan) -> Doc:
    """The file of `complete/`: the annotation's keys, then ours, regions in the order of the entries.

    Scores stay where they still belong to the same texts. Regions that are not scored keep the summaries they had if
    only negatives are made.
    """
    summaries = {key: text["summaries"] for key, text in texts.items() if text["summaries"]}
    negatives = {key: text["negatives"] for key, text in texts.items() if text["negatives"]}
    if "summaries" not in plan.steps:
        others = {key: value for key, value in (old.get("summaries") or {}).items() if key not in texts}
        summaries |= others
    scores = {}
    for key, score in (old.get("clip_scores") or {}).items():
        same = caption_list((old.get("summaries") or {}).get(key))[:1] == summaries.get(key, [])[:1]
        if same and (old.get("negatives") or {}).get(key) == negatives.get(key) is not None:
            scores[key] = score
    doc = annotation | {"summaries": summaries, "negatives": negatives}
    return doc | {"clip_scores": scores} if scores else doc
