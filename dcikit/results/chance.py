"""What a model that scores at random gets."""

from __future__ import annotations

from math import comb

from dcikit.schema.results import Results
from dcikit.schema.suites import PICKED, TEXT_LEVELS


def chance(results: Results, name: str) -> float | None:
    """The expected value of a score if every similarity were drawn independently; None if that is not known.

    Args:
        results: what was measured.
        name: the score.
    """
    score = results.scores[name]
    if not score.regions or score.chance is not None:
        return score.chance
    if name in ("neg_basic", "neg_layout", "neg_swaps", "all_neg", "base_neg", "hard_neg"):
        return 1 / 2
    if name == "pick5_neg":  # the negative must be the lowest of six
        return 1 / (PICKED + 1)
    if name in ("image_scm", "image_caption_to_subcrop"):  # one of each image's regions
        return len(score.images) / score.regions
    if name.startswith("pairs"):
        return _pairs(results, name.partition("/")[0])
    if name.startswith("distractors/"):
        return 1 / (1 + int(name.partition("/")[2]))
    suite, _, kind = name.partition("_")
    size = results.protocol.parameters.get("group_size")
    if suite in ("all", "pick5", *TEXT_LEVELS) and kind in ("scm", "caption_to_subcrop") and isinstance(size, int):
        within_image = results.protocol.parameters.get("within") == "image"
        parts = [scored for _, scored in score.images.values()] if within_image else [score.regions]
        return sum(_right(part, size, suite, kind) for part in parts) / score.regions
    direction, _, k = name.partition("_r@")
    candidates = results.scores.get({"i2t": "t2i_r@1", "t2i": "i2t_r@1"}.get(direction, ""))
    if candidates and score.regions == candidates.regions:  # a text of each image: one right answer
        return min(1.0, int(k) / candidates.regions)
    return None


def _pairs(results: Results, name: str) -> float | None:
    """The chance of one row of a pair benchmark; None if its rows have different numbers of texts."""
    square = {"pairs_text": 1 / 4, "pairs_image": 1 / 4, "pairs_group": 1 / 6}  # of the four scores two are the highest
    if name in square:
        return square[name]
    captions, negatives = (results.protocol.parameters.get(kind) for kind in ("captions", "negatives"))
    if not isinstance(captions, int) or not isinstance(negatives, int):
        return None
    if name == "pairs_text_only":  # the closest of three pairs of texts
        return 1 / 3
    return 1 / comb(captions + negatives, captions)


def _right(regions: int, size: int, suite: str, kind: str) -> float:
    """How many of these regions are right by chance, in groups of this size and a last one of the rest."""
    full, rest = divmod(regions, size)
    return full * size * _in_group(size, suite, kind) + (rest * _in_group(rest, suite, kind) if rest else 0)


def _in_group(size: int, suite: str, kind: str) -> float:
    """The chance of one region in a group (docs/protocol.md §5)."""
    if suite != "pick5":
        return 1 / size
    if kind == "scm":  # all of its own captions above all of the others'
        return 1 / comb(PICKED * size, PICKED)
    return 1 / size**PICKED  # each of its captions for itself
