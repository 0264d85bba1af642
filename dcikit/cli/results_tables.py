"""Results as tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from dcikit.results.blind_baselines import BASELINES, KINDS, baseline
from dcikit.results.chance import chance
from dcikit.results.labels import dataset_label, model_label
from dcikit.results.published import gallery_differs, published_beside, why_not_published
from dcikit.schema.results import Blind, Results
from dcikit.schema.score import Score
from dcikit.schema.titles import grouped, interval_text, percent, title

from .table import Column, Table

_LISTED = 10
"""Missing photos that are named; the results file has all."""

VALUE = Column("%", "value", percent)
CHANCE = Column("chance", "chance", lambda value: percent(value, 1) if value >= 0.001 else "< 0.1")
INTERVAL = Column("95% interval", "interval", interval_text, parts=("low", "high"))


def results_tables(results: Results) -> list[Table]:
    """The scores of a results document."""
    retrieval = results.task == "retrieval"  # its papers' percentages are told apart by their hits
    counts = [Column("regions", show=show_count), *([Column("hits", show=show_count)] if retrieval else [])]
    counts += [Column(name, show=show_count, rare=True) for name in ("excluded", "tied", "truncated")]
    sections = grouped(results.scores)
    names = [name for names in sections.values() for name in names]
    ends = {names.index(found[-1]) for found in sections.values()}
    rows = [_row(name, results.scores[name], chance(results, name), retrieval) for name in names]
    heading = f"{model_label(results.model)} on {dataset_label(results)}"
    columns = [Column("Score", "score", title, text=True), VALUE, INTERVAL, CHANCE, *counts]
    tables = [Table(columns, rows, heading, ends)]
    return [*tables, *([blind_table(results.blind)] if results.blind else [])]


def _row(name: str, score: Score, by_chance: float | None, with_hits: bool) -> list[object]:
    hits = [sum(right for right, _ in score.images.values())] if with_hits else []
    excluded = sum(score.excluded.values())
    row = [name, score.value, score.interval, by_chance, score.regions, *hits]
    return [*row, excluded, score.tied, score.truncated]


def show_count(count: int) -> str:
    """A count as people read it."""
    return f"{count:,}" if count else "-"


def results_notes(results: Results) -> list[str]:
    """What a reader of the scores must know."""
    model, dataset, protocol = results.model, results.dataset, results.protocol
    size = protocol.parameters.get("group_size")
    groups = f" in groups of {size}" if size else ""
    pixels = f", {model.image_size} px" if model.image_size else ""
    notes = [
        f"{dataset.regions:,} regions of {dataset.images:,} images{groups}; protocol {protocol.name}; {model.dtype}, "
        f"context {model.context_length}{pixels}"
    ]
    if "image_scm" in results.scores:
        notes.append("Image: groups are the regions of one image. By caption: each caption chooses its subcrop.")
    if similar := protocol.parameters.get("similar_model"):
        where = protocol.parameters["within"]
        notes.append(
            f"Groups: regions of one {where} that look alike to {similar}: not comparable with published numbers"
        )
    if view := protocol.parameters.get("region_view"):
        shown = [view if each == "region" else each for each in protocol.parameters["views"]]
        together = f" ({protocol.parameters['reduce']} of their scores)" if len(shown) > 1 else ""
        notes.append(f"Shown of a region: {', '.join(shown)}{together}: not comparable with published numbers")
    if gap := results.modality_gap:
        notes.append(
            f"Modality gap: the mean crop and the mean text are {gap.distance:.3f} apart, cosine {gap.cosine:.3f}"
        )
    if drift := results.drift:
        notes.append(
            f"{drift.dtype} moves the score of a crop and its caption by {drift.mean:.1e} on average, "
            f"{drift.largest:.1e} at most ({drift.pairs} pairs)"
        )
    if excluded := _excluded(results.scores):
        notes.append("Excluded: " + ", ".join(f"{reason} ({count:,})" for reason, count in excluded.items()))
    if differs := gallery_differs(results):
        notes.append(f"{differs[:1].upper()}{differs[1:]}")
    if dataset.missing_photos:
        notes.append(_missing_photos(dataset.missing_photos, protocol.parameters["gallery"]))
    if results.task in ("retrieval", "pairs") and not why_not_published(results):
        notes.append(_published(results))
    for suite, images in dataset.excluded_images.items():
        reasons = ", ".join(f"{reason} ({count:,})" for reason, count in Counter(images.values()).items())
        notes.append(f"Images that suite {suite} drops: {reasons}")
    if dataset.limit:
        notes.append(f"Only the first {dataset.limit} images: not comparable with published numbers")
    if not dataset.skips_known:
        notes.append("Nobody says which images the dataset's maker skipped")
    if dataset.skipped:
        notes.append("\n".join([f"{len(dataset.skipped):,} images skipped:", *dataset.skipped.values()]))
    return notes


def _missing_photos(names: list[str], gallery: int) -> str:
    """Which photos of the protocol's list were not scored."""
    listed = ", ".join(names[:_LISTED]) + (", ..." if names[_LISTED:] else "")
    return f"{len(names):,} of the {gallery:,} photos of the protocol are missing: {listed}"


def _published(results: Results) -> str:
    """What others measured of the same model, by the same protocol."""
    found = published_beside(results)
    if not found:
        return f"No published number of {results.model.id} by protocol {results.protocol.name} is known"
    return "\n".join(f"Published: {title(each.score)} {each.percent} ({each.source})" for each in found)


def _excluded(scores: Mapping[str, Score]) -> Counter[str]:
    """Reason -> how many regions it excluded, in the score where it excluded most."""
    found = Counter[str]()
    for score in scores.values():
        found |= Counter(score.excluded)
    return found


def blind_table(blind: Blind) -> Table:
    """What needs no image: text-only baselines, and the model before a grey photo."""
    columns = [Column("Without the image, Neg in %", "baseline", lambda name: BASELINES[name], text=True)]
    columns += [Column(kind, show=percent) for kind in KINDS]
    found = {name: baseline(blind, name) for name in BASELINES}
    rows = [[name, *(score and score.value for score in scores)] for name, scores in found.items() if any(scores)]
    return Table(columns, rows)
