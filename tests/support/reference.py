"""The protocol once more, slow and naive: what the product's numbers are compared with.

Written from the text of the protocol alone: plain dicts, plain loops, one crop and one text at a time.
Imports nothing of the product. Section numbers in the docstrings are the protocol's.
"""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image

Doc = dict[str, Any]
Entry = dict[str, Any]
Score = Callable[[Entry, str], float]
Group = list[tuple[Entry, list[str]]]

ALSO = "The following can also be seen in the image:"
KINDS = ("basic", "layout", "swaps")


def load(folder: str | Path, name: str, kind: str = "complete") -> Doc:
    """§1: one JSON file of `annotations/` or `complete/`."""
    doc: Doc = json.loads((Path(folder) / kind / name).read_text(encoding="utf-8"))
    return doc


# --- §2 text ---


def region_text(mask: Doc) -> str | None:
    """§2: 'quality 0 "{label}: {caption}"; quality 1 "{label}"; quality 2 none'. An empty text is no text."""
    label, caption = mask.get("label") or "", mask.get("caption") or ""
    if mask["mask_quality"] == 0:
        return f"{label}: {caption}"
    if mask["mask_quality"] == 1 and label != "":
        return f"{label}"
    return None


def extended_caption(doc: Doc) -> str:
    """§2: '`short_caption`, newline, `extra_caption`'."""
    return f"{doc['short_caption']}\n{doc['extra_caption']}"


def image_description(doc: Doc) -> str:
    """§2: the extended caption, then 'the region texts of all masks in file order, one a line'."""
    lines = []
    for mask in doc["mask_data"].values():
        text = region_text(mask)
        if text is not None:
            lines.append(text)
    if not lines:
        return extended_caption(doc)
    return extended_caption(doc) + "\n" + ALSO + "\n" + "\n".join(lines)


def texts_below(doc: Doc, mask: Doc) -> list[str]:
    """§2: in depth-first order of `requirements`; 'a child of quality 2 is left out with everything below it;
    so is a child id that does not exist'."""
    lines: list[str] = []
    for child_id in mask.get("requirements") or []:
        for child in doc["mask_data"].values():
            if str(child["idx"]) == str(child_id) and child["mask_quality"] != 2:
                text = region_text(child)
                if text is not None:
                    lines.append(text)
                lines.extend(texts_below(doc, child))
    return lines


def mask_description(doc: Doc, mask: Doc) -> str:
    """§2: '`This is an image of {label}. {caption}`; if it has submasks with text, then newline, the same
    sentence, newline, and their region texts'. An absent label or caption is the empty string."""
    own = f"This is an image of {mask.get('label') or ''}. {mask.get('caption') or ''}"
    lines = texts_below(doc, mask)
    if not lines:
        return own
    return own + "\n" + ALSO + "\n" + "\n".join(lines)


# --- §3 subcrops ---


def bounds(doc: Doc, mask: Doc) -> list[int]:
    """§1: `topLeft` and `bottomRight`; 'where it has any other shape, take the box of the mask itself'."""
    try:
        left_top, right_bottom = mask["bounds"]["topLeft"], mask["bounds"]["bottomRight"]
        box = [left_top["x"], left_top["y"], right_bottom["x"], right_bottom["y"]]
        if all(type(value) is int for value in box):
            return box
    except (KeyError, TypeError):
        pass
    with Image.open(io.BytesIO(base64.b64decode(mask["outer_mask"]))) as png:
        return list(png.convert("L").getbbox() or (0, 0, 0, 0))


def is_subcrop(box: list[int]) -> bool:
    """§3: 'at least 224 px wide and at least 224 px high'."""
    return box[2] - box[0] >= 224 and box[3] - box[1] >= 224


def crop_box(box: list[int], size: tuple[int, int]) -> list[int]:
    """§3: enlarged on every side by `int(0.15 * width)` and `int(0.15 * height)` px, clamped to the image."""
    across, down = int(0.15 * (box[2] - box[0])), int(0.15 * (box[3] - box[1]))
    return [
        max(box[0] - across, 0),
        max(box[1] - down, 0),
        min(box[2] + across, size[0]),
        min(box[3] + down, size[1]),
    ]


# --- §4 entries ---


def crop_of(path: Path, box: list[int]) -> Callable[[], Image.Image]:
    """§1: 'score them as RGB whatever their mode'."""

    def crop() -> Image.Image:
        with Image.open(path) as photo:
            return photo.convert("RGB").crop((box[0], box[1], box[2], box[3]))

    return crop


