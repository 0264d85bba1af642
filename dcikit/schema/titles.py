"""How scores are called where they are shown."""

from __future__ import annotations

from collections.abc import Iterable

GROUPS = {
    "The paper's six": {
        "all_scm": "All SCM",
        "all_neg": "All Neg",
        "pick5_scm": "Pick5 SCM",
        "pick5_neg": "Pick5 Neg",
        "base_neg": "Base Neg",
        "hard_neg": "Hard Neg",
    },
    "Variants, not comparable with published numbers": {
        "image_scm": "Image SCM",
        "all_caption_to_subcrop": "All by caption",
        "pick5_caption_to_subcrop": "Pick5 by caption",
        "image_caption_to_subcrop": "Image by caption",
    },
    "Neg, by kind of negative": {
        "neg_basic": "Neg, basic",
        "neg_layout": "Neg, layout",
        "neg_swaps": "Neg, swaps",
        "neg_attribute": "Neg, attribute",
    },
    "SCM by text": {
        "label_scm": "Label SCM",
        "caption_scm": "Caption SCM",
        "summary_scm": "Summary SCM",
        "description_scm": "Description SCM",
    },
    "SCM by number of distractors": {"distractors": "Distractors"},
    "Retrieval, R@k": {
        "i2t_r@1": "I2T R@1",
        "i2t_r@5": "I2T R@5",
        "i2t_r@10": "I2T R@10",
        "t2i_r@1": "T2I R@1",
        "t2i_r@5": "T2I R@5",
        "t2i_r@10": "T2I R@10",
    },
    "Grounding": {
        "pointing": "Pointing",
        "region_retrieval": "Caption of a region",
        "iou": "IoU",
        "ap": "AP of pixels",
    },
    "Grounding without the caption": {
        "pointing_centre": "Pointing, centre",
        "iou_centre": "IoU, centre",
        "ap_centre": "AP, centre",
        "pointing_other": "Pointing, other caption",
        "iou_other": "IoU, other caption",
        "ap_other": "AP, other caption",
    },
    "Pairs of texts, or of photos and texts": {
        "pairs": "Pairs",
        "pairs_macro": "Pairs, mean of groups",
        "pairs_ties_right": "Pairs, ties right",
        "pairs_text_only": "Text without photo",
        "pairs_text": "Text of each photo",
        "pairs_image": "Photo of each text",
        "pairs_group": "Texts and photos",
    },
}
"""Titles of the scores in the order of a table, in its sections."""

PAPER = GROUPS["The paper's six"]
"""The scores of the paper's table."""

TITLES = {name: title for group in GROUPS.values() for name, title in group.items()}


def title(name: str) -> str:
    """What to call a score; one without a title goes by its own name. Behind a "/" is the subset of a benchmark."""
    whole, slash, subset = name.partition("/")
    return f"{TITLES[whole]}: {subset}" if slash and whole in TITLES else TITLES.get(name, name)


def grouped(names: Iterable[str]) -> dict[str, list[str]]:
    """Section -> those of the names that are in it, sections and names in the order of a table."""
    names = list(dict.fromkeys(names))
    wholes = {name: name.partition("/")[0] for name in names}
    sections = {
        section: [name for whole in titles for name in names if wholes[name] == whole]
        for section, titles in GROUPS.items()
    }
    sections["Others"] = [name for name in names if wholes[name] not in TITLES]
    return {section: found for section, found in sections.items() if found}


def percent(value: float | None, places: int = 2) -> str:
    """0.1234 -> 12.34; nothing measured is a dash."""
    return "-" if value is None else f"{100 * value:.{places}f}"


def interval_text(interval: Iterable[float] | None) -> str:
    """(0.1, 0.2) -> 10.0 to 20.0."""
    return "-" if interval is None else " to ".join(f"{100 * end:.1f}" for end in interval)