def image_regions(folder: Path, name: str) -> list[Entry]:
    """§3, §4: 'the base region first, then the subcrops in the file order of `mask_data`, whatever their mask
    quality', with whatever is said of each."""
    doc = load(folder, name, "complete")
    path = folder / "photos" / doc["image"]
    with Image.open(path) as photo:
        size = photo.size
    whole = [0, 0, size[0], size[1]]
    regions = [("base", whole, whole)]
    for mask in doc["mask_data"].values():
        box = bounds(doc, mask)
        if is_subcrop(box):
            regions.append((f"m-{mask['idx']}-sc", box, crop_box(box, size)))
    found = []
    for key, box, crop in regions:
        summary = (doc.get("summaries") or {}).get(key)
        captions = [summary] if isinstance(summary, str) else list(summary or [])
        negatives = (doc.get("negatives") or {}).get(key) or {}
        negatives = {kind: list(negatives.get(kind) or []) for kind in KINDS}
        entry = {"image_id": name.removesuffix("-data.json"), "key": key, "bbox": box, "crop_box": crop}
        entry |= {"captions": captions, "negatives": negatives, "photo": str(path)}
        entry |= {"clip_scores": (doc.get("clip_scores") or {}).get(key), "crop": crop_of(path, crop)}
        found.append(entry)
    return found


def names(folder: Path, split: str) -> list[str]:
    """§1: the annotations of a split; `validation` means `valid`."""
    found: list[str] = json.loads((folder / "splits.json").read_text(encoding="utf-8"))[
        "valid" if split == "validation" else split
    ]
    return found


def entries(folder: str | Path, split: str) -> list[Entry]:
    """§4, `sdci-entries`: 'An entry needs a summary and negatives'."""
    found = []
    for name in names(Path(folder), split):
        for entry in image_regions(Path(folder), name):
            if entry["captions"] not in ([], [""]) and any(entry["negatives"].values()):
                found.append(entry)
    return found


def is_dropped(doc: Doc, suite: str) -> bool:
    """§4, `sdci`: whether the suite drops the whole image."""
    # "every suite: no `summaries` or no `negatives`"
    if "summaries" not in doc or "negatives" not in doc:
        return True
    # "any mask, of any size, of quality 0 without the key `label` or `caption`, or of quality 1 without `label`"
    for mask in doc["mask_data"].values():
        if mask["mask_quality"] == 0 and not ("label" in mask and "caption" in mask):
            return True
        if mask["mask_quality"] == 1 and "label" not in mask:
            return True
    keys = ["base"]
    if suite in ("all", "pick5", "hard"):
        # "the subcrop suites: `negatives` has one key only"
        if len(doc["negatives"]) == 1:
            return True
        for mask in doc["mask_data"].values():
            if is_subcrop(bounds(doc, mask)):
                # "a subcrop, whatever its quality, whose mask lacks the key `label` or `caption`"
                if not ("label" in mask and "caption" in mask):
                    return True
                keys.append(f"m-{mask['idx']}-sc")
    # "a suite, by an entry of it (base: the base entry alone; else the base entry and every subcrop)"
    for key in keys:
        # "no summary for its key, or an empty list"
        if key not in doc["summaries"] or doc["summaries"][key] == []:
            return True
        # "no negatives for its key; no `clip_scores` for its key (in every suite, though only hard reads them)"
        if key not in doc["negatives"] or key not in doc.get("clip_scores", {}):
            return True
        negatives, scores = doc["negatives"][key], doc["clip_scores"][key]
        if suite == "hard":
            # "in hard no negative at all, or one without its score"
            wanted = [f"{kind}_{i}" for kind in KINDS for i in range(len(negatives.get(kind, [])))]
            if not wanted or not set(wanted) <= set(scores):
                return True
        # "in all, pick5, base no `swaps`, or an empty list"
        elif not negatives.get("swaps"):
            return True
    return False


def suite_entries(folder: str | Path, split: str, suite: str) -> list[Entry]:
    """§4, `sdci`: the entries of a suite, of the images that it does not drop."""
    found = []
    for name in names(Path(folder), split):
        if not is_dropped(load(folder, name), suite):
            found += [entry for entry in image_regions(Path(folder), name) if suite != "base" or entry["key"] == "base"]
    return found


def dropped_images(folder: str | Path, split: str, suite: str) -> list[str]:
    """§4, `sdci`: their ids."""
    found = names(Path(folder), split)
    return [name.removesuffix("-data.json") for name in found if is_dropped(load(folder, name), suite)]


# --- §5 suites ---


def hard_negative(entry: Entry) -> str | None:
    """§5: 'of all its negatives (basic, layout, swaps, in that order), the one with the highest
    `clip_scores`; the last of equals'. None where a negative has no score."""
    best_text, best_score = None, float("-inf")
    for kind in KINDS:
        for number, text in enumerate(entry["negatives"][kind]):
            value = (entry["clip_scores"] or {}).get(f"{kind}_{number}")
            if value is None:
                return None
            if value >= best_score:
                best_text, best_score = text, value
    return best_text


def first_negative(entry: Entry, kind: str = "swaps") -> str | None:
    """§5: 'the first of `swaps`'."""
    return entry["negatives"][kind][0] if entry["negatives"][kind] else None


def neg(suite: list[tuple[Entry, list[str], str | None]], score: Score) -> tuple[int, int]:
    """§5 Neg: 'the minimum of its captions' scores is strictly greater than its negative's score'."""
    correct = total = 0
    for entry, captions, negative in suite:
        if negative is not None:
            total += 1
            if min(score(entry, caption) for caption in captions) > score(entry, negative):
                correct += 1
    return correct, total


def argmax(values: list[float]) -> int:
    """§5: 'the lowest index of equals'."""
    best = 0
    for index in range(len(values)):
        if values[index] > values[best]:
            best = index
    return best


def scm(groups: list[Group], score: Score) -> tuple[int, int]:
    """§5 SCM: 'the *minimum* over j's captions if j = i, the *maximum* otherwise'; i is its row's argmax."""
    correct = total = 0
    for group in groups:
        for i, (entry, _) in enumerate(group):
            row = []
            for j, (_, captions) in enumerate(group):
                scores = [score(entry, caption) for caption in captions]
                row.append(min(scores) if j == i else max(scores))
            total += 1
            correct += argmax(row) == i
    return correct, total


def caption_to_subcrop(groups: list[Group], score: Score) -> tuple[int, int]:
    """§5: 'caption j picks its subcrop, the argmax of its column (with several captions an entry, all of them
    must)'."""
    correct = total = 0
    for group in groups:
        for j, (_, captions) in enumerate(group):
            picks = [argmax([score(entry, caption) for entry, _ in group]) for caption in captions]
            total += 1
            correct += all(pick == j for pick in picks)
    return correct, total


def in_groups(suite: Group, size: int) -> list[Group]:
    """§5: 'taken in order in groups of 8 (the last group may be smaller; a group may span two images)'."""
    return [suite[start : start + size] for start in range(0, len(suite), size)]


def by_image(suite: Group) -> list[Group]:
    """§5: 'the entries of one image (all of them; images with a single entry are left out)'."""
    images: dict[str, Group] = {}
    for entry, captions in suite:
        images.setdefault(entry["image_id"], []).append((entry, captions))
    return [group for group in images.values() if len(group) > 1]


def six_scores(entries: list[Entry], score: Score, group_size: int = 8) -> dict[str, tuple[int, int]]:
    """§5: the reported six, the two variants and each kind of negative, as (correct, total). An entry without
    the negative that a suite needs is left out of that suite's Neg only."""
    first = [(entry, entry["captions"][:1]) for entry in entries]
    five = [(entry, entry["captions"][:5]) for entry in entries if len(entry["captions"]) >= 5]
    base = [(entry, captions) for entry, captions in first if entry["key"] == "base"]
    scores = {
        "all_scm": scm(in_groups(first, group_size), score),
        "all_neg": neg([(entry, captions, first_negative(entry)) for entry, captions in first], score),
        "pick5_scm": scm(in_groups(five, group_size), score),
        "pick5_neg": neg([(entry, captions, first_negative(entry)) for entry, captions in five], score),
        "base_neg": neg([(entry, captions, first_negative(entry)) for entry, captions in base], score),
        "hard_neg": neg([(entry, captions, hard_negative(entry)) for entry, captions in first], score),
        "image_scm": scm(by_image(first), score),
        "all_caption_to_subcrop": caption_to_subcrop(in_groups(first, group_size), score),
        "pick5_caption_to_subcrop": caption_to_subcrop(in_groups(five, group_size), score),
        "image_caption_to_subcrop": caption_to_subcrop(by_image(first), score),
    }
    for kind in KINDS:
        suite = [(entry, captions, first_negative(entry, kind)) for entry, captions in first]
        scores[f"neg_{kind}"] = neg(suite, score)
    return scores


def published_scores(folder: str | Path, split: str, score: Score, group_size: int = 8) -> dict[str, tuple[int, int]]:
    """§4 and §5: the same by protocol `sdci`, every suite of its own images; our variants are of those of suite all."""
    found: dict[str, tuple[int, int]] = {}
    for suite in ("all", "pick5", "base", "hard"):
        scores = six_scores(suite_entries(folder, split, suite), score, group_size)
        prefixes = ("all_", "image_", "neg_") if suite == "all" else (f"{suite}_",)
        found |= {name: value for name, value in scores.items() if name.startswith(prefixes)}
    return found


def clip_score(model: Any, processor: Any) -> Score:
    """§5: 'score = CLIP's `logits_per_image`. Texts are cut at the model's context.' One pair at a time."""
    import torch

    model.eval()
    context = model.config.text_config.max_position_embeddings
    known: dict[tuple[str, str, str], float] = {}

    def score(entry: Entry, text: str) -> float:
        at = (entry["photo"], entry["key"], text)
        if at not in known:
            tokens = processor.tokenizer([text], truncation=True, max_length=context, return_tensors="pt")
            pixels = processor.image_processor(images=[entry["crop"]()], return_tensors="pt")["pixel_values"]
            with torch.no_grad():
                output = model(
                    input_ids=tokens["input_ids"].to(model.device),
                    attention_mask=tokens["attention_mask"].to(model.device),
                    pixel_values=pixels.to(model.device, model.dtype),
                )
            known[at] = output.logits_per_image[0, 0].item()
        return known[at]

    return score
